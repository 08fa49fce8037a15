"""The sampling kernel: from (key, name, draw) to physical values, one draw per row."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.accelerate import kernel, prange, sweep
from mc_engine.design.beta import beta_value
from mc_engine.design.inverse import (
    BETA,
    DISCRETE,
    EMPIRICAL,
    PERT,
    Laws,
    discrete_value,
    empirical_value,
    formula_value,
    remapped,
)
from mc_engine.design.latin import TOGETHER, Network, latin_units
from mc_engine.design.layout import Layout
from mc_engine.design.normal import SCORE_LIMIT, moved_quantile, scores_of
from mc_engine.design.plan import SamplingPlan
from mc_engine.design.sobol import sobol_cell, sobol_units
from mc_engine.errors import DesignError
from mc_engine.seeds import cell_centre, philox, unit

_WORD = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@kernel
def random_units(
    key0: int, key1: int, draw: int, name_hash: NDArray[np.uint64], units: NDArray[np.float64]
) -> None:
    """Write the unit values of one draw of the random design.

    Parameters
    ----------
    key0, key1 : uint64, below 2**32
    draw : uint64
        Lower half of the counter; the factor's name hash is the upper half.
    name_hash : uint64[factor]
    units : float64[factor], 1
        Overwritten; strictly between 0 and 1.
    """
    low, high = draw & _WORD, draw >> _HALF
    for factor in range(units.size):
        name = name_hash[factor]
        w0, w1, _, _ = philox(key0, key1, low, high, name & _WORD, name >> _HALF)
        units[factor] = unit(w0, w1)


@kernel
def scored(layout: Layout, units: NDArray[np.float64], scores: NDArray[np.float64]) -> None:
    """Write the normal scores of one draw, correlated and shifted where factors are moved.

    Parameters
    ----------
    layout : Layout
    units : float64[factor], 1
        Independent unit values.
    scores : float64[factor], 1
        Overwritten; those of moved factors are kept within the range of a draw.
    """
    scores_of(units, scores)
    for block in range(layout.block.size - 1):
        first, end = layout.block[block], layout.block[block + 1]
        # From the last member back: a row reads its own score and those before it.
        for place in range(end - 1, first - 1, -1):
            row = layout.row[place]
            score = layout.shift[place]
            for other in range(place - first + 1):
                score += layout.weights[row + other] * scores[layout.member[first + other]]
            scores[layout.member[place]] = min(max(score, -SCORE_LIMIT), SCORE_LIMIT)


@kernel
def finish_draw(
    layout: Layout,
    laws: Laws,
    scores: NDArray[np.float64],
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Turn one draw's unit values into its rows of factors and of values.

    Arrays are read here and plain numbers handed on: a compiled call that takes arrays counts
    references to them, which was seen to cost four times the evaluation itself.

    Parameters
    ----------
    layout : Layout
    laws : Laws
    scores : float64[factor], 1
        Working space.
    factors : float64[factor]
        In: unit values. Out: a scalar in its prior's unit, a path as its quantile.
    values : float64[column], the model's units
        Overwritten, every column.
    """
    scored(layout, factors, scores)
    for factor in range(factors.size):
        u, z = factors[factor], scores[factor]
        if layout.needs_quantile[factor]:
            u = moved_quantile(z)
            factors[factor] = u
        value = -np.inf
        for knot in range(layout.knots[factor]):
            before = value
            law = layout.first[factor] + knot
            v, score = u, z
            if laws.truncated[law]:
                v, score = remapped(laws.below[law], laws.above[law], laws.span[law], u)
            family, offset = laws.family[law], laws.offset[law]
            p0, p1, p2 = laws.shape[law, 0], laws.shape[law, 1], laws.shape[law, 2]
            if family in (BETA, PERT):
                value = beta_value(laws.table, offset, p0, p1, p2, score)
            elif family == DISCRETE:
                value = discrete_value(laws.table, offset, int(p0), v)
            elif family == EMPIRICAL:
                value = empirical_value(laws.table, offset, int(p0), v)
            else:
                p3, p4 = laws.shape[law, 3], laws.shape[law, 4]
                value = formula_value(family, p0, p1, p2, p3, p4, v, score)
            value = min(max(value, laws.low[law]), laws.high[law])
            if layout.increasing[factor]:
                value = max(value, before)
            values[layout.column[factor] + knot] = layout.conversion[factor] * value
        if not layout.is_path[factor]:
            factors[factor] = value
    for constant in range(layout.constant_column.size):
        values[layout.constant_column[constant]] = layout.constant_value[constant]


@sweep
def sweep_random(
    layout: Layout,
    laws: Laws,
    name_hash: NDArray[np.uint64],
    key0: int,
    key1: int,
    start: int,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill rows of the random design. Row ``i`` belongs to draw ``start + i`` alone."""
    for i in prange(factors.shape[0]):
        scores = np.empty(factors.shape[1])
        random_units(key0, key1, start + np.uint64(i), name_hash, factors[i])
        finish_draw(layout, laws, scores, factors[i], values[i])


@sweep
def sweep_sobol(
    layout: Layout,
    laws: Laws,
    numbers: NDArray[np.uint64],
    shift: NDArray[np.uint64],
    start: int,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill rows of the Sobol design. Row ``i`` belongs to draw ``start + i`` alone."""
    for i in prange(factors.shape[0]):
        scores = np.empty(factors.shape[1])
        replicate = (start + i) % shift.shape[0]
        index = (start + i) // shift.shape[0]
        sobol_units(numbers[replicate], shift[replicate], index, factors[i])
        finish_draw(layout, laws, scores, factors[i], values[i])


@sweep
def sweep_latin(
    layout: Layout,
    laws: Laws,
    net: Network,
    keys: NDArray[np.uint64],
    name_hash: NDArray[np.uint64],
    start: int,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill rows of the Latin design. Row ``i`` belongs to draw ``start + i`` alone."""
    points = np.int64(net.points)
    for i in prange(factors.shape[0]):
        scores = np.empty(factors.shape[1])
        # As ``latin.replicate_of`` and ``latin.index_of`` say.
        replicate = (start + i) // (TOGETHER * points) * TOGETHER + (start + i) % TOGETHER
        index = np.uint64((start + i) // TOGETHER % points)
        latin_units(net, keys[replicate, 0], keys[replicate, 1], index, name_hash, factors[i])
        finish_draw(layout, laws, scores, factors[i], values[i])


@sweep
def sweep_given(
    layout: Layout,
    laws: Laws,
    units: NDArray[np.float64],
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill rows from unit values given by the caller. Row ``i`` reads row ``i`` alone."""
    for i in prange(factors.shape[0]):
        scores = np.empty(factors.shape[1])
        factors[i] = units[i]
        finish_draw(layout, laws, scores, factors[i], values[i])


@sweep
def sweep_saltelli(
    layout: Layout,
    laws: Laws,
    numbers: NDArray[np.uint64],
    shift: NDArray[np.uint64],
    group_of: NDArray[np.int64],
    width: int,
    second: bool,
    start: int,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill rows of Saltelli blocks. Row ``i`` belongs to row ``start + i`` of the design alone.

    A block is A, AB of every group, BA of every group where ``second``, and B.
    """
    groups = (width - 2) // 2 if second else width - 2
    for i in prange(factors.shape[0]):
        scores = np.empty(factors.shape[1])
        block, column = (start + i) // width, (start + i) % width
        replicate, index = block % shift.shape[0], block // shift.shape[0]
        for factor in range(factors.shape[1]):
            dimension = factor
            own = group_of[factor] + 1
            if column == own or (column > groups and not (second and column == groups + own)):
                dimension += factors.shape[1]
            cell = sobol_cell(numbers[replicate, dimension], shift[replicate, dimension], index)
            factors[i, factor] = cell_centre(cell)
        finish_draw(layout, laws, scores, factors[i], values[i])


@sweep
def sweep_scores(
    layout: Layout,
    name_hash: NDArray[np.uint64],
    key0: int,
    key1: int,
    start: int,
    scores: NDArray[np.float64],
) -> None:
    """Fill rows with the scores of draws of the random design. Row ``i`` is ``start + i`` alone."""
    for i in prange(scores.shape[0]):
        units = np.empty(scores.shape[1])
        random_units(key0, key1, start + np.uint64(i), name_hash, units)
        scored(layout, units, scores[i])


def _check_array(name: str, array: NDArray[Any], rows: int, columns: int) -> None:
    """Refuse an array that the compiled sweep was not made for."""
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
        sweep_sobol(plan.layout, plan.laws, plan.numbers, plan.shift, start, factors, values)
        return
    if plan.design.name == "latin":
        sweep_latin(
            plan.layout,
            plan.laws,
            plan.net,
            plan.replicate_keys,
            plan.name_hash,
            start,
            factors,
            values,
        )
        return
    if plan.design.name in ("saltelli", "second"):
        sweep_saltelli(
            plan.layout,
            plan.laws,
            plan.numbers,
            plan.shift,
            plan.group_of,
            plan.design.block,
            plan.design.name == "second",
            start,
            factors,
            values,
        )
        return
    if plan.units is not None:
        transform(plan, plan.units(start, stop), factors, values)
        return
    key0, key1 = map(np.uint64, plan.key)
    sweep_random(
        plan.layout, plan.laws, plan.name_hash, key0, key1, np.uint64(start), factors, values
    )


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
    sweep_given(plan.layout, plan.laws, units, factors, values)


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
    key0, key1 = map(np.uint64, plan.key)
    sweep_scores(plan.layout, plan.name_hash, key0, key1, np.uint64(start), scores)
    return scores
