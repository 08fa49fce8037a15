"""Which draws belong together, and so which formula bounds a figure.

Draws of a random design are independent. Those of a Sobol or Latin design are not: only its
replicates are, and every bound is taken over them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import special

from mc_engine.errors import StatisticError
from mc_engine.intervals import (
    LEVEL,
    Interval,
    Ordered,
    Pairs,
    check_finite,
    check_level,
    clopper_pearson,
    effective_sample_size,
    paired_difference,
    proportion,
    quantile_intervals,
    replicated_proportion,
)
from mc_engine.risk.columns import row_slices, variable
from mc_engine.vocabulary.axes import DRAW

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

# Designs whose draws are a sample of the problem; rows for ranking are not.
INDEPENDENT, REPLICATED = ("random",), ("sobol", "latin")
# How an event ended in a draw, along the axes of ``Sample.pairs``.
FAIL, NO, YES = 0, 1, 2


@dataclass(frozen=True)
class Sample:
    """The draws behind a figure.

    Attributes
    ----------
    size : int
        Number of draws.
    replicate : int[draw] or None
        Number of the independent replicate of each draw, from 0, in a small type; None for
        independent draws.
    replicates : int
        How many replicates the design has; 0 for independent draws.
    weight : float64[draw] or None
        None for equal weights.
    level : float
        Confidence of every interval, in (0, 1).
    """

    size: int
    replicate: NDArray[Any] | None = None
    replicates: int = 0
    weight: Array | None = None
    level: float = LEVEL

    @classmethod
    def of(cls, draws: xr.Dataset, level: float = LEVEL) -> Self:
        """Read design, replicates and weights of a dataset of draws.

        The attribute ``design`` names the method (random, sobol or latin). Without it, draws of
        more than one ``replicate`` are taken for a replicated design.

        Raises
        ------
        StatisticError
            No draws, a design for ranking, or a single replicate of a Sobol or Latin design.
        """
        check_level(level)
        size = int(draws.sizes.get(DRAW, 0))
        if size == 0:
            raise StatisticError("draws: found none, expected at least one; let the run finish")
        number, several = None, 1
        if "replicate" in draws.coords:
            number, several = _numbered(variable(draws, "replicate", DRAW))
        design = str(draws.attrs.get("design", "sobol" if several > 1 else "random"))
        if design not in (*INDEPENDENT, *REPLICATED):
            raise StatisticError(
                f"design: found '{design}', expected random, sobol or latin; rows for ranking are "
                "no sample of what may happen, so run with one of these"
            )
        if design in REPLICATED and several < 2:
            raise StatisticError(
                f"one replicate of a {design} design tells nothing about its error; "
                "run at least two"
            )
        weight = _told_apart(variable(draws, "weight", DRAW)) if "weight" in draws.coords else None
        if design in INDEPENDENT:
            return cls(size, weight=weight, level=level)
        return cls(size, number, several, weight, level)

    @cached_property
    def effective_size(self) -> float:
        """Number of equally weighted draws that would tell as much."""
        return float(self.size) if self.weight is None else effective_sample_size(self.weight)

    @property
    def empty(self) -> bool:
        """Whether there is no draw, or none of any weight."""
        return self.size == 0 or (self.weight is not None and not self.weight.any())

    def part(self, keep: Flags) -> "Sample":
        """Restrict to some draws; replicates keep their numbers."""
        size = int(np.count_nonzero(keep))
        if size == self.size:
            return self
        return replace(
            self,
            size=size,
            replicate=None if self.replicate is None else self.replicate[keep],
            weight=None if self.weight is None else self.weight[keep],
        )

    def known(self, values: Array) -> tuple["Sample", Array]:
        """Restrict to the draws whose value (float64[draw]) is finite, and give their values."""
        good = np.isfinite(values)
        part = self.part(good)
        return part, values if part is self else values[good]

    def tally(self, kinds: Callable[[slice], NDArray[Any]], many: int) -> Array:
        """Add up the weight of the draws of every kind, by replicate.

        Parameters
        ----------
        kinds : function of slice to int[draw]
            The kind of each draw of some rows, from 0 to ``many`` - 1.
        many : int
            Number of kinds.

        Returns
        -------
        float64[kind, replicate]
            Counts where weights are equal; one column for independent draws.
        """
        result = np.zeros(many * max(1, self.replicates))
        for rows in row_slices(self.size):
            index = kinds(rows).astype(np.intp)
            if self.replicate is not None:
                index *= self.replicates
                index += self.replicate[rows]
            weight = None if self.weight is None else self.weight[rows]
            result += np.bincount(index, weight, result.size)
        return result.reshape(many, -1)

    def pairs(self, first: NDArray[Any], second: NDArray[Any]) -> Array:
        """Add up the weight of the draws by how two events ended in them.

        Parameters
        ----------
        first, second : int8[draw]
            1 where it happened, 0 where not, -1 where the draw failed.

        Returns
        -------
        float64[first, second, replicate]
            Along the first two axes: ``FAIL``, ``NO`` and ``YES``.
        """

        def kind(rows: slice) -> NDArray[np.int8]:
            return 3 * (first[rows].astype(np.int8) + 1) + (second[rows].astype(np.int8) + 1)

        return self.tally(kind, 9).reshape(3, 3, -1)

    @cached_property
    def _sizes(self) -> tuple[Array, Array]:
        """Sums of the weights, and of their squares, by replicate."""

        def alike(rows: slice) -> NDArray[np.int8]:
            return np.zeros(rows.stop - rows.start, dtype=np.int8)

        sums = self.tally(alike, 1)[0]
        if self.weight is None:
            return sums, sums
        return sums, replace(self, weight=self.weight**2).tally(alike, 1)[0]

    def proportion(self, flags: NDArray[Any]) -> Interval:
        """Bound the chance of an event.

        Parameters
        ----------
        flags : int8[draw]
            1 where it happened, 0 where not, -1 where the draw failed: the range holds the truth
            whatever the failed draws would have been.

        Returns
        -------
        Interval
            1.
        """
        if self.empty:
            raise StatisticError("draws: found none of any weight to take a share of")
        failed, _, happened = self.tally(lambda rows: flags[rows].astype(np.int8) + 1, 3)
        return self.chance(happened, failed)

    def chance(self, happened: Array, failed: Array) -> Interval:
        """Bound the chance of an event from the weight of the draws; see ``proportion``.

        Parameters
        ----------
        happened, failed : float64[replicate]
            Of the draws in which it happened, and of those that failed, as ``tally`` gives them.

        Returns
        -------
        Interval
            1.
        """
        if self.empty:
            raise StatisticError("draws: found none of any weight to take a share of")
        k, f, (n, squares) = happened, failed, self._sizes
        if self.replicate is None:
            return proportion(
                float(k.sum()),
                float(f.sum()),
                float(n.sum()),
                self.level,
                n_effective=None if self.weight is None else self.effective_size,
            )
        if not n.all():
            # A replicate with none of these draws has no share.
            total, effective = n.sum(), n.sum() ** 2 / squares.sum()
            low = clopper_pearson(k.sum() / total * effective, effective, self.level).low
            high = clopper_pearson((k + f).sum() / total * effective, effective, self.level).high
            estimate = proportion(k.sum(), f.sum(), total, self.level).estimate
            method = "clopper_pearson on the pooled count, conservative"
            return Interval(estimate, low, high, self.level, method)
        effective = None if self.weight is None else n**2 / squares
        return replicated_proportion(k, n, f, self.level, n_effective=effective)

    def difference(self, first: NDArray[Any], second: NDArray[Any]) -> Interval:
        """Bound P(first) - P(second) of two events in the same draws.

        Parameters
        ----------
        first, second : int8[draw]
            1 where it happened, 0 where not, -1 where the draw failed.

        Returns
        -------
        Interval
            1.
        """
        if self.empty:
            raise StatisticError("draws: found none of any weight to take a difference of")
        pairs = self.pairs(first, second)
        # A draw that failed may count for either.
        counts = Pairs(
            only_first=pairs[YES, NO],
            only_second=pairs[NO, YES],
            may_add=pairs[FAIL, FAIL] + pairs[FAIL, NO] + pairs[YES, FAIL],
            may_take=pairs[FAIL, FAIL] + pairs[FAIL, YES] + pairs[NO, FAIL],
            failed=pairs[FAIL].sum(axis=0) + pairs[NO, FAIL] + pairs[YES, FAIL],
            size=pairs.sum(axis=(0, 1)),
        )
        effective = None if self.weight is None else self.effective_size
        return paired_difference(counts, self.level, n_effective=effective)

    def _half_width(self, terms: Array) -> float:
        """Half-width of a sum whose expected value is 0.

        Independent draws, one term each: t-interval with the effective number of draws.
        Replicates, one term each: t-interval over them, so that replicates may differ in weight,
        or hold no draw. The terms are overwritten.
        """
        count = float(terms.size)
        freedom = (count if self.replicate is not None else self.effective_size) - 1.0
        if freedom <= 0.0:
            return math.inf
        np.square(terms, out=terms)
        spread = math.sqrt(count / (count - 1.0) * float(terms.sum()))
        return float(special.stdtrit(freedom, 0.5 + self.level / 2.0)) * spread

    def mean(self, values: Array) -> Interval:
        """Bound a mean; in the unit of ``values`` (float64[draw], finite)."""
        result = check_finite(values, "values")
        if self.weight is None:
            centre = float(result.sum() / self.size)
            terms = result - centre
            terms /= self.size
        else:
            total = self.weight.sum()
            centre = float((self.weight * result).sum() / total)
            terms = result - centre
            terms *= self.weight
            terms /= total
        if self.replicate is None:
            method = "t"
        else:
            method, share, terms = "replicates", terms, np.zeros(self.replicates)
            for rows in row_slices(self.size):
                np.add.at(terms, self.replicate[rows].astype(np.intp), share[rows])
        half = self._half_width(terms)
        return Interval(centre, centre - half, centre + half, self.level, method)

    def quantiles(self, values: Array, q: tuple[float, ...]) -> list[Interval]:
        """Bound quantiles, without assuming anything of the distribution.

        Independent draws: two order statistics. Replicates: the share of draws at or below the
        estimate is bounded over the replicates, and the ends are the quantiles at the ends of
        that range (Woodruff 1952).

        Parameters
        ----------
        values : float64[draw]
            Finite.
        q : tuple of float
            Each in (0, 1).

        Returns
        -------
        list of Interval
            In the unit of ``values``; an end is infinite where the draws cannot bound it.
        """
        result = check_finite(values, "values")
        if self.replicate is None:
            return quantile_intervals(result, q, self.level, self.weight)
        # One draw more or less, at the least, however well the replicates agree.
        step = 1.0 / self.effective_size
        ordered = Ordered.of(result, self.weight)
        estimates = ordered.quantiles(q)
        known, indices = np.unique(estimates, return_inverse=True)
        # How many of the few estimates a draw is above.
        kinds = self.tally(
            lambda rows: (result[rows] > known[:, np.newaxis]).sum(axis=0), known.size + 1
        )
        sizes = self._sizes[0]
        total = sizes.sum()
        ends = np.empty((len(q), 2))
        for index, (share, below) in enumerate(zip(q, kinds.cumsum(axis=0)[indices], strict=True)):
            terms = (below - below.sum() / total * sizes) / total
            half = max(step, self._half_width(terms))
            ends[index] = share - half, share + half
        reached = ordered.quantiles(np.clip(ends, 0.0, 1.0))
        reached[:, 0][ends[:, 0] <= 0.0] = -math.inf
        reached[:, 1][ends[:, 1] >= 1.0] = math.inf
        return [
            Interval(float(estimate), float(low), float(high), self.level, "woodruff_replicates")
            for estimate, (low, high) in zip(estimates, reached, strict=True)
        ]


def _numbered(labels: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Number the replicates from 0 in the smallest type, and count them."""
    parts = [np.unique(labels[rows]) for rows in row_slices(labels.size)]
    known = np.unique(np.concatenate(parts))
    number = np.empty(labels.size, dtype=np.min_scalar_type(known.size - 1))
    for rows in row_slices(labels.size):
        number[rows] = np.searchsorted(known, labels[rows])
    return number, known.size


def _told_apart(weight: NDArray[Any]) -> Array | None:
    """Check the weights, and give none where they are equal."""
    result = check_finite(weight, "weight")
    if result.min() == result.max() > 0.0:
        return None
    # Refuses weights below 0, or all 0.
    effective_sample_size(result)
    return result
