"""Arguments that several subcommands share, and the readers of their values."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_region(command: argparse.ArgumentParser) -> None:
    """Add the region."""
    command.add_argument("region", help="name of a shipped region, or a folder of priors")


def add_run(command: argparse.ArgumentParser) -> None:
    """Add the run folder."""
    command.add_argument("run", type=Path, help="a run folder")


def add_seed_and_threads(command: argparse.ArgumentParser) -> None:
    """Add seed and threads; results do not depend on the latter."""
    command.add_argument(
        "--seed", type=count, default=0, metavar="K", help="seed of all random numbers (0)"
    )
    command.add_argument(
        "--threads", type=count, default=None, metavar="T", help="processor threads (all cores)"
    )


def add_sampling(command: argparse.ArgumentParser) -> None:
    """Add the options of sampling and evaluation."""
    command.add_argument(
        "--draws", type=count, default=None, metavar="N",
        help="20,000; at most 10,000,000 where a time or a precision ends the run",
    )  # fmt: skip
    command.add_argument(
        "--until", default=None, metavar="TIME", help="sample until this local time, such as 07:00"
    )
    command.add_argument(
        "--for", default=None, metavar="SPAN", dest="duration",
        help="sample for this long, such as 8h or 90m",
    )  # fmt: skip
    command.add_argument(
        "--precision", type=float, default=None, metavar="H",
        help="sample until the interval of every P(miss) is no wider than +-H, such as 0.005",
    )  # fmt: skip
    command.add_argument(
        "--design", default="random", metavar="NAME",
        help="random (default), sobol, or latin; with --out, latin adds replicates to a run",
    )  # fmt: skip
    command.add_argument(
        "--series", type=count, default=131_072, metavar="S",
        help="store yearly trajectories of the first S draws (131,072)",
    )  # fmt: skip
    add_seed_and_threads(command)
    command.add_argument(
        "--chunk", type=count, default=8_192, metavar="N", help="draws in memory at once (8,192)"
    )
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
        help="resume although this machine differs in the last bits from the first one",
    )  # fmt: skip
    command.add_argument(
        "--outputs",
        default="default",
        help="yearly outputs to store: all, default, or names with commas",
    )
    command.add_argument(
        "--out", type=Path, default=None, metavar="FOLDER",
        help="the run folder; of several runs, the folder of theirs",
    )  # fmt: skip


def add_constraint(command: argparse.ArgumentParser) -> None:
    """Add the options of conditioning on observations."""
    command.add_argument(
        "--most", type=count, default=10_000_000, metavar="N",
        help="maximum number of draws if the effective sample size is too small (10,000,000)",
    )  # fmt: skip
    command.add_argument(
        "--temper", type=float, default=1.0, metavar="P",
        help="power of the likelihood of the observations, stated with the result (1)",
    )  # fmt: skip


def add_common(
    command: argparse.ArgumentParser,
    scenario: str = "the region's default",
    kind: Callable[[str], Any] | None = None,
    form: str = "NAME=OPTION",
) -> None:
    """Add the options that choose a problem, and ``--json``.

    Parameters
    ----------
    command : argparse.ArgumentParser
    scenario : str
        Help of ``--scenario``.
    kind : callable, optional
        Reads one value of ``--set``; one option of one setting where left out.
    form : str
        Of such a value, in the help.
    """
    command.add_argument("--scenario", default=None, help=scenario)
    command.add_argument(
        "--set", type=kind or setting, action="append", default=[], metavar=form,
        dest="settings", help="option of an accounting setting; may be repeated",
    )  # fmt: skip
    command.add_argument(
        "--model", default=None, metavar="PACKAGE.MODULE:OBJECT",
        help="a model of another package; its code is imported and executed",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="JSON on standard output")


def count(text: str) -> int:
    """Read a whole number, with or without commas."""
    try:
        number = int(text.replace(",", "").replace("_", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number") from None
    if number < 0:
        raise argparse.ArgumentTypeError(f"found {number}, expected 0 or more")
    return number


def names(text: str) -> tuple[str, ...]:
    """Read names separated by commas."""
    return tuple(name for name in text.split(",") if name)


def setting(text: str) -> tuple[str, str]:
    """Read ``name=option``."""
    name, _, option = text.partition("=")
    if not name or not option:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected NAME=OPTION")
    return name, option


def settings(text: str) -> tuple[str, list[str]]:
    """Read ``name=option,option``."""
    name, options = setting(text)
    return name, [option for option in options.split(",") if option]


def sampling_keywords(options: argparse.Namespace) -> dict[str, Any]:
    """Give the options of ``add_sampling`` as keywords of ``Study.run``."""
    names = (
        "draws", "design", "seed", "series", "chunk", "outputs", "out", "until", "duration",
        "precision", "cluster", "shared_folder", "allow_mixed",
    )  # fmt: skip
    return {name: getattr(options, name) for name in names} | {"threads": options.threads or None}


def run_options(options: argparse.Namespace) -> tuple[Any, Any, Any]:
    """Give the options of ``add_sampling`` as request, stopping rule and workers of a run."""
    from dataclasses import fields  # slow: brings in inspect

    from mc_engine.run.options import RunRequest, Stopping, Workers  # slow: brings in Numba

    keywords = sampling_keywords(options)

    def take(kind: Any) -> Any:
        return kind(
            **{one.name: keywords[one.name] for one in fields(kind) if one.name in keywords}
        )

    return take(RunRequest), take(Stopping), take(Workers)


def watch(progress: Callable[[Any], None], should_stop: Callable[[], bool]) -> Any:
    """Make the watch of a run."""
    from mc_engine.run.options import Watch  # slow: brings in Numba

    return Watch(progress, should_stop)
