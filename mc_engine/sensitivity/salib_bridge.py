"""The only door to SALib: everything that it answers wrongly without a word is refused before.

SALib 1.6 takes seed 0 for no seed, turns one NaN into zeros for every index, does the same for a
constant output, accepts rows of another order than it is told, and changes the problem it is
given, and draws from the global random state, which is put back here as it was. Its sampler of
Sobol rows is slow and scrambled anew each time; rows are always ours.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mc_engine.errors import StatisticError
from mc_engine.sensitivity.checks import (
    is_constant,
    refuse_constant,
    refuse_mismatched_rows,
    refuse_not_finite,
    rows_per_block,
)

Array = NDArray[np.float64]

DELTA_DRAWS, DELTA_RESAMPLES = 1_024, 10
LEVELS = 4


class Sobol(NamedTuple):
    """Indices as SALib computes them.

    Attributes
    ----------
    first, total : float64[group], 1
    first_half, total_half : float64[group], 1
        Half-widths of its bootstrap intervals.
    second : float64[group, group] or None, 1
    """

    first: Array
    total: Array
    first_half: Array
    total_half: Array
    second: Array | None


class Morris(NamedTuple):
    """Mean absolute elementary effects, in the output's unit per unit of the scale.

    Attributes
    ----------
    star, half : float64[group]
        The mean, and the half-width of its interval.
    """

    star: Array
    half: Array


def problem_spec(names: Sequence[str], groups: Sequence[str] | None = None) -> Any:
    """Export a problem to SALib: unit bounds, since our own draws turn them into inputs.

    Parameters
    ----------
    names : sequence of str
        Inputs.
    groups : sequence of str, optional
        Group of each input.

    Returns
    -------
    SALib.ProblemSpec
    """
    from SALib import ProblemSpec  # slow to import

    found: dict[str, Any] = {
        "names": list(names),
        "num_vars": len(names),
        "bounds": [[0.0, 1.0] for _ in names],
    }
    if groups is not None:
        found["groups"] = list(groups)
    return ProblemSpec(found)


def _seed(seed: int) -> int:
    """A seed that SALib takes for one: never 0."""
    return 1 + int(np.random.SeedSequence(seed).generate_state(1)[0] >> 1)


@contextmanager
def _own_randomness() -> Iterator[None]:
    """Let SALib draw from the global random state, and put that back as it was."""
    before = np.random.get_state()  # noqa: NPY002, what SALib seeds and draws from
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


def _checked(values: ArrayLike, what: str) -> Array:
    found = refuse_not_finite(values, what)
    if found.ndim != 1:
        raise StatisticError(f"{what}: found {found.ndim} axes, expected one number per row")
    refuse_constant(np.atleast_1d(is_constant(found.min(), found.max())), what)
    return np.array(found)  # SALib never sees the caller's array


def sobol(
    values: ArrayLike,
    groups: int,
    *,
    second: bool = False,
    resamples: int = 100,
    level: float = 0.95,
    seed: int = 0,
) -> Sobol:
    """Let SALib compute indices from Saltelli rows in its order.

    Parameters
    ----------
    values : float64[row]
        One output.
    groups : int
    second : bool
        Whether the rows hold those for the second order.
    resamples : int
        At least 2.
    level : float
    seed : int
        Any whole number from 0, of the resamples.

    Raises
    ------
    StatisticError
        NaN or infinity, a constant output, rows that are not of such a design.
    """
    from SALib.analyze import sobol as analyse  # slow to import

    found = _checked(values, "output")
    base = max(1, found.size // rows_per_block(groups, second))
    refuse_mismatched_rows(found.size, base, groups, second)
    with _own_randomness():
        told = analyse.analyze(
            dict(problem_spec([f"g{place}" for place in range(groups)])),
            found,
            calc_second_order=second,
            num_resamples=resamples,
            conf_level=level,
            seed=_seed(seed),
        )
    return Sobol(
        first=np.asarray(told["S1"]),
        total=np.asarray(told["ST"]),
        first_half=np.asarray(told["S1_conf"]),
        total_half=np.asarray(told["ST_conf"]),
        second=np.asarray(told["S2"]) if second else None,
    )


def morris(
    rows: ArrayLike,
    values: ArrayLike,
    group_of: Sequence[str],
    *,
    resamples: int = 100,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[list[str], Morris]:
    """Let SALib compute elementary effects from trajectories.

    Parameters
    ----------
    rows : float64[row, input]
        On SALib's scale: 0, 1/3, 2/3 or 1.
    values : float64[row]
    group_of : sequence of str
        Group of each input.
    resamples : int
    level : float
    seed : int
        Of the resamples.

    Returns
    -------
    groups : list of str
        In the order of their first inputs.
    effects : Morris

    Raises
    ------
    StatisticError
        NaN or infinity, a constant output, rows that are no whole trajectories.
    """
    from SALib.analyze import morris as analyse  # slow to import

    found = _checked(values, "output")
    table = np.array(rows, dtype=np.float64)
    names = list(dict.fromkeys(group_of))
    if table.shape != (found.size, len(group_of)) or found.size % (len(names) + 1):
        raise StatisticError(
            f"Morris rows: found {table.shape} for {found.size} outputs, expected trajectories "
            f"of {len(names) + 1} rows of {len(group_of)} inputs"
        )
    spec = dict(problem_spec([f"x{place}" for place in range(len(group_of))], list(group_of)))
    with _own_randomness():
        told = analyse.analyze(
            spec, table, found, num_resamples=resamples, conf_level=level, num_levels=LEVELS,
            seed=_seed(seed),
        )  # fmt: skip
    order = [list(told["names"]).index(name) for name in names]
    star, half = np.asarray(told["mu_star"], float), np.asarray(told["mu_star_conf"], float)
    return names, Morris(star[order], half[order])


def delta(
    inputs: ArrayLike, values: ArrayLike, *, resamples: int = DELTA_RESAMPLES, seed: int = 0
) -> tuple[Array, Array]:
    """Moment-independent delta of Borgonovo, on the first 1,024 draws: it is slow.

    Parameters
    ----------
    inputs : float64[draw, input]
    values : float64[draw]
    resamples : int
    seed : int

    Returns
    -------
    delta, half : float64[input], 1
    """
    from SALib.analyze import delta as analyse  # slow to import

    found = _checked(values, "output")[:DELTA_DRAWS]
    table = np.array(inputs, dtype=np.float64)[:DELTA_DRAWS]
    spec = dict(problem_spec([f"x{place}" for place in range(table.shape[1])]))
    spec["bounds"] = [[float(c.min()), float(c.max())] for c in table.T]
    with _own_randomness():
        told = analyse.analyze(spec, table, found, num_resamples=resamples, seed=_seed(seed))
    return np.asarray(told["delta_balanced"]), np.asarray(told["delta_balanced_conf"])


def pawn(inputs: ArrayLike, values: ArrayLike, *, slices: int = 10, seed: int = 0) -> Array:
    """Let SALib compute PAWN: float64[input, (median, mean, maximum)]."""
    from SALib.analyze import pawn as analyse  # slow to import

    table, found = np.array(inputs, dtype=np.float64), _checked(values, "output")
    spec = dict(problem_spec([f"x{place}" for place in range(table.shape[1])]))
    with _own_randomness():
        told = analyse.analyze(spec, table, found, S=slices, seed=_seed(seed))
    return np.column_stack([told[name] for name in ("median", "mean", "maximum")])
