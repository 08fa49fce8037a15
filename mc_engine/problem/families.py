"""One function per family: stated numbers to canonical parameters.

Fits are exact where there are as many numbers as parameters. With three quantiles and two
parameters, normal and lognormal keep the median and the ratio or distance of p95 and p5; beta
is the least-squares fit relative to p95 - p5.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np
from scipy import optimize, special

from mc_engine.problem.marginals import beta_of_pert

# Standard normal score of the 95th percentile.
_Z95 = float(special.ndtri(0.95))
# Shape of a PERT law that does not state one: its mean is (low + 4 mode + high) / 6.
PERT_SHAPE = 4.0
# Largest residual, as a share of p95 - p5, of a fit that is exactly determined.
_EXACT = 1e-10

Stated = Mapping[str, float]


class UnfitError(ValueError):
    """A distribution that cannot be; carries the parts of the message that names it."""

    def __init__(self, key: str | None, what: str, found: str, expected: str, remedy: str) -> None:
        super().__init__(f"{what}; found {found}, expected {expected}; {remedy}")
        self.key = key
        self.parts = (what, found, expected, remedy)


def shorten(value: float) -> str:
    """Write a number the way messages about distributions quote it."""
    return f"{value:.6g}"


def _uniform(given: Stated) -> tuple[float, ...]:
    if "low" in given:
        return given["low"], given["high"]
    margin = (given["p95"] - given["p5"]) * 0.05 / 0.9
    return given["p5"] - margin, given["p95"] + margin


def _triangular(given: Stated) -> tuple[float, ...]:
    if "low" in given:
        return given["low"], given["mode"], given["high"]
    if "mode" in given:
        return _triangular_from_mode(given["p5"], given["mode"], given["p95"])
    return _triangular_from_median(given["p5"], given["p50"], given["p95"])


def _triangular_from_mode(p5: float, mode: float, p95: float) -> tuple[float, float, float]:
    """Solve for the share w of the law below the mode; the width follows.

    With L the width: ``mode - p5 = L (w - sqrt(0.05 w))`` and
    ``p95 - mode = L (1 - w - sqrt(0.05 (1 - w)))``, for w in [0.05, 0.95].
    """
    below, above = mode - p5, p95 - mode

    def left(w: float) -> float:
        return w - math.sqrt(0.05 * w)

    def gap(w: float) -> float:
        return below * left(1.0 - w) - above * left(w)

    w = _root(gap, 0.05, 0.95)
    width = (p95 - p5) / (left(w) + left(1.0 - w))
    return mode - w * width, mode, mode + (1.0 - w) * width


def _triangular_from_median(p5: float, p50: float, p95: float) -> tuple[float, float, float]:
    """Solve for the share w of the law below the mode from the place of the median.

    A median too far to one side for any triangle gives the right-angled triangle through p5
    and p95, and the check of implied quantiles decides.
    """

    def at(w: float, u: float) -> float:
        return math.sqrt(u * w) if u < w else 1.0 - math.sqrt((1.0 - u) * (1.0 - w))

    place = (p50 - p5) / (p95 - p5)

    def gap(w: float) -> float:
        return (at(w, 0.5) - at(w, 0.05)) / (at(w, 0.95) - at(w, 0.05)) - place

    if gap(0.0) >= 0.0:
        w = 0.0
    elif gap(1.0) <= 0.0:
        w = 1.0
    else:
        w = _root(gap, 0.0, 1.0)
    width = (p95 - p5) / (at(w, 0.95) - at(w, 0.05))
    low = p5 - width * at(w, 0.05)
    return low, low + w * width, low + width


def _normal(given: Stated) -> tuple[float, ...]:
    if "mean" in given:
        return given["mean"], given["sd"]
    centre = given.get("p50", 0.5 * (given["p5"] + given["p95"]))
    return centre, (given["p95"] - given["p5"]) / (2.0 * _Z95)


def _lognormal(given: Stated) -> tuple[float, ...]:
    if "median" in given:
        return given["median"], given["sigma"]
    centre = given.get("p50", math.sqrt(given["p5"]) * math.sqrt(given["p95"]))
    return centre, math.log(given["p95"] / given["p5"]) / (2.0 * _Z95)


def _split_normal(given: Stated) -> tuple[float, ...]:
    if "median" in given:
        return given["median"], given["sd_low"], given["sd_high"]
    centre = given["p50"]
    return centre, (centre - given["p5"]) / _Z95, (given["p95"] - centre) / _Z95


def _beta(given: Stated) -> tuple[float, ...]:
    low, high = given["low"], given["high"]
    if "a" in given:
        return given["a"], given["b"], low, high
    width = high - low
    p5, p95 = (given["p5"] - low) / width, (given["p95"] - low) / width
    a, b = _beta_through(p5, p95)
    if "p50" in given:
        a, b = _beta_nearest((p5, (given["p50"] - low) / width, p95), (a, b), mode=False)
    elif "mode" in given:
        a, b = _beta_nearest((p5, (given["mode"] - low) / width, p95), (a, b), mode=True)
    return a, b, low, high


def _beta_through(p5: float, p95: float) -> tuple[float, float]:
    """Solve for the beta law on [0, 1] through two quantiles, exactly."""
    logit5, logit95 = math.log(p5 / (1 - p5)), math.log(p95 / (1 - p95))
    centre = 1.0 / (1.0 + math.exp(-0.5 * (logit5 + logit95)))
    # A logit-normal law of this spread has about this concentration.
    mass = max(0.5, (2.0 * _Z95 / (logit95 - logit5)) ** 2 / (centre * (1.0 - centre)))

    def gaps(logs: np.ndarray) -> np.ndarray:
        a, b = np.exp(np.clip(logs, -30.0, 30.0))
        return np.array([_score(a, b, p5) + _Z95, _score(a, b, p95) - _Z95])

    best = optimize.root(gaps, np.log([mass * centre, mass * (1 - centre)]), tol=1e-15)
    a, b = (float(value) for value in np.exp(best.x))
    gives = special.betaincinv(a, b, np.array([0.05, 0.95]))
    if not np.max(np.abs(gives - [p5, p95])) <= _EXACT * (p95 - p5):
        raise UnfitError(
            "p5",
            "no beta distribution could be fitted to these quantiles",
            f"p5 at {shorten(p5)} and p95 at {shorten(p95)} of the way from low to high",
            "quantiles that are not squeezed against the bounds",
            "use split_normal with 'truncate', or give a and b",
        )
    return a, b


def _beta_nearest(
    stated: tuple[float, float, float], start: tuple[float, float], *, mode: bool
) -> tuple[float, float]:
    """Fit three stated numbers by least squares relative to p95 - p5.

    With a stated mode both parameters are kept above 1, where a mode exists.
    """
    p5, centre, p95 = stated
    least = 1.0 if mode else 0.0

    def gaps(logs: np.ndarray) -> np.ndarray:
        a, b = least + np.exp(np.clip(logs, -30.0, 30.0))
        q5, q50, q95 = special.betaincinv(a, b, np.array([0.05, 0.5, 0.95]))
        middle_value = (a - 1.0) / (a + b - 2.0) if mode else q50
        return np.array([q5 - p5, middle_value - centre, q95 - p95]) / (p95 - p5)

    begin = np.log([max(value - least, 0.05) for value in start])
    best = optimize.least_squares(gaps, begin, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15)
    a, b = least + np.exp(np.clip(best.x, -30.0, 30.0))
    return float(a), float(b)


def _pert(given: Stated) -> tuple[float, ...]:
    shape = given.get("shape", PERT_SHAPE)
    if "low" in given:
        return given["low"], given["mode"], given["high"], shape
    p5, p95 = given["p5"], given["p95"]

    def at(w: float, u: float) -> float:
        """Quantile of the law from 0 to 1 with its mode at w."""
        return float(special.betaincinv(*beta_of_pert(0.0, w, 1.0, shape)[:2], u))

    if "mode" in given:
        below, above = given["mode"] - p5, p95 - given["mode"]
        # Left of this place the mode lies below p5, right of its mirror image above p95.
        least = _root(lambda w: w - at(w, 0.05), 0.0, 0.5)

        def gap(w: float) -> float:
            return below * (at(w, 0.95) - w) - above * (w - at(w, 0.05))

        w = _root(gap, least, 1.0 - least)
    else:
        place = (given["p50"] - p5) / (p95 - p5)

        def gap(w: float) -> float:
            return (at(w, 0.5) - at(w, 0.05)) / (at(w, 0.95) - at(w, 0.05)) - place

        # A median too far to one side gives the law with its mode on that end, and the check of
        # implied quantiles decides.
        w = _root(gap, 0.0, 1.0)
    width = (p95 - p5) / (at(w, 0.95) - at(w, 0.05))
    low = p5 - width * at(w, 0.05)
    mode = given.get("mode", low + w * width)
    # Rounding may put the mode beyond an end where it stands on one.
    return min(low, mode), mode, max(low + width, mode), shape


def _log_uniform(given: Stated) -> tuple[float, ...]:
    if "low" in given:
        return given["low"], given["high"]
    margin = math.exp(math.log(given["p95"] / given["p5"]) * 0.05 / 0.9)
    return given["p5"] / margin, given["p95"] * margin


def beta_mode(a: float, b: float, low: float, high: float) -> float:
    """Give the mode of a beta law whose parameters exceed 1."""
    return low + (high - low) * (a - 1.0) / (a + b - 2.0)


def _score(a: float, b: float, x: float) -> float:
    """Give the standard normal score of a beta law's probability below ``x``."""
    below = special.betainc(a, b, x)
    if below < 0.5:
        return float(special.ndtri(max(below, 1e-300)))
    return float(-special.ndtri(max(special.betainc(b, a, 1.0 - x), 1e-300)))


def _root(gap: Callable[[float], float], low: float, high: float) -> float:
    """Find the one zero of a monotone gap; rounding may put it on an end of the interval."""
    at_low, at_high = gap(low), gap(high)
    if at_low * at_high >= 0.0:
        return low if abs(at_low) < abs(at_high) else high
    return float(optimize.brentq(gap, low, high, xtol=1e-16, rtol=1e-15, maxiter=200))


SOLVERS: dict[str, Callable[[Stated], tuple[float, ...]]] = {
    "constant": lambda given: (given["value"],),
    "uniform": _uniform,
    "triangular": _triangular,
    "normal": _normal,
    "lognormal": _lognormal,
    "split_normal": _split_normal,
    "beta": _beta,
    "pert": _pert,
    "log_uniform": _log_uniform,
}
