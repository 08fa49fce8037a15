"""How far a run is, in words: for a terminal while it runs, for a log, and from another shell."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mc_engine.intervals import Interval
from mc_engine.report.terminal import decimals, percent, ranged
from mc_engine.run.forecast import Forecast, size, span

BAR = 30


def planned(needs: Forecast) -> str:
    """Say what a run will need.

    Parameters
    ----------
    needs : Forecast
    """
    chunks = f"{needs.chunks:,} chunk{'' if needs.chunks == 1 else 's'}"
    already = needs.draws - needs.todo
    start = f"{needs.draws:,} draws"
    if already > 0:
        start += f", {already:,} there already"
    time = f"about {span(needs.seconds)}" if math.isfinite(needs.seconds) else "on a cluster"
    return f"{start}; {chunks} to do: {time}, {size(needs.memory)} memory, {size(needs.disk)} disk"


def bar(
    phase: str, done: int, total: int, rate: float = 0.0, left: float = math.inf, most: str = ""
) -> str:
    """Draw a bar with rate and time left.

    Parameters
    ----------
    phase : str
    done, total : int
        Draws.
    rate : float, 1/s
        Draws per second; 0 where it is not known.
    left : float, s
        Until the end of the phase; infinite where it is not known.
    most : str
        Said before the total, such as "at most".
    """
    filled = BAR * done // max(1, total)
    strip = "#" * filled + "." * (BAR - filled)
    text = f"{phase:<10} [{strip}] {done:,} of {most}{total:,} draws"
    if rate > 0.0:
        text += f", {rate:,.0f}/s"
    if math.isfinite(left) and done < total:
        text += f", {span(left)} left"
    return text


def chances(names: Sequence[str], found: Sequence[Interval | None]) -> list[str]:
    """List the running chance of missing each target, one line each.

    Parameters
    ----------
    names : sequence of str
    found : sequence of Interval or None
    """
    width = max((len(name) for name in names), default=0)
    return [
        f"  {name:<{width}}  {_chance(interval)}"
        for name, interval in zip(names, found, strict=True)
    ]


def _chance(interval: Interval | None) -> str:
    if interval is None:
        return "-"
    share = percent(interval.estimate, decimals(interval.low, interval.high))
    return f"{share:>8} ({ranged(interval.low, interval.high)})"


def short(names: Sequence[str], found: Sequence[Interval | None]) -> str:
    """Write the running chances in one line."""
    pairs = zip(names, found, strict=True)
    return ", ".join(f"{name} {percent(one.estimate)}" for name, one in pairs if one is not None)


def status(found: Mapping[str, Any]) -> str:
    """Write what ``study.status`` gives.

    Parameters
    ----------
    found : mapping
    """
    holder = found["writer"]
    who = (
        f", process {holder['process']} on {holder['host']} since {holder['since']}"
        if holder
        else ""
    )
    lines = [f"{found['run']}: {found['state']}{who}"]
    rate = found["rate"] or 0.0
    left = (found["draws"] - found["done"]) / rate if rate > 0.0 else math.inf
    most = "at most " if found["rule"] and found["state"] != "done" else ""
    lines.append(bar("draws", found["done"], found["draws"], rate, left, most))
    if most:
        lines.append(f"ends at the latest: {found['rule']['wording']}")
    if found["stop_reason"]:
        lines.append(f"ended by: {found['stop_reason']}")
    if found["failed"]:
        lines.append(f"failed draws: {found['failed']:,}")
    if found["targets"]:
        lines.append("chance of missing so far:")
        rows = [
            Interval(row["p_miss"], row["low"], row["high"], row["level"], row["method"])
            if row["p_miss"] is not None
            else None
            for row in found["targets"]
        ]
        lines += chances([row["name"] for row in found["targets"]], rows)
    return "\n".join(lines)
