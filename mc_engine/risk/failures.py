"""Draws that failed: how many, how they ended, and which inputs set them apart."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.risk.columns import labels, variable
from mc_engine.vocabulary.axes import DRAW, PARAMETER
from mc_engine.vocabulary.status import OK

# Failed draws that are listed, inputs that are named, draws that are looked at.
LISTED, NAMED, LOOKED_AT, BLOCK = 100, 5, 2_000, 8_192


def failures(draws: xr.Dataset) -> dict[str, Any]:
    """Describe the failed draws of a run.

    An input is associated with failure as far as its distribution among the failed draws differs
    from that among the others: the Kolmogorov-Smirnov distance, from 0 for none to 1 for a clean
    cut.

    Parameters
    ----------
    draws : xr.Dataset
        As in ``draws.nc``, one region; read in blocks.

    Returns
    -------
    dict
        ``failed`` (draws), ``share`` (1), ``codes`` (draws by name of the status), and where any
        draw failed: ``blame``, the inputs that set the failed draws apart, each with ``gap``,
        ``low`` and ``high`` (5 and 95 % of its values among the failed, in its unit); ``listed``,
        the first failed draws, each with the value of the input most associated and the percentile
        it has among the others.
    """
    status = variable(draws, "status", DRAW)
    names = _names(draws)
    codes, counts = np.unique(status, return_counts=True)
    failed = np.flatnonzero(status != OK)
    result: dict[str, Any] = {
        "failed": int(failed.size),
        "share": failed.size / max(1, status.size),
        "codes": {
            names.get(int(code), str(code)): int(count)
            for code, count in zip(codes, counts, strict=True)
            if code != OK
        },
    }
    if not failed.size:
        return result
    inputs = labels(draws, PARAMETER)
    others = _rows(draws, np.flatnonzero(status == OK)) if inputs else np.empty((0, 0))
    bad = _rows(draws, failed) if inputs else np.empty((0, 0))
    gaps = [_gap(bad[:, k], others[:, k]) for k in range(len(inputs))] if others.size else []
    order = np.argsort(gaps, kind="stable")[::-1][:NAMED]
    result["blame"] = [
        {
            "parameter": inputs[k],
            "gap": float(gaps[k]),
            "low": float(np.quantile(bad[:, k], 0.05)),
            "high": float(np.quantile(bad[:, k], 0.95)),
        }
        for k in order
    ]
    worst = int(order[0]) if len(order) else None
    result["listed"] = [
        {"draw": int(draw), "status": names.get(int(status[draw]), str(status[draw]))}
        | (_place(inputs[worst], bad[at, worst], others[:, worst]) if worst is not None else {})
        for at, draw in enumerate(failed[:LISTED])
    ]
    return result


def _names(draws: xr.Dataset) -> dict[int, str]:
    """Names of the status codes, as the dataset gives them."""
    attrs = draws["status"].attrs
    values = np.atleast_1d(attrs.get("flag_values", ()))
    words = str(attrs.get("flag_meanings", "")).split()
    return dict(zip(map(int, values), words, strict=False))


def _rows(draws: xr.Dataset, wanted: NDArray[np.int64]) -> NDArray[np.float64]:
    """Read the inputs of the first of some draws, a block at a time."""
    wanted = wanted[:LOOKED_AT]
    result = []
    for block in np.unique(wanted // BLOCK):
        inside = wanted[wanted // BLOCK == block] - block * BLOCK
        part = draws["parameters"].isel({DRAW: slice(block * BLOCK, (block + 1) * BLOCK)})
        result.append(part.transpose(DRAW, PARAMETER).values[inside])
    return np.concatenate(result) if result else np.empty((0, draws.sizes[PARAMETER]))


def _gap(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    """Largest difference between two empirical distribution functions."""
    points = np.concatenate([ours, theirs])
    shares = [
        np.searchsorted(np.sort(values), points, side="right") / values.size
        for values in (ours, theirs)
    ]
    return float(np.abs(shares[0] - shares[1]).max())


def _place(name: str, value: float, others: NDArray[np.float64]) -> dict[str, Any]:
    """Say where one value lies among those of the draws that did not fail."""
    percentile = 100.0 * float((others <= value).mean())
    return {"parameter": name, "value": float(value), "percentile": percentile}
