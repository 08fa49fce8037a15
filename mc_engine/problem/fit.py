"""From a distribution as written in a prior to its canonical parameters.

Stated quantiles are turned into parameters: exactly, where there are as many numbers as
parameters; otherwise by the rule of the family, and what the fit implies is held against what
was stated.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from mc_engine.problem.families import (
    PERT_SHAPE,
    SOLVERS,
    Stated,
    UnfitError,
    beta_mode,
    shorten,
)
from mc_engine.problem.marginals import Marginal
from mc_engine.problem.quantiles import below, middle, probability

# Largest gap between a stated and an implied quantile, as a share of p95 - p5.
MISMATCH = 0.10
# Least share of a distribution that a truncation must leave.
_LEAST_LEFT = 1e-9

# The sets of numbers by which each family may be stated; those of ``APART`` stand apart.
FORMS: dict[str, tuple[tuple[str, ...], ...]] = {
    "constant": (("value",),),
    "uniform": (("low", "high"), ("p5", "p95")),
    "triangular": (("low", "mode", "high"), ("p5", "mode", "p95"), ("p5", "p50", "p95")),
    "normal": (("mean", "sd"), ("p5", "p95"), ("p5", "p50", "p95")),
    "lognormal": (("median", "sigma"), ("p5", "p95"), ("p5", "p50", "p95")),
    "split_normal": (("median", "sd_low", "sd_high"), ("p5", "p50", "p95")),
    "beta": (("a", "b"), ("p5", "p95"), ("p5", "p50", "p95"), ("p5", "mode", "p95")),
    "discrete": (("values", "weights"),),
    "pert": (("low", "mode", "high"), ("p5", "mode", "p95"), ("p5", "p50", "p95")),
    "log_uniform": (("low", "high"), ("p5", "p95")),
    "empirical": (("file", "column"),),
}
# Numbers that may stand beside any of these sets.
APART: dict[str, tuple[str, ...]] = {"beta": ("low", "high"), "pert": ("shape",)}
# Fewer observed values than this are no distribution.
LEAST_VALUES = 5
# Families of the logarithm: numbers that must be positive, and what to use where they are not.
_LOG_POSITIVE = {"lognormal": ("median", "p5"), "log_uniform": ("low", "p5")}
_SIGNED = {"lognormal": "normal or split_normal", "log_uniform": "uniform"}
_ALWAYS_POSITIVE = ("sd", "sigma", "sd_low", "sd_high", "a", "b")


@dataclass(frozen=True)
class Law:
    """A distribution as stated, before it is fitted.

    Attributes
    ----------
    family : str
        A key of ``FORMS``.
    numbers : mapping of str to float
        What was stated, except for a discrete belief.
    values, weights : sequence of float
        Of a discrete belief or of observed values; no weights are equal weights.
    low, high : float or None
        Truncation, in the prior's unit; None where it is open.
    origin : str
        Where observed values stand and a hash of that file; empty for other families.
    """

    family: str
    numbers: Stated
    values: Sequence[float] = ()
    weights: Sequence[float] = ()
    low: float | None = None
    high: float | None = None
    origin: str = ""

    def __str__(self) -> str:
        parts = [f"{key}={float(value)!r}" for key, value in sorted(self.numbers.items())]
        parts += [self.origin] if self.origin else []
        for key, many in (("values", self.values), ("weights", self.weights)):
            if many and not self.origin:
                parts.append(f"{key}=[{', '.join(repr(float(value)) for value in many)}]")
        for key, end in (("from", self.low), ("to", self.high)):
            if end is not None:
                parts.append(f"{key}={float(end)!r}")
        return f"{self.family}({', '.join(parts)})"


def fit(law: Law, *, percent: bool = False) -> Marginal:
    """Turn a stated distribution into its canonical parameters.

    Parameters
    ----------
    law : Law
        In the prior's unit.
    percent : bool
        The unit is ``%``: a beta law without bounds runs from 0 to 100 instead of 0 to 1.

    Returns
    -------
    Marginal

    Raises
    ------
    UnfitError
        When the numbers contradict each other or the family cannot show them.
    """
    if law.family == "discrete":
        return _discrete(law)
    if law.family == "empirical":
        return _truncated(_empirical(law), law)
    numbers = {key: float(value) for key, value in law.numbers.items()}
    if law.family == "beta":
        numbers.setdefault("low", 0.0)
        numbers.setdefault("high", 100.0 if percent else 1.0)
    _check_form(law.family, law.numbers)
    _check_order(law.family, numbers)
    marginal = Marginal(law.family, SOLVERS[law.family](numbers))
    marginal = _truncated(marginal, law)
    _check_implied(law, marginal)
    return marginal


def implied(marginal: Marginal) -> tuple[float, float, float]:
    """Give the 5th, 50th and 95th percentile that a marginal implies, in the prior's unit."""
    return middle(marginal)


def _check_form(family: str, numbers: Stated) -> None:
    given = {key for key in numbers if key not in APART.get(family, ())}
    forms = FORMS[family]
    if given not in [set(form) for form in forms]:
        found = ", ".join(key for key in numbers if key in given) or "none"
        raise UnfitError(
            None,
            f"these numbers do not fix a {family} distribution",
            found,
            " or ".join("{" + ", ".join(form) + "}" for form in forms),
            "give exactly one of these sets",
        )


def _check_order(family: str, numbers: Stated) -> None:
    for key in _ALWAYS_POSITIVE:
        if key in numbers and numbers[key] <= 0.0:
            raise UnfitError(
                key,
                f"'{key}' of a {family} distribution must be positive",
                shorten(numbers[key]),
                "a number above 0",
                "write a constant where there is no spread",
            )
    if numbers.get("shape", PERT_SHAPE) <= 0.0:
        raise UnfitError(
            "shape",
            f"'shape' of a {family} distribution must be positive",
            shorten(numbers["shape"]),
            "a number above 0",
            f"leave it out for the usual {PERT_SHAPE:g}, or use uniform where no value is likelier",
        )
    for key in _LOG_POSITIVE.get(family, ()):
        if key in numbers and numbers[key] <= 0.0:
            raise UnfitError(
                key,
                f"'{key}' of a {family} distribution must be positive",
                shorten(numbers[key]),
                "a number above 0",
                f"use {_SIGNED[family]} where values at or below 0 occur",
            )
    if "low" in numbers and numbers["low"] >= numbers["high"]:
        raise UnfitError(
            "low",
            f"'low' of a {family} distribution must be below 'high'",
            f"low {shorten(numbers['low'])} and high {shorten(numbers['high'])}",
            "low < high",
            "exchange or correct them; write a constant where there is no spread",
        )
    stated = [key for key in ("p5", "p50", "p95") if key in numbers]
    for lower, upper in pairwise(stated):
        if numbers[lower] >= numbers[upper]:
            raise UnfitError(
                lower,
                "stated quantiles must increase",
                f"{lower} {shorten(numbers[lower])} and {upper} {shorten(numbers[upper])}",
                " < ".join(stated),
                "put them in order",
            )
    _check_inside(family, numbers)


def _check_inside(family: str, numbers: Stated) -> None:
    if family == "beta" and "p5" in numbers:
        low, high = numbers["low"], numbers["high"]
        for key in ("p5", "p95"):
            if not low < numbers[key] < high:
                raise UnfitError(
                    key,
                    f"'{key}' lies outside the bounds of the beta distribution",
                    shorten(numbers[key]),
                    f"a number between {shorten(low)} and {shorten(high)}",
                    "state 'low' and 'high' in the prior's unit",
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


def _discrete(law: Law) -> Marginal:
    values, weights = list(law.values), list(law.weights)
    if len(values) != len(weights) or len(values) < 2:
        raise UnfitError(
            "weights",
            "a discrete distribution needs one weight per value, two values or more",
            f"{len(values)} values and {len(weights)} weights",
            "equal numbers of both",
            "add what is missing; write a constant where there is one value",
        )
    if min(weights) <= 0.0:
        raise UnfitError(
            "weights",
            "weights of a discrete distribution must be positive",
            shorten(min(weights)),
            "numbers above 0",
            "leave out a value that cannot occur",
        )
    if len(set(values)) < len(values):
        raise UnfitError(
            "values",
            "a value of a discrete distribution stands twice",
            ", ".join(shorten(value) for value in values),
            "each value once",
            "add up its weights",
        )
    low = -math.inf if law.low is None else law.low
    high = math.inf if law.high is None else law.high
    pairs = sorted(zip(values, weights, strict=True))
    kept = [(float(value), float(weight)) for value, weight in pairs if low <= value <= high]
    if not kept:
        raise _nothing_left(law)
    total = math.fsum(weight for _, weight in kept)
    shares = tuple(weight / total for _, weight in kept)
    return Marginal("discrete", (*(value for value, _ in kept), *shares))


def _empirical(law: Law) -> Marginal:
    """Place the observed values on the quantiles from 0 to 1.

    A value stands in the middle of its weight, and the middles are stretched so that the
    smallest value stands at 0 and the largest at 1. With equal weights the i-th of n values
    stands at ``(i - 1) / (n - 1)``.
    """
    values = np.array(law.values, dtype=np.float64)
    weights = np.array(law.weights, dtype=np.float64) if law.weights else np.ones(values.size)
    if values.size < LEAST_VALUES:
        raise UnfitError(
            "file",
            "too few values for an empirical distribution",
            f"{values.size}",
            f"at least {LEAST_VALUES}",
            "add observations, or state a distribution by three numbers",
        )
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    if values[0] == values[-1]:
        raise UnfitError(
            "file",
            "all values of an empirical distribution are the same",
            shorten(values[0]),
            "at least two different values",
            "write a constant where there is no spread",
        )
    gaps = 0.5 * (weights[:-1] + weights[1:])
    places = np.concatenate([[0.0], np.cumsum(gaps)])
    return Marginal("empirical", (*values.tolist(), *(places / places[-1]).tolist()))


def _truncated(marginal: Marginal, law: Law) -> Marginal:
    if law.low is None and law.high is None:
        return marginal
    cut = replace(
        marginal,
        low=-math.inf if law.low is None else law.low,
        high=math.inf if law.high is None else law.high,
    )
    if cut.low >= cut.high:
        raise _nothing_left(law)
    if marginal.family == "constant":
        if not cut.low <= marginal.shape[0] <= cut.high:
            raise _nothing_left(law)
        return marginal
    if probability(marginal, cut.high) - below(marginal, cut.low) < _LEAST_LEFT:
        raise _nothing_left(law)
    return cut


def _nothing_left(law: Law) -> UnfitError:
    low = "-inf" if law.low is None else shorten(law.low)
    high = "inf" if law.high is None else shorten(law.high)
    return UnfitError(
        "truncate",
        f"the truncation leaves nothing of the {law.family} distribution",
        f"low {low} and high {high}",
        "low < high with some probability between them",
        "widen or remove 'truncate'",
    )


def _check_implied(law: Law, marginal: Marginal) -> None:
    if "p5" not in law.numbers:
        return
    scale = law.numbers["p95"] - law.numbers["p5"]
    gives = dict(zip(("p5", "p50", "p95"), middle(marginal), strict=True))
    if law.family == "beta" and "mode" in law.numbers:
        gives["mode"] = beta_mode(*marginal.shape)
    worst = max(
        (key for key in law.numbers if key in gives),
        key=lambda key: abs(gives[key] - law.numbers[key]),
    )
    if abs(gives[worst] - law.numbers[worst]) > MISMATCH * scale:
        cut = " after truncation" if (law.low, law.high) != (None, None) else ""
        raise UnfitError(
            worst,
            f"a {law.family} distribution cannot show these quantiles{cut}",
            f"{worst} {shorten(law.numbers[worst])} stated and {shorten(gives[worst])} implied",
            f"a gap of at most {MISMATCH:.0%} of p95 - p5",
            "use split_normal, or give the family's own parameters",
        )
