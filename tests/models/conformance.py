"""The tests that every model inherits: what the engine relies on.

::

    class TestMyModel(ModelConformance):
        @pytest.fixture(scope="class")
        @classmethod
        def case(cls):
            return model, inputs, rows  # rows: float64[draw, column], at least 8 that succeed
"""

from types import MappingProxyType

import numpy as np
import pytest

from mc_engine.model import OK, Model
from mc_engine.numerics.accelerate import threads
from mc_engine.units import UNITS
from mc_engine.vocabulary.axes import DRAW

UNWRITTEN_STATUS = -99


def allocate(model, inputs, size, fill):
    """Make one array per declared output, filled with one number."""
    lengths = {axis: len(labels) for axis, labels in model.coordinates(inputs).items()}
    return {
        spec.name: np.full((size, *(lengths[axis] for axis in spec.dims[1:])), fill)
        for spec in model.outputs(inputs)
    }


def run(case, rows, *, fill=-1.25e300, static=None):
    """Evaluate rows as the engine does; give (outputs, status)."""
    model, inputs, _ = case
    if static is None:
        static = model.prepare(inputs)
    out = allocate(model, inputs, len(rows), fill)
    status = np.full(len(rows), UNWRITTEN_STATUS, dtype=np.int32)
    model.evaluate(static, np.ascontiguousarray(rows), MappingProxyType(out), status)
    return out, status


def assert_same(found, wanted, select=slice(None)):
    """Demand the same bits, output by output, and the same status."""
    np.testing.assert_array_equal(found[1], wanted[1][select])
    for name, values in wanted[0].items():
        np.testing.assert_array_equal(found[0][name], values[select], err_msg=name)


class ModelConformance:
    """Inherit this and give a fixture ``case``: (model, inputs, rows)."""

    @pytest.fixture(scope="class")
    @classmethod
    def whole(cls, case):
        """Outputs and status of all rows at once."""
        return run(case, case[2])

    def test_it_satisfies_the_contract(self, case):
        assert isinstance(case[0], Model)

    def test_its_quantities_have_names_of_their_own(self, case):
        names = [quantity.name for quantity in case[0].quantities]
        assert len(names) == len(set(names))

    def test_its_quantities_have_known_units(self, case):
        assert {quantity.unit for quantity in case[0].quantities} <= set(UNITS)

    def test_its_outputs_have_names_of_their_own(self, case):
        names = [spec.name for spec in case[0].outputs(case[1])]
        assert len(names) == len(set(names))

    def test_its_outputs_have_known_units(self, case):
        assert {spec.unit for spec in case[0].outputs(case[1])} <= set(UNITS)

    def test_its_outputs_run_over_draws_first(self, case):
        assert all(spec.dims[0] == DRAW for spec in case[0].outputs(case[1]))

    def test_its_axes_have_labels(self, case):
        axes = {axis for spec in case[0].outputs(case[1]) for axis in spec.dims[1:]}
        assert axes <= set(case[0].coordinates(case[1]))

    def test_its_outputs_say_what_they_are(self, case):
        assert all(spec.meaning and spec.equation for spec in case[0].outputs(case[1]))

    def test_its_status_codes_begin_with_ok(self, case):
        assert case[0].status_codes[OK]

    def test_the_rows_of_the_case_succeed(self, whole):
        assert (whole[1] == OK).sum() >= 8

    def test_no_draws_are_no_work(self, case):
        out, status = run(case, case[2][:0])
        assert {len(values) for values in (*out.values(), status)} == {0}

    def test_one_draw_is_that_draw(self, case, whole):
        assert_same(run(case, case[2][:1]), whole, slice(0, 1))

    def test_row_order_is_kept(self, case, whole):
        assert_same(run(case, case[2][::-1]), whole, slice(None, None, -1))

    def test_the_same_rows_give_the_same_bits(self, case, whole):
        static = case[0].prepare(case[1])
        run(case, case[2], static=static)
        assert_same(run(case, case[2], static=static), whole)

    @pytest.mark.parametrize("chunk", [1, 3, 7])
    def test_chunks_change_nothing(self, case, whole, chunk):
        static = case[0].prepare(case[1])
        for start in range(0, len(case[2]), chunk):
            part = slice(start, start + chunk)
            assert_same(run(case, case[2][part], static=static), whole, part)

    def test_threads_change_nothing(self, case, whole):
        with threads(1):
            assert_same(run(case, case[2]), whole)

    def test_the_draws_are_left_as_they_were(self, case):
        rows = case[2].copy()
        run(case, rows)
        np.testing.assert_array_equal(rows, case[2])

    def test_every_element_is_written(self, case, whole):
        # What was there before shows through wherever nothing is written.
        assert_same(run(case, case[2], fill=7.5), whole)

    def test_nothing_else_is_written(self, case):
        model, inputs, rows = case
        guarded = allocate(model, inputs, len(rows) + 2, 7.5)
        status = np.full(len(rows) + 2, UNWRITTEN_STATUS, dtype=np.int32)
        inner = {name: values[1:-1] for name, values in guarded.items()}
        model.evaluate(model.prepare(inputs), np.ascontiguousarray(rows), inner, status[1:-1])
        edges = [values[index] for values in guarded.values() for index in (0, -1)]
        assert all((edge == 7.5).all() for edge in edges)
        assert status[[0, -1]].tolist() == [UNWRITTEN_STATUS] * 2

    def test_status_codes_are_declared(self, case):
        rows = np.concatenate([case[2], np.full((1, case[2].shape[1]), np.nan)])
        assert set(run(case, rows)[1].tolist()) <= set(case[0].status_codes)

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_a_row_that_is_not_finite_fails(self, case, bad):
        rows = case[2].copy()
        rows[1] = bad
        assert run(case, rows)[1][1] != OK

    def test_the_outputs_of_a_failed_row_are_nan(self, case):
        rows = case[2].copy()
        rows[1] = np.nan
        out, _ = run(case, rows)
        assert all(np.isnan(values[1]).all() for values in out.values())

    def test_a_failed_row_leaves_the_others_alone(self, case, whole):
        rows = case[2].copy()
        rows[1] = np.nan
        rest = np.arange(len(rows)) != 1
        out, status = run(case, rows)
        assert_same(({name: v[rest] for name, v in out.items()}, status[rest]), whole, rest)

    def test_one_nan_fails_the_draw_or_changes_nothing(self, case, whole):
        # A column may be idle (a default that no lever uses); it may not be misread in silence.
        good = int(np.flatnonzero(whole[1] == OK)[0])
        width = case[2].shape[1]
        rows = np.repeat(case[2][good : good + 1], width, axis=0)
        rows[np.arange(width), np.arange(width)] = np.nan
        out, status = run(case, rows)
        changed = np.zeros(width, dtype=bool)
        for name, values in out.items():
            wanted = whole[0][name][good]
            same = (values == wanted) | (np.isnan(values) & np.isnan(wanted))
            changed |= ~same.reshape(width, -1).all(axis=1)
        assert np.flatnonzero(changed & (status == OK)).tolist() == []
