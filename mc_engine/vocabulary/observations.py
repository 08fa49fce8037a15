"""Observed series, and how a model's outputs correspond to them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ScopeFactor:
    """Uncertain ratio of what was observed to what a model covers.

    Attributes
    ----------
    what : str
        In words.
    low, high : float, 1
        Uniform between.
    divides : bool
        Whether the model's number is divided by it (else multiplied).
    """

    what: str
    low: float
    high: float
    divides: bool = False


@dataclass(frozen=True)
class Series:
    """One observed series and its errors.

    Attributes
    ----------
    name : str
    title : mapping of str to str
    unit : str
        Of the observations.
    years : tuple of int
        Increasing.
    values : tuple of float, in ``unit``
        Above 0.
    sources : tuple of str
        One key per year.
    output : str
        The model's output.
    rows : mapping of str to str
        Labels of the output that are taken; the other axes are summed.
    scale : float
        ``unit`` per unit of the output.
    scope_factors : tuple of ScopeFactor
        The same in every year.
    relative : float, 1
        Standard deviation of the error of one year, as a share.
    correlation : float, 1
        Of the errors of any two years, from 0 to less than 1.
    drift : float, 1
        Standard deviation of the model's own error after one year away from ``level_year``; it
        grows with the root of the years, as that of a random walk.
    level_year : int
        Year in which the model's levels are set.
    fits : bool
        Whether the series takes part in the constraint; others are only shown.
    """

    name: str
    title: Mapping[str, str]
    unit: str
    years: tuple[int, ...]
    values: tuple[float, ...]
    sources: tuple[str, ...]
    output: str
    rows: Mapping[str, str]
    scale: float
    scope_factors: tuple[ScopeFactor, ...]
    relative: float
    correlation: float
    drift: float
    level_year: int
    fits: bool
