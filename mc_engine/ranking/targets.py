"""The ranking of one target, put together from the results of the methods."""

from collections.abc import Mapping
from typing import Any

from mc_engine.design.groups import REST
from mc_engine.ranking.contract import Evidence
from mc_engine.ranking.methods import discovery, given_data, variance
from mc_engine.ranking.methods.given_data import InputEffects, effects_of, lead_of
from mc_engine.ranking.methods.variance import TargetVariance, VarianceResult, factor_indices
from mc_engine.ranking.result import (
    LEADS,
    FactorLine,
    OtherInputs,
    RankedTarget,
    TargetHead,
)

CONSTANT = "the margin does not move; nothing decides it"


def ranked_target(target: int, row: Mapping[str, Any], evidence: Evidence) -> RankedTarget:
    """Put everything about one target together.

    Parameters
    ----------
    target : int
    row : mapping
        Of the run's summary.
    evidence : Evidence
    """
    head = vars(TargetHead.of(row))
    indices, inputs = evidence.of(variance.METHOD), evidence.of(given_data.METHOD)
    facts = indices.targets[target]
    if facts is None:
        return RankedTarget(**head, why=CONSTANT)
    table = _table(target, indices, inputs, facts)
    leads = [line.lead for line in table if line.lead is not None][:LEADS]
    rest = next((line for line in table if line.kind == REST), None)
    others = len(indices.indices.groups[-1].members)
    return RankedTarget(
        **head,
        table=table,
        pairs=facts.pairs,
        by_kind=facts.by_kind,
        deciles=given_data.deciles_of(target, inputs, leads),
        noise=given_data.noise_of(target, inputs),
        box=evidence.of(discovery.METHOD)[target],
        left_out=None if rest is None else OtherInputs(others, rest.total, rest.total_high),
        certificate=facts.certificate,
        unseen=inputs.data.unseen[target],
    )


def _table(
    target: int, result: VarianceResult, inputs: InputEffects, facts: TargetVariance
) -> tuple[FactorLine, ...]:
    """Factors of one target in the order of their total indices."""
    indices, effects = result.indices, inputs.of(target)
    names = [group.name for group in indices.groups]
    table = []
    for rank, number in enumerate(result.order(target), 1):
        group = indices.groups[number]
        lead = None if group.kind == REST else lead_of(group, effects)
        tied = () if facts.certificate is None else tuple(
            other for other in names
            if other != group.name and facts.certificate.tied(group.name, other)
        )  # fmt: skip
        margin = factor_indices(indices.margins, number, target)
        assert margin is not None, "the margin of a target in this table moves"
        table.append(
            FactorLine(
                **vars(margin),
                **vars(effects_of(lead, target, inputs)),
                rank=rank,
                factor=group.name,
                kind=group.kind,
                meaning="" if lead is None else inputs.meanings.get(lead, ""),
                total_by_salib=float(indices.by_salib[1, number, target]),
                miss=factor_indices(indices.misses, number, target),
                tied_with=tied,
            )
        )
    return tuple(table)
