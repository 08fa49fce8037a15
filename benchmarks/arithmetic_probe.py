"""How fast this machine does plain arithmetic, on the threads that the kernel uses.

Multiply-adds in registers give the peak that a kernel could reach, and on two threads what a
second one is worth at that moment.
"""

import numpy as np
from numpy.typing import NDArray

from mc_engine.accelerate import in_threads, kernel

# Numbers that fit in the innermost cache; enough that their chains overlap.
WIDTH = 256
CHAIN = 8  # multiply-adds of every number in one pass: more would wait for each other
PASSES = 800_000  # about a tenth of a second: threads take time to start
DIVISION_PASSES = 200_000


@kernel
def _eight(value, factor, term):
    """Do eight multiply-adds in a chain."""
    value = value * factor + term
    value = value * factor + term
    value = value * factor + term
    value = value * factor + term
    value = value * factor + term
    value = value * factor + term
    value = value * factor + term
    return value * factor + term


@kernel
def multiply_and_add(values, factor, term, passes):
    """Move every number through ``CHAIN`` multiply-adds, ``passes`` times: float64[WIDTH]."""
    for _ in range(passes):
        for place in range(WIDTH):
            values[place] = _eight(values[place], factor, term)


@kernel
def divide(values, upper, passes):
    """Divide a number by every one of ``values``, ``passes`` times: float64[WIDTH]."""
    for _ in range(passes):
        for place in range(WIDTH):
            values[place] = upper / values[place]


def run(workers: int) -> None:
    """Do ``WIDTH * CHAIN * PASSES`` multiply-adds on so many threads."""

    def part(values: NDArray[np.float64], _: int, pieces: int) -> None:
        multiply_and_add(values, 0.75, 0.25, PASSES // pieces)

    in_threads(part, workers, lambda: np.full(WIDTH, 0.5))


def run_divisions() -> None:
    """Do ``WIDTH * DIVISION_PASSES`` divisions on one thread."""
    divide(np.full(WIDTH, 0.5), 1.5, DIVISION_PASSES)


FLOPS = 2.0 * WIDTH * CHAIN * PASSES
DIVISIONS = float(WIDTH * DIVISION_PASSES)
