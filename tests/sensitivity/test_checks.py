"""Refusals that all methods share, each with its message."""

import numpy as np
import pytest

from mc_engine.errors import StatisticError
from mc_engine.sensitivity import checks


@pytest.mark.parametrize(
    ("groups", "second", "rows"), [(3, False, 5), (3, True, 8), (60, False, 62), (60, True, 122)]
)
def test_rows_per_block(groups, second, rows):
    assert checks.rows_per_block(groups, second) == rows
    checks.refuse_mismatched_rows(16 * rows, 16, groups, second)


def test_rows_that_divide_evenly_by_the_wrong_flag_are_refused():
    # 4 base rows of 2 groups with second order hold 24 rows, which are 6 base rows without it.
    with pytest.raises(StatisticError, match="found 24, expected 16") as caught:
        checks.refuse_mismatched_rows(24, 4, 2)
    assert "they fit a design with second order" in str(caught.value)


def test_what_is_not_finite_is_counted_by_row():
    values = np.ones((10, 3))
    assert checks.refuse_not_finite(values, "outputs") is values
    values[4], values[6, 1] = np.nan, -np.inf
    with pytest.raises(StatisticError, match="outputs: 2 of 10 rows hold NaN or infinity, the f"):
        checks.refuse_not_finite(values, "outputs")
    with pytest.raises(StatisticError, match="outputs: found no rows"):
        checks.refuse_not_finite([], "outputs")


def test_finite_numbers_whose_sum_is_not_are_accepted():
    assert checks.refuse_not_finite([1e308, 1e308], "outputs").size == 2


def test_constant_outputs_are_named():
    low, high = np.array([0.0, 1.0, -5.0, 1e9]), np.array([0.0, 2.0, -5.0, 1e9 + 1e-5])
    constant = checks.is_constant(low, high)
    np.testing.assert_array_equal(constant, [True, False, True, True])
    with pytest.raises(StatisticError, match=r"3 of 4 are constant \(a, c, d\)"):
        checks.refuse_constant(constant, names=["a", "b", "c", "d"])
    checks.refuse_constant(np.array([False, False]))


@pytest.mark.parametrize(
    ("base", "below", "above"), [(3, 2, 4), (1_000, 512, 1_024), (96, 64, 128)]
)
def test_the_nearest_powers_of_two_are_named(base, below, above):
    with pytest.raises(StatisticError, match=f"found {base} base rows.*take {below} or {above}"):
        checks.refuse_not_power_of_two(base)


@pytest.mark.parametrize("base", [1, 2, 4_096])
def test_powers_of_two_are_accepted(base):
    checks.refuse_not_power_of_two(base)


def test_failed_draws_are_refused_above_one_in_a_hundred():
    checks.refuse_failed(10, 1_000)
    with pytest.raises(StatisticError, match=r"11 of 1000 draws failed \(no fleet\), 1.1 %"):
        checks.refuse_failed(11, 1_000, ["no fleet"])


def test_weights_are_refused_with_the_reason():
    checks.refuse_weights(None, "Morris screening")
    checks.refuse_weights(np.full(5, 0.2), "Morris screening")
    with pytest.raises(StatisticError, match="Morris screening: found draws of different weight"):
        checks.refuse_weights([1.0, 2.0], "Morris screening")
    with pytest.raises(StatisticError, match="weights make the inputs depend on each other"):
        checks.refuse_weights([1.0, 2.0], "Morris screening")


def test_a_block_is_whole_where_none_of_its_rows_failed():
    failed = np.zeros(12, dtype=bool)
    failed[5] = True
    np.testing.assert_array_equal(checks.whole_blocks(failed, 3, 4), [True, False, True])
    with pytest.raises(StatisticError, match="found 12 flags, expected one for each of the 15"):
        checks.whole_blocks(failed, 3, 5)
