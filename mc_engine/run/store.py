"""Chunks on disk and the two collected datasets; the only door to NetCDF.

A chunk is written under a temporary name, flushed, renamed, and only then entered in the
journal with its checksum. The datasets are written under temporary names too.
"""

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.errors import NotFoundError, RunError
from mc_engine.run.executor import MILESTONES, ChunkResult
from mc_engine.run.journal import SCHEMA_VERSION, file_checksum
from mc_engine.run.plan import RunPlan
from mc_engine.schema.axes import DRAW, NET, PARAMETER, REGION, SCOPE, TARGET, scopes_of
from mc_engine.schema.outputs import VariableSpec
from mc_engine.targets import describe, margin_units

DRAWS_FILE, SERIES_FILE = "draws.nc", "series.nc"
# Rows of a compressed block; a block is what one read touches.
ROWS_PER_BLOCK = 1024
# Zstandard at level 1 with byte shuffling: five times faster to write than zlib at level 1.
_COMPRESSED: dict[str, Any] = {"compression": "zstd", "complevel": 1, "shuffle": True}

_MILESTONE_SPECS = {
    "peak_year": (
        "year",
        "Year of the earliest maximum of the 3-year mean; -1 where the draw failed",
        "K-1",
    ),
    "plateau_first": ("year", "First year whose 3-year mean is within 1 % of the maximum", "K-1"),
    "plateau_last": ("year", "Last year whose 3-year mean is within 1 % of the maximum", "K-1"),
    "neutral_year": (
        "year",
        "First year from which emissions stay at or below 5 % of the peak; 0 for never, "
        "-1 where the draw failed",
        "K-2",
    ),
    "peak": ("Mt CO2e/yr", "Maximum of the 3-year mean of emissions", "K-1"),
    "residual": ("Mt CO2e/yr", "Emissions of the last year", "B-1"),
}


def write_chunk(folder: Path, result: ChunkResult) -> tuple[str, str]:
    """Store one chunk durably.

    Returns
    -------
    name, checksum : str

    Raises
    ------
    RunError
        When the disk refuses; what was written before stays readable.
    """
    name = f"{result.start:012d}-{result.stop:012d}.npz"
    path = folder / name
    part = path.with_name(name + ".part")
    arrays = {f"draw.{key}": value for key, value in result.draw_variables.items()}
    arrays |= {f"series.{key}": value for key, value in result.series.items()}
    room = io.BytesIO()
    np.savez(room, allow_pickle=False, **arrays)
    try:
        with part.open("wb") as file:
            file.write(room.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise RunError(
            f"{path}: cannot write: {error.strerror}; free space or choose another --out"
        ) from error
    return name, file_checksum(path)


def read_chunk(folder: Path, name: str, checksum: str) -> dict[str, NDArray[Any]]:
    """Read one chunk back, refusing a damaged one.

    Raises
    ------
    RunError
        When the bytes are not those that were written.
    """
    path = folder / name
    found = file_checksum(path) if path.exists() else "no file"
    if found != checksum:
        raise RunError(
            f"{path}: checksum {found}, expected {checksum}; delete the run folder and run again"
        )
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def collect(
    plan: RunPlan, folder: Path, table: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]
) -> None:
    """Gather finished chunks into ``draws.nc`` and ``series.nc``, one chunk in memory at a time.

    Parameters
    ----------
    plan : RunPlan
    folder : Path
        The run folder; chunks lie in ``chunks/``.
    table : sequence of mapping
        Rows of the journal: ``start``, ``stop``, ``name``, ``checksum``.
    facts : mapping
        Global attributes.
    """
    kept = min(plan.series, plan.draws)
    parts = {name: folder / (name + ".part") for name in (DRAWS_FILE, SERIES_FILE)}
    try:
        with (
            netCDF4.Dataset(parts[DRAWS_FILE], "w", format="NETCDF4") as draws,
            netCDF4.Dataset(parts[SERIES_FILE], "w", format="NETCDF4") as series,
        ):
            _describe(draws, plan, plan.draws, facts, "One value per draw")
            _describe(series, plan, kept, facts, "Yearly trajectories of the first draws")
            _create_draws(draws, plan)
            for spec in plan.variables:
                _create(series, spec, "f4", plan)
            for row in table:
                arrays = read_chunk(folder / "chunks", row["name"], row["checksum"])
                _fill(draws, arrays, "draw.", slice(row["start"], row["stop"]))
                stop = min(row["stop"], kept)
                if row["start"] < stop:
                    _fill(series, arrays, "series.", slice(row["start"], stop))
        for name, part in parts.items():
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.replace(folder / name)
    except OSError as error:
        raise RunError(
            f"{folder}: cannot write the datasets: {error}; free space or choose another --out"
        ) from error


def _fill(
    dataset: netCDF4.Dataset, arrays: Mapping[str, NDArray[Any]], prefix: str, rows: slice
) -> None:
    for key, values in arrays.items():
        if key.startswith(prefix):
            variable = dataset.variables[key.removeprefix(prefix)]
            if REGION in variable.dimensions:
                variable[rows, 0] = values
            else:
                variable[rows] = values


def _describe(
    dataset: netCDF4.Dataset, plan: RunPlan, draws: int, facts: Mapping[str, Any], what: str
) -> None:
    """Write dimensions, coordinates and global attributes that both datasets share."""
    problem = plan.problem
    title = problem.title.get("en", problem.region)
    dataset.setncatts(
        {
            "Conventions": "CF-1.11",
            "title": f"{title}, scenario {problem.scenario}: {what[0].lower()}{what[1:]}",
            "schema_version": SCHEMA_VERSION,
            # Read as coordinates of every variable along draw.
            "coordinates": "index replicate weight",
            **{key: value for key, value in facts.items() if value is not None},
        }
    )
    dataset.createDimension(DRAW, draws)
    _coordinate(dataset, REGION, [problem.region], "Region")
    for axis, labels in plan.coordinates.items():
        _coordinate(dataset, axis, labels, axis.replace("_", " ").capitalize())
    scopes = scopes_of(tuple(plan.coordinates.get("stage", ())))
    if scopes:
        _coordinate(
            dataset, SCOPE, [*scopes, NET], "Scope: sums of stages; net is the widest less removals"
        )
    numbers = np.arange(draws)
    replicates = plan.sampling.design.replicates
    for name, values, unit, meaning in (
        (DRAW, numbers, "1", "Number of the draw"),
        ("index", numbers // replicates, "1", "Index of the draw's point within its replicate"),
        ("replicate", numbers % replicates, "1", "Independent randomisation the draw belongs to"),
        ("weight", np.ones(draws), "1", "Weight of the draw; 1 unless constrained"),
    ):
        variable = dataset.createVariable(name, values.dtype, (DRAW,), **_COMPRESSED)
        variable[:] = values
        variable.setncatts({"long_name": meaning, "units": unit})


def _coordinate(dataset: netCDF4.Dataset, name: str, labels: Sequence[Any], meaning: str) -> None:
    numeric = all(isinstance(label, int) for label in labels)
    dataset.createDimension(name, len(labels))
    variable = dataset.createVariable(name, "i4" if numeric else str, (name,))
    variable[:] = np.array(labels, dtype="i4" if numeric else object)
    variable.long_name = meaning
    if numeric:
        variable.units = "year" if name == "year" else "1"


def _create(dataset: netCDF4.Dataset, spec: VariableSpec, kind: str, plan: RunPlan) -> None:
    """Declare one output of the model; ``region`` stands after ``draw``."""
    dims = (spec.dims[0], REGION, *spec.dims[1:])
    lengths = [len(dataset.dimensions[dim]) for dim in dims]
    blocks = (max(1, min(ROWS_PER_BLOCK, lengths[0])), *lengths[1:])
    variable = dataset.createVariable(
        spec.name, kind, dims, chunksizes=blocks, fill_value=np.nan, **_COMPRESSED
    )
    variable.setncatts(
        {
            "long_name": spec.meaning,
            "units": spec.unit,
            "equation": spec.equation,
            **dict(spec.attrs),
        }
    )


def _create_draws(dataset: netCDF4.Dataset, plan: RunPlan) -> None:
    """Declare the variables of ``draws.nc``."""
    _create_parameters(dataset, plan)
    _create_targets(dataset, plan)
    codes = plan.model.status_codes
    status = dataset.createVariable("status", "i4", (DRAW,), **_COMPRESSED)
    status.setncatts(
        {
            "long_name": "How the draw ended; 0 is good",
            "units": "1",
            "flag_values": np.array(list(codes), dtype="i4"),
            "flag_meanings": " ".join(text.partition(":")[0] for text in codes.values()),
            "equation": "B-1",
        }
    )
    if SCOPE in dataset.dimensions:
        for name in MILESTONES:
            unit, meaning, equation = _MILESTONE_SPECS[name]
            spec = VariableSpec(name, (DRAW, SCOPE), unit, meaning, equation)
            if unit == "year":
                variable = dataset.createVariable(name, "i2", (DRAW, REGION, SCOPE), **_COMPRESSED)
                variable.setncatts({"long_name": meaning, "units": unit, "equation": equation})
            else:
                _create(dataset, spec, "f8", plan)
    for spec in plan.specs:
        if not spec.yearly:
            _create(dataset, spec, "f8", plan)


def _create_parameters(dataset: netCDF4.Dataset, plan: RunPlan) -> None:
    factors = plan.problem.factors
    _coordinate(dataset, PARAMETER, [factor.name for factor in factors], "Uncertain input")
    forms = ["path" if factor.is_path else "scalar" for factor in factors]
    units = ["1" if factor.is_path else factor.unit for factor in factors]
    columns = (
        ("parameter_unit", units, "Unit of the parameter; 1 for the quantile of a path"),
        ("parameter_form", forms, "A scalar, or a path through its common quantile"),
        ("parameter_quantity", [f.quantity for f in factors], "Quantity of the model it feeds"),
        ("parameter_kind", [f.kind for f in factors], "observed, sourced or judgement"),
        ("parameter_meaning", [f.meaning for f in factors], "What it is"),
    )
    _text_columns(dataset, PARAMETER, columns)
    if not factors:
        return
    blocks = (max(1, min(ROWS_PER_BLOCK, plan.draws)), len(factors))
    variable = dataset.createVariable(
        "parameters", "f8", (DRAW, PARAMETER), chunksizes=blocks, **_COMPRESSED
    )
    variable.setncatts(
        {
            "long_name": "Uncertain inputs, one column per factor; a path as its quantile",
            "units": "see parameter_unit",
            "equation": "Paths",
            "coordinates": " ".join(name for name, _, _ in columns),
        }
    )


def _text_columns(
    dataset: netCDF4.Dataset, axis: str, columns: Sequence[tuple[str, Sequence[str], str]]
) -> str:
    """Write text along one axis, and give the names for a ``coordinates`` attribute."""
    for name, labels, meaning in columns:
        variable = dataset.createVariable(name, str, (axis,))
        variable[:] = np.array(labels, dtype=object)
        variable.long_name = meaning
    return " ".join(name for name, _, _ in columns)


def _create_targets(dataset: netCDF4.Dataset, plan: RunPlan) -> None:
    targets = plan.problem.targets
    units = margin_units(targets, {spec.name: spec.unit for spec in plan.specs})
    _coordinate(dataset, TARGET, [target.name for target in targets], "Target")
    columns = (
        ("target_title", [target.title.get("en", target.name) for target in targets], "Title"),
        ("target_rule", [describe(target) for target in targets], "Rule in words"),
        ("target_scope", [target.scope_name for target in targets], "Scope"),
        ("target_status", [target.status for target in targets], "Standing of the target"),
        ("target_covers", [target.covers for target in targets], "Whom the date was set for"),
        ("margin_unit", list(units), "Unit of the margin"),
    )
    names = _text_columns(dataset, TARGET, columns)
    margin = dataset.createVariable(
        "margin", "f8", (DRAW, TARGET), fill_value=np.nan, **_COMPRESSED
    )
    margin.setncatts(
        {
            "long_name": "Margin to the target, positive when it is met",
            "units": "see margin_unit",
            "equation": "K",
            "coordinates": names,
        }
    )
    miss = dataset.createVariable("miss", "i1", (DRAW, TARGET), **_COMPRESSED)
    miss.setncatts(
        {
            "long_name": "Whether the target is missed",
            "units": "1",
            "flag_values": np.array([-1, 0, 1], dtype="i1"),
            "flag_meanings": "draw_failed met missed",
            "equation": "K",
            "coordinates": names,
        }
    )


def open_dataset(folder: Path, name: str) -> xr.Dataset:
    """Open one of a run's datasets, lazily.

    Raises
    ------
    NotFoundError
        When the run has not been collected.
    """
    path = folder / name
    if not path.exists():
        raise NotFoundError(f"{path}: not there; the run is unfinished: start it again")
    return xr.open_dataset(path, engine="netcdf4")


def blocks_of(dataset: xr.Dataset, name: str, rows: int = 8192) -> Iterator[NDArray[Any]]:
    """Read one variable in blocks of draws, so that memory stays bounded."""
    for start in range(0, dataset.sizes[DRAW], rows):
        yield dataset[name].isel({DRAW: slice(start, start + rows)}).to_numpy()
