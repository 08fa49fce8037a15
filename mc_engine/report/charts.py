"""Charts of a report as SVG: fans, bars with intervals, chances by deciles, lines over time.

Each is text that stands by itself: no script, no font or picture from elsewhere. Colours are those
of Okabe and Ito, told apart by the colour-blind; lines differ in their dashes too, for print.
"""

import math
from collections.abc import Sequence
from html import escape

# Okabe and Ito (2008), in an order in which neighbours differ in lightness.
COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#555555", "#B8A800",
)  # fmt: skip
DASHES = ("", "7 3", "2 3", "9 3 2 3", "", "7 3", "2 3", "9 3 2 3")
INK, SOFT, GRID = "#1f2933", "#52606d", "#d9dee4"

Point = tuple[float, float]


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Give round numbers that span a range.

    Parameters
    ----------
    low, high : float
        Finite.
    most : int
        About so many steps.

    Returns
    -------
    list of float
        Ascending; the first at or below ``low``, the last at or above ``high``.
    """
    if not high > low:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * power >= rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def number(value: float) -> str:
    """Write a tick's number.

    Parameters
    ----------
    value : float
    """
    return f"{value:,.6g}"


class Frame:
    """The frame of a chart: where a value stands in the picture, and its axes.

    Parameters
    ----------
    width, height : float
        Of the picture, px.
    x, y : sequence of float
        Ticks; the first and the last are the ends of the axis.
    left, right, top, bottom : float
        Margins, px.
    """

    def __init__(
        self,
        width: float,
        height: float,
        x: Sequence[float],
        y: Sequence[float],
        *,
        left: float = 46.0,
        right: float = 10.0,
        top: float = 24.0,
        bottom: float = 26.0,
    ) -> None:
        self.width, self.height, self.xs, self.ys = width, height, list(x), list(y)
        self.left, self.right, self.top, self.bottom = left, width - right, top, height - bottom

    def x(self, value: float) -> float:
        """Place of a value from the left, px."""
        share = (value - self.xs[0]) / (self.xs[-1] - self.xs[0])
        return round(self.left + share * (self.right - self.left), 1)

    def y(self, value: float) -> float:
        """Place of a value from the top, px."""
        share = (value - self.ys[0]) / (self.ys[-1] - self.ys[0])
        return round(self.bottom - share * (self.bottom - self.top), 1)

    def axes(self, unit: str, x_labels: Sequence[str], y_labels: Sequence[str]) -> str:
        """Draw grid, ticks and labels; the unit stands above the vertical axis."""
        parts = [text(4, self.top - 9, unit, SOFT, "start")]
        for value, label in zip(self.ys, y_labels, strict=True):
            position = self.y(value)
            parts.append(line((self.left, position), (self.right, position), GRID))
            parts.append(text(self.left - 5, position + 3.5, label, SOFT, "end"))
        for value, label in zip(self.xs, x_labels, strict=True):
            position = self.x(value)
            anchor = "end" if position > self.right - 14 else "middle"
            parts.append(text(min(position, self.right), self.bottom + 15, label, SOFT, anchor))
        parts.append(line((self.left, self.bottom), (self.right, self.bottom), SOFT))
        return "".join(parts)

    def picture(self, title: str, body: str) -> str:
        """Put a chart together; the title is read aloud, not drawn."""
        return (
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" role="img" '
            f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{body}</svg>'
        )


def text(x: float, y: float, words: str, colour: str = INK, anchor: str = "start") -> str:
    """Write words at a point of the picture.

    Parameters
    ----------
    x, y : float
        px.
    words : str
        Escaped here.
    colour : str
    anchor : {"start", "middle", "end"}
    """
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{colour}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def line(start: Point, end: Point, colour: str, width: float = 1.0, dash: str = "") -> str:
    """Draw a straight line.

    Parameters
    ----------
    start, end : tuple of float
        px.
    colour : str
    width : float
    dash : str
    """
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{start[0]:g}" y1="{start[1]:g}" x2="{end[0]:g}" y2="{end[1]:g}" '
        f'stroke="{colour}" stroke-width="{width:g}"{dashes}/>'
    )


def path(points: Sequence[Point], colour: str, width: float = 2.0, dash: str = "") -> str:
    """Draw a line through points.

    Parameters
    ----------
    points : sequence of tuple of float
        px.
    colour : str
    width : float
    dash : str
    """
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    corners = " ".join(f"{x:g},{y:g}" for x, y in points)
    return (
        f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
        f'stroke-linejoin="round"{dashes}/>'
    )


def area(upper: Sequence[Point], lower: Sequence[Point], colour: str) -> str:
    """Fill what lies between two lines.

    Parameters
    ----------
    upper, lower : sequence of tuple of float
        px, from left to right.
    colour : str
    """
    corners = " ".join(f"{x:g},{y:g}" for x, y in [*upper, *reversed(lower)])
    return f'<polygon points="{corners}" fill="{colour}"/>'


def year_ticks(years: Sequence[int]) -> list[float]:
    """Give the ends of a span of years and the round ones between, well apart.

    Parameters
    ----------
    years : sequence of int
        Ascending.
    """
    step = 10 if years[-1] - years[0] > 20 else 5
    inner = [year for year in years if year % step == 0]
    inner = [year for year in inner if min(year - years[0], years[-1] - year) >= step / 2]
    return [float(years[0]), *map(float, inner), float(years[-1])]


def fan(
    years: Sequence[int],
    bands: Sequence[Sequence[float | None]],
    unit: str,
    title: str,
    observed: tuple[int, str] | None = None,
) -> str:
    """Draw quantiles over the years.

    Parameters
    ----------
    years : sequence of int
    bands : sequence of sequence of float or None
        5, 25, 50, 75 and 95 % quantile by year; None where a year has none.
    unit, title : str
    observed : (int, str), optional
        Last year of the past, which is marked off, and what the mark says.
    """
    good = [k for k in range(len(years)) if all(band[k] is not None for band in bands)]
    values = [[float(band[k] or 0.0) for k in good] for band in bands]
    shown = [years[k] for k in good]
    high, low = max(values[-1]), min(values[0])
    frame = Frame(440, 250, year_ticks(shown), ticks(min(0.0, low), high))
    rows = [
        [(frame.x(year), frame.y(value)) for year, value in zip(shown, band, strict=True)]
        for band in values
    ]
    body = ""
    if observed is not None and shown[0] < observed[0] < shown[-1]:
        edge = frame.x(observed[0])
        body += area(
            [(frame.left, frame.top), (edge, frame.top)],
            [(frame.left, frame.bottom), (edge, frame.bottom)],
            "#f1f3f5",
        )
        body += text(frame.left + 4, frame.top + 11, observed[1], SOFT)
    labels = [f"{year:.0f}" for year in frame.xs]
    body += frame.axes(unit, labels, [number(value) for value in frame.ys])
    body += area(rows[4], rows[0], "rgba(0,114,178,0.18)")
    body += area(rows[3], rows[1], "rgba(0,114,178,0.38)")
    body += path(rows[2], "#00456b", 2.2)
    return frame.picture(title, body)


def bar(
    total: float,
    low: float,
    high: float,
    first: float,
    furthest: float,
    title: str,
) -> str:
    """Draw one row of ranked bars: a total index with its interval, the first order as a mark.

    Parameters
    ----------
    total, low, high, first : float
        1.
    furthest : float
        Right end of the scale.
    title : str
    """
    frame = Frame(210, 22, [0.0, max(furthest, 1e-9)], [0.0, 1.0], left=2, right=4, top=2, bottom=2)

    def at(value: float) -> float:
        return frame.x(min(max(value, 0.0), furthest))

    body = line((frame.left, 1), (frame.left, 21), SOFT)
    body += (
        f'<rect x="{frame.left:g}" y="5" width="{max(at(total) - frame.left, 0.5):g}" height="12" '
        f'fill="#7fb2d5"/>'
    )
    body += line((at(low), 11), (at(high), 11), INK, 1.4)
    body += "".join(line((at(end), 7.5), (at(end), 14.5), INK, 1.4) for end in (low, high))
    body += f'<circle cx="{at(first):g}" cy="11" r="3" fill="#fff" stroke="{INK}"/>'
    return frame.picture(title, body)


def chance_bar(p: float, low: float, high: float, title: str) -> str:
    """Draw a chance between 0 and 1 with its range.

    Parameters
    ----------
    p, low, high : float
        1.
    title : str
    """
    frame = Frame(130, 16, [0.0, 1.0], [0.0, 1.0], left=1, right=1, top=1, bottom=1)
    body = f'<rect x="1" y="4" width="128" height="8" fill="{GRID}"/>'
    body += (
        f'<rect x="1" y="4" width="{max(frame.x(p) - 1, 0):g}" height="8" fill="#D55E00" '
        f'fill-opacity="0.85"/>'
    )
    body += line((frame.x(low), 8), (frame.x(high), 8), INK, 1.4)
    return frame.picture(title, body)


def deciles(
    edges: Sequence[float | None],
    chances: Sequence[float | None],
    lows: Sequence[float | None],
    highs: Sequence[float | None],
    base: float,
    unit: str,
    title: str,
) -> str:
    """Draw the chance of missing by deciles of one input.

    Parameters
    ----------
    edges : sequence of float or None
        Ends of the deciles, in the input's unit.
    chances, lows, highs : sequence of float or None
        1; None where a decile holds no draw.
    base : float
        Chance over all draws, 1.
    unit, title : str
    """
    most = max([base, *(high for high in highs if high is not None)])
    height = ticks(0.0, min(most, 1.0), 4)
    frame = Frame(230, 140, list(range(len(chances) + 1)), height, left=40, top=8, bottom=34)
    labels = [""] * (len(chances) + 1)
    for number in (0, len(chances) // 2, len(chances)):
        labels[number] = _edge(edges[number], edges)
    body = frame.axes("", labels, [f"{100 * value:.3g}%" for value in frame.ys])
    body += text((frame.left + frame.right) / 2, frame.height - 5, unit, SOFT, "middle")
    body += line((frame.left, frame.y(base)), (frame.right, frame.y(base)), SOFT, 1, "3 3")
    for number, (p, low, high) in enumerate(zip(chances, lows, highs, strict=True)):
        if p is None or low is None or high is None:
            continue
        x = frame.x(number + 0.5)
        body += line((x, frame.y(low)), (x, frame.y(high)), COLOURS[0], 1.6)
        body += f'<circle cx="{x:g}" cy="{frame.y(p):g}" r="3" fill="{COLOURS[0]}"/>'
    return frame.picture(title, body)


def _edge(value: float | None, edges: Sequence[float | None]) -> str:
    """Write the end of a decile with as many digits as the span of all tells apart."""
    known = [edge for edge in edges if edge is not None]
    if value is None or not known:
        return ""
    span = max(known) - min(known)
    digits = 0 if span <= 0.0 else max(0, 2 - math.ceil(math.log10(span)))
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0.0 else text


def lines(
    years: Sequence[int], rows: Sequence[Sequence[float | None]], unit: str, title: str
) -> str:
    """Draw one line per factor over the years.

    Parameters
    ----------
    years : sequence of int
    rows : sequence of sequence of float or None
        By factor and year; a line is broken where it is not known.
    unit, title : str
    """
    known = [value for row in rows for value in row if value is not None]
    frame = Frame(440, 250, year_ticks(years), ticks(0.0, max([*known, 0.1])))
    body = frame.axes(unit, [f"{x:.0f}" for x in frame.xs], [number(y) for y in frame.ys])
    for position, row in enumerate(rows):
        part: list[Point] = []
        for year, value in zip([*years, years[-1]], [*row, None], strict=True):
            if value is not None:
                part.append((frame.x(year), frame.y(max(value, 0.0))))
                continue
            if len(part) > 1:
                body += path(
                    part, COLOURS[position % len(COLOURS)], 2.0, DASHES[position % len(DASHES)]
                )
            part = []
    return frame.picture(title, body)


def swatch(number: int) -> str:
    """Draw the line of a legend's entry.

    Parameters
    ----------
    number : int
        Of the factor among those drawn.
    """
    frame = Frame(34, 10, [0.0, 1.0], [0.0, 1.0], left=1, right=1, top=1, bottom=1)
    dash = DASHES[number % len(DASHES)]
    return frame.picture("", line((1, 5), (33, 5), COLOURS[number % len(COLOURS)], 2.4, dash))
