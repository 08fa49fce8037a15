"""Scratch arrays of one thread: ``LANES`` draws side by side, the draw as the last axis."""

from typing import NamedTuple

import numpy as np

from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet.cohorts import PAD, QUARTERS, TILE
from mc_engine.models.road_fleet.static import Floats, Ints, Static
from mc_engine.numerics.lanes import LANES, rows

# Rows of ``Workspace.yearly``.
(PEOPLE, ECONOMY, GRID, TARGET, ELECTRIC, DISTANCE, ELASTICITY, SHIFT, LOAD, FACTOR, UNIT,
 EFUEL_CARBON, MAKING_LEFT, PACK_CARBON, CELL_CARBON, TANK_CARBON, SPARE_A, SPARE_B, YEARLY_ROWS,
 ) = range(19)  # fmt: skip
# Stages of ``Workspace.carriers``.
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
(SPARE_0, SPARE_1, SHAPE, MEAN, SCALE, HAZARD, GUESS, LIFE_0, LIFE_1, CLIPPED, LANE_ROWS,
 ) = range(11)  # fmt: skip


class Workspace(NamedTuple):
    """Scratch; years count from the first vintage, output years from the first output year.

    Attributes
    ----------
    row : float64[column, lane]
        The draws.
    points : float64[2, point, lane]
    yearly : float64[row, year, lane]
    carriers : float64[carrier, year, stage, lane], g/MJ
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
    counts : float64[group, year + PAD, lane], vehicles
        Effective vintages by survival group.
    exposed : float64[group, year, lane]
    power : float64[age, lane]
    alive, driven : float64[group, age + 2 * PAD, lane], 1
        Oldest age first.
    steps : float64[group, wave, quarters, age + TILE - 1, lane], 1
        What one to four quarters of a wave leave; oldest age first. Of age 0, and of the vintages
        to come, all is left.
    multipliers : float64[wave, lane], 1
    touched : int64[group, wave]
    channels : float64[channel, year + PAD, lane]
        Effective vintages of one survival group, times use and energy.
    pack : float64[year + PAD, lane], kWh
        Batteries by effective vintage of one survival group.
    replacing : float64[1 + year, lane], kWh
        Batteries by vintage times replacements per life; before the first vintage 0.
    cycle : float64[kind, 1 + output year, lane], kWh
        Batteries of one class: new, replaced, in use; the year before the outputs comes first.
    used, firsts : int64[channel]
        Whether a channel can differ from 0, and its first vintage.
    summed : int64[channel]
        Whether a channel of the class differs from 0 in any group.
    tile : float64[group, TILE, lane]
    sums : float64[channel, output year, lane]
    supplied, by_class : float64[output year, lane], Mt CO2e/yr
        Emissions of one class before the tailpipe, and in the widest scope.
    total : float64[kind, output year, lane]
        Sums over classes.
    lane : float64[row, lane]; whole : int64[lane]; status : float64[lane]
    """

    row: Floats
    points: Floats
    yearly: Floats
    carriers: Floats
    branch: Floats
    pool: Floats
    number: Floats
    hydrogen: Floats
    fleet: Floats
    in_use: Floats
    counts: Floats
    exposed: Floats
    power: Floats
    alive: Floats
    driven: Floats
    steps: Floats
    multipliers: Floats
    touched: Ints
    channels: Floats
    pack: Floats
    replacing: Floats
    cycle: Floats
    used: Ints
    firsts: Ints
    summed: Ints
    tile: Floats
    sums: Floats
    supplied: Floats
    by_class: Floats
    total: Floats
    lane: Floats
    whole: Ints
    status: Floats


def workspace(static: Static, columns: int, points: int) -> Workspace:
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
    ages, out_years = static.log_age.size, years - int(static.number[at.Y0])
    channels = FIRST_CARRIER + carriers
    routes, forks = static.by_route.shape[1], static.by_hydrogen_node.shape[1]
    steps = rows(2, waves, QUARTERS, ages + TILE - 1)
    steps[:] = 1.0
    return Workspace(
        row=rows(columns),
        points=rows(2, points),
        yearly=rows(YEARLY_ROWS, years),
        carriers=rows(carriers, years, STAGES),
        branch=rows(nodes, years),
        pool=rows(max(nodes, forks, 1)),
        number=rows(powertrains, years),
        hydrogen=rows(routes + forks, years),
        fleet=rows(2, classes, years),
        in_use=rows(2, years),
        counts=rows(2, years + PAD),
        exposed=rows(2, years),
        power=rows(ages),
        alive=rows(2, ages + 2 * PAD),
        driven=rows(2, ages + 2 * PAD),
        steps=steps,
        multipliers=rows(waves),
        touched=np.zeros((2, waves), dtype=np.int64),
        channels=rows(channels, years + PAD),
        pack=rows(years + PAD),
        replacing=rows(1 + years),
        cycle=rows(CYCLE_KINDS, 1 + out_years),
        used=np.zeros(channels, dtype=np.int64),
        firsts=np.zeros(channels, dtype=np.int64),
        summed=np.zeros(channels, dtype=np.int64),
        tile=rows(2, TILE),
        sums=rows(channels, out_years),
        supplied=rows(out_years),
        by_class=rows(out_years),
        total=rows(FIRST_ENERGY + carriers, out_years),
        lane=rows(LANE_ROWS),
        whole=np.zeros(LANES, dtype=np.int64),
        status=rows(1)[0],
    )
