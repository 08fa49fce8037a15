"""Static arrays of equations A and E: the adoption tree and energy use."""

import numpy as np

from mc_engine.errors import ModelError
from mc_engine.models.cohort_fleet.layout import NONE, Floats, Ints
from mc_engine.models.road_fleet.assemble import FleetReader
from mc_engine.models.road_fleet.static import ADOPTION_OF_CLASS, ENERGY_OF_PAIR, Adoption, Energy


def adoption(reader: FleetReader, history: Floats) -> Adoption:
    """Give the arrays of equations A."""
    structure, classes = reader.structure, reader.classes
    nodes, powertrains = list(structure.tree), reader.powertrains
    index = {name: k for k, name in enumerate(nodes)}
    index |= {name: len(nodes) + k for k, name in enumerate(powertrains)}
    specs = list(structure.tree.values())
    branch = np.full((len(nodes), len(classes)), NONE, dtype=np.int64)
    for n, node in enumerate(nodes):
        for c, name in enumerate(classes):
            anchors = _branch_anchors(reader, history[c], node)
            branch[n, c] = reader.path("branch_share", node, name, anchors=anchors)
    of_class = reader.class_columns(ADOPTION_OF_CLASS, {"compliance": "compliance"})
    for name, ban in reader.levers.phase_out.items():
        c = reader.class_position(name, "levers.phase_out")
        if not structure.years.last_observed <= ban.year - ban.ramp:
            raise ModelError(
                f"{reader.inputs.region}: levers.phase_out.{name}: the ramp begins in "
                f"{ban.year - ban.ramp}; expected {structure.years.last_observed} or later"
            )
        of_class["ban_year"][c] = reader.position(ban.year)
        of_class["ban_ramp"][c] = ban.ramp
    plug_in = [spec.plug_in for spec in structure.powertrains.values()]
    total = history.sum(axis=1)
    plugged = history[:, np.array(plug_in)].sum(axis=1)
    return Adoption(
        child=np.array([index[spec.child] for spec in specs], dtype=np.int64),
        rest=np.array([index[spec.rest] for spec in specs], dtype=np.int64),
        phase_out=np.array([spec.phase_out for spec in specs], dtype=np.int64),
        branch=branch,
        of_class=of_class,
        plug_in_share=np.divide(plugged, total, out=np.zeros_like(total), where=total > 0.0),
    )


def _branch_anchors(reader: FleetReader, history: Floats, node: str) -> list[tuple[int, float]]:
    """Share of a fork's child in the registrations of the last two observed years (A-1)."""
    spec = reader.structure.tree[node]
    taken = history[_below(reader, spec.child)].sum(axis=0)
    pool = taken + history[_below(reader, spec.rest)].sum(axis=0)
    last = reader.structure.years.last_observed
    return [
        (year, float(taken[reader.position(year)] / pool[reader.position(year)]))
        for year in (last - 1, last)
        if pool[reader.position(year)] > 0.0
    ]


def _below(reader: FleetReader, name: str) -> list[int]:
    """Positions of all powertrains below a node, or of the powertrain itself."""
    if name not in reader.structure.tree:
        return [reader.powertrains.index(name)]
    node = reader.structure.tree[name]
    return _below(reader, node.child) + _below(reader, node.rest)


def energy(reader: FleetReader, active: Ints) -> Energy:
    """Give the arrays of equations E.

    Parameters
    ----------
    reader : FleetReader
    active : int64[class, powertrain]
        1 where a class ever has a powertrain.
    """
    structure = reader.structure
    of_pair = reader.pair_columns(
        ENERGY_OF_PAIR,
        {
            "ratio": "energy_ratio",
            "approval_gap": "type_approval_gap",
            "decline": "energy_decline",
            "floor": "energy_floor",
        },
    )
    of_pair["has_approval"] = of_pair["at_battery"] = 0
    approval = np.zeros((*active.shape, reader.years.size))
    kappa = np.zeros((*active.shape, len(reader.carriers)))
    for c, name in enumerate(reader.classes):
        for p, powertrain in enumerate(reader.powertrains):
            for carrier, part in structure.carriers_of(name, powertrain).items():
                kappa[c, p, reader.carriers.index(carrier)] = part
            if "type_approval" in reader.inputs.tables:
                known = reader.series("type_approval", vehicle_class=name, powertrain=powertrain)
                if known:
                    given = sorted(known)
                    approval[c, p] = np.interp(reader.years, given, [known[y] for y in given])
                    of_pair["has_approval"][c, p] = 1
            slot = reader.inputs.slots.get(("energy_new", (name, powertrain)))
            of_pair["at_battery"][c, p] = slot is not None and slot.boundary == "battery"
    two = np.array([spec.two_carriers for spec in structure.powertrains.values()], dtype=np.int64)
    of_pair["new"] = reader.pairs("energy_new", active * (1 - of_pair["has_approval"]))
    of_pair["fuel_mode"] = reader.pairs("energy_fuel_mode", active * two)
    return Energy(
        of_pair=of_pair,
        charging_efficiency=reader.columns("charging_efficiency", reader.classes),
        power_carrier=[c.role for c in structure.carriers.values()].index("power"),
        approval=approval,
        kappa=kappa,
    )


def first_vintages(reader: FleetReader, history: Floats, initial_stock: Floats) -> Ints:
    """First vintage position of every class and powertrain; one past the end where none."""
    size = reader.years.size
    yo = reader.position(reader.structure.years.last_observed)
    first = np.full(initial_stock.shape, size, dtype=np.int64)
    for c, name in enumerate(reader.classes):
        reachable = _reachable(reader, name, next(iter(reader.structure.tree)))
        for p in range(len(reader.powertrains)):
            sold = np.flatnonzero(history[c, p])
            if initial_stock[c, p] > 0.0:
                first[c, p] = 0
            elif sold.size:
                first[c, p] = sold[0]
            elif p in reachable:
                first[c, p] = yo + 1
    return first


def _reachable(reader: FleetReader, vehicle_class: str, name: str) -> list[int]:
    """Powertrains that a class can still buy after ``yo``."""
    if name not in reader.structure.tree:
        return [reader.powertrains.index(name)]
    node = reader.structure.tree[name]
    slot = reader.inputs.slots.get(("branch_share", (name, vehicle_class)))
    always = slot.path.always if slot and slot.path else None
    banned = node.phase_out and vehicle_class in reader.levers.phase_out
    result: list[int] = []
    if always != 0.0 or banned:
        result += _reachable(reader, vehicle_class, node.child)
    if always != 1.0:
        result += _reachable(reader, vehicle_class, node.rest)
    return result
