"""The oracle against answers worked out on paper, equation by equation.

The oracle is what the fast model is compared with, so it is not compared with the fast model
here. Tolerances of 1e-12 allow for the rounding of sums of some hundred terms.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from mc_engine.vocabulary.inputs import Knots
from tests.models.road_fleet.cases import random_region, random_rows
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
TTW, WTT = STAGES.index("ttw"), STAGES.index("wtt")
STEADY_YEARS = 13.89469020440


def always(value):
    """Give a branch share that is the same number in every year."""
    return {("branch_share", "clean", "box"): (Knots((HORIZON,), always=value), (value,))}


def outputs_of(*args, **kwargs):
    """Evaluate the hand-made region with some of its numbers replaced."""
    return evaluate(*hand_made(*args, **kwargs)).outputs


# Turnover -------------------------------------------------------------------------------------


def test_constant_sales_fill_a_stock_of_the_mean_life():
    stock = outputs_of()["stock"][0, NOW] * 1e6
    # The answer is stated to 11 decimals.
    assert stock / YEARLY == pytest.approx(STEADY_YEARS, abs=1e-11)


def test_growing_sales_leave_a_younger_stock():
    outputs = outputs_of(sold=steady(growth=0.03))
    ratio = outputs["stock"][0, NOW] / outputs["sales"][0, NOW]
    # The answer is stated to 10 decimals.
    assert ratio == pytest.approx(11.3284145450, abs=1e-10)


@pytest.mark.parametrize(
    ("years", "share"), [(5, 0.64227), (10, 0.32056), (15, 0.10595), (20, 0.01909), (25, 0.00151)]
)
def test_combustion_leaves_the_stock_after_a_switch(years, share):
    outputs = outputs_of(always(1.0))
    index = NOW + years
    left = 1.0 - outputs["plug_in_stock"][index] / outputs["stock"][0, index]
    # The answers are stated to 5 decimals.
    assert left == pytest.approx(share, abs=5e-6)


def test_a_mean_life_gives_the_same_stock_as_its_scale():
    mean = 15.0 * math.gamma(4.0 / 3.0)
    inputs, row = hand_made({("mean_life", "box"): mean})
    slots = {key: slot for key, slot in inputs.slots.items() if key[0] != "survival_scale"}
    inputs = type(inputs)(**{**vars(inputs), "slots": slots})
    assert evaluate(inputs, row).outputs["survival_scale"][0] == pytest.approx(15.0, rel=1e-12)


def test_electric_life_stretches_survival():
    values = {**always(0.0), ("life_ratio", "box"): 1.2}
    stock = outputs_of(values, sold=steady("volt"))["stock"][0, NOW] * 1e6
    by_hand = sum(math.exp(-((age / 18.0) ** 3)) for age in range(60))
    assert stock / YEARLY == pytest.approx(by_hand, rel=1e-12)


def test_a_delay_keeps_every_vehicle_at_first():
    stock = outputs_of({("survival_delay", "box"): 3.0})["stock"][0, NOW] * 1e6
    by_hand = sum(math.exp(-((max(0, age - 3) / 15.0) ** 3)) for age in range(60))
    assert stock / YEARLY == pytest.approx(by_hand, rel=1e-12)


def test_vehicles_of_one_year_begin_to_leave_after_the_delay():
    values = {("survival_delay", "box"): 2.5, ("life_ratio", "box"): 1.2}
    sold = {**steady(), ("box", "volt", 2012): 1000.0}
    cohorts = evaluate(*hand_made(values, sold=sold)).detail["cohorts"]
    result = [cohorts["box", "volt", 2012, 2012 + age] for age in (0, 1, 2, 3, 10, 20)]
    # Ages since the delay over a scale of 15 x 1.2, to the third power.
    hazard = [0.0, 0.0, 0.0, (0.5 / 18.0) ** 3, (7.5 / 18.0) ** 3, (17.5 / 18.0) ** 3]
    assert result == pytest.approx([1000.0 * math.exp(-h) for h in hazard], rel=1e-12)


@pytest.mark.parametrize("shape", [3.0, 2.7])
@pytest.mark.parametrize("mean", [2.0, 3.0])
def test_a_mean_life_within_the_delay_is_not_finite(mean, shape):
    values = {
        ("mean_life", "box"): mean,
        ("survival_delay", "box"): 3.0,
        ("survival_shape", "box"): shape,
    }
    inputs, row = hand_made(values)
    slots = {key: slot for key, slot in inputs.slots.items() if key[0] != "survival_scale"}
    assert evaluate(replace(inputs, slots=slots), row).status == "NOT_FINITE"


def test_a_mean_life_holds_its_delay():
    mean = 3.0 + 15.0 * math.gamma(4.0 / 3.0)
    values = {("mean_life", "box"): mean, ("survival_delay", "box"): 3.0}
    inputs, row = hand_made(values)
    slots = {key: slot for key, slot in inputs.slots.items() if key[0] != "survival_scale"}
    inputs = type(inputs)(**{**vars(inputs), "slots": slots})
    assert evaluate(inputs, row).outputs["survival_scale"][0] == pytest.approx(15.0, rel=1e-12)


def test_a_class_ends_at_its_oldest_age():
    box = {**STRUCTURE["vehicle_classes"]["box"], "max_age": 9}
    stock = outputs_of(structure={"vehicle_classes": {"box": box}})["stock"][0, NOW] * 1e6
    by_hand = sum(math.exp(-((age / 15.0) ** 3)) for age in range(10))
    assert stock / YEARLY == pytest.approx(by_hand, rel=1e-12)


def test_a_wave_raises_the_hazard_of_its_years():
    waves = {"cleaning": {"full": (2012,)}}
    values = {("wave_multiplier", "cleaning", "box"): 2.0}
    result = evaluate(*hand_made(values, structure={"waves": waves}))
    # Sold in 2010: age 2 in 2012 (weight 1), 3 in 2013 (3/4), 4 in 2014 (1/2), 5 in 2015 (1/4).
    hazard = 6**3 + (2**3 - 1) + 0.75 * (3**3 - 2**3) + 0.5 * (4**3 - 3**3) + 0.25 * (5**3 - 4**3)
    left = result.detail["cohorts"]["box", "burner", 2010, 2016]
    assert left == pytest.approx(YEARLY * math.exp(-hazard / 15.0**3), rel=1e-12)


def test_a_wave_of_the_combustion_group_spares_electric_vehicles():
    waves = {"cleaning": {"full": (2012,)}}
    values = {("wave_multiplier", "cleaning", "box"): 2.0}
    result = evaluate(*hand_made(values, structure={"waves": waves}, sold=steady("volt")))
    left = result.detail["cohorts"]["box", "volt", 2010, 2016]
    assert left == pytest.approx(YEARLY * math.exp(-((6 / 15.0) ** 3)), rel=1e-12)


def test_a_programme_acts_like_a_wave():
    levers = {"programmes": {"bonus": {"full": (2025,), "multiplier": {"box": 3.0}}}}
    result = evaluate(*hand_made(levers=levers))
    hazard = 15**3 + 2.0 * (15**3 - 14**3)
    left = result.detail["cohorts"]["box", "burner", 2010, 2025]
    assert left == pytest.approx(YEARLY * math.exp(-hazard / 15.0**3), rel=1e-12)


def test_the_count_gives_back_the_scale():
    counted = (YEARLY * STEADY_YEARS + 500.0) / 1.1
    # count x error: (counted - out of scope) x 1.1 is the steady stock.
    official = {(LAST,): counted - 500.0 / 1.1 + 70.0}
    values = {("count_error",): 1.1, ("count_out_of_scope",): 70.0}
    outputs = outputs_of(
        values,
        structure={"count": {"table": "headcount", "closes": "box"}},
        tables={"headcount": ((), official)},
    )
    # The steady stock is stated to 11 decimals, which leaves 1e-11 in the scale.
    assert outputs["survival_scale"][0] == pytest.approx(15.0, rel=1e-11)


def test_a_count_above_all_vehicles_ever_sold_is_unreachable():
    result = evaluate(
        *hand_made(
            structure={"count": {"table": "headcount", "closes": "box"}},
            tables={"headcount": ((), {(LAST,): 61.0 * YEARLY})},
        )
    )
    assert result.status == "COUNT_UNREACHABLE"


def test_a_failed_draw_holds_nan_alone():
    result = evaluate(
        *hand_made(
            structure={"count": {"table": "headcount", "closes": "box"}},
            tables={"headcount": ((), {(LAST,): -1.0})},
        )
    )
    assert all(np.isnan(values).all() for values in result.outputs.values())


def test_stock_gap_is_the_model_minus_the_count_in_scope():
    inputs, row = hand_made(
        {("count_error",): 1.1, ("count_out_of_scope",): 70.0},
        structure={"count": {"table": "headcount", "closes": "box"}},
        tables={"headcount": ((), {(LAST,): 12e3})},
    )
    # The closed stock is 1.1 times the count in scope.
    expected = 0.1 * (12e3 - 70.0) / 1e6
    assert evaluate(inputs, row).outputs["stock_gap"][NOW] == pytest.approx(expected, rel=1e-9)


def test_a_first_stock_is_given_back():
    tables = {
        "initial_stock": (("vehicle_class", "powertrain"), {("box", "burner", 2005): 12_345.0})
    }
    values = {("profile_growth", "box"): 0.02}
    result = evaluate(*hand_made(values, structure={"initial_stock": 2005}, tables=tables))
    left = {a: result.detail["cohorts"]["box", "burner", 2005 - a, 2010] for a in (0, 4)}
    # Five years on, each vintage has survived from its share of the stock.
    weight = {a: math.exp(-((a / 15.0) ** 3)) * 1.02**-a for a in range(56)}
    by_hand = {
        a: 12_345.0 * weight[a] / sum(weight.values()) * math.exp((a**3 - (a + 5) ** 3) / 15.0**3)
        for a in left
    }
    assert left == pytest.approx(by_hand, rel=1e-12)


def test_an_observed_age_profile_shares_the_first_stock():
    tables = {
        "initial_stock": (("vehicle_class", "powertrain"), {("box", "burner", 2005): 1000.0}),
        "age_profile": (
            ("vehicle_class", "age"),
            {("box", "0", 2005): 1.0, ("box", "2", 2005): 3.0},
        ),
    }
    structure = {"initial_stock": 2005, "age_profile": "observed"}
    sold = evaluate(*hand_made(structure=structure, tables=tables)).detail["sold"]
    by_hand = 750.0 * math.exp((2 / 15.0) ** 3)
    assert sold["box", "burner", 2003] == pytest.approx(by_hand, rel=1e-12)


def test_a_first_stock_of_an_impossible_age_is_not_finite():
    tables = {
        "initial_stock": (("vehicle_class", "powertrain"), {("box", "burner", 2005): 1000.0}),
        "age_profile": (("vehicle_class", "age"), {("box", str(a), 2005): 1.0 for a in (0, 55)}),
    }
    structure = {"initial_stock": 2005, "age_profile": "observed"}
    # The hazard of age 55 is (55 / 6)^3 = 770: exp(-770) is 0 in float64, exp(-697) is not.
    for scale, status in ((6.0, "NOT_FINITE"), (6.2, "OK")):
        values = {("survival_scale", "box"): scale}
        assert evaluate(*hand_made(values, structure=structure, tables=tables)).status == status


def test_a_split_keeps_the_total():
    box = STRUCTURE["vehicle_classes"]["box"]
    structure = {
        "vehicle_classes": {"box": box, "case": box},
        "splits": ({"vehicle_classes": ("box", "case"), "closes": "case", "years": (2015,)},),
    }
    sold = {**steady(), **{("case", p, y): 3.0 * n for (_, p, y), n in steady().items()}}
    values = {("class_split", "box"): 1.2}
    for quantity in ("survival_shape", "survival_scale", "per_head_drift", "distance_level"):
        values[quantity, "case"] = {"survival_shape": 3.0, "per_head_drift": 0.0}.get(
            quantity, 15.0
        )
    values["branch_share", "clean", "case"] = (Knots((HORIZON,), always=0.0), (0.0,))
    values["energy_new", "case", "burner"] = 2.0
    outputs = outputs_of(values, structure=structure, sold=sold)
    given = outputs["sales"][:, 2015 - FIRST_OUTPUT] * 1e6
    assert given == pytest.approx([1200.0, 2800.0], rel=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_every_vehicle_sold_is_in_use_or_scrapped(seed):
    inputs = random_region(seed)
    outputs = evaluate(inputs, random_rows(inputs, np.random.default_rng(seed), 1)[0]).outputs
    retained = (
        np.diff(outputs["stock"], axis=1) - outputs["sales"][:, 1:] + outputs["scrapped"][:, 1:]
    )
    assert np.abs(retained / outputs["stock"][:, 1:]).max() < 1e-12


# Demand ---------------------------------------------------------------------------------------


def test_a_clipped_year_sells_nothing():
    outputs = outputs_of({("per_head_drift", "box"): -0.4})
    assert (outputs["sales"][0] == 0.0).sum() == outputs["clipped_years"] > 0


def test_growth_moves_from_the_trend_to_the_law():
    stock = outputs_of({("per_head_drift", "box"): 0.05})["stock"][0] * 1e6
    # Trend 0; a fifth of the law is added each year from the second on, all of it in the sixth.
    factors = [stock[NOW + j] / stock[NOW + j - 1] - 1.0 for j in range(1, 9)]
    by_hand = [0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.05, 0.05]
    assert factors == pytest.approx(by_hand, abs=1e-12)


def with_ownership(form, saturation=0.05, growth=0.04):
    """Evaluate the hand-made class with the driver ``ownership``: stock by output year."""
    box = {**STRUCTURE["vehicle_classes"]["box"], "driver": "ownership"}
    values = {
        ("ownership_saturation", "box"): saturation,
        ("ownership_growth", "box"): growth,
        ("ownership_form", "box"): form,
    }
    return evaluate(*hand_made(values, structure={"vehicle_classes": {"box": box}}))


def test_logistic_ownership_follows_its_formula():
    outputs = with_ownership(0.0).outputs
    own = STEADY_YEARS / 1000.0
    speed = 0.04 / (1.0 - own / 0.05)
    by_hand = 0.05 / (1.0 + (0.05 / own - 1.0) * math.exp(-10.0 * speed))
    # The steady stock is stated to 11 decimals.
    assert outputs["stock"][0, NOW + 10] == pytest.approx(by_hand, rel=1e-11)


def test_gompertz_ownership_follows_its_formula():
    outputs = with_ownership(1.0).outputs
    own = STEADY_YEARS / 1000.0
    speed = 0.04 / math.log(0.05 / own)
    by_hand = 0.05 * math.exp(math.log(own / 0.05) * math.exp(-10.0 * speed))
    # The steady stock is stated to 11 decimals.
    assert outputs["stock"][0, NOW + 10] == pytest.approx(by_hand, rel=1e-11)


def test_ownership_above_saturation_is_named():
    assert with_ownership(0.0, saturation=0.013).status == "OWNERSHIP_ABOVE_SATURATION"


def test_population_moves_toward_the_high_variant():
    people = {
        (variant, year): 1e6 * (1.0 + tilt * (year - LAST))
        for variant, tilt in (("low", -0.01), ("medium", 0.0), ("high", 0.02))
        for year in (LAST, HORIZON)
    }
    result = evaluate(
        *hand_made({("population_position",): 0.5}, tables={"population": (("variant",), people)})
    )
    assert result.detail["population"][2030] == pytest.approx(1.1e6, rel=1e-12)


def test_a_knot_at_the_last_observed_year_moves_the_path_and_not_the_past():
    slot = ("branch_share", "clean", "box")
    moved = outputs_of({slot: (Knots((LAST, HORIZON)), (0.4, 0.4))})["plug_in_sales_share"][0]
    counted = outputs_of({slot: (Knots((HORIZON,)), (0.4,))})["plug_in_sales_share"][0]
    future = LAST - FIRST_OUTPUT + 1
    np.testing.assert_array_equal(moved[:future], counted[:future])
    assert moved[future:] == pytest.approx(0.4, rel=1e-12)
    assert counted[future] < 0.1


def test_activity_follows_work_load_and_distance():
    box = {**STRUCTURE["vehicle_classes"]["box"], "driver": "activity"}
    flat, line = Knots((HORIZON,)), Knots((HORIZON,), anchors=((LAST, 0.0),))
    values = {
        ("activity_elasticity", "box"): (flat, (0.5,)),
        ("economic_growth",): (flat, (0.04,)),
        ("modal_shift", "box"): (line, (0.3,)),
        ("load_index", "box"): (Knots((HORIZON,), anchors=((LAST, 1.0),)), (1.6,)),
        ("distance_trend", "box"): 0.01,
    }
    stock = outputs_of(values, structure={"vehicle_classes": {"box": box}})["stock"][0]
    # From 2039 to 2040: shift 0.19 to 0.20, load 1.38 to 1.40.
    by_hand = 1.02 * (0.80 / 0.81) * (1.38 / 1.40) / 1.01
    assert stock[2040 - FIRST_OUTPUT] / stock[2039 - FIRST_OUTPUT] == pytest.approx(
        by_hand, rel=1e-12
    )
