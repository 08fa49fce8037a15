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
    tied_pairs,
)
from mc_engine.sensitivity.indices import Estimates, Indices
from mc_engine.sensitivity.moments import Blocks, cut
from mc_engine.sensitivity.variance import SaltelliSums, estimate

__all__ = [
    "Blocks",
    "Certificate",
    "Estimates",
    "Indices",
    "SaltelliSums",
    "certify",
    "cut",
    "estimate",
    "leading_shares",
    "refuse_failed",
    "refuse_weights",
    "rows_per_block",
    "tied_pairs",
    "whole_blocks",
]
