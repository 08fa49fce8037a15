"""The sampling kernel: from (key, name, draw) to physical values, ``LANES`` draws at once."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.latin import TOGETHER, Network, latin_units
from mc_engine.design.layout import Layout
from mc_engine.design.plan import SamplingPlan
from mc_engine.design.sobol import sobol_cell, sobol_units
from mc_engine.distributions.compiled import Marginals, quantile
from mc_engine.distributions.standard_normal import SCORE_LIMIT, moved_quantile, ndtri
from mc_engine.errors import DesignError
from mc_engine.numerics.accelerate import get_num_threads, in_threads, inner, kernel
from mc_engine.numerics.lanes import LANES, lane_numbers, load, rows, spread, store, where, words
from mc_engine.numerics.seeds import cell_centre, philox_lanes, unit_lanes

_WORD = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


class Room(NamedTuple):
    """What a thread works in: a block of draws side by side, the draw as the last axis.

    Attributes
    ----------
    one : float64[factor], 1
        Unit values of one draw, of designs that make one after another.
    factors : float64[factor, lane]
        First unit values; then a scalar in its prior's unit, a path as its quantile.
    scores : float64[factor, lane], 1
    values : float64[column, lane], the model's units
    spare : float64[lane]
    """

    one: NDArray[np.float64]
    factors: NDArray[np.float64]
    scores: NDArray[np.float64]
    values: NDArray[np.float64]
    spare: NDArray[np.float64]


def _room(plan: SamplingPlan) -> Room:
    count = len(plan.names)
    return Room(np.empty(count), rows(count), rows(count), rows(plan.width), rows(1)[0])


@inner
def _random_units(
    key0: np.uint64,
    key1: np.uint64,
    start: np.uint64,
    name_hash: NDArray[np.uint64],
    units: NDArray[np.float64],
) -> None:
    """Write the unit values of a block of draws of the random design, from ``start`` on.

    The draw is the lower half of the counter; the factor's name hash is the upper half.
    """
    draw = words(start) + lane_numbers()
    low, high = draw & _WORD, draw >> _HALF
    for factor in range(units.shape[0]):
        name = name_hash[factor]
        w0, w1, _, _ = philox_lanes(
            key0, key1, low, high, words(name & _WORD), words(name >> _HALF)
        )
        store(unit_lanes(w0, w1), units, factor)


@inner
def _place_units(one: NDArray[np.float64], lane: int, units: NDArray[np.float64]) -> None:
    """Put the unit values of one draw into its lane."""
    for factor in range(one.size):
        units[factor, lane] = one[factor]


@inner
def _score(layout: Layout, units: NDArray[np.float64], scores: NDArray[np.float64]) -> None:
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
        for place in range(end - 1, first - 1, -1):
            row, score = layout.row[place], spread(layout.shift[place])
            for other in range(place - first + 1):
                weight = layout.weights[row + other]
                score = score + weight * load(scores, layout.member[first + other])
            score = where(score < -SCORE_LIMIT, -SCORE_LIMIT, score)
            score = where(score > SCORE_LIMIT, SCORE_LIMIT, score)
            store(score, scores, layout.member[place])


@inner
def _evaluate(layout: Layout, marginals: Marginals, room: Room) -> None:
    """Turn a block's scores into its factors and values."""
    for factor in range(room.factors.shape[0]):
        u, z = load(room.factors, factor), load(room.scores, factor)
        if layout.needs_quantile[factor]:
            u = moved_quantile(z)
        value = spread(-np.inf)
        for knot in range(layout.knots[factor]):
            before = value
            value = quantile(marginals, layout.first[factor] + knot, u, z, room.spare)
            if layout.increasing[factor]:
                value = where(value < before, before, value)
            column = layout.column[factor] + knot
            store(layout.conversion[factor] * value, room.values, column)
        store(u if layout.is_path[factor] else value, room.factors, factor)
    for constant in range(layout.constant_column.size):
        column = layout.constant_column[constant]
        store(layout.constant_value[constant], room.values, column)


@inner
def _write(block: NDArray[np.float64], first: int, table: NDArray[np.float64]) -> None:
    """Write a block, float64[column, lane], to its rows from ``first`` on."""
    for draw in range(first, min(first + LANES, table.shape[0])):
        for column in range(table.shape[1]):
            table[draw, column] = block[column, draw - first]


@inner
def _finish(
    layout: Layout,
    marginals: Marginals,
    first: int,
    room: Room,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Turn a block's unit values into its rows of factors and of values."""
    _score(layout, room.factors, room.scores)
    _evaluate(layout, marginals, room)
    _write(room.factors, first, factors)
    _write(room.values, first, values)


@kernel
def fill_random(
    piece: int,
    pieces: int,
    layout: Layout,
    marginals: Marginals,
    name_hash: NDArray[np.uint64],
    key0: np.uint64,
    key1: np.uint64,
    start: np.uint64,
    room: Room,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill every ``pieces``-th block of the random design.

    Row ``i`` belongs to draw ``start + i`` alone.
    """
    for first in range(piece * LANES, factors.shape[0], pieces * LANES):
        _random_units(key0, key1, start + np.uint64(first), name_hash, room.factors)
        _finish(layout, marginals, first, room, factors, values)


@kernel
def fill_sobol(
    piece: int,
    pieces: int,
    layout: Layout,
    marginals: Marginals,
    numbers: NDArray[np.uint64],
    shift: NDArray[np.uint64],
    start: int,
    room: Room,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill every ``pieces``-th block of the Sobol design; as ``fill_random``."""
    for first in range(piece * LANES, factors.shape[0], pieces * LANES):
        for lane in range(LANES):
            # A block that is not full is filled with its last draw.
            draw = start + min(first + lane, factors.shape[0] - 1)
            replicate, index = draw % shift.shape[0], draw // shift.shape[0]
            sobol_units(numbers[replicate], shift[replicate], index, room.one)
            _place_units(room.one, lane, room.factors)
        _finish(layout, marginals, first, room, factors, values)


@kernel
def fill_latin(
    piece: int,
    pieces: int,
    layout: Layout,
    marginals: Marginals,
    net: Network,
    keys: NDArray[np.uint64],
    name_hash: NDArray[np.uint64],
    start: int,
    room: Room,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill every ``pieces``-th block of the Latin design; as ``fill_random``."""
    points = np.int64(net.points)
    for first in range(piece * LANES, factors.shape[0], pieces * LANES):
        for lane in range(LANES):
            draw = start + min(first + lane, factors.shape[0] - 1)
            # As ``latin.replicate_of`` and ``latin.index_of`` say.
            replicate = draw // (TOGETHER * points) * TOGETHER + draw % TOGETHER
            index = np.uint64(draw // TOGETHER % points)
            latin_units(net, keys[replicate, 0], keys[replicate, 1], index, name_hash, room.one)
            _place_units(room.one, lane, room.factors)
        _finish(layout, marginals, first, room, factors, values)


@kernel
def fill_given(
    piece: int,
    pieces: int,
    layout: Layout,
    marginals: Marginals,
    units: NDArray[np.float64],
    room: Room,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill every ``pieces``-th block from unit values given by the caller, float64[draw, factor].

    Row ``i`` reads row ``i`` alone.
    """
    for first in range(piece * LANES, factors.shape[0], pieces * LANES):
        for lane in range(LANES):
            _place_units(units[min(first + lane, factors.shape[0] - 1)], lane, room.factors)
        _finish(layout, marginals, first, room, factors, values)


@kernel
def fill_saltelli(
    piece: int,
    pieces: int,
    layout: Layout,
    marginals: Marginals,
    numbers: NDArray[np.uint64],
    shift: NDArray[np.uint64],
    group_of: NDArray[np.int64],
    width: int,
    second: bool,
    start: int,
    room: Room,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill every ``pieces``-th block of ``LANES`` rows of Saltelli's design; as ``fill_random``.

    ``width`` rows of the design belong together: A, AB of every group, BA of every group where
    ``second``, and B.
    """
    groups, count = (width - 2) // 2 if second else width - 2, factors.shape[1]
    for first in range(piece * LANES, factors.shape[0], pieces * LANES):
        for lane in range(LANES):
            row = start + min(first + lane, factors.shape[0] - 1)
            block, column = row // width, row % width
            replicate, index = block % shift.shape[0], block // shift.shape[0]
            for factor in range(count):
                dimension, own = factor, group_of[factor] + 1
                if column == own or (column > groups and not (second and column == groups + own)):
                    dimension += count
                cell = sobol_cell(numbers[replicate, dimension], shift[replicate, dimension], index)
                room.factors[factor, lane] = cell_centre(cell)
        _finish(layout, marginals, first, room, factors, values)


@kernel
def fill_scores(
    piece: int,
    pieces: int,
    layout: Layout,
    name_hash: NDArray[np.uint64],
    key0: np.uint64,
    key1: np.uint64,
    start: np.uint64,
    room: Room,
    scores: NDArray[np.float64],
) -> None:
    """Fill every ``pieces``-th block with scores of the random design; as ``fill_random``."""
    for first in range(piece * LANES, scores.shape[0], pieces * LANES):
        _random_units(key0, key1, start + np.uint64(first), name_hash, room.factors)
        _score(layout, room.factors, room.scores)
        _write(room.scores, first, scores)


def _fill(
    plan: SamplingPlan, fill: Callable[..., None], given: tuple[Any, ...], *tables: Any
) -> None:
    """Fill tables on all threads: every piece by ``fill(piece, pieces, *given, room, *tables)``."""

    def part(room: Room, piece: int, pieces: int) -> None:
        fill(piece, pieces, *given, room, *tables)

    # Fewer rows than a block for each thread are not worth a thread.
    workers = max(1, min(get_num_threads(), tables[0].shape[0] // LANES))
    in_threads(part, workers, lambda: _room(plan))


def _check_array(name: str, array: NDArray[Any], rows: int, columns: int) -> None:
    """Refuse an array that the compiled kernel was not made for."""
    fits = array.dtype == np.float64 and array.shape == (rows, columns)
    if not (fits and array.flags.c_contiguous):
        order = "" if array.flags.c_contiguous else ", not contiguous"
        raise DesignError(
            f"{name}: found {array.dtype}{list(array.shape)}{order}, expected a contiguous "
            f"float64[{rows}, {columns}]; allocate it with np.empty(({rows}, {columns}))"
        )


def sample(
    plan: SamplingPlan,
    start: int,
    stop: int,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Make draws ``start`` to ``stop - 1``; the same bits for any thread count or chunking.

    Parameters
    ----------
    plan : SamplingPlan
    start, stop : int
        Draws by number; a Sobol or Latin design ends at ``plan.design.draws``, a random one
        nowhere.
    factors : float64[draw, factor]
        Overwritten: row 0 is draw ``start``. A scalar in its prior's own unit; a path as its
        quantile, after correlation and the scenario's shift, strictly between 0 and 1.
    values : float64[draw, column], the model's units
        Overwritten: ``conversion`` times the prior's value, one column per knot of a path, and
        the problem's constants.

    Raises
    ------
    DesignError
        For draws that the design does not have, or arrays of another shape or type.
    """
    end = None if plan.design.name == "random" else plan.design.draws
    if not 0 <= start <= stop or (end is not None and stop > end):
        raise DesignError(
            f"draws: found {start} to {stop}, expected ascending numbers from 0"
            f"{'' if end is None else f' to {end}'}; ask for draws that the design has"
        )
    _check_array("factors", factors, stop - start, len(plan.names))
    _check_array("values", values, stop - start, plan.width)
    if plan.design.name == "sobol":
        given = (plan.layout, plan.marginals, plan.numbers, plan.shift, start)
        _fill(plan, fill_sobol, given, factors, values)
        return
    if plan.design.name == "latin":
        latin = plan.net, plan.replicate_keys, plan.name_hash, start
        _fill(plan, fill_latin, (plan.layout, plan.marginals, *latin), factors, values)
        return
    if plan.design.name in ("saltelli", "second"):
        second = plan.design.name == "second"
        net = plan.numbers, plan.shift, plan.group_of, plan.design.block, second, start
        _fill(plan, fill_saltelli, (plan.layout, plan.marginals, *net), factors, values)
        return
    if plan.units is not None:
        transform(plan, plan.units(start, stop), factors, values)
        return
    keys = *map(np.uint64, plan.key), np.uint64(start)
    _fill(plan, fill_random, (plan.layout, plan.marginals, plan.name_hash, *keys), factors, values)


def transform(
    plan: SamplingPlan,
    units: NDArray[np.float64],
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Turn given unit values into draws: correlation, shift and inverse distributions.

    For designs whose rows another method lays out (Saltelli, Morris). Twin of ``sample``.

    Parameters
    ----------
    plan : SamplingPlan
        Only its problem is used.
    units : float64[draw, factor], 1
        Independent unit values, strictly between 0 and 1.
    factors : float64[draw, factor]
        Overwritten, as by ``sample``; may be ``units`` itself.
    values : float64[draw, column], the model's units
        Overwritten, as by ``sample``.

    Raises
    ------
    DesignError
        For a unit value of 0, 1, NaN or outside, or arrays of another shape or type.
    """
    rows = units.shape[0]
    for name, array, columns in (
        ("units", units, len(plan.names)),
        ("factors", factors, len(plan.names)),
        ("values", values, plan.width),
    ):
        _check_array(name, array, rows, columns)
    inside = (units > 0.0) & (units < 1.0)
    if not inside.all():
        row, column = np.argwhere(~inside)[0]
        raise DesignError(
            f"units: found {units[row, column]} for '{plan.names[column]}' in row {row} "
            f"({np.count_nonzero(~inside)} of {units.size} are wrong), expected numbers strictly "
            "between 0 and 1; use cell centres"
        )
    _fill(plan, fill_given, (plan.layout, plan.marginals, units), factors, values)


def normal_scores(plan: SamplingPlan, start: int, stop: int) -> NDArray[np.float64]:
    """Give the normal scores of draws ``start`` to ``stop - 1`` of a random design.

    Parameters
    ----------
    plan : SamplingPlan
    start, stop : int
        Draws by number.

    Returns
    -------
    float64[draw, factor], 1
        Correlated and shifted: the score of the quantile at which each factor was drawn.

    Raises
    ------
    DesignError
        For a design that is not random.
    """
    if plan.design.name != "random":
        raise DesignError(
            f"scores: found the {plan.design.name} design, expected random; only draws that are "
            "independent are aimed"
        )
    scores = np.empty((stop - start, len(plan.names)))
    keys = *map(np.uint64, plan.key), np.uint64(start)
    _fill(plan, fill_scores, (plan.layout, plan.name_hash, *keys), scores)
    return scores
