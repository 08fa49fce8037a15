"""The hindcast of a region: skill scores of prior and posterior, and the inputs that moved."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.calibrate import Score
from mc_engine.hindcast.observables import read_observables
from mc_engine.hindcast.posterior import MAX_DRAWS, Posterior, constrain
from mc_engine.hindcast.skill import Backtest, scores_as_json, skill_scores
from mc_engine.intervals import weighted_quantiles
from mc_engine.run.experiment import Experiment
from mc_engine.run.options import RunRequest, Watch, Workers
from mc_engine.vocabulary.axes import PARAMETER
from mc_engine.vocabulary.status import OK

# Weights below this share of the largest have no part in posterior figures, and so many prior
# draws represent the prior.
NEGLIGIBLE, PRIOR_DRAWS = 1e-9, 100_000
BAND = (0.05, 0.5, 0.95)
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class MarginalShift:
    """Change of an input's marginal distribution from prior to posterior.

    Attributes
    ----------
    name, unit : str
    before, after : float64[3], in ``unit``
        5, 50 and 95 %, of a path's quantile.
    shift : float, 1
        Posterior median less that of the prior, in standard deviations of the prior.
    narrowing : float, 1
        90 % range of the posterior over that of the prior.
    distance : float, 1
        Kolmogorov-Smirnov distance of the two.
    """

    name: str
    unit: str
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    shift: float
    narrowing: float
    distance: float

    def as_json(self) -> dict[str, Any]:
        """Convert to JSON data."""
        return vars(self) | {"before": self.before.tolist(), "after": self.after.tolist()}


def marginal_shifts(
    priors: xr.Dataset,
    weighted: xr.Dataset,
    prior: NDArray[np.int64],
    retained: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> list[MarginalShift]:
    """Compare the marginal distributions of all inputs before and after weighting.

    Parameters
    ----------
    priors, weighted : xr.Dataset
        As in ``draws.nc``.
    prior, retained : int64[draw]
        Draws that represent the prior, and weighted draws of any weight to speak of.
    weight : float64[draw]
        Of ``retained``.

    Returns
    -------
    list of MarginalShift
        Of all inputs, the largest distance first.
    """
    units = priors["parameter_unit"].values
    shifts = []
    for index, name in enumerate(priors[PARAMETER].values):
        known = np.sort(priors["parameters"].isel({PARAMETER: index}).values[prior])
        now = weighted["parameters"].isel({PARAMETER: index}).values[retained]
        order = np.argsort(now, kind="stable")
        share = np.cumsum(weight[order])
        even = np.searchsorted(known, now[order], side="right") / known.size
        before = weighted_quantiles(known, None, BAND)
        after = weighted_quantiles(now, weight, BAND)
        deviation, width = float(known.std()), float(before[2] - before[0])
        shifts.append(
            MarginalShift(
                name=str(name),
                unit=str(units[index]),
                before=before,
                after=after,
                shift=float(after[1] - before[1]) / deviation if deviation > 0.0 else 0.0,
                narrowing=float(after[2] - after[0]) / width if width > 0.0 else 1.0,
                distance=float(np.abs(share / share[-1] - even).max()),
            )
        )
    return sorted(shifts, key=lambda one: one.distance, reverse=True)


@dataclass(frozen=True)
class Hindcast:
    """Result of ``hindcast``.

    Attributes
    ----------
    posterior : Posterior
        The run and its weights.
    before, after : list of Score
        Of the prior, and of the posterior.
    shifts : list of MarginalShift
    backtests : tuple of Backtest
        Forecasts of earlier regions; none where left out.
    """

    posterior: Posterior
    before: list[Score]
    after: list[Score]
    shifts: list[MarginalShift]
    backtests: tuple[Backtest, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Convert to JSON data."""
        posterior = self.posterior
        constraint, prior = posterior.constraint, posterior.prior_constraint
        result = {
            "schema_version": SCHEMA_VERSION,
            "run": str(posterior.run.folder),
            "draws": posterior.run.manifest["draws"],
            "observations": posterior.digest,
            "weighed_draws": posterior.sampled.manifest["draws"],
            "aimed": list(posterior.proposal.names) if posterior.proposal else [],
            "effective_draws": constraint.effective,
            "largest_weight": constraint.largest,
            "temper": constraint.temper,
            "plausible": prior.plausible,
            "prior_effective": prior.effective,
            "prior_effective_alone": dict(prior.alone),
            "prior_effective_without": dict(prior.without),
            "implausible": dict(prior.implausible),
            "reproduction": scores_as_json(self.before),
            "constrained": scores_as_json(self.after),
            "refusal": posterior.refusal,
            "forecasts": [one.as_json() for one in self.backtests],
        }
        if not posterior.sufficient:
            return result
        return result | {
            "targets": posterior.chances(),
            "moved": [one.as_json() for one in self.shifts],
        }


def representative_draws(posterior: Posterior) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose the draws that represent the prior, and the weighted ones that are retained.

    Parameters
    ----------
    posterior : Posterior

    Returns
    -------
    prior, retained : int64[draw]
        Ascending numbers of good draws: the first ones of the prior run, and those of any weight
        to speak of among the weighted ones.
    """
    weight = posterior.constraint.weight
    with posterior.run.draws as draws:
        prior = np.flatnonzero(draws["status"].values == OK)[:PRIOR_DRAWS]
    with posterior.sampled.draws as draws:
        good = draws["status"].values == OK
    return prior, np.flatnonzero(good & (weight > NEGLIGIBLE * weight.max()))


def hindcast(
    study: Experiment,
    request: RunRequest | None = None,
    *,
    max_draws: int = MAX_DRAWS,
    temper: float = 1.0,
    workers: Workers | None = None,
    watch: Watch | None = None,
) -> Hindcast:
    """Evaluate prior draws, score them on the observations, and weight them by these.

    Parameters
    ----------
    study : Experiment
    request : RunRequest, optional
        200,000 draws without trajectories where left out.
    max_draws, temper, workers, watch
        See ``mc_engine.hindcast.posterior.constrain``.

    Raises
    ------
    RequestError
        When the region has no observations.
    StatisticError
        When every draw is ruled out.
    """
    posterior = constrain(
        study,
        request or RunRequest(series=0),
        max_draws=max_draws,
        temper=temper,
        workers=workers,
        watch=watch,
    )
    prior, retained = representative_draws(posterior)
    weight = posterior.constraint.weight[retained]
    with posterior.run.draws as before, posterior.sampled.draws as after:
        shifts = marginal_shifts(before, after, prior, retained, weight)
    series = posterior.series
    return Hindcast(
        posterior=posterior,
        before=skill_scores(series, read_observables(posterior.run, series, prior)),
        after=skill_scores(series, read_observables(posterior.sampled, series, retained), weight),
        shifts=shifts,
    )
