"""Latin hypercubes: every cell once, permutations that look drawn, and variances on paper."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from mc_engine.design.latin import MOST_POINTS, latin_cell, latin_units, network
from mc_engine.design.plan import plan
from mc_engine.numerics.seeds import name_hash
from tests.design.examples import UNIT, factor, problem_of, rows

NAMES = ("first", "second", "third", "fourth")
GOLDEN = [[0.4976138369470645, 0.04099999792467546], [0.9371487887610047, 0.7856099533515547]]


def points(size, replicates=16, names=NAMES, seed=0):
    """Points by replicate: float64[replicate, index, factor]."""
    problem = problem_of([factor(name, UNIT, is_path=True) for name in names])
    made = plan(problem, seed, "latin", draws=size * replicates, points=size)
    flat = rows(made, 0, made.design.draws)[0]
    return flat.reshape(-1, size, 16, len(names)).swapaxes(1, 2).reshape(-1, size, len(names))


def cells(found):
    """Cell of every point, in whole numbers: a unit value is an odd multiple of 2**-53."""
    size = found.shape[1]
    numerators = [int(value * 2.0**53) for value in found.ravel()]
    assert all(number % 2 == 1 for number in numerators)
    return np.array([(number * size) >> 53 for number in numerators]).reshape(found.shape)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16, 97, 1000, 1250])
def test_every_cell_of_every_factor_is_hit_exactly_once(size):
    result = np.sort(cells(points(size)), axis=1)
    np.testing.assert_array_equal(result, np.arange(size)[None, :, None] + np.zeros_like(result))


@pytest.mark.parametrize("size", [3, 1000, 2**20 - 1, MOST_POINTS])
def test_a_point_lies_in_the_cell_of_its_permutation(size):
    net, result = network(size), np.empty(1)
    name = name_hash("x")
    indices = np.unique(np.linspace(0, size - 1, 200).astype(int))
    for index in map(np.uint64, indices):
        latin_units(net, np.uint64(5), np.uint64(6), index, np.array([name]), result)
        cell = latin_cell(net, np.uint64(5), np.uint64(6), name, index)
        assert (int(result[0] * 2.0**53) * size) >> 53 == int(cell)


def test_points_are_strictly_inside():
    result = points(1000, replicates=160)
    assert 0.0 < result.min() < result.max() < 1.0


def test_points_are_the_same_for_ever():
    # The first numbers of seed 0 with two points; other values mean that every stored study moves.
    result = points(2, names=("a", "b"))[0]
    assert result.tolist() == GOLDEN


@pytest.mark.parametrize("size", [2, 3, 5, 8, 12, 50])
def test_every_pair_of_cells_comes_equally_often(size):
    net, name = network(size), name_hash("x")
    keys = 20_000
    result = np.empty((keys, 3), dtype=np.int64)
    request = [0, size // 2, size - 1]
    for row in range(keys):
        for position, index in enumerate(request):
            result[row, position] = latin_cell(
                net, np.uint64(row), np.uint64(1), name, np.uint64(index)
            )
    apart = ~np.eye(size, dtype=bool)
    for one, other in combinations(range(3), 2):
        if request[one] == request[other]:
            continue
        pairs = np.bincount(result[:, one] * size + result[:, other], minlength=size**2)
        # 18 such tests in all; one in a hundred thousand.
        assert stats.chisquare(pairs.reshape(size, size)[apart]).pvalue > 1e-5


def test_every_permutation_of_four_comes_equally_often():
    result = cells(points(4, replicates=16_000))
    _, counts = np.unique(result.swapaxes(1, 2).reshape(-1, 4), axis=0, return_counts=True)
    assert counts.size == 24
    assert stats.chisquare(counts).pvalue > 1e-3


def test_place_within_a_cell_is_uniform():
    result = points(50, replicates=1600)
    within = np.sort((result * 50 - cells(result)).ravel())
    steps = (np.arange(within.size) + 0.5) / within.size
    # Kolmogorov's limit at one in a thousand.
    assert abs(within - steps).max() < 1.95 / np.sqrt(within.size)


@pytest.mark.parametrize(("size", "factors"), [(2, 1), (10, 4), (50, 3), (100, 8)])
def test_variance_of_the_mean_of_a_sum_is_the_one_on_paper(size, factors):
    replicates = 3200
    names = [f"f{index}" for index in range(factors)]
    means = points(size, replicates, names).sum(axis=2).mean(axis=1)
    # One uniform per cell: the mean of N of them, each of variance 1 / (12 N^2), so per factor
    # 1 / (12 N^3). The standard error of a variance over R replicates is sqrt(2 / R) of it; 4.
    expected = factors / (12.0 * size**3)
    assert means.var(ddof=1) == pytest.approx(expected, rel=4.0 * np.sqrt(2.0 / replicates))


@pytest.mark.parametrize("size", [2, 3, 10, 64])
def test_variance_of_the_mean_of_a_product_is_the_one_on_paper(size):
    replicates = 6400
    result = points(size, replicates, ("a", "b")) - 0.5
    means = result.prod(axis=2).mean(axis=1)
    # Two points of a factor have the covariance -(N + 1) / (12 N^2): their cells are drawn without
    # replacement. Of independent factors the covariances of the product are the squares.
    pair = (size + 1.0) / (12.0 * size**2)
    expected = (1.0 / 144.0 + (size - 1.0) * pair**2) / size
    # 4 standard errors of a variance, by the scatter of what it is the mean of.
    error = (means**2).std() / np.sqrt(replicates)
    assert (means**2).mean() == pytest.approx(expected, abs=4.0 * error)


def test_permutations_of_different_factors_are_uncorrelated():
    size, replicates = 200, 160
    result = points(size, replicates, [f"f{index}" for index in range(8)])
    square = np.array(
        [np.corrcoef(one, rowvar=False)[np.triu_indices(8, 1)] ** 2 for one in result]
    )
    # The correlation of a random permutation with another has the variance 1 / (N - 1); a square
    # scatters by sqrt(2) of that, over 28 pairs in 160 replicates. 4 standard errors.
    mean = square.mean() * (size - 1.0)
    assert mean == pytest.approx(1.0, abs=4.0 * np.sqrt(2.0 / square.size))


def test_replicates_are_uncorrelated():
    result = points(200, 160, ("a",))[:, :, 0]
    square = np.corrcoef(result)[np.triu_indices(160, 1)] ** 2
    assert square.mean() * 199.0 == pytest.approx(1.0, abs=4.0 * np.sqrt(2.0 / square.size))


def test_order_of_the_points_tells_nothing():
    # Neighbouring points, and points and their index.
    result = points(1000, 160, ("a",))[:, :, 0]
    index = np.arange(1000.0)
    along = [np.corrcoef(index, one)[0, 1] for one in result]
    lagged = [np.corrcoef(one[1:], one[:-1])[0, 1] + 1.0 / 1000.0 for one in result]
    # Standard error of the mean of 160 correlations of 1,000 points: 0.0025; 4 of these.
    assert np.abs([np.mean(along), np.mean(lagged)]).max() < 0.01


def test_points_depend_on_the_seed():
    assert not np.intersect1d(points(64, seed=0), points(64, seed=1)).size


def test_points_depend_on_the_name_alone():
    here, there = points(64), points(64, names=("other", *NAMES[1:]))
    np.testing.assert_array_equal(here[:, :, 1:], there[:, :, 1:])
    assert not np.intersect1d(here[:, :, 0], there[:, :, 0]).size


def test_points_depend_on_their_number():
    assert not np.intersect1d(points(64)[0, :32], points(65)[0]).size


def test_further_replicates_leave_the_first_ones():
    np.testing.assert_array_equal(points(10, 16), points(10, 48)[:16])


def test_replicates_differ():
    result = points(64, 48)
    assert np.unique(result).size == result.size
