"""Equations E: energy per kilometre, and energy by carrier."""

from mc_engine.accelerate import kernel


@kernel
def improvement(decline, floor, yo, factor):
    """Energy use of new vehicles relative to ``yo``, by model year (E-2).

    Parameters
    ----------
    decline : float, 1/yr
        ``rho``.
    floor : float, 1
        Share that no improvement removes.
    yo : int
    factor : float64[year], 1
        Overwritten; 1 up to ``yo``.
    """
    factor[: yo + 1] = 1.0
    left = 1.0
    for vintage in range(yo + 1, factor.size):
        left *= 1.0 - decline
        factor[vintage] = floor + (1.0 - floor) * left


@kernel
def add_scaled(amount, source, factor, first, total):
    """Add ``amount * source * factor`` to ``total`` from vintage ``first`` on."""
    for vintage in range(first, total.size):
        total[vintage] += amount * source[vintage] * factor[vintage]


@kernel
def weighted_sums(channels, weights, used, firsts, year, max_age, sums):
    """Sum each channel over its vintages in one year (the convolutions of E-3).

    Parameters
    ----------
    channels : float64[channel, year]
        Effective vintages, in vehicles or times use and energy.
    weights : float64[age], 1
        Oldest age first.
    used : int64[channel]
        1 where a channel can differ from 0.
    firsts : int64[channel]
        First vintage that may differ from 0.
    year, max_age : int
    sums : float64[channel]
        Overwritten.
    """
    offset = max_age - year
    for channel in range(used.size):
        total = 0.0
        if used[channel]:
            start = max(firsts[channel], year - max_age)
            for vintage in range(start, year + 1):
                total += channels[channel, vintage] * weights[offset + vintage]
        sums[channel] = total
