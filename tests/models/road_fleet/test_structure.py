"""What the section ``hydrogen`` of a structure must say, and what is said where it does not."""

import copy

import pytest
from pydantic import ValidationError

from mc_engine.models.road_fleet import MODEL
from mc_engine.models.road_fleet.structure import Structure
from tests.models.road_fleet.layouts import HYDROGEN
from tests.reference.hand_made import STRUCTURE

H2_CARRIER = {"h2gas": {"title": "Hydrogen", "role": "hydrogen"}}
MADE = {"title": "Made", "role": "made"}


def structure_with(hydrogen, carriers=H2_CARRIER):
    """Build the hand-made structure with hydrogen added to it."""
    content = copy.deepcopy(STRUCTURE)
    content["carriers"] |= carriers
    return Structure(**content, hydrogen=hydrogen)


@pytest.mark.parametrize("hydrogen", HYDROGEN)
def test_routes_and_forks_are_axes(hydrogen):
    labels = MODEL.labels(structure_with(hydrogen))
    assert labels["route"] == tuple(hydrogen["routes"])
    assert labels["hydrogen_node"] == tuple(hydrogen.get("tree", {}))


def test_without_hydrogen_both_axes_are_empty():
    labels = MODEL.labels(Structure(**STRUCTURE))
    assert labels["route"] == labels["hydrogen_node"] == ()


def routes(*names):
    """Give routes that are made."""
    return dict.fromkeys(names, MADE)


@pytest.mark.parametrize(
    ("hydrogen", "message"),
    [
        (None, "carrier 'h2gas' has the role 'hydrogen', and the structure has no section"),
        ({"routes": {}}, "at least 1 item"),
        ({"routes": routes("one", "two")}, "hydrogen.tree: every route and every node"),
        (
            {"routes": routes("one"), "tree": {"fork": {"child": "one", "rest": "one"}}},
            "hydrogen.tree: every route and every node but the first stands exactly once",
        ),
        (
            {"routes": routes("one", "two"), "tree": {"fork": {"child": "one", "rest": "three"}}},
            "hydrogen.tree.fork: 'three' is neither a route nor a node",
        ),
        (
            {"routes": routes("one", "two"), "tree": {"one": {"child": "one", "rest": "two"}}},
            "hydrogen.tree: node 'one' is also a route",
        ),
        (
            {
                "routes": routes("one", "two", "three"),
                "tree": {
                    "later": {"child": "two", "rest": "three"},
                    "first": {"child": "one", "rest": "later"},
                },
            },
            "hydrogen.tree.first: node 'later' must come later",
        ),
        (
            {
                "routes": routes("one", "two"),
                "tree": {"fork": {"child": "one", "rest": "two", "phase_out": True}},
            },
            "Extra inputs are not permitted",
        ),
        ({"routes": {"one": {"title": "One", "role": "bought"}}}, "'made' or 'grid'"),
    ],
)
def test_hydrogen_that_does_not_hold_together_is_refused(hydrogen, message):
    with pytest.raises(ValidationError, match=message):
        structure_with(hydrogen)


def test_routes_that_nothing_uses_are_refused():
    with pytest.raises(ValidationError, match="no carrier has the role 'hydrogen'; remove"):
        structure_with({"routes": routes("one")}, carriers={})
