"""A box that was planted is found, and judged by draws that had no part in the search."""

import numpy as np
import pytest

from mc_engine.errors import StatisticError
from mc_engine.sensitivity.discovery import discover

SIZE = 20_000


def planted(seed):
    generator = np.random.default_rng(seed)
    inputs = generator.random((SIZE, 10))
    inside = (inputs[:, 2] > 0.6) & (inputs[:, 5] < 0.5)
    missed = np.where(inside, generator.random(SIZE) < 0.9, generator.random(SIZE) < 0.05)
    return inputs, missed, inside


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_box_is_found_to_a_twentieth(seed):
    inputs, missed, inside = planted(seed)
    found = discover(inputs, missed, np.random.default_rng(seed))
    limits = {limit.input: limit for limit in found.limits}
    assert set(limits) == {2, 5}
    assert limits[2].low == pytest.approx(0.6, abs=0.05)
    assert limits[5].high == pytest.approx(0.5, abs=0.05)
    assert np.isinf([limits[2].high, limits[5].low]).all()
    assert max(limit.quasi_p for limit in found.limits) < 1e-6
    assert found.outcome == "miss"
    assert found.density == pytest.approx(0.9, abs=0.1)
    assert found.coverage == pytest.approx(missed[inside].sum() / missed.sum(), abs=0.1)
    assert found.base_rate == pytest.approx(missed.mean(), abs=0.02)


def test_the_rarer_outcome_is_looked_for():
    inputs, missed, _ = planted(7)
    found = discover(inputs, ~missed, np.random.default_rng(7))
    assert found.outcome == "met"
    assert {limit.input for limit in found.limits} == {2, 5}


def test_nothing_is_found_where_nothing_is():
    generator = np.random.default_rng(0)
    inputs, missed = generator.random((SIZE, 5)), generator.random(SIZE) < 0.3
    with pytest.raises(StatisticError, match="found none in which the outcome is more frequent"):
        discover(inputs, missed, generator)
    with pytest.raises(StatisticError, match="expected at least 2000 draws and both outcomes"):
        discover(inputs[:100], missed[:100], generator)
    with pytest.raises(StatisticError, match="both outcomes"):
        discover(inputs, np.zeros(SIZE, dtype=bool), generator)


def test_plain_data_name_the_inputs():
    inputs, missed, _ = planted(1)
    names = [f"x{place}" for place in range(10)]
    told = discover(inputs, missed, np.random.default_rng(1)).as_json(names, ["1"] * 10)
    assert {limit["factor"] for limit in told["limits"]} == {"x2", "x5"}
    assert all(limit["low"] is None or limit["high"] is None for limit in told["limits"])
