"""From unit values to draws: correlation, shift and quantiles, ``LANES`` draws at once."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.layout import Layout
from mc_engine.distributions.compiled import Marginals, quantile
from mc_engine.distributions.standard_normal import SCORE_LIMIT, moved_quantile, ndtri
from mc_engine.errors import DesignError
from mc_engine.numerics.accelerate import inner, kernel
from mc_engine.numerics.lanes import LANES, broadcast, load, rows, store, where


class Workspace(NamedTuple):
    """What a thread works in: a block of draws side by side, the draw as the last axis.

    Attributes
    ----------
    one : float64[factor], 1
        Unit values of one draw, of designs that make one after another.
    factors : float64[factor, lane]
        First unit values; then a scalar in its prior's unit, a path as its quantile.
    scores : float64[factor, lane], 1
    values : float64[column, lane], the model's units
    scratch : float64[lane]
    """

    one: NDArray[np.float64]
    factors: NDArray[np.float64]
    scores: NDArray[np.float64]
    values: NDArray[np.float64]
    scratch: NDArray[np.float64]


def workspace(factors: int, columns: int) -> Workspace:
    """Make the workspace of one thread."""
    return Workspace(np.empty(factors), rows(factors), rows(factors), rows(columns), rows(1)[0])


@inner
def put_lane(one: NDArray[np.float64], lane: int, units: NDArray[np.float64]) -> None:
    """Put the unit values of one draw into its lane."""
    for factor in range(one.size):
        units[factor, lane] = one[factor]


@inner
def score_block(layout: Layout, units: NDArray[np.float64], scores: NDArray[np.float64]) -> None:
    """Write the normal scores of a block, correlated and shifted where factors are moved.

    Parameters
    ----------
    layout : Layout
    units : float64[factor, lane], 1
        Independent unit values.
    scores : float64[factor, lane], 1
        Overwritten; those of moved factors are kept within the range of a draw.
    """
    for factor in range(units.shape[0]):
        store(ndtri(load(units, factor)), scores, factor)
    for block in range(layout.block.size - 1):
        first, end = layout.block[block], layout.block[block + 1]
        # From the last member back: a row reads its own score and those before it.
        for index in range(end - 1, first - 1, -1):
            row, score = layout.row[index], broadcast(layout.shift[index])
            for other in range(index - first + 1):
                weight = layout.weights[row + other]
                score = score + weight * load(scores, layout.member[first + other])
            score = where(score < -SCORE_LIMIT, -SCORE_LIMIT, score)
            score = where(score > SCORE_LIMIT, SCORE_LIMIT, score)
            store(score, scores, layout.member[index])


@inner
def _evaluate(layout: Layout, marginals: Marginals, work: Workspace) -> None:
    """Turn a block's scores into its factors and values."""
    for factor in range(work.factors.shape[0]):
        u, z = load(work.factors, factor), load(work.scores, factor)
        if layout.needs_quantile[factor]:
            u = moved_quantile(z)
        value = broadcast(-np.inf)
        for knot in range(layout.knots[factor]):
            before = value
            value = quantile(marginals, layout.first[factor] + knot, u, z, work.scratch)
            if layout.increasing[factor]:
                value = where(value < before, before, value)
            column = layout.column[factor] + knot
            store(layout.conversion[factor] * value, work.values, column)
        store(u if layout.is_path[factor] else value, work.factors, factor)
    for constant in range(layout.constant_column.size):
        column = layout.constant_column[constant]
        store(layout.constant_value[constant], work.values, column)


@inner
def write_block(block: NDArray[np.float64], first: int, table: NDArray[np.float64]) -> None:
    """Write a block, float64[column, lane], to its rows from ``first`` on."""
    for draw in range(first, min(first + LANES, table.shape[0])):
        for column in range(table.shape[1]):
            table[draw, column] = block[column, draw - first]


@inner
def finish(
    layout: Layout,
    marginals: Marginals,
    first: int,
    work: Workspace,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Turn a block's unit values into its rows of factors and of values."""
    score_block(layout, work.factors, work.scores)
    _evaluate(layout, marginals, work)
    write_block(work.factors, first, factors)
    write_block(work.values, first, values)


@kernel
def fill_given(
    piece: int,
    pieces: int,
    layout: Layout,
    marginals: Marginals,
    units: NDArray[np.float64],
    work: Workspace,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill every ``pieces``-th block from unit values given by the caller, float64[draw, factor].

    Row ``i`` reads row ``i`` alone.
    """
    for first in range(piece * LANES, factors.shape[0], pieces * LANES):
        for lane in range(LANES):
            put_lane(units[min(first + lane, factors.shape[0] - 1)], lane, work.factors)
        finish(layout, marginals, first, work, factors, values)


class GivenPoints(ABC):
    """Points that are made outside compiled code.

    Attributes
    ----------
    names : tuple of str
        Of the factors.
    """

    names: tuple[str, ...]

    @abstractmethod
    def units(self, start: int, stop: int) -> NDArray[np.float64]:
        """Give the unit values of rows ``start`` to ``stop - 1``, float64[row, factor]."""

    def kernel(self, start: int, stop: int) -> tuple[Callable[..., None], tuple[Any, ...]]:
        """Give the kernel that fills rows ``start`` to ``stop - 1``, and what it reads."""
        return fill_given, (checked_units(self.units(start, stop), self.names),)


def checked_units(units: NDArray[np.float64], names: tuple[str, ...]) -> NDArray[np.float64]:
    """Refuse unit values of 0, 1, NaN or outside."""
    inside = (units > 0.0) & (units < 1.0)
    if not inside.all():
        row, column = np.argwhere(~inside)[0]
        raise DesignError(
            f"units: found {units[row, column]} for '{names[column]}' in row {row} "
            f"({np.count_nonzero(~inside)} of {units.size} are wrong), expected numbers strictly "
            "between 0 and 1; use cell centres"
        )
    return units
