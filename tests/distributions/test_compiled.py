"""Every family against SciPy's quantile functions, whole and truncated."""

import math
from functools import cache

import numpy as np
import pytest
from scipy import stats

from mc_engine.design.plan import plan
from mc_engine.distributions.beta import beta_table
from mc_engine.distributions.families import FAMILIES
from mc_engine.distributions.marginal import Marginal
from mc_engine.errors import DesignError
from tests.design.examples import factor, problem_of, values_at

INF = math.inf


@cache
def points():
    """100,000 quantiles: both tails down to one in a million, and random ones."""
    tail = np.geomspace(1e-6, 0.5, 30_000)
    inner = np.random.default_rng(2060).uniform(1e-6, 1.0 - 1e-6, 40_000)
    return np.sort(np.concatenate([tail, 1.0 - tail, inner]))


class SplitNormal:
    """Half a normal distribution on each side of the median, from SciPy's."""

    def __init__(self, median, sd_low, sd_high):
        self.sides = stats.norm(median, sd_low), stats.norm(median, sd_high)
        self.median = median

    def _choose(self, name, x, is_low):
        low, high = (getattr(side, name)(x) for side in self.sides)
        return np.where(is_low, low, high)

    def ppf(self, q):
        return self._choose("ppf", q, np.asarray(q) < 0.5)

    def isf(self, q):
        return self._choose("isf", q, np.asarray(q) > 0.5)

    def cdf(self, x):
        return self._choose("cdf", x, np.asarray(x) < self.median)

    def sf(self, x):
        return self._choose("sf", x, np.asarray(x) < self.median)


class Pert:
    """Low, mode, high and shape as the beta distribution of the textbook, from SciPy."""

    def __new__(cls, low, mode, high, shape):
        width = high - low
        mean = (low + shape * mode + high) / (shape + 2.0)
        a = (mean - low) * (shape + 2.0) / width
        return stats.beta(a, shape + 2.0 - a, low, width)


def observed(values, weights):
    """SciPy's straight lines between observed values, and ours; values all different."""
    gaps = np.convolve(weights, [0.5, 0.5], "valid")
    levels = np.concatenate([[0.0], np.cumsum(gaps) / gaps.sum()])
    marginal = Marginal("empirical", (*values, *levels.tolist()))
    return marginal, stats.rv_histogram((gaps, np.array(values)), density=False)


def many_observed(count):
    rng = np.random.default_rng([2060, count])
    return observed(np.sort(rng.lognormal(size=count)).tolist(), rng.uniform(0.5, 2.0, count))


FORMULAS = {
    "uniform": (Marginal("uniform", (1.0, 3.0)), stats.uniform(1.0, 2.0)),
    "triangular": (Marginal("triangular", (1.0, 2.0, 4.0)), stats.triang(1 / 3, 1.0, 3.0)),
    "triangular, mode low": (Marginal("triangular", (1.0, 1.0, 4.0)), stats.triang(0, 1, 3)),
    "triangular, mode high": (Marginal("triangular", (1.0, 4.0, 4.0)), stats.triang(1, 1, 3)),
    "normal": (Marginal("normal", (2.5, 0.7)), stats.norm(2.5, 0.7)),
    "lognormal": (Marginal("lognormal", (2.5, 0.3)), stats.lognorm(0.3, scale=2.5)),
    "split_normal": (Marginal("split_normal", (2.5, 0.5, 1.5)), SplitNormal(2.5, 0.5, 1.5)),
    "log_uniform": (Marginal("log_uniform", (1.0, 5.0)), stats.loguniform(1.0, 5.0)),
}
PERTS = [
    (1.0, 2.0, 4.0, 4.0),
    (1.0, 1.0, 4.0, 4.0),
    (1.0, 4.0, 4.0, 4.0),
    (1.0, 3.5, 4.0, 0.5),
    (1.0, 2.0, 4.0, 200.0),
]
OBSERVED = {
    "five": observed([1.0, 1.5, 2.5, 3.0, 4.0], [1.0, 1.0, 1.0, 1.0, 1.0]),
    "five, weighted": observed([1.0, 1.5, 2.5, 3.0, 4.0], [0.1, 2.0, 1.0, 0.5, 3.0]),
    "thousand": many_observed(1000),
}
BETAS = [(2.0, 5.0), (0.5, 0.5), (21.49, 5.51), (300.0, 20.0), (0.3, 3.0), (1.0, 1.0), (0.1, 0.2)]
ENDS = {"both": (1.5, 3.25), "low": (2.75, INF), "high": (-INF, 2.25)}


def exact(oracle, low=-INF, high=INF):
    """SciPy's quantiles of a truncated distribution, each tail counted from its own end."""
    u, below, above = points(), oracle.cdf(low), oracle.sf(high)
    span = oracle.sf(low) - above if below > 0.5 else oracle.cdf(high) - below
    from_below, from_above = below + span * u, above + span * (1.0 - u)
    is_low = from_below <= 0.5
    return np.where(
        is_low, oracle.ppf(np.minimum(from_below, 0.5)), oracle.isf(np.minimum(from_above, 0.5))
    )


def drawn_at(marginal, units):
    return values_at(problem_of([factor("x", marginal)]), units)[:, 0]


def drawn(marginal):
    return drawn_at(marginal, points())


@pytest.mark.parametrize("case", FORMULAS)
def test_formula_agrees_with_scipy(case):
    marginal, oracle = FORMULAS[case]
    # Values are of order 1 to 10 and pass through fewer than ten roundings.
    np.testing.assert_allclose(drawn(marginal), exact(oracle), rtol=0.0, atol=2e-14)


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("case", FORMULAS)
def test_truncated_formula_agrees_with_scipy(case, ends):
    marginal, oracle = FORMULAS[case]
    low, high = ENDS[ends]
    result = drawn(Marginal(marginal.family, marginal.shape, low, high))
    # The two distribution functions differ in the last digit, which a tail of one in a million
    # turns into 1e-16 / 1e-6 of a score step at most.
    np.testing.assert_allclose(result, exact(oracle, low, high), rtol=0.0, atol=1e-10)


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("case", FORMULAS)
def test_truncated_values_stay_within_the_ends(case, ends):
    marginal, _ = FORMULAS[case]
    low, high = ENDS[ends]
    result = drawn(Marginal(marginal.family, marginal.shape, low, high))
    assert low <= result.min() <= result.max() <= high


@pytest.mark.parametrize("ends", [(-INF, INF), (20.0, 80.0), (60.0, INF)])
@pytest.mark.parametrize("shape", BETAS)
def test_beta_agrees_with_scipy_within_a_billionth_of_its_range(shape, ends):
    oracle = stats.beta(*shape, 10.0, 80.0)
    result = drawn(Marginal("beta", (*shape, 10.0, 90.0), *ends))
    # What the table promises (2e-10 at the middle of each interval), with a factor of 5.
    np.testing.assert_allclose(result, exact(oracle, *ends), rtol=0.0, atol=80.0 * 1e-9)


@pytest.mark.parametrize("ends", [(-INF, INF), (1.5, 3.25), (2.1, INF), (-INF, 2.25)])
@pytest.mark.parametrize("shape", PERTS)
def test_pert_agrees_with_scipy_within_a_billionth_of_its_range(shape, ends):
    result = drawn(Marginal("pert", shape, *ends))
    # As for beta, whose table it reads.
    np.testing.assert_allclose(result, exact(Pert(*shape), *ends), rtol=0.0, atol=3.0 * 1e-9)


@pytest.mark.parametrize("ends", [(-INF, INF), (1.75, 2.75), (1.2, INF), (-INF, 2.0)])
@pytest.mark.parametrize("case", OBSERVED)
def test_observed_values_agree_with_scipy(case, ends):
    marginal, oracle = OBSERVED[case]
    result = drawn(Marginal("empirical", marginal.shape, *ends))
    # The widest gap, of 15, holds a thousandth of the probability: 1e-16 of a quantile moves a
    # value by 2e-12, and ends and levels pass through some ten roundings.
    np.testing.assert_allclose(result, exact(oracle, *ends), rtol=0.0, atol=1e-10)


def test_equally_weighted_observed_values_agree_with_the_quantiles_of_numpy():
    values = np.sort(np.random.default_rng(3).normal(size=57))
    result = drawn(Marginal("empirical", (*values.tolist(), *np.linspace(0.0, 1.0, 57).tolist())))
    np.testing.assert_allclose(result, np.quantile(values, points()), rtol=0.0, atol=1e-13)


def test_repeated_values_keep_their_share():
    marginal = Marginal("empirical", (1.0, 2.0, 2.0, 2.0, 3.0, 0.0, 0.25, 0.5, 0.75, 1.0))
    units = np.linspace(0.0, 1.0, 402)[1:-1]
    assert (drawn_at(marginal, units) == 2.0).mean() == 0.5


@pytest.mark.parametrize(
    ("ends", "first", "last"), [((2.0, INF), 2.0, 3.0), ((-INF, 2.0), 1.0, 2.0)]
)
def test_truncation_at_a_repeated_value_keeps_it(ends, first, last):
    marginal = Marginal("empirical", (1.0, 2.0, 2.0, 2.0, 3.0, 0.0, 0.25, 0.5, 0.75, 1.0), *ends)
    result = drawn_at(marginal, np.linspace(0.0, 1.0, 302)[1:-1])
    assert first <= result.min() <= result.max() <= last
    # Half of the whole distribution, of the three quarters that are left.
    assert (result == 2.0).mean() == pytest.approx(2.0 / 3.0, abs=0.004)


@pytest.mark.parametrize("shape", BETAS)
def test_lower_tail_of_beta_keeps_its_relative_precision(shape):
    result = drawn(Marginal("beta", (*shape, 0.0, 1.0)))
    u = points()
    is_tail = u < 0.01
    # The absolute part is what the table calls negligible.
    np.testing.assert_allclose(
        result[is_tail], stats.beta(*shape).ppf(u[is_tail]), rtol=1e-6, atol=2e-15
    )


@pytest.mark.parametrize("shape", BETAS)
def test_upper_tail_of_beta_keeps_its_relative_precision(shape):
    # On [-1, 0] the distance to the upper end is the value itself.
    result = -drawn(Marginal("beta", (*shape, -1.0, 0.0)))
    u = points()
    is_tail = u > 0.99
    mirrored = stats.beta(*shape[::-1]).ppf(1.0 - u[is_tail])
    np.testing.assert_allclose(result[is_tail], mirrored, rtol=1e-6, atol=2e-15)


def test_beta_table_reaches_past_every_draw():
    ends = drawn_at(Marginal("beta", (2.0, 3.0, 0.0, 1.0)), [2.0**-53, 1.0 - 2.0**-53])
    expected = stats.beta(2.0, 3.0).ppf(2.0**-53), 1.0 - stats.beta(2.0, 3.0).isf(2.0**-53)
    assert (ends[0], 1.0 - ends[1]) == pytest.approx(expected, rel=1e-6)


def test_beta_too_abrupt_for_a_table_is_refused():
    with pytest.raises(DesignError, match=r"too abrupt to tabulate.*triangular"):
        beta_table(1e-3, 1e-3)


def test_discrete_values_come_in_ascending_order_with_their_weights():
    marginal = Marginal("discrete", (3.0, 1.0, 2.0, 0.5, 0.2, 0.3))
    result = drawn_at(marginal, [0.01, 0.19, 0.21, 0.49, 0.51, 0.99])
    assert result.tolist() == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]


def test_truncated_discrete_keeps_both_ends_and_their_proportions():
    marginal = Marginal("discrete", (1.0, 2.0, 3.0, 4.0, 0.4, 0.3, 0.1, 0.2), 2.0, 3.0)
    assert drawn_at(marginal, [0.01, 0.74, 0.76, 0.99]).tolist() == [2.0, 2.0, 3.0, 3.0]


def test_constant_knot_is_constant():
    problem = problem_of(
        [factor("x", Marginal("constant", (4.0,)), Marginal("normal", (0.0, 1.0)))]
    )
    assert set(values_at(problem, [0.1, 0.9])[:, 0]) == {4.0}


@pytest.mark.parametrize("family", FAMILIES)
def test_extreme_quantiles_give_finite_values(family):
    shapes = {
        "constant": (1.0,),
        "uniform": (1.0, 2.0),
        "beta": (2.0, 3.0, 0.0, 1.0),
        "discrete": (1.0, 2.0, 0.5, 0.5),
        "triangular": (1.0, 2.0, 3.0),
        "split_normal": (1.0, 1.0, 2.0),
        "pert": (1.0, 2.0, 3.0, 4.0),
        "log_uniform": (1.0, 2.0),
        "empirical": (1.0, 2.0, 4.0, 0.0, 0.5, 1.0),
    }
    marginal = Marginal(family, shapes.get(family, (1.0, 0.5)))
    assert np.isfinite(drawn_at(marginal, [2.0**-53, 1.0 - 2.0**-53])).all()


@pytest.mark.parametrize(
    "marginal",
    [
        Marginal("normal", (0.0, 1.0), 6.0, INF),
        Marginal("uniform", (0.0, 1.0), 2.0, 3.0),
        Marginal("discrete", (1.0, 2.0, 0.5, 0.5), 1.2, 1.8),
        Marginal("constant", (1.0,), 2.0, 3.0),
    ],
    ids=lambda marginal: marginal.family,
)
def test_truncation_that_leaves_nothing_is_refused(marginal):
    problem = problem_of([factor("x", marginal)])
    with pytest.raises(DesignError, match=r"x: found a share of .*widen 'truncate'"):
        plan(problem, 0)


def test_unknown_family_is_refused():
    problem = problem_of([factor("x", Marginal("cauchy", (0.0, 1.0)))])
    with pytest.raises(DesignError, match=r"x: found distribution 'cauchy', expected one of"):
        plan(problem, 0)


def test_parameter_that_is_not_finite_is_refused():
    problem = problem_of([factor("x", Marginal("normal", (0.0, INF)))])
    with pytest.raises(DesignError, match=r"x: found normal with .*expected finite numbers"):
        plan(problem, 0)
