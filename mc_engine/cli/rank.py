"""The command ``rank``: its options, from the list of methods, and what it does."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mc_engine.cli.progress import Progress, Stop
from mc_engine.errors import NotFoundError
from mc_engine.ranking import ranking
from mc_engine.ranking.contract import Evidence, Option, Supplement
from mc_engine.ranking.methods import METHODS, SUPPLEMENTS
from mc_engine.ranking.result import Request
from mc_engine.report import ranking as words
from mc_engine.run.replay import experiment_of
from mc_engine.study import Run
from mc_engine.vocabulary.plain import plain

# Options of the methods themselves, and those that request a supplement.
OPTIONS = tuple(option for method in METHODS for option in method.options)
REQUESTS = tuple(method.option for method in SUPPLEMENTS)


def rank(options: argparse.Namespace, study: Callable[[], Any]) -> str:
    """Rank the assumptions of a run, and give what is printed.

    Parameters
    ----------
    options : argparse.Namespace
    study : callable
        Makes the study where the command names a region.
    """
    requested = [method for method in SUPPLEMENTS if _given(options, method.option)]
    alone = next((method for method in requested if method.alone), None)
    if alone is not None:
        flags = [one.flag for one in (*OPTIONS, *REQUESTS) if one.default is False]
        given = [one for one in flags if getattr(options, _attribute(one))]
        ranking.refuse_beside(alone, [flag for flag in given if flag != alone.option.flag])
    progress = Progress()
    with Stop(progress.leave) as stop:
        experiment, run = _run(options, study, alone, progress, stop)
        request = None if alone else _request(options, run)

        def evidence(**more: Any) -> Evidence:
            return Evidence(
                experiment, run, request or Request(), options.seed, options.threads or None,
                on_rows=Progress().rows, on_run=_reports, should_stop=stop, **more,
            )  # fmt: skip

        result = None if alone else ranking.rank(evidence())
        supplements = {
            method: ranking.supplement(method, evidence(ranking=result)) for method in requested
        }
    targets = words.chosen(run.manifest["targets"], options.targets)
    if options.json:
        content = {} if result is None else plain(result)
        for method, one in supplements.items():
            content |= plain(one) if method.alone else {method.option.name: plain(one)}
        return json.dumps({"run": str(run.folder), **content}, ensure_ascii=False, allow_nan=False)
    named = {method.name: one for method, one in supplements.items()}
    return f"{words.text(result, targets, options.top, named)}\n\nstored in {run.folder}"


def _run(
    options: argparse.Namespace,
    study: Callable[[], Any],
    alone: Supplement[Any] | None,
    progress: Progress,
    stop: Stop,
) -> tuple[Any, Run]:
    """Open the run, or make one of a region."""
    if (Path(options.region) / "run.json").exists():
        run = Run(options.region)
        return experiment_of(run), run
    if alone is not None:
        raise NotFoundError(
            f"{alone.option.flag}: found {options.region}, expected a run that was "
            "conditioned on observations; make one first: mc-engine run REGION --constrained"
        )
    experiment = study()
    run = experiment.run(
        options.draws, seed=options.seed, threads=options.threads or None, out=options.out,
        progress=progress, should_stop=stop,
    )  # fmt: skip
    return experiment, run


def _request(options: argparse.Namespace, run: Run) -> Request:
    """How the ranking is to be made: as the options say, or as the stored one, extended."""
    if options.extend:
        return ranking.extended(run)
    fields = {one.field: _given(options, one) for one in OPTIONS if one.field}
    return Request(seed=options.seed, **fields)


def _given(options: argparse.Namespace, option: Option) -> Any:
    return getattr(options, _attribute(option.flag))


def _attribute(flag: str) -> str:
    """Name under which ``argparse`` stores an option."""
    return flag.removeprefix("--").replace("-", "_")


def _reports(name: str) -> Progress:
    """Announce a further run."""
    print(f"{name}:", file=sys.stderr)
    return Progress()
