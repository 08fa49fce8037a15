"""The same fleet equations, driven by the tools of the field and by this engine.

``python -m benchmarks.peers [--rounds N] [--scale X] [--json FILE]``. Each tool runs in a process
of its own, tools in turn, round after round. A tool that is not installed is reported as such; how
to make an environment with all of them stands in ``benchmarks/README.md``.
"""

import argparse
import contextlib
import importlib.metadata
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import widen_lanes
from benchmarks.peer_models import FORMS, NUMBA, NUMPY, SERIES, Array, Fleet

SEED = 1
OWN = "mc_engine"
LEAST = 4
REFERENCE = "in memory, 2 threads"
MISSING, FAILED = "not installed", "failed"


@dataclass(frozen=True)
class Case:
    """One tool in one mode with one form of the model.

    Attributes
    ----------
    tool : str
    mode : str
    form : str
        Of the model; empty for the engine's own kernel.
    draws : int
    package : str
        Distribution that must be installed.
    """

    tool: str
    mode: str
    form: str
    draws: int
    package: str

    @property
    def name(self) -> str:
        """Tool, mode and form of the model, for a table."""
        form = FORMS.get(self.form, "Numba, draws side by side")
        return f"{self.tool}, {self.mode}: {form}"


CASES = (
    Case(OWN, "run, 1 thread", "", 60_000, "mc-engine"),
    Case(OWN, "run, 2 threads", "", 60_000, "mc-engine"),
    Case(OWN, "in memory, 1 thread", "", 20_000, "mc-engine"),
    Case(OWN, REFERENCE, "", 20_000, "mc-engine"),
    Case("plain loop", "one by one", NUMBA, 4_000, "numba"),
    Case("plain loop", "blocks", NUMPY, 2_048, "numpy"),
    Case("SALib", "evaluate", NUMBA, 2_000, "SALib"),
    Case("SALib", "evaluate", NUMPY, 2_048, "SALib"),
    Case("OpenTURNS", "func", NUMBA, 2_000, "openturns"),
    Case("OpenTURNS", "func_sample", NUMPY, 2_048, "openturns"),
    Case("EMA Workbench", "sequential", NUMBA, 600, "ema_workbench"),
    Case("EMA Workbench", "sequential", NUMPY, 100, "ema_workbench"),
    Case("EMA Workbench", "multiprocessing, 2", NUMBA, 600, "ema_workbench"),
    Case("monaco", "singlethreaded", NUMBA, 600, "monaco"),
    Case("monaco", "singlethreaded", NUMPY, 100, "monaco"),
    Case("monaco", "multiprocessing, 2", NUMBA, 600, "monaco"),
)
# What drawing and evaluating take, as by ``clock``, and the results: float64[draw, output].
Taken = tuple[Array, Array, Array]
NOTHING = np.zeros(2)
CHUNK = 8_192


def clock() -> Array:
    """Time of day and time that this process has computed, all threads together, s."""
    return np.array([time.perf_counter(), time.process_time()])


def own(case: Case, region: str) -> Taken:
    """Run the engine itself: draws from the priors, results judged and stored on disk."""
    from mc_engine.study import Study

    if not case.mode.startswith("run"):
        return in_memory(case, region)
    study, threads = Study(region), int(case.mode.split()[-2])
    with tempfile.TemporaryDirectory() as buffer:
        study.run(64, seed=SEED, threads=threads, out=Path(buffer) / "warm")
        start = clock()
        run = study.run(case.draws, seed=SEED, threads=threads, out=Path(buffer) / "run")
        seconds = clock() - start
        return NOTHING, seconds, np.asarray(run.draws["clipped_years"].values)[:, None]


def in_memory(case: Case, region: str) -> Taken:
    """Draw from the priors and evaluate by the engine, and keep in memory what the tools keep."""
    from mc_engine.run import executor
    from mc_engine.study import Study

    threads = int(case.mode.split()[-2])
    plan = Study(region).plan(case.draws, seed=SEED, threads=threads, chunk=CHUNK)
    buffer = executor.buffers(plan, CHUNK)
    executor.fill(plan, 0, LEAST, buffer.rows(LEAST))
    years = buffer.out["net_emissions"].shape[1]
    result = np.empty((case.draws, len(SERIES), years))
    start = clock()
    for first in range(0, case.draws, CHUNK):
        last = min(first + CHUNK, case.draws)
        rows = buffer.rows(last - first)
        executor.fill(plan, first, last, rows)
        result[first:last, :-1] = rows.out["emissions"]
        result[first:last, -1] = rows.out["net_emissions"]
    return NOTHING, clock() - start, result.reshape(case.draws, -1)


def plain(case: Case, region: str) -> Taken:
    """Call the model on rows of a NumPy generator."""
    fleet = Fleet(region, case.form)
    fleet.many(np.full((2, fleet.inputs), 0.5))
    start = clock()
    units = np.random.default_rng(SEED).random((case.draws, fleet.inputs))
    drawn = clock()
    result = fleet.many(units)
    return drawn - start, clock() - drawn, result


def salib(case: Case, region: str) -> Taken:
    """Let SALib draw a Latin hypercube and call the model on all of it."""
    from SALib import ProblemSpec
    from SALib.sample import latin

    fleet = Fleet(region, case.form)
    fleet.many(np.full((2, fleet.inputs), 0.5))
    names = [f"x{k}" for k in range(fleet.inputs)]
    outputs = [f"y{k}" for k in range(len(SERIES) * fleet.years)]
    problem = ProblemSpec(
        {"names": names, "bounds": [[0.0, 1.0]] * fleet.inputs, "outputs": outputs}
    )
    start = clock()
    problem.sample(latin.sample, case.draws, seed=SEED)
    drawn = clock()
    problem.evaluate(fleet.many)
    return drawn - start, clock() - drawn, np.asarray(problem.results)


def openturns(case: Case, region: str) -> Taken:
    """Let OpenTURNS draw a sample and call a PythonFunction on it."""
    import openturns as ot

    fleet = Fleet(region, case.form)
    fleet.many(np.full((2, fleet.inputs), 0.5))
    distribution = ot.JointDistribution([ot.Uniform(0.0, 1.0)] * fleet.inputs)
    called = (
        {"func_sample": lambda rows: fleet.many(np.array(rows))}
        if case.mode == "func_sample"
        else {"func": lambda row: fleet.one(np.array(row))}
    )
    function = ot.PythonFunction(fleet.inputs, len(SERIES) * fleet.years, **called)
    ot.RandomGenerator.SetSeed(SEED)
    start = clock()
    sample = distribution.getSample(case.draws)
    drawn = clock()
    result = np.array(function(sample))
    return drawn - start, clock() - drawn, result


def ema(case: Case, region: str) -> Taken:
    """Let the EMA Workbench draw a Latin hypercube and run experiments, one model call each."""
    from ema_workbench import (
        ArrayOutcome,
        Model,
        MultiprocessingEvaluator,
        RealParameter,
        SequentialEvaluator,
        perform_experiments,
    )

    fleet = Fleet(region, case.form)
    names = [f"x{k}" for k in range(fleet.inputs)]

    def function(**values: float) -> dict[str, Array]:
        result = fleet.one(np.array([values[name] for name in names]))
        return dict(zip(SERIES, result.reshape(len(SERIES), -1), strict=True))

    fleet.many(np.full((2, fleet.inputs), 0.5))
    model = Model("fleet", function=function)
    model.uncertainties = [RealParameter(name, 0.0, 1.0) for name in names]
    model.outcomes = [ArrayOutcome(name) for name in SERIES]
    sequential = case.mode == "sequential"
    np.random.seed(SEED)  # noqa: NPY002, what the tool draws from
    with (
        SequentialEvaluator(model) if sequential else MultiprocessingEvaluator(model, 2)
    ) as evaluator:
        start = clock()
        _, outcomes = perform_experiments(model, scenarios=case.draws, evaluator=evaluator)
        seconds = clock() - start
    return NOTHING, seconds, np.concatenate([outcomes[name] for name in SERIES], axis=1)


# What monaco's functions work on: it sends the functions themselves to its workers, by name.
HELD: dict[str, Any] = {}


def monaco_before(one: Any) -> tuple[Array]:
    """Collect the inputs of a case."""
    return (np.array([one.invals[name].val for name in HELD["names"]]),)


def monaco_run(units: Array) -> tuple[Array]:
    """Evaluate a case."""
    return (HELD["fleet"].one(units),)


def monaco_after(one: Any, found: Array) -> None:
    """Hand the outputs of a case over."""
    for name, series in zip(SERIES, found.reshape(len(SERIES), -1), strict=True):
        one.addOutVal(name, series)


def monaco(case: Case, region: str) -> Taken:
    """Let monaco draw at random and run cases, one model call each."""
    from monaco import SampleMethod, Sim, SimFunctions
    from scipy.stats import uniform

    fleet = Fleet(region, case.form)
    fleet.many(np.full((2, fleet.inputs), 0.5))
    HELD.update(fleet=fleet, names=[f"x{k}" for k in range(fleet.inputs)])
    steps = {
        SimFunctions.PREPROCESS: monaco_before,
        SimFunctions.RUN: monaco_run,
        SimFunctions.POSTPROCESS: monaco_after,
    }
    how = {
        "samplemethod": SampleMethod.RANDOM,
        "seed": SEED,
        "singlethreaded": case.mode == "singlethreaded",
        "ncores": 2,
        "multiprocessing_method": "fork",
        "verbose": False,
        "debug": True,
    }
    with tempfile.TemporaryDirectory() as buffer, contextlib.chdir(buffer):
        sim = Sim("fleet", case.draws, steps, **how)
        start = clock()
        for name in HELD["names"]:
            sim.addInVar(name, dist=uniform, distkwargs={"loc": 0.0, "scale": 1.0})
        drawn = clock()
        sim.runSim()
        seconds = clock() - drawn
        if sim.pool is not None:  # what workers computed is known when they have ended
            sim.pool.shutdown(wait=True)
        result = [np.array(sim.outvars[name].vals) for name in SERIES]
    return drawn - start, seconds, np.concatenate(result, axis=1)


DRIVERS: dict[str, Callable[[Case, str], Taken]] = {
    OWN: own,
    "plain loop": plain,
    "SALib": salib,
    "OpenTURNS": openturns,
    "EMA Workbench": ema,
    "monaco": monaco,
}


def child(case: Case, region: str) -> dict[str, Any]:
    """Run one case in this process, and give what it took."""
    drawing, evaluating, result = DRIVERS[case.tool](case, region)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    computed = drawing[1] + evaluating[1]
    largest = 0.0
    if "multiprocessing" in case.mode:
        computed += workers.ru_utime + workers.ru_stime
        largest = workers.ru_maxrss / 1_024.0
    return {
        "draws": case.draws,
        "drawing": float(drawing[0]),
        "evaluating": float(evaluating[0]),
        "computed": float(computed),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024.0,
        "largest_worker_mb": largest,
        "finite": bool(np.isfinite(result).all()),
        "results": list(result.shape),
        "mean": float(result[:, -1].mean()),
    }


def version(package: str) -> str | None:
    """Version of an installed distribution; None where it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def measured(case: Case, region: str) -> dict[str, Any]:
    """Run one case in a process of its own."""
    if version(case.package) is None:
        return {"failed": MISSING}
    root = str(Path(__file__).parents[1])
    paths = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.peers", "--only", json.dumps(asdict(case)),
         "--region", region],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": paths}
        | ({"NUMBA_DISABLE_JIT": "1"} if case.form == NUMPY else {}),
    )  # fmt: skip
    if done.returncode:
        message = done.stderr.strip().splitlines() or ["it said nothing"]
        return {"failed": f"{FAILED}: {message[-1]}"}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def rate(one: dict[str, Any]) -> float:
    """Draws per second, drawing included."""
    return float(one["draws"] / (one["drawing"] + one["evaluating"]))


def summary(case: Case, ours: list[dict[str, Any]], found: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians over rounds, and how much slower than the engine in the same round.

    Parameters
    ----------
    case : Case
    ours : list of dict
        What the engine's run took in each round; empty where it was not asked for.
    found : list of dict
        What the case took in each round.
    """
    head = {**asdict(case), "name": case.name, "version": version(case.package)}
    failed = [one["failed"] for one in found if "failed" in one]
    if failed:
        return {**head, "failed": failed[0]}
    pairs = [(own, one) for own, one in zip(ours, found, strict=False) if "failed" not in own]
    each = [one["computed"] / one["draws"] for one in found]
    return {
        **head,
        "draws_per_second": median([rate(one) for one in found]),
        "evaluated_per_second": median([one["draws"] / one["evaluating"] for one in found]),
        "computed_per_draw": median(each),
        "computed_range": [min(each), max(each)],
        "peak_mb": max(one["peak_mb"] + 2.0 * one["largest_worker_mb"] for one in found),
        "slower": median([rate(own) / rate(one) for own, one in pairs]),
        "more_computing": median(
            [one["computed"] / one["draws"] / own["computed"] * own["draws"] for own, one in pairs]
        ),
        "rounds": found,
    }


def median(values: list[float]) -> float:
    """Median; NaN of none."""
    return float(np.median(values)) if values else float("nan")


def table(rows: list[dict[str, Any]]) -> str:
    """Lay the summaries out as text."""
    lines = [
        f"{'tool, mode: form of the model':<62}{'draws/s':>9}{'evaluate only':>15}"
        f"{'times slower':>14}{'CPU us a draw':>22}{'times more':>12}{'peak MB':>9}"
    ]  # fmt: skip
    for row in rows:
        if "failed" in row:
            lines.append(f"{row['name']:<62}  {row['failed']}")
            continue
        low, high = (1e6 * end for end in row["computed_range"])
        computed = f"{1e6 * row['computed_per_draw']:.0f} ({low:.0f}-{high:.0f})"
        lines.append(
            f"{row['name']:<62}{row['draws_per_second']:>9.0f}{row['evaluated_per_second']:>15.0f}"
            f"{row['slower']:>14.1f}{computed:>22}{row['more_computing']:>12.1f}"
            f"{row['peak_mb']:>9.0f}"
        )
    result = {row["package"]: row["version"] for row in rows if row["version"]}
    return "\n".join([*lines, ", ".join(f"{name} {number}" for name, number in result.items())])


def main(arguments: list[str] | None = None) -> int:
    """Run every case in turn, print the table, and write the JSON where asked to."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--region", default="china")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--scale", type=float, default=1.0, help="multiplies the draws of each")
    options.add_argument("--tool", action="append", help="only this tool; may be given again")
    options.add_argument("--json", type=Path, metavar="FILE")
    options.add_argument("--only", help=argparse.SUPPRESS)
    request = options.parse_args(arguments)
    if request.only:
        case = Case(**json.loads(request.only))
        if case.form == NUMPY:
            widen_lanes()
        print(json.dumps(child(case, request.region)))
        return 0
    cases = [
        Case(**{**asdict(case), "draws": max(LEAST, round(case.draws * request.scale))})
        for case in CASES
        if not request.tool or case.tool in request.tool
    ]
    result = [[measured(case, request.region) for case in cases] for _ in range(request.rounds)]
    reference = next(
        (k for k, case in enumerate(cases) if case.mode == "in memory, 2 threads"), None
    )
    ours = [] if reference is None else [turn[reference] for turn in result]
    rows = [summary(case, ours, [turn[k] for turn in result]) for k, case in enumerate(cases)]
    print(table(rows))
    if request.json:
        from mc_engine import provenance

        facts = {"machine": provenance.machine(), "versions": provenance.versions()}
        request.json.write_text(json.dumps({"facts": facts, "cases": rows}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
