"""A run weighed by the past: enough prior draws, their weights, and the chances under both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.calibrate import ENOUGH, Constraint, Fit, constrain, fit, refuse_too_few
from mc_engine.errors import RequestError, StatisticError
from mc_engine.problem.observations import errors_digest
from mc_engine.run import journal, store
from mc_engine.schema.observations import Series
from mc_engine.study.run import CONSTRAINED, Run
from mc_engine.study.study import Study

Array = NDArray[np.float64]

# Prior draws to begin with, and never exceeded where too few effective ones are left.
DRAWS, MOST = 200_000, 10_000_000
# Draws beyond those that should do: the effective number is itself an estimate.
MARGIN = 1.5
# Draws that are held against the past at once.
BLOCK = 65_536


@dataclass(frozen=True)
class Constrained:
    """A run and what the past leaves of it.

    Attributes
    ----------
    run : Run
    series : tuple of Series
        Everything observed.
    digest : str
        Hash of the observations with their errors.
    constraint : Constraint
    """

    run: Run
    series: tuple[Series, ...]
    digest: str
    constraint: Constraint

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

    @property
    def risk(self) -> dict[str, Any] | None:
        """Chances under the weights, as ``Run.risk`` gives them; None where refused."""
        return self.run.constrained.get("risk")


def _modelled(run: Run) -> Iterator[tuple[int, Array]]:
    """Read what a run gave for every observation: first draw of a block, float64[draw, ...]."""
    with run.draws as draws:
        if "modelled" not in draws:
            raise RequestError(
                f"{run.folder}: found nothing stored of the past, expected what the model gives "
                "for each observation; run again with past=True (mc-engine hindcast)"
            )
        modelled = draws["modelled"]
        for first in range(0, modelled.shape[0], BLOCK):
            yield first, modelled[first : first + BLOCK].values.astype(np.float64)


def _columns(series: Sequence[Series]) -> list[tuple[Series, slice]]:
    """Where each series stands along the axis of observations."""
    ends = np.cumsum([len(one.years) for one in series]).tolist()
    return [(one, slice(end - len(one.years), end)) for one, end in zip(series, ends, strict=True)]


def answers(
    run: Run, series: Sequence[Series], draws: NDArray[np.int64] | None = None
) -> dict[str, Array]:
    """Read what a run gave for every series; NaN where a draw failed.

    Parameters
    ----------
    run : Run
        Made with ``past=True``.
    series : sequence of Series
        In the order of the run's problem.
    draws : int64[draw], optional
        Ascending numbers of the draws that are read; all where left out.

    Returns
    -------
    dict of str to float64[draw, year]

    Raises
    ------
    RequestError
        When the run did not store them.
    """
    parts = []
    for first, block in _modelled(run):
        if draws is None:
            parts.append(block)
            continue
        ends = np.searchsorted(draws, (first, first + len(block)))
        parts.append(block[draws[slice(*ends)] - first])
    found = np.concatenate(parts)
    return {one.name: found[:, span] for one, span in _columns(series)}


def fits(run: Run, series: Sequence[Series]) -> dict[str, Fit]:
    """Hold every draw of a run against the series that take part, a block of draws at a time.

    Parameters
    ----------
    run : Run
        Made with ``past=True``.
    series : sequence of Series
        In the order of the run's problem.

    Returns
    -------
    dict of str to Fit
    """
    size = int(run.manifest["draws"])
    found = {one.name: Fit(np.empty(size), np.empty(size)) for one in series if one.fits}
    for first, block in _modelled(run):
        rows = slice(first, first + len(block))
        for one, span in _columns(series):
            if one.fits:
                part = fit(one, block[:, span])
                found[one.name].log_likelihood[rows] = part.log_likelihood
                found[one.name].implausibility[rows] = part.implausibility
    return found


def weigh(
    study: Study, draws: int = DRAWS, *, most: int = MOST, temper: float = 1.0, **options: Any
) -> Constrained:
    """Evaluate prior draws, weigh them by the past, and store weights and chances with the run.

    Where the observations leave fewer than 1,000 effective draws, the prior ensemble is enlarged
    once, to as many draws as should leave enough. Where that does not do either, nothing is
    stored, and ``Constrained.refusal`` says why.

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
    run = study.run(draws, past=True, **options)
    found = constrain(fits(run, series), temper)
    if found.effective < ENOUGH and run.manifest["draws"] < most:
        needed = MARGIN * ENOUGH / found.effective * run.manifest["draws"]
        run = study.run(int(min(most, needed)), past=True, **options)
        found = constrain(fits(run, series), temper)
    weighed = Constrained(run, series, errors_digest(series), found)
    if weighed.enough:
        _store(weighed)
    return weighed


def _store(weighed: Constrained) -> None:
    """Write the weights, then what they make of the chances."""
    run, found = weighed.run, weighed.constraint
    facts = {
        "identity": run.manifest["identity"],
        "draws": int(found.weight.size),
        "observations": weighed.digest,
        "temper": found.temper,
        "effective_draws": found.effective,
        "plausible": found.plausible,
    }
    known = run.constrained
    if known and {name: known[name] for name in facts} == facts:
        return
    store.write_weights(run.folder, found.weight, facts)
    told = facts | {
        "effective_alone": dict(found.alone),
        "effective_without": dict(found.without),
        "implausible": dict(found.implausible),
        "risk": run.risk(weight=found.weight),
    }
    journal.write_json(run.folder / CONSTRAINED, told)
