"""The manifest of a run folder and the journal of its chunks.

The manifest is written whole, under a temporary name, then renamed. The journal gets one line per
finished chunk, so that its cost does not grow with the number of chunks.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mc_engine.errors import NotFoundError, RequestError, RunError

SCHEMA_VERSION = 1
MANIFEST = "run.json"
SUMMARY = "summary.json"
LOG = "log.txt"
INPUTS = "inputs"
CHUNKS = "chunks"
CHUNK_JOURNAL = "journal.jsonl"


def now() -> str:
    """This moment in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_json(path: Path, data: Any) -> None:
    """Write JSON so that the file is either the old one or the whole new one.

    Raises
    ------
    RunError
        When the disk refuses.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8") as file:
            json.dump(data, file, indent=1, ensure_ascii=False, allow_nan=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise RunError(
            f"{path}: cannot write: {error.strerror}; free space or choose --out"
        ) from error


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a run's manifest.

    Raises
    ------
    NotFoundError
        When the folder holds no run.
    RequestError
        When it was written by a newer version, or is not the JSON of a manifest.
    """
    path = folder / MANIFEST
    if not path.exists():
        raise NotFoundError(f"{folder}: no run here (no {MANIFEST}); give the folder of a run")
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
            f"{path}: schema_version {version}, expected at most {SCHEMA_VERSION}; read it with a "
            "newer mc_engine"
        )
    return dict(manifest)


def append_chunk(folder: Path, row: Mapping[str, Any]) -> None:
    """Enter a finished chunk in the journal, durably.

    Parameters
    ----------
    folder : Path
        The run folder.
    row : mapping
        ``start``, ``stop``, ``name``, ``checksum``.

    Raises
    ------
    RunError
        When the disk refuses.
    """
    path = folder / CHUNKS / CHUNK_JOURNAL
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(dict(row)) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RunError(
            f"{path}: cannot write: {error.strerror}; free space or choose another --out"
        ) from error


def append_log(folder: Path, event: str) -> None:
    """Add one line with the time to the run's log."""
    with (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(f"{now()} {event}\n")


def file_checksum(path: Path) -> str:
    """BLAKE2b of a file's bytes, 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
