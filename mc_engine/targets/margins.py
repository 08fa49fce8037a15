"""A chunk of outputs turned into margins, peak years and neutral years (equations K).

Every figure of a draw depends on that draw's row alone, in a fixed order of operations, so the
same bits come out for any size of chunk.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mc_engine.errors import ModelError, preview
from mc_engine.targets.rules import (
    AllOf,
    AnyOf,
    Budget,
    Cap,
    NetZeroBy,
    PeakBefore,
    SalesShare,
    Target,
    Threshold,
)
from mc_engine.vocabulary.axes import NET, SCOPES, scopes_of

Array: TypeAlias = NDArray[np.float64]

# Names of the outputs that the rules read.
EMISSIONS, REMOVALS, PLUG_IN_SHARE = "emissions", "removals", "plug_in_sales_share"
# K-2: a scope is neutral from the year on from which it stays at or below this share of its peak.
NEUTRAL_SHARE = 0.05
# K-1: the plateau reaches over the years within this share of the maximum.
PLATEAU_SHARE = 0.01
MT_PER_GT = 1e3
# What stands for a draw that failed where whole numbers are kept.
FAILED = -1


@dataclass(frozen=True)
class Context:
    """One chunk of a model's outputs and the labels of its axes.

    Attributes
    ----------
    years : int[year]
        Output years, consecutive; empty for a model without yearly outputs.
    stages, classes : tuple of str
        Labels of the axes ``stage`` and ``vehicle_class``.
    outputs : mapping of str to float64[draw, ...]
        ``emissions[draw, stage, year]`` and ``removals[draw, year]`` in Mt CO2e/yr (removals
        positive, in the widest gross scope), ``plug_in_sales_share[draw, vehicle_class, year]``
        in 1, and any scalar output ``[draw]``. Rows of failed draws hold NaN.
    base_year : int or None
        Year whose emissions measure the removals (B-2); needed where ``removals`` is given.
    """

    years: NDArray[np.int64]
    stages: tuple[str, ...]
    classes: tuple[str, ...]
    outputs: Mapping[str, Array]
    base_year: int | None = None
    _kept: dict[tuple[str, str], Array] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def scopes(self) -> tuple[str, ...]:
        """Gross scopes that the stages give, narrowest first; none without emissions."""
        return scopes_of(self.stages) if EMISSIONS in self.outputs else ()

    @property
    def size(self) -> int:
        """Number of draws in the chunk."""
        for values in self.outputs.values():
            return int(values.shape[0])
        return 0

    def output(self, name: str) -> Array:
        """Find one output, or say which there are."""
        if name not in self.outputs:
            raise ModelError(
                f"no output '{name}'; the model gives {preview(self.outputs, 12)}; "
                "ask for one of these, or use another rule"
            )
        return self.outputs[name]

    def at(self, year: int) -> int:
        """Give the position of a year on the axis ``year``."""
        first = int(self.years[0]) if self.years.size else 0
        if not 0 <= year - first < self.years.size:
            span = f"{first} to {int(self.years[-1])}" if self.years.size else "no year at all"
            raise ModelError(f"year {year}; the outputs have {span}; choose a year inside")
        return year - first

    def _keep(self, kind: str, scope: str, build: Callable[[], Array]) -> Array:
        """Build an array once per chunk."""
        if (kind, scope) not in self._kept:
            self._kept[kind, scope] = build()
        return self._kept[kind, scope]

    def gross(self, scope: str) -> Array:
        """Sum the stages of a scope (B-1); float64[draw, year], Mt CO2e/yr."""

        def build() -> Array:
            if scope not in self.scopes:
                raise ModelError(
                    f"no scope '{scope}'; the stages {preview(self.stages)} give "
                    f"{preview(self.scopes)}; choose one of these"
                )
            emissions = self.output(EMISSIONS)
            first, *others = (self.stages.index(stage) for stage in SCOPES[scope])
            series = emissions[:, first, :].copy()
            for stage in others:
                series += emissions[:, stage, :]
            return _refuse_non_finite(series)

        return self._keep("gross", scope, build)

    def net(self, scope: str) -> Array:
        """Subtract the removals granted in a scope's own terms (B-2); Mt CO2e/yr.

        Removals stand in the widest gross scope; in a narrower one they are smaller in the ratio
        of the two scopes' emissions in the base year (0 where the widest has none in it).
        """

        def build() -> Array:
            gross = self.gross(scope)
            if REMOVALS not in self.outputs:
                return gross
            if self.base_year is None:
                raise ModelError("removals without a base year; give the base_year of B-2")
            base = self.at(self.base_year)
            own, widest = gross[:, base], self.gross(self.scopes[-1])[:, base]
            ratio = np.divide(own, widest, out=np.zeros_like(own), where=widest != 0.0)
            return _refuse_non_finite(gross - self.outputs[REMOVALS] * ratio[:, np.newaxis])

        return self._keep("net", scope, build)

    def mean(self, scope: str) -> Array:
        """Smooth a gross scope, or ``net``, to its 3-year centred mean."""

        def build() -> Array:
            return centred_mean(self.series(scope))

        return self._keep("mean", scope, build)

    def series(self, scope: str) -> Array:
        """Give a gross scope, or ``net``: the widest gross scope less removals."""
        return self.net(self.scopes[-1]) if scope == NET else self.gross(scope)


def _refuse_non_finite(series: Array) -> Array:
    """Turn a row with any number that is not finite into NaN throughout."""
    series[~np.isfinite(series).all(axis=1)] = np.nan
    return series


def centred_mean(series: Array) -> Array:
    """Average each year with its two neighbours; at both ends with the one there is.

    Parameters
    ----------
    series : float64[draw, year]

    Returns
    -------
    float64[draw, year]
        In the unit of ``series``.
    """
    if series.shape[1] < 2:
        return series.copy()
    mean = np.empty_like(series)
    mean[:, 0] = (series[:, 0] + series[:, 1]) / 2.0
    mean[:, 1:-1] = (series[:, :-2] + series[:, 1:-1] + series[:, 2:]) / 3.0
    mean[:, -1] = (series[:, -2] + series[:, -1]) / 2.0
    return mean


def evaluate(targets: Sequence[Target], context: Context) -> Array:
    """Compute the margin of every target in every draw of a chunk (K-0 to K-6).

    Parameters
    ----------
    targets : sequence of Target
        Already checked by ``check_fit``.
    context : Context

    Returns
    -------
    float64[draw, target]
        Positive when the target is met, in the units of ``margin_units``; NaN where an output
        that the target reads is not finite.
    """
    by_name = {target.name: target for target in targets}
    done: dict[str, Array] = {}
    margins = np.empty((context.size, len(targets)))
    with np.errstate(invalid="ignore", over="ignore"):
        for index, target in enumerate(targets):
            margins[:, index] = _margin_of(target.name, by_name, context, done)
    margins[~np.isfinite(margins)] = np.nan
    return margins


def _margin_of(
    name: str, by_name: Mapping[str, Target], context: Context, done: dict[str, Array]
) -> Array:
    """Compute a target's margin once, after those that it is made of.

    No function inside ``evaluate``: one that calls itself is a cycle of references, and would keep
    the arrays of a chunk until Python looks for cycles.
    """
    if name not in done:
        target = by_name[name]
        if isinstance(target, AllOf | AnyOf):
            parts = [_margin_of(part, by_name, context, done) for part in target.targets]
            join = np.minimum if isinstance(target, AllOf) else np.maximum
            done[name] = join.reduce(parts)
        else:
            done[name] = _margin(target, context)
    return done[name]


def _margin(target: Target, context: Context) -> Array:
    """Compute one rule that stands on its own (K-0 to K-5)."""
    match target:
        case Threshold(at_most=float(limit)):
            return limit - context.output(target.output)
        case Threshold(at_least=float(limit)):
            return context.output(target.output) - limit
        case PeakBefore():
            mean, cut = context.mean(target.scope), context.at(target.year)
            if cut == 0:
                raise ModelError(
                    f"target {target.name}: no year before {target.year}; choose a later year"
                )
            return mean[:, :cut].max(axis=1) - mean[:, cut:].max(axis=1)
        case NetZeroBy(tolerance=tolerance):
            worst = context.net(target.scope)[:, context.at(target.year) :].max(axis=1)
            if tolerance.share_of_peak is None:
                return tolerance.mt - worst
            return tolerance.share_of_peak * context.mean(target.scope).max(axis=1) - worst
        case Cap():
            return (
                _cap_level(target, context)
                - context.gross(target.scope)[:, context.at(target.year)]
            )
        case Budget():
            span = slice(context.at(target.first), context.at(target.last) + 1)
            return target.at_most_gt - context.gross(target.scope)[:, span].sum(axis=1) / MT_PER_GT
        case SalesShare():
            share = context.output(PLUG_IN_SHARE)
            if target.vehicle_class not in context.classes:
                raise ModelError(
                    f"target {target.name}: no class '{target.vehicle_class}'; the outputs have "
                    f"{preview(context.classes, 12)}; choose one of these"
                )
            index = context.classes.index(target.vehicle_class)
            return share[:, index, context.at(target.year)] - target.at_least
    raise ModelError(f"target {target.name}: rule {target.rule} has no margin of its own")


def _cap_level(target: Cap, context: Context) -> Array | float:
    """Give the upper limit of K-3, Mt CO2e/yr."""
    level = target.at_most
    if level.share_of_peak is not None:
        until = context.at(target.year) + 1
        return level.share_of_peak * context.mean(target.scope)[:, :until].max(axis=1)
    if level.share_of_year is not None:
        year = context.at(level.share_of_year.year)
        return level.share_of_year.share * context.gross(target.scope)[:, year]
    return float(level.mt or 0.0)


def misses(margins: Array) -> NDArray[np.int8]:
    """Turn margins into misses: 1 missed, 0 met, -1 where the margin is NaN.

    Parameters
    ----------
    margins : float64[draw, target]

    Returns
    -------
    int8[draw, target]
    """
    return np.where(np.isnan(margins), FAILED, margins < 0.0).astype(np.int8)


@dataclass(frozen=True)
class Milestones:
    """When each scope peaks and falls silent, and how much it emits then.

    Attributes
    ----------
    scopes : tuple of str
        Gross scopes present, then ``net``: the widest of them less removals. Empty for a model
        without emissions.
    peak_year : int16[draw, scope]
        Earliest maximum of the 3-year mean; -1 where the draw failed.
    plateau_first, plateau_last : int16[draw, scope]
        First and last year whose 3-year mean is within 1 % of the maximum; -1 likewise.
    neutral_year : int16[draw, scope]
        First year from which annual emissions stay at or below 5 % of the peak; 0 for never,
        -1 where the draw failed.
    peak : float64[draw, scope], Mt CO2e/yr
        Maximum of the 3-year mean.
    residual : float64[draw, scope], Mt CO2e/yr
        Annual emissions of the last year.
    """

    scopes: tuple[str, ...]
    peak_year: NDArray[np.int16]
    plateau_first: NDArray[np.int16]
    plateau_last: NDArray[np.int16]
    neutral_year: NDArray[np.int16]
    peak: Array
    residual: Array


def milestones(context: Context) -> Milestones:
    """Find peak, plateau, neutral year and residual of every draw and scope (K-1, K-2)."""
    scopes = (*context.scopes, NET) if context.scopes else ()
    shape = (context.size, len(scopes))
    whole = {
        name: np.full(shape, FAILED, dtype=np.int16)
        for name in ("peak_year", "plateau_first", "plateau_last", "neutral_year")
    }
    peak, residual = np.full(shape, np.nan), np.full(shape, np.nan)
    for index, scope in enumerate(scopes):
        with np.errstate(invalid="ignore", over="ignore"):
            series, mean = context.series(scope), context.mean(scope)
        highest = mean.max(axis=1)
        peak[:, index], residual[:, index] = highest, series[:, -1]
        result = {
            "peak_year": context.years[mean.argmax(axis=1)],
            "neutral_year": _neutral_year(series, highest, context.years),
        }
        level = highest - PLATEAU_SHARE * np.abs(highest)
        near = mean >= level[:, np.newaxis]
        result["plateau_first"] = context.years[near.argmax(axis=1)]
        result["plateau_last"] = context.years[::-1][near[:, ::-1].argmax(axis=1)]
        good = np.isfinite(highest)
        for name, years in result.items():
            whole[name][good, index] = years[good]
    return Milestones(scopes, **whole, peak=peak, residual=residual)


def _neutral_year(series: Array, peak: Array, years: NDArray[np.int64]) -> NDArray[Any]:
    """Find the first year from which a series stays at or below 5 % of its peak; 0 for never."""
    # A scope that never emits is neutral throughout; a peak below 0 sets the limit at 0.
    limit = NEUTRAL_SHARE * np.maximum(peak, 0.0)
    above = series[:, ::-1] > limit[:, np.newaxis]
    # Years at the end of the series that stay below, counted from the last one back.
    quiet = np.where(above.any(axis=1), above.argmax(axis=1), years.size)
    return np.where(quiet == 0, 0, years[years.size - np.maximum(quiet, 1)])
