"""Static arrays of equations A, E and F: the adoption tree, energy use, fuels and power."""

import math

import numpy as np

from mc_engine.errors import ModelError, preview
from mc_engine.models.road_fleet.assemble import NONE, Assembler
from mc_engine.models.road_fleet.static import (
    AdoptionStatic,
    EnergyStatic,
    Floats,
    Ints,
    SupplyStatic,
)
from mc_engine.models.road_fleet.supply import FUEL, HYDROGEN, POWER

ROLES = {"fuel": FUEL, "power": POWER, "hydrogen": HYDROGEN}
DEFAULT_GWP = "100"


def adoption_static(build: Assembler, history: Floats) -> AdoptionStatic:
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
    ban_year = np.full(len(classes), NONE, dtype=np.int64)
    ban_ramp = np.ones(len(classes), dtype=np.int64)
    for name, ban in build.levers.phase_out.items():
        c = build.class_place(name, "levers.phase_out")
        if not structure.years.last_observed <= ban.year - ban.ramp:
            raise ModelError(
                f"{build.inputs.region}: levers.phase_out.{name}: the ramp begins in "
                f"{ban.year - ban.ramp}; expected {structure.years.last_observed} or later"
            )
        ban_year[c], ban_ramp[c] = build.at(ban.year), ban.ramp
    plug_in = np.array([int(p.plug_in) for p in structure.powertrains.values()], dtype=np.int64)
    total = history.sum(axis=1)
    plugged = history[:, plug_in == 1].sum(axis=1)
    return AdoptionStatic(
        branch=branch,
        child=np.array([place[spec.child] for spec in specs], dtype=np.int64),
        rest=np.array([place[spec.rest] for spec in specs], dtype=np.int64),
        phase_out=np.array([int(spec.phase_out) for spec in specs], dtype=np.int64),
        ban_year=ban_year,
        ban_ramp=ban_ramp,
        compliance=build.columns("compliance", classes),
        plug_in=plug_in,
        observed_plug_share=np.divide(plugged, total, out=np.zeros_like(total), where=total > 0.0),
    )


def _branch_anchors(build: Assembler, history: Floats, node: str) -> list[tuple[int, float]]:
    """Share of a fork's child in the registrations of the last two observed years (A-1)."""
    spec = build.structure.tree[node]
    taken = history[_below(build, spec.child)].sum(axis=0)
    pool = taken + history[_below(build, spec.rest)].sum(axis=0)
    last = build.structure.years.last_observed
    return [
        (year, float(taken[build.at(year)] / pool[build.at(year)]))
        for year in (last - 1, last)
        if pool[build.at(year)] > 0.0
    ]


def _below(build: Assembler, name: str) -> list[int]:
    """Positions of all powertrains below a node, or of the powertrain itself."""
    if name not in build.structure.tree:
        return [build.powertrains.index(name)]
    node = build.structure.tree[name]
    return _below(build, node.child) + _below(build, node.rest)


def energy_static(build: Assembler, first: Ints) -> EnergyStatic:
    structure = build.structure
    shape = (len(build.classes), len(build.powertrains))
    active = np.array(first < build.years.size, dtype=np.int64)
    approval = np.zeros((*shape, build.years.size))
    has_approval = np.zeros(shape, dtype=np.int64)
    at_battery = np.zeros(shape, dtype=np.int64)
    two = np.array([int(p.two_carriers) for p in structure.powertrains.values()], dtype=np.int64)
    kappa = np.zeros((*shape, len(build.carriers)))
    for c, name in enumerate(build.classes):
        for p, powertrain in enumerate(build.powertrains):
            for carrier, part in structure.carriers_of(name, powertrain).items():
                kappa[c, p, build.carriers.index(carrier)] = part
            if "type_approval" in build.inputs.tables:
                known = build.series("type_approval", vehicle_class=name, powertrain=powertrain)
                if known:
                    at = sorted(known)
                    values = [known[year] for year in at]
                    nearest = np.clip(np.searchsorted(at, build.years, "right") - 1, 0, None)
                    approval[c, p] = np.array(values)[nearest]
                    has_approval[c, p] = 1
            slot = build.inputs.slots.get(("energy_new", (name, powertrain)))
            at_battery[c, p] = int(slot is not None and slot.boundary == "battery")
    power = [role.role for role in structure.carriers.values()].index("power")
    return EnergyStatic(
        active=active,
        first=first,
        new=build.pairs("energy_new", active * (1 - has_approval)),
        ratio=build.pairs("energy_ratio"),
        fuel_mode=build.pairs("energy_fuel_mode", active * two),
        gap=build.pairs("type_approval_gap"),
        approval=approval,
        has_approval=has_approval,
        decline=build.pairs("energy_decline"),
        floor=build.pairs("energy_floor"),
        efficiency=build.columns("charging_efficiency", build.classes),
        at_battery=at_battery,
        two_carriers=two,
        kappa=kappa,
        power=power,
    )


def first_vintages(build: Assembler, history: Floats, initial_stock: Floats) -> Ints:
    """First vintage position of every class and powertrain; one past the end where none."""
    size = build.years.size
    yo = build.at(build.structure.years.last_observed)
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


def supply_static(build: Assembler) -> SupplyStatic:
    structure, carriers = build.structure, build.carriers
    roles = np.array([ROLES[c.role] for c in structure.carriers.values()], dtype=np.int64)
    fuels = roles == FUEL

    def burned(quantity: str) -> Ints:
        found = [
            build.column(quantity, name) if fuel else NONE
            for name, fuel in zip(carriers, fuels, strict=True)
        ]
        return np.array(found, dtype=np.int64)

    def blended(quantity: str) -> Ints:
        found = [
            build.path(quantity, name) if fuel else NONE
            for name, fuel in zip(carriers, fuels, strict=True)
        ]
        return np.array(found, dtype=np.int64)

    horizon = str(build.inputs.settings.get("gwp", DEFAULT_GWP))
    if horizon not in structure.gwp:
        raise ModelError(
            f"{build.inputs.region}: setting gwp: found {horizon!r}, expected one of "
            f"{', '.join(structure.gwp)}"
        )
    observed = build.series("grid_intensity")
    slot = build.slot("grid_intensity")
    last = max(year for year in observed if year <= structure.years.horizon)
    missing = [y for y in range(structure.years.first_output, last + 1) if y not in observed]
    if missing:
        raise ModelError(
            f"{build.inputs.region}: observed table 'grid_intensity' lacks {preview(missing)}"
        )
    grid_observed = np.full(build.years.size, math.nan)
    for year, value in observed.items():
        if build.first <= year <= last:
            grid_observed[build.at(year)] = value
    anchors = [(year, observed[year]) for year in sorted(observed)[-2:]]
    knot = slot.path.years[0] if slot and slot.path else last + 1
    direct = bool(slot and slot.basis == "direct")
    return SupplyStatic(
        role=roles,
        co2=burned("ttw_co2"),
        ch4=burned("ttw_ch4"),
        n2o=burned("ttw_n2o"),
        slip=burned("methane_slip"),
        gwp_ch4=structure.gwp[horizon].ch4,
        gwp_n2o=structure.gwp[horizon].n2o,
        wtt=burned("wtt_factor"),
        wtt_decline=burned("wtt_decline"),
        bio_share=blended("bio_share"),
        bio_factor=burned("bio_factor"),
        efuel_share=blended("efuel_share"),
        efuel_electricity=build.column("efuel_electricity"),
        grid=build.path("grid_intensity", anchors=anchors),
        grid_observed=grid_observed,
        grid_last=build.at(last),
        grid_first_knot=build.at(knot),
        grid_level=build.column("grid_level"),
        upstream=build.path("grid_upstream"),
        direct=int(direct),
        line_loss=build.column("line_loss"),
        charging_mix=build.column("charging_mix"),
        hydrogen=build.path("hydrogen_intensity"),
    )
