"""From finished chunks to the two datasets, a block of draws at a time.

The inputs are drawn again, which is cheaper than to keep them twice. Reading and drawing the next
block goes on while one is compressed and written.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mc_engine.accelerate import threads
from mc_engine.design.sampling import sample
from mc_engine.run.chunks import Arrays, Row, read_chunk
from mc_engine.run.contents import ROWS_PER_COLUMN
from mc_engine.run.plan import RunPlan
from mc_engine.run.store import stored_rows, written


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
    """A chunk's file; its last block is kept, since blocks and chunks overlap.

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
    """Draws of the run that the folder held before it was extended.

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


def collect(
    plan: RunPlan,
    pieces: Sequence[Piece],
    facts: Mapping[str, Any],
    seen: Callable[[int], None],
) -> None:
    """Gather finished draws into ``draws.nc`` and ``series.nc``.

    Parameters
    ----------
    plan : RunPlan
    pieces : sequence of Piece
        Together they hold every draw of the plan.
    facts : mapping
        Global attributes.
    seen : callable
        Told the number of draws collected, after every block; what it raises ends the work.

    Raises
    ------
    DamagedChunkError
        When a chunk is not as it was written; nothing was collected then.
    RunError
        When the disk refuses.
    """
    ordered = sorted(pieces, key=lambda piece: piece.start)
    starts = range(0, plan.draws, ROWS_PER_COLUMN)
    kept = min(plan.series, plan.draws)
    most = min(ROWS_PER_COLUMN, plan.draws)
    rooms = [
        (np.empty((most, len(plan.sampling.names))), np.empty((most, plan.sampling.width)))
        for _ in range(2)
    ]

    def block(number: int) -> Arrays:
        first = starts[number]
        last = min(first + ROWS_PER_COLUMN, plan.draws)
        arrays = _assembled(ordered, first, last, kept)
        if plan.sampling.names:
            factors, values = (room[: last - first] for room in rooms[number % 2])
            with threads(plan.threads):
                sample(plan.sampling, first, last, factors, values)
            arrays["draw.parameters"] = factors
        return arrays

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
            seen(min(first + ROWS_PER_COLUMN, plan.draws))


def _assembled(pieces: Sequence[Piece], first: int, last: int, kept: int) -> Arrays:
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
            length = min(end, kept) - at if key.startswith("series.") else end - at
            if length > 0:
                parts.setdefault(key, []).append(values[:length])
        at = end
    short = [
        key
        for key, found in parts.items()
        if key.startswith("series.") and sum(map(len, found)) != min(last, kept) - first
    ]
    if at != last or short:
        raise AssertionError(f"draws {first} to {last}: no piece holds draw {at}, or {short}")
    return {
        key: found[0] if len(found) == 1 else np.concatenate(found) for key, found in parts.items()
    }
