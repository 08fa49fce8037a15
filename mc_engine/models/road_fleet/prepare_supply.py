"""Static arrays of equations F: fuels, power and hydrogen."""

import numpy as np

from mc_engine.errors import ModelError, preview
from mc_engine.models.cohort_fleet.inputs import span
from mc_engine.models.cohort_fleet.layout import NONE, Floats, records
from mc_engine.models.road_fleet.assemble import FleetReader
from mc_engine.models.road_fleet.static import CARRIER, Fuels, Grid, Hydrogen
from mc_engine.models.road_fleet.supply import FUEL, HYDROGEN, POWER

ROLES = {"fuel": FUEL, "power": POWER, "hydrogen": HYDROGEN}
DEFAULT_GWP = "100"
_FUEL_COLUMNS = {
    "co2": "ttw_co2",
    "ch4": "ttw_ch4",
    "n2o": "ttw_n2o",
    "slip": "methane_slip",
    "wtt": "wtt_factor",
    "wtt_decline": "wtt_decline",
    "bio_factor": "bio_factor",
}
_FUEL_PATHS = {"bio_share": "bio_share", "efuel_share": "efuel_share"}


def fuels(reader: FleetReader) -> Fuels:
    """Give the arrays of equations F-1 to F-3."""
    structure = reader.structure
    of_carrier = records(CARRIER, len(reader.carriers))
    for k, (name, carrier) in enumerate(structure.carriers.items()):
        of_carrier["role"][k] = ROLES[carrier.role]
        if carrier.role == "fuel":
            for field, quantity in _FUEL_COLUMNS.items():
                of_carrier[field][k] = reader.column(quantity, name)
            for field, quantity in _FUEL_PATHS.items():
                of_carrier[field][k] = reader.path(quantity, name)
    horizon = str(reader.inputs.settings.get("gwp", DEFAULT_GWP))
    if horizon not in structure.gwp:
        raise ModelError(
            f"{reader.inputs.region}: setting gwp: found {horizon!r}, expected one of "
            f"{', '.join(structure.gwp)}"
        )
    gases = structure.gwp[horizon]
    return Fuels(of_carrier, reader.path("efuel_electricity"), gases.ch4, gases.n2o)


def hydrogen(reader: FleetReader) -> Hydrogen:
    """Routes of hydrogen and the forks that share it out over them (F-5)."""
    spec = reader.structure.hydrogen
    routes = {} if spec is None else spec.routes
    tree = {} if spec is None else spec.tree
    position = {name: k for k, name in enumerate(tree)}
    position |= {name: len(tree) + k for k, name in enumerate(routes)}
    on_grid = [route.role == "grid" for route in routes.values()]
    made = [
        reader.path("hydrogen_route", name) if route.role == "made" else NONE
        for name, route in routes.items()
    ]
    electrolysis = reader.path("electrolysis_use") if any(on_grid) else NONE
    branch = [reader.path("hydrogen_branch", name) for name in tree]
    return Hydrogen(
        on_grid=np.array(on_grid, dtype=np.int64),
        made=np.array(made, dtype=np.int64),
        child=np.array([position[fork.child] for fork in tree.values()], dtype=np.int64),
        rest=np.array([position[fork.rest] for fork in tree.values()], dtype=np.int64),
        branch=np.array(branch, dtype=np.int64),
        electrolysis=electrolysis,
        handling=reader.column("hydrogen_handling"),
    )


def grid(reader: FleetReader) -> Grid:
    """Observed grid, its path after the last observed year, and its basis (F-4)."""
    structure = reader.structure
    observed = reader.series("grid_intensity")
    slot = reader.slot("grid_intensity")
    begin, end = structure.years.first_output, structure.years.horizon
    last = max((year for year in observed if year <= end), default=begin - 1)
    if last < begin:
        raise ModelError(
            f"{reader.inputs.region}: observed table 'grid_intensity' covers {span(observed)}; "
            f"expected years from {begin}, the first output year, to {end} or before"
        )
    missing = [y for y in range(structure.years.first_output, last + 1) if y not in observed]
    if missing:
        raise ModelError(
            f"{reader.inputs.region}: observed table 'grid_intensity' lacks {preview(missing)}"
        )
    by_year: Floats = np.full(reader.years.size, np.nan)
    for year, value in observed.items():
        if reader.first <= year <= last:
            by_year[reader.position(year)] = value
    anchors = [(year, observed[year]) for year in sorted(observed)[-2:]]
    knot = slot.path.years[0] if slot and slot.path else last + 1
    accounting = reader.path("grid_accounting")
    return Grid(
        observed=by_year,
        last_observed=reader.position(last),
        first_knot=reader.position(knot),
        direct=int(slot is not None and slot.basis == "direct"),
        level=reader.column("grid_level"),
        line_loss=reader.column("line_loss"),
        charging_mix=reader.column("charging_mix"),
        intensity=reader.path("grid_intensity", anchors=anchors),
        upstream=reader.path("grid_upstream"),
        accounting=accounting,
    )
