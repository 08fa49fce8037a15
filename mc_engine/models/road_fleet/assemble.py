"""Columns and paths of a region's fleet, by class, powertrain and carrier."""

from collections.abc import Mapping

import numpy as np

from mc_engine.errors import ModelError
from mc_engine.models.cohort_fleet.inputs import InputReader
from mc_engine.models.cohort_fleet.layout import NONE, Columns, Ints, Records, records
from mc_engine.models.road_fleet.structure import Levers, Structure
from mc_engine.vocabulary.inputs import ModelInputs


class FleetReader(InputReader):
    """What the priors and tables of a region give for its fleet."""

    def __init__(self, inputs: ModelInputs) -> None:
        self.structure: Structure = inputs.structure
        self.levers: Levers = inputs.levers
        years = self.structure.years
        super().__init__(inputs, years.first_vintage, years.horizon)
        self.classes = list(self.structure.vehicle_classes)
        self.powertrains = list(self.structure.powertrains)
        self.carriers = list(self.structure.carriers)

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

    def pairs(self, quantity: str, active: Ints | None = None) -> Columns:
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
