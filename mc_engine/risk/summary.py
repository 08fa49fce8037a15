"""The summary of a run: everything a first reader needs, ready for JSON."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from mc_engine.intervals import LEVEL, Interval
from mc_engine.risk.metrics import (
    NEVER,
    chance_of_missing,
    exceedance,
    gross_scopes,
    joint_table,
    labels,
    residual_above,
    shortfall,
    variable,
    whole,
    year_quantiles,
)
from mc_engine.risk.sample import FAILED, Sample
from mc_engine.schema.axes import DRAW, SCOPE, TARGET

BAND = (0.05, 0.5, 0.95)
# Chances that the removals suffice, at which the amount required is told.
CONFIDENCES = (0.5, 0.8, 0.9, 0.95)


def plain(value: Any) -> Any:
    """Turn arrays, NumPy numbers, NaN and infinity into what JSON holds (null for the last two)."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


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
    failed = (whole(draws, "miss", DRAW, TARGET) == FAILED).any(axis=1)
    if "status" in draws:
        failed = variable(draws, "status", DRAW) != 0
    clipped = np.zeros(sample.size, dtype=bool)
    if "clipped_years" in draws:
        clipped = variable(draws, "clipped_years", DRAW) > 0
    result: dict[str, Any] = {
        "draws": sample.size,
        "effective_draws": sample.effective_size,
        "failed": int(failed.sum()),
        "clipped": int(clipped.sum()),
        "level": level,
        "targets": _targets(draws, sample),
        "joint": _joint(draws, sample),
    }
    if labels(draws, SCOPE):
        result |= _years(draws, sample, last_observed) | _residual(draws, sample)
    return plain(result)


def _targets(draws: xr.Dataset, sample: Sample) -> list[dict[str, Any]]:
    """Describe every target: P(miss), the margin, and the shortfall given a miss."""
    chances, sizes = chance_of_missing(draws, sample), shortfall(draws, sample)
    margin = variable(draws, "margin", DRAW, TARGET)

    def said(name: str, place: int) -> str:
        return str(draws.coords[name].values[place]) if name in draws.coords else ""

    rows = []
    for place, name in enumerate(labels(draws, TARGET)):
        chance, size = chances[name], sizes[name]
        good = np.isfinite(margin[:, place])
        row = {
            "name": name,
            "title": said("target_title", place),
            "scope": said("target_scope", place),
            "status": said("target_status", place),
            "covers": said("target_covers", place),
            "p_miss": chance.estimate,
            "low": chance.low,
            "high": chance.high,
            "method": chance.method,
            "misses": size.count,
            "unit": said("margin_unit", place),
            "margin": _banded(sample.part(good).quantiles(margin[good, place], BAND)),
        }
        for key, figure in (("shortfall_mean", size.mean), ("shortfall_p95", size.p95)):
            row[key] = figure.estimate if figure else None
            row[f"{key}_low"] = figure.low if figure else None
            row[f"{key}_high"] = figure.high if figure else None
        rows.append(row)
    return rows


def _joint(draws: xr.Dataset, sample: Sample) -> dict[str, Any] | None:
    """Write the joint table; null without targets."""
    if not labels(draws, TARGET):
        return None
    table = joint_table(draws, sample)
    unknown = {"p": None, "low": None, "high": None, "method": "the condition never occurs"}
    given = [
        {"missed": a, "given_missed": b, **(_bounded(found) if found else unknown)}
        for (a, b), found in table.given.items()
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
    peak = whole(draws, "peak_year", DRAW, SCOPE)
    neutral = whole(draws, "neutral_year", DRAW, SCOPE)
    result["never_neutral"], result["peak_past"] = {}, {}
    for place, scope in enumerate(labels(draws, SCOPE)):
        column = neutral[:, place]
        never = np.where(column == FAILED, FAILED, column == NEVER)
        result["never_neutral"][scope] = _bounded(sample.proportion(never))
        if last_observed is not None:
            column = peak[:, place]
            past = np.where(column == FAILED, FAILED, column <= last_observed)
            result["peak_past"][scope] = _bounded(sample.proportion(past))
    return result


def _residual(draws: xr.Dataset, sample: Sample) -> dict[str, Any]:
    """Write what is left at the horizon by gross scope, and so the removals required.

    ``exceedance`` is the curve behind it: with so many removals, the chance that they fall short.
    """
    if "residual" not in draws or "peak" not in draws:
        return {}
    residual, peak = variable(draws, "residual", DRAW, SCOPE), variable(draws, "peak", DRAW, SCOPE)
    amounts: dict[str, Any] = {}
    required: dict[str, Any] = {}
    curves: dict[str, Any] = {}
    for place, scope in gross_scopes(draws):
        good = np.isfinite(residual[:, place])
        part, left = sample.part(good), residual[good, place]
        if part.empty:
            amounts[scope] = required[scope] = curves[scope] = None
            continue
        highest = peak[good, place]
        # Where nothing is ever emitted there is no peak to take a share of.
        share = _banded(part.quantiles(left / highest, BAND)) if (highest > 0.0).all() else None
        curve = exceedance(draws, sample, scope)
        curves[scope] = {
            "removals": curve["residual"].values,
            **{name: curve[name].values for name in ("chance", "low", "high")},
        }
        amounts[scope] = {
            "unit": "Mt CO2e/yr",
            **_banded(part.quantiles(left, BAND)),
            "share_of_peak": share,
        }
        required[scope] = [
            {
                "confidence": confidence,
                "removals": found.estimate,
                "low": found.low,
                "high": found.high,
            }
            for confidence, found in zip(
                CONFIDENCES, part.quantiles(left, CONFIDENCES), strict=True
            )
        ]
    above = {
        scope: [{"share_of_peak": share, **_bounded(found)} for share, found in chances.items()]
        for scope, chances in residual_above(draws, sample).items()
    }
    return {
        "residual": amounts,
        "residual_above": above,
        "exceedance": curves,
        "removals_required": required,
    }
