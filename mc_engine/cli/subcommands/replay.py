"""``mc-engine replay``: one stored draw, evaluated again with every intermediate."""

import argparse

from mc_engine.cli import arguments
from mc_engine.cli.command import DONE, Command, print_json


def _add_arguments(command: argparse.ArgumentParser) -> None:
    arguments.add_run(command)
    command.add_argument(
        "--draw",
        type=arguments.count,
        required=True,
        metavar="K",
        help="number of the draw, from 0",
    )
    command.add_argument(
        "--equation", default="", metavar="NUMBER",
        help="only results of this equation, such as T-3 or V",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="JSON on standard output, all years")


def _act(options: argparse.Namespace) -> int:
    from mc_engine.report import replay as words  # with the slow imports below
    from mc_engine.run import replay  # slow: brings in Numba and xarray
    from mc_engine.study import Run  # with the slow imports above

    result = replay.replay(Run(options.run), options.draw)
    if options.json:
        print_json(replay.as_json(result))
    else:
        print(words.text(result, options.equation))
    return DONE


COMMAND = Command(
    "replay", "one stored draw with every intermediate", _add_arguments, _act, order=80
)
