"""The distribution of a prior, or those of a path's knots: fitted, ordered, inside their range."""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from mc_engine.distributions.base import Stated
from mc_engine.distributions.empirical import Empirical
from mc_engine.distributions.fit import fit
from mc_engine.distributions.fitting import UnfitError
from mc_engine.distributions.marginal import Marginal, span
from mc_engine.problem import schema
from mc_engine.problem.drafts import Terms
from mc_engine.problem.samples import read_observed
from mc_engine.problem.yaml_file import Entry
from mc_engine.vocabulary.inputs import Knots
from mc_engine.vocabulary.quantities import QuantitySpec

# Rounding allowed when a converted value is held against a valid range.
_ROUNDING = 1e-12

# By the path of keys to each: the marginal, and the distribution as it was stated.
Fitted = dict[tuple[object, ...], tuple[Marginal, str]]


def fit_marginals(terms: Terms, prior: Entry, given: Mapping[str, Any]) -> Fitted:
    """Fit the distribution, or that of every knot; by the path of keys to each."""
    present = [key for key in ("distribution", "path") if prior.get(key) is not None]
    if len(present) != 1:
        what = f"{prior.where}: one of 'distribution' and 'path' is needed"
        outcome = "both" if present else "neither"
        prior.refuse(what, outcome, "exactly one of them", "write one of them")
    stated: dict[tuple[object, ...], Stated] = {}
    if "distribution" in given:
        stated["distribution",] = given["distribution"]
    if "path" in given:
        stated |= {("path", "knots", year): knot for year, knot in given["path"].knots.items()}
    fitted: Fitted = {}
    for keys, distribution in stated.items():
        result = _fit_one(terms, prior.at(*keys), distribution, given.get("unit"))
        if result is not None:
            fitted[keys] = result
    return fitted


def _fit_one(
    terms: Terms, entry: Entry, stated: Stated, unit: str | None
) -> tuple[Marginal, str] | None:
    """Fit one distribution; None, after reporting, when it cannot be."""

    def complain(key: str | None, what: str, *rest: str) -> None:
        (entry.at(key) if key else entry).refuse(f"{entry.where}: {what}", *rest)

    observed = None
    if isinstance(stated, Empirical):
        observed = read_observed(stated, unit, terms.opener, complain)
        if observed is None:
            return None
    try:
        marginal = fit(stated, percent=unit == "%", observed=observed)
    except UnfitError as error:
        complain(error.key, *error.parts)
        return None
    return marginal, stated.text(observed.origin if observed else "")


def check_knots(
    terms: Terms,
    prior: Entry,
    given: Mapping[str, Any],
    spec: QuantitySpec,
    factor: float | None,
) -> Knots | None:
    """Give the fixed part of a path; one knot at the horizon for a single distribution.

    Parameters
    ----------
    terms : Terms
    prior : Entry
    given : mapping
        The prior's keys that are right in themselves.
    spec : QuantitySpec
    factor : float or None
        From the prior's unit to the quantity's; None where the unit is wrong.

    Returns
    -------
    Knots or None
        None for a scalar quantity, and when anything was wrong.
    """
    if spec.form != "path":
        if "path" in given:
            what = f"{prior.where}: {spec.name} is not a path"
            remedy = "give one distribution for all years"
            prior.at("path").refuse(what, "'path'", "'distribution'", remedy)
        return None
    if "path" in given:
        return _path(terms, prior, given["path"], spec, factor)
    if "distribution" in given and terms.labels is not None and terms.horizon is None:
        prior.at("distribution").refuse(
            f"{prior.where}: one distribution for the path {spec.name} stands at the horizon",
            "a region whose structure has no years.horizon",
            "a path with knots",
            "write 'path' instead of 'distribution'",
        )
    return None if terms.horizon is None else Knots((terms.horizon,))


def _path(
    terms: Terms, prior: Entry, path: schema.Path, spec: QuantitySpec, factor: float | None
) -> Knots | None:
    """Check the years and the scale of a path; its knots are drawn by one common quantile."""
    before = prior.report.faults
    years = [int(year) for year in path.knots]
    anchors = [(int(year), value) for year, value in (path.anchors or {}).items()]
    _increasing(prior, "knots", years)
    _increasing(prior, "anchors", [year for year, _ in anchors])
    for year, _ in anchors:
        if year >= years[0]:
            prior.at("path", "anchors", year).refuse(
                f"{prior.where}: an anchor must stand before the first knot",
                f"{year}",
                f"a year before {years[0]}",
                "make it a knot, or remove it",
            )
    if terms.horizon is not None:
        _check_end(prior, path, years[-1], terms.horizon)
    _check_floor(prior, path)
    if prior.report.faults > before or factor is None:
        return None
    converted = tuple((year, value * factor) for year, value in anchors)
    for year, value in converted:
        _inside(prior.at("path", "anchors", year), spec, path.scale, (value, value))
    floor = 0.0 if path.floor is None else path.floor * factor
    return Knots(tuple(years), converted, path.scale, floor)


def _increasing(prior: Entry, key: str, years: list[int]) -> None:
    for earlier, later in pairwise(years):
        if later <= earlier:
            prior.at("path", key, later).refuse(
                f"{prior.where}: years of {key} must increase",
                f"{later} after {earlier}",
                "each year after the one before it",
                "put them in order",
            )


def _check_end(prior: Entry, path: schema.Path, last: int, horizon: int) -> None:
    if last > horizon:
        prior.at("path", "knots", last).refuse(
            f"{prior.where}: a knot lies after the horizon",
            f"{last}",
            f"a year up to {horizon}",
            "remove it, or move the horizon of the region",
        )
    if last < horizon and path.after_last is None:
        prior.at("path").refuse(
            f"{prior.where}: the path ends before the horizon and does not say what follows",
            f"the last knot in {last} and no 'after_last'",
            f"a knot in {horizon} or 'after_last'",
            "add 'after_last: flat', or a knot at the horizon",
        )


def _check_floor(prior: Entry, path: schema.Path) -> None:
    name, floor = prior.where, prior.at("path", "floor")
    if path.scale == "log" and path.floor is None:
        expected = "the smallest value, above 0, in the prior's unit"
        what = f"{name}: a path on a log scale needs 'floor'"
        prior.at("path").refuse(what, "none", expected, "add 'floor: ...'")
    if path.scale != "log" and path.floor is not None:
        what, result = f"{name}: 'floor' goes with the log scale only", f"scale {path.scale}"
        floor.refuse(what, result, "no such key on this scale", "remove it")
    if path.floor is not None and path.floor <= 0.0:
        what, remedy = (
            f"{name}: 'floor' must be positive",
            "write the smallest value that can occur",
        )
        floor.refuse(what, f"{path.floor:.6g}", "a number above 0", remedy)


def check_ranges(
    prior: Entry,
    spec: QuantitySpec,
    factor: float,
    fitted: Fitted,
    path: schema.Path | None,
) -> None:
    """Refuse distributions that can leave the valid range of the quantity.

    Parameters
    ----------
    prior : Entry
    spec : QuantitySpec
    factor : float
        From the prior's unit to the quantity's.
    fitted : mapping of path of keys to (Marginal, text)
        In the prior's unit.
    path : Path or None
        The path they belong to; its scale and its order are checked too.
    """
    scale = path.scale if path else "linear"
    for keys, (marginal, _) in fitted.items():
        low, high = span(marginal)
        _inside(prior.at(*keys), spec, scale, (low * factor, high * factor))
    if path is None or path.monotone is None:
        return
    constants = [
        (keys, marginal.shape[0])
        for keys, (marginal, _) in fitted.items()
        if marginal.family == "constant"
    ]
    if len(constants) < len(fitted):
        return
    for (_, earlier), (keys, later) in pairwise(constants):
        if later < earlier:
            prior.at(*keys).refuse(
                f"{prior.where}: constant knots of an increasing path fall",
                f"{later:.6g} after {earlier:.6g}",
                "each knot at least the one before it",
                "correct the values, or remove 'monotone'",
            )


def _inside(entry: Entry, spec: QuantitySpec, scale: str, found: tuple[float, float]) -> None:
    """Hold the lowest and highest possible value against the valid range, in its unit."""
    low, high = spec.low, spec.high
    whose = f"the valid range of {spec.name}"
    if scale == "logit" and (low < 0.0 or high > 1.0):
        low, high, whose = max(low, 0.0), min(high, 1.0), "the logit scale"
    if within(low, high, found):
        return
    constant = found[0] == found[1]
    unit = "" if spec.unit == "1" else f" {spec.unit}"
    entry.refuse(
        f"{entry.where} {'lies outside' if constant else 'can leave'} {whose}",
        f"{found[0]:.6g}{unit}" if constant else f"{found[0]:.6g} to {found[1]:.6g}{unit}",
        f"{low:.6g} to {high:.6g}{unit}",
        "correct the value" if constant else "use a bounded distribution, or add 'truncate'",
    )


def within(low: float, high: float, found: tuple[float, float]) -> bool:
    """Tell whether the lowest and highest possible value stay in a range, but for rounding."""
    slack = _ROUNDING * max([1.0, *(abs(end) for end in (low, high) if abs(end) < math.inf)])
    return low - slack <= found[0] and found[1] <= high + slack


def always(marginals: tuple[Marginal, ...], knots: Knots, factor: float) -> float | None:
    """Tell whether a path is the constant 0 or the constant 1 in every year.

    Parameters
    ----------
    marginals : tuple of Marginal
        One per knot, in the prior's unit.
    knots : Knots
        Its anchors must be that constant too.
    factor : float
        From the prior's unit to the quantity's.

    Returns
    -------
    float or None
        0.0, 1.0, or None where the path is neither.
    """
    if any(marginal.family != "constant" for marginal in marginals):
        return None
    values = {marginal.shape[0] * factor for marginal in marginals}
    values |= {value for _, value in knots.anchors}
    only = values.pop()
    return only if not values and only in (0.0, 1.0) else None
