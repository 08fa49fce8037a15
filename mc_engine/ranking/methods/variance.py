"""Variance-based indices (Saltelli): the table of every target, with its certificate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mc_engine.design.groups import BLOCK, JOINED, PATH, REST
from mc_engine.ranking.contract import Evidence, Option, Part
from mc_engine.ranking.methods import screening
from mc_engine.ranking.result import (
    BASE,
    FactorIndices,
    FactorLine,
    FactorPair,
    IndicesOverTime,
    RankedTarget,
    RankingResult,
)
from mc_engine.ranking.saltelli import VarianceIndices, quantify
from mc_engine.ranking.words import effect_cells, target_chance
from mc_engine.sensitivity.convergence import Certificate, certify
from mc_engine.sensitivity.indices import Indices
from mc_engine.sensitivity.robustness import KindShare, variance_by_kind
from mc_engine.vocabulary.plain import plain
from mc_engine.vocabulary.statements import Name, Row, Section, Statement, Table, Value, index

# Pairs of factors that are stored, where the second order was requested; ties that are named.
PAIRS, TIES = 10, 4
# Factors that are stored over time.
LINES = 8
# Kind of a factor whose members are of several kinds.
MIXED = "mixed"
COLUMNS = ("rank", "factor", "total", "first", "sign", "risk_reduction", "tied")


@dataclass(frozen=True)
class TargetVariance:
    """What follows from the indices of one target whose margin moves."""

    certificate: Certificate | None
    pairs: tuple[FactorPair, ...]
    by_kind: tuple[KindShare, ...]


@dataclass(frozen=True)
class VarianceResult:
    """Indices of all factors, and what follows from them by target; None where it is constant."""

    indices: VarianceIndices
    targets: tuple[TargetVariance | None, ...]
    over_time: IndicesOverTime | None

    def order(self, target: int) -> list[int]:
        """Positions of the factors in the order of their total indices."""
        total = self.indices.margins.total[:, target]
        return [int(group) for group in np.argsort(-total, kind="stable")]


def compute(evidence: Evidence) -> VarianceResult:
    """Evaluate Saltelli rows of the ranked factors.

    Parameters
    ----------
    evidence : Evidence
    """
    request, groups = evidence.request, evidence.of(screening.METHOD).groups
    indices = quantify(
        evidence.rows(), groups, base=request.base, second=request.second, earlier=evidence.sums
    )
    kinds = {factor.name: factor.kind for factor in evidence.experiment.problem.factors}
    undefined = indices.margins.undefined
    return VarianceResult(
        indices,
        tuple(
            None if undefined[target] else _target(indices, target, kinds, request.seed)
            for target in range(indices.margins.total.shape[1])
        ),
        _over_time(indices, evidence.experiment.last_observed),
    )


def _target(
    indices: VarianceIndices, target: int, kinds: Mapping[str, str], seed: int
) -> TargetVariance:
    certificate = None
    if indices.half_margins is not None:
        certificate = certify(
            [group.name for group in indices.groups],
            indices.margins,
            indices.half_margins,
            target,
            rng=np.random.default_rng([seed, 2, target]),
        )
    return TargetVariance(certificate, _pairs(indices, target), _by_kind(indices, target, kinds))


def factor_indices(indices: Indices, group: int, target: int) -> FactorIndices | None:
    """Take the indices of one factor and target; None where the output is constant.

    Parameters
    ----------
    indices : Indices
    group, target : int
    """
    if indices.undefined[target]:
        return None
    names = ("total", "total_low", "total_high", "first", "first_low", "first_high")
    return FactorIndices(*(float(getattr(indices, name)[group, target]) for name in names))


def _pairs(indices: VarianceIndices, target: int) -> tuple[FactorPair, ...]:
    """Pairs of factors that add most together beyond each alone; empty if not requested."""
    margins, groups = indices.margins, indices.groups
    if margins.second is None or margins.second_low is None or margins.second_high is None:
        return ()
    one, other = np.triu_indices(len(groups), k=1)
    size = margins.second[one, other, target]
    return tuple(
        FactorPair(
            (groups[one[pair]].name, groups[other[pair]].name),
            float(size[pair]),
            float(margins.second_low[one[pair], other[pair], target]),
            float(margins.second_high[one[pair], other[pair], target]),
        )
        for pair in np.argsort(-size, kind="stable")[:PAIRS]
    )


def _by_kind(
    indices: VarianceIndices, target: int, kinds: Mapping[str, str]
) -> tuple[KindShare, ...]:
    """Share of the margin's variance that rests on each kind of prior."""
    first, total = indices.margins.first_by_repeat, indices.margins.total_by_repeat
    if first is None or total is None:
        return ()
    of_groups = []
    for group in indices.groups:
        of_members = {kinds[member] for member in group.members}
        of_groups.append(of_members.pop() if len(of_members) == 1 else MIXED)
    return variance_by_kind(first[:, :, target], total[:, :, target], of_groups)


def _over_time(indices: VarianceIndices, last_observed: int | None) -> IndicesOverTime | None:
    """Total indices of emissions by scope and future year, of the factors that ever lead."""
    if indices.over_time is None:
        return None
    groups = indices.groups
    shape = (len(groups), len(indices.outputs), len(indices.years))
    future = [last_observed is None or year > last_observed for year in indices.years]
    total = indices.over_time.total.reshape(shape)[:, :, np.array(future)]
    with np.errstate(invalid="ignore"):
        highest = np.nanmax(np.where(np.isnan(total), -1.0, total), axis=(1, 2))
    order = np.argsort(-highest, kind="stable")
    top = [int(group) for group in order if groups[group].kind != REST][:LINES]
    values = np.moveaxis(total[top], 0, -1)
    return IndicesOverTime(
        years=tuple(year for year, shown in zip(indices.years, future, strict=True) if shown),
        scopes=indices.outputs,
        factors=tuple(groups[group].name for group in top),
        total=tuple(tuple(map(tuple, scope)) for scope in plain(values)),
    )


def statements(result: RankingResult) -> Iterator[Statement]:
    """State the rows that the indices rest on, and how many tables are converged.

    Parameters
    ----------
    result : RankingResult

    Yields
    ------
    Statement
    """
    counts = {
        "screened": result.screened_rows,
        "rows": result.rows,
        "factors": len(result.factors),
        "replicates": result.replicates,
    }
    yield Statement("trust_rows", {name: f"{count:,}" for name, count in counts.items()})
    yield Statement("trust_total")
    known = [one.certificate for one in result.targets if one.certificate is not None]
    good = sum(one.converged for one in known)
    yield Statement("trust_converged", {"good": f"{good:,}", "all": f"{len(known):,}"})


def target_statements(target: RankedTarget) -> Iterator[Statement]:
    """State the certificate of a table, interactions, and what was not ranked one by one.

    Parameters
    ----------
    target : RankedTarget

    Yields
    ------
    Statement
    """
    if not target.table:
        yield Statement("margin_constant")
        return
    if target.measure_note:
        yield Statement("sure")
    if target.certificate is not None:
        yield from _certificate(target.certificate)
    for pair in target.pairs:
        if pair.low > 0.0:
            digits = {"share": pair.second, "low": pair.low, "high": pair.high}
            values: dict[str, Value] = {n: f"{100.0 * one:.1f}" for n, one in digits.items()}
            yield Statement("pair", values | _both(*pair.factors))
    others = target.left_out
    if others is not None:
        yield Statement(
            "left_out",
            {
                "count": f"{others.factors:,}",
                "share": f"{100.0 * others.total:.1f}",
                "most": f"{100.0 * others.total_high:.1f}",
            },
        )


def _both(one: str, other: str) -> dict[str, Value]:
    return {"one": Name("factor", one), "other": Name("factor", other)}


def _certificate(certificate: Certificate) -> Iterator[Statement]:
    """Whether a table is converged, who leads, and which factors cannot be distinguished."""
    yield Statement("converged" if certificate.converged else "not_converged")
    for name in certificate.too_wide:
        yield Statement("too_wide", {"factor": Name("factor", name)})
    for pair in certificate.changed:
        yield Statement("changed", _both(*pair))
    first, share = max(certificate.leads.items(), key=lambda item: item[1])
    yield Statement("leads", {"factor": Name("factor", first), "share": f"{100.0 * share:.0f}"})
    tied = [pair for pair in certificate.ties if set(pair) <= set(certificate.top)]
    for pair in tied[:TIES]:
        yield Statement("tied", _both(*pair))


def sections(result: RankingResult) -> Iterator[Section]:
    """Give the table of every target.

    Parameters
    ----------
    result : RankingResult

    Yields
    ------
    Section
    """
    tables = tuple(
        Table(
            COLUMNS if target.table else (),
            tuple(_row(line, target) for line in target.table),
            head=(target_chance(target),),
            target=target.name,
            names=2,
        )
        for target in result.targets
    )
    yield Section("ranking", tables=tables)


def _row(line: FactorLine, target: RankedTarget) -> Row:
    rank = {other.factor: other.rank for other in target.table}
    name = Name("word", "rest") if line.lead is None else Name("input", line.lead)
    cells = (
        f"{line.rank}",
        name,
        index(line.total, line.total_low, line.total_high),
        f"{line.first:.3f}",
        *effect_cells(line),
        ", ".join(map(str, sorted(rank[other] for other in line.tied_with))),
    )
    return Row(cells, line.lead or "", line.meaning, _kind(line))


def _kind(line: FactorLine) -> Statement | None:
    """What a factor is made of, where it is more than one number."""
    if line.kind == PATH:
        return Statement("kind_path")
    if line.kind != BLOCK:
        return None
    count = len(line.factor.split(JOINED)) - 1
    if count == 1:
        return Statement("kind_block_one")
    return Statement("kind_block", {"count": f"{count}"})


METHOD = Part(
    name="variance",
    order=20,
    needs="rows",
    compute=compute,
    options=(
        Option("--base", "Saltelli blocks, a power of two (16,384)", BASE, "base"),
        Option(
            "--second-order", "indices of pairs of factors too, at twice the rows", field="second"
        ),
        Option("--extend", "continue the ranking of this run, at twice the blocks"),
    ),
    statements=statements,
    target_statements=target_statements,
    sections=sections,
)
