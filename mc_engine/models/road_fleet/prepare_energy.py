"""Static arrays of equations A, E and F: the adoption tree, energy use, fuels and power."""

from typing import Any

import numpy as np

from mc_engine.errors import ModelError, preview
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet.assemble import Assembler, span
from mc_engine.models.road_fleet.static import NONE, Floats, Ints
from mc_engine.models.road_fleet.supply import FUEL, HYDROGEN, POWER

ROLES = {"fuel": FUEL, "power": POWER, "hydrogen": HYDROGEN}
DEFAULT_GWP = "100"
_FUEL_COLUMNS = (
    (at.CO2, "ttw_co2"),
    (at.CH4, "ttw_ch4"),
    (at.N2O, "ttw_n2o"),
    (at.SLIP, "methane_slip"),
    (at.WTT, "wtt_factor"),
    (at.WTT_DECLINE, "wtt_decline"),
    (at.BIO_FACTOR, "bio_factor"),
)
_SUPPLY_COLUMNS = (
    (at.GRID_LEVEL, "grid_level"),
    (at.LINE_LOSS, "line_loss"),
    (at.CHARGING_MIX, "charging_mix"),
    (at.HANDLING, "hydrogen_handling"),
)


def adoption_parts(build: Assembler, history: Floats) -> dict[str, Any]:
    """Fill the rows of equations A and give the arrays that are theirs alone."""
    structure, classes = build.structure, build.classes
    nodes, powertrains = list(structure.tree), build.powertrains
    place = {name: k for k, name in enumerate(nodes)}
    place |= {name: len(nodes) + k for k, name in enumerate(powertrains)}
    specs = list(structure.tree.values())
    branch = np.full((len(nodes), len(classes)), NONE, dtype=np.int64)
    for n, node in enumerate(nodes):
        for c, name in enumerate(classes):
            anchors = _branch_anchors(build, history[c], node)
            branch[n, c] = build.path("branch_share", node, name, anchors=anchors)
    for name, ban in build.levers.phase_out.items():
        c = build.class_place(name, "levers.phase_out")
        if not structure.years.last_observed <= ban.year - ban.ramp:
            raise ModelError(
                f"{build.inputs.region}: levers.phase_out.{name}: the ramp begins in "
                f"{ban.year - ban.ramp}; expected {structure.years.last_observed} or later"
            )
        build.by_class[at.BAN_YEAR, c] = build.position(ban.year)
        build.by_class[at.BAN_RAMP, c] = ban.ramp
    build.by_class[at.COMPLIANCE] = build.columns("compliance", classes)
    by_powertrain = np.array(
        [(p.electric_life, p.plug_in, p.two_carriers) for p in structure.powertrains.values()],
        dtype=np.int64,
    ).T
    total = history.sum(axis=1)
    plugged = history[:, by_powertrain[at.PLUG_IN] == 1].sum(axis=1)
    build.class_year[at.PLUG_SHARE] = np.divide(
        plugged, total, out=np.zeros_like(total), where=total > 0.0
    )
    by_node = [(place[spec.child], place[spec.rest], spec.phase_out) for spec in specs]
    return {
        "branch": branch,
        "by_node": np.array(by_node, dtype=np.int64).T.copy(),
        "by_powertrain": by_powertrain.copy(),
    }


def _branch_anchors(build: Assembler, history: Floats, node: str) -> list[tuple[int, float]]:
    """Share of a fork's child in the registrations of the last two observed years (A-1)."""
    spec = build.structure.tree[node]
    taken = history[_below(build, spec.child)].sum(axis=0)
    pool = taken + history[_below(build, spec.rest)].sum(axis=0)
    last = build.structure.years.last_observed
    return [
        (year, float(taken[build.position(year)] / pool[build.position(year)]))
        for year in (last - 1, last)
        if pool[build.position(year)] > 0.0
    ]


def _below(build: Assembler, name: str) -> list[int]:
    """Positions of all powertrains below a node, or of the powertrain itself."""
    if name not in build.structure.tree:
        return [build.powertrains.index(name)]
    node = build.structure.tree[name]
    return _below(build, node.child) + _below(build, node.rest)


def energy_parts(build: Assembler, first: Ints) -> dict[str, Any]:
    """Fill the rows of equations E and give the arrays that are theirs alone."""
    structure = build.structure
    shape = (len(build.classes), len(build.powertrains))
    active = np.array(first < build.years.size, dtype=np.int64)
    approval = np.zeros((*shape, build.years.size))
    has_approval = np.zeros(shape, dtype=np.int64)
    at_battery = has_approval.copy()
    two = np.array([int(p.two_carriers) for p in structure.powertrains.values()], dtype=np.int64)
    kappa = np.zeros((*shape, len(build.carriers)))
    for c, name in enumerate(build.classes):
        for p, powertrain in enumerate(build.powertrains):
            for carrier, part in structure.carriers_of(name, powertrain).items():
                kappa[c, p, build.carriers.index(carrier)] = part
            if "type_approval" in build.inputs.tables:
                known = build.series("type_approval", vehicle_class=name, powertrain=powertrain)
                if known:
                    given = sorted(known)
                    approval[c, p] = np.interp(build.years, given, [known[y] for y in given])
                    has_approval[c, p] = 1
            slot = build.inputs.slots.get(("energy_new", (name, powertrain)))
            at_battery[c, p] = int(slot is not None and slot.boundary == "battery")
    build.number[at.POWER_CARRIER] = [c.role for c in structure.carriers.values()].index("power")
    build.by_class[at.EFFICIENCY] = build.columns("charging_efficiency", build.classes)
    for place, rows in (
        (at.ACTIVE, active),
        (at.FIRST, first),
        (at.HAS_APPROVAL, has_approval),
        (at.AT_BATTERY, at_battery),
        (at.ENERGY_NEW, build.pairs("energy_new", active * (1 - has_approval))),
        (at.ENERGY_RATIO, build.pairs("energy_ratio")),
        (at.FUEL_MODE, build.pairs("energy_fuel_mode", active * two)),
        (at.APPROVAL_GAP, build.pairs("type_approval_gap")),
        (at.DECLINE, build.pairs("energy_decline")),
        (at.FLOOR, build.pairs("energy_floor")),
    ):
        build.by_pair[place] = rows
    return {"approval": approval, "kappa": kappa}


def first_vintages(build: Assembler, history: Floats, initial_stock: Floats) -> Ints:
    """First vintage position of every class and powertrain; one past the end where none."""
    size = build.years.size
    yo = build.position(build.structure.years.last_observed)
    first = np.full(initial_stock.shape, size, dtype=np.int64)
    for c, name in enumerate(build.classes):
        reachable = _reachable(build, name, next(iter(build.structure.tree)))
        for p in range(len(build.powertrains)):
            sold = np.flatnonzero(history[c, p])
            if initial_stock[c, p] > 0.0:
                first[c, p] = 0
            elif sold.size:
                first[c, p] = sold[0]
            elif p in reachable:
                first[c, p] = yo + 1
    return first


def _reachable(build: Assembler, vehicle_class: str, name: str) -> list[int]:
    """Powertrains that a class can still buy after ``yo``."""
    if name not in build.structure.tree:
        return [build.powertrains.index(name)]
    node = build.structure.tree[name]
    slot = build.inputs.slots.get(("branch_share", (name, vehicle_class)))
    always = slot.path.always if slot and slot.path else None
    banned = node.phase_out and vehicle_class in build.levers.phase_out
    found: list[int] = []
    if always != 0.0 or banned:
        found += _reachable(build, vehicle_class, node.child)
    if always != 1.0:
        found += _reachable(build, vehicle_class, node.rest)
    return found


def supply_parts(build: Assembler) -> dict[str, Ints]:
    """Fill the rows of equations F and give the arrays of the hydrogen routes."""
    structure = build.structure
    roles = np.array([ROLES[c.role] for c in structure.carriers.values()], dtype=np.int64)
    build.by_carrier[at.ROLE] = roles
    for c, name in enumerate(build.carriers):
        if roles[c] == FUEL:
            for place, quantity in _FUEL_COLUMNS:
                build.by_carrier[place, c] = build.column(quantity, name)
            for place, quantity in ((at.BIO_PATH, "bio_share"), (at.EFUEL_PATH, "efuel_share")):
                build.by_carrier[place, c] = build.path(quantity, name)
    for place, quantity in _SUPPLY_COLUMNS:
        build.column_of[place] = build.column(quantity)
    build.number[at.EFUEL_ELECTRICITY_PATH] = build.path("efuel_electricity")
    build.number[at.ACCOUNTING_PATH] = build.path("grid_accounting")
    _grid(build)
    horizon = str(build.inputs.settings.get("gwp", DEFAULT_GWP))
    if horizon not in structure.gwp:
        raise ModelError(
            f"{build.inputs.region}: setting gwp: found {horizon!r}, expected one of "
            f"{', '.join(structure.gwp)}"
        )
    build.constant[at.GWP_CH4] = structure.gwp[horizon].ch4
    build.constant[at.GWP_N2O] = structure.gwp[horizon].n2o
    return _hydrogen(build)


def _hydrogen(build: Assembler) -> dict[str, Ints]:
    """Routes of hydrogen and the forks that share it out over them (F-5)."""
    hydrogen = build.structure.hydrogen
    if hydrogen is None:
        empty = np.zeros((3, 0), dtype=np.int64)
        return {"by_route": empty[:2].copy(), "by_hydrogen_node": empty}
    routes, nodes = list(hydrogen.routes), list(hydrogen.tree)
    place = {name: k for k, name in enumerate(nodes)}
    place |= {name: len(nodes) + k for k, name in enumerate(routes)}
    by_route = np.full((2, len(routes)), NONE, dtype=np.int64)
    for k, (name, route) in enumerate(hydrogen.routes.items()):
        by_route[at.GRID_ROUTE, k] = int(route.role == "grid")
        if route.role == "made":
            by_route[at.ROUTE_PATH, k] = build.path("hydrogen_route", name)
    if by_route[at.GRID_ROUTE].any():
        build.number[at.ELECTROLYSIS_PATH] = build.path("electrolysis_use")
    by_node = np.array(
        [
            (place[fork.child], place[fork.rest], build.path("hydrogen_branch", name))
            for name, fork in hydrogen.tree.items()
        ],
        dtype=np.int64,
    ).reshape(len(nodes), 3)
    return {"by_route": by_route, "by_hydrogen_node": by_node.T.copy()}


def _grid(build: Assembler) -> None:
    """Observed grid, its path after the last observed year, and its basis (F-4)."""
    structure = build.structure
    observed = build.series("grid_intensity")
    slot = build.slot("grid_intensity")
    begin, end = structure.years.first_output, structure.years.horizon
    last = max((year for year in observed if year <= end), default=begin - 1)
    if last < begin:
        raise ModelError(
            f"{build.inputs.region}: observed table 'grid_intensity' covers {span(observed)}; "
            f"expected years from {begin}, the first output year, to {end} or before"
        )
    missing = [y for y in range(structure.years.first_output, last + 1) if y not in observed]
    if missing:
        raise ModelError(
            f"{build.inputs.region}: observed table 'grid_intensity' lacks {preview(missing)}"
        )
    for year, value in observed.items():
        if build.first <= year <= last:
            build.by_year[at.GRID_OBSERVED, build.position(year)] = value
    anchors = [(year, observed[year]) for year in sorted(observed)[-2:]]
    knot = slot.path.years[0] if slot and slot.path else last + 1
    build.number[at.DIRECT] = int(slot is not None and slot.basis == "direct")
    build.number[at.GRID_LAST] = build.position(last)
    build.number[at.GRID_KNOT] = build.position(knot)
    build.number[at.GRID_PATH] = build.path("grid_intensity", anchors=anchors)
    build.number[at.UPSTREAM_PATH] = build.path("grid_upstream")
