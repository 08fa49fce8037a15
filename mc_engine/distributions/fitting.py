"""What the fits of several families share: refusals, and the roots of equations."""

from collections.abc import Callable

from scipy import optimize, special

from mc_engine.distributions.base import Given

# Standard normal score of the 95th percentile.
Z95 = float(special.ndtri(0.95))


class UnfitError(ValueError):
    """A distribution that cannot be; carries the parts of the message that names it."""

    def __init__(self, key: str | None, what: str, found: str, expected: str, remedy: str) -> None:
        super().__init__(f"{what}; found {found}, expected {expected}; {remedy}")
        self.key = key
        self.parts = (what, found, expected, remedy)


def shorten(value: float) -> str:
    """Format a number for messages about distributions."""
    return f"{value:.6g}"


def require_positive(
    family: str,
    numbers: Given,
    *keys: str,
    remedy: str = "write a constant where there is no spread",
) -> None:
    """Refuse stated numbers at or below 0; keys that were not stated are skipped."""
    for key in keys:
        if key in numbers and numbers[key] <= 0.0:
            raise UnfitError(
                key,
                f"'{key}' of a {family} distribution must be positive",
                shorten(numbers[key]),
                "a number above 0",
                remedy,
            )


def root(gap: Callable[[float], float], low: float, high: float) -> float:
    """Find the one zero of a monotone gap; rounding may put it on an end of the interval."""
    at_low, at_high = gap(low), gap(high)
    if at_low * at_high >= 0.0:
        return low if abs(at_low) < abs(at_high) else high
    return float(optimize.brentq(gap, low, high, xtol=1e-16, rtol=1e-15, maxiter=200))
