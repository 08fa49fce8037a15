"""Draws weighted by the observations: what is stored, when it holds, and what is refused.

A tempered likelihood leaves enough of a few draws; of the likelihood itself the tests in
``tests/calibrate`` have closed forms.
"""

import json

import numpy as np
import pytest

from mc_engine.calibrate import MIN_EFFECTIVE, fit
from mc_engine.cli import commands as cli
from mc_engine.errors import NotFoundError
from mc_engine.hindcast import observables
from mc_engine.hindcast.posterior import ConstrainedRecord, constrain
from mc_engine.ranking import ranking, storage
from mc_engine.ranking.contract import Evidence
from mc_engine.ranking.methods.constrained import METHOD
from mc_engine.report import ranking as words
from mc_engine.run import store
from mc_engine.run.options import RunRequest
from mc_engine.study import Run, Study

DRAWS, TEMPER = 1_500, 0.001


@pytest.fixture(scope="module")
def china():
    return Study("china")


@pytest.fixture(scope="module")
def result(china, tmp_path_factory):
    out = tmp_path_factory.mktemp("weighed") / "run"
    request = RunRequest(DRAWS, series=64, out=out)
    return constrain(china, request, max_draws=DRAWS, temper=TEMPER)


def test_weights_and_chances_stand_beside_the_draws(result):
    run = Run(result.run.folder)
    np.testing.assert_array_equal(run.weight, result.constraint.weight)
    assert run.weight.mean() == pytest.approx(1.0)
    told = run.constrained
    assert told["schema_version"] == 1
    assert ConstrainedRecord.from_json(told).as_json() == told
    assert told["observations"] == result.digest
    assert (told["draws"], told["temper"]) == (DRAWS, TEMPER)
    assert told["effective_draws"] == result.constraint.effective > MIN_EFFECTIVE
    assert told["risk"] == json.loads(json.dumps(run.risk(weight=run.weight)))
    assert told["risk"]["targets"] != run.summary["targets"]
    with store.open_dataset(run.folder, store.WEIGHTS_FILE) as weights:
        assert weights.attrs["observations"] == result.digest
        assert weights["weight"].attrs["long_name"]


def test_what_is_stored_is_not_written_twice(china, result):
    written = (result.run.folder / store.WEIGHTS_FILE).stat().st_mtime_ns
    out = result.run.folder
    constrain(china, RunRequest(DRAWS, series=64, out=out), max_draws=DRAWS, temper=TEMPER)
    assert (out / store.WEIGHTS_FILE).stat().st_mtime_ns == written


def test_weights_of_fewer_draws_are_not_those_of_a_longer_run(china, tmp_path):
    request = RunRequest(DRAWS, series=0, out=tmp_path)
    constrain(china, request, max_draws=DRAWS, temper=TEMPER)
    longer = china.run(DRAWS + 100, store_observables=True, series=0, out=tmp_path)
    assert longer.constrained == {}
    with pytest.raises(NotFoundError, match="found no weights of these draws"):
        _ = longer.weight


def test_draws_are_compared_with_the_observations_block_by_block(china, result, monkeypatch):
    series = china.problem.observations
    whole = observables.read_observables(result.run, series)
    some = np.array([3, 4, 700, 1_499])
    for name, values in observables.read_observables(result.run, series, some).items():
        np.testing.assert_array_equal(values, whole[name][some])
    monkeypatch.setattr(observables, "BLOCK", 400)
    found = observables.fit_series(result.run, series)
    assert list(found) == [one.name for one in series if one.fits]
    for one in series:
        if one.fits:
            expected = fit(one, whole[one.name])
            np.testing.assert_array_equal(found[one.name].log_likelihood, expected.log_likelihood)
            np.testing.assert_array_equal(found[one.name].implausibility, expected.implausibility)


def test_the_command_puts_both_chances_side_by_side(result, capsys):
    words = ["run", "china", "--constrained", "--draws", f"{DRAWS}", "--most", f"{DRAWS}"]
    words += ["--temper", f"{TEMPER}", "--series", "64", "--out", str(result.run.folder)]
    assert cli.main(words) == 0
    text = capsys.readouterr().out
    assert "chance of missing" in text
    assert f"observations {result.digest}:" in text
    assert "likelihood to the power 0.001" in text
    assert cli.main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [pair["constrained"]["name"] for pair in found["chances"]] == [
        row["name"] for row in found["targets"]
    ]


def test_the_command_refuses_too_few_effective_draws(tmp_path, capsys):
    words = ["run", "china", "--constrained", "--draws", "100", "--most", "100", "--series", "0"]
    assert cli.main([*words, "--out", str(tmp_path)]) == 1
    assert "REFUSED: constraint: " in capsys.readouterr().out
    assert not (tmp_path / store.WEIGHTS_FILE).exists()
    assert cli.main([*words, "--precision", "0.01"]) == 2
    assert "expected --draws alone" in capsys.readouterr().err


def test_a_constrained_ranking_reads_the_weights(china, result):
    run = Run(result.run.folder)
    ranked = ranking.supplement(METHOD, Evidence(china, run))
    assert ranked.effective == pytest.approx(result.constraint.effective)
    assert ranked.draws == DRAWS
    for target, row in zip(ranked.targets, run.constrained["risk"]["targets"], strict=True):
        assert (target.p_miss, target.low) == (row["p_miss"], row["low"])
        firsts = [line.first for line in target.table]
        assert firsts == sorted(firsts, reverse=True)
    text = words.text(None, ["minus20_lifecycle_2035"], supplements={METHOD.name: ranked})
    assert "Draws weighted by the observations" in text
    assert "which Saltelli and Morris rows cannot follow" in " ".join(text.split())
    assert storage.read(run, METHOD.file, METHOD.result) == ranked
