"""A ranking in words: one table per target, its certificate, and what was left out."""

from collections.abc import Mapping, Sequence
from typing import Any

from mc_engine.errors import RequestError, preview
from mc_engine.report.terminal import printable, ranged, table

# Characters of a factor's name.
NAMED = 46


def chosen(found: Mapping[str, Any], names: Sequence[str]) -> list[Mapping[str, Any]]:
    """Pick targets by name; all where none is named.

    Parameters
    ----------
    found : mapping
        From ``mc_engine.study.ranking.rank``.
    names : sequence of str

    Raises
    ------
    RequestError
        For a target that is not there.
    """
    known = {target["name"]: target for target in found["targets"]}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise RequestError(
            f"--target: found {preview(unknown)}, expected some of {', '.join(known)}"
        )
    return [known[name] for name in names or known]


def text(found: Mapping[str, Any], targets: Sequence[Mapping[str, Any]], top: int = 10) -> str:
    """Write a ranking.

    Parameters
    ----------
    found : mapping
        From ``mc_engine.study.ranking.rank``.
    targets : sequence of mapping
        From ``chosen``.
    top : int
        Factors shown of each.
    """
    lines = [
        f"{found['rows']:,} Saltelli rows of {len(found['factors'])} factors in "
        f"{found['replicates']} replicates; screened by {found['screened_rows']:,} Morris rows;",
        f"falls in the chance of missing from {found['draws']:,} draws of the run.",
        "Total: share of the margin's variance that is left once all but this factor are known.",
        "Fall: by how much the chance of missing falls if the input (or the first of a block) were",
        "known to lie in the good tenth of its range. Sign: + where more of it helps.",
    ]
    for target in targets:
        lines += ["", *_target(target, top)]
    return "\n".join(map(printable, lines))


def _target(target: Mapping[str, Any], top: int) -> list[str]:
    head = (
        f"{target['name']}: missed with {100.0 * target['p_miss']:.1f} % "
        f"({ranged(target['low'], target['high'])})"
    )
    if not target["table"]:
        return [head, f"  {target['why']}"]
    rows = []
    for line in target["table"][:top]:
        fall = line["fall"]
        block = line["kind"] == "block"
        rows.append(
            (
                f"{line['rank']}",
                _short(f"{line['lead']} and others" if block else line["factor"]),
                f"{line['total']:.3f} ({line['total_low']:.3f} to {line['total_high']:.3f})",
                f"{line['first']:.3f}",
                line["sign"],
                "" if fall is None else f"{100.0 * fall['fall']:+.1f} ({_points(fall)})",
            )
        )
    header = ("", "factor", "total index", "first", "sign", "fall, points")
    lines = [head]
    if target["measure_note"]:
        lines.append(f"  {target['measure_note']}")
    lines += table(header, rows, left=2)
    left = target["left_out"]
    if left is not None:
        lines.append(
            f"  {left['factors']} other inputs together: total {left['total']:.3f}, at most "
            f"{left['total_high']:.3f}"
        )
    return [*lines, *_certificate(target["certificate"]), *_box(target["box"])]


def _short(name: str) -> str:
    return name if len(name) <= NAMED else f"{name[: NAMED - 3]}..."


def _points(fall: Mapping[str, Any]) -> str:
    return f"{100.0 * fall['low']:+.1f} to {100.0 * fall['high']:+.1f}"


def _certificate(certificate: Mapping[str, Any] | None) -> list[str]:
    """The state of convergence, who leads, and which of the first cannot be told apart."""
    if certificate is None:
        return []
    lines = ["  converged" if certificate["converged"] else "  NOT CONVERGED"]
    lines += [f"    the interval of {name} is wider than 0.05" for name in certificate["too_wide"]]
    lines += [
        f"    {ahead} and {behind} changed places as the rows doubled"
        for ahead, behind in certificate["changed"]
    ]
    first = max(certificate["leads"].items(), key=lambda item: item[1])
    lines.append(f"    {_short(first[0])} leads in {100.0 * first[1]:.0f} % of resamples")
    lines += [
        f"    {_short(ahead)} and {_short(behind)} cannot be told apart"
        for ahead, behind in certificate["ties"]
        if ahead in certificate["top"] and behind in certificate["top"]
    ]
    return lines


def _box(box: Mapping[str, Any] | None) -> list[str]:
    """Where the rarer outcome is found, in one sentence."""
    if box is None:
        return []
    outcome = "missed" if box["outcome"] == "miss" else "met"
    return [
        "  Where",
        *(f"    {_limit(limit)}" for limit in box["limits"]),
        f"  the target is {outcome} in {100.0 * box['density']:.0f} % of the draws, in "
        f"{100.0 * box['base_rate']:.0f} % of all; these hold {100.0 * box['coverage']:.0f} % of "
        f"those that are {outcome}",
    ]


def _limit(limit: Mapping[str, Any]) -> str:
    low, high = limit["low"], limit["high"]
    unit = "" if limit["unit"] == "1" else f" {limit['unit']}"
    if low is None:
        return f"{limit['factor']} is below {high:.3g}{unit}"
    if high is None:
        return f"{limit['factor']} is above {low:.3g}{unit}"
    return f"{limit['factor']} is {low:.3g} to {high:.3g}{unit}"
