"""Value of information (EVPPI) of every factor for the decision how much removal to contract."""

from collections.abc import Iterator

import numpy as np

from mc_engine.design.groups import REST
from mc_engine.ranking.contract import Evidence, Part
from mc_engine.ranking.methods import screening
from mc_engine.ranking.methods.given_data import replicates_of
from mc_engine.ranking.result import Decision, FactorEvppi, RankingResult
from mc_engine.sensitivity.value_of_information import value_of_information
from mc_engine.vocabulary.axes import DRAW, NET, PARAMETER, SCOPE
from mc_engine.vocabulary.statements import Name, Row, Section, Statement, Table, amount, share

# Draws from which it is computed, and factors that are shown of a decision.
DRAWS, SHOWN = 32_768, 5


def compute(evidence: Evidence) -> tuple[Decision, ...]:
    """Compute the EVPPI of every ranked factor, by gross scope of residual emissions.

    Parameters
    ----------
    evidence : Evidence
    """
    if "residual" not in evidence.draws:
        return ()
    draws = evidence.draws.isel({DRAW: slice(0, DRAWS)})
    names = [str(name) for name in draws[PARAMETER].values]
    groups = [group for group in evidence.of(screening.METHOD).groups if group.kind != REST]
    members = [[names.index(member) for member in group.members] for group in groups]
    decisions = []
    for scope in map(str, draws[SCOPE].values):
        residual = draws["residual"].sel({SCOPE: scope})
        if scope == NET or np.ptp(residual.values) == 0.0:
            continue
        value = value_of_information(
            draws["parameters"].values, residual.values, members, least=0.0,
            failed=draws["status"].values != 0, replicate=replicates_of(draws),
        )  # fmt: skip
        evppi = [
            FactorEvppi(group.name, one.value, float(one.share))
            for group, one in zip(groups, value.evppi, strict=True)
        ]
        evppi.sort(key=lambda one: -one.share)
        unit = str(residual.attrs.get("units", "1"))
        decisions.append(
            Decision(**(vars(value) | {"scope": scope, "unit": unit, "evppi": tuple(evppi)}))
        )
    return tuple(decisions)


def sections(result: RankingResult) -> Iterator[Section]:
    """Give the table of every decision.

    Parameters
    ----------
    result : RankingResult

    Yields
    ------
    Section
    """
    if result.value_of_information:
        tables = tuple(map(_table, result.value_of_information))
        yield Section("value_of_information", tables=tables)


def _table(decision: Decision) -> Table:
    head = Statement(
        "decision",
        {
            "scope": Name("scope", decision.scope),
            "capacity": amount(decision.capacity),
            "unit": Name("unit", decision.unit),
            "quantile": share(decision.quantile),
            "under": f"{decision.under:g}",
            "over": f"{decision.over:g}",
            "loss": amount(decision.loss.estimate),
        },
    )
    rows = [
        Row((Name("factor", one.factor), Statement("saved", _digits(one))))
        for one in decision.evppi[:SHOWN]
    ]
    return Table(("factor", "saved"), tuple(rows), head=(head,))


def _digits(one: FactorEvppi) -> dict[str, str]:
    ends = {"value": one.value.estimate, "low": one.value.low, "high": one.value.high}
    digits = {name: f"{value:.1f}" for name, value in ends.items()}
    return {**digits, "share": f"{100.0 * one.share:.1f}"}


METHOD = Part(
    name="value_of_information",
    order=50,
    needs="draws",
    compute=compute,
    sections=sections,
)
