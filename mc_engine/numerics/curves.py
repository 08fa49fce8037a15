"""Paths over years: monotone cubic interpolation on linear, log and logit scales.

The years of a path are fixed, so the interval and the Hermite weights of every year are
prepared once; per draw only the slopes remain. The interpolant is SciPy's PCHIP, end rule
included (Fritsch and Butland 1984; Moler 2004, section 3.6). Compiled functions work on a vector
of draws.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.numerics.accelerate import inner, kernel
from mc_engine.numerics.elementary import exp, log
from mc_engine.numerics.lanes import load, store, where

LINEAR, LOG, LOGIT = 0, 1, 2
SCALES = {"linear": LINEAR, "log": LOG, "logit": LOGIT}
# Logit knots are kept this far from 0 and 1 (docs/model.md, Paths).
LOGIT_MARGIN = 1e-4


class PathTable(NamedTuple):
    """The fixed part of many paths, as flat arrays for compiled code.

    Attributes
    ----------
    first : int64[path]
        Position of the path's first point in the arrays over points.
    size : int64[path]
        Number of points: anchors, then drawn knots.
    x : float64[point], year
    anchor : float64[point]
        Value of a constant point, already on the path's scale; unused for drawn points.
    column : int64[point]
        Column of a drawn knot in a draw's row; -1 for a constant point.
    scale : int64[path]
        ``LINEAR``, ``LOG`` or ``LOGIT``.
    floor : float64[path]
        Smallest value on a log scale.
    always : float64[path]
        0 or 1 where the path is exactly that; NaN elsewhere.
    interval : int64[path, year]
        Left point of the interval a year lies in, counted from the path's first point.
    weight : float64[path, year, 4]
        Hermite weights of left value, left slope, right value, right slope.
    flat : bool[path, year]
        The path has the value of the year before: before its first point, and after its last.
    """

    first: NDArray[np.int64]
    size: NDArray[np.int64]
    x: NDArray[np.float64]
    anchor: NDArray[np.float64]
    column: NDArray[np.int64]
    scale: NDArray[np.int64]
    floor: NDArray[np.float64]
    always: NDArray[np.float64]
    interval: NDArray[np.int64]
    weight: NDArray[np.float64]
    flat: NDArray[np.bool_]


class PathSpec(NamedTuple):
    """One path to be put into a table; see ``mc_engine.vocabulary.inputs.Knots``.

    ``anchors`` are (year, value) pairs, ``knots`` (year, column) pairs, all years increasing.
    """

    anchors: Sequence[tuple[int, float]]
    knots: Sequence[tuple[int, int]]
    scale: str = "linear"
    floor: float = 0.0
    always: float | None = None


def path_table(paths: Sequence[PathSpec], years: NDArray[np.int64]) -> PathTable:
    """Lay out paths for ``path_values``.

    Parameters
    ----------
    paths : sequence of PathSpec
    years : int64[year]
        Years at which every path will be evaluated.

    Returns
    -------
    PathTable
    """
    sizes = [len(path.anchors) + len(path.knots) for path in paths]
    first = np.cumsum([0, *sizes[:-1]])[: len(sizes)]
    x: list[float] = []
    anchor: list[float] = []
    column: list[int] = []
    interval = np.zeros((len(paths), years.size), dtype=np.int64)
    weight = np.zeros((len(paths), years.size, 4))
    flat = np.zeros((len(paths), years.size), dtype=np.bool_)
    for index, path in enumerate(paths):
        code = SCALES[path.scale]
        own = [float(year) for year, _ in path.anchors] + [float(year) for year, _ in path.knots]
        x += own
        anchor += [_to_scale(value, code, path.floor) for _, value in path.anchors]
        anchor += [math.nan] * len(path.knots)
        column += [-1] * len(path.anchors) + [knot for _, knot in path.knots]
        interval[index], weight[index] = _hermite(np.array(own), years)
        before, now = years[:-1], years[1:]
        flat[index, 1:] = (now <= own[0]) | (before >= own[-1])
    return PathTable(
        first=np.asarray(first, dtype=np.int64),
        size=np.asarray(sizes, dtype=np.int64),
        x=np.asarray(x, dtype=np.float64),
        anchor=np.asarray(anchor, dtype=np.float64),
        column=np.asarray(column, dtype=np.int64),
        scale=np.asarray([SCALES[path.scale] for path in paths], dtype=np.int64),
        floor=np.asarray([path.floor for path in paths], dtype=np.float64),
        always=np.asarray(
            [math.nan if path.always is None else path.always for path in paths], dtype=np.float64
        ),
        interval=interval,
        weight=weight,
        flat=flat,
    )


def _hermite(
    x: NDArray[np.float64], years: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find interval and weights of each year; flat before the first and after the last point."""
    if x.size == 1:
        weight = np.zeros((years.size, 4))
        weight[:, 0] = 1.0
        return np.zeros(years.size, dtype=np.int64), weight
    at = np.clip(years.astype(np.float64), x[0], x[-1])
    left = np.clip(np.searchsorted(x, at, side="right") - 1, 0, x.size - 2)
    width = x[left + 1] - x[left]
    t = (at - x[left]) / width
    weight = np.stack(
        [
            (1 + 2 * t) * (1 - t) ** 2,
            t * (1 - t) ** 2 * width,
            t**2 * (3 - 2 * t),
            t**2 * (t - 1) * width,
        ],
        axis=-1,
    )
    return left.astype(np.int64), weight


@kernel
def _to_scale(value, scale, floor):
    """Turn a value to the path's scale; see ``_from_scale`` for the way back. NaN stays NaN."""
    if scale == LOG:
        return log(where(value < floor, floor, value))
    if scale == LOGIT:
        inside = where(value < LOGIT_MARGIN, LOGIT_MARGIN, value)
        inside = where(inside > 1.0 - LOGIT_MARGIN, 1.0 - LOGIT_MARGIN, inside)
        return log(inside / (1.0 - inside))
    return value


@inner
def _from_scale(value, scale):
    """Turn a value on the path's scale back."""
    if scale == LOG:
        return exp(value)
    if scale == LOGIT:
        return 1.0 / (1.0 + exp(-value))
    return value


@inner
def _end_slope(near, far, delta_near, delta_far):
    """One-sided three-point slope, kept monotone (SciPy's end rule)."""
    slope = ((2.0 * near + far) * delta_near - near * delta_far) / (near + far)
    longest = 3.0 * delta_near
    turns = delta_near * delta_far <= 0.0
    limited = where(turns & (slope * slope > longest * longest), longest, slope)
    return where(slope * delta_near <= 0.0, 0.0, limited)


@inner
def _inner_slope(before, after, delta_before, delta_after):
    """Weighted harmonic mean of the secants on both sides of a point, 0 at a turn."""
    mean = (3.0 * before + 3.0 * after) / (
        (2.0 * after + before) / delta_before + (after + 2.0 * before) / delta_after
    )
    return where(delta_before * delta_after <= 0.0, 0.0, mean)


@kernel
def pchip_slopes(x, y, slope):
    """Write the PCHIP slope at every point.

    Parameters
    ----------
    x : float64[point], increasing
        At least two points.
    y : float64[point, lane]
    slope : float64[point, lane]
        Overwritten.
    """
    last = x.size - 1
    width = x[1] - x[0]
    delta = (load(y, 1) - load(y, 0)) / width
    if last == 1:
        store(delta, slope, 0)
        store(delta, slope, 1)
        return
    for point in range(1, last):
        next_width = x[point + 1] - x[point]
        next_delta = (load(y, point + 1) - load(y, point)) / next_width
        if point == 1:
            store(_end_slope(width, next_width, delta, next_delta), slope, 0)
        store(_inner_slope(width, next_width, delta, next_delta), slope, point)
        if point == last - 1:
            store(_end_slope(next_width, width, next_delta, delta), slope, last)
        width, delta = next_width, next_delta


@inner
def _read_points(table, path, row, points):
    """Write the points of a path, on its scale: anchors, then drawn knots."""
    scale, floor = table.scale[path], table.floor[path]
    for point in range(table.size[path]):
        index = table.first[path] + point
        column = table.column[index]
        if column < 0:
            store(table.anchor[index], points, point)
        else:
            store(_to_scale(load(row, column), scale, floor), points, point)


@inner
def _between(weight, points, slopes, left):
    """Combine values and slopes on both sides of one year, on the path's scale."""
    return (
        weight[0] * load(points, left)
        + weight[1] * load(slopes, left)
        + weight[2] * load(points, left + 1)
        + weight[3] * load(slopes, left + 1)
    )


@kernel
def path_values(table, path, row, start, scratch, values):
    """Evaluate one path from year position ``start`` on.

    Parameters
    ----------
    table : PathTable
    path : int
        Which path.
    row : float64[column, lane]
        The draws.
    start : int
        First year position written; earlier elements of ``values`` stay as they are.
    scratch : float64[2, point, lane]
        Values and slopes; at least as many points as the longest path.
    values : float64[year, lane]
        Overwritten from ``start`` on, on the natural scale.
    """
    if table.always[path] == table.always[path]:
        values[start:] = table.always[path]
        return
    size, first, scale = table.size[path], table.first[path], table.scale[path]
    points, slopes = scratch[0, :size], scratch[1, :size]
    _read_points(table, path, row, points)
    if size == 1:
        value = _from_scale(load(points, 0), scale)
        for year in range(start, values.shape[0]):
            store(value, values, year)
        return
    pchip_slopes(table.x[first : first + size], points, slopes)
    value = load(points, 0)
    for year in range(start, values.shape[0]):
        if year == start or not table.flat[path, year]:
            between = _between(table.weight[path, year], points, slopes, table.interval[path, year])
            value = _from_scale(between, scale)
        store(value, values, year)
