"""P(miss) under shifted priors, against a closed form; variance by kind, against known indices."""

import numpy as np
import pytest
from scipy import stats

from mc_engine.errors import StatisticError
from mc_engine.sensitivity.ranks import Order
from mc_engine.sensitivity.robustness import robustness, shifted_weights, variance_by_kind

SHARES = np.array([0.5, 0.3, 0.15, 0.05])
SIZE, LIMIT = 40_000, 1.0
CORRELATION = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, 0.0], [0.0, 0.0, 1.0]])


def linear(seed, size=SIZE):
    """Missed where a normal output of variance 1 exceeds 1."""
    scores = np.random.default_rng(seed).standard_normal((size, 4))
    margin = LIMIT - scores @ np.sqrt(SHARES)
    return scores, margin, (margin < 0.0).astype(np.int8)


@pytest.mark.parametrize("seed", range(5))
def test_a_shifted_median_moves_the_chance_as_on_paper(seed):
    """Shifting z_i by d shifts the output by d sqrt(s_i)."""
    found = robustness(*linear(seed))
    assert found.chances[0] == pytest.approx(stats.norm.sf(LIMIT), abs=0.008)
    for band, share in zip(found.bands[0], SHARES, strict=True):
        for side in (band.lower, band.upper):
            truth = stats.norm.sf(LIMIT - side.shift * np.sqrt(share))
            # 99.9 % where 95 % is claimed: five seeds, four inputs and two sides are looked at.
            reach = 2.0 * side.chance.half_width
            assert abs(side.chance.estimate - truth) <= reach
            assert side.change.half_width < side.chance.half_width
            # E[w]^2 / E[w^2] = exp(-d^2).
            assert side.effective / SIZE == pytest.approx(np.exp(-0.25), abs=0.02)
        assert (band.low, band.high) == (band.lower.chance.estimate, band.upper.chance.estimate)


def test_intervals_hold_the_truth_as_often_as_they_say():
    truth = stats.norm.sf(LIMIT - 0.5 * np.sqrt(0.5)), stats.norm.sf(LIMIT)
    held = np.zeros(2)
    for seed in range(100):
        side = robustness(*linear(seed, 4_000), inputs=[0]).bands[0][0].upper
        held += [
            side.chance.low <= truth[0] <= side.chance.high,
            side.change.low <= truth[0] - truth[1] <= side.change.high,
        ]
    # Of 100 at 95 %: below 89 lies beyond three standard errors.
    assert (held >= 89).all()


@pytest.mark.parametrize("seed", range(3))
def test_only_the_one_prior_is_moved_where_inputs_depend_on_each_other(seed):
    generator = np.random.default_rng(seed)
    scores = generator.standard_normal((200_000, 3)) @ np.linalg.cholesky(CORRELATION).T
    weight = shifted_weights(scores, 0, 0.5, CORRELATION)
    assert weight.mean() == pytest.approx(1.0, abs=0.01)
    np.testing.assert_allclose(weight @ scores / weight.sum(), [0.5, 0.0, 0.0], atol=0.015)
    margin = 1.0 - scores.sum(axis=1)
    found = robustness(
        scores, margin, (margin < 0.0).astype(np.int8), inputs=[0], correlation=CORRELATION
    )
    (band,) = found.bands[0]
    truth = stats.norm.sf((1.0 - 0.5) / np.sqrt(CORRELATION.sum()))
    assert band.upper.chance.estimate == pytest.approx(truth, abs=0.006)


def test_scores_of_physical_values_do_as_well_as_the_scores_themselves():
    scores, margin, miss = linear(7)
    told = np.column_stack([Order.of(np.exp(column)).scores() for column in scores.T])
    one, other = robustness(scores, margin, miss), robustness(told, margin, miss)
    for band, same in zip(one.bands[0], other.bands[0], strict=True):
        assert same.upper.chance.estimate == pytest.approx(band.upper.chance.estimate, abs=0.004)


def test_weights_are_multiplied_and_replicates_give_the_interval():
    scores, margin, miss = linear(8)
    weight = shifted_weights(scores, 1, 0.4)
    replicate = np.arange(SIZE) // (SIZE // 16)
    found = robustness(scores, margin, miss, weight=weight, replicate=replicate)
    truth = stats.norm.sf(LIMIT - 0.4 * np.sqrt(0.3) - 0.5 * np.sqrt(0.5))
    chance = found.bands[0][0].upper.chance
    assert chance.method == "replicates"
    assert chance.estimate == pytest.approx(truth, abs=0.015)
    assert found.effective < SIZE
    assert found.bands[0][0].upper.effective < found.effective


def test_a_rare_miss_is_bounded_by_its_effective_sample_size():
    scores, margin, _ = linear(9, 2_000)
    rare = margin + 1.8
    found = robustness(scores, rare, (rare < 0.0).astype(np.int8), inputs=[0])
    chance = found.bands[0][0].lower.chance
    assert chance.method == "clopper_pearson, effective sample size"
    assert 0.0 <= chance.low <= chance.estimate <= chance.high


def test_no_miss_at_all_leaves_a_bound_and_no_band():
    scores, margin, miss = linear(10, 3_000)
    found = robustness(scores, margin + 50.0, 0 * miss)
    assert found.bands == ((),)
    assert found.unseen[0].message.startswith("No draw of 3,000 misses")
    assert found.as_json()["chances"] == [0.0]


def test_variance_by_kind_of_additive_and_interacting_factors():
    """Ishigami's indices: the first and third interact."""
    first = np.array([0.31390519, 0.44241114, 0.0])
    total = np.array([0.55758886, 0.44241114, 0.24368366])
    noise = 1e-3 * np.random.default_rng(0).standard_normal((16, 3))
    kinds = ["judgement", "sourced", "judgement"]
    judged, sourced = variance_by_kind(first + noise, total + noise, kinds)
    assert (judged.kind, judged.factors) == ("judgement", 2)
    assert judged.alone.low <= 0.31390519 <= judged.alone.high
    # Known together, the first and the third leave the second: what it holds first is not theirs.
    assert judged.touched.estimate == pytest.approx(1.0 - 0.44241114, abs=2e-3)
    assert sourced.touched.estimate == pytest.approx(0.44241114, abs=2e-3)
    assert judged.as_json()["kind"] == "judgement"


def test_what_cannot_be_shifted_is_refused():
    scores, margin, miss = linear(11, 1_000)
    with pytest.raises(StatisticError, match="scores: found shape"):
        robustness(scores[:5], margin, miss)
    with pytest.raises(StatisticError, match="shift: found 0, expected a number above 0"):
        robustness(scores, margin, miss, shift=0)
    with pytest.raises(StatisticError, match="correlation: found shape"):
        robustness(scores, margin, miss, correlation=np.eye(3))
    with pytest.raises(StatisticError, match="expected a symmetric matrix"):
        robustness(scores, margin, miss, correlation=2.0 * np.eye(4))
    with pytest.raises(StatisticError, match="expected a positive definite matrix"):
        robustness(scores, margin, miss, correlation=np.ones((4, 4)))
    with pytest.raises(StatisticError, match="scores: 4 of 4000 values are not finite"):
        robustness(np.where(margin[:, None] == margin.min(), np.nan, scores), margin, miss)
    with pytest.raises(StatisticError, match="expected replicates by factors"):
        variance_by_kind(np.ones((2, 3)), np.ones((2, 3)), ["judgement"])
