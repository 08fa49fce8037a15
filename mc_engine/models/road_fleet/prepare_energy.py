"""Static arrays of equations A and E: the adoption tree and energy use."""

import numpy as np

from mc_engine.errors import ModelError
from mc_engine.models.road_fleet.assemble import Assembler
from mc_engine.models.road_fleet.static import (
    ADOPTION_OF_CLASS,
    ENERGY_OF_PAIR,
    NONE,
    Adoption,
    Energy,
    Floats,
    Ints,
)


def adoption(build: Assembler, history: Floats) -> Adoption:
    """Give the arrays of equations A."""
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
    of_class = build.class_columns(ADOPTION_OF_CLASS, {"compliance": "compliance"})
    for name, ban in build.levers.phase_out.items():
        c = build.class_position(name, "levers.phase_out")
        if not structure.years.last_observed <= ban.year - ban.ramp:
            raise ModelError(
                f"{build.inputs.region}: levers.phase_out.{name}: the ramp begins in "
                f"{ban.year - ban.ramp}; expected {structure.years.last_observed} or later"
            )
        of_class["ban_year"][c] = build.position(ban.year)
        of_class["ban_ramp"][c] = ban.ramp
    plug_in = [spec.plug_in for spec in structure.powertrains.values()]
    total = history.sum(axis=1)
    plugged = history[:, np.array(plug_in)].sum(axis=1)
    return Adoption(
        child=np.array([place[spec.child] for spec in specs], dtype=np.int64),
        rest=np.array([place[spec.rest] for spec in specs], dtype=np.int64),
        phase_out=np.array([spec.phase_out for spec in specs], dtype=np.int64),
        branch=branch,
        of_class=of_class,
        plug_in_share=np.divide(plugged, total, out=np.zeros_like(total), where=total > 0.0),
    )


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


def energy(build: Assembler, active: Ints) -> Energy:
    """Give the arrays of equations E.

    Parameters
    ----------
    build : Assembler
    active : int64[class, powertrain]
        1 where a class ever has a powertrain.
    """
    structure = build.structure
    of_pair = build.pair_columns(
        ENERGY_OF_PAIR,
        {
            "ratio": "energy_ratio",
            "approval_gap": "type_approval_gap",
            "decline": "energy_decline",
            "floor": "energy_floor",
        },
    )
    of_pair["has_approval"] = of_pair["at_battery"] = 0
    approval = np.zeros((*active.shape, build.years.size))
    kappa = np.zeros((*active.shape, len(build.carriers)))
    for c, name in enumerate(build.classes):
        for p, powertrain in enumerate(build.powertrains):
            for carrier, part in structure.carriers_of(name, powertrain).items():
                kappa[c, p, build.carriers.index(carrier)] = part
            if "type_approval" in build.inputs.tables:
                known = build.series("type_approval", vehicle_class=name, powertrain=powertrain)
                if known:
                    given = sorted(known)
                    approval[c, p] = np.interp(build.years, given, [known[y] for y in given])
                    of_pair["has_approval"][c, p] = 1
            slot = build.inputs.slots.get(("energy_new", (name, powertrain)))
            of_pair["at_battery"][c, p] = slot is not None and slot.boundary == "battery"
    two = np.array([spec.two_carriers for spec in structure.powertrains.values()], dtype=np.int64)
    of_pair["new"] = build.pairs("energy_new", active * (1 - of_pair["has_approval"]))
    of_pair["fuel_mode"] = build.pairs("energy_fuel_mode", active * two)
    return Energy(
        of_pair=of_pair,
        charging_efficiency=build.columns("charging_efficiency", build.classes),
        power_carrier=[c.role for c in structure.carriers.values()].index("power"),
        approval=approval,
        kappa=kappa,
    )


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
