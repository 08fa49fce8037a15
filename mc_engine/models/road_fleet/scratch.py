"""Scratch arrays of one thread, one meaning each, by family of equations.

``LANES`` draws stand side by side, the draw as the last axis. Years count from the first vintage,
output years from the first output year.
"""

from typing import NamedTuple

import numpy as np

from mc_engine.models.road_fleet.cohorts import PAD, QUARTERS, TILE
from mc_engine.models.road_fleet.static import Floats, Ints, Static
from mc_engine.numerics.lanes import LANES, rows

# Channels of a survival group: plug-in vehicles, use-weighted vehicles, then the carriers.
PLUG, DRIVEN, FIRST_CARRIER = range(3)
# Stages of ``Totals.emissions``, in the order of the outputs.
TTW, WTT, VEHICLE_CYCLE = range(3)


class Region(NamedTuple):
    """What all classes share; float64[year, lane] each.

    Attributes
    ----------
    people : people
    economy : growth, 1/yr
    grid : delivered electricity, average, g CO2e/kWh
    efuel : electricity of e-fuel, g CO2e/MJ
    making_left : emissions of making a vehicle relative to the base year, 1
    pack, cell, tank : making a kWh of battery, a kW of fuel cell, a kg of tank, kg CO2e
    """

    people: Floats
    economy: Floats
    grid: Floats
    efuel: Floats
    making_left: Floats
    pack: Floats
    cell: Floats
    tank: Floats


class Supply(NamedTuple):
    """Emissions of carriers.

    Attributes
    ----------
    ttw, wtt, fossil : float64[carrier, year, lane], g CO2e/MJ
        Tailpipe, upstream, and the fossil CO2 inside the first.
    upstream, accounting : float64[year, lane]
        Of the grid.
    bio, efuel : float64[year, lane], 1
        Shares in one fuel.
    made : float64[year, lane]
        Electricity of electrolysis, then emissions of one other route.
    hydrogen : float64[year, lane]
        Electricity a MJ of hydrogen takes on the grid, 1; then what it emits, g CO2e/MJ.
    routes, forks : float64[route, year, lane], float64[node, year, lane], 1
        Shares of the routes of hydrogen, and the forks that give them.
    pool : float64[node, lane], 1
    """

    ttw: Floats
    wtt: Floats
    fossil: Floats
    upstream: Floats
    accounting: Floats
    bio: Floats
    efuel: Floats
    made: Floats
    hydrogen: Floats
    routes: Floats
    forks: Floats
    pool: Floats


class Target(NamedTuple):
    """Stock that one class should have, vehicles, and paths of its work; float64[year, lane]."""

    stock: Floats
    elasticity: Floats
    modal_shift: Floats
    load_index: Floats


class Fleet(NamedTuple):
    """Vehicles.

    Attributes
    ----------
    stock, sales : float64[class, year, lane]
    in_use : float64[group, year, lane]
        Stock of one class by survival group.
    counts : float64[group, year + PAD, lane]
        Effective vintages by survival group.
    number : float64[powertrain, year, lane]
        Sales by powertrain and vintage; after the last observed year first the shares in them.
    """

    stock: Floats
    sales: Floats
    in_use: Floats
    counts: Floats
    number: Floats


class Cohort(NamedTuple):
    """One class's survival.

    Attributes
    ----------
    shape, scale, mean, hazard : float64[lane]
        Weibull shape, 1, and scale, yr; mean life at scale 1; ``x``, yr^-kappa.
    life : float64[group, lane], yr
        Mean life without waves.
    share, guess : float64[lane]
        Stock per registration, and the first guess of ``ln x``.
    power : float64[age, lane], yr^kappa
    exposed : float64[group, year, lane]
    alive, driven : float64[group, age + 2 * PAD, lane], 1
        Oldest age first.
    multipliers : float64[wave, lane], 1
    touched : int64[group, wave]
    steps : float64[group, wave, quarters, age + TILE - 1, lane], 1
        What one to four quarters of a wave leave; oldest age first. Of age 0, and of the vintages
        to come, all is left.
    tile : float64[group, TILE, lane]
    """

    shape: Floats
    scale: Floats
    mean: Floats
    hazard: Floats
    life: Floats
    share: Floats
    guess: Floats
    power: Floats
    exposed: Floats
    alive: Floats
    driven: Floats
    multipliers: Floats
    touched: Ints
    steps: Floats
    tile: Floats


class Forks(NamedTuple):
    """Shares of forks, float64[node, year, lane]; pool of each; share of long-lived powertrains."""

    branch: Floats
    pool: Floats
    electric: Floats


class Driving(NamedTuple):
    """Use and energy of one class.

    Attributes
    ----------
    distance : float64[year, lane], km/yr
    electric_share : float64[year, lane], 1
    per_km : float64[year, lane], MJ/km
        By model year; only a replay asks for it.
    channels : float64[channel, year + PAD, lane]
        Effective vintages of one survival group, times use and energy.
    used, firsts : int64[channel]
        Whether a channel can differ from 0, and its first vintage.
    summed : int64[channel]
        Whether a channel of the class differs from 0 in any group.
    sums : float64[channel, output year, lane]
    """

    distance: Floats
    electric_share: Floats
    per_km: Floats
    channels: Floats
    used: Ints
    firsts: Ints
    summed: Ints
    sums: Floats


class Making(NamedTuple):
    """Making and end of life of one class.

    Attributes
    ----------
    size : float64[year, lane], kWh
        Battery of a new vehicle of one powertrain.
    pack : float64[year + PAD, lane], kWh
        Batteries by effective vintage of one survival group.
    replacing : float64[1 + year, lane], kWh
        Batteries by vintage times replacements per life; before the first vintage 0.
    new, replaced, capacity : float64[1 + output year, lane], kWh
        The year before the outputs comes first.
    whole : int64[lane]; part, before : float64[lane]
        Half a life in whole years and the rest, and what was sold so long ago.
    packs, retired : float64[output year, lane], kWh
    vehicles, cells, tanks : float64[output year, lane]
        Sales weighted by what making one takes.
    emitted : float64[output year, lane], kg CO2e
    """

    size: Floats
    pack: Floats
    replacing: Floats
    new: Floats
    replaced: Floats
    capacity: Floats
    whole: Ints
    part: Floats
    before: Floats
    packs: Floats
    retired: Floats
    vehicles: Floats
    cells: Floats
    tanks: Floats
    emitted: Floats


class OfClass(NamedTuple):
    """Results of one class; float64[output year, lane].

    Attributes
    ----------
    supplied, emitted : Mt CO2e/yr
        Emissions before the tailpipe, and in the widest scope.
    scrapped : vehicles, float64[year, lane]
    plug_in_share : 1, float64[year, lane]
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
    stock_gap : vehicles, float64[year, lane]
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
    status, clipped : float64[lane]
    """

    row: Floats
    points: Floats
    status: Floats
    clipped: Floats
    region: Region
    supply: Supply
    target: Target
    fleet: Fleet
    cohort: Cohort
    forks: Forks
    driving: Driving
    making: Making
    of_class: OfClass
    totals: Totals


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
    waves, nodes = static.waves.quarters.shape[0], static.adoption.child.size
    carriers = static.fuels.of_carrier.size
    ages, out_years = static.survival.log_age.size, years - static.years.first_output
    channels, forks = FIRST_CARRIER + carriers, static.hydrogen.child.size
    steps = rows(2, waves, QUARTERS, ages + TILE - 1)
    steps[:] = 1.0

    def lane() -> Floats:
        return rows(1)[0]

    return Scratch(
        row=rows(columns),
        points=rows(2, points),
        status=lane(),
        clipped=lane(),
        region=Region(*(rows(years) for _ in Region._fields)),
        supply=Supply(
            ttw=rows(carriers, years),
            wtt=rows(carriers, years),
            fossil=rows(carriers, years),
            upstream=rows(years),
            accounting=rows(years),
            bio=rows(years),
            efuel=rows(years),
            made=rows(years),
            hydrogen=rows(years),
            routes=rows(static.hydrogen.on_grid.size, years),
            forks=rows(forks, years),
            pool=rows(max(forks, 1)),
        ),
        target=Target(*(rows(years) for _ in Target._fields)),
        fleet=Fleet(
            stock=rows(classes, years),
            sales=rows(classes, years),
            in_use=rows(2, years),
            counts=rows(2, years + PAD),
            number=rows(powertrains, years),
        ),
        cohort=Cohort(
            shape=lane(),
            scale=lane(),
            mean=lane(),
            hazard=lane(),
            life=rows(2),
            share=lane(),
            guess=lane(),
            power=rows(ages),
            exposed=rows(2, years),
            alive=rows(2, ages + 2 * PAD),
            driven=rows(2, ages + 2 * PAD),
            multipliers=rows(waves),
            touched=np.zeros((2, waves), dtype=np.int64),
            steps=steps,
            tile=rows(2, TILE),
        ),
        forks=Forks(branch=rows(nodes, years), pool=rows(nodes), electric=rows(years)),
        driving=Driving(
            distance=rows(years),
            electric_share=rows(years),
            per_km=rows(years),
            channels=rows(channels, years + PAD),
            used=np.zeros(channels, dtype=np.int64),
            firsts=np.zeros(channels, dtype=np.int64),
            summed=np.zeros(channels, dtype=np.int64),
            sums=rows(channels, out_years),
        ),
        making=Making(
            size=rows(years),
            pack=rows(years + PAD),
            replacing=rows(1 + years),
            new=rows(1 + out_years),
            replaced=rows(1 + out_years),
            capacity=rows(1 + out_years),
            whole=np.zeros(LANES, dtype=np.int64),
            part=lane(),
            before=lane(),
            packs=rows(out_years),
            retired=rows(out_years),
            vehicles=rows(out_years),
            cells=rows(out_years),
            tanks=rows(out_years),
            emitted=rows(out_years),
        ),
        of_class=OfClass(rows(out_years), rows(out_years), rows(years), rows(years)),
        totals=Totals(
            emissions=rows(3, out_years),
            co2=rows(out_years),
            plug_in_stock=rows(out_years),
            battery_demand=rows(out_years),
            battery_retirements=rows(out_years),
            energy=rows(carriers, out_years),
            gross=rows(out_years),
            granted=rows(out_years),
            net=rows(out_years),
            stock_gap=rows(years),
        ),
    )
