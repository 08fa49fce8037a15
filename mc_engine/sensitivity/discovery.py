"""Where misses are found: a box in a few inputs (patient rule induction), judged on other draws.

The box is looked for in one half of the draws: it is peeled, each time by a twentieth of its draws
at the end that leaves the outcome most frequent, then pasted where that does not thin it out
(Friedman and Fisher 1999). What is said of it, how much of the outcome it holds and how dense it
is, is counted in the other half, which had no part in the search.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mc_engine.errors import StatisticError

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

PEELED = 0.05
FEWEST, MOST_INPUTS = 500, 4
# A restriction that could be chance at this level is lifted again.
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Limit:
    """A restriction of one input.

    Attributes
    ----------
    input : int
    low, high : float
        In the input's unit; infinite where it is not restricted on that side.
    quasi_p : float
        Chance of as many outcomes in the box as were found, if this restriction did nothing.
    """

    input: int
    low: float
    high: float
    quasi_p: float


@dataclass(frozen=True)
class Box:
    """A box, with figures from draws that had no part in the search.

    Attributes
    ----------
    outcome : str
        ``miss`` or ``met``, the rarer one.
    limits : tuple of Limit
    coverage, density, base_rate : float, 1
        Share of the outcome that lies in the box, its share among the draws of the box, and its
        share among all.
    draws : int
        Of the box, in the half that judges it.
    """

    outcome: str
    limits: tuple[Limit, ...]
    coverage: float
    density: float
    base_rate: float
    draws: int

    def as_json(self, names: list[str], units: list[str]) -> dict[str, Any]:
        """Give plain data, with inputs by name."""

        def end(value: float) -> float | None:
            return value if math.isfinite(value) else None

        return {
            "outcome": self.outcome,
            "limits": [
                {
                    "factor": names[limit.input],
                    "low": end(limit.low),
                    "high": end(limit.high),
                    "unit": units[limit.input],
                    "quasi_p": limit.quasi_p,
                }
                for limit in self.limits
            ],
            "coverage": self.coverage,
            "density": self.density,
            "base_rate": self.base_rate,
            "draws": self.draws,
        }


def discover(
    inputs: Array, missed: Flags, rng: np.random.Generator, *, most: int = MOST_INPUTS
) -> Box:
    """Find the box that holds much of the rarer outcome and little else.

    Parameters
    ----------
    inputs : float64[draw, input]
    missed : bool[draw]
    rng : numpy.random.Generator
        Splits the draws.
    most : int
        Inputs that may be restricted.

    Returns
    -------
    Box

    Raises
    ------
    StatisticError
        Too few draws, only one outcome, or no box in which the outcome is more frequent.
    """
    size = missed.size
    if size < 4 * FEWEST or missed.all() or not missed.any():
        raise StatisticError(
            f"box: found {size} draws, {int(missed.sum())} of them misses; expected at least "
            f"{4 * FEWEST} draws and both outcomes"
        )
    wanted = missed if missed.mean() <= 0.5 else ~missed
    half = rng.permutation(size) < size // 2
    lower, upper = _search(inputs[half], wanted[half], most)
    limits = _kept(inputs[half], wanted[half], lower, upper)
    judge, outcome = inputs[~half], wanted[~half]
    inside = _inside(judge, limits)
    if not limits or inside.sum() < FEWEST or not outcome.any():
        raise StatisticError("box: found none in which the outcome is more frequent")
    return Box(
        outcome="miss" if missed.mean() <= 0.5 else "met",
        limits=tuple(
            Limit(place, low, high, _quasi_p(judge, outcome, limits, place))
            for place, (low, high) in limits.items()
        ),
        coverage=float(outcome[inside].sum() / outcome.sum()),
        density=float(outcome[inside].mean()),
        base_rate=float(outcome.mean()),
        draws=int(inside.sum()),
    )


def _inside(inputs: Array, limits: dict[int, tuple[float, float]]) -> Flags:
    found = np.ones(inputs.shape[0], dtype=bool)
    for place, (low, high) in limits.items():
        found &= (inputs[:, place] >= low) & (inputs[:, place] <= high)
    return found


def _search(inputs: Array, wanted: Flags, most: int) -> tuple[Array, Array]:
    """Peel, and take the box of the path at which coverage times gain in density is largest."""
    count = inputs.shape[1]
    lower, upper = np.full(count, -np.inf), np.full(count, np.inf)
    rate, total = wanted.mean(), wanted.sum()
    best, ends = 0.0, (lower.copy(), upper.copy())
    inside = np.arange(wanted.size)
    while inside.size > FEWEST:
        cut = _peel(inputs, wanted, inside, lower, upper, most)
        if cut is None:
            break
        place, is_low, edge = cut
        (lower if is_low else upper)[place] = edge
        column = inputs[inside, place]
        inside = inside[column >= edge] if is_low else inside[column <= edge]
        held = wanted[inside].sum()
        worth = held / total * (held / inside.size - rate)
        if worth > best:
            best, ends = worth, (lower.copy(), upper.copy())
    return ends


def _peel(
    inputs: Array, wanted: Flags, inside: NDArray[np.int64], lower: Array, upper: Array, most: int
) -> tuple[int, bool, float] | None:
    """The cut after which the outcome is most frequent; None where no end can be cut."""
    restricted = np.isfinite(lower) | np.isfinite(upper)
    found, best = None, -1.0
    outcome = wanted[inside]
    for place in range(inputs.shape[1]):
        if not restricted[place] and restricted.sum() >= most:
            continue
        column = inputs[inside, place]
        for is_low, share in ((True, PEELED), (False, 1.0 - PEELED)):
            edge = float(np.quantile(column, share))
            left = column >= edge if is_low else column <= edge
            count = int(left.sum())
            if not FEWEST <= count < column.size:
                # Equal values at the end leave or stay together.
                continue
            density = float(outcome[left].mean())
            if density > best:
                found, best = (place, is_low, edge), density
    return found


def _kept(
    inputs: Array, wanted: Flags, lower: Array, upper: Array
) -> dict[int, tuple[float, float]]:
    """Paste: lift every restriction that could be chance, or costs more than it gives."""
    limits = {
        place: (float(low), float(high))
        for place, (low, high) in enumerate(zip(lower, upper, strict=True))
        if math.isfinite(low) or math.isfinite(high)
    }
    rate, total = wanted.mean(), wanted.sum()

    def worth(some: dict[int, tuple[float, float]]) -> float:
        inside = _inside(inputs, some)
        held = wanted[inside].sum()
        return float(held / total * (held / max(1, inside.sum()) - rate))

    changed = True
    while changed and limits:
        changed = False
        for place in list(limits):
            without = {other: ends for other, ends in limits.items() if other != place}
            chance = _quasi_p(inputs, wanted, limits, place)
            if chance > SIGNIFICANT or (without and worth(without) >= worth(limits)):
                limits, changed = without, True
                break
    return limits


def _quasi_p(
    inputs: Array, wanted: Flags, limits: dict[int, tuple[float, float]], place: int
) -> float:
    """Binomial chance of as many outcomes in the box at the rate without one restriction."""
    inside = _inside(inputs, limits)
    without = _inside(inputs, {k: ends for k, ends in limits.items() if k != place})
    rate = float(wanted[without].mean()) if without.any() else 1.0
    held, count = int(wanted[inside].sum()), int(inside.sum())
    return float(special.bdtrc(held - 1, count, rate)) if held > 0 else 1.0
