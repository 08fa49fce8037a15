"""Statements of a report that are not of one method: findings, and how far to trust them."""

from collections.abc import Iterator, Mapping
from typing import Any

from mc_engine.ranking.methods import PARTS
from mc_engine.ranking.result import RARE, SURE, RankedTarget, RankingResult
from mc_engine.vocabulary.statements import (
    Name,
    Statement,
    Value,
    amount,
    bounded,
    points,
    ranged_share,
    share,
)

# Targets that the findings speak of.
SPOKEN = 2
CONFIDENCE = 0.9


def chance(row: Mapping[str, Any]) -> Statement:
    """Say a chance of missing with its range.

    Parameters
    ----------
    row : mapping
        Of a summary's targets.
    """
    return bounded(row["p_miss"], row["low"], row["high"])


def findings(
    summary: Mapping[str, Any], ranking: RankingResult | None, past: Mapping[str, Any]
) -> Iterator[Statement]:
    """Say what an adviser should take away.

    Parameters
    ----------
    summary : mapping
        Of the run.
    ranking : RankingResult or None
        None where the run was not ranked.
    past : mapping
        Chances by target under the past; empty where the run was not weighted by it.

    Yields
    ------
    Statement
    """
    known = [row for row in summary["targets"] if row["p_miss"] is not None]
    open_ones = [row for row in known if RARE <= row["p_miss"] <= SURE]
    # What a government has set itself comes before what an analyst asks.
    open_ones.sort(key=lambda row: (row["status"] == "analyst", abs(row["p_miss"] - 0.5)))
    ranked = () if ranking is None else ranking.targets
    tables = {target.name: target for target in ranked}
    for row in open_ones[:SPOKEN]:
        target = Name("target", row["name"])
        finding = Statement("finding_chance", {"target": target, "chance": chance(row)})
        if row["name"] in past:
            after = bounded(*past[row["name"]])
            finding = Statement("finding_past", {"head": finding, "chance": after})
        yield _driver(finding, tables.get(row["name"]))
    for key, rows in (
        ("finding_missed", [row for row in known if row["p_miss"] > SURE]),
        ("finding_met", [row for row in known if row["p_miss"] < RARE]),
    ):
        if rows:
            yield Statement(key, {"targets": [Name("target", row["name"]) for row in rows]})
    yield from _removals(summary)


def _driver(finding: Statement, target: RankedTarget | None) -> Statement:
    """State too which assumption decides a target most, and the risk reduction if favourable."""
    table = () if target is None else target.table
    line = next((line for line in table if line.lead is not None), None)
    if target is None or line is None or line.lead is None:
        return finding
    if target.certificate is not None and not target.certificate.converged:
        finding = Statement("finding_open", {"head": finding})
    values: dict[str, Value] = {"head": finding, "input": Name("input", line.lead)}
    values["total"] = ranged_share(line.total, line.total_low, line.total_high)
    if line.risk_reduction is None or line.risk_reduction.interval.low <= 0.0:
        return Statement("finding_driver", values)
    one = line.risk_reduction.interval
    digits = {"reduction": one.estimate, "low": one.low, "high": one.high}
    values |= {name: points(value) for name, value in digits.items()}
    return Statement("finding_driver_reduction", values)


def _removals(summary: Mapping[str, Any]) -> Iterator[Statement]:
    """Say how much must be removed, to be as good as sure."""
    required = summary.get("removals_required") or {}
    for scope in ("wtw", *required):
        rows = [row for row in required.get(scope, ()) if row["confidence"] == CONFIDENCE]
        if rows:
            row = rows[0]
            unit = summary["residual"][scope]["unit"]
            yield Statement(
                "finding_removals",
                {
                    "scope": Name("scope", scope),
                    "confidence": share(CONFIDENCE),
                    "amount": amount(row["removals"]),
                    "low": amount(row["low"]),
                    "high": amount(row["high"]),
                    "unit": Name("unit", unit),
                },
            )
            return


def target_statements(target: RankedTarget) -> Iterator[Statement]:
    """State what every method says of one target.

    Parameters
    ----------
    target : RankedTarget

    Yields
    ------
    Statement
    """
    for part in PARTS:
        yield from part.target_statements(target)


def ranking_statements(ranking: RankingResult) -> Iterator[Statement]:
    """State what a ranking rests on.

    Parameters
    ----------
    ranking : RankingResult

    Yields
    ------
    Statement
    """
    for part in PARTS:
        yield from part.statements(ranking)


def trust(
    summary: Mapping[str, Any], counts: Mapping[str, int], ranking: RankingResult | None
) -> Iterator[Statement]:
    """Say how far the numbers may be trusted.

    Parameters
    ----------
    summary : mapping
        Of the run.
    counts : mapping of str to int
        Uncertain inputs by kind.
    ranking : RankingResult or None
        None where the run was not ranked.

    Yields
    ------
    Statement
    """
    yield Statement(
        "trust_draws",
        {
            "draws": f"{summary['draws']:,}",
            "failed": f"{summary['failed']:,}",
            "clipped": f"{summary['clipped']:,}",
        },
    )
    yield Statement("trust_ranges", {"level": share(summary["level"])})
    kinds = {kind: counts.get(kind, 0) for kind in ("observed", "sourced", "judgement")}
    number = {kind: f"{count:,}" for kind, count in kinds.items()}
    yield Statement("trust_kinds", {**number, "all": f"{sum(kinds.values()):,}"})
    if ranking is None:
        yield Statement("trust_unranked")
    else:
        yield from ranking_statements(ranking)
