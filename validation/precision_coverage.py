"""How often the interval of a run that stopped at a precision holds the known chance.

``python -m validation.precision_coverage [--studies 400] [--precision 0.005]`` repeats studies of
a model whose chance of a miss is known, each with its own seed, until the precision is reached,
and prints the share of intervals that hold the truth, with the interval of that share.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from mc_engine.intervals import wilson
from mc_engine.study import Study
from validation.linear_gaussian import REFERENCE, write_region

CHANCES = (0.01, 0.15, 0.5)
DESIGNS = ("random", "sobol")
WANTED = 0.93


def coverage(folder: Path, chance: float, design: str, studies: int, precision: float) -> dict:
    """Repeat studies of one chance under one design; give counts of what came out."""
    study = Study(write_region(folder / f"{chance:g}", [chance]), model=REFERENCE)
    held, draws, result = 0, [], Counter()
    for seed in range(studies):
        run = study.run(precision=precision, design=design, seed=seed, series=0, out=folder / "run")
        (row,) = run.summary["targets"]
        held += row["low"] <= chance <= row["high"]
        draws.append(run.manifest["draws"])
        result[run.manifest["precision"]["told"][row["name"]]] += 1
        for path in sorted((folder / "run").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    return {"held": held, "draws": draws, "told": result}


def main(studies: int, precision: float) -> int:
    """Print one line per chance and design; 1 where a coverage lies below what is wanted."""
    print(f"{studies} studies each, until every half-width is at most {precision:g}\n")
    print(
        f"{'P(miss)':>8}  {'design':<7}  {'coverage':>8}  {'95 % interval':>16}  "
        "draws (median, most)"
    )
    short = False
    with tempfile.TemporaryDirectory() as name:
        for chance in CHANCES:
            for design in DESIGNS:
                result = coverage(Path(name), chance, design, studies, precision)
                share = wilson(result["held"], studies)
                short |= share.estimate < WANTED
                ends = f"{100 * share.low:.1f} to {100 * share.high:.1f} %"
                middle, most = int(np.median(result["draws"])), max(result["draws"])
                kinds = ", ".join(f"{count} {kind}" for kind, count in result["told"].items())
                print(
                    f"{chance:8g}  {design:<7}  {100 * share.estimate:6.1f} %  {ends:>16}  "
                    f"{middle:,}, {most:,}; {kinds}",
                    flush=True,
                )
    return int(short)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--studies", type=int, default=400)
    options.add_argument("--precision", type=float, default=0.005)
    asked = options.parse_args()
    raise SystemExit(main(asked.studies, asked.precision))
