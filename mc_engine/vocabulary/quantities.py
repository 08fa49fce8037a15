"""What a model asks for: quantities with dimensions, units and an equation."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class QuantitySpec:
    """One kind of number a model needs, for every label of its dimensions.

    Attributes
    ----------
    name : str
        How priors refer to it (``quantity:``).
    unit : str
        The unit in which the model receives it.
    meaning : str
        One line in the field's words.
    equation : str
        Number in ``docs/model.md``.
    dims : tuple of str
        Axes it is given along; a prior's ``for:`` lists labels of these axes.
    form : {"scalar", "path"}
        One number per draw, or a path over years.
    default : float or None
        Value where no prior is bound; None: a prior is needed wherever the model asks.
    low, high : float
        Valid range in ``unit``; a prior that can leave it is refused.
    """

    name: str
    unit: str
    meaning: str
    equation: str
    dims: tuple[str, ...] = ()
    form: Literal["scalar", "path"] = "scalar"
    default: float | None = None
    low: float = float("-inf")
    high: float = float("inf")
