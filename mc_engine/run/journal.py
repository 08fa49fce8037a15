"""The manifest of a run folder: written whole, under a temporary name, then renamed."""

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mc_engine.errors import NotFoundError, RunError

SCHEMA_VERSION = 1
MANIFEST = "run.json"
SUMMARY = "summary.json"
LOG = "log.txt"


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
    RunError
        When it was written by a newer version, or is not JSON.
    """
    path = folder / MANIFEST
    if not path.exists():
        raise NotFoundError(f"{folder}: no run here (no {MANIFEST}); give the folder of a run")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise RunError(
            f"{path}: not readable as JSON ({error}); run again into another --out"
        ) from error
    if manifest.get("schema_version", 0) > SCHEMA_VERSION:
        raise RunError(
            f"{path}: schema_version {manifest['schema_version']}, expected at most "
            f"{SCHEMA_VERSION}; read it with a newer mc_engine"
        )
    return dict(manifest)


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
