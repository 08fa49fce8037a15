"""Normal distribution. Shape: (mean, standard deviation)."""

import math
from typing import Literal

import numpy as np
from scipy import special

from mc_engine.distributions.base import Array, Family, Given, Row, Shape, Stated, Truncate, Vector
from mc_engine.distributions.fitting import Z95, require_positive
from mc_engine.numerics.accelerate import inlined
from mc_engine.vocabulary.strict import Number


class Normal(Stated):
    """Normal distribution."""

    forms = (("mean", "sd"), ("p5", "p95"), ("p5", "p50", "p95"))
    name: Literal["normal"]
    mean: Number | None = None
    sd: Number | None = None
    p5: Number | None = None
    p50: Number | None = None
    p95: Number | None = None
    truncate: Truncate | None = None


def fit(given: Given) -> Shape:
    """Shape from its parameters or from quantiles; of three, the median and p95 - p5 are kept."""
    require_positive("normal", given, "sd")
    if "mean" in given:
        return given["mean"], given["sd"]
    centre = given.get("p50", 0.5 * (given["p5"] + given["p95"]))
    return centre, (given["p95"] - given["p5"]) / (2.0 * Z95)


def at_score(score: float) -> tuple[float, float]:
    """Probability at or below, and above, a standard normal score."""
    return float(special.ndtr(score)), float(special.ndtr(-score))


def cdf(shape: Shape, x: float) -> tuple[float, float]:
    """Probability at or below, and above, a value."""
    return at_score((x - shape[0]) / shape[1])


def quantile(shape: Shape, u: Array) -> Array:
    """Values at probabilities ``u``."""
    return np.asarray(shape[0] + shape[1] * special.ndtri(u))


def row(shape: Shape) -> Row:
    """Shape of the compiled quantile: (mean, standard deviation)."""
    return Row(shape, -math.inf, math.inf)


@inlined
def compiled(shape: Array, table: Array, offset: int, u: Vector, z: Vector, work: Array) -> Vector:
    """Compiled twin of ``quantile``."""
    return shape[0] + shape[1] * z


FAMILY = Family("normal", Normal, fit, cdf, quantile, row, compiled, from_score=True)
