"""The posterior ensemble: draws weighted by the observations, and the chances under the weights."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np

from mc_engine.calibrate import (
    MIN_EFFECTIVE,
    Constraint,
    Fit,
    likelihood_weights,
    refuse_too_few,
)
from mc_engine.errors import StatisticError
from mc_engine.hindcast.importance_sampling import fit_proposal
from mc_engine.hindcast.observables import fit_series
from mc_engine.problem.observations import errors_digest
from mc_engine.problem.proposal import Proposal
from mc_engine.run import store
from mc_engine.run.experiment import Experiment
from mc_engine.run.options import RunRequest, Watch, Workers
from mc_engine.run.results import CONSTRAINED, Run
from mc_engine.vocabulary.axes import WEIGHT
from mc_engine.vocabulary.observations import Series

# Prior draws to begin with, and draws of any kind that are never exceeded.
DRAWS, MAX_DRAWS = 200_000, 10_000_000
# Draws beyond those that should do: the effective sample size is itself an estimate.
MARGIN = 1.5
# Folder of the importance-sampled draws, within that of the run.
SAMPLED = "aimed"
# Largest share of all weight that one draw may have.
MAX_WEIGHT_SHARE = 0.05
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Posterior:
    """A run of prior draws, and the weighted draws that represent its posterior.

    Attributes
    ----------
    run : Run
        Of the priors.
    sampled : Run
        Whose draws are weighted: the same, or an importance-sampled one (C-3).
    series : tuple of Series
        All observations.
    digest : str
        Hash of the observations with their errors.
    constraint : Constraint
        Weights of ``sampled``.
    prior_constraint : Constraint
        Weights of the prior draws, and which series constrain most.
    """

    run: Run
    sampled: Run
    series: tuple[Series, ...]
    digest: str
    constraint: Constraint
    prior_constraint: Constraint

    @property
    def proposal(self) -> Proposal | None:
        """Proposal of the weighted draws; None for the priors."""
        stored = self.sampled.manifest.get("proposal")
        return None if stored is None else Proposal.from_json(stored)

    @property
    def sufficient(self) -> bool:
        """Whether there are enough effective draws for posterior figures."""
        return not self.refusal

    @property
    def refusal(self) -> str:
        """Why there are no posterior figures; empty where there are."""
        try:
            refuse_too_few(self.constraint)
        except StatisticError as error:
            return str(error)
        largest = self.constraint.largest
        if largest > MAX_WEIGHT_SHARE:
            return (
                f"constraint: one draw has {100.0 * largest:.1f} % of all weight, expected at "
                f"most {100.0 * MAX_WEIGHT_SHARE:g} %; enlarge --draws"
            )
        return ""

    @property
    def risk(self) -> dict[str, Any] | None:
        """Chances under the weights, as ``Run.risk`` gives them; None where refused."""
        risk: dict[str, Any] | None = self.run.constrained.get("risk")
        return risk

    def chances(self) -> list[dict[str, Any]]:
        """Pair the chance of missing each target under the priors with that of the posterior."""
        names = ("name", "p_miss", "low", "high")
        risks = (self.run.summary, self.risk or {"targets": []})
        prior, posterior = (
            [{key: row[key] for key in names} for row in risk["targets"]] for risk in risks
        )
        return [
            {"prior": before, "constrained": after}
            for before, after in zip(prior, posterior, strict=True)
        ]


@dataclass(frozen=True)
class WeightedRun:
    """The run whose draws are weighted.

    Attributes
    ----------
    folder : str
        Relative to the folder of the prior run.
    identity : str
    draws : int
    """

    folder: str
    identity: str
    draws: int


@dataclass(frozen=True)
class ConstrainedRecord:
    """What is stored of a posterior, as ``constrained.json``.

    Attributes
    ----------
    identity : str
        Of the prior run.
    draws : int
    observations : str
        Hash of the observations with their errors.
    temper : float
        Power of the likelihood.
    effective_draws : float
    plausible, largest_weight : float, 1
    weighed : WeightedRun
    prior_effective : float
    prior_effective_alone, prior_effective_without : mapping of str to float
        By series; see ``Constraint``.
    implausible : mapping of str to float, 1
    risk : mapping
        As ``Run.risk`` gives it.
    """

    identity: str
    draws: int
    observations: str
    temper: float
    effective_draws: float
    plausible: float
    largest_weight: float
    weighed: WeightedRun
    prior_effective: float
    prior_effective_alone: Mapping[str, float]
    prior_effective_without: Mapping[str, float]
    implausible: Mapping[str, float]
    risk: Mapping[str, Any]

    @classmethod
    def of(cls, posterior: Posterior, risk: Mapping[str, Any]) -> Self:
        """Describe a posterior and the chances under it."""
        run, sampled = posterior.run, posterior.sampled
        constraint, prior = posterior.constraint, posterior.prior_constraint
        return cls(
            identity=run.manifest["identity"],
            draws=run.manifest["draws"],
            observations=posterior.digest,
            temper=constraint.temper,
            effective_draws=constraint.effective,
            plausible=prior.plausible,
            largest_weight=constraint.largest,
            weighed=WeightedRun(
                "." if sampled.folder == run.folder else SAMPLED,
                sampled.manifest["identity"],
                sampled.manifest["draws"],
            ),
            prior_effective=prior.effective,
            prior_effective_alone=dict(prior.alone),
            prior_effective_without=dict(prior.without),
            implausible=dict(prior.implausible),
            risk=risk,
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the form of ``as_json``; files of before have no ``schema_version``."""
        fields = {name: value for name, value in data.items() if name != "schema_version"}
        return cls(**{**fields, "weighed": WeightedRun(**fields["weighed"])})

    def as_json(self) -> dict[str, Any]:
        """Convert to JSON data."""
        return {"schema_version": SCHEMA_VERSION} | asdict(self)

    def attributes(self) -> dict[str, Any]:
        """Global attributes of the file of weights."""
        names = (
            "identity", "draws", "observations", "temper", "effective_draws", "plausible",
            "largest_weight",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | asdict(self.weighed)


def constrain(
    study: Experiment,
    request: RunRequest | None = None,
    *,
    max_draws: int = MAX_DRAWS,
    temper: float = 1.0,
    workers: Workers | None = None,
    watch: Watch | None = None,
) -> Posterior:
    """Evaluate prior draws, weight them by the observations, and store weights and chances.

    Where the observations leave fewer than 1,000 effective draws, as many fresh draws are made by
    adaptive importance sampling (C-3), and more of them where that is too few. Where that does not
    do either, nothing is stored, and ``Posterior.refusal`` says why.

    Parameters
    ----------
    study : Experiment
    request : RunRequest, optional
        ``draws`` prior draws, and as many importance-sampled ones to begin with; 200,000 where
        left out.
    max_draws : int
        Draws that are never exceeded.
    temper : float
        Power of the likelihood; 1 unless readers are told otherwise.
    workers : Workers, optional
    watch : Watch, optional

    Returns
    -------
    Posterior

    Raises
    ------
    RequestError
        When the region has no observations.
    StatisticError
        When every draw is ruled out, or no series constrains.
    """
    request = replace(request or RunRequest(), store_observables=True)
    if request.draws is None:
        request = replace(request, draws=DRAWS)
    workers, watch = workers or Workers(), watch or Watch()
    series = study.problem.observations
    run = study.carry_out(request, workers=workers, watch=watch)
    fits = fit_series(run, series)
    prior = likelihood_weights(fits, temper)
    sampled, constraint = run, prior
    independent = run.manifest["design"]["name"] == "random"
    if constraint.effective < MIN_EFFECTIVE and independent:
        sampled, constraint = _importance_sampled(
            study, run, fits, temper, max_draws, request, workers, watch
        )
    posterior = Posterior(run, sampled, series, errors_digest(series), constraint, prior)
    if posterior.sufficient:
        _store(posterior)
    return posterior


def _importance_sampled(
    study: Experiment,
    pilot: Run,
    fits: dict[str, Fit],
    temper: float,
    max_draws: int,
    request: RunRequest,
    workers: Workers,
    watch: Watch,
) -> tuple[Run, Constraint]:
    """Make as many draws from a fitted proposal as ``request`` has, and more where too few."""
    fitted = fit_proposal(study, pilot, fits, temper, max_draws, request, workers, watch)
    experiment = study.aimed(fitted.proposal)
    draws = request.draws or DRAWS
    request = replace(request, out=pilot.folder / SAMPLED, repetition=fitted.repetition)
    while True:
        run = experiment.carry_out(replace(request, draws=draws), workers=workers, watch=watch)
        with run.draws as stored:
            prior_weight = np.asarray(stored[WEIGHT].values)
        fits = fit_series(run, study.problem.observations)
        constraint = likelihood_weights(fits, temper, prior_weight)
        enlarged = draws != request.draws
        if constraint.effective >= MIN_EFFECTIVE or draws >= max_draws or enlarged:
            return run, constraint
        draws = int(min(max_draws, MARGIN * MIN_EFFECTIVE / constraint.effective * draws))


def _store(posterior: Posterior) -> None:
    """Write the weights, then the chances under them; nothing where they are stored already."""
    run, sampled = posterior.run, posterior.sampled
    stored = run.constrained
    if stored:
        record = ConstrainedRecord.from_json(stored)
        if record == ConstrainedRecord.of(posterior, record.risk):
            return
    weight = posterior.constraint.weight
    attributes = ConstrainedRecord.of(posterior, {}).attributes()
    store.write_weights(sampled.folder, weight, attributes)
    record = ConstrainedRecord.of(posterior, sampled.risk(weight=weight))
    run.files.write_result(CONSTRAINED, record.as_json())
