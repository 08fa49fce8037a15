"""Differences between runs on common draws, ready for JSON."""

from collections.abc import Sequence
from typing import Any

from mc_engine.errors import StatisticError
from mc_engine.intervals import LEVEL
from mc_engine.risk import Difference, compare_draws
from mc_engine.run.results import Run


def compare(runs: Sequence[Run], level: float = LEVEL) -> dict[str, Any]:
    """Bound how P(miss) of every target differs from that in the first run, on common draws.

    Parameters
    ----------
    runs : sequence of Run
        The first is the one that the others are compared with.
    level : float
        Confidence of every interval.

    Returns
    -------
    dict
        ``against``: the first run; ``level``; ``comparisons``: one entry for each other run with
        ``draws`` (common ones), ``notes`` and ``targets``. Each target has ``p_miss``,
        ``against`` (its P(miss) in the first run), ``difference`` (the former less the latter),
        ``low``, ``high`` and ``method``. All in 1.

    Raises
    ------
    StatisticError
        When two runs do not share their draws, with the reason.
    """
    if len(runs) < 2:
        raise StatisticError(f"compare: found {len(runs)} runs, expected at least two; name more")
    comparisons = []
    for run in runs[1:]:
        with run.draws as draws, runs[0].draws as first:
            comparison = compare_draws(draws, first, level)
        comparisons.append(
            {
                **_named(run),
                "draws": comparison.draws,
                "notes": list(comparison.notes),
                "targets": [_plain(row) for row in comparison.differences],
            }
        )
    return {"against": _named(runs[0]), "level": level, "comparisons": comparisons}


def _named(run: Run) -> dict[str, Any]:
    manifest = run.manifest
    return {
        "run": str(run.folder),
        "scenario": manifest["scenario"],
        "settings": manifest["settings"],
        "steps": manifest.get("steps", []),
    }


def _plain(row: Difference) -> dict[str, Any]:
    return {
        "name": row.target,
        "p_miss": row.first.estimate,
        "against": row.second.estimate,
        "difference": row.difference.estimate,
        "low": row.difference.low,
        "high": row.difference.high,
        "method": row.difference.method,
    }
