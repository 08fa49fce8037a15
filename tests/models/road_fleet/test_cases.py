"""The synthetic regions cover what the comparison with the oracle is meant to cover."""

import numpy as np
import pytest

from mc_engine.models.road_fleet.quantities import QUANTITIES
from tests.models.road_fleet.cases import random_region, random_rows, with_value
from tests.reference.road_fleet import evaluate

REGIONS = [random_region(seed) for seed in range(8)]
ANCHORS = [(r.structure.count is not None, r.structure.initial_stock is not None) for r in REGIONS]
SLOTS = [slot for region in REGIONS for slot in region.slots.values()]
PATHS = [slot.path for slot in SLOTS if slot.path is not None and slot.factor is not None]
CLASSES = [c for region in REGIONS for c in region.structure.vehicle_classes.values()]

ROUTES = [
    [route.role for route in r.structure.hydrogen.routes.values()]
    for r in REGIONS
    if r.structure.hydrogen
]


def drawn(quantity):
    """Count the slots of a quantity that a prior feeds."""
    return sum(slot.quantity == quantity and slot.factor is not None for slot in SLOTS)


def spans(quantity):
    """Give the ranges from which a quantity is drawn."""
    return {slot.span for slot in SLOTS if slot.quantity == quantity}


def overlapping_waves(region):
    """Tell whether two waves of the data have a full year of one in the reach of the other."""
    reach = [
        {year + later for year in wave.full for later in range(4)}
        for wave in region.structure.waves.values()
    ]
    return any(a & b for i, a in enumerate(reach) for b in reach[:i])


FEATURES = {
    "every quantity": {q.name for q in QUANTITIES} == {s.quantity for s in SLOTS if s.factor},
    "a count": any(count for count, _ in ANCHORS),
    "a first stock": any(first for _, first in ANCHORS),
    "neither": (False, False) in ANCHORS,
    "an observed age profile": any("age_profile" in r.tables for r in REGIONS),
    "a grown age profile": any(
        r.structure.initial_stock and r.structure.age_profile == "growth" for r in REGIONS
    ),
    "a delay of survival": any(s.factor for s in SLOTS if s.quantity == "survival_delay"),
    "every driver": {c.driver for c in CLASSES} == {"ownership", "per_head", "activity"},
    "ownership that includes a class": any(c.ownership_includes for c in CLASSES),
    "several ownership classes": any(
        sum(c.driver == "ownership" for c in r.structure.vehicle_classes.values()) > 1
        for r in REGIONS
    ),
    "a class truncated early": any(c.max_age < 20 for c in CLASSES),
    "overlapping waves": any(map(overlapping_waves, REGIONS)),
    "no wave": any(not r.structure.waves for r in REGIONS),
    "a wave of all groups": any(
        wave.groups == "all" for r in REGIONS for wave in r.structure.waves.values()
    ),
    "a programme": any(r.levers.programmes for r in REGIONS),
    "no lever": any(not r.levers.phase_out for r in REGIONS),
    "a demand lever": any(r.levers.demand for r in REGIONS),
    "a start of removals": any(r.levers.removals_start for r in REGIONS),
    "a split": any(r.structure.splits for r in REGIONS),
    "carrier exceptions": any(r.structure.carrier_exceptions for r in REGIONS),
    "no hydrogen": any(r.structure.hydrogen is None for r in REGIONS),
    "one route of hydrogen": any(len(routes) == 1 for routes in ROUTES),
    "many routes of hydrogen": any(len(routes) > 2 for routes in ROUTES),
    "several routes from the grid": any(routes.count("grid") > 1 for routes in ROUTES),
    "hydrogen from the grid alone": ["grid"] in ROUTES,
    "hydrogen without the grid": ["made"] in ROUTES,
    "handled hydrogen": drawn("hydrogen_handling") > 1,
    "no share of power in making": {(0.0, 0.0)} < spans("making_power_share"),
    "all of making with power": (1.0, 1.0) in spans("battery_power_share"),
    "batteries made elsewhere": drawn("battery_import_share") > 1,
    "replaced batteries": drawn("battery_replacements") > 1,
    "fuel cells and tanks": drawn("fuel_cell_power") > 1 and drawn("tank_capacity") > 1,
    "credits": drawn("recycling_credit") > 1 and drawn("scrap_credit") > 1,
    "green power counted apart": drawn("grid_accounting") > 1,
    "both bases of the grid": {s.basis for s in SLOTS} == {None, "direct", "life_cycle"},
    "both boundaries": {s.boundary for s in SLOTS} == {None, "wall", "battery"},
    "every scale": {path.scale for path in PATHS} == {"linear", "log", "logit"},
    "one, two and many knots": {len(path.years) for path in PATHS} >= {1, 2, 5},
    "paths with anchors": any(path.anchors for path in PATHS),
    "paths that are always nothing": any(
        s.path and s.path.always == 0.0 for s in SLOTS if s.quantity == "branch_share"
    ),
    "paths that are always all": any(
        s.path and s.path.always == 1.0 for s in SLOTS if s.quantity == "branch_share"
    ),
    "a scale and a mean life": {"survival_scale", "mean_life"} <= {s.quantity for s in SLOTS},
    "one column for two slots": any(
        len({s.column for s in r.slots.values()}) < len(r.slots) for r in REGIONS
    ),
    "no energy prior for vehicles never sold": any(
        ("energy_new", (c, p)) not in r.slots
        for r in REGIONS
        for c in r.structure.vehicle_classes
        for p in r.structure.powertrains
    ),
    "type approval": all("type_approval" in r.tables for r in REGIONS),
    "every horizon of warming": {r.settings.get("gwp") for r in REGIONS} == {None, "100", "20"},
}


@pytest.mark.parametrize("feature", FEATURES)
def test_eight_regions_cover(feature):
    assert FEATURES[feature]


@pytest.mark.parametrize("seed", range(8))
def test_random_rows_can_be_evaluated(seed):
    rows = random_rows(REGIONS[seed], np.random.default_rng(seed), 3)
    assert {evaluate(REGIONS[seed], row).status for row in rows} == {"OK"}


def test_some_random_row_sells_nothing_in_some_year():
    rows = random_rows(REGIONS[6], np.random.default_rng(6), 6)
    assert any(evaluate(REGIONS[6], row).outputs["clipped_years"] > 0 for row in rows)


@pytest.mark.parametrize(
    ("seed", "value", "change", "status"),
    [
        (0, 3.0, ("count_error",), "COUNT_UNREACHABLE"),
        (0, 1e12, ("count_out_of_scope",), "COUNT_UNREACHABLE"),
        (4, 3.0, ("class_split", "shuttle"), "SPLIT_NEGATIVE"),
        (2, 1e-4, ("ownership_saturation", "sedan"), "OWNERSHIP_ABOVE_SATURATION"),
        (2, 0.6, ("bio_share", "gasoil"), "OK"),
        (2, 1.1, ("bio_share", "gasoil"), "FUEL_SHARES_ABOVE_ONE"),
        (2, np.nan, ("ttw_co2", "petrol"), "NOT_FINITE"),
    ],
)
def test_a_value_out_of_reach_gives_its_status(seed, value, change, status):
    row = random_rows(REGIONS[seed], np.random.default_rng(seed), 1)[0]
    assert evaluate(REGIONS[seed], with_value(REGIONS[seed], row, value, *change)).status == status
