"""Scratch arrays of one draw, allocated once per block of draws."""

from typing import NamedTuple

import numpy as np

from mc_engine.accelerate import allocator
from mc_engine.models.road_fleet.static import Floats, Ints

# Rows of ``Workspace.yearly``.
(PEOPLE, ECONOMY, GRID, TARGET, ELECTRIC, DISTANCE, ELASTICITY, SHIFT, LOAD, SPARE_A, SPARE_B,
 SPARE_C) = range(12)  # fmt: skip
# Blocks of ``Workspace.carriers``, ``Workspace.fleet`` and ``Workspace.groups``.
TTW, UPSTREAM, FOSSIL = range(3)
SALES, STOCK, SCRAPPED = range(3)
COUNTS, EXPOSED = range(2)
# Rows of ``Workspace.ages``: those of group 1 stand one below those of group 0.
POWER, STEP, ALIVE, _ALIVE_1, DRIVEN_AGE, _DRIVEN_AGE_1 = range(6)
# Channels of a survival group besides the carriers: plug-in vehicles, use-weighted vehicles.
PLUG, DRIVEN, FIRST_CARRIER = range(3)
# Blocks of ``Workspace.flags``, rows of ``Workspace.sums``.
USED, FIRSTS = range(2)
SUM, TOTAL = range(2)


class Workspace(NamedTuple):
    """Scratch; years count from the first vintage.

    Attributes
    ----------
    points : float64[2, point]
    yearly : float64[row, year]
    carriers : float64[stage, carrier, year], g/MJ
        Tailpipe and upstream CO2e, and the fossil CO2 inside the first.
    branch : float64[node, year]; pool : float64[node]
    share : float64[powertrain, year], 1
    number : float64[powertrain, year], vehicles
        Sales by powertrain and vintage.
    fleet : float64[kind, class, year], vehicles
        Sales, stock, scrapped.
    groups : float64[kind, group, year]
        Effective vintages, vehicles; exposure ``rho_g B_g``.
    ages : float64[row, age]
        ``alive`` and ``driven`` run oldest age first.
    factors : float64[group, wave_year, age]
        Oldest age first.
    multipliers : float64[wave]; waves : int64[wave, group]
    touched : int64[kind, group]
    channels : float64[group, channel, year]; flags : int64[kind, group, channel]
    sums : float64[kind, channel]
    rho : float64[group]
    """

    points: Floats
    yearly: Floats
    carriers: Floats
    branch: Floats
    pool: Floats
    share: Floats
    number: Floats
    fleet: Floats
    groups: Floats
    ages: Floats
    factors: Floats
    multipliers: Floats
    waves: Ints
    touched: Ints
    channels: Floats
    flags: Ints
    sums: Floats
    rho: Floats


@allocator
def workspace(history, carriers, nodes, quarters, ages, points):
    """Allocate the scratch arrays that fit a region.

    Parameters
    ----------
    history : float64[class, powertrain, year]
    carriers, nodes, ages, points : int
    quarters : int64[wave, wave_year]
    """
    classes, powertrains, years = history.shape
    waves, wave_years = quarters.shape
    channels = FIRST_CARRIER + carriers
    return Workspace(
        np.empty((2, points)),
        np.empty((12, years)),
        np.empty((3, carriers, years)),
        np.empty((nodes, years)),
        np.empty(nodes),
        np.empty((powertrains, years)),
        np.empty((powertrains, years)),
        np.empty((3, classes, years)),
        np.empty((2, 2, years)),
        np.empty((6, ages)),
        np.empty((2, wave_years, ages)),
        np.empty(waves),
        np.empty((waves, 2), dtype=np.int64),
        np.empty((2, 2), dtype=np.int64),
        np.empty((2, channels, years)),
        np.empty((2, 2, channels), dtype=np.int64),
        np.empty((2, channels)),
        np.empty(2),
    )
