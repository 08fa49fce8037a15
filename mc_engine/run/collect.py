"""From finished draws to the two datasets, a block of draws at a time.

A run that starts from nothing puts its draws there while it evaluates them
(``IncrementalWriter``). Any other run is collected from its chunks at the end: the inputs are drawn
again, which is cheaper than to store them twice, and the next block is read and drawn while one is
compressed and written.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.sampling import normal_scores, sample
from mc_engine.numerics.accelerate import threads
from mc_engine.run.chunks import Arrays, Row, read_chunk
from mc_engine.run.contents import ROWS_PER_COLUMN
from mc_engine.run.plan import RunPlan
from mc_engine.run.store import Datasets, stored_rows, written


def weights(plan: RunPlan, first: int, last: int) -> Arrays:
    """Weights of consecutive draws, prior over proposal (C-3); 1 where the priors are drawn from.

    Parameters
    ----------
    plan : RunPlan
    first, last : int
        Draws ``first <= draw < last``.

    Returns
    -------
    dict of str to float64[draw]
        As ``Datasets.put`` takes them, for either dataset.
    """
    proposal = plan.problem.proposal
    weight: NDArray[np.float64] = np.ones(last - first)
    if proposal is not None:
        columns = [plan.sampling.names.index(name) for name in proposal.names]
        scores = normal_scores(plan.sampling, first, last)[:, columns]
        # A row alone is solved by another routine, whose last bit may differ.
        rows = np.resize(scores, (max(2, last - first), len(columns)))
        weight = np.exp(proposal.log_ratio(rows))[: last - first]
    arrays: Arrays = {"draw.weight": weight}
    if first < plan.series:
        arrays["series.weight"] = weight[: plan.series - first]
    return arrays


class Piece(Protocol):
    """Consecutive draws that are on the disk."""

    @property
    def start(self) -> int:
        """Number of the first draw."""
        ...

    @property
    def stop(self) -> int:
        """One past the number of the last draw."""
        ...

    def read(self, first: int, last: int) -> Arrays:
        """Read the draws ``first`` to ``last - 1``; ``draw.`` or ``series.`` before the names."""
        ...


@dataclass
class ChunkPiece:
    """A chunk's file; its arrays are retained until its last draw is read.

    Attributes
    ----------
    folder : Path
        Where the chunks lie.
    row : Row
    """

    folder: Path
    row: Row
    _arrays: Arrays | None = None

    @property
    def start(self) -> int:
        """Number of the first draw."""
        return self.row.start

    @property
    def stop(self) -> int:
        """One past the number of the last draw."""
        return self.row.stop

    def read(self, first: int, last: int) -> Arrays:
        """Read some draws; the file is let go with its last one."""
        arrays = self._arrays if self._arrays is not None else read_chunk(self.folder, self.row)
        self._arrays = arrays if last < self.stop else None
        rows = slice(first - self.start, last - self.start)
        return {key: values[rows] for key, values in arrays.items() if len(values[rows])}


@dataclass(frozen=True)
class DatasetPiece:
    """Draws of the datasets that the folder had before the run was extended.

    Attributes
    ----------
    folder : Path
        The run folder.
    start, stop : int
        Draws ``start <= draw < stop``.
    series : int
        Trajectories are there of draws below this one.
    """

    folder: Path
    start: int
    stop: int
    series: int

    def read(self, first: int, last: int) -> Arrays:
        """Read some draws."""
        return stored_rows(self.folder, first, last, self.series)


class IncrementalWriter:
    """The datasets of a run while its draws are evaluated, in order and from the first one.

    They are files that count for nothing until they are finished: the chunks hold the draws until
    then (decision 0017). Nothing is opened before the first draw comes.

    Parameters
    ----------
    plan : RunPlan
        Its draws are those the run will end with.
    facts : mapping
        Global attributes.
    """

    def __init__(self, plan: RunPlan, facts: Mapping[str, Any]) -> None:
        self._plan, self._facts = plan, facts
        self._stack = ExitStack()
        self._datasets: Datasets | None = None
        self._parts: list[Arrays] = []
        self._first, self._waiting = 0, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove what was not finished."""
        self._stack.__exit__(kind, error, trace)

    @property
    def done(self) -> int:
        """Draws that were put so far."""
        return self._first + self._waiting

    def put(self, first: int, arrays: Arrays) -> None:
        """Take consecutive draws, with their inputs.

        Parameters
        ----------
        first : int
            Number of the first one.
        arrays : mapping of str to array[draw, ...]
            As ``Datasets.put`` takes them; the caller may change them afterwards.

        Raises
        ------
        RunError
            When the disk refuses.
        """
        if first != self.done:
            raise AssertionError(f"found draw {first}, expected {self.done}")
        if self._datasets is None:
            plan, facts = self._plan, self._facts
            self._datasets = self._stack.enter_context(written(plan, plan.folder, facts))
        at, size = 0, len(arrays["draw.status"])
        while at < size:
            # Files are written in whole blocks, whatever the size of a chunk.
            end = min(size, at + ROWS_PER_COLUMN - self._waiting)
            part = {key: values[at:end] for key, values in arrays.items() if len(values) > at}
            whole = end - at == ROWS_PER_COLUMN
            self._parts.append(part if whole else {k: v.copy() for k, v in part.items()})
            self._waiting += end - at
            if self._waiting == ROWS_PER_COLUMN:
                self._write()
            at = end

    def _write(self) -> None:
        """Write the draws that wait, a whole block or the last ones."""
        assert self._datasets is not None
        parts: dict[str, list[Any]] = {}
        for part in self._parts:
            for key, values in part.items():
                parts.setdefault(key, []).append(values)
        arrays = {k: v[0] if len(v) == 1 else np.concatenate(v) for k, v in parts.items()}
        self._datasets.put(self._first, arrays | weights(self._plan, self._first, self.done))
        self._first, self._waiting, self._parts = self.done, 0, []

    def finish(self) -> None:
        """Let both datasets appear; to be called when all draws were put.

        Raises
        ------
        RunError
            When the disk refuses.
        """
        if self._datasets is None or self.done != self._plan.draws:
            raise AssertionError(f"found {self.done} draws, expected {self._plan.draws}")
        if self._waiting:
            self._write()
        self._datasets.finish()


def collect(
    plan: RunPlan,
    pieces: Sequence[Piece],
    facts: Mapping[str, Any],
    on_block: Callable[[int], None],
) -> None:
    """Gather finished draws into ``draws.nc`` and ``series.nc``.

    Parameters
    ----------
    plan : RunPlan
    pieces : sequence of Piece
        Together they hold every draw of the plan.
    facts : mapping
        Global attributes.
    on_block : callable
        Called with the number of draws collected, after every block; what it raises ends the work.

    Raises
    ------
    DamagedChunkError
        When a chunk is not as it was written; nothing was collected then.
    RunError
        When the disk refuses.
    """
    ordered = sorted(pieces, key=lambda piece: piece.start)
    starts = range(0, plan.draws, ROWS_PER_COLUMN)
    series = min(plan.series, plan.draws)
    most = min(ROWS_PER_COLUMN, plan.draws)
    scratch = [
        (np.empty((most, len(plan.sampling.names))), np.empty((most, plan.sampling.width)))
        for _ in range(2)
    ]

    def block(number: int) -> Arrays:
        first = starts[number]
        last = min(first + ROWS_PER_COLUMN, plan.draws)
        arrays = _assembled(ordered, first, last, series)
        if plan.sampling.names:
            factors, values = (part[: last - first] for part in scratch[number % 2])
            with threads(plan.threads):
                sample(plan.sampling, first, last, factors, values)
            arrays["draw.parameters"] = factors
        return arrays | weights(plan, first, last)

    with (
        written(plan, plan.folder, facts) as datasets,
        ThreadPoolExecutor(1, thread_name_prefix="reader") as reader,
    ):
        ahead = reader.submit(block, 0)
        for number, first in enumerate(starts):
            arrays = ahead.result()
            if number + 1 < len(starts):
                ahead = reader.submit(block, number + 1)
            datasets.put(first, arrays)
            on_block(min(first + ROWS_PER_COLUMN, plan.draws))
        datasets.finish()


def _assembled(pieces: Sequence[Piece], first: int, last: int, series: int) -> Arrays:
    """Put together consecutive draws from the pieces that hold them."""
    parts: dict[str, list[Any]] = {}
    at = first
    for piece in pieces:
        if piece.stop <= at or piece.start >= last:
            continue
        if piece.start > at:
            break
        end = min(piece.stop, last)
        for key, values in piece.read(at, end).items():
            length = min(end, series) - at if key.startswith("series.") else end - at
            if length > 0:
                parts.setdefault(key, []).append(values[:length])
        at = end
    short = [
        key
        for key, values in parts.items()
        if key.startswith("series.") and sum(map(len, values)) != min(last, series) - first
    ]
    if at != last or short:
        raise AssertionError(f"draws {first} to {last}: no piece holds draw {at}, or {short}")
    return {
        key: pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        for key, pieces in parts.items()
    }
