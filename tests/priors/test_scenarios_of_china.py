"""China's scenarios decide only what its catalogue of levers knows, and nothing about the past."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from mc_engine.models.road_fleet import MODEL
from mc_engine.problem.loader import load

CHINA = Path(__file__).parents[2] / "priors" / "china"
SCENARIOS = sorted(path.stem for path in CHINA.glob("scenarios/*.yaml"))
LAST_OBSERVED = 2025
# Paths with an uncertain present that a shift moves: next to no hydrogen is used today.
PRESENT_MAY_MOVE = {"hydrogen_fossil_share", "hydrogen_renewable_part"}


def read(name: str) -> dict:
    return YAML(typ="safe").load((CHINA / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def levers() -> dict:
    return read("levers.yaml")["levers"]


def test_there_are_three_scenarios_and_stated_policies_is_the_default():
    assert SCENARIOS == ["accelerated", "roadmap", "stated_policies"]
    assert read("region.yaml")["default_scenario"] == "stated_policies"


def test_stated_policies_decide_nothing():
    stated = read("scenarios/stated_policies.yaml")
    assert stated["levers"] == {}
    assert not stated.get("shifts")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_pulls_levers_only(scenario):
    assert set(read(f"scenarios/{scenario}.yaml")) <= {
        "title", "status", "sources", "reason", "levers", "shifts"
    }  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_decision_has_a_lever_with_a_step(scenario, levers):
    result = read(f"scenarios/{scenario}.yaml")
    shifted = {name for lever in levers.values() for name in lever["step"].get("shifts", {})}
    assert set(result.get("shifts", {})) <= shifted
    parts = [lever["step"].get("levers", {}) for lever in levers.values()]
    assert set(result["levers"]) <= {kind for part in parts for kind in part}
    for kind in ("phase_out", "demand"):
        classes = {name for part in parts for name in part.get(kind, {})}
        assert set(result["levers"].get(kind, {})) <= classes


def test_a_shift_points_the_same_way_in_every_scenario_and_step(levers):
    steps = [lever["step"].get("shifts", {}) for lever in levers.values()]
    steps += [read(f"scenarios/{name}.yaml").get("shifts", {}) for name in SCENARIOS]
    directions: dict[str, set[bool]] = {}
    for shifts in steps:
        for name, size in shifts.items():
            directions.setdefault(name, set()).add(size > 0.0)
    assert all(len(signs) == 1 for signs in directions.values())


def test_the_accelerated_scenario_goes_at_least_as_far_as_the_roadmap():
    roadmap, fast = (read(f"scenarios/{name}.yaml") for name in ("roadmap", "accelerated"))
    for vehicle_class, ban in roadmap["levers"]["phase_out"].items():
        assert fast["levers"]["phase_out"][vehicle_class]["year"] <= ban["year"]
    assert fast["levers"]["removals_start"] <= roadmap["levers"]["removals_start"]
    for name in set(roadmap["shifts"]) - {"fuel_cell_part_heavier_trucks"}:
        assert abs(fast["shifts"][name]) >= abs(roadmap["shifts"][name])


def test_no_shift_moves_the_past(levers):
    files = [read(p.name) for p in CHINA.glob("*.yaml") if p.stem not in
             {"region", "correlations", "targets", "levers"}]  # fmt: skip
    priors = {name: prior for file in files for name, prior in file.items()}
    shifted = {name for lever in levers.values() for name in lever["step"].get("shifts", {})}
    for name in shifted - PRESENT_MAY_MOVE:
        for year, distribution in priors[name].get("path", {}).get("knots", {}).items():
            assert year > LAST_OBSERVED or distribution["name"] == "constant", name


@pytest.mark.parametrize("kind", ["lever", "scenario"])
def test_what_is_not_sourced_is_marked_as_ours(kind, levers):
    result = levers if kind == "lever" else {n: read(f"scenarios/{n}.yaml") for n in SCENARIOS}
    assert all(entry["sources"] or entry["status"] == "analyst" for entry in result.values())
    assert all(entry["title"]["zh"] and entry["reason"].strip() for entry in result.values())


@pytest.fixture(scope="module")
def stated():
    return load(CHINA, MODEL)


@pytest.mark.parametrize("scenario", ["roadmap", "accelerated"])
def test_every_scenario_takes_every_step_on_the_same_inputs(scenario, levers, stated):
    # Two dates for one decision are refused: the accelerated scenario has an earlier one already.
    levers = {n: x for n, x in levers.items() if scenario == "roadmap" or n != "earlier_removals"}
    other = load(CHINA, MODEL, scenario=scenario, steps=sorted(levers))
    names = [factor.name for factor in stated.factors]
    assert [factor.name for factor in other.factors] == names
    assert len(names) >= 90
    assert other.correlations == stated.correlations
    moved = {factor.name for factor in other.factors if factor.shift != 0.0}
    shifted = {name for lever in levers.values() for name in lever["step"].get("shifts", {})}
    assert moved == shifted


@pytest.mark.parametrize("place", [1, 2])
def test_every_option_of_a_setting_loads(place, stated):
    settings = read("region.yaml")["settings"]
    chosen = {name: [*s["options"]][min(place, len(s["options"]) - 1)]
              for name, s in settings.items()}  # fmt: skip
    other = load(CHINA, MODEL, settings=chosen)
    assert other.inputs.settings == chosen
    names = [{factor.name for factor in problem.factors} for problem in (stated, other)]
    assert names[0] != names[1]
