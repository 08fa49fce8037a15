"""Files that are either the old one or the whole new one, whatever happens in between."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mc_engine.errors import RunError

PART = ".part"


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
    """Write a file under a temporary name, flush it to the disk, and rename it.

    Parameters
    ----------
    path : Path
        The file; what stood there stays until the new one is whole.
    data : bytes
    writer : str
        Enters the temporary name, where several writers may be at the same file.

    Raises
    ------
    RunError
        When the disk refuses.
    """
    part = path.with_name(path.name + writer + PART)
    with disk_errors(path):
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        put_in_place(part, path)


def put_in_place(part: Path, path: Path) -> None:
    """Rename a finished and flushed file, durably."""
    part.replace(path)
    sync_folder(path.parent)
