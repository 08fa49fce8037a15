"""Sums over vintages: the cohort arithmetic in which most of a draw's time goes (T-3, E-3).

A sum over vintages in one year is a convolution of what was sold with weights by age. Four years
times four vintages are summed in one pass, the four sums in registers: every number that is read
serves up to four products.
"""

from typing import NamedTuple

import numpy as np

from mc_engine.models.cohort_fleet.layout import Floats, Ints
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.lanes import add, broadcast, clear, load, rows, store

# Years and vintages of one pass.
TILE = 4
# Weights of ages below 0 and beyond the oldest are 0, so that a pass may overlap the ends.
PAD = 2 * (TILE - 1)
# The weight of a wave in a year is a number of quarters, up to so many.
QUARTERS = 4


class WaveYears(NamedTuple):
    """When waves of scrapping pass, and how strong they are (T-2).

    Attributes
    ----------
    position : int64[wave_year]
        Year positions, increasing.
    quarters : int64[wave, wave_year]
        Four times the weight ``w``: 0 to 4.
    """

    position: Ints
    quarters: Ints


class GroupWaves(NamedTuple):
    """Waves of scrapping as they act on one survival group.

    Attributes
    ----------
    position, quarters : int64[wave_year], int64[wave, wave_year]
        As in ``WaveYears``.
    touched : int64[wave]
    steps : float64[wave, quarters, age + TILE - 1, lane], 1
        Of the group; see ``Cohorts``.
    """

    position: Ints
    quarters: Ints
    touched: Ints
    steps: Floats


class Cohorts(NamedTuple):
    """Scratch: survival of one class of vehicles, by group of equal survival.

    Attributes
    ----------
    power : float64[age, lane], yr^kappa
        ``b(a)``, what the hazard multiplies.
    exposed : float64[group, year, lane], yr^kappa
        ``rho_g B_g(v, year)`` of a count or of a first stock, by vintage.
    alive : float64[group, age + 2 * PAD, lane], 1
        Survival without waves, oldest age first, ``PAD`` zeros on both sides.
    multipliers : float64[wave, lane], 1
    touched : int64[group, wave]
        1 where a wave touches a group.
    steps : float64[group, wave, quarters, age + TILE - 1, lane], 1
        What one to four quarters of a wave leave; oldest age first. Of age 0, and of the vintages
        to come, all is left.
    tile : float64[group, TILE, lane]
        Sums of some years.
    """

    power: Floats
    exposed: Floats
    alive: Floats
    multipliers: Floats
    touched: Ints
    steps: Floats
    tile: Floats


def allocate_cohorts(groups: int, waves: int, ages: int, years: int) -> Cohorts:
    """Allocate the scratch of one class's survival; ``ages`` is the largest oldest age plus 1."""
    steps = rows(groups, waves, QUARTERS, ages + TILE - 1)
    steps[:] = 1.0
    return Cohorts(
        power=rows(ages),
        exposed=rows(groups, years),
        alive=rows(groups, ages + 2 * PAD),
        multipliers=rows(waves),
        touched=np.zeros((groups, waves), dtype=np.int64),
        steps=steps,
        tile=rows(groups, TILE),
    )


@inner
def _four(rows, index):
    """Read four rows from ``index`` on: a vector each."""
    return load(rows, index), load(rows, index + 1), load(rows, index + 2), load(rows, index + 3)


@inner
def add_years(sold, weights, first, year, total):
    """Add the sums over all vintages in ``TILE`` years from ``year`` on (T-3).

    Parameters
    ----------
    sold : float64[year + PAD, lane]
        Effective vintages, in vehicles or times use and energy; finite after the last year.
    weights : float64[age + 2 * PAD, lane], 1
        Oldest age first, ``PAD`` zeros on both sides.
    first : int
        First vintage that may differ from 0.
    year : int
    total : float64[TILE, lane]
        Added to.
    """
    max_age = weights.shape[0] - 2 * PAD - 1
    sum0, sum1, sum2, sum3 = _four(total, 0)
    for vintage in range(max(first, year - max_age), year + TILE, TILE):
        # The first weight belongs to this vintage in the last year.
        index = max_age + PAD - (year + TILE - 1 - vintage)
        c0, c1, c2, c3 = _four(sold, vintage)
        w0, w1, w2, w3 = _four(weights, index)
        w4, w5, w6 = load(weights, index + 4), load(weights, index + 5), load(weights, index + 6)
        sum0 += c0 * w3 + c1 * w4 + c2 * w5 + c3 * w6
        sum1 += c0 * w2 + c1 * w3 + c2 * w4 + c3 * w5
        sum2 += c0 * w1 + c1 * w2 + c2 * w3 + c3 * w4
        sum3 += c0 * w0 + c1 * w1 + c2 * w2 + c3 * w3
    store(sum0, total, 0)
    store(sum1, total, 1)
    store(sum2, total, 2)
    store(sum3, total, 3)


@inner
def add_year(sold, weights, first, year, total):
    """Add the sum over all vintages in one year; as ``add_years``, ``total`` being one row."""
    max_age = weights.shape[0] - 2 * PAD - 1
    sum0, sum1 = load(total), broadcast(0.0)
    for vintage in range(max(first, year - max_age), year + 1, TILE):
        c0, c1, c2, c3 = _four(sold, vintage)
        w0, w1, w2, w3 = _four(weights, max_age + PAD - (year - vintage))
        sum0 += c0 * w0 + c1 * w1
        sum1 += c2 * w2 + c3 * w3
    store(sum0 + sum1, total)


@inner
def _scrap(left, begin, sold, start, stop):
    """Multiply vintages by what a wave leaves of them, from ``left[begin]`` on."""
    for vintage in range(start, stop):
        store(load(sold, vintage) * load(left, begin + vintage - start), sold, vintage)


@inner
def _scrap_and_add(left, begin, sold, weights, start, year, total):
    """Scrap vintages up to ``year``, and add what is left of them to the sum of that year."""
    max_age = weights.shape[0] - 2 * PAD - 1
    sum0, sum1 = load(total), broadcast(0.0)
    for vintage in range(start, year + 1, TILE):
        l0, l1, l2, l3 = _four(left, begin + vintage - start)
        c0, c1, c2, c3 = _four(sold, vintage)
        w0, w1, w2, w3 = _four(weights, max_age + PAD - (year - vintage))
        c0, c1, c2, c3 = c0 * l0, c1 * l1, c2 * l2, c3 * l3
        store(c0, sold, vintage)
        store(c1, sold, vintage + 1)
        store(c2, sold, vintage + 2)
        store(c3, sold, vintage + 3)
        sum0 += c0 * w0 + c1 * w1
        sum1 += c2 * w2 + c3 * w3
    store(sum0 + sum1, total)


@inner
def group_waves(group, waves, cohorts):
    """Give the ``GroupWaves`` of one group, from ``WaveYears`` and ``Cohorts``."""
    return GroupWaves(waves.position, waves.quarters, cohorts.touched[group], cohorts.steps[group])


@inner
def add_wave_year(index, waves, first, sold, weights, total):
    """Scrap in one wave year, in place, and add the sum over all vintages in it (T-2, T-3).

    Parameters
    ----------
    index : int
        Which wave year.
    waves : GroupWaves
    first : int
        First vintage that may differ from 0.
    sold : float64[year + PAD, lane]
        Effective vintages; finite after the last year.
    weights : float64[age + 2 * PAD, lane], 1
        As in ``add_years``.
    total : float64[lane]
        Added to.
    """
    year, quarters, touched, steps = (
        waves.position[index],
        waves.quarters,
        waves.touched,
        waves.steps,
    )
    max_age, newest = weights.shape[0] - 2 * PAD - 1, steps.shape[2] - TILE
    start = max(first, year - max_age)
    last_wave = -1
    for wave in range(touched.size):
        if touched[wave] and quarters[wave, index] > 0:
            last_wave = wave
    if last_wave < 0:
        add_year(sold, weights, first, year, total)
        return
    begin = newest - (year - start)
    for wave in range(last_wave):
        if touched[wave] and quarters[wave, index] > 0 and start < year:
            _scrap(steps[wave, quarters[wave, index] - 1], begin, sold, start, year)
    left = steps[last_wave, quarters[last_wave, index] - 1]
    _scrap_and_add(left, begin, sold, weights, start, year, total)


@inner
def add_all_years(waves, first, begin, sold, weights, tile, sums):
    """Add the sums over vintages of many years, waves of scrapping included (T-2, T-3).

    Parameters
    ----------
    waves, first, sold, weights
        As in ``add_wave_year``; ``sold`` is scrapped on the way.
    begin : int
        Position of the first year that is wanted.
    tile : float64[TILE, lane]
        Scratch.
    sums : float64[year, lane]
        From ``begin`` on; added to.
    """
    end, count = begin + sums.shape[0], waves.position.size if waves.touched.sum() > 0 else 0
    index, year = 0, begin
    while index < count and waves.position[index] < begin:
        # What is left counts, not the sum of a year before.
        add_wave_year(index, waves, first, sold, weights, tile[0])
        index += 1
    while year < end:
        stop = min(end, waves.position[index]) if index < count else end
        if stop == year:
            add_wave_year(index, waves, first, sold, weights, sums[year - begin])
            index, year = index + 1, year + 1
        elif stop - year >= TILE:
            add_years(sold, weights, first, year, sums[year - begin : year - begin + TILE])
            year += TILE
        else:
            clear(tile)
            add_years(sold, weights, first, year, tile)
            for later in range(stop - year):
                add(load(tile, later), sums, year + later - begin)
            year = stop
