"""Scratch arrays of one draw, allocated once per block of draws."""

from typing import NamedTuple

import numpy as np

from mc_engine.accelerate import kernel
from mc_engine.models.road_fleet.static import Floats, Ints

# Channels of a survival group besides the carriers: plug-in vehicles, use-weighted vehicles.
PLUG, DRIVEN, FIRST_CARRIER = 0, 1, 2


class Workspace(NamedTuple):
    """Scratch; years count from the first vintage, ages run oldest first where noted.

    Attributes
    ----------
    points : float64[2, point]
    year_a, year_b : float64[year]
        Scratch for whatever a function needs.
    people, economy, grid : float64[year]
        Population, economic growth, average grid.
    ttw, wtt, co2 : float64[carrier, year], g/MJ
    branch : float64[node, year]; pool : float64[node]; share : float64[powertrain, year]
    number : float64[powertrain, year], vehicles
        Sales by powertrain and vintage.
    counts : float64[group, year], vehicles
        Effective vintages by survival group.
    sales, stock, scrapped : float64[class, year], vehicles
    target, electric, distance, elasticity, shift, load : float64[year]
    power, step : float64[age]
    alive, driven : float64[group, age], oldest first
    factors : float64[group, wave_year, age], oldest first
    exposed : float64[group, year]
    multipliers : float64[wave]; waves : int64[wave, group]
    channels : float64[group, channel, year]; used, firsts : int64[group, channel]
    sums : float64[channel]
    totals : float64[channel]
    """

    points: Floats
    year_a: Floats
    year_b: Floats
    people: Floats
    economy: Floats
    grid: Floats
    ttw: Floats
    wtt: Floats
    co2: Floats
    branch: Floats
    pool: Floats
    share: Floats
    number: Floats
    counts: Floats
    sales: Floats
    stock: Floats
    scrapped: Floats
    target: Floats
    electric: Floats
    distance: Floats
    elasticity: Floats
    shift: Floats
    load: Floats
    power: Floats
    step: Floats
    alive: Floats
    driven: Floats
    factors: Floats
    exposed: Floats
    multipliers: Floats
    waves: Ints
    channels: Floats
    used: Ints
    firsts: Ints
    sums: Floats
    totals: Floats


@kernel
def workspace(static):
    """Allocate the scratch arrays that fit a region."""
    classes, powertrains, years = static.turnover.history.shape
    carriers = static.supply.role.size
    nodes = static.adoption.child.size
    waves, wave_years = static.turnover.quarters.shape
    ages = static.turnover.log_age.size
    channels = FIRST_CARRIER + carriers
    return Workspace(
        points=np.empty((2, max(static.paths.size.max(), 1))),
        year_a=np.empty(years),
        year_b=np.empty(years),
        people=np.empty(years),
        economy=np.empty(years),
        grid=np.empty(years),
        ttw=np.empty((carriers, years)),
        wtt=np.empty((carriers, years)),
        co2=np.empty((carriers, years)),
        branch=np.empty((nodes, years)),
        pool=np.empty(nodes),
        share=np.empty((powertrains, years)),
        number=np.empty((powertrains, years)),
        counts=np.empty((2, years)),
        sales=np.empty((classes, years)),
        stock=np.empty((classes, years)),
        scrapped=np.empty((classes, years)),
        target=np.empty(years),
        electric=np.empty(years),
        distance=np.empty(years),
        elasticity=np.empty(years),
        shift=np.empty(years),
        load=np.empty(years),
        power=np.empty(ages),
        step=np.empty(ages),
        alive=np.empty((2, ages)),
        driven=np.empty((2, ages)),
        factors=np.empty((2, wave_years, ages)),
        exposed=np.empty((2, years)),
        multipliers=np.empty(waves),
        waves=np.empty((waves, 2), dtype=np.int64),
        channels=np.empty((2, channels, years)),
        used=np.empty((2, channels), dtype=np.int64),
        firsts=np.empty((2, channels), dtype=np.int64),
        sums=np.empty(channels),
        totals=np.empty(channels),
    )
