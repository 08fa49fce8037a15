"""The kernel against rivals that do the same work, as ratios of turns taken in one process.

``python -m benchmarks.kernel_ratio [--draws N] [--repeats N] [--json FILE]``. Rivals: the same
equations in plain C (``reference.c``), in NumPy (``numpy_reference.py``), and calls of one draw
from a Python loop. With them a probe of the machine's arithmetic, on one thread and on two, from
which the distance to the floor and the worth of a second thread follow.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import arithmetic_probe as probe
from benchmarks.c_reference import (
    PEAK_FLOPS,
    TOLERANCE,
    NoCompilerError,
    Peak,
    agreement,
    compiler_version,
    counted,
    of_engine,
)
from benchmarks.measure import Engine, largest_difference, timed
from benchmarks.statistics_of_times import median_ratio, spread
from mc_engine.numerics.accelerate import threads

ONE, TWO = "kernel, 1 thread", "kernel, 2 threads"
C_FORM, NUMPY_FORM = "C, 1 thread", "NumPy reference"
LOOP, C_LOOP = "kernel, one draw per call", "C, one draw per call"
ARITHMETIC, ARITHMETIC_TWO = "arithmetic, 1 thread", "arithmetic, 2 threads"
WIDEST, DIVISION = "arithmetic in C, 1 thread", "division, 1 thread"
PROBES = (ARITHMETIC, ARITHMETIC_TWO, WIDEST, DIVISION)
# Draws of the loops, which take a whole block of the kernel for every draw.
LOOPED = 64
# Multiplications and additions of ``elementary.exp``; a logarithm takes a polynomial of the same
# length, a power is one of each and a product.
EXP_FLOPS = 35
LOG_FLOPS = 35
POW_FLOPS = EXP_FLOPS + LOG_FLOPS + 1


def loop(engine: Engine, made: Callable[[Any, Any], Callable[[Any], Any]]) -> Callable[[], None]:
    """Give the function that evaluates ``LOOPED`` draws one by one.

    Parameters
    ----------
    engine : Engine
    made : callable
        From the outputs and the status of one draw to the function that evaluates its row.
    """
    room = engine.room
    calls = [
        (made({n: a[k : k + 1] for n, a in room.out.items()}, room.status[k : k + 1]), row)
        for k, row in enumerate(np.split(room.values[:LOOPED], min(LOOPED, engine.draws)))
    ]

    def every() -> None:
        with threads(1):
            for evaluate, row in calls:
                evaluate(row)

    return every


def forms(engine: Engine) -> tuple[dict[str, Callable[[], Any]], dict[str, Any]]:
    """Everything that takes turns, and how far the rivals' numbers are from the kernel's.

    Raises
    ------
    SystemExit
        When a rival disagrees with the kernel: its time would mean nothing.
    """

    def two() -> None:
        with threads(2):
            engine.kernel()

    def one_by_one(out: Any, status: Any) -> Callable[[Any], Any]:
        model, static = engine.study.model, engine.study.static
        return lambda row: model.evaluate(static, row, out, status)

    engine.draw()
    found: dict[str, Any] = {"NumPy": largest_difference(engine)}
    acts: dict[str, Callable[[], Any]] = {ONE: engine.kernel_one_thread, TWO: two}
    try:
        fleet = of_engine(engine)
    except NoCompilerError as reason:
        found["C"] = str(reason)
    else:
        gaps = agreement(engine, fleet)
        found["C"] = max(gaps.values())
        if found["C"] > TOLERANCE:
            raise SystemExit(f"the C version and the kernel disagree: {gaps}")
        room = engine.room
        acts[C_FORM] = lambda: fleet.evaluate(room.values, room.out, room.status)
        acts[C_LOOP] = loop(engine, fleet.prepared)
        acts[WIDEST] = Peak().run
    acts[LOOP] = loop(engine, one_by_one)
    acts[NUMPY_FORM] = engine.numpy
    acts[ARITHMETIC] = lambda: probe.run(1)
    acts[ARITHMETIC_TWO] = lambda: probe.run(2)
    acts[DIVISION] = probe.run_divisions
    return acts, found


def measured(engine: Engine, repeats: int) -> dict[str, Any]:
    """Time every form in turn, ``repeats`` times."""
    acts, differences = forms(engine)
    times: dict[str, list[float]] = {name: [] for name in acts}
    for act in acts.values():  # once without a record: compiling, first touch of memory
        act()
    for turn in range(repeats):
        names = list(acts) if turn % 2 == 0 else list(reversed(acts))
        for name in names:
            times[name].append(timed(acts[name]) / work_of(name, engine.draws))
    found = {
        "facts": engine.facts | {"compiler": compiler_version(), "revision": revision()},
        "differences": differences,
        "seconds": {name: spread(one) for name, one in times.items()},
        "over one thread of the kernel": {
            name: vars(median_ratio(one, times[ONE]))
            for name, one in times.items()
            if name not in PROBES
        },
        "second thread": {
            "kernel": vars(median_ratio(times[ONE], times[TWO])),
            "arithmetic": vars(median_ratio(times[ARITHMETIC], times[ARITHMETIC_TWO])),
        },
    }
    try:
        found["floor"] = floor(engine, found["seconds"])
    except NoCompilerError as reason:
        found["floor"] = str(reason)
    return found


def work_of(name: str, draws: int) -> float:
    """Give the draws, multiplications and additions, or divisions of one run of a form."""
    if name in (ARITHMETIC, ARITHMETIC_TWO):
        return probe.FLOPS
    if name == WIDEST:
        return PEAK_FLOPS
    if name == DIVISION:
        return probe.DIVISIONS
    return float(min(LOOPED, draws) if name in (LOOP, C_LOOP) else draws)


def floor(engine: Engine, seconds: dict[str, Any]) -> dict[str, Any]:
    """What a draw would take if its operations, as the C version does them, ran at the peak.

    Raises
    ------
    NoCompilerError
    """
    count = counted(engine)
    plain = count["added"] + count["multiplied"]
    functions = (
        EXP_FLOPS * count["exp"]
        + LOG_FLOPS * count["log"]
        + POW_FLOPS * (count["pow"] + count["other functions"])
    )
    flop = min(seconds[name]["median"] for name in (ARITHMETIC, WIDEST))
    division = seconds[DIVISION]["median"]
    parts = {
        "sums and products": plain * flop,
        "exp, log, pow": functions * flop,
        "divisions": count["divided"] * division,
    }
    least = sum(parts.values())
    return {
        "operations": count,
        "Gflop/s": {name: 1e-9 / seconds[name]["median"] for name in (ARITHMETIC, WIDEST)},
        "seconds": parts,
        "distance": {name: seconds[name]["median"] / least for name in (ONE, C_FORM)},
    }


def revision() -> str:
    """Commit of the checkout, marked where files differ from it."""
    here = Path(__file__).parent
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


def table(found: dict[str, Any]) -> str:
    """Lay the measurement out as text."""
    facts = found["facts"]
    lines = [
        f"mc_engine {facts['mc_engine']} ({facts['revision']}), {facts['region']}, "
        f"{facts['draws']} draws, {facts['machine']['processor']}",
        "",
        f"{'form':<28}{'us a draw':>10}{'middle half':>18}{'over kernel, 1 thread':>30}",
    ]
    for name, ratio in found["over one thread of the kernel"].items():
        times = found["seconds"][name]
        half = f"{times['quarter'] * 1e6:.1f} - {times['three_quarters'] * 1e6:.1f}"
        interval = f"{ratio['median']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})"
        lines.append(f"{name:<28}{times['median'] * 1e6:>10.1f}{half:>18}{interval:>30}")
    lines.append("")
    for name, ratio in found["second thread"].items():
        interval = f"{ratio['low']:.2f} to {ratio['high']:.2f}"
        lines.append(f"two threads, {name}: {ratio['median']:.2f} times one ({interval})")
    return "\n".join([*lines, *floor_lines(found["floor"]), *difference_lines(found)])


def floor_lines(found: dict[str, Any] | str) -> list[str]:
    """Say what the equations count to and how far each form is from the floor."""
    if isinstance(found, str):
        return [f"floor: {found}"]
    count = ", ".join(f"{name} {value:.0f}" for name, value in found["operations"].items())
    parts = ", ".join(f"{name} {value * 1e6:.2f}" for name, value in found["seconds"].items())
    peaks = ", ".join(f"{name} {value:.1f}" for name, value in found["Gflop/s"].items())
    far = ", ".join(f"{name} {value:.1f} times" for name, value in found["distance"].items())
    return [
        f"operations of a draw (C version): {count}",
        f"Gflop/s: {peaks}",
        f"floor in us a draw, at the higher of these: {parts}",
        f"distance from the floor: {far}",
    ]


def difference_lines(found: dict[str, Any]) -> list[str]:
    """Say how far the rivals' numbers are from the kernel's."""
    gaps = found["differences"]
    numpy, c = gaps["NumPy"]["largest_relative_difference"], gaps["C"]
    said = c if isinstance(c, str) else f"C differs by at most {c:.1e}, relative"
    return [f"{said}; NumPy by at most {numpy:.1e}, in blocks of {gaps['NumPy']['block']} draws"]


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and write the JSON where asked to."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--region", default="china")
    options.add_argument("--draws", type=int, default=2048)
    options.add_argument("--repeats", type=int, default=15)
    options.add_argument("--json", type=Path, metavar="FILE")
    asked = options.parse_args(arguments)
    found = measured(Engine(asked.region, asked.draws), asked.repeats)
    print(table(found))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
