"""Several runs side by side, as plain text of at most 100 columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from mc_engine.report.terminal import blocks, chance_with_range, printable, table


def scenarios(
    summaries: Mapping[str, Mapping[str, Any]],
    manifests: Mapping[str, Mapping[str, Any]],
    comparison: Mapping[str, Any] | None,
) -> str:
    """Write P(miss) per target and scenario, and the differences from the first scenario.

    Parameters
    ----------
    summaries, manifests : mapping of str to mapping
        What ``Run.risk`` gives, and the manifest, by scenario; the default scenario first.
    comparison : mapping or None
        What ``compare`` gives; None for a single scenario.

    Returns
    -------
    str
        Lines separated by newlines, without one at the end.
    """
    names = list(summaries)
    first = summaries[names[0]]
    places = {name: _by_target(summary) for name, summary in summaries.items()}
    rows = [
        [row["name"], *(_cell(places[name][row["name"]], summaries[name]) for name in names)]
        for row in first["targets"]
    ]
    lines = [
        _heading(manifests[names[0]], f"{len(names)} scenarios", first),
        "",
        f"Chance of missing each target, under these assumptions ({_level(first)} interval):",
        "",
        *blocks(["target", *names], rows),
        "",
    ]
    if comparison:
        against = comparison["against"]["scenario"]
        lines += [
            f"Difference from {against}, draw by draw, in percentage points "
            f"({_level(first)} interval):",
            "",
            *_differences(names[1:], comparison),
            "",
        ]
    return "\n".join(map(printable, [*lines, *_footing(summaries, manifests)]))


def _differences(names: Sequence[str], comparison: Mapping[str, Any]) -> list[str]:
    found = comparison["comparisons"]
    places = [_by_target(entry) for entry in found]
    rows = [
        [row["name"], *(points(place[row["name"]]) for place in places)]
        for row in found[0]["targets"]
    ]
    lines = blocks(["target", *names], rows)
    notes = dict.fromkeys(note for entry in found for note in entry["notes"])
    return [*lines, *(f"  {note}" for note in notes)]


def points(row: Mapping[str, Any]) -> str:
    """Write a difference of two chances with its range, in percentage points."""
    low, middle, high = (100 * row[key] for key in ("low", "difference", "high"))
    digits = 1 if max(abs(low), abs(high)) < 10 else 0
    # Adding 0 turns a rounded -0.0 into 0.0.
    low, middle, high = (round(value, digits) + 0.0 for value in (low, middle, high))
    return f"{middle:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})"


def settings(
    summaries: Mapping[str, Mapping[str, Any]], manifests: Mapping[str, Mapping[str, Any]]
) -> str:
    """Write one row of P(miss) per choice of accounting settings; they are never averaged.

    Parameters
    ----------
    summaries, manifests : mapping of str to mapping
        What ``Run.risk`` gives, and the manifest, by choice.

    Returns
    -------
    str
        Lines separated by newlines, without one at the end.
    """
    first = next(iter(summaries.values()))
    targets = [row["name"] for row in first["targets"]]
    rows = []
    for name, summary in summaries.items():
        known = _by_target(summary)
        rows.append([name, *(_cell(known[target], summary) for target in targets)])
    manifest = next(iter(manifests.values()))
    scenario = manifest["scenario"].replace("_", " ")
    chosen = ", ".join(f"{name}={option}" for name, option in manifest["settings"].items())
    many = "choice" if len(rows) == 1 else "choices"
    lines = [
        _heading(manifest, f"scenario '{scenario}', {len(rows)} {many} of settings", first),
        f"the first row is under {chosen}",
        "",
        f"Chance of missing each target, under these assumptions ({_level(first)} interval):",
        "",
        *blocks(["settings", *targets], rows),
        "",
    ]
    return "\n".join(map(printable, [*lines, *_footing(summaries, manifests)]))


def _by_target(found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {row["name"]: row for row in found["targets"]}


def _cell(row: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    return chance_with_range(row, summary["draws"] - summary["failed"])


def _heading(manifest: Mapping[str, Any], what: str, summary: Mapping[str, Any]) -> str:
    title = manifest["title"].get("en", manifest["region"])
    return f"{title}, {what}, {summary['draws']:,} common draws"


def _level(summary: Mapping[str, Any]) -> str:
    return f"{100 * summary['level']:.0f} %"


def _footing(
    summaries: Mapping[str, Mapping[str, Any]], manifests: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    rows = [
        [
            name,
            f"{summary['failed']:,}",
            f"{summary['clipped']:,}",
            manifests[name]["identity"],
        ]
        for name, summary in summaries.items()
    ]
    manifest = next(iter(manifests.values()))
    return [
        *table(["run", "failed draws", "with sales clipped at zero", "identity"], rows),
        "",
        f"seed {manifest['design']['seed']}, {manifest['design']['name']} design, "
        f"mc_engine {manifest['mc_engine']}",
    ]
