"""Collect the columns and paths a region's priors feed, and note what is missing."""

from collections.abc import Mapping, Sequence

import numpy as np

from mc_engine.errors import ModelError
from mc_engine.models.road_fleet.static import NONE, Ints, Records, records
from mc_engine.models.road_fleet.structure import Levers, Structure
from mc_engine.numerics.curves import PathSpec
from mc_engine.vocabulary.inputs import ModelInputs, Slot


class Assembler:
    """Collect columns and paths while the static arrays are built.

    Everything missing is collected too, so that one message names all of it.
    """

    def __init__(self, inputs: ModelInputs) -> None:
        self.inputs = inputs
        self.structure: Structure = inputs.structure
        self.levers: Levers = inputs.levers
        years = self.structure.years
        self.first = years.first_vintage
        self.years = np.arange(years.first_vintage, years.horizon + 1)
        self.classes = list(self.structure.vehicle_classes)
        self.powertrains = list(self.structure.powertrains)
        self.carriers = list(self.structure.carriers)
        self.paths: list[PathSpec] = []
        self.missing: list[str] = []

    def position(self, year: int) -> int:
        """Position of a calendar year."""
        return year - self.first

    def slot(self, quantity: str, *labels: str) -> Slot | None:
        """Find a slot, or note that it is missing."""
        found = self.inputs.slots.get((quantity, labels))
        if found is None:
            self.missing.append(f"{quantity}({', '.join(labels)})")
        return found

    def column(self, quantity: str, *labels: str) -> int:
        """Column of a scalar."""
        found = self.slot(quantity, *labels)
        return NONE if found is None else found.column

    def columns(self, quantity: str, labels: Sequence[str]) -> Ints:
        """Columns of a scalar for every label of one axis."""
        return np.array([self.column(quantity, label) for label in labels], dtype=np.int64)

    def path(self, quantity: str, *labels: str, anchors: Sequence[tuple[int, float]] = ()) -> int:
        """Register a path and give its number."""
        found = self.slot(quantity, *labels)
        if found is None:
            return NONE
        knots = found.path
        if knots is None:
            raise ModelError(f"{self.inputs.region}: {quantity} of {labels} must be a path")
        drawn = [(year, found.column + k) for k, year in enumerate(knots.years)]
        fixed = [pair for pair in (knots.anchors or anchors) if pair[0] < knots.years[0]]
        self.paths.append(PathSpec(fixed, drawn, knots.scale, knots.floor, knots.always))
        return len(self.paths) - 1

    def class_columns(self, fields: tuple[str, ...], quantities: Mapping[str, str]) -> Records:
        """Make records by class: of each field named here the column of its quantity."""
        made = records(fields, len(self.classes))
        for field, quantity in quantities.items():
            made[field] = self.columns(quantity, self.classes)
        return made

    def pair_columns(self, fields: tuple[str, ...], quantities: Mapping[str, str]) -> Records:
        """Make records by class and powertrain, as ``class_columns``."""
        made = records(fields, len(self.classes), len(self.powertrains))
        for field, quantity in quantities.items():
            made[field] = self.pairs(quantity)
        return made

    def series(self, table: str, **labels: str) -> dict[int, float]:
        """Values of an observed table by calendar year, labels fixed."""
        return self.inputs.table(table).rows(**labels)

    def pairs(self, quantity: str, active: Ints | None = None) -> Ints:
        """Columns by class and powertrain; where ``active`` is given, only there."""
        columns = np.full((len(self.classes), len(self.powertrains)), NONE, dtype=np.int64)
        for c, name in enumerate(self.classes):
            for p, powertrain in enumerate(self.powertrains):
                if active is None or active[c, p]:
                    columns[c, p] = self.column(quantity, name, powertrain)
        return columns

    def class_position(self, name: str, where: str) -> int:
        """Position of a class that a lever names.

        Raises
        ------
        ModelError
            When the structure does not know it.
        """
        if name not in self.structure.vehicle_classes:
            raise ModelError(
                f"{self.inputs.region}: {where}: unknown vehicle class {name!r}; expected one of "
                f"{', '.join(self.classes)}"
            )
        return self.classes.index(name)


def span(known: dict[int, float]) -> str:
    """Say which years a series covers."""
    return f"{min(known)} to {max(known)}" if known else "nothing"
