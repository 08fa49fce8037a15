"""Saltelli rows of a study: evaluated, added up, and turned into variance-based indices.

Blocks over the factors that lead, all others moving together as one, so that what was left out is
known too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.groups import Group
from mc_engine.design.ranking import REPLICATES, saltelli
from mc_engine.ranking.evaluation import Evaluation, RowBlock
from mc_engine.ranking.result import BASE
from mc_engine.sensitivity import salib_bridge
from mc_engine.sensitivity.indices import Indices
from mc_engine.sensitivity.moments import cut
from mc_engine.sensitivity.variance import SaltelliSums
from mc_engine.vocabulary.axes import NET, STAGE, YEAR, scopes_of

Array = NDArray[np.float64]


class RankingSums:
    """Sums over Saltelli blocks, from which every index follows and more blocks can be added.

    Parameters
    ----------
    groups, targets, yearly : int
        Factors, margins, and yearly outputs.
    second : bool
        Whether the blocks have rows for the second order.

    Attributes
    ----------
    margin : list of float64[row, target]
        Every row so far, for SALib; NaN where it failed.
    """

    def __init__(self, groups: int, targets: int, yearly: int, second: bool = False) -> None:
        self.margins = SaltelliSums(REPLICATES, groups, targets, second)
        self.misses = SaltelliSums(REPLICATES, groups, targets)
        self.yearly = SaltelliSums(REPLICATES, groups, yearly) if yearly else None
        self.margin: list[Array] = []
        self._groups, self._second = groups, second

    @property
    def rows(self) -> int:
        """Rows so far."""
        return sum(part.shape[0] for part in self.margin)

    def add(self, first: int, margin: Array, failed: NDArray[np.bool_], yearly: Array) -> None:
        """Add whole blocks.

        Parameters
        ----------
        first : int
            Number of the first block.
        margin : float64[row, target]
        failed : bool[row]
        yearly : float64[row, output]
            Of no outputs where nothing is yearly.
        """
        width = (2 if self._second else 1) * self._groups + 2
        by_block = failed.reshape(-1, width)
        owner = np.arange(first, first + by_block.shape[0]) % REPLICATES
        self.margin.append(margin)
        parts = cut(margin, by_block.shape[0], self._groups, self._second)
        self.margins.add(owner, *parts, failed=by_block)
        # The second order is of the margins alone: rows BA are not read below.
        read = np.delete(by_block, slice(1 + self._groups, width - 1), axis=1)
        parts = cut(margin < 0.0, by_block.shape[0], self._groups, self._second)
        self.misses.add(owner, parts.a, parts.b, parts.ab, failed=read)
        if self.yearly is not None:
            parts = cut(yearly, by_block.shape[0], self._groups, self._second)
            self.yearly.add(owner, parts.a, parts.b, parts.ab, failed=read)

    def state(self) -> dict[str, Array]:
        """Give everything as arrays by name."""
        held = {"margin": np.concatenate(self.margin)}
        for name, sums in self._sums().items():
            held |= {f"{name}.{key}": values for key, values in sums.state().items()}
        return held

    def restore(self, state: dict[str, Array]) -> None:
        """Continue from what ``state`` gave."""
        self.margin = [state["margin"]]
        for name, sums in self._sums().items():
            start = f"{name}."
            sums.restore(
                {key[len(start) :]: part for key, part in state.items() if key.startswith(start)}
            )

    def _sums(self) -> dict[str, SaltelliSums]:
        sums = {"margins": self.margins, "misses": self.misses}
        return sums if self.yearly is None else {**sums, "yearly": self.yearly}


@dataclass(frozen=True)
class VarianceIndices:
    """Variance-based indices of the factors that lead, and of all others together.

    Attributes
    ----------
    groups : tuple of Group
    margins : Indices
        One output per target.
    half_margins : Indices or None
        Of the first half of the blocks of every replicate.
    misses : Indices
        Of the miss itself, 1 or 0, by target.
    by_salib : float64[2, group, target]
        First order and total as SALib computes them on the same rows.
    years : tuple of int
    outputs : tuple of str
        Scopes over time.
    over_time : Indices or None
        One output per scope and year, scopes slowest.
    base : int
    rows : int
    sums : RankingSums
        From which a larger base continues.
    """

    groups: tuple[Group, ...]
    margins: Indices
    half_margins: Indices | None
    misses: Indices
    by_salib: Array
    years: tuple[int, ...]
    outputs: tuple[str, ...]
    over_time: Indices | None
    base: int
    rows: int
    sums: RankingSums


def quantify(
    evaluation: Evaluation,
    groups: tuple[Group, ...],
    *,
    base: int = BASE,
    second: bool = False,
    earlier: dict[str, Array] | None = None,
) -> VarianceIndices:
    """Compute first-order and total indices of every margin, and of emissions in every year.

    Parameters
    ----------
    evaluation : Evaluation
    groups : tuple of Group
    base : int
        Saltelli blocks, a power of two.
    second : bool
        Indices of pairs too, at about twice the rows.
    earlier : dict of str to float64[...], optional
        ``VarianceIndices.sums.state()`` of fewer blocks of the same seed and groups: only the
        others are evaluated.

    Raises
    ------
    StatisticError
        When more than 1 % of the rows failed.
    """
    experiment = evaluation.experiment
    sampling = saltelli(experiment.problem, evaluation.seed, base, groups, second)
    plan, width = evaluation.plan(sampling), sampling.design.block
    labels = experiment.model.coordinates(experiment.problem.inputs)
    years = tuple(int(year) for year in labels.get(YEAR, ()))
    scopes = _scopes(tuple(labels.get(STAGE, ())), [spec.name for spec in plan.variables])
    targets = len(experiment.problem.targets)
    sums = RankingSums(len(groups), targets, len(scopes) * len(years), second)
    if earlier is not None:
        sums.restore(earlier)
    middle = base // 2 * width
    half = sums.margins.copy() if sums.rows == middle else None
    for block in evaluation.rows(plan, "quantifying", sums.rows):
        yearly = _over_time(block, scopes)
        for part in _parts(block.start, block.start + block.status.size, middle):
            inside = slice(part.start - block.start, part.stop - block.start)
            failed = block.status[inside] != 0
            sums.add(part.start // width, block.margin[inside], failed, yearly[inside])
            if part.stop == middle:
                half = sums.margins.copy()
    return VarianceIndices(
        groups=groups,
        margins=sums.margins.indices(constant="undefined"),
        half_margins=None if half is None else half.indices(constant="undefined"),
        misses=sums.misses.indices(constant="undefined"),
        by_salib=_by_salib(np.concatenate(sums.margin), len(groups), second, evaluation.seed),
        years=years,
        outputs=scopes,
        over_time=None if sums.yearly is None else sums.yearly.indices(constant="undefined"),
        base=base,
        rows=plan.draws,
        sums=sums,
    )


def _parts(start: int, stop: int, middle: int) -> list[range]:
    """Cut rows where half of all are done."""
    if start < middle < stop:
        return [range(start, middle), range(middle, stop)]
    return [range(start, stop)]


def _scopes(stages: tuple[str, ...], variables: list[str]) -> tuple[str, ...]:
    """What is ranked over time: emissions added up stage by stage, and net of removals."""
    if "emissions" not in variables:
        return ()
    return (*scopes_of(stages), *([NET] if "net_emissions" in variables else []))


def _over_time(block: RowBlock, scopes: tuple[str, ...]) -> Array:
    """Emissions by scope and year; float64[row, scope * year]."""
    if not scopes:
        return np.empty((block.status.size, 0))
    summed = np.cumsum(block.yearly["emissions"].astype(np.float64), axis=1)
    parts = [summed[:, stage] for stage in range(summed.shape[1])]
    if scopes[-1] == NET:
        parts.append(block.yearly["net_emissions"].astype(np.float64))
    return np.concatenate(parts, axis=1)


def _by_salib(margin: Array, groups: int, second: bool, seed: int) -> Array:
    """First order and total of every target by SALib; NaN where a target does not move."""
    width = (2 if second else 1) * groups + 2
    whole = np.isfinite(margin).reshape(-1, width, margin.shape[1]).all(axis=(1, 2))
    good = np.repeat(whole, width)
    result = np.full((2, groups, margin.shape[1]), np.nan)
    names = [f"factor {number}" for number in range(groups)]
    for target in range(margin.shape[1]):
        values = margin[good, target]
        if np.ptp(values) > 0.0:
            indices = salib_bridge.sobol(
                values, values.size // width, names, second=second, resamples=2, seed=seed,
                sobol_rows=bool(whole.all()),
            )  # fmt: skip
            result[:, :, target] = indices.first[:, 0], indices.total[:, 0]
    return result
