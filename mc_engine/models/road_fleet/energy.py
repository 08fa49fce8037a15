"""Equations E: energy per kilometre, and energy by carrier."""

from mc_engine.accelerate import kernel
from mc_engine.models.road_fleet.turnover import dot


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
def add(amount, source, first, total):
    """Add ``amount * source`` to ``total`` from vintage ``first`` on."""
    sold, added = source[first:], total[first:]
    for place in range(added.size):
        added[place] += amount * sold[place]


@kernel
def add_scaled(amount, source, factor, first, total):
    """Add ``amount * source * factor`` to ``total`` from vintage ``first`` on."""
    sold, rate, added = source[first:], factor[first:], total[first:]
    for place in range(added.size):
        added[place] += amount * sold[place] * rate[place]


@kernel
def weighted_sums(channels, weights, flags, year, first_channel, sums):
    """Sum each channel over its vintages in one year (the convolutions of E-3).

    Parameters
    ----------
    channels : float64[channel, year]
        Effective vintages, in vehicles or times use and energy.
    weights : float64[age], 1
        Oldest age first.
    flags : int64[kind, channel]
        Whether a channel can differ from 0; its first vintage.
    year : int
    first_channel : int
        Channels before it are left out.
    sums : float64[channel]
        Added to.
    """
    max_age = weights.size - 1
    for channel in range(first_channel, sums.size):
        if flags[0, channel]:
            start = min(max(flags[1, channel], year - max_age), year + 1)
            vintages = channels[channel, start : year + 1]
            sums[channel] += dot(vintages, weights[max_age - year + start :])
