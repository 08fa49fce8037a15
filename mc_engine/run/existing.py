"""Draws of a plan that its run folder holds already, and what a request adds to them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from mc_engine.errors import RequestError
from mc_engine.run.chunks import DamagedChunkError, Row, prefix
from mc_engine.run.collect import ChunkPiece, DatasetPiece, Piece
from mc_engine.run.contents import ROWS_PER_COLUMN
from mc_engine.run.folder import RunFolder
from mc_engine.run.plan import RunPlan
from mc_engine.run.tally import Tally

# Facts of earlier sessions that the manifest retains when a run is resumed.
_RETAINED = ("started", "mixed", "collected", "chunks", "sessions")

# First draw, one past the last, and how these draws ended.
Counted = tuple[int, int, Tally]


def matching_manifest(folder: RunFolder, identity: str) -> dict[str, Any] | None:
    """Read the manifest of the run that a folder holds; None where it holds nothing.

    Parameters
    ----------
    folder : RunFolder
    identity : str
        Of the run that the folder may hold.

    Raises
    ------
    RequestError
        When it holds something else.
    """
    if folder.is_empty():
        return None
    if not folder.has_manifest():
        if folder.is_begun():
            return None
        raise RequestError(
            f"{folder.path}: not empty and no run of ours; choose another --out or empty it"
        )
    manifest = folder.read_manifest()
    if manifest["identity"] != identity:
        raise RequestError(
            f"{folder.path}: holds run {manifest['identity']}, this one is {identity} "
            "(priors, scenario, design, seed or code differ); choose another --out"
        )
    return manifest


def points_to_extend(folder: RunFolder | None, design: str) -> int:
    """Give the points per replicate of the Latin run that a folder holds; 0 where there is none.

    A Latin design is a function of these points, so a run of it grows by further replicates of as
    many.

    Parameters
    ----------
    folder : RunFolder or None
        Requested by name.
    design : str
        Requested; only a Latin design has such points.
    """
    if design != "latin" or folder is None or not folder.has_manifest():
        return 0
    return int(folder.read_manifest()["design"].get("points", 0))


def answers(manifest: Mapping[str, Any], plan: RunPlan, precision: float | None) -> bool:
    """Whether a finished run holds all that is requested.

    Parameters
    ----------
    manifest : mapping
        Of the run.
    plan : RunPlan
    precision : float or None
        Half-width of P(miss) that would do as well as all draws.
    """
    reached = manifest.get("precision")
    precise = precision is not None and reached is not None and reached["half_width"] <= precision
    return (
        (manifest["draws"] >= plan.draws or precise)
        and manifest["series"] >= min(plan.series, plan.draws, manifest["draws"])
        and {spec.name for spec in plan.variables} <= set(manifest["outputs"])
    )


def contiguous_draws(folder: RunFolder, manifest: Mapping[str, Any]) -> int:
    """Count the draws, from the first on, that a folder holds: collected or in chunks."""
    collected = int(manifest.get("collected", {}).get("draws", 0))
    return prefix([(0, collected), *((row.start, row.stop) for row in folder.rows())])


def covering_plan(plan: RunPlan, manifest: Mapping[str, Any]) -> RunPlan:
    """Request no fewer trajectories and variables than a folder has already."""
    wanted = {spec.name for spec in plan.variables} | set(manifest["outputs"])
    return replace(
        plan,
        series=max(plan.series, manifest["series"]),
        variables=tuple(spec for spec in plan.specs if spec.yearly and spec.name in wanted),
    )


@dataclass
class ExistingDraws:
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
        """Whether there is anything to resume from."""
        return bool(self.rows) or self.dataset is not None

    @property
    def facts(self) -> dict[str, Any]:
        """Facts of earlier sessions that the manifest retains."""
        return {name: self.manifest[name] for name in _RETAINED if name in self.manifest}

    @property
    def collected(self) -> int:
        """Draws that the datasets of an earlier session hold."""
        return int(self.manifest.get("collected", {}).get("draws", 0))

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First draw, and one past the last, of every piece."""
        chunks = [(row.start, row.stop) for row in self.rows]
        if self.dataset is None:
            return chunks
        return [(self.dataset.start, self.dataset.stop), *chunks]

    def pieces(self, folder: RunFolder) -> list[Piece]:
        """Everything there is, ready to be read."""
        chunks: list[Piece] = [ChunkPiece(folder.chunks, row) for row in self.rows]
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


def chunk_tallies(
    plan: RunPlan, folder: RunFolder, rows: Sequence[Row], cuts: Sequence[int] = ()
) -> Iterator[Counted]:
    """Count every chunk; one that reaches over a cut is counted in parts."""
    for row in rows:
        if not _crosses(row, cuts):
            yield row.start, row.stop, row.tally
            continue
        arrays = folder.read_chunk(row)
        for first, last in _parts(row.start, row.stop, cuts):
            part = slice(first - row.start, last - row.start)
            miss, status = arrays["draw.miss"][part], arrays["draw.status"][part]
            yield first, last, Tally.of(plan.sampling.design, first, miss, status)


def dataset_tallies(
    plan: RunPlan, folder: RunFolder, dataset: DatasetPiece | None, cuts: Sequence[int] = ()
) -> Iterator[Counted]:
    """Count the draws of ``draws.nc``, in parts of which none reaches over a cut."""
    if dataset is None:
        return
    blocks = range(dataset.start, dataset.stop, ROWS_PER_COLUMN)
    for first, last in _parts(dataset.start, dataset.stop, sorted({*cuts, *blocks})):
        arrays = folder.stored_rows(first, last, 0, ("miss", "status"))
        miss, status = arrays["draw.miss"], arrays["draw.status"]
        yield first, last, Tally.of(plan.sampling.design, first, miss, status)


def _parts(start: int, stop: int, cuts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Cut a span at the numbers that lie inside it."""
    yield from pairwise([start, *(cut for cut in cuts if start < cut < stop), stop])


def existing_draws(plan: RunPlan, folder: RunFolder, cuts: Sequence[int] = ()) -> ExistingDraws:
    """Find what a folder holds of a plan; what lacks requested trajectories is left out.

    Parameters
    ----------
    plan : RunPlan
    folder : RunFolder
        That of the plan.
    cuts : sequence of int
        Chunks that reach over one of these numbers of draws will be counted in parts; a damaged
        one among them is left out.

    Raises
    ------
    RequestError
        When the folder holds something else.
    """
    manifest = matching_manifest(folder, plan.identity)
    if manifest is None:
        return ExistingDraws({}, [], None)
    wanted = {spec.name for spec in plan.variables}
    same = wanted <= set(manifest["outputs"])
    series = min(plan.series, plan.draws)
    rows = []
    for row in folder.rows():
        needed = max(0, min(row.stop, series) - row.start)
        if row.trajectories >= needed and (same or not needed):
            rows.append(row)
    dataset = _dataset(plan, folder, manifest, wanted)
    inside = range(dataset.start, dataset.stop + 1) if dataset is not None else range(0)
    known = {
        (row.start, row.stop): row
        for row in rows
        if row.start not in inside or row.stop not in inside
    }
    rows = [row for row in known.values() if not _crosses(row, cuts) or _readable(folder, row)]
    return ExistingDraws(manifest, rows, dataset)


def _crosses(row: Row, cuts: Sequence[int]) -> bool:
    return any(row.start < cut < row.stop for cut in cuts)


def _readable(folder: RunFolder, row: Row) -> bool:
    try:
        folder.read_chunk(row)
    except DamagedChunkError:
        return False
    return True


def _dataset(
    plan: RunPlan, folder: RunFolder, manifest: Mapping[str, Any], wanted: set[str]
) -> DatasetPiece | None:
    """Find the draws of the collected files that can be used again."""
    collected = manifest.get("collected")
    if collected is None or not folder.has_datasets():
        return None
    series = min(plan.series, plan.draws)
    first = 0
    if collected["series"] < min(series, collected["draws"]) or not wanted <= set(
        collected["outputs"]
    ):
        first = min(series, collected["draws"])
    if first >= collected["draws"]:
        return None
    return DatasetPiece(folder.path, first, collected["draws"], collected["series"])
