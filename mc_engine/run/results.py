"""A finished run, read from its folder."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.errors import NotFoundError
from mc_engine.risk import failures, summarise
from mc_engine.run import store
from mc_engine.run.bands import scope_bands, stage_bands
from mc_engine.run.folder import CONSTRAINED, RunFolder
from mc_engine.run.manifest import LAST_OBSERVED
from mc_engine.vocabulary.axes import DRAW, REGION, WEIGHT

__all__ = ["CONSTRAINED", "LAST_OBSERVED", "Run"]


class Run:
    """A finished run, read from its folder; the model's code is not needed.

    Parameters
    ----------
    folder : str or Path

    Attributes
    ----------
    files : RunFolder
        The owner of its files.
    folder : Path
    manifest : dict
        What was requested, and what made the result.

    Raises
    ------
    NotFoundError, RunError
    """

    def __init__(self, folder: str | Path) -> None:
        self.files = RunFolder(folder)
        self.manifest = self.files.read_manifest()

    @property
    def folder(self) -> Path:
        """Path of the run folder."""
        return self.files.path

    @property
    def draws(self) -> xr.Dataset:
        """One value per draw: parameters, margins, misses, peaks, status (lazy)."""
        return self.files.draws

    @property
    def series(self) -> xr.Dataset:
        """Yearly trajectories of the first draws (lazy)."""
        return self.files.series

    @property
    def last_observed(self) -> int | None:
        """Last year whose figures are inputs of the model; None where it has none."""
        with self.draws as draws:
            year = draws.attrs.get(LAST_OBSERVED)
        return None if year is None else int(year)

    @property
    def summary(self) -> dict[str, Any]:
        """Result of ``risk`` when the run ended."""
        return self.files.read_summary()

    @property
    def constrained(self) -> dict[str, Any]:
        """Chances of these draws under the observations; empty where they were not weighted."""
        result = self.files.read_result(CONSTRAINED)
        # A run that was extended, or made anew, since: its weights are those of another one.
        same = all(result.get(name) == self.manifest[name] for name in ("identity", "draws"))
        return result if same else {}

    @property
    def weight(self) -> NDArray[np.float64]:
        """Weights of the draws under the past, float64[draw] of mean 1.

        Raises
        ------
        NotFoundError
            When its draws were not weighted by the observations.
        """
        stored = self.files.read_weights()
        if stored is not None:
            with stored as weights:
                if weights.attrs["identity"] == self.manifest["identity"] and (
                    weights.sizes[DRAW] == self.manifest["draws"]
                ):
                    return np.asarray(weights[WEIGHT].values)
        raise NotFoundError(
            f"{self.folder}: found no weights of these draws, expected {store.WEIGHTS_FILE}; "
            "condition them on the observations first: mc-engine run REGION --constrained"
        )

    @property
    def weighed(self) -> "Run":
        """The run whose draws are weighted: this one, or an importance-sampled one.

        Raises
        ------
        NotFoundError
            When its draws were not weighted by the observations.
        """
        result = self.constrained
        if not result:
            raise NotFoundError(
                f"{self.folder}: found no {CONSTRAINED} of these draws; condition them on "
                "the observations first: mc-engine run REGION --constrained"
            )
        return Run(self.folder / result["weighed"]["folder"])

    def risk(
        self, level: float = 0.95, *, weight: NDArray[np.float64] | None = None
    ) -> dict[str, Any]:
        """Chances of missing each target, with intervals; see ``mc_engine.risk.summarise``.

        Parameters
        ----------
        level : float
            Confidence of every range, 1.
        weight : float64[draw], optional
            Weights of the draws, instead of those that are stored.

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
            with ThreadPoolExecutor(1) as beside:
                bands = beside.submit(stage_bands, flat, series.isel({REGION: 0}, drop=True), level)
                year = draws.attrs.get(LAST_OBSERVED)
                chances = summarise(
                    flat, level=level, last_observed=None if year is None else int(year)
                )
                return chances | {"bands": bands.result()}

    def scope_bands(self) -> dict[str, Any]:
        """Quantiles of emissions by scope and year; see ``bands.scope_bands``."""
        with self.draws as draws, self.series as series:
            return scope_bands(draws, series, self.last_observed)

    def failures(self) -> dict[str, Any]:
        """Describe the draws that failed; see ``mc_engine.risk.failures``."""
        with self.draws as draws:
            return failures(draws.isel({REGION: 0}, drop=True))

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"
