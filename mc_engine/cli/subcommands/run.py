"""``mc-engine run``: evaluate draws of one scenario or of all, conditioned or not."""

import argparse
from typing import Any

from mc_engine.cli import arguments, several
from mc_engine.cli.command import (
    FAILED,
    Command,
    chosen_settings,
    exit_code,
    print_json,
    print_warnings,
    run_as_json,
    study_of,
)
from mc_engine.cli.progress import Progress, Stop


def _add_arguments(command: argparse.ArgumentParser) -> None:
    arguments.add_region(command)
    arguments.add_sampling(command)
    command.add_argument(
        "--constrained", action="store_true",
        help="condition the draws on the observations; 200,000 prior draws to begin with",
    )  # fmt: skip
    arguments.add_constraint(command)
    arguments.add_common(command, "the region's default; 'all' for every scenario on common draws")


def _act(options: argparse.Namespace) -> int:
    from mc_engine.report.terminal import summary  # with the slow imports below

    if options.scenario == "all":
        return _scenarios(options)
    study = study_of(options)
    print_warnings([study])
    if options.constrained:
        return _constrained(options, study)
    request, stopping, workers = arguments.run_options(options)
    progress = Progress()
    with Stop(progress.leave) as stop:
        run = study.carry_out(request, stopping, workers, arguments.watch(progress, stop))
    if options.json:
        print_json(run_as_json(run))
    else:
        print(summary(run.summary, run.manifest, str(run.folder)))
    return exit_code([run])


def _constrained(options: argparse.Namespace, study: Any) -> int:
    from mc_engine.hindcast.posterior import constrain  # slow: brings in Numba and xarray
    from mc_engine.report import hindcast as words  # with the slow imports above
    from mc_engine.report.terminal import summary  # with the slow imports above

    request, stopping, workers = arguments.run_options(options)
    if (stopping.until, stopping.duration, stopping.precision) != (None, None, None):
        raise ValueError(
            "--constrained: found a time or a precision, expected --draws alone: the number of "
            "draws needed is known only after some have been weighted; leave the others out"
        )
    progress = Progress()
    with Stop(progress.leave) as stop:
        posterior = constrain(
            study,
            request,
            max_draws=options.most,
            temper=options.temper,
            workers=workers,
            watch=arguments.watch(progress, stop),
        )
    run = posterior.run
    if options.json:
        print_json(
            run_as_json(run)
            | {
                "observations": posterior.digest,
                "effective_draws": posterior.constraint.effective,
                "refusal": posterior.refusal,
                "chances": posterior.chances() if posterior.sufficient else None,
            }
        )
    else:
        print(summary(run.summary, run.manifest, str(run.folder)))
        print(words.constrained(posterior))
    return exit_code([run]) if posterior.sufficient else FAILED


def _scenarios(options: argparse.Namespace) -> int:
    from mc_engine.report.several import scenarios  # with the slow imports below
    from mc_engine.study import compare, scenario_studies  # slow: brings in Numba and xarray

    studies = scenario_studies(
        options.region, model=options.model, settings=chosen_settings(options)
    )
    runs = several.run(options, studies)
    comparison = compare(list(runs.values())) if len(runs) > 1 else None
    several.show(
        runs,
        comparison,
        None if options.json else lambda risks, facts: scenarios(risks, facts, comparison),
    )
    return exit_code(list(runs.values()))


COMMAND = Command(
    "run", "evaluate draws: the chance of missing each target", _add_arguments, _act, order=20
)
