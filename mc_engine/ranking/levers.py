"""What one step of each lever does to the chance of missing: alone, and left out of all.

Every run has the seed and the number of draws of the run it is held against, so that differences
are of common draws and far better known than either chance.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mc_engine.errors import PriorError, RequestError
from mc_engine.intervals import LEVEL
from mc_engine.run import journal
from mc_engine.run.differences import compare
from mc_engine.run.options import Progress, RunRequest, Watch
from mc_engine.run.replay import experiment_of
from mc_engine.run.results import Run

# Within the run folder: the result, and the runs while it is made.
LEVERS, RUNS = "ranking-levers.json", "levers"
# Draws of every run, at most.
DRAWS = 20_000


def levers(
    run: Run,
    *,
    draws: int = DRAWS,
    names: Sequence[str] | None = None,
    threads: int | None = None,
    told: Callable[[str], Progress] | None = None,
    asked_to_stop: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Compare a run with runs in which one lever more, or all but one, is one step further.

    Parameters
    ----------
    run : Run
        Of the random or the Sobol design.
    draws : int
        Of every run, at most.
    names : sequence of str, optional
        Levers; all that the run has not moved where left out.
    threads : int, optional
    told : callable, optional
        Given what a run is of, makes the function that it reports to.
    asked_to_stop : callable, optional
        True ends the work, which the same call continues.

    Returns
    -------
    dict
        ``draws``, ``level``, ``targets``, ``base`` (P(miss) of the run), ``all`` (all levers
        together), and ``levers``: name, ``title`` by language, ``alone`` (against the run) and
        ``left_out`` (against all). Each of these lists, by target, ``p_miss``, ``against``,
        ``difference``, ``low`` and ``high``, in 1; null with ``why`` where a step cannot be taken.

    Raises
    ------
    RequestError
        For a region without levers, or a Latin design, whose draws depend on their number.
    RunInterruptedError
        When ``asked_to_stop`` said so.
    """
    manifest, catalogue = run.manifest, experiment_of(run).problem.catalogue
    if names is None:
        names = [name for name in catalogue if name not in manifest["steps"]]
    if not names:
        raise RequestError(f"{run.folder}: found no lever to move, expected one in levers.yaml")
    if manifest["design"]["name"] == "latin":
        raise RequestError(
            f"{run.folder}: found a Latin design, whose draws depend on their number, expected a "
            "random or a Sobol design; run it so"
        )
    size = min(int(manifest["draws"]), draws)

    runs = _Runs(run, size, threads, told, asked_to_stop)
    base = runs.of((), "as it is")
    usable, refused = _usable(run, names)
    every = runs.of(usable, "all levers") if usable else base
    rows = []
    for name in names:
        row: dict[str, Any] = {"name": name, "title": dict(catalogue[name].title)}
        if name in refused:
            rows.append(row | {"alone": None, "left_out": None, "why": refused[name]})
            continue
        others = [other for other in usable if other != name]
        row["alone"] = _difference(base, runs.of([name], name))
        row["left_out"] = _difference(every, runs.of(others, f"all but {name}"))
        rows.append(row)
    found = {
        "identity": manifest["identity"],
        "draws": size,
        "level": LEVEL,
        "targets": list(manifest["targets"]),
        "base": [float(target["p_miss"]) for target in base.summary["targets"]],
        "all": _difference(base, every),
        "levers": rows,
    }
    journal.write_json(run.folder / LEVERS, found)
    shutil.rmtree(run.folder / RUNS, ignore_errors=True)
    return found


def _usable(run: Run, names: Sequence[str]) -> tuple[list[str], Mapping[str, str]]:
    """Levers that can be moved together, and the reason of each that cannot."""
    usable: list[str] = []
    refused: dict[str, str] = {}
    for name in names:
        try:
            experiment_of(run, [*usable, name])
        except PriorError as error:
            refused[name] = str(error)
        else:
            usable.append(name)
    return usable, refused


@dataclass(frozen=True)
class _Runs:
    """Runs on the draws of another run, in folders within that of the run."""

    run: Run
    draws: int
    threads: int | None
    told: Callable[[str], Progress] | None
    asked_to_stop: Callable[[], bool] | None

    def of(self, steps: Sequence[str], what: str) -> Run:
        """Run with levers moved; ``what`` names the run."""
        design = self.run.manifest["design"]
        request = RunRequest(
            draws=self.draws,
            design=design["name"],
            seed=design["seed"],
            replicates=max(design["replicates"], 16),
            series=0,
            threads=self.threads,
            out=self.run.folder / RUNS / what.replace(" ", "-"),
        )
        watch = Watch() if self.told is None else Watch(on_progress=self.told(what))
        if self.asked_to_stop is not None:
            watch = replace(watch, should_stop=self.asked_to_stop)
        return experiment_of(self.run, steps).carry_out(request, watch=watch)


def _difference(base: Run, other: Run) -> list[dict[str, Any]]:
    """Bound by target what the other run changes."""
    rows: list[dict[str, Any]] = compare([base, other])["comparisons"][0]["targets"]
    return rows
