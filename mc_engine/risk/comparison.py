"""Differences of P(miss) between two runs on common draws.

Two runs share their draws when draw ``k`` of every input they have in common stands at the same
place among the draws in both. Their difference is then known much better than either chance.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.errors import StatisticError, preview
from mc_engine.intervals import LEVEL, Interval
from mc_engine.risk.columns import labels, row_slices, variable, whole
from mc_engine.risk.sample import Sample
from mc_engine.vocabulary.axes import DRAW, PARAMETER, TARGET

# Draws on which it is checked that inputs stand at the same place.
_CHECKED = 4096
# A step back smaller than this share of an input's range is rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Difference:
    """P(miss) of one target in two runs on common draws.

    Attributes
    ----------
    target : str
    first, second : Interval
        P(miss) in each run, over the common draws, 1.
    difference : Interval
        First minus second, 1; positive where the first run misses more often.
    """

    target: str
    first: Interval
    second: Interval
    difference: Interval


@dataclass(frozen=True)
class Comparison:
    """Two runs on common draws.

    Attributes
    ----------
    draws : int
        Number of common draws.
    differences : tuple of Difference
        Of the targets that both runs have.
    notes : tuple of str
        What a reader must know, one sentence each.
    """

    draws: int
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]


def compare_draws(first: xr.Dataset, second: xr.Dataset, level: float = LEVEL) -> Comparison:
    """Bound the difference of P(miss) of every target that two runs have in common.

    Parameters
    ----------
    first, second : xr.Dataset
        As in ``draws.nc``, one region each.
    level : float
        Confidence of every interval.

    Returns
    -------
    Comparison

    Raises
    ------
    StatisticError
        When the runs do not share their draws, with the reason.
    """
    sizes = [int(draws.sizes.get(DRAW, 0)) for draws in (first, second)]
    _check_designs(first, second, sizes)
    common = min(sizes)
    notes = []
    if sizes[0] != sizes[1]:
        notes.append(
            f"the runs have {sizes[0]:,} and {sizes[1]:,} draws; the first {common:,} of both are "
            "compared"
        )
    first, second = (draws.isel({DRAW: slice(0, common)}) for draws in (first, second))
    _check_rows(first, second)
    known = [labels(draws, TARGET) for draws in (first, second)]
    shared = [name for name in known[0] if name in known[1]]
    if not shared:
        raise StatisticError(
            f"targets: found {preview(known[0]) or 'none'} in one run and "
            f"{preview(known[1]) or 'none'} in the other, expected one in both; compare runs of "
            "one region"
        )
    alone = [name for name in (*known[0], *known[1]) if name not in shared]
    if alone:
        notes.append(f"targets of one run only, not compared: {preview(alone, 12)}")
    changed = [name for name in shared if _rule(first, name) != _rule(second, name)]
    if changed:
        notes.append(f"targets whose rule differs between the runs: {preview(changed, 12)}")
    samples = [Sample.of(draws, level) for draws in (first, second)]
    differences = []
    for name in shared:
        ours, theirs = (
            whole(draws, "miss", TARGET, names.index(name))
            for draws, names in zip((first, second), known, strict=True)
        )
        differences.append(
            Difference(
                name,
                samples[0].proportion(ours),
                samples[1].proportion(theirs),
                samples[0].difference(ours, theirs),
            )
        )
    return Comparison(common, tuple(differences), tuple(notes))


def _refuse(what: str, found: object, other: object, remedy: str) -> None:
    raise StatisticError(
        f"the runs do not share their draws: {what}; found {found} and {other}, expected the same; "
        f"{remedy}"
    )


def _check_designs(first: xr.Dataset, second: xr.Dataset, sizes: list[int]) -> None:
    """Refuse runs of other designs, seeds or numbers of replicates."""
    for name, word in (
        ("design", "design"),
        ("seed", "seed"),
        ("replicates", "number of replicates"),
    ):
        ours, theirs = first.attrs.get(name), second.attrs.get(name)
        if ours != theirs:
            _refuse(f"the {word} differs", ours, theirs, f"run both with one {word}")
    if str(first.attrs.get("design")) == "latin" and sizes[0] != sizes[1]:
        remedy = "a Latin design of another size has other draws: run both with one number"
        _refuse("the number of draws differs", sizes[0], sizes[1], remedy)


def _check_rows(first: xr.Dataset, second: xr.Dataset) -> None:
    """Refuse runs whose rows are numbered or weighted otherwise, or whose inputs moved."""
    for name in ("replicate", "index", "weight"):
        both = [name in draws.coords for draws in (first, second)]
        if both[0] != both[1] or (both[0] and _differ(first[name].variable, second[name].variable)):
            _refuse(f"'{name}' differs between the rows", "one", "another", "compare like runs")
    names = [labels(draws, PARAMETER) for draws in (first, second)]
    common = [name for name in names[0] if name in names[1]]
    if not common or "parameters" not in first or "parameters" not in second:
        return
    rows = [
        variable(draws.isel({DRAW: slice(0, _CHECKED)}), "parameters", DRAW, PARAMETER)
        for draws in (first, second)
    ]
    moved = [
        name
        for name in common
        if _moved(rows[0][:, names[0].index(name)], rows[1][:, names[1].index(name)])
    ]
    if moved:
        raise StatisticError(
            "the runs do not share their draws: "
            f"{len(moved)} of {len(common)} inputs moved under the same name ({preview(moved)}); "
            "found other places among the draws, expected draw by draw the same; correlations, "
            "seed or code have changed, so run both again"
        )


def _differ(first: xr.Variable, second: xr.Variable) -> bool:
    """Whether two coordinates along the draws differ in any row."""
    return any(
        bool((first[rows].values != second[rows].values).any()) for rows in row_slices(first.size)
    )


def _moved(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    """Whether the draws of an input stand in another order; its distribution may differ."""
    ordered = second[np.lexsort((second, first))]
    return bool((np.diff(ordered) < -_ROUNDING * np.ptp(second)).any())


def _rule(draws: xr.Dataset, name: str) -> str:
    if "target_rule" not in draws.coords:
        return ""
    return str(draws.coords["target_rule"].values[labels(draws, TARGET).index(name)])
