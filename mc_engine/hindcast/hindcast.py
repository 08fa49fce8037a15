"""The past, scored; and what it leaves of the draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.calibrate import Score, predictive, score
from mc_engine.errors import RequestError
from mc_engine.hindcast.answered import answers
from mc_engine.hindcast.constrained import MOST, Constrained, weigh
from mc_engine.hindcast.evaluation import Evaluation
from mc_engine.intervals import weighted_quantiles
from mc_engine.run.experiment import Experiment
from mc_engine.run.options import RunRequest, Watch
from mc_engine.run.results import Run
from mc_engine.vocabulary.axes import PARAMETER
from mc_engine.vocabulary.observations import Series

# Weights below this share of the largest have no part in what is left, and so many prior draws
# tell what was thought before.
NEGLIGIBLE, PRIOR_DRAWS = 1e-9, 100_000
BAND = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Moved:
    """An input whose distribution the observations moved.

    Attributes
    ----------
    name, unit : str
    before, after : float64[3], in ``unit``
        5, 50 and 95 %, of a path's quantile.
    shift : float, 1
        Median after less before, in standard deviations before.
    narrowing : float, 1
        90 % range after over that before.
    distance : float, 1
        Largest gap between the two distribution functions.
    """

    name: str
    unit: str
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    shift: float
    narrowing: float
    distance: float


def scores(
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
        Of the errors of counting.
    """
    found = []
    for place, one in enumerate(series):
        generator = np.random.default_rng([seed, place])
        foretold = predictive(one, modelled[one.name], generator)
        found.append(score(one, foretold, weight))
    return found


def moved(
    priors: xr.Dataset,
    weighed: xr.Dataset,
    prior: NDArray[np.int64],
    left: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> list[Moved]:
    """Find the inputs whose distribution the weights move most.

    Parameters
    ----------
    priors, weighed : xr.Dataset
        As in ``draws.nc``.
    prior, left : int64[draw]
        Draws that tell what was thought before, and those that are left.
    weight : float64[draw]
        Of those that are left.

    Returns
    -------
    list of Moved
        Of all inputs, the largest distance first.
    """
    units = priors["parameter_unit"].values
    found = []
    for place, name in enumerate(priors[PARAMETER].values):
        known = np.sort(priors["parameters"].isel({PARAMETER: place}).values[prior])
        now = weighed["parameters"].isel({PARAMETER: place}).values[left]
        order = np.argsort(now, kind="stable")
        share = np.cumsum(weight[order])
        even = np.searchsorted(known, now[order], side="right") / known.size
        before = weighted_quantiles(known, None, BAND)
        after = weighted_quantiles(now, weight, BAND)
        spread, width = float(known.std()), float(before[2] - before[0])
        found.append(
            Moved(
                name=str(name),
                unit=str(units[place]),
                before=before,
                after=after,
                shift=float(after[1] - before[1]) / spread if spread > 0.0 else 0.0,
                narrowing=float(after[2] - after[0]) / width if width > 0.0 else 1.0,
                distance=float(np.abs(share / share[-1] - even).max()),
            )
        )
    return sorted(found, key=lambda one: one.distance, reverse=True)


@dataclass(frozen=True)
class Foretold:
    """What the engine would have said in an earlier year, against what happened.

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


def later_than(series: Sequence[Series], year: int) -> tuple[Series, ...]:
    """Cut series to the years after one; those without such a year are left out.

    Parameters
    ----------
    series : sequence of Series
    year : int
    """
    found = []
    for one in series:
        keep = [place for place, at in enumerate(one.years) if at > year]
        if keep:
            found.append(
                replace(
                    one,
                    years=tuple(one.years[place] for place in keep),
                    values=tuple(one.values[place] for place in keep),
                    sources=tuple(one.sources[place] for place in keep),
                )
            )
    return tuple(found)


def foretell(
    vintage: Experiment,
    series: Sequence[Series],
    request: RunRequest,
    *,
    watch: Watch | None = None,
) -> Foretold:
    """Score an earlier view of a region on what happened since.

    Parameters
    ----------
    vintage : Experiment
        Its last observed year lies before the end of the series.
    series : sequence of Series
        Of the region as it is known now.
    request : RunRequest
    watch : Watch, optional

    Raises
    ------
    RequestError
        When nothing was observed after the vintage's last observed year.
    """
    year = vintage.last_observed
    later = () if year is None else later_than(series, year)
    if year is None or not later:
        raise RequestError(
            f"{vintage.problem.region}: found no observation after {year}, expected one at least; "
            "choose an earlier vintage"
        )
    run = Evaluation(request, watch=watch or Watch()).run(vintage.against(later))
    modelled = answers(run, later)
    return Foretold(run, vintage.problem.region, year, scores(later, modelled))


@dataclass(frozen=True)
class Hindcast:
    """The past of one region, scored, and the constrained ensemble.

    Attributes
    ----------
    weighed : Constrained
        The run and its weights.
    before, after : list of Score
        With prior draws, and constrained.
    moved : list of Moved
    """

    weighed: Constrained
    before: list[Score]
    after: list[Score]
    moved: list[Moved]


def looked_at(weighed: Constrained) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose the draws that tell what was thought before, and those that are left.

    Parameters
    ----------
    weighed : Constrained

    Returns
    -------
    prior, left : int64[draw]
        Ascending numbers of good draws: the first ones of the prior run, and those of any weight
        to speak of among the weighed ones.
    """
    weight = weighed.constraint.weight
    with weighed.run.draws as draws:
        prior = np.flatnonzero(draws["status"].values == 0)[:PRIOR_DRAWS]
    with weighed.sampled.draws as draws:
        good = draws["status"].values == 0
    return prior, np.flatnonzero(good & (weight > NEGLIGIBLE * weight.max()))


def hindcast(
    study: Experiment,
    request: RunRequest | None = None,
    *,
    most: int = MOST,
    temper: float = 1.0,
    watch: Watch | None = None,
) -> Hindcast:
    """Evaluate prior draws, score the past with them, and weigh them by it.

    Parameters
    ----------
    study : Experiment
    request, most, temper, watch
        As ``mc_engine.hindcast.constrained.weigh`` takes them; no trajectories are stored where
        the request is left out.

    Raises
    ------
    RequestError
        When the region has no observations.
    StatisticError
        When every draw is ruled out.
    """
    request = request or RunRequest(series=0)
    found = weigh(study, request, most=most, temper=temper, watch=watch)
    prior, left = looked_at(found)
    known = found.constraint.weight[left]
    with found.run.draws as before, found.sampled.draws as after:
        changed = moved(before, after, prior, left, known)
    return Hindcast(
        weighed=found,
        before=scores(found.series, answers(found.run, found.series, prior)),
        after=scores(found.series, answers(found.sampled, found.series, left), known),
        moved=changed,
    )


def scored(ones: Sequence[Score]) -> list[dict[str, Any]]:
    """Turn scores into plain data.

    Parameters
    ----------
    ones : sequence of Score
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
        for one in ones
    ]


def as_json(found: Hindcast, earlier: Sequence[Foretold] = ()) -> dict[str, Any]:
    """Turn a hindcast into plain data.

    Parameters
    ----------
    found : Hindcast
    earlier : sequence of Foretold
    """
    weighed, constraint = found.weighed, found.weighed.constraint
    plain = weighed.plain
    told = {
        "run": str(weighed.run.folder),
        "draws": weighed.run.manifest["draws"],
        "observations": weighed.digest,
        "weighed_draws": weighed.sampled.manifest["draws"],
        "aimed": list(weighed.aim.names) if weighed.aim else [],
        "effective_draws": constraint.effective,
        "largest_weight": constraint.largest,
        "temper": constraint.temper,
        "plausible": plain.plausible,
        "prior_effective": plain.effective,
        "prior_effective_alone": dict(plain.alone),
        "prior_effective_without": dict(plain.without),
        "implausible": dict(plain.implausible),
        "reproduction": scored(found.before),
        "constrained": scored(found.after),
        "refusal": weighed.refusal,
        "forecasts": [
            {"vintage": one.vintage, "from": one.from_year, "scores": scored(one.scores)}
            for one in earlier
        ],
    }
    if not weighed.enough:
        return told
    return told | {
        "targets": both_chances(weighed),
        "moved": [
            {
                "name": one.name,
                "unit": one.unit,
                "before": one.before.tolist(),
                "after": one.after.tolist(),
                "shift": one.shift,
                "narrowing": one.narrowing,
                "distance": one.distance,
            }
            for one in found.moved
        ],
    }


def both_chances(weighed: Constrained) -> list[dict[str, Any]]:
    """Put the chance of missing each target under the priors beside that under the past.

    Parameters
    ----------
    weighed : Constrained
        With enough effective draws.
    """
    kept = ("name", "p_miss", "low", "high")
    risks = (weighed.run.summary, weighed.risk or {"targets": []})
    before, after = ([{key: row[key] for key in kept} for row in r["targets"]] for r in risks)
    return [{"prior": a, "constrained": b} for a, b in zip(before, after, strict=True)]
