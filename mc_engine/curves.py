"""Paths over years: monotone cubic interpolation on linear, log and logit scales.

The years of a path are fixed, so the interval and the Hermite weights of every year are
prepared once; per draw only the slopes remain. The interpolant is SciPy's PCHIP, end rule
included (Fritsch and Butland 1984; Moler 2004, section 3.6). Compiled functions work on
``LANES`` draws side by side.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.accelerate import kernel
from mc_engine.elementary import exp, log
from mc_engine.lanes import LANES, copy

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
    """One path to be put into a table; see ``mc_engine.schema.inputs.Knots``.

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
    for place, path in enumerate(paths):
        code = SCALES[path.scale]
        own = [float(year) for year, _ in path.anchors] + [float(year) for year, _ in path.knots]
        x += own
        anchor += [_to_scale(value, code, path.floor) for _, value in path.anchors]
        anchor += [math.nan] * len(path.knots)
        column += [-1] * len(path.anchors) + [knot for _, knot in path.knots]
        interval[place], weight[place] = _hermite(np.array(own), years)
        before, now = years[:-1], years[1:]
        flat[place, 1:] = (now <= own[0]) | (before >= own[-1])
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
        return log(floor if value < floor else value)
    if scale == LOGIT:
        kept = LOGIT_MARGIN if value < LOGIT_MARGIN else value
        kept = 1.0 - LOGIT_MARGIN if kept > 1.0 - LOGIT_MARGIN else kept
        return log(kept / (1.0 - kept))
    return value


@kernel
def _from_scale(scale, values):
    """Turn values on the path's scale back, in place: float64[lane]."""
    if scale == LOG:
        for lane in range(LANES):
            values[lane] = exp(values[lane])
    elif scale == LOGIT:
        for lane in range(LANES):
            values[lane] = 1.0 / (1.0 + exp(-values[lane]))


@kernel
def _end_slope(near, far, delta_near, delta_far):
    """One-sided three-point slope, kept monotone (SciPy's end rule)."""
    slope = ((2.0 * near + far) * delta_near - near * delta_far) / (near + far)
    steep = delta_near * delta_far <= 0.0 and abs(slope) > 3.0 * abs(delta_near)
    limited = 3.0 * delta_near if steep else slope
    return 0.0 if slope * delta_near <= 0.0 else limited


@kernel
def _inner_slopes(before, after, left, middle, right, slope):
    """Weighted harmonic mean of the secants on both sides of a point, 0 at a turn."""
    for lane in range(LANES):
        delta_before = (middle[lane] - left[lane]) / before
        delta_after = (right[lane] - middle[lane]) / after
        mean = 0.0
        if not delta_before * delta_after <= 0.0:
            mean = (3.0 * before + 3.0 * after) / (
                (2.0 * after + before) / delta_before + (after + 2.0 * before) / delta_after
            )
        slope[lane] = mean


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
    if last == 1:
        for lane in range(LANES):
            slope[0, lane] = (y[1, lane] - y[0, lane]) / (x[1] - x[0])
            slope[1, lane] = slope[0, lane]
        return
    for point in range(1, last):
        before, after = x[point] - x[point - 1], x[point + 1] - x[point]
        _inner_slopes(before, after, y[point - 1], y[point], y[point + 1], slope[point])
    first, second = x[1] - x[0], x[2] - x[1]
    final, previous = x[last] - x[last - 1], x[last - 1] - x[last - 2]
    for lane in range(LANES):
        first_delta = (y[1, lane] - y[0, lane]) / first
        second_delta = (y[2, lane] - y[1, lane]) / second
        slope[0, lane] = _end_slope(first, second, first_delta, second_delta)
    for lane in range(LANES):
        final_delta = (y[last, lane] - y[last - 1, lane]) / final
        previous_delta = (y[last - 1, lane] - y[last - 2, lane]) / previous
        slope[last, lane] = _end_slope(final, previous, final_delta, previous_delta)


@kernel
def _hermite_row(scale, weight, left, left_slope, right, right_slope, values):
    """Combine values and slopes on both sides of one year, and turn them back from the scale.

    All but the first two are float64[lane]; the twin for one row of points is ``_from_scale``.
    """
    a, b, c, d = weight[0], weight[1], weight[2], weight[3]
    if scale == LOG:
        for lane in range(LANES):
            value = a * left[lane] + b * left_slope[lane] + c * right[lane] + d * right_slope[lane]
            values[lane] = exp(value)
    elif scale == LOGIT:
        for lane in range(LANES):
            value = a * left[lane] + b * left_slope[lane] + c * right[lane] + d * right_slope[lane]
            values[lane] = 1.0 / (1.0 + exp(-value))
    else:
        for lane in range(LANES):
            value = a * left[lane] + b * left_slope[lane] + c * right[lane] + d * right_slope[lane]
            values[lane] = value


@kernel
def _read_points(table, path, row, points):
    """Write the points of a path, on its scale: anchors, then drawn knots."""
    scale, floor = table.scale[path], table.floor[path]
    for point in range(table.size[path]):
        place = table.first[path] + point
        column = table.column[place]
        for lane in range(LANES):
            if column < 0:
                points[point, lane] = table.anchor[place]
            else:
                points[point, lane] = _to_scale(row[column, lane], scale, floor)


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
        Room for values and slopes; at least as many points as the longest path.
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
        _from_scale(scale, points[0])
        for year in range(start, values.shape[0]):
            copy(points[0], values[year])
        return
    pchip_slopes(table.x[first : first + size], points, slopes)
    for year in range(start, values.shape[0]):
        if year > start and table.flat[path, year]:
            copy(values[year - 1], values[year])
            continue
        left = table.interval[path, year]
        _hermite_row(scale, table.weight[path, year], points[left], slopes[left],
                     points[left + 1], slopes[left + 1], values[year])  # fmt: skip
