"""Quantiles by year of yearly variables, over the draws that stored their trajectories."""

from typing import Any

import numpy as np
import xarray as xr

from mc_engine.risk import Sample, year_bands
from mc_engine.vocabulary.axes import DRAW, NET, REGION, SCOPES, STAGE, YEAR, scopes_of

# Yearly variables whose quantile bands stand in the summary.
BANDED = ("emissions", "net_emissions")


def _stored_sample(draws: xr.Dataset, series: xr.Dataset, level: float) -> Sample:
    """Take the draws that stored their trajectories."""
    return Sample.of(draws.isel({DRAW: slice(0, series.sizes[DRAW])}), level)


def _band(values: xr.DataArray, sample: Sample) -> tuple[list[float], xr.DataArray]:
    """Give quantiles, and the band as objects: None, never a number, where every draw failed."""
    band = year_bands(values, sample)["band"]
    plain = band.values.astype(object)
    plain[~np.isfinite(band.values)] = None
    return [float(one) for one in band["quantile"].values], band.copy(data=plain)


def stage_bands(draws: xr.Dataset, series: xr.Dataset, level: float) -> dict[str, Any]:
    """Give quantiles by year of the main yearly variables, by stage where they have stages.

    Parameters
    ----------
    draws, series : xr.Dataset
        As in ``draws.nc`` and ``series.nc``, one region.
    level : float
        Confidence of the sample, 1.

    Returns
    -------
    dict
        ``year``, ``draws``, ``quantile``, and each variable; empty where no trajectory is stored.
    """
    names = [name for name in BANDED if name in series]
    if not names or series.sizes[DRAW] == 0:
        return {}
    sample = _stored_sample(draws, series, level)
    bands: dict[str, Any] = {"year": series[YEAR].values.tolist(), "draws": sample.size}
    for name in names:
        bands["quantile"], band = _band(series[name], sample)
        if STAGE in band.dims:
            bands[name] = {
                str(stage): band.sel({STAGE: stage}).values.tolist() for stage in band[STAGE].values
            }
        else:
            bands[name] = band.values.tolist()
    return bands


def scope_bands(draws: xr.Dataset, series: xr.Dataset, last_observed: int | None) -> dict[str, Any]:
    """Give quantiles of emissions by scope and year.

    Parameters
    ----------
    draws, series : xr.Dataset
        As in ``draws.nc`` and ``series.nc``.
    last_observed : int or None
        Last year whose figures are inputs of the model.

    Returns
    -------
    dict
        ``years``, ``quantiles`` (1), ``draws``, ``unit``, ``last_observed`` (a year or None) and
        ``scopes``: by scope, one list over the years per quantile, null where every draw failed.
        Empty for a model without emissions, and where no trajectory was stored.
    """
    if "emissions" not in series or series.sizes[DRAW] == 0:
        return {}
    flat = series.isel({REGION: 0}, drop=True)
    sample = _stored_sample(draws.isel({REGION: 0}, drop=True), flat, 0.95)
    emissions = flat["emissions"].load()
    parts = {
        scope: emissions.sel({STAGE: list(SCOPES[scope])}).sum(STAGE, skipna=False)
        for scope in scopes_of(tuple(str(stage) for stage in flat[STAGE].values))
    }
    if "net_emissions" in flat:
        parts[NET] = flat["net_emissions"].load()
    scopes: dict[str, Any] = {}
    for scope, values in parts.items():
        quantiles, band = _band(values, sample)
        scopes[scope] = band.transpose("quantile", YEAR).values.tolist()
    return {
        "years": [int(year) for year in flat[YEAR].values],
        "quantiles": quantiles,
        "draws": int(sample.size),
        "unit": str(emissions.attrs.get("units", "1")),
        "last_observed": last_observed,
        "scopes": scopes,
    }
