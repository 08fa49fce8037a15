"""The kernel against rivals that do the same work, as ratios of turns taken in one process.

``python -m benchmarks.kernel_ratio [--draws N] [--repeats N] [--json FILE]``. Rivals: the
same equations uncompiled, on NumPy arrays of many draws, and calls of one draw from a Python loop.
With them a probe of the machine's arithmetic, on one thread and on two, from which the distance to
the floor and the gain of a second thread follow.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import arithmetic_probe as probe
from benchmarks.measure import NUMPY, Engine, timed
from benchmarks.statistics_of_times import median_ratio, spread
from benchmarks.worker import ROOT, Worker
from mc_engine.numerics.accelerate import threads

ONE, TWO = "kernel, 1 thread", "kernel, 2 threads"
LOOP = "kernel, one draw per call"
ARITHMETIC, ARITHMETIC_TWO = "arithmetic, 1 thread", "arithmetic, 2 threads"
DIVISION = "division, 1 thread"
PROBES = (ARITHMETIC, ARITHMETIC_TWO, DIVISION)
# Operations of a draw of China with all outputs, as a version of the equations in plain C counted
# them at e18cd6e, where it was last kept (README.md).
COUNTED_REGION = "china"
OPERATIONS = {
    "added": 151_852, "multiplied": 187_193, "divided": 2_545,
    "exp": 2_232, "log": 93, "pow": 184, "other functions": 15,
}  # fmt: skip
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
    buffer = engine.room
    calls = [
        (made({n: a[k : k + 1] for n, a in buffer.out.items()}, buffer.status[k : k + 1]), row)
        for k, row in enumerate(np.split(buffer.values[:LOOPED], min(LOOPED, engine.draws)))
    ]

    def every() -> None:
        with threads(1):
            for evaluate, row in calls:
                evaluate(row)

    return every


def forms(engine: Engine, uncompiled: Worker) -> dict[str, Callable[[], Any]]:
    """Everything that takes turns."""

    def two() -> None:
        with threads(2):
            engine.kernel()

    def one_by_one(out: Any, status: Any) -> Callable[[Any], Any]:
        model, static = engine.study.model, engine.study.static
        return lambda row: model.evaluate(static, row, out, status)

    engine.draw()
    engine.kernel()
    acts: dict[str, Callable[[], Any]] = {ONE: engine.kernel_one_thread, TWO: two}
    acts[LOOP] = loop(engine, one_by_one)
    acts[NUMPY] = lambda: uncompiled.seconds(ONE)
    acts[ARITHMETIC] = lambda: probe.run(1)
    acts[ARITHMETIC_TWO] = lambda: probe.run(2)
    acts[DIVISION] = probe.run_divisions
    return acts


def measured(engine: Engine, repeats: int) -> dict[str, Any]:
    """Time every form in turn, ``repeats`` times."""
    with closing(
        Worker(ROOT, engine.facts["region"], engine.draws, None, compiled=False)
    ) as uncompiled:
        return _turns(engine, forms(engine, uncompiled), repeats)


def _turns(engine: Engine, acts: dict[str, Callable[[], Any]], repeats: int) -> dict[str, Any]:
    times: dict[str, list[float]] = {name: [] for name in acts}
    for act in acts.values():  # once without a record: compiling, first touch of memory
        act()
    for turn in range(repeats):
        names = list(acts) if turn % 2 == 0 else list(reversed(acts))
        for name in names:
            times[name].append(timed(acts[name]) / work_of(name, engine.draws))
    result = {
        "facts": engine.facts | {"revision": revision()},
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
    if engine.facts["region"] == COUNTED_REGION:
        result["floor"] = floor(result["seconds"])
    return result


def work_of(name: str, draws: int) -> float:
    """Give the draws, multiplications and additions, or divisions of one run of a form."""
    if name in (ARITHMETIC, ARITHMETIC_TWO):
        return probe.FLOPS
    if name == DIVISION:
        return probe.DIVISIONS
    return float(min(LOOPED, draws) if name == LOOP else draws)


def floor(seconds: dict[str, Any]) -> dict[str, Any]:
    """What a draw would take if its operations ran at the peak of one thread."""
    count = OPERATIONS
    plain = count["added"] + count["multiplied"]
    functions = (
        EXP_FLOPS * count["exp"]
        + LOG_FLOPS * count["log"]
        + POW_FLOPS * (count["pow"] + count["other functions"])
    )
    flop = seconds[ARITHMETIC]["median"]
    division = seconds[DIVISION]["median"]
    parts = {
        "sums and products": plain * flop,
        "exp, log, pow": functions * flop,
        "divisions": count["divided"] * division,
    }
    least = sum(parts.values())
    return {
        "operations": count,
        "Gflop/s": 1e-9 / flop,
        "seconds": parts,
        "distance": seconds[ONE]["median"] / least,
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
    return "\n".join([*lines, *floor_lines(found.get("floor"))])


def floor_lines(found: dict[str, Any] | None) -> list[str]:
    """Say what the equations count to and how far the kernel is from the floor."""
    if found is None:
        return [f"floor: operations were counted of {COUNTED_REGION} alone"]
    count = ", ".join(f"{name} {value:,}" for name, value in found["operations"].items())
    parts = ", ".join(f"{name} {value * 1e6:.2f}" for name, value in found["seconds"].items())
    return [
        f"operations of a draw: {count}",
        f"floor in us a draw, at {found['Gflop/s']:.1f} Gflop/s: {parts}",
        f"the kernel on one thread takes {found['distance']:.1f} times the floor",
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and write the JSON where asked to."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--region", default="china")
    options.add_argument("--draws", type=int, default=2048)
    options.add_argument("--repeats", type=int, default=15)
    options.add_argument("--json", type=Path, metavar="FILE")
    request = options.parse_args(arguments)
    result = measured(Engine(request.region, request.draws), request.repeats)
    print(table(result))
    if request.json:
        request.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
