"""PERT distribution: a beta distribution around a mode. Shape: (low, mode, high, shape).

``shape`` is the weight of the mode: the mean is (low + shape * mode + high) / (shape + 2).
"""

from typing import Literal

from scipy import special

from mc_engine.distributions import beta
from mc_engine.distributions.base import Array, Family, Given, Row, Shape, Stated, Truncate
from mc_engine.distributions.fitting import require_positive, root
from mc_engine.vocabulary.strict import Number

# Shape of a PERT distribution that does not state one: its mean is (low + 4 mode + high) / 6.
USUAL_SHAPE = 4.0


class Pert(Stated):
    """Smooth distribution from low to high around the mode; shape 4 where it is left out."""

    forms = (("low", "mode", "high"), ("p5", "mode", "p95"), ("p5", "p50", "p95"))
    name: Literal["pert"]
    low: Number | None = None
    mode: Number | None = None
    high: Number | None = None
    p5: Number | None = None
    p50: Number | None = None
    p95: Number | None = None
    shape: Number | None = None
    truncate: Truncate | None = None


def defaults(whole: float) -> dict[str, float]:
    """Shape of a distribution that states none."""
    return {"shape": USUAL_SHAPE}


def as_beta(shape: Shape) -> Shape:
    """Shape of the beta distribution that a PERT distribution is."""
    low, mode, high, weight = shape
    share = (mode - low) / (high - low)
    return 1.0 + weight * share, 1.0 + weight * (1.0 - share), low, high


def fit(given: Given) -> Shape:
    """Shape from the corners, or exactly from two quantiles with the mode or the median."""
    remedy = (
        f"leave it out for the usual {USUAL_SHAPE:g}, or use uniform where no value is likelier"
    )
    require_positive("pert", given, "shape", remedy=remedy)
    shape = given["shape"]
    if "low" in given:
        return given["low"], given["mode"], given["high"], shape
    p5, p95 = given["p5"], given["p95"]

    def at(w: float, u: float) -> float:
        """Quantile of the distribution from 0 to 1 with its mode at w."""
        return float(special.betaincinv(*as_beta((0.0, w, 1.0, shape))[:2], u))

    if "mode" in given:
        below, above = given["mode"] - p5, p95 - given["mode"]
        # Left of this position the mode lies below p5, right of its mirror image above p95.
        least = root(lambda w: w - at(w, 0.05), 0.0, 0.5)

        def gap(w: float) -> float:
            return below * (at(w, 0.95) - w) - above * (w - at(w, 0.05))

        w = root(gap, least, 1.0 - least)
    else:
        position = (given["p50"] - p5) / (p95 - p5)

        def gap(w: float) -> float:
            return (at(w, 0.5) - at(w, 0.05)) / (at(w, 0.95) - at(w, 0.05)) - position

        # A median too far to one side gives the distribution with its mode on that end, and the
        # check of implied quantiles decides.
        w = root(gap, 0.0, 1.0)
    width = (p95 - p5) / (at(w, 0.95) - at(w, 0.05))
    low = p5 - width * at(w, 0.05)
    mode = given.get("mode", low + w * width)
    # Rounding may put the mode beyond an end where it stands on one.
    return min(low, mode), mode, max(low + width, mode), shape


def cdf(shape: Shape, x: float) -> tuple[float, float]:
    """Probability at or below, and above, a value."""
    return beta.cdf(as_beta(shape), x)


def quantile(shape: Shape, u: Array) -> Array:
    """Values at probabilities ``u``."""
    return beta.quantile(as_beta(shape), u)


def row(shape: Shape) -> Row:
    """Shape and table as for beta."""
    return beta.row(as_beta(shape))


FAMILY = Family(
    "pert", Pert, fit, cdf, quantile, row, beta.compiled, from_score=True, defaults=defaults
)
