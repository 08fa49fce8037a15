"""Variance-based indices against closed forms, and streams of rows against whole ones."""

import numpy as np
import pytest
from scipy import stats
from scipy.stats import multivariate_normal, qmc

from mc_engine.errors import StatisticError
from mc_engine.sensitivity.moments import cut
from mc_engine.sensitivity.variance import Sums, estimate

SEEDS = range(20)
G = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0])
SHARES = np.array([0.5, 0.3, 0.15, 0.05])


def ishigami(u):
    x = (2.0 * u - 1.0) * np.pi
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def sobol_g(u):
    return ((np.abs(4.0 * u - 2.0) + G) / (1.0 + G)).prod(axis=1)


def linear_miss(u):
    return (stats.norm.ppf(u) @ np.sqrt(SHARES) > 1.0).astype(float)


def rows(function, inputs, base, seed):
    """Saltelli rows of scrambled Sobol points, outputs in SALib's order."""
    points = qmc.Sobol(2 * inputs, scramble=True, rng=seed).random(base)
    points = np.clip(points, 1e-12, 1.0 - 1e-12)
    a, b = points[:, :inputs], points[:, inputs:]
    table = np.stack([a, *(_with(a, b, place) for place in range(inputs)), b], axis=1)
    return function(table.reshape(-1, inputs))


def _with(a, b, place):
    found = a.copy()
    found[:, place] = b[:, place]
    return found


def miss_indices():
    """First order and total of the miss of a linear Gaussian, as bivariate normal chances."""
    p = stats.norm.sf(1.0)

    def both(share):
        law = multivariate_normal([0.0, 0.0], [[1.0, share], [share, 1.0]])
        return law.cdf([-1.0, -1.0])

    spread = p * (1.0 - p)
    first = [(both(share) - p**2) / spread for share in SHARES]
    return first, [1.0 - (both(1.0 - share) - p**2) / spread for share in SHARES]


KNOWN = {
    "ishigami": (ishigami, [0.31390519, 0.44241114, 0.0], [0.55758886, 0.44241114, 0.24368366]),
    "g": (
        sobol_g,
        [0.716192, 0.179048, 0.023676, 0.007162, *[0.000072] * 4],
        [0.787144, 0.242198, 0.034317, 0.010460, *[0.000105] * 4],
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_functions_come_out_to_a_hundredth(name):
    # Of 100 seeds 90 are within a hundredth for Ishigami's function, all for Sobol's: 18 of any 20
    # is the mean, not a bound, so the share is what is tested.
    function, first, total = KNOWN[name]
    worst = []
    for seed in range(100):
        found = estimate(*cut(rows(function, len(first), 4096, seed), 4096, len(first)))
        gaps = [found.first[:, 0] - first, found.total[:, 0] - total]
        worst.append(np.abs(gaps).max())
    within = np.array(worst) <= 0.01
    assert within.mean() >= (0.85 if name == "ishigami" else 0.95), worst
    assert np.median(worst) <= 0.005


@pytest.mark.parametrize(("base", "most"), [(4096, 0.03), (65_536, 0.01)])
def test_the_miss_of_a_linear_gaussian_in_18_of_20_seeds(base, most):
    first, total = miss_indices()
    np.testing.assert_allclose(first, [0.27975, 0.15198, 0.07077, 0.02248], atol=2e-5)
    np.testing.assert_allclose(total, [0.72025, 0.55944, 0.39598, 0.22868], atol=2e-5)
    worst = []
    for seed in SEEDS:
        found = estimate(*cut(rows(linear_miss, 4, base, seed), base, 4))
        worst.append(np.abs([found.first[:, 0] - first, found.total[:, 0] - total]).max())
    assert sum(gap <= most for gap in worst) >= 18, worst


def test_rows_that_come_in_portions_give_what_whole_rows_give():
    values = np.stack([rows(ishigami, 3, 1024, 0), rows(ishigami, 3, 1024, 0) ** 2], axis=1)
    blocks = cut(values + 1e3, 1024, 3)
    owner = np.arange(1024) % 16
    sums = Sums(16, 3, 2)
    for first in range(0, 1024, 100):
        part = blocks.take(slice(first, first + 100))
        sums.add(owner[first : first + 100], *part)
    found = sums.indices()
    whole = estimate(*blocks)
    np.testing.assert_allclose(found.first, whole.first, atol=1e-9)
    np.testing.assert_allclose(found.total, whole.total, atol=1e-9)
    assert found.total_by_repeat.shape == (16, 3, 2)


def test_a_dummy_has_a_total_of_exactly_nothing():
    values = rows(ishigami, 3, 256, 1).reshape(256, 5)
    with_dummy = np.insert(values, 4, values[:, 0], axis=1)
    found = estimate(*cut(with_dummy.reshape(-1), 256, 4))
    assert found.total[3, 0] == 0.0
    assert abs(found.first[3, 0]) < 1e-15


def test_a_failed_row_takes_its_block_along_and_too_many_are_refused():
    values = rows(ishigami, 3, 2048, 2)
    blocks = cut(values[:, None], 2048, 3)
    failed = np.zeros((2048, 5), dtype=bool)
    failed[17, 2] = True
    sums = Sums(16, 3, 1)
    blocks.ab[17, 1] = np.nan
    sums.add(np.arange(2048) % 16, *blocks, failed=failed)
    found = sums.indices()
    assert (found.failed, found.left_out, found.base) == (1, 1, 2047)
    failed[:50] = True
    sums = Sums(16, 3, 1)
    sums.add(np.arange(2048) % 16, *blocks, failed=failed)
    with pytest.raises(StatisticError, match=r"draws failed, 2\.4 %"):
        sums.indices()


def test_sobol_rows_that_are_no_power_of_two_are_refused():
    blocks = cut(rows(ishigami, 3, 1024, 3)[:, None], 1024, 3).take(slice(0, 480))
    sums = Sums(16, 3, 1)
    sums.add(np.arange(480) % 16, *blocks)
    with pytest.raises(StatisticError, match="found 30 base rows, expected a power of two"):
        sums.indices()
    with pytest.raises(StatisticError, match="at least two"):
        Sums(1, 3, 1)


def test_intervals_over_replicates_cover():
    truth = np.array(KNOWN["ishigami"][2])
    covered = []
    for seed in range(60):
        sums = Sums(16, 3, 1)
        for one in range(16):
            values = rows(ishigami, 3, 128, 1_000 * seed + one)
            sums.add(one, *cut(values[:, None], 128, 3))
        found = sums.indices()
        covered.append((found.total_low[:, 0] <= truth) & (truth <= found.total_high[:, 0]))
    assert np.mean(covered) >= 0.9
