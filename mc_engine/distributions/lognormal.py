"""Lognormal distribution. Shape: (median, standard deviation of the logarithm)."""

import math
from typing import Literal

import numpy as np
from scipy import special

from mc_engine.distributions.base import Array, Family, Given, Row, Shape, Stated, Truncate, Vector
from mc_engine.distributions.fitting import Z95, require_positive
from mc_engine.distributions.normal import at_score
from mc_engine.numerics.accelerate import inlined
from mc_engine.numerics.elementary import exp
from mc_engine.vocabulary.strict import Number


class Lognormal(Stated):
    """Lognormal distribution; sigma is the standard deviation of the logarithm."""

    forms = (("median", "sigma"), ("p5", "p95"), ("p5", "p50", "p95"))
    name: Literal["lognormal"]
    median: Number | None = None
    sigma: Number | None = None
    p5: Number | None = None
    p50: Number | None = None
    p95: Number | None = None
    truncate: Truncate | None = None


def fit(given: Given) -> Shape:
    """Shape from its parameters or from quantiles; of three, the median and p95 / p5 are kept."""
    require_positive("lognormal", given, "sigma")
    remedy = "use normal or split_normal where values at or below 0 occur"
    require_positive("lognormal", given, "median", "p5", remedy=remedy)
    if "median" in given:
        return given["median"], given["sigma"]
    centre = given.get("p50", math.sqrt(given["p5"]) * math.sqrt(given["p95"]))
    return centre, math.log(given["p95"] / given["p5"]) / (2.0 * Z95)


def cdf(shape: Shape, x: float) -> tuple[float, float]:
    """Probability at or below, and above, a value."""
    return at_score(math.log(x / shape[0]) / shape[1] if x > 0.0 else -math.inf)


def quantile(shape: Shape, u: Array) -> Array:
    """Values at probabilities ``u``."""
    return np.asarray(shape[0] * np.exp(shape[1] * special.ndtri(u)))


def row(shape: Shape) -> Row:
    """Shape of the compiled quantile: (median, standard deviation of the logarithm)."""
    return Row(shape, 0.0, math.inf)


@inlined
def compiled(shape: Array, table: Array, offset: int, u: Vector, z: Vector, work: Array) -> Vector:
    """Compiled twin of ``quantile``."""
    return shape[0] * exp(shape[1] * z)


FAMILY = Family("lognormal", Lognormal, fit, cdf, quantile, row, compiled, from_score=True)
