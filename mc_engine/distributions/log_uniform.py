"""Log-uniform distribution: the logarithm is uniform. Shape: (low, high)."""

import math
from typing import Literal

import numpy as np

from mc_engine.distributions import uniform
from mc_engine.distributions.base import Array, Family, Given, Row, Shape, Stated, Truncate, Vector
from mc_engine.distributions.fitting import require_positive
from mc_engine.numerics.accelerate import inlined
from mc_engine.numerics.elementary import exp
from mc_engine.vocabulary.strict import Number


class LogUniform(Stated):
    """Equal density of the logarithm from low to high."""

    forms = (("low", "high"), ("p5", "p95"))
    name: Literal["log_uniform"]
    low: Number | None = None
    high: Number | None = None
    p5: Number | None = None
    p95: Number | None = None
    truncate: Truncate | None = None


def fit(given: Given) -> Shape:
    """Shape from the ends or from two quantiles, exactly."""
    remedy = "use uniform where values at or below 0 occur"
    require_positive("log_uniform", given, "low", "p5", remedy=remedy)
    if "low" in given:
        return given["low"], given["high"]
    margin = math.exp(math.log(given["p95"] / given["p5"]) * 0.05 / 0.9)
    return given["p5"] / margin, given["p95"] * margin


def cdf(shape: Shape, x: float) -> tuple[float, float]:
    """Probability at or below, and above, a value."""
    logs = math.log(shape[0]), math.log(shape[1])
    return uniform.cdf(logs, math.log(x) if x > 0.0 else -math.inf)


def quantile(shape: Shape, u: Array) -> Array:
    """Values at probabilities ``u``."""
    return np.asarray(shape[0] * np.exp(u * math.log(shape[1] / shape[0])))


def row(shape: Shape) -> Row:
    """Shape of the compiled quantile: (low, logarithm of high / low)."""
    return Row((shape[0], math.log(shape[1] / shape[0])), shape[0], shape[1])


@inlined
def compiled(shape: Array, table: Array, offset: int, u: Vector, z: Vector, work: Array) -> Vector:
    """Compiled twin of ``quantile``."""
    return shape[0] * exp(shape[1] * u)


FAMILY = Family("log_uniform", LogUniform, fit, cdf, quantile, row, compiled)
