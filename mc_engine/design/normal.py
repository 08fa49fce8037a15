"""The standard normal law, compiled: quantile to score and back."""

import math

import numpy as np
from numpy.typing import NDArray

from mc_engine.accelerate import kernel
from mc_engine.elementary import log

# Scores of the smallest and largest quantile that a draw can have, 2**-53 and 1 - 2**-53.
SCORE_LIMIT = 8.209536151601387
QUANTILE_LOW = 2.0**-53
QUANTILE_HIGH = 1.0 - 2.0**-53

# Smallest tail the approximation below was made for.
_SMALLEST_TAIL = 2.2250738585072014e-308
# Half the width of the central region, and the tail beyond which a third approximation holds.
_CENTRE, _FAR_TAIL = 0.425, math.exp(-25.0)
_SQRT_HALF = math.sqrt(0.5)


@kernel
def _central(r: float) -> tuple[float, float]:
    """Numerator and denominator of Wichura's central region, ``r = 0.425**2 - (p - 1/2)**2``."""
    top = 2.5090809287301226727e3
    top = top * r + 3.3430575583588128105e4
    top = top * r + 6.7265770927008700853e4
    top = top * r + 4.5921953931549871457e4
    top = top * r + 1.3731693765509461125e4
    top = top * r + 1.9715909503065514427e3
    top = top * r + 1.3314166789178437745e2
    top = top * r + 3.3871328727963666080e0
    bottom = 5.2264952788528545610e3
    bottom = bottom * r + 2.8729085735721942674e4
    bottom = bottom * r + 3.9307895800092710610e4
    bottom = bottom * r + 2.1213794301586595867e4
    bottom = bottom * r + 5.3941960214247511077e3
    bottom = bottom * r + 6.8718700749205790830e2
    bottom = bottom * r + 4.2313330701600911252e1
    bottom = bottom * r + 1.0
    return top, bottom


@kernel
def _near_tail(r: float) -> tuple[float, float]:
    """Numerator and denominator for tails of 1.4e-11 to 0.075, ``r = sqrt(-ln tail) - 1.6``."""
    top = 7.74545014278341407640e-4
    top = top * r + 2.27238449892691845833e-2
    top = top * r + 2.41780725177450611770e-1
    top = top * r + 1.27045825245236838258e0
    top = top * r + 3.64784832476320460504e0
    top = top * r + 5.76949722146069140550e0
    top = top * r + 4.63033784615654529590e0
    top = top * r + 1.42343711074968357734e0
    bottom = 1.05075007164441684324e-9
    bottom = bottom * r + 5.47593808499534494600e-4
    bottom = bottom * r + 1.51986665636164571966e-2
    bottom = bottom * r + 1.48103976427480074590e-1
    bottom = bottom * r + 6.89767334985100004550e-1
    bottom = bottom * r + 1.67638483018380384940e0
    bottom = bottom * r + 2.05319162663775882187e0
    bottom = bottom * r + 1.0
    return top, bottom


@kernel
def _far_tail(r: float) -> tuple[float, float]:
    """Numerator and denominator for tails below about 1.4e-11, ``r = sqrt(-ln tail) - 5``."""
    top = 2.01033439929228813265e-7
    top = top * r + 2.71155556874348757815e-5
    top = top * r + 1.24266094738807843860e-3
    top = top * r + 2.65321895265761230930e-2
    top = top * r + 2.96560571828504891230e-1
    top = top * r + 1.78482653991729133580e0
    top = top * r + 5.46378491116411436990e0
    top = top * r + 6.65790464350110377720e0
    bottom = 2.04426310338993978564e-15
    bottom = bottom * r + 1.42151175831644588870e-7
    bottom = bottom * r + 1.84631831751005468180e-5
    bottom = bottom * r + 7.86869131145613259100e-4
    bottom = bottom * r + 1.48753612908506148525e-2
    bottom = bottom * r + 1.36929880922735805310e-1
    bottom = bottom * r + 5.99832206555887937690e-1
    bottom = bottom * r + 1.0
    return top, bottom


@kernel
def ndtri(p: float) -> float:
    """Give the standard normal score of a quantile; the inverse of ``ndtr``.

    Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied
    Statistics 37 (1988), 477-484, the version of about 16 digits.

    Parameters
    ----------
    p : float, 1
        Within [0, 1]; beyond 2.2e-308 from either end the score of that number is given, so
        that the result is always finite.

    Returns
    -------
    float, 1
    """
    from_middle = p - 0.5
    if abs(from_middle) <= _CENTRE:
        top, bottom = _central(_CENTRE * _CENTRE - from_middle * from_middle)
        return from_middle * top / bottom
    tail = max(p if from_middle < 0.0 else 1.0 - p, _SMALLEST_TAIL)
    root = math.sqrt(-log(tail))
    top, bottom = _near_tail(root - 1.6) if root <= 5.0 else _far_tail(root - 5.0)
    return -top / bottom if from_middle < 0.0 else top / bottom


@kernel
def scores_of(quantiles: NDArray[np.float64], scores: NDArray[np.float64]) -> None:
    """Write the standard normal score of every quantile, as ``ndtri`` to a few last places.

    Parameters
    ----------
    quantiles : float64[many], 1
        Strictly between 0 and 1.
    scores : float64[many], 1
        Overwritten.
    """
    # Three short loops: one with both approximations would not vectorise.
    for place in range(quantiles.size):
        p = quantiles[place]
        tail = 1.0 - p if p > 0.5 else p
        scores[place] = math.sqrt(-log(tail))
    for place in range(quantiles.size):
        top, bottom = _near_tail(scores[place] - 1.6)
        scores[place] = top / bottom
    for place in range(quantiles.size):
        from_middle = quantiles[place] - 0.5
        top, bottom = _central(_CENTRE * _CENTRE - from_middle * from_middle)
        outer = -scores[place] if from_middle < 0.0 else scores[place]
        scores[place] = from_middle * top / bottom if abs(from_middle) <= _CENTRE else outer
    far = 0
    for place in range(quantiles.size):
        from_middle = abs(quantiles[place] - 0.5)
        far += 1 if 0.5 - from_middle < _FAR_TAIL else 0
    if far > 0:
        for place in range(quantiles.size):
            if 0.5 - abs(quantiles[place] - 0.5) < _FAR_TAIL:
                scores[place] = ndtri(quantiles[place])


@kernel
def ndtr(z: float) -> float:
    """Give the quantile of a standard normal score; the inverse of ``ndtri``.

    Parameters
    ----------
    z : float, 1

    Returns
    -------
    float, 1
        Within [0, 1].
    """
    return 0.5 * math.erfc(-z * _SQRT_HALF)


@kernel
def moved_quantile(z: float) -> float:
    """Give the quantile of a score, kept within the range that a draw can have."""
    return min(max(ndtr(z), QUANTILE_LOW), QUANTILE_HIGH)
