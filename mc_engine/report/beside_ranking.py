"""What is asked beside a ranking, in words: doubts of the priors, Shapley effects, levers."""

from collections.abc import Mapping, Sequence
from typing import Any

from mc_engine.design.groups import JOINED
from mc_engine.report.terminal import percent, ranged, table

# Members of a block that are named.
_MOST = 2


def priors(found: Mapping[str, Any], targets: Sequence[str]) -> list[str]:
    """Write the bands of P(miss) with the median of each leading input moved.

    Parameters
    ----------
    found : mapping
        From ``mc_engine.ranking.doubts.doubts``.
    targets : sequence of str
        Those that are shown.
    """
    shift = f"{found['shift']:g}"
    lines = [
        f"Chance of missing if the median of an input were {shift} standard deviations lower or "
        "higher:"
    ]
    for target in found["targets"]:
        if target["name"] not in targets:
            continue
        lines += ["", f"{target['name']}: {percent(target['p_miss'], 1)} as the priors stand"]
        if target["said"]:
            lines.append(f"  {target['said']}")
            continue
        rows = [
            (
                band["input"],
                _chance(band["lower"]["chance"]),
                _chance(band["upper"]["chance"]),
                f"{min(band['lower']['effective'], band['upper']['effective']):,.0f}",
            )
            for band in target["bands"]
        ]
        lines += table(("input", "lower", "higher", "effective draws"), rows)
    return lines


def _chance(interval: Mapping[str, Any]) -> str:
    return f"{percent(interval['estimate'], 1)} ({ranged(interval['low'], interval['high'])})"


def shapley(found: Mapping[str, Any], targets: Sequence[str]) -> list[str]:
    """Write Shapley effects, across factors and within blocks.

    Parameters
    ----------
    found : mapping
        From ``mc_engine.ranking.sharing.share``.
    targets : sequence of str
        Those that are shown.
    """
    lines = [
        "Shapley effects: the margin's variance shared out so that the shares add up, dependent "
        "inputs too",
        f"({found['rows']:,} rows, {found['points']:,} points).",
    ]
    for game in found["games"]:
        for target in game["targets"]:
            if target["name"] not in targets:
                continue
            where = "across factors" if game["block"] is None else f"within {_named(game['block'])}"
            rows = [
                (_named(player["name"]), _share(effect))
                for player, effect in zip(game["players"], target["effects"], strict=True)
            ]
            order = sorted(
                range(len(rows)), key=lambda place: -target["effects"][place]["estimate"]
            )
            held = _share(target["held"])
            lines += ["", f"{target['name']}, {where}; all together {held}"]
            lines += table(("", "effect"), [rows[place] for place in order])
    return lines


def _named(name: str) -> str:
    """Name a factor by its first members."""
    members = name.split(JOINED)
    more = f" and {len(members) - _MOST} more" if len(members) > _MOST else ""
    return ", ".join(members[:_MOST]) + more


def _share(interval: Mapping[str, Any]) -> str:
    return f"{interval['estimate']:.3f} ({interval['low']:.3f} to {interval['high']:.3f})"


def levers(found: Mapping[str, Any], targets: Sequence[str]) -> list[str]:
    """Write what one step of each lever changes.

    Parameters
    ----------
    found : mapping
        From ``mc_engine.ranking.levers.levers``.
    targets : sequence of str
        Those that are shown.
    """
    lines = [
        "Levers, one step each: change of the chance of missing in percentage points, from "
        f"{found['draws']:,} common draws",
        "(95 % range). Alone: that lever only. Left out: all levers but that one, against all.",
    ]
    for place, name in enumerate(found["targets"]):
        if name not in targets:
            continue
        together = found["all"][place]
        lines += [
            "",
            f"{name}: {percent(found['base'][place], 1)}; with all levers "
            f"{percent(together['p_miss'], 1)}",
        ]
        rows = [
            (row["name"], _points(row["alone"], place), _points(row["left_out"], place))
            for row in sorted(found["levers"], key=lambda row: _size(row["alone"], place))
        ]
        lines += table(("lever", "alone", "left out"), rows)
    refused = [f"  {row['name']}: {row['why']}" for row in found["levers"] if "why" in row]
    if refused:
        lines += ["", "Levers that cannot be moved with the others:", *refused]
    return lines


def _size(rows: Sequence[Mapping[str, Any]] | None, place: int) -> float:
    """By how much a lever changes the chance; last where it cannot be moved."""
    return float("inf") if rows is None else float(rows[place]["difference"])


def _points(rows: Sequence[Mapping[str, Any]] | None, place: int) -> str:
    if rows is None:
        return "-"
    row = rows[place]
    ends = f"{100.0 * row['low']:+.2f} to {100.0 * row['high']:+.2f}"
    return f"{100.0 * row['difference']:+.2f} ({ends})"
