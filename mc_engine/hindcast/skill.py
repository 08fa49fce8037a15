"""Skill scores of a hindcast, and backtests: forecasts of an earlier region, out of sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.calibrate import Score, predictive, score
from mc_engine.errors import RequestError
from mc_engine.hindcast.observables import read_observables
from mc_engine.run.experiment import Experiment
from mc_engine.run.options import RunRequest, Watch, Workers
from mc_engine.run.results import Run
from mc_engine.vocabulary.observations import Series


def skill_scores(
    series: Sequence[Series],
    modelled: Mapping[str, NDArray[np.float64]],
    weight: NDArray[np.float64] | None = None,
    seed: int = 0,
) -> list[Score]:
    """Score every series.

    Parameters
    ----------
    series : sequence of Series
    modelled : mapping of str to float64[draw, year]
    weight : float64[draw], optional
    seed : int
        Of the errors of observation.
    """
    return [
        score(
            one,
            predictive(one, modelled[one.name], np.random.default_rng([seed, index])),
            weight,
        )
        for index, one in enumerate(series)
    ]


def scores_as_json(scores: Sequence[Score]) -> list[dict[str, Any]]:
    """Convert scores to JSON data.

    Parameters
    ----------
    scores : sequence of Score
    """
    return [
        {
            "name": one.name,
            "years": list(one.years),
            "observed": one.observed.tolist(),
            "bands": one.bands.tolist(),
            "bias": one.bias,
            "inside_50": one.inside_50,
            "inside_90": one.inside_90,
            "crps": one.crps,
        }
        for one in scores
    ]


@dataclass(frozen=True)
class Backtest:
    """Out-of-sample forecast of an earlier region, scored on the years since.

    Attributes
    ----------
    run : Run
    vintage : str
        Name of the earlier region.
    from_year : int
        Its last observed year.
    scores : list of Score
        Of the years after it.
    """

    run: Run
    vintage: str
    from_year: int
    scores: list[Score]

    def as_json(self) -> dict[str, Any]:
        """Convert to JSON data."""
        return {
            "vintage": self.vintage,
            "from": self.from_year,
            "scores": scores_as_json(self.scores),
        }


def _later_than(series: Sequence[Series], year: int) -> tuple[Series, ...]:
    """Cut series to the years after one; those without such a year are left out."""
    later = []
    for one in series:
        after = [index for index, at in enumerate(one.years) if at > year]
        if after:
            later.append(
                replace(
                    one,
                    years=tuple(one.years[index] for index in after),
                    values=tuple(one.values[index] for index in after),
                    sources=tuple(one.sources[index] for index in after),
                )
            )
    return tuple(later)


def backtest(
    vintage: Experiment,
    series: Sequence[Series],
    request: RunRequest,
    workers: Workers | None = None,
    watch: Watch | None = None,
) -> Backtest:
    """Score the forecasts of an earlier region on what was observed since.

    Parameters
    ----------
    vintage : Experiment
        Its last observed year lies before the end of the series.
    series : sequence of Series
        Of the region as it is known now.
    request : RunRequest
    workers : Workers, optional
    watch : Watch, optional

    Raises
    ------
    RequestError
        When nothing was observed after the vintage's last observed year.
    """
    year = vintage.last_observed
    later = () if year is None else _later_than(series, year)
    if year is None or not later:
        raise RequestError(
            f"{vintage.problem.region}: found no observation after {year}, expected one at least; "
            "choose an earlier vintage"
        )
    run = vintage.against(later).carry_out(
        replace(request, store_observables=True), workers=workers, watch=watch
    )
    scores = skill_scores(later, read_observables(run, later))
    return Backtest(run, vintage.problem.region, year, scores)
