"""What a run will need, from a short probe: time, memory, disk; and whether the machine has it."""

import math
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mc_engine.errors import RequestError
from mc_engine.numerics.accelerate import threads
from mc_engine.run.chunks import arrays_of, packed
from mc_engine.run.collect import weights
from mc_engine.run.executor import buffers, evaluate_targets, fill
from mc_engine.run.plan import RunPlan
from mc_engine.run.store import collected_cost

PROBED = 512
# Held whatever the run: the interpreter, its libraries, compiled code.
BASE_MEMORY = 450e6
# While a run is summarised, arrays of this many numbers of 8 bytes per draw.
SUMMARY_COLUMNS = 8
# What is left free on the disk, and of the memory.
SPARE_DISK, SPARE_MEMORY = 50e6, 200e6


@dataclass(frozen=True)
class Forecast:
    """What a run will need.

    Attributes
    ----------
    draws : int
        Of the finished run.
    todo : int
        Draws still to evaluate.
    chunks : int
        Chunks still to evaluate.
    memory : float, bytes
        At the most at once.
    disk : float, bytes
        More than is taken now, at the most at once.
    seconds : float
        Until the draws are collected, on this machine as busy as it is now; infinite where a
        cluster evaluates them.
    """

    draws: int
    todo: int
    chunks: int
    memory: float
    disk: float
    seconds: float


@dataclass(frozen=True)
class Probe:
    """Time, memory and disk per draw, measured on a few draws.

    Attributes
    ----------
    evaluated, stored, collected : float, s
        To draw and evaluate; to evaluate targets and pack; to compress and write.
    packed, series : float, bytes
        In a chunk's file: without trajectories, and for these.
    draws_file, series_file : float, bytes
        In the two datasets.
    memory : float, bytes
        Of the buffers of a chunk.
    """

    evaluated: float
    stored: float
    collected: float
    packed: float
    series: float
    draws_file: float
    series_file: float
    memory: float


def probe(plan: RunPlan, facts: Mapping[str, Any]) -> Probe:
    """Measure what a draw costs; the draws are the first of the plan, and are thrown away.

    Parameters
    ----------
    plan : RunPlan
        Its kernels have been compiled before, or compiling is measured too.
    facts : mapping
        Global attributes of the datasets.
    """
    few = min(PROBED, plan.draws)
    small = replace(plan, draws=few, series=few)
    scratch = buffers(small, few)
    fill(small, 0, few, scratch)  # the first touch of fresh memory takes longer than the numbers
    began = time.perf_counter()
    fill(small, 0, few, scratch)
    filled = time.perf_counter()
    result = evaluate_targets(small, 0, few, scratch)
    bare = packed(replace(result, series={}))[1]
    full = packed(result)[1]
    packed_at = time.perf_counter()
    arrays = arrays_of(result) | weights(small, 0, few)
    if small.sampling.names:
        arrays["draw.parameters"] = scratch.factors
    draws_file, series_file, seconds = collected_cost(small, facts, arrays)
    allocated: list[NDArray[Any]] = [scratch.factors, scratch.values, scratch.status]
    allocated += [*scratch.out.values(), *scratch.series.values()]
    return Probe(
        evaluated=(filled - began) / few,
        stored=(packed_at - filled) / few,
        collected=seconds,
        packed=len(bare) / few,
        series=(len(full) - len(bare)) / few,
        draws_file=draws_file,
        series_file=series_file,
        memory=sum(array.nbytes for array in allocated) / few,
    )


def forecast(
    plan: RunPlan,
    costs: Probe,
    todo: list[tuple[int, int]],
    *,
    here: bool = True,
    grows: bool = False,
) -> Forecast:
    """Estimate what a plan needs.

    Parameters
    ----------
    plan : RunPlan
    costs : Probe
    todo : list of (int, int)
        Chunks still to evaluate.
    here : bool
        Whether this machine evaluates them.
    grows : bool
        Whether the datasets are written meanwhile.
    """
    left = sum(stop - start for start, stop in todo)
    series = min(plan.series, plan.draws)
    new_series = sum(max(0, min(stop, series) - start) for start, stop in todo)
    largest = max((stop - start for start, stop in todo), default=0)
    with threads(plan.threads) as cores:
        # Writing goes on beside computing; what it takes comes off the same cores.
        computing = left * (costs.evaluated + costs.stored / cores)
        collecting = plan.draws * costs.collected / (cores if grows else 1)
    columns = plan.draws * 8.0 * SUMMARY_COLUMNS
    chunk_memory = largest * (2.0 * costs.memory + 2.0 * (costs.packed + costs.series))
    return Forecast(
        draws=plan.draws,
        todo=left,
        chunks=len(todo),
        memory=BASE_MEMORY + max(chunk_memory, columns),
        disk=left * costs.packed + new_series * costs.series + collected_disk(plan, costs),
        seconds=computing + collecting if here else math.inf,
    )


def collected_disk(plan: RunPlan, costs: Probe) -> float:
    """Bytes that the two datasets of a plan will take."""
    return plan.draws * costs.draws_file + min(plan.series, plan.draws) * costs.series_file


def refuse_if_too_large(plan: RunPlan, costs: Probe, needs: Forecast) -> None:
    """Refuse a run for which disk or memory do not suffice, and name what would.

    Raises
    ------
    RequestError
    """
    free = free_disk(plan.folder)
    if needs.disk + SPARE_DISK > free:
        per_draw = costs.packed + costs.draws_file
        series = min(plan.series, plan.draws) * (costs.series + costs.series_file)
        there = needs.draws - needs.todo
        left = free - SPARE_DISK - series - there * costs.draws_file
        fits = there + int(left / per_draw)
        instead = ["free space"]
        instead += [f"--draws {fits:,}"] if left > 0.0 and fits >= max(1, there) else []
        if series and free - SPARE_DISK > plan.draws * per_draw:
            fewer = (free - SPARE_DISK - plan.draws * per_draw) / (costs.series + costs.series_file)
            instead.append(f"--series {int(fewer):,}")
        instead.append("--out on another disk")
        raise RequestError(
            f"{plan.folder}: the run needs {size(needs.disk)} of disk, found {size(free)} free; "
            f"{' or '.join(instead)} would do"
        )
    memory = free_memory()
    # Most of the base is allocated already.
    if memory is not None and needs.memory - BASE_MEMORY > memory - SPARE_MEMORY:
        usable = max(0.0, memory - SPARE_MEMORY)
        fits = int(usable / (2.0 * costs.memory + 2.0 * (costs.packed + costs.series)))
        instead = [f"--chunk {fits:,}"] if 1 <= fits < plan.chunk else []
        if plan.draws * 8.0 * SUMMARY_COLUMNS > usable:
            instead = [f"--draws {int(usable / (8.0 * SUMMARY_COLUMNS)):,}"]
        instead.append("a machine with more memory")
        raise RequestError(
            f"the run needs {size(needs.memory)} of memory, found {size(memory)} available; "
            f"{' or '.join(instead)} would do"
        )


def free_disk(folder: Path) -> float:
    """Bytes free where a folder is, or will be."""
    existing = folder.absolute()
    while not existing.exists():
        existing = existing.parent
    return float(shutil.disk_usage(existing).free)


def free_memory() -> float | None:
    """Bytes of memory available to this process, as the system says; None where it does not."""
    limits: list[float] = []
    info = Path("/proc/meminfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        limits += [
            float(line.split()[1]) * 1024.0 for line in lines if line.startswith("MemAvailable:")
        ]
    group = Path("/sys/fs/cgroup")
    names = ("memory.max", "memory.current", "memory.stat")
    if all((group / name).exists() for name in names):
        limit, used, stat = ((group / name).read_text(encoding="utf-8") for name in names)
        # Files kept in memory are given up when it is needed.
        cached = sum(
            float(line.split()[1])
            for line in stat.splitlines()
            if line.split()[0] in ("active_file", "inactive_file")
        )
        if limit.strip().isdigit():
            limits.append(float(limit) - float(used) + cached)
    return min(limits) if limits else None


def size(count: float) -> str:
    """Write a number of bytes for people."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{max(0.0, count) / 1e6:.0f} MB"


def span(seconds: float) -> str:
    """Write a duration for people."""
    if seconds < 90.0:
        return f"{max(1.0, seconds):.0f} s"
    if seconds < 90.0 * 60.0:
        return f"{seconds / 60.0:.0f} min"
    return f"{seconds / 3600.0:.1f} h"
