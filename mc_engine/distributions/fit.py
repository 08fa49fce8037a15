"""From a distribution as stated in a prior to its canonical parameters.

Fits are exact where there are as many numbers as parameters. With three quantiles and two
parameters, normal and lognormal keep the median and the distance or ratio of p95 and p5; beta
is the least-squares fit relative to p95 - p5. What a fit implies is compared with what was stated.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mc_engine.distributions import beta
from mc_engine.distributions.base import Family, Given, Stated
from mc_engine.distributions.families import FAMILIES
from mc_engine.distributions.fitting import UnfitError, shorten
from mc_engine.distributions.marginal import Marginal, middle, share_within

# Largest gap between a stated and an implied quantile, as a share of p95 - p5.
MISMATCH = 0.10
# Least share of a distribution that a truncation must leave.
_MIN_SHARE = 1e-9


@dataclass(frozen=True)
class Observed:
    """Observed values behind an empirical distribution.

    Attributes
    ----------
    values : sequence of float
        In the prior's unit, in any order.
    weights : sequence of float
        Above 0; empty for equal weights.
    origin : str
        File, columns and a hash of the file's bytes; enters the problem's digest.
    """

    values: Sequence[float]
    weights: Sequence[float] = ()
    origin: str = ""


def fit(stated: Stated, *, percent: bool = False, observed: Observed | None = None) -> Marginal:
    """Turn a stated distribution into its canonical parameters.

    Parameters
    ----------
    stated : Stated
        In the prior's unit.
    percent : bool
        The unit is ``%``: a beta distribution without bounds runs from 0 to 100, not from 0 to 1.
    observed : Observed, optional
        Content of the file that an empirical distribution names.

    Returns
    -------
    Marginal

    Raises
    ------
    UnfitError
        When the numbers contradict each other or the family cannot show them.
    """
    family = FAMILIES[stated.name]
    if observed is not None:
        shape = family.fit({"values": observed.values, "weights": observed.weights})
        return _truncated(family, stated, shape)
    given, defaults = stated.given, family.defaults(100.0 if percent else 1.0)
    _check_form(stated, [key for key in given if key not in defaults])
    if not stated.forms:
        return _truncated(family, stated, family.fit(given))
    numbers = defaults | {key: float(value) for key, value in given.items()}
    _check_order(family.name, numbers)
    marginal = _truncated(family, stated, family.fit(numbers))
    _check_implied(stated, marginal)
    return marginal


def _check_form(stated: Stated, given: list[str]) -> None:
    if stated.forms and set(given) not in [set(form) for form in stated.forms]:
        raise UnfitError(
            None,
            f"these numbers do not fix a {stated.name} distribution",
            ", ".join(given) or "none",
            " or ".join("{" + ", ".join(form) + "}" for form in stated.forms),
            "give exactly one of these sets",
        )


def _check_order(family: str, numbers: Given) -> None:
    if "low" in numbers and numbers["low"] >= numbers["high"]:
        raise UnfitError(
            "low",
            f"'low' of a {family} distribution must be below 'high'",
            f"low {shorten(numbers['low'])} and high {shorten(numbers['high'])}",
            "low < high",
            "exchange or correct them; write a constant where there is no spread",
        )
    quantiles = [key for key in ("p5", "p50", "p95") if key in numbers]
    for lower, upper in pairwise(quantiles):
        if numbers[lower] >= numbers[upper]:
            raise UnfitError(
                lower,
                "stated quantiles must increase",
                f"{lower} {shorten(numbers[lower])} and {upper} {shorten(numbers[upper])}",
                " < ".join(quantiles),
                "put them in order",
            )
    if "mode" in numbers:
        ends = ("p5", "p95") if "p5" in numbers else ("low", "high")
        low, high = (numbers[key] for key in ends)
        if not low <= numbers["mode"] <= high:
            raise UnfitError(
                "mode",
                f"'mode' lies outside {ends[0]} and {ends[1]}",
                shorten(numbers["mode"]),
                f"a number from {shorten(low)} to {shorten(high)}",
                "correct the mode or the range",
            )


def _truncated(family: Family, stated: Stated, shape: tuple[float, ...]) -> Marginal:
    """Cut a distribution to the stated ends."""
    low, high = stated.ends
    cut = Marginal(
        family.name,
        shape,
        -math.inf if low is None else low,
        math.inf if high is None else high,
    )
    if family.truncate is not None:
        shape = family.truncate(shape, cut.low, cut.high)
        if shape:
            return Marginal(family.name, shape)
    elif not cut.is_truncated or (cut.low < cut.high and share_within(cut) >= _MIN_SHARE):
        return cut
    raise UnfitError(
        "truncate",
        f"the truncation leaves nothing of the {family.name} distribution",
        f"low {shorten(cut.low)} and high {shorten(cut.high)}",
        "low < high with some probability between them",
        "widen or remove 'truncate'",
    )


def _check_implied(stated: Stated, marginal: Marginal) -> None:
    numbers = stated.given
    if "p5" not in numbers:
        return
    scale = numbers["p95"] - numbers["p5"]
    gives = dict(zip(("p5", "p50", "p95"), middle(marginal), strict=True))
    if stated.name == "beta" and "mode" in numbers:
        gives["mode"] = beta.mode(marginal.shape)
    worst = max(
        (key for key in numbers if key in gives),
        key=lambda key: abs(gives[key] - numbers[key]),
    )
    if abs(gives[worst] - numbers[worst]) > MISMATCH * scale:
        cut = " after truncation" if stated.ends != (None, None) else ""
        raise UnfitError(
            worst,
            f"a {stated.name} distribution cannot show these quantiles{cut}",
            f"{worst} {shorten(numbers[worst])} stated and {shorten(gives[worst])} implied",
            f"a gap of at most {MISMATCH:.0%} of p95 - p5",
            "use split_normal, or give the family's own parameters",
        )
