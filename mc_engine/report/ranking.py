"""A ranking in words: one table per target, its certificate, and what was left out."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from types import MappingProxyType
from typing import Any

from mc_engine.design.groups import JOINED
from mc_engine.errors import RequestError, preview
from mc_engine.ranking.ranked import QUANTILE
from mc_engine.report import beside_ranking as beside
from mc_engine.report.terminal import WIDTH, percent, printable, ranged, table

# Characters of a factor's name.
NAMED = 34


def chosen(found: Mapping[str, Any], names: Sequence[str]) -> list[Mapping[str, Any]]:
    """Pick targets by name; all where none is named.

    Parameters
    ----------
    found : mapping
        From ``mc_engine.ranking.ranking.rank``.
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


def text(
    found: Mapping[str, Any],
    targets: Sequence[Mapping[str, Any]],
    top: int = 10,
    further: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Write a ranking.

    Parameters
    ----------
    found : mapping
        From ``mc_engine.ranking.ranking.rank``, or ``weighed_ranking.rank_weighed``.
    targets : sequence of mapping
        From ``chosen``.
    top : int
        Factors shown of each.
    further : mapping
        What was asked beside it: ``priors``, ``shapley``, ``levers``.
    """
    weighed = "effective" in found
    lines = _weighed_head(found) if weighed else _head(found)
    names = [target["name"] for target in targets]
    for target in targets:
        lines += ["", *(_weighed_target if weighed else _target)(target, top)]
    if not weighed:
        lines += _dependent(found["dependent"])
        lines += _worth(found["value_of_information"], top)
    parts = {"priors": beside.priors, "shapley": beside.shapley, "levers": beside.levers}
    for name, part in further.items():
        lines += ["", *parts[name](part, names)]
    if not weighed:
        spent = ", ".join(f"{name} {value:.0f} s" for name, value in found["seconds"].items())
        lines += ["", f"Time: {spent}"]
    return "\n".join(map(printable, lines))


def _head(found: Mapping[str, Any]) -> list[str]:
    return [
        f"{found['rows']:,} Saltelli rows of {len(found['factors'])} factors in "
        f"{found['replicates']} replicates; screened by {found['screened_rows']:,} Morris rows;",
        f"falls in the chance of missing from {found['draws']:,} draws of the run.",
        "Total: share of the margin's variance that is left once all but this factor are known.",
        *_LEGEND,
    ]


_LEGEND = (
    "Fall: by how much the chance of missing falls if the input (or the first of a block) were",
    "known to lie in the good tenth of its range. Sign: + where more of it helps.",
)


def _weighed_head(found: Mapping[str, Any]) -> list[str]:
    return [
        f"Weighed by the past: {found['effective']:,.0f} effective of {found['draws']:,} draws.",
        *wrap(f"No Saltelli and Morris rows: {found['why']}.", WIDTH),
        "First: share of the margin's variance that is gone once the input is known.",
        *_LEGEND,
    ]


def _title(target: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{target['name']}: missed with {percent(target['p_miss'], 1)} "
        f"({ranged(target['low'], target['high'])})"
    ]
    return lines + ([f"  {target['measure_note']}"] if target["measure_note"] else [])


def _target(target: Mapping[str, Any], top: int) -> list[str]:
    lines = _title(target)
    if not target["table"]:
        return [*lines, f"  {target['why']}"]
    if target["said"]:
        lines.append(f"  {target['said']}")
    place = {line["factor"]: line["rank"] for line in target["table"]}
    header = ("", "factor", "total index", "first", "sign", "fall, points", "tied")
    rows, meanings = [], []
    for line in target["table"][:top]:
        rows.append(
            (
                f"{line['rank']}",
                _short(line["lead"] or line["factor"]),
                f"{line['total']:.3f} ({line['total_low']:.3f} to {line['total_high']:.3f})",
                f"{line['first']:.3f}",
                line["sign"],
                _fall(line["fall"]),
                " ".join(f"{place[name]}" for name in line["tied_with"] if place[name] <= top),
            )
        )
        meanings.append(_kind(line))
    lines += _with_meanings(table(header, rows, left=2), meanings)
    left = target["left_out"]
    if left is not None:
        lines.append(
            f"  {left['factors']} other inputs together: total {left['total']:.3f}, at most "
            f"{left['total_high']:.3f}"
        )
    lines += [
        f"  {' and '.join(pair['factors'])} together add {pair['second']:.3f} "
        f"({pair['low']:.3f} to {pair['high']:.3f})"
        for pair in target["pairs"]
        if pair["low"] > 0.0
    ]
    return [*lines, *_certificate(target["certificate"]), *_box(target["box"])]


def _kind(line: Mapping[str, Any]) -> str:
    """What a factor is in plain words."""
    words = {"path": "; a path over the years", "input": ""}
    count = len(line["factor"].split(JOINED))
    words["block"] = f"; and {count - 1} that move with it"
    return f"{line['meaning']}{words.get(line['kind'], '')}"


def _with_meanings(lines: Sequence[str], meanings: Sequence[str]) -> list[str]:
    """Put what each factor is below its row."""
    found = list(lines[:2])
    for line, meaning in zip(lines[2:], meanings, strict=True):
        found.append(line)
        found += [f"      {part}" for part in wrap(meaning, WIDTH - 6)]
    return found


def _weighed_target(target: Mapping[str, Any], top: int) -> list[str]:
    header = ("", "input", "first", "sign", "fall, points")
    lines = target["table"][:top]
    rows = [
        (
            f"{line['rank']}",
            _short(line["input"]),
            f"{line['first']:.3f} ({line['low']:.3f} to {line['high']:.3f})",
            line["sign"],
            _fall(line["fall"]),
        )
        for line in lines
    ]
    meanings = [line["meaning"] for line in lines]
    said = [f"  {target['said']}"] if target["said"] else []
    noise = target["noise"]["first_order"]
    floor = [] if noise is None else [f"  an input of no effect reaches {noise:.4f}"]
    body = _with_meanings(table(header, rows, left=2), meanings)
    return [*_title(target), *said, *body, *floor, *_box(target["box"])]


def _dependent(pairs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Warn of inputs that move together unsaid."""
    if not pairs:
        return []
    return [
        "",
        "Inputs that move together though no correlation says so; what is said of one holds for "
        "both:",
        *(
            f"  {' and '.join(pair['inputs'])}: rank correlation {pair['rank_correlation']:.2f}"
            for pair in pairs
        ),
    ]


def _worth(decisions: Sequence[Mapping[str, Any]], top: int) -> list[str]:
    """What knowing a factor is worth, for the removals decision."""
    lines: list[str] = []
    for found in decisions:
        unit = found["unit"]
        lines += [
            "",
            f"Removals to contract for the residual ({found['scope']}): {found['capacity']:,.0f} "
            f"{unit}, its quantile {100.0 * found['quantile']:.0f} %",
            f"  (too little costs {found['under']:g}, too much {found['over']:g}). Expected loss "
            f"{found['loss']['estimate']:,.0f}; what knowing a factor first would save of it:",
        ]
        rows = [
            (
                _short(row["factor"]),
                f"{row['value']['estimate']:,.1f} "
                f"({row['value']['low']:,.1f} to {row['value']['high']:,.1f})",
                f"{100.0 * row['share']:.1f} %",
            )
            for row in found["worths"][: max(1, top // 2)]
        ]
        lines += table(("factor", "saved", "share"), rows)
    return lines


def _short(name: str) -> str:
    return name if len(name) <= NAMED else f"{name[: NAMED - 3]}..."


def _fall(fall: Mapping[str, Any] | None) -> str:
    """A fall in percentage points with its range."""
    if fall is None:
        return ""
    ends = f"{-100.0 * fall['high']:+.1f} to {-100.0 * fall['low']:+.1f}"
    return f"{-100.0 * fall['fall']:+.1f} ({ends})"


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
    if limit["unit"] == QUANTILE:
        ends = [f"{100.0 * end:.0f}" for end in (low, high) if end is not None]
        side = "below" if low is None else "above" if high is None else "between"
        return f"{limit['factor']} runs {side} percentile {' and '.join(ends)} of its range"
    unit = "" if limit["unit"] == "1" else f" {limit['unit']}"
    if low is None:
        return f"{limit['factor']} is below {high:.3g}{unit}"
    if high is None:
        return f"{limit['factor']} is above {low:.3g}{unit}"
    return f"{limit['factor']} is {low:.3g} to {high:.3g}{unit}"
