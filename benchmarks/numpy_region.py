"""What the NumPy reference knows about a region, and a reader of blocks of draws."""

from collections.abc import Mapping

import numpy as np

from benchmarks.numpy_paths import Array, monotone_cubic, path_values
from mc_engine.models.road_fleet.quantities import BY_NAME
from mc_engine.models.road_fleet.structure import Levers, Structure
from mc_engine.vocabulary.inputs import ModelInputs


class Region:
    """Everything that is the same in all draws.

    Attributes
    ----------
    calendar : float64[year]
        From the year before the first output (or that of the first stock, where that is earlier)
        to the horizon.
    vintages : float64[vintage]
        From the first model year to the horizon.
    registered : dict of str to float64[powertrain, vintage]
        Reported registrations by class, vehicles; vintages to the last observed year.
    population : dict of str to float64[year, 1]
        Variants ``low``, ``medium``, ``high`` from the last observed year on, people.
    """

    def __init__(self, inputs: ModelInputs) -> None:
        self.inputs = inputs
        structure: Structure = inputs.structure
        levers: Levers = inputs.levers
        self.structure, self.levers, self.years = structure, levers, structure.years
        self.classes = list(structure.vehicle_classes)
        self.powertrains = list(structure.powertrains)
        self.carriers = list(structure.carriers)
        self.group = [int(structure.powertrains[p].electric_life) for p in self.powertrains]
        self.plug_in = np.array([structure.powertrains[p].plug_in for p in self.powertrains])
        years = self.years
        first = years.first_output - 1
        if structure.initial_stock is not None:
            first = min(first, structure.initial_stock)
        self.calendar = np.arange(first, years.horizon + 1, dtype=np.float64)
        self.vintages = np.arange(years.first_vintage, years.horizon + 1, dtype=np.float64)
        self.history = years.last_observed - years.first_vintage + 1
        self.last = years.last_observed - first
        self.output = years.first_output - first
        self.registered = {name: self._registered(name) for name in self.classes}
        now = self.calendar[self.last :]
        self.population = {
            variant: self._people(variant, now) for variant in ("low", "medium", "high")
        }

    def rows(self, table: str, **labels: str) -> dict[int, float]:
        """Give ``{year: value}`` of an observed table; empty where there is no such table."""
        found = self.inputs.tables.get(table)
        return found.rows(**labels) if found else {}

    def _registered(self, name: str) -> Array:
        found = np.zeros((len(self.powertrains), self.history))
        for place, powertrain in enumerate(self.powertrains):
            rows = self.rows("registrations", vehicle_class=name, powertrain=powertrain)
            for year, value in rows.items():
                if 0 <= year - self.years.first_vintage < self.history:
                    found[place, year - self.years.first_vintage] = value
        return found

    def _people(self, variant: str, at: Array) -> Array:
        rows = sorted(self.rows("population", variant=variant).items())
        values = np.array([[value] for _, value in rows])
        return monotone_cubic([year for year, _ in rows], values, at)


class Block:
    """Rows of a block of draws, read by name.

    Attributes
    ----------
    rows : float64[column, draw]
    size : int
        Number of draws.
    """

    def __init__(self, region: Region, rows: Array) -> None:
        self.region, self.rows, self.size = region, np.ascontiguousarray(rows.T), rows.shape[0]

    def has(self, quantity: str, *labels: str) -> bool:
        """Tell whether the rows hold a number for this quantity and these labels."""
        return (quantity, labels) in self.region.inputs.slots

    def number(self, quantity: str, *labels: str) -> Array:
        """Read a scalar: float64[draw], in the quantity's unit."""
        default = BY_NAME[quantity].default
        if default is not None and not self.has(quantity, *labels):
            return np.full(self.size, default)
        return self.rows[self.region.inputs.slot(quantity, *labels).column]

    def path(
        self,
        quantity: str,
        *labels: str,
        at: Array,
        anchors: Mapping[int, float] | None = None,
    ) -> Array:
        """Evaluate a path: float64[year, draw], in the quantity's unit.

        ``anchors`` are used where the path has none of its own.
        """
        default = BY_NAME[quantity].default
        if default is not None and not self.has(quantity, *labels):
            return np.full((at.size, self.size), default)
        slot = self.region.inputs.slot(quantity, *labels)
        if slot.path is None:
            raise ValueError(f"{quantity} of {labels}: found a number, expected a path")
        drawn = self.rows[slot.column : slot.column + slot.count]
        return path_values(slot.path, drawn, at, tuple(sorted((anchors or {}).items())))
