"""The public datasets: variables, dimensions, types, units, meanings, equations, attributes."""

import json

import numpy as np
import pytest
import xarray as xr

from mc_engine.errors import RunError
from mc_engine.study import Run, Study
from tests.run.stored import ALL_FAILING, ANALYTIC, FAILING

# draws.nc: (dimensions after draw, type, unit).
IN_DRAWS = {
    "parameters": (("parameter",), "float64", "see parameter_unit"),
    "margin": (("target",), "float64", "see margin_unit"),
    "miss": (("target",), "int8", "1"),
    "status": ((), "int32", "1"),
    "peak_year": (("region", "scope"), "int16", "year"),
    "neutral_year": (("region", "scope"), "int16", "year"),
    "survival_scale": (("region", "vehicle_class"), "float64", "yr"),
    "clipped_years": (("region",), "float64", "1"),
}
# series.nc: (dimensions between draw and year, unit); float32 throughout.
IN_SERIES = {
    "emissions": (("stage",), "Mt CO2e/yr"),
    "removals": ((), "Mt CO2e/yr"),
    "net_emissions": ((), "Mt CO2e/yr"),
    "emissions_by_class": (("vehicle_class",), "Mt CO2e/yr"),
    "ttw_co2": ((), "Mt CO2/yr"),
    "stock": (("vehicle_class",), "million"),
    "sales": (("vehicle_class",), "million/yr"),
    "scrapped": (("vehicle_class",), "million/yr"),
    "stock_gap": ((), "million"),
    "plug_in_sales_share": (("vehicle_class",), "1"),
    "plug_in_stock": ((), "million"),
    "energy": (("carrier",), "PJ/yr"),
    "battery_demand": ((), "GWh/yr"),
    "battery_retirements": ((), "GWh/yr"),
    "hydrogen_demand": ((), "Mt/yr"),
}
# Attributes that repeat what the manifest says.
FROM_MANIFEST = (
    "mc_engine", "identity", "region", "scenario", "model", "problem_digest", "code_hash",
    "schema_version",
)  # fmt: skip
FLEET_DRAWS, FLEET_SERIES = 10, 6


@pytest.fixture(scope="module")
def study():
    return Study("china")


@pytest.fixture(scope="module")
def run(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fleet")
    return study.run(draws=FLEET_DRAWS, series=FLEET_SERIES, out=folder)


@pytest.fixture(scope="module")
def draws(run):
    with xr.open_dataset(run.folder / "draws.nc") as dataset:
        yield dataset.load()


@pytest.fixture(scope="module")
def series(run):
    with xr.open_dataset(run.folder / "series.nc") as dataset:
        yield dataset.load()


@pytest.mark.parametrize("name", IN_DRAWS)
def test_variable_of_draws(draws, name):
    dims, kind, unit = IN_DRAWS[name]
    result = draws[name]
    assert (result.dims, str(result.dtype), result.attrs["units"]) == (("draw", *dims), kind, unit)


@pytest.mark.parametrize("name", IN_SERIES)
def test_variable_of_series(series, name):
    dims, unit = IN_SERIES[name]
    result = series[name]
    wanted = (("draw", "region", *dims, "year"), "float32", unit)
    assert (result.dims, str(result.dtype), result.attrs["units"]) == wanted


def test_series_hold_nothing_else(series):
    assert set(series.data_vars) == set(IN_SERIES)


@pytest.mark.parametrize("name", ["draws", "series"])
@pytest.mark.parametrize("attribute", ["units", "long_name", "equation"])
def test_every_variable_says_what_it_is(request, name, attribute):
    dataset = request.getfixturevalue(name)
    silent = [key for key, result in dataset.data_vars.items() if not result.attrs.get(attribute)]
    assert silent == []


@pytest.mark.parametrize("name", ["draws", "series"])
def test_every_coordinate_has_a_meaning_and_numbers_a_unit(request, name):
    result = request.getfixturevalue(name).coords
    assert [key for key in result if not result[key].attrs.get("long_name")] == []
    numbers = [key for key in result if result[key].dtype.kind in "if"]
    assert [key for key in numbers if not result[key].attrs.get("units")] == []


@pytest.mark.parametrize(("name", "size"), [("draws", FLEET_DRAWS), ("series", FLEET_SERIES)])
def test_coordinates_of_draws(request, name, size):
    dataset = request.getfixturevalue(name)
    assert dataset.sizes["draw"] == size
    result = {key: dataset.coords[key].values.tolist() for key in ("index", "replicate", "weight")}
    assert result == {"index": list(range(size)), "replicate": [0] * size, "weight": [1.0] * size}


def test_a_net_has_points_and_replicates(tmp_path):
    run = Study(ANALYTIC).run(draws=50, design="sobol", out=tmp_path)
    with run.draws as dataset:
        assert dataset["index"].values.tolist() == [k // 16 for k in range(64)]
        assert dataset["replicate"].values.tolist() == [k % 16 for k in range(64)]
        assert dataset.attrs["replicates"] == 16


def test_parameters_carry_the_unit_of_their_prior(study, draws):
    factors = study.problem.factors
    wanted = {f.name: "1" if f.is_path else f.unit for f in factors}
    result = zip(draws["parameter"].values, draws["parameter_unit"].values, strict=True)
    assert dict(result) == wanted
    assert "parameter_unit" in draws["parameters"].coords


def test_margins_carry_the_unit_of_their_target(draws):
    units = dict(zip(draws["target"].values, draws["margin_unit"].values, strict=True))
    assert units["budget_lifecycle_2060"] == "Gt CO2e"
    assert units["peak_ttw_2030"] == units["neutral_lifecycle_2060"] == "Mt CO2e/yr"


def test_stages_and_scopes_list_what_is_built(draws, series):
    assert draws["scope"].values.tolist() == ["ttw", "wtw", "life_cycle", "net"]
    assert series["stage"].values.tolist() == ["ttw", "wtt", "vehicle_cycle"]


def test_years_and_region(series):
    assert series["year"].values.tolist() == list(range(2010, 2061))
    assert series["region"].values.tolist() == ["china"]


@pytest.mark.parametrize("name", ["draws", "series"])
def test_attributes_carry_the_facts_of_the_manifest(request, run, name):
    attributes = request.getfixturevalue(name).attrs
    assert attributes["Conventions"] == "CF-1.11"
    assert {key: attributes[key] for key in FROM_MANIFEST} == {
        key: run.manifest[key] for key in FROM_MANIFEST
    }
    assert (attributes["design"], attributes["seed"]) == ("random", "0")
    assert json.loads(attributes["versions"]) == run.manifest["versions"]


def test_a_scope_is_the_sum_of_its_stages(draws, series):
    stages = series["emissions"].isel(region=0, year=-1)
    residual = draws["residual"].isel(region=0, draw=slice(FLEET_SERIES))
    # Trajectories are float32.
    wanted = {"ttw": stages.sel(stage="ttw"), "wtw": stages.sel(stage=["ttw", "wtt"]).sum("stage"),
              "life_cycle": stages.sum("stage")}  # fmt: skip
    for scope, values in wanted.items():
        np.testing.assert_allclose(residual.sel(scope=scope), values, rtol=1e-6)


def test_a_miss_is_a_margin_below_nought(draws):
    np.testing.assert_array_equal(draws["miss"], draws["margin"] < 0.0)


def test_chosen_outputs_are_stored_alone(study, tmp_path):
    run = study.run(draws=2, outputs="stock, energy", out=tmp_path)
    with run.series as dataset:
        assert set(dataset.data_vars) == {"stock", "energy"}


def test_no_series_can_be_kept(study, tmp_path):
    run = study.run(draws=2, series=0, out=tmp_path)
    with run.series as dataset:
        assert dataset.sizes["draw"] == 0
    assert run.summary["bands"] == {}


@pytest.fixture(scope="module")
def partly_failed(tmp_path_factory):
    return Study(ANALYTIC, model=FAILING).run(draws=500, out=tmp_path_factory.mktemp("failed"))


def test_failed_draws_are_kept_and_flagged(partly_failed):
    with partly_failed.draws as dataset:
        failed = dataset["parameters"].sel(parameter="x1").to_numpy() > 2.0
        assert 0 < failed.sum() < 500
        np.testing.assert_array_equal(dataset["status"] == 7, failed)
        np.testing.assert_array_equal(np.isnan(dataset["margin"]).all("target"), failed)
        np.testing.assert_array_equal((dataset["miss"] == -1).all("target"), failed)
        named = dict(
            zip(
                dataset["status"].attrs["flag_values"].tolist(),
                dataset["status"].attrs["flag_meanings"].split(),
                strict=True,
            )
        )
    assert named == {0: "OK", 1: "NOT_FINITE", 7: "TOO_HIGH"}
    assert partly_failed.summary["failed"] == failed.sum()


def test_a_run_in_which_every_draw_fails_says_why_and_keeps_them(tmp_path):
    with pytest.raises(RunError) as caught:
        Study(ANALYTIC, model=ALL_FAILING).run(draws=20, out=tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: all 20 draws failed (20 TOO_HIGH); look at their inputs in draws.nc"
    )
    run = Run(tmp_path)
    assert (run.manifest["state"], run.manifest["stop_reason"]) == ("failed", "20 TOO_HIGH")
    with run.draws as dataset:
        assert (dataset["status"] == 7).all()
        assert np.isfinite(dataset["parameters"]).all()
