"""How often the intervals of variance-based indices hold the truth, and how wide they are.

``python -m validation.index_coverage [--repeats 300] [--small]`` repeats analyses of Ishigami's
function and of Sobol's G, whose indices are known, and prints for each index the share of its 95 %
intervals that hold the truth and their mean width: t-intervals over 16 scrambles of Sobol rows.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from mc_engine.intervals import wilson
from mc_engine.sensitivity import Blocks, Indices, SaltelliSums

Array = NDArray[np.float64]

REPLICATES = 16
LEAST = 0.90  # asked of the mean over a function's indices
COEFFICIENTS = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0])


@dataclass(frozen=True)
class Case:
    """A function of the unit cube whose indices are known: [input] each."""

    name: str
    function: Callable[[Array], Array]
    first: Array
    total: Array


def ishigami(u: Array) -> Array:
    """Ishigami's function with a = 7, b = 0.1."""
    x = np.pi * (2.0 * u - 1.0)
    waves = np.sin(x[..., 0]) * (1.0 + 0.1 * x[..., 2] ** 4)
    return waves + 7.0 * np.sin(x[..., 1]) ** 2


def sobol_g(u: Array) -> Array:
    """Sobol's G function of eight inputs."""
    return np.prod((np.abs(4.0 * u - 2.0) + COEFFICIENTS) / (1.0 + COEFFICIENTS), axis=-1)


def cases() -> list[Case]:
    """Give both functions; the indices of G follow from its product form."""
    first = np.array([0.31390519, 0.44241114, 0.0])
    total = np.array([0.55758886, 0.44241114, 0.24368366])
    alone = 1.0 / (3.0 * (1.0 + COEFFICIENTS) ** 2)
    every = np.prod(1.0 + alone)
    own, left = alone / (every - 1.0), alone / (1.0 + alone) * every / (every - 1.0)
    return [Case("Ishigami", ishigami, first, total), Case("Sobol G", sobol_g, own, left)]


def evaluate(case: Case, points: Array) -> Blocks:
    """Evaluate a function at the Saltelli rows of points [base, 2 x input]."""
    inputs = case.first.size
    a, b = points[:, :inputs], points[:, inputs:]
    ab = np.where(np.eye(inputs, dtype=bool), b[:, None, :], a[:, None, :])
    return Blocks(*(case.function(rows)[..., None] for rows in (a, b, ab)))


def replicated_rows(case: Case, base: int, seed: int) -> Indices:
    """Analyse independent scrambles of Sobol points."""
    sums = SaltelliSums(REPLICATES, case.first.size, 1)
    for replicate in range(REPLICATES):
        scramble = int(np.random.SeedSequence([2, seed, replicate]).generate_state(1)[0])
        sobol = qmc.Sobol(2 * case.first.size, scramble=True, seed=scramble)
        sums.add(replicate, *evaluate(case, sobol.random(base // REPLICATES)))
    return sums.indices()


@dataclass(frozen=True)
class Coverage:
    """Of one function: counts of intervals that held, and mean widths [index]."""

    held: Array
    width: Array
    repeats: int

    @property
    def mean(self) -> float:
        """Mean share over the indices."""
        return float(self.held.mean() / self.repeats)


def coverage(case: Case, analyse: Callable[[int], Indices], repeats: int) -> Coverage:
    """Repeat analyses, each with its own seed; first-order indices, then total ones."""
    truth = np.concatenate([case.first, case.total])
    held, width = np.zeros(truth.size), np.zeros(truth.size)
    for seed in range(repeats):
        result = analyse(seed)
        low = np.concatenate([result.first_low, result.total_low])[:, 0]
        high = np.concatenate([result.first_high, result.total_high])[:, 0]
        held += (low <= truth) & (truth <= high)
        width += high - low
    return Coverage(held, width / repeats, repeats)


def table(case: Case, found: Coverage) -> str:
    """Write one line per index, and one for their mean."""
    inputs = case.first.size
    names = [f"{kind}{k + 1}" for kind in ("S", "T") for k in range(inputs)]
    lines = []
    for name, held, width in zip(names, found.held, found.width, strict=True):
        share = wilson(held, found.repeats)
        ends = f"{100 * share.low:.1f} to {100 * share.high:.1f} %"
        lines.append(
            f"{case.name:<9} {name:>4} {100 * share.estimate:8.1f} % {ends:>18} {width:12.5f}"
        )
    mean = f"{100 * found.mean:8.1f} % {'':>18} {found.width.mean():12.5f}"
    return "\n".join([*lines, f"{case.name:<9} mean {mean}", ""])


def main(repeats: int, base: int) -> int:
    """Print the tables; 1 where a mean coverage is less than asked."""
    print(f"{repeats} repeats, {base} base rows, {REPLICATES} replicates\n")
    print(f"{'function':<9} {'':>4} {'coverage':>10} {'95 % of it':>18} {'width':>12}")
    short = False
    for case in cases():
        result = coverage(case, lambda s, c=case: replicated_rows(c, base, s), repeats)
        short |= result.mean < LEAST
        print(table(case, result), flush=True)
    return int(short)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--repeats", type=int, default=300)
    options.add_argument("--base", type=int, default=4_096)
    options.add_argument("--small", action="store_true", help="a few repeats, to see that it runs")
    asked = options.parse_args()
    if asked.small:
        asked.repeats, asked.base = 5, 256
    raise SystemExit(main(asked.repeats, asked.base))
