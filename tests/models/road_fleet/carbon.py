"""A region with all of its carbon multiplied by a number, or taken away.

Every emission of the road-fleet model is of the first degree in these quantities together, also
where the carbon of power stands relative to that of another year.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mc_engine.vocabulary.inputs import Knots, ModelInputs, Slot

SCALARS = (
    "ttw_co2",
    "wtt_factor",
    "bio_factor",
    "vehicle_making",
    "maintenance",
    "battery_making",
    "recycling_credit",
    "scrap_credit",
)
PATHS = (
    "grid_intensity",
    "grid_upstream",
    "hydrogen_route",
    "import_grid",
    "fuel_cell_making",
    "tank_making",
)


def times_carbon(
    inputs: ModelInputs, rows: NDArray[np.float64], factor: float
) -> tuple[ModelInputs, NDArray[np.float64]]:
    """Multiply every carbon factor; 0 takes all carbon away.

    Methane and nitrous oxide are multiplied by their warming potentials, so that slip is too.

    Parameters
    ----------
    inputs : ModelInputs
    rows : float64[draw, column]
    factor : float
        At least 0.
    """
    slots = dict(inputs.slots)
    changed = rows.copy()
    for key, slot in inputs.slots.items():
        columns = slice(slot.column, slot.column + slot.count)
        if slot.quantity in SCALARS:
            changed[:, columns] = rows[:, columns] * factor
        if slot.quantity in PATHS:
            changed[:, columns] = rows[:, columns] * factor
            slots[key] = replace(slot, path=_times(slot, factor))
    structure = inputs.structure
    gwp = {
        horizon: known.model_copy(update={"ch4": known.ch4 * factor, "n2o": known.n2o * factor})
        for horizon, known in structure.gwp.items()
    }
    grid = inputs.tables["grid_intensity"]
    table = replace(grid, columns={**grid.columns, "value": grid.columns["value"] * factor})
    return (
        replace(
            inputs,
            structure=structure.model_copy(update={"gwp": gwp}),
            slots=slots,
            tables={**inputs.tables, "grid_intensity": table},
        ),
        changed,
    )


def _times(slot: Slot, factor: float) -> Knots:
    """Multiply the fixed part of a path."""
    knots = slot.path
    assert knots is not None
    assert knots.always != 1.0
    assert knots.scale != "logit"
    anchors = tuple((year, value * factor) for year, value in knots.anchors)
    always = 0.0 if factor == 0.0 else knots.always
    return replace(knots, anchors=anchors, floor=knots.floor * factor, always=always)
