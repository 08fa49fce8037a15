"""Scenario discovery (PRIM): a box in the leading inputs where the rarer outcome gathers."""

from collections.abc import Iterator, Sequence

import numpy as np

from mc_engine.design.groups import REST
from mc_engine.errors import StatisticError
from mc_engine.ranking.contract import Evidence, Part
from mc_engine.ranking.methods import given_data, variance
from mc_engine.ranking.methods.given_data import InputEffects, lead_of
from mc_engine.ranking.methods.variance import VarianceResult
from mc_engine.ranking.result import (
    LEADS,
    QUANTILE,
    RARE,
    SURE,
    BoxLimit,
    DiscoveryBox,
    RankedTarget,
)
from mc_engine.sensitivity.discovery import Box, Limit, discover
from mc_engine.vocabulary.statements import Name, Statement, Value, amount, share


def compute(evidence: Evidence) -> tuple[DiscoveryBox | None, ...]:
    """Look for a box for every target.

    Parameters
    ----------
    evidence : Evidence
    """
    indices, inputs = evidence.of(variance.METHOD), evidence.of(given_data.METHOD)
    return tuple(
        None
        if indices.targets[target] is None
        else box_of(target, inputs, leads_of(target, indices, inputs), row["p_miss"])
        for target, row in enumerate(evidence.run.summary["targets"])
    )


def leads_of(target: int, indices: VarianceResult, inputs: InputEffects) -> list[str]:
    """Name the inputs that lead the first factors of a target.

    Parameters
    ----------
    target : int
    indices : VarianceResult
    inputs : InputEffects
    """
    groups = [indices.indices.groups[group] for group in indices.order(target)]
    effects = inputs.of(target)
    return [lead_of(group, effects) for group in groups if group.kind != REST][:LEADS]


def box_of(
    target: int, inputs: InputEffects, names: Sequence[str], p_miss: float
) -> DiscoveryBox | None:
    """Look for the rarer outcome; None where it gathers nowhere.

    Parameters
    ----------
    target : int
    inputs : InputEffects
    names : sequence of str
        Inputs that may bound the box.
    p_miss : float
    """
    if not RARE <= p_miss <= SURE:
        return None
    columns = [inputs.names.index(name) for name in names]
    good = inputs.draws["status"].values == 0
    values = inputs.draws["parameters"].values[:, columns][good]
    missed = inputs.draws["miss"].values[:, target][good] == 1
    weight = None if inputs.weight is None else inputs.weight[good]
    rng = np.random.default_rng([inputs.seed, 3, target])
    try:
        box = discover(values, missed, rng, weight=weight)
    except StatisticError:
        return None
    return _named(box, names, [inputs.units[name] for name in names])


def _named(box: Box, names: Sequence[str], units: Sequence[str]) -> DiscoveryBox:
    """Give a box with its inputs by name."""

    def end(value: float) -> float | None:
        return float(value) if np.isfinite(value) else None

    def limit(one: Limit) -> BoxLimit:
        return BoxLimit(
            names[one.input],
            units[one.input],
            one.input,
            end(one.low),
            end(one.high),
            float(one.quasi_p),
        )

    return DiscoveryBox(**(vars(box) | {"limits": tuple(map(limit, box.limits))}))


def target_statements(target: RankedTarget) -> Iterator[Statement]:
    """State where the rarer outcome gathers.

    Parameters
    ----------
    target : RankedTarget

    Yields
    ------
    Statement
    """
    if target.box is not None:
        yield box_statement(target.box)


def box_statement(box: DiscoveryBox) -> Statement:
    """State where the outcome of a box gathers.

    Parameters
    ----------
    box : DiscoveryBox
    """
    return Statement(
        "box_missed" if box.outcome == "miss" else "box_met",
        {
            "limits": [_limit(limit) for limit in box.limits],
            "density": share(box.density),
            "base": share(box.base_rate),
            "coverage": share(box.coverage),
        },
    )


def _limit(limit: BoxLimit) -> Statement:
    kind = "below" if limit.low is None else "above" if limit.high is None else "between"
    ends = {"low": limit.low, "high": limit.high}
    values: dict[str, Value] = {"input": Name("input", limit.factor)}
    if limit.unit == QUANTILE:
        values |= {name: share(end) for name, end in ends.items() if end is not None}
        return Statement(f"path_{kind}", values)
    values |= {name: amount(end) for name, end in ends.items() if end is not None}
    return Statement(f"input_{kind}", values | {"unit": Name("unit", limit.unit)})


METHOD = Part(
    name="discovery",
    order=40,
    needs="draws",
    compute=compute,
    target_statements=target_statements,
)
