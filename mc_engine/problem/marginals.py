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
    "pert": ("low", "mode", "high", "shape"),
    "log_uniform": ("low", "high"),
    "empirical": ("values", "places"),
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
        ``pert`` is the beta law from low to high with the parameters of ``beta_of_pert``.
        ``empirical`` has ascending values, then the quantile at which each stands, from 0 to 1;
        in between the inverse is a straight line.
    low, high : float
        The law is truncated to ``[low, high]``: with F the untruncated distribution function,
        the quantile at ``u`` is ``F^-1(F(low) + u (F(high) - F(low)))``.
    """

    family: str
    shape: tuple[float, ...]
    low: float = -math.inf
    high: float = math.inf


def beta_of_pert(
    low: float, mode: float, high: float, shape: float
) -> tuple[float, float, float, float]:
    """Give the beta law (a, b, low, high) that a PERT law is.

    Parameters
    ----------
    low, mode, high : float
        In the prior's unit, low <= mode <= high and low < high.
    shape : float, 1
        Above 0; 4 makes the mean (low + 4 mode + high) / 6.
    """
    share = (mode - low) / (high - low)
    return 1.0 + shape * share, 1.0 + shape * (1.0 - share), low, high
