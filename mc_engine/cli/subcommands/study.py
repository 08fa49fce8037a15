"""``mc-engine study``: runs of every combination of some accounting settings."""

import argparse

from mc_engine.cli import arguments, several
from mc_engine.cli.command import Command, chosen_settings, exit_code


def _add_arguments(command: argparse.ArgumentParser) -> None:
    arguments.add_region(command)
    arguments.add_sampling(command)
    arguments.add_common(command, kind=arguments.settings, form="NAME=OPTION[,OPTION]")


def _act(options: argparse.Namespace) -> int:
    from mc_engine.report.several import settings  # with the slow imports below
    from mc_engine.study import compare, settings_studies  # slow: brings in Numba and xarray

    studies = settings_studies(
        options.region,
        options.scenario,
        options_of=chosen_settings(options),
        model=options.model,
    )
    runs = several.run(options, studies)
    comparison = compare(list(runs.values())) if options.json and len(runs) > 1 else None
    several.show(runs, comparison, None if options.json else settings)
    return exit_code(list(runs.values()))


COMMAND = Command(
    "study", "chances under every combination of accounting settings", _add_arguments, _act,
    order=40,
)  # fmt: skip
