"""Scratch arrays of one thread, one meaning each, by family of equations.

``LANES`` draws stand side by side, the draw as the last axis. Years count from the first vintage,
output years from the first output year.
"""

from typing import NamedTuple

import numpy as np

from mc_engine.models.cohort_fleet.layout import Floats, Ints
from mc_engine.models.cohort_fleet.stock import Vintages, allocate_vintages
from mc_engine.models.cohort_fleet.vintages import PAD, Cohorts, allocate_cohorts
from mc_engine.models.road_fleet.static import Static
from mc_engine.numerics.lanes import LANES, rows

# Labels of the axis ``channel``: plug-in vehicles, use-weighted vehicles, then the carriers.
PLUG_IN, DRIVEN, FIRST_CARRIER = range(3)
# Labels of the axis ``stage``, in the order of the outputs.
STAGES = TTW, WTT, VEHICLE_CYCLE = range(3)
# Survival groups: combustion, and powertrains whose life differs by a ratio.
GROUPS = 2


class Region(NamedTuple):
    """What all classes share; float64[year, lane] each.

    Attributes
    ----------
    people : people
    economy : 1/yr
        Growth of the economy.
    grid : g CO2e/kWh
        Delivered electricity, average of the grid.
    efuel_electricity : g CO2e/MJ
        Of the electricity in e-fuel.
    vehicle_production : 1
        Emissions of producing a vehicle relative to the base year.
    battery_production : kg CO2e/kWh
    fuel_cell_production : kg CO2e/kW
    tank_production : kg CO2e/kg
    """

    people: Floats
    economy: Floats
    grid: Floats
    efuel_electricity: Floats
    vehicle_production: Floats
    battery_production: Floats
    fuel_cell_production: Floats
    tank_production: Floats


class Supply(NamedTuple):
    """Emissions of carriers; float64[year, lane] where nothing else stands.

    Attributes
    ----------
    ttw, wtt, fossil : float64[carrier, year, lane], g CO2e/MJ
        Tailpipe, upstream, and the fossil CO2 inside the first.
    generated : g CO2e/kWh
        Electricity generated, before losses and accounting.
    upstream : g CO2e/kWh
        Before the power station.
    accounting : 1
    efuel_use : MJ/MJ
        Electricity in e-fuel.
    bio, efuel : 1
        Shares in one fuel.
    electrolysis : MJ/MJ
        Electricity in hydrogen of one route on the grid.
    electricity : MJ/MJ
        Electricity in hydrogen, all routes.
    route : g CO2e/MJ
        Emissions of one route that does not run on the grid.
    hydrogen : g CO2e/MJ
        At the nozzle.
    routes : float64[route, year, lane], 1
    forks : float64[node, year, lane], 1
        Shares of the routes of hydrogen, and the forks that give them.
    pool : float64[node, lane], 1
    """

    ttw: Floats
    wtt: Floats
    fossil: Floats
    generated: Floats
    upstream: Floats
    accounting: Floats
    efuel_use: Floats
    bio: Floats
    efuel: Floats
    electrolysis: Floats
    electricity: Floats
    route: Floats
    hydrogen: Floats
    routes: Floats
    forks: Floats
    pool: Floats


class Target(NamedTuple):
    """Stock that one class should have, and what gives it; float64[year, lane].

    Attributes
    ----------
    stock : vehicles
    ownership : vehicles/person
    elasticity, modal_shift, load_index : 1
    """

    stock: Floats
    ownership: Floats
    elasticity: Floats
    modal_shift: Floats
    load_index: Floats


class Fleet(NamedTuple):
    """Vehicles.

    Attributes
    ----------
    stock, sales : float64[class, year, lane]
    sold : float64[powertrain, year, lane]
        Sales of one class by powertrain and vintage.
    """

    stock: Floats
    sales: Floats
    sold: Floats


class Weibull(NamedTuple):
    """Survival of one class; float64[lane].

    Attributes
    ----------
    shape : 1
    scale : yr
    unit_mean : 1
        Mean life where the scale is 1.
    hazard : yr^-kappa
        ``x``.
    life : float64[group, lane], yr
        Mean life without waves.
    share : 1
        Stock per registration in the official count.
    guess : 1
        First guess of ``ln x``.
    """

    shape: Floats
    scale: Floats
    unit_mean: Floats
    hazard: Floats
    life: Floats
    share: Floats
    guess: Floats


class Forks(NamedTuple):
    """Adoption in one class, 1.

    Attributes
    ----------
    branch : float64[node, year, lane]
        Share of each fork's child.
    pool : float64[node, lane]
        What reaches a fork in one year.
    share : float64[powertrain, year, lane]
        Of sales, after the last observed year.
    """

    branch: Floats
    pool: Floats
    share: Floats


class Driving(NamedTuple):
    """Use and energy of one class.

    Attributes
    ----------
    distance : float64[year, lane], km/yr
    electric_share : float64[year, lane], 1
    per_km : float64[year, lane], MJ/km
        By model year; only a replay asks for it.
    weights : float64[age + 2 * PAD, lane], 1
        Survival times the age profile of distance of one survival group, oldest age first.
    channels : float64[channel, year + PAD, lane]
        Effective vintages of one survival group, times use and energy.
    first : int64[channel]
        First vintage of a channel; one past the last year where it has none.
    summed : int64[channel]
        Whether a channel of the class differs from 0 in any group.
    sums : float64[channel, output year, lane]
        Over vintages and groups.
    scale : float64[output year, lane], km/yr
        Distance at full use and age 0.
    """

    distance: Floats
    electric_share: Floats
    per_km: Floats
    weights: Floats
    channels: Floats
    first: Ints
    summed: Ints
    sums: Floats
    scale: Floats


class Making(NamedTuple):
    """Making and end of life of one class.

    Attributes
    ----------
    abroad : float64[year, lane], g CO2e/kWh
        Electricity where batteries are imported from.
    size : float64[year, lane], kWh
        Battery of a new vehicle of one powertrain.
    capacity_sold : float64[year + PAD, lane], kWh
        Batteries by effective vintage of one survival group.
    replacing : float64[1 + year, lane], kWh
        Batteries by vintage times replacements per life; before the first vintage 0.
    new, replaced : float64[output year, lane], kWh
    in_use : float64[1 + output year, lane], kWh
        The year before the outputs comes first.
    whole : int64[lane]; part, before : float64[lane]
        Half a life in whole years and the rest, and what was sold so long ago.
    demand, retired : float64[output year, lane], kWh
    vehicles : float64[output year, lane], vehicles
        Sales weighted by what making one takes.
    fuel_cells : float64[output year, lane], kW
    tanks : float64[output year, lane], kg
    emitted : float64[output year, lane], kg CO2e
    """

    abroad: Floats
    size: Floats
    capacity_sold: Floats
    replacing: Floats
    new: Floats
    replaced: Floats
    in_use: Floats
    whole: Ints
    part: Floats
    before: Floats
    demand: Floats
    retired: Floats
    vehicles: Floats
    fuel_cells: Floats
    tanks: Floats
    emitted: Floats


class OfClass(NamedTuple):
    """Results of one class; float64[output year, lane].

    Attributes
    ----------
    supplied, emitted : Mt CO2e/yr
        Emissions before the tailpipe, and in the widest scope.
    scrapped : vehicles
    plug_in_share : 1
        Of sales.
    """

    supplied: Floats
    emitted: Floats
    scrapped: Floats
    plug_in_share: Floats


class Totals(NamedTuple):
    """Sums over classes; float64[output year, lane].

    Attributes
    ----------
    emissions : float64[stage, output year, lane], Mt CO2e/yr
    co2 : Mt/yr
    plug_in_stock : vehicles
    battery_demand, battery_retirements : kWh
    energy : float64[carrier, output year, lane], PJ/yr
    gross, granted, net : Mt CO2e/yr
    stock_gap : vehicles
    """

    emissions: Floats
    co2: Floats
    plug_in_stock: Floats
    battery_demand: Floats
    battery_retirements: Floats
    energy: Floats
    gross: Floats
    granted: Floats
    net: Floats
    stock_gap: Floats


class Scratch(NamedTuple):
    """Scratch of one thread.

    Attributes
    ----------
    row : float64[column, lane]
        The draws.
    points : float64[2, point, lane]
        Of ``path_values``.
    status : float64[lane]
    """

    row: Floats
    points: Floats
    status: Floats
    region: Region
    supply: Supply
    target: Target
    fleet: Fleet
    weibull: Weibull
    cohorts: Cohorts
    vintages: Vintages
    forks: Forks
    driving: Driving
    making: Making
    of_class: OfClass
    totals: Totals


def _supply(carriers: int, years: int, routes: int, forks: int) -> Supply:
    """Allocate what the carriers need."""
    return Supply(
        **{name: rows(carriers, years) for name in Supply._fields[:3]},
        **{name: rows(years) for name in Supply._fields[3:-3]},
        routes=rows(routes, years),
        forks=rows(forks, years),
        pool=rows(max(forks, 1)),
    )


def _weibull() -> Weibull:
    """Allocate what is known of the survival of a class."""
    made = {name: rows(1)[0] for name in Weibull._fields}
    return Weibull(**made | {"life": rows(GROUPS)})


def _driving(channels: int, ages: int, years: int, out_years: int) -> Driving:
    """Allocate what use and energy of a class need."""
    return Driving(
        distance=rows(years),
        electric_share=rows(years),
        per_km=rows(years),
        weights=rows(ages + 2 * PAD),
        channels=rows(channels, years + PAD),
        first=np.zeros(channels, dtype=np.int64),
        summed=np.zeros(channels, dtype=np.int64),
        sums=rows(channels, out_years),
        scale=rows(out_years),
    )


def _making(years: int, out_years: int) -> Making:
    """Allocate what making and end of life of a class need."""
    made = {name: rows(out_years) for name in Making._fields}
    own = {
        "abroad": rows(years),
        "size": rows(years),
        "capacity_sold": rows(years + PAD),
        "replacing": rows(1 + years),
        "in_use": rows(1 + out_years),
        "whole": np.zeros(LANES, dtype=np.int64),
        "part": rows(1)[0],
        "before": rows(1)[0],
    }
    return Making(**made | own)


def _totals(carriers: int, out_years: int) -> Totals:
    """Allocate the sums over classes."""
    made = {name: rows(out_years) for name in Totals._fields}
    own = {"emissions": rows(len(STAGES), out_years), "energy": rows(carriers, out_years)}
    return Totals(**made | own)


def scratch(static: Static, columns: int, points: int) -> Scratch:
    """Allocate the scratch arrays that fit a region.

    Parameters
    ----------
    static : Static
    columns : int
        Width of a draw's row.
    points : int
        Points of the longest path.
    """
    classes, powertrains, years = static.registrations.sold.shape
    waves, nodes = static.waves.years.quarters.shape[0], static.adoption.child.size
    carriers = static.fuels.of_carrier.size
    ages, out_years = static.survival.log_age.size, years - static.years.first_output
    return Scratch(
        row=rows(columns),
        points=rows(2, points),
        status=rows(1)[0],
        region=Region(*(rows(years) for _ in Region._fields)),
        supply=_supply(carriers, years, static.hydrogen.on_grid.size, static.hydrogen.child.size),
        target=Target(*(rows(years) for _ in Target._fields)),
        fleet=Fleet(
            stock=rows(classes, years), sales=rows(classes, years), sold=rows(powertrains, years)
        ),
        weibull=_weibull(),
        cohorts=allocate_cohorts(GROUPS, waves, ages, years),
        vintages=allocate_vintages(GROUPS, years),
        forks=Forks(branch=rows(nodes, years), pool=rows(nodes), share=rows(powertrains, years)),
        driving=_driving(FIRST_CARRIER + carriers, ages, years, out_years),
        making=_making(years, out_years),
        of_class=OfClass(*(rows(out_years) for _ in OfClass._fields)),
        totals=_totals(carriers, out_years),
    )
