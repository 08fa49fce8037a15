"""Forecast scores of draws against observations: bias, coverage, CRPS."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mc_engine.calibrate.likelihood import moments
from mc_engine.errors import StatisticError
from mc_engine.intervals import weighted_quantiles
from mc_engine.vocabulary.observations import Series

Array = NDArray[np.float64]

BANDS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Score:
    """Forecast scores of one series.

    Attributes
    ----------
    name : str
    years : tuple of int
    observed : float64[year], in the series' unit
    bands : float64[year, quantile], in the series' unit
        5, 25, 50, 75 and 95 % of the predictive distribution, errors of observation included.
    bias : float, 1
        Mean over the years of the median less the observation, as a share of it.
    inside_50, inside_90 : float, 1
        Share of the years whose observation lies in the band.
    crps : float, 1
        Continuous ranked probability score, mean over the years, as a share of the observation.
    """

    name: str
    years: tuple[int, ...]
    observed: Array
    bands: Array
    bias: float
    inside_50: float
    inside_90: float
    crps: float


def predictive(series: Series, modelled: Array, generator: np.random.Generator) -> Array:
    """Draw from the predictive distribution: scope factors and observation errors added (C-1).

    Parameters
    ----------
    series : Series
    modelled : float64[draw, year], in the series' unit
    generator : numpy.random.Generator
        Source of the errors.

    Returns
    -------
    float64[draw, year], in the series' unit
    """
    shift, covariance = moments(series)
    lower = np.linalg.cholesky(covariance)
    errors = generator.standard_normal(modelled.shape) @ lower.T
    return np.asarray(modelled * np.exp(shift + errors))


def score(series: Series, predicted: Array, weight: Array | None = None) -> Score:
    """Score the predictive distribution of a series.

    Parameters
    ----------
    series : Series
    predicted : float64[draw, year], in the series' unit
        From ``predictive``; rows of failed draws hold NaN and are left out.
    weight : float64[draw], optional

    Raises
    ------
    StatisticError
        When no draw is finite.
    """
    good = np.isfinite(predicted).all(axis=1)
    if not good.any():
        raise StatisticError(f"{series.name}: no draw to score; every one failed")
    values = predicted[good]
    known = None if weight is None else weight[good]
    observed = np.array(series.values)
    bands = weighted_quantiles(values, known, BANDS).T
    return Score(
        name=series.name,
        years=series.years,
        observed=observed,
        bands=bands,
        bias=float((bands[:, 2] / observed - 1.0).mean()),
        inside_50=float(((bands[:, 1] <= observed) & (observed <= bands[:, 3])).mean()),
        inside_90=float(((bands[:, 0] <= observed) & (observed <= bands[:, 4])).mean()),
        crps=float(np.mean([crps(values[:, k], observed[k], known) / observed[k]
                            for k in range(observed.size)])),
    )  # fmt: skip


def crps(values: Array, observed: float, weight: Array | None = None) -> float:
    """Continuous ranked probability score of one observation (Gneiting and Raftery 2007, eq. 21).

    Parameters
    ----------
    values : float64[draw]
        Finite.
    observed : float
    weight : float64[draw], optional

    Returns
    -------
    float
        In the unit of ``values``; 0 where all draws equal the observation.
    """
    order = np.argsort(values, kind="stable")
    sorted_values = values[order]
    share = np.full(values.size, 1.0) if weight is None else weight[order]
    share = share / share.sum()
    mean_error = float((share * np.abs(sorted_values - observed)).sum())
    # E|X - X'| of a weighted sample, by one pass over the sorted values.
    before = np.cumsum(share) - share
    spread = 2.0 * float((share * sorted_values * (2.0 * before + share - 1.0)).sum())
    return mean_error - 0.5 * spread
