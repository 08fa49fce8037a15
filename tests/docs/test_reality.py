"""China's stated policies beside what has been counted: medians within the bounds of the project.

Every published figure is read here from the observed tables, not through the loader. The bounds
are those of ``docs/reality-china.md``, where the same rows stand with 8192 draws; no prior was
tuned to them.
"""

import csv

import numpy as np
import pytest

from docs.build.reality import DOCS, page
from docs.build.reality_checks import Reality
from mc_engine.study import shipped_priors
from mc_engine.units import DIESEL_MJ_PER_KG, GASOLINE_MJ_PER_KG

DRAWS, SEED = 2048, 0
OBSERVED = shipped_priors() / "china" / "observed"
# Vehicles in the police count outside the six classes: special vehicles, three-wheelers,
# low-speed trucks; million, the median of the prior count_out_of_scope.
OUT_OF_SCOPE = 8.1
CLASSES = ["private_car", "service_car", "bus", "light_truck", "medium_truck", "heavy_truck"]
PER_UNIT = {"vehicles": 1e-6, "10 thousand": 0.01, "million": 1.0, "Mt/yr": 1.0, "GWh/yr": 1e-3}
MJ_PER_KG = {"gasoline": GASOLINE_MJ_PER_KG, "diesel": DIESEL_MJ_PER_KG}


def published(table, year, **labels):
    """One row of an observed table: million vehicles, Mt/yr or TWh/yr."""
    with (OBSERVED / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["year"] == str(year) and all(row[key] == text for key, text in labels.items())
        ]
    assert len(rows) == 1
    assert rows[0]["source"]
    return float(rows[0]["value"]) * PER_UNIT[rows[0]["unit"]]


@pytest.fixture(scope="module")
def real():
    return Reality("china", DRAWS, SEED)


def test_every_draw_gives_a_result(real):
    assert (real.failed, real.out["stock"].shape[0]) == (0, DRAWS)


def test_the_prior_of_what_is_out_of_scope_has_the_stated_median(real):
    assert real.out_of_scope == pytest.approx(OUT_OF_SCOPE, abs=0.05)


@pytest.mark.parametrize("year", [2019, 2021, 2022, 2024])
def test_the_stock_is_the_police_count(real, year):
    counted = published("official_stock", year) - OUT_OF_SCOPE
    assert np.median(real.total("stock", year)) == pytest.approx(counted, rel=0.03)


@pytest.mark.parametrize("name", CLASSES)
def test_each_class_is_the_yearbook_of_2019(real, name):
    counted = published("stock_by_class", 2019, vehicle_class=name)
    stock = real.out["stock"][:, real.classes.index(name), real.index(2019)]
    assert np.median(stock) == pytest.approx(counted, rel=0.06)


def test_the_plug_in_stock_of_2024_is_the_police_count(real):
    counted = published("new_energy_stock", 2024)
    assert counted == pytest.approx(31.4, abs=0.005)
    stock = real.out["plug_in_stock"][:, real.index(2024)]
    assert np.median(stock) == pytest.approx(counted, rel=0.06)


def test_the_registrations_of_2024_are_the_police_count(real):
    counted = published("registrations_total", 2024)
    assert counted == pytest.approx(26.9, abs=0.005)
    assert np.median(real.total("sales", 2024)) == pytest.approx(counted, rel=0.05)


def test_the_plug_in_part_of_the_registrations_of_2024(real):
    sold = real.out["sales"][:, :, real.index(2024)]
    share = real.out["plug_in_sales_share"][:, :, real.index(2024)]
    part = np.median((sold * share).sum(axis=1) / sold.sum(axis=1))
    assert 0.39 <= part <= 0.46
    counted = published("new_energy_registrations", 2024) / published("registrations_total", 2024)
    assert 0.39 <= counted <= 0.46


@pytest.mark.parametrize(
    ("carrier", "year"), [("gasoline", 2019), ("diesel", 2019), ("diesel", 2021)]
)
def test_the_fuel_of_six_classes_is_below_that_of_all_uses(real, carrier, year):
    assert np.median(real.fuel(carrier, year)) < published("fuel_use", year, carrier=carrier)


def test_the_gasoline_of_2021_is_the_row_that_is_not_met(real):
    """The six classes burn more than the country used; the page says so, and why no prior moved.

    Should the row ever be met, the page has to be written anew.
    """
    assert np.median(real.fuel("gasoline", 2021)) > published("fuel_use", 2021, carrier="gasoline")
    text = (DOCS / "reality-china.md").read_text(encoding="utf-8")
    unmet = [line for line in text.splitlines() if line.endswith("| **not met** |")]
    assert [line.split(",")[0] for line in unmet] == ["| Gasoline 2021"]


@pytest.mark.parametrize("carrier", MJ_PER_KG)
def test_fuel_is_energy_over_the_heating_value(real, carrier):
    energy = real.out["energy"][:, real.carriers.index(carrier), real.index(2021)]
    np.testing.assert_allclose(real.fuel(carrier, 2021), energy / MJ_PER_KG[carrier], rtol=1e-12)


@pytest.mark.parametrize("name", CLASSES)
def test_sales_go_on_where_they_were(real, name):
    sold = real.out["sales"][:, real.classes.index(name)]
    recent = sold[:, real.index(2023) : real.index(2025) + 1].mean(axis=1)
    assert 0.85 <= np.median(sold[:, real.index(2026)] / recent) <= 1.25


def test_yearly_sales_stay_within_reason(real):
    sold = np.median(real.out["sales"][:, :, real.index(2026) :].sum(axis=1), axis=0)
    assert sold.size == 35
    assert 8.0 <= sold.min() <= sold.max() <= 45.0


@pytest.mark.parametrize("year", [2024, 2030])
def test_the_band_of_plug_in_electricity_holds_another_projection(real, year):
    energy = real.out["energy"][:, real.carriers.index("electricity"), real.index(year)] / 3.6
    low, high = np.quantile(energy, [0.05, 0.95])
    assert low <= published("plug_in_electricity", year) <= high


def test_the_page_has_a_row_and_a_source_for_every_check(real):
    text = page(real)
    assert all(f"| {check.what}" in text for check in real.checks)
    assert all(f"- `{check.source}`: " in text for check in real.checks if check.source)
    assert "No reason has been found yet." not in text
