"""From a region's tables and slots to the static arrays of the kernel; done once per run."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from mc_engine.errors import ModelError
from mc_engine.models.cohort_fleet.inputs import span
from mc_engine.models.cohort_fleet.layout import NONE, Floats, Records, records
from mc_engine.models.road_fleet.assemble import FleetReader
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
    PAIR,
    POWERTRAIN,
    USE_OF_CLASS,
    Demand,
    Removals,
    Static,
    Use,
    Years,
)
from mc_engine.numerics.curves import PathSpec, PathTable
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
    reader = FleetReader(inputs)
    years = reader.structure.years
    sold = registrations(reader)
    closes = closing_class(reader)
    in_order = order(reader, closes)
    survives = survival(reader, closes)
    start = first_stock(reader, survives.log_age.size)
    first = first_vintages(reader, sold.sold, start.stock)
    pairs = records(PAIR, *first.shape)
    pairs["active"], pairs["first"] = first < reader.years.size, first
    static = Static(
        years=Years(reader.position(years.first_output), reader.position(years.last_observed)),
        order=in_order,
        powertrains=_powertrains(reader),
        pairs=pairs,
        registrations=sold,
        survival=survives,
        waves=waves(reader),
        official=official_count(reader, closes, sold.sold),
        first_stock=start,
        demand=_demand(reader),
        adoption=adoption(reader, sold.sold),
        use=_use(reader, pairs.active == 1),
        energy=energy(reader, pairs.active),
        fuels=fuels(reader),
        grid=grid(reader),
        hydrogen=hydrogen(reader),
        cycle=cycle(reader),
        removals=_removals(reader),
    )
    paths = reader.path_table()
    check_ages(reader)
    return static, paths


def _powertrains(reader: FleetReader) -> Records:
    specs = list(reader.structure.powertrains.values())
    made = records(POWERTRAIN, len(specs))
    made["group"] = [spec.electric_life for spec in specs]
    made["plug_in"] = [spec.plug_in for spec in specs]
    made["two_carriers"] = [spec.two_carriers for spec in specs]
    return made


def _demand(reader: FleetReader) -> Demand:
    """Give the arrays of equations D."""
    specs = reader.structure.vehicle_classes
    includes = np.zeros((len(reader.classes), len(reader.classes)), dtype=np.int64)
    population = _population(reader)
    position = reader.column("population_position")
    active = [spec.driver == "activity" for spec in specs.values()]
    economy = reader.path("economic_growth") if any(active) else _flat_path(reader)
    of_class = records(DEMAND_OF_CLASS, len(reader.classes))
    for c, (name, spec) in enumerate(specs.items()):
        of_class["driver"][c] = DRIVERS[spec.driver]
        for label in spec.ownership_includes:
            includes[c, reader.classes.index(label)] = 1
        for field, quantity in _DRIVER_COLUMNS[spec.driver].items():
            of_class[field][c] = reader.column(quantity, name)
        for field, quantity in _ACTIVITY_PATHS.items() if active[c] else ():
            of_class[field][c] = reader.path(quantity, name)
    return Demand(population, position, economy, of_class, includes)


def _flat_path(reader: FleetReader) -> int:
    """Register a path that is 0 throughout, where a region has no use for one."""
    reader.paths.append(PathSpec([(reader.first, 0.0)], [], always=0.0))
    return len(reader.paths) - 1


def _population(reader: FleetReader) -> Floats:
    """Low, medium and high population of every year from ``yo`` on (D-1)."""
    years = reader.structure.years
    wanted = np.arange(years.last_observed, years.horizon + 1)
    people = np.full((3, reader.years.size), math.nan)
    for index, variant in enumerate(("low", "medium", "high")):
        known = reader.series("population", variant=variant)
        if not known or min(known) > wanted[0] or max(known) < wanted[-1]:
            raise ModelError(
                f"{reader.inputs.region}: observed table 'population', variant '{variant}', covers "
                f"{span(known)}; expected {wanted[0]} to {wanted[-1]}"
            )
        at = sorted(known)
        curve = PchipInterpolator(at, [known[year] for year in at])
        people[index, reader.position(wanted[0]) :] = curve(wanted)
    return people


def _use(reader: FleetReader, active: NDArray[np.bool_]) -> Use:
    """Give the arrays of equations U."""
    structure, classes = reader.structure, reader.classes
    share = np.full((len(classes), len(reader.powertrains)), NONE, dtype=np.int64)
    for p, (powertrain, spec) in enumerate(structure.powertrains.items()):
        for c, name in enumerate(classes):
            if spec.two_carriers and active[c, p]:
                share[c, p] = reader.path("electric_share", name, powertrain)
    events = [str(year) for year in structure.activity_years]
    activity = [[reader.column("activity_factor", name, e) for e in events] for name in classes]
    return Use(
        base_year=reader.position(structure.years.distance_base),
        electric_share=share,
        ratio=reader.pairs("use_ratio"),
        of_class=reader.class_columns(
            USE_OF_CLASS,
            {
                "level": "distance_level",
                "trend": "distance_trend",
                "history_power": "distance_history_power",
                "age_decline": "distance_age_decline",
            },
        ),
        log_index=_log_index(reader),
        lever=_demand_lever(reader),
        activity=np.array(activity, dtype=np.int64).reshape(len(classes), len(events)),
        activity_year=np.array(
            [reader.position(year) for year in structure.activity_years], dtype=np.int64
        ),
    )


def _log_index(reader: FleetReader) -> Floats:
    """Logarithm of the observed index of distance before its base year, 0 elsewhere (U-1)."""
    logs = np.zeros((len(reader.classes), reader.years.size))
    if "distance_index" in reader.inputs.tables:
        for c, name in enumerate(reader.classes):
            for year, value in reader.series("distance_index", vehicle_class=name).items():
                if reader.first <= year < reader.structure.years.distance_base:
                    logs[c, reader.position(year)] = math.log(value)
    return logs


def _demand_lever(reader: FleetReader) -> Floats:
    """Factor of the demand lever by class and year (U-1)."""
    factors = np.ones((len(reader.classes), reader.years.size))
    for name, demand in reader.levers.demand.items():
        c = reader.class_position(name, "levers.demand")
        if not reader.structure.vehicle_classes[name].passenger or demand.full <= demand.start:
            raise ModelError(
                f"{reader.inputs.region}: levers.demand.{name}: expected a passenger class and "
                f"'full' after 'start'; found full {demand.full}, start {demand.start}"
            )
        phased = np.clip((reader.years - demand.start) / (demand.full - demand.start), 0.0, 1.0)
        factors[c] = 1.0 + (demand.multiplier - 1.0) * phased
    return factors


def _removals(reader: FleetReader) -> Removals:
    years, timing = reader.structure.years, reader.structure.removals
    start = reader.levers.removals_start or timing.start
    if not (years.first_output <= timing.base_year <= years.horizon and start < years.horizon):
        raise ModelError(
            f"{reader.inputs.region}: removals: base_year {timing.base_year} and start {start}; "
            f"expected base_year from {years.first_output} to {years.horizon} and start before "
            f"{years.horizon}"
        )
    return Removals(
        reader.column("removal_share"), reader.position(timing.base_year), reader.position(start)
    )
