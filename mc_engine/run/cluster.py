"""Evaluate a run's chunks on a Dask cluster: of this machine, or at an address.

One chunk is one task. The client keeps a few of them in flight for every thread of the cluster and
hands each finished one on, so that neither it nor the scheduler ever holds many. What a worker
needs to make the plan again travels once, as a worker plugin: Dask gives it to every worker that
joins, also instead of one that was lost, and the tasks themselves stay small.
"""

import asyncio
import logging
import os
import pickle
import queue
import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import dask
import distributed
from distributed import Client, Future, KilledWorker, LocalCluster, Security, WorkerPlugin
from distributed.comm import connect

from mc_engine import __version__
from mc_engine.errors import McEngineError, RequestError, RunError
from mc_engine.run import canary
from mc_engine.run.chunks import Row
from mc_engine.run.durable import write
from mc_engine.run.executor import Grow, Source
from mc_engine.run.folder import RESUME, RunFolder
from mc_engine.run.plan import RunPlan
from mc_engine.run.worker import Answer, Replan, WorkerState

Span = tuple[int, int]

# Tasks in flight for every thread of the cluster: one runs, the others wait or travel.
AHEAD = 3
# Seconds between two looks at how many threads there are, and whether the run is to end.
LOOK = 1.0
CONNECT_SECONDS = 30.0
# A network file system may show a new file late.
FILE_SECONDS = 20.0
# Dask watches itself many times a second, for pages that nobody opens here: 2 % of a core each.
QUIET_DASK = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.tick.interval": "1s",
}
FORMS = "local:N (N worker processes of this machine), tcp://HOST:PORT or tls://HOST:PORT"


class Plugin(WorkerState, WorkerPlugin):
    """The state of a worker in the form in which Dask brings it to every worker."""


def evaluated(name: str, start: int, stop: int, folder: str | None) -> Answer:
    """Evaluate one chunk on the worker that this runs on; see ``WorkerState.chunk``.

    Parameters
    ----------
    name : str
        Of the plugin.
    start, stop : int
    folder : str or None
    """
    plugin = distributed.get_worker().plugins[name]
    assert isinstance(plugin, Plugin)
    return plugin.chunk(start, stop, folder)


def clustered(
    address: str,
    recipe: Callable[[RunPlan], Replan],
    shared_folder: bool = False,
    allow_mixed: bool = False,
    on_mixed: Callable[[dict[str, Any]], None] = lambda machine: None,
) -> Source:
    """Make a source of chunks of a cluster; the twin of ``executor.stored``.

    Parameters
    ----------
    address : str
        One of ``FORMS``. Certificates are taken from Dask's own configuration.
    recipe : callable
        Writes down how a plan is made again.
    shared_folder : bool
        Workers write the chunks: they see the run folder under the same path.
    allow_mixed : bool
        Accept workers whose canary draws differ by no more than ``canary.TOLERANCE``.
    on_mixed : callable
        Called with ``machine`` and ``difference`` of every such worker, once.

    Returns
    -------
    callable
        Gives the rows of finished chunks, in the order in which they come back.

    Raises
    ------
    RequestError
        When the address has no known form.
    """
    workers = _local_workers(address)

    def source(
        plan: RunPlan,
        folder: Path,
        todo: list[Span],
        ends: Callable[[], bool],
        grow: Grow | None = None,  # the draws come back as files, and in any order
    ) -> Generator[Row, None, None]:
        if not todo:
            return
        most = max(stop - start for start, stop in todo)
        name = f"mc_engine-{uuid.uuid4().hex[:12]}"
        run_folder = RunFolder(plan.folder)
        reference_outputs = run_folder.read_canary(canary.REMEDY)
        made = pickle.dumps(recipe(plan))
        plugin = Plugin(name, made, reference_outputs, allow_mixed, most, ours=workers > 0)
        with _connected(address, workers) as client, _equipped(client, address, plugin):
            pool = TaskPool(
                client, address, name, folder, deque(todo), ends, shared_folder, on_mixed
            )
            run_folder.log(_size(client, address))
            try:
                yield from pool.rows()
            finally:
                pool.cancel()

    return source


def _size(client: Client, address: str) -> str:
    """Describe a cluster for the log."""
    counted = client.nthreads()
    return f"cluster {address}: {len(counted)} workers, {sum(counted.values())} threads"


def _local_workers(address: str) -> int:
    """Read the number of processes of ``local:N``; 0 for an address."""
    if result := re.fullmatch(r"local:([1-9]\d{0,3})", address):
        return int(result[1])
    if re.fullmatch(r"(tcp|tls)://[^\s/]+:\d{1,5}/?", address):
        return 0
    raise RequestError(f"cluster: found {address!r}, expected {FORMS}")


@contextmanager
def _connected(address: str, workers: int) -> Iterator[Client]:
    """Start worker processes, or reach a scheduler; and leave nothing behind."""
    if workers:
        with (
            _processes(address, workers) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):
            yield client
        return
    try:
        with ThreadPoolExecutor(1) as apart:  # a notebook runs a loop of its own in this thread
            apart.submit(lambda: asyncio.run(_greet(address))).result()
        client = Client(address, timeout=CONNECT_SECONDS, name="mc_engine", set_as_default=False)
    # Dask raises a TypeError for tls:// without certificates, and a RuntimeError for tcp:// where
    # its configuration asks for encryption.
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        reason = str(error) or f"no answer of one within {CONNECT_SECONDS:g} s"
        raise RequestError(
            f"cluster {address}: found no Dask scheduler ({reason}), expected one; start it with "
            "'dask scheduler', check host and port, and for tls:// the certificates in Dask's "
            "configuration"
        ) from error
    log = logging.getLogger("distributed.client")
    level = log.level
    log.setLevel(logging.CRITICAL)  # a lost scheduler is reported once, by us
    try:
        with client:
            yield client
    finally:
        log.setLevel(level)


async def _greet(address: str) -> None:
    """Shake hands with a scheduler; Dask's client would wait for ever for one that is none."""
    certificates = Security().get_connection_args("client")
    greeting = connect(address, timeout=CONNECT_SECONDS, **certificates)
    comm = await asyncio.wait_for(greeting, CONNECT_SECONDS + LOOK)
    await comm.close()


@contextmanager
def _processes(address: str, workers: int) -> Iterator[LocalCluster]:
    """Start workers of one thread each, whose ports nothing but this machine sees."""
    here = "127.0.0.1"
    try:
        with dask.config.set(QUIET_DASK):
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host=here,
                # Dask serves its health pages in any case; a port of 0 is any free one.
                scheduler_kwargs={"dashboard": False, "dashboard_address": f"{here}:0"},
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
                env={"NUMBA_NUM_THREADS": "1"},
            )
    except (OSError, RuntimeError) as error:
        raise RunError(
            f"cluster {address}: the worker processes do not start ({error}); a script needs "
            "'if __name__ == \"__main__\":' before what it runs, or choose fewer workers"
        ) from error
    with cluster:
        yield cluster


@contextmanager
def _equipped(client: Client, address: str, plugin: Plugin) -> Iterator[None]:
    """Give every worker, now and later, what it needs of the run; and take it away."""
    try:
        _give(client, address, plugin)
        yield
    finally:
        if client.status == "running":
            # A scheduler that is lost has lost the plugin, and a worker that refused it has none.
            with suppress(OSError, KeyError):
                client.unregister_worker_plugin(plugin.name)


def _give(client: Client, address: str, plugin: Plugin) -> None:
    """Register the plugin; Dask raises whatever a worker says, or a plain ``Exception`` of it."""
    try:
        client.register_plugin(plugin)
    except Exception as error:
        raise RequestError(
            f"cluster {address}: a worker cannot take the run ({error}), expected mc_engine "
            f"{__version__} on the scheduler and on every worker; install it there"
        ) from error


@dataclass
class TaskPool:
    """The chunks of one session, on their way through the cluster."""

    client: Client
    address: str
    name: str
    folder: Path
    waiting: deque[Span]
    ends: Callable[[], bool]
    shared: bool
    on_mixed: Callable[[dict[str, Any]], None]
    pending: dict[Future, Span] = field(default_factory=dict)
    completed: queue.SimpleQueue[Future] = field(default_factory=queue.SimpleQueue)
    # Chunks that were on several workers when these died, and the one that runs alone.
    quarantined: deque[Span] = field(default_factory=deque)
    alone: Span | None = None
    known: set[str] = field(default_factory=set)
    threads: int = 0
    looked: float = -LOOK

    def rows(self) -> Iterator[Row]:
        """Give the row of every chunk once its file is on the disk."""
        while self.waiting or self.quarantined or self.pending:
            if self.client.status != "running":
                self._lost()
            self._submit()
            if not self.pending:
                return
            row = self._next()
            if row is not None:
                yield row
            elif self._deserted():
                return

    def cancel(self) -> None:
        """Ask for nothing that is still in flight."""
        if self.pending and self.client.status == "running":
            self.client.cancel(list(self.pending))
        self.pending.clear()

    def _submit(self) -> None:
        """Fill up what is in flight, as long as the run lasts."""
        if self.quarantined:
            # One that only waited beside the chunk that kills is no culprit: each runs alone.
            if not self.pending and not self.ends():
                self.alone = self.quarantined.popleft()
                self._submit_one(self.alone)
            return
        while self.waiting and len(self.pending) < self._most_pending() and not self.ends():
            self._submit_one(self.waiting.popleft())

    def _submit_one(self, span: Span) -> None:
        start, stop = span
        future = self.client.submit(
            evaluated,
            self.name,
            start,
            stop,
            str(self.folder.resolve()) if self.shared else None,
            key=f"{self.name}-{start}-{stop}-{uuid.uuid4().hex[:8]}",
            pure=False,
        )
        self.pending[future] = span
        future.add_done_callback(self.completed.put)

    def _most_pending(self) -> int:
        """How many chunks may be in flight; workers come and go."""
        if time.monotonic() - self.looked >= LOOK:
            self.looked = time.monotonic()
            self.threads = self._threads()
        return AHEAD * max(1, self.threads)

    def _threads(self) -> int:
        try:
            return sum(self.client.nthreads().values())
        except OSError:
            self._lost()

    def _deserted(self) -> bool:
        """Whether the run is to end and there is nobody to finish what was begun."""
        return self.ends() and not self._threads()

    def _next(self) -> Row | None:
        """Wait a moment for the next finished chunk, and see that it is on the disk."""
        try:
            future = self.completed.get(timeout=LOOK)
        except queue.Empty:
            return None
        span = self.pending.pop(future)
        if future.status == "error":
            self._failed(span, future.exception())
            return None
        try:
            answer: Answer = future.result()
        except (CancelledError, OSError):
            self._lost()
        if answer.difference > 0.0 and answer.worker not in self.known:
            self.known.add(answer.worker)
            self.on_mixed({"machine": answer.machine, "difference": answer.difference})
        path = self.folder / answer.row.name
        if answer.data is None:
            self._await_file(path, answer.worker)
        else:
            write(path, answer.data)
        return answer.row

    def _failed(self, span: Span, error: BaseException) -> None:
        """Say what went wrong; a chunk that may have killed its workers is put aside."""
        draws = f"draws {span[0]} to {span[1] - 1}"
        if isinstance(error, KilledWorker):
            if span != self.alone:
                self.quarantined.append(span)
                return
            raise RunError(
                f"cluster {self.address}: {draws} end every worker that evaluates them "
                f"({error.allowed_failures + 1} times, and again with no other draws about; the "
                f"last one was {error.last_worker.address}); the other chunks are kept. Too little "
                "memory: choose a smaller --chunk, or larger workers; otherwise run the same "
                "command without --cluster: it resumes here and shows what is wrong"
            ) from error
        if isinstance(error, McEngineError):
            raise error
        if isinstance(error, RuntimeError) and "deserialization of the task" in str(error):
            raise RequestError(
                f"cluster {self.address}: the scheduler cannot read our tasks, expected mc_engine "
                f"{__version__} on it and on every worker; install it there"
            ) from error
        raise RunError(
            f"cluster {self.address}: {draws} failed on a worker ({type(error).__name__}: {error}),"
            " expected a status for every draw; fix the model, or the worker's installation, and "
            f"{RESUME} from its chunks"
        ) from error

    def _await_file(self, path: Path, worker: str) -> None:
        """Make sure that a worker wrote where the client reads."""
        patience = time.monotonic() + FILE_SECONDS
        while not path.exists():
            if time.monotonic() > patience:
                raise RequestError(
                    f"worker {worker}: wrote {path}, found no such file here; expected a folder "
                    "that all machines share; put --out there, or leave out --shared-folder"
                )
            os.listdir(path.parent)  # noqa: PTH208 - makes a network file system look again
            time.sleep(LOOK / 10.0)

    def _lost(self) -> NoReturn:
        raise RunError(
            f"cluster {self.address}: the connection to the scheduler was lost; the finished "
            f"chunks are kept: {RESUME} from them"
        )
