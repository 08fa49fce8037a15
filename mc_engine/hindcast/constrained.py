"""A run weighed by the past: enough draws, their weights, and the chances under both."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mc_engine.calibrate import ENOUGH, Constraint, constrain, refuse_too_few
from mc_engine.errors import StatisticError
from mc_engine.hindcast.aimed import find_aim
from mc_engine.hindcast.answered import fits
from mc_engine.hindcast.evaluation import Evaluation
from mc_engine.problem.observations import errors_digest
from mc_engine.problem.proposal import Proposal
from mc_engine.run import journal, store
from mc_engine.run.experiment import Experiment
from mc_engine.run.options import RunRequest, Watch, Workers
from mc_engine.run.results import CONSTRAINED, Run
from mc_engine.vocabulary.axes import WEIGHT
from mc_engine.vocabulary.observations import Series

# Prior draws to begin with, and draws of any kind that are never exceeded.
DRAWS, MOST = 200_000, 10_000_000
# Draws beyond those that should do: the effective number is itself an estimate.
MARGIN = 1.5
# Folder of the draws that are aimed, within that of the run.
AIMED = "aimed"
# The largest share of all weight that one draw may have.
HEAVIEST = 0.05


@dataclass(frozen=True)
class Constrained:
    """A run and what the past leaves of it.

    Attributes
    ----------
    run : Run
        Of the priors.
    sampled : Run
        Whose draws are weighed: the same, or an aimed one (C-3).
    series : tuple of Series
        Everything observed.
    digest : str
        Hash of the observations with their errors.
    constraint : Constraint
        Weights of ``sampled``.
    plain : Constraint
        Of the prior draws: what each series leaves of them, and which is to blame.
    """

    run: Run
    sampled: Run
    series: tuple[Series, ...]
    digest: str
    constraint: Constraint
    plain: Constraint

    @property
    def aim(self) -> Proposal | None:
        """Where the weighed draws come from; None for the priors."""
        found = self.sampled.manifest.get("proposal")
        return None if found is None else Proposal.from_json(found)

    @property
    def enough(self) -> bool:
        """Whether enough is left for constrained figures."""
        return not self.refusal

    @property
    def refusal(self) -> str:
        """Why there are no constrained figures; empty where there are."""
        try:
            refuse_too_few(self.constraint)
        except StatisticError as error:
            return str(error)
        heaviest = self.constraint.largest
        if heaviest > HEAVIEST:
            return (
                f"constraint: one draw has {100.0 * heaviest:.1f} % of all weight, expected at "
                f"most {100.0 * HEAVIEST:g} %; enlarge --draws"
            )
        return ""

    @property
    def risk(self) -> dict[str, Any] | None:
        """Chances under the weights, as ``Run.risk`` gives them; None where refused."""
        return self.run.constrained.get("risk")


def weigh(
    study: Experiment,
    request: RunRequest | None = None,
    *,
    most: int = MOST,
    temper: float = 1.0,
    workers: Workers | None = None,
    watch: Watch | None = None,
) -> Constrained:
    """Evaluate prior draws, weigh them by the past, and store weights and chances with the run.

    Where the observations leave fewer than 1,000 effective draws, as many fresh draws are aimed
    at the past (C-3), and more of them where that is too few. Where that does not do either,
    nothing is stored, and ``Constrained.refusal`` says why.

    Parameters
    ----------
    study : Experiment
    request : RunRequest, optional
        Prior draws, and aimed ones to begin with: 200,000 where it gives no number.
    most : int
        Draws that are never exceeded.
    temper : float
        Power of the likelihood; 1 unless a reader is told otherwise.
    workers : Workers, optional
    watch : Watch, optional

    Returns
    -------
    Constrained

    Raises
    ------
    RequestError
        When the region has no observations.
    StatisticError
        When every draw is ruled out, or no series takes part.
    """
    series = study.problem.observations
    request = request or RunRequest()
    draws = DRAWS if request.draws is None else request.draws
    how = Evaluation(replace(request, draws=draws), workers or Workers(), watch or Watch())
    run = how.run(study)
    held = fits(run, series)
    plain = constrain(held, temper)
    found, sampled = plain, run
    independent = run.manifest["design"]["name"] == "random"
    if found.effective < ENOUGH and independent:
        aim, repetition = find_aim(study, run, held, temper, most, how)
        there = replace(how.request, out=run.folder / AIMED, repetition=repetition)
        aimed, how = study.aimed(aim), replace(how, request=there)
        sampled, found = _weighed(aimed, draws, temper, how)
        if found.effective < ENOUGH and draws < most:
            needed = int(min(most, MARGIN * ENOUGH / found.effective * draws))
            sampled, found = _weighed(aimed, needed, temper, how)
    weighed = Constrained(run, sampled, series, errors_digest(series), found, plain)
    if weighed.enough:
        _store(weighed)
    return weighed


def _weighed(
    study: Experiment, draws: int, temper: float, how: Evaluation
) -> tuple[Run, Constraint]:
    """Evaluate aimed draws and weigh them by prior over proposal, and by the past."""
    run = how.run(study, draws=draws)
    with run.draws as stored:
        before = np.asarray(stored[WEIGHT].values)
    return run, constrain(fits(run, study.problem.observations), temper, before)


def _store(weighed: Constrained) -> None:
    """Write the weights, then what they make of the chances."""
    run, sampled, found = weighed.run, weighed.sampled, weighed.constraint
    facts = {
        "identity": run.manifest["identity"],
        "draws": run.manifest["draws"],
        "observations": weighed.digest,
        "temper": found.temper,
        "effective_draws": found.effective,
        "plausible": weighed.plain.plausible,
        "largest_weight": found.largest,
        "weighed": {
            "folder": "." if sampled.folder == run.folder else AIMED,
            "identity": sampled.manifest["identity"],
            "draws": sampled.manifest["draws"],
        },
    }
    known = run.constrained
    if known and {name: known[name] for name in facts} == facts:
        return
    flat = {name: value for name, value in facts.items() if name != "weighed"}
    store.write_weights(sampled.folder, found.weight, flat | facts["weighed"])
    told = facts | {
        "prior_effective": weighed.plain.effective,
        "prior_effective_alone": dict(weighed.plain.alone),
        "prior_effective_without": dict(weighed.plain.without),
        "implausible": dict(weighed.plain.implausible),
        "risk": sampled.risk(weight=found.weight),
    }
    journal.write_json(run.folder / CONSTRAINED, told)
