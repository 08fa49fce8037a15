"""Equations E: energy per kilometre, and energy by carrier.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.accelerate import kernel
from mc_engine.lanes import LANES


@kernel
def improvement(decline, floor, yo, left, factor):
    """Energy use of new vehicles relative to ``yo``, by model year (E-2).

    Parameters
    ----------
    decline : float64[lane], 1/yr
        ``rho``.
    floor : float64[lane], 1
        Share that no improvement removes.
    yo : int
    left : float64[lane]
        Scratch.
    factor : float64[year, lane], 1
        Overwritten from ``yo`` on; 1 at ``yo``, and before it everywhere.
    """
    left[:] = 1.0
    factor[yo] = 1.0
    for vintage in range(yo + 1, factor.shape[0]):
        row = factor[vintage]
        for lane in range(LANES):
            left[lane] *= 1.0 - decline[lane]
            row[lane] = floor[lane] + (1.0 - floor[lane]) * left[lane]
