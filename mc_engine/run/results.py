"""A finished run, read from its folder."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.errors import NotFoundError
from mc_engine.risk import Sample, failures, summarise, year_bands
from mc_engine.run import journal, store
from mc_engine.vocabulary.axes import DRAW, REGION, WEIGHT

# Attribute of a model's outputs, and of the datasets, that tells the past from the future.
LAST_OBSERVED = "last_observed"
# What the past makes of the chances, beside the weights.
CONSTRAINED = "constrained.json"
# Yearly variables whose quantile bands stand in the summary.
BANDED = ("emissions", "net_emissions")


class Run:
    """A finished run, read from its folder; the model's code is not needed.

    Parameters
    ----------
    folder : str or Path

    Attributes
    ----------
    folder : Path
    manifest : dict
        What was asked, and what made the result.

    Raises
    ------
    NotFoundError, RunError
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.manifest = journal.read_manifest(self.folder)

    @property
    def draws(self) -> xr.Dataset:
        """One value per draw: parameters, margins, misses, peaks, status (lazy)."""
        return store.open_dataset(self.folder, store.DRAWS_FILE)

    @property
    def series(self) -> xr.Dataset:
        """Yearly trajectories of the first draws (lazy)."""
        return store.open_dataset(self.folder, store.SERIES_FILE)

    @property
    def summary(self) -> dict[str, Any]:
        """What ``risk`` gave when the run ended."""
        path = self.folder / journal.SUMMARY
        if not path.exists():
            raise NotFoundError(f"{path}: not there; the run is unfinished: start it again")
        return dict(json.loads(path.read_text(encoding="utf-8")))

    @property
    def constrained(self) -> dict[str, Any]:
        """What the past makes of these draws; empty where they were not weighed by it."""
        path = self.folder / CONSTRAINED
        if not path.exists():
            return {}
        found = dict(json.loads(path.read_text(encoding="utf-8")))
        # A run that was extended, or made anew, since: its weights are those of another one.
        same = ("identity", "draws")
        return found if all(found[name] == self.manifest[name] for name in same) else {}

    @property
    def weight(self) -> NDArray[np.float64]:
        """Weights of the draws under the past, float64[draw] of mean 1.

        Raises
        ------
        NotFoundError
            When the run was not weighed by the past.
        """
        path = self.folder / store.WEIGHTS_FILE
        if path.exists():
            with store.open_dataset(self.folder, store.WEIGHTS_FILE) as weights:
                if weights.attrs["identity"] == self.manifest["identity"] and (
                    weights.sizes[DRAW] == self.manifest["draws"]
                ):
                    return np.asarray(weights[WEIGHT].values)
        raise NotFoundError(
            f"{self.folder}: found no weights of these draws, expected {store.WEIGHTS_FILE}; "
            "weigh them by the past first: mc-engine run REGION --constrained"
        )

    @property
    def weighed(self) -> "Run":
        """The run whose draws are weighed by the past: this one, or one that was aimed.

        Raises
        ------
        NotFoundError
            When the run was not weighed by the past.
        """
        found = self.constrained
        if not found:
            raise NotFoundError(
                f"{self.folder}: found no {CONSTRAINED} of these draws; weigh them by the past "
                "first: mc-engine run REGION --constrained"
            )
        return Run(self.folder / found["weighed"]["folder"])

    def risk(
        self, level: float = 0.95, *, weight: NDArray[np.float64] | None = None
    ) -> dict[str, Any]:
        """Chances of missing each target, with intervals; see ``mc_engine.risk.summarise``.

        Parameters
        ----------
        level : float
            Confidence of every range, 1.
        weight : float64[draw], optional
            Weights of the draws, in place of those that are stored.

        Returns
        -------
        dict
            As ``mc_engine.risk.summarise`` gives it, and ``bands``: quantiles by year.
        """
        with self.draws as draws, self.series as series:
            # Read column by column: the whole need not fit into memory.
            flat = draws.isel({REGION: 0}, drop=True)
            if weight is not None:
                flat = flat.assign_coords({WEIGHT: (DRAW, weight)})
            last = draws.attrs.get(LAST_OBSERVED)
            with ThreadPoolExecutor(1) as beside:
                bands = beside.submit(_bands, flat, series.isel({REGION: 0}, drop=True), level)
                last = None if last is None else int(last)
                found = summarise(flat, level=level, last_observed=last)
                return found | {"bands": bands.result()}

    def failures(self) -> dict[str, Any]:
        """Describe the draws that failed; see ``mc_engine.risk.failures``."""
        with self.draws as draws:
            return failures(draws.isel({REGION: 0}, drop=True))

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"


def _bands(draws: xr.Dataset, series: xr.Dataset, level: float) -> dict[str, Any]:
    """Quantiles by year of the main yearly variables, over the draws that kept theirs."""
    names = [name for name in BANDED if name in series]
    if not names or series.sizes[DRAW] == 0:
        return {}
    sample = Sample.of(draws.isel({DRAW: slice(0, series.sizes[DRAW])}), level)
    bands: dict[str, Any] = {"year": series["year"].values.tolist(), "draws": sample.size}
    for name in names:
        found = year_bands(series[name], sample)["band"]
        bands["quantile"] = found["quantile"].values.tolist()
        # A year in which every draw failed has no quantile: null, never a number.
        values = found.values.astype(object)
        values[~np.isfinite(found.values)] = None
        if "stage" in found.dims:
            place = found.get_axis_num("stage")
            stages = found["stage"].values
            bands[name] = {
                str(stage): np.take(values, k, axis=place).tolist()
                for k, stage in enumerate(stages)
            }
        else:
            bands[name] = values.tolist()
    return bands
