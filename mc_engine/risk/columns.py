"""Reading stored draws with little memory: one column, or some rows, at a time.

Datasets are opened lazily; nothing that is read here stays in them.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.errors import StatisticError, preview
from mc_engine.vocabulary.axes import DRAW

# In ``miss`` and in the years of milestones: the draw failed.
FAILED = -1
# Rows that are handled together: what is made of them on the way takes little room.
_ROWS = 65_536


def row_slices(size: int) -> Iterator[slice]:
    """Yield the rows of ``size`` draws, some at a time."""
    for start in range(0, size, _ROWS):
        yield slice(start, min(start + _ROWS, size))


def labels(draws: xr.Dataset, axis: str) -> list[str]:
    """Give the labels of an axis as text; none where it is missing."""
    if axis not in draws.coords:
        return []
    return [str(label) for label in draws.coords[axis].values]


def _stored(draws: xr.Dataset, name: str) -> xr.DataArray:
    if name not in draws:
        raise StatisticError(
            f"draws: no variable '{name}'; found {preview(draws.data_vars, 12)}; "
            "run again with a version that stores it"
        )
    return draws[name]


def variable(draws: xr.Dataset, name: str, *axes: str) -> NDArray[Any]:
    """Read one variable with its axes in the given order.

    Raises
    ------
    StatisticError
        When the dataset does not have it.
    """
    # A selection is read for itself; the values of the variable would stay in the dataset.
    return _stored(draws, name).isel({DRAW: slice(None)}).transpose(*axes).values


def column(draws: xr.Dataset, name: str, axis: str, index: int) -> NDArray[Any]:
    """Read one column of a variable along the draws, in the type that is stored.

    Parameters
    ----------
    draws : xr.Dataset
    name : str
    axis : str
        The axis beside ``draw``.
    index : int
        Position on it.

    Returns
    -------
    array[draw]
        In the variable's unit.

    Raises
    ------
    StatisticError
        When the dataset does not have it.
    """
    return _stored(draws, name).isel({axis: index}).values


def whole(draws: xr.Dataset, name: str, axis: str, index: int) -> NDArray[np.integer[Any]]:
    """Read a column of whole numbers; -1 where the draw failed, also where it reads as NaN.

    Arguments as in ``column``.
    """
    result = column(draws, name, axis, index)
    if np.issubdtype(result.dtype, np.floating):
        return np.where(np.isnan(result), FAILED, result).astype(np.int32)
    return result
