"""No row of China's prior tables is lost: each is held by priors, or left out for a reason."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.priors.accounted import ROWS

CHINA = Path(__file__).parents[2] / "priors" / "china"
NOT_PRIORS = {"region", "correlations", "targets", "levers", "observations", "labels"}

# How many rows each table has, by the letter of its rows.
TABLES = {"S": 12, "V": 13, "F": 22, "D": 11, "N": 22, "E": 49, "R": 10, "B": 11, "C": 12}
EVERY_ROW = [f"{letter}{k}" for letter, size in TABLES.items() for k in range(1, size + 1)]


def read(path: Path) -> dict:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def priors() -> dict[str, dict]:
    files = [path for path in CHINA.glob("*.yaml") if path.stem not in NOT_PRIORS]
    return {name: prior for path in files for name, prior in read(path).items()}


@pytest.fixture(scope="module")
def pairs() -> set[frozenset[str]]:
    listed = read(CHINA / "correlations.yaml")["correlations"]
    return {frozenset(entry["between"]) for entry in listed}


def test_the_list_holds_every_row_once_and_no_other():
    assert sorted(ROWS) == sorted(EVERY_ROW)


@pytest.mark.parametrize("row", EVERY_ROW)
def test_a_row_is_held_or_left_out_for_a_reason(row):
    found = ROWS[row]
    assert found.what
    assert found.priors or found.elsewhere or len(found.reason) > 20


def test_every_named_prior_exists(priors):
    named = {name for row in ROWS.values() for name in row.priors}
    assert named <= set(priors)


def test_every_other_place_exists():
    known = {
        "settings": read(CHINA / "region.yaml")["settings"],
        "levers": read(CHINA / "levers.yaml")["levers"],
        "observed": {path.stem for path in (CHINA / "observed").glob("*.csv")},
    }
    for row in ROWS.values():
        for place in row.elsewhere:
            kind, name = place.split("/")
            assert name in known[kind], place


# The correlations of the table that name two whole factors, and their size.
STATED = {
    ("private_car_distance", "private_car_fuel"): -0.6,
    ("heavy_truck_distance", "heavy_truck_fuel"): -0.6,
    ("light_truck_distance", "light_truck_fuel"): -0.6,
    ("new_energy_private_car", "new_energy_light_truck"): 0.6,
    ("new_energy_private_car", "new_energy_heavy_truck"): 0.3,
    ("car_saturation", "economic_growth"): 0.3,
    ("trade_in_wave_cars", "new_energy_private_car"): 0.3,
}


@pytest.mark.parametrize("pair", STATED)
def test_a_correlation_of_the_table_is_entered_as_stated(pair):
    listed = read(CHINA / "correlations.yaml")["correlations"]
    found = [e["spearman"] for e in listed if set(e["between"]) == set(pair)]
    assert found == [STATED[pair]]


def test_there_are_at_least_90_uncertain_inputs(priors):
    def constant(prior: dict) -> bool:
        laws = prior["path"]["knots"].values() if "path" in prior else [prior["distribution"]]
        return all(law["name"] == "constant" for law in laws)

    assert sum(not constant(prior) for prior in priors.values() if "when" not in prior) >= 90


# Quantities that the tables give at several years.
PATHS = {
    "economic_growth", "heavy_freight_elasticity", "grid_path",
    "new_energy_private_car", "new_energy_heavy_truck", "new_energy_light_truck",
    "phev_part_private_car", "fuel_cell_part_heavier_trucks", "phev_electric_share_private_car",
    "gasoline_bio_share", "diesel_bio_share", "efuel_electricity", "electrolysis_use",
    "hydrogen_fossil_share", "hydrogen_from_coal", "hydrogen_from_coal_captured",
    "hydrogen_from_gas", "hydrogen_from_gas_captured", "car_battery", "fuel_cell_making",
    "tank_making",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(PATHS))
def test_a_figure_given_at_several_years_is_a_path(name, priors):
    assert len(priors[name]["path"]["knots"]) > 1


@pytest.mark.parametrize(
    ("name", "year_share"),
    [("new_energy_private_car", 50.7), ("new_energy_light_truck", 27.0),
     ("new_energy_heavy_truck", 29.0)],
)  # fmt: skip
def test_the_distorted_year_is_its_calendar_value_times_a_factor_up_to_one(
    name, year_share, priors
):
    knot = priors[name]["path"]["knots"][2025]
    assert 0.85 * year_share < knot["p5"] < knot["p50"] < knot["p95"]
    assert knot["p95"] == pytest.approx(year_share, rel=0.005)


@pytest.mark.parametrize("name", ["car_ownership_form", "car_survival_form"])
def test_a_structural_belief_is_a_discrete_input(name, priors):
    assert priors[name]["distribution"]["name"] == "discrete"


def test_every_source_carries_a_licence():
    sources = read(CHINA.parent / "sources.yaml")
    assert all(str(source.get("licence", "")).strip() for source in sources.values())


def test_every_prior_without_a_source_is_a_judgement(priors):
    assert all(p["kind"] == "judgement" for p in priors.values() if not p["sources"])
