"""Which assumptions drive an outcome: indices from stored rows, with intervals.

Nothing here calls a model. What no method may answer is refused; every index comes with the
range that holds the truth at a stated level, and every ranking with its ties.
"""

from mc_engine.sensitivity.checks import (
    refuse_failed,
    refuse_weights,
    rows_per_block,
    whole_blocks,
)
from mc_engine.sensitivity.convergence import (
    Certificate,
    certify,
    leading_shares,
    noise_floor,
    tied_pairs,
)
from mc_engine.sensitivity.indices import Estimates, Indices
from mc_engine.sensitivity.moments import Blocks, cut
from mc_engine.sensitivity.resampling import bootstrap
from mc_engine.sensitivity.results import Delta, Pawn, Regional, Screening
from mc_engine.sensitivity.variance import Sums, estimate

__all__ = [
    "Blocks",
    "Certificate",
    "Delta",
    "Estimates",
    "Indices",
    "Pawn",
    "Regional",
    "Screening",
    "Sums",
    "bootstrap",
    "certify",
    "cut",
    "estimate",
    "leading_shares",
    "noise_floor",
    "refuse_failed",
    "refuse_weights",
    "rows_per_block",
    "tied_pairs",
    "whole_blocks",
]
