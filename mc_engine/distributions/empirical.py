"""Empirical distribution of observed values, straight lines between them.

Shape: (values ascending, the quantile at which each stands, from 0 to 1).
"""

from typing import Literal

import numpy as np

from mc_engine.distributions.base import Array, Family, Given, Row, Shape, Stated, Truncate, Vector
from mc_engine.distributions.fitting import UnfitError, shorten
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.lanes import LANES, load, store
from mc_engine.vocabulary.strict import Text

# Fewer observed values than this are no distribution.
MIN_VALUES = 5


class Empirical(Stated):
    """Observed values of a CSV file of the region, straight lines between them."""

    name: Literal["empirical"]
    file: Text
    column: Text
    weights: Text | None = None
    truncate: Truncate | None = None


def fit(given: Given) -> Shape:
    """Assign observed ``values`` to quantiles from 0 to 1; no ``weights`` are equal weights.

    A value stands in the middle of its weight, and the middles are stretched so that the
    smallest value stands at 0 and the largest at 1. With equal weights the i-th of n values
    stands at ``(i - 1) / (n - 1)``.
    """
    values = np.array(given["values"], dtype=np.float64)
    weights = np.array(given.get("weights") or np.ones(values.size), dtype=np.float64)
    if values.size < MIN_VALUES:
        raise UnfitError(
            "file",
            "too few values for an empirical distribution",
            f"{values.size}",
            f"at least {MIN_VALUES}",
            "add observations, or state a distribution by three numbers",
        )
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    if values[0] == values[-1]:
        raise UnfitError(
            "file",
            "all values of an empirical distribution are the same",
            shorten(values[0]),
            "at least two different values",
            "write a constant where there is no spread",
        )
    gaps = 0.5 * (weights[:-1] + weights[1:])
    levels = np.concatenate([[0.0], np.cumsum(gaps)])
    return (*values.tolist(), *(levels / levels[-1]).tolist())


def _observed(shape: Shape) -> tuple[Array, Array]:
    """Observed values and their quantiles."""
    count = len(shape) // 2
    return np.array(shape[:count]), np.array(shape[count:])


def cdf(shape: Shape, x: float) -> tuple[float, float]:
    """Probability at or below, and above, a value."""
    # Of values that are equal NumPy takes the last, which is what "at or below" asks for.
    below = float(np.interp(x, *_observed(shape)))
    return below, 1.0 - below


def cdf_open(shape: Shape, x: float) -> tuple[float, float]:
    """Probability below, and at or above, a value: other than ``cdf`` where values repeat."""
    values, levels = _observed(shape)
    below = 1.0 - float(np.interp(-x, -values[::-1], 1.0 - levels[::-1]))
    return below, 1.0 - below


def quantile(shape: Shape, u: Array) -> Array:
    """Values at probabilities ``u``."""
    values, levels = _observed(shape)
    return np.asarray(np.interp(u, levels, values))


def row(shape: Shape) -> Row:
    """Shape: (number of values,); table: pairs of quantile and value, ascending."""
    values, levels = _observed(shape)
    table = np.column_stack([levels, values]).ravel()
    return Row((float(values.size),), values[0], values[-1], table)


@inner
def _interpolate(table: Array, offset: int, count: int, u: float) -> float:
    """One value on the straight lines between observed values."""
    # The last pair whose quantile is at most u, by halving; so the pair after it lies above u.
    first, end = 0, count - 1
    while end - first > 1:
        middle = (first + end) // 2
        if table[offset + 2 * middle] <= u:
            first = middle
        else:
            end = middle
    pair = offset + 2 * first
    level, value = table[pair], table[pair + 1]
    return value + (u - level) / (table[pair + 2] - level) * (table[pair + 3] - value)


@inner
def compiled(shape: Array, table: Array, offset: int, u: Vector, z: Vector, work: Array) -> Vector:
    """Compiled twin of ``quantile``; of each lane on its own."""
    count = int(shape[0])
    store(u, work)
    for lane in range(LANES):
        work[lane] = _interpolate(table, offset, count, work[lane])
    return load(work)


FAMILY = Family("empirical", Empirical, fit, cdf, quantile, row, compiled, cdf_open=cdf_open)
