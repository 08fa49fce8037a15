"""The words of the ``mc-engine`` command: its commands and their options."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mc_engine import __version__


def parser() -> argparse.ArgumentParser:
    """Describe the commands and their options."""
    top = argparse.ArgumentParser(
        prog="mc-engine",
        description="How likely is a road-transport carbon target to be missed?",
        epilog="Exit codes: 0 done, 1 failed, 2 bad input, 3 a gate of bench not met, "
        "130 interrupted and resumable.",
    )
    top.add_argument("--version", action="version", version=f"mc-engine {__version__}")
    commands = top.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=_LateParser
    )
    check = commands.add_parser("check", help="validate priors: what is wrong, where, what to do")
    check.add_argument("region", help="name of a shipped region, or a folder of priors")
    _common(check)
    run = commands.add_parser("run", help="evaluate draws and tell the chance of each target")
    run.add_argument("region", help="name of a shipped region, or a folder of priors")
    _sampling(run)
    run.add_argument(
        "--constrained", action="store_true",
        help="weigh the draws by the observed past; 200,000 draws to begin with",
    )  # fmt: skip
    _weighing(run)
    _common(run, "the region's default; 'all' for every scenario on common draws")
    status = commands.add_parser("status", help="how far a run is, from any shell")
    status.add_argument("run", type=Path, help="the folder of a run")
    status.add_argument("--json", action="store_true", help="JSON on standard output")
    study = commands.add_parser("study", help="one row of chances per accounting setting")
    study.add_argument("region", help="name of a shipped region, or a folder of priors")
    _sampling(study)
    _common(study, kind=_settings, form="NAME=OPTION[,OPTION]")
    past = commands.add_parser("hindcast", help="the past, scored, and what it leaves of the draws")
    past.add_argument("region", help="name of a shipped region, or a folder of priors")
    past.add_argument("--draws", type=_count, default=200_000, metavar="N", help="200,000")
    past.add_argument("--seed", type=_count, default=0, metavar="K", help="0")
    past.add_argument("--threads", type=_count, default=None, metavar="T", help="all cores")
    _weighing(past)
    past.add_argument("--out", type=Path, default=None, metavar="FOLDER", help="the run folder")
    _common(past)
    commands.add_parser("rank", help="which assumptions decide a miss").late = _rank
    report = commands.add_parser("report", help="a page for advisers, in English and Chinese")
    report.add_argument("run", type=Path, help="the folder of a run")
    report.add_argument(
        "--language", type=_names, default=("en", "zh"), metavar="L,L", help="en,zh"
    )
    report.add_argument("--out", type=Path, default=None, metavar="FOLDER", help="RUN/report")
    replay = commands.add_parser("replay", help="one stored draw with every intermediate")
    replay.add_argument("run", type=Path, help="the folder of a run")
    replay.add_argument("--draw", type=_count, required=True, metavar="K", help="from 0")
    replay.add_argument(
        "--equation", default="", metavar="NUMBER",
        help="only what this equation gives, such as T-3 or V",
    )  # fmt: skip
    replay.add_argument("--json", action="store_true", help="JSON on standard output, all years")
    bench = commands.add_parser("bench", help="speed, as ratios (from a checkout)")
    bench.add_argument("--against", metavar="REV", help="compare with another revision")
    bench.add_argument("--only", metavar="PATTERN", help="time the cases whose name fits, with * ?")
    bench.add_argument("--list", action="store_true", help="list the registered cases and end")
    bench.add_argument("--warm", action="store_true", help="do not measure compiling")
    bench.add_argument("--json", action="store_true", help="JSON on standard output")
    return top


class _LateParser(argparse.ArgumentParser):
    """A parser of one command, whose options may be added when the command is given.

    Attributes
    ----------
    late : callable or None
        Adds options that slow imports know.
    """

    late: Callable[[argparse.ArgumentParser], None] | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Add the late options, then parse as any parser does.

        Parameters
        ----------
        args, namespace
            As of ``argparse``.
        """
        if self.late is not None:
            add, self.late = self.late, None
            add(self)
        return super().parse_known_args(args, namespace)


def _rank(command: argparse.ArgumentParser) -> None:
    from mc_engine.cli.rank import OPTIONS, REQUESTS  # slow: brings in Numba and xarray

    command.add_argument("region", help="a shipped region, a folder of priors, or a run folder")
    command.add_argument(
        "--draws",
        type=_count,
        default=131_072,
        metavar="N",
        help="of a region's run (131,072)",
    )
    command.add_argument(
        "--target", action="append", default=[], metavar="NAME", dest="targets",
        help="show this target only; may be repeated",
    )  # fmt: skip
    command.add_argument("--top", type=_count, default=10, metavar="N", help="rows of a table (10)")
    for option in (*OPTIONS, *REQUESTS):
        if isinstance(option.default, bool):
            command.add_argument(option.flag, action="store_true", help=option.help)
        else:
            command.add_argument(
                option.flag, type=_count, default=option.default, metavar="N", help=option.help
            )
    command.add_argument("--seed", type=_count, default=0, metavar="K", help="0")
    command.add_argument("--threads", type=_count, default=None, metavar="T", help="all cores")
    command.add_argument("--out", type=Path, default=None, metavar="FOLDER", help="the run folder")
    _common(command)


def _sampling(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--draws", type=_count, default=None, metavar="N",
        help="20,000; at most 10,000,000 where a time or a precision ends the run",
    )  # fmt: skip
    command.add_argument(
        "--until", default=None, metavar="TIME", help="draw until this local time, such as 07:00"
    )
    command.add_argument(
        "--for", default=None, metavar="SPAN", dest="duration",
        help="draw for so long, such as 8h or 90m",
    )  # fmt: skip
    command.add_argument(
        "--precision", type=float, default=None, metavar="H",
        help="draw until every chance of missing is known to within H, such as 0.005",
    )  # fmt: skip
    command.add_argument(
        "--design", default="random", metavar="NAME",
        help="random (default), sobol, or latin; with --out, latin adds replicates to a run",
    )  # fmt: skip
    command.add_argument("--seed", type=_count, default=0, metavar="K", help="0")
    command.add_argument(
        "--series", type=_count, default=131_072, metavar="S",
        help="keep yearly trajectories of the first S draws (131,072)",
    )  # fmt: skip
    command.add_argument("--threads", type=_count, default=None, metavar="T", help="all cores")
    command.add_argument("--chunk", type=_count, default=8_192, metavar="N", help="8,192 draws")
    command.add_argument(
        "--cluster", default=None, metavar="ADDRESS",
        help="local:N for N worker processes, or a Dask scheduler such as tcp://host:8786",
    )  # fmt: skip
    command.add_argument(
        "--shared-folder", action="store_true",
        help="workers of the cluster see the run folder under the same path, and write into it",
    )  # fmt: skip
    command.add_argument(
        "--allow-mixed", action="store_true",
        help="go on where this machine differs in the last bits from the one that began the run",
    )  # fmt: skip
    command.add_argument("--outputs", default="default", help="all, default, or names with commas")
    command.add_argument(
        "--out", type=Path, default=None, metavar="FOLDER",
        help="the run folder; of several runs, the folder of theirs",
    )  # fmt: skip


def _weighing(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--most", type=_count, default=10_000_000, metavar="N",
        help="enlarge to at most so many prior draws where the past leaves too few (10,000,000)",
    )  # fmt: skip
    command.add_argument(
        "--temper", type=float, default=1.0, metavar="P",
        help="power of the likelihood of the past, stated with the result (1)",
    )  # fmt: skip


def _common(
    command: argparse.ArgumentParser,
    scenario: str = "the region's default",
    kind: Callable[[str], Any] | None = None,
    form: str = "NAME=OPTION",
) -> None:
    command.add_argument("--scenario", default=None, help=scenario)
    command.add_argument(
        "--set", type=kind or _setting, action="append", default=[], metavar=form,
        dest="settings", help="choose an option of an accounting setting; may be repeated",
    )  # fmt: skip
    command.add_argument(
        "--model", default=None, metavar="PACKAGE.MODULE:OBJECT",
        help="a model of your own; its code is imported and run",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="JSON on standard output")


def _count(text: str) -> int:
    """Read a whole number, with or without commas."""
    try:
        number = int(text.replace(",", "").replace("_", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number") from None
    if number < 0:
        raise argparse.ArgumentTypeError(f"found {number}, expected 0 or more")
    return number


def _names(text: str) -> tuple[str, ...]:
    """Read names separated by commas."""
    return tuple(name for name in text.split(",") if name)


def _setting(text: str) -> tuple[str, str]:
    """Read ``name=option``."""
    name, _, option = text.partition("=")
    if not name or not option:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected NAME=OPTION")
    return name, option


def _settings(text: str) -> tuple[str, list[str]]:
    """Read ``name=option,option``."""
    name, options = _setting(text)
    return name, [option for option in options.split(",") if option]
