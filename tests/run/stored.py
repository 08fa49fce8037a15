"""Small studies for the tests of runs, and checksums of what a run stored."""

import hashlib
from pathlib import Path
from typing import ClassVar

import numpy as np

from mc_engine.models.ishigami import Ishigami
from mc_engine.run.store import open_dataset
from mc_engine.vocabulary.axes import DRAW, YEAR
from mc_engine.vocabulary.outputs import VariableSpec
from mc_engine.vocabulary.quantities import QuantitySpec

ANALYTIC = Path(__file__).parents[1] / "data" / "analytic"
SPARE = "tests.run.stored:with_spare"
FAILING = "tests.run.stored:failing"
RARELY_FAILING = "tests.run.stored:rarely_failing"
ALL_FAILING = "tests.run.stored:all_failing"
WITH_PATHS = "tests.run.stored:with_paths"


class WithSpare(Ishigami):
    """The analytic model with one more quantity, which nothing reads."""

    quantities = (*Ishigami.quantities, QuantitySpec("spare", "1", "Unused", "I-1", default=0.0))


class WithPaths(Ishigami):
    """The analytic model with a yearly variable: its value times the number of the year."""

    years = range(2030, 2035)

    def coordinates(self, inputs):
        return {YEAR: list(self.years)}

    def outputs(self, inputs):
        path = VariableSpec("path", (DRAW, YEAR), "1", "Value times years since 2030", "I-1")
        return (*super().outputs(inputs), path)

    def evaluate(self, static, draws, out, status):
        super().evaluate(static, draws, out, status)
        out["path"][...] = out["y"][:, np.newaxis] * np.arange(len(self.years))


class Failing(Ishigami):
    """The analytic model that gives up where the first argument is above a limit."""

    status_codes: ClassVar = {**Ishigami.status_codes, 7: "TOO_HIGH: the first argument"}

    def __init__(self, limit):
        self.limit = limit

    def evaluate(self, static, draws, out, status):
        super().evaluate(static, draws, out, status)
        high = draws[:, static[0]] > self.limit
        out["y"][high] = np.nan
        status[high] = 7


with_spare, with_paths = WithSpare(), WithPaths()
failing, rarely_failing, all_failing = Failing(2.0), Failing(3.12), Failing(-4.0)


def checksums(run, rows=None):
    """SHA-256 of name, type, shape and bytes of every data variable, of the first rows."""
    result = {}
    for name in ("draws.nc", "series.nc"):
        with open_dataset(run.folder, name) as dataset:
            for key, variable in dataset.data_vars.items():
                values = variable.isel({DRAW: slice(rows)}).to_numpy()
                digest = hashlib.sha256(f"{values.dtype} {values.shape}".encode())
                digest.update(np.ascontiguousarray(values).tobytes())
                result[f"{name}/{key}"] = digest.hexdigest()
    return result
