"""Sample draws, evaluate model and targets, chunk after chunk, writing while computing."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.sampling import sample
from mc_engine.model import OK
from mc_engine.numerics.accelerate import threads
from mc_engine.run.chunks import Arrays, ChunkResult, Row, arrays_of, write_chunk
from mc_engine.run.observables import observables
from mc_engine.run.plan import RunPlan
from mc_engine.run.tally import Tally
from mc_engine.targets import Context, Milestones, evaluate, milestones, misses
from mc_engine.vocabulary.axes import STAGE, VEHICLE_CLASS, YEAR

# Draws whose targets are evaluated at once: their arrays stay in the processor's cache.
TARGET_ROWS = 1024


@dataclass
class Buffers:
    """Arrays of one chunk, allocated once and used again for every chunk.

    Attributes
    ----------
    factors : float64[draw, factor]
        Scalars in their prior's unit, paths as quantiles.
    values : float64[draw, column]
        What the model reads.
    out : mapping of str to float64[draw, ...]
    status : int32[draw]
    series : mapping of str to float32[draw, ...]
        Yearly variables as they are stored; empty for a run that stores no trajectories.
    """

    factors: NDArray[np.float64]
    values: NDArray[np.float64]
    out: dict[str, NDArray[np.float64]]
    status: NDArray[np.int32]
    series: dict[str, NDArray[np.float32]]

    def rows(self, count: int) -> "Buffers":
        """The first rows, as views."""
        return self.part(0, count)

    def part(self, first: int, last: int) -> "Buffers":
        """Some rows, as views."""
        rows = slice(first, last)
        out = {name: array[rows] for name, array in self.out.items()}
        series = {name: array[rows] for name, array in self.series.items()}
        return Buffers(self.factors[rows], self.values[rows], out, self.status[rows], series)


def buffers(plan: RunPlan, draws: int) -> Buffers:
    """Allocate the arrays of a chunk of so many draws."""
    return Buffers(
        factors=np.empty((draws, len(plan.problem.factors))),
        values=np.empty((draws, plan.problem.inputs.width)),
        out={spec.name: np.empty(plan.shape(spec, draws)) for spec in plan.specs},
        status=np.empty(draws, dtype=np.int32),
        series={
            spec.name: np.empty(plan.shape(spec, draws), dtype=np.float32)
            for spec in (plan.variables if plan.series else ())
        },
    )


def fill(plan: RunPlan, start: int, stop: int, scratch: Buffers) -> None:
    """Sample draws ``start`` to ``stop - 1`` and evaluate the model on them.

    Parameters
    ----------
    plan : RunPlan
    start, stop : int
    scratch : Buffers
        Of ``stop - start`` rows; overwritten.
    """
    with threads(plan.threads):
        sample(plan.sampling, start, stop, scratch.factors, scratch.values)
        plan.model.evaluate(plan.static, scratch.values, scratch.out, scratch.status)


def evaluate_targets(plan: RunPlan, start: int, stop: int, scratch: Buffers) -> ChunkResult:
    """Turn a filled chunk into what is stored of it.

    Parameters
    ----------
    plan : RunPlan
    start, stop : int
    scratch : Buffers
        As ``fill`` left it.

    Returns
    -------
    ChunkResult
        Its trajectories are those of ``scratch``, and hold until its targets are evaluated again.
    """
    size = stop - start
    parts = [
        _target_rows(plan, scratch.part(first, min(first + TARGET_ROWS, size)))
        for first in range(0, size, TARGET_ROWS)
    ]
    draw_variables: dict[str, NDArray[Any]] = {
        name: np.concatenate([part[name] for part in parts]) for name in parts[0]
    }
    draw_variables["status"] = scratch.status.copy()
    missed = draw_variables["miss"]
    for spec in plan.specs:
        if not spec.yearly:
            draw_variables[spec.name] = scratch.out[spec.name].copy()
    if plan.store_observables:
        observed = plan.problem.observations
        modelled = observables(observed, plan.specs, plan.coordinates, scratch.out)
        draw_variables["modelled"] = modelled.astype(np.float32)
    trajectories = max(0, min(stop, plan.series) - start)
    series: dict[str, NDArray[np.float32]] = {}
    for spec in plan.variables if trajectories else ():
        # Into memory that is there: fresh pages take longer than the numbers.
        series[spec.name] = scratch.series[spec.name][:trajectories]
        np.copyto(series[spec.name], scratch.out[spec.name][:trajectories], casting="same_kind")
    tally = Tally.of(plan.sampling.design, start, missed, scratch.status)
    return ChunkResult(start, stop, draw_variables, series, trajectories, tally)


def _target_rows(plan: RunPlan, scratch: Buffers) -> dict[str, NDArray[Any]]:
    """Evaluate margins, misses and milestones of few draws, so that their arrays stay small."""
    context, reached = context_of(plan, scratch.out)
    margins = evaluate(plan.problem.targets, context)
    margins[scratch.status != OK] = np.nan
    result: dict[str, NDArray[Any]] = {"margin": margins, "miss": misses(margins)}
    if reached.scopes:
        result |= {name: getattr(reached, name) for name in MILESTONES}
    return result


def results(plan: RunPlan, todo: list[tuple[int, int]]) -> Iterator[ChunkResult]:
    """Evaluate chunks in order, one at a time, and store nothing.

    Parameters
    ----------
    plan : RunPlan
    todo : list of (int, int)
        First draw and one past the last of each chunk still to do.
    """
    if not todo:
        return
    scratch = buffers(plan, max(stop - start for start, stop in todo))
    for start, stop in todo:
        rows = scratch.rows(stop - start)
        fill(plan, start, stop, rows)
        yield evaluate_targets(plan, start, stop, rows)


# Takes consecutive draws with their inputs: (number of the first one, arrays of its chunk).
Grow = Callable[[int, Arrays], None]
# Gives the rows of finished chunks: (plan, folder of chunks, chunks to do, whether to end, what
# else takes their draws); a source that does not have the draws leaves the last one alone.
Source = Callable[
    [RunPlan, Path, list[tuple[int, int]], Callable[[], bool], Grow | None],
    Generator[Row, None, None],
]


def _buffer_sets(plan: RunPlan, draws: int, chunks: int, grows: bool) -> list[Buffers]:
    """Arrays for chunks, to be taken in turn.

    A chunk's outputs are free again once its targets are evaluated, before the next but one. Inputs
    and trajectories that go into the datasets are needed for longer: of them there is a third set.
    """
    whole = [buffers(plan, draws) for _ in range(min(2, chunks))]
    if not grows or chunks <= 2:
        return whole
    third = replace(
        whole[0],
        factors=np.empty_like(whole[0].factors),
        series={name: np.empty_like(array) for name, array in whole[0].series.items()},
    )
    inputs = [*whole, third]
    return [
        replace(whole[n % 2], factors=inputs[n % 3].factors, series=inputs[n % 3].series)
        for n in range(6)
    ]


# Row of a chunk, and the work that adds its draws to the datasets.
_Finished = tuple[Row, Future[None] | None]


def _finish(
    plan: RunPlan,
    folder: Path,
    span: tuple[int, int],
    scratch: Buffers,
    grow: Grow | None,
    grower: ThreadPoolExecutor,
) -> _Finished:
    """Evaluate the targets of a filled chunk, store it, and hand its draws on."""
    result = evaluate_targets(plan, *span, scratch)
    growing = None
    if grow is not None:
        arrays = arrays_of(result)
        if plan.sampling.names:
            arrays["draw.parameters"] = scratch.factors
        growing = grower.submit(grow, result.start, arrays)
    return write_chunk(folder, result, let_go=grow is not None), growing


def stored(
    plan: RunPlan,
    folder: Path,
    todo: list[tuple[int, int]],
    ends: Callable[[], bool],
    grow: Grow | None = None,
) -> Generator[Row, None, None]:
    """Evaluate chunks in order; while one is computed, the one before is finished and written.

    Parameters
    ----------
    plan : RunPlan
    folder : Path
        Of the chunks.
    todo : list of (int, int)
        First draw and one past the last of each chunk still to do.
    ends : callable
        Called before every chunk; True ends after the chunk in hand.
    grow : callable, optional
        Takes every chunk's draws, in order, in a thread of its own.

    Yields
    ------
    Row
        Of each chunk once it is on the disk, for the journal.
    """
    if not todo:
        return
    most = max(stop - start for start, stop in todo)
    sets = _buffer_sets(plan, most, len(todo), grow is not None)
    growing: deque[Future[None]] = deque()

    def finished(before: Future[_Finished]) -> Row:
        row, grown = before.result()
        if grown is not None:
            growing.append(grown)
        return row

    with (
        ThreadPoolExecutor(1, thread_name_prefix="grower") as grower,
        ThreadPoolExecutor(1, thread_name_prefix="writer") as writer,
    ):
        before: Future[_Finished] | None = None
        for number, (start, stop) in enumerate(todo):
            if ends():
                break
            # While the last chunk is written, the one before it may still grow; the arrays of the
            # third are needed again.
            while len(growing) > 1 or (growing and growing[0].done()):
                growing.popleft().result()
            scratch = sets[number % len(sets)].rows(stop - start)
            fill(plan, start, stop, scratch)
            row = None if before is None else finished(before)
            before = writer.submit(_finish, plan, folder, (start, stop), scratch, grow, grower)
            if row is not None:
                yield row
        if before is not None:
            yield finished(before)
        for grown in growing:
            grown.result()


REMOVALS = "removals"
# Unit, meaning and equation of each.
MILESTONES: dict[str, tuple[str, str, str]] = {
    "peak_year": (
        "year",
        "Year of the earliest maximum of the 3-year mean; -1 where the draw failed",
        "K-1",
    ),
    "plateau_first": ("year", "First year whose 3-year mean is within 1 % of the maximum", "K-1"),
    "plateau_last": ("year", "Last year whose 3-year mean is within 1 % of the maximum", "K-1"),
    "neutral_year": (
        "year",
        "First year from which emissions stay at or below 5 % of the peak; 0 for never, "
        "-1 where the draw failed",
        "K-2",
    ),
    "peak": ("Mt CO2e/yr", "Maximum of the 3-year mean of emissions", "K-1"),
    "residual": ("Mt CO2e/yr", "Emissions of the last year", "B-1"),
}


def context_of(plan: RunPlan, out: Mapping[str, NDArray[np.float64]]) -> tuple[Context, Milestones]:
    """Arrange outputs as targets read them, and find their milestones."""
    labels = plan.coordinates
    base_year = next((dict(s.attrs)["base_year"] for s in plan.specs if s.name == REMOVALS), None)
    context = Context(
        years=np.asarray(labels.get(YEAR, ()), dtype=np.int64),
        stages=tuple(labels.get(STAGE, ())),
        classes=tuple(labels.get(VEHICLE_CLASS, ())),
        outputs=out,
        base_year=None if base_year is None else int(base_year),
    )
    return context, milestones(context)
