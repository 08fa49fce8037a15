"""Equations A: which powertrains the registrations of a year have.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

import math

from mc_engine.numerics.accelerate import kernel
from mc_engine.numerics.lanes import load, store, where


@kernel
def phase_out(share, start, ban, compliance):
    """Lift a path to a phase-out (A-2), in place.

    Parameters
    ----------
    share : float64[year, lane], 1
        The path; its value at ``start`` is where the ramp begins.
    start, ban : int
        Positions of the first year of the ramp and of the year the phase-out is in force.
    compliance : float64[lane], 1
        Share reached at ``ban`` and kept.
    """
    begin, wanted_at_ban = load(share, start), load(compliance)
    for year in range(start + 1, share.shape[0]):
        reached = min((year - start) / (ban - start), 1.0)
        wanted, own = begin + (wanted_at_ban - begin) * reached, load(share, year)
        # NaN is neither above nor below, and stays NaN.
        lifted = where(own >= wanted, own, math.nan)
        store(where(own < wanted, wanted, lifted), share, year)


@kernel
def split_tree(child, rest, branch, first_year, pool, share):
    """Send each year's registrations down the adoption tree (A-1, A-3, A-4).

    Parameters
    ----------
    child, rest : int64[node]
        Position of a later node, or number of nodes plus position of a powertrain.
    branch : float64[node, year, lane], 1
        Share of the child of each fork.
    first_year : int
        First year position written.
    pool : float64[node, lane]
        Scratch: what reaches each fork.
    share : float64[powertrain, year, lane], 1
        Overwritten from ``first_year`` on; sums to 1 over powertrains.
    """
    nodes = child.size
    for year in range(first_year, share.shape[1]):
        store(1.0, pool, 0)
        for node in range(nodes):
            taken = pool[child[node]] if child[node] < nodes else share[child[node] - nodes, year]
            left = pool[rest[node]] if rest[node] < nodes else share[rest[node] - nodes, year]
            whole = load(pool, node)
            part = whole * load(branch, node, year)
            store(whole - part, left)
            store(part, taken)
