"""The door of given-data methods lets in what it should, and says why it refuses the rest."""

import numpy as np
import pytest

from mc_engine.errors import StatisticError
from mc_engine.sensitivity.draws import known_draws
from mc_engine.vocabulary.plain import plain

SIZE = 1_000


def outcome(seed=0):
    margin = np.random.default_rng(seed).standard_normal((SIZE, 2))
    return margin, (margin < 0.0).astype(np.int8)


def test_failed_draws_and_draws_of_no_weight_are_set_apart():
    margin, miss = outcome()
    miss[:5], margin[:5] = -1, np.nan
    weight = np.ones(SIZE)
    weight[5:105] = 0.0
    found = known_draws(margin, miss, weight=weight)
    assert found.size == SIZE - 105
    assert found.failed.sum() == 5
    assert found.effective == pytest.approx(SIZE - 105)
    assert found.weight.mean() == pytest.approx(1.0)
    assert np.isfinite(found.margin).all()


def test_replicates_are_kept_together():
    margin, miss = outcome()
    found = known_draws(margin, miss, replicate=np.repeat([7, 9, 4, 2], 250))
    assert found.replicated
    assert found.groups == 4
    assert (np.diff(found.group.reshape(4, 250), axis=1) == 0).all()
    single = known_draws(margin, miss, replicate=np.zeros(SIZE))
    assert not single.replicated
    assert single.groups == 16


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a, b: (a, b[:-1]), "expected one number each per draw and target"),
        (lambda a, b: (a, b + 5), "found 5, 6, expected 1"),
        (lambda a, b: (np.where(a == a[3, 0], np.inf, a), b), "1 of 2000 values are not finite"),
        (lambda a, b: (a * [1.0, 0.0] + 2.0, b), "the same number for target 1; nothing decides"),
        (lambda a, b: (a[:50], b[:50]), "found 50 that ended, expected at least 100"),
        (lambda a, b: (a, np.where(np.arange(SIZE)[:, None] < 11, -1, b)), "11 of 1000 failed"),
    ],
)
def test_what_cannot_be_read_is_refused(change, message):
    margin, miss = change(*outcome())
    with pytest.raises(StatisticError, match=message):
        known_draws(margin, miss)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weight": np.ones(3)}, r"weight: found shape \(3,\), expected one per draw"),
        ({"weight": -np.ones(SIZE)}, "expected at least 0 and not all 0"),
        ({"replicate": np.ones(3)}, r"replicate: found shape \(3,\), expected one per draw"),
    ],
)
def test_weights_and_replicates_are_one_per_draw(options, message):
    with pytest.raises(StatisticError, match=message):
        known_draws(*outcome(), **options)


def test_plain_data_hold_no_number_that_json_does_not_know():
    found = plain({"a": (np.float64(1.5), np.inf, np.array([np.nan, 2.0])), 3: np.int8(4)})
    assert found == {"a": [1.5, None, [None, 2.0]], "3": 4}
