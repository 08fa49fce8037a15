"""What a run folder holds of a plan, and what of it can be kept."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from mc_engine.errors import RequestError
from mc_engine.run import journal, lock, store
from mc_engine.run.chunks import DamagedChunkError, Row, prefix, read_chunk
from mc_engine.run.collect import ChunkPiece, DatasetPiece, Piece
from mc_engine.run.contents import ROWS_PER_COLUMN
from mc_engine.run.durable import PART, disk_errors
from mc_engine.run.plan import RunPlan
from mc_engine.run.tally import Tally

DONE = "done"
# Of an earlier session, kept when a run goes on.
_KEPT = ("started", "mixed", "collected", "chunks", "sessions")


def manifest_in(plan: RunPlan) -> dict[str, Any] | None:
    """Read the manifest of the run that a folder holds; None where it holds nothing.

    Raises
    ------
    RequestError
        When it holds something else.
    """
    folder = plan.folder
    if folder.exists() and not folder.is_dir():
        raise RequestError(f"{folder}: found a file, expected a folder; choose another --out")
    if not folder.exists() or all(path.name == lock.LOCK for path in folder.iterdir()):
        return None
    if not (folder / journal.MANIFEST).exists():
        if _begun(folder):
            return None
        raise RequestError(
            f"{folder}: not empty and no run of ours; choose another --out or empty it"
        )
    manifest = journal.read_manifest(folder)
    if manifest["identity"] != plan.identity:
        raise RequestError(
            f"{folder}: holds run {manifest['identity']}, this one is {plan.identity} "
            "(priors, scenario, design, seed or code differ); choose another --out"
        )
    return manifest


def _begun(folder: Path) -> bool:
    """Whether a session ended between making the folder and writing its manifest."""
    ours = {journal.INPUTS, journal.CANARY, journal.LOG, journal.CHUNKS, lock.LOCK}
    names = {path.name.removesuffix(PART) for path in folder.iterdir()}
    if not names <= ours | {journal.MANIFEST} or journal.LOG not in names:
        return False
    first = (folder / journal.LOG).read_text(encoding="utf-8", errors="replace").split("\n")[0]
    return any(word in first for word in (" start ", " lock of process "))


def clear_chunks(folder: Path) -> None:
    """Remove the chunks of a finished run, which a kill at its very end has left."""
    chunks = folder / journal.CHUNKS
    if chunks.exists():
        with lock.held(folder), disk_errors(chunks):
            shutil.rmtree(chunks)


def is_whole(folder: Path, manifest: Mapping[str, Any]) -> bool:
    """Whether a run is finished and all its files are there."""
    files = (store.DRAWS_FILE, store.SERIES_FILE, journal.SUMMARY)
    return manifest["state"] == DONE and all((folder / name).exists() for name in files)


def answers(held: Mapping[str, Any], plan: RunPlan, precision: float | None) -> bool:
    """Whether a finished run holds all that is asked for.

    Parameters
    ----------
    held : mapping
        Its manifest.
    plan : RunPlan
    precision : float or None
        Half-width of P(miss) that would do as well as all draws.
    """
    told = held.get("precision")
    precise = precision is not None and told is not None and told["half_width"] <= precision
    return (
        (held["draws"] >= plan.draws or precise)
        and held["series"] >= min(plan.series, plan.draws, held["draws"])
        and {spec.name for spec in plan.variables} <= set(held["outputs"])
    )


def draws_there(folder: Path, held: Mapping[str, Any]) -> int:
    """Count the draws, from the first on, that a folder holds: collected or in chunks."""
    collected = int(held.get("collected", {}).get("draws", 0))
    rows = [(int(row["start"]), int(row["stop"])) for row in journal.chunk_rows(folder)]
    return prefix([(0, collected), *rows])


def widened(plan: RunPlan, held: Mapping[str, Any]) -> RunPlan:
    """Ask for no fewer trajectories and variables than a folder has already."""
    wanted = {spec.name for spec in plan.variables} | set(held["outputs"])
    return replace(
        plan,
        series=max(plan.series, held["series"]),
        variables=tuple(spec for spec in plan.specs if spec.yearly and spec.name in wanted),
    )


# First draw, one past the last, and how these draws ended.
Counted = tuple[int, int, Tally]


@dataclass
class Held:
    """Draws of a plan that its folder holds.

    Attributes
    ----------
    manifest : dict
        Of the earlier sessions; empty for a new run.
    rows : list of Row
        Finished chunks.
    dataset : DatasetPiece or None
        Draws of ``draws.nc`` and ``series.nc``.
    """

    manifest: dict[str, Any]
    rows: list[Row]
    dataset: DatasetPiece | None

    def __bool__(self) -> bool:
        """Whether there is anything to go on from."""
        return bool(self.rows) or self.dataset is not None

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest keeps of earlier sessions."""
        return {name: self.manifest[name] for name in _KEPT if name in self.manifest}

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First draw, and one past the last, of every piece."""
        found = [(row.start, row.stop) for row in self.rows]
        return found if self.dataset is None else [(self.dataset.start, self.dataset.stop), *found]

    def pieces(self, folder: Path) -> list[Piece]:
        """Everything there is, ready to be read."""
        chunks: list[Piece] = [ChunkPiece(folder / journal.CHUNKS, row) for row in self.rows]
        return chunks if self.dataset is None else [self.dataset, *chunks]

    def table(self, draws: int) -> list[dict[str, Any]]:
        """Chunks behind the first draws, for the manifest."""
        before = [row for row in self.facts.get("chunks", []) if self.dataset is not None]
        rows = [
            {"start": r.start, "stop": r.stop, "name": r.name, "checksum": r.checksum}
            for r in self.rows
        ]
        known = {(row["start"], row["stop"]): row for row in [*before, *rows]}
        return [known[span] for span in sorted(known) if span[0] < draws]

    def chunk_tallies(self, plan: RunPlan, cuts: Sequence[int] = ()) -> Iterator[Counted]:
        """Count every chunk; one that reaches over a cut is counted in parts."""
        for row in self.rows:
            if not _crosses(row, cuts):
                yield row.start, row.stop, row.tally
                continue
            arrays = read_chunk(plan.folder / journal.CHUNKS, row)
            for first, last in _parts(row.start, row.stop, cuts):
                part = slice(first - row.start, last - row.start)
                miss, status = arrays["draw.miss"][part], arrays["draw.status"][part]
                yield first, last, Tally.of(plan.sampling.design, first, miss, status)


def dataset_tallies(
    plan: RunPlan, dataset: DatasetPiece | None, cuts: Sequence[int] = ()
) -> Iterator[Counted]:
    """Count the draws of ``draws.nc``, in parts of which none reaches over a cut."""
    if dataset is None:
        return
    blocks = range(dataset.start, dataset.stop, ROWS_PER_COLUMN)
    for first, last in _parts(dataset.start, dataset.stop, sorted({*cuts, *blocks})):
        found = store.stored_rows(plan.folder, first, last, 0, ("miss", "status"))
        miss, status = found["draw.miss"], found["draw.status"]
        yield first, last, Tally.of(plan.sampling.design, first, miss, status)


def _parts(start: int, stop: int, cuts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Cut a span at the numbers that lie inside it."""
    yield from pairwise([start, *(cut for cut in cuts if start < cut < stop), stop])


def look(plan: RunPlan, cuts: Sequence[int] = ()) -> Held:
    """Find what a folder holds of a plan; what lacks trajectories that are wanted is left out.

    Parameters
    ----------
    plan : RunPlan
    cuts : sequence of int
        Chunks that reach over one of these numbers of draws will be counted in parts; a damaged
        one among them is left out.

    Raises
    ------
    RequestError
        When the folder holds something else.
    """
    manifest = manifest_in(plan)
    if manifest is None:
        return Held({}, [], None)
    wanted = {spec.name for spec in plan.variables}
    same = wanted <= set(manifest["outputs"])
    series = min(plan.series, plan.draws)
    rows = []
    for found in map(Row.from_json, journal.chunk_rows(plan.folder)):
        needed = max(0, min(found.stop, series) - found.start)
        if found.kept >= needed and (same or not needed):
            rows.append(found)
    dataset = _dataset(plan, manifest, wanted)
    inside = range(dataset.start, dataset.stop + 1) if dataset is not None else range(0)
    known = {
        (row.start, row.stop): row
        for row in rows
        if row.start not in inside or row.stop not in inside
    }
    rows = [row for row in known.values() if not _crosses(row, cuts) or _readable(plan, row)]
    return Held(manifest, rows, dataset)


def _crosses(row: Row, cuts: Sequence[int]) -> bool:
    return any(row.start < cut < row.stop for cut in cuts)


def _readable(plan: RunPlan, row: Row) -> bool:
    try:
        read_chunk(plan.folder / journal.CHUNKS, row)
    except DamagedChunkError:
        return False
    return True


def _dataset(plan: RunPlan, manifest: Mapping[str, Any], wanted: set[str]) -> DatasetPiece | None:
    """Find the draws of the collected files that can be kept."""
    collected = manifest.get("collected")
    files = (store.DRAWS_FILE, store.SERIES_FILE)
    if collected is None or not all((plan.folder / name).exists() for name in files):
        return None
    series = min(plan.series, plan.draws)
    first = 0
    if collected["series"] < min(series, collected["draws"]) or not wanted <= set(
        collected["outputs"]
    ):
        first = min(series, collected["draws"])
    if first >= collected["draws"]:
        return None
    return DatasetPiece(plan.folder, first, collected["draws"], collected["series"])
