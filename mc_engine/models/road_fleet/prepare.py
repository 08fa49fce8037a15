"""From a region's tables and slots to the static arrays of the kernel; done once per run."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from mc_engine.curves import PathSpec, path_table
from mc_engine.errors import ModelError, preview
from mc_engine.models.road_fleet.assemble import NONE, Assembler, span
from mc_engine.models.road_fleet.demand import ACTIVITY, OWNERSHIP, PER_HEAD
from mc_engine.models.road_fleet.prepare_energy import (
    adoption_static,
    energy_static,
    first_vintages,
    supply_static,
)
from mc_engine.models.road_fleet.prepare_turnover import check_ages, turnover_static
from mc_engine.models.road_fleet.static import (
    BalanceStatic,
    Calendar,
    DemandStatic,
    Floats,
    Static,
    UseStatic,
)
from mc_engine.schema.inputs import ModelInputs

DRIVERS = {"ownership": OWNERSHIP, "per_head": PER_HEAD, "activity": ACTIVITY}


def prepare(inputs: ModelInputs) -> Static:
    """Build the static arrays of a region.

    Raises
    ------
    ModelError
        When priors or tables that the structure asks for are missing, or do not fit together.
    """
    build = Assembler(inputs)
    turnover = turnover_static(build)
    first = first_vintages(build, turnover.history, turnover.initial_stock)
    static = Static(
        calendar=_calendar(build),
        paths=path_table([], build.years),
        demand=_demand(build),
        turnover=turnover,
        adoption=adoption_static(build, turnover.history),
        use=_use(build, first < build.years.size),
        energy=energy_static(build, first),
        supply=supply_static(build),
        balance=_balance(build),
    )
    if build.missing:
        names = sorted(set(build.missing))
        raise ModelError(
            f"{inputs.region}: {len(names)} inputs have no prior: {preview(names, 12)}; "
            "add priors whose 'quantity' and 'for' cover them"
        )
    check_ages(build)
    return static._replace(paths=path_table(build.paths, build.years))


def _calendar(build: Assembler) -> Calendar:
    years = build.structure.years
    return Calendar(
        y0=build.at(years.first_output),
        yo=build.at(years.last_observed),
        base=build.at(years.distance_base),
        horizon=build.at(years.horizon),
    )


def _demand(build: Assembler) -> DemandStatic:
    structure, classes = build.structure, build.classes
    specs = list(structure.vehicle_classes.values())
    drivers = np.array([DRIVERS[spec.driver] for spec in specs], dtype=np.int64)
    includes = np.zeros((len(classes), len(classes)), dtype=np.int64)
    for place, spec in enumerate(specs):
        for label in spec.ownership_includes:
            includes[place, classes.index(label)] = 1
    owned = [build.column("ownership_" + part, name) if driver == OWNERSHIP else NONE
             for part in ("saturation", "growth", "form")
             for name, driver in zip(classes, drivers, strict=True)]  # fmt: skip
    saturation, growth, form = np.array(owned, dtype=np.int64).reshape(3, -1)
    active = drivers == ACTIVITY
    return DemandStatic(
        driver=drivers,
        includes=includes,
        population=_population(build),
        position=build.column("population_position"),
        saturation=saturation,
        growth=growth,
        form=form,
        drift=np.array(
            [
                build.column("per_head_drift", name) if driver == PER_HEAD else NONE
                for name, driver in zip(classes, drivers, strict=True)
            ],
            dtype=np.int64,
        ),
        economy=build.path("economic_growth") if active.any() else _flat_path(build),
        elasticity=build.class_paths("activity_elasticity", active),
        shift=build.class_paths("modal_shift", active),
        load=build.class_paths("load_index", active),
    )


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
        people[place, build.at(wanted[0]) :] = curve(wanted)
    return people


def _use(build: Assembler, active: NDArray[np.bool_]) -> UseStatic:
    structure, classes = build.structure, build.classes
    log_index = np.zeros((len(classes), build.years.size))
    if "distance_index" in build.inputs.tables:
        for c, name in enumerate(classes):
            for year, value in build.series("distance_index", vehicle_class=name).items():
                if build.first <= year < structure.years.distance_base:
                    log_index[c, build.at(year)] = math.log(value)
    lever = np.ones((len(classes), build.years.size))
    for name, demand in build.levers.demand.items():
        c = build.class_place(name, "levers.demand")
        if not structure.vehicle_classes[name].passenger or demand.full <= demand.start:
            raise ModelError(
                f"{build.inputs.region}: levers.demand.{name}: expected a passenger class and "
                f"'full' after 'start'; found full {demand.full}, start {demand.start}"
            )
        phased = np.clip((build.years - demand.start) / (demand.full - demand.start), 0.0, 1.0)
        lever[c] = 1.0 + (demand.multiplier - 1.0) * phased
    electric = np.full((len(classes), len(build.powertrains)), NONE, dtype=np.int64)
    for p, (powertrain, spec) in enumerate(structure.powertrains.items()):
        if spec.two_carriers:
            for c, name in enumerate(classes):
                if active[c, p]:
                    electric[c, p] = build.path("electric_share", name, powertrain)
    events = [str(year) for year in structure.activity_years]
    activity = [[build.column("activity_factor", name, e) for e in events] for name in classes]
    return UseStatic(
        level=build.columns("distance_level", classes),
        trend=build.columns("distance_trend", classes),
        power=build.columns("distance_history_power", classes),
        log_index=log_index,
        activity=np.array(activity, dtype=np.int64).reshape(len(classes), len(events)),
        activity_year=np.array([build.at(y) for y in structure.activity_years], dtype=np.int64),
        lever=lever,
        age_decline=build.columns("distance_age_decline", classes),
        use_ratio=build.pairs("use_ratio"),
        electric_share=electric,
    )


def _balance(build: Assembler) -> BalanceStatic:
    years, timing = build.structure.years, build.structure.removals
    start = build.levers.removals_start or timing.start
    if not (years.first_output <= timing.base_year and start < years.horizon):
        raise ModelError(
            f"{build.inputs.region}: removals: base_year {timing.base_year} and start {start}; "
            f"expected them from {years.first_output} to before {years.horizon}"
        )
    return BalanceStatic(
        removal_share=build.column("removal_share"),
        base=build.at(timing.base_year),
        start=build.at(start),
    )
