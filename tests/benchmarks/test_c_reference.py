"""The C version of the benchmarks says what the slow oracle says, where there is a compiler."""

import contextlib
import shutil

import numpy as np
import pytest

from benchmarks import c_reference
from benchmarks.c_reference import NO_COMPILER, OPERATIONS, Fleet, NoCompilerError
from mc_engine.models.road_fleet import MODEL
from mc_engine.models.road_fleet.status import CODES
from mc_engine.study import Study
from tests.models.conformance import allocate
from tests.models.road_fleet.cases import random_region, random_rows
from tests.reference.road_fleet import evaluate

DRAWS = 2
# The same sums in another order, and a vector exponential that is good to a few last places.
TOLERANCE = 1e-9
REGIONS = {"made up, with a count": lambda: random_region(0),
           "made up, with a first stock": lambda: random_region(1),
           "made up, with a first stock and its ages": lambda: random_region(3),
           "made up, without a count": lambda: random_region(2),
           "china": lambda: Study("china").problem.inputs}  # fmt: skip


def run(inputs, rows, **form):
    """Evaluate rows by the C version; give it, the outputs and the status."""
    fleet = Fleet(*MODEL.prepare(inputs), rows.shape[1], **form)
    out, status = allocate(MODEL, inputs, len(rows), 1e300), np.full(len(rows), -1, dtype=np.int32)
    fleet.evaluate(rows, out, status)
    return fleet, out, status


def agrees_with_oracle(inputs):
    """Compare the C version and the oracle draw by draw, status and every output."""
    rows = random_rows(inputs, np.random.default_rng([20_600, 9]), DRAWS)
    _, out, status = run(inputs, rows)
    for draw, row in enumerate(rows):
        expected = evaluate(inputs, row)
        assert CODES[status[draw]].partition(":")[0] == expected.status
        for name, values in expected.outputs.items():
            scale = np.nan_to_num(np.abs(values)).max(initial=0.0)
            np.testing.assert_allclose(
                out[name][draw], values, rtol=0.0, atol=TOLERANCE * scale, err_msg=name
            )


@pytest.mark.parametrize("region", REGIONS)
def test_c_version_equals_the_oracle_or_says_that_there_is_no_compiler(region):
    inputs = REGIONS[region]()
    if c_reference.compiler() is None:
        with pytest.raises(NoCompilerError, match=NO_COMPILER):
            run(inputs, np.zeros((1, inputs.width)))
    else:
        agrees_with_oracle(inputs)


def test_without_a_compiler_the_script_says_so(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert c_reference.main(1) == 0
    assert NO_COMPILER in capsys.readouterr().out


def test_operations_are_counted_where_there_is_a_compiler():
    inputs = random_region(0)
    rows = random_rows(inputs, np.random.default_rng(1), 2)
    with contextlib.suppress(NoCompilerError):  # one for C may not know C++
        fleet, _, _ = run(inputs, rows, counting=True)
        assert all(fleet.operations()[name] > 0 for name in OPERATIONS[:-1])
