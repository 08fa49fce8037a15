"""A ranking of a run: every method for every target, put into one result beside the run."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.design.groups import REST, Group, merged
from mc_engine.errors import StatisticError
from mc_engine.run import journal, store
from mc_engine.schema.axes import DRAW, PARAMETER, REGION, TARGET
from mc_engine.sensitivity.chances import BEST_INSIDE, WORST_INSIDE
from mc_engine.sensitivity.convergence import Certificate, certify
from mc_engine.sensitivity.discovery import discover
from mc_engine.sensitivity.given_data import Effect, GivenData, given_data
from mc_engine.study.rank import BASE, KEPT, ROWS, TRAJECTORIES, Quantified, Told, quantify, screen
from mc_engine.study.rows import clear
from mc_engine.study.run import Run
from mc_engine.study.study import Study

Array = NDArray[np.float64]

RANKING, INDICES = "ranking.json", "ranking.nc"
# Draws that given-data methods read, and inputs of which P(miss) is given by deciles.
READ, SHOWN = 131_072, 6
# Outside this range of P(miss) the miss itself says little.
RARE, SURE = 0.02, 0.98


def rank(
    study: Study,
    run: Run,
    *,
    seed: int = 0,
    base: int = BASE,
    trajectories: int = TRAJECTORIES,
    kept: int = KEPT,
    threads: int | None = None,
    told: Told | None = None,
    asked_to_stop: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Rank the assumptions of a run for every target, and store the ranking with the run.

    Parameters
    ----------
    study : Study
        Of the run.
    run : Run
    seed : int
        Of the rows for ranking.
    base : int
        Saltelli blocks, a power of two.
    trajectories : int
        Of the screening.
    kept : int
        Factors that are quantified one by one.
    threads : int, optional
    told : callable, optional
        Told the phase, rows done and rows in all.
    asked_to_stop : callable, optional

    Returns
    -------
    dict
        Plain data, as in ``ranking.json``. Answered from there where it holds this ranking.

    Raises
    ------
    StatisticError
        When more than 1 % of draws or rows failed.
    RunInterruptedError
        When ``asked_to_stop`` said so; the same call goes on.
    """
    asked = {
        "identity": run.manifest["identity"],
        "code": run.manifest["code_hash"],
        "draws": min(run.manifest["draws"], READ),
        "seed": seed,
        "base": base,
        "trajectories": trajectories,
        "kept": kept,
    }
    path = run.folder / RANKING
    if path.exists():
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if {name: known.get(name) for name in asked} == asked:
            return known
    how: dict[str, Any] = {
        "seed": seed, "threads": threads, "told": told, "asked_to_stop": asked_to_stop,
    }  # fmt: skip
    folder = run.folder / ROWS
    screened = screen(study, folder / "morris", trajectories=trajectories, **how)
    groups = merged(screened.groups, screened.matter(kept))
    found = quantify(study, groups, folder / "saltelli", base=base, **how)
    with run.draws as draws:
        flat = draws.isel({REGION: 0, DRAW: slice(0, READ)}, drop=True).load()
    given = _given(flat, seed)
    result = asked | {
        "replicates": 16,
        "rows": found.rows,
        "screened_rows": screened.trajectories * (len(screened.groups) + 1),
        "factors": [
            {"name": group.name, "kind": group.kind, "members": list(group.members)}
            for group in groups
        ],
        "targets": [
            _target(place, row, found, given, flat, seed)
            for place, row in enumerate(run.summary["targets"])
        ],
        "over_time": _over_time(found),
    }
    _store_indices(run, found)
    journal.write_json(path, result)
    clear(folder)
    return result


def _given(draws: xr.Dataset, seed: int) -> GivenData:
    """What the draws of the run tell."""
    return given_data(
        draws["parameters"].values,
        draws["margin"].values,
        draws["miss"].values,
        np.random.default_rng([seed, 1]),
        replicate=draws["replicate"].values if draws.attrs.get("design") != "random" else None,
        targets=[str(name) for name in draws[TARGET].values],
    )


def _target(
    place: int,
    row: Mapping[str, Any],
    found: Quantified,
    given: GivenData,
    draws: xr.Dataset,
    seed: int,
) -> dict[str, Any]:
    """Everything about one target."""
    names = [str(name) for name in draws[PARAMETER].values]
    effects = dict(zip(names, given.effects[place], strict=True))
    p_miss = row["p_miss"]
    # Four standard errors of a rank correlation of nothing.
    noise = 4.0 / np.sqrt(given.effective)
    told: dict[str, Any] = {
        "name": row["name"],
        "measure": "margin",
        "measure_note": _note(p_miss),
        "p_miss": p_miss,
        "low": row["low"],
        "high": row["high"],
        "unit": row["unit"],
    }
    indices = found.margins
    if indices.undefined[place]:
        return told | {"table": [], "why": "the margin does not move; nothing decides it"}
    labels = [group.name for group in found.groups]
    certificate = None
    if found.half_margins is not None:
        certificate = certify(
            labels, indices, found.half_margins, place, rng=np.random.default_rng([seed, 2, place])
        )
    table = _table(place, found, effects, certificate, p_miss, noise)
    shown = [line["lead"] for line in table if line["lead"] is not None][:SHOWN]
    rest = next((line for line in table if line["kind"] == REST), None)
    units = dict(zip(names, map(str, draws["parameter_unit"].values), strict=True))
    return told | {
        "table": table,
        "deciles": {name: _deciles(effects[name], units[name]) for name in shown},
        "box": _box(place, draws, shown, names, units, p_miss, seed),
        "left_out": None if rest is None else {
            "factors": len(found.groups[-1].members),
            "total": rest["total"],
            "total_high": rest["total_high"],
        },
        "certificate": None if certificate is None else certificate.as_json(),
        "said": given.said[place],
    }  # fmt: skip


def _table(
    place: int,
    found: Quantified,
    effects: Mapping[str, Effect],
    certificate: Certificate | None,
    p_miss: float,
    noise: float,
) -> list[dict[str, Any]]:
    """Factors of one target in the order of their total indices."""
    indices, names = found.margins, [group.name for group in found.groups]
    parts = ("total", "total_low", "total_high", "first", "first_low", "first_high")
    table = []
    for rank_of, number in enumerate(np.argsort(-indices.total[:, place], kind="stable"), 1):
        group = found.groups[number]
        lead = None if group.kind == REST else _lead(group, effects)
        tied = [] if certificate is None else [
            other for other in names
            if other != group.name and certificate.tied(group.name, other)
        ]  # fmt: skip
        table.append(
            {
                "rank": rank_of,
                "factor": group.name,
                "kind": group.kind,
                **{name: float(getattr(indices, name)[number, place]) for name in parts},
                "total_by_salib": float(found.by_salib[1, number, place]),
                "lead": lead,
                "sign": "~" if lead is None else _sign(effects[lead], noise),
                "fall": None if lead is None else _fall(effects[lead], p_miss),
                "tied_with": tied,
            }
        )
    return table


def _note(p_miss: float) -> str:
    if RARE <= p_miss <= SURE:
        return ""
    return (
        "the chance lies outside 2 to 98 %, where misses tell little of what drives them; what is "
        "ranked is the margin"
    )


def _lead(group: Group, effects: Mapping[str, Effect]) -> str:
    """The member of a factor that goes with the margin most."""
    return max(group.members, key=lambda name: abs(effects[name].rank_correlation))


def _sign(effect: Effect, noise: float) -> str:
    """+ where more of the input is good for the target, - where it is bad, ~ where neither."""
    bent = effect.shape in (BEST_INSIDE, WORST_INSIDE)
    if bent or abs(effect.rank_correlation) < noise:
        return "~"
    return "+" if effect.rank_correlation > 0.0 else "-"


def _fall(effect: Effect, p_miss: float) -> dict[str, Any] | None:
    """Fall of P(miss) if the input is known to lie in the good tenth of its range."""
    if effect.fall is None:
        return None
    interval = effect.fall.interval
    return {
        "from": p_miss,
        "to": p_miss - interval.estimate,
        "fall": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "tenth": effect.fall.good,
    }


def _deciles(effect: Effect, unit: str) -> dict[str, Any]:
    """P(miss) by tenths of an input."""
    chances = effect.chances

    def side(name: str) -> list[float | None]:
        return [None if one is None else float(getattr(one, name)) for one in chances]

    edges = [float(edge) if np.isfinite(edge) else None for edge in effect.edges]
    return {
        "edges": edges,
        "unit": unit,
        "p": side("estimate"),
        "low": side("low"),
        "high": side("high"),
    }


def _box(
    place: int,
    draws: xr.Dataset,
    shown: list[str],
    names: list[str],
    units: Mapping[str, str],
    p_miss: float,
    seed: int,
) -> dict[str, Any] | None:
    """Where the rarer outcome is found, in the inputs that matter most; None where nowhere."""
    if not RARE <= p_miss <= SURE:
        return None
    columns = [names.index(name) for name in shown]
    good = draws["status"].values == 0
    inputs = draws["parameters"].values[:, columns][good]
    missed = draws["miss"].values[:, place][good] == 1
    try:
        found = discover(inputs, missed, np.random.default_rng([seed, 3, place]))
    except StatisticError:
        return None
    return found.as_json(shown, [units[name] for name in shown])


def _over_time(found: Quantified) -> dict[str, Any]:
    """Total indices of emissions by scope and year, of the factors that ever lead."""
    if found.over_time is None:
        return {}
    shape = (len(found.groups), len(found.outputs), len(found.years))
    total = found.over_time.total.reshape(shape)
    with np.errstate(invalid="ignore"):
        highest = np.nanmax(np.where(np.isnan(total), -1.0, total), axis=(1, 2))
    top = [int(k) for k in np.argsort(-highest, kind="stable") if found.groups[k].kind != REST][:8]
    values = np.moveaxis(total[top], 0, -1).astype(object)
    values[~np.isfinite(np.moveaxis(total[top], 0, -1))] = None
    return {
        "years": list(found.years),
        "stage": list(found.outputs),
        "factors": [found.groups[k].name for k in top],
        "total": values.tolist(),
    }


def _store_indices(run: Run, found: Quantified) -> None:
    """Write all indices with their intervals as NetCDF: by target, and by scope and year."""
    factor = [group.name for group in found.groups]
    parts = ("first", "first_low", "first_high", "total", "total_low", "total_high")
    targets = list(run.manifest["targets"])
    data: dict[str, Any] = {
        f"margin_{name}": (("factor", "target"), getattr(found.margins, name)) for name in parts
    }
    coordinates: dict[str, Any] = {"factor": factor, "target": targets}
    if found.over_time is not None:
        shape = (len(factor), len(found.outputs), len(found.years))
        for name in parts:
            cube = np.moveaxis(getattr(found.over_time, name).reshape(shape), 0, -1)
            data[name] = (("scope", "year", "factor"), cube.transpose(0, 1, 2))
        coordinates |= {"scope": list(found.outputs), "year": list(found.years)}
    cube_set = xr.Dataset(
        data,
        coordinates,
        {
            "title": "Variance-based sensitivity indices of margins and of yearly emissions",
            "identity": run.manifest["identity"],
            "base_rows": found.base,
            "level": found.margins.level,
        },
    )
    for variable, values in cube_set.data_vars.items():
        values.attrs = {"units": "1", "long_name": str(variable).replace("_", " ")}
    store.write_dataset(run.folder, INDICES, cube_set)
