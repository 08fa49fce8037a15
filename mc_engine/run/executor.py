"""Sample, evaluate and judge one chunk of draws after another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.accelerate import threads
from mc_engine.design.sampling import sample
from mc_engine.model import OK
from mc_engine.run.plan import RunPlan
from mc_engine.schema.axes import STAGE, VEHICLE_CLASS, YEAR
from mc_engine.targets import Context, Milestones, evaluate, milestones, misses


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
    """

    factors: NDArray[np.float64]
    values: NDArray[np.float64]
    out: dict[str, NDArray[np.float64]]
    status: NDArray[np.int32]

    def rows(self, count: int) -> "Buffers":
        """The first rows, as views."""
        out = {name: array[:count] for name, array in self.out.items()}
        return Buffers(self.factors[:count], self.values[:count], out, self.status[:count])


def buffers(plan: RunPlan, draws: int) -> Buffers:
    """Allocate the arrays of a chunk of so many draws."""
    return Buffers(
        factors=np.empty((draws, len(plan.problem.factors))),
        values=np.empty((draws, plan.problem.inputs.width)),
        out={spec.name: np.empty(plan.shape(spec, draws)) for spec in plan.specs},
        status=np.empty(draws, dtype=np.int32),
    )


@dataclass(frozen=True)
class ChunkResult:
    """One finished chunk.

    Attributes
    ----------
    start, stop : int
        Draws ``start <= draw < stop``.
    draw_variables : mapping of str to array[draw, ...]
        One number per draw and label: parameters, margins, peaks, status and scalar outputs.
    series : mapping of str to float32[draw, ...]
        Yearly variables of the first ``kept`` draws of the chunk.
    """

    start: int
    stop: int
    draw_variables: Mapping[str, NDArray[Any]]
    series: Mapping[str, NDArray[np.float32]]


def results(plan: RunPlan, todo: list[tuple[int, int]]) -> Iterator[ChunkResult]:
    """Evaluate chunks in order; each is yielded as soon as it is done.

    Parameters
    ----------
    plan : RunPlan
    todo : list of (int, int)
        First draw and one past the last of each chunk still to do.
    """
    if not todo:
        return
    room = buffers(plan, max(stop - start for start, stop in todo))
    for start, stop in todo:
        yield _chunk(plan, start, stop, room.rows(stop - start))


def _chunk(plan: RunPlan, start: int, stop: int, room: Buffers) -> ChunkResult:
    with threads(plan.threads):
        sample(plan.sampling, start, stop, room.factors, room.values)
        plan.model.evaluate(plan.static, room.values, room.out, room.status)
    failed = room.status != OK
    found = judge(plan, room.out)
    margins = evaluate(plan.problem.targets, found[0])
    margins[failed] = np.nan
    draw_variables: dict[str, NDArray[Any]] = {
        "parameters": room.factors.copy(),
        "margin": margins,
        "miss": misses(margins),
        "status": room.status.copy(),
    }
    if found[1].scopes:
        for name in MILESTONES:
            draw_variables[name] = getattr(found[1], name)
    for spec in plan.specs:
        if not spec.yearly:
            draw_variables[spec.name] = room.out[spec.name].copy()
    kept = max(0, min(stop, plan.series) - start)
    series = {spec.name: room.out[spec.name][:kept].astype(np.float32) for spec in plan.variables}
    return ChunkResult(start, stop, draw_variables, series)


REMOVALS = "removals"
MILESTONES: tuple[str, ...] = (
    "peak_year",
    "plateau_first",
    "plateau_last",
    "neutral_year",
    "peak",
    "residual",
)


def judge(plan: RunPlan, out: Mapping[str, NDArray[np.float64]]) -> tuple[Context, Milestones]:
    """Put a chunk's outputs into the form the targets read, and find its milestones."""
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
