"""The Ishigami function: an analytic model that proves the contract and the statistics.

Equation I-1: ``y = sin x1 + a sin^2 x2 + b x3^4 sin x1``. With x1, x2, x3 independent and uniform
on [-pi, pi] its moments and Sobol indices are known on paper: mean ``a/2``, variance
``a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2``; x3 acts through x1 alone.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from mc_engine.model import OK
from mc_engine.numerics.accelerate import kernel, prange, sweep
from mc_engine.vocabulary.axes import DRAW
from mc_engine.vocabulary.inputs import ModelInputs
from mc_engine.vocabulary.outputs import Intermediate, VariableSpec
from mc_engine.vocabulary.quantities import QuantitySpec

# Form: T. Ishigami and T. Homma, "An importance quantification technique in uncertainty analysis
# for computer models", ISUMA 1990. Coefficients: A. Marrel et al., "Calculations of Sobol indices
# for the Gaussian process metamodel", Reliability Engineering & System Safety 94 (2009).
A = 7.0  # 1
B = 0.1  # 1

NOT_FINITE = 1


@kernel
def ishigami(x1: float, x2: float, x3: float) -> float:
    """Evaluate equation I-1; all arguments and the result in 1."""
    return np.sin(x1) * (1.0 + B * x3**4) + A * np.sin(x2) ** 2


@sweep
def _sweep(columns: Any, draws: Any, y: Any, status: Any) -> None:
    """Evaluate one draw per row."""
    for draw in prange(draws.shape[0]):
        value = ishigami(draws[draw, columns[0]], draws[draw, columns[1]], draws[draw, columns[2]])
        # Comparisons, because ``isfinite`` is compiled to ``value - value``, which "reassoc" may
        # turn into 0 for a computed value, NaN or not.
        if -math.inf < value < math.inf:
            y[draw] = value
            status[draw] = OK
        else:
            y[draw] = np.nan
            status[draw] = NOT_FINITE


class Nothing(BaseModel):
    """A section that must be empty."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Ishigami:
    """The model behind ``model: ishigami`` (see ``mc_engine.model.Model``)."""

    name = "ishigami"
    quantities: Sequence[QuantitySpec] = tuple(
        QuantitySpec(f"x{number}", "1", f"Argument {number} of the Ishigami function", "I-1")
        for number in (1, 2, 3)
    )
    structure_schema: type[BaseModel] = Nothing
    levers_schema: type[BaseModel] = Nothing
    table_columns: Mapping[str, tuple[str, ...]] = {}
    status_codes: Mapping[int, str] = {
        OK: "OK: evaluated",
        NOT_FINITE: "NOT_FINITE: an argument, or the value, is not a finite number",
    }

    def labels(self, structure: Any) -> Mapping[str, Sequence[str]]:
        """Give no labels: every quantity is one number."""
        return {}

    def coordinates(self, inputs: ModelInputs) -> Mapping[str, Sequence[Any]]:
        """Give no axes: the output is one number."""
        return {}

    def outputs(self, inputs: ModelInputs) -> Sequence[VariableSpec]:
        """Declare the one output, ``y``."""
        meaning = "Value of the Ishigami function"
        return (VariableSpec("y", (DRAW,), "1", meaning, "I-1", yearly=False),)

    def prepare(self, inputs: ModelInputs) -> NDArray[np.int64]:
        """Find the columns of the three arguments; int64[3]."""
        return np.array([inputs.slot(spec.name).column for spec in self.quantities])

    def evaluate(
        self,
        static: NDArray[np.int64],
        draws: NDArray[np.float64],
        out: Mapping[str, NDArray[np.float64]],
        status: NDArray[np.int32],
    ) -> None:
        """Evaluate every row (see ``mc_engine.model.Model.evaluate``)."""
        # Uncompiled, NumPy would warn of what the status code already says.
        with np.errstate(over="ignore", invalid="ignore"):
            _sweep(static, draws, out["y"], status)

    def trace(
        self, inputs: ModelInputs, static: NDArray[np.int64], row: NDArray[np.float64]
    ) -> Sequence[Intermediate]:
        """Give the value of one draw (see ``mc_engine.model.Traced``)."""
        value, status = np.empty(1), np.empty(1, dtype=np.int32)
        self.evaluate(static, row[None, :], {"y": value}, status)
        return (Intermediate("I-1", "Value of the function", "1", "", (), "", (), value),)


MODEL = Ishigami()
