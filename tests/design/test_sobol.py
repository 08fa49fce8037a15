"""Sobol points: SciPy's without the scramble, nets with it."""

import numpy as np
import pytest
from scipy.stats import qmc

from mc_engine.design.plan import plan
from mc_engine.design.sobol import directions, scrambled_directions, sobol_cell, sobol_units
from mc_engine.errors import DesignError
from tests.design.examples import UNIT, factor, problem_of, rows

NAMES = ("first", "second", "third", "fourth")
REPLICATES = 16


def problem(*names):
    """Factors whose rows hold the quantile itself: paths of one knot."""
    return problem_of([factor(name, UNIT, is_path=True) for name in names])


def points(draws, names=NAMES, seed=0, **more):
    """Points by replicate: float64[replicate, index, dimension]."""
    made = plan(problem(*names), seed, "sobol", draws=draws, **more)
    replicates = made.design.replicates
    flat = rows(made, 0, made.design.draws)[0]
    return flat.reshape(-1, replicates, len(names)).transpose(1, 0, 2)


@pytest.mark.parametrize("dimensions", [1, 120])
def test_points_without_a_scramble_are_those_of_scipy(dimensions):
    numbers = directions(dimensions, 12)
    result = np.empty((2**12, dimensions))
    shift = np.zeros(dimensions, dtype=np.uint64)
    for index in range(2**12):
        sobol_units(numbers, shift, index, result[index])
    expected = qmc.Sobol(dimensions, scramble=False, bits=52).random(2**12)
    # Ours lie in the centres of the cells whose lower ends SciPy gives; both are exact.
    np.testing.assert_array_equal(result - 2.0**-53, expected)


def test_direction_numbers_past_one_block_are_those_of_scipy():
    numbers = directions(3, 15)
    expected = qmc.Sobol(3, scramble=False, bits=52).random(2**15)[-1] * 2.0**52
    result = [sobol_cell(numbers[dimension], np.uint64(0), 2**15 - 1) for dimension in range(3)]
    assert list(map(int, result)) == list(map(int, expected))


def test_too_many_dimensions_are_refused():
    with pytest.raises(DesignError, match=r"found 21202 uncertain inputs, expected at most 21201"):
        directions(21_202, 1)


def test_no_dimensions_need_no_numbers():
    assert directions(0, 4).shape == (0, 4)


def test_every_replicate_hits_every_cell_of_every_projection_once():
    result = points(REPLICATES * 256)
    cells = np.sort((result * 256).astype(int), axis=1)
    np.testing.assert_array_equal(cells, np.arange(256)[None, :, None] + np.zeros_like(cells))


@pytest.mark.parametrize("across", [0, 2, 4, 8])
def test_first_two_dimensions_hit_every_box_of_equal_area_once(across):
    # The first two dimensions of Sobol's sequence are a (0, m, 2)-net, and the scramble keeps it.
    result = points(REPLICATES * 256)[:, :, :2]
    sides = np.array([2**across, 2 ** (8 - across)])
    box = (result * sides).astype(int) @ np.array([sides[1], 1])
    np.testing.assert_array_equal(np.sort(box, axis=1), [np.arange(256)] * REPLICATES)


def test_points_are_strictly_inside():
    result = points(REPLICATES * 64)
    assert 0.0 < result.min() < result.max() < 1.0


def test_points_use_all_52_bits():
    cells = (points(REPLICATES * 64) * 2.0**52).astype(np.uint64)
    assert len(set((cells & np.uint64(0xFFFFF)).ravel().tolist())) > 0.99 * cells.size


def test_replicates_differ():
    result = points(REPLICATES * 64)
    assert np.unique(result).size == result.size


def test_points_depend_on_the_seed():
    assert not np.intersect1d(points(256, seed=0), points(256, seed=1)).size


def test_points_depend_on_the_name():
    here, there = points(256), points(256, names=("other", *NAMES[1:]))
    np.testing.assert_array_equal(here[:, :, 1:], there[:, :, 1:])
    assert not np.intersect1d(here[:, :, 0], there[:, :, 0]).size


def test_scramble_depends_on_name_seed_and_replicate_alone():
    numbers = directions(2, 6)
    both, shift = scrambled_directions(numbers, ["a", "b"], 5, 3)
    alone, alone_shift = scrambled_directions(numbers[1:], ["b"], 5, 2)
    np.testing.assert_array_equal(both[:2, 1:], alone)
    np.testing.assert_array_equal(shift[:2, 1:], alone_shift)


def test_scramble_keeps_the_leading_digit_of_each_direction_number():
    # Ones on the diagonal and nothing above it: the first digit that is set stays the first.
    numbers = directions(20, 10)
    scrambled, _ = scrambled_directions(numbers, [f"f{k}" for k in range(20)], 5, 2)
    leading = np.floor(np.log2(numbers.astype(float)))
    np.testing.assert_array_equal(np.floor(np.log2(scrambled.astype(float))), [leading] * 2)


def test_extension_keeps_the_first_draws():
    made = [plan(problem(*NAMES), 0, "sobol", draws=draws) for draws in (100, 5000)]
    np.testing.assert_array_equal(rows(made[0], 0, 100)[0], rows(made[1], 0, 100)[0])


def test_appended_factor_leaves_the_other_columns():
    np.testing.assert_array_equal(points(256), points(256, names=(*NAMES, "fifth"))[:, :, :4])


def test_recorded_dimensions_keep_their_places():
    names = ("new", *NAMES)
    result = points(256, names=names, dimensions=NAMES)
    np.testing.assert_array_equal(result[:, :, 1:], points(256))


def test_mean_is_far_better_than_that_of_random_draws():
    # The sum of four coordinates has the standard deviation sqrt(4 / 12); the mean over 1,024
    # random draws would scatter by 0.018.
    scatter = points(REPLICATES * 1024).sum(axis=2).mean(axis=1).std()
    assert scatter < 0.018 / 20.0
