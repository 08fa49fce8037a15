"""Making, keeping and retiring vehicles (equations V). Kilograms of CO2e, kWh, calendar years."""

import math
from dataclasses import dataclass

from tests.reference.draw import Curve, Draw
from tests.reference.turnover import Fleet


@dataclass
class ClassYear:
    """The vehicle cycle of one class in one year.

    Attributes
    ----------
    making, maintenance, batteries, fuel_cells, credit : float
        kg CO2e; the credit is positive and is subtracted.
    new, replaced, retired : float
        Batteries, kWh.
    """

    making: float
    maintenance: float
    batteries: float
    fuel_cells: float
    credit: float
    new: float
    replaced: float
    retired: float

    @property
    def emissions(self) -> float:
        """All of it, kg CO2e (B-1)."""
        return self.making + self.maintenance + self.batteries + self.fuel_cells - self.credit


def over_last_observed(power: Curve, year: int, last_observed: int) -> float:
    """Give the carbon of power relative to the grid's last observed year, ``q`` (V)."""
    now, then = power(year), power(last_observed)
    if now == 0.0:
        return 0.0
    return now / then if then != 0.0 else math.inf


def changed_since(draw: Draw, power: Curve, year: int, share: float, decline: float) -> float:
    """Emissions of making something relative to the last observed year (V-1, V-2).

    ``share`` of them follows the power it is made with, the rest declines.
    """
    later = max(0, year - draw.years.last_observed)
    rest = (1.0 - share) * (1.0 - decline) ** later
    if share == 0.0:
        return rest
    known = draw.inputs.table("grid_intensity").rows()
    counted = max(year for year in known if year <= draw.years.horizon)
    return share * over_last_observed(power, year, counted) + rest


def power_of_batteries(draw: Draw, grid: Curve) -> Curve:
    """Give the carbon of the power that batteries are made with, g CO2e/kWh (V-2, F-4)."""
    imported = draw.number("battery_import_share")
    elsewhere = draw.path("import_grid")
    return lambda year: (1.0 - imported) * grid(year) + imported * elsewhere(year)


def mean_life(draw: Draw, vehicle_class: str, fleet: Fleet, powertrain: str) -> float:
    """Years that a vehicle is in use on average, waves left out (V)."""
    life = fleet.survival.scale * math.gamma(1.0 + 1.0 / fleet.survival.kappa)
    if fleet.group[powertrain] == 1:
        life *= draw.number("life_ratio", vehicle_class)
    return fleet.survival.delay + life


def battery_sizes(draw: Draw, vehicle_class: str) -> dict[tuple[str, int], float]:
    """Battery of every model year: (powertrain, vintage) to kWh (V-2)."""
    sizes = {}
    for powertrain in draw.structure.powertrains:
        size = draw.path("battery_size", vehicle_class, powertrain)
        for vintage in range(draw.years.first_vintage, draw.years.horizon + 1):
            sizes[powertrain, vintage] = size(vintage)
    return sizes


def replaced_batteries(
    draw: Draw,
    vehicle_class: str,
    fleet: Fleet,
    sizes: dict[tuple[str, int], float],
    year: int,
) -> float:
    """Batteries replaced in a year, at half of the mean life of their vehicles, kWh (V-2)."""
    total = 0.0
    for powertrain in draw.structure.powertrains:
        half = mean_life(draw, vehicle_class, fleet, powertrain) / 2.0
        if math.isnan(half):
            return math.nan
        whole = math.floor(half)
        part = half - whole
        per_life = draw.number("battery_replacements", vehicle_class, powertrain)
        for vintage, weight in ((year - whole, 1.0 - part), (year - whole - 1, part)):
            if vintage >= draw.years.first_vintage:
                sold = fleet.sold.get((powertrain, vintage), 0.0) * sizes[powertrain, vintage]
                total += per_life * weight * sold
    return total


def capacity_in_use(fleet: Fleet, sizes: dict[tuple[str, int], float], year: int) -> float:
    """Batteries in vehicles in use at the end of a year, kWh (V-2)."""
    return sum(sizes[cohort] * number for cohort, number in fleet.cohorts(year).items())


def cycle_of_class(
    draw: Draw, vehicle_class: str, fleet: Fleet, grid: Curve
) -> dict[int, ClassYear]:
    """Follow the vehicle cycle of one class through the output years (V-1 to V-3).

    ``grid`` is the power of the region, g CO2e/kWh delivered.
    """
    sizes = battery_sizes(draw, vehicle_class)
    battery_power = power_of_batteries(draw, grid)
    cell, tank = draw.path("fuel_cell_making"), draw.path("tank_making")
    names = list(draw.structure.powertrains)
    result = {}
    for year in range(draw.years.first_output, draw.years.horizon + 1):
        making = draw.number("vehicle_making", vehicle_class) * changed_since(
            draw,
            grid,
            year,
            draw.number("making_power_share"),
            draw.number("making_decline"),
        )
        per_battery = draw.number("battery_making") * changed_since(
            draw,
            battery_power,
            year,
            draw.number("battery_power_share"),
            draw.number("battery_decline"),
        )
        made = retained = cells = new = 0.0
        for name in names:
            sold = fleet.sold.get((name, year), 0.0)
            made += sold * making * draw.number("making_ratio", vehicle_class, name)
            cells += sold * (
                draw.number("fuel_cell_power", vehicle_class, name) * cell(year)
                + draw.number("tank_capacity", vehicle_class, name) * tank(year)
            )
            new += sold * sizes[name, year]
        for (name, _), number in fleet.cohorts(year).items():
            life = mean_life(draw, vehicle_class, fleet, name)
            retained += number * draw.number("maintenance", vehicle_class) / life
        replaced = replaced_batteries(draw, vehicle_class, fleet, sizes, year)
        before, after = (capacity_in_use(fleet, sizes, when) for when in (year - 1, year))
        retired = before + new + replaced - after
        scrapped = sum(fleet.scrapped(year).values())
        credit = draw.number("recycling_credit") * retired
        credit += draw.number("scrap_credit", vehicle_class) * scrapped
        batteries = (new + replaced) * per_battery
        result[year] = ClassYear(made, retained, batteries, cells, credit, new, replaced, retired)
    return result
