"""The summary of a run: its form, and that it is plain JSON."""

import json

import numpy as np
import pytest

from mc_engine.errors import StatisticError
from mc_engine.risk import summarise
from tests.risk.datasets import make_draws, normal_margins


def full(**changes):
    return make_draws(normal_margins(), **changes)


def test_it_is_json_without_nan():
    result = summarise(full(failed=[1, 2]), last_observed=2025)
    assert json.loads(json.dumps(result, allow_nan=False)) == result


@pytest.mark.parametrize("replicates", [1, 16])
def test_its_targets_have_the_agreed_fields(replicates):
    wanted = [
        "name",
        "scope",
        "status",
        "p_miss",
        "low",
        "high",
        "method",
        "shortfall_mean",
        "shortfall_p95",
        "unit",
    ]
    result = summarise(full(replicates=replicates))["targets"][0]
    assert set(wanted) <= set(result)


def test_it_counts_draws_failed_and_clipped():
    result = summarise(full(failed=[1, 2, 3]))
    assert (result["draws"], result["failed"], result["clipped"]) == (4000, 3, 400)


def test_it_names_the_level():
    assert summarise(full(), level=0.9)["level"] == 0.9


def test_it_gives_three_quantiles_of_the_peak_year():
    assert [len(q) for q in summarise(full())["peak_year"].values()] == [3, 3, 3]


def test_a_year_that_never_comes_is_null():
    draws = full()
    draws["neutral_year"][:, 1] = 0
    assert summarise(draws)["neutral_year"]["wtw"] == [None, None, None]


def test_it_tells_the_chance_of_never():
    draws = full()
    draws["neutral_year"][:, 1] = 0
    assert summarise(draws)["never_neutral"]["wtw"]["p"] == 1.0


def test_it_tells_the_chance_that_the_peak_is_past():
    draws = full()
    draws["peak_year"][:, 0] = np.where(np.arange(4000) < 1000, 2024, 2030)
    assert summarise(draws, last_observed=2025)["peak_past"]["ttw"]["p"] == 0.25


def test_residuals_of_a_sector_that_never_emits_have_no_share():
    draws = full()
    draws["peak"][:] = 0.0
    draws["residual"][:] = 0.0
    assert summarise(draws)["residual"]["ttw"]["share_of_peak"] is None


def test_removals_required_are_quantiles_of_the_residual():
    draws = full()
    result = summarise(draws)["removals_required"]["wtw"]
    values = draws["residual"].sel(scope="wtw").values
    wanted = np.quantile(values, [0.5, 0.8, 0.9, 0.95], method="inverted_cdf")
    assert [row["removals"] for row in result] == wanted.tolist()


def test_a_target_never_missed_has_null_for_its_shortfall():
    result = summarise(make_draws(np.ones((100, 1))))["targets"][0]
    assert (result["shortfall_mean"], result["misses"]) == (None, 0)


def test_a_model_without_emissions_has_targets_alone():
    draws = full().drop_dims("scope")
    assert "peak_year" not in summarise(draws)


def test_a_run_that_failed_throughout_is_refused():
    with pytest.raises(StatisticError, match="all 50 draws failed"):
        summarise(make_draws(np.ones((50, 1)), failed=range(50)))


def test_weighted_draws_show_their_effective_number():
    result = summarise(full(weight=np.arange(4000) < 1000))
    assert result["effective_draws"] == pytest.approx(1000.0)


def test_the_plateau_is_a_range_of_years():
    draws = full()
    draws["plateau_first"] = draws["peak_year"] * 0 + 2025
    draws["plateau_last"] = draws["peak_year"] * 0 + 2033
    assert summarise(draws)["plateau"]["wtw"] == [2025, 2033]


def test_the_exceedance_curve_is_the_share_of_draws_above():
    draws = full()
    curve = summarise(draws)["exceedance"]["wtw"]
    values = draws["residual"].sel(scope="wtw").values
    wanted = [(values > removals).mean() for removals in curve["removals"]]
    assert curve["chance"] == wanted


def test_the_exceedance_curve_falls_to_nothing():
    chance = summarise(full())["exceedance"]["ttw"]["chance"]
    assert (sorted(chance, reverse=True), chance[-1]) == (chance, 0.0)


def test_the_removals_required_lie_on_the_exceedance_curve():
    result = summarise(full())
    curve, rows = result["exceedance"]["ttw"], result["removals_required"]["ttw"]
    for row in rows:
        index = curve["removals"].index(row["removals"])
        assert curve["chance"][index] == pytest.approx(1.0 - row["confidence"], abs=1e-12)


def test_failed_draws_widen_the_exceedance_curve():
    curve = summarise(full(failed=range(40)))["exceedance"]["ttw"]
    middle = len(curve["chance"]) // 2
    # 40 of 4,000 draws may lie on either side: one point each way beside the sampling error.
    assert curve["high"][middle] - curve["low"][middle] > 0.01
