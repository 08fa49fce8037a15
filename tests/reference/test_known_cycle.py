"""The oracle against answers worked out on paper: hydrogen and the vehicle cycle.

The region of ``hand_made``: 1000 vehicles a year, in steady state, with 13894.6902 in use at a
year end; power of 500 g CO2e/kWh up to the last observed year.
"""

import math

import numpy as np
import pytest

from mc_engine.vocabulary.inputs import Knots
from tests.models.road_fleet.carbon import times_carbon
from tests.models.road_fleet.cases import random_region, random_rows
from tests.reference.draw import Draw
from tests.reference.hand_made import (
    FIRST_OUTPUT,
    HORIZON,
    LAST,
    STRUCTURE,
    YEARLY,
    hand_made,
    steady,
)
from tests.reference.road_fleet import STAGES, evaluate

NOW = LAST - FIRST_OUTPUT
LATER = LAST + 10
CYCLE = STAGES.index("vehicle_cycle")
STEADY_YEARS = 13.89469020440
# Mean life of a Weibull law of scale 15 and shape 3, yr.
LIFE = 15.0 * math.gamma(4.0 / 3.0)
FLAT = Knots((HORIZON,))
# Power falls to half of today's by LATER and stays there.
HALVED = {("grid_intensity",): (Knots((LATER, HORIZON)), (250.0, 250.0))}
# A thousand vehicles of one model year, on top of the steady ones.
PULSE = {**steady(), ("box", "volt", 2012): 1000.0}


def result_of(*args, **kwargs):
    """Evaluate the hand-made region with some of its numbers replaced."""
    result = evaluate(*hand_made(*args, **kwargs))
    assert result.status == "OK"
    return result


def surviving(age, life_ratio=1.0):
    """Share of vehicles in use at an age."""
    return math.exp(-((age / (15.0 * life_ratio)) ** 3))


# Hydrogen -------------------------------------------------------------------------------------

H2_STRUCTURE = {
    "powertrains": {
        "cell": {"title": "Cell", "carriers": {"h2gas": 1.0}},
        "volt": STRUCTURE["powertrains"]["volt"],
    },
    "carriers": {
        "h2gas": {"title": "Hydrogen", "role": "hydrogen"},
        "current": {"title": "Current", "role": "power"},
    },
    "tree": {"clean": {"child": "volt", "rest": "cell"}},
}
TWO_ROUTES = {
    "routes": {
        "steam": {"title": "Steam", "role": "made"},
        "split": {"title": "Split", "role": "grid"},
    },
    "tree": {"origin": {"child": "split", "rest": "steam"}},
}
BILLION_KM = STEADY_YEARS * YEARLY * 10_000.0 / 1e9


def hydrogen_of(values, hydrogen):
    """Evaluate a fleet of hydrogen vehicles that use 1.5 MJ/km."""
    return result_of(
        {("energy_new", "box", "cell"): 1.5, **values},
        structure={**H2_STRUCTURE, "hydrogen": hydrogen},
        sold=steady("cell"),
    ).outputs


def test_hydrogen_mixes_its_routes():
    values = {
        **HALVED,
        # A tenth from the grid up to LAST, three tenths from LATER on.
        ("hydrogen_branch", "origin"): (Knots((LAST, LATER)), (0.1, 0.3)),
        ("hydrogen_route", "steam"): (Knots((LAST, LATER)), (100.0, 80.0)),
        ("electrolysis_use",): (FLAT, (1.5,)),
        ("hydrogen_handling",): 0.2,
    }
    outputs = hydrogen_of(values, TWO_ROUTES)
    now = 0.9 * 100.0 + (0.1 * 1.5 + 0.2) * 500.0 / 3.6
    later = 0.7 * 80.0 + (0.3 * 1.5 + 0.2) * 250.0 / 3.6
    pj = 1.5 * BILLION_KM
    indices = [NOW - 5, NOW, NOW + 10, NOW + 30]
    # The stock is stated to 13 digits.
    wanted = pj / 1e3 * np.array([now, now, later, later])
    assert outputs["emissions"][1, indices] == pytest.approx(wanted, rel=1e-11)
    assert not outputs["emissions"][[0, 2]].any()
    assert outputs["hydrogen_demand"] == pytest.approx(pj / 119.96, rel=1e-11)


def test_a_single_route_makes_all_hydrogen():
    made = {"routes": {"steam": {"title": "Steam", "role": "made"}}}
    outputs = hydrogen_of({("hydrogen_route", "steam"): (FLAT, (90.0,))}, made)
    wanted = 1.5 * BILLION_KM * 90.0 / 1e3
    assert outputs["emissions"][1, NOW] == pytest.approx(wanted, rel=1e-11)


def test_forks_share_hydrogen_out():
    names = ("one", "two", "three", "four")
    hydrogen = {
        "routes": {name: {"title": name, "role": "made"} for name in names},
        "tree": {
            "first": {"child": "left", "rest": "right"},
            "left": {"child": "one", "rest": "two"},
            "right": {"child": "three", "rest": "four"},
        },
    }
    shares = {"first": 0.6, "left": 0.25, "right": 0.1}
    values = {("hydrogen_branch", name): (FLAT, (share,)) for name, share in shares.items()}
    for index, name in enumerate(names):
        values["hydrogen_route", name] = (FLAT, (10.0**index,))
    outputs = hydrogen_of(values, hydrogen)
    factor = 0.6 * 0.25 + 0.6 * 0.75 * 10.0 + 0.4 * 0.1 * 100.0 + 0.4 * 0.9 * 1000.0
    wanted = 1.5 * BILLION_KM * factor / 1e3
    assert outputs["emissions"][1, NOW] == pytest.approx(wanted, rel=1e-11)


def test_green_power_counted_apart_dirties_the_rest_of_the_grid():
    values = {
        ("grid_accounting",): (Knots((LAST, LATER)), (1.0, 1.2)),
        ("grid_upstream",): (FLAT, (50.0,)),
        ("line_loss",): 0.05,
    }
    grid = result_of(values, basis="direct").detail["grid"]
    result = [grid[year] for year in (LAST, LATER)]
    assert result == pytest.approx([550.0 / 0.95, 1.2 * 550.0 / 0.95], rel=1e-12)


# Making and keeping ---------------------------------------------------------------------------


def test_making_follows_the_grid_and_declines():
    values = {
        **HALVED,
        ("vehicle_making", "box"): 8000.0,
        ("making_ratio", "box", "burner"): 1.25,
        ("making_power_share",): 0.4,
        ("making_decline",): 0.02,
    }
    result = result_of(values).outputs["emissions"][CYCLE, [NOW - 8, NOW, NOW + 10]]
    # 1000 vehicles of 10 t are 0.01 Mt.
    wanted = [0.01, 0.01, 0.01 * (0.4 * 0.5 + 0.6 * 0.98**10)]
    # Sales are a difference of stocks some fourteen times as large.
    assert result == pytest.approx(wanted, rel=1e-11)


def test_maintenance_is_spread_over_the_mean_life():
    values = {("maintenance", "box"): 1500.0, ("life_ratio", "box"): 1.2}
    cycle = result_of(values, sold=PULSE).cycle["box", 2015]
    burners = STEADY_YEARS * YEARLY / LIFE
    volts = 1000.0 * surviving(3, 1.2) / (1.2 * LIFE)
    assert cycle.maintenance == pytest.approx(1500.0 * (burners + volts), rel=1e-11)


def test_the_mean_life_holds_the_delay():
    values = {
        ("maintenance", "box"): 1500.0,
        ("life_ratio", "box"): 1.2,
        ("survival_delay", "box"): 3.0,
    }
    cycle = result_of(values, sold=PULSE).cycle["box", 2015]
    # Steady burners of ages 0 to 59; the volts of 2012 are as old as the delay.
    burners = YEARLY * sum(surviving(max(0, age - 3)) for age in range(60)) / (3.0 + LIFE)
    volts = 1000.0 / (3.0 + 1.2 * LIFE)
    assert cycle.maintenance == pytest.approx(1500.0 * (burners + volts), rel=1e-11)


def test_batteries_wait_for_half_of_a_delayed_life():
    values = {**batteries(), ("life_ratio", "box"): 1.2, ("survival_delay", "box"): 3.0}
    cycle = result_of(values, sold=PULSE).cycle
    # Half of 3 + 16.0736 is 9.5368 years.
    later = (3.0 + 1.2 * LIFE) / 2.0 - 9.0
    assert later == pytest.approx(0.5368, abs=1e-4)
    result = [cycle["box", year].replaced for year in (2020, 2021, 2022, 2023)]
    wanted = [0.0, 25_000.0 * (1.0 - later), 25_000.0 * later, 0.0]
    assert result == pytest.approx(wanted, rel=1e-12)


# The grid is counted to two years before the registrations.
EARLY = {(year,): 600.0 if year < 2017 else 500.0 for year in range(FIRST_OUTPUT, LAST - 1)}


@pytest.mark.parametrize("target", [250.0, 50.0])
def test_power_is_measured_against_the_last_counted_grid(target):
    values = {
        ("grid_intensity",): (Knots((LATER, HORIZON)), (target, target)),
        ("vehicle_making", "box"): 8000.0,
        ("making_power_share",): 0.5,
        ("battery_size", "box", "burner"): (FLAT, (40.0,)),
        ("battery_making",): 100.0,
        ("battery_power_share",): 0.5,
        ("battery_import_share",): 0.4,
        ("import_grid",): (Knots((LAST - 2, LATER)), (600.0, 450.0)),
    }
    result = result_of(values, tables={"grid_intensity": ((), EARLY)})
    outcome = result.outputs["emissions"][CYCLE, [0, NOW - 2, NOW + 10]]
    # 8 t of vehicle and 4 t of battery, half of each follows power; 2018 is the year that counts,
    # whatever is to come. Power from elsewhere is 600 up to 2018.
    mixed = 0.6 * 500.0 + 0.4 * 600.0
    first = 0.008 * (0.5 * 1.2 + 0.5) + 0.004 * (0.5 * 600.0 / mixed + 0.5)
    then = (0.6 * target + 0.4 * 450.0) / mixed
    last = 0.008 * (0.5 * target / 500.0 + 0.5) + 0.004 * (0.5 * then + 0.5)
    assert outcome == pytest.approx([first, 0.012, last], rel=1e-11)


def test_nothing_is_made_where_no_prior_says_so():
    outputs = result_of().outputs
    for name in ("battery_demand", "battery_retirements", "hydrogen_demand"):
        assert not outputs[name].any()
    assert not outputs["emissions"][CYCLE].any()


def test_fuel_cells_and_tanks_are_made_with_their_vehicle():
    values = {
        ("fuel_cell_power", "box", "burner"): 100.0,
        ("fuel_cell_making",): (Knots((LAST, LATER)), (30.0, 20.0)),
        ("tank_capacity", "box", "burner"): 5.0,
        ("tank_making",): (Knots((LAST, LATER)), (500.0, 400.0)),
    }
    result = result_of(values).outputs["emissions"][CYCLE, [NOW, NOW + 10]]
    assert result == pytest.approx([5500.0 / 1e6, 4000.0 / 1e6], rel=1e-11)


# Batteries ------------------------------------------------------------------------------------


def batteries(**more):
    """Batteries of 50 kWh, of which half a one is replaced in a life."""
    return {
        ("battery_size", "box", "volt"): (FLAT, (50.0,)),
        ("battery_replacements", "box", "volt"): 0.5,
        **{(name,): value for name, value in more.items()},
    }


@pytest.mark.parametrize(("life_ratio", "half_life"), [(1.0, 6.697), (1.2, 8.037), (0.1, 0.670)])
def test_batteries_are_replaced_at_half_life(life_ratio, half_life):
    half = life_ratio * LIFE / 2.0
    assert half == pytest.approx(half_life, abs=1e-3)
    values = {**batteries(), ("life_ratio", "box"): life_ratio}
    cycle = result_of(values, sold=PULSE).cycle
    first = 2012 + math.floor(half)
    later = half - math.floor(half)
    # 1000 vehicles of 50 kWh.
    wanted = {first: 25_000.0 * (1.0 - later), first + 1: 25_000.0 * later}
    for year in range(FIRST_OUTPUT, HORIZON + 1):
        assert cycle["box", year].replaced == pytest.approx(wanted.get(year, 0.0), rel=1e-12)


def test_a_replaced_battery_has_the_size_of_its_model_year():
    size = (Knots((2012, 2014)), (50.0, 70.0))
    values = {**batteries(), ("battery_size", "box", "volt"): size}
    cycle = result_of(values, sold={**PULSE, ("box", "volt", 2013): 1000.0}).cycle
    later = LIFE / 2.0 - 6.0
    # 60 kWh lie half-way in a straight line.
    wanted = 0.5 * 1000.0 * (60.0 * (1.0 - later) + 50.0 * later)
    assert cycle["box", 2019].replaced == pytest.approx(wanted, rel=1e-12)
    assert cycle["box", 2013].new == pytest.approx(60_000.0, rel=1e-12)


def test_batteries_retire_with_their_vehicles_and_when_replaced():
    cycle = result_of(batteries(), sold=PULSE).cycle
    later = LIFE / 2.0 - 6.0
    leaving = 50_000.0 * (surviving(5) - surviving(6))
    wanted = leaving + 25_000.0 * (1.0 - later)
    # What leaves is a small difference of what is in use.
    assert cycle["box", 2018].retired == pytest.approx(wanted, rel=1e-11)
    assert cycle["box", 2012].retired == pytest.approx(0.0, abs=1e-6)


def test_every_battery_retires_in_the_end():
    outputs = result_of(batteries(), sold=PULSE).outputs
    # 50 GWh, and half as many once more; 1e-7 of the vehicles live on.
    assert outputs["battery_demand"].sum() == pytest.approx(0.075, rel=1e-12)
    assert outputs["battery_retirements"].sum() == pytest.approx(0.075, rel=1e-6)


def test_in_steady_state_as_many_batteries_retire_as_are_made():
    always = {("branch_share", "clean", "box"): (Knots((HORIZON,), always=1.0), (1.0,))}
    outputs = result_of({**batteries(), **always}, sold=steady("volt")).outputs
    assert outputs["battery_demand"] == pytest.approx(0.075, rel=1e-9)
    assert outputs["battery_retirements"] == pytest.approx(0.075, rel=1e-9)


def test_battery_making_sees_the_power_of_both_places():
    values = {
        **HALVED,
        ("battery_size", "box", "burner"): (FLAT, (40.0,)),
        **batteries(
            battery_making=100.0,
            battery_power_share=0.6,
            battery_decline=0.03,
            battery_import_share=0.4,
            import_grid=(Knots((LAST, LATER)), (600.0, 450.0)),
        ),
    }
    result = result_of(values).outputs["emissions"][CYCLE, [NOW, NOW + 10]]
    power = (0.6 * 250.0 + 0.4 * 450.0) / (0.6 * 500.0 + 0.4 * 600.0)
    # 1000 vehicles of 40 kWh of 100 kg.
    wanted = [0.004, 0.004 * (0.6 * power + 0.4 * 0.97**10)]
    assert result == pytest.approx(wanted, rel=1e-11)


def test_credits_are_subtracted_when_vehicles_go():
    values = {
        **batteries(battery_making=100.0, recycling_credit=20.0),
        ("vehicle_making", "box"): 8000.0,
        ("scrap_credit", "box"): 300.0,
        ("branch_share", "clean", "box"): (Knots((HORIZON,), always=1.0), (1.0,)),
    }
    outputs = result_of(values, sold=steady("volt")).outputs
    # 1000 vehicles made and scrapped, 75 MWh made and retired.
    wanted = (8e6 - 3e5 + 75_000.0 * (100.0 - 20.0)) / 1e9
    assert outputs["emissions"][CYCLE, NOW] == pytest.approx(wanted, rel=1e-9)
    total = outputs["emissions"][:, NOW].sum()
    assert outputs["emissions_by_class"][0, NOW] == pytest.approx(total, rel=1e-12)
    assert outputs["net_emissions"][NOW] == pytest.approx(total, rel=1e-12)


# Power without carbon -------------------------------------------------------------------------


def without_carbon(share):
    """Power with carbon in the past, without it in the last observed year and after."""
    grid = {(year,): 500.0 if year < LAST else 0.0 for year in range(FIRST_OUTPUT, LAST + 1)}
    values = {
        ("grid_intensity",): (Knots((HORIZON,), always=0.0), (0.0,)),
        ("vehicle_making", "box"): 8000.0,
        ("making_power_share",): share,
    }
    return evaluate(*hand_made(values, tables={"grid_intensity": ((), grid)}))


def test_power_with_carbon_over_power_without_it_is_not_finite():
    assert without_carbon(0.1).status == "NOT_FINITE"


def test_a_share_of_nothing_is_left_out():
    result = without_carbon(0.0)
    assert result.status == "OK"
    assert result.outputs["emissions"][CYCLE] == pytest.approx(0.008, rel=1e-11)


def test_making_with_power_alone_ends_with_its_carbon():
    values = {
        ("grid_intensity",): (Knots((LATER, HORIZON)), (0.0, 0.0)),
        ("vehicle_making", "box"): 8000.0,
        ("making_power_share",): 1.0,
    }
    result = result_of(values).outputs["emissions"][CYCLE]
    assert result[NOW] == pytest.approx(0.008, rel=1e-11)
    assert (result[NOW + 10 :] == 0.0).all()


# Laws, on random regions ----------------------------------------------------------------------


def random_draw(seed):
    """Give a random region, and one draw of it as a block."""
    inputs = random_region(seed)
    return inputs, random_rows(inputs, np.random.default_rng([seed, 3]), 1)


@pytest.mark.parametrize("seed", range(8))
def test_without_carbon_nothing_is_emitted(seed):
    inputs, rows = times_carbon(*random_draw(seed), 0.0)
    outputs = evaluate(inputs, rows[0]).outputs
    for name in ("emissions", "emissions_by_class", "ttw_co2", "net_emissions"):
        assert (outputs[name] == 0.0).all()
    assert outputs["battery_demand"].any()


@pytest.mark.parametrize("seed", range(8))
def test_emissions_scale_with_carbon(seed):
    inputs, rows = random_draw(seed)
    once = evaluate(inputs, rows[0]).outputs
    more, scaled = times_carbon(inputs, rows, 3.0)
    thrice = evaluate(more, scaled[0]).outputs
    for name in ("emissions", "emissions_by_class", "ttw_co2", "net_emissions"):
        # Paths on a log scale go there and back through a logarithm.
        assert thrice[name] == pytest.approx(3.0 * once[name], rel=1e-11)
    assert thrice["battery_retirements"] == pytest.approx(once["battery_retirements"], rel=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_batteries_that_leave_have_retired(seed):
    """V-2, cohort by cohort: those of vehicles that left, and those replaced."""
    inputs, rows = random_draw(seed)
    result = evaluate(inputs, rows[0])
    draw = Draw(inputs, rows[0])
    cohorts = result.detail["cohorts"]
    leaving = {key: cycle.replaced for key, cycle in result.cycle.items()}
    for (name, powertrain, vintage, year), number in cohorts.items():
        before = cohorts.get((name, powertrain, vintage, year - 1))
        if before is not None:
            size = draw.path("battery_size", name, powertrain)(vintage)
            leaving[name, year] += size * (before - number)
    first = inputs.structure.years.first_output
    for (name, year), cycle in result.cycle.items():
        if year > first:
            held = cycle.new + cycle.replaced
            # A difference of what is in use, of which a tenth or so is new.
            assert cycle.retired == pytest.approx(leaving[name, year], rel=1e-9, abs=1e-9 * held)
