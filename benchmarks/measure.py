"""Time the phases of the engine in one process, on request.

``bench.py`` starts this file with ``PYTHONPATH`` set to the source tree to be measured, which may
be an older one, and talks to it over standard input and output: one phase per line in, one JSON
object per line out. Everything that knows the engine's interface stands in ``Engine``.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

FEWEST_ANALYSED = 100  # draws that the analysis accepts
# Draws side by side where nothing is compiled: vectors are NumPy arrays then, and of 256 to 4,096
# these take the least time a draw.
WIDE = 1024
NUMPY = "NumPy"


class Engine:
    """The one adapter to the package that is measured.

    Parameters
    ----------
    region : str
        Name of a shipped region.
    draws : int
        Rows of every measurement.
    """

    def __init__(self, region: str, draws: int) -> None:
        from mc_engine import __version__, provenance  # the tree that is measured, found late
        from mc_engine.numerics.accelerate import get_num_threads
        from mc_engine.run import executor
        from mc_engine.study import Study

        self.study = Study(region)
        self.plan = self.study.plan(draws, seed=0, chunk=draws, series=draws)
        self.draws = draws
        self.room = executor.buffers(self.plan, draws)
        self.facts = {
            "mc_engine": __version__,
            "region": region,
            "draws": draws,
            "threads": get_num_threads(),
            "factors": len(self.study.problem.factors),
            "versions": provenance.versions(),
            "machine": provenance.machine(),
        }

    def draw(self) -> None:
        """Sample all rows."""
        from mc_engine.design.sampling import sample

        sample(self.plan.sampling, 0, self.draws, self.room.factors, self.room.values)

    def kernel(self) -> None:
        """Evaluate all rows on all threads."""
        buffer = self.room
        self.study.model.evaluate(self.study.static, buffer.values, buffer.out, buffer.status)

    def kernel_one_thread(self) -> None:
        """Evaluate all rows on one thread."""
        from mc_engine.numerics.accelerate import threads

        with threads(1):
            self.kernel()

    def first_call(self) -> None:
        """Compile, or load compiled code, and evaluate."""
        self.draw()
        self.kernel()

    def analyse(self) -> Callable[[], None]:
        """Evaluate all rows, and give the function that measures what every input does to a miss.

        The margin is that of net emissions in the last year below their median.
        """
        from mc_engine.sensitivity.given_data import given_data

        self.first_call()
        emitted = next(a for n, a in self.room.out.items() if n in ("net_emissions", "y"))
        last = emitted.reshape(self.draws, -1)[:, -1]
        failed = self.room.status != 0
        margin = np.median(last[~failed]) - last
        miss = np.where(failed, -1, margin < 0.0).astype(np.int8)

        def measure() -> None:
            given_data(self.room.factors, margin, miss, np.random.default_rng(0))

        return measure

    def store(self) -> Callable[[], None]:
        """Evaluate a chunk, and give the function that writes it and collects the datasets."""
        from mc_engine.run import executor
        from mc_engine.run.chunks import write_chunk
        from mc_engine.run.collect import ChunkPiece, collect

        result = next(executor.results(self.plan, [(0, self.draws)]))

        def write() -> None:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                row = write_chunk(folder, result)
                plan = replace(self.plan, folder=folder)
                collect(plan, [ChunkPiece(folder, row)], {}, lambda done: None)

        return write


# Phases that prepare what they time.
MADE: dict[str, Callable[[Engine], Callable[[], Any]]] = {
    "store": Engine.store,
    "analyse": Engine.analyse,
}


def acts_of(engine: Engine) -> dict[str, Callable[[], Any]]:
    """Everything that can be timed again and again in one process, by phase; see ``MADE``."""
    return {
        "draw": engine.draw,
        "kernel": engine.kernel,
        "kernel, 1 thread": engine.kernel_one_thread,
    }


def timed(act: Callable[[], Any], times: int = 1) -> float:
    """Run it so many times and give the seconds it took on average."""
    start = time.perf_counter()
    for _ in range(times):
        act()
    return (time.perf_counter() - start) / times


def widen_lanes() -> None:
    """Let uncompiled equations work on arrays of ``WIDE`` draws.

    To be called before anything that reads the number of lanes is imported.
    """
    from mc_engine.numerics import lanes

    lanes.LANES = WIDE


def main(region: str, draws: int) -> int:
    """Report import and first call, then answer until the input ends."""
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        widen_lanes()
    start = time.perf_counter()
    import mc_engine.study  # what is timed

    imported = time.perf_counter() - start
    tree, result = (
        Path(os.environ["PYTHONPATH"]).resolve(),
        Path(mc_engine.study.__file__).resolve(),
    )
    if not result.is_relative_to(tree):
        raise SystemExit(f"measured {result}, expected a file below {tree}")
    engine = Engine(region, draws)
    first = timed(engine.first_call)
    answer({"import": imported, "first call": first, "facts": engine.facts})
    acts = acts_of(engine)
    for line in sys.stdin:
        phase, _, times = line.strip().partition(" x ")
        if phase in MADE and phase not in acts:
            acts[phase] = MADE[phase](engine)
        answer({"seconds": timed(acts[phase], int(times or 1))})
    return 0


def answer(found: dict[str, Any]) -> None:
    """Send one line to the process that asked."""
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
