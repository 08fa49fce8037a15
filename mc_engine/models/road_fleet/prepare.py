"""From a region's tables and slots to the static arrays of the kernel; done once per run."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from mc_engine.errors import ModelError, preview
from mc_engine.models.road_fleet.assemble import Assembler, span
from mc_engine.models.road_fleet.demand import ACTIVITY, OWNERSHIP, PER_HEAD
from mc_engine.models.road_fleet.prepare_cycle import cycle
from mc_engine.models.road_fleet.prepare_energy import adoption, energy, first_vintages
from mc_engine.models.road_fleet.prepare_supply import fuels, grid, hydrogen
from mc_engine.models.road_fleet.prepare_turnover import (
    check_ages,
    closing_class,
    first_stock,
    official_count,
    order,
    registrations,
    survival,
    waves,
)
from mc_engine.models.road_fleet.static import (
    DEMAND_OF_CLASS,
    NONE,
    PAIR,
    POWERTRAIN,
    USE_OF_CLASS,
    Demand,
    Floats,
    Records,
    Removals,
    Static,
    Use,
    Years,
    records,
)
from mc_engine.numerics.curves import PathSpec, PathTable, path_table
from mc_engine.vocabulary.inputs import ModelInputs

DRIVERS = {"ownership": OWNERSHIP, "per_head": PER_HEAD, "activity": ACTIVITY}
_DRIVER_COLUMNS: dict[str, dict[str, str]] = {
    "ownership": {
        "saturation": "ownership_saturation",
        "growth": "ownership_growth",
        "form": "ownership_form",
    },
    "per_head": {"drift": "per_head_drift"},
    "activity": {},
}
_ACTIVITY_PATHS = {
    "elasticity": "activity_elasticity",
    "modal_shift": "modal_shift",
    "load_index": "load_index",
}


def prepare(inputs: ModelInputs) -> tuple[Static, PathTable]:
    """Build the static arrays of a region.

    Raises
    ------
    ModelError
        When priors or tables that the structure asks for are missing, or do not fit together.
    """
    build = Assembler(inputs)
    years = build.structure.years
    sold = registrations(build)
    closes = closing_class(build)
    evaluated = order(build, closes)
    survives = survival(build, closes)
    start = first_stock(build, survives.log_age.size)
    first = first_vintages(build, sold.sold, start.stock)
    pairs = records(PAIR, *first.shape)
    pairs["active"], pairs["first"] = first < build.years.size, first
    static = Static(
        years=Years(build.position(years.first_output), build.position(years.last_observed)),
        order=evaluated,
        powertrains=_powertrains(build),
        pairs=pairs,
        registrations=sold,
        survival=survives,
        waves=waves(build),
        official=official_count(build, closes, sold.sold),
        first_stock=start,
        demand=_demand(build),
        adoption=adoption(build, sold.sold),
        use=_use(build, pairs.active == 1),
        energy=energy(build, pairs.active),
        fuels=fuels(build),
        grid=grid(build),
        hydrogen=hydrogen(build),
        cycle=cycle(build),
        removals=_removals(build),
    )
    if build.missing:
        names = sorted(set(build.missing))
        raise ModelError(
            f"{inputs.region}: {len(names)} inputs have no prior: {preview(names, 12)}; "
            "add priors whose 'quantity' and 'for' cover them"
        )
    check_ages(build)
    return static, path_table(build.paths, build.years)


def _powertrains(build: Assembler) -> Records:
    specs = list(build.structure.powertrains.values())
    made = records(POWERTRAIN, len(specs))
    made["group"] = [spec.electric_life for spec in specs]
    made["plug_in"] = [spec.plug_in for spec in specs]
    made["two_carriers"] = [spec.two_carriers for spec in specs]
    return made


def _demand(build: Assembler) -> Demand:
    """Give the arrays of equations D."""
    specs = build.structure.vehicle_classes
    includes = np.zeros((len(build.classes), len(build.classes)), dtype=np.int64)
    population = _population(build)
    position = build.column("population_position")
    active = [spec.driver == "activity" for spec in specs.values()]
    economy = build.path("economic_growth") if any(active) else _flat_path(build)
    of_class = records(DEMAND_OF_CLASS, len(build.classes))
    for c, (name, spec) in enumerate(specs.items()):
        of_class["driver"][c] = DRIVERS[spec.driver]
        for label in spec.ownership_includes:
            includes[c, build.classes.index(label)] = 1
        for field, quantity in _DRIVER_COLUMNS[spec.driver].items():
            of_class[field][c] = build.column(quantity, name)
        for field, quantity in _ACTIVITY_PATHS.items() if active[c] else ():
            of_class[field][c] = build.path(quantity, name)
    return Demand(population, position, economy, of_class, includes)


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


def _use(build: Assembler, active: NDArray[np.bool_]) -> Use:
    """Give the arrays of equations U."""
    structure, classes = build.structure, build.classes
    share = np.full((len(classes), len(build.powertrains)), NONE, dtype=np.int64)
    for p, (powertrain, spec) in enumerate(structure.powertrains.items()):
        for c, name in enumerate(classes):
            if spec.two_carriers and active[c, p]:
                share[c, p] = build.path("electric_share", name, powertrain)
    events = [str(year) for year in structure.activity_years]
    activity = [[build.column("activity_factor", name, e) for e in events] for name in classes]
    return Use(
        base_year=build.position(structure.years.distance_base),
        electric_share=share,
        ratio=build.pairs("use_ratio"),
        of_class=build.class_columns(
            USE_OF_CLASS,
            {
                "level": "distance_level",
                "trend": "distance_trend",
                "history_power": "distance_history_power",
                "age_decline": "distance_age_decline",
            },
        ),
        log_index=_log_index(build),
        lever=_demand_lever(build),
        activity=np.array(activity, dtype=np.int64).reshape(len(classes), len(events)),
        activity_year=np.array(
            [build.position(year) for year in structure.activity_years], dtype=np.int64
        ),
    )


def _log_index(build: Assembler) -> Floats:
    """Logarithm of the observed index of distance before its base year, 0 elsewhere (U-1)."""
    logs = np.zeros((len(build.classes), build.years.size))
    if "distance_index" in build.inputs.tables:
        for c, name in enumerate(build.classes):
            for year, value in build.series("distance_index", vehicle_class=name).items():
                if build.first <= year < build.structure.years.distance_base:
                    logs[c, build.position(year)] = math.log(value)
    return logs


def _demand_lever(build: Assembler) -> Floats:
    """Factor of the demand lever by class and year (U-1)."""
    factors = np.ones((len(build.classes), build.years.size))
    for name, demand in build.levers.demand.items():
        c = build.class_position(name, "levers.demand")
        if not build.structure.vehicle_classes[name].passenger or demand.full <= demand.start:
            raise ModelError(
                f"{build.inputs.region}: levers.demand.{name}: expected a passenger class and "
                f"'full' after 'start'; found full {demand.full}, start {demand.start}"
            )
        phased = np.clip((build.years - demand.start) / (demand.full - demand.start), 0.0, 1.0)
        factors[c] = 1.0 + (demand.multiplier - 1.0) * phased
    return factors


def _removals(build: Assembler) -> Removals:
    years, timing = build.structure.years, build.structure.removals
    start = build.levers.removals_start or timing.start
    if not (years.first_output <= timing.base_year <= years.horizon and start < years.horizon):
        raise ModelError(
            f"{build.inputs.region}: removals: base_year {timing.base_year} and start {start}; "
            f"expected base_year from {years.first_output} to {years.horizon} and start before "
            f"{years.horizon}"
        )
    return Removals(
        build.column("removal_share"), build.position(timing.base_year), build.position(start)
    )
