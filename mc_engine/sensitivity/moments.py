"""Sums over Saltelli blocks from which every variance-based index follows.

With A and B two independent rows, AB row A with one group taken from B, and BA row B with that
group taken from A, all outputs less their mean::

    V     = var(A and B together)
    S_j   = mean(B (AB_j - A)) / V                       Saltelli et al. (2010)
    T_j   = mean((A - AB_j)^2) / 2 V                     Jansen (1999)
    S_jk  = mean(BA_j AB_k - A B) / V - S_j - S_k        Saltelli (2002)

All are ratios of sums, so blocks may come in any portions. The sums are of outputs less a fixed
centre near the mean, which keeps their digits; the mean itself is put in at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mc_engine.errors import StatisticError
from mc_engine.sensitivity.checks import refuse_mismatched_rows
from mc_engine.sensitivity.indices import Estimates

Array = NDArray[np.float64]

# Largest array made on the way, in numbers: a quarter of a million is 2 MB, which stays in cache.
_PORTION = 262_144


class Blocks(NamedTuple):
    """Outputs of a Saltelli design, by the role of their row.

    Attributes
    ----------
    a, b : float64[base, output]
        The two independent rows.
    ab : float64[base, group, output]
        Row A with the group taken from B.
    ba : float64[base, group, output] or None
        Row B with the group taken from A; for second-order indices only.
    """

    a: Array
    b: Array
    ab: Array
    ba: Array | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Base rows, groups and outputs."""
        return self.ab.shape[0], self.ab.shape[1], self.ab.shape[2]

    def take(self, rows: slice | NDArray[np.bool_]) -> "Blocks":
        """Give some of the blocks.

        Parameters
        ----------
        rows : slice or bool[base]

        Returns
        -------
        Blocks
        """
        ba = None if self.ba is None else self.ba[rows]
        return Blocks(self.a[rows], self.b[rows], self.ab[rows], ba)

    def extremes(self) -> tuple[Array, Array]:
        """Give the smallest and the largest of A and B.

        Returns
        -------
        tuple of two float64[output]
        """
        low = np.minimum(self.a.min(axis=0), self.b.min(axis=0))
        return low, np.maximum(self.a.max(axis=0), self.b.max(axis=0))

    def mean(self) -> Array:
        """Give the mean of all rows.

        Returns
        -------
        float64[output]
        """
        base, groups, _ = self.shape
        total = self.a.sum(axis=0) + self.b.sum(axis=0) + self.ab.sum(axis=(0, 1))
        if self.ba is not None:
            total += self.ba.sum(axis=(0, 1))
        return np.asarray(total / (base * (2 + groups * (1 if self.ba is None else 2))))


def blocks(a: ArrayLike, b: ArrayLike, ab: ArrayLike, ba: ArrayLike | None = None) -> Blocks:
    """Put outputs into the shape that the estimators read.

    Parameters
    ----------
    a, b : float64[base, output] or float64[base]
        The two independent rows.
    ab : float64[base, group, output] or float64[base, group]
        Row A with one group taken from B.
    ba : float64[base, group, output] or float64[base, group], optional
        Row B with one group taken from A.

    Returns
    -------
    Blocks

    Raises
    ------
    StatisticError
        When the shapes are not of one design.
    """
    first, last, middle = (np.asarray(rows, dtype=np.float64) for rows in (a, b, ab))
    inner = None if ba is None else np.asarray(ba, dtype=np.float64)
    if first.ndim == 1:
        first, last, middle = first[:, None], last[..., None], middle[..., None]
        inner = None if inner is None else inner[..., None]
    fits = first.ndim == 2 and last.shape == first.shape and middle.ndim == 3
    fits = fits and (middle.shape[0], middle.shape[2]) == first.shape and middle.size > 0
    if not fits or (inner is not None and inner.shape != middle.shape):
        result = ", ".join(str(np.shape(rows)) for rows in (a, b, ab, ba) if rows is not None)
        raise StatisticError(
            f"Saltelli blocks: found shapes {result}, expected [base, output] for A and B and "
            "[base, group, output] for AB and BA; give the same base rows and outputs in all"
        )
    return Blocks(first, last, middle, inner)


def cut(rows: ArrayLike, base: int, groups: int, second: bool = False) -> Blocks:
    """Cut outputs in SALib's order into the roles of their rows.

    The order is, for each base row: A, then AB of each group, then with ``second`` BA of each
    group, then B.

    Parameters
    ----------
    rows : float64[row, output] or float64[row]
        One per row of the design, in its order.
    base, groups : int
        Base rows, and groups.
    second : bool
        Whether the design holds the rows for the second order.

    Returns
    -------
    Blocks
        Views of the rows, not copies.

    Raises
    ------
    StatisticError
        When the number of rows is not that of the design.
    """
    array = np.asarray(rows, dtype=np.float64)
    refuse_mismatched_rows(array.shape[0], base, groups, second)
    by_block = array.reshape(base, array.shape[0] // base, -1)
    ba = by_block[:, 1 + groups : 1 + 2 * groups] if second else None
    return Blocks(by_block[:, 0], by_block[:, -1], by_block[:, 1 : 1 + groups], ba)


@dataclass
class Moments:
    """Sums over blocks; any number of leading axes (replicates, resamples).

    All outputs are less a centre that is the same for all.

    Attributes
    ----------
    count : float64[...]
        Blocks.
    level, spread : float64[..., output]
        Sum of A and B, and of their squares.
    moved, cross, square : float64[..., group, output]
        Sums of AB, of B (AB - A), and of (A - AB)^2.
    back : float64[..., group, output] or None
        Sum of BA.
    start : float64[..., output]
        Sum of A alone.
    pair : float64[..., group, group, output] or None
        Sum of BA_j AB_k - A B.
    """

    count: Array
    level: Array
    spread: Array
    moved: Array
    cross: Array
    square: Array
    back: Array | None
    start: Array
    pair: Array | None

    @classmethod
    def zeros(cls, leading: tuple[int, ...], groups: int, outputs: int, second: bool) -> Self:
        """Start with no blocks.

        Parameters
        ----------
        leading : tuple of int
            Lengths of the leading axes.
        groups, outputs : int
        second : bool
            Whether the second order is wanted.
        """
        one = (*leading, outputs)
        each = (*leading, groups, outputs)
        pairs = (*leading, groups, groups, outputs)
        return cls(
            count=np.zeros(leading),
            level=np.zeros(one),
            spread=np.zeros(one),
            moved=np.zeros(each),
            cross=np.zeros(each),
            square=np.zeros(each),
            back=np.zeros(each) if second else None,
            start=np.zeros(one),
            pair=np.zeros(pairs) if second else None,
        )

    def map(self, change: Callable[[Array], Array]) -> Self:
        """Apply a function to every sum.

        Parameters
        ----------
        change : callable
            From an array to an array.
        """
        held = {one.name: getattr(self, one.name) for one in fields(self)}
        return replace(self, **{k: change(v) for k, v in held.items() if v is not None})

    def add(self, position: tuple[int, ...], result: Blocks, centre: Array) -> None:
        """Add blocks at one place of the leading axes.

        Parameters
        ----------
        position : tuple of int
            Empty where there are no leading axes.
        result : Blocks
        centre : float64[output]
            Near the mean of the outputs.
        """
        base, groups, outputs = result.shape
        step = max(1, _PORTION // (groups * outputs))
        for start in range(0, base, step):
            self._add(position, result.take(slice(start, start + step)), centre)

    def _add(self, position: tuple[int, ...], result: Blocks, centre: Array) -> None:
        a, b, ab = result.a - centre, result.b - centre, result.ab - centre
        self.count[position] += a.shape[0]
        self.start[position] += a.sum(axis=0)
        self.level[position] += a.sum(axis=0) + b.sum(axis=0)
        self.spread[position] += np.einsum("no,no->o", a, a) + np.einsum("no,no->o", b, b)
        self.moved[position] += ab.sum(axis=0)
        if self.pair is not None and self.back is not None and result.ba is not None:
            ba = result.ba - centre
            self.back[position] += ba.sum(axis=0)
            products = np.matmul(ba.transpose(2, 1, 0), ab.transpose(2, 0, 1))
            self.pair[position] += products.transpose(1, 2, 0) - np.einsum("no,no->o", a, b)
        ab -= a[:, None, :]
        self.cross[position] += np.einsum("no,ngo->go", b, ab)
        self.square[position] += np.einsum("ngo,ngo->go", ab, ab)

    def centred(self) -> "Moments":
        """Put the mean of all rows in place of the centre.

        Returns
        -------
        Moments
            With other ``cross`` and ``pair``; nothing else that ``estimates`` reads depends on it.
        """
        rows = self.count[..., None] * (2 + self.cross.shape[-2] * (1 if self.pair is None else 2))
        total = self.level + self.moved.sum(axis=-2)
        if self.back is not None:
            total = total + self.back.sum(axis=-2)
        shift = total / rows
        cross = self.cross - shift[..., None, :] * (self.moved - self.start[..., None, :])
        pair = self.pair
        if pair is not None and self.back is not None:
            # BA_j AB_k - A B with every factor less the shift; the squares of it cancel.
            sides = self.back[..., :, None, :] + self.moved[..., None, :, :]
            sides = sides - self.level[..., None, None, :]
            pair = pair - shift[..., None, None, :] * sides
        return replace(self, cross=cross, pair=pair)


def estimates(sums: Moments) -> Estimates:
    """Turn sums of centred outputs into indices.

    Parameters
    ----------
    sums : Moments
        See ``Moments.centred``.

    Returns
    -------
    Estimates
        NaN where A and B together do not vary.
    """
    count = sums.count[..., None]
    variance = sums.spread / (2.0 * count) - (sums.level / (2.0 * count)) ** 2
    # Where nothing varies there is no share of the variance: NaN, for the caller to refuse or flag.
    scale = count * np.where(variance > 0.0, variance, np.nan)
    first = sums.cross / scale[..., None, :]
    total = 0.5 * sums.square / scale[..., None, :]
    if sums.pair is None:
        return Estimates(first, total, None)
    second = sums.pair / scale[..., None, None, :]
    second = second - first[..., :, None, :] - first[..., None, :, :]
    lower = np.tril_indices(first.shape[-2])
    second[(..., *lower, slice(None))] = np.nan
    return Estimates(first, total, second)
