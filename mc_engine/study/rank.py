"""Which assumptions drive a miss: screen all factors, then quantify those that matter.

Screening: Morris trajectories over every factor. Then Saltelli blocks over the factors that matter
for any target, all others moving together as one, so that what was left out is known too. Beside
them what the draws of a finished run tell at no further cost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.groups import Group, groups_of
from mc_engine.design.ranking import REPLICATES, levels, morris, saltelli
from mc_engine.schema.axes import NET, STAGE, YEAR, scopes_of
from mc_engine.sensitivity import salib_bridge
from mc_engine.sensitivity.checks import refuse_failed
from mc_engine.sensitivity.indices import Indices
from mc_engine.sensitivity.moments import Blocks
from mc_engine.sensitivity.variance import Sums
from mc_engine.study.rows import RowBlock, evaluated, plan_rows
from mc_engine.study.study import Study

Array = NDArray[np.float64]

BASE, TRAJECTORIES = 16_384, 256
# Factors that are quantified one by one; the others move together.
KEPT = 60
# Within the run folder.
ROWS = "ranking"

Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Screened:
    """Mean absolute elementary effects of every factor on every margin.

    Attributes
    ----------
    groups : tuple of Group
    star, half : float64[group, target]
        In the margin's unit per range of the factor; NaN for a target that does not move.
    trajectories : int
    """

    groups: tuple[Group, ...]
    star: Array
    half: Array
    trajectories: int

    def matter(self, most: int) -> list[str]:
        """Name the factors of the largest share of any target's effects, at most so many."""
        with np.errstate(invalid="ignore"):
            share = self.star / np.nansum(self.star, axis=0)
        largest = np.nanmax(np.where(np.isnan(share), 0.0, share), axis=1)
        order = np.argsort(-largest, kind="stable")
        return [self.groups[place].name for place in order[:most] if largest[place] > 0.0]


@dataclass(frozen=True)
class Quantified:
    """Variance-based indices of the factors that matter, and of all others together.

    Attributes
    ----------
    groups : tuple of Group
    margins : Indices
        One output per target.
    half_margins : Indices or None
        Of the first half of the blocks of every replicate.
    by_salib : float64[2, group, target]
        First order and total as SALib computes them on the same rows.
    years : tuple of int
    outputs : tuple of str
        Scopes over time.
    over_time : Indices or None
        One output per scope and year, scopes slowest.
    base : int
    rows : int
    """

    groups: tuple[Group, ...]
    margins: Indices
    half_margins: Indices | None
    by_salib: Array
    years: tuple[int, ...]
    outputs: tuple[str, ...]
    over_time: Indices | None
    base: int
    rows: int


def screen(
    study: Study,
    folder: Path,
    *,
    seed: int = 0,
    trajectories: int = TRAJECTORIES,
    threads: int | None = None,
    told: Told | None = None,
    asked_to_stop: Callable[[], bool] | None = None,
) -> Screened:
    """Screen every factor of a study by Morris trajectories.

    Parameters
    ----------
    study : Study
    folder : Path
        Of the rows while they are evaluated.
    seed, trajectories : int
    threads : int, optional
    told : callable, optional
        Told the phase, rows done and rows in all.
    asked_to_stop : callable, optional

    Raises
    ------
    StatisticError
        When more than 1 % of the rows failed.
    """
    groups = groups_of(study.problem)
    plan = morris(study.problem, seed, trajectories, groups)
    rows = plan_rows(study, plan, folder, threads)
    blocks = list(evaluated(rows, _phase(told, "screening"), asked_to_stop))
    margin = np.concatenate([block.margin for block in blocks])
    failed = np.concatenate([block.status for block in blocks]) != 0
    refuse_failed(int(failed.sum()), failed.size)
    width = plan.design.block
    good = np.repeat(~failed.reshape(-1, width).any(axis=1), width)
    table = levels(plan, 0, margin.shape[0])[good]
    names = [groups[place].name for place in plan.group_of]
    found = np.full((2, len(groups), margin.shape[1]), np.nan)
    order = {group.name: place for place, group in enumerate(groups)}
    places = [order[label] for label in salib_bridge.group_names(plan.names, names)]
    for target in range(margin.shape[1]):
        values = margin[good, target]
        if np.ptp(values) > 0.0:
            told_by = salib_bridge.morris(table, values, plan.names, names, seed=seed)
            found[0, places, target] = told_by.mean_absolute[:, 0]
            found[1, places, target] = told_by.mean_absolute_half_width[:, 0]
    return Screened(groups, found[0], found[1], int(good.sum()) // width)


def _phase(told: Told | None, phase: str) -> Callable[[int, int], None] | None:
    if told is None:
        return None
    return lambda done, total: told(phase, done, total)


def quantify(
    study: Study,
    groups: tuple[Group, ...],
    folder: Path,
    *,
    seed: int = 0,
    base: int = BASE,
    threads: int | None = None,
    told: Told | None = None,
    asked_to_stop: Callable[[], bool] | None = None,
) -> Quantified:
    """Compute first-order and total indices of every margin, and of emissions in every year.

    Parameters
    ----------
    study : Study
    groups : tuple of Group
    folder : Path
        Of the rows while they are evaluated.
    seed : int
    base : int
        Saltelli blocks, a power of two.
    threads : int, optional
    told : callable, optional
        Told the phase, rows done and rows in all.
    asked_to_stop : callable, optional

    Raises
    ------
    StatisticError
        When more than 1 % of the rows failed.
    """
    plan = saltelli(study.problem, seed, base, groups)
    rows = plan_rows(study, plan, folder, threads)
    width, targets = plan.design.block, len(study.problem.targets)
    labels = study.model.coordinates(study.problem.inputs)
    years = tuple(int(year) for year in labels.get(YEAR, ()))
    scopes = _scopes(tuple(labels.get(STAGE, ())), [spec.name for spec in rows.variables])
    margins = Sums(REPLICATES, len(groups), targets)
    first_half: Sums | None = None
    yearly = Sums(REPLICATES, len(groups), len(scopes) * len(years)) if scopes else None
    kept = []
    for block in evaluated(rows, _phase(told, "quantifying"), asked_to_stop):
        first = block.start // width
        owner = np.arange(first, first + block.status.size // width) % REPLICATES
        failed = (block.status != 0).reshape(-1, width)
        kept.append(block.margin)
        if first_half is None and first + owner.size > base // 2:
            split = base // 2 - first
            margins.add(owner[:split], *_cut(block.margin, width, slice(0, split)),
                        failed=failed[:split])  # fmt: skip
            first_half = margins.copy()
            margins.add(owner[split:], *_cut(block.margin, width, slice(split, None)),
                        failed=failed[split:])  # fmt: skip
        else:
            margins.add(owner, *_cut(block.margin, width), failed=failed)
        if yearly is not None:
            values = _over_time(block, scopes)
            yearly.add(owner, *_cut(values, width), failed=failed)
    return Quantified(
        groups=groups,
        margins=margins.indices(constant="undefined"),
        half_margins=None if first_half is None else first_half.indices(constant="undefined"),
        by_salib=_by_salib(np.concatenate(kept), width, seed),
        years=years,
        outputs=scopes,
        over_time=None if yearly is None else yearly.indices(constant="undefined"),
        base=base,
        rows=rows.draws,
    )


def _scopes(stages: tuple[str, ...], variables: list[str]) -> tuple[str, ...]:
    """What is ranked over time: emissions added up stage by stage, and net of removals."""
    if "emissions" not in variables:
        return ()
    return (*scopes_of(stages), *([NET] if "net_emissions" in variables else []))


def _over_time(block: RowBlock, scopes: tuple[str, ...]) -> Array:
    """Emissions by scope and year; float64[row, scope * year]."""
    summed = np.cumsum(block.yearly["emissions"].astype(np.float64), axis=1)
    parts = [summed[:, place] for place in range(summed.shape[1])]
    if scopes[-1] == NET:
        parts.append(block.yearly["net_emissions"].astype(np.float64))
    return np.concatenate(parts, axis=1)


def _cut(values: Array, width: int, rows: slice = slice(None)) -> tuple[Array, Array, Array]:
    """Cut outputs of whole Saltelli blocks into rows A, B and AB."""
    shaped = values.reshape(-1, width, values.shape[1])[rows]
    found = Blocks(shaped[:, 0], shaped[:, -1], shaped[:, 1:-1])
    return found.a, found.b, found.ab


def _by_salib(margin: Array, width: int, seed: int) -> Array:
    """First order and total of every target by SALib; NaN where a target does not move."""
    whole = np.isfinite(margin).reshape(-1, width, margin.shape[1]).all(axis=(1, 2))
    good = np.repeat(whole, width)
    found = np.full((2, width - 2, margin.shape[1]), np.nan)
    names = [f"factor {number}" for number in range(width - 2)]
    for target in range(margin.shape[1]):
        values = margin[good, target]
        if np.ptp(values) > 0.0:
            told = salib_bridge.sobol(
                values, values.size // width, names, resamples=2, seed=seed,
                sobol_rows=bool(whole.all()),
            )  # fmt: skip
            found[:, :, target] = told.first[:, 0], told.total[:, 0]
    return found
