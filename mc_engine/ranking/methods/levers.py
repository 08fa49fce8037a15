"""Levers (``rank --levers``): what one step of each does to P(miss), alone and left out of all.

Every run has the seed and the number of draws of the run it is compared with, so that differences
are of common draws and far better known than either chance.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from mc_engine.errors import PriorError, RequestError
from mc_engine.intervals import LEVEL
from mc_engine.ranking.contract import Evidence, Option, Supplement
from mc_engine.ranking.storage import SCHEMA_VERSION
from mc_engine.run.differences import compare
from mc_engine.run.options import Progress, RunRequest, Watch
from mc_engine.run.replay import experiment_of, problem_of
from mc_engine.run.results import Run
from mc_engine.vocabulary.statements import (
    Name,
    Row,
    Section,
    Statement,
    Table,
    Value,
    change,
    share,
)

# Within the run folder, while they are made.
RUNS = "levers"
# Draws of every run, at most.
DRAWS = 20_000


@dataclass(frozen=True)
class Difference:
    """P(miss) of one target with other levers, and its difference with interval, 1.

    Attributes
    ----------
    name : str
    against, p_miss : float
        P(miss) of the run it is compared with, and of this one.
    difference, low, high : float
    method : str
        Of the interval.
    """

    name: str
    against: float
    p_miss: float
    difference: float
    low: float
    high: float
    method: str


@dataclass(frozen=True)
class LeverEffect:
    """What one step of a lever changes, by target.

    Attributes
    ----------
    name : str
    title : mapping of str to str
        By language.
    alone : tuple of Difference or None
        Only this lever, against the run as it is; None where the step cannot be taken.
    left_out : tuple of Difference or None
        All levers but this one, against all.
    why : str
        Why the step cannot be taken; empty where it can.
    """

    name: str
    title: Mapping[str, str]
    alone: tuple[Difference, ...] | None = None
    left_out: tuple[Difference, ...] | None = None
    why: str = ""


@dataclass(frozen=True)
class LeverEffects:
    """What one step of each lever changes.

    Attributes
    ----------
    identity : str
    draws : int
        Of every run.
    level : float
    targets : tuple of str
    base : tuple of float
        P(miss) of the run as it is, by target, 1.
    all : tuple of Difference
        All levers together, by target.
    levers : tuple of LeverEffect
    """

    identity: str
    draws: int
    level: float
    targets: tuple[str, ...]
    base: tuple[float, ...]
    all: tuple[Difference, ...]
    levers: tuple[LeverEffect, ...]
    schema_version: int = SCHEMA_VERSION


def levers(
    run: Run,
    *,
    draws: int = DRAWS,
    names: Sequence[str] | None = None,
    threads: int | None = None,
    on_run: Callable[[str], Progress] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LeverEffects:
    """Compare a run with runs in which one lever more, or all but one, is one step further.

    The runs stay in the folder ``levers`` within that of the run.

    Parameters
    ----------
    run : Run
        Of the random or the Sobol design.
    draws : int
        Of every run, at most.
    names : sequence of str, optional
        Levers; all that the run has not moved where left out.
    threads : int, optional
    on_run : callable, optional
        Given the name of a run, makes the function that it reports to.
    should_stop : callable, optional
        True ends the work, which the same call resumes.

    Returns
    -------
    LeverEffects

    Raises
    ------
    RequestError
        For a region without levers, or a Latin design, whose draws depend on their number.
    RunInterruptedError
        When ``should_stop`` ended it.
    """
    manifest, catalogue = run.manifest, problem_of(run).catalogue
    if names is None:
        names = [name for name in catalogue if name not in manifest["steps"]]
    if not names:
        raise RequestError(f"{run.folder}: found no lever to move, expected one in levers.yaml")
    if manifest["design"]["name"] == "latin":
        raise RequestError(
            f"{run.folder}: found a Latin design, whose draws depend on their number, expected a "
            "random or a Sobol design; run it so"
        )
    size = min(int(manifest["draws"]), draws)

    runs = _Runs(run, size, threads, on_run, should_stop)
    base = runs.of((), "as it is")
    usable, refused = _usable(run, names)
    every = runs.of(usable, "all levers") if usable else base
    effects = []
    for name in names:
        effect = LeverEffect(name, dict(catalogue[name].title), why=refused.get(name, ""))
        if name not in refused:
            others = [other for other in usable if other != name]
            effect = replace(
                effect,
                alone=_differences(base, runs.of([name], name)),
                left_out=_differences(every, runs.of(others, f"all but {name}")),
            )
        effects.append(effect)
    return LeverEffects(
        identity=manifest["identity"],
        draws=size,
        level=LEVEL,
        targets=tuple(manifest["targets"]),
        base=tuple(float(target["p_miss"]) for target in base.summary["targets"]),
        all=_differences(base, every),
        levers=tuple(effects),
    )


def _usable(run: Run, names: Sequence[str]) -> tuple[list[str], Mapping[str, str]]:
    """Levers that can be moved together, and the reason of each that cannot."""
    usable: list[str] = []
    refused: dict[str, str] = {}
    for name in names:
        try:
            experiment_of(run, [*usable, name])
        except PriorError as error:
            refused[name] = str(error)
        else:
            usable.append(name)
    return usable, refused


@dataclass(frozen=True)
class _Runs:
    """Runs on the draws of another run, in folders within that of the run."""

    run: Run
    draws: int
    threads: int | None
    on_run: Callable[[str], Progress] | None
    should_stop: Callable[[], bool] | None

    def of(self, steps: Sequence[str], what: str) -> Run:
        """Run with levers moved; ``what`` names the run."""
        design = self.run.manifest["design"]
        request = RunRequest(
            draws=self.draws,
            design=design["name"],
            seed=design["seed"],
            replicates=max(design["replicates"], 16),
            series=0,
            threads=self.threads,
            out=self.run.folder / RUNS / what.replace(" ", "-"),
        )
        watch = Watch() if self.on_run is None else Watch(on_progress=self.on_run(what))
        if self.should_stop is not None:
            watch = replace(watch, should_stop=self.should_stop)
        return experiment_of(self.run, steps).carry_out(request, watch=watch)


def _differences(base: Run, other: Run) -> tuple[Difference, ...]:
    """Bound by target what the other run changes."""
    rows = compare([base, other])["comparisons"][0]["targets"]
    return tuple(TypeAdapter(list[Difference]).validate_python(rows))


def compute(evidence: Evidence) -> LeverEffects:
    """Run every lever alone and left out.

    Parameters
    ----------
    evidence : Evidence
    """
    return levers(
        evidence.run,
        threads=evidence.threads,
        on_run=evidence.on_run,
        should_stop=evidence.should_stop,
    )


def sections(result: LeverEffects) -> Iterator[Section]:
    """Give what every lever changes, by target.

    Parameters
    ----------
    result : LeverEffects

    Yields
    ------
    Section
    """
    statements = [Statement("levers_note", {"draws": f"{result.draws:,}"})]
    for lever in result.levers:
        if lever.why:
            values: dict[str, Value] = {"lever": Name("lever", lever.name), "why": lever.why}
            statements.append(Statement("lever_refused", values))
    tables = tuple(_table(number, result) for number in range(len(result.targets)))
    yield Section("levers", tuple(statements), tables)


def _table(number: int, result: LeverEffects) -> Table:
    """Give what every lever changes for one target, the largest reduction first."""
    name, base = result.targets[number], result.base[number]
    values: dict[str, Value] = {"base": share(base, 1), "all": share(result.all[number].p_miss, 1)}
    head = Statement("levers_chance", values | {"target": Name("target", name)})
    moved = [
        (lever, lever.alone[number], lever.left_out[number])
        for lever in result.levers
        if lever.alone is not None and lever.left_out is not None
    ]
    moved.sort(key=lambda one: one[1].difference)
    rows = [
        Row((Name("lever", lever.name), *(change(d.difference, d.low, d.high) for d in both)))
        for lever, *both in moved
    ]
    return Table(("lever", "alone", "left_out"), tuple(rows), (head,), target=name, p_miss=base)


METHOD = Supplement(
    name="levers",
    order=90,
    needs="runs",
    compute=compute,
    option=Option("--levers", "what one step of each lever changes, alone and left out"),
    result=LeverEffects,
    sections=sections,
    scratch=RUNS,
)
