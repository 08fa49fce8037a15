"""Arithmetic on a row of draws: the innermost loops of models that evaluate draws side by side.

A *row* is float64[lane]: one number of ``LANES`` draws, a lane being a draw. A loop over lanes has
no dependence between its turns and a length that is known when it is compiled, so it vectorises;
each function touches few arrays, so that the compiler can see that they do not overlap.

A *plane* is float64[place, lane]: rows of consecutive years. Functions of planes loop over both, so
that the cost of a call is paid once for all years.
"""

from mc_engine.accelerate import kernel

LANES = 64


@kernel
def clear(rows):
    """Set every number of ``rows``, float64[place, lane], to 0."""
    for place in range(rows.shape[0]):
        for lane in range(LANES):
            rows[place, lane] = 0.0


@kernel
def clear_flat(rows):
    """Set every number of ``rows``, float64[place, many * lane], to 0."""
    for place in range(rows.shape[0]):
        for number in range(rows.shape[1]):
            rows[place, number] = 0.0


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
def add_plane(source, total):
    """Add ``source`` to ``total``; as many rows as ``total`` has."""
    for place in range(total.shape[0]):
        for lane in range(LANES):
            total[place, lane] += source[place, lane]


@kernel
def scale_plane(factor, values):
    """Multiply ``values`` by ``factor``, in place."""
    for place in range(values.shape[0]):
        for lane in range(LANES):
            values[place, lane] *= factor[place, lane]


@kernel
def add_product_plane(part, first, second, total):
    """Add ``part * first * second`` to ``total``, ``part`` being a number."""
    for place in range(total.shape[0]):
        for lane in range(LANES):
            total[place, lane] += part * first[place, lane] * second[place, lane]


@kernel
def add_row_product(factor, source, total):
    """Add a plane times a row to ``total``: ``factor`` is the same in all years."""
    for place in range(total.shape[0]):
        for lane in range(LANES):
            total[place, lane] += factor[lane] * source[place, lane]
