"""Evaluation of rows for ranking, like any draws: by chunks, resumable, then read in order."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.sampling import SamplingPlan
from mc_engine.errors import RequestError, RunInterruptedError
from mc_engine.run import executor
from mc_engine.run.chunks import DamagedChunkError, Row
from mc_engine.run.experiment import Experiment
from mc_engine.run.folder import RESUME, RunFolder
from mc_engine.run.journal import SCHEMA_VERSION
from mc_engine.run.plan import RunPlan

# Yearly variables that are ranked over time, where a model has them.
YEARLY = ("emissions", "net_emissions")
# Rows of a chunk, about.
CHUNK = 8_192

# Called with the phase, rows done and rows in all.
RowProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class RowBlock:
    """Outputs of consecutive rows, whole blocks of the design.

    Attributes
    ----------
    start : int
        Number of the first row.
    margin : float64[row, target]
        NaN where the row failed.
    status : int32[row]
        0 is good.
    yearly : dict of str to float32[row, ...]
    """

    start: int
    margin: NDArray[np.float64]
    status: NDArray[np.int32]
    yearly: dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Evaluation:
    """Where and how rows of an experiment are evaluated.

    Attributes
    ----------
    experiment : Experiment
    folder : Path
        Of the chunks while rows are evaluated.
    seed : int
        Of the designs.
    threads : int or None
    on_progress : callable or None
        Called with the phase, rows done and rows in all, after every chunk.
    should_stop : callable or None
        Called before every chunk; True ends the work, which the same call resumes.
    """

    experiment: Experiment
    folder: Path
    seed: int = 0
    threads: int | None = None
    on_progress: RowProgress | None = None
    should_stop: Callable[[], bool] | None = None

    def plan(self, sampling: SamplingPlan, *, yearly: bool = True) -> RunPlan:
        """Plan the evaluation of the rows of a design.

        Parameters
        ----------
        sampling : SamplingPlan
            Of as many rows as its design says.
        yearly : bool
            Whether yearly variables are wanted.
        """
        rows = int(sampling.design.draws or 0)
        specs = self.experiment.model.outputs(self.experiment.problem.inputs)
        wanted = [spec for spec in specs if yearly and spec.name in YEARLY]
        block = sampling.design.block
        return self.experiment.planned(
            sampling,
            rows,
            rows if wanted else 0,
            wanted,
            chunk=block * max(1, CHUNK // block),
            threads=self.threads,
            folder=self.folder / sampling.design.name,
        )

    def rows(self, plan: RunPlan, phase: str, since: int = 0) -> Iterator[RowBlock]:
        """Evaluate rows, those that the folder holds left out, and give all of them in order.

        Parameters
        ----------
        plan : RunPlan
            From ``plan``.
        phase : str
            Name that progress is reported under.
        since : int
            First row that is wanted, the first of a block.

        Yields
        ------
        RowBlock

        Raises
        ------
        RequestError
            When the folder holds rows of something else, or another process writes into it.
        RunInterruptedError
            When ``should_stop`` ended it.
        """
        folder = RunFolder(plan.folder)
        folder.chunks.mkdir(parents=True, exist_ok=True)
        with folder.locked():
            known = _known(plan)
            spans = [
                (first, min(first + plan.chunk, plan.draws))
                for first in range(since, plan.draws, plan.chunk)
            ]
            self._evaluate(plan, phase, since, known, [span for span in spans if span not in known])
            for span in spans:
                arrays = folder.read_chunk(known[span])
                yield RowBlock(
                    span[0],
                    arrays["draw.margin"],
                    arrays["draw.status"],
                    {spec.name: arrays[f"series.{spec.name}"] for spec in plan.variables},
                )

    def _evaluate(
        self,
        plan: RunPlan,
        phase: str,
        since: int,
        known: dict[tuple[int, int], Row],
        todo: list[tuple[int, int]],
    ) -> None:
        """Evaluate the missing chunks, and add them to the known ones."""
        rows = plan.draws - since
        done = rows - sum(stop - start for start, stop in todo)
        stopped = False

        def ends() -> bool:
            nonlocal stopped
            stopped = stopped or (self.should_stop is not None and self.should_stop())
            return stopped

        folder = RunFolder(plan.folder)
        for row in executor.stored(plan, folder.chunks, todo, ends):
            folder.append_row(row)
            known[row.start, row.stop] = row
            done += row.stop - row.start
            if self.on_progress is not None:
                self.on_progress(phase, done, rows)
        if any(span not in known for span in todo):
            raise RunInterruptedError(
                f"{plan.folder}: interrupted after {done} of {rows} rows; {RESUME}"
            )


def _known(plan: RunPlan) -> dict[tuple[int, int], Row]:
    """Intact chunks of this design in the folder."""
    folder = RunFolder(plan.folder)
    facts: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "identity": plan.identity,
        "chunk": plan.chunk,
    }
    if folder.has_manifest():
        manifest = folder.read_manifest()
        if any(manifest.get(name) != value for name, value in facts.items()):
            raise RequestError(
                f"{plan.folder}: found rows of {manifest.get('identity')}, expected "
                f"{plan.identity}; remove the folder, or choose another --out"
            )
    else:
        folder.write_manifest(facts)
    known = {}
    for row in folder.rows():
        try:
            folder.read_chunk(row)
        except DamagedChunkError:
            continue  # computed again
        known[row.start, row.stop] = row
    return known


def clear(folder: Path) -> None:
    """Remove the chunks of rows once what was made of them stands.

    Parameters
    ----------
    folder : Path
    """
    shutil.rmtree(folder, ignore_errors=True)
