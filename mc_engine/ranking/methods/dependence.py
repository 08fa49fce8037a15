"""Undeclared dependence: inputs that move together though no correlation says so."""

from collections.abc import Iterator, Sequence

import xarray as xr

from mc_engine.design.groups import Group, groups_of
from mc_engine.ranking.contract import Evidence, Part
from mc_engine.ranking.result import DependentPair, RankingResult
from mc_engine.sensitivity.dependence import undeclared
from mc_engine.vocabulary.axes import PARAMETER
from mc_engine.vocabulary.statements import Name, Statement


def compute(evidence: Evidence) -> tuple[DependentPair, ...]:
    """Look for pairs of dependent inputs in the draws of the run.

    Parameters
    ----------
    evidence : Evidence
    """
    return dependent_pairs(evidence.draws, groups_of(evidence.experiment.problem))


def dependent_pairs(draws: xr.Dataset, groups: Sequence[Group]) -> tuple[DependentPair, ...]:
    """Look for pairs of inputs of different groups that move together.

    Parameters
    ----------
    draws : xr.Dataset
    groups : sequence of Group
    """
    names = [str(name) for name in draws[PARAMETER].values]
    blocks = [[names.index(member) for member in group.members] for group in groups]
    return tuple(
        DependentPair(
            (names[pair.first], names[pair.second]),
            pair.rank_correlation.estimate,
            pair.rank_correlation.low,
            pair.rank_correlation.high,
        )
        for pair in undeclared(draws["parameters"].values, blocks).pairs
    )


def statements(result: RankingResult) -> Iterator[Statement]:
    """Warn about undeclared correlations.

    Parameters
    ----------
    result : RankingResult

    Yields
    ------
    Statement
    """
    for pair in result.dependent:
        one, other = pair.inputs
        yield Statement(
            "trust_dependent",
            {
                "one": Name("input", one),
                "other": Name("input", other),
                "correlation": f"{pair.rank_correlation:.2f}",
            },
        )


METHOD = Part(
    name="dependence",
    order=60,
    needs="draws",
    compute=compute,
    statements=statements,
)
