"""Equations E: energy per kilometre, and energy by carrier.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.accelerate import kernel
from mc_engine.lanes import LANES


@kernel
def begin_improvement(decline, floor, kept, spread):
    """Start from the last observed year, in which nothing has improved yet (E-2).

    Parameters
    ----------
    decline : float64[lane], 1/yr
        ``rho``.
    floor : float64[lane], 1
        Share that no improvement removes.
    kept : float64[lane], 1
        Overwritten: what a year leaves of the rest.
    spread : float64[lane], 1
        Overwritten: the rest.
    """
    for lane in range(LANES):
        kept[lane] = 1.0 - decline[lane]
        spread[lane] = 1.0 - floor[lane]


@kernel
def improved(scale, level, floor, spread, energy):
    """Energy use of new vehicles after so much improvement (E-2).

    Parameters
    ----------
    scale : float, 1
    level : float64[lane], MJ/km
        Energy use in the last observed year.
    floor, spread : float64[lane], 1
        As in ``begin_improvement``.
    energy : float64[lane], MJ/km
        Overwritten.
    """
    for lane in range(LANES):
        energy[lane] = scale * level[lane] * (floor[lane] + spread[lane])
