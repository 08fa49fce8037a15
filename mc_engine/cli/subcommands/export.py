"""``mc-engine export``: a finished run in the format of another tool."""

import argparse
from pathlib import Path

from mc_engine.cli import arguments
from mc_engine.cli.command import DONE, Command


def _add_arguments(command: argparse.ArgumentParser) -> None:
    arguments.add_run(command)
    command.add_argument(
        "--to", default=None, metavar="NAME", help="the format; all are listed without it"
    )
    command.add_argument(
        "--out", type=Path, default=None, metavar="FILE", help="the file (RUN/export/NAME.SUFFIX)"
    )


def _act(options: argparse.Namespace) -> int:
    from mc_engine.export import listing  # slow: brings in Numba and xarray
    from mc_engine.study import Run  # with the slow imports above

    run = Run(options.run)
    if options.to is not None:
        path = listing.export(run, options.to, options.out)
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
        return DONE
    exporters = listing.exporters()
    for exporter in exporters.values():
        print(f"{exporter.name} ({exporter.suffix}): {exporter.meaning}")
    if not exporters:
        print(f"no exporters: {listing.REMEDY}")
    return DONE


COMMAND = Command("export", "a run in the format of another tool", _add_arguments, _act, order=90)
