"""What a region's data cannot mean is refused before the first draw, each with its message."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mc_engine.errors import ModelError
from mc_engine.models.cohort_fleet import inputs as fleet_inputs
from mc_engine.models.road_fleet import assemble
from mc_engine.models.road_fleet.prepare import prepare
from mc_engine.models.road_fleet.structure import Levers, Structure
from mc_engine.vocabulary.inputs import Table
from tests.models.road_fleet.cases import random_region

# Seed 0: a count that closes 'sedan', a split that 'lorry' closes, 2001 to 2033, observed to 2024.
COUNTED = random_region(0)
# Seed 1: a first stock of 2013 before the output of 2015 begins.
STOCKED = random_region(1)


def with_structure(region, **changes):
    """Replace entries of the structure."""
    return replace(region, structure=Structure(**{**region.structure.model_dump(), **changes}))


def with_levers(region, **levers):
    """Replace all levers."""
    return replace(region, levers=Levers(**levers))


def with_classes(region, **changes):
    """Replace properties of vehicle classes."""
    classes = region.structure.model_dump()["vehicle_classes"]
    for name, change in changes.items():
        classes[name] = {**classes[name], **change}
    return with_structure(region, vehicle_classes=classes)


def without_slots(region, *keys):
    """Take priors away."""
    slots = {key: slot for key, slot in region.slots.items() if key not in keys}
    return replace(region, slots=slots)


def with_slot(region, key, **changes):
    """Change where and how one prior stands in the row."""
    slots = {**region.slots, key: replace(region.slots[key], **changes)}
    return replace(region, slots=slots)


def with_rows(region, name, keep=None, **columns):
    """Keep some rows of an observed table, or replace columns of it."""
    table = region.tables[name]
    rows = {key: values.copy() for key, values in table.columns.items()}
    rows |= columns
    if keep is not None:
        rows = {key: values[keep] for key, values in rows.items()}
    return replace(region, tables={**region.tables, name: Table(name, table.unit, rows)})


def years_of(region, name):
    return region.tables[name].columns["year"]


def registered(region, name, year):
    """Rows of the registrations of a class in a year."""
    columns = region.tables["registrations"].columns
    return (columns["vehicle_class"] == name) & (columns["year"] == year)


def renamed(region, column):
    """Give every label of a column of the registrations another name."""
    labels = np.full_like(region.tables["registrations"].columns[column], "sled")
    return with_rows(region, "registrations", **{column: labels})


def plain_path(region):
    """Take the path away from a prior that must be one."""
    return with_slot(region, ("branch_share", ("clean", "sedan")), path=None)


def with_mean_life(region, name):
    """Read the scale of a class as its mean life."""
    slot = region.slots["survival_scale", (name,)]
    fewer = without_slots(region, ("survival_scale", (name,)))
    return replace(fewer, slots={**fewer.slots, ("mean_life", (name,)): slot})


def demand(name="sedan", start=2026, full=2030):
    return {"demand": {name: {"multiplier": 0.9, "start": start, "full": full}}}


def phase_out(name="sedan", year=2032, ramp=5):
    return {"phase_out": {name: {"year": year, "ramp": ramp}}}


def programme(name):
    return {"programmes": {"bonus": {"full": (2025,), "multiplier": {name: 1.5}}}}


def removals(base_year=2021, start=2030):
    return {"removals": {"base_year": base_year, "start": start}}


UNKNOWN_CLASS = "unknown vehicle class 'sled'; expected one of sedan, shuttle, lorry, van"
LIVES = (
    "survival_scale and mean_life, expected {}; a class that closes the official count has "
    "neither, any other class exactly one"
)
CASES = {
    "a prior that must be a path": (
        lambda: plain_path(COUNTED),
        "made_up_0: branch_share of ('clean', 'sedan') must be a path",
    ),
    "a demand lever of an unknown class": (
        lambda: with_levers(COUNTED, **demand("sled")),
        f"made_up_0: levers.demand: {UNKNOWN_CLASS}",
    ),
    "a phase-out of an unknown class": (
        lambda: with_levers(COUNTED, **phase_out("sled")),
        f"made_up_0: levers.phase_out: {UNKNOWN_CLASS}",
    ),
    "a programme for an unknown class": (
        lambda: with_levers(COUNTED, **programme("sled")),
        f"made_up_0: levers.programmes: {UNKNOWN_CLASS}",
    ),
    "priors that are missing": (
        lambda: without_slots(COUNTED, ("survival_shape", ("van",)), ("population_position", ())),
        "made_up_0: 2 inputs have no prior: population_position(), survival_shape(van); add "
        "priors whose 'quantity' and 'for' cover them",
    ),
    "people who end before the horizon": (
        lambda: with_rows(COUNTED, "population", years_of(COUNTED, "population") <= 2030),
        "made_up_0: observed table 'population', variant 'low', covers 2019 to 2029; expected "
        "2024 to 2033",
    ),
    "people who begin after the last observed year": (
        lambda: with_rows(COUNTED, "population", years_of(COUNTED, "population") > 2024),
        "made_up_0: observed table 'population', variant 'low', covers 2029 to 2039; expected "
        "2024 to 2033",
    ),
    "a variant of people that is missing": (
        lambda: with_rows(
            COUNTED, "population", COUNTED.tables["population"].columns["variant"] != "high"
        ),
        "made_up_0: observed table 'population', variant 'high', covers nothing; expected 2024 "
        "to 2033",
    ),
    "a demand lever of a class of goods": (
        lambda: with_levers(COUNTED, **demand("lorry")),
        "made_up_0: levers.demand.lorry: expected a passenger class and 'full' after 'start'; "
        "found full 2030, start 2026",
    ),
    "a demand lever that ends as it starts": (
        lambda: with_levers(COUNTED, **demand(start=2030)),
        "made_up_0: levers.demand.sedan: expected a passenger class and 'full' after 'start'; "
        "found full 2030, start 2030",
    ),
    "removals relative to a year before the output": (
        lambda: with_structure(COUNTED, **removals(base_year=2020)),
        "made_up_0: removals: base_year 2020 and start 2030; expected base_year from 2021 to "
        "2033 and start before 2033",
    ),
    "removals relative to a year after the horizon": (
        lambda: with_structure(COUNTED, **removals(base_year=2034)),
        "made_up_0: removals: base_year 2034 and start 2030; expected base_year from 2021 to "
        "2033 and start before 2033",
    ),
    "removals that start at the horizon": (
        lambda: with_levers(COUNTED, removals_start=2033),
        "made_up_0: removals: base_year 2021 and start 2033; expected base_year from 2021 to "
        "2033 and start before 2033",
    ),
    "a phase-out that has begun": (
        lambda: with_levers(COUNTED, **phase_out(year=2028)),
        "made_up_0: levers.phase_out.sedan: the ramp begins in 2023; expected 2024 or later",
    ),
    "a horizon of warming that is not listed": (
        lambda: replace(COUNTED, settings={"gwp": "500"}),
        "made_up_0: setting gwp: found '500', expected one of 100, 20",
    ),
    "years of the grid that are missing": (
        lambda: with_rows(COUNTED, "grid_intensity", years_of(COUNTED, "grid_intensity") != 2021),
        "made_up_0: observed table 'grid_intensity' lacks 2021",
    ),
    "a grid that is counted after the horizon only": (
        lambda: with_rows(COUNTED, "grid_intensity", year=years_of(COUNTED, "grid_intensity") + 20),
        "made_up_0: observed table 'grid_intensity' covers 2039 to 2042; expected years from 2021, "
        "the first output year, to 2033 or before",
    ),
    "a split closed by a class that sold nothing": (
        lambda: with_rows(COUNTED, "registrations", ~registered(COUNTED, "lorry", 2014)),
        "made_up_0: splits: lorry closes a total in 2014 without registrations of its own; let "
        "another class close it",
    ),
    "registrations of an unknown class": (
        lambda: renamed(COUNTED, "vehicle_class"),
        "made_up_0: observed table 'registrations' has 'sled', 'spark', which the structure does "
        "not know",
    ),
    "registrations of an unknown powertrain": (
        lambda: renamed(COUNTED, "powertrain"),
        "made_up_0: observed table 'registrations' has 'sedan', 'sled', which the structure does "
        "not know",
    ),
    "no registrations in the last observed year": (
        lambda: with_rows(COUNTED, "registrations", ~registered(COUNTED, "van", 2024)),
        "made_up_0: observed table 'registrations' has nothing for van in 2024, the last observed "
        "year",
    ),
    "a class without a life": (
        lambda: without_slots(COUNTED, ("survival_scale", ("van",)), ("mean_life", ("van",))),
        f"made_up_0: van has 0 of {LIVES.format(1)}",
    ),
    "a class that closes the count with a life of its own": (
        lambda: replace(
            COUNTED,
            slots={**COUNTED.slots, ("mean_life", ("sedan",)): next(iter(COUNTED.slots.values()))},
        ),
        f"made_up_0: sedan has 1 of {LIVES.format(0)}",
    ),
    "a count that ends before the last observed year": (
        lambda: with_rows(COUNTED, "headcount", years_of(COUNTED, "headcount") < 2024),
        "made_up_0: observed table 'headcount' covers 2021 to 2023; expected a count in 2024, the "
        "last observed year",
    ),
    "a first stock after the output begins": (
        lambda: with_structure(STOCKED, initial_stock=2015),
        "made_up_1: initial_stock is of 2015; expected a year after first_vintage (1982) and "
        "before first_output (2015), and no count (its class has no own survival)",
    ),
    "an included class that closes the count": (
        lambda: with_structure(COUNTED, count={"table": "headcount", "closes": "shuttle"}),
        "made_up_0: sedan includes shuttle in its ownership, which must be carried first; a class "
        "that closes the count cannot be included in another's ownership",
    ),
    "a class cut off too young": (
        # Scale 15 x 1.2, delay 2.5: exp(-((12 - 2.5)/18)^2.5) = 0.817; 2.5 + 18 x 1.949 = 37.6.
        lambda: with_classes(COUNTED, van={"max_age": 12}),
        "made_up_0: van: max_age 12 leaves 81.7% of a cohort at the far corner of its survival; "
        "expected at most 0.5%: raise max_age to 38",
    ),
    "a class with a mean life cut off too young": (
        # Scale (15 - 2.5) / Gamma(1 + 1/2.5) x 1.2 = 16.91, delay 2.5:
        # exp(-((12 - 2.5)/16.91)^2.5) = 0.789; 2.5 + 16.91 x 1.949 = 35.4.
        lambda: with_classes(with_mean_life(COUNTED, "van"), van={"max_age": 12}),
        "made_up_0: van: max_age 12 leaves 78.9% of a cohort at the far corner of its survival; "
        "expected at most 0.5%: raise max_age to 36",
    ),
}


def message_of(region):
    with pytest.raises(ModelError) as caught:
        prepare(region)
    return str(caught.value)


@pytest.mark.parametrize("case", CASES)
def test_a_region_that_cannot_be_meant_earns_its_message(case):
    make, message = CASES[case]
    assert message_of(make()) == message


@pytest.mark.parametrize("region", [COUNTED, STOCKED])
def test_the_regions_as_they_are_can_be_prepared(region):
    static, _ = prepare(region)
    assert np.isfinite(static.registrations.sold).all()


def test_every_message_has_a_case():
    folder = Path(assemble.__file__).parent
    sources = [*folder.glob("prepare*.py"), folder / "assemble.py", Path(fleet_inputs.__file__)]
    raised = sum(path.read_text(encoding="utf-8").count("raise ModelError(") for path in sources)
    # Class names, people, levers, removals and lives are each refused in several ways.
    assert raised == 18
