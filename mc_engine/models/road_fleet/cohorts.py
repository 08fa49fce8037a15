"""Sums over vintages: the cohort arithmetic in which most of a draw's time goes (T-3, E-3).

A sum over vintages in one year is a convolution of what was sold with weights by age. Both are
kept flat, vintage (or age) by vintage and within it draw by draw, so that the distance between
neighbours is known when the loops are compiled. Four years times four vintages are summed in one
pass: every number that is read then serves up to four products.
"""

from mc_engine.accelerate import kernel
from mc_engine.lanes import LANES, add

# Years and vintages of one pass.
TILE = 4
# Weights of ages below 0 and beyond the oldest are 0, so that a pass may overlap the ends.
PAD = 2 * (TILE - 1)
# The weight of a wave in a year is a number of quarters, up to so many.
QUARTERS = 4


@kernel
def _add_tile(c, w, total):
    """Add four vintages to the sums of four years.

    Parameters
    ----------
    c : float64[4 * lane]
        Vintages ``v`` to ``v + 3``.
    w : float64[7 * lane]
        Weights, oldest age first; the first belongs to vintage ``v`` in the last year.
    total : float64[4 * lane]
        Added to.
    """
    for lane in range(LANES):
        c0, c1 = c[lane], c[lane + LANES]
        c2, c3 = c[lane + 2 * LANES], c[lane + 3 * LANES]
        w0, w1 = w[lane], w[lane + LANES]
        w2, w3 = w[lane + 2 * LANES], w[lane + 3 * LANES]
        w4, w5 = w[lane + 4 * LANES], w[lane + 5 * LANES]
        w6 = w[lane + 6 * LANES]
        total[lane] += c0 * w3 + c1 * w4 + c2 * w5 + c3 * w6
        total[lane + LANES] += c0 * w2 + c1 * w3 + c2 * w4 + c3 * w5
        total[lane + 2 * LANES] += c0 * w1 + c1 * w2 + c2 * w3 + c3 * w4
        total[lane + 3 * LANES] += c0 * w0 + c1 * w1 + c2 * w2 + c3 * w3


@kernel
def _add_row(c, w, total):
    """Add four vintages to the sum of one year; as ``_add_tile``."""
    for lane in range(LANES):
        total[lane] += (
            c[lane] * w[lane]
            + c[lane + LANES] * w[lane + LANES]
            + c[lane + 2 * LANES] * w[lane + 2 * LANES]
            + c[lane + 3 * LANES] * w[lane + 3 * LANES]
        )


@kernel
def sum_years(sold, weights, first, year, total):
    """Sum over all vintages in ``TILE`` years from ``year`` on (T-3).

    Parameters
    ----------
    sold : float64[(year + PAD) * lane]
        Effective vintages, in vehicles or times use and energy; finite after the last year.
    weights : float64[(age + 2 * PAD) * lane], 1
        Oldest age first, ``PAD`` zeros on both sides.
    first : int
        First vintage that may differ from 0.
    year : int
    total : float64[TILE * lane]
        Overwritten.
    """
    max_age = weights.size // LANES - 2 * PAD - 1
    total[:] = 0.0
    for vintage in range(max(first, year - max_age), year + TILE, TILE):
        place = max_age + PAD - (year + TILE - 1 - vintage)
        c = sold[vintage * LANES : (vintage + TILE) * LANES]
        w = weights[place * LANES : (place + 2 * TILE - 1) * LANES]
        _add_tile(c, w, total)


@kernel
def sum_year(sold, weights, first, year, total):
    """Sum over all vintages in one year; as ``sum_years``, ``total`` being float64[lane]."""
    max_age = weights.size // LANES - 2 * PAD - 1
    total[:] = 0.0
    for vintage in range(max(first, year - max_age), year + 1, TILE):
        place = max_age + PAD - (year - vintage)
        c = sold[vintage * LANES : (vintage + TILE) * LANES]
        w = weights[place * LANES : (place + TILE) * LANES]
        _add_row(c, w, total)


@kernel
def _scrap(factors, sold):
    """Multiply vintages by what a wave leaves of them, both flat and of one length."""
    for place in range(sold.size):
        sold[place] *= factors[place]


@kernel
def apply_waves(place, year, first, max_age, quarters, touched, steps, sold):
    """Scrap in one wave year: effective vintages before ``year``, in place (T-2).

    Parameters
    ----------
    place : int
        Which wave year.
    year : int
        Its position.
    first : int
        First vintage that may differ from 0.
    max_age : int
        Older vintages are left alone.
    quarters : int64[wave, wave_year]
        Four times the weight ``w``: 0 to 4.
    touched : int64[wave]
        1 where the wave touches these vehicles.
    steps : float64[wave, quarters, age * lane], 1
        What one to four quarters of each wave leave; oldest age first, age 0 last.
    sold : float64[(year + PAD) * lane]
    """
    newest = steps.shape[2] // LANES - 1
    for wave in range(touched.size):
        if touched[wave] and quarters[wave, place] > 0:
            start = max(first, year - max_age)
            factors = steps[wave, quarters[wave, place] - 1]
            _scrap(factors[(newest - (year - start)) * LANES : newest * LANES],
                   sold[start * LANES : year * LANES])  # fmt: skip


@kernel
def sum_all_years(sold, weights, first, y0, wave_year, quarters, touched, steps, tile, sums):
    """Add the sum over vintages of every output year, waves of scrapping included.

    Parameters
    ----------
    sold, weights, first, quarters, touched, steps
        As in ``sum_years`` and ``apply_waves``; ``sold`` is scrapped on the way.
    y0 : int
        Position of the first output year.
    wave_year : int64[wave_year]
        Positions, increasing.
    tile : float64[TILE * lane]
        Scratch.
    sums : float64[year, lane]
        From the first output year on; added to.
    """
    years, max_age = sums.shape[0], weights.size // LANES - 2 * PAD - 1
    any_wave = touched.sum() > 0
    place, year = 0, y0
    while year < y0 + years:
        while any_wave and place < wave_year.size and wave_year[place] <= year:
            apply_waves(place, wave_year[place], first, max_age, quarters, touched, steps, sold)
            place += 1
        stop = y0 + years
        if any_wave and place < wave_year.size:
            stop = min(stop, wave_year[place])
        if stop - year == 1:
            sum_year(sold, weights, first, year, tile[:LANES])
        else:
            sum_years(sold, weights, first, year, tile)
        for step in range(min(TILE, stop - year)):
            add(tile[step * LANES : (step + 1) * LANES], sums[year - y0 + step])
        year += min(TILE, stop - year)
