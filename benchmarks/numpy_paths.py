"""Monotone cubic paths for a block of draws, in plain NumPy (``docs/model.md``, Paths).

Within the reference the draw is the last axis, so that every operation runs along memory.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mc_engine.vocabulary.inputs import Knots

Array = NDArray[np.float64]

LOGIT_EDGE = 1e-4  # logit paths stay this far from 0 and 1


def _end_slope(near: Array, far: Array, h_near: Array, h_far: Array) -> Array:
    """Three-point end slope of PCHIP, kept from overshooting."""
    slope = ((2.0 * h_near + h_far) * near - h_near * far) / (h_near + h_far)
    slope = np.where(np.sign(slope) != np.sign(near), 0.0, slope)
    too_steep = (np.sign(near) != np.sign(far)) & (np.abs(slope) > 3.0 * np.abs(near))
    return np.where(too_steep, 3.0 * near, slope)


def _slopes(x: Array, y: Array) -> Array:
    """Slopes at the points: weighted harmonic means, 0 at every local extreme.

    ``x`` is float64[point], ``y`` float64[point, draw]; the result has the shape of ``y``.
    """
    h = np.diff(x)[:, None]
    delta = np.diff(y, axis=0) / h
    if x.size == 2:
        return np.repeat(delta, 2, axis=0)
    slopes = np.zeros_like(y)
    left, right = delta[:-1], delta[1:]
    w_left, w_right = 2.0 * h[1:] + h[:-1], h[1:] + 2.0 * h[:-1]
    same_way = left * right > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (w_left + w_right) / (w_left / left + w_right / right)
    slopes[1:-1] = np.where(same_way, mean, 0.0)
    slopes[0] = _end_slope(delta[0], delta[1], h[0], h[1])
    slopes[-1] = _end_slope(delta[-1], delta[-2], h[-1], h[-2])
    return slopes


def monotone_cubic(x: Sequence[int], y: Array, at: Array) -> Array:
    """Interpolate every draw through the same abscissas, flat outside them.

    Parameters
    ----------
    x : sequence of int
        Years of the points, increasing.
    y : float64[point, draw]
        Values of the points.
    at : float64[year]
        Years at which values are wanted.

    Returns
    -------
    float64[year, draw]
    """
    points = np.asarray(x, dtype=np.float64)
    if points.size == 1:
        return np.repeat(y, at.size, axis=0)
    inside = np.clip(at, points[0], points[-1])
    piece = np.clip(np.searchsorted(points, inside, side="right") - 1, 0, points.size - 2)
    h = points[piece + 1] - points[piece]
    s = (inside - points[piece]) / h
    # Hermite weights of values and slopes, the same for all draws: two matrix products.
    value_weights = np.zeros((at.size, points.size))
    slope_weights = np.zeros((at.size, points.size))
    here = np.arange(at.size)
    value_weights[here, piece] = (1.0 + 2.0 * s) * (1.0 - s) ** 2
    value_weights[here, piece + 1] = s**2 * (3.0 - 2.0 * s)
    slope_weights[here, piece] = h * s * (1.0 - s) ** 2
    slope_weights[here, piece + 1] = h * s**2 * (s - 1.0)
    return value_weights @ y + slope_weights @ _slopes(points, y)


def path_values(
    knots: Knots, drawn: Array, at: Array, anchors: tuple[tuple[int, float], ...] = ()
) -> Array:
    """Evaluate one path for every draw.

    Parameters
    ----------
    knots : Knots
        The fixed part of the path.
    drawn : float64[knot, draw]
        Drawn values of the knots.
    at : float64[year]
        Years at which values are wanted.
    anchors : tuple of (int, float)
        Used where the path has no anchors of its own, as far as they lie before its first knot.

    Returns
    -------
    float64[year, draw]
    """
    if knots.always is not None:
        return np.full((at.size, drawn.shape[1]), knots.always)
    fixed = [pair for pair in knots.anchors or anchors if pair[0] < knots.years[0]]
    years = [year for year, _ in fixed] + list(knots.years)
    values = np.empty((len(years), drawn.shape[1]))
    values[: len(fixed)] = np.array([value for _, value in fixed]).reshape(-1, 1)
    values[len(fixed) :] = drawn
    if knots.scale == "log":
        return np.exp(monotone_cubic(years, np.log(np.maximum(values, knots.floor)), at))
    if knots.scale == "logit":
        share = np.clip(values, LOGIT_EDGE, 1.0 - LOGIT_EDGE)
        return 1.0 / (1.0 + np.exp(-monotone_cubic(years, np.log(share / (1.0 - share)), at)))
    return monotone_cubic(years, values, at)
