"""Shapley effects of dependent inputs: variance shared out among players, each share well defined.

A player is an input, a path, or a set of inputs such as "the rest". A coalition J of players is
worth c(J) = Var(E[Y | X_J]); a player's effect is what it adds to c, averaged over all orders in
which the players may come (Owen 2014, Song et al. 2016). All coalitions are evaluated, so there are
at most 12 players. Effects are never negative but for noise, and sum to the variance.

c(J) is estimated by pick and freeze. The inputs are a Gaussian copula with normal scores z of
correlation R: the rows of a coalition keep the scores of its inputs and draw all others anew given
these, exactly (Matheron's rule)::

    z'_J = z_J,    z'_K = z2_K + R_KJ inverse(R_JJ) (z_J - z2_J)

with z2 an independent draw of the same distribution. Half the mean square of Y(z) - Y(z') estimates
Var(Y) - c(J) (Jansen 1999); for the empty coalition, whose rows are z2 themselves, the variance.

How rows come about::

    for J in coalitions(count):                 # the full one needs no rows
        z_J = score_rows(R, members of J, z, z2)
        u_J = independent_units(cholesky(R), z_J)
        values[J] = remainder(Y(u), Y(u_J), replicate)
    effects(values)
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mc_engine.errors import StatisticError
from mc_engine.intervals import LEVEL, Interval, check_finite, check_level, replicates
from mc_engine.sensitivity.draws import GROUPS
from mc_engine.sensitivity.gaussian import check_correlation
from mc_engine.vocabulary.plain import plain
from mc_engine.vocabulary.status import MAX_FAILED_SHARE

Array: TypeAlias = NDArray[np.float64]
Coalition: TypeAlias = tuple[int, ...]

MAX_PLAYERS = 12
# Largest absolute score, and smallest quantile, that a draw can have.
_MAX_ABS_SCORE, _MIN_UNIT = 8.209536151601387, 2.0**-53


@dataclass(frozen=True)
class Shapley:
    """Shapley effects.

    Attributes
    ----------
    effects : tuple of Interval
        By player, as shares of the variance, 1.
    held : Interval
        Share of the variance that all players hold together, 1: their sum.
    variance : float
        Of the output, in the square of its unit.
    replicates : int
    """

    effects: tuple[Interval, ...]
    held: Interval
    variance: float
    replicates: int

    def as_json(self) -> dict[str, Any]:
        """Give everything as lists, texts and numbers."""
        result: dict[str, Any] = plain(self)
        return result


def coalitions(count: int) -> list[Coalition]:
    """List all coalitions but the full one, the empty one first.

    Parameters
    ----------
    count : int
        Number of players, 1 to 12.

    Returns
    -------
    list of tuple of int
        ``2**count - 1`` of them.

    Raises
    ------
    StatisticError
    """
    if not 1 <= count <= MAX_PLAYERS:
        raise StatisticError(
            f"Shapley effects: found {count} players, expected 1 to {MAX_PLAYERS}, since all "
            f"coalitions are evaluated; put the lesser factors together as one player, the rest"
        )
    return [_members(mask, count) for mask in range(2**count - 1)]


def _members(mask: int, count: int) -> Coalition:
    return tuple(player for player in range(count) if mask >> player & 1)


def score_rows(correlation: Array, subset: Sequence[int], z: Array, z2: Array) -> Array:
    """Keep the scores of some inputs, and draw the others anew given them.

    Parameters
    ----------
    correlation : float64[input, input]
        Pearson correlation R of the scores; positive definite.
    subset : sequence of int
        Inputs that keep their scores; none gives ``z2``, all give ``z``.
    z, z2 : float64[draw, input]
        Independent draws of N(0, R).

    Returns
    -------
    float64[draw, input]
        Distributed as N(0, R), and given the retained scores independent of the others in ``z``.

    Raises
    ------
    StatisticError
        Shapes that do not fit, or a correlation that is none.
    """
    size = z.shape[-1]
    check_correlation(correlation, size)
    retained = np.array(sorted(subset), dtype=np.int64)
    wrong = retained.size and (
        retained[0] < 0 or retained[-1] >= size or np.unique(retained).size < retained.size
    )
    if z.ndim != 2 or z.shape != z2.shape or wrong:
        raise StatisticError(
            f"score rows: found scores of shape {z.shape} and {z2.shape} and inputs "
            f"{retained.tolist()} to keep, expected two tables of one shape and different inputs "
            f"below {size}"
        )
    result = np.array(z2, dtype=np.float64)
    if retained.size:
        others = np.setdiff1d(np.arange(size), retained)
        gap = z[:, retained] - z2[:, retained]
        slope = np.linalg.solve(
            correlation[np.ix_(retained, retained)], correlation[np.ix_(retained, others)]
        )
        result[:, others] += gap @ slope
        result[:, retained] = z[:, retained]
    return result


def independent_units(cholesky: Array, scores: Array) -> Array:
    """Turn correlated scores into the independent unit values that a design would give.

    Parameters
    ----------
    cholesky : float64[input, input]
        Lower Cholesky factor L of the correlation.
    scores : float64[draw, input]

    Returns
    -------
    float64[draw, input]
        The normal distribution function of inverse(L) z, strictly between 0 and 1: the engine
        correlates these units by L and finds the scores again.

    Raises
    ------
    StatisticError
        When L is not lower triangular with a diagonal above 0.
    """
    factor = np.asarray(cholesky, dtype=np.float64)
    square = factor.shape == (scores.shape[1], scores.shape[1])
    if not square or np.triu(factor, k=1).any() or not (np.diag(factor) > 0.0).all():
        raise StatisticError(
            f"Cholesky factor: found shape {factor.shape}, expected a lower triangle of "
            f"{scores.shape[1]} rows with a diagonal above 0"
        )
    units = special.ndtr(np.linalg.solve(factor, scores.T).T)
    return np.asarray(np.clip(units, _MIN_UNIT, 1.0 - _MIN_UNIT))


def remainder(
    base: ArrayLike,
    picked: ArrayLike,
    replicate: ArrayLike | None = None,
    failed: ArrayLike | None = None,
) -> Array:
    """Estimate what a coalition leaves of the variance, Var(Y) - c(J), in every replicate.

    Parameters
    ----------
    base : float64[draw]
        Output of the rows z.
    picked : float64[draw]
        Output of the rows of the coalition; for the empty one, of z2.
    replicate : int[draw], optional
        Left out for independent draws, which are put in 16 groups by turns.
    failed : bool[draw]
        Draws of which any row of any coalition failed; the same for all coalitions.

    Returns
    -------
    float64[replicate]
        In the square of the output's unit.

    Raises
    ------
    StatisticError
        Outputs that are not finite, shapes that do not fit, more than 1 % failed.
    """
    first, second = np.asarray(base, dtype=np.float64), np.asarray(picked, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise StatisticError(
            f"outputs: found shapes {first.shape} and {second.shape}, expected one number per draw"
        )
    lost = np.zeros(first.size, dtype=np.bool_) if failed is None else np.asarray(failed, bool)
    if lost.sum() > MAX_FAILED_SHARE * lost.size:
        raise StatisticError(
            f"Shapley effects: {int(lost.sum())} of {lost.size} draws failed, expected at most "
            f"{MAX_FAILED_SHARE:.0%}; look at their status codes first"
        )
    labels = np.arange(first.size) % GROUPS if replicate is None else np.asarray(replicate)
    if labels.shape != first.shape:
        raise StatisticError(f"replicate: found shape {labels.shape}, expected one per draw")
    gap = check_finite(first[~lost], "outputs") - check_finite(second[~lost], "outputs")
    _, group = np.unique(labels[~lost], return_inverse=True)
    return np.asarray(0.5 * np.bincount(group, gap**2) / np.bincount(group))


def effects(
    values: Mapping[Coalition, ArrayLike], *, within: bool = False, level: float = LEVEL
) -> Shapley:
    """Share the variance out among the players.

    Parameters
    ----------
    values : mapping of tuple of int to float64[replicate]
        Var(Y) - c(J) of every coalition; the full one may be left out unless ``within``.
    within : bool
        The players do not make up all inputs (a block): the full coalition leaves something, and
        has a value of its own.
    level : float

    Returns
    -------
    Shapley
        Of one replicate (a closed form), with intervals of no width.

    Raises
    ------
    StatisticError
        When a coalition is missing, values are not finite, or the variance is 0.
    """
    check_level(level)
    count = max((player for coalition in values for player in coalition), default=-1) + 1
    expected, full = coalitions(count), tuple(range(count))
    expected = [*expected, full] if within else expected
    table = {tuple(sorted(coalition)): value for coalition, value in values.items()}
    missing = [coalition for coalition in expected if coalition not in table]
    if missing:
        raise StatisticError(
            f"Shapley effects: found {len(table)} coalitions of {count} players, expected "
            f"{len(expected)}; missing is {missing[0]}; evaluate all"
        )
    rows = [check_finite(np.atleast_1d(table[coalition]), f"{coalition}") for coalition in expected]
    if len({row.shape for row in rows}) > 1:
        raise StatisticError("Shapley effects: expected as many replicates of every coalition")
    left = np.stack(rows)
    left = left if within else np.vstack([left, np.zeros((1, left.shape[1]))])
    total = float(left[0].mean())
    if not total > 0.0:
        raise StatisticError(
            "Shapley effects: the output is constant, expected one that differs between draws; no "
            "assumption moves it"
        )
    added = np.stack([_average_gain(left, player, count) for player in range(count)])
    return Shapley(
        tuple(_share(row, left[0], level) for row in added),
        _share(left[0] - left[-1], left[0], level),
        total,
        int(left.shape[1]),
    )


def _average_gain(left: Array, player: int, count: int) -> Array:
    """What a player adds to the coalitions without it, averaged over orders: float64[replicate]."""
    masks = np.array([mask for mask in range(2**count) if not mask >> player & 1])
    sizes = [int(mask).bit_count() for mask in masks]
    weight = np.array([1.0 / (count * math.comb(count - 1, size)) for size in sizes])
    return np.asarray(weight @ (left[masks] - left[masks | (1 << player)]))


def _share(part: Array, whole: Array, level: float) -> Interval:
    """Bound a share of the variance by the spread of the replicates about it."""
    share = float(part.mean() / whole.mean())
    if part.size == 1:
        return Interval(share, share, share, level, "exact")
    # A ratio of means: the error of each replicate against the common share (delta method).
    return replicates(share + (part - share * whole) / whole.mean(), level, estimate=share)
