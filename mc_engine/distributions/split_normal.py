"""Split normal distribution, continuous in its quantiles. Shape: (median, sd_low, sd_high).

Half of the probability lies on each side of the median, below it as of a normal distribution with
standard deviation ``sd_low``, above it of one with ``sd_high``.
"""

import math
from typing import Literal

import numpy as np
from scipy import special

from mc_engine.distributions.base import Array, Family, Given, Row, Shape, Stated, Truncate, Vector
from mc_engine.distributions.fitting import Z95, require_positive
from mc_engine.distributions.normal import at_score
from mc_engine.numerics.accelerate import inlined
from mc_engine.numerics.lanes import where
from mc_engine.vocabulary.strict import Number


class SplitNormal(Stated):
    """Half of the probability on each side of the median, each half normal with its own sd."""

    forms = (("median", "sd_low", "sd_high"), ("p5", "p50", "p95"))
    name: Literal["split_normal"]
    median: Number | None = None
    sd_low: Number | None = None
    sd_high: Number | None = None
    p5: Number | None = None
    p50: Number | None = None
    p95: Number | None = None
    truncate: Truncate | None = None


def fit(given: Given) -> Shape:
    """Shape from its parameters or from three quantiles, exactly."""
    require_positive("split_normal", given, "sd_low", "sd_high")
    if "median" in given:
        return given["median"], given["sd_low"], given["sd_high"]
    centre = given["p50"]
    return centre, (centre - given["p5"]) / Z95, (given["p95"] - centre) / Z95


def cdf(shape: Shape, x: float) -> tuple[float, float]:
    """Probability at or below, and above, a value."""
    median, low, high = shape
    return at_score((x - median) / (low if x < median else high))


def quantile(shape: Shape, u: Array) -> Array:
    """Values at probabilities ``u``."""
    score = special.ndtri(u)
    return np.asarray(shape[0] + np.where(score < 0.0, shape[1], shape[2]) * score)


def row(shape: Shape) -> Row:
    """Shape of the compiled quantile: (median, sd_low, sd_high)."""
    return Row(shape, -math.inf, math.inf)


@inlined
def compiled(shape: Array, table: Array, offset: int, u: Vector, z: Vector, work: Array) -> Vector:
    """Compiled twin of ``quantile``."""
    return shape[0] + where(z < 0.0, shape[1], shape[2]) * z


FAMILY = Family("split_normal", SplitNormal, fit, cdf, quantile, row, compiled, from_score=True)
