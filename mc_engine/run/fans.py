"""Emissions by scope and year of the draws that kept their trajectories, as quantiles."""

from typing import Any

import numpy as np

from mc_engine.risk import Sample, year_bands
from mc_engine.run.results import LAST_OBSERVED, Run
from mc_engine.vocabulary.axes import DRAW, NET, REGION, SCOPES, STAGE, YEAR, scopes_of


def fans(run: Run) -> dict[str, Any]:
    """Give quantiles of emissions by scope and year.

    Parameters
    ----------
    run : Run

    Returns
    -------
    dict
        ``years``, ``quantiles`` (1), ``draws``, ``unit``, ``last_observed`` (a year or None) and
        ``scopes``: by scope, one list over the years per quantile, null where every draw failed.
        Empty for a model without emissions, and where no trajectory was kept.
    """
    with run.draws as draws, run.series as series:
        if "emissions" not in series or series.sizes[DRAW] == 0:
            return {}
        kept = draws.isel({REGION: 0, DRAW: slice(0, series.sizes[DRAW])}, drop=True)
        flat = series.isel({REGION: 0}, drop=True)
        sample = Sample.of(kept, 0.95)
        stages = tuple(str(stage) for stage in flat[STAGE].values)
        emissions = flat["emissions"].load()
        found: dict[str, Any] = {}
        parts = {
            scope: emissions.sel({STAGE: list(SCOPES[scope])}).sum(STAGE, skipna=False)
            for scope in scopes_of(stages)
        }
        if "net_emissions" in flat:
            parts[NET] = flat["net_emissions"].load()
        for scope, values in parts.items():
            band = year_bands(values, sample)["band"].transpose("quantile", YEAR)
            plain = band.values.astype(object)
            plain[~np.isfinite(band.values)] = None
            found[scope] = plain.tolist()
            quantiles = [float(one) for one in band["quantile"].values]
        last = draws.attrs.get(LAST_OBSERVED)
        return {
            "years": [int(year) for year in flat[YEAR].values],
            "quantiles": quantiles,
            "draws": int(sample.size),
            "unit": str(emissions.attrs.get("units", "1")),
            "last_observed": None if last is None else int(last),
            "scopes": found,
        }
