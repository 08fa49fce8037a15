"""``mc-engine rank``: which assumptions decide a miss; its methods and options are a list."""

import argparse
from pathlib import Path

from mc_engine.cli import arguments
from mc_engine.cli.command import DONE, Command, study_of


def _add_arguments(command: argparse.ArgumentParser) -> None:
    from mc_engine.cli.rank import OPTIONS, REQUESTS  # slow: brings in Numba and xarray

    command.add_argument("region", help="a shipped region, a folder of priors, or a run folder")
    command.add_argument(
        "--draws",
        type=arguments.count,
        default=131_072,
        metavar="N",
        help="of a region's run (131,072)",
    )
    command.add_argument(
        "--target", action="append", default=[], metavar="NAME", dest="targets",
        help="show this target only; may be repeated",
    )  # fmt: skip
    command.add_argument(
        "--top", type=arguments.count, default=10, metavar="N", help="rows of a table (10)"
    )
    for option in (*OPTIONS, *REQUESTS):
        if isinstance(option.default, bool):
            command.add_argument(option.flag, action="store_true", help=option.help)
        else:
            command.add_argument(
                option.flag, type=arguments.count, default=option.default, metavar="N",
                help=option.help,
            )  # fmt: skip
    arguments.add_seed_and_threads(command)
    command.add_argument("--out", type=Path, default=None, metavar="FOLDER", help="the run folder")
    arguments.add_common(command)


def _act(options: argparse.Namespace) -> int:
    from mc_engine.cli.rank import rank  # slow: brings in Numba and xarray

    print(rank(options, lambda: study_of(options)))
    return DONE


COMMAND = Command(
    "rank", "which assumptions decide a miss", _add_arguments, _act, order=60, late=True
)
