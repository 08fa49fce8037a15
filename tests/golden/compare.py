"""Hold results against stored ones, label by label."""

from pathlib import Path

import numpy as np
import xarray as xr

# Processors differ in the last digits of exp, log and fused sums, and cancellation in balances
# leaves some eleven of the sixteen digits: the same code on another type of machine lies within.
RTOL = 1e-10


class MissingResultError(FileNotFoundError):
    """A stored result is not there."""


def read(path: Path) -> xr.Dataset:
    """Read a stored result.

    Raises
    ------
    MissingResultError
        When the file is not there; a comparison never makes it.
    """
    if not path.is_file():
        raise MissingResultError(
            f"{path}: found no file, expected the stored result; `python -m tests.golden write` "
            "makes it, on a revision whose numbers are trusted"
        )
    with xr.open_dataset(path) as stored:
        return stored.load()


def differences(found: xr.Dataset, stored: xr.Dataset, *, bits: bool = False) -> list[str]:
    """List what differs between two results; the order of dimensions and labels does not matter.

    Parameters
    ----------
    found, stored : xr.Dataset
    bits : bool
        Demand the same bits, in place of ``RTOL`` of the largest number of each row of a variable.

    Returns
    -------
    list of str
        Empty where they are equal.
    """
    result = [f"{name}: not stored" for name in sorted(set(found) - set(stored))]
    result += [f"{name}: stored, and not computed" for name in sorted(set(stored) - set(found))]
    for name in sorted(set(found) & set(stored)):
        result += _of_variable(str(name), found[name], stored[name], bits)
    return result


def _of_variable(name: str, found: xr.DataArray, stored: xr.DataArray, bits: bool) -> list[str]:
    if set(found.dims) != set(stored.dims):
        return [f"{name}: found dimensions {found.dims}, expected {stored.dims}"]
    for axis, labels in stored.coords.items():
        if axis not in found.coords or set(found[axis].values) != set(labels.values):
            return [f"{name}: the labels of {axis} are not those that are stored"]
    found = found.transpose(*stored.dims)
    found = found.sel({axis: stored[axis] for axis in stored.coords if axis in stored.dims})
    if found.shape != stored.shape:
        return [f"{name}: found shape {found.shape}, expected {stored.shape}"]
    if found.dtype != stored.dtype:
        return [f"{name}: found {found.dtype}, expected {stored.dtype}"]
    one, other = found.values, stored.values
    same = (
        (one == other) | (np.isnan(one) & np.isnan(other))
        if one.dtype.kind == "f"
        else one == other
    )
    if same.all():
        return []
    gap = np.where(same, 0.0, np.abs(one.astype(float) - other.astype(float)))
    scale = np.nanmax(np.abs(other.astype(float)).reshape(len(other), -1), axis=1)
    scale = scale.reshape((-1,) + (1,) * (other.ndim - 1))
    if not bits and (gap <= RTOL * scale).all():  # NaN against a number is no small gap
        return []
    worst = np.unravel_index(np.argmax(np.where(np.isnan(gap), np.inf, gap)), gap.shape)
    where = ", ".join(
        f"{axis} {stored[axis].values[k]}" if axis in stored.coords else f"{axis} {k}"
        for axis, k in zip(stored.dims, worst, strict=True)
    )
    return [
        f"{name}: {(~same).sum()} of {same.size} numbers differ; worst at {where}: found "
        f"{one[worst]!r}, expected {other[worst]!r}"
    ]
