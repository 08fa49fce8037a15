"""The past as a judge of the draws: likelihood, weights, and scores.

Nothing here calls a model. Everything is read from what a run stored of the past: what the model
gave where something was observed.
"""

from mc_engine.calibrate.likelihood import Fit, fit
from mc_engine.calibrate.scores import Score, predictive, score
from mc_engine.calibrate.weights import ENOUGH, Constraint, constrain, refuse_too_few

__all__ = [
    "ENOUGH",
    "Constraint",
    "Fit",
    "Score",
    "constrain",
    "fit",
    "predictive",
    "refuse_too_few",
    "score",
]
