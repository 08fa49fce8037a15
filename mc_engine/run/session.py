"""Carry out a plan: from what a run folder holds to the finished run."""

import heapq
import math
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mc_engine import provenance
from mc_engine.errors import RequestError, RunError, RunInterruptedError
from mc_engine.numerics.accelerate import is_compiled
from mc_engine.problem.problem import Problem
from mc_engine.run import canary, executor, journal, lock, store
from mc_engine.run.chunks import DamagedChunkError, Row, gaps
from mc_engine.run.collect import DatasetPiece, Growth, collect
from mc_engine.run.durable import disk_errors, write
from mc_engine.run.existing import Held, dataset_tallies, look
from mc_engine.run.forecast import (
    Forecast,
    Probe,
    collected_disk,
    forecast,
    free_disk,
    probe,
    refuse_without_room,
    size,
)
from mc_engine.run.manifest import facts_of, manifest_of
from mc_engine.run.plan import RunPlan
from mc_engine.run.results import Run
from mc_engine.run.stopping import Reached, Rule, first_reached, looks
from mc_engine.run.tally import Tally, total, whole_rounds

# The log gets one line of progress in so many seconds.
LOG_SECONDS = 60.0


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
        """Said before ``total`` where the run may end before it."""
        return "at most " if self.rule is not None and self.rule != Rule() else ""

    def seconds_left(self, rate: float) -> float:
        """Seconds until this phase ends at a rate in draws per second; infinite where unknown."""
        left = (self.total - self.done) / rate if rate > 0.0 else math.inf
        return left if self.rule is None else max(0.0, min(left, self.rule.seconds_left))


Progress = Callable[[Status], None]


@dataclass(frozen=True)
class Options:
    """How a plan is carried out; nothing here changes a number.

    Attributes
    ----------
    rule : Rule
        What ends the run before all its draws.
    progress : callable
        Told the ``Status`` after every chunk.
    asked_to_stop : callable
        Asked after every chunk whether a person wants to end the run.
    source : callable
        Evaluates the chunks: on this machine, or on a cluster.
    allow_mixed : bool
        Go on where this machine differs in the last bits from the one that began the run.
    here : bool
        Whether the source evaluates on this machine's own threads.
    mixed : list of dict
        Filled by the source: other machines that differ in the last bits, for the manifest.
    """

    rule: Rule = field(default_factory=Rule)
    progress: Progress = lambda status: None
    asked_to_stop: Callable[[], bool] = lambda: False
    source: executor.Source = executor.stored
    allow_mixed: bool = False
    here: bool = True
    mixed: list[dict[str, Any]] = field(default_factory=list)


def execute(plan: RunPlan, options: Options) -> Run:
    """Evaluate what a run folder lacks of a plan, and collect it.

    Parameters
    ----------
    plan : RunPlan
        Its folder holds nothing, or this run as far as it has come.
    options : Options

    Returns
    -------
    Run

    Raises
    ------
    RunInterruptedError
        When a person ended it; the same plan goes on.
    RequestError
        When another process writes into the folder, or disk or memory will not do.
    RunError
        When the disk refuses, or every draw failed.
    """
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"{plan.folder}: cannot be made: {error.strerror}; choose another --out"
        ) from error
    with lock.held(plan.folder) as owner:
        return _Execution(plan, options, owner).run()


class _Execution:
    """One session on a run folder, under its lock."""

    def __init__(self, plan: RunPlan, options: Options, owner: lock.Lock) -> None:
        self.plan, self.options, self.owner = plan, options, owner
        self.folder, self.chunks = plan.folder, plan.folder / journal.CHUNKS
        self.targets = tuple(target.name for target in plan.problem.targets)
        self.cuts = looks(plan.draws) if options.rule.precision is not None else []
        self.logged = time.monotonic()
        held = look(plan, self.cuts)
        self.collected = int(held.manifest.get("collected", {}).get("draws", 0))
        if self.collected > plan.draws:
            raise RequestError(
                f"{plan.folder}: found {self.collected} draws that another process has stored "
                "meanwhile, expected fewer; start again"
            )
        # Draws that a run which ends early must keep: nothing that is there is ever lost.
        there = max((stop for _, stop in held.spans), default=0)
        self.least = max(plan.sampling.design.replicates, self.collected, there)
        self._take(held)
        self.manifest = manifest_of(plan) | self.held.facts

    def _take(self, held: Held) -> None:
        """Count what is there."""
        self.held, self.done, self.ahead = held, 0, sorted(held.spans)
        self._advance()
        self.stored = list(dataset_tallies(self.plan, held.dataset, self.cuts))
        self.counted = [*self.stored, *held.chunk_tallies(self.plan, self.cuts)]
        self.tally = self._total(item[2] for item in self.counted)
        self.reached: Reached | None = None
        self.looked = 0
        self._look()

    def _total(self, tallies: Iterable[Tally]) -> Tally:
        return total(tallies, len(self.targets), self.plan.sampling.design.replicates)

    def _advance(self) -> None:
        """Count the draws from the first on that are there without a gap."""
        while self.ahead and self.ahead[0][0] <= self.done:
            self.done = max(self.done, heapq.heappop(self.ahead)[1])
        self.done = min(self.done, self.plan.draws)

    def run(self) -> Run:
        """Go from what is there to the finished run."""
        if not is_compiled():
            self._tell("compiling")
        sung = canary.sing(self.plan)
        gap = 0.0
        if self.held:
            before, mixed = canary.read(self.folder), self.options.allow_mixed
            gap = canary.compare(before, sung, mixed, self.folder, canary.REMEDY)
        found = probe(self.plan, facts_of(self.plan))
        likely = replace(self.plan, draws=self._likely_draws(found))
        here = self.options.here
        todo = self._todo(likely.draws)
        needs = forecast(likely, found, todo, here=here, grows=here and self._grows())
        # Nothing has been written yet: a run that is refused stays as it was.
        refuse_without_room(likely, found, needs)
        self._begin(sung, gap)
        self._tell("forecast", needs)
        while True:
            with Growth(self.plan, facts_of(self.plan)) as growth:
                reason, draws = self._draw(growth)
                final = replace(self.plan, draws=draws)
                try:
                    self._collect(final, growth, collected_disk(final, found))
                except DamagedChunkError as damage:
                    journal.append_log(self.folder, f"damaged chunk found: {damage}")
                    self.held.rows.remove(damage.row)
                    journal.write_rows(self.folder, [row.as_json() for row in self.held.rows])
                    self._take(self.held)
                    continue
            return self._finish(final, reason)

    def _begin(self, sung: canary.Arrays, gap: float) -> None:
        """Say that we are at work, and clear away what counts for nothing."""
        design = self.plan.sampling.design
        if self.held:
            journal.append_log(self.folder, f"go on from {self.done} to {self.plan.draws} draws")
        else:
            journal.append_log(self.folder, f"start {self.plan.draws} draws, {design.name}")
            _copy_inputs(self.plan.problem, self.folder / journal.INPUTS)
            canary.keep(self.folder, sung)
        if gap > 0.0:
            self._mix([{"machine": provenance.machine(), "difference": gap}])
        session = {
            "started": journal.now(),
            "from": self.done,
            "machine": provenance.machine(),
            "versions": provenance.versions(),
        }
        self.manifest["sessions"] = [*self.manifest.get("sessions", []), session]
        self.manifest["rule"] = self.options.rule.as_json()
        # So that anyone can read the running chances from this folder alone.
        self.manifest["counted"] = self._total(item[2] for item in self.stored).as_row()
        # The journal first: it must never hold a chunk that lacks what the manifest promises.
        journal.write_rows(self.folder, [row.as_json() for row in self.held.rows])
        self._state("running", stop_reason=None)
        known = {row.name for row in self.held.rows} | {journal.CHUNK_JOURNAL}
        with disk_errors(self.chunks):
            for path in self.chunks.iterdir():
                if path.name not in known:
                    path.unlink()  # half written, or never entered in the journal
        store.remove_parts(self.folder)

    def _mix(self, machines: list[dict[str, Any]]) -> None:
        """Let the manifest name machines that differ in the last bits."""
        if machines:
            self.manifest["mixed"] = [*self.manifest.get("mixed", []), *machines]

    def _state(self, state: str, **more: Any) -> None:
        self.manifest |= {"state": state, **more}
        journal.write_json(self.folder / journal.MANIFEST, self.manifest)

    def _todo(self, draws: int) -> list[tuple[int, int]]:
        return gaps(self.held.spans, draws, self.plan.chunk, self.cuts)

    def _likely_draws(self, found: Probe) -> int:
        """Draws the run will end with, as far as its rule tells beforehand."""
        rule = self.options.rule
        # How fast a cluster is, nobody knows beforehand.
        in_time = self.done + rule.seconds_left / max(found.evaluated, 1e-9)
        in_time = in_time if self.options.here else math.inf
        return max(1, self.done, int(min(self.plan.draws, rule.most_draws, in_time)))

    def _ends(self) -> bool:
        """Whether no further chunk is to be begun; a cluster asks while it waits, too."""
        self.owner.touch()
        late = self.options.rule.late() and self.done >= self.least
        reached = self.reached is not None and self.done >= self.collected
        return reached or late or self.options.asked_to_stop()

    def _grows(self) -> bool:
        """Whether the datasets may grow while draws are evaluated.

        It must be known how many draws they will hold, and all of these must be still to come.
        """
        return not self.held and self.options.rule == Rule()

    def _draw(self, growth: Growth) -> tuple[str, int]:
        """Evaluate chunks until the run ends; give the reason and the draws it ends with."""
        source = self.options.source(
            self.plan,
            self.chunks,
            self._todo(self.plan.draws),
            self._ends,
            growth.put if self._grows() else None,
        )
        with closing(source) as rows:
            for row in rows:
                self._enter(row)
        rule = self.options.rule
        if self.reached is not None and self.done >= self.collected:
            self.manifest["precision"] = self.reached.as_json()
            half = f"{self.reached.half_width:g}"
            draws = max(self.reached.draws, self.collected)
            return f"precision {half} reached at {self.reached.draws} draws", draws
        missed = "" if rule.precision is None else f"; precision {rule.precision:g} not reached"
        if self.done >= self.plan.draws:
            return f"all draws done{missed}", self.plan.draws
        if rule.late() and self.done >= self.least and not self.options.asked_to_stop():
            # A whole number of draws in every replicate, unless that would lose some.
            draws = max(whole_rounds(self.plan.sampling.design, self.done), self.collected)
            return f"{rule.wording}: {draws} of {self.plan.draws} draws{missed}", draws
        raise self._interrupted(f"after {self.done} of {self.plan.draws} draws")

    def _enter(self, row: Row) -> None:
        """Enter one finished chunk in the journal, and count it."""
        if self.options.mixed:
            # Before the chunk counts: a run that holds it must say where it comes from.
            self._mix(self.options.mixed)
            self.options.mixed.clear()
            self._state("running")
        journal.append_chunk(self.folder, row.as_json() | {"at": journal.now()})
        self.held.rows.append(row)
        self.counted.append((row.start, row.stop, row.tally))
        self.tally = self.tally + row.tally
        # Of a cluster, later chunks may have come before this one.
        heapq.heappush(self.ahead, (row.start, row.stop))
        self._advance()
        self.owner.touch()
        self._look()
        self._tell("drawing")

    def _look(self) -> None:
        """See whether the precision asked for is there."""
        looked = sum(cut <= self.done for cut in self.cuts)
        precision = self.options.rule.precision
        if precision is not None and self.reached is None and looked > self.looked:
            several = self.plan.sampling.design.replicates
            self.reached = first_reached(self.counted, self.targets, several, precision)
        self.looked = looked

    def _interrupted(self, where: str, final: RunPlan | None = None) -> RunInterruptedError:
        self._state("interrupted", stop_reason=f"interrupted {where}")
        journal.append_log(self.folder, f"interrupted {where}")
        return RunInterruptedError(f"{self.folder}: interrupted {where}; {self._remedy(final)}")

    def _remedy(self, final: RunPlan | None) -> str:
        """Say which command goes on: that with a deadline would draw until the next one."""
        if final is None or self.options.rule.deadline is None:
            return "the same command goes on"
        return f"--draws {final.draws} collects what is there"

    def _refuse_full_disk(self, final: RunPlan, needed: float) -> None:
        """Say so before the datasets are written where they will not fit."""
        free = free_disk(self.folder)
        if free < needed:
            raise RunError(
                f"{self.folder}: the datasets need {size(needed)} of disk, found {size(free)} "
                f"free; free space, then {self._remedy(final)}, from its chunks"
            )

    def _tell(self, phase: str, needs: Forecast | None = None) -> None:
        """Tell whoever watches, and the log once a minute."""
        self._report(
            Status(
                phase, self.done, self.plan.draws, self.targets, self.tally, needs,
                self.options.rule,
            )
        )  # fmt: skip

    def _report(self, status: Status) -> None:
        self.options.progress(status)
        if time.monotonic() - self.logged >= LOG_SECONDS:
            self.logged = time.monotonic()
            done, wanted = status.done, status.total
            journal.append_log(self.folder, f"{status.phase}: {done} of {wanted} draws")

    def _collect(self, final: RunPlan, growth: Growth, needed: float) -> None:
        """Finish the datasets that have grown, or write them from the chunks.

        Parameters
        ----------
        final : RunPlan
        growth : Growth
        needed : float, bytes
            What both datasets take.
        """
        grown = growth.done == final.draws
        if not grown:
            self._refuse_full_disk(final, needed)
        self._state("collecting")
        journal.append_log(self.folder, f"collecting {final.draws} draws")

        def seen(done: int) -> None:
            if self.options.asked_to_stop() and done < final.draws:
                raise self._interrupted(f"while {final.draws} draws were collected", final)
            self.owner.touch()
            self._report(Status("collecting", done, final.draws, self.targets, self.tally))

        if grown:
            seen(final.draws)
            growth.finish()
        else:
            collect(final, self.held.pieces(self.folder), facts_of(final), seen)

    def _finish(self, final: RunPlan, reason: str) -> Run:
        """Summarise the datasets, then let the chunks go."""
        kept, outputs = min(final.series, final.draws), [spec.name for spec in final.variables]
        self.manifest |= {
            "draws": final.draws,
            "series": kept,
            "outputs": outputs,
            "collected": {"draws": final.draws, "series": kept, "outputs": outputs},
            "chunks": self.held.table(final.draws),
            "finished": journal.now(),
        }
        self.manifest["counted"] = self._counts_of(final).as_row()
        run = Run(self.folder)
        failures = run.failures()
        if failures["failed"] == final.draws:
            self._all_failed(failures["codes"])
        summary = run.risk() | {"failures": failures, "stop_reason": reason}
        if "precision" in self.manifest:
            summary["precision"] = self.manifest["precision"]
        journal.write_json(self.folder / journal.SUMMARY, summary)
        self._state("done", stop_reason=reason)
        with disk_errors(self.chunks):
            shutil.rmtree(self.chunks)
        journal.append_log(self.folder, f"done: {reason}")
        return Run(self.folder)

    def _counts_of(self, final: RunPlan) -> Tally:
        """Count the draws of the finished run; they are read again where more were evaluated."""
        # None twice, none missing, and none beyond the last one.
        last = max((stop for _, stop, _ in self.counted), default=0)
        if self.done == last == final.draws == self.tally.draws.sum():
            return self.tally
        collected = DatasetPiece(self.folder, 0, final.draws, min(final.series, final.draws))
        return self._total(item[2] for item in dataset_tallies(final, collected))

    def _all_failed(self, codes: Mapping[str, int]) -> None:
        """End a run without a draw to speak of; the datasets stay for whoever looks into it."""
        counts = ", ".join(f"{number} {name}" for name, number in codes.items())
        self._state("failed", stop_reason=counts)
        journal.append_log(self.folder, f"failed: {counts}")
        raise RunError(
            f"{self.folder}: all {self.manifest['draws']} draws failed ({counts}); look at their "
            f"inputs in {store.DRAWS_FILE}"
        )


def _copy_inputs(problem: Problem, folder: Path) -> None:
    """Keep the exact files that were read."""
    for name, content in problem.files.items():
        path = folder / name.lstrip("./")
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write(path, content)
