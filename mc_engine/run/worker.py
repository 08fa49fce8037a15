"""State of a worker of a cluster: the plan, proven the same one, and how it evaluates chunks."""

import pickle
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mc_engine import provenance
from mc_engine.errors import McEngineError, RequestError
from mc_engine.numerics.accelerate import concurrent
from mc_engine.run import canary
from mc_engine.run.chunks import Row, packed, write_chunk
from mc_engine.run.executor import Buffers, buffers, evaluate_targets, fill
from mc_engine.run.plan import RunPlan

# Written by the client, called by a worker.
Replan = Callable[[], RunPlan]

# Where threads may not be in parallel kernels at the same time, one task computes at once.
_ALONE = threading.Lock()


@dataclass(frozen=True)
class Answer:
    """What comes back of one chunk.

    Attributes
    ----------
    row : Row
    data : bytes or None
        The chunk's file, where the worker has not written it.
    worker : str
    machine : dict
    difference : float
        By how much the worker's canary draws differ, 1.
    """

    row: Row
    data: bytes | None
    worker: str
    machine: dict[str, Any]
    difference: float


class WorkerState:
    """State of a run in one worker process: the plan, made once, and arrays for each thread.

    Parameters
    ----------
    name : str
        Of this plugin; another session has another one.
    recipe : bytes
        A pickled ``Replan``: it is opened in the thread of a task, since importing a model may
        take long.
    reference_outputs : mapping of str to array[draw, ...]
        Canary draws of the machine that began the run.
    allow_mixed : bool
    most : int
        Draws of the largest chunk.
    ours : bool
        Whether this process was started for this run alone.
    """

    def __init__(
        self,
        name: str,
        recipe: bytes,
        reference_outputs: canary.Arrays,
        allow_mixed: bool,
        most: int,
        ours: bool,
    ) -> None:
        self.name, self.recipe, self.reference_outputs = name, recipe, reference_outputs
        self.allow_mixed, self.most, self.ours = allow_mixed, most, ours

    def setup(self, worker: Any) -> None:
        """Prepare this process; Dask calls it when a worker joins."""
        self.who = f"{worker.address} on {socket.gethostname()}"
        self.machine = provenance.machine()
        self.once, self.scratch = threading.Lock(), threading.local()
        self.plan: RunPlan | None = None
        self.difference = 0.0
        if self.ours and threading.current_thread() is threading.main_thread():
            # Ctrl+C reaches every process of a terminal; the client decides what it means.
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def teardown(self, worker: Any) -> None:
        """Give the memory back; Dask calls it when the session ends."""
        self.plan, self.scratch = None, threading.local()

    def chunk(self, start: int, stop: int, folder: str | None) -> Answer:
        """Evaluate one chunk.

        Parameters
        ----------
        start, stop : int
        folder : str or None
            Where to write it; None to send it back.

        Raises
        ------
        RequestError
            When this worker is not to be trusted with the run.
        """
        plan = self._checked()
        if folder is not None and not Path(folder).is_dir():
            raise RequestError(
                f"worker {self.who}: found no folder {folder}, expected the run folder under the "
                "same path; mount it there, or leave out --shared-folder"
            )
        scratch = self._buffers(plan).rows(stop - start)
        # One thread for each task: Dask runs as many tasks at once as the worker has threads.
        with nullcontext() if concurrent() else _ALONE:
            fill(plan, start, stop, scratch)
        result = evaluate_targets(plan, start, stop, scratch)
        if folder is not None:
            row = write_chunk(Path(folder), result)
            return Answer(row, None, self.who, self.machine, self.difference)
        row, data = packed(result)
        return Answer(row, data, self.who, self.machine, self.difference)

    def _checked(self) -> RunPlan:
        """Make the plan and compare its first draws; once, whatever the number of threads."""
        with self.once:
            if self.plan is None:
                try:
                    plan = replace(pickle.loads(self.recipe)(), threads=1)
                    with _ALONE:
                        outputs = canary.evaluate_canary(plan)
                    self.difference = canary.compare(
                        self.reference_outputs,
                        outputs,
                        self.allow_mixed,
                        "the run",
                        "leave this machine out",
                    )
                except (McEngineError, ImportError, AttributeError) as error:
                    raise RequestError(f"worker {self.who}: {error}") from error
                self.plan = plan
            return self.plan

    def _buffers(self, plan: RunPlan) -> Buffers:
        """Arrays of this thread, allocated once: new ones would take a tenth of a chunk's time."""
        if not hasattr(self.scratch, "buffers"):
            self.scratch.buffers = buffers(plan, self.most)
        allocated: Buffers = self.scratch.buffers
        return allocated
