"""Levers: a catalogue of steps, and what comes of a step on top of a scenario."""

from collections.abc import Mapping

import pytest
from pydantic import BaseModel, ConfigDict

from mc_engine.errors import PriorError
from mc_engine.models.road_fleet.structure import DemandLever, PhaseOut
from mc_engine.problem.loader import load
from tests.problem.region import FILES, MODEL, TinyModel, write_region


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Ban(Strict):
    year: int

    def joined(self, other):
        return self if self.year <= other.year else other


class Limit(Strict):
    speed: int


class Levers(Strict):
    bans: Mapping[str, Ban] = {}
    limits: Mapping[str, Limit] = {}
    start: int | None = None


class Model(TinyModel):
    levers_schema = Levers


LEVER = """\
  {name}:
    title: {{en: A lever, zh: 措施}}
    status: analyst
    sources: []
    reason: One step is as large as the plans of others.
    step: {step}
"""
STEPS = {
    "ban_carts": "{levers: {bans: {cart: {year: 2035}}}}",
    "ban_carts_sooner": "{levers: {bans: {cart: {year: 2030}}}}",
    "ban_wagons": "{levers: {bans: {wagon: {year: 2040}}}}",
    "slow": "{levers: {limits: {cart: {speed: 10}}}}",
    "slower": "{levers: {limits: {cart: {speed: 5}}}}",
    "start": "{levers: {start: 2030}}",
    "start_late": "{levers: {start: 2040}}",
    "share": "{shifts: {cart_share: 0.5}}",
    "share_more": "{shifts: {cart_share: 1.25, cart_distance: -0.5}}",
    "share_most": "{shifts: {cart_share: 5}}",
    "far": "{shifts: {cart_distance: 4}}",
}
SCENARIO = FILES.scenario.replace(
    "levers: {demand: {cart: {multiplier: 0.9, start: 2026}}}",
    "levers: {bans: {cart: {year: 2033}}}",
)


@pytest.fixture
def folder(tmp_path):
    levers = "levers:\n" + "".join(LEVER.format(name=n, step=s) for n, s in STEPS.items())
    changes = {"land/levers.yaml": levers, "land/scenarios/plans.yaml": SCENARIO}
    return write_region(tmp_path, changes)


def with_steps(folder, *steps):
    return load(folder, Model(), steps=steps)


def test_the_problem_carries_the_catalogue(folder):
    assert list(with_steps(folder).catalogue) == list(STEPS)


def test_a_lever_says_what_it_is_and_what_a_step_is(folder):
    lever = with_steps(folder).catalogue["share_more"]
    assert (lever.title["zh"], lever.status, lever.levers, lever.shifts) == (
        "措施",
        "analyst",
        None,
        {"cart_share": 1.25, "cart_distance": -0.5},
    )


def test_a_region_without_the_file_has_no_levers(tmp_path):
    assert load(write_region(tmp_path), MODEL).catalogue == {}


def test_the_catalogue_changes_no_draw(folder, tmp_path):
    changes = {"land/scenarios/plans.yaml": SCENARIO}
    bare = load(write_region(tmp_path / "b", changes), Model())
    assert bare.digest == with_steps(folder).digest


def shifts(problem):
    return {factor.name: factor.shift for factor in problem.factors if factor.shift}


def test_shifts_of_steps_and_scenario_add_up(folder):
    result = shifts(with_steps(folder, "share", "share_more"))
    assert result == {"cart_share": 0.5 + 0.5 + 1.25, "cart_distance": -0.5}


@pytest.mark.parametrize(
    ("steps", "year"),
    [((), 2033), (("ban_carts",), 2033), (("ban_carts", "ban_carts_sooner"), 2030)],
)
def test_entries_that_can_be_joined_are(folder, steps, year):
    assert with_steps(folder, *steps).inputs.levers.bans["cart"].year == year


def test_entries_for_others_stand_side_by_side(folder):
    bans = with_steps(folder, "ban_wagons").inputs.levers.bans
    assert {name: ban.year for name, ban in bans.items()} == {"cart": 2033, "wagon": 2040}


def test_a_lever_that_the_scenario_leaves_out_is_set(folder):
    assert with_steps(folder, "start").inputs.levers.start == 2030


def test_steps_are_named_and_have_a_digest_of_their_own(folder):
    problem = with_steps(folder, "share")
    assert (problem.steps, problem.digest != with_steps(folder).digest) == (("share",), True)


def test_the_order_of_steps_changes_nothing(folder):
    names = ["ban_carts_sooner", "share", "share_more", "start"]
    assert with_steps(folder, *names).digest == with_steps(folder, *names[::-1]).digest


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            ["shares"],
            "land: unknown lever; found 'shares', expected one of ban_carts, ban_carts_sooner, "
            "ban_wagons, slow, slower, start, start_late, share, share_more, share_most, far; "
            "did you mean 'share'?",
        ),
        (
            ["share", "share"],
            "land: a lever is named twice; found 'share' again, expected one step of each lever; "
            "remove it",
        ),
        (
            ["slow", "slower"],
            "land: the step 'slower' cannot be combined with what holds already; found "
            "limits.cart speed 10 and speed 5, expected one of the two; leave the step out, or "
            "write a scenario that says what holds",
        ),
        (
            ["start", "start_late"],
            "land: the step 'start_late' cannot be combined with what holds already; found "
            "start 2030 and 2040, expected one of the two; leave the step out, or write a "
            "scenario that says what holds",
        ),
        (
            ["share_most"],
            "land: the shifts of cart_share add up too far; found 5.5, expected -5 to 5; leave a "
            "step out",
        ),
    ],
)
def test_what_cannot_be_combined_is_refused(folder, steps, message):
    with pytest.raises(PriorError) as caught:
        with_steps(folder, *steps)
    assert str(caught.value) == message


def test_a_lever_of_a_region_without_levers_is_refused(tmp_path):
    with pytest.raises(PriorError, match="expected none, there are no levers; add it to levers"):
        load(write_region(tmp_path), MODEL, steps=["share"])


def test_shifts_that_leave_the_range_together_are_refused(tmp_path):
    normal = FILES.use.replace(
        "distribution: {name: normal, mean: 2, sd: 0.1}",
        "distribution: {name: normal, mean: 2, sd: 0.27}",
    )
    steps = {"down": "{shifts: {wheel_energy: -2}}", "down_more": "{shifts: {wheel_energy: -2.5}}"}
    levers = "levers:\n" + "".join(LEVER.format(name=n, step=s) for n, s in steps.items())
    folder = write_region(tmp_path, {"land/use.yaml": normal, "land/levers.yaml": levers})
    load(folder, MODEL, steps=["down"])
    with pytest.raises(PriorError, match=r"land: shifted by -4\.5, wheel_energy can leave the"):
        load(folder, MODEL, steps=["down", "down_more"])


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ((2040, 5), (2035, 10), (2035, 10)),
        ((2035, 10), (2040, 5), (2035, 10)),
        ((2040, 5), (2040, 10), (2040, 10)),
    ],
)
def test_the_earlier_phase_out_holds(first, second, wanted):
    made = [PhaseOut(year=year, ramp=ramp) for year, ramp in (first, second)]
    result = made[0].joined(made[1])
    assert (result.year, result.ramp) == wanted


def test_multipliers_over_the_same_years_multiply():
    made = DemandLever(multiplier=0.5, start=2026, full=2035)
    assert made.joined(made) == DemandLever(multiplier=0.25, start=2026, full=2035)


def test_multipliers_over_other_years_cannot_be_joined():
    made = DemandLever(multiplier=0.5, start=2026, full=2035)
    assert made.joined(DemandLever(multiplier=0.5, start=2026, full=2040)) is None
