"""Sums over vintages: the cohort arithmetic in which most of a draw's time goes (T-3, E-3).

A sum over vintages in one year is a convolution of what was sold with weights by age. Both are
kept flat, vintage (or age) by vintage and within it draw by draw, so that the distance between
neighbours is known when the loops are compiled. Four years times four vintages are summed in one
pass: every number that is read then serves up to four products.
"""

from mc_engine.accelerate import kernel
from mc_engine.lanes import LANES

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
def add_years(sold, weights, first, year, total):
    """Add the sums over all vintages in ``TILE`` years from ``year`` on (T-3).

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
        Added to.
    """
    max_age = weights.size // LANES - 2 * PAD - 1
    for vintage in range(max(first, year - max_age), year + TILE, TILE):
        place = max_age + PAD - (year + TILE - 1 - vintage)
        c = sold[vintage * LANES : (vintage + TILE) * LANES]
        w = weights[place * LANES : (place + 2 * TILE - 1) * LANES]
        _add_tile(c, w, total)


@kernel
def add_year(sold, weights, first, year, total):
    """Add the sum over all vintages in one year; as ``add_years``, ``total`` being one row."""
    max_age = weights.size // LANES - 2 * PAD - 1
    for vintage in range(max(first, year - max_age), year + 1, TILE):
        place = max_age + PAD - (year - vintage)
        c = sold[vintage * LANES : (vintage + TILE) * LANES]
        w = weights[place * LANES : (place + TILE) * LANES]
        _add_row(c, w, total)


@kernel
def _scrap_row(left, c, w, total):
    """Scrap four vintages, and add what is left of them to the sum of one year."""
    for lane in range(LANES):
        c0, c1 = c[lane] * left[lane], c[lane + LANES] * left[lane + LANES]
        c2 = c[lane + 2 * LANES] * left[lane + 2 * LANES]
        c3 = c[lane + 3 * LANES] * left[lane + 3 * LANES]
        c[lane], c[lane + LANES] = c0, c1
        c[lane + 2 * LANES], c[lane + 3 * LANES] = c2, c3
        total[lane] += (
            c0 * w[lane]
            + c1 * w[lane + LANES]
            + c2 * w[lane + 2 * LANES]
            + c3 * w[lane + 3 * LANES]
        )


@kernel
def _scrap(left, sold):
    """Multiply vintages by what a wave leaves of them, both flat and of one length."""
    for place in range(sold.size):
        sold[place] *= left[place]


@kernel
def add_wave_year(place, year, first, quarters, touched, steps, sold, weights, total):
    """Scrap in one wave year, in place, and add the sum over all vintages in it (T-2, T-3).

    Parameters
    ----------
    place : int
        Which wave year.
    year : int
        Its position.
    first : int
        First vintage that may differ from 0.
    quarters : int64[wave, wave_year]
        Four times the weight ``w``: 0 to 4.
    touched : int64[wave]
        1 where the wave touches these vehicles.
    steps : float64[wave, quarters, (age + TILE - 1) * lane], 1
        What one to four quarters of each wave leave; oldest age first. Of age 0, and of vintages
        to come, all is left.
    sold : float64[(year + PAD) * lane]
        Effective vintages; finite after the last year.
    weights : float64[(age + 2 * PAD) * lane], 1
        As in ``add_years``.
    total : float64[lane]
        Added to.
    """
    max_age, newest = weights.size // LANES - 2 * PAD - 1, steps.shape[2] // LANES - TILE
    start = max(first, year - max_age)
    last_wave = -1
    for wave in range(touched.size):
        if touched[wave] and quarters[wave, place] > 0:
            last_wave = wave
    if last_wave < 0:
        add_year(sold, weights, first, year, total)
        return
    for wave in range(last_wave):
        if touched[wave] and quarters[wave, place] > 0 and start < year:
            left = steps[wave, quarters[wave, place] - 1]
            _scrap(left[(newest - (year - start)) * LANES : newest * LANES],
                   sold[start * LANES : year * LANES])  # fmt: skip
    left = steps[last_wave, quarters[last_wave, place] - 1]
    for vintage in range(start, year + 1, TILE):
        age = year - vintage
        _scrap_row(left[(newest - age) * LANES : (newest - age + TILE) * LANES],
                   sold[vintage * LANES : (vintage + TILE) * LANES],
                   weights[(max_age + PAD - age) * LANES : (max_age + PAD - age + TILE) * LANES],
                   total)  # fmt: skip


@kernel
def add_all_years(sold, weights, first, y0, wave_year, quarters, touched, steps, tile, sums):
    """Add the sums over vintages of all output years, waves of scrapping included.

    Parameters
    ----------
    sold, weights, first, quarters, touched, steps
        As in ``add_years`` and ``add_wave_year``; ``sold`` is scrapped on the way.
    y0 : int
        Position of the first output year.
    wave_year : int64[wave_year]
        Positions, increasing.
    tile : float64[TILE * lane]
        Scratch.
    sums : float64[year * lane]
        From the first output year on; added to.
    """
    end, waves = y0 + sums.size // LANES, wave_year.size if touched.sum() > 0 else 0
    place, year = 0, y0
    while place < waves and wave_year[place] < y0:
        tile[:LANES] = 0.0
        add_wave_year(place, wave_year[place], first, quarters, touched, steps, sold, weights,
                      tile[:LANES])  # fmt: skip
        place += 1
    while year < end:
        now = sums[(year - y0) * LANES : (year - y0 + 1) * LANES]
        stop = min(end, wave_year[place]) if place < waves else end
        if stop == year:
            add_wave_year(place, year, first, quarters, touched, steps, sold, weights, now)
            place, year = place + 1, year + 1
        elif stop - year >= TILE:
            add_years(sold, weights, first, year,
                      sums[(year - y0) * LANES : (year - y0 + TILE) * LANES])  # fmt: skip
            year += TILE
        else:
            tile[:] = 0.0
            add_years(sold, weights, first, year, tile)
            for place_in_tile in range((stop - year) * LANES):
                sums[(year - y0) * LANES + place_in_tile] += tile[place_in_tile]
            year = stop
