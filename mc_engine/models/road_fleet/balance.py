"""Equations B: removals granted, and what is left.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.lanes import load, store

# g/MJ times MJ is g; a megatonne is 1e12 g.
G_PER_MT = 1e12
MJ_PER_PJ = 1e9
VEHICLES_PER_MILLION = 1e6


@inner
def grant_removals(gross, share, base, start, granted, net):
    """Removals granted to the sector and what is left (B-2).

    Parameters
    ----------
    gross : float64[year, lane], Mt CO2e/yr
        From the first output year; positions below count from there.
    share : float64[lane], 1
        Of the emissions of ``base``, reached in the last year.
    base, start : int
    granted, net : float64[year, lane], Mt CO2e/yr
        Overwritten.
    """
    last, in_base, wanted = gross.shape[0] - 1, load(gross, base), load(share)
    for year in range(last + 1):
        reached = max(0.0, (year - start) / (last - start))
        taken = reached * wanted * in_base
        store(taken, granted, year)
        store(load(gross, year) - taken, net, year)
