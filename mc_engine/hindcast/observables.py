"""Stored observables of a run: what the model gives for every observation, read block by block."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mc_engine.calibrate import Fit, fit
from mc_engine.errors import RequestError
from mc_engine.run.results import Run
from mc_engine.vocabulary.observations import Series

Array = NDArray[np.float64]

# Draws in memory at once.
BLOCK = 65_536


def _blocks(run: Run) -> Iterator[tuple[int, Array]]:
    """Read the observables: first draw of a block, float64[draw, observation]."""
    with run.draws as draws:
        if "modelled" not in draws:
            raise RequestError(
                f"{run.folder}: found no stored observables, expected what the model gives for "
                "each observation; run again with store_observables=True (mc-engine hindcast)"
            )
        modelled = draws["modelled"]
        for first in range(0, modelled.shape[0], BLOCK):
            yield first, modelled[first : first + BLOCK].values.astype(np.float64)


def _columns(series: Sequence[Series]) -> list[tuple[Series, slice]]:
    """Columns of each series along the axis of observations."""
    ends = np.cumsum([len(one.years) for one in series]).tolist()
    return [(one, slice(end - len(one.years), end)) for one, end in zip(series, ends, strict=True)]


def read_observables(
    run: Run, series: Sequence[Series], draws: NDArray[np.int64] | None = None
) -> dict[str, Array]:
    """Read the observables of every series; NaN where a draw failed.

    Parameters
    ----------
    run : Run
        Made with ``store_observables=True``.
    series : sequence of Series
        In the order of the run's problem.
    draws : int64[draw], optional
        Ascending numbers of the draws that are read; all where left out.

    Returns
    -------
    dict of str to float64[draw, year]

    Raises
    ------
    RequestError
        When the run did not store them.
    """
    parts = []
    for first, block in _blocks(run):
        if draws is None:
            parts.append(block)
            continue
        ends = np.searchsorted(draws, (first, first + len(block)))
        parts.append(block[draws[slice(*ends)] - first])
    values = np.concatenate(parts)
    return {one.name: values[:, columns] for one, columns in _columns(series)}


def fit_series(run: Run, series: Sequence[Series]) -> dict[str, Fit]:
    """Compute likelihood and implausibility of every draw under each constraining series.

    Parameters
    ----------
    run : Run
        Made with ``store_observables=True``.
    series : sequence of Series
        In the order of the run's problem.

    Returns
    -------
    dict of str to Fit
        By name of the series that constrain.
    """
    size = int(run.manifest["draws"])
    fits = {one.name: Fit(np.empty(size), np.empty(size)) for one in series if one.fits}
    for first, block in _blocks(run):
        rows = slice(first, first + len(block))
        for one, columns in _columns(series):
            if one.fits:
                part = fit(one, block[:, columns])
                fits[one.name].log_likelihood[rows] = part.log_likelihood
                fits[one.name].implausibility[rows] = part.implausibility
    return fits
