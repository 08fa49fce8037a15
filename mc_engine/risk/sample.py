"""Which draws belong together, and so which formula bounds a figure.

Draws of a random design are independent. Those of a Sobol or Latin design are not: only its
replicates are, and every bound is taken over them.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Self, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import special

from mc_engine.errors import StatisticError
from mc_engine.intervals import (
    LEVEL,
    Interval,
    Pairs,
    check_finite,
    check_level,
    clopper_pearson,
    effective_sample_size,
    paired_difference,
    proportion,
    quantile_interval,
    replicated_proportion,
    weighted_quantiles,
)
from mc_engine.schema.axes import DRAW

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

# Designs whose draws are a sample of the problem; rows for ranking are not.
INDEPENDENT, REPLICATED = ("random",), ("sobol", "latin")
FAILED = -1


@dataclass(frozen=True)
class Sample:
    """The draws behind a figure.

    Attributes
    ----------
    size : int
        Number of draws.
    replicate : int64[draw] or None
        Number of the independent replicate of each draw, from 0; None for independent draws.
    replicates : int
        How many replicates the design has; 0 for independent draws.
    weight : float64[draw] or None
        None for equal weights.
    level : float
        Confidence of every interval, in (0, 1).
    """

    size: int
    replicate: NDArray[np.int64] | None = None
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
        number = np.zeros(size, dtype=np.int64)
        if "replicate" in draws.coords:
            number = np.unique(draws.coords["replicate"].values, return_inverse=True)[1]
        several = bool(number.max() > 0)
        design = str(draws.attrs.get("design", "sobol" if several else "random"))
        if design not in (*INDEPENDENT, *REPLICATED):
            raise StatisticError(
                f"design: found '{design}', expected random, sobol or latin; rows for ranking are "
                "no sample of what may happen, so run with one of these"
            )
        if design in REPLICATED and not several:
            raise StatisticError(
                f"one replicate of a {design} design tells nothing about its error; "
                "run at least two"
            )
        weight = None
        if "weight" in draws.coords:
            weight = check_finite(draws.coords["weight"].values, "weight")
            # Refuses weights below 0, or all 0.
            effective_sample_size(weight)
            if (weight == weight[0]).all():
                weight = None
        if design in INDEPENDENT:
            return cls(size, weight=weight, level=level)
        return cls(size, number, int(number.max()) + 1, weight, level)

    @property
    def effective_size(self) -> float:
        """Number of equally weighted draws that would tell as much."""
        return float(self.size) if self.weight is None else effective_sample_size(self.weight)

    @property
    def empty(self) -> bool:
        """Whether there is no draw, or none of any weight."""
        return self.size == 0 or (self.weight is not None and not self.weight.any())

    def part(self, keep: Flags) -> "Sample":
        """Restrict to some draws; replicates keep their numbers."""
        return replace(
            self,
            size=int(keep.sum()),
            replicate=None if self.replicate is None else self.replicate[keep],
            weight=None if self.weight is None else self.weight[keep],
        )

    def _weights(self) -> Array:
        return np.ones(self.size) if self.weight is None else self.weight

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
        weight = self._weights()
        happened, failed = weight * (flags == 1), weight * (flags == FAILED)
        if self.replicate is None:
            return proportion(
                float(happened.sum()),
                float(failed.sum()),
                float(weight.sum()),
                self.level,
                n_effective=None if self.weight is None else self.effective_size,
            )
        k, f, n, squares = (
            np.bincount(self.replicate, values, self.replicates)
            for values in (happened, failed, weight, weight**2)
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
        unknown_first, unknown_second = first == FAILED, second == FAILED
        kinds = {
            "only_first": (first == 1) & (second == 0),
            "only_second": (first == 0) & (second == 1),
            "may_add": (unknown_first & (second != 1)) | (unknown_second & (first != 0)),
            "may_take": (unknown_first & (second != 0)) | (unknown_second & (first != 1)),
            "failed": unknown_first | unknown_second,
            "size": np.ones(self.size, dtype=bool),
        }
        replicate = np.zeros(self.size, np.int64) if self.replicate is None else self.replicate
        weight, several = self._weights(), max(1, self.replicates)
        counts: dict[str, Array] = {
            name: np.bincount(replicate, weight * kind, several).astype(np.float64)
            for name, kind in kinds.items()
        }
        effective = None if self.weight is None else self.effective_size
        return paired_difference(Pairs(**counts), self.level, n_effective=effective)

    def _half_width(self, residual: Array) -> float:
        """Half-width of a weighted mean, given each draw's value less that mean.

        Independent draws: t-interval with the effective number of draws. Replicates: t-interval
        over the replicates' sums, so that replicates may differ in weight, or hold no draw.
        """
        weight = self._weights()
        share = weight * residual / weight.sum()
        if self.replicate is None:
            freedom, terms = self.effective_size - 1.0, share
            count = float(self.size)
        else:
            terms = np.bincount(self.replicate, share, self.replicates)
            count, freedom = float(terms.size), terms.size - 1.0
        if freedom <= 0.0:
            return math.inf
        spread = math.sqrt(count / (count - 1.0) * float((terms**2).sum()))
        return float(special.stdtrit(freedom, 0.5 + self.level / 2.0)) * spread

    def mean(self, values: Array) -> Interval:
        """Bound a mean; in the unit of ``values`` (float64[draw], finite)."""
        found = check_finite(values, "values")
        weight = self._weights()
        centre = float((weight * found).sum() / weight.sum())
        half = self._half_width(found - centre)
        method = "t" if self.replicate is None else "replicates"
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
        found = check_finite(values, "values")
        if self.replicate is None:
            return [quantile_interval(found, share, self.level, self.weight) for share in q]
        weight = self._weights()
        # One draw more or less, at the least, however well the replicates agree.
        step = 1.0 / self.effective_size
        estimates = weighted_quantiles(found, self.weight, q)
        ends = np.empty((len(q), 2))
        for place, (share, estimate) in enumerate(zip(q, estimates, strict=True)):
            below = (found <= estimate).astype(np.float64)
            half = max(step, self._half_width(below - (weight * below).sum() / weight.sum()))
            ends[place] = share - half, share + half
        inside = np.clip(ends, 0.0, 1.0).ravel()
        reached = weighted_quantiles(found, self.weight, inside).reshape(-1, 2)
        reached[:, 0][ends[:, 0] <= 0.0] = -math.inf
        reached[:, 1][ends[:, 1] >= 1.0] = math.inf
        return [
            Interval(float(estimate), float(low), float(high), self.level, "woodruff_replicates")
            for estimate, (low, high) in zip(estimates, reached, strict=True)
        ]
