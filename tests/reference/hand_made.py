"""A region small enough to reckon by hand: one class, one fuel, one plug.

Registrations are 1000 a year from 1950 on, survival is Weibull with scale 15 and shape 3, and
population stands still, so that the fleet is in steady state and stays there.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mc_engine.models.road_fleet.structure import Levers, Structure
from mc_engine.vocabulary.inputs import Knots, ModelInputs
from tests.models.road_fleet.synthetic import Columns, table

FIRST, FIRST_OUTPUT, LAST, HORIZON = 1950, 2010, 2020, 2050
YEARLY = 1000.0

# A path is its fixed part and the values of its knots.
Values = Mapping[tuple[str, ...], float | tuple[Knots, tuple[float, ...]]]

STRUCTURE: dict[str, Any] = {
    "years": {
        "first_vintage": FIRST,
        "first_output": FIRST_OUTPUT,
        "last_observed": LAST,
        "horizon": HORIZON,
        "distance_base": 2015,
    },
    "vehicle_classes": {"box": {"title": "Box", "driver": "per_head", "max_age": 59}},
    "powertrains": {
        "burner": {"title": "Burner", "carriers": {"oil": 1.0}},
        "volt": {
            "title": "Volt",
            "plug_in": True,
            "electric_life": True,
            "carriers": {"current": 1.0},
        },
    },
    "carriers": {
        "oil": {"title": "Oil", "role": "fuel"},
        "current": {"title": "Current", "role": "power"},
    },
    "tree": {"clean": {"child": "volt", "rest": "burner", "phase_out": True}},
    "removals": {"base_year": 2020, "start": 2030},
    "gwp": {"100": {"ch4": 30.0, "n2o": 270.0}},
}

VALUES: Values = {
    ("survival_shape", "box"): 3.0,
    ("survival_scale", "box"): 15.0,
    ("per_head_drift", "box"): 0.0,
    ("branch_share", "clean", "box"): (Knots((HORIZON,), always=0.0), (0.0,)),
    ("distance_level", "box"): 10_000.0,
    ("energy_new", "box", "burner"): 2.0,
    ("energy_new", "box", "volt"): 0.6,
    ("ttw_co2", "oil"): 70.0,
    ("wtt_factor", "oil"): 15.0,
    ("grid_intensity",): (Knots((HORIZON,), scale="log", floor=1.0), (500.0,)),
}


def steady(powertrain: str = "burner", growth: float = 0.0) -> dict[tuple, float]:
    """Registrations of one powertrain that grow at a yearly rate."""
    return {
        ("box", powertrain, year): YEARLY * (1.0 + growth) ** (year - FIRST)
        for year in range(FIRST, LAST + 1)
    }


def hand_made(
    values: Values | None = None,
    structure: Mapping[str, Any] | None = None,
    levers: Mapping[str, Any] | None = None,
    sold: Mapping[tuple, float] | None = None,
    tables: Mapping[str, tuple[tuple[str, ...], Mapping[tuple, float]]] | None = None,
    boundary: Mapping[tuple[str, ...], str] | None = None,
    basis: str = "life_cycle",
) -> tuple[ModelInputs, np.ndarray]:
    """Build the region with some of its numbers, structure or tables replaced.

    ``tables`` maps a name to its label columns and rows.

    Returns
    -------
    inputs : ModelInputs
    row : float64[inputs.width]
        The one draw in which every quantity has its stated value.
    """
    built = Structure(**{**STRUCTURE, **(structure or {})})
    columns, numbers = Columns(), []
    for (quantity, *labels), value in {**VALUES, **(values or {})}.items():
        if isinstance(value, tuple):
            knots, drawn = value
            declared = basis if quantity == "grid_intensity" else None
            columns.path(quantity, *labels, knots=knots, basis=declared)
            numbers.extend(drawn)
        else:
            declared = (boundary or {}).get((quantity, *labels))
            columns.number(quantity, *labels, span=(value, value), boundary=declared)
            numbers.append(value)
    people = {(v, y): 1e6 for v in ("low", "medium", "high") for y in (LAST, HORIZON)}
    laid = {
        "registrations": (("vehicle_class", "powertrain"), steady() if sold is None else sold),
        "population": (("variant",), people),
        "grid_intensity": ((), {(year,): 500.0 for year in range(FIRST_OUTPUT, LAST + 1)}),
        **(tables or {}),
    }
    observed = {name: table(name, "1", labels, rows) for name, (labels, rows) in laid.items()}
    inputs = ModelInputs(
        "hand_made",
        built,
        columns.slots,
        observed,
        Levers(**(levers or {})),
        {},
        columns.width,
    )
    return inputs, np.array(numbers)
