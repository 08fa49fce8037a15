"""Distributions of one number, in canonical form."""

import math
from dataclasses import dataclass

FAMILIES: dict[str, tuple[str, ...]] = {
    "constant": ("value",),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("median", "sigma"),
    "split_normal": ("median", "sd_low", "sd_high"),
    "beta": ("a", "b", "low", "high"),
    "discrete": ("values", "weights"),
}


@dataclass(frozen=True)
class Marginal:
    """A distribution of one number, with optional truncation by quantile remap.

    Attributes
    ----------
    family : str
        A key of ``FAMILIES``.
    shape : tuple of float
        Canonical parameters in the order of ``FAMILIES``; for ``discrete`` the values, then as
        many weights that sum to 1. ``split_normal`` has half of its probability on each side
        of the median, below it a normal law of ``sd_low``, above it one of ``sd_high``.
    low, high : float
        The law is truncated to ``[low, high]``: with F the untruncated distribution function,
        the quantile at ``u`` is ``F^-1(F(low) + u (F(high) - F(low)))``.
    """

    family: str
    shape: tuple[float, ...]
    low: float = -math.inf
    high: float = math.inf
