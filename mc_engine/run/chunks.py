"""Finished chunks as files: outputs of the model, with counts and a checksum.

The inputs of a draw are a pure function of the design, so a chunk leaves them out: they are drawn
again when the run is collected (decision 0017).
"""

import hashlib
import io
import os
import socket
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import get_ident
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mc_engine.errors import RunError
from mc_engine.run.durable import write_by
from mc_engine.run.journal import CHECKSUM_DIGITS, checksum
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
        Yearly variables of the first draws of the chunk.
    trajectories : int
        Draws, from the first, whose yearly variables it holds.
    tally : Tally
    """

    start: int
    stop: int
    draw_variables: Mapping[str, NDArray[Any]]
    series: Mapping[str, NDArray[np.float32]]
    trajectories: int
    tally: Tally


@dataclass(frozen=True)
class Row:
    """Entry of one chunk in the journal.

    Attributes
    ----------
    start, stop : int
        Draws ``start <= draw < stop``.
    name, checksum : str
        The file, and the checksum of its bytes.
    trajectories : int
        Draws, from the first, whose trajectories it holds.
    tally : Tally
    """

    start: int
    stop: int
    name: str
    checksum: str
    trajectories: int
    tally: Tally

    def as_json(self) -> dict[str, Any]:
        """Write the row as plain data."""
        return {
            "start": self.start,
            "stop": self.stop,
            "name": self.name,
            "checksum": self.checksum,
            "kept": self.trajectories,
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
    instead : str
        Checksum that is there instead.
    """

    def __init__(self, row: Row, instead: str) -> None:
        self.row = row
        super().__init__(f"{row.name}: checksum {instead}, expected {row.checksum}; computed again")


def packed(result: ChunkResult) -> tuple[Row, bytes]:
    """Give the bytes of a chunk's file, where another writes it, and its row for the journal."""
    content = io.BytesIO()
    digest = _pack(result, content)
    return _row(result, digest), content.getvalue()


def arrays_of(result: ChunkResult) -> Arrays:
    """Name a chunk's arrays as its file does: ``draw.`` or ``series.`` before each name."""
    arrays = {f"draw.{key}": values for key, values in result.draw_variables.items()}
    return arrays | {f"series.{key}": values for key, values in result.series.items()}


def _pack(result: ChunkResult, file: BinaryIO) -> str:
    """Write a chunk in the form of ``numpy.savez``, the arrays as they lie in memory.

    ``savez`` copies every array on its way, which took longer than the disk where a chunk holds
    trajectories.

    Returns
    -------
    str
        Checksum of the bytes.
    """
    summed = _Summed(file)
    with zipfile.ZipFile(summed, "w", zipfile.ZIP_STORED) as members:  # type: ignore[call-overload]
        for key, values in arrays_of(result).items():
            array = values if values.flags.f_contiguous else np.ascontiguousarray(values)
            header = np.lib.format.header_data_from_array_1_0(array)
            with members.open(zipfile.ZipInfo(f"{key}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array_header_1_0(member, header)
                # Bytes of a whole array; one of no size has no bytes to look at.
                if array.size:
                    member.write(array.reshape(-1, order="A").view(np.uint8).data)
    return summed.checksum


class _Summed:
    """A file that is only written to, from its beginning to its end, with the sum of its bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._sum = file, hashlib.sha256()

    def write(self, data: Any) -> int:
        self._sum.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    @property
    def checksum(self) -> str:
        """As ``journal.checksum`` gives it."""
        return self._sum.hexdigest()[:CHECKSUM_DIGITS]


def write_chunk(folder: Path, result: ChunkResult, let_go: bool = False) -> Row:
    """Store one chunk durably.

    Parameters
    ----------
    folder : Path
        Where the chunks lie.
    result : ChunkResult
    let_go : bool
        Whether it will not be read unless the run is disturbed.

    Returns
    -------
    Row
        For the journal.

    Raises
    ------
    RunError
        When the disk refuses; what was written before stays readable.
    """
    sums: list[str] = []
    writer = f".{socket.gethostname()}-{os.getpid()}-{get_ident()}"
    write_by(folder / _name(result), lambda file: sums.append(_pack(result, file)), writer, let_go)
    return _row(result, sums[0])


def _name(result: ChunkResult) -> str:
    return f"{result.start:012d}-{result.stop:012d}.npz"


def _row(result: ChunkResult, digest: str) -> Row:
    return Row(result.start, result.stop, _name(result), digest, result.trajectories, result.tally)


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
    digest = checksum(data)
    if digest != row.checksum:
        raise DamagedChunkError(row, digest)
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def gaps(
    existing: Sequence[tuple[int, int]], draws: int, chunk: int, cuts: Sequence[int] = ()
) -> list[tuple[int, int]]:
    """List the chunks that are still to do.

    Parameters
    ----------
    existing : sequence of (int, int)
        Draws that are there, first and one past the last of each piece; pieces may overlap.
    draws : int
        Draws requested.
    chunk : int
        Most draws of a chunk.
    cuts : sequence of int
        No chunk reaches over one of these numbers.

    Returns
    -------
    list of (int, int)
        In order; together with ``existing`` they cover every draw below ``draws``.
    """
    return list(_gaps(existing, draws, chunk, cuts))


def _gaps(
    existing: Sequence[tuple[int, int]], draws: int, chunk: int, cuts: Sequence[int]
) -> Iterator[tuple[int, int]]:
    at = 0
    for first, last in [*sorted(existing), (draws, draws)]:
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
