"""Where the numbers of a synthetic region stand: slots, spans and observed tables."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mc_engine.models.road_fleet.quantities import QUANTITIES
from mc_engine.models.road_fleet.structure import Structure
from mc_engine.vocabulary.inputs import Knots, Slot, Table

# Ranges of scalars in the quantity's unit, wide enough to exercise the equations.
SCALARS: dict[str, tuple[float, float]] = {
    "population_position": (-1.0, 1.0),
    "ownership_growth": (0.0, 0.06),
    "ownership_form": (0.0, 1.0),
    "per_head_drift": (-0.02, 0.02),
    "survival_shape": (2.5, 4.5),
    "life_ratio": (0.8, 1.2),
    "survival_delay": (0.0, 2.5),
    "count_error": (0.97, 1.03),
    "wave_multiplier": (0.7, 2.5),
    "reporting": (0.97, 1.03),
    "class_split": (0.85, 1.15),
    "profile_growth": (-0.02, 0.08),
    "compliance": (0.85, 1.0),
    "distance_level": (8e3, 6e4),
    "distance_trend": (-0.02, 0.02),
    "distance_history_power": (0.0, 1.0),
    "activity_factor": (0.7, 1.0),
    "distance_age_decline": (0.0, 0.08),
    "use_ratio": (0.8, 1.6),
    "energy_new": (0.5, 3.0),
    "energy_ratio": (0.8, 1.2),
    "energy_fuel_mode": (1.0, 2.5),
    "type_approval_gap": (1.1, 1.5),
    "energy_decline": (0.0, 0.03),
    "energy_floor": (0.4, 0.8),
    "charging_efficiency": (0.8, 0.95),
    "ttw_co2": (55.0, 75.0),
    "ttw_ch4": (0.0, 0.02),
    "ttw_n2o": (0.0, 0.005),
    "methane_slip": (0.0, 0.03),
    "wtt_factor": (10.0, 25.0),
    "wtt_decline": (0.0, 0.03),
    "bio_factor": (10.0, 60.0),
    "grid_level": (0.9, 1.1),
    "line_loss": (0.03, 0.08),
    "charging_mix": (0.7, 1.3),
    "removal_share": (0.0, 0.5),
    "hydrogen_handling": (0.0, 0.3),
    "vehicle_making": (3e3, 3e4),
    "making_ratio": (0.8, 1.3),
    "making_power_share": (0.1, 0.6),
    "making_decline": (0.0, 0.03),
    "maintenance": (500.0, 4000.0),
    "battery_making": (40.0, 120.0),
    "battery_power_share": (0.2, 0.7),
    "battery_decline": (0.0, 0.04),
    "battery_import_share": (0.0, 1.0),
    "battery_replacements": (0.0, 0.6),
    "fuel_cell_power": (50.0, 200.0),
    "tank_capacity": (3.0, 40.0),
    "recycling_credit": (0.0, 20.0),
    "scrap_credit": (0.0, 800.0),
}

# Ranges of the knots of paths.
PATHS: dict[str, tuple[float, float]] = {
    "economic_growth": (0.0, 0.06),
    "activity_elasticity": (-0.3, 1.0),
    "modal_shift": (0.0, 0.3),
    "load_index": (0.8, 1.3),
    "branch_share": (0.0, 1.0),
    "electric_share": (0.2, 0.9),
    "bio_share": (0.0, 0.3),
    "efuel_share": (0.0, 0.3),
    "efuel_electricity": (1.8, 2.5),
    # Below the floor at the lower end, so that the floor is felt.
    "grid_intensity": (2.0, 600.0),
    "grid_upstream": (0.0, 80.0),
    "grid_accounting": (0.8, 1.3),
    "hydrogen_branch": (0.0, 1.0),
    "hydrogen_route": (0.0, 100.0),
    "electrolysis_use": (1.2, 1.8),
    "battery_size": (5.0, 120.0),
    "import_grid": (50.0, 700.0),
    "fuel_cell_making": (10.0, 60.0),
    "tank_making": (200.0, 600.0),
}
GRID_FLOOR = 20.0


def axis_labels(structure: Structure) -> dict[str, list[str]]:
    """Give the labels of every axis along which a quantity may be given."""
    return {
        "vehicle_class": list(structure.vehicle_classes),
        "powertrain": list(structure.powertrains),
        "carrier": list(structure.carriers),
        "wave": list(structure.waves),
        "node": list(structure.tree),
        "route": list(structure.hydrogen.routes) if structure.hydrogen else [],
        "hydrogen_node": list(structure.hydrogen.tree) if structure.hydrogen else [],
        "activity_year": [str(year) for year in structure.activity_years],
    }


@dataclass
class Columns:
    """Slots as they are handed out, one after the other.

    Attributes
    ----------
    slots : dict
        As ``ModelInputs.slots``; ``Slot.span`` holds the range to draw from.
    width : int
        Columns so far.
    """

    slots: dict[tuple[str, tuple[str, ...]], Slot] = field(default_factory=dict)
    width: int = 0

    def number(
        self,
        quantity: str,
        *labels: str,
        span: tuple[float, float] | None = None,
        boundary: str | None = None,
    ) -> None:
        """Give a scalar a column of its own."""
        self.slots[quantity, labels] = Slot(
            quantity,
            labels,
            self.width,
            factor="_".join((quantity, *labels)),
            span=span or SCALARS[quantity],
            boundary=boundary,
        )
        self.width += 1

    def share(self, quantity: str, labels: tuple[str, ...], source: tuple[str, ...]) -> None:
        """Let a scalar read the column of another slot: one prior that feeds both."""
        slot = self.slots[quantity, source]
        self.slots[quantity, labels] = Slot(
            quantity, labels, slot.column, factor=slot.factor, span=slot.span
        )

    def path(
        self,
        quantity: str,
        *labels: str,
        knots: Knots,
        span: tuple[float, float] | None = None,
        basis: str | None = None,
    ) -> None:
        """Give a path one column per drawn knot."""
        constant = None if knots.always is None else (knots.always, knots.always)
        self.slots[quantity, labels] = Slot(
            quantity,
            labels,
            self.width,
            len(knots.years),
            knots,
            None if constant else "_".join((quantity, *labels)),
            constant or span or PATHS[quantity],
            basis=basis,
        )
        self.width += len(knots.years)

    def skip(self, count: int) -> None:
        """Leave columns that nothing reads."""
        self.width += count

    def fill_defaults(self, structure: Structure) -> None:
        """Give every quantity with a default a column where nothing feeds it.

        It is constant, but for a scalar that no table of this file knows: one that was just added
        is drawn from its valid range.
        """
        axes = axis_labels(structure)
        horizon = structure.years.horizon
        for spec in QUANTITIES:
            if spec.default is None:
                continue
            for labels in itertools.product(*(axes[dim] for dim in spec.dims)):
                if (spec.name, labels) in self.slots:
                    continue
                path = None
                if spec.form == "path":
                    always = spec.default if spec.default in (0.0, 1.0) else None
                    path = Knots((horizon,), always=always)
                span = (spec.default, spec.default)
                if path is None and spec.name not in SCALARS and math.isfinite(spec.high):
                    span = (spec.low, spec.high)
                self.slots[spec.name, labels] = Slot(
                    spec.name, labels, self.width, path=path, span=span
                )
                self.width += 1


def table(name: str, unit: str, columns: Sequence[str], rows: Mapping[tuple, float]) -> Table:
    """Lay rows out as an observed table.

    Parameters
    ----------
    columns : sequence of str
        Label columns; every key of ``rows`` is these labels, then the year.
    rows : mapping of tuple to float
    """
    laid = {
        label: np.array([str(key[index]) for key in rows]) for index, label in enumerate(columns)
    }
    laid["year"] = np.array([key[-1] for key in rows], dtype=np.int64)
    laid["value"] = np.array(list(rows.values()), dtype=np.float64)
    laid["source"] = np.array(["S_MADE_UP"] * len(rows))
    laid["label"] = np.array(["observed"] * len(rows))
    return Table(name, unit, laid)


def random_knots(rng: np.random.Generator, first: int, last: int, **fixed: object) -> Knots:
    """Draw the years of one, two or several knots between two years."""
    count = int(rng.choice([1, 2, 3, 5]))
    years = rng.choice(np.arange(first, last + 1), size=count, replace=False)
    return Knots(tuple(sorted(int(year) for year in years)), **fixed)


def path_numbers(rng: np.random.Generator, slot: Slot, count: int) -> np.ndarray:
    """Draw the knots of a path for several draws: float64[draw, knot]."""
    low, high = slot.span
    values = rng.uniform(low, high, size=(count, slot.count))
    if slot.quantity in ("branch_share", "hydrogen_branch"):
        # Values at the ends, which a logit scale clips.
        values[rng.random(values.shape) < 0.05] = 0.0
        values[rng.random(values.shape) < 0.05] = 1.0
    return values
