"""Speed and precision of the draws: ``python benchmarks/draw_speed.py [--draws N]``.

Prints the time for the draws of about 100 mixed factors on one and two threads (compile time
apart), the signatures the sweeps were compiled for, and the largest difference from SciPy's
quantile function for each family.
"""

import argparse
import time

import numpy as np
from scipy import stats

from mc_engine.design import sampling
from mc_engine.design.plan import SamplingPlan, plan
from mc_engine.distributions.marginal import Marginal
from mc_engine.numerics.accelerate import get_num_threads, threads
from mc_engine.problem.problem import Factor, Problem
from mc_engine.vocabulary.inputs import ModelInputs

CHUNK = 8192
CASES = {
    "uniform": (Marginal("uniform", (1.0, 3.0)), stats.uniform(1.0, 2.0)),
    "triangular": (Marginal("triangular", (1.0, 2.0, 4.0)), stats.triang(1 / 3, 1.0, 3.0)),
    "normal": (Marginal("normal", (2.5, 0.7)), stats.norm(2.5, 0.7)),
    "lognormal": (Marginal("lognormal", (2.5, 0.3)), stats.lognorm(0.3, scale=2.5)),
    "beta(2, 5)": (Marginal("beta", (2.0, 5.0, 0.0, 1.0)), stats.beta(2.0, 5.0)),
    "beta(0.5, 0.5)": (Marginal("beta", (0.5, 0.5, 0.0, 1.0)), stats.beta(0.5, 0.5)),
    "beta(21.5, 5.5)": (Marginal("beta", (21.5, 5.5, 0.0, 1.0)), stats.beta(21.5, 5.5)),
    "beta(300, 20)": (Marginal("beta", (300.0, 20.0, 0.0, 1.0)), stats.beta(300.0, 20.0)),
    "split_normal": (Marginal("split_normal", (2.5, 0.5, 1.5)), None),
    "discrete": (Marginal("discrete", (1.0, 2.0, 3.0, 0.5, 0.2, 0.3)), None),
    "truncated": (Marginal("normal", (2.5, 0.7), 1.0, 4.0), None),
}


def problem_of(factors: list[Factor], width: int, dependent: int = 0) -> Problem:
    """A problem with one block of ``dependent`` equally correlated factors."""
    matrix = np.full((dependent, dependent), 0.3) + 0.7 * np.eye(dependent)
    rows = tuple(tuple(map(float, row)) for row in np.linalg.cholesky(matrix))
    inputs = ModelInputs("example", None, {}, {}, None, width=width)
    block = ((tuple(range(dependent)), rows),) if dependent else ()
    return Problem("example", {}, "example", "", inputs, tuple(factors), (), cholesky=block)


def mixed_problem(count: int = 100) -> Problem:
    """All families in turn; every tenth factor a path of four knots; five are correlated."""
    marginals = [marginal for marginal, _ in CASES.values()]
    factors: list[Factor] = []
    column = 0
    for index in range(count):
        knots = 4 if index % 10 == 9 else 1
        same = (marginals[index % len(marginals)],) * knots
        factors.append(Factor(f"f{index}", "1", 1.0, same, column, is_path=knots > 1))
        column += knots
    return problem_of(factors, column, dependent=5)


def seconds(made: SamplingPlan, draws: int) -> float:
    """Time all draws in chunks, into the same two arrays."""
    factors, values = np.empty((CHUNK, len(made.names))), np.empty((CHUNK, made.width))
    begin = time.perf_counter()
    for start in range(0, draws, CHUNK):
        rows = min(CHUNK, draws - start)
        sampling.sample(made, start, start + rows, factors[:rows], values[:rows])
    return time.perf_counter() - begin


def report_speed(draws: int, repeats: int = 3) -> None:
    """Print best and median of the repeats for each design and number of threads."""
    problem = mixed_problem()
    print(f"{len(problem.factors)} factors, {problem.inputs.width} values, {draws} draws")
    print(f"{'design':<8}{'threads':>8}{'best s':>9}{'median s':>10}{'million draws/s':>17}")
    for design in ("random", "sobol"):
        begin = time.perf_counter()
        made = plan(problem, 0, design, draws=draws)
        planned = time.perf_counter() - begin
        compiled = seconds(made, 1)
        for count in range(1, min(2, get_num_threads()) + 1):
            with threads(count):
                taken = sorted(seconds(made, draws) for _ in range(repeats))
            best, middle = taken[0], taken[repeats // 2]
            print(f"{design:<8}{count:>8}{best:>9.2f}{middle:>10.2f}{draws / best / 1e6:>17.3f}")
        print(f"{design}: plan {planned:.3f} s, first draw (compile or load) {compiled:.2f} s")


def report_signatures() -> None:
    """Print how many signatures each kernel was compiled for; one is right."""
    for name in ("fill_random", "fill_sobol"):
        print(f"{name}: {len(getattr(sampling, name).signatures)} signature(s)")


def report_precision(points: int = 100_000) -> None:
    """Print the largest difference from SciPy's quantiles, absolute and relative."""
    tail = np.geomspace(1e-6, 0.5, points // 2)
    units = np.concatenate([tail, 1.0 - tail])[:, None]
    print(f"{'family':<18}{'largest difference':>20}{'of 5-95 %':>12}{'relative':>12}")
    for name, (marginal, oracle) in CASES.items():
        if oracle is None:
            continue
        made = plan(problem_of([Factor("x", "1", 1.0, (marginal,), 0)], 1), 0)
        values = np.empty_like(units)
        sampling.transform(made, units, np.empty_like(units), values)
        exact = np.where(units < 0.5, oracle.ppf(units), oracle.isf(1.0 - units))
        gap = np.abs(values - exact)
        spread = oracle.ppf(0.95) - oracle.ppf(0.05)
        relative = (gap / np.abs(exact))[np.abs(exact) > 1e-3 * spread].max()
        print(f"{name:<18}{gap.max():>20.1e}{gap.max() / spread:>12.1e}{relative:>12.1e}")


def main() -> None:
    """Read the command line and print the three tables."""
    parser = argparse.ArgumentParser(description="Speed and precision of the draws.")
    parser.add_argument("--draws", type=int, default=1_000_000)
    draws = parser.parse_args().draws
    report_speed(draws)
    report_signatures()
    report_precision()


if __name__ == "__main__":
    main()
