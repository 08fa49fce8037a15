"""Indices and sums of a ranking as NetCDF beside the run."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.ranking.saltelli import VarianceIndices
from mc_engine.run import store
from mc_engine.run.results import Run

Array = NDArray[np.float64]

# Within the run folder: all indices, and the sums from which a larger base continues.
INDICES, SUMS = "ranking.nc", "ranking-rows.nc"


def read_sums(run: Run, facts: dict[str, Any]) -> dict[str, Array] | None:
    """Read the sums of a ranking; None where there are none, or those of another one.

    Parameters
    ----------
    run : Run
    facts : dict
        What the ranking is of, and how it was made.
    """
    if not (run.folder / SUMS).exists():
        return None
    with store.open_dataset(run.folder, SUMS) as sums:
        if any(sums.attrs.get(name) != str(value) for name, value in facts.items()):
            return None
        return {str(name): values.values for name, values in sums.data_vars.items()}


def write_sums(run: Run, indices: VarianceIndices, facts: dict[str, Any]) -> None:
    """Write the sums from which a larger base continues.

    Parameters
    ----------
    run : Run
    indices : VarianceIndices
    facts : dict
        What the ranking is of, and how it was made.
    """
    data = {
        name: ([f"{name}_{axis}" for axis in range(values.ndim)], values, {"units": "1"})
        for name, values in indices.sums.state().items()
    }
    title = "Margins and sums of a ranking, from which one of more blocks continues"
    attrs = {"title": title, **{name: str(value) for name, value in facts.items()}}
    store.write_dataset(run.folder, SUMS, xr.Dataset(data, attrs=attrs))


def write_indices(run: Run, indices: VarianceIndices) -> None:
    """Write all indices with their intervals: by target, and by scope and year.

    Parameters
    ----------
    run : Run
    indices : VarianceIndices
    """
    factor = [group.name for group in indices.groups]
    parts = ("first", "first_low", "first_high", "total", "total_low", "total_high")
    targets = list(run.manifest["targets"])
    data: dict[str, Any] = {
        f"{of}_{name}": (("factor", "target"), getattr(one, name))
        for of, one in (("margin", indices.margins), ("miss", indices.misses))
        for name in parts
    }
    coordinates: dict[str, Any] = {"factor": factor, "target": targets}
    if indices.over_time is not None:
        shape = (len(factor), len(indices.outputs), len(indices.years))
        for name in parts:
            cube = np.moveaxis(getattr(indices.over_time, name).reshape(shape), 0, -1)
            data[name] = (("scope", "year", "factor"), cube)
        coordinates |= {"scope": list(indices.outputs), "year": list(indices.years)}
    cube_set = xr.Dataset(
        data,
        coordinates,
        {
            "title": "Variance-based sensitivity indices of margins and of yearly emissions",
            "identity": run.manifest["identity"],
            "base_rows": indices.base,
            "level": indices.margins.level,
        },
    )
    for variable, values in cube_set.data_vars.items():
        values.attrs = {"units": "1", "long_name": str(variable).replace("_", " ")}
    store.write_dataset(run.folder, INDICES, cube_set)
