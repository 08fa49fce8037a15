"""One writer for a run folder.

The lock is the operating system's own on an open file, so that it goes with its owner however that
ends; the file says who holds it. On a file system shared between machines the system's lock may not
reach the others: there an owner is believed for as long as it touches the file.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from mc_engine.errors import RequestError
from mc_engine.run.durable import disk_errors
from mc_engine.run.journal import now

LOCK = "lock"
# An owner on another machine that has not touched its lock for so long is gone.
SILENT_SECONDS = 600.0


class Lock:
    """A held lock.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._touched = time.monotonic()

    def touch(self) -> None:
        """Show that the owner lives; at most one call in ten seconds reaches the disk."""
        if time.monotonic() - self._touched > 10.0:
            self._touched = time.monotonic()
            with disk_errors(self._path):
                os.utime(self._path)


@contextmanager
def held(folder: Path, log: Callable[[str], None] = lambda event: None) -> Iterator[Lock]:
    """Hold a run folder for writing.

    Parameters
    ----------
    folder : Path
        The run folder; it exists.
    log : callable
        Records the event that the lock of a process that is gone was taken over.

    Raises
    ------
    RequestError
        When another process writes into it.
    """
    path = folder / LOCK
    with _locked_file(path) as file:
        owner = _owner(path)
        if file is None or _lives_elsewhere(owner, path):
            raise RequestError(_refusal(folder, path, owner))
        if owner:
            log(f"lock of process {owner.get('process')} recovered: it is gone")
        with disk_errors(path):
            file.truncate(0)
            file.write(json.dumps(_this_process()) + "\n")
            file.flush()
        try:
            yield Lock(path)
        finally:
            file.truncate(0)
            with suppress(OSError):  # where an open file cannot be removed it stays, empty
                if _is_current(file, path):
                    path.unlink()


@contextmanager
def _locked_file(path: Path) -> Iterator[IO[str] | None]:
    """Open the lock file and take the system's lock on it; None where another process has it."""
    while True:
        with disk_errors(path):
            file = path.open("a+", encoding="utf-8")
        with file:
            if not _locked_soon(file):
                yield None
                return
            # An owner that ended in between has removed the file that was opened.
            if _is_current(file, path):
                yield file
                return


def _is_current(file: IO[str], path: Path) -> bool:
    """Whether an open file is the one that has this name now."""
    return path.exists() and os.fstat(file.fileno()).st_ino == path.stat().st_ino


def _locked_soon(file: IO[str]) -> bool:
    """Take the lock; a process that merely tests the lock holds it briefly."""
    for _ in range(5):
        if _locked(file):
            return True
        time.sleep(0.05)
    return False


def holder(folder: Path) -> dict[str, Any] | None:
    """Name the writer of a run folder: process, host and since; None for nobody."""
    path = folder / LOCK
    owner = _owner(path)
    if not owner:
        return None
    try:
        with path.open("r+", encoding="utf-8") as file:
            free = _locked(file)
    except FileNotFoundError:
        return None
    except OSError:
        free = False  # a folder we may only read: believe what is written
    return None if free and not _lives_elsewhere(owner, path) else owner


def _this_process() -> dict[str, Any]:
    return {"process": os.getpid(), "host": socket.gethostname(), "since": now()}


def _owner(path: Path) -> dict[str, Any]:
    """Read who wrote the lock last; empty where nobody holds it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _lives_elsewhere(owner: dict[str, Any], path: Path) -> bool:
    """Whether the owner is on another machine and has touched its lock lately."""
    if not owner or owner.get("host") == socket.gethostname():
        return False
    return time.time() - path.stat().st_mtime < SILENT_SECONDS


def _refusal(folder: Path, path: Path, owner: dict[str, Any]) -> str:
    remedy = "wait for it, or choose another --out"
    if _lives_elsewhere(owner, path):
        remedy += f", or delete {path.name} if that process is gone"
    who = (
        f"process {owner.get('process')} on {owner.get('host')} since {owner.get('since')}"
        if owner
        else "another process"
    )
    return f"{folder}: {who} is writing into it, expected one writer; {remedy}"


if sys.platform == "win32":
    import msvcrt

    def _locked(file: IO[str]) -> bool:
        """Take the system's lock, or say that another process has it."""
        file.seek(1 << 20)  # far behind the text, so that it can still be read
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(file: IO[str]) -> bool:
        """Take the system's lock, or say that another process has it."""
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
