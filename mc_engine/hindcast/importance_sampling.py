"""Adaptive importance sampling: a proposal fitted in stages, from which fresh draws are made.

Weights of prior draws fail where the observations lie in the tail of the prior. The scores of the
informed factors are drawn from a normal proposal instead, and every draw has the weight prior over
proposal (C-3). The proposal is fitted to earlier draws under a tempered likelihood, stage by stage;
the draws that are weighted are fresh ones.
"""

import shutil
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mc_engine.calibrate import Fit
from mc_engine.calibrate.proposal import (
    GaussianProposal,
    fit_gaussian,
    informed_factors,
    temper_for,
)
from mc_engine.calibrate.weights import IMPLAUSIBLE, weights_of
from mc_engine.design.plan import recorded
from mc_engine.design.sampling import normal_scores
from mc_engine.hindcast.observables import fit_series
from mc_engine.problem.proposal import Proposal, aimed, proposal, whole_blocks
from mc_engine.run.experiment import Experiment
from mc_engine.run.options import RunRequest, Watch, Workers
from mc_engine.run.recipe import sampling_of
from mc_engine.run.results import Run
from mc_engine.vocabulary.axes import WEIGHT

Array = NDArray[np.float64]

# Within the folder of the pilot run: the stages while they last, and the proposal.
STAGES, PROPOSAL = "aiming", "aim.json"
SCHEMA_VERSION = 1
# Draws of a stage, effective draws under its tempered likelihood, and most stages.
STAGE_DRAWS, STAGE_EFFECTIVE, MAX_STAGES = 100_000, 600.0, 10
# Effective share of the draws of short stages; weights below a share of the largest have no part in
# the fit; draws whose scores are in memory at once.
MIN_EFFECTIVE_SHARE, NEGLIGIBLE, BLOCK = 0.1, 1e-6, 65_536


@dataclass(frozen=True)
class Pilot:
    """The prior draws that a proposal was fitted for.

    Attributes
    ----------
    identity : str
        Of the run.
    draws : int
    temper : float
        Power of the likelihood that the stages lead up to.
    """

    identity: str
    draws: int
    temper: float


@dataclass(frozen=True)
class FittedProposal:
    """Result of ``fit_proposal``, stored as ``aim.json``.

    Attributes
    ----------
    pilot : Pilot
    proposal : Proposal
    repetition : int
        Of the random design, that no stage has used.
    power : float
        Power of the likelihood that the last stage reached.
    """

    pilot: Pilot
    proposal: Proposal
    repetition: int
    power: float

    def as_json(self) -> dict[str, Any]:
        """Convert to JSON data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "pilot": asdict(self.pilot),
            "proposal": self.proposal.as_json(),
            "repetition": self.repetition,
            "power": self.power,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read the form of ``as_json``; files of before have no ``schema_version``."""
        return cls(
            pilot=Pilot(**data["pilot"]),
            proposal=Proposal.from_json(data["proposal"]),
            repetition=data["repetition"],
            power=data["power"],
        )


def fit_proposal(
    study: Experiment,
    pilot: Run,
    fits: dict[str, Fit],
    temper: float,
    max_draws: int,
    request: RunRequest,
    workers: Workers,
    watch: Watch,
) -> FittedProposal:
    """Fit a proposal to the posterior in stages, or read the stored one.

    Parameters
    ----------
    study : Experiment
    pilot : Run
        Prior draws of a random design, with observables.
    fits : dict of str to Fit
        Of the pilot.
    temper : float
        Power of the likelihood to reach.
    max_draws : int
        Never exceeded by a stage.
    request : RunRequest
        Everything else of the draws of a stage.
    workers : Workers
    watch : Watch

    Returns
    -------
    FittedProposal
    """
    wanted = Pilot(pilot.manifest["identity"], int(pilot.manifest["draws"]), temper)
    stored = pilot.files.read_result(PROPOSAL)
    if stored and stored["pilot"] == asdict(wanted):
        return FittedProposal.from_json(stored)
    run, stage, reached = pilot, 0, 0.0
    while True:
        candidate, power = _next_stage(study, run, fits, temper)
        if power > reached:
            best, reached = candidate, power
        stage += 1
        # A stage that reached less than the one before it was fitted to noise.
        if power >= temper or power < reached or stage == MAX_STAGES:
            break
        run = study.aimed(best).carry_out(
            replace(
                request,
                draws=min(STAGE_DRAWS, max_draws),
                repetition=stage,
                series=0,
                out=pilot.folder / STAGES / f"{stage}",
                store_observables=True,
            ),
            workers=workers,
            watch=watch,
        )
        fits = fit_series(run, study.problem.observations)
    result = FittedProposal(wanted, best, stage, reached)
    pilot.files.write_result(PROPOSAL, result.as_json())
    shutil.rmtree(pilot.folder / STAGES, ignore_errors=True)
    return result


def _next_stage(
    study: Experiment, run: Run, fits: dict[str, Fit], temper: float
) -> tuple[Proposal, float]:
    """Fit the proposal of the next stage; give it with the power of the likelihood behind it."""
    total = np.sum([one.log_likelihood for one in fits.values()], axis=0)
    worst = np.max([one.implausibility for one in fits.values()], axis=0)
    with run.draws as draws:
        before = np.log(draws[WEIGHT].values)
    effective = min(STAGE_EFFECTIVE, MIN_EFFECTIVE_SHARE * total.size)
    power = temper_for(total, before, effective, temper)
    if power >= temper:
        total[worst > IMPLAUSIBLE] = -np.inf
    weight = weights_of(before + power * total)
    retained = np.flatnonzero(weight > NEGLIGIBLE * weight.max())
    scores, weight = _scores(study, run, retained), weight[retained]
    factors = study.problem.factors
    shift = np.array([factor.shift for factor in factors])
    names = [factors[index].name for index in informed_factors(scores, weight, shift)]
    if run.manifest["proposal"]:
        names += run.manifest["proposal"]["names"]
    whole = whole_blocks(study.problem, names)
    order = [factor.name for factor in factors]
    columns = [order.index(name) for name in whole]
    prior = proposal(study.problem, whole, shift[columns], np.eye(len(whole)))
    lower = np.array(prior.prior_rows)
    fitted = fit_gaussian(
        scores[:, columns], weight, GaussianProposal(shift[columns], lower @ lower.T)
    )
    return proposal(study.problem, whole, fitted.mean, fitted.covariance), power


def _scores(study: Experiment, run: Run, draws: NDArray[np.int64]) -> Array:
    """Normal scores of some draws of a run; float64[draw, factor]."""
    stored = run.manifest["proposal"]
    problem = aimed(study.problem, Proposal.from_json(stored)) if stored else study.problem
    design = run.manifest["design"]
    plan = sampling_of(problem, recorded(design), int(run.manifest["draws"]))
    parts = []
    for first in range(0, int(run.manifest["draws"]), BLOCK):
        last = min(first + BLOCK, int(run.manifest["draws"]))
        ends = np.searchsorted(draws, (first, last))
        if ends[1] > ends[0]:
            parts.append(normal_scores(plan, first, last)[draws[slice(*ends)] - first])
    return np.concatenate(parts)
