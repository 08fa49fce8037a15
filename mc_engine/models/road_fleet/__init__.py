"""The road-fleet model: cohorts of vehicles by class, powertrain and model year.

Equations and their numbers: ``docs/model.md``. One process per file; ``kernel.py`` ties one
draw together, ``prepare.py`` turns a region's data into static arrays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.models.road_fleet.kernel import all_draws
from mc_engine.models.road_fleet.outputs import OUTPUTS, STAGES, Outputs
from mc_engine.models.road_fleet.prepare import prepare
from mc_engine.models.road_fleet.quantities import QUANTITIES
from mc_engine.models.road_fleet.static import Static
from mc_engine.models.road_fleet.status import CODES
from mc_engine.models.road_fleet.structure import Levers, Structure
from mc_engine.models.road_fleet.trace import trace
from mc_engine.numerics.curves import PathTable
from mc_engine.vocabulary.inputs import ModelInputs
from mc_engine.vocabulary.outputs import Intermediate, VariableSpec


class RoadFleet:
    """The road-fleet model behind the contract of ``mc_engine.model.Model``."""

    name = "road_fleet"
    quantities = QUANTITIES
    structure_schema = Structure
    levers_schema = Levers
    table_columns: Mapping[str, tuple[str, ...]] = {
        "registrations": ("vehicle_class", "powertrain"),
        "population": ("variant",),
        "official_stock": (),
        "distance_index": ("vehicle_class",),
        "grid_intensity": (),
        "type_approval": ("vehicle_class", "powertrain"),
        "initial_stock": ("vehicle_class", "powertrain"),
        "age_profile": ("vehicle_class", "age"),
    }
    status_codes = CODES

    def labels(self, structure: Structure) -> Mapping[str, Sequence[str]]:
        """Labels of every axis the quantities use."""
        hydrogen = structure.hydrogen
        return {
            "vehicle_class": tuple(structure.vehicle_classes),
            "powertrain": tuple(structure.powertrains),
            "carrier": tuple(structure.carriers),
            "node": tuple(structure.tree),
            "route": tuple(hydrogen.routes) if hydrogen else (),
            "hydrogen_node": tuple(hydrogen.tree) if hydrogen else (),
            "wave": tuple(structure.waves),
            "activity_year": tuple(str(year) for year in structure.activity_years),
        }

    def coordinates(self, inputs: ModelInputs) -> Mapping[str, Sequence[Any]]:
        """Labels of every axis of the outputs, ``draw`` left out."""
        structure: Structure = inputs.structure
        years = structure.years
        return {
            "stage": STAGES,
            "year": tuple(range(years.first_output, years.horizon + 1)),
            "vehicle_class": tuple(structure.vehicle_classes),
            "carrier": tuple(structure.carriers),
        }

    def outputs(self, inputs: ModelInputs) -> Sequence[VariableSpec]:
        """Every variable ``evaluate`` writes, with the years that bear on how they are read."""
        known = {
            "removals": ("base_year", str(inputs.structure.removals.base_year)),
            "emissions": ("last_observed", str(inputs.structure.years.last_observed)),
        }
        return tuple(
            replace(spec, attrs=(*spec.attrs, known[spec.name])) if spec.name in known else spec
            for spec in OUTPUTS
        )

    def prepare(self, inputs: ModelInputs) -> tuple[Static, PathTable]:
        """Static arrays and paths of a region; see ``prepare.prepare``."""
        return prepare(inputs)

    def evaluate(
        self,
        static: tuple[Static, PathTable],
        draws: NDArray[np.float64],
        out: Mapping[str, NDArray[np.float64]],
        status: NDArray[np.int32],
    ) -> None:
        """Evaluate every row of ``draws``; see ``mc_engine.model.Model.evaluate``."""
        all_draws(*static, draws, Outputs(**out), status)

    def trace(
        self, inputs: ModelInputs, static: tuple[Static, PathTable], row: NDArray[np.float64]
    ) -> Sequence[Intermediate]:
        """Give every intermediate of one draw; see ``mc_engine.model.Traced.trace``."""
        return tuple(trace(inputs, static, row, dict(self.coordinates(inputs))))


MODEL = RoadFleet()
