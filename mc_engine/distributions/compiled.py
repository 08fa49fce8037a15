"""Marginals as the arrays that compiled code reads, and their compiled quantile."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.distributions.base import Array, Row
from mc_engine.distributions.families import CODES, FAMILIES
from mc_engine.distributions.marginal import Marginal, cdf, cdf_open
from mc_engine.distributions.standard_normal import ndtri
from mc_engine.errors import DesignError
from mc_engine.numerics.accelerate import inner, switch
from mc_engine.numerics.lanes import where

WIDTH = 5
# Least probability that a truncation may leave. With less, the truncation and not the
# distribution would decide the values.
SMALLEST_MASS = 1e-6


class Marginals(NamedTuple):
    """Every marginal of a problem, one per row.

    Attributes
    ----------
    family : int64[marginal]
        One of ``CODES``.
    uses_score : bool[marginal]
        The compiled quantile of the family reads the normal score.
    shape : float64[marginal, 5], in the prior's unit where a length
        As the family's ``row`` says.
    offset : int64[marginal]
        Start of the marginal's numbers in ``table``.
    truncated : bool[marginal]
    below, above, span : float64[marginal], 1
        Probability of the whole distribution below and above the truncated one, and within it.
    low, high : float64[marginal], in the prior's unit
        Ends of the truncated distribution; values are kept within them against rounding.
    table : float64[entry]
    """

    family: NDArray[np.int64]
    uses_score: NDArray[np.bool_]
    shape: Array
    offset: NDArray[np.int64]
    truncated: NDArray[np.bool_]
    below: Array
    above: Array
    span: Array
    low: Array
    high: Array
    table: Array


_quantile_of = switch([family.compiled for family in FAMILIES.values()])


@inner
def _remap(below: float, above: float, span: float, u: Any) -> tuple[Any, Any]:
    """Turn quantiles of a truncated distribution into those of the whole, and their scores.

    Whatever lies above the median is counted from above, so that both tails keep their digits.
    """
    from_below, from_above = below + span * u, above + span * (1.0 - u)
    is_low = from_below <= 0.5
    score = ndtri(where(is_low, from_below, from_above))
    return where(is_low, from_below, 1.0 - from_above), where(is_low, score, -score)


@inner
def quantile(marginals: Marginals, index: int, u: Any, z: Any, scratch: Array) -> Any:
    """Give the values of a marginal at quantiles, kept within its ends.

    Parameters
    ----------
    marginals : Marginals
    index : int
        Its row.
    u : Vector, 1
        Quantiles of the marginal, truncated or not, strictly between 0 and 1.
    z : Vector, 1
        Their normal scores.
    scratch : float64[lane]

    Returns
    -------
    Vector, the prior's unit
    """
    if marginals.truncated[index]:
        u, z = _remap(marginals.below[index], marginals.above[index], marginals.span[index], u)
    value = _quantile_of(
        marginals.family[index],
        marginals.shape[index],
        marginals.table,
        marginals.offset[index],
        u,
        z,
        scratch,
    )
    low, high = marginals.low[index], marginals.high[index]
    value = where(value < low, low, value)
    return where(value > high, high, value)


def pack(marginals: Sequence[Marginal], labels: Sequence[str]) -> Marginals:
    """Lay out marginals for compiled code.

    Parameters
    ----------
    marginals : sequence of Marginal
    labels : sequence of str
        What to call each in an error.

    Returns
    -------
    Marginals

    Raises
    ------
    DesignError
        For an unknown family, a truncation that leaves nothing, or a number that is not finite.
    """
    count = len(marginals)
    shape, ends = np.zeros((count, WIDTH)), np.zeros((2, count))
    offset, truncated = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    below, above, span = np.zeros(count), np.zeros(count), np.ones(count)
    tables: list[Array] = [np.empty(0)]
    filled = 0
    for index, (marginal, label) in enumerate(zip(marginals, labels, strict=True)):
        row = _row(marginal, label)
        truncated[index], below[index], above[index], span[index] = _truncation(marginal)
        ends[:, index] = max(row.low, marginal.low), min(row.high, marginal.high)
        if not (span[index] >= SMALLEST_MASS and ends[0, index] <= ends[1, index]):
            raise DesignError(
                f"{label}: found a share of {max(0.0, span[index]):.1g} of the {marginal.family} "
                f"distribution within [{marginal.low:g}, {marginal.high:g}], expected at least "
                f"{SMALLEST_MASS:g}; widen 'truncate' or change the distribution"
            )
        shape[index, : len(row.shape)] = row.shape
        offset[index] = filled
        tables.append(row.table)
        filled += row.table.size
    return Marginals(
        family=np.array([CODES[m.family] for m in marginals], dtype=np.int64),
        uses_score=np.array([FAMILIES[m.family].from_score for m in marginals], dtype=np.bool_),
        shape=shape,
        offset=offset,
        truncated=truncated,
        below=below,
        above=above,
        span=span,
        low=ends[0].copy(),
        high=ends[1].copy(),
        table=np.concatenate(tables),
    )


def _row(marginal: Marginal, label: str) -> Row:
    """Refuse what compiled code could not evaluate, then lay out one marginal."""
    family = FAMILIES.get(marginal.family)
    if family is None:
        raise DesignError(
            f"{label}: found distribution '{marginal.family}', expected one of "
            f"{', '.join(FAMILIES)}; choose one of these"
        )
    shape = marginal.shape
    if not all(map(math.isfinite, shape)):
        raise DesignError(
            f"{label}: found {marginal.family} with {shape}, expected finite numbers; "
            "correct the distribution"
        )
    if family.truncate is not None and marginal.is_truncated:
        shape = family.truncate(shape, marginal.low, marginal.high)
        if not shape:
            return Row((), math.inf, -math.inf)  # refused by the caller: its ends are crossed
    try:
        return family.row(shape)
    except DesignError as error:
        raise DesignError(f"{label}: {error}") from error


def _truncation(marginal: Marginal) -> tuple[bool, float, float, float]:
    """Say whether quantiles are remapped, and the probability below, above and within."""
    if not marginal.is_truncated or FAMILIES[marginal.family].truncate is not None:
        return False, 0.0, 0.0, 1.0
    below_low, above_low = cdf_open(marginal, marginal.low)
    below_high, above_high = cdf(marginal, marginal.high)
    span = above_low - above_high if below_low > 0.5 else below_high - below_low
    return True, below_low, above_high, span
