"""The two datasets of a run; the only door to NetCDF."""

import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.errors import NotFoundError, RunError
from mc_engine.run.chunks import Arrays
from mc_engine.run.durable import PART, disk_errors, put_in_place
from mc_engine.run.executor import MILESTONES
from mc_engine.run.journal import SCHEMA_VERSION
from mc_engine.run.plan import RunPlan
from mc_engine.schema.axes import (
    DRAW,
    NET,
    OBSERVATION,
    PARAMETER,
    REGION,
    SCOPE,
    TARGET,
    scopes_of,
)
from mc_engine.schema.outputs import VariableSpec
from mc_engine.targets import describe, margin_units

DRAWS_FILE, SERIES_FILE = "draws.nc", "series.nc"
# A block is what is compressed, and read, at once: one column of many draws, or all years and
# labels of a few. The datasets are written in whole blocks.
ROWS_PER_COLUMN = 8192
ROWS_PER_SERIES = 1024
# Zstandard at level 1 with byte shuffling: five times faster to write than zlib at level 1.
_COMPRESSED: dict[str, Any] = {"compression": "zstd", "complevel": 1, "shuffle": True}

# Bytes of blocks that each variable of a file keeps: few, since a block is read or written once.
_CACHE = 2**20

# Coordinates along draws that every variable carries.
_OF_DRAWS = ("index", "replicate", "weight")

# The library behind NetCDF-4 does not allow two threads inside it.
_ONE_AT_A_TIME = threading.Lock()


class Datasets:
    """``draws.nc`` and ``series.nc`` while they are written.

    Parameters
    ----------
    folder : Path
        The run folder, for messages.
    draws, series : netCDF4.Dataset
        Described, without values.
    """

    def __init__(self, folder: Path, draws: netCDF4.Dataset, series: netCDF4.Dataset) -> None:
        self._folder = folder
        self._files = {"draw.": draws, "series.": series}

    def put(self, first: int, arrays: Arrays) -> None:
        """Write consecutive draws.

        Parameters
        ----------
        first : int
            Number of the first one.
        arrays : mapping of str to array[draw, ...]
            ``draw.`` or ``series.`` before the names of the variables.
        """
        with _ONE_AT_A_TIME, _disk_errors(self._folder):
            for key, values in arrays.items():
                kind, _, name = key.partition(".")
                variable = self._files[f"{kind}."].variables[name]
                rows = slice(first, first + len(values))
                if REGION in variable.dimensions:
                    variable[rows, 0] = values
                else:
                    variable[rows] = values


def _described(
    plan: RunPlan, facts: Mapping[str, Any], draws: netCDF4.Dataset, series: netCDF4.Dataset
) -> Datasets:
    """Declare everything that the two datasets will hold."""
    kept = min(plan.series, plan.draws)
    _describe(draws, plan, plan.draws, facts, "One value per draw")
    _describe(series, plan, kept, facts, "Yearly trajectories of the first draws")
    _create_draws(draws, plan)
    for spec in plan.variables:
        _create(series, spec, "f4", plan)
    return Datasets(plan.folder, draws, series)


@contextmanager
def written(plan: RunPlan, folder: Path, facts: Mapping[str, Any]) -> Iterator[Datasets]:
    """Write both datasets of a run; they appear whole at the end of the block, or not at all.

    Parameters
    ----------
    plan : RunPlan
    folder : Path
        The run folder.
    facts : mapping
        Global attributes.

    Raises
    ------
    RunError
        When the disk refuses.
    """
    parts = {name: folder / (name + PART) for name in (DRAWS_FILE, SERIES_FILE)}
    files: list[netCDF4.Dataset] = []
    try:
        with _disk_errors(folder), _small_cache():
            files += [netCDF4.Dataset(part, "w", format="NETCDF4") for part in parts.values()]
            datasets = _described(plan, facts, *files)
        yield datasets
        with _disk_errors(folder):
            while files:
                files.pop().close()
            for name, part in parts.items():
                with part.open("rb+") as file:
                    os.fsync(file.fileno())
                put_in_place(part, folder / name)
    finally:
        for unfinished in files:
            with suppress(OSError, RuntimeError):
                unfinished.close()
        remove_parts(folder)


def remove_parts(folder: Path) -> None:
    """Remove what is left of datasets that were not finished."""
    for name in (DRAWS_FILE, SERIES_FILE):
        with disk_errors(folder / name):
            (folder / (name + PART)).unlink(missing_ok=True)


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turn what the disk refuses into one clear error; the library does not say what it was."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        free = shutil.disk_usage(folder).free / 1e6
        raise RunError(
            f"{folder}: cannot write the datasets: {error}, found {free:,.0f} MB free on the disk; "
            "free space and start the run again: it goes on from its chunks"
        ) from error


def collected_cost(
    plan: RunPlan, facts: Mapping[str, Any], arrays: Arrays
) -> tuple[float, float, float]:
    """Measure what a draw costs in the datasets, by writing a few of them in memory.

    Parameters
    ----------
    plan : RunPlan
        Of as many draws as ``arrays`` has, all with trajectories.
    facts : mapping
        Global attributes.
    arrays : mapping of str to array[draw, ...]
        As ``Datasets.put`` takes them.

    Returns
    -------
    draws, series : float, bytes
        In either file, the fixed part left out.
    seconds : float, s
        To compress and write it.
    """
    empty, nothing = _written_in_memory(plan, facts, {})
    full, something = _written_in_memory(plan, facts, arrays)
    draws, series = ((f - e) / plan.draws for f, e in zip(full, empty, strict=True))
    return draws, series, max(0.0, something - nothing) / plan.draws


def _written_in_memory(
    plan: RunPlan, facts: Mapping[str, Any], arrays: Arrays
) -> tuple[list[int], float]:
    """Bytes of the two datasets and the seconds they took."""
    began = time.perf_counter()
    names = (DRAWS_FILE, SERIES_FILE)
    files = [netCDF4.Dataset(name, "w", format="NETCDF4", memory=1 << 16) for name in names]
    _described(plan, facts, *files).put(0, arrays)
    return [len(file.close()) for file in files], time.perf_counter() - began


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
    design = plan.sampling.design
    columns: tuple[tuple[NDArray[Any], str], ...] = (
        (numbers, "Number of the draw"),
        (design.index_of(numbers), "Index of the draw's point within its replicate"),
        (design.replicate_of(numbers), "Independent randomisation the draw belongs to"),
        (np.ones(draws), "Weight of the draw; 1 unless constrained"),
    )
    for name, (values, meaning) in zip((DRAW, *_OF_DRAWS), columns, strict=True):
        variable = dataset.createVariable(
            name, values.dtype, (DRAW,), chunksizes=_blocks([draws], False), **_COMPRESSED
        )
        variable[:] = values
        variable.setncatts({"long_name": meaning, "units": "1"})


def _say(
    variable: netCDF4.Variable,
    meaning: str,
    unit: str,
    equation: str,
    coordinates: Sequence[str] = (),
    **more: Any,
) -> None:
    """Give a variable what every variable has: meaning, unit, equation and its coordinates."""
    variable.setncatts(
        {
            "long_name": meaning,
            "units": unit,
            "equation": equation,
            "coordinates": " ".join((*coordinates, *_OF_DRAWS)),
            **more,
        }
    )


def _coordinate(dataset: netCDF4.Dataset, name: str, labels: Sequence[Any], meaning: str) -> None:
    numeric = all(isinstance(label, int) for label in labels)
    dataset.createDimension(name, len(labels))
    variable = dataset.createVariable(name, "i4" if numeric else str, (name,))
    variable[:] = np.array(labels, dtype="i4" if numeric else object)
    variable.long_name = meaning
    if numeric:
        variable.units = "year" if name == "year" else "1"


def _blocks(lengths: Sequence[int], yearly: bool) -> tuple[int, ...]:
    """Shape of a block: whole trajectories of some draws, else one column of many."""
    draws = max(1, min(ROWS_PER_SERIES if yearly else ROWS_PER_COLUMN, lengths[0]))
    return (draws, *(lengths[1:] if yearly else (1,) * (len(lengths) - 1)))


def _create(dataset: netCDF4.Dataset, spec: VariableSpec, kind: str, plan: RunPlan) -> None:
    """Declare one output of the model; ``region`` stands after ``draw``."""
    dims = (spec.dims[0], REGION, *spec.dims[1:])
    lengths = [len(dataset.dimensions[dim]) for dim in dims]
    variable = dataset.createVariable(
        spec.name,
        kind,
        dims,
        chunksizes=_blocks(lengths, spec.yearly),
        fill_value=np.nan,
        **_COMPRESSED,
    )
    _say(variable, spec.meaning, spec.unit, spec.equation, **dict(spec.attrs))


def _create_draws(dataset: netCDF4.Dataset, plan: RunPlan) -> None:
    """Declare the variables of ``draws.nc``."""
    _create_parameters(dataset, plan)
    _create_targets(dataset, plan)
    codes = plan.model.status_codes
    status = dataset.createVariable(
        "status", "i4", (DRAW,), chunksizes=_blocks([plan.draws], False), **_COMPRESSED
    )
    _say(
        status,
        "How the draw ended; 0 is good",
        "1",
        "B-1",
        flag_values=np.array(list(codes), dtype="i4"),
        flag_meanings=" ".join(text.partition(":")[0] for text in codes.values()),
    )
    if SCOPE in dataset.dimensions:
        for name, (unit, meaning, equation) in MILESTONES.items():
            spec = VariableSpec(name, (DRAW, SCOPE), unit, meaning, equation)
            if unit == "year":
                dims = (DRAW, REGION, SCOPE)
                blocks = _blocks([plan.draws, 1, len(dataset.dimensions[SCOPE])], False)
                variable = dataset.createVariable(
                    name, "i2", dims, chunksizes=blocks, **_COMPRESSED
                )
                _say(variable, meaning, unit, equation)
            else:
                _create(dataset, spec, "f8", plan)
    for spec in plan.specs:
        if not spec.yearly:
            _create(dataset, spec, "f8", plan)
    if plan.past:
        _create_modelled(dataset, plan)


def _create_modelled(dataset: netCDF4.Dataset, plan: RunPlan) -> None:
    """Declare what the model gives where something was observed."""
    pairs = [
        (series, year, value)
        for series in plan.problem.observations
        for year, value in zip(series.years, series.values, strict=True)
    ]
    labels = [f"{series.name} {year}" for series, year, _ in pairs]
    _coordinate(dataset, OBSERVATION, labels, "Series and year of an observation")
    units = [series.unit for series, _, _ in pairs]
    names = _text_columns(dataset, OBSERVATION, [("observation_unit", units, "Unit")])
    observed = dataset.createVariable("observed", "f8", (OBSERVATION,))
    observed[:] = np.array([value for _, _, value in pairs])
    observed.setncatts({"long_name": "What was counted", "units": "see observation_unit"})
    modelled = dataset.createVariable(
        "modelled",
        "f4",
        (DRAW, OBSERVATION),
        chunksizes=_blocks([plan.draws, max(1, len(pairs))], False),
        fill_value=np.nan,
        **_COMPRESSED,
    )
    meaning = "What the model gives for each observation, before its bridges"
    _say(modelled, meaning, "see observation_unit", "C-1", [*names, "observed"])


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
    names = _text_columns(dataset, PARAMETER, columns)
    if not factors:
        return
    blocks = _blocks([plan.draws, len(factors)], False)
    variable = dataset.createVariable(
        "parameters", "f8", (DRAW, PARAMETER), chunksizes=blocks, **_COMPRESSED
    )
    _say(
        variable,
        "Uncertain inputs, one column per factor; a path as its quantile",
        "see parameter_unit",
        "Paths",
        names,
    )


def _text_columns(
    dataset: netCDF4.Dataset, axis: str, columns: Sequence[tuple[str, Sequence[str], str]]
) -> list[str]:
    """Write text along one axis, and give the names of the new coordinates."""
    for name, labels, meaning in columns:
        variable = dataset.createVariable(name, str, (axis,))
        variable[:] = np.array(labels, dtype=object)
        variable.long_name = meaning
    return [name for name, _, _ in columns]


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
    blocks = _blocks([plan.draws, max(1, len(targets))], False)
    margin = dataset.createVariable(
        "margin", "f8", (DRAW, TARGET), chunksizes=blocks, fill_value=np.nan, **_COMPRESSED
    )
    meaning = "Margin to the target, positive when it is met"
    _say(margin, meaning, "see margin_unit", "K", names)
    miss = dataset.createVariable("miss", "i1", (DRAW, TARGET), chunksizes=blocks, **_COMPRESSED)
    _say(
        miss,
        "Whether the target is missed",
        "1",
        "K",
        names,
        flag_values=np.array([-1, 0, 1], dtype="i1"),
        flag_meanings="draw_failed met missed",
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
    with _small_cache():
        return xr.open_dataset(path, engine="netcdf4")


@contextmanager
def _small_cache() -> Iterator[None]:
    """Let files that are opened, and variables that are made, keep few blocks each."""
    kept = netCDF4.get_chunk_cache()
    netCDF4.set_chunk_cache(_CACHE, *kept[1:])
    try:
        yield
    finally:
        netCDF4.set_chunk_cache(*kept)


@contextmanager
def _readable(path: Path) -> Iterator[netCDF4.Dataset]:
    """Open a dataset of a finished run to read from it."""
    try:
        with netCDF4.Dataset(path) as dataset:
            dataset.set_auto_mask(False)
            yield dataset
    except (OSError, RuntimeError) as error:
        raise RunError(
            f"{path}: cannot be read ({error}), expected a dataset of this run; delete it: the "
            "same command computes its draws again"
        ) from error


def stored_rows(
    folder: Path, first: int, last: int, series: int, names: Sequence[str] = ()
) -> Arrays:
    """Read consecutive draws back as they were put, their parameters left out.

    Parameters
    ----------
    folder : Path
        The run folder.
    first, last : int
        Draws ``first <= draw < last``.
    series : int
        Trajectories are read of draws below this one.
    names : sequence of str
        Variables to read; all where left out.

    Returns
    -------
    dict of str to array[draw, ...]
    """
    found: Arrays = {}
    ends = {DRAWS_FILE: ("draw.", last), SERIES_FILE: ("series.", min(last, series))}
    for name, (kind, end) in ends.items():
        if first >= end:
            continue
        with _ONE_AT_A_TIME, _readable(folder / name) as dataset:
            for key, variable in dataset.variables.items():
                passed = key in (DRAW, *_OF_DRAWS, "parameters") or (names and key not in names)
                if variable.dimensions[:1] != (DRAW,) or passed:
                    continue
                rows = slice(first, end)
                in_region = REGION in variable.dimensions
                found[kind + key] = variable[rows, 0] if in_region else variable[rows]
    return found
