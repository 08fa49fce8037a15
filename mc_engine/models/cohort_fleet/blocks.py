"""Draws in blocks of ``LANES``: read, written by draw, and noted where they failed."""

import math

from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.lanes import LANES, load, store, where
from mc_engine.vocabulary.status import OK


@inner
def read_block(draws, first, row):
    """Lay a block of draws out by column; the last draw fills up a block that is not full.

    Parameters
    ----------
    draws : float64[draw, column]
    first : int
        First draw of the block.
    row : float64[column, lane]
        Overwritten.
    """
    for lane in range(LANES):
        draw = min(first + lane, draws.shape[0] - 1)
        for column in range(row.shape[0]):
            row[column, lane] = draws[draw, column]


@inner
def write_years(values, factor, rows):
    """Write a yearly output of a block, times a factor.

    Parameters
    ----------
    values : float64[year, lane]
    factor : float
    rows : float64[draw, year]
        The block's draws; overwritten.
    """
    for draw in range(rows.shape[0]):
        for year in range(rows.shape[1]):
            rows[draw, year] = values[year, draw] * factor


@inner
def mark(failed, code, status):
    """Note how draws ended that fail here; a status set before is kept.

    Parameters
    ----------
    failed : Mask
    code : int
    status : float64[lane]
    """
    known = load(status)
    store(where(failed & (known == OK), code, known), status)


@inner
def mark_not_finite(values, code, status):
    """Note the draws with a value that is not a finite number.

    Parameters
    ----------
    values : float64[year, lane]
    code : int
    status : float64[lane]
        A status set before is kept.
    """
    for year in range(values.shape[0]):
        value = load(values, year)
        # A comparison, because ``isfinite`` is ``x - x == 0``, which reordered sums fold to true.
        mark(~((value > -math.inf) & (value < math.inf)), code, status)
