"""What screening and the methods for given data find, as plain arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Screening:
    """Elementary effects after Morris, per unit of each input's own scale from 0 to 1.

    Attributes
    ----------
    mean, mean_absolute, mean_absolute_half_width : float64[group, output]
        mu, mu star and the half-width of its interval, in the output's unit.
    spread : float64[group, output]
        sigma; NaN for a group of several inputs, where it is not defined.
    level : float
    trajectories : int
    """

    mean: Array
    mean_absolute: Array
    mean_absolute_half_width: Array
    spread: Array
    level: float
    trajectories: int


@dataclass(frozen=True)
class Delta:
    """Moment-independent index delta (Borgonovo), by Plischke's estimator.

    Attributes
    ----------
    delta, half_width : float64[input], 1
        Mean shift of the output's density once the input is known, and half its interval.
    draws, resamples : int
    level : float
    """

    delta: Array
    half_width: Array
    draws: int
    resamples: int
    level: float


@dataclass(frozen=True)
class Pawn:
    """PAWN: largest distance between the output's distribution with and without the input known.

    Attributes
    ----------
    median, mean, minimum, maximum : float64[input], 1
        Over the slides of the input's range.
    slides : int
    """

    median: Array
    mean: Array
    minimum: Array
    maximum: Array
    slides: int


@dataclass(frozen=True)
class Regional:
    """Regional sensitivity: where draws within a bin differ from the rest.

    Attributes
    ----------
    statistic : float64[bin, input], 1
        Cramer-von Mises criterion; NaN where a bin holds no draws, or only equal outputs.
    bins : int
        Of equally many draws.
    by : str
        ``output`` when outputs are binned and inputs compared; ``input`` for the reverse.
    """

    statistic: Array
    bins: int
    by: str
