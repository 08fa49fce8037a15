"""What no sensitivity method accepts: one message each, shared by all of them.

Tools for sensitivity answer such data with zeros, or with indices of something else. Here each
is refused.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mc_engine.errors import StatisticError, preview
from mc_engine.vocabulary.status import MAX_FAILED_SHARE

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

# An output that moves by less than this part of its size moves by rounding alone.
_ROUNDING = 1e-12


def rows_per_block(groups: int, second: bool = False) -> int:
    """Give the rows that belong to one base row of a Saltelli design.

    Parameters
    ----------
    groups : int
        Factors, or groups of them; at least one.
    second : bool
        Whether the rows for second-order indices are among them.

    Returns
    -------
    int
        A and B, one row AB per group, and with ``second`` one row BA per group.
    """
    return 2 + groups * (2 if second else 1)


def refuse_mismatched_rows(rows: int, base: int, groups: int, second: bool = False) -> None:
    """Refuse outputs whose number is not that of the design they are said to come from.

    Parameters
    ----------
    rows : int
        Found.
    base, groups, second
        Base rows, groups and whether there are rows for the second order.

    Raises
    ------
    StatisticError
        With the number expected, and where the rows fit the other order, with that too.
    """
    if base < 1 or groups < 1:
        raise StatisticError(
            f"Saltelli rows: found {base} base rows of {groups} groups, expected at least one each"
        )
    expected = base * rows_per_block(groups, second)
    if rows == expected:
        return
    other = base * rows_per_block(groups, not second)
    fits = f"they fit a design {'without' if second else 'with'} second order; "
    raise StatisticError(
        f"Saltelli rows: found {rows}, expected {expected} ({base} base rows of {groups} groups, "
        f"{'with' if second else 'without'} second order); {fits if rows == other else ''}"
        "give the size and the flag that the design was built with"
    )


def refuse_not_finite(values: ArrayLike, what: str) -> Array:
    """Refuse outputs with NaN or infinity.

    Parameters
    ----------
    values : float64[row, ...]
        At least one.
    what : str
        Name of the values in the message.

    Returns
    -------
    float64[row, ...]
        The same numbers.

    Raises
    ------
    StatisticError
        With the number of rows concerned and the first of them.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        raise StatisticError(f"{what}: found no rows, expected at least one")
    # One sum tells for nearly all arrays; a sum may overflow, so only then each value is asked.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(array.sum()):
            return array
    bad = ~np.isfinite(array.reshape(array.shape[0], -1)).all(axis=1)
    if bad.any():
        raise StatisticError(
            f"{what}: {int(bad.sum())} of {bad.size} rows hold NaN or infinity, the first is row "
            f"{int(bad.argmax())}; expected finite numbers; name the failed draws, so that whole "
            "blocks of the design leave with them"
        )
    return array


def is_constant(low: Array, high: Array) -> Flags:
    """Tell which outputs do not move but for rounding.

    Parameters
    ----------
    low, high : float64[output]
        Smallest and largest value.

    Returns
    -------
    bool[output]
    """
    size = np.maximum(np.abs(low), np.abs(high))
    return np.asarray(high - low <= _ROUNDING * size)


def refuse_constant(
    constant: Flags, what: str = "output", names: Sequence[str] | None = None
) -> None:
    """Refuse outputs that do not move: no share of no variance can be computed.

    Parameters
    ----------
    constant : bool[output]
        See ``is_constant``.
    what : str
        Name of the outputs in the message.
    names : sequence of str, optional
        One per output; their numbers where left out.

    Raises
    ------
    StatisticError
    """
    if not constant.any():
        return
    positions = np.flatnonzero(constant).tolist()
    named = [
        names[position] if names is not None else f"number {position}" for position in positions
    ]
    raise StatisticError(
        f"{what}: {len(positions)} of {constant.size} are constant ({preview(named)}), expected "
        "outputs that differ between draws; leave them out: no assumption moves them"
    )


def refuse_not_power_of_two(base: int, what: str = "Sobol rows") -> None:
    """Refuse a number of base rows at which Sobol points lose their balance.

    Parameters
    ----------
    base : int
        Base rows, of one replicate where there are several.
    what : str
        Name of the rows in the message.

    Raises
    ------
    StatisticError
    """
    if base < 1 or base & (base - 1):
        lower = 1 << max(base.bit_length() - 1, 0)
        raise StatisticError(
            f"{what}: found {base} base rows, expected a power of two; "
            f"take {lower} or {2 * lower}, or a random design"
        )


def refuse_failed(failed: int, rows: int, names: Sequence[str] = ()) -> None:
    """Refuse an analysis of which more than 1 % of the draws failed.

    Parameters
    ----------
    failed, rows : int
        Rows that failed, and all rows.
    names : sequence of str
        Names of the status codes, where they are known.

    Raises
    ------
    StatisticError
    """
    if failed > MAX_FAILED_SHARE * rows:
        codes = f" ({preview(names)})" if names else ""
        raise StatisticError(
            f"sensitivity: {failed} of {rows} draws failed{codes}, {100.0 * failed / rows:.2g} %, "
            f"expected at most {100.0 * MAX_FAILED_SHARE:g} %; indices of the rest would describe "
            "another set of assumptions; look at the status codes first"
        )


def refuse_weights(weight: ArrayLike | None, method: str) -> None:
    """Refuse weighted draws where a method rests on the design of its rows.

    Parameters
    ----------
    weight : float64[draw] or None
        None, or the same for every draw, is no weighting.
    method : str
        Name in the message.

    Raises
    ------
    StatisticError
    """
    if weight is None:
        return
    array = np.asarray(weight, dtype=np.float64)
    if array.size and (array == array.flat[0]).all():
        return
    raise StatisticError(
        f"{method}: found draws of different weight, expected a run without constraint; weights "
        "make the inputs depend on each other, and rows that differ in one input alone then no "
        "longer compare likely states; use a weighted given-data method"
    )


def whole_blocks(failed: ArrayLike, base: int, per_block: int) -> Flags:
    """Tell which Saltelli blocks are whole: where one row failed, its block leaves.

    Parameters
    ----------
    failed : bool[row] or bool[base, row in the block]
        In the order of the design.
    base, per_block : int
        Base rows, and rows of each (see ``rows_per_block``).

    Returns
    -------
    bool[base]

    Raises
    ------
    StatisticError
        When the flags are not one per row.
    """
    flags = np.asarray(failed, dtype=np.bool_)
    if flags.size != base * per_block:
        raise StatisticError(
            f"failed rows: found {flags.size} flags, expected one for each of the "
            f"{base * per_block} rows of {base} Saltelli blocks"
        )
    return np.asarray(~flags.reshape(base, per_block).any(axis=1))


def refuse_other_trajectories(
    points: Array, rows: int, labels: NDArray[np.str_], levels: int
) -> int:
    """Refuse rows that are not trajectories that move one group at a time (Morris).

    Parameters
    ----------
    points : float64[row, input], 1
        Each input on its own scale from 0 to 1.
    rows : int
        Number of outputs.
    labels : str[input]
        Group of each input.
    levels : int
        Levels of the grid.

    Returns
    -------
    int
        Trajectories.

    Raises
    ------
    StatisticError
    """
    unique = list(dict.fromkeys(labels.tolist()))
    length = len(unique) + 1
    if levels < 2 or levels % 2:
        raise StatisticError(f"Morris levels: found {levels}, expected an even number from 2 up")
    shape = (rows, labels.size)
    if points.shape != shape or rows % length or rows < 2 * length:
        raise StatisticError(
            f"Morris rows: found inputs {points.shape} and {rows} outputs, expected {labels.size} "
            f"inputs and a multiple of {length} rows ({len(unique)} groups and a start), "
            "two trajectories at least"
        )
    step = levels / (2.0 * (levels - 1))
    moved = np.diff(points.reshape(-1, length, labels.size), axis=1)
    exact = np.isclose(np.abs(moved), step, rtol=0.0, atol=1e-9)
    still = moved == 0.0
    by_group = np.stack([exact[:, :, labels == name].all(axis=2) for name in unique], axis=2)
    once = (by_group.sum(axis=1) == 1).all(axis=1) & (by_group.sum(axis=2) == 1).all(axis=1)
    good = once & (exact | still).all(axis=(1, 2)) & (exact.sum(axis=1) == 1).all(axis=1)
    if not good.all():
        raise StatisticError(
            f"Morris rows: {int((~good).sum())} of {good.size} trajectories do not move each group "
            f"once by {step:.4g} (first: number {int((~good).argmax())}), expected the step of "
            f"{levels} levels on a scale from 0 to 1; give the levels and groups of the design"
        )
    return int(good.size)
