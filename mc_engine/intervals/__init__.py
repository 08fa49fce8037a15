"""From arrays to intervals: proportions, means over replicates, quantiles, paired differences.

Used by the stopping rule, by risk and by sensitivity alike. Binomial formulas are for
independent draws only; quasi-random and Latin designs use replicates of the whole design.
Nothing here draws or reads files.
"""

from mc_engine.intervals.paired import Pairs, paired_difference, tango
from mc_engine.intervals.single import (
    FEW,
    LEVEL,
    Interval,
    Ordered,
    check_finite,
    check_level,
    clopper_pearson,
    effective_sample_size,
    proportion,
    quantile_intervals,
    replicated_proportion,
    replicates,
    weighted_quantiles,
    wilson,
)

__all__ = [
    "FEW",
    "LEVEL",
    "Interval",
    "Ordered",
    "Pairs",
    "check_finite",
    "check_level",
    "clopper_pearson",
    "effective_sample_size",
    "paired_difference",
    "proportion",
    "quantile_intervals",
    "replicated_proportion",
    "replicates",
    "tango",
    "weighted_quantiles",
    "wilson",
]
