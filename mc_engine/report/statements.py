"""Everything a report says in sentences, in no language yet.

A statement is a key of the catalogues and the values that it speaks of, all from stored results.
Digits are written here, once: both languages show the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from mc_engine.ranking.ranked import RARE, SURE
from mc_engine.report.terminal import decimals, percent

# Targets that the findings speak of, and ties that are named.
SPOKEN, TIES = 2, 4
CONFIDENCE = 0.9
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Name:
    """Something that each language calls otherwise.

    Attributes
    ----------
    kind : str
        ``target``, ``input``, ``factor``, ``scope``, ``unit`` or ``word``.
    key : str
    """

    kind: str
    key: str


@dataclass(frozen=True)
class Statement:
    """One sentence.

    Attributes
    ----------
    key : str
        Of the template in the catalogues.
    values : mapping of str to Value
        Digits, names, and parts that are statements of their own.
    """

    key: str
    values: Mapping[str, "Value"] = field(default_factory=dict)


Value: TypeAlias = "str | Name | Statement | Sequence[Name | Statement]"


def share(value: float, least: int = 0) -> str:
    """Write a share as the digits of a percentage.

    Parameters
    ----------
    value : float
        1.
    least : int
        Decimals at least.
    """
    return percent(value, least).removesuffix(" %")


def points(value: float) -> str:
    """Write a difference of shares as the digits of percentage points, without its sign.

    Parameters
    ----------
    value : float
        1.
    """
    return f"{abs(100.0 * value):.1f}"


def signed(value: float) -> str:
    """Write a difference of shares as the digits of percentage points, with its sign.

    Parameters
    ----------
    value : float
        1.
    """
    digits = f"{abs(100.0 * value):.1f}"
    if float(digits) == 0.0:
        return digits
    return f"{'+' if value > 0.0 else MINUS}{digits}"


def amount(value: float) -> str:
    """Write an amount with three figures that count.

    Parameters
    ----------
    value : float
    """
    if value == 0.0 or abs(value) >= 100.0:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def chance(row: Mapping[str, Any]) -> Statement:
    """Say a chance of missing with its range.

    Parameters
    ----------
    row : mapping
        Of a summary's targets.
    """
    return bounded(row["p_miss"], row["low"], row["high"])


def bounded(p: float, low: float, high: float) -> Statement:
    """Say a share with its range; one that was never seen, or always, is bounded alone.

    Parameters
    ----------
    p, low, high : float
        1.
    """
    if p == 0.0:
        return Statement("chance_below", {"high": share(high)})
    if p == 1.0:
        return Statement("chance_above", {"low": share(low)})
    least = decimals(low, high)
    ends = {"low": share(low, least), "high": share(high, least)}
    return Statement("chance", {"p": share(p, least), **ends})


def findings(
    summary: Mapping[str, Any], ranking: Mapping[str, Any], past: Mapping[str, Any]
) -> Iterator[Statement]:
    """Say what an adviser should take away.

    Parameters
    ----------
    summary : mapping
        Of the run.
    ranking : mapping
        Empty where the run was not ranked.
    past : mapping
        Chances by target under the past; empty where the run was not weighed by it.

    Yields
    ------
    Statement
    """
    known = [row for row in summary["targets"] if row["p_miss"] is not None]
    open_ones = [row for row in known if RARE <= row["p_miss"] <= SURE]
    # What a government has set itself comes before what an analyst asks.
    open_ones.sort(key=lambda row: (row["status"] == "analyst", abs(row["p_miss"] - 0.5)))
    tables = {target["name"]: target for target in ranking.get("targets", ())}
    for row in open_ones[:SPOKEN]:
        target = Name("target", row["name"])
        said = Statement("finding_chance", {"target": target, "chance": chance(row)})
        if row["name"] in past:
            after = bounded(*past[row["name"]])
            said = Statement("finding_past", {"head": said, "chance": after})
        yield _driver(said, tables.get(row["name"]))
    for key, rows in (
        ("finding_missed", [row for row in known if row["p_miss"] > SURE]),
        ("finding_met", [row for row in known if row["p_miss"] < RARE]),
    ):
        if rows:
            yield Statement(key, {"targets": [Name("target", row["name"]) for row in rows]})
    yield from _removals(summary)


def _driver(said: Statement, target: Mapping[str, Any] | None) -> Statement:
    """Say too which assumption decides a target most, and what knowing it would change."""
    table = () if target is None else target["table"]
    line = next((line for line in table if line["lead"] is not None), None)
    if line is None:
        return said
    certificate = target["certificate"] if target is not None else None
    if certificate is not None and not certificate["converged"]:
        said = Statement("finding_open", {"head": said})
    values: dict[str, Value] = {"head": said, "input": Name("input", line["lead"])}
    values["total"] = ranged_share(line["total"], line["total_low"], line["total_high"])
    fall = line["fall"]
    if fall is None or fall["low"] <= 0.0:
        return Statement("finding_driver", values)
    values |= {
        "fall": points(fall["fall"]),
        "low": points(fall["low"]),
        "high": points(fall["high"]),
    }
    return Statement("finding_driver_fall", values)


def ranged_share(value: float, low: float, high: float) -> Statement:
    """Say a share of the variance with its range.

    Parameters
    ----------
    value, low, high : float
        1; a range may go a little below 0.
    """
    digits = {"share": value, "low": max(low, 0.0), "high": min(high, 1.0)}
    return Statement("share", {name: f"{100.0 * one:.0f}" for name, one in digits.items()})


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


def certificate(found: Mapping[str, Any] | None) -> Iterator[Statement]:
    """Say whether a table is converged, who leads, and what cannot be told apart.

    Parameters
    ----------
    found : mapping or None
        Of a target of the ranking.

    Yields
    ------
    Statement
    """
    if found is None:
        return
    yield Statement("converged" if found["converged"] else "not_converged")
    for name in found["too_wide"]:
        yield Statement("too_wide", {"factor": Name("factor", name)})
    for ahead, behind in found["changed"]:
        yield Statement("changed", {"one": Name("factor", ahead), "other": Name("factor", behind)})
    first, leads = max(found["leads"].items(), key=lambda item: item[1])
    yield Statement("leads", {"factor": Name("factor", first), "share": f"{100.0 * leads:.0f}"})
    tied = [pair for pair in found["ties"] if set(pair) <= set(found["top"])]
    for one, other in tied[:TIES]:
        yield Statement("tied", {"one": Name("factor", one), "other": Name("factor", other)})


def box(found: Mapping[str, Any] | None, paths: Iterable[str]) -> Iterator[Statement]:
    """Say where the rarer outcome gathers.

    Parameters
    ----------
    found : mapping or None
        Of a target of the ranking.
    paths : iterable of str
        Inputs that are paths, and are told by their place in their range.

    Yields
    ------
    Statement
    """
    if found is None:
        return
    known = set(paths)
    yield Statement(
        "box_missed" if found["outcome"] == "miss" else "box_met",
        {
            "limits": [_limit(limit, limit["factor"] in known) for limit in found["limits"]],
            "density": share(found["density"]),
            "base": share(found["base_rate"]),
            "coverage": share(found["coverage"]),
        },
    )


def _limit(limit: Mapping[str, Any], is_path: bool) -> Statement:
    low, high = limit["low"], limit["high"]
    values: dict[str, Value] = {"input": Name("input", limit["factor"])}
    kind = "below" if low is None else "above" if high is None else "between"
    if is_path:
        ends = {"low": low, "high": high}
        values |= {name: share(end) for name, end in ends.items() if end is not None}
        return Statement(f"path_{kind}", values)
    values |= {name: amount(end) for name, end in (("low", low), ("high", high)) if end is not None}
    return Statement(f"input_{kind}", values | {"unit": Name("unit", limit["unit"])})


def left_out(found: Mapping[str, Any] | None) -> Iterator[Statement]:
    """Say what the factors that were not ranked one by one can hold.

    Parameters
    ----------
    found : mapping or None
        Of a target of the ranking.

    Yields
    ------
    Statement
    """
    if found is not None:
        values: dict[str, Value] = {
            "count": f"{found['factors']:,}",
            "share": f"{100.0 * found['total']:.1f}",
            "most": f"{100.0 * found['total_high']:.1f}",
        }
        yield Statement("left_out", values)


def trust(
    summary: Mapping[str, Any], counts: Mapping[str, int], ranking: Mapping[str, Any]
) -> Iterator[Statement]:
    """Say how far the numbers may be trusted.

    Parameters
    ----------
    summary : mapping
        Of the run.
    counts : mapping of str to int
        Uncertain inputs by kind.
    ranking : mapping
        Empty where the run was not ranked.

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
    if not ranking:
        yield Statement("trust_unranked")
        return
    certificates = [target.get("certificate") for target in ranking["targets"]]
    known = [found for found in certificates if found is not None]
    yield Statement(
        "trust_rows",
        {
            "screened": f"{ranking['screened_rows']:,}",
            "rows": f"{ranking['rows']:,}",
            "factors": f"{len(ranking['factors']):,}",
            "replicates": f"{ranking['replicates']:,}",
        },
    )
    yield Statement("trust_total")
    yield Statement("trust_fall")
    yield Statement(
        "trust_converged",
        {"good": f"{sum(found['converged'] for found in known):,}", "all": f"{len(known):,}"},
    )
    for pair in ranking.get("dependent", ()):
        one, other = pair["inputs"]
        yield Statement(
            "trust_dependent",
            {
                "one": Name("input", one),
                "other": Name("input", other),
                "correlation": f"{pair['rank_correlation']:.2f}",
            },
        )
