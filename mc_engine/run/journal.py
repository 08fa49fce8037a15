"""Forms of the text files of a run folder: whole JSON files, and lines with checksums.

JSON is written under a temporary name, then renamed. A journal gets one line per finished chunk, so
that its cost does not grow with their number. A line that a power cut left unfinished, or that was
damaged since, is not read: its chunk is computed again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mc_engine.run.durable import write

# Of manifests, journals and datasets.
SCHEMA_VERSION = 1
# Hexadecimal digits of a checksum.
CHECKSUM_DIGITS = 32


def now() -> str:
    """Format this moment in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def checksum(data: bytes | memoryview) -> str:
    """First half of the SHA-256 of some bytes, 32 hexadecimal digits.

    Processors compute it themselves: twice as fast as BLAKE2b where it was measured.
    """
    return hashlib.sha256(data).hexdigest()[:CHECKSUM_DIGITS]


def write_json(path: Path, data: Any) -> None:
    """Write JSON so that the file is either the old one or the whole new one.

    Raises
    ------
    RunError
        When the disk refuses.
    """
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write(path, text.encode())


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; empty where there is no such file."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def encode_line(row: Mapping[str, Any]) -> bytes:
    """Format a row as one line with a checksum, by which a damaged line is recognised."""
    text = json.dumps(dict(row), sort_keys=True)
    line = json.dumps({**row, "line": checksum(text.encode())}, sort_keys=True) + "\n"
    return line.encode()


def decode_lines(data: bytes) -> Iterable[dict[str, Any]]:
    """Give the rows of the undamaged lines, in order."""
    for line in data.split(b"\n"):
        try:
            row = json.loads(line)
            expected = row.pop("line")
        except (ValueError, KeyError, AttributeError, TypeError):
            continue
        if checksum(json.dumps(row, sort_keys=True).encode()) == expected:
            yield row
