"""The road-fleet model once more, in plain NumPy over blocks of draws.

This is what the kernel's speed is compared with: the code a good NumPy programmer would write
from ``docs/model.md``. A block of draws is evaluated at once, with the draw as the last axis of
every array, so that each operation runs along memory; loops go over classes and years only, and
powertrains are combined before the sums over vintages. It assumes that every draw can be
evaluated: it sets no status.
"""

import numpy as np

from benchmarks.numpy_cycle import Held, Making, battery_sizes, cycle_of_class
from benchmarks.numpy_demand import (
    demand_lever,
    distance_before_lever,
    people,
    target_stock,
)
from benchmarks.numpy_fleet import Fleet, close_count, new_fleet, split_factors
from benchmarks.numpy_paths import Array
from benchmarks.numpy_region import Block, Region
from benchmarks.numpy_supply import carrier_factors, grid
from mc_engine.units import HYDROGEN_MJ_PER_KG
from mc_engine.vocabulary.inputs import ModelInputs

MILLION = 1e6
KT_PER_MT = 1e3
MJ_PER_PJ = 1e9


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
    out: dict[str, Array] = {}
    for start in range(0, rows.shape[0], block):
        for name, part in _evaluate_block(Block(region, rows[start : start + block])).items():
            whole = out.setdefault(name, np.empty((rows.shape[0], *part.shape[:-1])))
            whole[start : start + block] = np.moveaxis(part, -1, 0)
    return out


def _evaluate_block(block: Block) -> dict[str, Array]:
    """Project the fleet, then count its energy and its emissions."""
    region = block.region
    splits = split_factors(block)
    fleets = {name: new_fleet(block, name, splits) for name in region.classes}
    close_count(block, fleets)
    population = people(block)
    classes = region.structure.vehicle_classes
    years = region.calendar.size - region.output
    by_class = (len(classes), years, block.size)
    out = {
        "stock": np.empty(by_class),
        "sales": np.empty(by_class),
        "scrapped": np.empty(by_class),
        "plug_in_sales_share": np.empty(by_class),
        "plug_in_stock": np.zeros((years, block.size)),
        "survival_scale": np.empty((len(classes), block.size)),
        "clipped_years": np.zeros(block.size),
        "battery_demand": np.zeros((years, block.size)),
        "battery_retirements": np.zeros((years, block.size)),
    }
    energy = np.empty((len(classes), len(region.carriers), years, block.size))
    cycle = np.empty(by_class)
    power = grid(block)
    making = Making(block, power)
    for name in sorted(classes, key=lambda label: classes[label].driver == "ownership"):
        place = region.classes.index(name)
        target = target_stock(block, name, fleets, population)
        sizes = battery_sizes(block, fleets[name])
        energy[place], held = _follow(block, fleets[name], sizes, target, out)
        cycle[place] = cycle_of_class(block, fleets[name], sizes, held, making, out)
    _compare_stock(block, out)
    _emit(block, energy, cycle, power, out)
    return out


class Channels:
    """What one survival group of a class sold, by what is to be summed over its vintages.

    Attributes
    ----------
    rows : float64[channel, vintage, draw]
        Channel 0: vehicles. Channel 1: plug-in vehicles. Channel 2: batteries, kWh. Channel 3:
        vehicles times use ratio. The others: that, times the energy per km on one carrier each.
        Vintages still to be projected hold the same per vehicle of the class sold.
    carriers : list of int
        Which carrier each channel from 4 on stands for.
    first : int
        First vintage with a vehicle.
    """

    def __init__(self, block: Block, fleet: Fleet, sizes: dict[int, Array], group: int) -> None:
        region, name = block.region, fleet.survival.name
        self.group = group
        vehicles, plugged, batteries, used = np.zeros((4, region.vintages.size, block.size))
        energy: dict[str, Array] = {}
        for place, powertrain in enumerate(region.powertrains):
            cells = fleet.cells[place]
            if region.group[place] != group or not cells.any():
                continue
            vehicles += cells
            if region.plug_in[place]:
                plugged += cells
            if place in sizes:
                batteries += cells * sizes[place]
            driven = cells * block.number("use_ratio", name, powertrain)
            used += driven
            for carrier, per_km in _energy_per_km(block, name, powertrain).items():
                energy[carrier] = energy.get(carrier, 0.0) + driven * per_km
        self.rows = np.stack([vehicles, plugged, batteries, used, *energy.values()])
        self.carriers = [region.carriers.index(carrier) for carrier in energy]
        self.any_plug_in = bool(plugged.any())
        self.any_battery = bool(batteries.any())
        self.first = int(np.argmax(vehicles.any(axis=1)))
        self.factors = fleet.survival.wave_factors(group, region.calendar)
        self.by_age = fleet.survival.by_age(group)


def _follow(
    block: Block, fleet: Fleet, sizes: dict[int, Array], target: Array, out: dict[str, Array]
) -> tuple[Array, Held]:
    """Sell what the target asks for, write the class's outputs, and give its energy.

    Returns float64[carrier, year, draw] in PJ/yr, and what the class has at year ends.
    """
    region, survival = block.region, fleet.survival
    groups = [Channels(block, fleet, sizes, group) for group, _ in fleet.by_group()]
    sales = fleet.cells.sum(axis=0)
    ages = np.arange(survival.max_age + 1.0)[:, None]
    profile = np.exp(-block.number("distance_age_decline", survival.name) * ages)
    profile[0] = 0.5  # U-2: a new vehicle is there for half of its first year
    years = region.calendar.size - region.output
    used = np.zeros((1 + len(region.carriers), years, block.size))
    held = Held(np.zeros((2, *fleet.stock.shape)), np.zeros(fleet.stock.shape))
    for step, year in enumerate(region.calendar):
        shares = [survival.in_use(year, one.by_age, one.factors[step]) for one in groups]
        # Rows of each group in use this year, and their shares.
        parts = []
        for one, (oldest, share) in zip(groups, shares, strict=True):
            skip = max(0, one.first - oldest)
            parts.append((one, one.rows[:, oldest + skip : oldest + share.shape[0]], share[skip:]))
        if step > region.last:
            before = sum(np.einsum("vd,vd->d", s[:-1], rows[0, :-1]) for _, rows, s in parts)
            missing = target[step - region.last] - before
            out["clipped_years"] += missing < 0.0
            vintage = int(year) - region.years.first_vintage
            sales[vintage] = np.maximum(missing, 0.0)
            for one in groups:
                one.rows[:, vintage] *= sales[vintage]
        for one, rows, share in parts:
            held.vehicles[one.group, step] = np.einsum("vd,vd->d", share, rows[0])
            if one.any_battery:
                held.batteries[step] += np.einsum("vd,vd->d", share, rows[2])
            if step < region.output:
                continue
            now = step - region.output
            if one.any_plug_in:
                out["plug_in_stock"][now] += np.einsum("vd,vd->d", share, rows[1]) / MILLION
            driving = share * profile[share.shape[0] - 1 :: -1] if share.size else share
            summed = np.einsum("vd,cvd->cd", driving, rows[3:])
            used[0, now] += summed[0]
            used[[1 + carrier for carrier in one.carriers], now] += summed[1:]
        fleet.stock[step] = held.vehicles[:, step].sum(axis=0)
    fleet.cells[:, region.history :] *= sales[region.history :]
    _count_vehicles(block, fleet, sales, out)
    distance = distance_before_lever(block, survival.name)[region.output :]
    total = distance * demand_lever(block, survival.name) * fleet.stock[region.output :]
    weight = used[0]
    per_weight = np.divide(total, weight, out=np.zeros_like(total), where=weight != 0.0)
    return used[1:] * (per_weight / MJ_PER_PJ), held


def _count_vehicles(block: Block, fleet: Fleet, sales: Array, out: dict[str, Array]) -> None:
    """Stock, sales and scrapped vehicles of a class, million (T-6)."""
    region = block.region
    place = region.classes.index(fleet.survival.name)
    first = region.years.first_output - region.years.first_vintage
    stock, sold = fleet.stock[region.output - 1 :], sales[first:]
    out["stock"][place] = stock[1:] / MILLION
    out["sales"][place] = sold / MILLION
    out["scrapped"][place] = (stock[:-1] + sold - stock[1:]) / MILLION
    out["plug_in_sales_share"][place] = fleet.shares[region.plug_in, first:].sum(axis=0)
    out["survival_scale"][place] = fleet.survival.x ** (-1.0 / fleet.survival.kappa)


def _energy_per_km(block: Block, name: str, powertrain: str) -> dict[str, Array]:
    """Energy of new vehicles by carrier, MJ/km: float64[vintage, draw] (E-1 to E-3)."""
    region, last = block.region, block.region.years.last_observed
    labels = (name, powertrain)
    ratio = block.number("energy_ratio", *labels)
    approved = region.rows("type_approval", vehicle_class=name, powertrain=powertrain)
    if approved:
        until = np.minimum(region.vintages, last)
        history = np.interp(until, sorted(approved), [approved[year] for year in sorted(approved)])
        first = history[:, None] * (block.number("type_approval_gap", *labels) * ratio)
    else:
        first = block.number("energy_new", *labels) * ratio
        if region.inputs.slot("energy_new", *labels).boundary == "battery":
            first = first / block.number("charging_efficiency", name)
    floor = block.number("energy_floor", *labels)
    kept = 1.0 - block.number("energy_decline", *labels)
    change = np.ones((region.vintages.size, block.size))
    later = region.vintages[region.history :, None] - last
    change[region.history :] = floor + (1.0 - floor) * kept**later
    first = first * change
    kappa = region.structure.carriers_of(name, powertrain)
    if not region.structure.powertrains[powertrain].two_carriers:
        return {carrier: share * first for carrier, share in kappa.items()}
    electric = block.path("electric_share", *labels, at=region.vintages)
    rest = (1.0 - electric) * (block.number("energy_fuel_mode", *labels) * change)
    used = {carrier: share * rest for carrier, share in kappa.items()}
    power = next(c for c, kind in region.structure.carriers.items() if kind.role == "power")
    used[power] = used.get(power, 0.0) + electric * first
    return used


def _compare_stock(block: Block, out: dict[str, Array]) -> None:
    """Modelled minus official stock, million; NaN in years without an official figure."""
    region = block.region
    years = region.calendar[region.output :]
    out["stock_gap"] = np.full((years.size, block.size), np.nan)
    count = region.structure.count
    if count is None:
        return
    rows = region.rows(count.table)
    official = np.array([[rows.get(int(year), np.nan)] for year in years])
    counted = official - block.number("count_out_of_scope")
    out["stock_gap"] = out["stock"].sum(axis=0) - counted / MILLION


def _emit(block: Block, energy: Array, cycle: Array, power: Array, out: dict[str, Array]) -> None:
    """Emissions by stage and class, removals and the balance (F, B)."""
    region = block.region
    at = region.calendar[region.output :]
    co2, ttw, wtt = carrier_factors(block, power)
    used = energy.sum(axis=0)
    out["energy"] = used
    hydrogen = [c.role == "hydrogen" for c in region.structure.carriers.values()]
    out["hydrogen_demand"] = used[hydrogen].sum(axis=0) / HYDROGEN_MJ_PER_KG
    out["ttw_co2"] = np.einsum("ftd,ftd->td", used, co2) / KT_PER_MT
    stages = [np.einsum("ftd,ftd->td", used, factor) / KT_PER_MT for factor in (ttw, wtt)]
    out["emissions"] = np.stack([*stages, cycle.sum(axis=0)])
    out["emissions_by_class"] = np.einsum("cftd,ftd->ctd", energy, ttw + wtt) / KT_PER_MT + cycle
    gross = out["emissions"].sum(axis=0)
    timing = region.structure.removals
    start = region.levers.removals_start
    start = timing.start if start is None else start
    phased_in = np.clip((at - start) / (region.years.horizon - start), 0.0, 1.0)[:, None]
    base = gross[timing.base_year - region.years.first_output]
    out["removals"] = block.number("removal_share") * base * phased_in
    out["net_emissions"] = gross - out["removals"]
