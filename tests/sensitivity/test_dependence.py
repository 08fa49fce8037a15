"""A planted duplicate of an input is reported; what was declared, or is weaker, is not."""

import numpy as np
import pytest

from mc_engine.errors import StatisticError
from mc_engine.sensitivity.dependence import undeclared


def sample(seed, size=30_000):
    """Six inputs: 1 and 4 are the same belief in two units, 0 and 2 correlate as at 0.8."""
    inputs = np.random.default_rng(seed).standard_normal((size, 6))
    inputs[:, 2] = 0.8 * inputs[:, 0] + 0.6 * inputs[:, 2]
    inputs[:, 4] = -np.exp(inputs[:, 1])
    return inputs


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_duplicate_is_reported(seed):
    found = undeclared(sample(seed))
    assert [(pair.first, pair.second) for pair in found.pairs] == [(1, 4)]
    assert found.pairs[0].rank_correlation.estimate == pytest.approx(-1.0)
    assert found.constant == ()


def test_a_blurred_duplicate_comes_with_an_interval_that_holds_the_truth():
    """Spearman's correlation of normal scores of correlation r is (6 / pi) asin(r / 2)."""
    truth = 6.0 / np.pi * np.arcsin(0.98 / 2.0)
    held = 0
    for seed in range(40):
        inputs = sample(seed, 2_000)
        blur = np.random.default_rng(seed + 100).standard_normal(2_000)
        inputs[:, 5] = 0.98 * inputs[:, 3] + np.sqrt(1.0 - 0.98**2) * blur
        pair = undeclared(inputs).pairs[1]
        assert (pair.first, pair.second) == (3, 5)
        held += pair.rank_correlation.low <= truth <= pair.rank_correlation.high
    assert held >= 34


def test_declared_dependence_is_no_news():
    assert undeclared(sample(0), [[0, 2], [1, 3, 4]]).pairs == ()
    assert [pair.first for pair in undeclared(sample(0), [[1, 3]]).pairs] == [1]
    assert len(undeclared(sample(0), limit=0.7).pairs) == 2


def test_an_input_that_does_not_vary_is_named():
    inputs = sample(1)
    inputs[:, 3] = 0.1
    found = undeclared(inputs)
    assert found.constant == (3,)
    assert len(found.pairs) == 1
    assert found.as_json()["constant"] == [3]


def test_weights_that_tie_two_inputs_are_seen():
    inputs = sample(2)
    weight = np.exp(-200.0 * (inputs[:, 3] - inputs[:, 5]) ** 2)
    found = undeclared(inputs, [[1, 4]], weight=weight)
    assert [(pair.first, pair.second) for pair in found.pairs] == [(3, 5)]
    assert found.effective < found.draws


def test_what_cannot_be_compared_is_refused():
    inputs = sample(3)
    with pytest.raises(StatisticError, match="expected at least 100 draws"):
        undeclared(inputs[:99])
    with pytest.raises(StatisticError, match="limit: found 1"):
        undeclared(inputs, limit=1.0)
    with pytest.raises(StatisticError, match="weight: found shape"):
        undeclared(inputs, weight=np.ones(3))
    inputs[7, 5] = np.nan
    with pytest.raises(StatisticError, match="input 5: 1 of 30000 values are not finite"):
        undeclared(inputs)
