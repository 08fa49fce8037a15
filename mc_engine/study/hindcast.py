"""The past, scored; and what it leaves of the draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.calibrate import (
    ENOUGH,
    Constraint,
    Score,
    constrain,
    fit,
    predictive,
    refuse_too_few,
    score,
)
from mc_engine.errors import RequestError, StatisticError
from mc_engine.intervals import weighted_quantiles
from mc_engine.problem.observations import errors_digest
from mc_engine.schema.axes import PARAMETER
from mc_engine.schema.observations import Series
from mc_engine.study.run import Run
from mc_engine.study.study import Study

# Prior draws to begin with, and never exceeded where too few effective ones are left.
DRAWS, MOST = 200_000, 10_000_000
# Weights below this share of the largest are left out where inputs are looked at, and so many prior
# draws tell where an input stood before.
NEGLIGIBLE, PRIOR_DRAWS = 1e-9, 100_000
# Draws beyond those that should do: the effective number is itself an estimate.
MARGIN = 1.5


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


def answers(run: Run, series: Sequence[Series]) -> dict[str, NDArray[np.float64]]:
    """Read what a run gave for every series; NaN where a draw failed.

    Parameters
    ----------
    run : Run
        Made with ``past=True``.
    series : sequence of Series
        In the order of the run's problem.

    Returns
    -------
    dict of str to float64[draw, year]

    Raises
    ------
    RequestError
        When the run did not store them.
    """
    with run.draws as draws:
        if "modelled" not in draws:
            raise RequestError(
                f"{run.folder}: found nothing stored of the past, expected what the model gives "
                "for each observation; run again with past=True (mc-engine hindcast)"
            )
        found, at = {}, 0
        for one in series:
            span = slice(at, at + len(one.years))
            found[one.name] = draws["modelled"][:, span].values.astype(np.float64)
            at += len(one.years)
    return found


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


def constraint(
    series: Sequence[Series], modelled: Mapping[str, NDArray[np.float64]], temper: float = 1.0
) -> Constraint:
    """Weigh the draws by the series that take part.

    Parameters
    ----------
    series : sequence of Series
    modelled : mapping of str to float64[draw, year]
    temper : float
        Power of the likelihood.
    """
    fits = {one.name: fit(one, modelled[one.name]) for one in series if one.fits}
    return constrain(fits, temper)


def moved(draws: xr.Dataset, weight: NDArray[np.float64]) -> list[Moved]:
    """Find the inputs whose distribution the weights move most.

    Parameters
    ----------
    draws : xr.Dataset
        As in ``draws.nc``.
    weight : float64[draw]

    Returns
    -------
    list of Moved
        Of all inputs, the largest distance first.
    """
    units = draws["parameter_unit"].values
    good = draws["status"].values == 0
    # Draws of no weight to speak of have no part in what is left; the prior needs no more draws
    # than tell its quantiles.
    kept = np.flatnonzero(good & (weight > NEGLIGIBLE * weight.max()))
    some = np.flatnonzero(good)[:PRIOR_DRAWS]
    known = weight[kept]
    found = []
    for place, name in enumerate(draws[PARAMETER].values):
        values = draws["parameters"].isel({PARAMETER: place}).values
        prior, left = np.sort(values[some]), values[kept]
        order = np.argsort(left, kind="stable")
        share = np.cumsum(known[order])
        even = np.searchsorted(prior, left[order], side="right") / prior.size
        before = weighted_quantiles(prior, None, (0.05, 0.5, 0.95))
        after = weighted_quantiles(left, known, (0.05, 0.5, 0.95))
        spread, width = float(prior.std()), float(before[2] - before[0])
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


def after(series: Sequence[Series], year: int) -> tuple[Series, ...]:
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


def foretell(vintage: Study, series: Sequence[Series], draws: int, **options: Any) -> Foretold:
    """Score an earlier view of a region on what happened since.

    Parameters
    ----------
    vintage : Study
        Its last observed year lies before the end of the series.
    series : sequence of Series
        Of the region as it is known now.
    draws : int
    **options
        As ``Study.run`` takes them.

    Raises
    ------
    RequestError
        When nothing was observed after the vintage's last observed year.
    """
    year = vintage.last_observed
    later = () if year is None else after(series, year)
    if year is None or not later:
        raise RequestError(
            f"{vintage.problem.region}: found no observation after {year}, expected one at least; "
            "choose an earlier vintage"
        )
    run = vintage.against(later).run(draws, past=True, **({"series": 0} | options))
    modelled = answers(run, later)
    return Foretold(run, vintage.problem.region, year, scores(later, modelled))


@dataclass(frozen=True)
class Hindcast:
    """The past of one region, scored, and the constrained ensemble.

    Attributes
    ----------
    run : Run
    series : tuple of Series
    digest : str
        Hash of the observations with their errors.
    before, after : list of Score
        With prior draws, and constrained.
    constraint : Constraint
    risk_before, risk_after : dict
        As ``Run.summary`` and ``Run.risk`` give them.
    moved : list of Moved
    """

    run: Run
    series: tuple[Series, ...]
    digest: str
    before: list[Score]
    after: list[Score]
    constraint: Constraint
    risk_before: dict[str, Any]
    risk_after: dict[str, Any]
    moved: list[Moved]

    @property
    def enough(self) -> bool:
        """Whether enough effective draws are left for constrained figures."""
        return self.constraint.effective >= ENOUGH

    @property
    def refusal(self) -> str:
        """Why there are no constrained figures; empty where there are."""
        try:
            refuse_too_few(self.constraint)
        except StatisticError as error:
            return str(error)
        return ""


def hindcast(
    study: Study,
    draws: int = DRAWS,
    *,
    most: int = MOST,
    temper: float = 1.0,
    **options: Any,
) -> Hindcast:
    """Evaluate prior draws, score the past with them, and weigh them by it.

    Where the observations leave fewer than 1,000 effective draws, the prior ensemble is enlarged
    once, to as many draws as should leave enough.

    Parameters
    ----------
    study : Study
    draws : int
        Prior draws to begin with.
    most : int
        Prior draws that are never exceeded.
    temper : float
        Power of the likelihood; 1 unless a reader is told otherwise.
    **options
        As ``Study.run`` takes them.

    Raises
    ------
    RequestError
        When the region has no observations.
    StatisticError
        When every draw is ruled out.
    """
    series = study.problem.observations
    run = study.run(draws, past=True, **({"series": 0} | options))
    modelled = answers(run, series)
    found = constraint(series, modelled, temper)
    if found.effective < ENOUGH and run.manifest["draws"] < most:
        needed = MARGIN * ENOUGH / found.effective * run.manifest["draws"]
        run = study.run(int(min(most, needed)), past=True, **({"series": 0} | options))
        modelled = answers(run, series)
        found = constraint(series, modelled, temper)
    before, after = scores(series, modelled), scores(series, modelled, found.weight)
    with run.draws as stored:
        changed = moved(stored, found.weight)
    return Hindcast(
        run=run,
        series=series,
        digest=errors_digest(series),
        before=before,
        after=after,
        constraint=found,
        risk_before=run.summary,
        risk_after=run.risk(weight=found.weight),
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
    constraint = found.constraint
    told = {
        "run": str(found.run.folder),
        "draws": found.run.manifest["draws"],
        "observations": found.digest,
        "effective_draws": constraint.effective,
        "temper": constraint.temper,
        "plausible": constraint.plausible,
        "effective_alone": dict(constraint.alone),
        "effective_without": dict(constraint.without),
        "implausible": dict(constraint.implausible),
        "reproduction": scored(found.before),
        "constrained": scored(found.after),
        "refusal": found.refusal,
        "forecasts": [
            {"vintage": one.vintage, "from": one.from_year, "scores": scored(one.scores)}
            for one in earlier
        ],
    }
    if not found.enough:
        return told
    kept = ("name", "p_miss", "low", "high")
    return told | {
        "targets": [
            {"prior": {key: a[key] for key in kept}, "constrained": {key: b[key] for key in kept}}
            for a, b in zip(found.risk_before["targets"], found.risk_after["targets"], strict=True)
        ],
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
