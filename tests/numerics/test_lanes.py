"""Vectors of draws do in every lane what NumPy does with one number."""

import numpy as np
import pytest

from mc_engine.numerics.accelerate import COMPILED, kernel
from mc_engine.numerics.lanes import (
    ALIGNMENT,
    LANES,
    add,
    any_lane,
    broadcast,
    broadcast_uint64,
    clear,
    from_bits,
    gather,
    lane_numbers,
    load,
    rows,
    sqrt,
    store,
    to_bits,
    where,
)

EDGES = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, -2.5, 1e308]


def edges(rng):
    """One row of numbers, some of them at the edges of what a number can be."""
    row = rows(1)
    row[0] = rng.normal(size=LANES)
    chosen = rng.choice(EDGES, size=min(LANES, 12))
    row[0, : chosen.size] = chosen
    return row


@kernel
def arithmetic(x, y, number, out):
    a, b = load(x, 0), load(y, 0)
    store(a + b, out, 0)
    store(a - b, out, 1)
    store(a * b, out, 2)
    store(a / b, out, 3)
    store(-a, out, 4)
    store(number - a, out, 5)
    store(a * number, out, 6)
    store(2 / a, out, 7)
    store(sqrt(a), out, 8)
    a += b
    a *= number
    store(a, out, 9)


@pytest.mark.parametrize("seed", range(5))
def test_arithmetic_is_that_of_numpy(seed):
    rng = np.random.default_rng([27, seed])
    x, y, out, number = edges(rng), edges(rng), rows(10), 0.7
    arithmetic(x, y, number, out)
    a, b = x[0], y[0]
    with np.errstate(all="ignore"):
        wanted = [a + b, a - b, a * b, a / b, -a, number - a, a * number, 2 / a, np.sqrt(a),
                  (a + b) * number]  # fmt: skip
    np.testing.assert_allclose(out, wanted, rtol=1e-15)


@kernel
def comparisons(x, y, out):
    a, b = load(x, 0), load(y, 0)
    store(where(a < b, 1.0, 0.0), out, 0)
    store(where(a <= b, 1.0, 0.0), out, 1)
    store(where(a > b, 1.0, 0.0), out, 2)
    store(where(a >= b, 1.0, 0.0), out, 3)
    store(where(a == b, 1.0, 0.0), out, 4)
    store(where(a != b, 1.0, 0.0), out, 5)
    store(where((a < b) & (a > 0.0), a, b), out, 6)
    store(where((a < b) | (a != a), a, b), out, 7)
    store(where(~(a >= 0.0), 0.5, a), out, 8)


@pytest.mark.parametrize("seed", range(5))
def test_comparisons_are_those_of_numpy_with_nan_near_nothing(seed):
    rng = np.random.default_rng([28, seed])
    x, y, out = edges(rng), edges(rng), rows(9)
    y[0, ::3] = x[0, ::3]
    comparisons(x, y, out)
    a, b = x[0], y[0]
    wanted = [a < b, a <= b, a > b, a >= b, a == b, a != b, np.where((a < b) & (a > 0.0), a, b),
              np.where((a < b) | (a != a), a, b), np.where(~(a >= 0.0), 0.5, a)]  # fmt: skip
    np.testing.assert_array_equal(out, np.array(wanted, dtype=float))


@kernel
def any_negative(x):
    return any_lane(load(x, 0) < 0.0)


@pytest.mark.parametrize("lane", [0, LANES // 2, LANES - 1])
def test_one_lane_is_enough_for_any(lane):
    x = rows(1)
    assert not any_negative(x)
    x[0, lane] = -1.0
    assert any_negative(x)


@kernel
def bits(number, out):
    chosen = (broadcast_uint64(number) + lane_numbers()) ^ np.uint64(5)
    product = (chosen * np.uint64(3) & np.uint64(0xFF)) | (chosen << np.uint64(8))
    store(from_bits(product >> np.uint64(1)), out, 0)
    store(from_bits(to_bits(broadcast(-1.5))), out, 1)


def test_words_are_whole_numbers_of_64_bits():
    out, number = rows(2), np.uint64(2**40 + 3)
    bits(number, out)
    chosen = (number + np.arange(LANES, dtype=np.uint64)) ^ np.uint64(5)
    product = ((chosen * np.uint64(3)) & np.uint64(0xFF)) | (chosen << np.uint64(8))
    np.testing.assert_array_equal(out[0].view(np.uint64), product >> np.uint64(1))
    np.testing.assert_array_equal(out[1], -1.5)


@kernel
def look_up(table, first, out):
    store(gather(table, broadcast_uint64(first) + lane_numbers()), out, 0)


def test_every_lane_reads_its_own_place_of_a_table():
    out, table = rows(1), np.arange(100.0) ** 2
    look_up(table, np.uint64(7), out)
    np.testing.assert_array_equal(out[0], table[7 : 7 + LANES])


@kernel
def copy_row(source, i, j, target, k):
    store(load(source, i, j), target, k)
    add(1.0, target, k)


@kernel
def clear_all(plane):
    clear(plane)


def test_a_row_is_read_and_written_by_its_places_and_no_other():
    source, target = rows(3, 4), rows(5)
    source[:] = np.arange(source.size).reshape(source.shape)
    copy_row(source, 2, 1, target, 3)
    np.testing.assert_array_equal(target[3], source[2, 1] + 1.0)
    np.testing.assert_array_equal(np.delete(target, 3, axis=0), 0.0)
    # A view of some of the planes keeps its places.
    copy_row(source[1:], 1, 1, target, 4)
    np.testing.assert_array_equal(target[4], target[3])
    clear_all(target)
    assert not target.any()


if COMPILED:  # Uncompiled, rows are any arrays of NumPy.

    def test_rows_of_another_form_are_refused():
        @kernel
        def too_few(source, target):
            store(load(source, 0), target, 0)

        with pytest.raises(Exception, match=r"rows of lanes: found array\(float64, 3d, C\)"):
            too_few(rows(2, 2), rows(1))
        with pytest.raises(Exception, match="expected contiguous float64"):
            too_few(rows(4)[::2], rows(1))


@pytest.mark.parametrize("shape", [(1,), (3,), (2, 5), (2, 3, 4)])
def test_rows_begin_where_registers_like_it(shape):
    made = rows(*shape)
    assert made.shape == (*shape, LANES)
    assert made.ctypes.data % ALIGNMENT == 0
    assert made.flags.c_contiguous
    assert not made.any()
