"""Accounting settings: which option holds, which priors exist, and which draws stay the same."""

import numpy as np
import pytest

from mc_engine.design import plan
from mc_engine.design.sampling import sample
from mc_engine.errors import PriorError
from mc_engine.problem.loader import load
from mc_engine.problem.settings import choices, effective, exists, shared
from tests.problem.region import FILES, MODEL, write_region

POWER = """\
  power:
    title: {en: Power, zh: 电力}
    options: {average: {en: Average, zh: 平均}, marginal: {en: Marginal, zh: 边际}}
    sources: []
    reason: Two ways to count.
structure:
"""
LIFE = """\
{name}:
  quantity: life
  for: {{vehicle_class: [wagon]}}
  unit: yr
  meaning: Life
  kind: judgement
  centre: none
  distribution: {{name: uniform, low: {low}, high: 30}}
  when: {{power: {option}}}
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
  distribution: {name: uniform, low: 1, high: 9}
  when: {power: marginal, gwp: ["100", "20"]}
  sources: []
  reason: Judged.
"""
TIED = """\
correlations:
  - {between: [average_life, cart_distance], spearman: 0.5, kind: judgement, sources: [], reason: a}
  - {between: [cart_distance, wheel_energy], spearman: -0.6, kind: judgement, sources: [],
     reason: joint fuel balance}
"""
CHANGES = {
    "land/region.yaml": FILES.region.replace("structure:\n", POWER),
    # Before every other file, so that what is switched off comes first.
    "land/a.yaml": LIFE.format(name="average_life", low=10, option="average")
    + LIFE.format(name="marginal_life", low=12, option="[marginal]")
    + BIO,
}


@pytest.fixture
def folder(tmp_path):
    return write_region(tmp_path, CHANGES)


def names(problem):
    return {factor.name for factor in problem.factors}


def test_the_first_option_is_the_default(folder):
    assert load(folder, MODEL).inputs.settings == {"gwp": "100", "power": "average"}


def test_a_scenario_replaces_the_default(tmp_path):
    scenario = FILES.scenario.replace('gwp: "100"', 'gwp: "20"')
    folder = write_region(tmp_path, {**CHANGES, "land/scenarios/plans.yaml": scenario})
    assert load(folder, MODEL).inputs.settings["gwp"] == "20"


def test_the_caller_replaces_the_scenario(folder):
    assert load(folder, MODEL, settings={"gwp": "20"}).inputs.settings["gwp"] == "20"


@pytest.mark.parametrize(
    ("settings", "there"),
    [({}, {"average_life"}), ({"power": "marginal"}, {"marginal_life", "bio"})],
)
def test_a_prior_exists_under_its_settings_only(folder, settings, there):
    result = names(load(folder, MODEL, settings=settings))
    assert result & {"average_life", "marginal_life", "bio"} == there


def test_the_slot_is_fed_by_the_prior_that_exists(folder):
    slots = [
        load(folder, MODEL, settings={"power": power}).inputs.slot("life", "wagon").factor
        for power in ("average", "marginal")
    ]
    assert slots == ["average_life", "marginal_life"]


def test_a_default_fills_the_slot_of_a_prior_that_is_switched_off(folder):
    problem = load(folder, MODEL)
    slot = problem.inputs.slot("bio_share")
    assert (slot.factor, dict(problem.constants)[slot.column]) == (None, 0.0)


def test_a_prior_that_is_switched_off_is_not_counted(folder):
    assert load(folder, MODEL).counts["judgement"] == 3


def test_every_choice_has_its_own_digest(folder):
    result = {
        load(folder, MODEL, settings={"power": power, "gwp": gwp}).digest
        for power in ("average", "marginal")
        for gwp in ("100", "20")
    }
    assert len(result) == 4


def test_the_default_written_out_is_the_same_problem(folder):
    assert load(folder, MODEL, settings={"power": "average"}).digest == load(folder, MODEL).digest


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"gwq": "20"},
            "land: unknown setting; found 'gwq', expected one of gwp, power; did you mean 'gwp'?",
        ),
        (
            {"gwp": "50"},
            "land: unknown option of the setting gwp; found '50', expected one of 100, 20; "
            "choose one of these",
        ),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(folder, settings, message):
    with pytest.raises(PriorError) as caught:
        load(folder, MODEL, settings=settings)
    assert str(caught.value) == message


def test_a_prior_that_is_switched_off_is_checked_all_the_same(tmp_path):
    broken = CHANGES["land/a.yaml"].replace("low: 12, high: 30", "low: 12, high: 70")
    folder = write_region(tmp_path, {**CHANGES, "land/a.yaml": broken})
    with pytest.raises(PriorError, match=r"marginal_life\.distribution can leave the valid range"):
        load(folder, MODEL)


def test_a_shift_of_a_prior_that_is_switched_off_is_told(tmp_path):
    scenario = FILES.scenario.replace("cart_share: 0.5", "marginal_life: 0.5")
    folder = write_region(tmp_path, {**CHANGES, "land/scenarios/plans.yaml": scenario})
    assert load(folder, MODEL).warnings == (
        "scenario plans: the shift of marginal_life has no effect, as this prior exists under "
        "power: marginal only",
    )


def drawn(problem, design):
    made = plan.plan(problem, 3, design, draws=256, dimensions=problem.declared)
    factors = np.empty((256, len(problem.factors)))
    sample(made, 0, 256, factors, np.empty((256, problem.inputs.width)))
    return {factor.name: factors[:, k] for k, factor in enumerate(problem.factors)}


@pytest.mark.parametrize("design", ["random", "sobol"])
def test_what_exists_under_both_settings_is_drawn_the_same(tmp_path, design):
    # average_life is tied to two others, and declared before them.
    folder = write_region(tmp_path, {**CHANGES, "land/correlations.yaml": TIED})
    first, second = (
        drawn(load(folder, MODEL, settings={"power": power}), design)
        for power in ("average", "marginal")
    )
    common = set(first) & set(second)
    assert common == {"cart_distance", "wagon_distance", "wheel_energy", "cart_share"}
    assert {name for name in common if (first[name] != second[name]).any()} == set()


def test_a_correlation_with_a_prior_that_is_switched_off_leaves_with_it(tmp_path):
    folder = write_region(tmp_path, {**CHANGES, "land/correlations.yaml": TIED})
    pairs = load(folder, MODEL, settings={"power": "marginal"}).correlations
    assert [(pair.first, pair.second) for pair in pairs] == [("cart_distance", "wheel_energy")]


OFFERED = {"a": ("x", "y"), "b": ("u", "v", "w")}


def test_conditions_on_different_settings_hold_together():
    assert shared({"a": ("x",)}, {"b": ("u", "w")}) == {"a": ("x",), "b": ("u", "w")}


def test_conditions_on_different_options_exclude_each_other():
    assert shared({"a": ("x",), "b": ("u",)}, {"b": ("v", "w")}) is None


def test_choices_walk_through_the_named_settings_only():
    assert list(choices([{"b": ("u",)}], OFFERED)) == [{"b": "u"}, {"b": "v"}, {"b": "w"}]


def test_without_conditions_there_is_one_choice():
    assert list(choices([], OFFERED)) == [{}]


def test_two_conditions_meet_exactly_where_some_choice_has_both():
    several = [{}, {"a": ("x",)}, {"b": ("u", "v")}, {"a": ("y",), "b": ("w",)}, {"a": ("x", "y")}]
    for first in several:
        for second in several:
            meet = any(
                exists(first, choice) and exists(second, choice)
                for choice in choices([{"a": (), "b": ()}], OFFERED)
            )
            assert (shared(first, second) is not None) == meet


def test_later_layers_hold_against_earlier_ones():
    assert effective(OFFERED, {"a": "y", "b": "w"}, {"b": "v"}) == {"a": "y", "b": "v"}
