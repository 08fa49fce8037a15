"""The good region: what a folder becomes, and what moves its digest."""

import time
from dataclasses import replace

import numpy as np
import pytest

from mc_engine.problem.digest import digest
from mc_engine.problem.loader import load, region_header, scenario_names
from mc_engine.vocabulary.inputs import Knots
from tests.problem.region import FILES, MODEL, PLACES, write_region

EXTRA = """\
cart_life:
  quantity: life
  for: {vehicle_class: [cart, wagon]}
  unit: yr
  meaning: Life
  kind: judgement
  centre: median
  distribution: {name: normal, mean: 14, sd: 1}
  sources: []
  reason: Judged.
"""
BIO = """\
bio:
  quantity: bio_share
  unit: "%"
  meaning: Share
  kind: judgement
  centre: none
  path:
    scale: linear
    knots: {2040: {name: constant, value: 100}, 2060: {name: constant, value: 100}}
  sources: []
  reason: Assumed.
"""


def loaded(base, **changes):
    indices = {key.replace("_yaml", ".yaml"): text for key, text in changes.items()}
    return load(
        write_region(base, {f"land/{index}": text for index, text in indices.items()}), MODEL
    )


@pytest.fixture
def good(tmp_path):
    return load(write_region(tmp_path), MODEL)


def test_factors_stand_in_order_of_declaration(good):
    names = [factor.name for factor in good.factors]
    assert names == ["cart_distance", "wagon_distance", "wheel_energy", "cart_share"]


def test_columns_are_factors_then_constants(good):
    assert [factor.column for factor in good.factors] == [0, 1, 2, 3]


def test_constants_are_priors_then_defaults_in_the_models_unit(good):
    assert good.constants == ((5, 0.01), (6, 0.0), (7, 0.0))


def test_width_counts_every_column(good):
    assert good.inputs.width == 8


def test_default_is_one_column_for_all_slots_of_a_quantity(good):
    slots = [good.inputs.slot("ownership_form", label) for label in ("cart", "wagon")]
    assert [(slot.column, slot.factor) for slot in slots] == [(6, None), (6, None)]


def test_default_of_a_path_stands_at_the_horizon(good):
    assert good.inputs.slot("bio_share").path == Knots((2060,), always=0.0)


def test_quantity_without_prior_and_default_has_no_slot(good):
    assert ("share", ("wagon",)) not in good.inputs.slots


def test_one_factor_feeds_many_slots(good):
    slots = [good.inputs.slot("energy_new", label) for label in ("cart", "wagon")]
    assert [slot.column for slot in slots] == [2, 2]


def test_path_slot_holds_a_column_per_knot_and_converted_anchors(good):
    slot = good.inputs.slot("share", "cart")
    assert (slot.count, slot.path) == (2, Knots((2030, 2035), ((2024, 0.51),), "logit"))


def test_path_is_one_factor_with_a_marginal_per_knot(good):
    factor = good.factors[3]
    assert (factor.is_path, factor.increasing, factor.knot_years) == (True, True, (2030, 2035))


def test_conversion_is_recorded_and_the_prior_keeps_its_unit(good):
    factor = good.factors[1]
    assert (factor.unit, factor.conversion, factor.marginals[0].shape) == (
        "1000 km/yr",
        1000.0,
        (20.0, 30.0),
    )


def test_conversions_are_noted(good):
    assert good.notes == (
        "wagon_distance: 1000 km/yr -> km/yr",
        "cart_share: % -> 1",
        "observed/stock.csv: million -> vehicles",
    )


def test_span_is_in_the_models_unit(good):
    # 5 % of the range from 20,000 to 30,000 km/yr is left out at either end.
    assert good.inputs.slot("distance_level", "wagon").span == pytest.approx((20500.0, 29500.0))


def test_implied_quantiles_are_kept_for_display(good):
    assert good.factors[1].implied[0] == pytest.approx((20.5, 25.0, 29.5))


def test_kinds_are_counted_over_uncertain_inputs(good):
    assert good.counts == {"observed": 1, "sourced": 1, "judgement": 2, "constant": 1}


def test_scenario_gives_shift_levers_and_settings(good):
    assert (
        good.factors[3].shift,
        good.inputs.levers.demand["cart"].multiplier,
        good.inputs.settings,
    ) == (0.5, 0.9, {"gwp": "100"})


def test_settings_of_the_caller_replace_those_of_the_scenario(tmp_path):
    problem = load(write_region(tmp_path), MODEL, settings={"gwp": "20"})
    assert problem.inputs.settings == {"gwp": "20"}


def test_table_is_handed_over_in_the_base_unit(good):
    table = good.inputs.table("stock")
    assert (table.unit, table.rows(vehicle_class="cart")) == (
        "vehicles",
        {2023: 1.5e6, 2024: 1.6e6},
    )


def test_text_like_a_formula_stays_text_in_a_note(good):
    assert good.inputs.table("stock").columns["note"][1] == "=counted"


def test_correlation_becomes_the_cholesky_factor_of_its_block(good):
    (members, rows), *_ = good.cholesky
    pearson = 2.0 * np.sin(np.pi * -0.6 / 6.0)
    assert members == (0, 2)
    # The same two operations in another order.
    np.testing.assert_allclose(rows, [[1, 0], [pearson, np.sqrt(1 - pearson**2)]], rtol=1e-14)


def test_files_are_kept_byte_for_byte(good):
    expected = {index.removeprefix("land/"): text.encode() for index, text in PLACES.items()}
    assert good.files == expected


def test_sources_of_the_region_come_before_the_shared_ones(tmp_path):
    own = FILES.sources.replace("A survey", "Another survey")
    problem = load(write_region(tmp_path, {"land/sources.yaml": own}), MODEL)
    assert problem.files["sources.yaml"] == own.encode()


def test_header_is_read_without_a_model(tmp_path):
    header = region_header(write_region(tmp_path))
    assert header == ({"en": "Testland", "zh": "试验地"}, "tiny", "plans")


def test_scenarios_are_listed_unread(tmp_path):
    folder = write_region(tmp_path, {"land/scenarios/a.yaml": "not: [yaml\n"})
    assert scenario_names(folder) == ("a", "plans")


def test_byte_order_mark_is_passed_over(tmp_path, good):
    marked = load(
        write_region(tmp_path / "b", {"land/use.yaml": b"\xef\xbb\xbf" + FILES.use.encode()}), MODEL
    )
    assert marked.digest == good.digest


def test_prior_of_an_appended_file_keeps_the_columns_of_the_others(tmp_path, good):
    more = loaded(tmp_path / "b", **{"wear_yaml": EXTRA})
    assert [(f.name, f.column) for f in more.factors] == [
        *((f.name, f.column) for f in good.factors),
        ("cart_life", 5),
    ]


def test_path_of_constant_ones_is_always_one(tmp_path):
    problem = loaded(tmp_path, **{"bio_yaml": BIO})
    assert problem.inputs.slot("bio_share").path == Knots((2040, 2060), always=1.0)


def test_path_of_constants_is_no_factor(tmp_path):
    problem = loaded(tmp_path, **{"bio_yaml": BIO})
    slot = problem.inputs.slot("bio_share")
    assert {column: value for column, value in problem.constants if column in (5, 6)} == {
        slot.column: 1.0,
        slot.column + 1: 1.0,
    }


def test_path_with_another_anchor_is_not_always_one(tmp_path):
    anchored = BIO.replace("    knots", "    anchors: {2024: 50}\n    knots")
    problem = loaded(tmp_path, **{"bio_yaml": anchored})
    assert problem.inputs.slot("bio_share").path == Knots((2040, 2060), ((2024, 0.5),))


def test_distribution_for_a_path_is_one_knot_at_the_horizon(tmp_path):
    flat = BIO[: BIO.index("  path")] + "  distribution: {name: uniform, low: 1, high: 9}\n"
    problem = loaded(tmp_path, **{"bio_yaml": flat + "  sources: []\n  reason: Assumed.\n"})
    assert problem.inputs.slot("bio_share").path == Knots((2060,))


def test_labels_may_be_years(tmp_path):
    region = FILES.region + "  odd_years: [2020]\n"
    prior = EXTRA.replace("quantity: life", "quantity: growth").replace("unit: yr", "unit: 1/yr")
    prior = prior.replace("[cart, wagon]", "[cart], odd_year: [2020]").replace("14", "0.1")
    problem = loaded(tmp_path, **{"region_yaml": region, "growth_yaml": prior})
    assert problem.inputs.slot("growth", "cart", "2020").factor == "cart_life"


def test_repair_is_noted_and_keeps_what_was_stated(tmp_path):
    pairs = [
        ("cart_distance", "wheel_energy", 0.9),
        ("wheel_energy", "cart_share", 0.9),
        ("cart_share", "cart_distance", -0.9),
    ]
    rows = "".join(
        f"  - {{between: [{a}, {b}], spearman: {r}, kind: judgement, sources: [], reason: Joint}}\n"
        for a, b, r in pairs
    )
    problem = loaded(tmp_path, **{"correlations_yaml": f"correlations:\n{rows}repair: nearest\n"})
    assert problem.notes[-1].startswith(
        "correlations repaired (nearest correlation matrix): cart_distance - wheel_energy 0.900 -> "
    )
    assert [pair.stated for pair in problem.correlations] == [0.9, 0.9, -0.9]


SAME = {
    "comment": FILES.use.replace("unit: km/yr", "unit: km/yr  # per year"),
    "order of keys": FILES.use.replace(
        "  unit: MJ/km\n  meaning: Energy per distance\n",
        "  meaning: Energy per distance\n  unit: MJ/km\n",
    ),
    "meaning and reason": FILES.use.replace("Measured.", "Weighed.").replace("per wagon", "of one"),
    "spelling of a number": FILES.use.replace("p5: 7500,", "p5: 7.5e3,"),
}
MOVED = {
    "number": FILES.use.replace("p5: 7500,", "p5: 7501,"),
    "kind": FILES.use.replace("kind: observed\n  centre: mean", "kind: sourced\n  centre: mean"),
    "name": FILES.use.replace("wagon_distance:", "waggon_distance:"),
    "constant": FILES.use.replace("value: 0.01", "value: 0.02"),
    "anchor": FILES.use.replace("51.0", "52.0"),
}


@pytest.mark.parametrize("change", SAME)
def test_digest_is_stable_under(change, tmp_path, good):
    assert SAME[change] != FILES.use
    assert loaded(tmp_path / "b", **{"use_yaml": SAME[change]}).digest == good.digest


@pytest.mark.parametrize("change", MOVED)
def test_digest_changes_with(change, tmp_path, good):
    assert loaded(tmp_path / "b", **{"use_yaml": MOVED[change]}).digest != good.digest


@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        ("land/correlations.yaml", "-0.6", "-0.5"),
        ("land/targets.yaml", "year: 2030", "year: 2031"),
        ("land/scenarios/plans.yaml", "start: 2026", "start: 2027"),
        ("land/scenarios/plans.yaml", 'gwp: "100"', 'gwp: "20"'),
        ("land/scenarios/plans.yaml", "cart_share: 0.5", "cart_share: 0.25"),
        ("land/observed/stock.csv", "1.6,", "1.7,"),
        ("land/region.yaml", "horizon: 2060", "horizon: 2061"),
    ],
)
def test_digest_covers_every_file_that_moves_numbers(place, old, new, tmp_path, good):
    changed = PLACES[place].replace(old, new)
    assert load(write_region(tmp_path / "b", {place: changed}), MODEL).digest != good.digest


def test_digest_does_not_depend_on_fits(good):
    bent = replace(good.factors[0], marginals=good.factors[3].marginals[:1])
    assert digest(replace(good, factors=(bent, *good.factors[1:]))) == good.digest


def test_three_hundred_priors_load_in_seconds(tmp_path):
    structure = FILES.region.replace(
        "[cart, wagon]", f"[cart, wagon, {', '.join(f'kind_{k}' for k in range(300))}]"
    )
    many = "".join(
        EXTRA.replace("cart_life", f"life_{k}").replace("[cart, wagon]", f"[kind_{k}]")
        for k in range(300)
    )
    folder = write_region(tmp_path, {"land/region.yaml": structure, "land/life.yaml": many})
    start = time.perf_counter()
    problem = load(folder, MODEL)
    elapsed = time.perf_counter() - start
    assert len(problem.factors) == 304
    # About one second on an idle core; the limit leaves room for a busy one.
    assert elapsed < 8.0
