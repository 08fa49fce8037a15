"""The oracle against answers worked out on paper: adoption, use, energy, fuels, balance."""

import numpy as np
import pytest

from mc_engine.vocabulary.inputs import Knots
from tests.models.road_fleet.cases import random_region, random_rows, with_value
from tests.reference.draw import path_curve
from tests.reference.hand_made import FIRST_OUTPUT, HORIZON, LAST, STRUCTURE, hand_made, steady
from tests.reference.road_fleet import STAGES, evaluate

NOW = LAST - FIRST_OUTPUT
TTW, WTT = STAGES.index("ttw"), STAGES.index("wtt")
CYCLE = STAGES.index("vehicle_cycle")
CLEAN = ("branch_share", "clean", "box")
# Stock 13894.6902 vehicles, 10 000 km/yr, in 1e9 km/yr; stated to 13 digits.
BILLION_KM = 0.1389469020440


def outputs_of(*args, **kwargs):
    """Evaluate the hand-made region with some of its numbers replaced."""
    return evaluate(*hand_made(*args, **kwargs)).outputs


# Paths and adoption ---------------------------------------------------------------------------


def test_two_points_make_a_straight_line():
    curve = path_curve(Knots((2030,), anchors=((2020, 1.0),)), [3.0])
    assert [curve(year) for year in (2010, 2025, 2040)] == pytest.approx([1.0, 2.0, 3.0])


def test_a_log_path_reads_low_values_as_the_floor():
    curve = path_curve(Knots((2030,), anchors=((2020, 400.0),), scale="log", floor=4.0), [0.0])
    assert [curve(2025), curve(2030)] == pytest.approx([40.0, 4.0])


def test_a_logit_path_is_clipped_at_both_ends():
    curve = path_curve(Knots((2030, 2040), scale="logit"), [0.0, 1.0])
    assert [curve(2030), curve(2035), curve(2040)] == pytest.approx([1e-4, 0.5, 1.0 - 1e-4])


def test_a_path_that_is_always_nothing_is_exactly_that():
    curve = path_curve(Knots((2030,), anchors=((2020, 0.7),), scale="logit", always=0.0), [0.0])
    assert curve(2025) == 0.0


def test_a_branch_starts_from_the_registrations():
    sold = steady()
    sold.update({("box", "volt", 2019): 250.0, ("box", "volt", 2020): 1000.0})
    values = {CLEAN: (Knots((2040,)), (0.5,))}
    detail = evaluate(*hand_made(values, sold=sold)).detail
    # Anchors 250/1250 in 2019 and 1000/2000 in 2020; the path is then flat at one half.
    assert detail["shares"]["box", "volt", 2030] == pytest.approx(0.5, rel=1e-12)


def test_a_fork_that_nothing_reaches_has_no_anchor():
    sold = {key: number for key, number in steady().items() if key[2] < LAST - 1}
    values = {CLEAN: (Knots((2030, 2040)), (0.2, 0.6))}
    detail = evaluate(*hand_made(values, sold=sold)).detail
    assert detail["shares"]["box", "volt", LAST + 1] == pytest.approx(0.2, rel=1e-12)


def test_a_phase_out_ramps_to_compliance():
    values = {CLEAN: (Knots((HORIZON,), scale="logit"), (0.0,)), ("compliance", "box"): 0.9}
    levers = {"phase_out": {"box": {"year": 2035, "ramp": 10}}}
    shares = evaluate(*hand_made(values, levers=levers)).detail["shares"]
    low = 1e-4
    result = [shares["box", "volt", year] for year in (2025, 2030, 2035, 2040)]
    assert result == pytest.approx([low, low + 0.5 * (0.9 - low), 0.9, 0.9], rel=1e-12)


def test_a_ramp_may_start_in_the_last_observed_year():
    values = {CLEAN: (Knots((HORIZON,), always=0.0), (0.0,))}
    levers = {"phase_out": {"box": {"year": 2030, "ramp": 10}}}
    shares = evaluate(*hand_made(values, levers=levers)).detail["shares"]
    assert shares["box", "volt", 2025] == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_shares_of_a_class_year_sum_to_one(seed):
    inputs = random_region(seed)
    shares = evaluate(inputs, random_rows(inputs, np.random.default_rng(seed), 1)[0]).detail[
        "shares"
    ]
    names, last = list(inputs.structure.powertrains), inputs.structure.years.last_observed
    sums = [
        sum(shares[name, p, year] for p in names)
        for (name, first, year) in shares
        if first == names[0] and year > last
    ]
    assert sums == pytest.approx([1.0] * len(sums), abs=1e-12)


# Use and energy -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_cohorts_together_drive_the_distance_of_the_class(seed):
    inputs = random_region(seed)
    row = random_rows(inputs, np.random.default_rng(seed), 1)[0]
    name = next(iter(inputs.structure.vehicle_classes))
    year = inputs.structure.years.distance_base
    row = with_value(inputs, row, 20_000.0, "distance_level", name)
    for disturbed in inputs.structure.activity_years:
        row = with_value(inputs, row, 1.0, "activity_factor", name, str(disturbed))
    detail = evaluate(inputs, row).detail
    driven = sum(km for key, km in detail["driven"].items() if key[0] == name and key[3] == year)
    stock = sum(n for key, n in detail["cohorts"].items() if key[0] == name and key[3] == year)
    assert driven / stock == pytest.approx(20_000.0, rel=1e-12)


def test_a_new_vehicle_is_driven_half_of_its_first_year():
    driven = evaluate(*hand_made()).detail["driven"]
    # Age 1 has lost exp(-1/15^3) of its vehicles.
    ratio = driven["box", "burner", LAST, LAST] / driven["box", "burner", LAST - 1, LAST]
    assert ratio == pytest.approx(0.5 / np.exp(-1.0 / 15.0**3), rel=1e-12)


def test_distance_follows_index_activity_and_trend():
    values = {
        ("distance_history_power", "box"): 0.5,
        ("distance_trend", "box"): 0.01,
        ("activity_factor", "box", "2018"): 0.8,
    }
    tables = {"distance_index": (("vehicle_class",), {("box", 2012): 1.44, ("box", 2016): 9.0})}
    energy = outputs_of(values, structure={"activity_years": (2018,)}, tables=tables)["energy"][0]
    result = energy[[2012 - FIRST_OUTPUT, 2016 - FIRST_OUTPUT, 2018 - FIRST_OUTPUT, NOW + 2]]
    by_hand = 2.0 * BILLION_KM * np.array([1.2, 1.0, 0.8, 1.0201])
    # The steady stock is stated to 13 digits, and wanders a little by vehicles older than 59.
    assert result == pytest.approx(by_hand, rel=1e-11)


def test_the_demand_lever_is_phased_in():
    box = {**STRUCTURE["vehicle_classes"]["box"], "passenger": True}
    levers = {"demand": {"box": {"multiplier": 0.8, "start": 2025, "full": 2035}}}
    energy = outputs_of(structure={"vehicle_classes": {"box": box}}, levers=levers)["energy"][0]
    result = energy[[NOW + 5, NOW + 10, NOW + 20]] / energy[NOW]
    assert result == pytest.approx([1.0, 0.9, 0.8], rel=1e-11)


def test_energy_at_the_battery_becomes_energy_at_the_plug():
    values = {("charging_efficiency", "box"): 0.8}
    boundary = {("energy_new", "box", "volt"): "battery"}
    energy = outputs_of(values, sold=steady("volt"), boundary=boundary)["energy"]
    assert energy[1, NOW] == pytest.approx(0.6 / 0.8 * BILLION_KM, rel=1e-11)


def test_type_approval_stands_in_for_the_level():
    rows = {("box", "burner", year): 1.5 for year in (2000, 2001)}
    tables = {"type_approval": (("vehicle_class", "powertrain"), rows)}
    energy = outputs_of({("type_approval_gap", "box", "burner"): 1.2}, tables=tables)["energy"]
    assert energy[0, NOW] == pytest.approx(1.8 * BILLION_KM, rel=1e-11)


def test_new_vehicles_improve_to_the_floor():
    values = {("energy_floor", "box", "burner"): 0.5, ("energy_decline", "box", "burner"): 0.1}
    energy = outputs_of(values)["energy"][0]
    # One year on, the new vehicles (half a year) use 2 x (0.5 + 0.5 x 0.9) MJ/km.
    weight = 0.5 / (13.89469020440 - 0.5)
    by_hand = 2.0 * BILLION_KM * (1.0 - 0.05 * weight)
    assert energy[NOW + 1] == pytest.approx(by_hand, rel=1e-11)


def test_two_carrier_vehicles_split_their_distance():
    volt = {**STRUCTURE["powertrains"]["volt"], "two_carriers": True, "carriers": {"oil": 1.0}}
    structure = {"powertrains": {**STRUCTURE["powertrains"], "volt": volt}}
    values = {
        ("electric_share", "box", "volt"): (Knots((HORIZON,)), (0.6,)),
        ("energy_fuel_mode", "box", "volt"): 1.5,
    }
    energy = outputs_of(values, structure=structure, sold=steady("volt"))["energy"][:, NOW]
    by_hand = BILLION_KM * np.array([0.4 * 1.5, 0.6 * 0.6])
    assert energy == pytest.approx(by_hand, rel=1e-11)


# Fuels, power, balance ------------------------------------------------------------------------


def test_clean_power_and_an_electric_stock_emit_exactly_nothing():
    values = {CLEAN: (Knots((HORIZON,), always=1.0), (1.0,))}
    values["grid_intensity",] = (Knots((HORIZON,), always=0.0), (0.0,))
    grid = ((), {(year,): 0.0 for year in range(FIRST_OUTPUT, LAST + 1)})
    outputs = outputs_of(values, sold=steady("volt"), tables={"grid_intensity": grid})
    assert not outputs["emissions"].any()


@pytest.mark.parametrize("seed", range(8))
def test_twice_the_distance_gives_twice_the_emissions(seed):
    inputs = random_region(seed)
    row = random_rows(inputs, np.random.default_rng(seed), 1)[0]
    doubled = row.copy()
    for column in {s.column for s in inputs.slots.values() if s.quantity == "distance_level"}:
        doubled[column] *= 2.0
    once, twice = (evaluate(inputs, r).outputs["emissions"] for r in (row, doubled))
    burned = [TTW, WTT]
    assert twice[burned] == pytest.approx(2.0 * once[burned], rel=1e-12)
    # No vehicle more is made for it.
    assert twice[CYCLE] == pytest.approx(once[CYCLE], rel=1e-12)
    assert once[CYCLE].any()


def test_fossil_fuel_emits_at_the_tailpipe_and_before_it():
    outputs = outputs_of({("wtt_decline", "oil"): 0.02})
    index = NOW + 3
    by_hand = 2.0 * BILLION_KM / 1e3 * np.array([70.0, 15.0 * 0.98**3])
    assert outputs["emissions"][[TTW, WTT], index] == pytest.approx(by_hand, rel=1e-11)


def test_slipped_methane_is_not_burned():
    values = {("methane_slip", "oil"): 0.02, ("ttw_ch4", "oil"): 0.01, ("ttw_n2o", "oil"): 0.001}
    outputs = outputs_of(values)
    by_hand = 0.98 * 70.0 + 0.98 * (0.01 * 30.0 + 0.001 * 270.0) + 0.02 * 20.0 * 30.0
    result = outputs["emissions"][TTW, NOW]
    assert result == pytest.approx(2.0 * BILLION_KM / 1e3 * by_hand, rel=1e-11)


def test_biofuel_and_efuel_move_emissions_upstream():
    flat = Knots((HORIZON,))
    values = {
        ("bio_share", "oil"): (flat, (0.2,)),
        ("efuel_share", "oil"): (flat, (0.1,)),
        ("bio_factor", "oil"): 40.0,
        ("efuel_electricity",): (flat, (2.0,)),
    }
    outputs = outputs_of(values)
    by_hand = [0.7 * 70.0, 0.7 * 15.0 + 0.2 * 40.0 + 0.1 * 2.0 * 500.0 / 3.6]
    result = outputs["emissions"][[TTW, WTT], NOW]
    assert result == pytest.approx(2.0 * BILLION_KM / 1e3 * np.array(by_hand), rel=1e-11)


def test_fuel_shares_above_one_are_named():
    flat = Knots((HORIZON,))
    values = {("bio_share", "oil"): (flat, (0.6,)), ("efuel_share", "oil"): (flat, (0.5,))}
    assert evaluate(*hand_made(values)).status == "FUEL_SHARES_ABOVE_ONE"


def test_power_carries_upstream_losses_and_a_fading_level():
    values = {
        ("grid_intensity",): (Knots((2030, HORIZON)), (500.0, 500.0)),
        ("grid_level",): 1.1,
        ("grid_upstream",): (Knots((HORIZON,)), (50.0,)),
        ("line_loss",): 0.05,
    }
    grid = evaluate(*hand_made(values, basis="direct")).detail["grid"]
    result = [grid[year] for year in (2015, 2025, 2035)]
    assert result == pytest.approx([600.0 / 0.95, 575.0 / 0.95, 550.0 / 0.95], rel=1e-12)


def test_charging_sees_its_mix():
    outputs = outputs_of({("charging_mix",): 0.9}, sold=steady("volt"))
    by_hand = 0.6 * BILLION_KM / 1e3 * 500.0 * 0.9 / 3.6
    assert outputs["emissions"][[TTW, WTT], NOW] == pytest.approx([0.0, by_hand], rel=1e-11)


def test_removals_grow_to_their_share_at_the_horizon():
    outputs = outputs_of({("removal_share",): 0.2})
    base = outputs["emissions"][:, NOW].sum()
    result = outputs["removals"][[NOW, NOW + 10, NOW + 20, NOW + 30]]
    assert result == pytest.approx(base * np.array([0.0, 0.0, 0.1, 0.2]), rel=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_carbon_at_the_tailpipe_follows_from_energy(seed):
    inputs = random_region(seed)
    row = random_rows(inputs, np.random.default_rng(seed), 1)[0]
    outputs = evaluate(inputs, row).outputs
    first = inputs.structure.years.first_output
    burned = np.zeros_like(outputs["ttw_co2"])
    for index, (name, carrier) in enumerate(inputs.structure.carriers.items()):
        if carrier.role != "fuel":
            continue
        factor, slip = (row[inputs.slot(q, name).column] for q in ("ttw_co2", "methane_slip"))
        shares = [inputs.slot(q, name) for q in ("bio_share", "efuel_share")]
        curves = [path_curve(s.path, row[s.column : s.column + s.count]) for s in shares]
        for when in range(burned.size):
            fossil = 1.0 - sum(curve(first + when) for curve in curves)
            burned[when] += outputs["energy"][index, when] * fossil * (1 - slip) * factor / 1e3
    assert outputs["ttw_co2"] == pytest.approx(burned, rel=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_classes_sum_to_the_total(seed):
    inputs = random_region(seed)
    outputs = evaluate(inputs, random_rows(inputs, np.random.default_rng(seed), 1)[0]).outputs
    total = outputs["emissions"].sum(axis=0)
    assert outputs["emissions_by_class"].sum(axis=0) == pytest.approx(total, rel=1e-12)
