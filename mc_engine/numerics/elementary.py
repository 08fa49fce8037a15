"""Exponential and logarithm without branches, of one number or of a vector of draws.

The system's ``exp`` takes one number per call. Here the argument is split
into a multiple of ln 2 and a rest below ln 2 / 2, the rest goes through the Taylor polynomial of
degree 13 (its first left-out term is below 2e-17), and the multiple becomes the exponent bits.
The logarithm goes the other way: exponent bits times ln 2, plus the logarithm of a mantissa near 1
by the series of the inverse hyperbolic tangent.
"""

import math

import numpy as np

from mc_engine.numerics.accelerate import exact
from mc_engine.numerics.lanes import from_bits, to_bits, where

# Beyond these the result is 0 (numbers below 2e-308 lose digits) or infinite.
_LOWEST, _HIGHEST = -708.0, 709.0
_LOG2_E = 1.4426950408889634
# ln 2 in two parts; multiples of the first below 2**11 are exact.
_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
# 1.5 * 2**52: adding it rounds to a whole number, which then stands in the lowest bits.
_ROUNDING = 6755399441055744.0
_PLACE = np.uint64(2**51 - 1)
_EXPONENT_BIAS, _MANTISSA_BITS = np.uint64(1023), np.uint64(52)
(_C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12, _C13) = (
    1.0 / math.factorial(n) for n in range(2, 14)
)  # fmt: skip


@exact
def exp(x):
    """Exponential, to two units in the last place: of a float64 or a ``Vector``.

    0 below -708 and infinite above 709; NaN stays NaN.
    """
    inside = where(x > _HIGHEST, _HIGHEST, x)
    inside = where(inside < _LOWEST, _LOWEST, inside)
    rounded = inside * _LOG2_E + _ROUNDING
    whole = rounded - _ROUNDING
    r = (inside - whole * _LN2_HIGH) - whole * _LN2_LOW
    square = r * r
    fourth = square * square
    # Pairs of terms side by side: a shorter chain than Horner's.
    low = (1.0 + r) + (_C2 + _C3 * r) * square
    middle = (_C4 + _C5 * r) + (_C6 + _C7 * r) * square
    high = (_C8 + _C9 * r) + (_C10 + _C11 * r) * square
    polynomial = low + fourth * (middle + fourth * (high + fourth * (_C12 + _C13 * r)))
    power = from_bits((to_bits(rounded) + _EXPONENT_BIAS) << _MANTISSA_BITS)
    value = where(x < _LOWEST, 0.0, polynomial * power)
    return where(x > _HIGHEST, math.inf, value)


@exact
def nearest(x):
    """Whole number nearest to ``x``, a float64 or a ``Vector`` below 2**51 in size."""
    return (x + _ROUNDING) - _ROUNDING


@exact
def places_of(x):
    """Turn whole numbers from 0 to 2**51 - 1 from floats into bits: ``UInt64Vector`` or uint64."""
    return to_bits(x + _ROUNDING) & _PLACE


# Numbers below this have fewer digits; they are multiplied by 2**54 first.
_SMALLEST = 2.0**-1022
_MORE_DIGITS, _DIGITS = 2.0**54, 54.0
# Bits of sqrt(1/2), and how far those of 1 lie above them.
_ROOT_BITS = np.uint64(0x3FE6A09E667F3BCD)
_ABOVE_ROOT = np.uint64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
_MANTISSA = np.uint64(2**52 - 1)
# A whole number below 2**52 under these exponent bits is the float 2**52 plus that number.
_WHOLE_BITS, _WHOLE = np.uint64(0x4330000000000000), 2.0**52
_BIAS = _WHOLE + 1023.0
(_L1, _L2, _L3, _L4, _L5, _L6, _L7, _L8, _L9, _L10) = (2.0 / (2 * n + 1) for n in range(1, 11))


@exact
def log(x):
    """Natural logarithm, to two units in the last place: of a float64 or a ``Vector``.

    Minus infinity at 0 and NaN below; infinity and NaN stay what they are.
    """
    inside = where(x < _SMALLEST, x * _MORE_DIGITS, x)
    # x = 2**k m with m between sqrt(1/2) and sqrt(2).
    shifted = to_bits(inside) + _ABOVE_ROOT
    exponent = from_bits((shifted >> _MANTISSA_BITS) | _WHOLE_BITS)
    k = exponent - _BIAS - where(x < _SMALLEST, _DIGITS, 0.0)
    m = from_bits((shifted & _MANTISSA) + _ROOT_BITS)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    square = z * z
    fourth = square * square
    low = (_L1 + _L2 * z) + (_L3 + _L4 * z) * square
    high = (_L5 + _L6 * z) + (_L7 + _L8 * z) * square
    series = low + fourth * (high + fourth * (_L9 + _L10 * z))
    value = k * _LN2_HIGH + (2.0 * s + (s * z * series + k * _LN2_LOW))
    at_or_below_0 = where(x == 0.0, -math.inf, math.nan)
    finite = where(x > 0.0, value, at_or_below_0)
    return where(x == math.inf, math.inf, finite)
