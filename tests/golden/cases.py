"""What is stored: every number of 64 draws of three regions, as labelled datasets."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from mc_engine import Study
from mc_engine.models.road_fleet import MODEL
from mc_engine.run import executor
from tests.models.conformance import run as evaluate
from tests.models.road_fleet.cases import random_region as synthetic_region
from tests.models.road_fleet.cases import random_rows

DRAWS = 64
DATA = Path(__file__).parent / "data"
ANALYTIC = Path(__file__).parents[1] / "data" / "analytic"
# Of the synthetic regions, one whose draws have waves, hydrogen and a first stock.
SYNTHETIC = 1


def _of_study(region: str | Path) -> xr.Dataset:
    """Inputs, outputs, margins and milestones of a region's first draws, seed 0."""
    plan = Study(region).plan(DRAWS)
    buffers = executor.buffers(plan, DRAWS)
    executor.fill(plan, 0, DRAWS, buffers)
    results = executor.evaluate_targets(plan, 0, DRAWS, buffers).draw_variables
    dims = {spec.name: spec.dims for spec in plan.specs}
    result: dict[str, Any] = {
        "inputs": (("draw", "parameter"), buffers.factors),
        "status": (("draw",), buffers.status),
    }
    result |= {name: (dims[name], values) for name, values in buffers.out.items()}
    for name in set(results) - set(result):
        axis = "target" if name in ("margin", "miss") else "scope"
        result[name] = (("draw", axis), results[name].reshape(DRAWS, -1))
    labels = {
        "parameter": [factor.name for factor in plan.problem.factors],
        "target": [target.name for target in plan.problem.targets],
    }
    labels |= {axis: list(values) for axis, values in plan.coordinates.items()}
    return _dataset(result, labels)


def _of_synthetic() -> xr.Dataset:
    """Outputs of rows drawn inside the spans of a synthetic region of the fleet model."""
    inputs = synthetic_region(SYNTHETIC)
    rows = random_rows(inputs, np.random.default_rng(20_641), DRAWS)
    out, status = evaluate((MODEL, inputs, rows), rows)
    result: dict[str, Any] = {"columns": (("draw", "column"), rows), "status": (("draw",), status)}
    dims = {spec.name: spec.dims for spec in MODEL.outputs(inputs)}
    result |= {name: (dims[name], values) for name, values in out.items()}
    return _dataset(result, MODEL.coordinates(inputs))


def _dataset(variables: Mapping[str, Any], labels: Mapping[str, Any]) -> xr.Dataset:
    used = {dim for dims, _ in variables.values() for dim in dims}
    return xr.Dataset(
        dict(variables), {axis: list(values) for axis, values in labels.items() if axis in used}
    )


CASES: Mapping[str, Callable[[], xr.Dataset]] = {
    "china": lambda: _of_study("china"),
    "ishigami": lambda: _of_study(ANALYTIC),
    "synthetic": _of_synthetic,
}
