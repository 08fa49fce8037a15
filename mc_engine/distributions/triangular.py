"""Triangular distribution. Shape: (low, mode, high)."""

import math
from typing import Literal

import numpy as np

from mc_engine.distributions.base import Array, Family, Given, Row, Shape, Stated, Truncate, Vector
from mc_engine.distributions.fitting import root
from mc_engine.numerics.accelerate import inlined
from mc_engine.numerics.lanes import sqrt, where
from mc_engine.vocabulary.strict import Number


class Triangular(Stated):
    """Straight lines from low up to mode and down to high."""

    forms = (("low", "mode", "high"), ("p5", "mode", "p95"), ("p5", "p50", "p95"))
    name: Literal["triangular"]
    low: Number | None = None
    mode: Number | None = None
    high: Number | None = None
    p5: Number | None = None
    p50: Number | None = None
    p95: Number | None = None
    truncate: Truncate | None = None


def fit(given: Given) -> Shape:
    """Shape from the corners, or from two quantiles with the mode or the median."""
    if "low" in given:
        return given["low"], given["mode"], given["high"]
    if "mode" in given:
        return _from_mode(given["p5"], given["mode"], given["p95"])
    return _from_median(given["p5"], given["p50"], given["p95"])


def _from_mode(p5: float, mode: float, p95: float) -> Shape:
    """Solve for the probability w below the mode; the width follows.

    With L the width: ``mode - p5 = L (w - sqrt(0.05 w))`` and
    ``p95 - mode = L (1 - w - sqrt(0.05 (1 - w)))``, for w in [0.05, 0.95].
    """
    below, above = mode - p5, p95 - mode

    def left(w: float) -> float:
        return w - math.sqrt(0.05 * w)

    def gap(w: float) -> float:
        return below * left(1.0 - w) - above * left(w)

    w = root(gap, 0.05, 0.95)
    width = (p95 - p5) / (left(w) + left(1.0 - w))
    return mode - w * width, mode, mode + (1.0 - w) * width


def _from_median(p5: float, p50: float, p95: float) -> Shape:
    """Solve for the probability w below the mode from the position of the median.

    A median too far to one side for any triangle gives the right-angled triangle through p5
    and p95, and the check of implied quantiles decides.
    """

    def at(w: float, u: float) -> float:
        return math.sqrt(u * w) if u < w else 1.0 - math.sqrt((1.0 - u) * (1.0 - w))

    position = (p50 - p5) / (p95 - p5)

    def gap(w: float) -> float:
        return (at(w, 0.5) - at(w, 0.05)) / (at(w, 0.95) - at(w, 0.05)) - position

    if gap(0.0) >= 0.0:
        w = 0.0
    elif gap(1.0) <= 0.0:
        w = 1.0
    else:
        w = root(gap, 0.0, 1.0)
    width = (p95 - p5) / (at(w, 0.95) - at(w, 0.05))
    low = p5 - width * at(w, 0.05)
    return low, low + w * width, low + width


def cdf(shape: Shape, x: float) -> tuple[float, float]:
    """Probability at or below, and above, a value."""
    low, mode, high = shape
    if x <= low:
        return 0.0, 1.0
    if x >= high:
        return 1.0, 0.0
    if x < mode:
        below = (x - low) ** 2 / ((high - low) * (mode - low))
        return below, 1.0 - below
    above = (high - x) ** 2 / ((high - low) * (high - mode))
    return 1.0 - above, above


def quantile(shape: Shape, u: Array) -> Array:
    """Values at probabilities ``u``."""
    low, mode, high = shape
    width = high - low
    rising = low + np.sqrt(u * width * (mode - low))
    falling = high - np.sqrt((1.0 - u) * width * (high - mode))
    return np.where(u < (mode - low) / width, rising, falling)


def row(shape: Shape) -> Row:
    """Shape of the compiled quantile: (low, high, CDF of the mode, width times either side)."""
    low, mode, high = shape
    width = high - low
    turn = (mode - low) / width if width > 0.0 else 1.0
    return Row((low, high, turn, width * (mode - low), width * (high - mode)), low, high)


@inlined
def compiled(shape: Array, table: Array, offset: int, u: Vector, z: Vector, work: Array) -> Vector:
    """Compiled twin of ``quantile``."""
    rising, falling = sqrt(shape[3] * u), sqrt(shape[4] * (1.0 - u))
    return where(u < shape[2], shape[0] + rising, shape[1] - falling)


FAMILY = Family("triangular", Triangular, fit, cdf, quantile, row, compiled)
