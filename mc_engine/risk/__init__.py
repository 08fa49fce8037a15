"""How likely a target is to be missed, by how much and when: figures from stored draws.

Nothing here calls a model. Every probability and quantile comes with the range that holds the
truth at a stated level, by the formulas that the design of the draws allows.
"""

from mc_engine.risk.bands import year_bands
from mc_engine.risk.comparison import Comparison, Difference, compare_draws
from mc_engine.risk.failures import failures
from mc_engine.risk.sample import Sample
from mc_engine.risk.summary import summarise

__all__ = [
    "Comparison",
    "Difference",
    "Sample",
    "compare_draws",
    "failures",
    "summarise",
    "year_bands",
]
