"""Where each factor reads its quantile and writes its values, as flat arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.distributions.compiled import Marginals, pack
from mc_engine.errors import DesignError, preview
from mc_engine.problem.problem import Problem


class Layout(NamedTuple):
    """How one row of quantiles becomes one row of values.

    A *moved* factor is one whose quantile is not its own unit value: a member of a block of
    dependent factors, or one that the scenario shifts (a block of one).

    Attributes
    ----------
    first, knots : int64[factor]
        First and number of its marginals, as rows of ``Marginals``.
    column : int64[factor]
        First column of its values.
    conversion : float64[factor]
        Model value = conversion times prior value.
    is_path, increasing : bool[factor]
    needs_quantile : bool[factor]
        Moved, and its quantile is read off its score; not so where nothing asks for the quantile: a
        scalar whose value follows from the score.
    member : int64[moved]
        The factor at that position.
    shift : float64[moved], steps of the score
    block : int64[block + 1]
        Where each block of dependent factors starts among the moved ones.
    row : int64[moved]
        Where its row of the Cholesky factor starts in ``weights``; its length is its position
        within the block plus one.
    weights : float64[entry], 1
    constant_column : int64[constant]
    constant_value : float64[constant], the model's unit
    """

    first: NDArray[np.int64]
    knots: NDArray[np.int64]
    column: NDArray[np.int64]
    conversion: NDArray[np.float64]
    is_path: NDArray[np.bool_]
    increasing: NDArray[np.bool_]
    needs_quantile: NDArray[np.bool_]
    member: NDArray[np.int64]
    shift: NDArray[np.float64]
    block: NDArray[np.int64]
    row: NDArray[np.int64]
    weights: NDArray[np.float64]
    constant_column: NDArray[np.int64]
    constant_value: NDArray[np.float64]


def _check_columns(problem: Problem) -> None:
    """Refuse a problem that leaves a column of a draw's row unwritten, or writes it twice."""
    writers = np.zeros(problem.inputs.width, dtype=np.int64)
    columns = [column for column, _ in problem.constants]
    for factor in problem.factors:
        columns.extend(range(factor.column, factor.column + len(factor.marginals)))
    outside = sorted({c for c in columns if not 0 <= c < writers.size})
    if outside:
        raise DesignError(
            f"{problem.region}: found values for column {preview(outside)}, expected 0 to "
            f"{writers.size - 1} (the width of a draw's row); correct 'width' or the columns"
        )
    np.add.at(writers, np.array(columns, dtype=np.int64), 1)
    wrong = np.flatnonzero(writers != 1)
    if wrong.size:
        result = preview(f"column {c}: {writers[c]}" for c in wrong)
        raise DesignError(
            f"{problem.region}: each column of a draw's row needs one factor or constant that "
            f"writes it, found for {result}; correct the columns of the problem"
        )


def _blocks(problem: Problem) -> list[tuple[tuple[int, ...], tuple[tuple[float, ...], ...]]]:
    """Blocks of dependent factors, then one block for each other factor that is shifted."""
    blocks = list(problem.cholesky)
    seen = [position for positions, _ in blocks for position in positions]
    count = len(problem.factors)
    for positions, rows in blocks:
        fits = len(rows) == len(positions) and all(
            len(row) > index and not any(row[index + 1 :]) for index, row in enumerate(rows)
        )
        if not fits or not all(0 <= position < count for position in positions):
            raise DesignError(
                f"{problem.region}: found a block of dependent factors {positions} with rows of "
                f"{[len(row) for row in rows]} numbers, expected positions below {count} and the "
                "rows of a lower triangular matrix; load the problem again"
            )
    if len(set(seen)) != len(seen):
        raise DesignError(
            f"{problem.region}: found a factor in two blocks of dependent factors, expected each "
            "in one at most; merge the blocks"
        )
    blocks.extend(
        ((position,), ((1.0,),))
        for position, factor in enumerate(problem.factors)
        if factor.shift != 0.0 and position not in seen
    )
    return blocks


def build_layout(problem: Problem) -> tuple[Layout, Marginals]:
    """Lay out a problem for compiled code.

    Raises
    ------
    DesignError
        When columns, blocks or distributions do not fit together.
    """
    factors = problem.factors
    for factor in factors:
        if not factor.marginals or (len(factor.marginals) > 1 and not factor.is_path):
            raise DesignError(
                f"{factor.name}: found {len(factor.marginals)} distributions, expected one for a "
                "scalar and at least one for a path; correct the prior"
            )
    _check_columns(problem)
    blocks = _blocks(problem)
    members = [position for positions, _ in blocks for position in positions]
    rows = [list(row[: index + 1]) for _, block in blocks for index, row in enumerate(block)]
    counts = [len(factor.marginals) for factor in factors]
    marginals = pack(
        [marginal for factor in factors for marginal in factor.marginals],
        [_label(problem, f, k) for f, count in enumerate(counts) for k in range(count)],
    )
    starts = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)
    plain_score = marginals.uses_score & ~marginals.truncated
    needs_quantile = np.zeros(len(factors), dtype=np.bool_)
    for f in members:
        by_score = plain_score[starts[f] : starts[f + 1]].all()
        needs_quantile[f] = factors[f].is_path or not by_score
    return Layout(
        first=starts[:-1].copy(),
        knots=np.array(counts, dtype=np.int64),
        column=np.array([factor.column for factor in factors], dtype=np.int64),
        conversion=np.array([factor.conversion for factor in factors], dtype=np.float64),
        is_path=np.array([factor.is_path for factor in factors], dtype=np.bool_),
        increasing=np.array([factor.increasing for factor in factors], dtype=np.bool_),
        needs_quantile=needs_quantile,
        member=np.array(members, dtype=np.int64),
        shift=np.array([factors[position].shift for position in members], dtype=np.float64),
        block=np.cumsum([0] + [len(positions) for positions, _ in blocks], dtype=np.int64),
        row=np.cumsum([0] + [len(row) for row in rows], dtype=np.int64)[:-1].copy(),
        weights=np.array([weight for row in rows for weight in row], dtype=np.float64),
        constant_column=np.array([column for column, _ in problem.constants], dtype=np.int64),
        constant_value=np.array([value for _, value in problem.constants], dtype=np.float64),
    ), marginals


def _label(problem: Problem, position: int, knot: int) -> str:
    """How an error names one distribution: where it was read, whose it is, which knot."""
    factor = problem.factors[position]
    name = f"{factor.where}: {factor.name}" if factor.where else factor.name
    if not factor.is_path:
        return name
    years = factor.knot_years
    return f"{name}, knot {years[knot] if knot < len(years) else knot}"
