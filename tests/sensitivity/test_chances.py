"""P(miss) along an input and its fall, against a closed form, with failed and weighted draws."""

import numpy as np
import pytest
from scipy import special, stats

from mc_engine.errors import StatisticError
from mc_engine.sensitivity.chances import Counts, risk_reduction, unseen
from mc_engine.sensitivity.given_data import given_data

SHARE = 0.3
CHANCE = float(stats.norm.sf(1.0))


def sample(seed, size=4_000, share=SHARE):
    """Margin of a linear Gaussian, one input known and the rest noise; small values are good."""
    generator = np.random.default_rng(seed)
    score = generator.standard_normal(size)
    rest = generator.standard_normal(size)
    margin = 1.0 - np.sqrt(share) * score - np.sqrt(1.0 - share) * rest
    return score[:, None], margin[:, None], (margin[:, None] < 0.0).astype(np.int8)


def true_fall(share=SHARE):
    """P(miss) less P(miss | the score lies in its lowest tenth)."""
    below = (np.arange(10_000) + 0.5) / 100_000.0
    given = stats.norm.sf((1.0 - np.sqrt(share) * special.ndtri(below)) / np.sqrt(1.0 - share))
    return CHANCE - float(given.mean())


def found(seed, **options):
    return given_data(*sample(seed), np.random.default_rng(seed), dummies=5, **options)


def test_the_interval_of_the_fall_covers_the_truth_as_often_as_it_says():
    truth = true_fall()
    falls = [found(seed, level=0.9).effects[0][0].risk_reduction.interval for seed in range(200)]
    held = sum(fall.low <= truth <= fall.high for fall in falls)
    # Of 200 trials at 90 %: three standard errors are 6.4 %.
    assert 0.84 <= held / 200 <= 1.0
    assert np.mean([fall.estimate for fall in falls]) == pytest.approx(truth, abs=0.003)


def test_an_input_of_no_effect_falls_by_nothing_on_average():
    """The end is chosen by the other half; chosen by the same draws, the mean would be above 0."""
    falls = [
        given_data(*sample(seed, 2_000, 0.0), np.random.default_rng(seed), dummies=5)
        .effects[0][0].risk_reduction.interval.estimate
        for seed in range(100)
    ]  # fmt: skip
    assert abs(np.mean(falls)) < 3.0 * np.std(falls) / np.sqrt(100)


def test_replicates_give_an_interval_that_holds_the_truth():
    replicate = np.repeat(np.arange(8), 500)
    hits = 0
    for seed in range(40):
        fall = found(seed, replicate=replicate).effects[0][0].risk_reduction
        hits += fall.interval.low <= true_fall() <= fall.interval.high
    assert hits >= 35


def test_failed_draws_widen_deciles_and_fall():
    inputs, margin, miss = sample(0)
    failed = miss.copy()
    failed[:30] = -1
    plain = given_data(inputs, margin, miss, np.random.default_rng(0), dummies=5)
    wide = given_data(inputs, margin, failed, np.random.default_rng(0), dummies=5)
    assert wide.failed == 30
    assert wide.draws == 3_970
    for one, other in zip(plain.effects[0][0].chances, wide.effects[0][0].chances, strict=True):
        assert other.method.endswith("widened for failed draws")
        assert other.half_width >= one.half_width - 1e-3
    narrow, broad = (case.effects[0][0].risk_reduction.interval for case in (plain, wide))
    assert broad.half_width > narrow.half_width


def test_weights_of_one_value_are_no_weights():
    plain, weighted = found(1), found(1, weight=np.full(4_000, 2.5))
    assert weighted.effective == pytest.approx(4_000.0)
    one, other = plain.effects[0][0], weighted.effects[0][0]
    assert other.risk_reduction.interval.estimate == pytest.approx(
        one.risk_reduction.interval.estimate, abs=1e-12
    )
    assert other.pawn_mean == pytest.approx(one.pawn_mean, abs=1e-12)
    assert other.regional_statistic == pytest.approx(one.regional_statistic, rel=1e-9)
    assert other.first_order.estimate == pytest.approx(one.first_order.estimate, abs=1e-12)


def test_a_tilted_sample_tells_the_fall_of_the_tilted_law():
    """Weights that turn a wider law of the score into the standard one give its fall back."""
    generator = np.random.default_rng(7)
    size = 60_000
    score = 1.5 * generator.standard_normal(size)
    weight = np.exp(-0.5 * score**2 + 0.5 * (score / 1.5) ** 2)
    margin = 1.0 - np.sqrt(SHARE) * score - np.sqrt(1.0 - SHARE) * generator.standard_normal(size)
    told = given_data(
        score[:, None], margin, (margin < 0.0).astype(np.int8), generator, weight=weight, dummies=5
    )
    effect = told.effects[0][0]
    assert told.effective < 0.9 * size
    assert effect.risk_reduction.interval.low <= true_fall() <= effect.risk_reduction.interval.high
    assert effect.risk_reduction.share == pytest.approx(0.1, abs=1e-3)
    assert effect.first_order.estimate == pytest.approx(SHARE, abs=0.02)


def test_halves_that_disagree_say_that_the_side_cannot_be_told():
    table = np.full((10, 2), 50.0)
    counts = Counts(0.3 * table, 0.0 * table, table, table, False)
    fall = risk_reduction(counts, (0.01, -0.01), np.arange(2))
    assert fall.favourable == "unclear"
    assert fall.interval.estimate == pytest.approx(0.0, abs=1e-12)


def test_a_good_tenth_that_failed_altogether_is_refused():
    table = np.full((10, 1), 50.0)
    failed = 0.0 * table
    failed[0] = 50.0
    counts = Counts(np.where(failed > 0.0, 0.0, 10.0), failed, table, table, False)
    with pytest.raises(StatisticError, match="every draw in the favourable end failed"):
        risk_reduction(counts, (-0.5, -0.5), np.zeros(1, dtype=int))


def test_the_bound_of_a_chance_never_seen_is_the_rule_of_three():
    for chance, word in ((0.0, "No draw of 3,000 misses"), (1.0, "Every draw of 3,000 misses")):
        message = unseen(chance, 3_000.0).message
        assert message.startswith(word)
        assert "at most 0.001 at 95 % confidence" in message
        assert message.endswith("what moves the margin can.")


def test_a_sure_miss_leaves_the_margin_to_be_ranked():
    inputs, margin, miss = sample(3)
    told = given_data(
        inputs, margin - 50.0, np.ones_like(miss), np.random.default_rng(0), dummies=5
    )
    assert told.unseen[0].message.startswith("Every draw of 4,000 misses")
    effect = told.effects[0][0]
    assert effect.risk_reduction is None
    assert np.isnan(effect.regional)
    assert np.isnan(effect.first_order_of_miss.estimate)
    assert effect.first_order.estimate == pytest.approx(SHARE, abs=0.06)
    assert told.as_json()["effects"][0][0]["regional"] is None
