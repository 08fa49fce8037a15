"""Where misses are found: a box in a few inputs, looked for in one half of the draws.

Its figures, coverage and density, are counted in the other half, which had no part in the search.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mc_engine.errors import StatisticError
from mc_engine.intervals import (
    LEVEL,
    Interval,
    check_level,
    effective_sample_size,
    proportion,
    replicated_proportion,
)
from mc_engine.sensitivity.chances import unseen
from mc_engine.sensitivity.peeling import Ends, Search, find, inside, related
from mc_engine.vocabulary.plain import plain
from mc_engine.vocabulary.status import MAX_FAILED_SHARE

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

MIN_BOX_DRAWS, MAX_INPUTS = 500, 4
# The box that is looked for holds more, since the other half may hold less of it by chance.
_SEARCHED = 600
# Inputs among which a box is looked for, when there are more.
CONSIDERED = 20


@dataclass(frozen=True)
class Limit:
    """A restriction of one input.

    Attributes
    ----------
    input : int
    low, high : float
        In the input's unit; infinite where it is not restricted on that side.
    quasi_p : float
        Chance of as many outcomes in the box as were found, if this restriction did nothing.
    """

    input: int
    low: float
    high: float
    quasi_p: float


@dataclass(frozen=True)
class Box:
    """A box, with figures from draws that had no part in the search.

    Attributes
    ----------
    outcome : str
        ``miss`` or ``met``, the rarer one.
    limits : tuple of Limit
    coverage, density, base_rate : float
        Share of the outcome that lies in the box, its share among the draws of the box, and its
        share among all, 1.
    draws : int
        Of the box, in the half that judges it.
    effective : float
        Effective number of those draws.
    share : float
        Share of all draws that lies in the box, 1.
    inside, outside, held : Interval
        Density, the outcome's share outside the box, and coverage, 1.
    failed : int
        Draws left out because they failed.
    considered : tuple of int
        Inputs among which the box was looked for.
    """

    outcome: str
    limits: tuple[Limit, ...]
    coverage: float
    density: float
    base_rate: float
    draws: int
    effective: float
    share: float
    inside: Interval
    outside: Interval
    held: Interval
    failed: int
    considered: tuple[int, ...]

    def as_json(
        self, names: Sequence[str] | None = None, units: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Give plain data, with inputs by name; an end that is not restricted is None.

        Parameters
        ----------
        names, units : sequence of str, optional
            Of all inputs.
        """
        result: dict[str, Any] = plain(self)
        for row in result["limits"]:
            row["factor"] = str(row["input"]) if names is None else names[row["input"]]
            row["unit"] = None if units is None else units[row["input"]]
        return result


@dataclass(frozen=True)
class _Half:
    """Draws on one side of the split."""

    inputs: Array  # [input, draw]
    wanted: Array
    weight: Array
    replicate: NDArray[np.int64] | None
    weighted: bool

    def share(self, of: Flags, among: Flags, level: float) -> Interval:
        """Bound the share of some draws among others."""
        weight, both = self.weight, of & among
        if self.replicate is not None:
            labels = np.unique(self.replicate)
            rows = [self.replicate == label for label in labels]
            size = np.array([weight[row & among].sum() for row in rows])
            count = np.array([weight[row & both].sum() for row in rows])
            square = np.array([(weight[row & among] ** 2).sum() for row in rows])
            there = size > 0.0
            if there.sum() > 1:
                effective = size[there] ** 2 / square[there]
                return replicated_proportion(
                    count[there], size[there], None, level, n_effective=effective
                )
        all_of = float(weight[among].sum())
        return proportion(
            min(float(weight[both].sum()), all_of),
            0.0,
            all_of,
            level,
            n_effective=effective_sample_size(weight[among]) if self.weighted else None,
        )

    def quasi_p(self, ends: Ends, position: int) -> float:
        """Binomial chance of as many outcomes in the box at the rate without one restriction."""
        there = inside(self.inputs, ends)
        without = inside(
            self.inputs, {end: edge for end, edge in ends.items() if end[0] != position}
        )
        weight = self.weight
        rate = float(weight[without] @ self.wanted[without] / weight[without].sum())
        density = float(weight[there] @ self.wanted[there] / weight[there].sum())
        size = effective_sample_size(weight[there])
        count = density * size
        if count <= 0.0:
            return 1.0
        return float(special.betainc(count, size - count + 1.0, rate))


def discover(
    inputs: Array,
    missed: ArrayLike,
    rng: np.random.Generator,
    *,
    weight: ArrayLike | None = None,
    replicate: ArrayLike | None = None,
    most: int = MAX_INPUTS,
    considered: int = CONSIDERED,
    level: float = LEVEL,
) -> Box:
    """Find the box that holds much of the rarer outcome and little else.

    Parameters
    ----------
    inputs : float64[draw, input]
        In each input's own unit.
    missed : bool[draw] or int8[draw]
        1 for a miss, 0 for a hit, -1 where the draw failed.
    rng : numpy.random.Generator
        Splits the draws.
    weight : float64[draw], optional
        Equal where left out.
    replicate : int[draw], optional
        Which replicate of a design each draw belongs to; four or more are split whole, and give
        the intervals. Left out for independent draws.
    most : int
        Inputs that may be restricted.
    considered : int
        Inputs among which the box is looked for, those most related to the outcome.
    level : float
        Confidence of the intervals.

    Returns
    -------
    Box

    Raises
    ------
    StatisticError
        Too few draws, only one outcome, or no box in which the outcome is more frequent.
    """
    check_level(level)
    weights, flags, failed = _door(inputs, missed, weight)
    known = np.flatnonzero(~failed & (weights > 0.0))
    labels = None if replicate is None else np.asarray(replicate)[known]
    second, labels = _split(known.size, labels, rng)
    chance = float(weights[known] @ flags[known] / weights[known].sum())
    wanted = flags if chance <= 0.5 else 1.0 - flags
    first, judge = known[~second], known[second]
    retained = related(inputs[first].T, wanted[first], weights[first], considered)
    columns = np.ascontiguousarray(inputs[:, retained].T, dtype=np.float64)
    search = Search.of(columns[:, first], wanted[first], weights[first], _SEARCHED, most)
    ends = find(search)
    half = _Half(
        columns[:, judge],
        wanted[judge],
        weights[judge],
        None if labels is None else labels[second],
        weight is not None,
    )
    return _judged(half, ends, retained.tolist(), "miss" if chance <= 0.5 else "met", failed, level)


def _door(inputs: Array, missed: ArrayLike, weight: ArrayLike | None) -> tuple[Array, Array, Flags]:
    """Check, and give weights of mean 1, misses as numbers, and failed draws."""
    result = np.asarray(missed)
    if result.ndim != 1 or inputs.ndim != 2 or inputs.shape[0] != result.size:
        raise StatisticError(
            f"box: found inputs of shape {inputs.shape} and misses of {result.shape}, expected one "
            "row and one miss per draw"
        )
    codes = result.astype(np.int64)
    weights = np.ones(codes.size) if weight is None else np.asarray(weight, dtype=np.float64)
    if weights.shape != codes.shape:
        raise StatisticError(f"weight: found shape {weights.shape}, expected one per draw")
    effective_sample_size(weights)  # refuses weights that are none
    failed = (codes < 0) & (weights > 0.0)
    share = float(weights[failed].sum() / weights.sum())
    if share > MAX_FAILED_SHARE:
        raise StatisticError(
            f"box: {int(failed.sum())} of {failed.size} draws failed ({share:.1%} of the weight), "
            f"expected at most {MAX_FAILED_SHARE:.0%}; look at their status codes first"
        )
    known = ~failed & (weights > 0.0)
    if not np.isfinite(inputs[known]).all():
        raise StatisticError(
            "box: an input is not finite in draws that did not fail; mark those draws as failed"
        )
    flags, effective = (codes == 1).astype(np.float64), 0.0
    if known.any():
        effective = effective_sample_size(weights[known])
        if flags[known].min() == flags[known].max():
            chance = float(flags[known][0])
            raise StatisticError(
                f"box: expected both outcomes. {unseen(chance, effective).message}"
            )
    if effective < 4 * MIN_BOX_DRAWS:
        raise StatisticError(
            f"box: found {effective:.0f} effective draws, expected at least {4 * MIN_BOX_DRAWS} "
            "draws and both outcomes; run more draws"
        )
    return weights / weights[known].mean(), flags, failed


def _split(
    size: int, labels: NDArray[Any] | None, rng: np.random.Generator
) -> tuple[Flags, NDArray[np.int64] | None]:
    """Choose the half that judges; whole replicates where there are enough."""
    if labels is not None:
        unique, codes = np.unique(labels, return_inverse=True)
        if unique.size >= 4:
            order = rng.permutation(unique.size)
            return np.asarray(order[codes] >= unique.size // 2), codes.astype(np.int64)
    return np.asarray(rng.permutation(size) >= size // 2), None


def _judged(
    half: _Half, ends: Ends, retained: list[int], outcome: str, failed: Flags, level: float
) -> Box:
    """Count in the second half what the box of the first one holds."""
    there = inside(half.inputs, ends)
    wanted, weight = half.wanted > 0.0, half.weight
    none = StatisticError("box: found none in which the outcome is more frequent")
    if not ends or not wanted.any() or not there.any() or there.all():
        raise none
    effective = effective_sample_size(weight[there])
    base = float(weight @ half.wanted / weight.sum())
    result = {
        "inside": half.share(wanted, there, level),
        "outside": half.share(wanted, ~there, level),
        "held": half.share(there, wanted, level),
    }
    if effective < MIN_BOX_DRAWS or result["inside"].estimate <= base:
        raise none
    limits = [
        Limit(
            retained[position],
            ends.get((position, True), -math.inf),
            ends.get((position, False), math.inf),
            half.quasi_p(ends, position),
        )
        for position in sorted({position for position, _ in ends})
    ]
    return Box(
        outcome=outcome,
        limits=tuple(limits),
        coverage=result["held"].estimate,
        density=result["inside"].estimate,
        base_rate=base,
        draws=int(there.sum()),
        effective=effective,
        share=float(weight[there].sum() / weight.sum()),
        failed=int(failed.sum()),
        considered=tuple(retained),
        **result,
    )
