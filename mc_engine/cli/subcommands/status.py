"""``mc-engine status``: the progress of a run, read from its folder."""

import argparse

from mc_engine.cli import arguments
from mc_engine.cli.command import DONE, Command, print_json


def _add_arguments(command: argparse.ArgumentParser) -> None:
    arguments.add_run(command)
    command.add_argument("--json", action="store_true", help="JSON on standard output")


def _act(options: argparse.Namespace) -> int:
    from mc_engine.report import progress as words  # with the slow imports below
    from mc_engine.study import status  # slow: brings in Numba and xarray

    progress = status(options.run)
    if options.json:
        print_json(progress)
    else:
        print(words.status(progress))
    return DONE


COMMAND = Command("status", "progress of a run, from any shell", _add_arguments, _act, order=30)
