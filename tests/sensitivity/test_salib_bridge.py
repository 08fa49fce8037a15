"""SALib through its one door: what it gives where it is right, and what never reaches it."""

import numpy as np
import pytest

from mc_engine.errors import StatisticError
from mc_engine.sensitivity import salib_bridge as bridge
from mc_engine.sensitivity.bootstrap import bootstrap
from mc_engine.sensitivity.moments import cut
from mc_engine.sensitivity.variance import estimate

BASE, INPUTS = 256, 4


def rows(second=False, seed=0):
    """Outputs of a polynomial on random Saltelli rows, in SALib's order."""
    generator = np.random.default_rng(seed)
    a, b = generator.random((2, BASE, INPUTS))
    points = [a]
    for base, other in ((a, b), (b, a)) if second else ((a, b),):
        for place in range(INPUTS):
            changed = base.copy()
            changed[:, place] = other[:, place]
            points.append(changed)
    table = np.stack([*points, b], axis=1).reshape(-1, INPUTS)
    return 100.0 + table[:, 0] + 2.0 * table[:, 1] ** 2 + 3.0 * table[:, 2] * table[:, 3]


@pytest.mark.parametrize("second", [False, True])
def test_our_estimates_are_those_of_salib_on_the_same_rows(second):
    values = rows(second)
    found = bridge.sobol(values, INPUTS, second=second)
    ours = estimate(*cut(values, BASE, INPUTS, second))
    np.testing.assert_allclose(ours.first[:, 0], found.first, rtol=0, atol=1e-10)
    np.testing.assert_allclose(ours.total[:, 0], found.total, rtol=0, atol=1e-10)
    if second:
        np.testing.assert_allclose(ours.second[:, :, 0], found.second, rtol=0, atol=1e-10)
    blocks = cut(values, BASE, INPUTS, second)
    ranged = bootstrap(*blocks, rng=np.random.default_rng(0), resamples=2_000)
    half = (ranged.total_high - ranged.total_low)[:, 0] / 2.0
    told = bridge.sobol(values, INPUTS, second=second, resamples=2_000)
    np.testing.assert_allclose(half, told.total_half, rtol=0.15)


def test_morris_is_exact_on_a_linear_function():
    generator = np.random.default_rng(1)
    trajectories, names = [], [f"x{k}" for k in range(5)]
    for _ in range(6):
        start = generator.integers(0, 2, 5) / 3.0
        order = generator.permutation(5)
        one = np.tile(start, (6, 1))
        for step, place in enumerate(order):
            one[step + 1 :, place] += 2.0 / 3.0
        trajectories.append(one)
    table = np.concatenate(trajectories)
    groups, found = bridge.morris(table, table @ [5.0, 4.0, 3.0, 2.0, 1.0], names)
    assert groups == names
    np.testing.assert_allclose(found.star, [5.0, 4.0, 3.0, 2.0, 1.0], rtol=1e-12)


def test_seed_0_is_a_seed_like_any_other():
    values = rows()
    halves = [bridge.sobol(values, INPUTS, seed=seed).total_half for seed in (0, 0, 1)]
    np.testing.assert_array_equal(halves[0], halves[1])
    assert (halves[0] != halves[2]).any()


def test_the_callers_rows_and_problem_stay_as_they_were():
    values = rows()
    before = values.copy()
    bridge.sobol(values, INPUTS)
    np.testing.assert_array_equal(values, before)
    spec = bridge.problem_spec(["a", "b"], ["g", "g"])
    assert (spec["names"], spec["groups"], spec["bounds"]) == (
        ["a", "b"], ["g", "g"], [[0.0, 1.0], [0.0, 1.0]],
    )  # fmt: skip


def test_what_salib_answers_with_zeros_is_refused():
    values = rows()
    values[7] = np.nan
    with pytest.raises(StatisticError, match="1 of 1536 rows hold NaN or infinity, the first is"):
        bridge.sobol(values, INPUTS)
    with pytest.raises(StatisticError, match="are constant"):
        bridge.sobol(np.full(BASE * (INPUTS + 2), 3.0), INPUTS)
    with pytest.raises(StatisticError, match="found 1536, expected 1530"):
        bridge.sobol(rows(), INPUTS, second=True)


def test_delta_and_pawn_name_what_matters():
    generator = np.random.default_rng(2)
    inputs = generator.random((2_000, 3))
    values = 10.0 * inputs[:, 1] + inputs[:, 0]
    found, _ = bridge.delta(inputs, values)
    assert found.argmax() == 1
    assert bridge.pawn(inputs, values)[:, 0].argmax() == 1
