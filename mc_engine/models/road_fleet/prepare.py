"""From a region's tables and slots to the static arrays of the kernel; done once per run."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from mc_engine.errors import ModelError, preview
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet.assemble import Assembler, span
from mc_engine.models.road_fleet.demand import ACTIVITY, OWNERSHIP, PER_HEAD
from mc_engine.models.road_fleet.prepare_cycle import cycle_parts
from mc_engine.models.road_fleet.prepare_energy import (
    adoption_parts,
    energy_parts,
    first_vintages,
    supply_parts,
)
from mc_engine.models.road_fleet.prepare_turnover import check_ages, turnover_parts
from mc_engine.models.road_fleet.static import Floats, Ints, Static
from mc_engine.numerics.curves import PathSpec, PathTable, path_table
from mc_engine.vocabulary.inputs import ModelInputs

DRIVERS = {"ownership": OWNERSHIP, "per_head": PER_HEAD, "activity": ACTIVITY}
_DRIVER_COLUMNS: dict[str, tuple[tuple[int, str], ...]] = {
    "ownership": (
        (at.SATURATION, "ownership_saturation"),
        (at.GROWTH, "ownership_growth"),
        (at.FORM, "ownership_form"),
    ),
    "per_head": ((at.DRIFT, "per_head_drift"),),
    "activity": (),
}
_ACTIVITY_PATHS = (
    (at.ELASTICITY_PATH, "activity_elasticity"),
    (at.SHIFT_PATH, "modal_shift"),
    (at.LOAD_PATH, "load_index"),
)


def prepare(inputs: ModelInputs) -> tuple[Static, PathTable]:
    """Build the static arrays of a region.

    Raises
    ------
    ModelError
        When priors or tables that the structure asks for are missing, or do not fit together.
    """
    build = Assembler(inputs)
    _years(build)
    parts = turnover_parts(build)
    first = first_vintages(build, parts["history"], parts["initial_stock"])
    parts |= _demand(build)
    parts |= adoption_parts(build, parts["history"])
    parts |= _use(build, first < build.years.size)
    parts |= energy_parts(build, first)
    parts |= supply_parts(build)
    cycle_parts(build)
    _balance(build)
    if build.missing:
        names = sorted(set(build.missing))
        raise ModelError(
            f"{inputs.region}: {len(names)} inputs have no prior: {preview(names, 12)}; "
            "add priors whose 'quantity' and 'for' cover them"
        )
    check_ages(build)
    static = Static(
        number=build.number,
        column=build.column_of,
        constant=build.constant,
        by_class=build.by_class,
        by_pair=build.by_pair,
        by_carrier=build.by_carrier,
        by_year=build.by_year,
        class_year=build.class_year,
        **parts,
    )
    return static, path_table(build.paths, build.years)


def _years(build: Assembler) -> None:
    years = build.structure.years
    build.number[at.Y0] = build.position(years.first_output)
    build.number[at.YO] = build.position(years.last_observed)
    build.number[at.BASE_YEAR] = build.position(years.distance_base)
    build.number[at.HORIZON] = build.position(years.horizon)


def _demand(build: Assembler) -> dict[str, Ints]:
    """Fill the rows of equations D."""
    specs = build.structure.vehicle_classes
    includes = np.zeros((len(build.classes), len(build.classes)), dtype=np.int64)
    build.by_year[[at.LOW, at.MEDIUM, at.HIGH]] = _population(build)
    build.column_of[at.POPULATION_POSITION] = build.column("population_position")
    active = [spec.driver == "activity" for spec in specs.values()]
    build.number[at.ECONOMY_PATH] = (
        build.path("economic_growth") if any(active) else _flat_path(build)
    )
    for c, (name, spec) in enumerate(specs.items()):
        build.by_class[at.DRIVER, c] = DRIVERS[spec.driver]
        for label in spec.ownership_includes:
            includes[c, build.classes.index(label)] = 1
        for place, quantity in _DRIVER_COLUMNS[spec.driver]:
            build.by_class[place, c] = build.column(quantity, name)
        for place, quantity in _ACTIVITY_PATHS if active[c] else ():
            build.by_class[place, c] = build.path(quantity, name)
    return {"includes": includes}


def _flat_path(build: Assembler) -> int:
    """Register a path that is 0 throughout, where a region has no use for one."""
    build.paths.append(PathSpec([(build.first, 0.0)], [], always=0.0))
    return len(build.paths) - 1


def _population(build: Assembler) -> Floats:
    """Low, medium and high population of every year from ``yo`` on (D-1)."""
    years = build.structure.years
    wanted = np.arange(years.last_observed, years.horizon + 1)
    people = np.full((3, build.years.size), math.nan)
    for place, variant in enumerate(("low", "medium", "high")):
        known = build.series("population", variant=variant)
        if not known or min(known) > wanted[0] or max(known) < wanted[-1]:
            raise ModelError(
                f"{build.inputs.region}: observed table 'population', variant '{variant}', covers "
                f"{span(known)}; expected {wanted[0]} to {wanted[-1]}"
            )
        at = sorted(known)
        curve = PchipInterpolator(at, [known[year] for year in at])
        people[place, build.position(wanted[0]) :] = curve(wanted)
    return people


def _use(build: Assembler, active: NDArray[np.bool_]) -> dict[str, Ints]:
    """Fill the rows of equations U."""
    structure, classes = build.structure, build.classes
    if "distance_index" in build.inputs.tables:
        for c, name in enumerate(classes):
            for year, value in build.series("distance_index", vehicle_class=name).items():
                if build.first <= year < structure.years.distance_base:
                    build.class_year[at.LOG_INDEX, c, build.position(year)] = math.log(value)
    build.class_year[at.LEVER] = 1.0
    for name, demand in build.levers.demand.items():
        c = build.class_place(name, "levers.demand")
        if not structure.vehicle_classes[name].passenger or demand.full <= demand.start:
            raise ModelError(
                f"{build.inputs.region}: levers.demand.{name}: expected a passenger class and "
                f"'full' after 'start'; found full {demand.full}, start {demand.start}"
            )
        phased = np.clip((build.years - demand.start) / (demand.full - demand.start), 0.0, 1.0)
        build.class_year[at.LEVER, c] = 1.0 + (demand.multiplier - 1.0) * phased
    for p, (powertrain, spec) in enumerate(structure.powertrains.items()):
        if spec.two_carriers:
            for c, name in enumerate(classes):
                if active[c, p]:
                    build.by_pair[at.ELECTRIC_PATH, c, p] = build.path(
                        "electric_share", name, powertrain
                    )
    events = [str(year) for year in structure.activity_years]
    activity = [[build.column("activity_factor", name, e) for e in events] for name in classes]
    build.by_pair[at.USE_RATIO] = build.pairs("use_ratio")
    for place, quantity in (
        (at.LEVEL, "distance_level"),
        (at.TREND, "distance_trend"),
        (at.HISTORY_POWER, "distance_history_power"),
        (at.AGE_DECLINE, "distance_age_decline"),
    ):
        build.by_class[place] = build.columns(quantity, classes)
    return {
        "activity": np.array(activity, dtype=np.int64).reshape(len(classes), len(events)),
        "activity_year": np.array(
            [build.position(year) for year in structure.activity_years], dtype=np.int64
        ),
    }


def _balance(build: Assembler) -> None:
    years, timing = build.structure.years, build.structure.removals
    start = build.levers.removals_start or timing.start
    if not (years.first_output <= timing.base_year <= years.horizon and start < years.horizon):
        raise ModelError(
            f"{build.inputs.region}: removals: base_year {timing.base_year} and start {start}; "
            f"expected base_year from {years.first_output} to {years.horizon} and start before "
            f"{years.horizon}"
        )
    build.column_of[at.REMOVAL_SHARE] = build.column("removal_share")
    build.number[at.REMOVAL_BASE] = build.position(timing.base_year)
    build.number[at.REMOVAL_START] = build.position(start)
