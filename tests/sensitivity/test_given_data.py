"""What finished draws tell, against closed forms, SALib and the other tail of the same numbers."""

import numpy as np
import pytest
from SALib.analyze import pawn
from scipy import stats

from mc_engine.errors import StatisticError
from mc_engine.sensitivity.given_data import given_data

SIZE = 40_000
SHARES = np.array([0.5, 0.3, 0.15, 0.05])


def linear(seed, size=SIZE):
    scores = np.random.default_rng(seed).standard_normal((size, 4))
    margin = 1.0 - scores @ np.sqrt(SHARES)
    return scores, margin[:, None], (margin[:, None] < 0.0).astype(np.int8)


@pytest.fixture(scope="module")
def found():
    return given_data(*linear(0), np.random.default_rng(0))


def test_first_orders_of_a_linear_gaussian_are_its_shares(found):
    for effect, share in zip(found.effects[0], SHARES, strict=True):
        assert effect.first_order.low - 0.02 <= share <= effect.first_order.high + 0.02
        assert effect.first_order.estimate == pytest.approx(share, abs=0.03)


def test_the_fall_is_the_chance_less_that_in_the_good_tenth(found):
    chance = stats.norm.sf(1.0)
    for effect, share in zip(found.effects[0], SHARES, strict=True):
        below = np.linspace(0.0005, 0.0995, 100)
        given = stats.norm.sf((1.0 - np.sqrt(share) * stats.norm.ppf(below)) / np.sqrt(1.0 - share))
        expected = chance - given.mean()
        assert effect.risk_reduction.favourable == "low"
        assert effect.risk_reduction.interval.low <= expected <= effect.risk_reduction.interval.high
        assert effect.rank_correlation < 0.0
        assert effect.shape == "rises"


def test_deciles_hold_the_chance_in_the_middle(found):
    chances = found.effects[0][0].chances
    assert len(chances) == 10
    assert np.mean([one.estimate for one in chances]) == pytest.approx(stats.norm.sf(1.0), abs=0.01)
    assert chances[0].high < chances[-1].low


def test_pawn_is_that_of_salib():
    inputs, margin, miss = linear(1, 4_000)
    ours = given_data(inputs, margin, miss, np.random.default_rng(0)).effects[0]
    problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0.0, 1.0]] * 4}
    found = pawn.analyze(problem, inputs, margin[:, 0], S=10)
    theirs = np.column_stack([found["median"], found["mean"], found["maximum"]])
    told = [(one.pawn_median, one.pawn_mean, one.pawn_maximum) for one in ours]
    np.testing.assert_allclose(told, theirs, atol=0.01)


def test_a_dummy_stays_below_the_floor_and_what_matters_above_it():
    inputs, margin, miss = linear(2)
    dummy = np.random.default_rng(9).standard_normal((SIZE, 1))
    found = given_data(np.hstack([inputs, dummy]), margin, miss, np.random.default_rng(1))
    floor, effects = found.floors[0], found.effects[0]
    assert effects[4].pawn_median < 1.5 * floor.pawn_median
    assert abs(effects[4].risk_reduction.interval.estimate) < 0.02
    assert min(one.pawn_median for one in effects[:3]) > floor.pawn_median


def test_chances_along_dummies_are_flat_but_for_one_in_a_hundred():
    _, margin, miss = linear(2, 20_000)
    dummies = np.random.default_rng(3).standard_normal((20_000, 60))
    found = given_data(dummies, margin, miss, np.random.default_rng(1))
    assert sum(effect.shape != "flat" for effect in found.effects[0]) <= 4


def test_weights_stand_for_draws():
    inputs, margin, miss = linear(3, 8_000)
    tilt = np.exp(0.5 * inputs[:, 1])
    found = given_data(inputs, margin, miss, np.random.default_rng(0), weight=tilt)
    assert found.effective == pytest.approx(tilt.sum() ** 2 / (tilt**2).sum())
    mean = np.mean([one.estimate for one in found.effects[0][0].chances])
    # The tilt moves the mean of the second score by one half.
    assert mean == pytest.approx(stats.norm.sf(1.0 - 0.5 * np.sqrt(0.3)), abs=0.03)


def test_an_input_with_its_best_inside_says_so():
    generator = np.random.default_rng(4)
    inputs = generator.uniform(-1.0, 1.0, (SIZE, 2))
    margin = (0.5 - inputs[:, :1] ** 2 + 0.1 * inputs[:, 1:]).copy()
    found = given_data(inputs, margin, (margin < 0).astype(np.int8), generator)
    assert found.effects[0][0].shape == "lowest inside"


def test_no_miss_at_all_says_what_can_still_be_said():
    inputs, margin, miss = linear(5, 4_000)
    margin = margin + 100.0
    found = given_data(inputs, margin, np.zeros_like(miss), np.random.default_rng(0))
    assert found.unseen[0].outcome == "miss"
    assert found.effects[0][0].risk_reduction is None
    assert found.effects[0][0].first_order.estimate > 0.4


def test_what_cannot_be_ranked_is_refused():
    inputs, margin, miss = linear(6, 1_000)
    still = np.ones_like(margin)
    generator = np.random.default_rng(0)
    with pytest.raises(StatisticError, match="nothing decides a constant"):
        given_data(inputs, still, miss, generator)
    bad = margin.copy()
    bad[3] = np.nan
    with pytest.raises(StatisticError, match="1 of 1000 values are not finite"):
        given_data(inputs, bad, miss, generator)
    failed = miss.copy()
    failed[:20] = -1
    with pytest.raises(StatisticError, match="20 of 1000 failed"):
        given_data(inputs, margin, failed, generator)
    with pytest.raises(StatisticError, match="expected one row for each of 1000 draws"):
        given_data(inputs[:10], margin, miss, generator)
