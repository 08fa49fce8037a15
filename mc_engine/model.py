"""The contract between the engine and a model.

The engine knows nothing else about a model. A model holds no randomness: it is given rows of
draws and writes rows of outputs.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from mc_engine.vocabulary.inputs import ModelInputs
from mc_engine.vocabulary.outputs import Intermediate, VariableSpec
from mc_engine.vocabulary.quantities import QuantitySpec
from mc_engine.vocabulary.status import OK as OK


@runtime_checkable
class Model(Protocol):
    """What every model must offer.

    Attributes
    ----------
    name : str
        Recorded in every run.
    quantities : sequence of QuantitySpec
        Everything that priors may feed.
    structure_schema, levers_schema : type of pydantic.BaseModel
        How the ``structure`` section of a region and the ``levers`` section of a scenario must
        look; unknown keys are refused. An entry of ``levers`` may have a method
        ``joined(other)``: what holds where a scenario and a step of a lever both set it, None
        where they cannot be combined. Without it only equal entries can.
    table_columns : mapping of str to tuple of str
        The observed tables the model can read, with their label columns.
    status_codes : mapping of int to str
        Name and meaning of every status a draw may end with; 0 is ``OK``.
    """

    name: str
    quantities: Sequence[QuantitySpec]
    structure_schema: type[BaseModel]
    levers_schema: type[BaseModel]
    table_columns: Mapping[str, tuple[str, ...]]
    status_codes: Mapping[int, str]

    def labels(self, structure: Any) -> Mapping[str, Sequence[str]]:
        """Give the labels of every axis that the quantities use, from a region's structure."""
        ...

    def coordinates(self, inputs: ModelInputs) -> Mapping[str, Sequence[Any]]:
        """Give the labels of every axis used by the outputs, ``draw`` left out."""
        ...

    def outputs(self, inputs: ModelInputs) -> Sequence[VariableSpec]:
        """Declare every variable that ``evaluate`` writes, and nothing else."""
        ...

    def prepare(self, inputs: ModelInputs) -> Any:
        """Turn region tables into the static arrays of ``evaluate``; done once per run."""
        ...

    def evaluate(
        self,
        static: Any,
        draws: NDArray[np.float64],
        out: Mapping[str, NDArray[np.float64]],
        status: NDArray[np.int32],
    ) -> None:
        """Evaluate every row of ``draws``; row ``i`` of each output belongs to draw ``i`` alone.

        Parameters
        ----------
        static : object
            What ``prepare`` returned.
        draws : float64[draw, column]
            Values in the units of the quantities.
        out : mapping of str to float64[draw, ...]
            One preallocated array per declared variable; every element is written. The rows of
            a draw that fails hold NaN.
        status : int32[draw]
            Status code per draw.
        """
        ...


@runtime_checkable
class Traced(Protocol):
    """What a model offers beside ``Model`` so that one draw of it can be replayed."""

    def trace(
        self, inputs: ModelInputs, static: Any, row: NDArray[np.float64]
    ) -> Sequence[Intermediate]:
        """Evaluate one draw and give every intermediate, in the order of the equations.

        Parameters
        ----------
        inputs : ModelInputs
        static : object
            What ``prepare`` returned for them.
        row : float64[column]
            Values in the units of the quantities.

        Returns
        -------
        sequence of Intermediate
            Computed by the code of ``evaluate``.
        """
        ...
