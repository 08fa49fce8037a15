"""Files that are either the old one or the whole new one, whatever happens in between."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mc_engine.errors import RunError

PART = ".part"
# Bytes after which files that grow are sent to the disk.
FLUSHED = 1 << 26


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into one clear error that names the file."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"{path}: cannot write: {error.strerror or error}; free space or choose another --out"
        ) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; a renamed file is not without it."""
    if os.name == "nt":
        return  # folders cannot be opened there; the rename is journalled by the file system
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(path: Path, data: bytes, writer: str = "") -> None:
    """Write bytes into a file that appears whole or not at all; see ``write_by``."""
    write_by(path, lambda file: file.write(data), writer)


def write_by(
    path: Path, fill: Callable[[BinaryIO], object], writer: str = "", let_go: bool = False
) -> None:
    """Write a file under a temporary name, flush it to the disk, and rename it.

    Parameters
    ----------
    path : Path
        The file; what stood there stays until the new one is whole.
    fill : callable
        Writes what it is to hold.
    writer : str
        Enters the temporary name, where several writers may be at the same file.
    let_go : bool
        Whether the file will not be read soon.

    Raises
    ------
    RunError
        When the disk refuses.
    """
    part = path.with_name(path.name + writer + PART)
    with disk_errors(path):
        with part.open("wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
            if let_go:
                release(file)
        put_in_place(part, path)


def release(file: BinaryIO) -> None:
    """Let the system use the memory behind a flushed file again; nobody reads it soon.

    It keeps what was written for as long as it has memory, and takes fresh memory for the next
    file. That is slow to come by, slowest on virtual machines.
    """
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def put_in_place(part: Path, path: Path) -> None:
    """Rename a finished and flushed file, durably."""
    part.replace(path)
    sync_folder(path.parent)


class Flush:
    """Sends files to the disk while they grow, so that their end does not wait for all of it.

    Parameters
    ----------
    paths : sequence of Path
        The files; others write into them.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths, self._waiting = paths, 0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="flush")
        self._running: Future[None] | None = None

    def written(self, count: int) -> None:
        """Tell that so many bytes more were written; nobody waits.

        Raises
        ------
        OSError
            When the disk refused what was sent before.
        """
        self._waiting += count
        if self._waiting < FLUSHED or (self._running is not None and not self._running.done()):
            return
        if self._running is not None:
            # The system tells such an error once: whoever asks later hears nothing of it.
            self._running.result()
        self._waiting = 0
        self._running = self._pool.submit(self._send)

    def _send(self) -> None:
        for path in self._paths:
            with path.open("rb+") as file:
                os.fsync(file.fileno())

    def end(self) -> None:
        """Wait until the disk has what was sent; raises as ``written`` does."""
        self._pool.shutdown()
        running, self._running = self._running, None
        if running is not None:
            running.result()
