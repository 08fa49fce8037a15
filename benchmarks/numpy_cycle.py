"""Vehicle cycle of the NumPy reference (equations V of ``docs/model.md``)."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gamma

from benchmarks.numpy_fleet import Fleet
from benchmarks.numpy_paths import Array
from benchmarks.numpy_region import Block

KWH_PER_GWH = 1e6
KG_PER_MT = 1e9
MILLION = 1e6


def battery_sizes(block: Block, fleet: Fleet) -> dict[int, Array]:
    """Batteries of powertrains that have one, kWh: place to float64[vintage, draw] (V-2)."""
    region, sizes = block.region, {}
    for place, powertrain in enumerate(region.powertrains):
        if fleet.cells[place].any():
            size = block.path("battery_size", fleet.survival.name, powertrain, at=region.vintages)
            if size.any():
                sizes[place] = size
    return sizes


class Making:
    """What making costs in carbon in every output year, the same for all classes.

    Attributes
    ----------
    vehicle : float64[year, draw], 1
        Of a vehicle, relative to the last observed year (V-1).
    battery : float64[year, draw], kg CO2e/kWh
    cell : float64[year, draw], kg CO2e/kW
    tank : float64[year, draw], kg CO2e/kg
    """

    def __init__(self, block: Block, power: Array) -> None:
        region = block.region
        self.block = block
        at = region.calendar[region.output :]
        self.later = np.maximum(at - region.years.last_observed, 0.0)[:, None]
        counted = (t for t in region.rows("grid_intensity") if t <= region.years.horizon)
        self.known = max(counted) - region.years.first_output
        self.vehicle = self._change("making", power)
        imported = block.number("battery_import_share")
        mixed = power
        if imported.any():
            mixed = (1.0 - imported) * power + imported * block.path("import_grid", at=at)
        self.battery = block.number("battery_making") * self._change("battery", mixed)
        self.cell = block.path("fuel_cell_making", at=at)
        self.tank = block.path("tank_making", at=at)

    def _change(self, what: str, power: Array) -> Array:
        """What is left of it: some follows power since its last count, the rest declines."""
        share = self.block.number(f"{what}_power_share")
        total = (1.0 - share) * (1.0 - self.block.number(f"{what}_decline")) ** self.later
        if share.any():
            with np.errstate(divide="ignore", invalid="ignore"):
                relative = np.where(power == 0.0, 0.0, power / power[self.known])
                total += np.where(share == 0.0, 0.0, share * relative)
        return total


@dataclass
class Held:
    """What a class has at year ends, whole calendar.

    Attributes
    ----------
    vehicles : float64[group, year, draw]
    batteries : float64[year, draw], kWh
    """

    vehicles: Array
    batteries: Array


def cycle_of_class(
    block: Block,
    fleet: Fleet,
    sizes: dict[int, Array],
    held: Held,
    making: Making,
    out: dict[str, Array],
) -> Array:
    """Emissions of the vehicle cycle of a class, Mt: float64[year, draw] (V-1 to V-3).

    Adds to the batteries of ``out``. ``fleet.cells`` hold vehicles sold in all years.
    """
    region, name = block.region, fleet.survival.name
    survival = fleet.survival
    first = region.years.first_output - region.years.first_vintage
    life = survival.x ** (-1.0 / survival.kappa) * gamma(1.0 + 1.0 / survival.kappa)
    delay = survival.delay
    lives = (delay + life, delay + life * block.number("life_ratio", name))
    made, fitted = np.zeros((2, *making.vehicle.shape))
    for place, powertrain in enumerate(region.powertrains):
        sold = fleet.cells[place, first:]
        if not sold.any():
            continue
        made += sold * block.number("making_ratio", name, powertrain)
        cell = block.number("fuel_cell_power", name, powertrain)
        tank = block.number("tank_capacity", name, powertrain)
        if cell.any() or tank.any():
            fitted += sold * (cell * making.cell + tank * making.tank)
    total = made * block.number("vehicle_making", name) * making.vehicle + fitted
    maintenance = block.number("maintenance", name)
    if maintenance.any():
        for vehicles, years in zip(held.vehicles, lives, strict=True):
            total += vehicles[region.output :] * (maintenance / years)
    if sizes:
        new, replaced = _batteries(block, fleet, sizes, lives)
        in_use = held.batteries[region.output - 1 :]
        retired = in_use[:-1] + new + replaced - in_use[1:]
        total += (new + replaced) * making.battery
        total -= block.number("recycling_credit") * retired
        out["battery_demand"] += (new + replaced) / KWH_PER_GWH
        out["battery_retirements"] += retired / KWH_PER_GWH
    credit = block.number("scrap_credit", name)
    if credit.any():
        total -= out["scrapped"][region.classes.index(name)] * (credit * MILLION)
    return total / KG_PER_MT


def _batteries(
    block: Block, fleet: Fleet, sizes: dict[int, Array], lives: tuple[Array, Array]
) -> tuple[Array, Array]:
    """New and replaced batteries of the output years, kWh: float64[year, draw] each (V-2)."""
    region = block.region
    first = region.years.first_output - region.years.first_vintage
    years = region.vintages.size - first
    new, replaced = np.zeros((2, years, block.size))
    # Batteries whose replacement is due, by group, after one year in which there are none.
    due: dict[int, Array] = {}
    for place, size in sizes.items():
        sold = fleet.cells[place] * size
        new += sold[first:]
        per_life = block.number(
            "battery_replacements", fleet.survival.name, region.powertrains[place]
        )
        if per_life.any():
            group = region.group[place]
            if group not in due:
                due[group] = np.zeros((1 + region.vintages.size, block.size))
            due[group][1:] += per_life * sold
    for group, batteries in due.items():
        half = lives[group] / 2.0
        whole = np.floor(half)
        part = half - whole
        place = np.arange(first + 1, first + 1 + years)[:, None] - whole.astype(np.int64)
        replaced += (1.0 - part) * np.take_along_axis(batteries, np.maximum(place, 0), axis=0)
        replaced += part * np.take_along_axis(batteries, np.maximum(place - 1, 0), axis=0)
    return new, replaced
