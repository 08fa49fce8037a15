"""Tables of the beta law's inverse: cubic Hermite in the normal score, exact slopes.

SciPy's inverse is exact and slow (about a microsecond), and cannot be called from compiled
code. The score is the natural scale: in it both tails are smooth, and equal steps put the
nodes where the draws are.

Each table has two halves, one per side of the median. A half holds the distance to its own
end of the range, so that numbers near either end keep their relative precision.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, betaln, ndtr, xlog1py, xlogy

from mc_engine.errors import DesignError
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.elementary import nearest, places_of
from mc_engine.numerics.lanes import gather, where

# Scores run to 8.25, past the largest that a draw can have (8.2095): no draw is outside.
_TABLE_END = 8.25
# Nodes per unit of score: the coarsest is tried first, twice as many until it is good enough.
_COARSEST, _FINEST = 16, 4096
# Allowed error: a share of the range anywhere, and a share of the distance to the nearer end
# up to the score of the one-in-a-million quantile. A fifth of what the tests ask for.
_BODY = 2e-10
_TAIL, _TAIL_SCORE = 2e-7, 4.76
# Distances below this share of the range are not worth a finer table.
_NEGLIGIBLE = 1e-15
_1, _2, _3 = np.uint64(1), np.uint64(2), np.uint64(3)


def _distance(a: float, b: float, score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance from the lower end of [0, 1] at minus the score."""
    return np.asarray(betaincinv(a, b, ndtr(-score)), dtype=np.float64)


def _slope(
    a: float, b: float, score: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Change of the distance per unit of score: minus normal density over beta density."""
    log_normal = -0.5 * score**2 - 0.5 * math.log(2.0 * math.pi)
    log_beta = xlogy(a - 1.0, x) + xlog1py(b - 1.0, -x) - betaln(a, b)
    inside = (x > 0.0) & (x < 1.0)
    return -np.exp(np.where(inside, log_normal - log_beta, -np.inf))


def _half(a: float, b: float, per_unit: int) -> tuple[NDArray[np.float64], bool]:
    """Tabulate one half; give node values and slopes in turn, and whether it is good enough."""
    score = np.arange(int(_TABLE_END * per_unit) + 1) / per_unit
    value = _distance(a, b, score)
    step = _slope(a, b, score, value) / per_unit
    middle = score[:-1] + 0.5 / per_unit
    exact = _distance(a, b, middle)
    found = 0.5 * (value[:-1] + value[1:]) + 0.125 * (step[:-1] - step[1:])
    error = np.abs(found - exact)
    tail = middle < _TAIL_SCORE
    good = np.all(error <= _BODY) and np.all(error[tail] <= _TAIL * exact[tail] + _NEGLIGIBLE)
    return np.column_stack([value, step]).ravel(), bool(good)


def beta_table(a: float, b: float) -> tuple[NDArray[np.float64], int]:
    """Tabulate the inverse of the beta law on [0, 1] against the score.

    Parameters
    ----------
    a, b : float, 1
        Shape parameters, above 0.

    Returns
    -------
    table : float64[2 * node * 2], 1
        Lower half, then upper half; per node the distance to the half's own end and the slope
        times the node spacing.
    per_unit : int
        Nodes per unit of score, a power of 2.

    Raises
    ------
    DesignError
        When no table of reasonable size follows the law.
    """
    per_unit = _COARSEST
    while per_unit <= _FINEST:
        lower, lower_good = _half(a, b, per_unit)
        upper, upper_good = _half(b, a, per_unit)
        if lower_good and upper_good:
            return np.concatenate([lower, upper]), per_unit
        per_unit *= 2
    raise DesignError(
        f"beta with a = {a:g}, b = {b:g}: too abrupt to tabulate, expected both between about "
        "0.02 and 1e8; use a discrete or a triangular distribution instead"
    )


@inner
def beta_value(
    table: NDArray[np.float64], offset: int, low: float, high: float, per_unit: float, z: Any
) -> Any:
    """Read a table: the values of a beta law at normal scores.

    Parameters
    ----------
    table : float64[entry], 1
        Tables of all beta laws, one after another.
    offset : int
        Where this law's table starts.
    low, high : float, the prior's unit
        Ends of the range.
    per_unit : float
        Nodes per unit of score.
    z : Vector, 1
        Scores; beyond 8.25 the value at 8.25 is given.

    Returns
    -------
    Vector, the prior's unit
    """
    cells, above = float(int(_TABLE_END * per_unit)), z > 0.0
    size = where(above, z, -z)
    place = where(size < _TABLE_END, size, _TABLE_END) * per_unit
    # A place on a node may count as the end of the cell before it.
    cell = nearest(place - 0.5)
    cell = where(cell < cells - 1.0, cell, cells - 1.0)
    t = place - cell
    node = places_of(where(above, 2.0 * (cells + 1.0), 0.0) + (offset + 2.0 * cell))
    start, start_step = gather(table, node), gather(table, node + _1)
    end, end_step = gather(table, node + _2), gather(table, node + _3)
    rise = end - start
    bend = start_step + end_step - 2.0 * rise
    distance = start + t * (start_step + t * (rise - start_step - bend + t * bend))
    width = (high - low) * distance
    return where(above, high - width, low + width)
