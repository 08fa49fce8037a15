"""From a region's slots to columns and paths, noting what is missing."""

from collections.abc import Sequence

import numpy as np

from mc_engine.errors import ModelError, preview
from mc_engine.models.cohort_fleet.layout import NONE, Column, Columns, Path, Position
from mc_engine.numerics.curves import PathSpec, PathTable, path_table
from mc_engine.vocabulary.inputs import ModelInputs, Slot


class InputReader:
    """Columns, paths and tables of a region, read while the static arrays of a model are built.

    Everything missing is collected, so that one message names all of it.

    Parameters
    ----------
    inputs : ModelInputs
    first, last : int
        Calendar years: the first vintage, and the horizon.
    """

    def __init__(self, inputs: ModelInputs, first: int, last: int) -> None:
        self.inputs = inputs
        self.first = first
        self.years = np.arange(first, last + 1)
        self.paths: list[PathSpec] = []
        self.missing: list[str] = []

    def position(self, year: int) -> Position:
        """Position of a calendar year."""
        return year - self.first

    def slot(self, quantity: str, *labels: str) -> Slot | None:
        """Find a slot, or note that it is missing."""
        slot = self.inputs.slots.get((quantity, labels))
        if slot is None:
            self.missing.append(f"{quantity}({', '.join(labels)})")
        return slot

    def column(self, quantity: str, *labels: str) -> Column:
        """Column of a scalar."""
        slot = self.slot(quantity, *labels)
        return NONE if slot is None else slot.column

    def columns(self, quantity: str, labels: Sequence[str]) -> Columns:
        """Columns of a scalar for every label of one axis."""
        return np.array([self.column(quantity, label) for label in labels], dtype=np.int64)

    def path(self, quantity: str, *labels: str, anchors: Sequence[tuple[int, float]] = ()) -> Path:
        """Register a path and give its number.

        Parameters
        ----------
        quantity, labels : str
        anchors : sequence of (int, float)
            Observed years and values before the first knot, where the prior states none.
        """
        slot = self.slot(quantity, *labels)
        if slot is None:
            return NONE
        knots = slot.path
        if knots is None:
            raise ModelError(f"{self.inputs.region}: {quantity} of {labels} must be a path")
        drawn = [(year, slot.column + k) for k, year in enumerate(knots.years)]
        fixed = [pair for pair in (knots.anchors or anchors) if pair[0] < knots.years[0]]
        self.paths.append(PathSpec(fixed, drawn, knots.scale, knots.floor, knots.always))
        return len(self.paths) - 1

    def series(self, table: str, **labels: str) -> dict[int, float]:
        """Values of an observed table by calendar year, labels fixed."""
        return self.inputs.table(table).rows(**labels)

    def path_table(self) -> PathTable:
        """Lay out the paths registered so far; call it when the static arrays are complete.

        Raises
        ------
        ModelError
            When a quantity that was asked for has no prior.
        """
        if self.missing:
            names = sorted(set(self.missing))
            raise ModelError(
                f"{self.inputs.region}: {len(names)} inputs have no prior: {preview(names, 12)}; "
                "add priors whose 'quantity' and 'for' cover them"
            )
        return path_table(self.paths, self.years)


def span(known: dict[int, float]) -> str:
    """Say which years a series covers."""
    return f"{min(known)} to {max(known)}" if known else "nothing"
