"""A few draws evaluated before a run is resumed: does this machine still give the same bits?"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.errors import RequestError
from mc_engine.run.executor import buffers, fill
from mc_engine.run.journal import checksum
from mc_engine.run.plan import RunPlan

DRAWS = 64
# What `--allow-mixed` accepts, as a share of the largest number of each variable.
TOLERANCE = 1e-12
REMEDY = "choose another --out, or resume where the run began"

Arrays = Mapping[str, NDArray[Any]]


def evaluate_canary(plan: RunPlan) -> dict[str, NDArray[Any]]:
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
    scratch = buffers(plan, draws)
    fill(replace(plan, threads=1), 0, draws, scratch)
    return {"inputs": scratch.values, "status": scratch.status, **scratch.out}


def digest(outputs: Arrays) -> str:
    """Hash the bits of every array, names included."""
    parts = [
        f"{name} {checksum(np.ascontiguousarray(outputs[name]).tobytes())}"
        for name in sorted(outputs)
    ]
    return checksum("\n".join(parts).encode())


def compare(
    before: Arrays, outputs: Arrays, allow_mixed: bool, where: object, remedy: str
) -> float:
    """Measure how far the canary draws of two machines differ, and refuse what is too far.

    Parameters
    ----------
    before, outputs : mapping
        From ``evaluate_canary``, on one machine and on the other.
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
    common = min(len(before["status"]), len(outputs["status"]))
    before = {key: values[:common] for key, values in before.items()}
    now = {key: values[:common] for key, values in outputs.items()}
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
