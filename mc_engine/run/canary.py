"""A few draws evaluated before a run goes on: does this machine still give the same bits?"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.errors import RequestError
from mc_engine.run.durable import write
from mc_engine.run.executor import buffers, fill
from mc_engine.run.journal import CANARY, checksum
from mc_engine.run.plan import RunPlan

DRAWS = 64
# What `--allow-mixed` accepts, as a share of the largest number of each variable.
TOLERANCE = 1e-12
REMEDY = "choose another --out, or go on where the run began"

Arrays = Mapping[str, NDArray[Any]]


def sing(plan: RunPlan) -> dict[str, NDArray[Any]]:
    """Evaluate the first draws of a run.

    Parameters
    ----------
    plan : RunPlan

    Returns
    -------
    dict of str to array[draw, ...]
        Inputs, status, and every output of the model.
    """
    design = plan.sampling.design
    draws = DRAWS if design.draws is None else min(DRAWS, design.draws)
    room = buffers(plan, draws)
    fill(replace(plan, threads=1), 0, draws, room)
    return {"inputs": room.values, "status": room.status, **room.out}


def digest(found: Arrays) -> str:
    """Hash the bits of every array, names included."""
    parts = [
        f"{name} {checksum(np.ascontiguousarray(found[name]).tobytes())}" for name in sorted(found)
    ]
    return checksum("\n".join(parts).encode())


def keep(folder: Path, found: Arrays) -> None:
    """Store the canary draws of a new run."""
    room = io.BytesIO()
    arrays: dict[str, Any] = dict(found)
    np.savez_compressed(room, **arrays)
    write(folder / CANARY, room.getvalue())


def read(folder: Path) -> Arrays:
    """Read the canary draws of the machine that began the run.

    Parameters
    ----------
    folder : Path
        The run folder.

    Raises
    ------
    RequestError
        When they are gone or cannot be read.
    """
    path = folder / CANARY
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise RequestError(f"{path}: cannot be read ({error}); {REMEDY}") from None


def compare(before: Arrays, found: Arrays, allow_mixed: bool, where: object, remedy: str) -> float:
    """Say how far the canary draws of two machines differ, and refuse what is too far.

    Parameters
    ----------
    before, found : mapping
        From ``sing``, on one machine and on the other.
    allow_mixed : bool
        Accept differences up to ``TOLERANCE``.
    where : object
        The folder or the machine that a message is about.
    remedy : str
        What to do where the numbers differ by more.

    Returns
    -------
    float
        Largest relative difference: 0 where every bit is the same.

    Raises
    ------
    RequestError
        When the numbers differ.
    """
    # A design of fewer draws has fewer canaries: the common ones are compared.
    common = min(len(before["status"]), len(found["status"]))
    before = {key: values[:common] for key, values in before.items()}
    now = {key: values[:common] for key, values in found.items()}
    if digest(before) == digest(now):
        return 0.0
    gap = _difference(before, now)
    if allow_mixed and gap <= TOLERANCE:
        return gap
    hint = "--allow-mixed accepts this" if gap <= TOLERANCE else remedy
    raise RequestError(
        f"{where}: its first draws come out different on this machine (relative difference "
        f"{gap:.2g}), expected the same bits; {hint}"
    )


def _difference(before: Arrays, now: Arrays) -> float:
    """Largest difference, as a share of the largest number of its variable."""
    if set(before) != set(now):
        return np.inf
    worst = 0.0
    for name, old in before.items():
        new = now[name]
        if old.shape != new.shape or not np.array_equal(np.isfinite(old), np.isfinite(new)):
            return np.inf
        finite = np.isfinite(old)
        scale = float(np.abs(old[finite]).max(initial=0.0))
        gap = float(np.abs(old[finite] - new[finite]).max(initial=0.0))
        worst = max(worst, gap / scale if scale > 0.0 else np.inf if gap > 0.0 else 0.0)
    return worst
