"""Intervals for random rows: a bootstrap over Saltelli blocks, of many outputs at once.

A resample draws blocks with replacement. Every index is a ratio of sums over blocks, so a
resample needs no copy of its rows: how often each block was drawn, times what is summed, is one
product of two matrices for all resamples and all groups.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mc_engine.errors import StatisticError
from mc_engine.intervals import LEVEL, check_level
from mc_engine.sensitivity.checks import (
    is_constant,
    refuse_constant,
    refuse_failed,
    refuse_weights,
    rows_per_block,
    whole_blocks,
)
from mc_engine.sensitivity.indices import BOOTSTRAP, Estimates, Indices, bounded
from mc_engine.sensitivity.moments import Blocks, blocks
from mc_engine.sensitivity.variance import of_blocks, refuse_bad

Array = NDArray[np.float64]

RESAMPLES = 1_000
# Base rows whose resample counts are held as floats at once: 1,000 resamples of them are 8 MB.
_PORTION = 1_024
# Resample indices drawn at once.
_DRAWN = 1_048_576


def resample_counts(base: int, resamples: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Count how often each block is drawn into each resample.

    Parameters
    ----------
    base, resamples : int
    rng : numpy Generator
        Drawn from as SALib draws, so that one seed gives both the same resamples.

    Returns
    -------
    uint8[base, resample]
        No block is ever drawn 256 times: the chance is below 1e-500.
    """
    counts = np.zeros((base, resamples), dtype=np.uint8)
    flat, column = counts.reshape(-1), np.arange(resamples)
    step = max(1, _DRAWN // resamples)
    for start in range(0, base, step):
        drawn = rng.integers(base, size=(min(step, base - start), resamples))
        np.add.at(flat, (drawn * resamples + column).reshape(-1), np.uint8(1))
    return counts


def bootstrap(
    a: ArrayLike,
    b: ArrayLike,
    ab: ArrayLike,
    ba: ArrayLike | None = None,
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    failed: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    keep: bool = False,
) -> Indices:
    """Estimate indices from random rows, with intervals by a bootstrap over Saltelli blocks.

    An interval is the estimate and the normal quantile times the standard deviation of the
    resamples, as SALib's is. For random rows only: on scrambled rows it is too wide.

    Parameters
    ----------
    a, b : float64[base, output]
    ab : float64[base, group, output]
    ba : float64[base, group, output], optional
        As in ``estimate``.
    rng : numpy Generator
    resamples : int
        At least two.
    level : float
    failed : bool[base, row in the block], optional
        As in ``Sums.add``.
    weight : float64[draw], optional
        Refused unless all are equal.
    keep : bool
        Whether to keep the total index of every resample, for ties and leads.

    Returns
    -------
    Indices

    Raises
    ------
    StatisticError
        For what ``estimate`` refuses, weighted draws, more than 1 % of failed rows, and an output
        that is constant in a resample.
    """
    check_level(level)
    refuse_weights(weight, "variance-based indices")
    if resamples < 2:
        raise StatisticError(f"resamples: found {resamples}, expected at least two")
    found = blocks(a, b, ab, ba)
    asked, rows_failed = found.shape[0], 0
    if failed is not None:
        per_block = rows_per_block(found.shape[1], found.ba is not None)
        whole = whole_blocks(failed, asked, per_block)
        rows_failed = int(np.asarray(failed, dtype=np.bool_).sum())
        refuse_failed(rows_failed, asked * per_block)
        found = found if whole.all() else found.take(whole)
    refuse_bad(found)
    refuse_constant(is_constant(*found.extremes()))
    spread, kept = _resampled(found, resample_counts(found.shape[0], resamples, rng), keep)
    never_varies = np.asarray(np.isnan(spread.first).any(axis=0))
    refuse_constant(never_varies, "output within a resample")
    z = float(special.ndtri(0.5 + level / 2.0))
    return bounded(
        of_blocks(found),
        spread.map(lambda values: z * values),
        level=level,
        method=BOOTSTRAP,
        base=found.shape[0],
        failed=rows_failed,
        left_out=asked - found.shape[0],
        undefined=np.zeros(found.shape[2], dtype=np.bool_),
        total_by_repeat=kept,
    )


def _resampled(
    found: Blocks, counts: NDArray[np.uint8], keep: bool
) -> tuple[Estimates, Array | None]:
    """Give standard deviations over resamples, and on request each resample's total index."""
    base, groups, outputs = found.shape
    centre = found.mean()
    pairs = np.triu_indices(groups, 1)
    first, total = np.empty((groups, outputs)), np.empty((groups, outputs))
    second = None if found.ba is None else np.full((groups, groups, outputs), np.nan)
    kept = np.empty((counts.shape[1], groups, outputs)) if keep else None
    for output in range(outputs):
        sums: Array | float = 0.0
        for start in range(0, base, _PORTION):
            rows = slice(start, start + _PORTION)
            products = _products(found.take(rows), output, centre[output], pairs)
            sums = sums + counts[rows].T.astype(np.float64) @ products
        means = np.asarray(sums) / base
        variance = means[:, 1] - means[:, 0] ** 2
        means /= np.where(variance > 0.0, variance, np.nan)[:, None]
        own, left, both = np.split(means[:, 2:], [groups, 2 * groups], axis=1)
        first[:, output] = own.std(axis=0, ddof=1)
        total[:, output] = left.std(axis=0, ddof=1)
        if second is not None:
            added = both - own[:, pairs[0]] - own[:, pairs[1]]
            second[pairs[0], pairs[1], output] = added.std(axis=0, ddof=1)
        if kept is not None:
            kept[:, :, output] = left
    return Estimates(first, total, second), kept


def _products(
    found: Blocks, output: int, centre: float, pairs: tuple[NDArray[np.intp], NDArray[np.intp]]
) -> Array:
    """Give what is summed over blocks: [base, level and spread, each first, each total, pairs]."""
    a, b = found.a[:, output] - centre, found.b[:, output] - centre
    ab = found.ab[:, :, output] - centre
    step = ab - a[:, None]
    parts = [(a + b)[:, None] / 2.0, (a * a + b * b)[:, None] / 2.0, b[:, None] * step]
    parts.append(0.5 * step**2)
    if found.ba is not None:
        ba = found.ba[:, :, output] - centre
        parts.append(ba[:, pairs[0]] * ab[:, pairs[1]] - (a * b)[:, None])
    return np.concatenate(parts, axis=1)
