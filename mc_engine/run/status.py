"""How far a run is, read from its folder by anyone at any time."""

from datetime import datetime
from pathlib import Path
from typing import Any

from mc_engine.intervals import LEVEL
from mc_engine.run.chunks import Row
from mc_engine.run.folder import AT_WORK, DONE, RESUME, RunFolder
from mc_engine.run.tally import Tally, total

# Rows of the journal from which the rate is taken.
_RECENT = 60


def status(folder: str | Path) -> dict[str, Any]:
    """Describe how far a run is.

    Parameters
    ----------
    folder : str or Path
        The run folder.

    Returns
    -------
    dict
        ``run``, ``state`` (running, collecting, interrupted, done, failed), ``draws`` (wanted),
        ``done``, ``failed``, ``rate`` (draws per second; None where nothing tells), ``writer``
        (process, host, since; None for nobody), ``rule`` (what may end it before all draws; None
        without), ``stop_reason``, and ``targets``: the running chance of missing each, with its
        interval.

    Raises
    ------
    NotFoundError, RequestError
        When the folder holds no run, or one of a newer version.
    """
    files = RunFolder(folder)
    manifest = files.read_manifest()
    writer = files.writer()
    # Of a run that has ended the counts are those of the manifest.
    unfinished = manifest["state"] in (*AT_WORK, "interrupted")
    lines = files.lines() if unfinished else []
    state, reason = manifest["state"], manifest["stop_reason"]
    if writer is None and state in AT_WORK:
        state, reason = "interrupted", f"its process is gone; {RESUME}"
    names = manifest.get("targets", [])
    counted = [Row.from_json(line).tally for line in lines]
    if "counted" in manifest:
        counted.append(Tally.from_row(manifest["counted"]))
    tally = total(counted, len(names), int(manifest["design"]["replicates"]))
    rows = []
    for name, chance in zip(names, tally.chances(), strict=True):
        row = {"name": name, "p_miss": None, "low": None, "high": None, "level": LEVEL}
        if chance is not None:
            row |= {"p_miss": chance.estimate, "low": chance.low, "high": chance.high}
        rows.append(row | {"method": None if chance is None else chance.method})
    done = int(tally.draws.sum())
    return {
        "run": str(files.path),
        "state": state,
        "draws": manifest["draws"],
        "done": min(done, manifest["draws"]),
        "failed": done - tally.codes.get(0, 0),
        "rate": _rate(lines) if state == "running" else None,
        "writer": writer,
        "rule": manifest.get("rule") or None,
        "stop_reason": None if state in AT_WORK else reason,
        "finished": manifest.get("finished") if state == DONE else None,
        "targets": rows,
    }


def _rate(lines: list[dict[str, Any]]) -> float | None:
    """Draws per second over the last rows of the journal."""
    recent = [line for line in lines if "at" in line][-_RECENT:]
    if len(recent) < 2:
        return None
    first, last = (datetime.fromisoformat(recent[k]["at"]) for k in (0, -1))
    seconds = (last - first).total_seconds()
    draws = sum(line["stop"] - line["start"] for line in recent[1:])
    return draws / seconds if seconds > 0.0 else None
