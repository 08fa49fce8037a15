"""How fast this machine does plain arithmetic, on the threads and in the vectors of the kernel.

Multiply-adds in registers give the peak that a kernel could reach, and on two threads what a
second one is worth at that moment.
"""

import numpy as np
from numpy.typing import NDArray

from mc_engine.numerics.accelerate import exact, in_threads, kernel
from mc_engine.numerics.lanes import LANES, load, rows, store

# Vectors side by side: enough that none waits for its own result, few enough for the registers.
CHAINS = 4
PASSES = 60_000_000  # about a tenth of a second: threads take time to start
DIVISION_PASSES = 1_000_000


@kernel
def multiply_and_add(values, factor, term, passes):
    """Move four vectors through a multiply-add, ``passes`` times: float64[CHAINS, lane]."""
    a, b, c, d = load(values, 0), load(values, 1), load(values, 2), load(values, 3)
    for _ in range(passes):
        a, b = a * factor + term, b * factor + term
        c, d = c * factor + term, d * factor + term
    store(a, values, 0)
    store(b, values, 1)
    store(c, values, 2)
    store(d, values, 3)


@exact
def divide(values, upper, passes):
    """Divide a number by every one of four vectors, ``passes`` times: float64[CHAINS, lane].

    Compiled exactly, since a quotient of a quotient would be cancelled.
    """
    a, b, c, d = load(values, 0), load(values, 1), load(values, 2), load(values, 3)
    for _ in range(passes):
        a, b, c, d = upper / a, upper / b, upper / c, upper / d
    store(a, values, 0)
    store(b, values, 1)
    store(c, values, 2)
    store(d, values, 3)


def _halves() -> NDArray[np.float64]:
    values = rows(CHAINS)
    values[:] = 0.5
    return values


def run(workers: int) -> None:
    """Do ``CHAINS * LANES * PASSES`` multiply-adds on so many threads."""

    def part(values: NDArray[np.float64], _: int, pieces: int) -> None:
        multiply_and_add(values, 0.75, 0.25, PASSES // pieces)

    in_threads(part, workers, _halves)


def run_divisions() -> None:
    """Do ``CHAINS * LANES * DIVISION_PASSES`` divisions on one thread."""
    divide(_halves(), 1.5, DIVISION_PASSES)


FLOPS = 2.0 * CHAINS * LANES * PASSES
DIVISIONS = float(CHAINS * LANES * DIVISION_PASSES)
