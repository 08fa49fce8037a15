"""One draw, read by name: numbers, and paths as functions of the year.

Written from ``docs/model.md`` alone (section Paths). SciPy does the interpolation.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from scipy.interpolate import PchipInterpolator

from mc_engine.models.road_fleet.quantities import BY_NAME
from mc_engine.models.road_fleet.structure import Levers, Structure
from mc_engine.vocabulary.inputs import Knots, ModelInputs

LOGIT_CLIP = 1e-4

Curve = Callable[[int], float]


class FailedDrawError(Exception):
    """A draw that cannot be evaluated; carries the name of its status."""

    def __init__(self, status: str) -> None:
        self.status = status
        super().__init__(status)


def to_scale(value: float, knots: Knots) -> float:
    """Turn a value (in the quantity's unit) to the scale of its path."""
    if knots.scale == "log":
        return math.log(max(value, knots.floor))
    if knots.scale == "logit":
        clipped = min(max(value, LOGIT_CLIP), 1.0 - LOGIT_CLIP)
        return math.log(clipped / (1.0 - clipped))
    return value


def from_scale(value: float, knots: Knots) -> float:
    """Turn a value on the scale of a path back to the quantity's unit."""
    if knots.scale == "log":
        return math.exp(value)
    if knots.scale == "logit":
        return 1.0 / (1.0 + math.exp(-value))
    return value


def monotone_cubic(points: Mapping[int, float]) -> Curve:
    """Interpolate yearly points as SciPy's PCHIP does, flat outside them.

    Two points give a straight line, one point a constant.
    """
    years = sorted(points)
    values = [points[year] for year in years]
    if len(years) == 1:
        return lambda year: values[0]
    inner = PchipInterpolator(years, values)
    return lambda year: float(inner(min(max(year, years[0]), years[-1])))


def path_curve(knots: Knots, drawn: Sequence[float]) -> Curve:
    """Give a path as a function of the year.

    Parameters
    ----------
    knots : Knots
        Years, anchors and scale.
    drawn : sequence of float
        Values at ``knots.years``, in the quantity's unit.
    """
    if knots.always is not None:
        constant = float(knots.always)
        return lambda year: constant
    points = {year: to_scale(value, knots) for year, value in knots.anchors}
    for year, value in zip(knots.years, drawn, strict=True):
        if year in points or (points and year < max(points)):
            raise ValueError(f"knot {year} does not lie after the points {sorted(points)}")
        points[year] = to_scale(value, knots)
    on_scale = monotone_cubic(points)
    return lambda year: from_scale(on_scale(year), knots)


class Draw:
    """One row of numbers, with the names that say what each of them is.

    Parameters
    ----------
    inputs : ModelInputs
    row : sequence of float
        One draw, in the units of the quantities.
    """

    def __init__(self, inputs: ModelInputs, row: Sequence[float]) -> None:
        self.inputs = inputs
        self.row = [float(value) for value in row]
        self.structure: Structure = inputs.structure
        self.levers: Levers = inputs.levers
        self.years = inputs.structure.years
        self._read: dict[tuple, dict[int, float]] = {}

    def has(self, quantity: str, *labels: str) -> bool:
        """Tell whether the row holds a number for this quantity and these labels."""
        return (quantity, labels) in self.inputs.slots

    def number(self, quantity: str, *labels: str) -> float:
        """Read a scalar; the quantity's default where the row holds none."""
        default = BY_NAME[quantity].default
        if not self.has(quantity, *labels) and default is not None:
            return default
        return self.row[self.inputs.slot(quantity, *labels).column]

    def path(
        self,
        quantity: str,
        *labels: str,
        anchors: Mapping[int, float] | None = None,
    ) -> Curve:
        """Read a path as a function of the year.

        ``anchors`` are used where the path has none of its own, as far as they lie before its first
        knot.
        """
        default = BY_NAME[quantity].default
        if not self.has(quantity, *labels) and default is not None:
            constant = default
            return lambda year: constant
        slot = self.inputs.slot(quantity, *labels)
        if slot.path is None:
            raise ValueError(f"{quantity} of {labels}: a path was expected, found a number")
        knots = slot.path
        if anchors and not knots.anchors:
            before = {year: anchors[year] for year in anchors if year < knots.years[0]}
            knots = replace(knots, anchors=tuple(sorted(before.items())))
        return path_curve(knots, self.row[slot.column : slot.column + slot.count])

    def observed(self, table: str, **labels: str) -> dict[int, float]:
        """Give ``{year: value}`` of a table; empty where the region has no such table."""
        if table not in self.inputs.tables:
            return {}
        key = (table, *sorted(labels.items()))
        if key not in self._read:
            self._read[key] = self.inputs.tables[table].rows(**labels)
        return self._read[key]
