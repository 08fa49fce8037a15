"""Statistics of observations: likelihood, importance weights, proposals and forecast scores.

Pure functions of arrays and of ``Series``; nothing here calls a model or reads a file.
"""

from mc_engine.calibrate.likelihood import Fit, fit
from mc_engine.calibrate.scores import Score, predictive, score
from mc_engine.calibrate.weights import (
    MIN_EFFECTIVE,
    Constraint,
    likelihood_weights,
    refuse_too_few,
)

__all__ = [
    "MIN_EFFECTIVE",
    "Constraint",
    "Fit",
    "Score",
    "fit",
    "likelihood_weights",
    "predictive",
    "refuse_too_few",
    "score",
]
