"""Small pictures of distributions: plain SVG, one file for each input."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mc_engine.distributions.marginal import Marginal, cdf, quantile

WIDTH, HEIGHT, MARGIN = 150, 34, 2
# Mid tones that show on white and on black.
FILL, LINE = "#8fb4dc", "#2f6db0"
# A density is drawn between these probabilities, in this many steps.
ENDS, STEPS = (0.004, 0.996), 32
NUMBER = re.compile(r"-?\d+\.?\d*")
# Coordinates may differ by the rounding of the last digit shown.
ROUNDING = 0.11

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """What is drawn of one input.

    Attributes
    ----------
    name : str
    marginals : tuple of Marginal
        One for a scalar, one per knot for a path; in the prior's unit.
    years : tuple of int
        Of the knots; empty for a scalar.
    anchors : tuple of (int, float)
        Observed years before the first knot.
    until : int
        Last year of a path.
    """

    name: str
    marginals: tuple[Marginal, ...]
    years: tuple[int, ...] = ()
    anchors: tuple[tuple[int, float], ...] = ()
    until: int = 0


def _points(x: Array, y: Array) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))


def _scaled(values: Array, low: float, high: float, *, upwards: bool) -> Array:
    """Place values between two ends on the canvas, along the width or up the height."""
    share = (values - low) / (high - low) if high > low else np.full_like(values, 0.5)
    if upwards:
        return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)
    return MARGIN + share * (WIDTH - 2 * MARGIN)


def _density(marginal: Marginal) -> list[str]:
    """Outline of a density, its middle 90 % filled, and the median."""
    low, high = quantile(marginal, np.array(ENDS))
    p5, p50, p95 = quantile(marginal, np.array([0.05, 0.5, 0.95]))
    edges = np.unique(np.concatenate((np.linspace(low, high, STEPS + 1), [p5, p95])))
    height = np.diff([cdf(marginal, edge)[0] for edge in edges]) / np.diff(edges)
    centres = 0.5 * (edges[1:] + edges[:-1])
    x = _scaled(centres, low, high, upwards=False)
    y = _scaled(height, 0.0, float(height.max()), upwards=True)
    inner = (centres > p5) & (centres < p95)
    base = HEIGHT - MARGIN
    body = np.concatenate((x[inner][:1], x[inner], x[inner][-1:]))
    roof = np.concatenate(([base], y[inner], [base]))
    middle = float(_scaled(np.array([p50]), low, high, upwards=False)[0])
    return [
        f'<polygon fill="{FILL}" points="{_points(body, roof)}"/>',
        f'<polyline fill="none" stroke="{LINE}" points="{_points(x, y)}"/>',
        f'<line stroke="{LINE}" x1="{middle:.1f}" x2="{middle:.1f}" y1="{MARGIN}" y2="{base}"/>',
    ]


def _bars(marginal: Marginal) -> list[str]:
    """One bar for each value of a discrete belief, as high as its weight."""
    count = len(marginal.shape) // 2
    weights = np.array(marginal.shape[count:])
    tops = _scaled(weights, 0.0, float(weights.max()), upwards=True)
    step = (WIDTH - 2 * MARGIN) / count
    return [
        f'<rect fill="{FILL}" x="{MARGIN + (k + 0.3) * step:.1f}" y="{top:.1f}" '
        f'width="{0.4 * step:.1f}" height="{HEIGHT - MARGIN - top:.1f}"/>'
        for k, top in enumerate(tops)
    ]


def _fan(drawn: Drawn) -> list[str]:
    """Band between 5 and 95 % and the median of a path, straight between its knots."""
    shares = np.array([0.05, 0.5, 0.95])
    rows = [(year, np.full(3, value)) for year, value in drawn.anchors]
    rows += [
        (year, quantile(marginal, shares))
        for year, marginal in zip(drawn.years, drawn.marginals, strict=True)
    ]
    if rows[-1][0] < drawn.until:
        rows.append((drawn.until, rows[-1][1]))
    years = np.array([year for year, _ in rows], dtype=np.float64)
    p5, p50, p95 = np.array([values for _, values in rows]).T
    low, high = min(float(p5.min()), 0.0), float(p95.max())
    x = _scaled(years, float(years[0]), float(years[-1]), upwards=False)
    lower, middle, upper = (_scaled(v, low, high, upwards=True) for v in (p5, p50, p95))
    band = _points(np.concatenate((x, x[::-1])), np.concatenate((upper, lower[::-1])))
    return [
        f'<polygon fill="{FILL}" points="{band}"/>',
        f'<polyline fill="none" stroke="{LINE}" points="{_points(x, middle)}"/>',
    ]


def sparkline(drawn: Drawn) -> str:
    """Draw one input: a density, the bars of a discrete belief, or the fan of a path.

    A fan's height runs from 0, or from its lowest value below 0, to its highest; its width from the
    first anchor or knot to the horizon.
    """
    if drawn.years:
        shapes = _fan(drawn)
    elif drawn.marginals[0].family == "discrete":
        shapes = _bars(drawn.marginals[0])
    else:
        shapes = _density(drawn.marginals[0])
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img">'
    )
    return "\n".join([head, f"<title>{drawn.name}</title>", *shapes, "</svg>"]) + "\n"


def same_picture(first: str, second: str) -> bool:
    """Tell whether two pictures differ by no more than the rounding of coordinates."""
    if NUMBER.sub("#", first) != NUMBER.sub("#", second):
        return False
    pairs: Sequence[tuple[str, str]] = list(
        zip(NUMBER.findall(first), NUMBER.findall(second), strict=True)
    )
    return all(abs(float(a) - float(b)) <= ROUNDING for a, b in pairs)
