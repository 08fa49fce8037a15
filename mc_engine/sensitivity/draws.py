"""The door of given-data methods: finished draws, checked once, failed ones set apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mc_engine.errors import StatisticError, preview
from mc_engine.intervals import effective_sample_size
from mc_engine.vocabulary.status import MAX_FAILED_SHARE

Array: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]

MISSED, MET, FAILED = 1, 0, -1
# Draws of an independent design are put in so many groups, of which one is left out at a time.
GROUPS = 16
# Fewer draws than this leave a tenth of the draws without ten.
MIN_DRAWS = 100


@dataclass(frozen=True)
class Draws:
    """Draws that ended, and what they gave.

    Attributes
    ----------
    known : bool[draw]
        Of all draws, those that did not fail and have weight.
    margin : float64[target, known draw]
        In the target's unit, negative where it is missed.
    miss : float64[target, known draw]
        1 where the target is missed, else 0.
    weight : float64[known draw] or None
        Mean 1; None for equal weights.
    group : int64[known draw]
        Replicate of the draw; of independent draws, one of ``GROUPS`` groups by turns.
    groups : int
    replicated : bool
        Whether the groups are independent replicates of a design.
    failed : bool[draw]
    every_weight : float64[draw]
        Weight of every draw, mean 1 over the known ones; of failed ones too.
    every_group : int64[draw]
    effective : float
        Effective number of known draws (Kish).
    targets : tuple of str
        What messages call the targets.
    """

    known: NDArray[np.bool_]
    margin: Array
    miss: Array
    weight: Array | None
    group: Whole
    groups: int
    replicated: bool
    failed: NDArray[np.bool_]
    every_weight: Array
    every_group: Whole
    effective: float
    targets: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of known draws."""
        return int(self.margin.shape[1])

    @property
    def half(self) -> Whole:
        """Which half each known draw belongs to; whole groups go together."""
        return self.group % 2

    def weights(self) -> Array:
        """Weight of every known draw, ones where they are equal."""
        return np.ones(self.size) if self.weight is None else self.weight


def known_draws(
    margin: ArrayLike,
    miss: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    replicate: ArrayLike | None = None,
    targets: Sequence[str] = (),
) -> Draws:
    """Check what finished draws gave, and set apart those that failed.

    Parameters
    ----------
    margin : float64[draw, target]
        In the target's unit, negative where it is missed; of a failed draw, anything.
    miss : int8[draw, target]
        1 for a miss, 0 for a hit, -1 where the draw failed, which it does for all targets.
    weight : float64[draw], optional
        At least 0; equal where left out.
    replicate : int[draw], optional
        Which replicate of a design each draw belongs to; left out for independent draws.
    targets : sequence of str
        What messages call the targets.

    Returns
    -------
    Draws

    Raises
    ------
    StatisticError
        Shapes that do not fit, margins that are not finite or constant, more than 1 % failed.
    """
    rows, missed = _tables(margin, miss)
    names = tuple(targets) or tuple(f"target {position}" for position in range(rows.shape[1]))
    failed = (missed == FAILED).any(axis=1)
    weights = _weights(weight, missed.shape[0])
    share = float(weights[failed].sum() / weights.sum())
    if share > MAX_FAILED_SHARE:
        raise StatisticError(
            f"draws: {int(failed.sum())} of {failed.size} failed ({share:.1%} of the weight), "
            f"expected at most {MAX_FAILED_SHARE:.0%} for a ranking; look at their status codes "
            "first"
        )
    known = ~failed & (weights > 0.0)
    if known.sum() < MIN_DRAWS:
        raise StatisticError(
            f"draws: found {int(known.sum())} that ended, expected at least {MIN_DRAWS} for a "
            "ranking; run more draws"
        )
    _check_margins(rows[known], names)
    weights = weights / weights[known].mean()
    group, replicated = _groups(replicate, missed.shape[0])
    return Draws(
        known=known,
        margin=np.ascontiguousarray(rows[known].T),
        miss=np.ascontiguousarray((missed[known].T == MISSED).astype(np.float64)),
        weight=None if weight is None else weights[known],
        group=group[known],
        groups=int(group.max()) + 1,
        replicated=replicated,
        failed=failed & (weights > 0.0),
        every_weight=weights,
        every_group=group,
        effective=float(known.sum()) if weight is None else effective_sample_size(weights[known]),
        targets=names,
    )


def _tables(margin: ArrayLike, miss: ArrayLike) -> tuple[Array, NDArray[np.int8]]:
    rows, missed = np.asarray(margin, dtype=np.float64), np.asarray(miss)
    if rows.ndim == 1:
        rows, missed = rows[:, None], missed.reshape(-1, 1)
    if rows.ndim != 2 or rows.shape != missed.shape or rows.size == 0:
        raise StatisticError(
            f"draws: found margins of shape {rows.shape} and misses of {missed.shape}, expected "
            "one number each per draw and target"
        )
    other = np.setdiff1d(np.unique(missed), (FAILED, MET, MISSED))
    if other.size:
        raise StatisticError(
            f"miss: found {preview(other.tolist())}, expected 1 (missed), 0 (met) or -1 (failed)"
        )
    return rows, missed


def _weights(weight: ArrayLike | None, size: int) -> Array:
    if weight is None:
        return np.ones(size)
    result = np.asarray(weight, dtype=np.float64)
    if result.shape != (size,):
        raise StatisticError(f"weight: found shape {result.shape}, expected one per draw ({size})")
    effective_sample_size(result)  # refuses weights that are none
    return result


def _groups(replicate: ArrayLike | None, size: int) -> tuple[Whole, bool]:
    if replicate is None:
        return np.arange(size, dtype=np.int64) % GROUPS, False
    result = np.asarray(replicate)
    if result.shape != (size,):
        raise StatisticError(
            f"replicate: found shape {result.shape}, expected one per draw ({size})"
        )
    labels, codes = np.unique(result, return_inverse=True)
    if labels.size == 1:
        return np.arange(size, dtype=np.int64) % GROUPS, False
    return codes.reshape(-1).astype(np.int64), True


def _check_margins(rows: Array, names: Sequence[str]) -> None:
    bad = ~np.isfinite(rows)
    if bad.any():
        where = preview(names[position] for position in np.flatnonzero(bad.any(axis=0)).tolist())
        raise StatisticError(
            f"margin: {int(bad.sum())} of {rows.size} values are not finite ({where}) in draws "
            "that did not fail; mark those draws as failed, or fix the model"
        )
    still = [names[position] for position in np.flatnonzero(np.ptp(rows, axis=0) == 0.0).tolist()]
    if still:
        raise StatisticError(
            f"margin: every draw gives the same number for {preview(still)}; nothing decides a "
            "constant; leave the target out"
        )
