"""Discrete distribution over listed values. Shape: (values ascending, weights that sum to 1)."""

import math
from typing import Literal

import numpy as np

from mc_engine.distributions.base import Array, Family, Given, Row, Shape, Stated, Truncate, Vector
from mc_engine.distributions.fitting import UnfitError, shorten
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.lanes import broadcast, where
from mc_engine.vocabulary.strict import Number


class Discrete(Stated):
    """Discrete distribution over listed values, with weights."""

    name: Literal["discrete"]
    values: list[Number]
    weights: list[Number]
    truncate: Truncate | None = None


def fit(given: Given) -> Shape:
    """Values in ascending order and their weights as stated; ``truncate`` scales these."""
    values, weights = given["values"], given["weights"]
    if len(values) != len(weights) or len(values) < 2:
        raise UnfitError(
            "weights",
            "a discrete distribution needs one weight per value, two values or more",
            f"{len(values)} values and {len(weights)} weights",
            "equal numbers of both",
            "add what is missing; write a constant where there is one value",
        )
    if min(weights) <= 0.0:
        raise UnfitError(
            "weights",
            "weights of a discrete distribution must be positive",
            shorten(min(weights)),
            "numbers above 0",
            "leave out a value that cannot occur",
        )
    if len(set(values)) < len(values):
        raise UnfitError(
            "values",
            "a value of a discrete distribution stands twice",
            ", ".join(shorten(value) for value in values),
            "each value once",
            "add up its weights",
        )
    pairs = sorted(zip(map(float, values), map(float, weights), strict=True))
    return (*(value for value, _ in pairs), *(weight for _, weight in pairs))


def truncate(shape: Shape, low: float, high: float) -> Shape:
    """Drop values outside the ends, and scale the weights of the others to a sum of 1."""
    count = len(shape) // 2
    pairs = sorted(zip(shape[:count], shape[count:], strict=True))
    retained = [(value, weight) for value, weight in pairs if low <= value <= high]
    total = math.fsum(weight for _, weight in retained)
    return (*(value for value, _ in retained), *(weight / total for _, weight in retained))


def cdf(shape: Shape, x: float) -> tuple[float, float]:
    """Probability at or below, and above, a value."""
    count = len(shape) // 2
    steps = np.concatenate(([0.0], np.cumsum(shape[count:])))
    below = min(float(steps[np.searchsorted(shape[:count], x, side="right")]), 1.0)
    return below, 1.0 - below


def quantile(shape: Shape, u: Array) -> Array:
    """First value whose cumulative weight reaches ``u``."""
    count = len(shape) // 2
    steps = np.cumsum(shape[count:])[:-1]
    return np.asarray(shape[:count])[np.searchsorted(steps, u, side="left")]


def row(shape: Shape) -> Row:
    """Shape: (number of values,); table: pairs of cumulative weight and value, ascending."""
    count = len(shape) // 2
    values, weights = np.array(shape[:count]), np.array(shape[count:])
    order = np.argsort(values, kind="stable")
    values, cumulated = values[order], np.cumsum(weights[order])
    table = np.column_stack([cumulated / cumulated[-1], values]).ravel()
    return Row((float(count),), values[0], values[-1], table)


@inner
def compiled(shape: Array, table: Array, offset: int, u: Vector, z: Vector, work: Array) -> Vector:
    """Compiled twin of ``quantile``."""
    count = int(shape[0])
    value = broadcast(table[offset + 2 * count - 1])
    for before in range(2, count + 1):
        pair = offset + 2 * (count - before)
        value = where(table[pair] >= u, table[pair + 1], value)
    return value


FAMILY = Family(
    "discrete", Discrete, fit, cdf, quantile, row, compiled, truncate=truncate, in_steps=True
)
