"""Finished chunks as files: what the model gave, with counts and a checksum.

The inputs of a draw are a pure function of the design, so a chunk leaves them out: they are drawn
again when the run is collected (decision 0017).
"""

import io
import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import get_ident
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.errors import RunError
from mc_engine.run.durable import write
from mc_engine.run.journal import checksum
from mc_engine.run.tally import Tally

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class ChunkResult:
    """One finished chunk.

    Attributes
    ----------
    start, stop : int
        Draws ``start <= draw < stop``.
    draw_variables : mapping of str to array[draw, ...]
        One number per draw and label: margins, peaks, status and scalar outputs.
    series : mapping of str to float32[draw, ...]
        Yearly variables of the first ``kept`` draws of the chunk.
    kept : int
    tally : Tally
    """

    start: int
    stop: int
    draw_variables: Mapping[str, NDArray[Any]]
    series: Mapping[str, NDArray[np.float32]]
    kept: int
    tally: Tally


@dataclass(frozen=True)
class Row:
    """What the journal says of one chunk.

    Attributes
    ----------
    start, stop : int
        Draws ``start <= draw < stop``.
    name, checksum : str
        The file, and the checksum of its bytes.
    kept : int
        Draws, from the first, whose trajectories it holds.
    tally : Tally
    """

    start: int
    stop: int
    name: str
    checksum: str
    kept: int
    tally: Tally

    def as_json(self) -> dict[str, Any]:
        """Write the row as plain data."""
        return {
            "start": self.start,
            "stop": self.stop,
            "name": self.name,
            "checksum": self.checksum,
            "kept": self.kept,
            "tally": self.tally.as_row(),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Row":
        """Read what ``as_json`` wrote."""
        return cls(
            int(row["start"]),
            int(row["stop"]),
            str(row["name"]),
            str(row["checksum"]),
            int(row["kept"]),
            Tally.from_row(row["tally"]),
        )


class DamagedChunkError(RunError):
    """A chunk whose bytes are not those that were written; it is computed again.

    Parameters
    ----------
    row : Row
    found : str
        What is there instead.
    """

    def __init__(self, row: Row, found: str) -> None:
        self.row = row
        super().__init__(f"{row.name}: checksum {found}, expected {row.checksum}; computed again")


def packed(result: ChunkResult) -> bytes:
    """Put a chunk's arrays into the bytes of its file."""
    # An option `allow_pickle` would be stored as an array by NumPy 2.0, which does not know it.
    arrays: dict[str, Any] = {f"draw.{key}": value for key, value in result.draw_variables.items()}
    arrays |= {f"series.{key}": value for key, value in result.series.items()}
    room = io.BytesIO()
    np.savez(room, **arrays)
    return room.getvalue()


def write_chunk(folder: Path, start: int, stop: int, kept: int, tally: Tally, data: bytes) -> Row:
    """Store one chunk durably.

    Parameters
    ----------
    folder : Path
        Where the chunks lie.
    start, stop, kept, tally
        As in ``Row``.
    data : bytes
        From ``packed``.

    Returns
    -------
    Row
        For the journal.

    Raises
    ------
    RunError
        When the disk refuses; what was written before stays readable.
    """
    row = row_of(start, stop, kept, tally, data)
    write(folder / row.name, data, f".{socket.gethostname()}-{os.getpid()}-{get_ident()}")
    return row


def row_of(start: int, stop: int, kept: int, tally: Tally, data: bytes) -> Row:
    """Say what the journal will hold of a chunk, before it is written; see ``write_chunk``."""
    return Row(start, stop, f"{start:012d}-{stop:012d}.npz", checksum(data), kept, tally)


def read_chunk(folder: Path, row: Row) -> Arrays:
    """Read one chunk back, refusing a damaged one.

    Returns
    -------
    dict of str to array
        ``draw.`` or ``series.`` before the names of the variables.

    Raises
    ------
    DamagedChunkError
        When the bytes are not those that were written.
    """
    try:
        data = (folder / row.name).read_bytes()
    except OSError:
        raise DamagedChunkError(row, "no file") from None
    found = checksum(data)
    if found != row.checksum:
        raise DamagedChunkError(row, found)
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def gaps(
    held: Sequence[tuple[int, int]], draws: int, chunk: int, cuts: Sequence[int] = ()
) -> list[tuple[int, int]]:
    """List the chunks that are still to do.

    Parameters
    ----------
    held : sequence of (int, int)
        Draws that are there, first and one past the last of each piece; pieces may overlap.
    draws : int
        Draws wanted.
    chunk : int
        Most draws of a chunk.
    cuts : sequence of int
        No chunk reaches over one of these numbers.

    Returns
    -------
    list of (int, int)
        In order; together with ``held`` they cover every draw below ``draws``.
    """
    return list(_gaps(held, draws, chunk, cuts))


def _gaps(
    held: Sequence[tuple[int, int]], draws: int, chunk: int, cuts: Sequence[int]
) -> Iterator[tuple[int, int]]:
    at = 0
    for first, last in [*sorted(held), (draws, draws)]:
        end = min(first, draws)
        while at < end:
            next_cut = min((cut for cut in cuts if cut > at), default=end)
            stop = min(at + chunk, end, next_cut)
            yield at, stop
            at = stop
        at = max(at, last)


def prefix(spans: Iterable[tuple[int, int]]) -> int:
    """Count the draws from the first on that are there without a gap.

    Parameters
    ----------
    spans : iterable of (int, int)
        First draw, and one past the last, of every piece; pieces may overlap.
    """
    at = 0
    for first, last in sorted(spans):
        if first > at:
            break
        at = max(at, last)
    return at
