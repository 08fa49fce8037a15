"""What a model gives: output variables, declared before they are written."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class VariableSpec:
    """One output variable: what it is called, how it is shaped, what it means.

    Attributes
    ----------
    name : str
        Name in the dataset.
    dims : tuple of str
        Axes, ``draw`` first.
    unit : str
        Unit from the closed list.
    meaning : str
        ``long_name`` in the dataset.
    equation : str
        Number in ``docs/model.md``.
    yearly : bool
        True: stored in ``series.nc``; False: one value per draw (and label) in ``draws.nc``.
    attrs : tuple of (str, str)
        Further attributes of the stored variable.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    meaning: str
    equation: str
    yearly: bool = True
    attrs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Intermediate:
    """One number or series between the inputs and the outputs of a single draw.

    Attributes
    ----------
    equation : str
        Number in ``docs/model.md``.
    meaning : str
        What it is, in the field's words.
    unit : str
    whom : str
        The class it belongs to; empty for what all classes share.
    labels : tuple of str
        Further labels: a powertrain, a carrier, a route.
    axis : str
        ``year``, ``model_year`` or ``age``; empty for a single number.
    at : sequence of int
        Years or ages of the values; empty for a single number.
    values : float64[at]
        One element for a single number.
    """

    equation: str
    meaning: str
    unit: str
    whom: str
    labels: tuple[str, ...]
    axis: str
    at: Sequence[int]
    values: NDArray[np.float64]
