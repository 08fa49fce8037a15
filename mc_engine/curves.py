"""Paths over years: monotone cubic interpolation on linear, log and logit scales.

The years of a path are fixed, so the interval and the Hermite weights of every year are
prepared once; per draw only the slopes remain. The interpolant is SciPy's PCHIP, end rule
included (Fritsch and Butland 1984; Moler 2004, section 3.6).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.accelerate import kernel

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
    for place, path in enumerate(paths):
        code = SCALES[path.scale]
        own = [float(year) for year, _ in path.anchors] + [float(year) for year, _ in path.knots]
        x += own
        anchor += [_to_scale(value, code, path.floor) for _, value in path.anchors]
        anchor += [math.nan] * len(path.knots)
        column += [-1] * len(path.anchors) + [knot for _, knot in path.knots]
        interval[place], weight[place] = _hermite(np.array(own), years)
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
def _to_scale(value, scale, floor):  # type: ignore[no-untyped-def]
    """Turn a value to the path's scale; see ``_from_scale`` for the way back."""
    if scale == LOG:
        return math.log(max(value, floor))
    if scale == LOGIT:
        kept = min(max(value, LOGIT_MARGIN), 1.0 - LOGIT_MARGIN)
        return math.log(kept / (1.0 - kept))
    return value


@kernel
def _from_scale(value, scale):  # type: ignore[no-untyped-def]
    """Turn a value on the path's scale back."""
    if scale == LOG:
        return math.exp(value)
    if scale == LOGIT:
        return 1.0 / (1.0 + math.exp(-value))
    return value


@kernel
def _end_slope(near, far, delta_near, delta_far):  # type: ignore[no-untyped-def]
    """One-sided three-point slope, kept monotone (SciPy's end rule)."""
    slope = ((2.0 * near + far) * delta_near - near * delta_far) / (near + far)
    if slope * delta_near <= 0.0:
        return 0.0
    if delta_near * delta_far <= 0.0 and abs(slope) > 3.0 * abs(delta_near):
        return 3.0 * delta_near
    return slope


@kernel
def pchip_slopes(x, y, slope):  # type: ignore[no-untyped-def]
    """Write the PCHIP slope at every point.

    Parameters
    ----------
    x : float64[point], increasing
    y : float64[point]
    slope : float64[point]
        Overwritten; all zero for a single point.
    """
    last = x.size - 1
    if last == 0:
        slope[0] = 0.0
        return
    if last == 1:
        slope[0] = (y[1] - y[0]) / (x[1] - x[0])
        slope[1] = slope[0]
        return
    for point in range(1, last):
        before = x[point] - x[point - 1]
        after = x[point + 1] - x[point]
        delta_before = (y[point] - y[point - 1]) / before
        delta_after = (y[point + 1] - y[point]) / after
        if delta_before * delta_after <= 0.0:
            slope[point] = 0.0
        else:
            w_before = 2.0 * after + before
            w_after = after + 2.0 * before
            slope[point] = (w_before + w_after) / (w_before / delta_before + w_after / delta_after)
    first_delta = (y[1] - y[0]) / (x[1] - x[0])
    second_delta = (y[2] - y[1]) / (x[2] - x[1])
    slope[0] = _end_slope(x[1] - x[0], x[2] - x[1], first_delta, second_delta)
    last_delta = (y[last] - y[last - 1]) / (x[last] - x[last - 1])
    before_delta = (y[last - 1] - y[last - 2]) / (x[last - 1] - x[last - 2])
    slope[last] = _end_slope(
        x[last] - x[last - 1], x[last - 1] - x[last - 2], last_delta, before_delta
    )


@kernel
def path_values(table, path, row, start, scratch, values):  # type: ignore[no-untyped-def]
    """Evaluate one path for one draw from year position ``start`` on.

    Parameters
    ----------
    table : PathTable
    path : int
        Which path.
    row : float64[column]
        The draw.
    start : int
        First year position written; earlier elements of ``values`` stay as they are.
    scratch : float64[2, point]
        Room for values and slopes; at least as many points as the longest path.
    values : float64[year]
        Overwritten from ``start`` on, on the natural scale.
    """
    stop = values.size
    if table.always[path] == table.always[path]:
        values[start:stop] = table.always[path]
        return
    size = table.size[path]
    first = table.first[path]
    scale = table.scale[path]
    for point in range(size):
        column = table.column[first + point]
        if column < 0:
            scratch[0, point] = table.anchor[first + point]
        else:
            scratch[0, point] = _to_scale(row[column], scale, table.floor[path])
    if size == 1:
        values[start:stop] = _from_scale(scratch[0, 0], scale)
        return
    pchip_slopes(table.x[first : first + size], scratch[0, :size], scratch[1, :size])
    for year in range(start, stop):
        left = table.interval[path, year]
        values[year] = _from_scale(
            table.weight[path, year, 0] * scratch[0, left]
            + table.weight[path, year, 1] * scratch[1, left]
            + table.weight[path, year, 2] * scratch[0, left + 1]
            + table.weight[path, year, 3] * scratch[1, left + 1],
            scale,
        )
