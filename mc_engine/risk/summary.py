"""The summary of a run: everything a first reader needs, ready for JSON."""

from typing import Any

import numpy as np
import xarray as xr

from mc_engine.intervals import LEVEL, Interval
from mc_engine.risk.columns import FAILED, column, labels, variable, whole
from mc_engine.risk.metrics import (
    NEVER,
    RESIDUAL_SHARES,
    exceedance_of,
    gross_scopes,
    joint_table,
    share_above,
    shortfall_of,
    year_quantiles,
    years_of,
)
from mc_engine.risk.sample import Sample
from mc_engine.vocabulary.axes import DRAW, SCOPE, TARGET
from mc_engine.vocabulary.plain import plain

BAND = (0.05, 0.5, 0.95)
# Chances that the removals suffice, at which the amount required is told.
CONFIDENCES = (0.5, 0.8, 0.9, 0.95)


def _bounded(found: Interval) -> dict[str, Any]:
    """Write a chance with its range."""
    return {"p": found.estimate, "low": found.low, "high": found.high, "method": found.method}


def _banded(found: list[Interval]) -> dict[str, Any]:
    """Write the 5, 50 and 95 % quantiles, each with its range."""
    result: dict[str, Any] = {}
    for name, quantile in zip(("p5", "p50", "p95"), found, strict=True):
        result[name] = quantile.estimate
        result[f"{name}_low"], result[f"{name}_high"] = quantile.low, quantile.high
    return result


def summarise(
    draws: xr.Dataset, *, level: float = LEVEL, last_observed: int | None = None
) -> dict[str, Any]:
    """Summarise a dataset of draws for ``summary.json`` and ``run --json``.

    Parameters
    ----------
    draws : xr.Dataset
        As in ``draws.nc``: ``margin``, ``miss``, ``status``; ``peak_year``, ``neutral_year``,
        ``residual`` and ``peak`` where the model has emissions.
    level : float
        Confidence of every range.
    last_observed : int, optional
        Last observed year, for P(peak already past).

    Returns
    -------
    dict
        Plain Python values; null where a figure is undefined or cannot be bounded. ``low`` and
        ``high`` hold the truth at ``level``. Amounts of ``residual`` and ``removals_required``
        are in Mt CO2e/yr, shares and chances in 1. A quantile of ``neutral_year`` is null where
        it is never.
    """
    sample = Sample.of(draws, level)
    clipped = 0
    if "clipped_years" in draws:
        clipped = int(np.count_nonzero(variable(draws, "clipped_years", DRAW) > 0))
    result: dict[str, Any] = {
        "draws": sample.size,
        "effective_draws": sample.effective_size,
        "failed": _failed(draws),
        "clipped": clipped,
        "level": level,
        "targets": _targets(draws, sample),
        "joint": _joint(draws, sample),
    }
    if labels(draws, SCOPE):
        result |= _years(draws, sample, last_observed) | _residual(draws, sample)
    return plain(result)


def _failed(draws: xr.Dataset) -> int:
    """Count the draws that could not be evaluated."""
    if "status" in draws:
        return int(np.count_nonzero(variable(draws, "status", DRAW)))
    failed = np.zeros(draws.sizes[DRAW], dtype=bool)
    for index in range(len(labels(draws, TARGET))):
        failed |= whole(draws, "miss", TARGET, index) == FAILED
    return int(np.count_nonzero(failed))


def _targets(draws: xr.Dataset, sample: Sample) -> list[dict[str, Any]]:
    """Describe every target: P(miss), the margin, and the shortfall given a miss."""
    return [
        {"name": name, **_target(draws, sample, index)}
        for index, name in enumerate(labels(draws, TARGET))
    ]


def _target(draws: xr.Dataset, sample: Sample, index: int) -> dict[str, Any]:
    miss, margin = whole(draws, "miss", TARGET, index), column(draws, "margin", TARGET, index)
    chance, size = sample.proportion(miss), shortfall_of(miss, margin, sample)
    part, margin = sample.known(margin)

    def said(name: str) -> str:
        return str(draws.coords[name].values[index]) if name in draws.coords else ""

    row = {
        "title": said("target_title"),
        "scope": said("target_scope"),
        "status": said("target_status"),
        "covers": said("target_covers"),
        "p_miss": chance.estimate,
        "low": chance.low,
        "high": chance.high,
        "method": chance.method,
        "misses": size.count,
        "unit": said("margin_unit"),
        "margin": _banded(part.quantiles(margin, BAND)),
    }
    for key, figure in (("shortfall_mean", size.mean), ("shortfall_p95", size.p95)):
        row[key] = figure.estimate if figure else None
        row[f"{key}_low"] = figure.low if figure else None
        row[f"{key}_high"] = figure.high if figure else None
    return row


def _joint(draws: xr.Dataset, sample: Sample) -> dict[str, Any] | None:
    """Write the joint table; null without targets."""
    if not labels(draws, TARGET):
        return None
    table = joint_table(draws, sample)
    unknown = {"p": None, "low": None, "high": None, "method": "the condition never occurs"}
    given = [
        {"missed": a, "given_missed": b, **(_bounded(result) if result else unknown)}
        for (a, b), result in table.given.items()
    ]
    return {"all_met": _bounded(table.all_met), "missed_given_missed": given}


def _years(draws: xr.Dataset, sample: Sample, last_observed: int | None) -> dict[str, Any]:
    """Write quantiles of peak and neutral years, and the chances beside them."""
    result: dict[str, Any] = {
        "peak_year": year_quantiles(draws, sample, "peak_year", BAND),
        "neutral_year": year_quantiles(draws, sample, "neutral_year", BAND),
    }
    if "plateau_first" in draws and "plateau_last" in draws:
        ends = [
            year_quantiles(draws, sample, name, (0.5,))
            for name in ("plateau_first", "plateau_last")
        ]
        result["plateau"] = {scope: [end[scope][0] for end in ends] for scope in ends[0]}
    result["never_neutral"], result["peak_past"] = {}, {}
    for index, scope in enumerate(labels(draws, SCOPE)):
        years, weight, failed = years_of(whole(draws, "neutral_year", SCOPE, index), sample)
        never = weight[years == NEVER].sum(axis=0)
        result["never_neutral"][scope] = _bounded(sample.chance(never, failed))
        if last_observed is not None:
            years, weight, failed = years_of(whole(draws, "peak_year", SCOPE, index), sample)
            past = weight[years <= last_observed].sum(axis=0)
            result["peak_past"][scope] = _bounded(sample.chance(past, failed))
    return result


def _residual(draws: xr.Dataset, sample: Sample) -> dict[str, Any]:
    """Write what is left at the horizon by gross scope, and so the removals required.

    ``exceedance`` is the curve behind it: with so many removals, the chance that they fall short.
    """
    if "residual" not in draws or "peak" not in draws:
        return {}
    result = {scope: _left(draws, sample, index) for index, scope in gross_scopes(draws)}
    names = ("residual", "residual_above", "exceedance", "removals_required")
    return {
        name: {scope: part[k] for scope, part in result.items()} for k, name in enumerate(names)
    }


def _left(draws: xr.Dataset, sample: Sample, index: int) -> tuple[Any, Any, Any, Any]:
    """Write the residual of one scope, chances that it is larger, and the removals required."""
    residual = column(draws, "residual", SCOPE, index)
    good = np.isfinite(residual)
    part = sample.part(good)
    curve = None if part.empty else exceedance_of(residual, sample)
    highest = column(draws, "peak", SCOPE, index)
    above = [
        {"share_of_peak": share, **_bounded(share_above(residual, highest, share, sample))}
        for share in RESIDUAL_SHARES
    ]
    if curve is None:
        return None, above, None, None
    # Copies from here on, one at a time.
    residual = residual[good]
    highest = highest[good]
    result = part.quantiles(residual, (*BAND, *CONFIDENCES))
    # Where nothing is ever emitted there is no peak to take a share of.
    share = None
    if (highest > 0.0).all():
        residual /= highest
        share = _banded(part.quantiles(residual, BAND))
    amount = {"unit": "Mt CO2e/yr", **_banded(result[: len(BAND)]), "share_of_peak": share}
    trace = {
        "removals": curve["residual"].values,
        **{name: curve[name].values for name in ("chance", "low", "high")},
    }
    required = [
        {"confidence": confidence, "removals": bound.estimate, "low": bound.low, "high": bound.high}
        for confidence, bound in zip(CONFIDENCES, result[len(BAND) :], strict=True)
    ]
    return amount, above, trace, required
