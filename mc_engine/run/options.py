"""Options of a run: which draws, what ends it early, who evaluates them, and who watches."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypedDict, TypeVar

from mc_engine.run.forecast import Forecast
from mc_engine.run.plan import DEFAULT_CHUNK, DEFAULT_SERIES
from mc_engine.run.stopping import Rule, rule
from mc_engine.run.tally import Tally

P = ParamSpec("P")
R = TypeVar("R")


def renamed(names: Mapping[str, str]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function refuse keywords of an earlier version, and name those of today.

    Parameters
    ----------
    names : mapping of str to str
        New names by old ones.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **keywords: P.kwargs) -> R:
            for name in names.keys() & keywords.keys():
                raise TypeError(
                    f"{function.__name__}: found {name!r}, expected {names[name]!r}; "
                    "the keyword has a new name"
                )
            return function(*args, **keywords)

        return call

    return decorate


@dataclass(frozen=True)
class RunRequest:
    """Which draws are evaluated, and what of them is stored; see ``Experiment.run``.

    Attributes
    ----------
    draws : int or None
    design : {"random", "sobol", "latin"}
    replicates : int or None
    repetition, seed, series, chunk : int
    threads : int or None
    outputs : str
    out : str or Path or None
    store_observables : bool
    """

    draws: int | None = None
    design: str = "random"
    replicates: int | None = None
    repetition: int = 0
    seed: int = 0
    series: int = DEFAULT_SERIES
    chunk: int = DEFAULT_CHUNK
    threads: int | None = None
    outputs: str = "default"
    out: str | Path | None = None
    store_observables: bool = False


@dataclass(frozen=True)
class Stopping:
    """What ends a run before all its draws, as a user writes it; see ``Experiment.run``.

    Attributes
    ----------
    until, duration : str or None
    precision : float or None
    """

    until: str | None = None
    duration: str | None = None
    precision: float | None = None

    def rule(self) -> Rule:
        """Read it, from this moment on.

        Raises
        ------
        RequestError
            For a text of another form, or a number out of range.
        """
        return rule(self.until, self.duration, self.precision)


@dataclass(frozen=True)
class Workers:
    """Who evaluates the chunks: this process, or a cluster; see ``Experiment.run``.

    Attributes
    ----------
    cluster : str or None
    shared_folder, allow_mixed : bool
    """

    cluster: str | None = None
    shared_folder: bool = False
    allow_mixed: bool = False


class RunOptions(TypedDict, total=False):
    """Keywords of ``Experiment.run`` that several runs on common draws share."""

    design: str
    replicates: int | None
    repetition: int
    seed: int
    series: int
    chunk: int
    threads: int | None
    outputs: str
    store_observables: bool
    until: str | None
    duration: str | None
    precision: float | None
    cluster: str | None
    shared_folder: bool
    allow_mixed: bool
    should_stop: Callable[[], bool] | None


@dataclass(frozen=True)
class Status:
    """How far a run is; handed to whoever watches it.

    Attributes
    ----------
    phase : {"compiling", "forecast", "drawing", "collecting"}
    done, total : int
        Draws.
    targets : tuple of str
    tally : Tally
        Misses so far.
    forecast : Forecast or None
        What the run will need; in the phase of that name.
    rule : Rule or None
        What ends the run before all its draws; None while it is collected.
    """

    phase: str
    done: int
    total: int
    targets: tuple[str, ...]
    tally: Tally
    forecast: Forecast | None = None
    rule: Rule | None = None

    @property
    def most(self) -> str:
        """Words before ``total`` where the run may end before it."""
        return "at most " if self.rule is not None and self.rule != Rule() else ""

    def seconds_left(self, rate: float) -> float:
        """Seconds until this phase ends at a rate in draws per second; infinite where unknown."""
        left = (self.total - self.done) / rate if rate > 0.0 else math.inf
        return left if self.rule is None else max(0.0, min(left, self.rule.seconds_left))


Progress = Callable[[Status], None]


def _unwatched(status: Status) -> None:
    """Report to nobody."""


def _never() -> bool:
    """Let the run come to its end."""
    return False


@dataclass(frozen=True)
class Watch:
    """Who watches a run and may end it; nothing here changes a number.

    Attributes
    ----------
    on_progress : callable
        Called with the ``Status`` after every chunk.
    should_stop : callable
        Called after every chunk; True ends the run, which the same request resumes.
    """

    on_progress: Progress = field(default=_unwatched)
    should_stop: Callable[[], bool] = field(default=_never)
