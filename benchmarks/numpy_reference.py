"""The road-fleet model once more, in plain NumPy over blocks of draws.

This is what the kernel's speed is compared with: the code a good NumPy programmer would write
from ``docs/model.md``, with the draw as leading axis and sums over ages as matrix products. It
assumes that every draw can be evaluated: it sets no status.
"""

import numpy as np

from benchmarks.numpy_fleet import (
    Fleet,
    close_count,
    distance_before_lever,
    new_fleet,
    people,
    split_factors,
    target_stock,
)
from benchmarks.numpy_paths import Array
from benchmarks.numpy_region import Block, Region
from mc_engine.schema.inputs import ModelInputs
from mc_engine.units import METHANE_MJ_PER_KG, MJ_PER_KWH

MILLION = 1e6
KT_PER_MT = 1e3
MJ_PER_PJ = 1e9
DEFAULT_GWP = "100"


def evaluate(inputs: ModelInputs, rows: Array, block: int = 512) -> dict[str, Array]:
    """Evaluate every row.

    Parameters
    ----------
    inputs : ModelInputs
        A region and a scenario of the road-fleet model.
    rows : float64[draw, column]
        Values in the units of the quantities.
    block : int
        Draws that are evaluated at once.

    Returns
    -------
    dict of str to float64[draw, ...]
        The outputs of the road-fleet model, by name, in their units.
    """
    region = Region(inputs)
    parts = [
        _evaluate_block(Block(region, rows[start : start + block]))
        for start in range(0, rows.shape[0], block)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _evaluate_block(block: Block) -> dict[str, Array]:
    """Project the fleet, then count its energy and its emissions."""
    region = block.region
    splits = split_factors(block)
    fleets = {name: new_fleet(block, name, splits) for name in region.classes}
    close_count(block, fleets)
    population = people(block)
    classes = region.structure.vehicle_classes
    years = region.calendar.size - region.output
    out = {
        "stock": np.empty((block.size, len(classes), years)),
        "sales": np.empty((block.size, len(classes), years)),
        "scrapped": np.empty((block.size, len(classes), years)),
        "plug_in_sales_share": np.empty((block.size, len(classes), years)),
        "plug_in_stock": np.zeros((block.size, years)),
        "survival_scale": np.empty((block.size, len(classes))),
        "clipped_years": np.zeros(block.size),
    }
    energy = np.empty((block.size, len(classes), len(region.carriers), years))
    for name in sorted(classes, key=lambda label: classes[label].driver == "ownership"):
        place = region.classes.index(name)
        target = target_stock(block, name, fleets, population)
        energy[:, place] = _follow(block, fleets[name], target, out, place)
    _compare_stock(block, out)
    _emit(block, energy, out)
    return out


def _follow(block: Block, fleet: Fleet, target: Array, out: dict[str, Array], place: int) -> Array:
    """Sell what the target asks for, write the class's outputs, and give its energy.

    Returns float64[draw, carrier, year] in PJ/yr.
    """
    region, survival = block.region, fleet.survival
    name = survival.name
    ages = np.arange(survival.max_age + 1.0)
    driven = np.exp(-block.number("distance_age_decline", name)[:, None] * ages)
    driven[:, 0] = 0.5  # U-2: a new vehicle is there for half of its first year
    groups = fleet.by_group()
    shares = {
        group: survival.in_use(group, region.calendar, region.vintages[first:], driven)
        for group, first, _ in groups
    }
    for step in range(1, target.shape[1]):
        vintage, year = region.history + step - 1, region.last + step
        oldest = max(0, vintage - survival.max_age)
        before = np.zeros(block.size)
        for group, first, sold in groups:
            part = slice(max(0, oldest - first), vintage - first)
            before += np.einsum("dv,dv->d", sold[:, part], shares[group][0][:, year, part])
        missing = target[:, step] - before
        out["clipped_years"] += missing < 0.0
        fleet.sales[:, vintage] = np.maximum(missing, 0.0)
        for _, first, sold in groups:
            sold[:, vintage - first] *= fleet.sales[:, vintage]
    fleet.cells[:, :, region.history :] *= fleet.sales[:, None, region.history :]
    fleet.stock[:] = sum(
        np.einsum("dv,dtv->dt", sold, shares[group][0]) for group, _, sold in groups
    )
    _count_vehicles(block, fleet, out, place)
    return _energy_of_class(block, fleet, shares, out)


def _count_vehicles(block: Block, fleet: Fleet, out: dict[str, Array], place: int) -> None:
    """Stock, sales and scrapped vehicles of a class, million (T-6)."""
    region = block.region
    sold = np.zeros_like(fleet.stock)
    first = int(region.calendar[0] - region.years.first_vintage)
    offset = max(0, -first)  # a calendar that begins before the first model year
    sold[:, offset:] = fleet.sales[:, max(0, first) :]
    left = fleet.stock[:, :-1] + sold[:, 1:] - fleet.stock[:, 1:]
    out["stock"][:, place] = fleet.stock[:, region.output :] / MILLION
    out["sales"][:, place] = sold[:, region.output :] / MILLION
    out["scrapped"][:, place] = left[:, region.output - 1 :] / MILLION
    plugged = fleet.shares[:, region.plug_in].sum(axis=1)
    out["plug_in_sales_share"][:, place] = plugged[:, region.vintages >= region.years.first_output]
    out["survival_scale"][:, place] = fleet.survival.x ** (-1.0 / fleet.survival.kappa)


def _energy_of_class(
    block: Block, fleet: Fleet, shares: dict[int, list[Array]], out: dict[str, Array]
) -> Array:
    """Energy by carrier, PJ/yr: float64[draw, carrier, year] (U-2, E-3)."""
    region, name = block.region, fleet.survival.name
    years = region.calendar.size - region.output
    used = np.zeros((block.size, len(region.carriers), years))
    weight = np.zeros((block.size, years))
    for group, (in_use, driving) in shares.items():
        first = region.vintages.size - in_use.shape[2]
        weighted = np.zeros((block.size, 1 + len(region.carriers), in_use.shape[2]))
        plugged = np.zeros((block.size, in_use.shape[2]))
        for place, powertrain in enumerate(region.powertrains):
            cells = fleet.cells[:, place, first:]
            if region.group[place] != group or not cells.any():
                continue
            if region.plug_in[place]:
                plugged += cells
            cells = cells * block.number("use_ratio", name, powertrain)[:, None]
            weighted[:, 0] += cells
            for carrier, per_km in _energy_per_km(block, name, powertrain).items():
                weighted[:, 1 + region.carriers.index(carrier)] += cells * per_km[:, first:]
        if plugged.any():
            stock = np.einsum("dv,dtv->dt", plugged, in_use[:, region.output :])
            out["plug_in_stock"] += stock / MILLION
        summed = weighted @ driving[:, region.output :].swapaxes(1, 2)
        weight += summed[:, 0]
        used += summed[:, 1:]
    distance = distance_before_lever(block, name)[:, region.output :] * _demand(block, name)
    total = distance * fleet.stock[:, region.output :]
    per_weight = np.divide(total, weight, out=np.zeros_like(total), where=weight != 0.0)
    return used * per_weight[:, None, :] / MJ_PER_PJ


def _demand(block: Block, name: str) -> Array:
    """Factor of the demand lever on distance: float64[year] (D-6)."""
    region = block.region
    at = region.calendar[region.output :]
    lever = region.levers.demand.get(name)
    if lever is None or not region.structure.vehicle_classes[name].passenger:
        return np.ones(at.size)
    phased_in = np.clip((at - lever.start) / (lever.full - lever.start), 0.0, 1.0)
    return 1.0 + (lever.multiplier - 1.0) * phased_in


def _energy_per_km(block: Block, name: str, powertrain: str) -> dict[str, Array]:
    """Energy of new vehicles by carrier, MJ/km: float64[draw, vintage] (E-1 to E-3)."""
    region, last = block.region, block.region.years.last_observed
    labels = (name, powertrain)
    ratio = block.number("energy_ratio", *labels)[:, None]
    approved = sorted(
        region.rows("type_approval", vehicle_class=name, powertrain=powertrain).items()
    )
    if approved:
        until = np.minimum(region.vintages, last)
        history = np.interp(until, [year for year, _ in approved], [value for _, value in approved])
        first = history * block.number("type_approval_gap", *labels)[:, None] * ratio
    else:
        first = block.number("energy_new", *labels)[:, None] * ratio
        if region.inputs.slot("energy_new", *labels).boundary == "battery":
            first = first / block.number("charging_efficiency", name)[:, None]
    floor = block.number("energy_floor", *labels)[:, None]
    decline = block.number("energy_decline", *labels)[:, None]
    later = np.maximum(region.vintages - last, 0.0)
    change = np.ones((block.size, later.size))
    change[:, region.history :] = floor + (1.0 - floor) * (1.0 - decline) ** later[region.history :]
    first = first * change
    kappa = region.structure.carriers_of(name, powertrain)
    if not region.structure.powertrains[powertrain].two_carriers:
        return {carrier: share * first for carrier, share in kappa.items()}
    electric = block.path("electric_share", *labels, at=region.vintages)
    rest = (1.0 - electric) * block.number("energy_fuel_mode", *labels)[:, None] * change
    used = {carrier: share * rest for carrier, share in kappa.items()}
    power = next(c for c, kind in region.structure.carriers.items() if kind.role == "power")
    used[power] = used.get(power, 0.0) + electric * first
    return used


def _compare_stock(block: Block, out: dict[str, Array]) -> None:
    """Modelled minus official stock, million; NaN in years without an official figure."""
    region = block.region
    years = region.calendar[region.output :]
    out["stock_gap"] = np.full((block.size, years.size), np.nan)
    count = region.structure.count
    if count is None:
        return
    rows = region.rows(count.table)
    official = np.array([rows.get(int(year), np.nan) for year in years])
    counted = official - block.number("count_out_of_scope")[:, None]
    out["stock_gap"] = out["stock"].sum(axis=1) - counted / MILLION


def _grid(block: Block) -> Array:
    """Emissions of power at the charger, g CO2e/kWh: float64[draw, year] (F-4)."""
    region = block.region
    at = region.calendar[region.output :]
    rows = region.rows("grid_intensity")
    until = max(rows)
    level = block.number("grid_level")[:, None]
    slot = region.inputs.slot("grid_intensity")
    path = block.path("grid_intensity", at=at, anchors={t: rows[t] for t in sorted(rows)[-2:]})
    assert slot.path is not None
    knot = slot.path.years[0]
    fading = np.maximum(0.0, (knot - at) / (knot - until))
    observed = np.array([rows[int(t)] if t <= until else 0.0 for t in at])
    generated = np.where(at <= until, observed * level, path * (1.0 + (level - 1.0) * fading))
    if slot.basis == "direct":
        generated = generated + block.path("grid_upstream", at=at)
    return generated / (1.0 - block.number("line_loss")[:, None])


def _fuel(block: Block, carrier: str, grid: Array) -> tuple[Array, Array, Array]:
    """Tailpipe CO2, tailpipe and upstream emissions of a fuel, g/MJ: float64[draw, year] (F)."""
    region = block.region
    at = region.calendar[region.output :]
    gwp = region.structure.gwp[region.inputs.settings.get("gwp", DEFAULT_GWP)]
    bio = block.path("bio_share", carrier, at=at)
    synthetic = block.path("efuel_share", carrier, at=at)
    fossil = 1.0 - bio - synthetic
    slip = block.number("methane_slip", carrier)
    burned = 1.0 - slip
    co2 = fossil * (burned * block.number("ttw_co2", carrier))[:, None]
    other = burned * (
        block.number("ttw_ch4", carrier) * gwp.ch4 + block.number("ttw_n2o", carrier) * gwp.n2o
    )
    other = other + slip * 1000.0 / METHANE_MJ_PER_KG * gwp.ch4
    later = np.maximum(at - region.years.last_observed, 0.0)
    decline = (1.0 - block.number("wtt_decline", carrier)[:, None]) ** later
    supply = fossil * block.number("wtt_factor", carrier)[:, None] * decline
    supply += bio * block.number("bio_factor", carrier)[:, None]
    supply += synthetic * block.number("efuel_electricity")[:, None] * grid / MJ_PER_KWH
    return co2, co2 + other[:, None], supply


def _emit(block: Block, energy: Array, out: dict[str, Array]) -> None:
    """Emissions by stage and class, removals and the balance (F, B)."""
    region = block.region
    at = region.calendar[region.output :]
    grid = _grid(block)
    co2, ttw, wtt = np.zeros((3, block.size, len(region.carriers), at.size))
    for place, carrier in enumerate(region.carriers):
        role = region.structure.carriers[carrier].role
        if role == "power":
            wtt[:, place] = grid * block.number("charging_mix")[:, None] / MJ_PER_KWH
        elif role == "hydrogen":
            wtt[:, place] = block.path("hydrogen_intensity", at=at)
        else:
            co2[:, place], ttw[:, place], wtt[:, place] = _fuel(block, carrier, grid)
    used = energy.sum(axis=1)
    out["energy"] = used
    out["ttw_co2"] = (used * co2).sum(axis=1) / KT_PER_MT
    stages = [(used * factor).sum(axis=1) / KT_PER_MT for factor in (ttw, wtt)]
    out["emissions"] = np.stack(stages, axis=1)
    out["emissions_by_class"] = np.einsum("dcft,dft->dct", energy, ttw + wtt) / KT_PER_MT
    gross = out["emissions"].sum(axis=1)
    timing = region.structure.removals
    start = region.levers.removals_start
    start = timing.start if start is None else start
    phased_in = np.clip((at - start) / (region.years.horizon - start), 0.0, 1.0)
    base = gross[:, timing.base_year - region.years.first_output]
    out["removals"] = (block.number("removal_share") * base)[:, None] * phased_in
    out["net_emissions"] = gross - out["removals"]
