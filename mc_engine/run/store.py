"""The two datasets of a run; the only door to NetCDF."""

import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.errors import NotFoundError, RunError
from mc_engine.run.chunks import Arrays
from mc_engine.run.contents import (
    COMPRESSED,
    OF_DRAWS,
    ROWS_PER_COLUMN,
    create,
    create_draws,
    describe,
)
from mc_engine.run.durable import PART, Flush, disk_errors, put_in_place
from mc_engine.run.plan import RunPlan
from mc_engine.vocabulary.axes import DRAW, REGION, WEIGHT

DRAWS_FILE, SERIES_FILE, WEIGHTS_FILE = "draws.nc", "series.nc", "weights.nc"
# Bytes of blocks that each variable of a file keeps: few, since a block is read or written once.
_CACHE = 2**20

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
    flush : Flush, optional
        Sends what was put to the disk meanwhile.
    """

    def __init__(
        self,
        folder: Path,
        draws: netCDF4.Dataset,
        series: netCDF4.Dataset,
        flush: Flush | None = None,
    ) -> None:
        self._folder, self._flush = folder, flush
        self._files = {"draw.": draws, "series.": series}
        self._open = [draws, series]

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
            if self._flush is not None:
                self._flush.written(sum(values.nbytes for values in arrays.values()))
            for key, values in arrays.items():
                kind, _, name = key.partition(".")
                variable = self._files[f"{kind}."].variables[name]
                rows = slice(first, first + len(values))
                if REGION in variable.dimensions:
                    variable[rows, 0] = values
                else:
                    variable[rows] = values

    def finish(self) -> None:
        """Let both datasets appear, instead of those that were there before.

        Raises
        ------
        RunError
            When the disk refuses.
        """
        with _ONE_AT_A_TIME, _disk_errors(self._folder):
            if self._flush is not None:
                self._flush.end()
            while self._open:
                self._open.pop().close()
            for name in (DRAWS_FILE, SERIES_FILE):
                part = self._folder / (name + PART)
                with part.open("rb+") as file:
                    os.fsync(file.fileno())
                put_in_place(part, self._folder / name)

    def abandon(self) -> None:
        """Close what is still open, where it was not finished."""
        with _ONE_AT_A_TIME:
            if self._flush is not None:
                with suppress(OSError):
                    self._flush.end()
            while self._open:
                with suppress(OSError, RuntimeError):
                    self._open.pop().close()


def _describe(
    plan: RunPlan, facts: Mapping[str, Any], draws: netCDF4.Dataset, series: netCDF4.Dataset
) -> None:
    """Declare everything that the two datasets will hold."""
    series_draws = min(plan.series, plan.draws)
    describe(draws, plan, plan.draws, facts, "One value per draw")
    describe(series, plan, series_draws, facts, "Yearly trajectories of the first draws")
    create_draws(draws, plan)
    for spec in plan.variables:
        create(series, spec, "f4", plan)


@contextmanager
def written(plan: RunPlan, folder: Path, facts: Mapping[str, Any]) -> Iterator[Datasets]:
    """Write both datasets of a run; they appear whole when they are finished, or not at all.

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
    with ExitStack() as stack:
        stack.callback(remove_parts, folder)
        with _ONE_AT_A_TIME, _disk_errors(folder), _small_cache():
            parts = [folder / (name + PART) for name in (DRAWS_FILE, SERIES_FILE)]
            draws, series = (netCDF4.Dataset(part, "w", format="NETCDF4") for part in parts)
            datasets = Datasets(folder, draws, series, Flush(parts))
            stack.callback(datasets.abandon)
            _describe(plan, facts, draws, series)
        yield datasets


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
            "free space and run the same command again to resume from its chunks"
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
    draws, series = (netCDF4.Dataset(n, "w", format="NETCDF4", memory=1 << 16) for n in names)
    _describe(plan, facts, draws, series)
    Datasets(plan.folder, draws, series).put(0, arrays)
    return [len(file.close()) for file in (draws, series)], time.perf_counter() - began


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
    usual = netCDF4.get_chunk_cache()
    netCDF4.set_chunk_cache(_CACHE, *usual[1:])
    try:
        yield
    finally:
        netCDF4.set_chunk_cache(*usual)


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
    arrays: Arrays = {}
    ends = {DRAWS_FILE: ("draw.", last), SERIES_FILE: ("series.", min(last, series))}
    for name, (kind, end) in ends.items():
        if first >= end:
            continue
        with _ONE_AT_A_TIME, _readable(folder / name) as dataset:
            for key, variable in dataset.variables.items():
                passed = key in (DRAW, *OF_DRAWS, "parameters") or (names and key not in names)
                if variable.dimensions[:1] != (DRAW,) or passed:
                    continue
                rows = slice(first, end)
                in_region = REGION in variable.dimensions
                arrays[kind + key] = variable[rows, 0] if in_region else variable[rows]
    return arrays


def write_dataset(folder: Path, name: str, dataset: xr.Dataset) -> None:
    """Write a small dataset beside the run, whole or not at all.

    Parameters
    ----------
    folder : Path
        The run folder.
    name : str
        Of the file.
    dataset : xr.Dataset

    Raises
    ------
    RunError
        When the disk refuses.
    """
    part = folder / (name + PART)
    try:
        with _disk_errors(folder), _ONE_AT_A_TIME:
            dataset.assign_attrs(Conventions="CF-1.11").to_netcdf(part, engine="netcdf4")
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            put_in_place(part, folder / name)
    finally:
        with disk_errors(part):
            part.unlink(missing_ok=True)


def write_weights(folder: Path, weight: NDArray[np.float64], facts: Mapping[str, Any]) -> None:
    """Write the weights of a run's draws into ``weights.nc``, whole or not at all.

    Parameters
    ----------
    folder : Path
        The run folder.
    weight : float64[draw]
        Mean 1.
    facts : mapping
        Global attributes: what the weights rest on.

    Raises
    ------
    RunError
        When the disk refuses.
    """
    meaning = "Weight of the draw under the observed past; mean 1"
    dataset = xr.Dataset(
        {WEIGHT: (DRAW, weight, {"long_name": meaning, "units": "1", "equation": "C-1"})},
        {DRAW: (DRAW, np.arange(weight.size), {"long_name": "Number of the draw", "units": "1"})},
        dict(facts),
    )
    block = (min(weight.size, ROWS_PER_COLUMN),)
    for name in (WEIGHT, DRAW):
        dataset[name].encoding = {"chunksizes": block, "_FillValue": None, **COMPRESSED}
    write_dataset(folder, WEIGHTS_FILE, dataset)
