"""An ensemble aimed at the past: the proposal found in stages, then fresh draws from it.

Plain weights of prior draws fail where the past lies in the tail of the priors. The scores of the
inputs that the past moves are drawn from a normal law instead, and every draw weighs as much as
the prior over that law (C-3). The law is fitted to earlier draws under a tempered likelihood, stage
by stage; the draws that count are fresh ones.
"""

import json
import shutil

import numpy as np
from numpy.typing import NDArray

from mc_engine.calibrate import Fit
from mc_engine.calibrate.aim import Target, target, temper_for, who_moved
from mc_engine.calibrate.weights import IMPLAUSIBLE, weights_of
from mc_engine.design.plan import recorded
from mc_engine.design.sampling import normal_scores
from mc_engine.hindcast.answered import fits
from mc_engine.hindcast.evaluation import Evaluation
from mc_engine.problem.proposal import Proposal, aimed, proposal, whole_blocks
from mc_engine.run import journal
from mc_engine.run.experiment import Experiment
from mc_engine.run.recipe import sampling_of
from mc_engine.run.results import Run
from mc_engine.vocabulary.axes import WEIGHT

Array = NDArray[np.float64]

STAGES, AIM = "aiming", "aim.json"
# Draws of a stage, effective draws under its tempered likelihood, and most stages.
STAGE_DRAWS, STAGE_EFFECTIVE, MOST_STAGES = 100_000, 600.0, 10
# Of short stages, the share of the draws that is to be effective; weights below a share of the
# largest have no part in the fit; draws whose scores are held at once.
FEWEST, NEGLIGIBLE, BLOCK = 0.1, 1e-6, 65_536


def find_aim(
    study: Experiment,
    pilot: Run,
    held: dict[str, Fit],
    temper: float,
    most: int,
    how: Evaluation,
) -> tuple[Proposal, int]:
    """Find a proposal for the past of a region, in stages, or read the one that was found.

    Parameters
    ----------
    study : Experiment
    pilot : Run
        Prior draws of a random design, with what answers to the past.
    held : dict of str to Fit
        Of the pilot.
    temper : float
        Power of the likelihood that is aimed at.
    most : int
        Draws of a stage that are never exceeded.
    how : Evaluation
        How stages are run; their draws and folders are their own.

    Returns
    -------
    proposal : Proposal
    repetition : int
        Of the random design, that no stage has used.
    """
    path = pilot.folder / AIM
    facts = {name: pilot.manifest[name] for name in ("identity", "draws")} | {"temper": temper}
    if path.exists():
        known = json.loads(path.read_text(encoding="utf-8"))
        if known["pilot"] == facts:
            return Proposal.from_json(known["proposal"]), known["repetition"]
    run, stage, reached = pilot, 0, 0.0
    while True:
        found, power = _next(study, run, held, temper)
        if power > reached:
            aim, reached = found, power
        stage += 1
        # A stage that reached less than the one before it was fitted to noise.
        if power >= temper or power < reached or stage == MOST_STAGES:
            break
        folder = pilot.folder / STAGES / f"{stage}"
        run = how.run(
            study.aimed(aim), draws=min(STAGE_DRAWS, most), repetition=stage, out=folder, series=0
        )
        held = fits(run, study.problem.observations)
    told = {"pilot": facts, "proposal": aim.as_json(), "repetition": stage, "power": reached}
    journal.write_json(path, told)
    shutil.rmtree(pilot.folder / STAGES, ignore_errors=True)
    return aim, stage


def _next(
    study: Experiment, run: Run, held: dict[str, Fit], temper: float
) -> tuple[Proposal, float]:
    """Fit the proposal of the next stage, and give the power of the likelihood behind it."""
    total = np.sum([one.log_likelihood for one in held.values()], axis=0)
    worst = np.max([one.implausibility for one in held.values()], axis=0)
    with run.draws as draws:
        before = np.log(draws[WEIGHT].values)
    power = temper_for(total, before, min(STAGE_EFFECTIVE, FEWEST * total.size), temper)
    if power >= temper:
        total[worst > IMPLAUSIBLE] = -np.inf
    weight = weights_of(before + power * total)
    kept = np.flatnonzero(weight > NEGLIGIBLE * weight.max())
    scores, known = _scores(study, run, kept), weight[kept]
    factors = study.problem.factors
    shift = np.array([factor.shift for factor in factors])
    names = [factors[place].name for place in who_moved(scores, known, shift)]
    if run.manifest["proposal"]:
        names += run.manifest["proposal"]["names"]
    whole = whole_blocks(study.problem, names)
    order = [factor.name for factor in factors]
    places = [order.index(name) for name in whole]
    plain = proposal(study.problem, whole, shift[places], np.eye(len(whole)))
    lower = np.array(plain.prior_rows)
    found = target(scores[:, places], known, Target(shift[places], lower @ lower.T))
    return proposal(study.problem, whole, found.mean, found.covariance), power


def _scores(study: Experiment, run: Run, kept: NDArray[np.int64]) -> Array:
    """Normal scores of some draws of a run; float64[draw, factor]."""
    told = run.manifest["proposal"]
    problem = aimed(study.problem, Proposal.from_json(told)) if told else study.problem
    design = run.manifest["design"]
    plan = sampling_of(problem, recorded(design), int(run.manifest["draws"]))
    parts = []
    for first in range(0, int(run.manifest["draws"]), BLOCK):
        last = min(first + BLOCK, int(run.manifest["draws"]))
        ends = np.searchsorted(kept, (first, last))
        if ends[1] > ends[0]:
            parts.append(normal_scores(plan, first, last)[kept[slice(*ends)] - first])
    return np.concatenate(parts)
