"""Sensitivity of P(miss) to shifts of prior medians, and variance by kind of prior.

Two questions. If the median of an assumption were half a standard deviation higher or lower, how
likely would a miss be? Answered with the stored draws, by weights: in the space of normal scores
z ~ N(0, R) the shifted prior is N(d e_j, R), e_j the j-th unit vector, whose likelihood ratio is
exp(d a - d^2 c / 2) with a the j-th element of inverse(R) z and c that of inverse(R) e_j. All
other priors, and the dependence, stay as they are. And: how much of the margin's variance comes
from assumptions that are judgement?
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mc_engine.errors import StatisticError
from mc_engine.intervals import (
    FEW,
    LEVEL,
    Interval,
    check_finite,
    check_level,
    effective_sample_size,
    proportion,
    replicates,
)
from mc_engine.sensitivity.chances import Unseen, unseen
from mc_engine.sensitivity.draws import Draws, known_draws
from mc_engine.sensitivity.gaussian import check_correlation
from mc_engine.vocabulary.plain import plain

Array: TypeAlias = NDArray[np.float64]

# Standard deviations by which a median is shifted.
SHIFT = 0.5


@dataclass(frozen=True)
class Shifted:
    """P(miss) with the median of one input moved.

    Attributes
    ----------
    shift : float
        Standard deviations of the input's normal score; positive for larger values.
    chance : Interval
        P(miss) under the shifted prior, 1.
    change : Interval
        That less P(miss) as it is, on the same draws, 1.
    effective : float
        Effective number of draws of the reweighted sample.
    """

    shift: float
    chance: Interval
    change: Interval
    effective: float


@dataclass(frozen=True)
class Band:
    """P(miss) of one target when the median of one input is uncertain.

    Attributes
    ----------
    input : int
    lower, upper : Shifted
        The median moved down, and up.
    low, high : float
        Ends of the band: the least and the largest P(miss) of the three, 1.
    """

    input: int
    lower: Shifted
    upper: Shifted
    low: float
    high: float


@dataclass(frozen=True)
class Robustness:
    """Bands of P(miss), by target and input.

    Attributes
    ----------
    chances : tuple of float
        P(miss) as it is, by target.
    bands : tuple of tuple of Band
        ``bands[target][input]``; empty where no draw misses, or all do.
    unseen : tuple of Unseen or None
        By target: the bound on a miss, or on meeting it, that no draw showed; None elsewhere.
    draws, failed : int
    effective : float
        Effective number of draws before any shift.
    """

    chances: tuple[float, ...]
    bands: tuple[tuple[Band, ...], ...]
    unseen: tuple[Unseen | None, ...]
    draws: int
    failed: int
    effective: float

    def as_json(self) -> dict[str, Any]:
        """Give everything as lists, texts and numbers."""
        result: dict[str, Any] = plain(self)
        return result


def shifted_weights(
    scores: Array, position: int, shift: float, correlation: Array | None = None
) -> Array:
    """Give the likelihood ratio of a prior whose median is shifted.

    Parameters
    ----------
    scores : float64[draw, input]
        Normal scores of the inputs.
    position : int
        Input whose median is moved.
    shift : float
        Standard deviations.
    correlation : float64[input, input], optional
        Pearson correlation of the scores; independent where left out.

    Returns
    -------
    float64[draw]
        Of mean about 1.
    """
    if correlation is None:
        return np.asarray(np.exp(shift * scores[:, position] - 0.5 * shift**2))
    unit = np.zeros(scores.shape[1])
    unit[position] = 1.0
    row = np.linalg.solve(correlation, unit)
    return np.asarray(np.exp(shift * (scores @ row) - 0.5 * shift**2 * row[position]))


def robustness(
    scores: Array,
    margin: ArrayLike,
    miss: ArrayLike,
    *,
    inputs: Sequence[int] | None = None,
    shift: float = SHIFT,
    correlation: Array | None = None,
    weight: ArrayLike | None = None,
    replicate: ArrayLike | None = None,
    targets: Sequence[str] = (),
    level: float = LEVEL,
) -> Robustness:
    """Bound P(miss) with the median of every leading input moved down and up.

    Parameters
    ----------
    scores : float64[draw, input]
        Normal scores of the inputs (``Order.scores`` makes them from any values).
    margin : float64[draw, target]
    miss : int8[draw, target]
        1 for a miss, 0 for a hit, -1 where the draw failed.
    inputs : sequence of int, optional
        Those whose median is moved, all where left out.
    shift : float
        Standard deviations, above 0.
    correlation : float64[input, input], optional
        Pearson correlation of the scores; independent where left out.
    weight : float64[draw], optional
        Equal where left out.
    replicate : int[draw], optional
        Which replicate of a design each draw belongs to; left out for independent draws.
    targets : sequence of str
        What messages call the targets.
    level : float
        Confidence of every interval.

    Returns
    -------
    Robustness

    Raises
    ------
    StatisticError
        Shapes that do not fit, a correlation that is none, more than 1 % failed.
    """
    check_level(level)
    draws = known_draws(margin, miss, weight=weight, replicate=replicate, targets=targets)
    positions = range(scores.shape[1]) if inputs is None else inputs
    _check(scores, correlation, draws, shift)
    retained = scores[draws.known]
    sure = draws.miss.min(axis=1) == draws.miss.max(axis=1)
    chances = draws.miss @ draws.weights() / draws.weights().sum()
    chances = np.where(sure, draws.miss[:, 0], chances)
    bands: list[list[Band]] = [[] for _ in draws.targets]
    for position in positions:
        sides = []
        for side in (-shift, shift):
            ratio = shifted_weights(retained, position, side, correlation)
            sides.append((side, ratio * draws.weights()))
        for target in np.flatnonzero(~sure):
            lower, upper = (_shifted(draws, int(target), by, moved, level) for by, moved in sides)
            three = (lower.chance.estimate, float(chances[target]), upper.chance.estimate)
            bands[target].append(Band(int(position), lower, upper, min(three), max(three)))
    return Robustness(
        tuple(float(one) for one in chances),
        tuple(tuple(row) for row in bands),
        tuple(
            unseen(float(draws.miss[target, 0]), draws.effective, level) if known else None
            for target, known in enumerate(sure)
        ),
        draws.size,
        int(draws.failed.sum()),
        draws.effective,
    )


def _check(scores: Array, correlation: Array | None, draws: Draws, shift: float) -> None:
    if scores.ndim != 2 or scores.shape[0] != draws.known.size:
        raise StatisticError(
            f"scores: found shape {scores.shape}, expected one row for each of "
            f"{draws.known.size} draws"
        )
    check_finite(scores[draws.known], "scores")
    if not (np.isfinite(shift) and shift > 0.0):
        raise StatisticError(f"shift: found {shift}, expected a number above 0")
    if correlation is not None:
        check_correlation(correlation, scores.shape[1])


def _shifted(draws: Draws, target: int, shift: float, moved: Array, level: float) -> Shifted:
    """Bound P(miss) under moved weights, and its change."""
    miss, weight = draws.miss[target], draws.weights()

    def by_group(values: Array) -> Array:
        return np.bincount(draws.group, values, minlength=draws.groups).astype(np.float64)

    ratio = by_group(moved * miss) / by_group(moved)
    change = ratio - by_group(weight * miss) / by_group(weight)
    chance = float(moved @ miss / moved.sum())
    before = float(weight @ miss / weight.sum())
    effective = effective_sample_size(moved)
    counts = by_group(miss)
    few = np.minimum(counts, by_group(np.ones_like(miss)) - counts).min() < FEW
    bound = replicates(ratio, level, estimate=chance)
    if few or bound.low < 0.0 or bound.high > 1.0:
        total = float(moved.sum())
        missed = min(float(moved @ miss), total)
        bound = proportion(missed, 0.0, total, level, n_effective=effective)
    return Shifted(shift, bound, replicates(change, level, estimate=chance - before), effective)


@dataclass(frozen=True)
class KindShare:
    """What one kind of prior adds to the variance.

    Attributes
    ----------
    kind : str
        ``observed``, ``sourced`` or ``judgement``.
    factors : int
    alone : Interval
        Share of the variance that rests on these factors one by one (sum of first orders), 1.
    touched : Interval
        Share that would be lost at most if they were known: the lesser of the sum of their total
        indices and of what the first orders of all others leave, 1.
    """

    kind: str
    factors: int
    alone: Interval
    touched: Interval

    def as_json(self) -> dict[str, Any]:
        """Give everything as lists, texts and numbers."""
        result: dict[str, Any] = plain(self)
        return result


def variance_by_kind(
    first: ArrayLike, total: ArrayLike, kinds: Sequence[str], *, level: float = LEVEL
) -> tuple[KindShare, ...]:
    """Tell how much of the margin's variance rests on each kind of prior.

    Parameters
    ----------
    first, total : float64[replicate, factor]
        Indices of independent factors, from at least two replicates.
    kinds : sequence of str
        Kind of every factor.
    level : float

    Returns
    -------
    tuple of KindShare
        In the order in which the kinds occur.

    Raises
    ------
    StatisticError
        Shapes that do not fit, or indices that are not finite.
    """
    one, all_of = check_finite(first, "first orders"), check_finite(total, "total indices")
    if one.ndim != 2 or one.shape != all_of.shape or one.shape[1] != len(kinds):
        raise StatisticError(
            f"indices: found {one.shape} first orders, {all_of.shape} total indices and "
            f"{len(kinds)} kinds, expected replicates by factors, and one kind per factor"
        )
    result = []
    for kind in dict.fromkeys(kinds):
        these = np.array([other == kind for other in kinds])
        alone = one[:, these].sum(axis=1)
        touched = np.minimum(all_of[:, these].sum(axis=1), 1.0 - one[:, ~these].sum(axis=1))
        result.append(
            KindShare(kind, int(these.sum()), replicates(alone, level), replicates(touched, level))
        )
    return tuple(result)
