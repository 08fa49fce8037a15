"""The subcommands of ``mc-engine``, one file each; ``COMMANDS`` lists what these files state.

Their modules import nothing slow: that is left to the functions that need it.
"""

from importlib import import_module
from pathlib import Path

from mc_engine.cli.command import Command

# Not by pkgutil, which imports inspect: a sixth of the time of --help.
_MODULES = [path.stem for folder in __path__ for path in Path(folder).glob("[!_]*.py")]
COMMANDS: tuple[Command, ...] = tuple(
    sorted(
        (import_module(f"{__name__}.{name}").COMMAND for name in _MODULES),
        key=lambda command: (command.order, command.name),
    )
)
