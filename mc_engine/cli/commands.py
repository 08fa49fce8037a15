"""The ``mc-engine`` command: the only place that prints results."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mc_engine.cli.arguments import parser
from mc_engine.cli.progress import Progress, Stop
from mc_engine.errors import (
    McEngineError,
    ModelError,
    NotFoundError,
    PriorError,
    RunInterruptedError,
)
from mc_engine.vocabulary.status import MAX_FAILED_SHARE

DONE, FAILED, BAD_INPUT, GATE, INTERRUPTED = 0, 1, 2, 3, 130
# What `run --json` gives, and of each target; the rest stands in the run's summary.json.
JSON_KEYS = (
    "draws", "failed", "clipped", "targets", "peak_year", "residual", "removals_required", "joint",
    "residual_above", "exceedance",
)  # fmt: skip
JSON_TARGET_KEYS = (
    "name", "scope", "status", "p_miss", "low", "high", "shortfall_mean", "shortfall_p95",
)  # fmt: skip


def _chosen(options: argparse.Namespace) -> dict[str, Any]:
    settings = dict(options.settings)
    if len(settings) < len(options.settings):
        raise PriorError("--set: found a setting twice, expected each once; remove one of the two")
    return settings


def _study(options: argparse.Namespace) -> Any:
    from mc_engine.study import Study  # slow: brings in Numba and xarray

    return Study(options.region, options.scenario, model=options.model, settings=_chosen(options))


def _check(options: argparse.Namespace) -> int:
    from mc_engine.report import check as words  # with the slow imports of the study

    study = _study(options)
    problem = study.problem
    found = {
        "region": problem.region,
        "scenario": problem.scenario,
        "settings": dict(problem.inputs.settings),
        "settings_offered": {
            name: {"title": setting.title.model_dump(), "options": list(setting.options)}
            for name, setting in problem.offered.items()
        },
        "uncertain_inputs": len(problem.factors),
        "kinds": dict(problem.counts),
        "correlations": len(problem.correlations),
        "targets": [target.name for target in problem.targets],
        "levers": list(problem.catalogue),
        "notes": list(problem.notes),
        "warnings": list(problem.warnings),
        "origins": [
            {"kind": one.kind, "name": one.name, "at": one.where, "overrides": list(one.overrides)}
            for one in problem.origins
        ],
    }
    if options.json:
        print(json.dumps(found, ensure_ascii=False, allow_nan=False))
        return DONE
    print(words.text(problem))
    return DONE


def _asked(options: argparse.Namespace) -> dict[str, Any]:
    """What the options of a run say, as ``Study.run`` takes it."""
    names = (
        "draws", "design", "seed", "series", "chunk", "outputs", "out", "until", "duration",
        "precision", "cluster", "shared_folder", "allow_mixed",
    )  # fmt: skip
    return {name: getattr(options, name) for name in names} | {"threads": options.threads or None}


def _run(options: argparse.Namespace) -> int:
    from mc_engine.report.terminal import summary  # with the slow imports below

    if options.scenario == "all":
        return _scenarios(options)
    study = _study(options)
    for warning in study.problem.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if options.constrained:
        return _constrained(options, study)
    progress = Progress()
    with Stop(progress.leave) as stop:
        run = study.run(**_asked(options), progress=progress, should_stop=stop)
    if options.json:
        print(json.dumps(_kept(run), ensure_ascii=False, allow_nan=False))
    else:
        print(summary(run.summary, run.manifest, str(run.folder)))
    return _exit_code([run])


def _constrained(options: argparse.Namespace, study: Any) -> int:
    from mc_engine.hindcast.posterior import constrain  # slow: brings in Numba and xarray
    from mc_engine.report import hindcast as words  # with the slow imports below
    from mc_engine.report.terminal import summary
    from mc_engine.run.options import RunRequest, Watch, Workers  # slow: brings in xarray

    if any(getattr(options, name) is not None for name in ("until", "duration", "precision")):
        raise ValueError(
            "--constrained: found a time or a precision, expected --draws alone: the number of "
            "draws needed is known only after some have been weighted; leave the others out"
        )
    names = ("draws", "design", "seed", "series", "chunk", "outputs", "out")
    request = RunRequest(
        **{name: getattr(options, name) for name in names}, threads=options.threads or None
    )
    workers = Workers(options.cluster, options.shared_folder, options.allow_mixed)
    progress = Progress()
    with Stop(progress.leave) as stop:
        result = constrain(
            study,
            request,
            max_draws=options.most,
            temper=options.temper,
            workers=workers,
            watch=Watch(progress, stop),
        )
    if options.json:
        message = _kept(result.run) | {
            "observations": result.digest,
            "effective_draws": result.constraint.effective,
            "refusal": result.refusal,
            "chances": result.chances() if result.sufficient else None,
        }
        print(json.dumps(message, ensure_ascii=False, allow_nan=False))
    else:
        print(summary(result.run.summary, result.run.manifest, str(result.run.folder)))
        print(words.constrained(result))
    return _exit_code([result.run]) if result.sufficient else FAILED


def _exit_code(runs: Sequence[Any]) -> int:
    """Refuse, with the results in place, runs of which too many draws failed."""
    code = DONE
    for run in runs:
        failures = run.summary.get("failures", {})
        if failures.get("share", 0.0) > MAX_FAILED_SHARE:
            blame = failures.get("blame")
            remedy = "look at their status codes"
            if blame:
                name = blame[0]["parameter"]
                remedy = f"most to blame: {name}; look at its prior"
            print(
                f"mc-engine: {run.folder}: {100 * failures['share']:.2g} % of the draws failed, "
                f"expected at most {100 * MAX_FAILED_SHARE:g} %; {remedy}",
                file=sys.stderr,
            )
            code = FAILED
    return code


def _status(options: argparse.Namespace) -> int:
    from mc_engine.report import progress as words  # with the slow imports below
    from mc_engine.study import status  # slow: brings in Numba and xarray

    found = status(options.run)
    print(json.dumps(found, allow_nan=False) if options.json else words.status(found))
    return DONE


def _kept(run: Any) -> dict[str, Any]:
    """What a run says to machines."""
    risk = run.summary
    # A model without emissions has no years and no residual: nothing by scope.
    kept = {"run": str(run.folder), **{key: risk.get(key, {}) for key in JSON_KEYS}}
    kept["targets"] = [{key: row[key] for key in JSON_TARGET_KEYS} for row in risk["targets"]]
    return kept


def _several(options: argparse.Namespace, studies: dict[str, Any]) -> dict[str, Any]:
    from mc_engine.study import run_all  # slow: brings in Numba and xarray

    warnings = dict.fromkeys(w for study in studies.values() for w in study.problem.warnings)
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)

    shown: list[Progress] = []

    def progress(name: str) -> Progress:
        print(f"{name}:", file=sys.stderr)
        shown.append(Progress())
        return shown[-1]

    with Stop(lambda: shown[-1].leave() if shown else None) as stop:
        return run_all(studies, progress=progress, should_stop=stop, **_asked(options))


def _print_several(
    runs: dict[str, Any], comparison: Any, text: Callable[[Any, Any], str] | None
) -> None:
    if text is None:
        rows = [
            {"name": name, **{k: run.manifest[k] for k in ("scenario", "settings")}, **_kept(run)}
            for name, run in runs.items()
        ]
        found = {"runs": rows, "comparison": comparison}
        print(json.dumps(found, ensure_ascii=False, allow_nan=False))
        return
    summaries = {name: run.summary for name, run in runs.items()}
    print(text(summaries, {name: run.manifest for name, run in runs.items()}))
    for name, run in runs.items():
        print(f"{name}: stored in {run.folder}")


def _scenarios(options: argparse.Namespace) -> int:
    from mc_engine.report import several  # with the slow imports below
    from mc_engine.study import compare, scenario_studies  # slow: brings in Numba and xarray

    studies = scenario_studies(options.region, model=options.model, settings=_chosen(options))
    runs = _several(options, studies)
    found = compare(list(runs.values())) if len(runs) > 1 else None

    def text(summaries: Any, manifests: Any) -> str:
        return several.scenarios(summaries, manifests, found)

    _print_several(runs, found, None if options.json else text)
    return _exit_code(list(runs.values()))


def _grid(options: argparse.Namespace) -> int:
    from mc_engine.report import several  # with the slow imports below
    from mc_engine.study import compare, settings_studies  # slow: brings in Numba and xarray

    studies = settings_studies(
        options.region, options.scenario, options_of=_chosen(options), model=options.model
    )
    runs = _several(options, studies)
    found = compare(list(runs.values())) if options.json and len(runs) > 1 else None
    _print_several(runs, found, None if options.json else several.settings)
    return _exit_code(list(runs.values()))


def _hindcast(options: argparse.Namespace) -> int:
    from mc_engine.hindcast.hindcast import hindcast  # slow: brings in Numba and xarray
    from mc_engine.hindcast.skill import backtest
    from mc_engine.report import hindcast as words  # with the slow imports below
    from mc_engine.run.options import RunRequest, Watch  # slow: brings in xarray
    from mc_engine.study import Study, vintages  # slow: brings in Numba and xarray

    study = _study(options)
    progress = Progress()
    with Stop(progress.leave) as stop:
        watch = Watch(progress, stop)
        request = RunRequest(
            options.draws, seed=options.seed, threads=options.threads or None, series=0
        )
        result = hindcast(
            study,
            replace(request, out=options.out),
            max_draws=options.most,
            temper=options.temper,
            watch=watch,
        )
        observed = result.posterior.series
        backtests = [
            backtest(Study(folder), observed, request, watch=watch)
            for folder in vintages(options.region)
        ]
    result = replace(result, backtests=tuple(backtests))
    if options.json:
        print(json.dumps(result.as_json(), ensure_ascii=False, allow_nan=False))
    else:
        print(words.text(result))
    return DONE if result.posterior.sufficient else FAILED


def _rank(options: argparse.Namespace) -> int:
    from mc_engine.cli.rank import rank  # slow: brings in Numba and xarray

    print(rank(options, lambda: _study(options)))
    return DONE


def _report(options: argparse.Namespace) -> int:
    from mc_engine.report import page  # with the slow imports below
    from mc_engine.study import Run  # slow: brings in Numba and xarray

    for path in page.write(Run(options.run), options.language, options.out):
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
    return DONE


def _replay(options: argparse.Namespace) -> int:
    from mc_engine.report import replay as report  # with the slow imports below
    from mc_engine.run import replay  # slow: brings in Numba and xarray
    from mc_engine.study import Run  # slow: brings in Numba and xarray

    found = replay.replay(Run(options.run), options.draw)
    if options.json:
        print(json.dumps(replay.as_json(found), ensure_ascii=False, allow_nan=False))
    else:
        print(report.text(found, options.equation))
    return DONE


def _bench(options: argparse.Namespace) -> int:
    script = Path(__file__).resolve().parent.parent / "benchmarks" / "bench.py"
    if not script.exists():
        raise NotFoundError(
            "bench: no benchmarks/ beside the package; run it from a checkout installed with "
            "pip install -e ."
        )
    command = [sys.executable, str(script)]
    if options.against:
        command += ["--against", options.against]
    if options.only is not None:
        command += ["--only", options.only]
    command += [f"--{name}" for name in ("list", "warm", "json") if getattr(options, name)]
    return subprocess.call(command)


_ACTS: dict[str, Callable[[argparse.Namespace], int]] = {
    "check": _check,
    "run": _run,
    "status": _status,
    "study": _grid,
    "hindcast": _hindcast,
    "rank": _rank,
    "report": _report,
    "replay": _replay,
    "bench": _bench,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after the command's name; those of this process where left out.

    Returns
    -------
    int
        Exit code.
    """
    options = parser().parse_args(arguments)
    try:
        return _ACTS[options.command](options)
    except PriorError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return BAD_INPUT
    except (NotFoundError, ModelError, ValueError) as error:
        print(f"mc-engine: {error}", file=sys.stderr)
        return BAD_INPUT
    except RunInterruptedError as error:
        print(f"mc-engine: {error}", file=sys.stderr)
        return INTERRUPTED
    except McEngineError as error:
        print(f"mc-engine: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("mc-engine: interrupted; run the same command again to resume", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
