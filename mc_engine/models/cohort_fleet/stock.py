"""Equations T-3, T-5 and T-6: vehicles in use, and the sales that lift them to a target.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from typing import NamedTuple

import numpy as np

from mc_engine.models.cohort_fleet.layout import Floats, Ints
from mc_engine.models.cohort_fleet.vintages import (
    PAD,
    TILE,
    add_all_years,
    add_wave_year,
    add_years,
    group_waves,
)
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.lanes import add, broadcast, clear, load, rows, store, where


class Vintages(NamedTuple):
    """Scratch: the vehicles of one class, by group of equal survival.

    Attributes
    ----------
    sold : float64[group, year + PAD, lane], vehicles
        Effective vintages: sales, less what waves have scrapped since. 0 after the last year.
    in_use : float64[group, year, lane], vehicles
    first : int64[group]
        First vintage that may differ from 0; one past the last year where a group has none.
    share : float64[group, year, lane], 1
        Of each group but the first in the sales of projected years; the first has the rest.
    clipped : float64[lane]
        Years in which more vehicles survived than the target; added to.
    """

    sold: Floats
    in_use: Floats
    first: Ints
    share: Floats
    clipped: Floats


def allocate_vintages(groups: int, years: int) -> Vintages:
    """Allocate the scratch of one class's vehicles."""
    return Vintages(
        sold=rows(groups, years + PAD),
        in_use=rows(groups, years),
        first=np.zeros(groups, dtype=np.int64),
        share=rows(groups, years),
        clipped=rows(1)[0],
    )


@inner
def _sum_groups(by_group, year):
    """Sum over groups in one year: a vector."""
    total = load(by_group, 0, year)
    for group in range(1, by_group.shape[0]):
        total = total + load(by_group, group, year)
    return total


@inner
def historical_stock(begin, last, max_age, waves, cohorts, vintages, sales, stock):
    """Write sales and stock of observed years (T-3, T-6).

    Parameters
    ----------
    begin, last : int
        Positions of the first and the last year written.
    max_age : int
        Oldest age carried.
    waves : WaveYears
    cohorts : Cohorts
        Survival, see ``survival.group_survival``.
    vintages : Vintages
        ``sold`` up to ``last``; scrapped on the way. ``in_use`` is overwritten.
    sales, stock : float64[year, lane], vehicles
        Overwritten from ``begin`` to ``last``.
    """
    for year in range(begin, last + 1):
        store(_sum_groups(vintages.sold, year), sales, year)
    for group in range(vintages.sold.shape[0]):
        in_use = vintages.in_use[group, begin : last + 1]
        clear(in_use)
        add_all_years(group_waves(group, waves, cohorts), vintages.first[group], begin,
                      vintages.sold[group], cohorts.alive[group, : max_age + 1 + 2 * PAD],
                      cohorts.tile[0], in_use)  # fmt: skip
    for year in range(begin, last + 1):
        store(_sum_groups(vintages.in_use, year), stock, year)


@inner
def _add_recent(begin, year, max_age, alive, sold, in_use):
    """Add the survivors of the vintages from ``begin`` on to ``in_use`` of one year; their sum."""
    total = broadcast(0.0)
    for group in range(sold.shape[0]):
        survivors = load(in_use, group, year)
        for vintage in range(begin, year):
            left = load(alive, group, PAD + max_age - (year - vintage))
            survivors = survivors + load(sold, group, vintage) * left
        store(survivors, in_use, group, year)
        total = total + survivors
    return total


@inner
def _sell(sales, year, share, sold, in_use):
    """Divide the sales of one year among the groups (T-5)."""
    rest = sales
    for group in range(1, sold.shape[0]):
        part = sales * load(share, group, year)
        rest = rest - part
        store(part, sold, group, year)
        add(part, in_use, group, year)
    store(rest, sold, 0, year)
    add(rest, in_use, 0, year)


@inner
def project_stock(year, max_age, waves, cohorts, vintages, target, sales, stock):
    """Project sales and stock: sales lift the survivors to the target, and are at least 0 (T-5).

    What was sold before is summed for several years in one pass, a wave year alone (T-3).

    Parameters
    ----------
    year : int
        Position of the first projected year.
    max_age, waves, cohorts
        As in ``historical_stock``.
    vintages : Vintages
        ``share`` from ``year`` on and ``sold`` before it are read; ``sold``, ``in_use`` and
        ``clipped`` are extended.
    target : float64[year, lane], vehicles
    sales, stock : float64[year, lane], vehicles
        Overwritten from ``year`` on.
    """
    end, count, index = target.shape[0], waves.position.size, 0
    while index < count and waves.position[index] < year:
        index += 1
    while year < end:
        stop = min(end, waves.position[index]) if index < count else end
        is_wave = index < count and waves.position[index] == year
        steps = 1 if is_wave else min(TILE, stop - year)
        for group in range(vintages.sold.shape[0]):
            first, sold, tile = vintages.first[group], vintages.sold[group], cohorts.tile[group]
            alive = cohorts.alive[group, : max_age + 1 + 2 * PAD]
            clear(tile)
            if is_wave:
                own_waves = group_waves(group, waves, cohorts)
                add_wave_year(index, own_waves, first, sold, alive, tile[0])
            else:
                add_years(sold, alive, first, year, tile)
            for step in range(steps):
                store(load(tile, step), vintages.in_use, group, year + step)
        for later in range(year, year + steps):
            survivors = _add_recent(year, later, max_age, cohorts.alive, vintages.sold,
                                    vintages.in_use)  # fmt: skip
            wanted = load(target, later) - survivors
            sold_now = where(wanted < 0.0, 0.0, wanted)
            add(where(wanted < 0.0, 1.0, 0.0), vintages.clipped)
            store(sold_now, sales, later)
            store(survivors + sold_now, stock, later)
            _sell(sold_now, later, vintages.share, vintages.sold, vintages.in_use)
        year, index = year + steps, index + 1 if is_wave else index


@inner
def scrapped(stock, sales, begin, out):
    """Write what leaves in each year: stock before, plus sales, less stock (T-6).

    Parameters
    ----------
    stock, sales : float64[year, lane], vehicles
    begin : int
        Position of the first year written; at position 0, nothing was in use before.
    out : float64[year, lane], vehicles
        From ``begin`` on; overwritten.
    """
    before = broadcast(0.0)
    if begin > 0:
        before = load(stock, begin - 1)
    for index in range(out.shape[0]):
        now = load(stock, begin + index)
        store(before + load(sales, begin + index) - now, out, index)
        before = now
