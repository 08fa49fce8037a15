"""The figure of a hindcast: bands of the model and what each source counted; plain SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

WIDTH, PANEL, LEFT, RIGHT, TOP, BOTTOM = 760, 230, 60, 190, 34, 26
PRIOR, CONSTRAINED = "#b9c4d0", "#2f6db0"
COLOURS = ("#b3462e", "#7a5195", "#3d8b5f", "#c98a1b", "#555555")
TICKS = 5

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Counted:
    """What one source says.

    Attributes
    ----------
    name : str
    years, values : sequence
    """

    name: str
    years: Sequence[int]
    values: Sequence[float]


@dataclass(frozen=True)
class Panel:
    """One quantity over the years.

    Attributes
    ----------
    title, unit : str
    years : sequence of int
    prior, constrained : float64[year, 3]
        5, 50 and 95 %.
    counted : sequence of Counted
    """

    title: str
    unit: str
    years: Sequence[int]
    prior: Array
    constrained: Array
    counted: Sequence[Counted]


def svg(panels: Sequence[Panel]) -> str:
    """Draw the panels one below the other."""
    height = PANEL * len(panels)
    body = "".join(_panel(panel, PANEL * index) for index, panel in enumerate(panels))
    style = "text{font:12px sans-serif;fill:#222}.t{font-weight:bold}.a{stroke:#999}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}"><style>{style}</style>'
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>{body}</svg>\n'
    )


def _panel(panel: Panel, top: float) -> str:
    highest = max(panel.prior.max(), *(max(one.values) for one in panel.counted)) * 1.05
    first, last = panel.years[0], panel.years[-1]

    def x(year: float) -> float:
        return LEFT + (year - first) / max(1, last - first) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return top + PANEL - BOTTOM - value / highest * (PANEL - TOP - BOTTOM)

    def area(band: Array, colour: str, opacity: float) -> str:
        up = [f"{x(at):.1f},{y(v):.1f}" for at, v in zip(panel.years, band[:, 2], strict=True)]
        down = [f"{x(at):.1f},{y(v):.1f}" for at, v in zip(panel.years, band[:, 0], strict=True)]
        points = " ".join([*up, *down[::-1]])
        return f'<polygon points="{points}" fill="{colour}" fill-opacity="{opacity}"/>'

    def line(values: Sequence[float], colour: str) -> str:
        points = " ".join(
            f"{x(at):.1f},{y(v):.1f}" for at, v in zip(panel.years, values, strict=True)
        )
        return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'

    parts = [
        f'<text class="t" x="{LEFT}" y="{top + 20}">{escape(panel.title)}, '
        f"{escape(panel.unit)}</text>"
    ]
    step = 10.0 ** np.floor(np.log10(highest / TICKS))
    step *= next(k for k in (1, 2, 5, 10) if highest / (k * step) <= TICKS + 1)
    parts += [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
        'stroke="#e5e5e5"/>'
        f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:,.0f}</text>'
        for value in np.arange(0.0, highest, step)
    ]
    parts += [
        f'<text x="{x(year):.1f}" y="{top + PANEL - 8}" text-anchor="middle">{year}</text>'
        for year in panel.years
        if year % 2 == 0 or len(panel.years) < 6
    ]
    parts += [area(panel.prior, PRIOR, 0.55), area(panel.constrained, CONSTRAINED, 0.35)]
    parts += [line(panel.prior[:, 1], "#8796a5"), line(panel.constrained[:, 1], CONSTRAINED)]
    labels = [("prior, 90 % of draws", PRIOR, "band"), ("constrained", CONSTRAINED, "band")]
    for one, colour in zip(panel.counted, COLOURS, strict=False):
        parts += [
            f'<circle cx="{x(at):.1f}" cy="{y(v):.1f}" r="3.2" fill="{colour}"/>'
            for at, v in zip(one.years, one.values, strict=True)
        ]
        labels.append((one.name, colour, "dot"))
    for index, (name, colour, kind) in enumerate(labels):
        at = top + TOP + 8 + 18 * index
        mark = (
            f'<rect x="{WIDTH - RIGHT + 14}" y="{at - 5}" width="14" height="9" fill="{colour}"/>'
            if kind == "band"
            else f'<circle cx="{WIDTH - RIGHT + 21}" cy="{at}" r="3.2" fill="{colour}"/>'
        )
        parts.append(f'{mark}<text x="{WIDTH - RIGHT + 34}" y="{at + 4}">{escape(name)}</text>')
    return "".join(parts)
