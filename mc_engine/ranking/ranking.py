"""A ranking of a run: every method for every target, put into one result beside the run."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.design.groups import REST, Group, groups_of, merged
from mc_engine.design.ranking import REPLICATES
from mc_engine.errors import RequestError
from mc_engine.problem.problem import Problem
from mc_engine.ranking.rank import BASE, DUMMIES, KEPT, TRAJECTORIES, Quantified, quantify, screen
from mc_engine.ranking.ranked import QUANTILE, Evidence, target_of
from mc_engine.ranking.rows import Evaluation, Told, clear
from mc_engine.run import journal, store
from mc_engine.run.experiment import Experiment
from mc_engine.run.results import Run
from mc_engine.sensitivity.dependence import undeclared
from mc_engine.sensitivity.given_data import given_data
from mc_engine.sensitivity.value_of_information import value_of_information
from mc_engine.vocabulary.axes import DRAW, NET, PARAMETER, REGION, SCOPE, TARGET

Array = NDArray[np.float64]

# Within the run folder: the ranking, its indices, what a larger base goes on from, and rows while
# they are evaluated.
RANKING, INDICES, TALLY, ROWS = "ranking.json", "ranking.nc", "ranking-rows.nc", "ranking"
# Draws that given-data methods read, and those from which the worth of knowing is told.
READ, VALUED = 131_072, 32_768


@dataclass(frozen=True)
class Asked:
    """How a ranking is to be made.

    Attributes
    ----------
    seed : int
        Of the rows for ranking.
    base : int
        Saltelli blocks, a power of two.
    trajectories : int
        Of the screening.
    kept : int
        Factors that are quantified one by one.
    second : bool
        Indices of pairs of factors too.
    """

    seed: int = 0
    base: int = BASE
    trajectories: int = TRAJECTORIES
    kept: int = KEPT
    second: bool = False


def rank(
    study: Experiment,
    run: Run,
    asked: Asked | None = None,
    *,
    threads: int | None = None,
    told: Told | None = None,
    asked_to_stop: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Rank the assumptions of a run for every target, and store the ranking with the run.

    A ranking of more blocks than the stored one goes on from its rows.

    Parameters
    ----------
    study : Experiment
        Of the run.
    run : Run
    asked : Asked, optional
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
    RequestError
        For draws that were aimed at the past.
    StatisticError
        When more than 1 % of draws or rows failed.
    RunInterruptedError
        When ``asked_to_stop`` said so; the same call goes on.
    """
    if run.manifest.get("proposal"):
        raise RequestError(
            f"{run.folder}: found draws that were aimed at the past, expected draws of the priors; "
            "rank the run that holds this one, with --constrained for the chances under the past"
        )
    asked = asked or Asked()
    wanted = _identity(run) | asdict(asked)
    known = stored(run)
    if {name: known.get(name) for name in wanted} == wanted:
        return known
    seconds: dict[str, float] = {}
    folder = run.folder / ROWS
    evaluation = Evaluation(study, folder, asked.seed, threads, told, asked_to_stop)
    earlier = _earlier(run, known, wanted)
    with _timed(seconds, "screening"):
        groups, screened = _factors(evaluation, asked, known if earlier is not None else {})
    with _timed(seconds, "quantifying"):
        found = quantify(evaluation, groups, base=asked.base, second=asked.second, earlier=earlier)
    with run.draws as draws:
        flat = draws.isel({REGION: 0, DRAW: slice(0, READ)}, drop=True).load()
    with _timed(seconds, "given data"):
        data = told_by(flat, study.problem, asked.seed)
    with _timed(seconds, "tables and boxes"):
        targets = [
            target_of(place, row, found, data) for place, row in enumerate(run.summary["targets"])
        ]
    with _timed(seconds, "value of information"):
        worth = _worth(flat, groups)
    with _timed(seconds, "dependence"):
        dependent = _dependent(flat, groups_of(study.problem))
    result = wanted | {
        "replicates": REPLICATES,
        "rows": found.rows,
        "screened_rows": screened,
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "factors": [
            {"name": group.name, "kind": group.kind, "members": list(group.members)}
            for group in groups
        ],
        "targets": targets,
        "over_time": _over_time(found, study.last_observed),
        "value_of_information": worth,
        "dependent": dependent,
    }
    _store_indices(run, found)
    _store_tally(run, found, wanted)
    journal.write_json(run.folder / RANKING, result)
    clear(folder)
    return result


def _factors(
    evaluation: Evaluation, asked: Asked, known: Mapping[str, Any]
) -> tuple[tuple[Group, ...], int]:
    """Screen, and choose the factors; those of a known ranking where there is one. Rows too."""
    if known:
        rows = known["factors"]
        groups = (Group(row["name"], row["kind"], tuple(row["members"])) for row in rows)
        return tuple(groups), int(known["screened_rows"])
    screened = screen(evaluation, asked.trajectories)
    rows_of = len(screened.groups) + DUMMIES + 1
    return merged(screened.groups, screened.matter(asked.kept)), screened.trajectories * rows_of


def extended(run: Run) -> Asked:
    """Ask for the stored ranking with twice the blocks.

    Parameters
    ----------
    run : Run

    Raises
    ------
    RequestError
        When there is none of these draws to go on from.
    """
    known = stored(run)
    if not known:
        raise RequestError(
            f"{run.folder}: found no ranking of these draws to extend, expected {RANKING}; rank "
            "the run first"
        )
    asked = Asked(**{name: known[name] for name in asdict(Asked())})
    return Asked(**(asdict(asked) | {"base": 2 * asked.base}))


def stored(run: Run) -> dict[str, Any]:
    """Read the ranking that lies beside a run; empty where there is none of these draws.

    Parameters
    ----------
    run : Run
    """
    path, wanted = run.folder / RANKING, _identity(run)
    known = dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
    return known if {name: known.get(name) for name in wanted} == wanted else {}


def _identity(run: Run) -> dict[str, Any]:
    """What a ranking must be of to be one of this run."""
    return {
        "identity": run.manifest["identity"],
        "code": run.manifest["code_hash"],
        "draws": min(run.manifest["draws"], READ),
    }


@contextmanager
def _timed(seconds: dict[str, float], phase: str) -> Iterator[None]:
    """Note how long a phase takes."""
    began = time.perf_counter()
    yield
    seconds[phase] = time.perf_counter() - began


def told_by(
    draws: xr.Dataset, problem: Problem, seed: int, weight: Array | None = None
) -> Evidence:
    """Take what the draws of a run tell.

    Parameters
    ----------
    draws : xr.Dataset
        Of one region, in memory.
    problem : Problem
    seed : int
    weight : float64[draw], optional
    """
    names = [str(name) for name in draws[PARAMETER].values]
    given = given_data(
        draws["parameters"].values,
        draws["margin"].values,
        draws["miss"].values,
        np.random.default_rng([seed, 1]),
        weight=weight,
        replicate=draws["replicate"].values if draws.attrs.get("design") != "random" else None,
        targets=[str(name) for name in draws[TARGET].values],
    )
    units = dict(zip(names, map(str, draws["parameter_unit"].values), strict=True))
    units |= {factor.name: QUANTILE for factor in problem.factors if factor.is_path}
    meanings = {factor.name: factor.meaning for factor in problem.factors}
    kinds = {factor.name: factor.kind for factor in problem.factors}
    return Evidence(draws, given, weight, meanings, units, kinds, seed)


def _worth(draws: xr.Dataset, groups: tuple[Group, ...]) -> list[dict[str, Any]]:
    """What knowing each factor is worth for the removals decision, by gross scope."""
    if "residual" not in draws:
        return []
    draws = draws.isel({DRAW: slice(0, VALUED)})
    names = [str(name) for name in draws[PARAMETER].values]
    kept = [group for group in groups if group.kind != REST]
    places = [[names.index(member) for member in group.members] for group in kept]
    found = []
    for scope in map(str, draws[SCOPE].values):
        residual = draws["residual"].sel({SCOPE: scope})
        if scope == NET or np.ptp(residual.values) == 0.0:
            continue
        value = value_of_information(
            draws["parameters"].values, residual.values, places, least=0.0,
            failed=draws["status"].values != 0,
            replicate=draws["replicate"].values if draws.attrs.get("design") != "random" else None,
        )  # fmt: skip
        plain = value.as_json()
        worths = [
            {"factor": group.name, "value": worth["value"], "share": worth["share"]}
            for group, worth in zip(kept, plain.pop("evppi"), strict=True)
        ]
        worths.sort(key=lambda row: -row["share"])
        unit = str(residual.attrs.get("units", "1"))
        found.append({"scope": scope, "unit": unit, **plain, "worths": worths})
    return found


def _dependent(draws: xr.Dataset, groups: tuple[Group, ...]) -> list[dict[str, Any]]:
    """Pairs of inputs that move together and were not declared to."""
    names = [str(name) for name in draws[PARAMETER].values]
    blocks = [[names.index(member) for member in group.members] for group in groups]
    found = undeclared(draws["parameters"].values, blocks)
    return [
        {
            "inputs": [names[pair.first], names[pair.second]],
            "rank_correlation": pair.rank_correlation.estimate,
            "low": pair.rank_correlation.low,
            "high": pair.rank_correlation.high,
        }
        for pair in found.pairs
    ]


def _earlier(
    run: Run, known: Mapping[str, Any], wanted: Mapping[str, Any]
) -> dict[str, Array] | None:
    """Give the sums of the stored ranking, where the wanted one is the same with more blocks."""
    same = [name for name in wanted if name != "base"]
    if not known or any(known.get(name) != wanted[name] for name in same):
        return None
    if known["base"] > wanted["base"] or not (run.folder / TALLY).exists():
        return None
    with store.open_dataset(run.folder, TALLY) as tally:
        if any(tally.attrs.get(name) != str(known[name]) for name in (*same, "base")):
            return None
        return {str(name): values.values for name, values in tally.data_vars.items()}


def _store_tally(run: Run, found: Quantified, wanted: Mapping[str, Any]) -> None:
    """Write what a larger base goes on from."""
    data = {
        name: ([f"{name}_{axis}" for axis in range(values.ndim)], values, {"units": "1"})
        for name, values in found.tally.state().items()
    }
    facts = {name: str(value) for name, value in wanted.items()}
    title = "Margins and sums of a ranking, from which one of more blocks goes on"
    tally = xr.Dataset(data, attrs={"title": title, **facts})
    store.write_dataset(run.folder, TALLY, tally)


def _over_time(found: Quantified, last_observed: int | None) -> dict[str, Any]:
    """Total indices of emissions by scope and future year, of the factors that ever lead."""
    if found.over_time is None:
        return {}
    shape = (len(found.groups), len(found.outputs), len(found.years))
    future = np.array([last_observed is None or year > last_observed for year in found.years])
    total = found.over_time.total.reshape(shape)[:, :, future]
    with np.errstate(invalid="ignore"):
        highest = np.nanmax(np.where(np.isnan(total), -1.0, total), axis=(1, 2))
    top = [int(k) for k in np.argsort(-highest, kind="stable") if found.groups[k].kind != REST][:8]
    values = np.moveaxis(total[top], 0, -1).astype(object)
    values[~np.isfinite(np.moveaxis(total[top], 0, -1))] = None
    return {
        "years": [year for year, wanted in zip(found.years, future, strict=True) if wanted],
        "scopes": list(found.outputs),
        "factors": [found.groups[k].name for k in top],
        "total": values.tolist(),
    }


def _store_indices(run: Run, found: Quantified) -> None:
    """Write all indices with their intervals as NetCDF: by target, and by scope and year."""
    factor = [group.name for group in found.groups]
    parts = ("first", "first_low", "first_high", "total", "total_low", "total_high")
    targets = list(run.manifest["targets"])
    data: dict[str, Any] = {
        f"{of}_{name}": (("factor", "target"), getattr(indices, name))
        for of, indices in (("margin", found.margins), ("miss", found.misses))
        for name in parts
    }
    coordinates: dict[str, Any] = {"factor": factor, "target": targets}
    if found.over_time is not None:
        shape = (len(factor), len(found.outputs), len(found.years))
        for name in parts:
            cube = np.moveaxis(getattr(found.over_time, name).reshape(shape), 0, -1)
            data[name] = (("scope", "year", "factor"), cube)
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
