"""A run on a Dask cluster against the same run here: ``python benchmarks/cluster_study.py PART``.

``overhead``    1,000 chunks through two worker processes and through this process: time of each
                chunk that computing does not explain. ``--chunk``, ``--chunks``, ``--region``.
``namespaces``  scheduler and client in one network namespace of this machine, a worker in another,
                a cable between them; the same bits as here. Needs root and the command ``ip``.
``region``      a whole run of a region here and by ``local:2``: the same bits.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from mc_engine.run import canary, executor
from mc_engine.run.chunks import gaps
from mc_engine.run.cluster import clustered
from mc_engine.run.executor import Source
from mc_engine.run.folder import LOG, RunFolder
from mc_engine.run.plan import RunPlan
from mc_engine.run.recipe import Recipe
from mc_engine.run.store import DRAWS_FILE, SERIES_FILE, open_dataset
from mc_engine.study import Run, Study

WORKERS = 2
# The first chunks wait until every worker is ready.
SETTLED = 20
SCHEDULER, WORKER, PORT = "10.93.7.1", "10.93.7.2", 8786
SPACES = ("mc-engine-a", "mc-engine-b")


def checksum(run: Run) -> str:
    """One hash of every variable of a run: names, types, shapes and bytes."""
    digest = hashlib.sha256()
    for name in (DRAWS_FILE, SERIES_FILE):
        with open_dataset(run.folder, name) as dataset:
            for key in sorted(map(str, dataset.data_vars)):
                values = dataset[key].to_numpy()
                digest.update(f"{key} {values.dtype} {values.shape}".encode())
                digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:16]


@dataclass
class Spent:
    """What a number of chunks took.

    Attributes
    ----------
    start, seconds : float, s
        Until the first ``SETTLED`` chunks were there, and from these to the last.
    ours, theirs : float, s
        Processor time in the latter, of this process and of its workers.
    bits : str
        Hash of all chunks.
    """

    start: float
    seconds: float
    ours: float
    theirs: float
    bits: str


def processor_time() -> tuple[float, float]:
    """Seconds of processor time so far, of this process and of its children."""
    children = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    # Our own by a finer clock: the system's ticks are longer than a few small chunks.
    return time.process_time(), sum(times.user + times.system for times in children)


def through(source: Source, plan: RunPlan) -> Spent:
    """Measure the chunks of a plan; they are deleted when they have been stored."""
    folder = RunFolder(plan.folder)
    folder.chunks.mkdir(parents=True)
    todo = gaps([], plan.draws, plan.chunk)
    folder.write_canary(canary.evaluate_canary(plan))
    begin = first = last = time.perf_counter()
    before = after = processor_time()
    result: dict[int, str] = {}
    for row in source(plan, folder.chunks, todo, lambda: False):
        last = time.perf_counter()
        result[row.start] = row.checksum
        (folder.chunks / row.name).unlink()
        if len(result) == SETTLED:
            first, before = last, processor_time()
        if len(result) == len(todo):
            after = processor_time()  # while there still are workers
    bits = hashlib.sha256(json.dumps(sorted(result.items())).encode()).hexdigest()[:16]
    return Spent(first - begin, last - first, after[0] - before[0], after[1] - before[1], bits)


def overhead(region: str, chunk: int, count: int, folder: Path) -> bool:
    """Print what a chunk costs beyond computing it."""
    study = Study(region)

    def plan(name: str) -> RunPlan:
        return study.plan(count * chunk, chunk=chunk, series=0, threads=1, out=folder / name)

    kinds = {
        "one process": executor.stored,
        f"local:{WORKERS}": clustered(f"local:{WORKERS}", Recipe.of),
    }
    print(f"{region}: {count} chunks of {chunk} draws, no trajectories kept, 1 thread each")
    print(f"{'':<12}{'first 20, s':>12}{'others, s':>10}{'wall':>8}{'processor, workers':>20}"
          f"{'this process':>14}{'load':>6}")  # fmt: skip
    spent: dict[str, Spent] = {}
    for name, source in kinds.items():
        result = spent[name] = through(source, plan(name))
        wall, theirs, ours = (
            1e3 * seconds / (count - SETTLED)
            for seconds in (result.seconds, result.theirs, result.ours)
        )
        print(f"{name:<12}{result.start:>12.1f}{result.seconds:>10.1f}{wall:>8.1f}{theirs:>20.1f}"
              f"{ours:>14.1f}{os.getloadavg()[0]:>6.1f}")  # fmt: skip
    one, two = spent.values()
    each = 1e3 / (count - SETTLED)
    extra = each * (two.ours + two.theirs - one.ours)
    waiting = each * (WORKERS * two.seconds - one.seconds)
    print(
        "(wall and processor: ms per chunk after the first 20)\n"
        f"overhead per chunk: {extra:.1f} ms of processor time "
        f"({100.0 * extra / each / one.ours:.1f} % of computing it); {waiting:.1f} ms of a "
        "worker's time, which holds whatever else the machine does\n"
        f"{WORKERS} workers were {one.seconds / two.seconds:.2f} times as fast as one process"
    )
    return one.bits == two.bits


def ip(*arguments: str) -> None:
    """Run one command of iproute2."""
    subprocess.run(["ip", *arguments], check=True)


@contextmanager
def two_spaces() -> Iterator[None]:
    """Make two network namespaces joined by one cable, and remove them."""
    with ExitStack() as undo:
        for space in SPACES:
            ip("netns", "add", space)
            undo.callback(ip, "netns", "del", space)
        ends = ("mce-a", "mce-b")
        ip("link", "add", ends[0], "netns", SPACES[0], "type", "veth",
           "peer", "name", ends[1], "netns", SPACES[1])  # fmt: skip
        for space, end, host in zip(SPACES, ends, (SCHEDULER, WORKER), strict=True):
            ip("-n", space, "address", "add", f"{host}/24", "dev", end)
            ip("-n", space, "link", "set", end, "up")
            ip("-n", space, "link", "set", "lo", "up")
        yield


@contextmanager
def in_space(space: str, *command: str) -> Iterator[None]:
    """Keep a command of this Python running in a namespace."""
    process = subprocess.Popen(
        ["ip", "netns", "exec", space, sys.executable, *command], stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def namespaces(region: str, draws: int, folder: Path) -> bool:
    """Run with the worker behind a network cable, and compare the bits."""
    here = Study(region).run(draws, out=folder / "here")
    address = f"tcp://{SCHEDULER}:{PORT}"
    dask = ("-m", "dask")
    quiet = ("--no-dashboard", "--dashboard-address")
    with (
        two_spaces(),
        in_space(SPACES[0], *dask, "scheduler", "--host", SCHEDULER, *quiet, "127.0.0.1:0"),
        in_space(SPACES[1], *dask, "worker", address, "--host", WORKER, "--nthreads", "1",
                 *quiet, "127.0.0.1:0"),
    ):  # fmt: skip
        begin = time.perf_counter()
        client = [sys.executable, __file__, "client", "--region", region, "--draws", str(draws)]
        client += ["--address", address, "--out", str(folder / "there")]
        subprocess.run(["ip", "netns", "exec", SPACES[0], *client], check=True)
        seconds = time.perf_counter() - begin
    there = Run(folder / "there")
    print(f"{region}: {draws} draws; scheduler on {SCHEDULER}, worker on {WORKER}: {seconds:.1f} s")
    log = (folder / "there" / LOG).read_text(encoding="utf-8")
    print("\n".join(line for line in log.splitlines() if "cluster" in line))
    return same(here, there)


def same(here: Run, there: Run) -> bool:
    """Print both hashes."""
    result = checksum(here), checksum(there)
    print(f"{'here':<10}{result[0]}\n{'cluster':<10}{result[1]}")
    return result[0] == result[1]


def whole(region: str, draws: int, folder: Path) -> bool:
    """Run a region here and by two worker processes, and compare the bits."""
    study = Study(region)
    print(f"{region}: {draws} draws, all trajectories kept, two datasets collected")
    runs = []
    for name, cluster in (("here", None), ("there", f"local:{WORKERS}")):
        begin = time.perf_counter()
        runs.append(study.run(draws, cluster=cluster, out=folder / name))
        print(f"{cluster or 'this process':<14}{time.perf_counter() - begin:>7.1f} s")
    return same(*runs)


def main() -> int:
    """Read the command line, and say by the exit code whether the bits were the same."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("part", choices=["overhead", "namespaces", "region", "client"])
    parser.add_argument("--region", default="china")
    parser.add_argument("--draws", type=int, default=100_000)
    parser.add_argument("--chunk", type=int, default=8192)
    parser.add_argument("--chunks", type=int, default=1000)
    parser.add_argument("--address", default="", help="of the part 'client', which the others use")
    parser.add_argument("--out", type=Path, default=None)
    request = parser.parse_args()
    if request.part == "client":
        Study(request.region).run(request.draws, cluster=request.address, out=request.out)
        return 0
    folder = Path(tempfile.mkdtemp(prefix="cluster-study-"))
    try:
        if request.part == "overhead":
            alike = overhead(request.region, request.chunk, request.chunks, folder)
        else:
            part = namespaces if request.part == "namespaces" else whole
            alike = part(request.region, request.draws, folder)
    finally:
        shutil.rmtree(folder)
    print("the same bits" if alike else "DIFFERENT BITS")
    return 0 if alike else 1


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).parents[1]))
    sys.exit(main())
