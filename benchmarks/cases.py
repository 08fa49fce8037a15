"""The registry of benchmark cases: a model, a number of draws, and the phase that is timed.

``bench.py`` runs one model and size with all phases; ``test_cases.py`` hands every case to
pytest-benchmark.
"""

import fnmatch
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.measure import MADE, Engine, acts_of

ROOT = Path(__file__).resolve().parents[1]
# Phases that need a process of their own.
IMPORT, COMPILE, LOAD = "import", "compile", "load compiled"
STARTS = (IMPORT, COMPILE, LOAD)
# Phases that one process runs again and again, in the order of the tables.
REPEATED = ("draw", "kernel", "kernel, 1 thread", "store", "analyse")
REGIONS = ("china",)
SIZES = (1024, 8192)
SMALLEST = SIZES[0]


@dataclass(frozen=True)
class Case:
    """One thing that is timed.

    Attributes
    ----------
    region : str
        A shipped region, which names its model.
    draws : int
    phase : str
        One of ``STARTS`` or ``REPEATED``.
    """

    region: str
    draws: int
    phase: str

    @property
    def name(self) -> str:
        """What a pattern picks it by, such as ``china-1024-kernel``."""
        return f"{self.region}-{self.draws}-{self.phase}"

    @property
    def once(self) -> bool:
        """Whether one run is enough: it takes a process, or more than a minute."""
        return self.phase in STARTS


CASES = (
    *(Case(region, SMALLEST, phase) for region in REGIONS for phase in STARTS),
    *(Case(region, draws, phase) for region in REGIONS for draws in SIZES for phase in REPEATED),
)


def chosen(pattern: str) -> tuple[Case, ...]:
    """Cases whose name fits a pattern with ``*`` and ``?``.

    Raises
    ------
    ValueError
        When none does.
    """
    result = tuple(case for case in CASES if fnmatch.fnmatchcase(case.name, pattern))
    if not result:
        names = ", ".join(case.name for case in CASES)
        raise ValueError(f"cases: found none that fits {pattern!r}, expected one of {names}")
    return result


@cache
def _engine(region: str, draws: int) -> Engine:
    engine = Engine(region, draws)
    engine.first_call()
    return engine


def act_of(case: Case) -> Callable[[], Any]:
    """Give the function that a case times; what it needs is made here, outside the time."""
    if case.phase in STARTS:
        return _start_of(case)
    engine = _engine(case.region, case.draws)
    if case.phase in MADE:
        return MADE[case.phase](engine)
    return acts_of(engine)[case.phase]


def _start_of(case: Case) -> Callable[[], Any]:
    """Give the function that starts a process, which imports, or draws and evaluates once."""
    call = f"from benchmarks.measure import Engine; Engine({case.region!r}, 64).first_call()"
    code = "import mc_engine.study" if case.phase == IMPORT else call

    def run(cache_folder: str | None = None) -> None:
        own = {"MC_ENGINE_CACHE_DIR": cache_folder} if cache_folder else {}
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **own}
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)

    def with_empty_cache() -> None:
        with tempfile.TemporaryDirectory() as folder:
            run(folder)

    if case.phase == COMPILE:
        return with_empty_cache
    run()
    return run
