"""Whether a ranking can be trusted: ties, leads, and one certificate of them.

Two factors are tied when the interval of the difference of their total indices holds 0; the
difference is taken within each replicate, so what the two share falls out of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mc_engine.errors import StatisticError
from mc_engine.intervals import LEVEL, check_level
from mc_engine.sensitivity.checks import refuse_not_finite
from mc_engine.sensitivity.indices import Indices

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

TOP = 5
# Widest half-width that a total index among the first five may have.
MAX_HALF_WIDTH = 0.05
RESAMPLES = 2_000


@dataclass(frozen=True)
class Certificate:
    """How far one ranking can be trusted.

    Attributes
    ----------
    converged : bool
        False where ``too_wide`` or ``changed`` names anything.
    top : tuple of str
        The first five factors, in order of their total index.
    half_width : tuple of float, 1
        Of their total indices.
    top_before : tuple of str
        The first five of the first half of the base rows.
    too_wide : tuple of str
        Factors of ``top`` whose half-width exceeds ``most_half_width``.
    changed : tuple of pairs of str
        Untied pairs whose order changed as the base rows doubled.
    ties : tuple of pairs of str
        Pairs that cannot be distinguished; both of them among all factors, in order of rank.
    leads : mapping of str to float, 1
        Share of resamples in which a factor has the largest total index; without zeros.
    most_half_width, level : float
    simultaneous : bool
        Whether the ties hold for all pairs at once, or for each pair on its own.
    method : str
        Of the intervals.
    base, repeats, failed, left_out : int
        Base rows, replicates, failed rows, and blocks that left with them.
    """

    converged: bool
    top: tuple[str, ...]
    half_width: tuple[float, ...]
    top_before: tuple[str, ...]
    too_wide: tuple[str, ...]
    changed: tuple[tuple[str, str], ...]
    ties: tuple[tuple[str, str], ...]
    leads: Mapping[str, float]
    most_half_width: float
    level: float
    simultaneous: bool
    method: str
    base: int
    repeats: int
    failed: int
    left_out: int

    def tied(self, first: str, second: str) -> bool:
        """Whether two factors cannot be distinguished.

        Parameters
        ----------
        first, second : str
            Names, in any order.
        """
        return (first, second) in self.ties or (second, first) in self.ties

    def as_json(self) -> dict[str, Any]:
        """Give the fields as plain lists, numbers and texts, in the order above."""
        plain = asdict(self)
        for name, value in plain.items():
            if name in ("changed", "ties"):
                plain[name] = [list(pair) for pair in value]
            elif isinstance(value, tuple):
                plain[name] = list(value)
        return plain


def tied_pairs(
    total: ArrayLike, by_repeat: ArrayLike, level: float = LEVEL, simultaneous: bool = False
) -> Flags:
    """Test which factors cannot be distinguished by their total indices.

    Parameters
    ----------
    total : float64[group], 1
        Estimates.
    by_repeat : float64[repeat, group], 1
        The same in each replicate.
    level : float
    simultaneous : bool
        Widen the intervals so that all pairs hold at once (Bonferroni). For promises about every
        untied pair, such as the same order from another seed.

    Returns
    -------
    bool[group, group]
        Symmetric; a factor is tied with itself.
    """
    check_level(level)
    centre, each = _checked(total, by_repeat)
    groups, repeats = centre.size, each.shape[0]
    pairs = max(1, groups * (groups - 1) // 2)
    tail = (1.0 - level) / 2.0 / (pairs if simultaneous else 1)
    scale = -float(special.stdtrit(repeats - 1, tail)) / np.sqrt(repeats)
    tied = np.empty((groups, groups), dtype=np.bool_)
    for group in range(groups):
        spread = (each - each[:, group : group + 1]).std(axis=0, ddof=1)
        tied[group] = np.abs(centre - centre[group]) <= scale * spread
    return tied


def leading_shares(
    by_repeat: ArrayLike, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Array:
    """Give the share of resamples in which each factor has the largest total index.

    Parameters
    ----------
    by_repeat : float64[repeat, group], 1
        In each replicate, which are drawn again with replacement.
    rng : numpy Generator
    resamples : int
        Of the replicates.

    Returns
    -------
    float64[group], 1
        Sum 1; factors that lead together share the resample.
    """
    _, each = _checked(np.zeros(np.shape(by_repeat)[-1]), by_repeat)
    repeats = each.shape[0]
    counts = rng.multinomial(repeats, np.full(repeats, 1.0 / repeats), size=resamples)
    each = counts @ each / repeats
    first = each == each.max(axis=1, keepdims=True)
    return np.asarray((first / first.sum(axis=1, keepdims=True)).mean(axis=0))


def _checked(total: ArrayLike, by_repeat: ArrayLike) -> tuple[Array, Array]:
    """Refuse repeats that are not of these factors, and what is not finite."""
    each = refuse_not_finite(by_repeat, "total index by repeat")
    centre = refuse_not_finite(total, "total index")
    if centre.ndim != 1 or each.ndim != 2 or each.shape[1] != centre.size or each.shape[0] < 2:
        raise StatisticError(
            f"total index: found shapes {centre.shape} and {each.shape}, expected [group] and "
            "[repeat, group] with at least two repeats"
        )
    return centre, each


def certify(
    names: Sequence[str],
    whole: Indices,
    half: Indices,
    output: int = 0,
    *,
    rng: np.random.Generator,
    most_half_width: float = MAX_HALF_WIDTH,
    simultaneous: bool = False,
) -> Certificate:
    """Say how far the ranking of one output's total indices can be trusted.

    Parameters
    ----------
    names : sequence of str
        One per group.
    whole, half : Indices
        Of all base rows, and of the first half of them (of each replicate). ``whole`` holds the
        total index of each repeat.
    output : int
        Number of the output.
    rng : numpy Generator
    most_half_width : float, 1
    simultaneous : bool
        As in ``tied_pairs``.

    Returns
    -------
    Certificate

    Raises
    ------
    StatisticError
        When names and groups differ in number, the output is undefined, or repeats were not
        retained.
    """
    groups = whole.total.shape[0]
    if len(names) != groups or half.total.shape != whole.total.shape:
        raise StatisticError(
            f"certificate: found {len(names)} names for {groups} groups, and indices of shapes "
            f"{whole.total.shape} and {half.total.shape}; expected one name per group, and the "
            "same groups and outputs in both"
        )
    if whole.total_by_repeat is None:
        raise StatisticError(
            "certificate: found no total index by replicate, expected one of each; estimate with "
            "'SaltelliSums', which keeps them"
        )
    total = whole.total[:, output]
    each = whole.total_by_repeat[:, :, output]
    before = refuse_not_finite(half.total[:, output], "total index of half of the base rows")
    tied = tied_pairs(total, each, whole.level, simultaneous)
    shares = leading_shares(each, rng)
    order, earlier = (np.argsort(-values, kind="stable") for values in (total, before))
    top, top_before = order[:TOP].tolist(), earlier[:TOP].tolist()
    width = (whole.total_high - whole.total_low)[:, output] / 2.0
    too_wide = [group for group in top if width[group] > most_half_width]
    changed = _changes(order, earlier, {*top, *top_before}, tied)
    return Certificate(
        converged=not too_wide and not changed,
        top=tuple(names[group] for group in top),
        half_width=tuple(float(width[group]) for group in top),
        top_before=tuple(names[group] for group in top_before),
        too_wide=tuple(names[group] for group in too_wide),
        changed=tuple((names[ahead], names[behind]) for ahead, behind in changed),
        ties=tuple((names[ahead], names[behind]) for ahead, behind in _ordered_pairs(order, tied)),
        leads={names[group]: float(shares[group]) for group in order.tolist() if shares[group]},
        most_half_width=most_half_width,
        level=whole.level,
        simultaneous=simultaneous,
        method=whole.method,
        base=whole.base,
        repeats=each.shape[0],
        failed=whole.failed,
        left_out=whole.left_out,
    )


def _ordered_pairs(order: NDArray[np.intp], tied: Flags) -> list[tuple[int, int]]:
    """List tied pairs, the one that ranks higher first."""
    ranked = tied[np.ix_(order, order)]
    positions = np.argwhere(np.triu(ranked, 1)).tolist()
    return [(int(order[ahead]), int(order[behind])) for ahead, behind in positions]


def _changes(
    order: NDArray[np.intp], earlier: NDArray[np.intp], among: set[int], tied: Flags
) -> list[tuple[int, int]]:
    """List untied pairs of the leading factors whose order is not what it was.

    A factor that came into the first five, or left them, changed order with one that did not.
    """
    position = np.empty(order.size, dtype=np.int64)
    position[earlier] = np.arange(order.size)
    leading = [group for group in order.tolist() if group in among]
    return [
        (ahead, behind)
        for number, ahead in enumerate(leading)
        for behind in leading[number + 1 :]
        if position[ahead] > position[behind] and not tied[ahead, behind]
    ]
