"""From marginals in canonical form to the flat arrays that compiled code reads."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincc, ndtr

from mc_engine.design import inverse
from mc_engine.design.beta import beta_table
from mc_engine.design.inverse import Laws
from mc_engine.errors import DesignError
from mc_engine.problem.marginals import Marginal, beta_of_pert

CODES = {
    "constant": inverse.CONSTANT,
    "uniform": inverse.UNIFORM,
    "triangular": inverse.TRIANGULAR,
    "normal": inverse.NORMAL,
    "lognormal": inverse.LOGNORMAL,
    "split_normal": inverse.SPLIT_NORMAL,
    "beta": inverse.BETA,
    "discrete": inverse.DISCRETE,
    "pert": inverse.PERT,
    "log_uniform": inverse.LOG_UNIFORM,
    "empirical": inverse.EMPIRICAL,
}
_SCORED = {"normal", "lognormal", "split_normal", "beta", "pert"}
_WIDTH = 5
# Least probability that a truncation may leave. With less, the truncation and not the
# distribution would decide the values.
SMALLEST_MASS = 1e-6


class _Law(NamedTuple):
    """One marginal on its way into ``Laws``."""

    shape: tuple[float, ...]
    low: float
    high: float
    table: NDArray[np.float64] = np.empty(0)


def _triangular_shape(low: float, mode: float, high: float) -> tuple[float, ...]:
    width = high - low
    share = (mode - low) / width if width > 0.0 else 1.0
    return low, high, share, width * (mode - low), width * (high - mode)


def _discrete_law(marginal: Marginal) -> _Law:
    """Sort the values, drop those outside the truncation, and cumulate the weights.

    Dropping and renormalising is the quantile remap, with both ends of the truncation inside.
    """
    count = len(marginal.shape) // 2
    values, weights = np.array(marginal.shape[:count]), np.array(marginal.shape[count:])
    inside = (values >= marginal.low) & (values <= marginal.high) & (weights > 0.0)
    values, weights = values[inside], weights[inside]
    if not values.size:
        return _Law((0.0,), math.inf, -math.inf)  # refused by the caller: its ends are crossed
    order = np.argsort(values, kind="stable")
    values, cumulated = values[order], np.cumsum(weights[order])
    table = np.column_stack([cumulated / cumulated[-1], values]).ravel()
    return _Law((float(values.size),), values[0], values[-1], table)


def _observed(marginal: Marginal) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of an empirical law and their places."""
    count = len(marginal.shape) // 2
    return np.array(marginal.shape[:count]), np.array(marginal.shape[count:])


def _untruncated(marginal: Marginal) -> _Law:
    """Shape, ends and tables of a marginal as if it were not truncated."""
    family, shape = marginal.family, marginal.shape
    if family == "constant":
        return _Law(shape, shape[0], shape[0])
    if family == "uniform":
        return _Law((shape[0], shape[1] - shape[0]), shape[0], shape[1])
    if family == "triangular":
        return _Law(_triangular_shape(*shape), shape[0], shape[2])
    if family in ("beta", "pert"):
        a, b, low, high = shape if family == "beta" else beta_of_pert(*shape)
        table, per_unit = beta_table(a, b)
        return _Law((low, high, float(per_unit)), low, high, table)
    if family == "discrete":
        return _discrete_law(marginal)
    if family == "log_uniform":
        return _Law((shape[0], math.log(shape[1] / shape[0])), shape[0], shape[1])
    if family == "empirical":
        values, places = _observed(marginal)
        table = np.column_stack([places, values]).ravel()
        return _Law((float(values.size),), values[0], values[-1], table)
    return _Law(shape, 0.0 if family == "lognormal" else -math.inf, math.inf)


def _score(marginal: Marginal, x: float) -> float:
    """Normal score of a value of a normal, lognormal or split normal law."""
    if marginal.family == "lognormal":
        median, sigma = marginal.shape
        return math.log(x / median) / sigma if x > 0.0 else -math.inf
    if marginal.family == "normal":
        return (x - marginal.shape[0]) / marginal.shape[1]
    median, below, above = marginal.shape
    return (x - median) / (below if x < median else above)


def probabilities(marginal: Marginal, x: float) -> tuple[float, float]:
    """Give the probability below and above a value, before truncation.

    Parameters
    ----------
    marginal : Marginal
        Any family but ``constant``, ``discrete`` and ``empirical``.
    x : float, the prior's unit

    Returns
    -------
    below, above : float, 1
        Each with its own digits; they sum to 1.
    """
    family, shape = marginal.family, marginal.shape
    if family == "pert":
        return probabilities(Marginal("beta", beta_of_pert(*shape)), x)
    if family == "log_uniform":
        logs = Marginal("uniform", (math.log(shape[0]), math.log(shape[1])))
        return probabilities(logs, math.log(x) if x > 0.0 else -math.inf)
    if family in ("uniform", "triangular", "beta"):
        low, high = (shape[2], shape[3]) if family == "beta" else (shape[0], shape[-1])
        if x <= low:
            return 0.0, 1.0
        if x >= high:
            return 1.0, 0.0
        share = (x - low) / (high - low)
        if family == "uniform":
            return share, (high - x) / (high - low)
        if family == "beta":
            return float(betainc(*shape[:2], share)), float(betaincc(*shape[:2], share))
        return _triangular_probabilities(low, shape[1], high, x)
    score = _score(marginal, x)
    return float(ndtr(score)), float(ndtr(-score))


def _triangular_probabilities(
    low: float, mode: float, high: float, x: float
) -> tuple[float, float]:
    if x < mode:
        below = (x - low) ** 2 / ((high - low) * (mode - low))
        return below, 1.0 - below
    above = (high - x) ** 2 / ((high - low) * (high - mode))
    return 1.0 - above, above


def _observed_ends(marginal: Marginal) -> tuple[float, float, float]:
    """Share of the values below the truncation, above it, and within it, both ends inside."""
    values, places = _observed(marginal)
    # Of values that are equal NumPy takes the last: from above, on the mirrored law, the first.
    below = 1.0 - float(np.interp(-marginal.low, -values[::-1], 1.0 - places[::-1]))
    reached = float(np.interp(marginal.high, values, places))
    return below, 1.0 - reached, reached - below


def _remap(marginal: Marginal) -> tuple[bool, float, float, float]:
    """Say whether quantiles are remapped, and the probability below, above and within."""
    unbounded = marginal.low == -math.inf and marginal.high == math.inf
    if unbounded or marginal.family in ("constant", "discrete"):
        return False, 0.0, 0.0, 1.0
    if marginal.family == "empirical":
        return True, *_observed_ends(marginal)
    below_low, above_low = probabilities(marginal, marginal.low)
    below_high, above_high = probabilities(marginal, marginal.high)
    span = above_low - above_high if below_low > 0.5 else below_high - below_low
    return True, below_low, above_high, span


def build_laws(marginals: Sequence[Marginal], labels: Sequence[str]) -> Laws:
    """Lay out marginals for compiled code.

    Parameters
    ----------
    marginals : sequence of Marginal
    labels : sequence of str
        What to call each in an error.

    Returns
    -------
    Laws

    Raises
    ------
    DesignError
        For an unknown family, a truncation that leaves nothing, or a number that is not finite.
    """
    count = len(marginals)
    shape = np.zeros((count, _WIDTH))
    offset, truncated = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    below, above, span = np.zeros(count), np.zeros(count), np.ones(count)
    ends = np.zeros((2, count))
    tables: list[NDArray[np.float64]] = [np.empty(0)]
    filled = 0
    for row, (marginal, label) in enumerate(zip(marginals, labels, strict=True)):
        law = _checked(marginal, label)
        shape[row, : len(law.shape)] = law.shape
        ends[:, row] = max(law.low, marginal.low), min(law.high, marginal.high)
        truncated[row], below[row], above[row], span[row] = _remap(marginal)
        if not (span[row] >= SMALLEST_MASS and ends[0, row] <= ends[1, row]):
            raise DesignError(
                f"{label}: found a share of {max(0.0, span[row]):.1g} of the {marginal.family} law "
                f"within [{marginal.low:g}, {marginal.high:g}], expected at least "
                f"{SMALLEST_MASS:g}; widen 'truncate' or change the distribution"
            )
        offset[row] = filled
        tables.append(law.table)
        filled += law.table.size
    return Laws(
        family=np.array([CODES[m.family] for m in marginals], dtype=np.int64),
        uses_score=np.array([m.family in _SCORED for m in marginals], dtype=np.bool_),
        shape=shape,
        offset=offset,
        truncated=truncated,
        below=below,
        above=above,
        span=span,
        low=ends[0].copy(),
        high=ends[1].copy(),
        table=np.concatenate(tables),
    )


def _checked(marginal: Marginal, label: str) -> _Law:
    """Refuse what compiled code could not evaluate, then lay out one marginal."""
    if marginal.family not in CODES:
        raise DesignError(
            f"{label}: found distribution '{marginal.family}', expected one of "
            f"{', '.join(CODES)}; choose one of these"
        )
    if not all(map(math.isfinite, marginal.shape)):
        raise DesignError(
            f"{label}: found {marginal.family} with {marginal.shape}, expected finite numbers; "
            "correct the distribution"
        )
    try:
        return _untruncated(marginal)
    except DesignError as error:
        raise DesignError(f"{label}: {error}") from error
