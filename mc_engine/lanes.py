"""Arithmetic on a row of draws: the innermost loops of models that evaluate draws side by side.

A *row* is float64[lane]: one number of ``LANES`` draws, a lane being a draw. A loop over lanes has
no dependence between its turns and a length that is known when it is compiled, so it vectorises;
each function touches few arrays, so that the compiler can see that they do not overlap.
"""

from mc_engine.accelerate import kernel

LANES = 32


@kernel
def clear(rows):
    """Set every number of ``rows``, float64[place, lane], to 0."""
    for place in range(rows.shape[0]):
        for lane in range(LANES):
            rows[place, lane] = 0.0


@kernel
def copy(source, target):
    """Write one row into another."""
    for lane in range(LANES):
        target[lane] = source[lane]


@kernel
def add(source, total):
    """Add ``source`` to ``total``."""
    for lane in range(LANES):
        total[lane] += source[lane]


@kernel
def subtract(source, total):
    """Take ``source`` from ``total``."""
    for lane in range(LANES):
        total[lane] -= source[lane]


@kernel
def scale(factor, values):
    """Multiply ``values`` by ``factor``, in place."""
    for lane in range(LANES):
        values[lane] *= factor[lane]


@kernel
def multiply(part, first, second, product):
    """Write ``part * first * second``, ``part`` being a number."""
    for lane in range(LANES):
        product[lane] = part * first[lane] * second[lane]


@kernel
def add_product(part, first, second, total):
    """Add ``part * first * second`` to ``total``, ``part`` being a number."""
    for lane in range(LANES):
        total[lane] += part * first[lane] * second[lane]


@kernel
def add_product_of_three(part, first, second, third, total):
    """Add ``part * first * second * third`` to ``total``, ``part`` being a number."""
    for lane in range(LANES):
        total[lane] += part * first[lane] * second[lane] * third[lane]
