"""A ranking under the observations (``rank --constrained``), by weighted given-data methods alone.

Weights of draws make inputs dependent, and rows of Saltelli or Morris have no weights: a variance
share of an input "all else equal" is not defined there. The weighted draws give P(miss) along each
input, how the input and the margin go together, and the first-order share.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mc_engine.ranking.contract import READ, Evidence, Option, Supplement
from mc_engine.ranking.methods import discovery, given_data
from mc_engine.ranking.methods.given_data import InputEffects, input_effects
from mc_engine.ranking.result import (
    LEADS,
    Deciles,
    DiscoveryBox,
    Effects,
    NoiseFloor,
    TargetHead,
)
from mc_engine.ranking.storage import SCHEMA_VERSION
from mc_engine.ranking.words import effect_cells, target_chance
from mc_engine.run.replay import problem_of
from mc_engine.sensitivity.chances import Unseen
from mc_engine.vocabulary.axes import DRAW, REGION
from mc_engine.vocabulary.statements import Name, Row, Section, Statement, Table, index

COLUMNS = ("rank", "factor", "first", "sign", "risk_reduction")
WHY_ALONE = (
    "the past makes inputs depend on each other, which Saltelli and Morris rows cannot follow: "
    "ranked are first-order shares from the weighted draws"
)


@dataclass(frozen=True)
class InputLine(Effects):
    """One input in the ranking of a target.

    Attributes
    ----------
    rank : int
        From 1, by first-order index.
    input, meaning : str
    first, low, high : float
        First-order index of the margin with its interval, 1.
    """

    rank: int
    input: str
    meaning: str
    first: float
    low: float
    high: float


@dataclass(frozen=True)
class ConstrainedTarget(TargetHead):
    """The ranking for one target; attributes as in ``RankedTarget``, the table by input."""

    table: tuple[InputLine, ...]
    noise: NoiseFloor
    deciles: Mapping[str, Deciles]
    box: DiscoveryBox | None
    unseen: Unseen | None


@dataclass(frozen=True)
class ConstrainedRanking:
    """A ranking of weighted draws.

    Attributes
    ----------
    identity : str
    draws : int
    effective : float
        Effective number of draws.
    seed : int
        Seed of the dummies.
    why : str
        Why nothing else is ranked.
    targets : tuple of ConstrainedTarget
    """

    identity: str
    draws: int
    effective: float
    seed: int
    why: str
    targets: tuple[ConstrainedTarget, ...]
    schema_version: int = SCHEMA_VERSION


def compute(evidence: Evidence) -> ConstrainedRanking:
    """Rank the inputs of a run whose draws are weighted by the observations.

    Parameters
    ----------
    evidence : Evidence

    Raises
    ------
    NotFoundError
        When the run was not weighted by the observations.
    StatisticError
    """
    weighted = evidence.run.weighed
    with weighted.draws as draws:
        flat = draws.isel({REGION: 0, DRAW: slice(0, READ)}, drop=True).load()
    weight = weighted.weight[: flat.sizes[DRAW]]
    inputs = input_effects(flat, problem_of(weighted), evidence.seed, weight)
    chances = weighted.risk(weight=weighted.weight)["targets"]
    return ConstrainedRanking(
        identity=evidence.run.manifest["identity"],
        draws=int(flat.sizes[DRAW]),
        effective=inputs.data.effective,
        seed=evidence.seed,
        why=WHY_ALONE,
        targets=tuple(_target(target, row, inputs) for target, row in enumerate(chances)),
    )


def _target(target: int, row: dict[str, Any], inputs: InputEffects) -> ConstrainedTarget:
    effects = inputs.of(target)
    names = sorted(effects, key=lambda name: -effects[name].first_order.estimate)
    return ConstrainedTarget(
        **vars(TargetHead.of(row)),
        table=tuple(_line(rank, name, target, inputs) for rank, name in enumerate(names, 1)),
        noise=given_data.noise_of(target, inputs),
        deciles=given_data.deciles_of(target, inputs, names[:LEADS]),
        box=discovery.box_of(target, inputs, names[:LEADS], row["p_miss"]),
        unseen=inputs.data.unseen[target],
    )


def _line(rank: int, name: str, target: int, inputs: InputEffects) -> InputLine:
    share = inputs.of(target)[name].first_order
    return InputLine(
        **vars(given_data.effects_of(name, target, inputs)),
        rank=rank,
        input=name,
        meaning=inputs.meanings[name],
        first=share.estimate,
        low=share.low,
        high=share.high,
    )


def sections(result: ConstrainedRanking) -> Iterator[Section]:
    """Give the table of every target.

    Parameters
    ----------
    result : ConstrainedRanking

    Yields
    ------
    Section
    """
    counts = {"effective": f"{result.effective:,.0f}", "draws": f"{result.draws:,}"}
    statements = (
        Statement("constrained_note", counts),
        Statement("constrained_first"),
        Statement("trust_risk_reduction"),
    )
    yield Section("constrained", statements, tuple(map(_table, result.targets)))


def _table(target: ConstrainedTarget) -> Table:
    rows = [
        Row(
            (
                f"{line.rank}",
                Name("input", line.input),
                index(line.first, line.low, line.high),
                *effect_cells(line),
            ),
            line.input,
            line.meaning,
        )
        for line in target.table
    ]
    statements = []
    if target.measure_note:
        statements.append(Statement("sure"))
    if target.unseen is not None:
        statements.append(given_data.unseen_bound(target.unseen))
    if target.noise.first_order is not None:
        floor = f"{target.noise.first_order:.4f}"
        statements.append(Statement("noise_floor", {"index": floor}))
    if target.box is not None:
        statements.append(discovery.box_statement(target.box))
    return Table(
        COLUMNS,
        tuple(rows),
        (target_chance(target),),
        tuple(statements),
        target=target.name,
        p_miss=target.p_miss,
        names=2,
    )


METHOD = Supplement(
    name="constrained",
    order=100,
    needs="weights",
    compute=compute,
    option=Option("--constrained", "draws weighted by the observations: given-data methods alone"),
    result=ConstrainedRanking,
    sections=sections,
    alone=True,
)
