"""Uniform distribution. Shape: (low, high)."""

from typing import Literal

import numpy as np

from mc_engine.distributions.base import Array, Family, Given, Row, Shape, Stated, Truncate, Vector
from mc_engine.numerics.accelerate import inlined
from mc_engine.vocabulary.strict import Number


class Uniform(Stated):
    """Equal density from low to high."""

    forms = (("low", "high"), ("p5", "p95"))
    name: Literal["uniform"]
    low: Number | None = None
    high: Number | None = None
    p5: Number | None = None
    p95: Number | None = None
    truncate: Truncate | None = None


def fit(given: Given) -> Shape:
    """Shape from the ends or from two quantiles, exactly."""
    if "low" in given:
        return given["low"], given["high"]
    margin = (given["p95"] - given["p5"]) * 0.05 / 0.9
    return given["p5"] - margin, given["p95"] + margin


def cdf(shape: Shape, x: float) -> tuple[float, float]:
    """Probability at or below, and above, a value."""
    low, high = shape
    if x <= low:
        return 0.0, 1.0
    if x >= high:
        return 1.0, 0.0
    return (x - low) / (high - low), (high - x) / (high - low)


def quantile(shape: Shape, u: Array) -> Array:
    """Values at probabilities ``u``."""
    return np.asarray(shape[0] + u * (shape[1] - shape[0]))


def row(shape: Shape) -> Row:
    """Shape of the compiled quantile: (low, width)."""
    return Row((shape[0], shape[1] - shape[0]), shape[0], shape[1])


@inlined
def compiled(shape: Array, table: Array, offset: int, u: Vector, z: Vector, work: Array) -> Vector:
    """Compiled twin of ``quantile``."""
    return shape[0] + shape[1] * u


FAMILY = Family("uniform", Uniform, fit, cdf, quantile, row, compiled)
