"""``mc-engine check``: read a region and say what is wrong with it."""

import argparse

from mc_engine.cli import arguments
from mc_engine.cli.command import DONE, Command, print_json, study_of


def _add_arguments(command: argparse.ArgumentParser) -> None:
    arguments.add_region(command)
    arguments.add_common(command)


def _act(options: argparse.Namespace) -> int:
    from mc_engine.report import check as words  # with the slow imports of the study

    problem = study_of(options).problem
    if options.json:
        print_json(words.as_json(problem))
    else:
        print(words.text(problem))
    return DONE


COMMAND = Command("check", "validate the priors of a region", _add_arguments, _act, order=10)
