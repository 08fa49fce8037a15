"""Rules that end a run before all its draws."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from mc_engine.design.random import Random
from mc_engine.design.sobol import Sobol
from mc_engine.errors import RequestError
from mc_engine.intervals import proportion, replicated_proportion
from mc_engine.run import stopping
from mc_engine.run.stopping import BOUND, ESTIMATE, first_reached, looks, rule, verdict, verdicts
from mc_engine.run.tally import Tally, total, whole_rounds
from mc_engine.study import Study
from tests.run.stored import ANALYTIC, checksums
from validation.linear_gaussian import REFERENCE, write_region


def test_looks_are_doublings_of_4096():
    assert looks(4_095) == []
    assert looks(40_000) == [4_096, 8_192, 16_384, 32_768]


@pytest.mark.parametrize(
    ("misses", "draws", "half_width", "expected"),
    [
        (2_000, 4_096, 0.02, ESTIMATE),
        (2_000, 4_096, 0.01, None),
        # Fewer than 50 misses, relative half-width 33 %, and a bound above what is wanted.
        (36, 4_096, 0.005, None),
        # The same with a bound below what is wanted: only the bound is told.
        (12, 4_096, 0.006, BOUND),
        (0, 4_096, 0.005, BOUND),
        (4_096, 4_096, 0.005, BOUND),
        (4_084, 4_096, 0.006, BOUND),
        (100, 4_096, 0.005, ESTIMATE),
    ],
)
def test_half_width_alone_says_nothing_near_0_and_1(misses, draws, half_width, expected):
    chance = proportion(misses, 0, draws)
    assert verdict(chance, misses, draws, half_width) == expected


def test_a_chance_that_nothing_tells_goes_on():
    assert verdict(None, 0, 0, 0.5) is None


def tally_of(missed, draws):
    missed, draws = np.array([missed]), np.array(draws)
    return Tally(draws, missed, np.zeros_like(missed), {0: int(draws.sum())})


def test_the_first_look_that_suffices_is_found():
    part = tally_of([1_024], [2_048])
    chunks = [(k * 2_048, (k + 1) * 2_048, part) for k in range(16)]
    result = first_reached(chunks[::-1], ("a",), 1, 0.0085)
    # The half-width at p = 0.5 is 0.98 / sqrt(n): 0.0108 at 8,192 draws and 0.0077 at 16,384.
    assert result is not None
    assert (result.draws, result.verdicts) == (16_384, {"a": ESTIMATE})
    assert first_reached(chunks, ("a",), 1, 0.001) is None
    # A gap hides what lies behind it.
    assert first_reached(chunks[:3] + chunks[4:], ("a",), 1, 0.0085) is None
    assert first_reached(chunks, (), 1, 0.0085) is None


def test_replicates_are_counted_apart():
    design = Sobol(0, 64, 64, replicates=4)
    miss = np.zeros((64, 2), dtype=np.int8)
    miss[::4, 0], miss[5, 1] = 1, -1
    status = np.where(miss[:, 1] < 0, 3, 0).astype(np.int32)
    whole = Tally.of(design, 0, miss, status)
    assert whole.missed.tolist() == [[16, 0, 0, 0], [0, 0, 0, 0]]
    assert whole.unknown.tolist() == [[0, 0, 0, 0], [0, 1, 0, 0]]
    assert whole.codes == {0: 63, 3: 1}
    parts = [Tally.of(design, k, miss[k : k + 7], status[k : k + 7]) for k in range(0, 64, 7)]
    added = total(parts, 2, 4)
    assert added.as_row() == whole.as_row() == Tally.from_row(whole.as_row()).as_row()
    known = replicated_proportion([16, 0, 0, 0], [16] * 4)
    assert whole.chances()[0] == known
    assert verdicts(whole, 0.01) == [None, None]
    # With draws in some replicates only, nothing is told yet.
    assert Tally.of(design, 0, miss[:3], status[:3]).chances() == [None, None]
    assert (whole_rounds(design, 63), whole_rounds(Random(0, None, None), 63)) == (60, 63)


def test_a_grown_design_adds_replicates():
    added = tally_of([1, 2], [5, 5]) + tally_of([0, 0, 3, 1], [0, 0, 5, 5])
    assert (added.missed.tolist(), added.draws.tolist()) == ([[1, 2, 3, 1]], [5, 5, 5, 5])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("8h", 28_800), ("90m", 5_400), ("1h30m", 5_400), ("45s", 45), ("0.5h", 1_800)],
)
def test_a_duration_is_read(text, seconds):
    now = datetime.now().astimezone()
    result = rule(duration=text)
    assert result.wording == f"for {text}"
    assert abs((result.deadline - now).total_seconds() - seconds) < 10.0


def test_a_time_of_day_is_its_next_occurrence():
    now = datetime.now().astimezone()
    for hours in (1, 23):
        at = now + timedelta(hours=hours)
        result = rule(until=f"{at:%H:%M}").deadline
        assert result == at.replace(second=0, microsecond=0)
    tomorrow = now + timedelta(days=1, minutes=5)
    assert rule(until=tomorrow.isoformat()).deadline == tomorrow
    assert rule(until=tomorrow.isoformat(), duration="1h").wording == "for 1h"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"until": "25:00"}, "until: found '25:00', expected a time of day such as 07:00"),
        ({"until": "soon"}, "until: found 'soon', expected a time of day"),
        ({"until": "2001-01-01T00:00"}, "until: found '2001-01-01T00:00', expected"),
        ({"duration": "8"}, "for: found '8', expected a duration such as 8h"),
        ({"duration": ""}, "for: found '', expected a duration"),
        ({"duration": "0h"}, "for: found '0h', expected a duration"),
        ({"duration": "99999999999h"}, "for: found '99999999999h', expected a duration"),
        ({"precision": 0.0}, "precision: found 0.0, expected a half-width above 0"),
        ({"precision": float("nan")}, "precision: found nan, expected a half-width above 0"),
        ({"precision": 0.6}, "precision: found 0.6, expected a half-width above 0"),
    ],
)
def test_what_is_no_rule_is_refused(asked, message):
    with pytest.raises(RequestError) as caught:
        rule(**asked)
    assert str(caught.value).startswith(message)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    region = write_region(tmp_path_factory.mktemp("region") / "gauss", [0.15, 0.5, 0.00001])
    return Study(region, model=REFERENCE)


@pytest.mark.parametrize("design", ["random", "sobol"])
def test_a_precision_ends_a_run_that_is_a_shorter_run(study, tmp_path, design):
    run = study.run(precision=0.01, design=design, out=tmp_path / "a")
    result = run.manifest["precision"]
    assert result["told"] == {"miss_0_15": ESTIMATE, "miss_0_5": ESTIMATE, "miss_1e_05": BOUND}
    assert run.manifest["draws"] == result["draws"] in looks(20_000)
    assert run.manifest["stop_reason"] == f"precision 0.01 reached at {result['draws']} draws"
    for row, chance in zip(run.summary["targets"], (0.15, 0.5, 1e-5), strict=True):
        assert (row["high"] - row["low"]) / 2.0 <= 0.01
        assert abs(row["p_miss"] - chance) < 0.02
    # The same question again is answered at once; a finer one goes on from there.
    before = (tmp_path / "a" / "log.txt").read_bytes()
    study.run(precision=0.02, design=design, out=tmp_path / "a")
    assert (tmp_path / "a" / "log.txt").read_bytes() == before
    finer = study.run(precision=0.005, design=design, out=tmp_path / "a")
    assert finer.manifest["draws"] > result["draws"]
    # Chunks that reach over the looks, and interruptions, change nothing.
    other = study.run(precision=0.005, design=design, chunk=3_000, out=tmp_path / "b")
    assert checksums(other) == checksums(finer)


def test_a_precision_is_found_in_chunks_that_reach_over_a_look(study, tmp_path):
    held = study.run(5_000, chunk=5_000, out=tmp_path)
    run = study.run(precision=0.02, out=tmp_path)
    # A run never loses draws, though fewer would have done.
    assert run.manifest["precision"]["draws"] == 4_096
    assert run.manifest["draws"] == 5_000
    assert checksums(run) == checksums(held)


def test_draws_are_the_most_that_a_precision_may_take(study, tmp_path):
    run = study.run(6_000, precision=0.0001, out=tmp_path)
    reason = "all draws done; precision 0.0001 not reached"
    assert (run.manifest["draws"], run.manifest["stop_reason"]) == (6_000, reason)
    assert run.summary["stop_reason"] == reason
    assert "precision" not in run.manifest


@pytest.mark.parametrize("design", ["random", "sobol"])
def test_a_deadline_leaves_a_valid_shorter_run(study, tmp_path, monkeypatch, design):
    calls = []

    def late(self):
        calls.append(1)
        return len(calls) > 4

    with monkeypatch.context() as patch:
        patch.setattr(stopping.Rule, "late", late)
        run = study.run(1_000_000, duration="8h", design=design, chunk=1_001, out=tmp_path)
    done = run.manifest["draws"]
    assert 0 < done < 10_000
    request = 1_048_576 if design == "sobol" else 1_000_000
    assert run.manifest["stop_reason"] == f"for 8h: {done} of {request} draws"
    if design == "sobol":
        assert done % 16 == 0
    with run.draws as draws:
        assert draws.sizes["draw"] == done
    longer = study.run(8_000, design=design, out=tmp_path)
    assert checksums(longer, done) == checksums(run, done)


def test_a_latin_design_does_not_end_early(tmp_path):
    with pytest.raises(RequestError, match="found latin with a time or a precision"):
        Study(ANALYTIC).run(precision=0.01, design="latin", out=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_other_replicates_are_another_run(study, tmp_path):
    plans = [study.plan(1_000, design="sobol", replicates=r) for r in (16, 32)]
    assert plans[0].identity != plans[1].identity
    assert study.plan(1_000, replicates=32).identity == study.plan(1_000).identity
