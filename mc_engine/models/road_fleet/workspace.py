"""Scratch arrays of one thread: ``LANES`` draws side by side, the draw as the last axis."""

from typing import NamedTuple

import numpy as np

from mc_engine.accelerate import allocator
from mc_engine.lanes import LANES
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet.cohorts import PAD, QUARTERS, TILE
from mc_engine.models.road_fleet.static import Floats, Ints

# Rows of ``Workspace.yearly``.
(PEOPLE, ECONOMY, GRID, TARGET, ELECTRIC, DISTANCE, ELASTICITY, SHIFT, LOAD, FACTOR, UNIT,
 EFUEL_CARBON, MAKING_LEFT, PACK_CARBON, CELL_CARBON, TANK_CARBON, SPARE_A, SPARE_B, YEARLY_ROWS,
 ) = range(19)  # fmt: skip
# Stages of ``Workspace.carriers`` and ``Workspace.by_stage``.
TTW, UPSTREAM, FOSSIL, STAGES = range(4)
# Blocks of ``Workspace.fleet`` and ``Workspace.total``.
SALES, STOCK = range(2)
(EMITTED_TTW, EMITTED_WTT, EMITTED_CYCLE, CO2, PLUG_IN_STOCK, BATTERY_DEMAND, BATTERY_RETIREMENTS,
 FIRST_ENERGY) = range(8)  # fmt: skip
# Blocks of ``Workspace.cycle``.
NEW_PACKS, REPLACED, CAPACITY, CYCLE_KINDS = range(4)
# Channels of a survival group besides the carriers: plug-in vehicles, use-weighted vehicles.
PLUG, DRIVEN, FIRST_CARRIER = range(3)
# Rows of ``Workspace.lane``.
(SPARE_0, SPARE_1, SPARE_2, SPARE_3, SHAPE, HAZARD, HAZARD_0, HAZARD_1, RATIO_0, RATIO_1, SCALE,
 WANTED, LOG_X, LIFE_0, LIFE_1, CLIPPED, LEVEL, KEPT, SPREAD, UNIT_NOW, OWN, LANE_ROWS,
 ) = range(22)  # fmt: skip


class Workspace(NamedTuple):
    """Scratch; years count from the first vintage, output years from the first output year.

    Arrays over vintages or ages that enter cohort sums are kept flat, ``lane`` innermost; the
    same memory is seen with both axes under the name with ``_rows``.

    Attributes
    ----------
    row : float64[column, lane]
        The draws.
    points : float64[2, point, lane]
    yearly : float64[row, year, lane]
    carriers : float64[carrier, year, stage * lane], g/MJ
        Tailpipe and upstream CO2e, and the fossil CO2 inside the first.
    branch : float64[node, year, lane]; pool : float64[node, lane]
    number : float64[powertrain, year, lane], vehicles
        Sales by powertrain and vintage; after ``yo`` first the shares in them.
    hydrogen : float64[route or node, year, lane], 1
        Shares of the routes of hydrogen, then the forks that give them.
    fleet : float64[kind, class, year, lane], vehicles
        Sales, stock.
    in_use : float64[group, year, lane], vehicles
        Stock of one class by survival group.
    counts : float64[group, (year + PAD) * lane], vehicles
        Effective vintages by survival group.
    exposed : float64[group, year, lane]
    power : float64[age, lane]
    alive, driven : float64[group, (age + 2 * PAD) * lane], 1
        Oldest age first.
    steps : float64[group, wave, quarters, (age + TILE - 1) * lane], 1
        What one to four quarters of a wave leave; oldest age first. Of age 0, and of the vintages
        to come, all is left.
    multipliers : float64[wave, lane], 1
    touched : int64[group, wave]
    channels : float64[channel, (year + PAD) * lane]
        Effective vintages of one survival group, times use and energy.
    pack : float64[(year + PAD) * lane], kWh
        Batteries by effective vintage of one survival group.
    replacing : float64[(1 + year) * lane], kWh
        Batteries by vintage times replacements per life; before the first vintage 0.
    cycle : float64[kind, (1 + output year) * lane], kWh
        Batteries of one class: new, replaced, in use; the year before the outputs comes first.
    used, firsts : int64[channel]
        Whether a channel can differ from 0, and its first vintage.
    summed : int64[channel]
        Whether a channel of the class differs from 0 in any group.
    tile : float64[group, TILE * lane]
    sums : float64[channel, output year * lane]
    by_stage : float64[output year, stage * lane], Mt CO2e/yr
        Emissions of one class by stage.
    by_class : float64[output year, lane], Mt CO2e/yr
        Emissions of one class in the widest scope.
    total : float64[kind, output year, lane]
        Sums over classes.
    lane : float64[row, lane]; whole : int64[lane]; status : int64[lane]
    """

    row: Floats
    points: Floats
    yearly: Floats
    carriers: Floats
    carriers_rows: Floats
    branch: Floats
    pool: Floats
    number: Floats
    hydrogen: Floats
    fleet: Floats
    in_use: Floats
    in_use_rows: Floats
    counts: Floats
    counts_rows: Floats
    exposed: Floats
    power: Floats
    alive: Floats
    alive_rows: Floats
    driven: Floats
    driven_rows: Floats
    steps: Floats
    multipliers: Floats
    touched: Ints
    channels: Floats
    channels_rows: Floats
    pack: Floats
    pack_rows: Floats
    replacing: Floats
    replacing_rows: Floats
    cycle: Floats
    cycle_rows: Floats
    used: Ints
    firsts: Ints
    summed: Ints
    tile: Floats
    sums: Floats
    sums_rows: Floats
    by_stage: Floats
    by_stage_rows: Floats
    by_class: Floats
    total: Floats
    lane: Floats
    whole: Ints
    status: Ints


@allocator
def _cohort_rooms(channels, years, ages):
    """Allocate what cohort sums read beyond its ends, where it stays 0."""
    vintages, by_age = years + PAD, ages + 2 * PAD
    return (
        np.zeros((2, vintages, LANES)),
        np.zeros((vintages, LANES)),
        np.zeros((channels, vintages, LANES)),
        np.zeros((2, by_age, LANES)),
        np.zeros((2, by_age, LANES)),
    )


@allocator
def workspace(static, columns, points):
    """Allocate the scratch arrays that fit a region.

    Parameters
    ----------
    static : Static
    columns : int
        Width of a draw's row.
    points : int
        Points of the longest path.
    """
    classes, powertrains, years = static.history.shape
    waves, nodes = static.quarters.shape[0], static.by_node.shape[1]
    carriers = static.by_carrier.shape[1]
    ages, out_years = static.log_age.size, years - static.number[at.Y0]
    channels = FIRST_CARRIER + carriers
    counts, packs, sold, alive, driven = _cohort_rooms(channels, years, ages)
    routes, forks = static.by_route.shape[1], static.by_hydrogen_node.shape[1]
    steps = np.ones((2, waves, QUARTERS, (ages + TILE - 1) * LANES))
    factors = np.empty((carriers, years, STAGES, LANES))
    in_use = np.empty((2, years, LANES))
    replacing = np.zeros((1 + years, LANES))
    cycle = np.empty((CYCLE_KINDS, 1 + out_years, LANES))
    sums, by_stage = np.empty((channels, out_years, LANES)), np.empty((out_years, STAGES, LANES))
    return Workspace(
        np.empty((columns, LANES)),
        np.empty((2, points, LANES)),
        np.empty((YEARLY_ROWS, years, LANES)),
        factors.reshape(carriers, years, STAGES * LANES),
        factors,
        np.empty((nodes, years, LANES)),
        np.empty((max(nodes, forks, 1), LANES)),
        np.empty((powertrains, years, LANES)),
        np.empty((routes + forks, years, LANES)),
        np.empty((2, classes, years, LANES)),
        in_use.reshape(2, years * LANES),
        in_use,
        counts.reshape(2, (years + PAD) * LANES),
        counts,
        np.empty((2, years, LANES)),
        np.empty((ages, LANES)),
        alive.reshape(2, (ages + 2 * PAD) * LANES),
        alive,
        driven.reshape(2, (ages + 2 * PAD) * LANES),
        driven,
        steps,
        np.empty((waves, LANES)),
        np.empty((2, waves), dtype=np.int64),
        sold.reshape(channels, (years + PAD) * LANES),
        sold,
        packs.reshape((years + PAD) * LANES),
        packs,
        replacing.reshape((1 + years) * LANES),
        replacing,
        cycle.reshape(CYCLE_KINDS, (1 + out_years) * LANES),
        cycle,
        np.empty(channels, dtype=np.int64),
        np.empty(channels, dtype=np.int64),
        np.empty(channels, dtype=np.int64),
        np.empty((2, TILE * LANES)),
        sums.reshape(channels, out_years * LANES),
        sums,
        by_stage.reshape(out_years, STAGES * LANES),
        by_stage,
        np.empty((out_years, LANES)),
        np.empty((FIRST_ENERGY + carriers, out_years, LANES)),
        np.empty((LANE_ROWS, LANES)),
        np.empty(LANES, dtype=np.int64),
        np.empty(LANES, dtype=np.int64),
    )
