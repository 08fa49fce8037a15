"""When a run may end before all its draws: at a time, or at a precision.

A run that stops early is a valid, smaller run: its draws are the first ones of the longer run.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from scipy import special

from mc_engine.errors import RequestError
from mc_engine.intervals import LEVEL, Interval
from mc_engine.run.tally import Tally

# Draws requested where only a time or a precision is given.
MOST_DRAWS = 10_000_000
FIRST_LOOK = 4_096
# Replicated designs need so many replicates for a stopping rule.
REPLICATES = 32
# A chance near 0 or 1 is reported as an estimate from so many misses (or hits) on, or from this
# relative half-width on; before that only its bound is reported.
ENOUGH, RELATIVE = 50, 0.25

# Ten years: longer than any machine runs.
_LONGEST = 10 * 366 * 86400.0
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")


@dataclass(frozen=True)
class Rule:
    """What ends a run before all its draws.

    Attributes
    ----------
    deadline : datetime or None
        Local time from which no further chunk is begun.
    wording : str
        Words of the request for the deadline.
    precision : float or None
        Half-width of the 95 % interval of P(miss) that is wanted of every target, 1.
    """

    deadline: datetime | None = None
    wording: str = ""
    precision: float | None = None

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline; infinite without one."""
        if self.deadline is None:
            return math.inf
        return (self.deadline - datetime.now().astimezone()).total_seconds()

    @property
    def most_draws(self) -> float:
        """Draws after which independent draws reach the precision, if none of them fails."""
        if self.precision is None:
            return math.inf
        needed = 0.25 * (special.ndtri(0.5 + LEVEL / 2.0) / self.precision) ** 2
        return FIRST_LOOK * 2.0 ** max(0.0, math.ceil(math.log2(needed / FIRST_LOOK)))

    def as_json(self) -> dict[str, Any] | None:
        """Write it as plain data; None where nothing ends the run early."""
        if self == Rule():
            return None
        words = [self.wording] if self.wording else []
        words += [f"precision {self.precision:g}"] if self.precision is not None else []
        return {
            "wording": " or ".join(words),
            "deadline": None if self.deadline is None else self.deadline.isoformat(),
            "precision": self.precision,
        }

    def late(self) -> bool:
        """Whether the deadline has passed."""
        return self.seconds_left <= 0.0


def rule(
    until: str | None = None, duration: str | None = None, precision: float | None = None
) -> Rule:
    """Read a stopping rule as a user writes it.

    Parameters
    ----------
    until : str, optional
        Local time of day as ``07:00``, its next occurrence; or a date and time in ISO 8601.
    duration : str, optional
        As ``8h``, ``90m``, ``1h30m`` or ``45s``.
    precision : float, optional
        Half-width of P(miss), above 0 and at most 0.5.

    Raises
    ------
    RequestError
        For a text of another form, or a number out of range.
    """
    now = datetime.now().astimezone()
    result = Rule()
    if until is not None:
        result = Rule(_time_after(now, until), f"until {until}")
    if duration is not None:
        end = now + timedelta(seconds=_seconds(duration))
        if result.deadline is None or end < result.deadline:
            result = Rule(end, f"for {duration}")
    if precision is None:
        return result
    if not 0.0 < precision <= 0.5:
        raise RequestError(
            f"precision: found {precision}, expected a half-width above 0 and at most 0.5, such "
            "as 0.005"
        )
    return replace(result, precision=precision)


def _time_after(now: datetime, text: str) -> datetime:
    """Find the next moment that a text names."""
    if re.fullmatch(r"\d{1,2}:\d{2}", text):
        hour, minute = map(int, text.split(":"))
        if hour < 24 and minute < 60:
            # By the clock on the wall, also in a night in which it is put forward or back.
            wall = now.replace(tzinfo=None, hour=hour, minute=minute, second=0, microsecond=0)
            today = wall.astimezone()
            return today if today > now else (wall + timedelta(days=1)).astimezone()
    else:
        try:
            at = datetime.fromisoformat(text).astimezone()
        except ValueError:
            at = now
        if at > now:
            return at
    raise RequestError(
        f"until: found {text!r}, expected a time of day such as 07:00, or a date and time to come "
        "such as 2030-01-31T07:00"
    )


def _seconds(text: str) -> float:
    """Read a duration."""
    match = _DURATION.fullmatch(text)
    hours, minutes, seconds = (
        (float(part or 0.0) for part in match.groups()) if match else (0.0,) * 3
    )
    total = 3600.0 * hours + 60.0 * minutes + seconds
    if not 0.0 < total <= _LONGEST:
        raise RequestError(f"for: found {text!r}, expected a duration such as 8h, 90m or 1h30m")
    return total


def looks(draws: int) -> list[int]:
    """List the numbers of draws at which the precision is looked at: 4,096 and its doublings."""
    numbers, at = [], FIRST_LOOK
    while at <= draws:
        numbers.append(at)
        at *= 2
    return numbers


ESTIMATE, BOUND = "estimate", "bound"


def verdict(chance: Interval | None, misses: int, draws: int, half_width: float) -> str | None:
    """Say whether the chance of missing one target is known well enough.

    Parameters
    ----------
    chance : Interval or None
    misses, draws : int
        Counts behind it, failed draws left out.
    half_width : float
        Wanted, 1.

    Returns
    -------
    {"estimate", "bound"} or None
        ``estimate``: the half-width is reached, by at least 50 misses and hits or with a relative
        half-width of at most 25 % of the rarer outcome. ``bound``: the rarer outcome is too rare
        for that, but its chance is bounded by the half-width wanted. None: go on.
    """
    if chance is None or chance.half_width > half_width:
        return None
    share = min(chance.estimate, 1.0 - chance.estimate)
    if min(misses, draws - misses) >= ENOUGH or chance.half_width <= RELATIVE * share:
        return ESTIMATE
    return BOUND if min(chance.high, 1.0 - chance.low) <= half_width else None


def verdicts(tally: Tally, half_width: float, level: float = LEVEL) -> list[str | None]:
    """Give the verdict on every target.

    Parameters
    ----------
    tally : Tally
        Of the draws looked at.
    half_width : float
        Wanted, 1.
    level : float
        Confidence of the intervals, 1.
    """
    counts = zip(tally.missed.sum(axis=1), tally.unknown.sum(axis=1), strict=True)
    draws = int(tally.draws.sum())
    return [
        verdict(chance, int(missed), draws - int(unknown), half_width)
        for chance, (missed, unknown) in zip(tally.chances(level), counts, strict=True)
    ]


@dataclass(frozen=True)
class Reached:
    """Where a precision was reached.

    Attributes
    ----------
    half_width : float
        Wanted, 1.
    draws : int
    verdicts : mapping of str to str
        By target: ``estimate`` or ``bound``.
    """

    half_width: float
    draws: int
    verdicts: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """Write it as plain data."""
        return {"half_width": self.half_width, "draws": self.draws, "told": self.verdicts}


def first_reached(
    tallies: Sequence[tuple[int, int, Tally]],
    names: Sequence[str],
    replicates: int,
    half_width: float,
    level: float = LEVEL,
) -> Reached | None:
    """Find the first look at which every target is known well enough.

    Parameters
    ----------
    tallies : sequence of (int, int, Tally)
        First draw, one past the last, and counts, of chunks none of which reaches over a look.
    names : sequence of str
        The targets.
    replicates : int
        Of the design.
    half_width : float
        Wanted, 1.
    level : float

    Returns
    -------
    Reached or None
        None where the draws do not suffice. It depends on the draws alone, not on chunks or
        interruptions.
    """
    if not names:
        return None
    counts, at = Tally.none(len(names), replicates), 0
    ahead = FIRST_LOOK
    for start, stop, tally in sorted(tallies, key=lambda item: item[:2]):
        if start != at:
            return None
        counts, at = counts + tally, stop
        if at > ahead:
            raise ValueError(f"a chunk reaches over the look at {ahead} draws")
        if at == ahead:
            judgements = verdicts(counts, half_width, level)
            if all(judgements):
                by_target = zip(names, map(str, judgements), strict=True)
                return Reached(half_width, at, dict(by_target))
            ahead *= 2
    return None
