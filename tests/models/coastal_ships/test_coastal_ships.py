"""A second model on the shared cohorts: its contract, an oracle, and every command on it."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from mc_engine.cli.commands import main
from mc_engine.run import executor
from mc_engine.study import Study
from tests.models.coastal_ships import MODEL
from tests.models.conformance import ModelConformance, run

COAST = Path(__file__).parents[2] / "data" / "coast"
REFERENCE = f"{MODEL.__module__}:MODEL"
DRAWS = 40


@pytest.fixture(scope="module")
def drawn():
    """The region's inputs and rows of its draws."""
    study = Study(COAST, model=REFERENCE)
    plan = study.plan(DRAWS)
    buffers = executor.buffers(plan, DRAWS)
    executor.fill(plan, 0, DRAWS, buffers)
    return study.problem.inputs, buffers.values


class TestConformance(ModelConformance):
    @pytest.fixture(scope="class")
    @classmethod
    def case(cls, drawn):
        return MODEL, *drawn


def slow_stock(inputs, row, label):
    """Ships of one class in use by year and group, with plain loops (T-1, T-3, T-5, A-1)."""
    own = inputs.structure
    scale, shape, growth = (
        row[inputs.slot(quantity, label).column]
        for quantity in ("ship_life", "ship_shape", "fleet_growth")
    )
    delivered = inputs.table("deliveries").rows(vehicle_class=label)
    slot = inputs.slot("electric_part", label)
    knots = {2024: 0.0} | {year: row[slot.column + k] for k, year in enumerate(slot.path.years)}
    sold = {(year, 0): float(count) for year, count in delivered.items()}
    result, target = {}, None
    for year in range(own.first_vintage, own.horizon + 1):
        left = {
            group: sum(
                number * math.exp(-(((year - vintage) / scale) ** shape))
                for (vintage, whose), number in sold.items()
                if whose == group and vintage < year and year - vintage <= own.max_age
            )
            for group in (0, 1)
        }
        if year > own.last_observed:
            target *= 1.0 + growth
            new = max(0.0, target - sum(left.values()))
            electric = pchip(knots, year)
            sold[year, 0], sold[year, 1] = new * (1.0 - electric), new * electric
        for group in (0, 1):
            left[group] += sold.get((year, group), 0.0)
        result[year] = left
        if year == own.last_observed:
            target = sum(left.values())
    return result


def pchip(knots, year):
    """SciPy's monotone cubic through the knots, flat outside."""
    from scipy.interpolate import PchipInterpolator

    years = sorted(knots)
    curve = PchipInterpolator(years, [knots[y] for y in years])
    return float(curve(min(max(year, years[0]), years[-1])))


def test_stock_agrees_with_plain_loops(drawn):
    inputs, rows = drawn
    out, _ = run((MODEL, inputs, rows), rows[:5])
    years = MODEL.coordinates(inputs)["year"]
    for draw, ship in np.ndindex(5, 2):
        label = inputs.structure.classes[ship]
        slow = slow_stock(inputs, rows[draw], label)
        wanted = [sum(slow[year].values()) for year in years]
        # The same sums in another order.
        np.testing.assert_allclose(out["stock"][draw, ship], wanted, rtol=1e-11)


def test_emissions_are_those_of_the_ships_in_use(drawn):
    inputs, rows = drawn
    out, _ = run((MODEL, inputs, rows), rows[:5])
    years = MODEL.coordinates(inputs)["year"]
    for draw in range(5):
        burned = np.zeros(len(years))
        for label in inputs.structure.classes:
            slow = slow_stock(inputs, rows[draw], label)
            energy = rows[draw, inputs.slot("ship_energy", label).column]
            burned += [slow[year][0] * energy for year in years]
        factor = rows[draw, inputs.slot("fuel_factor").column]
        # PJ times g/MJ is 1e-3 Mt.
        np.testing.assert_allclose(out["emissions"][draw, 0], burned * factor * 1e-3, rtol=1e-11)


def test_a_cleaner_shore_lowers_what_lies_before_the_ship_alone(drawn):
    inputs, rows = drawn
    clean = rows.copy()
    slot = inputs.slot("power_factor")
    clean[:, slot.column : slot.column + slot.count] *= 0.5
    before, after = (run((MODEL, inputs, rows), r)[0]["emissions"] for r in (rows, clean))
    np.testing.assert_array_equal(before[:, 0], after[:, 0])
    assert (after[:, 1] <= before[:, 1]).all()
    assert (after[:, 1, -1] < before[:, 1, -1]).all()


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A run of the region, made by the command."""
    folder = tmp_path_factory.mktemp("coast") / "run"
    words = ["run", str(COAST), "--model", REFERENCE, "--draws", "2000", "--out", str(folder)]
    assert main(words) == 0
    return folder


def test_check_counts_its_inputs(capsys):
    assert main(["check", str(COAST), "--model", REFERENCE, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["uncertain_inputs"] == 12


def test_its_run_is_ranked(stored, capsys):
    assert main(["rank", str(stored), "--base", "256"]) == 0
    leading = json.loads((stored / "ranking.json").read_text("utf-8"))["targets"][0]["table"]
    # Tailpipe emissions peak by the growth of the fleets.
    assert {"ferry_growth", "coaster_growth"} & {line["lead"] for line in leading[:3]}


def test_its_run_has_a_page_in_every_language(stored):
    assert main(["report", str(stored)]) == 0
    for language in ("en", "zh"):
        page = (stored / "report" / f"report.{language}.html").read_text("utf-8")
        assert "A coast" in page
        assert "Half of the emissions of 2024 by 2050" in page
