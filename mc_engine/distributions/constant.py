"""Constant: the same number in every draw. Shape: (value,)."""

from typing import Literal

import numpy as np

from mc_engine.distributions.base import Array, Family, Given, Row, Shape, Stated, Vector
from mc_engine.numerics.accelerate import inlined
from mc_engine.numerics.lanes import broadcast
from mc_engine.vocabulary.strict import Number


class Constant(Stated):
    """The same number in every draw."""

    name: Literal["constant"]
    value: Number


def fit(given: Given) -> Shape:
    """Shape from the stated value."""
    return (given["value"],)


def cdf(shape: Shape, x: float) -> tuple[float, float]:
    """Probability at or below, and above, a value."""
    return (1.0, 0.0) if x >= shape[0] else (0.0, 1.0)


def quantile(shape: Shape, u: Array) -> Array:
    """Values at probabilities ``u``."""
    return np.full(u.shape, shape[0])


def truncate(shape: Shape, low: float, high: float) -> Shape:
    """Keep the value where it lies between the ends."""
    return shape if low <= shape[0] <= high else ()


def row(shape: Shape) -> Row:
    """Shape of the compiled quantile: (value,)."""
    return Row(shape, shape[0], shape[0])


@inlined
def compiled(shape: Array, table: Array, offset: int, u: Vector, z: Vector, work: Array) -> Vector:
    """Compiled twin of ``quantile``."""
    return broadcast(shape[0])


FAMILY = Family("constant", Constant, fit, cdf, quantile, row, compiled, truncate=truncate)
