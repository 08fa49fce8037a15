"""``mc-engine bench``: the benchmarks of a checkout."""

import argparse
import sys
from pathlib import Path

from mc_engine.cli.command import Command
from mc_engine.errors import NotFoundError

SCRIPT = Path(__file__).resolve().parents[3] / "benchmarks" / "bench.py"


def _add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--against", metavar="REV", help="compare with another revision")
    command.add_argument("--only", metavar="PATTERN", help="cases whose name matches, with * ?")
    command.add_argument("--list", action="store_true", help="list the registered cases and end")
    command.add_argument("--warm", action="store_true", help="do not measure compiling")
    command.add_argument("--json", action="store_true", help="JSON on standard output")


def _act(options: argparse.Namespace) -> int:
    import subprocess  # slow, and of no use to the other commands

    if not SCRIPT.exists():
        raise NotFoundError(
            "bench: no benchmarks/ beside the package; run it from a checkout installed with "
            "pip install -e ."
        )
    command = [sys.executable, str(SCRIPT)]
    if options.against:
        command += ["--against", options.against]
    if options.only is not None:
        command += ["--only", options.only]
    command += [f"--{name}" for name in ("list", "warm", "json") if getattr(options, name)]
    return subprocess.call(command)


COMMAND = Command("bench", "speed, as ratios (from a checkout)", _add_arguments, _act, order=100)
