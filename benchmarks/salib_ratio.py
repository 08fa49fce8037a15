"""Time and memory of variance-based indices with intervals: ours and SALib's.

``python benchmarks/salib_ratio.py [--outputs-of-salib 2 | --all] [--small]`` analyses the same
random Saltelli rows (60 inputs, N = 4096, 40 outputs) by both, each in a process of its own. Our
intervals are of 16 replicates, SALib's of 1,000 resamples. SALib takes one output at a time, so by
default it is given a few and its time is scaled to all 40; ``--all`` gives it all. Importing and
making the rows is in neither time; the peak is of the whole process.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.sensitivity import Blocks

Array = NDArray[np.float64]

SEED = 1
REPLICATES = 16
FASTER = 50.0
MOST_MB = 1_000.0


@dataclass(frozen=True)
class Size:
    """What is analysed."""

    inputs: int = 60
    base: int = 4_096
    outputs: int = 40
    resamples: int = 1_000


SMALL = Size(inputs=5, base=64, outputs=3, resamples=20)


def make(size: Size) -> Blocks:
    """Give outputs of waves along random directions, at random Saltelli rows."""
    rng = np.random.default_rng(SEED)
    direction = rng.normal(size=(size.inputs, size.outputs))
    a, b = rng.random((2, size.base, size.inputs))
    ab = np.empty((size.base, size.inputs, size.outputs))
    for group in range(size.inputs):
        mixed = a.copy()
        mixed[:, group] = b[:, group]
        ab[:, group] = np.sin(mixed @ direction)
    return Blocks(np.sin(a @ direction), np.sin(b @ direction), ab)


def ours(size: Size, outputs: int) -> dict[str, Any]:
    """Analyse all outputs by our estimators."""
    from mc_engine.sensitivity import SaltelliSums

    blocks = make(size)
    start = time.perf_counter()
    sums = SaltelliSums(REPLICATES, size.inputs, size.outputs, sobol=False)
    sums.add(np.arange(size.base) % REPLICATES, *blocks)
    result = sums.indices()
    seconds = time.perf_counter() - start
    return record(seconds, [one[:, :outputs].T for one in (result.first, result.total)])


def salib(size: Size, outputs: int) -> dict[str, Any]:
    """Analyse some outputs by SALib, one after the other."""
    from SALib.analyze import sobol  # the tool that is compared, by no door of ours

    blocks = make(size)
    names = [f"x{k}" for k in range(size.inputs)]
    problem = {"names": names, "num_vars": size.inputs, "bounds": [[0.0, 1.0]] * size.inputs}
    request = {"calc_second_order": False, "num_resamples": size.resamples, "seed": SEED}
    rows = np.concatenate([blocks.a[:, None], blocks.ab, blocks.b[:, None]], axis=1)
    rows = rows.reshape(-1, size.outputs)
    start = time.perf_counter()
    result = [sobol.analyze(problem, rows[:, k].copy(), **request) for k in range(outputs)]
    seconds = time.perf_counter() - start
    return record(seconds, [np.stack([one[k] for one in result]) for k in ("S1", "ST")])


def record(seconds: float, figures: list[Array]) -> dict[str, Any]:
    """Give what a process found, and what it took."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024.0
    return {"seconds": seconds, "peak_mb": peak, "figures": [one.tolist() for one in figures]}


def measured(which: str, size: Size, outputs: int) -> dict[str, Any]:
    """Run one of the two in a process of its own."""
    root = str(Path(__file__).parents[1])
    paths = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    request = json.dumps(asdict(size))
    done = subprocess.run(
        [sys.executable, __file__, "--only", which, request, str(outputs)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    return json.loads(done.stdout)


def main(size: Size, outputs: int) -> int:
    """Print both, their ratio and their largest difference; 1 where less is met than asked."""
    print(
        f"{size.inputs} inputs, {size.base} base rows, {size.outputs} outputs, "
        f"{size.resamples} resamples; {os.cpu_count()} processors"
    )
    own = measured("ours", size, outputs)
    theirs = measured("salib", size, outputs)
    scaled = theirs["seconds"] * size.outputs / outputs
    how = f"measured on {outputs}, scaled" if outputs < size.outputs else "measured on all"
    gap = max(
        float(np.abs(np.subtract(one, other)).max())
        for one, other in zip(own["figures"], theirs["figures"], strict=True)
    )
    print(f"ours   {own['seconds']:9.2f} s  peak {own['peak_mb']:6.0f} MB")
    print(f"SALib  {scaled:9.2f} s  peak {theirs['peak_mb']:6.0f} MB  ({how})")
    ratio = scaled / own["seconds"]
    print(f"{ratio:.0f} times faster; largest difference of S1 and ST {gap:.1e}")
    return int(ratio < FASTER or own["peak_mb"] > MOST_MB or gap > 1e-10)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--outputs-of-salib", type=int, default=2)
    options.add_argument("--all", action="store_true", help="give SALib all outputs: minutes")
    options.add_argument("--small", action="store_true", help="a small case, to see that it runs")
    options.add_argument("--only", nargs=3, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.only:
        which, asked, outputs = given.only
        side = {"ours": ours, "salib": salib}[which]
        print(json.dumps(side(Size(**json.loads(asked)), int(outputs))))
        raise SystemExit
    wanted = SMALL if given.small else Size()
    raise SystemExit(main(wanted, wanted.outputs if given.all else given.outputs_of_salib))
