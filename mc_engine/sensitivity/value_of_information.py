"""Expected value of partial perfect information (EVPPI) for one decision: removals to contract.

The decision: a capacity r is contracted before the residual emissions E are known. Falling short
costs ``under`` for every unit, contracting too much costs ``over``::

    loss = under * max(E - r, 0) + over * max(r - E, 0)

The best r is the quantile of E at under / (under + over). If the inputs of a factor were known,
it would be their quantile of E given what they are; the fall of the expected loss is the expected
value of that partial information (EVPPI).

The conditional quantile is fitted in one half of the draws and paid for in the other, and the other
way round. So the EVPPI of a factor without information is 0, or on average slightly less, and an
imperfect fit makes it too small: noise apart, the estimate is a lower bound.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mc_engine.errors import StatisticError
from mc_engine.intervals import LEVEL, Interval, replicates, weighted_quantiles
from mc_engine.sensitivity.draws import known_draws
from mc_engine.sensitivity.quantile_regression import basis, fit
from mc_engine.vocabulary.plain import plain

Array: TypeAlias = NDArray[np.float64]

# Cost of a unit too little, and of one too much.
UNDER, OVER = 9.0, 1.0


@dataclass(frozen=True)
class Evppi:
    """EVPPI of one factor.

    Attributes
    ----------
    inputs : tuple of int
    value : Interval
        Reduction of the expected loss, in the loss's unit; not cut at 0.
    share : float
        Of the expected loss without information, which is the value of perfect information.
    """

    inputs: tuple[int, ...]
    value: Interval
    share: float


@dataclass(frozen=True)
class ValueOfInformation:
    """A decision, and the EVPPI of each factor for it.

    Attributes
    ----------
    decision : str
    under, over : float
        Cost of a unit too little, and of a unit too much.
    quantile : float
        Of the residual, that is the best choice.
    capacity : float
        Best choice without information, in the residual's unit.
    loss : Interval
        Expected loss of that choice.
    evppi : tuple of Evppi
        In the order of the factors.
    draws, failed : int
    effective : float
        Effective number of draws.
    """

    decision: str
    under: float
    over: float
    quantile: float
    capacity: float
    loss: Interval
    evppi: tuple[Evppi, ...]
    draws: int
    failed: int
    effective: float

    def as_json(self) -> dict[str, Any]:
        """Give everything as lists, texts and numbers."""
        result: dict[str, Any] = plain(self)
        return result


def value_of_information(
    inputs: Array,
    residual: ArrayLike,
    factors: Sequence[Sequence[int]],
    *,
    under: float = UNDER,
    over: float = OVER,
    least: float = -math.inf,
    failed: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    replicate: ArrayLike | None = None,
    level: float = LEVEL,
) -> ValueOfInformation:
    """Value the knowledge of every factor, or group of factors, for the removals decision.

    Parameters
    ----------
    inputs : float64[draw, input]
    residual : float64[draw]
        Emissions that are to be removed, in any unit; of a failed draw, anything.
    factors : sequence of sequence of int
        Inputs of each factor or group; a path or a copula block is one factor.
    under, over : float
        Cost of a unit too little, and of a unit too much; above 0.
    least : float
        Smallest capacity that can be contracted: 0 where none can be sold.
    failed : bool[draw], optional
    weight : float64[draw], optional
        Equal where left out.
    replicate : int[draw], optional
        Which replicate of a design each draw belongs to; left out for independent draws.
    level : float
        Confidence of the intervals.

    Returns
    -------
    ValueOfInformation

    Raises
    ------
    StatisticError
        Residuals that are constant or not finite, costs that are not above 0, more than 1 % failed.
    """
    if not (math.isfinite(under) and math.isfinite(over) and min(under, over) > 0.0):
        raise StatisticError(f"costs: found {under} and {over}, expected two numbers above 0")
    lost = np.zeros(np.shape(residual), dtype=np.int8)
    if failed is not None:
        lost -= np.asarray(failed, dtype=np.int8)
    draws = known_draws(
        residual, lost, weight=weight, replicate=replicate, targets=("residual emissions",)
    )
    columns = _columns(inputs, factors, draws.known)
    choice = _Choice(
        draws.margin[0], draws.weight, draws.group, draws.groups, under, over, least, level
    )
    share = choice.share
    best = max(float(weighted_quantiles(choice.residual, choice.weights, share)[0]), least)
    without = choice.policy(np.empty((choice.residual.size, 0)))
    loss = choice.bound(choice.loss(np.full(choice.residual.size, best)))
    evppi = []
    for factor in factors:
        rows = np.ascontiguousarray(columns[:, list(factor)].T, dtype=np.float64)
        policy = choice.policy(basis(rows, choice.residual, draws.weight))
        value = choice.bound(choice.loss(without) - choice.loss(policy))
        evppi.append(Evppi(tuple(map(int, factor)), value, value.estimate / loss.estimate))
    return ValueOfInformation(
        decision="how much removal to contract before the residual emissions are known",
        under=under,
        over=over,
        quantile=share,
        capacity=best,
        loss=loss,
        evppi=tuple(evppi),
        draws=draws.size,
        failed=int(draws.failed.sum()),
        effective=draws.effective,
    )


def _columns(
    inputs: Array, factors: Sequence[Sequence[int]], known: NDArray[np.bool_]
) -> NDArray[Any]:
    if inputs.ndim != 2 or inputs.shape[0] != known.size:
        raise StatisticError(
            f"inputs: found shape {inputs.shape}, expected one row for each of {known.size} draws"
        )
    positions = np.array([position for factor in factors for position in factor], dtype=np.int64)
    wrong = positions.size == 0 or positions.min() < 0 or positions.max() >= inputs.shape[1]
    if wrong or not all(len(factor) for factor in factors):
        raise StatisticError(
            f"factors: found {[list(factor) for factor in factors]}, expected for each at least "
            f"one input between 0 and {inputs.shape[1] - 1}"
        )
    return inputs[known]


@dataclass(frozen=True)
class _Choice:
    """The decision on these draws."""

    residual: Array
    weight: Array | None
    group: NDArray[np.int64]
    groups: int
    under: float
    over: float
    least: float
    level: float

    @property
    def weights(self) -> Array:
        return np.ones(self.residual.size) if self.weight is None else self.weight

    @property
    def share(self) -> float:
        return self.under / (self.under + self.over)

    def loss(self, capacity: Array) -> Array:
        """Loss of every draw, float64[draw]."""
        short = self.residual - capacity
        return np.maximum(self.under * short, -self.over * short)

    def policy(self, functions: Array) -> Array:
        """Capacity of every draw, by the fit to the other half: float64[draw]."""
        result, weights = np.empty(self.residual.size), self.weights
        for half in (0, 1):
            there = self.group % 2 == half
            fitted = fit(functions[~there], self.residual[~there], weights[~there], self.share)
            result[there] = fitted[0] + functions[there] @ fitted[1:]
        return np.maximum(result, self.least)

    def bound(self, values: Array) -> Interval:
        """Bound a mean over draws: the t-interval over replicates, or groups of draws."""
        weights = self.weights
        total = np.bincount(self.group, weights, minlength=self.groups)
        sums = np.bincount(self.group, weights * values, minlength=self.groups)
        mean = float(sums.sum() / total.sum())
        return replicates(sums / total, self.level, estimate=mean)
