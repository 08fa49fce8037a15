"""Standard normal distribution, compiled: quantile to score and back, of numbers or vectors."""

import math
from typing import Any

from mc_engine.numerics.accelerate import inner, kernel
from mc_engine.numerics.elementary import exp, log
from mc_engine.numerics.lanes import any_lane, sqrt, where

# Scores of the smallest and largest quantile that a draw can have, 2**-53 and 1 - 2**-53.
SCORE_LIMIT = 8.209536151601387
QUANTILE_LOW = 2.0**-53
QUANTILE_HIGH = 1.0 - 2.0**-53

# Smallest tail the approximation below was made for.
_SMALLEST_TAIL = 2.2250738585072014e-308
# Half the width of the central region, and sqrt(-ln tail) beyond which a third approximation holds.
_CENTRE, _FAR = 0.425, 5.0
_SQRT_HALF = math.sqrt(0.5)


@inner
def _central(r: Any) -> Any:
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


@inner
def _near_tail(r: Any) -> Any:
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


@inner
def _far_tail(r: Any) -> Any:
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
def ndtri(p: Any) -> Any:
    """Give the standard normal score of a quantile; the inverse of ``ndtr``.

    Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied
    Statistics 37 (1988), 477-484, the version of about 16 digits.

    Parameters
    ----------
    p : float or Vector, 1
        Within [0, 1]; beyond 2.2e-308 from either end the score of that number is given, so
        that the result is always finite.

    Returns
    -------
    float or Vector, 1
    """
    from_middle = p - 0.5
    tail = where(from_middle < 0.0, p, 1.0 - p)
    root = sqrt(-log(where(tail < _SMALLEST_TAIL, _SMALLEST_TAIL, tail)))
    top, bottom = _near_tail(root - 1.6)
    outer = top / bottom
    if any_lane(root > _FAR):
        top, bottom = _far_tail(root - _FAR)
        outer = where(root > _FAR, top / bottom, outer)
    inside = _CENTRE * _CENTRE - from_middle * from_middle
    top, bottom = _central(inside)
    return where(inside >= 0.0, from_middle * top / bottom, where(p < 0.5, -outer, outer))


@inner
def _error_function(x: Any) -> Any:
    """Error function for numbers between -1 and 1."""
    r = x * x
    top = 9.60497373987051638749
    top = top * r + 9.00260197203842689217e1
    top = top * r + 2.23200534594684319226e3
    top = top * r + 7.00332514112805075473e3
    top = top * r + 5.55923013010394962768e4
    bottom = r + 3.35617141647503099647e1
    bottom = bottom * r + 5.21357949780152679795e2
    bottom = bottom * r + 4.59432382970980127987e3
    bottom = bottom * r + 2.26290000613890934246e4
    bottom = bottom * r + 4.92673942608635921086e4
    return x * top / bottom


@inner
def _complement(x: Any) -> Any:
    """Complement of the error function for numbers between 1 and 8."""
    top = 2.46196981473530512524e-10
    top = top * x + 5.64189564831068821977e-1
    top = top * x + 7.46321056442269912687
    top = top * x + 4.86371970985681366614e1
    top = top * x + 1.96520832956077098242e2
    top = top * x + 5.26445194995477358631e2
    top = top * x + 9.34528527171957607540e2
    top = top * x + 1.02755188689515710272e3
    top = top * x + 5.57535335369399327526e2
    bottom = x + 1.32281951154744992508e1
    bottom = bottom * x + 8.67072140885989742329e1
    bottom = bottom * x + 3.54937778887819891062e2
    bottom = bottom * x + 9.75708501743205489753e2
    bottom = bottom * x + 1.82390916687909736289e3
    bottom = bottom * x + 2.24633760818710981792e3
    bottom = bottom * x + 1.65666309194161350182e3
    bottom = bottom * x + 5.57535340817727675546e2
    return exp(-x * x) * top / bottom


@kernel
def ndtr(z: Any) -> Any:
    """Give the quantile of a standard normal score; the inverse of ``ndtri``.

    The rational approximations of the error function in Moshier's Cephes library.

    Parameters
    ----------
    z : float or Vector, 1
        Between -11.3 and 11.3; further out the result is near 0 or 1 but has lost its digits.

    Returns
    -------
    float or Vector, 1
        Within [0, 1].
    """
    x = z * _SQRT_HALF
    size = where(x < 0.0, -x, x)
    tail = 0.5 * _complement(size)
    return where(size < 1.0, 0.5 + 0.5 * _error_function(x), where(z < 0.0, tail, 1.0 - tail))


@kernel
def moved_quantile(z: Any) -> Any:
    """Give the quantile of a score, kept within the range that a draw can have."""
    p = ndtr(z)
    p = where(p < QUANTILE_LOW, QUANTILE_LOW, p)
    return where(p > QUANTILE_HIGH, QUANTILE_HIGH, p)
