"""A ranking of a run: every method for every target, put into one result beside the run."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from mc_engine.design.ranking import REPLICATES
from mc_engine.errors import RequestError
from mc_engine.ranking import storage
from mc_engine.ranking.contract import READ, ROWS, Evidence, Supplement
from mc_engine.ranking.evaluation import clear
from mc_engine.ranking.index_files import read_sums, write_indices, write_sums
from mc_engine.ranking.methods import (
    PARTS,
    constrained,
    dependence,
    screening,
    value_of_information,
    variance,
)
from mc_engine.ranking.result import RankingResult, Request
from mc_engine.ranking.targets import ranked_target
from mc_engine.run.results import Run

R = TypeVar("R")

# Within the run folder.
RANKING = "ranking.json"


def rank(evidence: Evidence) -> RankingResult:
    """Rank the assumptions of a run for every target, and store the ranking with the run.

    A ranking of more blocks than the stored one continues from its rows.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    RankingResult
        Answered from ``ranking.json`` where it holds this ranking.

    Raises
    ------
    RequestError
        For draws that were aimed at the past, or a stored ranking of a newer version.
    StatisticError
        When more than 1 % of draws or rows failed.
    RunInterruptedError
        When ``should_stop`` ended it; the same call resumes it.
    """
    run = evidence.run
    if run.manifest.get("proposal"):
        raise RequestError(
            f"{run.folder}: found draws that were aimed at the past, expected draws of the priors; "
            "rank the run that holds this one, with --constrained for the chances under the past"
        )
    facts = _identity(run) | asdict(evidence.request)
    known = stored(run, ignore_older=True)
    if known is not None and known.request == evidence.request:
        return known
    _continue_from(known, evidence)
    for part in PARTS:
        evidence.of(part)
    factors, indices = evidence.of(screening.METHOD), evidence.of(variance.METHOD)
    result = RankingResult(
        **facts,
        replicates=REPLICATES,
        rows=indices.indices.rows,
        screened_rows=factors.rows,
        seconds={name: round(value, 1) for name, value in evidence.seconds.items()},
        factors=factors.groups,
        targets=tuple(
            ranked_target(target, row, evidence)
            for target, row in enumerate(run.summary["targets"])
        ),
        over_time=indices.over_time,
        value_of_information=evidence.of(value_of_information.METHOD),
        dependent=evidence.of(dependence.METHOD),
    )
    write_indices(run, indices.indices)
    write_sums(run, indices.indices, facts)
    storage.write(run, RANKING, result)
    clear(run.folder / ROWS)
    return result


def _continue_from(known: RankingResult | None, evidence: Evidence) -> None:
    """Hand the stored ranking on, where the requested one is the same with more blocks."""
    request = evidence.request
    if known is None or known.base > request.base:
        return
    if asdict(known.request) | {"base": request.base} != asdict(request):
        return
    evidence.sums = read_sums(evidence.run, _identity(evidence.run) | asdict(known.request))
    if evidence.sums is not None:
        evidence.extends = known


def refuse_beside(method: Supplement[Any], flags: Sequence[str]) -> None:
    """Refuse options that need rows of independent inputs beside a method that stands alone.

    Parameters
    ----------
    method : Supplement
    flags : sequence of str
        Options that were given besides.

    Raises
    ------
    RequestError
    """
    if flags:
        raise RequestError(
            f"{method.option.flag}: found {' and '.join(flags)}, expected neither: "
            f"{constrained.WHY_ALONE}; leave it out, or rank the prior draws without "
            f"{method.option.flag}"
        )


def supplement(method: Supplement[R], evidence: Evidence) -> R:
    """Compute what was requested beside a ranking, and store it with the run.

    Parameters
    ----------
    method : Supplement
    evidence : Evidence
        With the ranking, unless the method takes its place.
    """
    result = evidence.of(method)
    storage.write(evidence.run, method.file, result)
    if method.scratch:
        clear(evidence.run.folder / method.scratch)
    return result


def extended(run: Run) -> Request:
    """Request the stored ranking with twice the blocks.

    Parameters
    ----------
    run : Run

    Raises
    ------
    RequestError
        When there is none of these draws to continue from.
    """
    known = stored(run)
    if known is None:
        raise RequestError(
            f"{run.folder}: found no ranking of these draws to extend, expected {RANKING}; rank "
            "the run first"
        )
    return Request(**(asdict(known.request) | {"base": 2 * known.base}))


def stored(run: Run, *, ignore_older: bool = False) -> RankingResult | None:
    """Read the ranking that lies beside a run; None where there is none of these draws.

    Parameters
    ----------
    run : Run
    ignore_older : bool
        As in ``storage.read``.
    """
    known = storage.read(run, RANKING, RankingResult, ignore_older=ignore_older)
    if known is None:
        return None
    same = all(getattr(known, name) == value for name, value in _identity(run).items())
    return known if same else None


def _identity(run: Run) -> dict[str, Any]:
    """What a ranking must be of to be one of this run."""
    return {
        "identity": run.manifest["identity"],
        "code": run.manifest["code_hash"],
        "draws": min(run.manifest["draws"], READ),
    }
