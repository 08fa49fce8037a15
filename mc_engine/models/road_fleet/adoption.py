"""Equations A: which powertrains the registrations of a year have."""

import math

from mc_engine.accelerate import kernel


@kernel
def phase_out(share, start, ban, compliance):
    """Lift a path to a phase-out (A-2), in place.

    Parameters
    ----------
    share : float64[year], 1
        The path; its value at ``start`` is where the ramp begins.
    start, ban : int
        Positions of the first year of the ramp and of the year the phase-out is in force.
    compliance : float, 1
        Share reached at ``ban`` and kept.
    """
    begin = share[start]
    for year in range(start + 1, share.size):
        reached = min((year - start) / (ban - start), 1.0)
        wanted = begin + (compliance - begin) * reached
        if share[year] < wanted:
            share[year] = wanted
        elif not share[year] >= wanted:
            share[year] = math.nan


@kernel
def split_tree(child, rest, branch, first_year, pool, share):
    """Send each year's registrations down the adoption tree (A-1, A-3, A-4).

    Parameters
    ----------
    child, rest : int64[node]
        Position of a later node, or number of nodes plus position of a powertrain.
    branch : float64[node, year], 1
        Share of the child of each fork.
    first_year : int
        First year position written.
    pool : float64[node]
        Scratch: what reaches each fork.
    share : float64[powertrain, year], 1
        Overwritten from ``first_year`` on; sums to 1 over powertrains.
    """
    nodes = child.size
    for year in range(first_year, share.shape[1]):
        pool[0] = 1.0
        for node in range(nodes):
            taken = pool[node] * branch[node, year]
            left = pool[node] - taken
            if child[node] < nodes:
                pool[child[node]] = taken
            else:
                share[child[node] - nodes, year] = taken
            if rest[node] < nodes:
                pool[rest[node]] = left
            else:
                share[rest[node] - nodes, year] = left
