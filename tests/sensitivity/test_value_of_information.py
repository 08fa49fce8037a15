"""What knowing a factor is worth for the removals decision, against closed forms."""

import numpy as np
import pytest
from scipy import optimize, stats

from mc_engine.errors import StatisticError
from mc_engine.sensitivity.value_of_information import value_of_information

SHARES = np.array([0.5, 0.3, 0.15, 0.05])
SIZE, QUANTILE = 16_384, 0.9
COSTS = {"under": 0.9, "over": 0.1}
LOSS = float(stats.norm.pdf(stats.norm.ppf(QUANTILE)))
SEEDS = range(20)


def linear(seed, size=SIZE):
    """Residual of variance 1: inputs 0 to 3 hold shares of it, input 4 none."""
    inputs = np.random.default_rng(seed).standard_normal((size, 5))
    return inputs, inputs[:, :4] @ np.sqrt(SHARES)


def truth(share):
    """Worth of inputs that hold a share of the variance of a normal residual."""
    return LOSS * (1.0 - np.sqrt(1.0 - share))


def test_the_closed_form_is_the_one_on_record():
    np.testing.assert_allclose(truth(SHARES), [0.05140, 0.02867, 0.01370, 0.00444], atol=5e-6)


def test_evppi_of_a_linear_gaussian_over_twenty_seeds():
    """The standard error of a worth is some 0.001 at this size; four of them are allowed."""
    factors = [[0], [1], [2], [3], [4], [0, 1]]
    expected = np.append(truth(SHARES), [0.0, truth(SHARES[0] + SHARES[1])])
    held, errors = np.zeros(6), []
    for seed in SEEDS:
        found = value_of_information(*linear(seed), factors, **COSTS)
        worth = [one.value for one in found.evppi]
        errors.append([one.estimate for one in worth] - expected)
        held += [one.low - 3e-4 <= right <= one.high + 3e-4 for one, right in zip(
            worth, expected, strict=True
        )]  # fmt: skip
        assert found.loss.estimate == pytest.approx(LOSS, abs=0.006)
        assert found.capacity == pytest.approx(stats.norm.ppf(QUANTILE), abs=0.05)
    largest = np.abs(errors).max(axis=0)
    assert largest.max() < 0.004, f"seeds {list(SEEDS)}: largest error by factor {largest}"
    assert np.abs(np.mean(errors, axis=0)).max() < 0.0008
    # Of 20 at 95 %: fewer than 16 happen once in four hundred.
    assert (held >= 16).all()


def test_a_factor_that_moves_the_spread_alone_is_worth_something():
    """E is normal of mean 0 and standard deviation exp(z / 2), z known or not."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights, spread = weights / weights.sum(), np.exp(nodes / 2.0)

    def exceeds(r):
        return weights @ stats.norm.sf(r / spread) - (1.0 - QUANTILE)

    best = optimize.brentq(exceeds, 0.0, 20.0)
    z = best / spread
    short = spread * (stats.norm.pdf(z) - z * stats.norm.sf(z))
    without = weights @ (COSTS["under"] * short + COSTS["over"] * (best + short))
    expected = without - LOSS * (weights @ spread)
    errors = []
    for seed in range(10):
        generator = np.random.default_rng(seed)
        inputs = generator.standard_normal((SIZE, 1))
        residual = np.exp(inputs[:, 0] / 2.0) * generator.standard_normal(SIZE)
        found = value_of_information(inputs, residual, [[0]], **COSTS)
        errors.append(found.evppi[0].value.estimate - expected)
    assert expected > 0.01
    assert np.abs(np.mean(errors)) < 0.002


def test_knowing_dependent_inputs_together_is_worth_what_they_hold_together():
    """A knot and a copy of it are worth no more than one of them."""
    inputs, residual = linear(1)
    inputs[:, 4] = inputs[:, 0] + 1e-6 * inputs[:, 4]
    one, both = value_of_information(inputs, residual, [[0], [0, 4]], **COSTS).evppi
    assert both.value.estimate == pytest.approx(one.value.estimate, abs=1e-3)
    everything = value_of_information(inputs, residual, [[0, 1, 2, 3]], **COSTS).evppi[0]
    assert everything.share > 0.98


def test_weights_stand_for_draws_of_another_law():
    """Weights turn a wider law into the standard one."""
    generator = np.random.default_rng(5)
    inputs = generator.standard_normal((60_000, 2))
    inputs[:, 0] *= 1.5
    weight = np.exp(-0.5 * inputs[:, 0] ** 2 + 0.5 * (inputs[:, 0] / 1.5) ** 2)
    residual = np.sqrt(0.5) * inputs.sum(axis=1)
    found = value_of_information(inputs, residual, [[0]], weight=weight, **COSTS)
    assert found.effective < 60_000
    value = found.evppi[0].value
    assert value.low <= truth(0.5) <= value.high
    assert value.estimate == pytest.approx(truth(0.5), abs=0.004)


def test_replicates_give_the_interval_and_failed_draws_are_counted():
    inputs, residual = linear(2)
    failed = np.arange(SIZE) % 400 == 0
    residual = np.where(failed, np.nan, residual)
    found = value_of_information(
        inputs, residual, [[0]], failed=failed, replicate=np.arange(SIZE) // (SIZE // 8), **COSTS
    )
    assert found.failed == failed.sum()
    value = found.evppi[0].value
    assert value.method == "replicates"
    assert value.low <= truth(0.5) <= value.high


def test_a_capacity_that_cannot_be_negative_is_not():
    inputs, residual = linear(3)
    found = value_of_information(inputs, residual - 10.0, [[0]], least=0.0, **COSTS)
    assert found.capacity == 0.0
    assert found.evppi[0].value.estimate == pytest.approx(0.0, abs=1e-12)


def test_the_costs_scale_the_worth_and_their_ratio_sets_the_quantile():
    inputs, residual = linear(4)
    one = value_of_information(inputs, residual, [[0]], **COSTS)
    ten = value_of_information(inputs, residual, [[0]])
    assert ten.quantile == pytest.approx(QUANTILE)
    assert ten.evppi[0].value.estimate == pytest.approx(10.0 * one.evppi[0].value.estimate)
    assert ten.evppi[0].share == pytest.approx(one.evppi[0].share)
    told = ten.as_json()
    assert told["decision"].startswith("how much removal to contract")
    assert told["evppi"][0]["inputs"] == [0]


def test_what_has_no_worth_is_refused():
    inputs, residual = linear(6, 1_000)
    with pytest.raises(StatisticError, match=r"costs: found 0\.0 and 1\.0, expected two"):
        value_of_information(inputs, residual, [[0]], under=0.0)
    with pytest.raises(StatisticError, match="the same number for residual emissions"):
        value_of_information(inputs, np.ones(1_000), [[0]])
    with pytest.raises(StatisticError, match="1 of 1000 values are not finite"):
        value_of_information(inputs, np.where(inputs[:, 0].argmax() == np.arange(1_000), np.nan,
                                              residual), [[0]])  # fmt: skip
    for wrong in ([[5]], [[0], []], [[-1]]):
        with pytest.raises(StatisticError, match="expected for each at least one input between 0"):
            value_of_information(inputs, residual, wrong)
    with pytest.raises(StatisticError, match="expected one row for each of 1000 draws"):
        value_of_information(inputs[:9], residual, [[0]])
