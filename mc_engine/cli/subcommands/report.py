"""``mc-engine report``: the pages of a run."""

import argparse
from pathlib import Path

from mc_engine.cli import arguments
from mc_engine.cli.command import DONE, Command


def _add_arguments(command: argparse.ArgumentParser) -> None:
    arguments.add_run(command)
    command.add_argument(
        "--language", type=arguments.names, default=("en", "zh"), metavar="L,L",
        help="languages of the pages (en,zh)",
    )  # fmt: skip
    command.add_argument(
        "--out", type=Path, default=None, metavar="FOLDER", help="folder of the pages (RUN/report)"
    )


def _act(options: argparse.Namespace) -> int:
    from mc_engine.report import page  # with the slow imports below
    from mc_engine.study import Run  # slow: brings in Numba and xarray

    for path in page.write(Run(options.run), options.language, options.out):
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
    return DONE


COMMAND = Command(
    "report", "a page for advisers, in English and Chinese", _add_arguments, _act, order=70
)
