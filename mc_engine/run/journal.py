"""The manifest of a run folder and the journal of its chunks.

The manifest is written whole, under a temporary name, then renamed. The journal gets one line per
finished chunk, so that its cost does not grow with the number of chunks. A line that a power cut
left unfinished, or that was damaged since, counts for nothing: its chunk is computed again.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mc_engine.errors import NotFoundError, RequestError
from mc_engine.run.durable import disk_errors, sync_folder, write

SCHEMA_VERSION = 1
MANIFEST = "run.json"
SUMMARY = "summary.json"
LOG = "log.txt"
INPUTS = "inputs"
CHUNKS = "chunks"
CHUNK_JOURNAL = "journal.jsonl"
CANARY = "canary.npz"
# Hexadecimal digits of a checksum.
HALF = 32


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
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write(path, text.encode())


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


def _line(row: Mapping[str, Any]) -> str:
    """Write a row with its own checksum, so that a damaged line is known for one."""
    text = json.dumps(dict(row), sort_keys=True)
    return json.dumps({**row, "line": checksum(text.encode())}, sort_keys=True) + "\n"


def append_chunk(folder: Path, row: Mapping[str, Any]) -> None:
    """Enter a finished chunk in the journal, durably.

    Parameters
    ----------
    folder : Path
        The run folder.
    row : mapping
        ``start``, ``stop``, ``name``, ``checksum`` ...

    Raises
    ------
    RunError
        When the disk refuses.
    """
    path = folder / CHUNKS / CHUNK_JOURNAL
    with disk_errors(path), path.open("ab") as file:
        file.write(_line(row).encode())
        file.flush()
        os.fsync(file.fileno())


def chunk_rows(folder: Path) -> list[dict[str, Any]]:
    """Read the whole lines of the journal; none where there is no journal.

    Parameters
    ----------
    folder : Path
        The run folder.
    """
    path = folder / CHUNKS / CHUNK_JOURNAL
    if not path.exists():
        return []
    rows = []
    for line in path.read_bytes().split(b"\n"):
        try:
            row = json.loads(line)
            found = row.pop("line")
        except (ValueError, KeyError, AttributeError, TypeError):
            continue
        if found == checksum(json.dumps(row, sort_keys=True).encode()):
            rows.append(row)
    return rows


def write_rows(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Begin the journal anew with these rows, dropping whatever else stood in it."""
    path = folder / CHUNKS / CHUNK_JOURNAL
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sync_folder(folder)
    text = "".join(map(_line, rows))
    write(path, text.encode())


def append_log(folder: Path, event: str) -> None:
    """Add one line with the time to the run's log."""
    path = folder / LOG
    with disk_errors(path), path.open("a", encoding="utf-8") as file:
        file.write(f"{now()} {event}\n")


def checksum(data: bytes | memoryview) -> str:
    """First half of the SHA-256 of some bytes, 32 hexadecimal digits.

    Processors compute it themselves: twice as fast as BLAKE2b where it was measured.
    """
    return hashlib.sha256(data).hexdigest()[:HALF]
