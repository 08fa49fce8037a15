"""Contract of an exporter."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mc_engine.run.results import Run


@dataclass(frozen=True)
class Exporter:
    """Writes a finished run in the format of another tool.

    Attributes
    ----------
    name : str
        By which ``mc-engine export --to`` requests it.
    suffix : str
        Of the file, with its dot.
    meaning : str
        What the file holds, and who reads it.
    write : callable
        Writes a run into a file that does not exist yet; reads draws and series as xarray, with
        their names and units, and leaves the run as it is.
    """

    name: str
    suffix: str
    meaning: str
    write: Callable[[Run, Path], None]
