"""The run folder: the one owner of its files, their names, and how each is read and written.

=================  ==============================================================================
``run.json``       the manifest: what was requested, what makes the result, state of the run
``draws.nc``       one value per draw
``series.nc``      yearly trajectories of the first draws
``summary.json``   chances and ranges of the finished run
``inputs/``        the exact files that were read
``canary.npz``     the first draws of the machine that began the run, with every output
``chunks/``        finished chunks and their journal, until the datasets are whole
``log.txt``        one line per event
``lock``           who writes into the folder
``weights.nc``     weights of the draws under the observations, where they were weighted
=================  ==============================================================================

Results made from a finished run (rankings, chances under the observations) are JSON files and
datasets beside these, under names of their own.
"""

import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.errors import NotFoundError, RequestError, RunError
from mc_engine.run import lock, store
from mc_engine.run.chunks import Arrays, Row, read_chunk
from mc_engine.run.durable import PART, disk_errors, sync_folder, write
from mc_engine.run.journal import (
    SCHEMA_VERSION,
    decode_lines,
    encode_line,
    now,
    read_json,
    write_json,
)

MANIFEST, SUMMARY, LOG, CANARY = "run.json", "summary.json", "log.txt", "canary.npz"
INPUTS, CHUNKS, JOURNAL = "inputs", "chunks", "journal.jsonl"
# Chances under the observations, beside the weights.
CONSTRAINED = "constrained.json"
# What to do about a run that was cut short.
RESUME = "run the same command again to resume"
# State of a finished run; states of a run that a process is writing.
DONE, AT_WORK = "done", ("running", "collecting")


class RunFolder:
    """The folder of one run, whether it holds nothing yet, a part of the run, or all of it.

    Parameters
    ----------
    path : str or Path

    Attributes
    ----------
    path : Path
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    # Names.

    @property
    def chunks(self) -> Path:
        """Folder of the finished chunks."""
        return self.path / CHUNKS

    @property
    def journal(self) -> Path:
        """Journal of the finished chunks."""
        return self.chunks / JOURNAL

    @property
    def inputs(self) -> Path:
        """Folder of the files that were read."""
        return self.path / INPUTS

    # The folder as a whole.

    def make(self) -> None:
        """Create the folder where there is none.

        Raises
        ------
        RunError
            When the disk refuses.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"{self.path}: cannot be made: {error.strerror}; choose another --out"
            ) from error

    def is_empty(self) -> bool:
        """Whether there is no folder, or nothing in it but a lock.

        Raises
        ------
        RequestError
            When a file stands there.
        """
        if self.path.exists() and not self.path.is_dir():
            raise RequestError(
                f"{self.path}: found a file, expected a folder; choose another --out"
            )
        return not self.path.exists() or all(path.name == lock.LOCK for path in self.path.iterdir())

    def is_begun(self) -> bool:
        """Whether a session ended between making the folder and writing its manifest."""
        ours = {INPUTS, CANARY, LOG, CHUNKS, lock.LOCK, MANIFEST}
        names = {path.name.removesuffix(PART) for path in self.path.iterdir()}
        if not names <= ours or LOG not in names:
            return False
        first = (self.path / LOG).read_text(encoding="utf-8", errors="replace").split("\n")[0]
        return any(word in first for word in (" start ", " lock of process "))

    def is_whole(self, manifest: Mapping[str, Any]) -> bool:
        """Whether the run is finished and all its files are there."""
        finished = manifest["state"] == DONE and (self.path / SUMMARY).exists()
        return finished and self.has_datasets()

    @contextmanager
    def locked(self) -> Iterator[lock.Lock]:
        """Hold the folder for writing.

        Raises
        ------
        RequestError
            When another process writes into it.
        """
        with lock.held(self.path, self.log) as owner:
            yield owner

    def writer(self) -> dict[str, Any] | None:
        """Name who is writing: process, host and since; None for nobody."""
        return lock.holder(self.path)

    def log(self, event: str) -> None:
        """Add one line with the time to the log."""
        path = self.path / LOG
        with disk_errors(path), path.open("a", encoding="utf-8") as file:
            file.write(f"{now()} {event}\n")

    # Manifest, summary, and results beside the run.

    def has_manifest(self) -> bool:
        """Whether there is a manifest."""
        return (self.path / MANIFEST).exists()

    def read_manifest(self) -> dict[str, Any]:
        """Read the manifest.

        Raises
        ------
        NotFoundError
            When the folder holds no run.
        RequestError
            When it was written by a newer version, or is not the JSON of a manifest.
        """
        path = self.path / MANIFEST
        if not path.exists():
            raise NotFoundError(
                f"{self.path}: no run here (no {MANIFEST}); give the folder of a run"
            )
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise RequestError(
                f"{path}: not readable as JSON ({error}); run again into another --out"
            ) from error
        version = manifest.get("schema_version") if isinstance(manifest, dict) else None
        if not isinstance(version, int):
            raise RequestError(
                f"{path}: no manifest of a run (no schema_version); choose another --out"
            )
        if version > SCHEMA_VERSION:
            raise RequestError(
                f"{path}: schema_version {version}, expected at most {SCHEMA_VERSION}; read it "
                "with a newer mc_engine"
            )
        return dict(manifest)

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Replace the manifest.

        Raises
        ------
        RunError
            When the disk refuses.
        """
        write_json(self.path / MANIFEST, manifest)

    def read_summary(self) -> dict[str, Any]:
        """Read the summary.

        Raises
        ------
        NotFoundError
            When the run is unfinished.
        """
        path = self.path / SUMMARY
        if not path.exists():
            raise NotFoundError(f"{path}: not there; the run is unfinished: start it again")
        return read_json(path)

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Replace the summary."""
        write_json(self.path / SUMMARY, summary)

    def read_result(self, name: str) -> dict[str, Any]:
        """Read a JSON result that stands beside the run; empty where there is none."""
        return read_json(self.path / name)

    def write_result(self, name: str, result: Mapping[str, Any]) -> None:
        """Write a JSON result beside the run."""
        write_json(self.path / name, result)

    # Inputs and canary draws.

    def read_inputs(self) -> dict[str, bytes]:
        """Read the files that the run was made from, by path within ``inputs/``."""
        paths = [path for path in self.inputs.rglob("*") if path.is_file()]
        return {path.relative_to(self.inputs).as_posix(): path.read_bytes() for path in paths}

    def write_inputs(self, files: Mapping[str, bytes]) -> None:
        """Store the exact files that were read.

        Parameters
        ----------
        files : mapping of str to bytes
            By path within the region's folder.
        """
        for name, content in files.items():
            path = self.inputs / name.lstrip("./")
            with disk_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            write(path, content)

    def read_canary(self, remedy: str) -> Arrays:
        """Read the canary draws of the machine that began the run.

        Parameters
        ----------
        remedy : str
            What to do where they cannot be read.

        Raises
        ------
        RequestError
            When they are gone or cannot be read.
        """
        path = self.path / CANARY
        try:
            with np.load(path, allow_pickle=False) as file:
                return {key: file[key] for key in file.files}
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
            raise RequestError(f"{path}: cannot be read ({error}); {remedy}") from None

    def write_canary(self, outputs: Mapping[str, NDArray[Any]]) -> None:
        """Store the canary draws of a new run."""
        content = io.BytesIO()
        arrays: dict[str, Any] = dict(outputs)
        np.savez_compressed(content, **arrays)
        write(self.path / CANARY, content.getvalue())

    # Chunks and their journal.

    def append_row(self, row: Row, **more: Any) -> None:
        """Enter a finished chunk in the journal, durably.

        Parameters
        ----------
        row : Row
        **more
            Further facts of the line.

        Raises
        ------
        RunError
            When the disk refuses.
        """
        with disk_errors(self.journal), self.journal.open("ab") as file:
            file.write(encode_line(row.as_json() | more))
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> list[dict[str, Any]]:
        """Read the undamaged lines of the journal; none where there is no journal."""
        return list(decode_lines(self.journal.read_bytes())) if self.journal.exists() else []

    def rows(self) -> list[Row]:
        """Read what the journal says of each finished chunk."""
        return [Row.from_json(line) for line in self.lines()]

    def rewrite_rows(self, rows: Iterable[Row]) -> None:
        """Begin the journal anew with these rows, dropping whatever else stood in it."""
        with disk_errors(self.journal):
            self.chunks.mkdir(parents=True, exist_ok=True)
            sync_folder(self.path)
        write(self.journal, b"".join(encode_line(row.as_json()) for row in rows))

    def read_chunk(self, row: Row) -> Arrays:
        """Read one chunk; see ``chunks.read_chunk``."""
        return read_chunk(self.chunks, row)

    def remove_chunks_except(self, rows: Iterable[Row]) -> None:
        """Remove chunks that are half written or were never entered in the journal."""
        known = {row.name for row in rows} | {JOURNAL}
        with disk_errors(self.chunks):
            for path in self.chunks.iterdir():
                if path.name not in known:
                    path.unlink()

    def remove_chunks(self) -> None:
        """Remove all chunks and their journal; to be called under the lock."""
        if self.chunks.exists():
            with disk_errors(self.chunks):
                shutil.rmtree(self.chunks)

    # Datasets.

    def has_datasets(self) -> bool:
        """Whether both datasets are there."""
        return all((self.path / name).exists() for name in (store.DRAWS_FILE, store.SERIES_FILE))

    @property
    def draws(self) -> xr.Dataset:
        """Dataset of one value per draw (lazy)."""
        return store.open_dataset(self.path, store.DRAWS_FILE)

    @property
    def series(self) -> xr.Dataset:
        """Dataset of yearly trajectories of the first draws (lazy)."""
        return store.open_dataset(self.path, store.SERIES_FILE)

    def stored_rows(self, first: int, last: int, series: int, names: Sequence[str] = ()) -> Arrays:
        """Read consecutive draws of the datasets; see ``store.stored_rows``."""
        return store.stored_rows(self.path, first, last, series, names)

    def remove_unfinished_datasets(self) -> None:
        """Remove what is left of datasets that were not finished."""
        store.remove_parts(self.path)

    def read_weights(self) -> xr.Dataset | None:
        """Open the weights of the draws (lazy); None where they were not weighted."""
        if not (self.path / store.WEIGHTS_FILE).exists():
            return None
        return store.open_dataset(self.path, store.WEIGHTS_FILE)
