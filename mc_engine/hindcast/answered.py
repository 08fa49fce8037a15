"""What a run gave where something was observed, read a block of draws at a time."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mc_engine.calibrate import Fit, fit
from mc_engine.errors import RequestError
from mc_engine.run.results import Run
from mc_engine.vocabulary.observations import Series

Array = NDArray[np.float64]

# Draws that are held against the past at once.
BLOCK = 65_536


def _modelled(run: Run) -> Iterator[tuple[int, Array]]:
    """Read what a run gave for every observation: first draw of a block, float64[draw, ...]."""
    with run.draws as draws:
        if "modelled" not in draws:
            raise RequestError(
                f"{run.folder}: found nothing stored of the past, expected what the model gives "
                "for each observation; run again with store_observables=True (mc-engine hindcast)"
            )
        modelled = draws["modelled"]
        for first in range(0, modelled.shape[0], BLOCK):
            yield first, modelled[first : first + BLOCK].values.astype(np.float64)


def _columns(series: Sequence[Series]) -> list[tuple[Series, slice]]:
    """Where each series stands along the axis of observations."""
    ends = np.cumsum([len(one.years) for one in series]).tolist()
    return [(one, slice(end - len(one.years), end)) for one, end in zip(series, ends, strict=True)]


def answers(
    run: Run, series: Sequence[Series], draws: NDArray[np.int64] | None = None
) -> dict[str, Array]:
    """Read what a run gave for every series; NaN where a draw failed.

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
    for first, block in _modelled(run):
        if draws is None:
            parts.append(block)
            continue
        ends = np.searchsorted(draws, (first, first + len(block)))
        parts.append(block[draws[slice(*ends)] - first])
    found = np.concatenate(parts)
    return {one.name: found[:, span] for one, span in _columns(series)}


def fits(run: Run, series: Sequence[Series]) -> dict[str, Fit]:
    """Hold every draw of a run against the series that take part, a block of draws at a time.

    Parameters
    ----------
    run : Run
        Made with ``store_observables=True``.
    series : sequence of Series
        In the order of the run's problem.

    Returns
    -------
    dict of str to Fit
    """
    size = int(run.manifest["draws"])
    found = {one.name: Fit(np.empty(size), np.empty(size)) for one in series if one.fits}
    for first, block in _modelled(run):
        rows = slice(first, first + len(block))
        for one, span in _columns(series):
            if one.fits:
                part = fit(one, block[:, span])
                found[one.name].log_likelihood[rows] = part.log_likelihood
                found[one.name].implausibility[rows] = part.implausibility
    return found
