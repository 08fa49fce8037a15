"""Given-data sensitivity: measures of every input from finished draws, without further runs.

One pass over the columns: each is put in order once, and the order serves all targets. Beside the
inputs go dummies, random columns of no effect; the 95 % quantile of their measures is the noise
floor, below which an input cannot be distinguished from noise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mc_engine.errors import StatisticError
from mc_engine.intervals import LEVEL, Interval, check_level, weighted_quantiles
from mc_engine.sensitivity.binned import BinSums, bins_for, first_order
from mc_engine.sensitivity.chances import (
    Counts,
    RiskReduction,
    Unseen,
    risk_reduction,
    shape_of,
    slice_chances,
    unseen,
)
from mc_engine.sensitivity.distances import Slices, Steps, regional_distances, slice_distances
from mc_engine.sensitivity.draws import Draws, known_draws
from mc_engine.sensitivity.ranks import Halves, Order
from mc_engine.vocabulary.plain import plain

Array: TypeAlias = NDArray[np.float64]

SLICES = 10
DUMMIES = 20
# Share of the dummies below the noise floor.
FLOOR = 0.95


@dataclass(frozen=True)
class Effect:
    """What one input does to one target.

    Attributes
    ----------
    rank_correlation : float
        Spearman's, with the margin; positive where more of the input is good.
    edges : float64[slice + 1]
        Ends of the slices, in the input's unit; NaN around an empty slice.
    chances : tuple of Interval or None
        P(miss) by slice, 1.
    shape : str
        How P(miss) runs along the input, see ``shape_of``.
    risk_reduction : RiskReduction or None
        None where no draw misses, or all do.
    pawn_median, pawn_mean, pawn_maximum : float
        Over the slices, within [0, 1].
    regional : float
        Largest distance of the input between draws that miss and that meet the target.
    regional_statistic : float
        Cramér and von Mises'. Both NaN where no draw misses, or all do.
    first_order, first_order_of_miss : Interval
        Of the margin, and of the miss itself (NaN where no draw misses, or all do), 1.
    """

    rank_correlation: float
    edges: Array
    chances: tuple[Interval | None, ...]
    shape: str
    risk_reduction: RiskReduction | None
    pawn_median: float
    pawn_mean: float
    pawn_maximum: float
    regional: float
    regional_statistic: float
    first_order: Interval
    first_order_of_miss: Interval


@dataclass(frozen=True)
class NoiseFloor:
    """What inputs of no effect seem to do, at the upper 95 % of the dummies.

    Attributes
    ----------
    risk_reduction, pawn_median, pawn_mean, pawn_maximum, regional, regional_statistic : float
    first_order, first_order_of_miss : float
        Each as in ``Effect``; NaN where it is not known.
    """

    risk_reduction: float
    pawn_median: float
    pawn_mean: float
    pawn_maximum: float
    regional: float
    regional_statistic: float
    first_order: float
    first_order_of_miss: float


@dataclass(frozen=True)
class GivenData:
    """Given-data results of a run.

    Attributes
    ----------
    draws, failed : int
        Draws that ended, and that failed.
    effective : float
        Effective number of draws.
    dummies : int
    effects : tuple of tuple of Effect
        ``effects[target][input]``.
    floors : tuple of NoiseFloor
        By target.
    unseen : tuple of Unseen or None
        By target: the bound on a miss, or on meeting it, that no draw showed; None elsewhere.
    """

    draws: int
    failed: int
    effective: float
    dummies: int
    effects: tuple[tuple[Effect, ...], ...]
    floors: tuple[NoiseFloor, ...]
    unseen: tuple[Unseen | None, ...]

    def as_json(self) -> dict[str, Any]:
        """Give everything as lists, texts and numbers."""
        result: dict[str, Any] = plain(self)
        return result


def given_data(
    inputs: Array,
    margin: ArrayLike,
    miss: ArrayLike,
    rng: np.random.Generator,
    *,
    weight: ArrayLike | None = None,
    replicate: ArrayLike | None = None,
    targets: Sequence[str] = (),
    level: float = LEVEL,
    dummies: int = DUMMIES,
) -> GivenData:
    """Measure what every input does to every target.

    Parameters
    ----------
    inputs : float64[draw, input]
        In each input's own unit.
    margin : float64[draw, target]
        In the target's unit, negative where it is missed.
    miss : int8[draw, target]
        1 for a miss, 0 for a hit, -1 where the draw failed.
    rng : numpy.random.Generator
        For the dummies.
    weight : float64[draw], optional
        Equal where left out.
    replicate : int[draw], optional
        Which replicate of a design each draw belongs to; left out for independent draws.
    targets : sequence of str
        What messages call the targets.
    level : float
        Confidence of every interval.
    dummies : int
        At least 5.

    Returns
    -------
    GivenData

    Raises
    ------
    StatisticError
        Margins that are constant or not finite, shapes that do not fit, more than 1 % failed.
    """
    check_level(level)
    draws = known_draws(margin, miss, weight=weight, replicate=replicate, targets=targets)
    _check_inputs(inputs, draws, dummies)
    shared = _Shared.of(draws, level)
    retained: list[list[Effect]] = [[] for _ in draws.targets]
    noise: list[list[Effect]] = [[] for _ in draws.targets]
    for position, column in enumerate(_columns(inputs, dummies, rng)):
        rows = retained if position < inputs.shape[1] else noise
        for row, effect in zip(rows, shared.effects(column, f"input {position}"), strict=True):
            row.append(effect)
    return GivenData(
        draws=draws.size,
        failed=int(draws.failed.sum()),
        effective=draws.effective,
        dummies=dummies,
        effects=tuple(tuple(row) for row in retained),
        floors=tuple(_floor(row) for row in noise),
        unseen=shared.unseen,
    )


def _check_inputs(inputs: Array, draws: Draws, dummies: int) -> None:
    if inputs.ndim != 2 or inputs.shape[0] != draws.known.size or inputs.shape[1] == 0:
        raise StatisticError(
            f"inputs: found shape {inputs.shape}, expected one row for each of "
            f"{draws.known.size} draws and a column for each input"
        )
    if dummies < 5:
        raise StatisticError(f"dummies: found {dummies}, expected at least 5 for a noise floor")


def _columns(inputs: Array, dummies: int, rng: np.random.Generator) -> Iterator[Array]:
    """Yield the inputs, then the dummies."""
    for position in range(inputs.shape[1]):
        yield np.ascontiguousarray(inputs[:, position], dtype=np.float64)
    for _ in range(dummies):
        yield np.asarray(rng.random(inputs.shape[0]))


@dataclass(frozen=True)
class _Shared:
    """What every column needs of the targets, made once."""

    draws: Draws
    level: float
    halves: Halves
    steps: tuple[Steps, ...]
    # [target, draw], margins of mean 0 and standard deviation 1, and their squares; both, and the
    # misses, times the weight.
    first: Array
    second: Array
    missed: Array
    flags: NDArray[np.bool_]  # [target, draw], misses
    chance: Array  # [target]
    unseen: tuple[Unseen | None, ...]
    bins: int

    @classmethod
    def of(cls, draws: Draws, level: float) -> "_Shared":
        orders = [Order.of(row, draws.weight, "margin") for row in draws.margin]
        share = draws.weights() / draws.weights().sum()
        centred = draws.margin - (draws.margin @ share)[:, None]
        spread = np.sqrt((centred**2) @ share)[:, None]
        chance = draws.miss @ share
        # Whether any draw missed or met it is read from the draws, not from a rounded sum.
        sure = (draws.miss.min(axis=1) == 1.0) | (draws.miss.max(axis=1) == 0.0)
        chance = np.where(sure, draws.miss[:, 0], chance)
        missing = tuple(
            unseen(float(one), draws.effective, level) if known else None
            for one, known in zip(chance, sure, strict=True)
        )
        pull = 1.0 if draws.weight is None else draws.weight
        centred /= spread
        return cls(
            draws,
            level,
            Halves.of(np.stack([order.ranks() for order in orders]), draws.weights(), draws.half),
            tuple(Steps.of(order) for order in orders),
            centred * pull,
            centred**2 * pull,
            draws.miss * pull,
            draws.miss > 0.0,
            chance,
            missing,
            bins_for(draws.effective, SLICES),
        )

    def effects(self, column: Array, what: str) -> list[Effect]:
        """Measure what one column does to every target."""
        draws = self.draws
        order = Order.of(column[draws.known], draws.weight, what)
        starts = order.starts(self.bins)
        fine = order.codes(starts)
        step = self.bins // SLICES
        slices = Slices.of(fine // np.uint8(step), SLICES, draws.weight)
        edges = _edges(order, starts[::step])
        margins, misses, squares = self._sums(fine)
        failed, lost = self._failed(column, edges)
        size, square = _coarse(margins.weight, step), _coarse(squares, step)
        every, halves = self.halves.correlate(order.ranks())
        indices = _intervals(margins, self.level), _intervals(misses, self.level)
        result = []
        for target in range(len(draws.targets)):
            counts = Counts(
                _coarse(misses.first[target], step),
                failed,
                size + failed,
                square + lost,
                draws.replicated,
            )
            distance = slice_distances(slices, self.steps[target])
            regional = regional_distances(order, self.flags[target], draws.effective)
            reduction = None
            if self.unseen[target] is None:
                signs = float(halves[0, target]), float(halves[1, target])
                reduction = risk_reduction(counts, signs, np.arange(draws.groups) % 2, self.level)
            chances = slice_chances(counts, self.level)
            result.append(
                Effect(
                    float(every[target]),
                    edges,
                    tuple(chances),
                    shape_of(chances),
                    reduction,
                    float(np.nanmedian(distance)),
                    float(np.nanmean(distance)),
                    float(np.nanmax(distance)),
                    *regional,
                    indices[0][target],
                    indices[1][target],
                )
            )
        return result

    def _sums(self, fine: NDArray[np.uint8]) -> tuple[BinSums, BinSums, Array]:
        """Add up by bin and group: margins with their squares, misses, and squared weights."""
        draws = self.draws
        cell = fine.astype(np.intp) * draws.groups + draws.group
        shape = (self.bins, draws.groups)

        def add(values: Array | None) -> Array:
            flat = np.bincount(cell, values, minlength=shape[0] * shape[1])
            return flat.astype(np.float64).reshape(shape)

        weight = add(draws.weight)
        square = weight if draws.weight is None else add(draws.weight**2)
        first = np.stack([add(row) for row in self.first])
        second = np.stack([add(row) for row in self.second])
        missed = np.stack([add(row) for row in self.missed])
        return BinSums(weight, first, second), BinSums(weight, missed, missed), square

    def _failed(self, column: Array, edges: Array) -> tuple[Array, Array]:
        """Add up weights, and their squares, of failed draws by slice and group."""
        draws, result, square = self.draws, np.zeros((SLICES, self.draws.groups)), None
        square = np.zeros_like(result)
        if draws.failed.any():
            inner = edges[:-1]
            filled = np.flatnonzero(np.isfinite(inner))
            position = np.searchsorted(inner[filled], column[draws.failed], side="right") - 1
            cells = filled[np.maximum(position, 0)], draws.every_group[draws.failed]
            weight = draws.every_weight[draws.failed]
            np.add.at(result, cells, weight)
            np.add.at(square, cells, weight**2)
        return result, square


def _coarse(table: Array, step: int) -> Array:
    """Add up the bins of each slice."""
    return np.add.reduceat(table, np.arange(0, table.shape[0], step), axis=0)


def _edges(order: Order, starts: NDArray[np.int64]) -> Array:
    """Smallest value of every slice, and the largest of all; NaN for an empty slice."""
    first = np.minimum(starts[:-1], order.values.size - 1)
    lower = np.where(np.diff(starts) > 0, order.values[first], np.nan)
    return np.append(lower, order.values[-1])


def _intervals(sums: BinSums, level: float) -> list[Interval]:
    """First-order index with its interval, by target."""
    return [
        Interval(float(one), float(one - half), float(one + half), level, "groups left out in turn")
        for one, half in zip(*first_order(sums, level), strict=True)
    ]


def _floor(effects: Sequence[Effect]) -> NoiseFloor:
    """Take the upper 95 % of what the dummies of one target seem to do."""

    def upper(values: Sequence[float]) -> float:
        result = np.asarray(values, dtype=np.float64)
        if not np.isfinite(result).all():
            return float("nan")
        return float(weighted_quantiles(result, None, FLOOR)[0])

    reductions = [
        effect.risk_reduction.interval.estimate
        for effect in effects
        if effect.risk_reduction is not None
    ]
    return NoiseFloor(
        upper(reductions) if reductions else float("nan"),
        upper([effect.pawn_median for effect in effects]),
        upper([effect.pawn_mean for effect in effects]),
        upper([effect.pawn_maximum for effect in effects]),
        upper([effect.regional for effect in effects]),
        upper([effect.regional_statistic for effect in effects]),
        upper([effect.first_order.estimate for effect in effects]),
        upper([effect.first_order_of_miss.estimate for effect in effects]),
    )
