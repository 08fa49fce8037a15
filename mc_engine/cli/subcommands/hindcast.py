"""``mc-engine hindcast``: skill scores, the posterior, and backtests of earlier vintages."""

import argparse
from pathlib import Path

from mc_engine.cli import arguments
from mc_engine.cli.command import DONE, FAILED, Command, print_json, study_of
from mc_engine.cli.progress import Progress, Stop


def _add_arguments(command: argparse.ArgumentParser) -> None:
    arguments.add_region(command)
    command.add_argument(
        "--draws", type=arguments.count, default=200_000, metavar="N", help="prior draws (200,000)"
    )
    arguments.add_seed_and_threads(command)
    arguments.add_constraint(command)
    command.add_argument("--out", type=Path, default=None, metavar="FOLDER", help="the run folder")
    arguments.add_common(command)


def _act(options: argparse.Namespace) -> int:
    from dataclasses import replace  # slow: brings in inspect

    from mc_engine.hindcast.hindcast import hindcast  # slow: brings in Numba and xarray
    from mc_engine.hindcast.skill import backtest  # with the slow imports above
    from mc_engine.report import hindcast as words  # with the slow imports above
    from mc_engine.run.options import RunRequest  # with the slow imports above
    from mc_engine.study import Study, vintages  # with the slow imports above

    study = study_of(options)
    request = RunRequest(
        options.draws, seed=options.seed, threads=options.threads or None, series=0
    )
    progress = Progress()
    with Stop(progress.leave) as stop:
        watch = arguments.watch(progress, stop)
        result = hindcast(
            study,
            replace(request, out=options.out),
            max_draws=options.most,
            temper=options.temper,
            watch=watch,
        )
        backtests = [
            backtest(Study(folder), result.posterior.series, request, watch=watch)
            for folder in vintages(options.region)
        ]
    result = replace(result, backtests=tuple(backtests))
    if options.json:
        print_json(result.as_json())
    else:
        print(words.text(result))
    return DONE if result.posterior.sufficient else FAILED


COMMAND = Command(
    "hindcast", "skill scores on observations, and what they rule out", _add_arguments, _act,
    order=50,
)  # fmt: skip
