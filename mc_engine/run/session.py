"""One session on a run folder: from the draws that it holds of a plan to the finished run."""

import math
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from mc_engine import provenance
from mc_engine.errors import RequestError, RunError, RunInterruptedError
from mc_engine.numerics.accelerate import is_compiled
from mc_engine.run import canary, executor, store
from mc_engine.run.chunks import DamagedChunkError, Row, gaps
from mc_engine.run.collect import DatasetPiece, IncrementalWriter, collect
from mc_engine.run.counter import DrawCounter, cuts_of
from mc_engine.run.existing import ExistingDraws, existing_draws
from mc_engine.run.folder import DONE, RESUME, RunFolder
from mc_engine.run.forecast import (
    Forecast,
    Probe,
    collected_disk,
    forecast,
    free_disk,
    probe,
    refuse_if_too_large,
    size,
)
from mc_engine.run.journal import now
from mc_engine.run.lock import Lock
from mc_engine.run.manifest import facts_of, manifest_of
from mc_engine.run.options import Status, Watch
from mc_engine.run.plan import RunPlan
from mc_engine.run.results import Run
from mc_engine.run.stopping import Rule
from mc_engine.run.tally import whole_rounds

# The log gets one line of progress in so many seconds.
LOG_SECONDS = 60.0


@dataclass(frozen=True)
class Evaluator:
    """What evaluates the chunks; nothing here changes a number.

    Attributes
    ----------
    source : callable
        Evaluates the chunks: on this machine, or on a cluster.
    here : bool
        Whether the source evaluates on this machine's own threads.
    allow_mixed : bool
        Accept machines that differ in the last bits from the one that began the run.
    mixed : list of dict
        Filled by the source: other machines that differ in the last bits, for the manifest.
    """

    source: executor.Source = executor.stored
    here: bool = True
    allow_mixed: bool = False
    mixed: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class _Session:
    """State of a session.

    Attributes
    ----------
    least : int
        Draws that a run which ends early must retain: nothing that is there is ever lost.
    logged : float, s
        Moment of the last line of progress.
    """

    plan: RunPlan
    folder: RunFolder
    rule: Rule
    watch: Watch
    evaluator: Evaluator
    owner: Lock
    existing: ExistingDraws
    counter: DrawCounter
    manifest: dict[str, Any]
    least: int
    logged: float

    @property
    def grows(self) -> bool:
        """Whether the datasets may grow while draws are evaluated.

        It must be known how many draws they will hold, and all of these must be still to come.
        """
        return not self.existing and self.rule == Rule()

    def todo(self, draws: int) -> list[tuple[int, int]]:
        """List the chunks that are still to do."""
        return gaps(self.existing.spans, draws, self.plan.chunk, cuts_of(self.plan, self.rule))

    def write_state(self, state: str, **more: Any) -> None:
        """Write the manifest with a new state."""
        self.manifest |= {"state": state, **more}
        self.folder.write_manifest(self.manifest)


def execute(
    plan: RunPlan,
    *,
    rule: Rule | None = None,
    watch: Watch | None = None,
    evaluator: Evaluator | None = None,
) -> Run:
    """Evaluate what a run folder lacks of a plan, and collect it.

    Parameters
    ----------
    plan : RunPlan
        Its folder holds nothing, or this run as far as it has come.
    rule : Rule, optional
        What ends the run before all its draws; nothing where left out.
    watch : Watch, optional
    evaluator : Evaluator, optional
        This process where left out.

    Returns
    -------
    Run

    Raises
    ------
    RunInterruptedError
        When a person ended it; the same plan resumes it.
    RequestError
        When another process writes into the folder, or disk or memory do not suffice.
    RunError
        When the disk refuses, or every draw failed.
    """
    folder = RunFolder(plan.folder)
    folder.make()
    with folder.locked() as owner:
        session = _opened(
            plan, folder, rule or Rule(), watch or Watch(), evaluator or Evaluator(), owner
        )
        costs = _prepare(session)
        while True:
            with IncrementalWriter(plan, facts_of(plan)) as writer:
                reason, draws = _draw(session, writer)
                final = replace(plan, draws=draws)
                try:
                    _collect(session, final, writer, collected_disk(final, costs))
                except DamagedChunkError as damage:
                    _drop(session, damage)
                    continue
            return _finish(session, final, reason)


def _opened(
    plan: RunPlan, folder: RunFolder, rule: Rule, watch: Watch, evaluator: Evaluator, owner: Lock
) -> _Session:
    """Count what the folder holds; nothing is written yet."""
    logged = time.monotonic()
    existing = existing_draws(plan, folder, cuts_of(plan, rule))
    if existing.collected > plan.draws:
        raise RequestError(
            f"{folder.path}: found {existing.collected} draws that another process has stored "
            "meanwhile, expected fewer; start again"
        )
    last = max((stop for _, stop in existing.spans), default=0)
    return _Session(
        plan=plan,
        folder=folder,
        rule=rule,
        watch=watch,
        evaluator=evaluator,
        owner=owner,
        existing=existing,
        counter=DrawCounter(plan, folder, existing, rule),
        manifest=manifest_of(plan) | existing.facts,
        least=max(plan.sampling.design.replicates, existing.collected, last),
        logged=logged,
    )


def _prepare(session: _Session) -> Probe:
    """Check machine, disk and memory, then open the session in the folder."""
    plan, evaluator = session.plan, session.evaluator
    if not is_compiled():
        _report(session, _status(session, "compiling"))
    outputs = canary.evaluate_canary(plan)
    gap = 0.0
    if session.existing:
        before = session.folder.read_canary(canary.REMEDY)
        gap = canary.compare(
            before, outputs, evaluator.allow_mixed, session.folder.path, canary.REMEDY
        )
    costs = probe(plan, facts_of(plan))
    likely = replace(plan, draws=_likely_draws(session, costs))
    here = evaluator.here
    needs = forecast(
        likely, costs, session.todo(likely.draws), here=here, grows=here and session.grows
    )
    # Nothing has been written yet: a run that is refused stays as it was.
    refuse_if_too_large(likely, costs, needs)
    _begin(session, outputs, gap)
    _report(session, _status(session, "forecast", needs))
    return costs


def _begin(session: _Session, outputs: canary.Arrays, gap: float) -> None:
    """Enter the session in log and manifest, and clear away files that no journal names."""
    folder, done = session.folder, session.counter.done
    if session.existing:
        folder.log(f"go on from {done} to {session.plan.draws} draws")
    else:
        folder.log(f"start {session.plan.draws} draws, {session.plan.sampling.design.name}")
        folder.write_inputs(session.plan.problem.files)
        folder.write_canary(outputs)
    if gap > 0.0:
        _add_mixed(session, [{"machine": provenance.machine(), "difference": gap}])
    this = {
        "started": now(),
        "from": done,
        "machine": provenance.machine(),
        "versions": provenance.versions(),
    }
    session.manifest["sessions"] = [*session.manifest.get("sessions", []), this]
    session.manifest["rule"] = session.rule.as_json()
    # So that anyone can read the running chances from this folder alone.
    session.manifest["counted"] = session.counter.stored.as_row()
    # The journal first: it must never hold a chunk that lacks what the manifest promises.
    folder.rewrite_rows(session.existing.rows)
    session.write_state("running", stop_reason=None)
    folder.remove_chunks_except(session.existing.rows)
    folder.remove_unfinished_datasets()


def _add_mixed(session: _Session, machines: list[dict[str, Any]]) -> None:
    """Let the manifest name machines that differ in the last bits."""
    if machines:
        session.manifest["mixed"] = [*session.manifest.get("mixed", []), *machines]


def _likely_draws(session: _Session, costs: Probe) -> int:
    """Draws the run will end with, as far as its rule tells beforehand."""
    rule, done = session.rule, session.counter.done
    # How fast a cluster is, nobody knows beforehand.
    in_time = done + rule.seconds_left / max(costs.evaluated, 1e-9)
    in_time = in_time if session.evaluator.here else math.inf
    return max(1, done, int(min(session.plan.draws, rule.most_draws, in_time)))


def _draw(session: _Session, writer: IncrementalWriter) -> tuple[str, int]:
    """Evaluate chunks until the run ends; give the reason and the draws it ends with."""

    def ends() -> bool:
        """Whether no further chunk is to be begun; a cluster asks while it waits, too."""
        session.owner.touch()
        return _reached(session) or _late(session) or session.watch.should_stop()

    plan, counter = session.plan, session.counter
    source = session.evaluator.source(
        plan,
        session.folder.chunks,
        session.todo(plan.draws),
        ends,
        writer.put if session.grows else None,
    )
    with closing(source) as rows:
        for row in rows:
            _enter(session, row)
    rule = session.rule
    if counter.reached is not None and _reached(session):
        session.manifest["precision"] = counter.reached.as_json()
        half = f"{counter.reached.half_width:g}"
        draws = max(counter.reached.draws, session.existing.collected)
        return f"precision {half} reached at {counter.reached.draws} draws", draws
    missed = "" if rule.precision is None else f"; precision {rule.precision:g} not reached"
    if counter.done >= plan.draws:
        return f"all draws done{missed}", plan.draws
    if _late(session) and not session.watch.should_stop():
        # A whole number of draws in every replicate, unless that would lose some.
        whole = whole_rounds(plan.sampling.design, counter.done)
        draws = max(whole, session.existing.collected)
        return f"{rule.wording}: {draws} of {plan.draws} draws{missed}", draws
    raise _interrupted(session, f"after {counter.done} of {plan.draws} draws")


def _reached(session: _Session) -> bool:
    """Whether the precision is reached, and no collected draw would be lost."""
    counter = session.counter
    return counter.reached is not None and counter.done >= session.existing.collected


def _late(session: _Session) -> bool:
    """Whether the deadline has passed, and no finished draw would be lost."""
    return session.rule.late() and session.counter.done >= session.least


def _enter(session: _Session, row: Row) -> None:
    """Enter one finished chunk in the journal, and count it."""
    mixed = session.evaluator.mixed
    if mixed:
        # Before the chunk counts: a run that holds it must say where it comes from.
        _add_mixed(session, mixed)
        mixed.clear()
        session.write_state("running")
    session.folder.append_row(row, at=now())
    session.existing.rows.append(row)
    session.counter.add(row)
    session.owner.touch()
    _report(session, _status(session, "drawing"))


def _drop(session: _Session, damage: DamagedChunkError) -> None:
    """Forget a damaged chunk, so that it is computed again."""
    session.folder.log(f"damaged chunk found: {damage}")
    session.existing.rows.remove(damage.row)
    session.folder.rewrite_rows(session.existing.rows)
    session.counter = DrawCounter(session.plan, session.folder, session.existing, session.rule)


def _interrupted(
    session: _Session, where: str, final: RunPlan | None = None
) -> RunInterruptedError:
    session.write_state("interrupted", stop_reason=f"interrupted {where}")
    session.folder.log(f"interrupted {where}")
    return RunInterruptedError(
        f"{session.folder.path}: interrupted {where}; {_remedy(session, final)}"
    )


def _remedy(session: _Session, final: RunPlan | None) -> str:
    """Name the command that resumes: one with a deadline would draw until the next one."""
    if final is None or session.rule.deadline is None:
        return RESUME
    return f"--draws {final.draws} collects what is there"


def _status(session: _Session, phase: str, needs: Forecast | None = None) -> Status:
    counter, plan = session.counter, session.plan
    targets = tuple(target.name for target in plan.problem.targets)
    return Status(phase, counter.done, plan.draws, targets, counter.tally, needs, session.rule)


def _report(session: _Session, status: Status) -> None:
    """Report to whoever watches, and to the log once a minute."""
    session.watch.on_progress(status)
    if time.monotonic() - session.logged >= LOG_SECONDS:
        session.logged = time.monotonic()
        session.folder.log(f"{status.phase}: {status.done} of {status.total} draws")


def _collect(session: _Session, final: RunPlan, writer: IncrementalWriter, needed: float) -> None:
    """Finish the datasets that have grown, or write them from the chunks.

    Parameters
    ----------
    session : _Session
    final : RunPlan
    writer : IncrementalWriter
    needed : float, bytes
        What both datasets take.
    """
    folder = session.folder
    grown = writer.done == final.draws
    free = free_disk(folder.path)
    if not grown and free < needed:
        raise RunError(
            f"{folder.path}: the datasets need {size(needed)} of disk, found {size(free)} free; "
            f"free space, then {_remedy(session, final)}, from its chunks"
        )
    session.write_state("collecting")
    folder.log(f"collecting {final.draws} draws")

    def on_block(done: int) -> None:
        if session.watch.should_stop() and done < final.draws:
            raise _interrupted(session, f"while {final.draws} draws were collected", final)
        session.owner.touch()
        status = _status(session, "collecting")
        _report(session, replace(status, done=done, total=final.draws, rule=None))

    if grown:
        on_block(final.draws)
        writer.finish()
    else:
        collect(final, session.existing.pieces(folder), facts_of(final), on_block)


def _finish(session: _Session, final: RunPlan, reason: str) -> Run:
    """Summarise the datasets, then remove the chunks."""
    folder = session.folder
    series, outputs = min(final.series, final.draws), [spec.name for spec in final.variables]
    dataset = DatasetPiece(folder.path, 0, final.draws, series)
    session.manifest |= {
        "draws": final.draws,
        "series": series,
        "outputs": outputs,
        "collected": {"draws": final.draws, "series": series, "outputs": outputs},
        "chunks": session.existing.table(final.draws),
        "finished": now(),
        "counted": session.counter.of_run(folder, final, dataset).as_row(),
    }
    run = Run(folder.path)
    failures = run.failures()
    if failures["failed"] == final.draws:
        raise _all_failed(session, failures["codes"])
    summary = run.risk() | {"failures": failures, "stop_reason": reason}
    if "precision" in session.manifest:
        summary["precision"] = session.manifest["precision"]
    folder.write_summary(summary)
    session.write_state(DONE, stop_reason=reason)
    folder.remove_chunks()
    folder.log(f"done: {reason}")
    return Run(folder.path)


def _all_failed(session: _Session, codes: Mapping[str, int]) -> RunError:
    """End a run without a usable draw; the datasets stay for whoever looks into it."""
    counts = ", ".join(f"{number} {name}" for name, number in codes.items())
    session.write_state("failed", stop_reason=counts)
    session.folder.log(f"failed: {counts}")
    return RunError(
        f"{session.folder.path}: all {session.manifest['draws']} draws failed ({counts}); look at "
        f"their inputs in {store.DRAWS_FILE}"
    )
