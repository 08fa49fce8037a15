"""Distributions as stated and as fitted; SciPy's distributions are the oracle."""

import math

import numpy as np
import pytest
from scipy import stats

from mc_engine.distributions.families import FAMILIES
from mc_engine.distributions.fit import Observed, fit
from mc_engine.distributions.fitting import UnfitError
from mc_engine.distributions.marginal import Marginal, cdf, middle, quantile, span

Z95 = 1.6448536269514722
U = np.linspace(0.001, 0.999, 97)


def fitted(family, *, percent=False, observed=None, **given):
    stated = FAMILIES[family].stated(name=family, **given)
    return fit(stated, percent=percent, observed=observed)


def fitted_to(values, weights=(), **given):
    """Empirical distribution of some observed values."""
    return fitted("empirical", observed=Observed(values, weights), file="f", column="c", **given)


def probabilities(marginal, x):
    return [cdf(marginal, value)[0] for value in x]


def as_scipy(marginal):
    shape = marginal.shape
    match marginal.family:
        case "uniform":
            return stats.uniform(shape[0], shape[1] - shape[0])
        case "triangular":
            low, mode, high = shape
            return stats.triang((mode - low) / (high - low), low, high - low)
        case "normal":
            return stats.norm(*shape)
        case "lognormal":
            return stats.lognorm(shape[1], scale=shape[0])
        case "pert":
            low, mode, high, weight = shape
            a = 1 + weight * (mode - low) / (high - low)
            return stats.beta(a, weight + 2 - a, low, high - low)
        case "log_uniform":
            return stats.loguniform(*shape)
        case "empirical":
            count = len(shape) // 2
            return stats.rv_histogram(
                (np.diff(shape[count:]), np.array(shape[:count])), density=False
            )
        case "beta":
            return stats.beta(shape[0], shape[1], shape[2], shape[3] - shape[2])


CASES = [
    Marginal("uniform", (-2.0, 5.0)),
    Marginal("triangular", (1.0, 2.0, 7.0)),
    Marginal("triangular", (1.0, 1.0, 7.0)),
    Marginal("triangular", (1.0, 7.0, 7.0)),
    Marginal("normal", (3.0, 0.5)),
    Marginal("lognormal", (3.0, 0.5)),
    Marginal("beta", (21.49, 5.51, 0.0, 100.0)),
    Marginal("beta", (0.6, 0.7, -1.0, 1.0)),
    Marginal("pert", (1.0, 2.0, 7.0, 4.0)),
    Marginal("pert", (1.0, 7.0, 7.0, 2.5)),
    Marginal("log_uniform", (0.02, 7.0)),
    Marginal("empirical", (1.0, 2.0, 4.0, 4.5, 9.0, 0.0, 0.1, 0.6, 0.8, 1.0)),
]


@pytest.mark.parametrize("marginal", CASES, ids=str)
def test_quantiles_agree_with_scipy(marginal):
    # The same functions in another order of operations.
    np.testing.assert_allclose(quantile(marginal, U), as_scipy(marginal).ppf(U), rtol=1e-11)


@pytest.mark.parametrize("marginal", CASES, ids=str)
def test_cdf_undoes_quantile(marginal):
    # Rounding of a value near the middle of its range.
    np.testing.assert_allclose(
        probabilities(marginal, quantile(marginal, U)), U, rtol=0, atol=1e-11
    )


@pytest.mark.parametrize("marginal", CASES, ids=str)
def test_truncation_remaps_quantiles(marginal):
    low, high = quantile(marginal, [0.2, 0.7])
    cut = Marginal(marginal.family, marginal.shape, float(low), float(high))
    # F(low) is 0.2 and F(high) 0.7 but for rounding.
    np.testing.assert_allclose(quantile(cut, U), quantile(marginal, 0.2 + 0.5 * U), rtol=1e-9)


def test_split_normal_has_half_on_each_side():
    marginal = Marginal("split_normal", (10.0, 1.0, 3.0))
    expected = np.where(U < 0.5, stats.norm(10, 1).ppf(U), stats.norm(10, 3).ppf(U))
    np.testing.assert_allclose(quantile(marginal, U), expected, rtol=1e-13)


def test_discrete_quantiles_step_at_the_weights():
    marginal = Marginal("discrete", (1.0, 4.0, 9.0, 0.25, 0.5, 0.25))
    np.testing.assert_array_equal(quantile(marginal, [0.1, 0.25, 0.3, 0.75, 0.8]), [1, 1, 4, 4, 9])


def test_span_of_a_discrete_distribution_is_its_extremes():
    assert span(Marginal("discrete", (1.0, 9.0, 1e-9, 1.0 - 1e-9))) == (1.0, 9.0)


EXACT = [
    ("uniform", {"p5": 7.0, "p95": 11.0}),
    ("triangular", {"p5": 10.0, "mode": 12.0, "p95": 20.0}),
    ("triangular", {"p5": 10.0, "mode": 10.0, "p95": 20.0}),
    ("triangular", {"p5": 10.0, "mode": 20.0, "p95": 20.0}),
    ("triangular", {"p5": 10.0, "p50": 14.0, "p95": 20.0}),
    ("triangular", {"p5": 10.0, "p50": 16.4, "p95": 20.0}),
    ("normal", {"p5": -1.0, "p95": 4.0}),
    ("normal", {"p5": -1.0, "p50": 1.5, "p95": 4.0}),
    ("lognormal", {"p5": 7500.0, "p95": 10500.0}),
    ("split_normal", {"p5": 1.0, "p50": 2.0, "p95": 9.0}),
    ("pert", {"p5": 10.0, "mode": 12.0, "p95": 20.0}),
    ("pert", {"p5": 10.0, "mode": 10.0, "p95": 20.0}),
    ("pert", {"p5": 10.0, "mode": 20.0, "p95": 20.0}),
    ("pert", {"p5": 10.0, "p50": 14.0, "p95": 20.0}),
    ("pert", {"p5": 10.0, "p50": 15.6, "p95": 20.0, "shape": 1.5}),
    ("pert", {"p5": 10.0, "mode": 14.0, "p95": 20.0, "shape": 60.0}),
    ("log_uniform", {"p5": 0.02, "p95": 7.0}),
    ("beta", {"p5": 0.1, "p95": 0.6}),
    ("beta", {"p5": 0.001, "p95": 0.02}),
    ("beta", {"p5": 0.97, "p95": 0.999}),
    ("beta", {"p5": 0.01, "p95": 0.99}),
    ("beta", {"p5": 20.0, "p95": 90.0, "low": 10.0, "high": 95.0}),
]


@pytest.mark.parametrize(("family", "numbers"), EXACT)
def test_exactly_determined_fit_gives_back_the_stated_quantiles(family, numbers):
    implied = dict(zip(("p5", "p50", "p95"), middle(fitted(family, **numbers)), strict=True))
    stated = {key: value for key, value in numbers.items() if key in implied}
    scale = numbers["p95"] - numbers["p5"]
    # The promise of the format: 1e-10 of the range.
    worst = max(abs(implied[key] - value) / scale for key, value in stated.items())
    assert worst < 1e-10


def test_triangular_keeps_a_stated_mode():
    assert fitted("triangular", p5=10, mode=12, p95=20).shape[1] == 12.0


@pytest.mark.parametrize("case", range(20))
def test_beta_is_found_again_from_two_of_its_quantiles(case):
    rng = np.random.default_rng([2060, case])
    a, b = np.exp(rng.uniform(-0.5, 5.0, 2))
    p5, p95 = stats.beta(a, b).ppf([0.05, 0.95])
    # 1e-10 in the quantiles; the parameters move about a hundred times as much.
    assert fitted("beta", p5=p5, p95=p95).shape[:2] == pytest.approx((a, b), rel=1e-8)


def pert_quantiles(low, mode, high, shape, u):
    a = 1 + shape * (mode - low) / (high - low)
    return stats.beta(a, shape + 2 - a, low, high - low).ppf(u)


@pytest.mark.parametrize("shape", [0.5, 4.0, 30.0])
@pytest.mark.parametrize("mode", [1.0, 1.3, 3.0, 5.9, 6.0])
def test_pert_is_found_again_from_its_quantiles(mode, shape):
    p5, p50, p95 = pert_quantiles(1.0, mode, 6.0, shape, [0.05, 0.5, 0.95])
    result = fitted("pert", p5=p5, p50=p50, p95=p95, shape=shape).shape
    # The position of the median changes little with the mode of a wide distribution.
    assert result == pytest.approx((1.0, mode, 6.0, shape), rel=1e-8)


@pytest.mark.parametrize("shape", [0.5, 4.0, 30.0])
@pytest.mark.parametrize("mode", [2.0, 3.0, 4.5])
def test_pert_is_found_again_from_its_mode(mode, shape):
    p5, p95 = pert_quantiles(1.0, mode, 6.0, shape, [0.05, 0.95])
    result = fitted("pert", p5=p5, mode=mode, p95=p95, shape=shape).shape
    assert result == pytest.approx((1.0, mode, 6.0, shape), rel=1e-10)


def test_pert_has_the_mean_of_the_three_point_rule():
    marginal = fitted("pert", low=1, mode=2, high=6)
    assert as_scipy(marginal).mean() == pytest.approx((1 + 4 * 2 + 6) / 6, rel=1e-14)


@pytest.mark.parametrize("shape", [0.01, 1.0, 4.0, 100.0, 5000.0])
def test_a_pert_with_a_stated_mode_is_one_distribution(shape):
    # Distance of the mode from p5, over that of p95 from the mode: it must rise with the position
    # of the mode for the fit to have one answer.
    w = np.linspace(0.0, 1.0, 2001)
    p5, p95 = (stats.beta(1 + shape * w, 1 + shape * (1 - w)).ppf(u) for u in (0.05, 0.95))
    inside = (w > p5) & (w < p95)
    assert (np.diff(((w - p5) / (p95 - w))[inside]) > 0).all()


@pytest.mark.parametrize("shape", [0.01, 1.0, 4.0, 100.0, 5000.0])
def test_a_pert_with_a_stated_median_is_one_distribution(shape):
    w = np.linspace(0.0, 1.0, 2001)
    p5, p50, p95 = (
        stats.beta(1 + shape * w, 1 + shape * (1 - w)).ppf(u) for u in (0.05, 0.5, 0.95)
    )
    assert (np.diff((p50 - p5) / (p95 - p5)) > 0).all()


def test_observed_values_of_equal_weight_stand_at_equal_distances():
    marginal = fitted_to([4, 1, 9, 2, 3])
    assert marginal == Marginal("empirical", (1.0, 2.0, 3.0, 4.0, 9.0, 0.0, 0.25, 0.5, 0.75, 1.0))


def test_an_observed_value_stands_in_the_middle_of_its_weight():
    marginal = fitted_to([1, 2, 3, 4, 5], [2, 2, 2, 4, 4])
    # Gaps of 2, 2, 3 and 4 between the middles, of 11 in all.
    assert marginal.shape[5:] == pytest.approx((0, 2 / 11, 4 / 11, 7 / 11, 1), rel=1e-15)


def test_scaled_weights_change_nothing():
    values = [1, 2, 3, 4, 5]
    one, four = (fitted_to(values, [w, 3 * w, w, w, 2 * w]) for w in (1.0, 4.0))
    assert one == four


def test_repeated_observed_values_count_as_at_or_below():
    marginal = fitted_to([1, 2, 2, 2, 3])
    np.testing.assert_allclose(probabilities(marginal, [1.0, 1.5, 2.0, 3.0]), [0, 0.125, 0.75, 1])


def test_truncation_at_a_repeated_value_keeps_it():
    marginal = fitted_to([1, 2, 2, 2, 3], truncate={"low": 2.0})
    np.testing.assert_allclose(quantile(marginal, [0.1, 0.6, 2 / 3, 5 / 6, 1.0]), [2, 2, 2, 2.5, 3])


def test_normal_of_three_keeps_the_median_and_the_spread():
    marginal = fitted("normal", p5=10.0, p50=15.2, p95=20.0)
    assert marginal.shape == pytest.approx((15.2, 10.0 / (2 * Z95)), rel=1e-14)


def test_lognormal_of_three_keeps_the_median_and_the_ratio():
    marginal = fitted("lognormal", p5=7500.0, p50=8800.0, p95=10500.0)
    assert marginal.shape == pytest.approx((8800.0, math.log(1.4) / (2 * Z95)), rel=1e-14)


def test_beta_of_three_is_the_least_squares_fit():
    stated = np.array([0.10, 0.30, 0.55])
    marginal = fitted("beta", p5=stated[0], p50=stated[1], p95=stated[2])

    def loss(a, b):
        return np.sum((stats.beta(a, b).ppf([0.05, 0.5, 0.95]) - stated) ** 2)

    best = loss(*marginal.shape[:2])
    around = [
        loss(marginal.shape[0] * s, marginal.shape[1] * t)
        for s in (0.99, 1.01)
        for t in (0.99, 1.01)
    ]
    assert best < min(around)


def test_beta_with_a_mode_has_a_mode():
    marginal = fitted("beta", p5=0.02, mode=0.1, p95=0.4)
    assert min(marginal.shape[:2]) > 1.0


def test_beta_in_percent_runs_to_a_hundred():
    assert fitted("beta", a=2, b=3, percent=True).shape == (2.0, 3.0, 0.0, 100.0)


def test_beta_in_other_units_runs_to_one():
    assert fitted("beta", a=2, b=3).shape == (2.0, 3.0, 0.0, 1.0)


def test_weights_are_scaled_and_values_sorted():
    marginal = fitted("discrete", values=[5, 1, 3], weights=[1, 1, 2])
    assert marginal.shape == (1.0, 3.0, 5.0, 0.25, 0.5, 0.25)


def test_truncated_discrete_distribution_loses_values_and_keeps_proportions():
    marginal = fitted("discrete", values=[1, 3, 5], weights=[1, 2, 6], truncate={"high": 4.0})
    assert marginal == Marginal("discrete", (1.0, 3.0, 1 / 3, 2 / 3))


def test_small_mismatch_is_accepted():
    # p5 is 0.45 and p95 0.45 below what is stated: 4.5 % of the range.
    assert fitted("normal", p5=10.0, p50=14.55, p95=20.0).shape[0] == 14.55


def test_mismatch_names_the_worst_number_and_a_remedy():
    with pytest.raises(UnfitError, match=r"p5 10 stated and 6 implied.*use split_normal"):
        fitted("normal", p5=10.0, p50=11.0, p95=20.0)


def test_truncation_outside_the_distribution_changes_nothing():
    cut = fitted("uniform", low=0.0, high=1.0)
    wide = fitted("uniform", low=0.0, high=1.0, truncate={"low": -5.0})
    np.testing.assert_allclose(quantile(wide, U), quantile(cut, U), rtol=1e-15)
