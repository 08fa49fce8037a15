"""The ``mc-engine`` command: its parser, from the list of subcommands, and its exit codes."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

from mc_engine import __version__
from mc_engine.cli.command import BAD_INPUT, FAILED, INTERRUPTED
from mc_engine.cli.subcommands import COMMANDS
from mc_engine.errors import (
    McEngineError,
    ModelError,
    NotFoundError,
    PriorError,
    RunInterruptedError,
)


class _Parser(argparse.ArgumentParser):
    """A parser whose arguments may be added when its command is given.

    Attributes
    ----------
    late : callable or None
        Adds arguments that slow imports know.
    """

    late: Callable[[argparse.ArgumentParser], None] | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Add the late arguments, then parse as any parser does.

        Parameters
        ----------
        args, namespace
            As of ``argparse``.
        """
        if self.late is not None:
            add, self.late = self.late, None
            add(self)
        return super().parse_known_args(args, namespace)


def parser() -> argparse.ArgumentParser:
    """Describe the subcommands and their arguments."""
    top = argparse.ArgumentParser(
        prog="mc-engine",
        description="How likely is a road-transport carbon target to be missed?",
        epilog="Exit codes: 0 done, 1 failed, 2 bad input, 3 a gate of bench not met, "
        "130 interrupted and resumable.",
    )
    top.add_argument("--version", action="version", version=f"mc-engine {__version__}")
    subparsers = top.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=_Parser
    )
    for command in COMMANDS:
        one = subparsers.add_parser(command.name, help=command.help)
        one.set_defaults(act=command.act)
        if command.late:
            one.late = command.add_arguments
        else:
            command.add_arguments(one)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Execute the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after the command's name; those of this process where left out.

    Returns
    -------
    int
        Exit code.
    """
    options = parser().parse_args(arguments)
    try:
        code: int = options.act(options)
    except PriorError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return BAD_INPUT
    except (NotFoundError, ModelError, ValueError) as error:
        print(f"mc-engine: {error}", file=sys.stderr)
        return BAD_INPUT
    except RunInterruptedError as error:
        print(f"mc-engine: {error}", file=sys.stderr)
        return INTERRUPTED
    except McEngineError as error:
        print(f"mc-engine: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("mc-engine: interrupted; run the same command again to resume", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    return code


if __name__ == "__main__":
    sys.exit(main())
