"""Measure the engine's speed, alone or against another revision, as ratios.

Run from a checkout, or as ``mc-engine bench``. See ``benchmarks/README.md``.
"""

import argparse
import io
import json
import math
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.cases import CASES, REPEATED, Case, act_of, chosen  # noqa: E402, needs ROOT
from benchmarks.measure import FEWEST_ANALYSED, NUMPY, timed  # noqa: E402, needs ROOT
from benchmarks.statistics_of_times import FEWEST_PAIRS, Ratio, median_ratio, spread  # noqa: E402, needs ROOT
from benchmarks.worker import CannotMeasureError, Worker  # noqa: E402, needs ROOT

DONE, BAD_INPUT, TOO_SLOW = 0, 2, 3
COMPARED = ("draw", "kernel")
ONE = "kernel, 1 thread"
SHORT_RUN = 0.1  # s; shorter phases are run several times in one measurement
STARTS = 4  # new processes in a comparison: where a process's memory lies changes its speed


def measure(region: str, draws: int, repeats: int, *, warm_only: bool) -> dict[str, Any]:
    """Time every phase of this checkout; compiling too, unless ``warm_only``."""
    phases = [p for p in (*REPEATED, NUMPY) if p != "analyse" or draws >= FEWEST_ANALYSED]
    times: dict[str, list[float]] = {phase: [] for phase in phases}
    with tempfile.TemporaryDirectory() as name:
        cache = None if warm_only else Path(name) / "cache"
        starts = []
        if not warm_only:
            with closing(Worker(ROOT, region, draws, cache)) as cold:
                starts.append(cold.start)
        with (
            closing(Worker(ROOT, region, draws, cache)) as warm,
            closing(Worker(ROOT, region, draws, cache, compiled=False)) as uncompiled,
        ):
            starts.append(warm.start)

            def seconds(phase: str) -> float:
                return uncompiled.seconds(ONE) if phase == NUMPY else warm.seconds(phase)

            for phase in phases:  # once without a record: first touch of memory, lazy imports
                seconds(phase)
            for _ in range(repeats):
                for phase in phases:
                    times[phase].append(seconds(phase))
    result = {
        "import": spread([start["import"] for start in starts]),
        **({} if warm_only else {"compile": spread([starts[0]["first call"]])}),
        "load compiled": spread([starts[-1]["first call"]]),
        **{phase: spread(times[phase]) for phase in phases},
    }
    ratios = {
        f"{NUMPY} / {phase}": vars(median_ratio(times[NUMPY], times[phase]))
        for phase in ("kernel", ONE)
    }
    return {"facts": warm.start["facts"], "phases": result, "ratios": ratios}


def rivals(region: str, draws: int, repeats: int) -> dict[str, Any]:
    """Hold the kernel against NumPy and calls of one draw; see ``kernel_ratio.py``."""
    from benchmarks.kernel_ratio import measured  # brings in the engine of this checkout
    from benchmarks.measure import Engine

    return measured(Engine(region, draws), repeats)


def unpack(revision: str, folder: Path) -> str:
    """Write the files of a revision into a folder, and give its full name.

    Raises
    ------
    ValueError
        When git does not know the revision.
    """
    known = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if known.returncode:
        raise ValueError(
            f"--against: git knows no revision {revision!r} in {ROOT}; fetch it, or name another"
        )
    commit = known.stdout.strip()
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return commit


def compare(
    revision: str, region: str, draws: int, pairs: int, *, warm_only: bool = False
) -> dict[str, Any]:
    """Time this checkout and another revision in turn, and say which is faster.

    Compiled code of both is found in the user's cache where ``warm_only``; it is kept there by a
    hash of the sources. Otherwise both compile into folders of their own, which is timed.
    """
    with tempfile.TemporaryDirectory() as name:
        buffer = Path(name)
        (buffer / "base").mkdir()
        commit = unpack(revision, buffer / "base")
        caches = (None, None) if warm_only else (buffer / "new-cache", buffer / "old-cache")
        try:
            starts, ratios = against((ROOT, buffer / "base"), caches, region, draws, pairs)
        except CannotMeasureError as reason:
            return {"base": commit, "nothing_to_compare": str(reason)}
    result = {phase: {**vars(r), "verdict": r.verdict} for phase, r in ratios.items()}
    new, old = starts
    compiled = {"new": new["first call"], "base": old["first call"]}
    return {
        "base": commit,
        "facts": new["facts"],
        **({} if warm_only else {"compile": compiled}),
        "ratios": result,
        "too_slow": [phase for phase, ratio in ratios.items() if ratio.too_slow],
    }


def against(
    trees: tuple[Path, Path],
    caches: tuple[Path | None, Path | None],
    region: str,
    draws: int,
    pairs: int,
) -> tuple[tuple[dict[str, Any], dict[str, Any]], dict[str, Ratio]]:
    """Time two source trees in turn, in ``STARTS`` pairs of new processes.

    Parameters
    ----------
    trees, caches : pair
        The new tree first; None for the user's cache.
    region : str
    draws, pairs : int
        Pairs of measurements in all.

    Returns
    -------
    pair of dict
        What the first process of each tree said at its start.
    dict
        Ratio of new to old by phase.

    Raises
    ------
    CannotMeasureError
        When a tree cannot be run.
    """
    times: dict[tuple[str, str], list[float]] = {}
    message, ratios = [], {}
    starts = min(STARTS, pairs)
    for start in range(starts):
        share = pairs * (start + 1) // starts - pairs * start // starts
        with (
            closing(Worker(trees[1], region, draws, caches[1])) as old,
            closing(Worker(trees[0], region, draws, caches[0])) as new,
        ):
            message.append((new.start, old.start))
            ratios = take_turns(new, old, share, times)
    return message[0], ratios


def take_turns(
    new: Worker, old: Worker, pairs: int, times: dict[tuple[str, str], list[float]] | None = None
) -> dict[str, Ratio]:
    """Measure A B, B A, A B ... so that a drift of the machine hits both alike.

    Times are added to ``times``, by phase and side; the ratios are of all that stand there.
    """
    times = {} if times is None else times
    rounds = {}
    for phase in COMPARED:
        slower = max(one.seconds(phase) for one in (old, new, old, new))
        rounds[phase] = math.ceil(SHORT_RUN / slower)
    for turn in range(pairs):
        for phase in COMPARED:
            order = [("new", new), ("old", old)]
            for side, one in order if turn % 2 else reversed(order):
                times.setdefault((phase, side), []).append(one.seconds(phase, rounds[phase]))
    return {phase: median_ratio(times[phase, "new"], times[phase, "old"]) for phase in COMPARED}


def facts_line(facts: dict[str, Any]) -> str:
    """Say in one line what was measured."""
    return (
        f"mc_engine {facts['mc_engine']}, {facts['region']}, {facts['factors']} uncertain inputs, "
        f"{facts['draws']} draws, {facts['threads']} threads"
    )


def speed_table(found: dict[str, Any]) -> str:
    """Lay the measurement of one checkout out as a table."""
    draws = found["facts"]["draws"]
    lines = [facts_line(found["facts"]), ""]
    lines.append(f"{'phase':<20}{'median':>11}{'middle half':>21}{'a draw':>12}")
    once = ("import", "compile", "load compiled")
    for phase, times in found["phases"].items():
        half = f"{times['quarter']:.4f} - {times['three_quarters']:.4f}"
        each = "" if phase in once else f"{times['median'] / draws * 1e6:.1f} us"
        half = "" if len(times["seconds"]) < 3 else half
        lines.append(f"{phase:<20}{times['median']:>9.4f} s{half:>21}{each:>12}")
    lines.append("")
    for name, ratio in found["ratios"].items():
        interval = f"{ratio['low']:.1f} to {ratio['high']:.1f}"
        if ratio["pairs"] < FEWEST_PAIRS:
            interval = "too few repeats for an interval"
        lines.append(f"{name}: {ratio['median']:.1f} ({interval})")
    if "rivals" in found:
        from benchmarks.kernel_ratio import table  # brings in the engine

        lines += ["", table(found["rivals"])]
    return "\n".join(lines)


def comparison_table(found: dict[str, Any]) -> str:
    """Lay a comparison of two revisions out as a table."""
    if "nothing_to_compare" in found:
        base, reason = found["base"][:12], found["nothing_to_compare"]
        return f"nothing to compare: {base} cannot be measured ({reason})"
    lines = [f"{facts_line(found['facts'])}, against {found['base'][:12]}", ""]
    lines.append(f"{'phase':<10}{'new / base':>12}{'95 % interval':>18}{'pairs':>7}  verdict")
    for phase, ratio in found["ratios"].items():
        interval = f"{ratio['low']:.3f} - {ratio['high']:.3f}"
        lines.append(
            f"{phase:<10}{ratio['median']:>12.3f}{interval:>18}{ratio['pairs']:>7}  "
            f"{ratio['verdict']}"
        )
    if "compile" in found:
        both = found["compile"]
        lines.append(f"\ncompile, once each: {both['new']:.1f} s, base {both['base']:.1f} s")
    return "\n".join(lines)


def measure_cases(cases: tuple[Case, ...], repeats: int) -> dict[str, Any]:
    """Time registered cases one after another; a case that takes a process, once."""
    from mc_engine import provenance  # the engine of this checkout, which --against does not need

    facts = {"machine": provenance.machine(), "versions": provenance.versions()}
    result = {}
    for case in cases:
        act = act_of(case)
        runs = 1 if case.once else repeats
        result[case.name] = spread([timed(act) for _ in range(runs)])
    return {"facts": facts, "cases": result}


def cases_table(found: dict[str, Any]) -> str:
    """Lay the times of cases out as a table."""
    lines = [f"{'case':<36}{'median':>11}{'middle half':>21}"]
    for name, times in found["cases"].items():
        half = f"{times['quarter']:.4f} - {times['three_quarters']:.4f}"
        half = "" if len(times["seconds"]) < 3 else half
        lines.append(f"{name:<36}{times['median']:>9.4f} s{half:>21}")
    return "\n".join(lines)


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    result = argparse.ArgumentParser(prog="bench", description="Measure speed, as ratios.")
    result.add_argument("--region", default="china", help="shipped region to measure with")
    result.add_argument("--draws", type=int, default=4096, help="rows of every measurement")
    result.add_argument("--repeats", type=int, default=9, help="how often each phase is measured")
    result.add_argument("--against", metavar="REV", help="compare with this git revision")
    result.add_argument("--pairs", type=int, default=40, help="pairs of measurements of --against")
    result.add_argument(
        "--warm", action="store_true", help="do not measure compiling; use compiled code of before"
    )
    result.add_argument("--list", action="store_true", help="list the registered cases and end")
    result.add_argument("--only", metavar="PATTERN", help="time the cases whose name fits")
    result.add_argument(
        "--alone", action="store_true", help="leave out one-draw calls and the floor"
    )
    result.add_argument("--json", action="store_true", help="print JSON")
    return result


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and give the exit code: 0, 2 for bad input, 3 for too slow."""
    request = parser().parse_args(arguments)
    if request.list:
        print("\n".join(case.name for case in CASES))
        return DONE
    try:
        if request.only is not None and request.against is not None:
            raise ValueError("--only: found --against too, expected one of them; leave one out")
        if request.only is not None:
            result = measure_cases(chosen(request.only), request.repeats)
        elif request.against is None:
            result = measure(request.region, request.draws, request.repeats, warm_only=request.warm)
            if not request.alone:
                result["rivals"] = rivals(request.region, request.draws, request.repeats)
        else:
            result = compare(
                request.against,
                request.region,
                request.draws,
                request.pairs,
                warm_only=request.warm,
            )
    except (ValueError, CannotMeasureError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    table = comparison_table if request.against else speed_table
    table = table if request.only is None else cases_table
    print(json.dumps(result, indent=2) if request.json else table(result))
    return TOO_SLOW if result.get("too_slow") else DONE


if __name__ == "__main__":
    sys.exit(main())
