"""Intervals of one figure: proportions, means over replicates, quantiles."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mc_engine.errors import StatisticError

Array: TypeAlias = NDArray[np.float64]

LEVEL = 0.95
# Below this many misses, or hits, the normal approximation behind a proportion's interval fails.
FEW = 5
# Relative rounding allowed for in sums of weights.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Interval:
    """An estimate and the range that holds the truth with a stated confidence.

    Attributes
    ----------
    estimate, low, high : float
        In the unit of the figure. ``low`` is -inf, or ``high`` inf, where the sample cannot
        bound it.
    level : float
        Confidence, in (0, 1).
    method : str
        ``wilson``, ``clopper_pearson``, ``replicates``, ``order_statistics`` ..., with what was
        done besides.
    """

    estimate: float
    low: float
    high: float
    level: float
    method: str

    @property
    def half_width(self) -> float:
        """Half of the range."""
        return (self.high - self.low) / 2.0


def check_level(level: float) -> None:
    """Refuse a confidence outside (0, 1)."""
    if not 0.0 < level < 1.0:
        raise StatisticError(f"level: found {level}, expected more than 0 and less than 1")


def check_finite(values: ArrayLike, what: str) -> Array:
    """Refuse an empty array, and one with NaN or infinity.

    Returns
    -------
    float64[...]
        The same numbers.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        raise StatisticError(f"{what}: found no values, expected at least one")
    bad = int(array.size - np.isfinite(array).sum())
    if bad:
        raise StatisticError(
            f"{what}: {bad} of {array.size} values are not finite; "
            "leave failed draws out and report how many they are"
        )
    return array


def check_count(count: float, size: float, what: str = "misses") -> None:
    """Refuse a count that is not between 0 and the number of draws."""
    if not (math.isfinite(count) and math.isfinite(size)):
        raise StatisticError(f"{what}: found {count} of {size}, expected finite numbers")
    if size <= 0.0:
        raise StatisticError(f"{what}: found {size} draws, expected at least one")
    if not 0.0 <= count <= size * (1.0 + _ROUNDING):
        raise StatisticError(f"{what}: found {count} of {size}, expected between 0 and {size}")


def wilson(k: float, n: float, level: float = LEVEL) -> Interval:
    """Bound a proportion of independent draws by the score interval of Wilson (1927).

    Parameters
    ----------
    k, n : float
        Count, and number of draws; not whole numbers where draws are weighted.
    level : float

    Returns
    -------
    Interval
        1.
    """
    check_level(level)
    check_count(k, n)
    z = float(special.ndtri(0.5 + level / 2.0))
    share = min(k / n, 1.0)
    centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n)
    spread = z * math.sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n)) / (1.0 + z * z / n)
    # At k = 0 and k = n the ends are 0 and 1 but for rounding.
    low = 0.0 if share == 0.0 else max(0.0, centre - spread)
    high = 1.0 if share == 1.0 else min(1.0, centre + spread)
    return Interval(share, low, high, level, "wilson")


def clopper_pearson(k: float, n: float, level: float = LEVEL) -> Interval:
    """Bound a proportion of independent draws by the exact interval of Clopper and Pearson (1934).

    It covers the truth at least as often as it says.

    Arguments and result as in ``wilson``.
    """
    check_level(level)
    check_count(k, n)
    k = min(k, n)
    tail = (1.0 - level) / 2.0
    low = 0.0 if k == 0.0 else float(special.betaincinv(k, n - k + 1.0, tail))
    high = 1.0 if k == n else float(special.betaincinv(k + 1.0, n - k, 1.0 - tail))
    return Interval(k / n, low, high, level, "clopper_pearson")


def proportion(
    misses: float,
    failed: float,
    n: float,
    level: float = LEVEL,
    *,
    n_effective: float | None = None,
) -> Interval:
    """Bound a proportion of independent draws of which some failed.

    Wilson's interval, or that of Clopper and Pearson where fewer than 5 draws missed or hit.
    A failed draw may have been either: the lower end takes all of them as hits (k of n), the
    upper end as misses (k + f of n). The estimate is the share of the draws that did not fail.

    Parameters
    ----------
    misses, failed, n : float
        Counts of misses, of failed draws, and of all draws; sums of weights where weighted.
    level : float
    n_effective : float, optional
        Effective number of draws of a weighted sample; ``n`` where left out.

    Returns
    -------
    Interval
        1.

    Raises
    ------
    StatisticError
        More misses and failures than draws, or no draw that did not fail.
    """
    check_count(misses, n)
    check_count(failed, n, "failed draws")
    check_count(misses + failed, n, "misses and failed draws")
    if failed >= n:
        raise StatisticError(f"all {n:g} draws failed; look at their status codes first")
    size = n if n_effective is None else n_effective
    scale = size / n
    few = min(misses, n - misses - failed) * scale < FEW
    bound = clopper_pearson if few else wilson
    low = bound(misses * scale, size, level)
    high = bound((misses + failed) * scale, size, level) if failed else low
    method = low.method
    if n_effective is not None:
        method += ", effective sample size"
    if failed:
        method += ", widened for failed draws"
    return Interval(misses / (n - failed), low.low, high.high, level, method)


def _t_half_width(values: Array, level: float) -> float:
    """Half-width of the t-interval of a mean of independent values."""
    quantile = float(special.stdtrit(values.size - 1, 0.5 + level / 2.0))
    return quantile * float(values.std(ddof=1)) / math.sqrt(values.size)


def replicates(values: ArrayLike, level: float = LEVEL, estimate: float | None = None) -> Interval:
    """Bound a figure computed once in each of R independent replicates (t-interval).

    Parameters
    ----------
    values : float64[replicate]
        At least two, finite.
    level : float
    estimate : float, optional
        The figure of all replicates together, where it is not their mean.

    Returns
    -------
    Interval
        In the unit of ``values``.
    """
    check_level(level)
    result = check_finite(values, "replicates")
    if result.ndim != 1 or result.size < 2:
        raise StatisticError(
            f"replicates: found shape {result.shape}, expected at least two values in a row; "
            "one replicate tells nothing about its error"
        )
    centre = float(result.mean()) if estimate is None else float(estimate)
    half = _t_half_width(result, level)
    return Interval(centre, centre - half, centre + half, level, "replicates")


def replicated_proportion(
    misses_by_replicate: ArrayLike,
    n_by_replicate: ArrayLike,
    failed_by_replicate: ArrayLike | None = None,
    level: float = LEVEL,
    *,
    n_effective: Sequence[float] | Array | None = None,
) -> Interval:
    """Bound a proportion of a replicated design (Sobol, Latin).

    The t-interval over the replicates' shares, kept inside [0, 1]. Where any replicate has fewer
    than 5 misses or hits: Clopper and Pearson on the pooled count, which is conservative.
    Failed draws widen it: it holds the interval with all of them as hits, and that with all as
    misses.

    Parameters
    ----------
    misses_by_replicate, n_by_replicate, failed_by_replicate : float64[replicate]
        Counts, or sums of weights.
    level : float
    n_effective : float64[replicate], optional
        Effective number of draws of each replicate of a weighted sample.

    Returns
    -------
    Interval
        1.
    """
    check_level(level)
    missed = check_finite(misses_by_replicate, "misses by replicate")
    size = check_finite(n_by_replicate, "draws by replicate")
    failed = np.zeros_like(size)
    if failed_by_replicate is not None:
        failed = check_finite(failed_by_replicate, "failed draws by replicate")
    if not missed.shape == size.shape == failed.shape or missed.ndim != 1 or missed.size < 2:
        raise StatisticError(
            f"replicates: found {missed.shape} misses and {size.shape} draws, expected one number "
            "each for at least two replicates; one replicate tells nothing about its error"
        )
    for k, f, n in zip(missed, failed, size, strict=True):
        check_count(k + f, n, "misses and failed draws")
    effective = size if n_effective is None else check_finite(n_effective, "effective draws")
    scale = effective / size
    estimate = proportion(missed.sum(), failed.sum(), size.sum(), level).estimate
    suffix = ", widened for failed draws" if failed.any() else ""
    counts = (missed, missed + failed) if failed.any() else (missed,)
    few = [bool((np.minimum(k, size - k) * scale < FEW).any()) for k in counts]
    # Failures that even the replicates out would narrow the t-interval: the widest ends hold.
    result = [
        replicates(k / size, level) for k, scarce in zip(counts, few, strict=True) if not scarce
    ]
    method = "replicates"
    if any(few):
        method = "clopper_pearson on the pooled count, conservative"
        result += [clopper_pearson((k * scale).sum(), effective.sum(), level) for k in counts]
    low = max(0.0, min(interval.low for interval in result))
    high = min(1.0, max(interval.high for interval in result))
    return Interval(estimate, low, high, level, method + suffix)


def effective_sample_size(weights: ArrayLike) -> float:
    """Give the number of equally weighted draws that would tell as much (Kish).

    Parameters
    ----------
    weights : float64[draw]
        At least 0, not all 0.

    Returns
    -------
    float
        ``(sum w)^2 / sum w^2``, between 1 and the number of draws.
    """
    result = _check_weights(weights)
    # Scaled first, so that very large or small weights do not leave the range of float64.
    scaled = result / result.max()
    return float(scaled.sum() ** 2 / (scaled**2).sum())


def _check_weights(weights: ArrayLike, size: int | None = None) -> Array:
    result = check_finite(weights, "weights")
    if size is not None and result.shape != (size,):
        raise StatisticError(f"weights: found {result.shape}, expected one per draw ({size})")
    if result.min() < 0.0 or result.max() == 0.0:
        raise StatisticError(
            f"weights: found {result.min()} to {result.max()}, expected at least 0 and not all 0"
        )
    return result


@dataclass(frozen=True)
class Ordered:
    """Draws in increasing order, for any number of quantiles.

    Attributes
    ----------
    values : float64[draw]
        In increasing order.
    reached : float64[draw] or None
        Weight of every draw and those before it; None for equal weights.
    """

    values: Array
    reached: Array | None = None

    @classmethod
    def of(cls, values: Array, weights: ArrayLike | None = None) -> Self:
        """Put draws in order.

        Parameters
        ----------
        values : float64[draw]
            Finite.
        weights : float64[draw] or None
            At least 0; None for equal weights. Draws of no weight are no value of the sample.
        """
        if weights is None:
            return cls(np.sort(values))
        known = _check_weights(weights, values.size)
        order = np.argsort(values, kind="stable")
        order = order[known[order] > 0.0]
        return cls(values[order], np.cumsum(known[order]))

    def quantiles(self, q: ArrayLike) -> Array:
        """Give the smallest values that hold at least a share q of the weight.

        Parameters
        ----------
        q : float64[quantile]
            In [0, 1].

        Returns
        -------
        float64[quantile]
            In the unit of the values; always one of them.
        """
        shares = np.asarray(q, dtype=np.float64)
        if self.reached is None:
            return self.values[_places(self.values.size, shares)]
        wanted = shares * self.reached[-1] * (1.0 - _ROUNDING)
        return self.values[np.searchsorted(self.reached, wanted)]


def _places(size: int, shares: Array) -> NDArray[np.int64]:
    """Find where quantiles stand among draws of equal weight in increasing order."""
    # The rank is the smallest whole number at or above q n, but for rounding.
    ranks = np.ceil(shares * size * (1.0 - _ROUNDING)).astype(np.int64)
    return np.maximum(ranks, 1) - 1


def weighted_quantiles(values: ArrayLike, weights: ArrayLike | None, q: ArrayLike) -> Array:
    """Give the smallest values that hold at least a share q of the weight (inverse of the ECDF).

    Parameters
    ----------
    values : float64[draw, ...]
        Finite.
    weights : float64[draw] or None
        At least 0; None for equal weights.
    q : float64[quantile]
        In [0, 1].

    Returns
    -------
    float64[quantile, ...]
        In the unit of ``values``; always one of them.
    """
    outcome = check_finite(values, "values")
    shares = np.atleast_1d(np.asarray(q, dtype=np.float64))
    if not ((shares >= 0.0) & (shares <= 1.0)).all():
        raise StatisticError(f"q: found {shares.tolist()}, expected shares between 0 and 1")
    if weights is None:
        indices = _places(outcome.shape[0], shares)
        return np.partition(outcome, np.unique(indices), axis=0)[indices]
    flat = outcome.reshape(outcome.shape[0], -1)
    result = np.empty((shares.size, flat.shape[1]))
    for column in range(flat.shape[1]):
        result[:, column] = Ordered.of(flat[:, column], weights).quantiles(shares)
    return result.reshape(shares.size, *outcome.shape[1:])


def quantile_intervals(
    values: ArrayLike,
    q: Sequence[float],
    level: float = LEVEL,
    weights: ArrayLike | None = None,
) -> list[Interval]:
    """Bound quantiles of independent draws, each by two order statistics.

    The draws are put in order once. The ranks are binomial quantiles, so nothing is assumed of the
    distribution. With weights the ranks are those of the effective number of draws (an
    approximation).

    Parameters
    ----------
    values : float64[draw]
        Finite.
    q : sequence of float
        Each in (0, 1).
    level : float
    weights : float64[draw], optional

    Returns
    -------
    list of Interval
        In the unit of ``values``; an end is infinite where the sample is too small to bound it.
    """
    check_level(level)
    result = check_finite(values, "values")
    for share in q:
        if result.ndim != 1 or not 0.0 < share < 1.0:
            raise StatisticError(
                f"quantile: found q = {share}, shape {result.shape}, expected 0 < q < 1 of one row"
            )
    size, method = float(result.size), "order_statistics"
    if weights is not None:
        size, method = effective_sample_size(weights), "order_statistics, effective sample size"
    whole = max(1, math.floor(size))
    tail = (1.0 - level) / 2.0
    ranks = [
        (_binomial_rank(tail, whole, share), _binomial_rank(1.0 - tail, whole, share) + 1)
        for share in q
    ]
    shares = [
        (min(max(first, 1) / whole, 1.0), share, min(last / whole, 1.0))
        for share, (first, last) in zip(q, ranks, strict=True)
    ]
    reached = Ordered.of(result, weights).quantiles(shares)
    return [
        Interval(
            float(estimate),
            float(low) if first >= 1 else -math.inf,
            float(high) if last <= whole else math.inf,
            level,
            method,
        )
        for (low, estimate, high), (first, last) in zip(reached, ranks, strict=True)
    ]


def _binomial_rank(probability: float, n: int, q: float) -> int:
    """Find the smallest k with P(at most k of n below the quantile) >= probability."""
    rank = max(0, math.ceil(float(special.bdtrik(probability, n, q))))
    while rank > 0 and float(special.bdtr(rank - 1, n, q)) >= probability:
        rank -= 1
    while rank < n and float(special.bdtr(rank, n, q)) < probability:
        rank += 1
    return rank
