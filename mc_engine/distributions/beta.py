"""Beta distribution between two ends. Shape: (a, b, low, high).

SciPy's quantile is exact and slow (about a microsecond), and cannot be called from compiled
code, which reads a table instead: cubic Hermite in the normal score, with exact slopes. The score
is the natural scale: in it both tails are smooth, and equal steps put the nodes where the draws
are. Each table has two halves, one per side of the median. A half holds the distance to its own
end of the range, so that numbers near either end keep their relative precision.
"""

import math
from typing import Literal

import numpy as np
from scipy import optimize, special

from mc_engine.distributions.base import Array, Family, Given, Row, Shape, Stated, Truncate, Vector
from mc_engine.distributions.fitting import Z95, UnfitError, require_positive, shorten
from mc_engine.errors import DesignError
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.elementary import nearest, places_of
from mc_engine.numerics.lanes import gather, where
from mc_engine.vocabulary.strict import Number

# Largest residual, as a share of p95 - p5, of a fit that is exactly determined.
_EXACT = 1e-10
# Scores run to 8.25, past the largest that a draw can have (8.2095): no draw is outside.
_TABLE_END = 8.25
# Nodes per unit of score: the coarsest is tried first, twice as many until it is good enough.
_COARSEST, _FINEST = 16, 4096
# Allowed error: a share of the range anywhere, and a share of the distance to the nearer end
# up to the score of the one-in-a-million quantile. A fifth of what the tests ask for.
_BODY = 2e-10
_TAIL, _TAIL_SCORE = 2e-7, 4.76
# Distances below this share of the range are not worth a finer table.
_NEGLIGIBLE = 1e-15
_1, _2, _3 = np.uint64(1), np.uint64(2), np.uint64(3)


class Beta(Stated):
    """Beta distribution from low to high (0 to 1; with the unit %, 0 to 100)."""

    forms = (("a", "b"), ("p5", "p95"), ("p5", "p50", "p95"), ("p5", "mode", "p95"))
    name: Literal["beta"]
    a: Number | None = None
    b: Number | None = None
    low: Number | None = None
    high: Number | None = None
    p5: Number | None = None
    p50: Number | None = None
    mode: Number | None = None
    p95: Number | None = None
    truncate: Truncate | None = None


def defaults(whole: float) -> dict[str, float]:
    """Ends of a distribution that states none: a share."""
    return {"low": 0.0, "high": whole}


def fit(given: Given) -> Shape:
    """Shape from its parameters, exactly from two quantiles, or nearest to three numbers."""
    require_positive("beta", given, "a", "b")
    low, high = given["low"], given["high"]
    if "a" in given:
        return given["a"], given["b"], low, high
    for key in ("p5", "p95"):
        if not low < given[key] < high:
            raise UnfitError(
                key,
                f"'{key}' lies outside the bounds of the beta distribution",
                shorten(given[key]),
                f"a number between {shorten(low)} and {shorten(high)}",
                "state 'low' and 'high' in the prior's unit",
            )
    width = high - low
    p5, p95 = (given["p5"] - low) / width, (given["p95"] - low) / width
    a, b = _through(p5, p95)
    if "p50" in given:
        a, b = _nearest((p5, (given["p50"] - low) / width, p95), (a, b), is_mode=False)
    elif "mode" in given:
        a, b = _nearest((p5, (given["mode"] - low) / width, p95), (a, b), is_mode=True)
    return a, b, low, high


def _through(p5: float, p95: float) -> tuple[float, float]:
    """Solve for the beta distribution on [0, 1] through two quantiles, exactly."""
    logit5, logit95 = math.log(p5 / (1 - p5)), math.log(p95 / (1 - p95))
    centre = 1.0 / (1.0 + math.exp(-0.5 * (logit5 + logit95)))
    # A logit-normal distribution of this spread has about this concentration.
    mass = max(0.5, (2.0 * Z95 / (logit95 - logit5)) ** 2 / (centre * (1.0 - centre)))

    def gaps(logs: Array) -> Array:
        a, b = np.exp(np.clip(logs, -30.0, 30.0))
        return np.array([_score(a, b, p5) + Z95, _score(a, b, p95) - Z95])

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


def _nearest(
    stated: tuple[float, float, float], start: tuple[float, float], *, is_mode: bool
) -> tuple[float, float]:
    """Fit three stated numbers by least squares relative to p95 - p5.

    With a stated mode both parameters are kept above 1, where a mode exists.
    """
    p5, centre, p95 = stated
    least = 1.0 if is_mode else 0.0

    def gaps(logs: Array) -> Array:
        a, b = least + np.exp(np.clip(logs, -30.0, 30.0))
        q5, q50, q95 = special.betaincinv(a, b, np.array([0.05, 0.5, 0.95]))
        middle = (a - 1.0) / (a + b - 2.0) if is_mode else q50
        return np.array([q5 - p5, middle - centre, q95 - p95]) / (p95 - p5)

    begin = np.log([max(value - least, 0.05) for value in start])
    best = optimize.least_squares(gaps, begin, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15)
    a, b = least + np.exp(np.clip(best.x, -30.0, 30.0))
    return float(a), float(b)


def _score(a: float, b: float, x: float) -> float:
    """Standard normal score of the probability below ``x``, on [0, 1]."""
    below = special.betainc(a, b, x)
    if below < 0.5:
        return float(special.ndtri(max(below, 1e-300)))
    return float(-special.ndtri(max(special.betainc(b, a, 1.0 - x), 1e-300)))


def mode(shape: Shape) -> float:
    """Mode of a distribution whose parameters exceed 1."""
    a, b, low, high = shape
    return low + (high - low) * (a - 1.0) / (a + b - 2.0)


def cdf(shape: Shape, x: float) -> tuple[float, float]:
    """Probability at or below, and above, a value."""
    a, b, low, high = shape
    if x <= low:
        return 0.0, 1.0
    if x >= high:
        return 1.0, 0.0
    share = (x - low) / (high - low)
    return float(special.betainc(a, b, share)), float(special.betaincc(a, b, share))


def quantile(shape: Shape, u: Array) -> Array:
    """Values at probabilities ``u``."""
    a, b, low, high = shape
    return np.asarray(low + (high - low) * special.betaincinv(a, b, u))


def _distance(a: float, b: float, score: Array) -> Array:
    """Distance from the lower end of [0, 1] at minus the score."""
    return np.asarray(special.betaincinv(a, b, special.ndtr(-score)), dtype=np.float64)


def _slope(a: float, b: float, score: Array, x: Array) -> Array:
    """Change of the distance per unit of score: minus normal density over beta density."""
    log_normal = -0.5 * score**2 - 0.5 * math.log(2.0 * math.pi)
    log_beta = special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b)
    inside = (x > 0.0) & (x < 1.0)
    return -np.exp(np.where(inside, log_normal - log_beta, -np.inf))


def _half(a: float, b: float, per_unit: int) -> tuple[Array, bool]:
    """Tabulate one half; give node values and slopes in turn, and whether it is good enough."""
    score = np.arange(int(_TABLE_END * per_unit) + 1) / per_unit
    value = _distance(a, b, score)
    step = _slope(a, b, score, value) / per_unit
    middle = score[:-1] + 0.5 / per_unit
    exact = _distance(a, b, middle)
    tabulated = 0.5 * (value[:-1] + value[1:]) + 0.125 * (step[:-1] - step[1:])
    error = np.abs(tabulated - exact)
    tail = middle < _TAIL_SCORE
    good = np.all(error <= _BODY) and np.all(error[tail] <= _TAIL * exact[tail] + _NEGLIGIBLE)
    return np.column_stack([value, step]).ravel(), bool(good)


def beta_table(a: float, b: float) -> tuple[Array, int]:
    """Tabulate the quantile on [0, 1] against the normal score.

    Parameters
    ----------
    a, b : float, 1
        Shape parameters, above 0.

    Returns
    -------
    table : float64[2 * node * 2], 1
        Lower half, then upper half; per node the distance to the half's own end and the slope
        times the node spacing.
    per_unit : int
        Nodes per unit of score, a power of 2.

    Raises
    ------
    DesignError
        When no table of reasonable size follows the distribution.
    """
    per_unit = _COARSEST
    while per_unit <= _FINEST:
        lower, lower_good = _half(a, b, per_unit)
        upper, upper_good = _half(b, a, per_unit)
        if lower_good and upper_good:
            return np.concatenate([lower, upper]), per_unit
        per_unit *= 2
    raise DesignError(
        f"beta with a = {a:g}, b = {b:g}: too abrupt to tabulate, expected both between about "
        "0.02 and 1e8; use a discrete or a triangular distribution instead"
    )


def row(shape: Shape) -> Row:
    """Shape: (low, high, nodes per unit of score); table: that of ``beta_table``."""
    a, b, low, high = shape
    table, per_unit = beta_table(a, b)
    return Row((low, high, float(per_unit)), low, high, table)


@inner
def compiled(shape: Array, table: Array, offset: int, u: Vector, z: Vector, work: Array) -> Vector:
    """Compiled twin of ``quantile``; beyond a score of 8.25 the value at 8.25 is given."""
    low, high, per_unit = shape[0], shape[1], shape[2]
    cells, above = float(int(_TABLE_END * per_unit)), z > 0.0
    size = where(above, z, -z)
    position = where(size < _TABLE_END, size, _TABLE_END) * per_unit
    # A position on a node may count as the end of the cell before it.
    cell = nearest(position - 0.5)
    cell = where(cell < cells - 1.0, cell, cells - 1.0)
    t = position - cell
    node = places_of(where(above, 2.0 * (cells + 1.0), 0.0) + (offset + 2.0 * cell))
    start, start_step = gather(table, node), gather(table, node + _1)
    end, end_step = gather(table, node + _2), gather(table, node + _3)
    rise = end - start
    bend = start_step + end_step - 2.0 * rise
    distance = start + t * (start_step + t * (rise - start_step - bend + t * bend))
    width = (high - low) * distance
    return where(above, high - width, low + width)


FAMILY = Family("beta", Beta, fit, cdf, quantile, row, compiled, from_score=True, defaults=defaults)
