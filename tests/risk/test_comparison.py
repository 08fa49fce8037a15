"""Two runs on common draws: their difference, and what is refused."""

import numpy as np
import pytest

from mc_engine.errors import StatisticError
from mc_engine.intervals import tango
from mc_engine.risk import compare_draws
from tests.risk.datasets import make_draws

SIZE = 2000


def run(shift=0.0, size=SIZE, seed=5, inputs=None, **changes):
    """A run whose two targets are missed where an input lies below a shifted limit."""
    scores = np.random.default_rng(seed).normal(size=(SIZE * 2, 3))[:size]
    margin = scores[:, :2] + 0.3 * scores[:, 2:] + 1.0 + shift
    failed = changes.pop("failed", ())
    draws = make_draws(margin, failed=failed, design="random", **changes)
    draws.attrs |= {"seed": "0", "replicates": 1}
    shown = scores if inputs is None else inputs(scores)
    return draws.assign(parameters=(("draw", "parameter"), shown)).assign_coords(
        parameter=["a", "b", "c"]
    )


def test_the_difference_is_counted_draw_by_draw():
    first, second = run(), run(0.2)
    a, b = (draws["miss"].values[:, 0] for draws in (first, second))
    wanted = tango(int(((a == 1) & (b == 0)).sum()), int(((a == 0) & (b == 1)).sum()), SIZE)
    result = compare_draws(first, second).differences[0].difference
    assert (result.estimate, result.low, result.high) == (wanted.estimate, wanted.low, wanted.high)


def test_the_sign_is_that_of_the_first_run():
    assert compare_draws(run(), run(0.2)).differences[0].difference.low > 0.0


def test_both_chances_stand_beside_it():
    result = compare_draws(run(), run(0.2)).differences[1]
    assert result.first.estimate - result.second.estimate == pytest.approx(
        result.difference.estimate
    )


def test_a_run_does_not_differ_from_itself():
    result = compare_draws(run(), run()).differences[0].difference
    assert (result.estimate, result.low < 0.0 < result.high) == (0.0, True)


def test_pairing_is_narrower_than_the_two_ranges():
    result = compare_draws(run(), run(0.05)).differences[0]
    apart = result.first.half_width + result.second.half_width
    assert result.difference.half_width < 0.5 * apart


def test_failed_draws_widen_it():
    plain = compare_draws(run(), run(0.2)).differences[0].difference
    result = compare_draws(run(failed=range(0, 100, 2)), run(0.2, failed=[1])).differences[0]
    assert result.difference.half_width > plain.half_width


def test_the_first_draws_are_compared_where_numbers_differ():
    result = compare_draws(run(size=1500), run(0.2))
    assert (result.draws, result.notes) == (
        1500,
        ("the runs have 1,500 and 2,000 draws; the first 1,500 of both are compared",),
    )


def test_replicated_designs_compare_their_replicates():
    both = [run(shift, replicates=16) for shift in (0.0, 0.5)]
    for draws in both:
        draws.attrs |= {"design": "sobol", "replicates": 16}
    assert compare_draws(*both).differences[0].difference.method == "replicates of the difference"


def test_a_shifted_or_redrawn_distribution_is_no_move():
    bent = run(0.2, inputs=lambda scores: np.column_stack([np.exp(scores[:, 0]), scores[:, 1:]]))
    assert compare_draws(run(), bent).draws == SIZE


def test_an_input_of_one_run_only_is_no_move():
    other = run(0.2, inputs=lambda scores: scores[:, ::-1]).assign_coords(parameter=["x", "y", "z"])
    assert compare_draws(run(), other).draws == SIZE


def test_a_discrete_input_may_change_its_weights():
    first, second = (
        run(inputs=lambda scores, at=at: np.where(scores > at, 1.0, 0.0)) for at in (0.0, 0.5)
    )
    assert compare_draws(first, second).draws == SIZE


def test_targets_of_one_run_are_named():
    other = run(0.2).isel(target=[0])
    assert compare_draws(run(), other).notes == ("targets of one run only, not compared: t1",)


def test_a_target_whose_rule_changed_is_named():
    first = run().assign_coords(target_rule=("target", ["at most 5", "at most 7"]))
    second = run().assign_coords(target_rule=("target", ["at most 5", "at most 8"]))
    assert compare_draws(first, second).notes == (
        "targets whose rule differs between the runs: t1",
    )


def changed(**attrs):
    draws = run(0.2)
    draws.attrs |= attrs
    return draws


def latin(size):
    draws = run(size=size, replicates=4)
    draws.attrs |= {"design": "latin", "replicates": 4}
    return draws


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            run,
            lambda: changed(seed="1"),
            "the runs do not share their draws: the seed differs; found 0 and 1, expected the "
            "same; run both with one seed",
        ),
        (
            run,
            lambda: changed(design="sobol"),
            "the runs do not share their draws: the design differs; found random and sobol, "
            "expected the same; run both with one design",
        ),
        (
            run,
            lambda: changed(replicates=16),
            "the runs do not share their draws: the number of replicates differs; found 1 and 16, "
            "expected the same; run both with one number of replicates",
        ),
        (
            lambda: latin(1000),
            lambda: latin(2000),
            "the runs do not share their draws: the number of draws differs; found 1000 and 2000, "
            "expected the same; a Latin design of another size has other draws: run both with one "
            "number",
        ),
        (
            run,
            lambda: run(weight=np.linspace(1, 2, SIZE)),
            "the runs do not share their draws: 'weight' differs between the rows; found one and "
            "another, expected the same; compare like runs",
        ),
        (
            run,
            lambda: run(0.2, inputs=lambda scores: scores * [1.0, -1.0, 1.0]),
            "the runs do not share their draws: 1 of 3 inputs moved under the same name (b); "
            "found other places among the draws, expected draw by draw the same; correlations, "
            "seed or code have changed, so run both again",
        ),
        (
            run,
            lambda: run().assign_coords(target=["x", "y"]),
            "targets: found t0, t1 in one run and x, y in the other, expected one in both; "
            "compare runs of one region",
        ),
    ],
)
def test_runs_that_do_not_share_their_draws_are_refused(first, second, message):
    with pytest.raises(StatisticError) as caught:
        compare_draws(first(), second())
    assert str(caught.value) == message
