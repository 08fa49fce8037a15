"""What a model is given: where each number of a draw stands, observed tables, levers.

A draw is one row of float64. A *slot* says which columns of that row hold one quantity for
one combination of labels: one column for a scalar, one per knot for a path. Numbers that are
not uncertain stand in the row too, so a model reads everything in one way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mc_engine.errors import ModelError

Scale = Literal["linear", "log", "logit"]


@dataclass(frozen=True)
class Knots:
    """The fixed part of a path: its years, its scale, and its constant anchors.

    Attributes
    ----------
    years : tuple of int
        Years of the drawn knots, increasing; their values are the slot's columns.
    anchors : tuple of (int, float)
        Years and values (in the quantity's unit) that are the same in every draw, all before
        the first drawn year; the last observed years of the path. May be empty.
    scale : {"linear", "log", "logit"}
        Interpolation is monotone cubic on this scale.
    floor : float
        Smallest value on a log scale; lower values read as the floor. 0 on other scales.
    always : float or None
        0.0 or 1.0 where every knot is that constant: the path is exactly this number.
    """

    years: tuple[int, ...]
    anchors: tuple[tuple[int, float], ...] = ()
    scale: Scale = "linear"
    floor: float = 0.0
    always: float | None = None


@dataclass(frozen=True)
class Slot:
    """Where one quantity for one combination of labels stands in a draw's row.

    Attributes
    ----------
    column, count : int
        First column and number of columns (1, or the number of drawn knots).
    path : Knots or None
        The fixed part, for a path.
    factor : str or None
        The prior that feeds it; None where the quantity's default is used.
    boundary : {"wall", "battery"} or None
    basis : {"direct", "life_cycle"} or None
        As the prior declared them.
    """

    quantity: str
    labels: tuple[str, ...]
    column: int
    count: int = 1
    path: Knots | None = None
    factor: str | None = None
    span: tuple[float, float] = (float("nan"), float("nan"))
    boundary: str | None = None
    basis: str | None = None


@dataclass(frozen=True)
class Table:
    """One observed table: named columns of equal length, text or numbers.

    ``columns["value"]`` holds the numbers in ``unit``; ``year`` is int64; label columns are
    text; ``source`` and ``label`` (observed, derived, judgement) stand on every row.
    """

    name: str
    unit: str
    columns: Mapping[str, NDArray[Any]]

    def rows(self, **labels: str) -> dict[int, float]:
        """Give ``{year: value}`` of the rows that carry all the given labels."""
        keep = np.ones(self.columns["value"].size, dtype=bool)
        for column, label in labels.items():
            keep &= self.columns[column] == label
        years, values = self.columns["year"][keep], self.columns["value"][keep]
        return {int(year): float(value) for year, value in zip(years, values, strict=True)}


@dataclass(frozen=True)
class ModelInputs:
    """All a model may know about a region and a scenario.

    Attributes
    ----------
    region : str
        Folder name of the region's data.
    structure : object
        The region's ``structure`` section, validated by the model's own class.
    slots : mapping of (quantity, labels) to Slot
    tables : mapping of str to Table
        Observed data by name.
    levers : object
        The scenario's ``levers`` section, validated by the model's own class.
    settings : mapping
        Accounting settings (equation B-3), chosen and never drawn.
    width : int
        Number of columns of a draw's row.
    """

    region: str
    structure: Any
    slots: Mapping[tuple[str, tuple[str, ...]], Slot]
    tables: Mapping[str, Table]
    levers: Any
    settings: Mapping[str, Any] = field(default_factory=dict)
    width: int = 0

    def slot(self, quantity: str, *labels: str) -> Slot:
        """Find one slot.

        Raises
        ------
        ModelError
            When no prior and no default feeds it.
        """
        result = self.slots.get((quantity, labels))
        if result is None:
            where = ", ".join(labels) or "the region"
            raise ModelError(
                f"{self.region}: no prior for quantity '{quantity}' of {where}; "
                f"add one with 'quantity: {quantity}' and a 'for:' that covers it"
            )
        return result

    def table(self, name: str) -> Table:
        """Find one observed table.

        Raises
        ------
        ModelError
            When the region has no such file.
        """
        result = self.tables.get(name)
        if result is None:
            raise ModelError(f"{self.region}: no observed table '{name}'; add observed/{name}.csv")
        return result
