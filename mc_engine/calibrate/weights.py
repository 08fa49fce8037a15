"""From likelihoods to weights of the draws, and to the most constraining series."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mc_engine.calibrate.likelihood import Fit
from mc_engine.errors import StatisticError
from mc_engine.intervals import effective_sample_size

Array = NDArray[np.float64]

# Fewer effective draws than this carry no constrained figure.
MIN_EFFECTIVE = 1_000
# A draw whose residuals of any series are this many times too large is implausible.
IMPLAUSIBLE = 3.0


@dataclass(frozen=True)
class Constraint:
    """Weights of the draws under the observations, and what each series contributes.

    Attributes
    ----------
    weight : float64[draw]
        Mean 1 over all draws; 0 where the draw is ruled out.
    effective : float
        Effective number of draws (Kish).
    temper : float
        Power of the likelihood; 1 unless stated.
    plausible : float, 1
        Share of the draws that no series finds implausible.
    alone, without : mapping of str to float
        Effective number of draws if a series were the only one, and if it were left out.
    implausible : mapping of str to float, 1
        Share of the draws that each series finds implausible.
    """

    weight: Array
    effective: float
    temper: float
    plausible: float
    alone: Mapping[str, float]
    without: Mapping[str, float]
    implausible: Mapping[str, float]

    @property
    def largest(self) -> float:
        """Largest share of all weight of a single draw, 1."""
        return float(self.weight.max() / self.weight.sum())

    @property
    def most_constraining(self) -> str:
        """The series without which most effective draws would be left."""
        return max(self.without, key=lambda name: self.without[name])


def weights_of(log_likelihood: Array, temper: float = 1.0) -> Array:
    """Turn logarithms of likelihoods into weights of mean 1.

    Parameters
    ----------
    log_likelihood : float64[draw]
        -inf where a draw is ruled out.
    temper : float
        Power of the likelihood, in (0, 1].

    Raises
    ------
    StatisticError
        When every draw is ruled out.
    """
    highest = log_likelihood.max(initial=-np.inf)
    if not np.isfinite(highest):
        raise StatisticError(
            f"constraint: all {log_likelihood.size} draws are ruled out; expected some that can "
            "have given the observations; look at the hindcast of each series"
        )
    weight = np.exp(temper * (log_likelihood - highest))
    return np.asarray(weight * (weight.size / weight.sum()))


def likelihood_weights(
    fits: Mapping[str, Fit], temper: float = 1.0, prior_weight: Array | None = None
) -> Constraint:
    """Weight draws by the likelihood of all series (importance weights on prior draws).

    A draw whose implausibility is above ``IMPLAUSIBLE`` in any series is rejected first.

    Parameters
    ----------
    fits : mapping of str to Fit
        By series.
    temper : float
        Power of the likelihood, in (0, 1]; 1 is the likelihood itself.
    prior_weight : float64[draw], optional
        Prior over proposal of importance-sampled draws (C-3).

    Returns
    -------
    Constraint

    Raises
    ------
    StatisticError
        Without a series, or when every draw is ruled out.
    """
    if not fits:
        raise StatisticError(
            "constraint: found no series to constrain with; mark one 'use: constraint' in "
            "observations.yaml"
        )
    if not 0.0 < temper <= 1.0:
        raise StatisticError(f"temper: found {temper}, expected above 0 and at most 1")
    with np.errstate(divide="ignore"):
        before = 0.0 if prior_weight is None else np.log(prior_weight) / temper
    rejected = {name: one.implausibility > IMPLAUSIBLE for name, one in fits.items()}
    total = before + np.sum([one.log_likelihood for one in fits.values()], axis=0)
    out = np.any(list(rejected.values()), axis=0)
    weight = weights_of(np.where(out, -np.inf, total), temper)
    alone, without = {}, {}
    for name, (own, _) in fits.items():
        alone[name] = _effective(np.where(rejected[name], -np.inf, before + own), temper)
        others = [rejected[other] for other in fits if other != name]
        left = np.any(others, axis=0) if others else np.zeros(own.size, dtype=bool)
        with np.errstate(invalid="ignore"):
            rest = np.where(np.isneginf(own), -np.inf, total - own)
        without[name] = _effective(np.where(left, -np.inf, rest), temper)
    return Constraint(
        weight=weight,
        effective=effective_sample_size(weight),
        temper=temper,
        plausible=float(1.0 - out.mean()),
        alone=alone,
        without=without,
        implausible={name: float(rejected[name].mean()) for name in fits},
    )


def _effective(log_likelihood: Array, temper: float) -> float:
    """Effective number of draws; 0 where all are ruled out."""
    if not np.isfinite(log_likelihood.max(initial=-np.inf)):
        return 0.0
    return effective_sample_size(weights_of(log_likelihood, temper))


def refuse_too_few(constraint: Constraint) -> None:
    """Refuse figures that rest on fewer than 1,000 effective draws.

    Raises
    ------
    StatisticError
        Names the most constraining series.
    """
    if constraint.effective < MIN_EFFECTIVE:
        series = constraint.most_constraining
        left = constraint.without[series]
        raise StatisticError(
            f"constraint: {constraint.effective:.0f} effective draws are left, expected at least "
            f"{MIN_EFFECTIVE:,}; '{series}' is the most constraining series ({left:,.0f} without "
            "it); enlarge --draws, or check that series and its error"
        )
