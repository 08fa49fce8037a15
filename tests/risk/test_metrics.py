"""Figures of risk on draws whose answer is known."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from mc_engine.errors import StatisticError
from mc_engine.risk import Sample, summarise, year_bands
from mc_engine.risk.columns import column, whole
from mc_engine.risk.metrics import (
    exceedance_of,
    joint_table,
    share_above,
    shortfall_of,
    year_quantiles,
    years_of,
)
from mc_engine.vocabulary.axes import SCOPE, TARGET
from tests.risk.datasets import make_draws, normal_margins


def with_sample(draws):
    return draws, Sample.of(draws)


def chance_of_missing(draws, sample):
    return sample.proportion(whole(draws, "miss", TARGET, 0))


def shortfall(draws, sample):
    miss, margin = whole(draws, "miss", TARGET, 0), column(draws, "margin", TARGET, 0)
    return shortfall_of(miss, margin, sample)


def chances_of_neutrality(draws, sample):
    """Give the chance of every year, never first, in which the second scope becomes neutral."""
    years, weight, failed = years_of(whole(draws, "neutral_year", SCOPE, 1), sample)
    return {
        int(year): sample.chance(happened, failed)
        for year, happened in zip(years, weight, strict=True)
    }


NORMAL = with_sample(make_draws(normal_margins(shift=1.0)))


def test_the_chance_of_missing_holds_the_truth():
    result = chance_of_missing(*NORMAL)
    assert result.low <= stats.norm.cdf(-1.0) <= result.high


def test_the_chance_of_missing_is_the_share_of_misses():
    result = chance_of_missing(*NORMAL)
    assert result.estimate == (NORMAL[0]["miss"].values[:, 0] == 1).mean()


def test_a_failed_draw_widens_the_chance():
    draws, sample = with_sample(make_draws(normal_margins(), failed=range(40)))
    assert "widened for failed draws" in chance_of_missing(draws, sample).method


def test_a_replicated_design_takes_replicates():
    draws, sample = with_sample(make_draws(normal_margins(), replicates=16))
    assert chance_of_missing(draws, sample).method == "replicates"


def test_weights_turn_the_chance():
    margins = normal_margins()
    # Only met draws count.
    draws, sample = with_sample(make_draws(margins, weight=margins[:, 0] >= 0.0))
    assert chance_of_missing(draws, sample).estimate == 0.0


def test_the_shortfall_is_the_mean_beyond_zero():
    result = shortfall(*NORMAL).mean
    # Mean of a normal margin below 0: phi(1)/Phi(-1) - 1.
    truth = stats.norm.pdf(1.0) / stats.norm.cdf(-1.0) - 1.0
    assert result.low <= truth <= result.high


def test_the_large_shortfall_is_a_quantile_beyond_zero():
    result = shortfall(*NORMAL).p95
    truth = -1.0 - stats.norm.ppf(0.05 * stats.norm.cdf(-1.0))
    assert result.low <= truth <= result.high


def test_a_target_never_missed_has_no_shortfall():
    draws, sample = with_sample(make_draws(np.ones((50, 1))))
    assert shortfall(draws, sample).mean is None


def test_joint_misses_hold_the_truth():
    result = joint_table(*NORMAL).given["t0", "t1"]
    both = stats.multivariate_normal.cdf([-1.0, -1.0], cov=[[1.0, 0.6], [0.6, 1.0]])
    assert result.low <= both / stats.norm.cdf(-1.0) <= result.high


def test_all_met_holds_the_truth():
    result = joint_table(*NORMAL).all_met
    both = stats.multivariate_normal.cdf([1.0, 1.0], cov=[[1.0, 0.6], [0.6, 1.0]])
    assert result.low <= both <= result.high


def test_a_condition_that_never_occurs_has_no_chance():
    draws, sample = with_sample(make_draws(np.column_stack([-np.ones(50), np.ones(50)])))
    assert joint_table(draws, sample).given["t0", "t1"] is None


def test_a_failed_draw_may_meet_the_condition_or_not():
    margins = np.ones((100, 2))
    margins[:20] = -1.0
    draws, sample = with_sample(make_draws(margins, failed=range(90, 100)))
    # 20 of 20 known; 10 more may be misses of t1 alone.
    result = joint_table(draws, sample).given["t0", "t1"]
    assert result.estimate == 1.0
    assert result.low <= 20.0 / 30.0


def test_a_failed_draw_that_missed_another_target_is_not_all_met():
    margins = np.ones((100, 2))
    draws = make_draws(margins)
    draws["miss"][0, 0], draws["miss"][0, 1] = 1, -1
    assert joint_table(draws, Sample.of(draws)).all_met.estimate == 0.99


@pytest.mark.parametrize("replicates", [1, 16])
def test_joint_misses_are_counted_draw_by_draw(replicates):
    draws = make_draws(normal_margins(targets=3), replicates=replicates, failed=range(40))
    # Draws that failed for one target only.
    draws["miss"].values[np.random.default_rng(4).random((4000, 3)) < 0.05] = -1
    sample, miss = Sample.of(draws), draws["miss"].values
    result = joint_table(draws, sample).given
    for a, b in [(0, 1), (1, 0), (2, 0), (1, 2)]:
        keep = miss[:, b] != 0
        flags = np.where(miss[:, b] == 1, miss[:, a], -1)[keep]
        assert result[f"t{a}", f"t{b}"] == sample.part(keep).proportion(flags)


@pytest.mark.parametrize("replicates", [1, 16])
def test_the_years_of_a_milestone_are_counted_draw_by_draw(replicates):
    draws = make_draws(normal_margins(), replicates=replicates, failed=range(40))
    sample = Sample.of(draws)
    years = draws["neutral_year"].values[:, 1]
    for year, chance in chances_of_neutrality(draws, sample).items():
        assert chance == sample.proportion(np.where(years == -1, -1, years == year))


def test_the_years_of_a_milestone_add_up():
    result = chances_of_neutrality(*NORMAL)
    # A sum of shares, each with its rounding.
    assert sum(chance.estimate for chance in result.values()) == pytest.approx(1.0, abs=1e-12)


def test_never_is_a_year_of_its_own():
    result = chances_of_neutrality(*NORMAL)
    assert next(iter(result)) == 0


def test_year_quantiles_are_years():
    draws, sample = with_sample(make_draws(np.ones((101, 1))))
    draws["peak_year"][:, 0] = 2000 + np.arange(101)
    assert year_quantiles(draws, sample, "peak_year")["ttw"] == [2005, 2050, 2095]


def test_never_is_later_than_any_year():
    draws, sample = with_sample(make_draws(np.ones((100, 1))))
    draws["neutral_year"][:, 0] = np.where(np.arange(100) < 60, 2055, 0)
    assert year_quantiles(draws, sample, "neutral_year")["ttw"] == [2055, 2055, None]


@pytest.mark.parametrize("missing", [-1, np.nan])
def test_failed_draws_have_no_year(missing):
    draws, sample = with_sample(make_draws(np.ones((100, 1)), failed=[7]))
    draws["peak_year"] = draws["peak_year"].where(draws["peak_year"] >= 0, missing)
    assert min(year_quantiles(draws, sample, "peak_year", (0.001,))["ttw"]) >= 2024


def test_residual_chances_hold_the_truth():
    draws, sample = NORMAL
    # The residual is uniform between 0 and 20 % of the peak.
    residual, peak = (column(draws, name, SCOPE, 0) for name in ("residual", "peak"))
    result = share_above(residual, peak, 0.05, sample)
    assert result.low <= 0.75 <= result.high


@pytest.mark.parametrize("figure", ["residual_above", "exceedance"])
def test_residuals_are_summarised_for_gross_scopes(figure):
    assert list(summarise(NORMAL[0])[figure]) == ["ttw", "wtw"]


def test_a_smaller_residual_is_exceeded_more_often():
    draws, sample = NORMAL
    curve = exceedance_of(column(draws, "residual", SCOPE, 1), sample)
    assert (np.diff(curve["chance"]) < 0.0).all()


def test_the_exceedance_curve_reads_off_the_removals_required():
    draws, sample = NORMAL
    values = column(draws, "residual", SCOPE, 1)
    curve = exceedance_of(values, sample)
    wanted = np.quantile(values, 0.9, method="inverted_cdf")
    # 4,000 draws in steps of 1 %.
    assert float(curve["residual"][curve["chance"] <= 0.1][0]) == wanted


def test_a_missing_variable_is_named():
    draws, sample = NORMAL
    with pytest.raises(StatisticError, match="no variable 'margin'; found miss"):
        shortfall(draws.drop_vars("margin"), sample)


def series(size=500):
    """Normal about the year's number, in float32 like the stored series."""
    values = np.random.default_rng(5).normal(size=(size, 2, 4)) + np.arange(4)
    return xr.DataArray(
        values.astype(np.float32),
        dims=("draw", "stage", "year"),
        coords={"stage": ["ttw", "wtt"], "year": np.arange(2020, 2024)},
        name="emissions",
        attrs={"units": "Mt CO2e/yr"},
    )


def test_bands_are_quantiles_of_each_year():
    values = series()
    result = year_bands(values, Sample(500))["band"]
    q = [0.05, 0.25, 0.5, 0.75, 0.95]
    wanted = np.quantile(values.values.astype(float), q, axis=0, method="inverted_cdf")
    np.testing.assert_array_equal(result.values, wanted)


def test_bands_keep_unit_and_labels():
    result = year_bands(series(), Sample(500))["band"]
    assert (result.attrs["units"], result.dims) == ("Mt CO2e/yr", ("quantile", "stage", "year"))


def test_bands_hold_the_truth_between_low_and_high():
    result = year_bands(series(), Sample(500, level=0.999)).sel(quantile=0.5)
    truth = np.arange(4)
    assert ((result["low"] <= truth) & (truth <= result["high"])).all()


def test_a_failed_draw_is_left_out_of_the_bands_and_counted():
    values = series()
    values[3] = np.nan
    result = year_bands(values, Sample(500))
    assert (result["used"] == 499).all()
    assert result["band"].notnull().all()


def test_a_year_without_numbers_has_no_band():
    values = series()
    values[:, :, 2] = np.nan
    assert np.isnan(year_bands(values, Sample(500))["band"].values[:, :, 2]).all()


def test_bands_of_other_draws_are_refused():
    with pytest.raises(StatisticError, match="found 500 draws, expected 400"):
        year_bands(series(), Sample(400))
