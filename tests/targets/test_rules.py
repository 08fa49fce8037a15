"""What a target may say, what is refused, and where the message points."""

from typing import get_args

import pytest
from pydantic import ValidationError

from mc_engine.targets import check_fit, check_references, describe, margin_units, parse
from mc_engine.targets.rules import Scope
from mc_engine.vocabulary.axes import SCOPES
from mc_engine.vocabulary.outputs import VariableSpec
from tests.targets.examples import COMMON, RULES, all_targets, target


def refused(name, changes):
    with pytest.raises(ValidationError) as caught:
        parse(name, COMMON | RULES[name] | changes)
    return [(".".join(map(str, e["loc"])), e["msg"]) for e in caught.value.errors()]


@pytest.mark.parametrize(
    ("name", "changes", "where"),
    [
        ("peak", {"year": 2030.0}, "peak_before.year"),
        ("peak", {"year": True}, "peak_before.year"),
        ("peak", {"year": "2030"}, "peak_before.year"),
        ("peak", {"scope": "net"}, "peak_before.scope"),
        ("peak", {"extra": 1}, "peak_before.extra"),
        ("peak", {"name": "other"}, "name"),
        ("peak", {"rule": "unknown"}, ""),
        ("peak", {"status": "rumour"}, "peak_before.status"),
        ("cap_mt", {"at_most": {}}, "cap.at_most"),
        ("cap_mt", {"at_most": {"mt": 1.0, "share_of_peak": 0.5}}, "cap.at_most"),
        ("cap_mt", {"at_most": {"mt": float("inf")}}, "cap.at_most.mt"),
        ("cap_mt", {"at_most": {"mt": -1.0}}, "cap.at_most.mt"),
        ("zero_mt", {"tolerance": {"share_of_peak": 5}}, "net_zero_by.tolerance.share_of_peak"),
        ("budget", {"first": 2061}, "budget"),
        ("low", {"at_least": 1.0}, "threshold"),
        ("both", {"targets": []}, "all_of.targets"),
    ],
)
def test_a_wrong_target_is_refused_where_it_is_wrong(name, changes, where):
    assert [index for index, _ in refused(name, changes)] == [where]


def test_the_name_is_checked():
    with pytest.raises(ValidationError, match="should match pattern"):
        parse("Peak 2030", COMMON | RULES["peak"])


def test_a_target_knows_its_name():
    assert target("peak").name == "peak"


def test_a_target_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        target("peak").year = 2031


def test_the_scopes_of_targets_are_those_of_the_axes():
    assert get_args(Scope) == tuple(SCOPES)


def test_a_combination_of_unknown_targets_is_found():
    assert "unknown target 'cap_mt'" in check_references([target("both"), target("peak")])[0]


def test_a_cycle_of_combinations_is_found():
    one = parse("one", COMMON | {"rule": "all_of", "targets": ["two"]})
    two = parse("two", COMMON | {"rule": "any_of", "targets": ["one"]})
    assert "one > two > one" in check_references([one, two])[0]


def test_a_target_given_twice_is_found():
    assert "found 2 times" in check_references([target("peak"), target("peak")])[0]


SPECS = (
    VariableSpec("emissions", ("draw", "stage", "year"), "Mt CO2e/yr", "", "B-1"),
    VariableSpec("plug_in_sales_share", ("draw", "vehicle_class", "year"), "1", "", "A-1"),
    VariableSpec("y", ("draw",), "1", "", "K-0", yearly=False),
)
LABELS = {
    "year": range(2010, 2061),
    "stage": ("ttw", "wtt"),
    "vehicle_class": ("bus", "car"),
}


def test_targets_that_fit_have_no_problems():
    assert check_fit(all_targets(), SPECS, LABELS) == []


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("peak", {"year": 2070}, "year 2070; expected 2011 to 2060"),
        ("peak", {"year": 2010}, "year 2010; expected 2011 to 2060"),
        ("budget", {"first": 2000}, "year 2000; expected 2010 to 2060"),
        ("peak", {"scope": "life_cycle"}, "scope 'life_cycle'; expected one of ttw, wtw"),
        ("share", {"vehicle_class": "ship"}, "vehicle class 'ship'; expected one of bus, car"),
        ("low", {"output": "emissions"}, "scalar output 'emissions'; expected one of y"),
    ],
)
def test_a_target_that_does_not_fit_is_named(name, changes, message):
    (problem,) = check_fit([target(name, **changes)], SPECS, LABELS)
    assert message in problem


def test_a_combination_of_unequal_units_is_found():
    parts = [target("peak"), target("budget"), target("both", targets=["peak", "budget"])]
    assert "different units" in check_fit(parts, SPECS, LABELS)[0]


def test_margin_units_follow_the_rule():
    units = dict(zip(RULES, margin_units(all_targets(), {"y": "1"}), strict=True))
    assert (units["peak"], units["budget"], units["share"], units["both"]) == (
        "Mt CO2e/yr",
        "Gt CO2e",
        "1",
        "Mt CO2e/yr",
    )


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_a_sentence(name):
    assert len(describe(target(name)).split()) > 4
