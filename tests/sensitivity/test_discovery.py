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


def test_weights_move_the_figures_as_repeated_draws_would():
    """Hits that weigh half: the density inside follows from Bayes' rule."""
    inputs, missed, inside = planted(3)
    weight = np.where(missed, 1.0, 0.5)
    found = discover(inputs, missed, np.random.default_rng(3), weight=weight)
    assert {limit.input for limit in found.limits} == {2, 5}
    expected = weight[inside] @ missed[inside] / weight[inside].sum()
    assert found.inside.low <= expected <= found.inside.high
    assert found.share == pytest.approx(weight[inside].sum() / weight.sum(), abs=0.02)
    assert found.effective < found.draws
    assert found.inside.method.endswith("effective sample size")
    same = discover(inputs, missed, np.random.default_rng(3), weight=np.full(SIZE, 4.0))
    plain = discover(inputs, missed, np.random.default_rng(3))
    assert same.limits == plain.limits
    assert same.density == pytest.approx(plain.density, abs=1e-12)


def test_whole_replicates_judge_and_give_the_intervals():
    inputs, missed, inside = planted(4)
    replicate = np.repeat(np.arange(16), SIZE // 16)
    found = discover(inputs, missed, np.random.default_rng(4), replicate=replicate)
    assert found.inside.method.startswith("replicates")
    assert found.inside.low <= missed[inside].mean() <= found.inside.high
    assert found.held.low <= missed[inside].sum() / missed.sum() <= found.held.high
    assert found.outside.high < found.base_rate < found.inside.low


def test_figures_come_from_draws_that_the_search_did_not_see():
    """Of 40 searches the interval holds the true density of the box about as often as it says."""
    held = 0
    for seed in range(40):
        inputs, missed, _ = planted(100 + seed)
        found = discover(inputs[:6_000], missed[:6_000], np.random.default_rng(seed))
        limits = {limit.input: limit for limit in found.limits}
        wide = (1.0 - limits[2].low) * limits[5].high
        part = min(1.0, 0.4 / (1.0 - limits[2].low)) * min(1.0, 0.5 / limits[5].high)
        true = 0.05 + 0.85 * part
        assert set(limits) == {2, 5}
        held += found.inside.low <= true <= found.inside.high
        assert found.share == pytest.approx(wide, abs=0.03)
    assert held >= 35


def test_a_band_inside_an_input_is_bounded_on_both_sides():
    generator = np.random.default_rng(8)
    inputs = generator.random((SIZE, 4))
    band = np.abs(inputs[:, 1] - 0.5) < 0.15
    missed = generator.random(SIZE) < np.where(band, 0.8, 0.1)
    (limit,) = discover(inputs, missed, generator).limits
    assert limit.input == 1
    assert (limit.low, limit.high) == pytest.approx((0.35, 0.65), abs=0.02)


def test_values_that_many_draws_share_leave_or_stay_together():
    generator = np.random.default_rng(9)
    inputs = np.column_stack([generator.integers(0, 4, SIZE), generator.random(SIZE)]).astype(float)
    missed = generator.random(SIZE) < np.where(inputs[:, 0] >= 2.0, 0.5, 0.05)
    (limit,) = discover(inputs, missed, generator).limits
    assert (limit.input, limit.low, limit.high) == (0, 2.0, np.inf)


def test_at_most_so_many_inputs_are_restricted_and_considered():
    generator = np.random.default_rng(10)
    inputs = generator.random((SIZE, 60))
    missed = inputs[:, 20:26].sum(axis=1) + 0.1 * generator.standard_normal(SIZE) > 3.6
    found = discover(inputs, missed, generator, most=3, considered=8)
    assert len(found.limits) <= 3
    assert len(found.considered) == 8
    assert set(range(20, 26)) <= set(found.considered)
    assert {limit.input for limit in found.limits} <= set(range(20, 26))


def test_failed_draws_are_left_out_and_counted():
    inputs, missed, _ = planted(11)
    codes = missed.astype(np.int8)
    codes[:100] = -1
    found = discover(inputs, codes, np.random.default_rng(11))
    assert found.failed == 100
    codes[:400] = -1
    with pytest.raises(StatisticError, match=r"400 of 20000 draws failed \(2.0% of the weight\)"):
        discover(inputs, codes, np.random.default_rng(11))


def test_what_no_box_can_be_found_in_is_refused():
    inputs, missed, _ = planted(12)
    generator = np.random.default_rng(12)
    with pytest.raises(StatisticError, match=r"expected both outcomes\. Every draw of 20,000"):
        discover(inputs, np.ones(SIZE, dtype=bool), generator)
    with pytest.raises(StatisticError, match="expected one row and one miss per draw"):
        discover(inputs[:5], missed, generator)
    with pytest.raises(StatisticError, match="weight: found shape"):
        discover(inputs, missed, generator, weight=np.ones(3))
    broken = inputs.copy()
    broken[7, 0] = np.nan
    with pytest.raises(StatisticError, match="an input is not finite"):
        discover(broken, missed, generator)


@pytest.mark.peer
@pytest.mark.parametrize("seed", range(3))
def test_the_box_is_that_of_the_ema_workbench(seed):
    """Runs where the EMA Workbench is installed; its box is chosen by the same worth as ours."""
    prim = pytest.importorskip("ema_workbench.analysis.prim")
    pandas = pytest.importorskip("pandas")
    inputs, missed, _ = planted(seed)
    names = [f"x{place}" for place in range(10)]
    search = prim.Prim(
        pandas.DataFrame(inputs, columns=names),
        missed.astype(int),
        threshold=0.8,
        peel_alpha=0.05,
        mass_min=0.03,
    )
    box = search.find_box()
    path = box.peeling_trajectory
    best = int((path["coverage"] * (path["density"] - missed.mean())).idxmax())
    found = discover(inputs, missed, np.random.default_rng(seed))
    limits = {limit.input: limit for limit in found.limits}
    assert box.box_lims[best]["x2"].iloc[0] == pytest.approx(limits[2].low, abs=0.05)
    assert box.box_lims[best]["x5"].iloc[1] == pytest.approx(limits[5].high, abs=0.05)
    assert path["density"][best] == pytest.approx(found.density, abs=0.05)
    assert path["coverage"][best] == pytest.approx(found.coverage, abs=0.05)
