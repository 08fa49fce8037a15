"""Draws by number: from a plan to factors and physical values, on all threads."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.plan import SamplingPlan
from mc_engine.design.random import RandomPoints, fill_scores
from mc_engine.design.transform import Workspace, checked_units, fill_given, workspace
from mc_engine.errors import DesignError
from mc_engine.numerics.accelerate import get_num_threads, in_threads
from mc_engine.numerics.lanes import LANES


def _fill(
    plan: SamplingPlan, fill: Callable[..., None], given: tuple[Any, ...], *tables: Any
) -> None:
    """Fill tables on all threads: every piece by ``fill(piece, pieces, *given, work, *tables)``."""

    def part(work: Workspace, piece: int, pieces: int) -> None:
        fill(piece, pieces, *given, work, *tables)

    # Fewer rows than a block for each thread are not worth a thread.
    workers = max(1, min(get_num_threads(), tables[0].shape[0] // LANES))
    in_threads(part, workers, lambda: workspace(len(plan.names), plan.width))


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
    end = plan.design.end
    if not 0 <= start <= stop or (end is not None and stop > end):
        raise DesignError(
            f"draws: found {start} to {stop}, expected ascending numbers from 0"
            f"{'' if end is None else f' to {end}'}; ask for draws that the design has"
        )
    _check_array("factors", factors, stop - start, len(plan.names))
    _check_array("values", values, stop - start, plan.width)
    fill, given = plan.points.kernel(start, stop)
    _fill(plan, fill, (plan.layout, plan.marginals, *given), factors, values)


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
    given = plan.layout, plan.marginals, checked_units(units, plan.names)
    _fill(plan, fill_given, given, factors, values)


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
    if not isinstance(plan.points, RandomPoints):
        raise DesignError(
            f"scores: found the {plan.design.name} design, expected random; only draws that are "
            "independent are aimed"
        )
    scores = np.empty((stop - start, len(plan.names)))
    _fill(plan, fill_scores, (plan.layout, *plan.points, np.uint64(start)), scores)
    return scores
