"""What a model gives: output variables, declared before they are written."""

from dataclasses import dataclass


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
