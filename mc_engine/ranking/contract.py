"""The contract of a method: what it needs, what it offers, and the words of its result.

A method is one file in ``ranking/methods`` that states ``METHOD``: a ``Part`` belongs to every
ranking and fills fields of ``RankingResult``; a ``Supplement`` is requested by an option of the
command ``rank`` and stored in a file of its own. Command, files, text and page are made from the
list of methods alone.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, cast

import xarray as xr

from mc_engine.ranking.evaluation import Evaluation, RowProgress
from mc_engine.ranking.result import RankedTarget, RankingResult, Request
from mc_engine.run.experiment import Experiment
from mc_engine.run.options import Progress
from mc_engine.run.results import Run
from mc_engine.vocabulary.axes import DRAW, REGION
from mc_engine.vocabulary.statements import Section, Statement

R = TypeVar("R")

# Rows of its own design; draws of the run; these with weights; runs of the same study.
Needs = Literal["rows", "draws", "weights", "runs"]
# Draws that methods read, at most.
READ = 131_072
# Rows while they are evaluated, within the run folder.
ROWS = "ranking"


@dataclass(frozen=True)
class Option:
    """An option of the command ``rank``.

    Attributes
    ----------
    flag : str
        As written, ``--second-order``.
    help : str
    default : int or bool
        A number where the option takes one.
    field : str
        Field of ``Request`` that it fills; empty where it fills none.
    """

    flag: str
    help: str
    default: int | bool = False
    field: str = ""

    @property
    def name(self) -> str:
        """The flag without dashes in front."""
        return self.flag.removeprefix("--")


@dataclass(frozen=True, kw_only=True)
class Method(Generic[R]):
    """A method of sensitivity analysis.

    Attributes
    ----------
    name : str
        Name in messages and times.
    order : int
        Position among the methods: in which they are computed and shown.
    needs : {"rows", "draws", "weights", "runs"}
    compute : callable
        From the evidence to the result.
    options : tuple of Option
    """

    name: str
    order: int
    needs: Needs
    compute: "Callable[[Evidence], R]"
    options: tuple[Option, ...] = ()


def _nothing(_: Any) -> tuple[Any, ...]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Part(Method[R]):
    """A method that belongs to every ranking.

    Attributes
    ----------
    statements : callable
        What the ranking as a whole rests on, and how far it can be trusted.
    target_statements : callable
        Sentences below the table of one target.
    sections : callable
    """

    statements: Callable[[RankingResult], Iterable[Statement]] = _nothing
    target_statements: Callable[[RankedTarget], Iterable[Statement]] = _nothing
    sections: Callable[[RankingResult], Iterable[Section]] = _nothing


@dataclass(frozen=True, kw_only=True)
class Supplement(Method[R]):
    """A method that is requested by an option, which names its file and its part of the JSON.

    Attributes
    ----------
    option : Option
    result : type
        Frozen dataclass with ``identity`` and ``schema_version``.
    sections : callable
    alone : bool
        Whether it takes the place of the ranking, as no ranking of independent inputs exists.
    scratch : str
        Folder within the run folder that is removed once the result is stored; empty for none.
    """

    option: Option
    result: type[R]
    sections: Callable[[R], Iterable[Section]]
    alone: bool = False
    scratch: str = ""

    @property
    def file(self) -> str:
        """Name of its file within the run folder."""
        return f"ranking-{self.option.name}.json"


@dataclass
class Evidence:
    """What methods are computed from, and the results that they have given so far.

    Attributes
    ----------
    experiment : Experiment
        The experiment of the run.
    run : Run
    request : Request
    seed : int
        Seed of the supplements.
    threads : int or None
    on_rows : callable or None
        Called with the phase, rows done and rows in all.
    on_run : callable or None
        Given the name of a further run, makes the function that it reports to.
    should_stop : callable or None
        True ends the work, which the same call resumes.
    ranking : RankingResult or None
        For supplements: the ranking that they supplement.
    extends, sums : RankingResult and dict, or None
        For parts: the stored ranking that is extended, and its sums.
    seconds : dict of str to float, s
        Time by method.
    """

    experiment: Experiment
    run: Run
    request: Request = field(default_factory=Request)
    seed: int = 0
    threads: int | None = None
    on_rows: RowProgress | None = None
    on_run: Callable[[str], Progress] | None = None
    should_stop: Callable[[], bool] | None = None
    ranking: RankingResult | None = None
    extends: RankingResult | None = None
    sums: dict[str, Any] | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    _results: dict[str, Any] = field(default_factory=dict)

    def of(self, method: Method[R]) -> R:
        """Give the result of a method, computed once.

        Parameters
        ----------
        method : Method
        """
        if method.name not in self._results:
            began = time.perf_counter()
            self._results[method.name] = method.compute(self)
            self.seconds[method.name] = time.perf_counter() - began
        return cast(R, self._results[method.name])

    @cached_property
    def draws(self) -> xr.Dataset:
        """First draws of the run, of one region and in memory."""
        with self.run.draws as draws:
            return draws.isel({REGION: 0, DRAW: slice(0, READ)}, drop=True).load()

    def rows(self, folder: str = ROWS, seed: int | None = None) -> Evaluation:
        """Say where and how rows are evaluated.

        Parameters
        ----------
        folder : str
            Within the run folder.
        seed : int, optional
            That of the request where left out.
        """
        path: Path = self.run.folder / folder
        chosen = self.request.seed if seed is None else seed
        return Evaluation(
            self.experiment, path, chosen, self.threads, self.on_rows, self.should_stop
        )
