"""Draws in order of one column: slices of equal weight, and ranks."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mc_engine.errors import StatisticError

Array: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]

# Relative rounding allowed for in sums of weights.
_ROUNDING = 1e-12
# Scores beyond this belong to draws of no weight.
_MAX_ABS_SCORE = 9.0


@dataclass(frozen=True)
class Order:
    """One column in increasing order.

    Attributes
    ----------
    positions : int64[draw]
        Draws from the smallest value to the largest.
    values : float64[draw]
        In that order.
    weight : float64[draw] or None
        In that order; None for equal weights.
    tied : bool
        Whether any two values are equal.
    """

    positions: Whole
    values: Array
    weight: Array | None
    tied: bool

    @classmethod
    def of(cls, values: Array, weight: Array | None = None, what: str = "input") -> Self:
        """Put a column in order.

        Parameters
        ----------
        values : float64[draw]
            Finite.
        weight : float64[draw], optional
        what : str
            What a message calls the column.
        """
        if not np.isfinite(values).all():
            bad = int(values.size - np.isfinite(values).sum())
            raise StatisticError(
                f"{what}: {bad} of {values.size} values are not finite; mark those draws as failed"
            )
        positions = np.argsort(values)
        ordered = values[positions]
        tied = bool((ordered[1:] == ordered[:-1]).any())
        return cls(positions, ordered, None if weight is None else weight[positions], tied)

    @cached_property
    def running(self) -> Array:
        """Weight of every draw and those before it, in order; draws count 1 where it is equal."""
        if self.weight is None:
            return np.arange(1.0, self.values.size + 1.0)
        return np.cumsum(self.weight)

    def starts(self, count: int) -> Whole:
        """Find where slices of equal weight start; equal values stay in one slice.

        Parameters
        ----------
        count : int
            Number of slices.

        Returns
        -------
        int64[slice + 1]
            Places in the order; the last is the number of draws. A slice may be empty where many
            values are equal.
        """
        size = self.values.size
        shares = np.arange(1, count) / count
        if self.weight is None:
            first = np.ceil(shares * size * (1.0 - _ROUNDING)).astype(np.int64)
        else:
            reached = self.running
            wanted = shares * reached[-1] * (1.0 - _ROUNDING)
            first = np.searchsorted(reached - self.weight, wanted)
        first = np.minimum(first, size - 1)
        if self.tied:
            first = np.searchsorted(self.values, self.values[first], side="left")
        return np.concatenate(([0], first, [size]))

    def codes(self, starts: Whole) -> NDArray[np.uint8]:
        """Give the slice of every draw, in the draws' own order.

        Parameters
        ----------
        starts : int64[slice + 1]
            At most 256 slices.
        """
        code = np.empty(self.values.size, dtype=np.uint8)
        slices = np.arange(starts.size - 1, dtype=np.uint8)
        code[self.positions] = np.repeat(slices, np.diff(starts))
        return code

    def ranks(self) -> Array:
        """Give every draw's mid-rank as a share of the weight, less one half.

        Returns
        -------
        float64[draw]
            In the draws' own order, within (-1/2, 1/2), of weighted mean 0.
        """
        size = self.values.size
        if self.weight is None:
            middle = (np.arange(size) + 0.5) / size
        else:
            reached = self.running
            middle = (reached - 0.5 * self.weight) / reached[-1]
        if self.tied:
            first = np.flatnonzero(np.concatenate(([True], self.values[1:] != self.values[:-1])))
            weight = np.ones(size) if self.weight is None else self.weight
            total = np.add.reduceat(weight, first)
            middle_of_tie = (np.cumsum(total) - 0.5 * total) / total.sum()
            middle = np.repeat(middle_of_tie, np.diff(np.append(first, size)))
        ranks = np.empty(size)
        ranks[self.positions] = middle - 0.5
        return ranks

    def scores(self) -> Array:
        """Give every draw's standard normal score, that of its mid-rank.

        Returns
        -------
        float64[draw]
            In the draws' own order; finite, of draws without weight too.
        """
        return np.clip(special.ndtri(self.ranks() + 0.5), -_MAX_ABS_SCORE, _MAX_ABS_SCORE)

    def before_and_at(self) -> tuple[Array, Array]:
        """Give the share of the weight below every value, and at or below it, in order.

        Returns
        -------
        before, at : float64[draw]
            Limits of the distribution function from the left, and its values.
        """
        size = self.values.size
        at = self.running
        before = at - (1.0 if self.weight is None else self.weight)
        if self.tied:
            first = np.flatnonzero(np.concatenate(([True], self.values[1:] != self.values[:-1])))
            last = np.append(first[1:], size) - 1
            counts = last - first + 1
            before, at = np.repeat(before[first], counts), np.repeat(at[last], counts)
        total = self.running[-1]
        return before / total, at / total


def rank_correlation(first: Array, second: Array, weight: Array | None = None) -> Array:
    """Correlate ranks (Spearman), or any two sets of columns.

    Parameters
    ----------
    first : float64[row, draw]
    second : float64[column, draw]
    weight : float64[draw], optional

    Returns
    -------
    float64[row, column]
        Within [-1, 1]; NaN where a row does not vary.
    """
    share = np.full(first.shape[1], 1.0 / first.shape[1])
    if weight is not None:
        share = weight / weight.sum()
    a = first - (first @ share)[:, None]
    b = second - (second @ share)[:, None]
    covariance = (a * share) @ b.T
    spread = np.sqrt(((a * a) @ share)[:, None] * ((b * b) @ share)[None, :])
    result = np.full(covariance.shape, np.nan)
    np.divide(covariance, spread, out=result, where=spread > 0.0)
    return result


@dataclass(frozen=True)
class Halves:
    """Rows to correlate columns with, over two halves of the draws and over both together.

    Attributes
    ----------
    weighted : float64[row, draw]
        Rows times the share of each draw in the weight of all.
    share : float64[half, draw]
        That share; 0 in the other half.
    half : bool[half, draw]
    mean, square : float64[half, row]
        Sums over the half of the row times the share, and of its square.
    """

    weighted: Array
    share: Array
    half: NDArray[np.bool_]
    mean: Array
    square: Array

    @classmethod
    def of(cls, rows: Array, weight: Array, half: Whole) -> Self:
        """Take the sums over rows once, for any number of columns.

        Parameters
        ----------
        rows : float64[row, draw]
        weight : float64[draw]
        half : int64[draw]
            0 or 1.
        """
        flags = np.stack([half == 0, half == 1])
        share = np.where(flags, weight / weight.sum(), 0.0)
        weighted = rows * share.sum(axis=0)
        return cls(weighted, share, flags, share @ rows.T, share @ (rows**2).T)

    def correlate(self, column: Array) -> tuple[Array, Array]:
        """Correlate a column with every row.

        Parameters
        ----------
        column : float64[draw]
            Centred near 0.

        Returns
        -------
        all : float64[row]
        by_half : float64[half, row]
            Within [-1, 1]; NaN where one of the two does not vary.
        """
        product = (self.half * column) @ self.weighted.T
        first, second = self.share @ column, self.share @ column**2
        total = self.share.sum(axis=1)
        sums = (product, first, second, self.mean, self.square, total)
        return (
            _correlation(*(part.sum(axis=0) for part in sums)),
            np.stack([_correlation(*(part[half] for part in sums)) for half in (0, 1)]),
        )


def _correlation(
    product: Array, first: Array, second: Array, mean: Array, square: Array, total: Array
) -> Array:
    """Correlation from sums over a share ``total`` of the weight."""
    covariance = product / total - first * mean / total**2
    column = np.maximum(second / total - (first / total) ** 2, 0.0)
    rows = np.maximum(square / total - (mean / total) ** 2, 0.0)
    spread = np.sqrt(column * rows)
    result = np.full(covariance.shape, np.nan)
    # Less than rounding leaves of a constant is no spread.
    np.divide(covariance, spread, out=result, where=spread > _ROUNDING)
    return np.clip(result, -1.0, 1.0)
