"""The rules of equations K: what a target is, and a chunk's outputs turned into margins.

A target yields one margin per draw, positive when the target is met. A miss is a margin below
0; a margin of exactly 0 is met. A draw whose outputs are not finite has the margin NaN and the
miss -1, never a quiet 0.
"""

from mc_engine.targets.checks import check_fit, check_references, margin_units
from mc_engine.targets.margins import Context, Milestones, evaluate, milestones, misses
from mc_engine.targets.rules import Rule, Target, describe, parse

__all__ = [
    "Context",
    "Milestones",
    "Rule",
    "Target",
    "check_fit",
    "check_references",
    "describe",
    "evaluate",
    "margin_units",
    "milestones",
    "misses",
    "parse",
]
