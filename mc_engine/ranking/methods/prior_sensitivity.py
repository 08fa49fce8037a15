"""Sensitivity to the priors (``rank --priors``): P(miss) with the median of each lead shifted.

The median of each leading input is shifted by half its standard deviation, by weights on the stored
draws; P(miss) follows as a band.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mc_engine.problem.problem import Problem
from mc_engine.ranking.contract import Evidence, Option, Supplement
from mc_engine.ranking.methods.given_data import replicates_of, unseen_bound
from mc_engine.ranking.result import LEADS, RankedTarget
from mc_engine.ranking.storage import SCHEMA_VERSION
from mc_engine.sensitivity.chances import Unseen
from mc_engine.sensitivity.ranks import Order
from mc_engine.sensitivity.robustness import SHIFT, Robustness, Shifted, robustness
from mc_engine.vocabulary.axes import PARAMETER, TARGET
from mc_engine.vocabulary.statements import (
    Name,
    Row,
    Section,
    Statement,
    Table,
    bounded,
    share,
)

COLUMNS = ("factor", "lower", "higher", "effective")


@dataclass(frozen=True)
class ShiftBand:
    """P(miss) of one target with the median of one input shifted.

    Attributes
    ----------
    input : str
    lower, upper : Shifted
        The median shifted down, and up.
    low, high : float
        Ends of the band of P(miss), 1.
    """

    input: str
    lower: Shifted
    upper: Shifted
    low: float
    high: float


@dataclass(frozen=True)
class TargetBands:
    """Bands of one target by its leading inputs, the widest first.

    Attributes
    ----------
    name : str
    p_miss : float
        As the priors stand, 1.
    unseen : Unseen or None
        Bound on an outcome that no draw showed; then there are no bands.
    bands : tuple of ShiftBand
    """

    name: str
    p_miss: float
    unseen: Unseen | None
    bands: tuple[ShiftBand, ...]


@dataclass(frozen=True)
class PriorSensitivity:
    """Sensitivity of P(miss) to shifts of prior medians.

    Attributes
    ----------
    identity : str
    draws : int
    shift : float
        Standard deviations of an input's normal score.
    targets : tuple of TargetBands
    """

    identity: str
    draws: int
    shift: float
    targets: tuple[TargetBands, ...]
    schema_version: int = SCHEMA_VERSION


def compute(evidence: Evidence) -> PriorSensitivity:
    """Bound P(miss) of every target with the median of each leading input shifted.

    Parameters
    ----------
    evidence : Evidence
        With the ranking.

    Raises
    ------
    StatisticError
        When more than 1 % of the draws failed.
    """
    ranking, draws = evidence.ranking, evidence.draws
    assert ranking is not None, "a supplement is computed beside a ranking"
    leads = [_leads(target) for target in ranking.targets]
    wanted = list(dict.fromkeys(lead for names in leads for lead in names))
    names = [str(name) for name in draws[PARAMETER].values]
    columns = np.ascontiguousarray(draws["parameters"].values.T)
    scores = np.stack([Order.of(one, None, name).scores()
                       for one, name in zip(columns, names, strict=True)], axis=1)  # fmt: skip
    result = robustness(
        scores,
        draws["margin"].values,
        draws["miss"].values,
        inputs=[names.index(name) for name in wanted],
        correlation=correlation_of(evidence.experiment.problem),
        replicate=replicates_of(draws),
        targets=[str(name) for name in draws[TARGET].values],
    )
    return PriorSensitivity(
        identity=ranking.identity,
        draws=result.draws,
        shift=SHIFT,
        targets=tuple(
            _target(number, target.name, result, wanted, leads[number])
            for number, target in enumerate(ranking.targets)
        ),
    )


def _leads(target: RankedTarget) -> list[str]:
    return [line.lead for line in target.table if line.lead is not None][:LEADS]


def _target(
    number: int, name: str, result: Robustness, wanted: Sequence[str], leads: Sequence[str]
) -> TargetBands:
    """Bands of one target by its own leading inputs, the widest first."""
    bands = [
        ShiftBand(lead, band.lower, band.upper, band.low, band.high)
        for lead, band in zip(wanted, result.bands[number], strict=False)
        if lead in leads
    ]
    bands.sort(key=lambda band: band.low - band.high)
    return TargetBands(name, result.chances[number], result.unseen[number], tuple(bands))


def correlation_of(problem: Problem) -> NDArray[np.float64]:
    """Give the Pearson correlation of the normal scores of all inputs.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    float64[factor, factor]
    """
    correlation = np.eye(len(problem.factors))
    for positions, lower in problem.lower_factors():
        correlation[np.ix_(positions, positions)] = lower @ lower.T
    return correlation


def sections(result: PriorSensitivity) -> Iterator[Section]:
    """Give the bands of every target.

    Parameters
    ----------
    result : PriorSensitivity

    Yields
    ------
    Section
    """
    note = Statement("prior_sensitivity_note", {"shift": f"{result.shift:g}"})
    yield Section("prior_sensitivity", (note,), tuple(map(_table, result.targets)))


def _table(target: TargetBands) -> Table:
    head = [
        Statement(
            "prior_sensitivity_chance",
            {"target": Name("target", target.name), "chance": share(target.p_miss, 1)},
        )
    ]
    if target.unseen is not None:
        head.append(unseen_bound(target.unseen))
    rows = [
        Row(
            (
                Name("input", band.input),
                _chance(band.lower),
                _chance(band.upper),
                f"{min(band.lower.effective, band.upper.effective):,.0f}",
            )
        )
        for band in target.bands
    ]
    columns = COLUMNS if rows else ()
    return Table(columns, tuple(rows), tuple(head), target=target.name, p_miss=target.p_miss)


def _chance(shifted: Shifted) -> Statement:
    return bounded(shifted.chance.estimate, shifted.chance.low, shifted.chance.high)


METHOD = Supplement(
    name="prior_sensitivity",
    order=70,
    needs="draws",
    compute=compute,
    option=Option("--priors", "chances with the median of each leading input moved"),
    result=PriorSensitivity,
    sections=sections,
)
