"""The one door to SALib: Sobol, Morris, and our problem as its own.

SALib 1.6 answers some questions it should refuse, and leaves traces. At this door:

- seed 0, which it reads as no seed, is a seed like any other;
- NaN and constant outputs, which it answers with zeros, are refused;
- rows that fit the other order of the design, which it takes as they are, are refused;
- the caller's names and groups are copied, since it writes into the problem it is given;
- NumPy's global random state and Python's warning filters are put back as they were;
- its samplers, slow and unseeded by default, are not used: the rows are ours.

SALib takes seconds to import, so it is imported inside the functions.
"""

import copy
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mc_engine.errors import StatisticError, preview
from mc_engine.intervals import LEVEL, check_level
from mc_engine.sensitivity.checks import (
    is_constant,
    refuse_constant,
    refuse_mismatched_rows,
    refuse_not_finite,
    refuse_not_power_of_two,
    refuse_other_trajectories,
    refuse_weights,
)
from mc_engine.sensitivity.indices import Estimates, Indices, bounded

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Screening:
    """Elementary effects after Morris, per unit of each input's own scale from 0 to 1.

    Attributes
    ----------
    mean, mean_absolute, mean_absolute_half_width : float64[group, output]
        mu, mu star and the half-width of its interval, in the output's unit.
    spread : float64[group, output]
        sigma; NaN for a group of several inputs, where it is not defined.
    level : float
    trajectories : int
    """

    mean: Array
    mean_absolute: Array
    mean_absolute_half_width: Array
    spread: Array
    level: float
    trajectories: int


def salib_seed(seed: int) -> int:
    """Turn a seed into one that SALib takes for a seed: not 0, and below 2**32.

    Parameters
    ----------
    seed : int
        At least 0; 0 is a seed like any other.
    """
    return int(np.random.SeedSequence(seed).generate_state(1)[0]) or 1


@contextmanager
def _no_traces() -> Iterator[None]:
    """Put back what SALib changes for the whole process, and silence its warnings."""
    state = np.random.get_state()  # noqa: NPY002 - to put back, never to draw from
    layout = warnings.formatwarning
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        warnings.formatwarning = layout
        np.random.set_state(state)  # noqa: NPY002


def _problem(names: Sequence[str], groups: Sequence[str] | None) -> dict[str, Any]:
    """Write names and groups as a problem of SALib's that is its own to change."""
    listed = [str(name) for name in names]
    twice = sorted({name for name in listed if listed.count(name) > 1})
    if not listed or twice:
        raise StatisticError(
            f"names: found {preview(twice) + ' more than once' if twice else 'none'}, "
            "expected a name of its own for every input"
        )
    problem: dict[str, Any] = {
        "names": listed,
        "num_vars": len(listed),
        "bounds": [[0.0, 1.0] for _ in listed],
    }
    if groups is not None:
        problem["groups"] = [str(group) for group in groups]
        if len(problem["groups"]) != len(listed):
            raise StatisticError(
                f"groups: found {len(problem['groups'])} for {len(listed)} inputs, "
                "expected the name of a group for every input"
            )
    return problem


def problem_spec(names: Sequence[str], groups: Sequence[str] | None = None) -> Any:
    """Export a problem to SALib, with every input on its own scale from 0 to 1.

    Parameters
    ----------
    names : sequence of str
        One per input.
    groups : sequence of str, optional
        The group of each input.

    Returns
    -------
    SALib.ProblemSpec
        Its rows are quantiles; the inputs' own distributions turn them into values.
    """
    from SALib import ProblemSpec  # slow to import

    return ProblemSpec(_problem(names, groups))


def group_names(names: Sequence[str], groups: Sequence[str] | None = None) -> list[str]:
    """Give the names that results are listed by: groups in order of appearance, or inputs.

    Parameters
    ----------
    names, groups
        As in ``problem_spec``.
    """
    return list(dict.fromkeys(str(name) for name in (names if groups is None else groups)))


def _outputs(values: ArrayLike) -> Array:
    """Give outputs by [row, output]; refuse what is not finite or does not move."""
    result = refuse_not_finite(values, "outputs")
    columns = result.reshape(result.shape[0], -1)
    refuse_constant(is_constant(columns.min(axis=0), columns.max(axis=0)))
    return columns


def sobol(
    rows: ArrayLike,
    base: int,
    names: Sequence[str],
    groups: Sequence[str] | None = None,
    *,
    second: bool = False,
    resamples: int = 100,
    level: float = LEVEL,
    seed: int = 0,
    sobol_rows: bool = True,
    weight: ArrayLike | None = None,
) -> Indices:
    """Estimate variance-based indices by SALib.

    The estimates are those of ``variance.estimate``. The intervals are SALib's bootstrap, which
    is too wide on Sobol rows.

    Parameters
    ----------
    rows : float64[row, output] or float64[row]
        Outputs in the order A, AB of each group, BA of each group where ``second``, B.
    base : int
        Base rows of the design.
    names, groups
        As in ``problem_spec``.
    second : bool
        Whether the design holds the rows for the second order.
    resamples : int
    level : float
    seed : int
        Of the resamples.
    sobol_rows : bool
        Whether the rows are Sobol points, whose number is a power of two.
    weight : float64[row], optional
        Refused unless all are equal.

    Returns
    -------
    Indices
        ``method`` names SALib.

    Raises
    ------
    StatisticError
        For rows of another number, NaN, infinity, a constant output, and weighted draws.
    """
    check_level(level)
    refuse_weights(weight, "variance-based indices")
    problem = _problem(names, groups)
    outputs = np.asarray(rows, dtype=np.float64)
    count = len(group_names(names, groups))
    refuse_mismatched_rows(outputs.shape[0], base, count, second)
    if sobol_rows:
        refuse_not_power_of_two(base)
    columns = _outputs(outputs)
    from SALib.analyze import sobol as analyzer  # slow to import

    requested = {"calc_second_order": second, "num_resamples": resamples, "conf_level": level}
    result: list[Any] = []
    with _no_traces():
        for column in columns.T:
            own = copy.deepcopy(problem)
            result.append(analyzer.analyze(own, column.copy(), seed=salib_seed(seed), **requested))

    def stacked(key: str) -> Array:
        return np.stack([np.asarray(one[key], dtype=np.float64) for one in result], axis=-1)

    return bounded(
        Estimates(stacked("S1"), stacked("ST"), stacked("S2") if second else None),
        Estimates(stacked("S1_conf"), stacked("ST_conf"), stacked("S2_conf") if second else None),
        level=level,
        method="bootstrap, SALib",
        base=base,
        failed=0,
        left_out=0,
        undefined=np.zeros(columns.shape[1], dtype=np.bool_),
    )


def morris(
    x: ArrayLike,
    y: ArrayLike,
    names: Sequence[str],
    groups: Sequence[str] | None = None,
    *,
    levels: int = 4,
    resamples: int = 1_000,
    level: float = LEVEL,
    seed: int = 0,
    weight: ArrayLike | None = None,
) -> Screening:
    """Screen inputs by their elementary effects.

    Parameters
    ----------
    x : float64[row, input], 1
        Rows of trajectories, each input on its own scale from 0 to 1.
    y : float64[row, output] or float64[row]
    names, groups
        As in ``problem_spec``.
    levels : int
        Levels of the design's grid.
    resamples, level, seed
        Of the interval of mu star.
    weight : float64[row], optional
        Refused unless all are equal.

    Returns
    -------
    Screening

    Raises
    ------
    StatisticError
        For rows that are not trajectories of this design, NaN, infinity, a constant output, and
        weighted draws.
    """
    check_level(level)
    refuse_weights(weight, "Morris screening")
    problem = _problem(names, groups)
    columns = _outputs(y)
    points = refuse_not_finite(x, "inputs")
    labels = np.array([str(group) for group in (names if groups is None else groups)])
    trajectories = refuse_other_trajectories(points, columns.shape[0], labels, levels)
    from SALib.analyze import morris as analyzer  # slow to import

    requested = {"num_levels": levels, "num_resamples": resamples, "conf_level": level}
    result: list[Any] = []
    with _no_traces():
        for column in columns.T:
            own = copy.deepcopy(problem)
            result.append(
                analyzer.analyze(own, points, column.copy(), seed=salib_seed(seed), **requested)
            )

    def stacked(key: str) -> Array:
        # Groups come as masked arrays.
        listed = [np.ma.masked_array(one[key], dtype=np.float64) for one in result]
        return np.stack([one.filled(np.nan) for one in listed], axis=-1)

    return Screening(
        mean=stacked("mu"),
        mean_absolute=stacked("mu_star"),
        mean_absolute_half_width=stacked("mu_star_conf"),
        spread=stacked("sigma"),
        level=level,
        trajectories=trajectories,
    )
