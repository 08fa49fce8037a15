"""The exponential without branches, so that a loop over draws vectorises.

A compiled loop over the system's ``exp`` makes one call per element. Here the argument is split
into a multiple of ln 2 and a rest below ln 2 / 2, the rest goes through the Taylor polynomial of
degree 13 (its first left-out term is below 2e-17), and the multiple becomes the exponent bits.
"""

import math

import numpy as np

from mc_engine.accelerate import exact

# Beyond these the result is 0 (numbers below 2e-308 lose digits) or infinite.
_LOWEST, _HIGHEST = -708.0, 709.0
_LOG2_E = 1.4426950408889634
# ln 2 in two parts; multiples of the first below 2**11 are exact.
_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
# 1.5 * 2**52: adding it rounds to a whole number, which then stands in the lowest bits.
_ROUNDING = 6755399441055744.0
_EXPONENT_BIAS, _MANTISSA_BITS = 1023, 52
(_C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12, _C13) = (
    1.0 / math.factorial(n) for n in range(2, 14)
)  # fmt: skip


@exact
def exp(x):
    """Exponential of one number, float64, to two units in the last place.

    0 below -708 and infinite above 709; NaN stays NaN.
    """
    kept = _HIGHEST if x > _HIGHEST else x
    kept = _LOWEST if kept < _LOWEST else kept
    rounded = kept * _LOG2_E + _ROUNDING
    whole = rounded - _ROUNDING
    r = (kept - whole * _LN2_HIGH) - whole * _LN2_LOW
    square = r * r
    fourth = square * square
    # Pairs of terms side by side: a shorter chain than Horner's.
    low = (1.0 + r) + (_C2 + _C3 * r) * square
    middle = (_C4 + _C5 * r) + (_C6 + _C7 * r) * square
    high = (_C8 + _C9 * r) + (_C10 + _C11 * r) * square
    polynomial = low + fourth * (middle + fourth * (high + fourth * (_C12 + _C13 * r)))
    bits = (np.float64(rounded).view(np.int64) + _EXPONENT_BIAS) << _MANTISSA_BITS
    value = polynomial * np.int64(bits).view(np.float64)
    above_zero = 0.0 if x < _LOWEST else value
    return math.inf if x > _HIGHEST else above_zero
