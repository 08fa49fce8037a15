"""Undeclared dependence: inputs that move together, such as one belief under two names.

Only dependence that runs one way is seen (rank correlation): an input and its square go unnoticed
where the input lies on both sides of 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mc_engine.errors import StatisticError
from mc_engine.intervals import LEVEL, Interval, check_level, effective_sample_size
from mc_engine.sensitivity.draws import MIN_DRAWS
from mc_engine.sensitivity.ranks import Order, rank_correlation
from mc_engine.vocabulary.plain import plain

Array: TypeAlias = NDArray[np.float64]

# Rank correlation from which two inputs count as dependent.
LIMIT = 0.95
# Draws that distinguish such a correlation from a lesser one; more are passed over evenly.
ENOUGH = 20_000


@dataclass(frozen=True)
class Pair:
    """Two inputs that move together.

    Attributes
    ----------
    first, second : int
    rank_correlation : Interval
        Spearman's, by Fisher's transformation, 1.
    """

    first: int
    second: int
    rank_correlation: Interval


@dataclass(frozen=True)
class Dependence:
    """Pairs that move together and were not declared to.

    Attributes
    ----------
    pairs : tuple of Pair
        The closest first.
    constant : tuple of int
        Inputs that do not vary, whose dependence is unknown.
    limit : float
    draws : int
        Draws that were read.
    effective : float
    """

    pairs: tuple[Pair, ...]
    constant: tuple[int, ...]
    limit: float
    draws: int
    effective: float

    def as_json(self) -> dict[str, Any]:
        """Give everything as lists, texts and numbers."""
        result: dict[str, Any] = plain(self)
        return result


def undeclared(
    inputs: Array,
    blocks: Sequence[Sequence[int]] = (),
    *,
    weight: ArrayLike | None = None,
    limit: float = LIMIT,
    level: float = LEVEL,
) -> Dependence:
    """Find inputs that depend on each other without being declared dependent.

    Parameters
    ----------
    inputs : float64[draw, input]
        Finite.
    blocks : sequence of sequence of int
        Inputs declared dependent on each other: copula blocks, knots of a path.
    weight : float64[draw], optional
        Equal where left out. A constraint makes inputs dependent; at this limit hardly ever so.
    limit : float
        In (0, 1).
    level : float

    Returns
    -------
    Dependence

    Raises
    ------
    StatisticError
        Shapes that do not fit, too few draws, or inputs that are not finite.
    """
    check_level(level)
    if not 0.0 < limit < 1.0:
        raise StatisticError(f"limit: found {limit}, expected more than 0 and less than 1")
    if inputs.ndim != 2 or inputs.shape[0] < MIN_DRAWS:
        raise StatisticError(
            f"inputs: found shape {inputs.shape}, expected at least {MIN_DRAWS} draws by inputs"
        )
    weights = None if weight is None else np.asarray(weight, dtype=np.float64)
    if weights is not None and weights.shape != inputs.shape[:1]:
        raise StatisticError(f"weight: found shape {weights.shape}, expected one per draw")
    step = max(1, inputs.shape[0] // ENOUGH)
    rows = inputs[::step]
    weights = None if weights is None else weights[::step]
    effective = float(rows.shape[0]) if weights is None else effective_sample_size(weights)
    ranks = np.stack(
        [
            Order.of(np.ascontiguousarray(column, dtype=np.float64), weights, f"input {position}")
            .ranks()
            for position, column in enumerate(rows.T)
        ]
    )  # fmt: skip
    result = rank_correlation(ranks, ranks, weights)
    constant = np.isnan(np.diag(result))
    close = np.triu(np.abs(np.nan_to_num(result)) > limit, k=1)
    for block in blocks:
        close[np.ix_(list(block), list(block))] = False
    pairs = [
        Pair(int(one), int(other), _fisher(float(result[one, other]), effective, level))
        for one, other in np.argwhere(close)
    ]
    return Dependence(
        tuple(sorted(pairs, key=lambda pair: -abs(pair.rank_correlation.estimate))),
        tuple(np.flatnonzero(constant).tolist()),
        limit,
        rows.shape[0],
        effective,
    )


def _fisher(correlation: float, size: float, level: float) -> Interval:
    """Bound a rank correlation (Fieller, Hartley and Pearson 1957)."""
    correlation = max(-1.0, min(1.0, correlation))
    ends = (correlation, correlation)
    if abs(correlation) < 1.0 and size > 3.0:
        middle = math.atanh(correlation)
        half = float(special.ndtri(0.5 + level / 2.0)) * math.sqrt(1.06 / (size - 3.0))
        ends = (math.tanh(middle - half), math.tanh(middle + half))
    return Interval(correlation, *ends, level, "fisher")
