"""Rivals and peers run at their smallest size; what they say of speed is not tested."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import kernel_ratio, peers
from benchmarks.measure import NUMPY as NUMPY_TURNS
from benchmarks.measure import Engine
from benchmarks.peer_models import NUMPY, Fleet


def test_every_form_of_the_fleet_is_timed(tmp_path, capsys):
    file = tmp_path / "found.json"
    assert kernel_ratio.main(["--draws", "8", "--repeats", "1", "--json", str(file)]) == 0
    result = json.loads(file.read_text(encoding="utf-8"))
    assert {kernel_ratio.ONE, NUMPY_TURNS, kernel_ratio.LOOP} <= set(result["seconds"])
    assert "floor" in capsys.readouterr().out


def test_what_is_not_installed_is_reported():
    case = replace(peers.CASES[0], package="no-such-distribution")
    result = peers.measured(case, "china")
    row = peers.summary(case, [result], [result])
    assert "not installed" in peers.table([row])


@pytest.fixture(scope="module")
def fleet():
    return Fleet("china", NUMPY)


def test_one_draw_is_a_row_of_many(fleet):
    units = np.random.default_rng(3).random((2, fleet.inputs))
    # Matrix products of another shape may add in another order.
    np.testing.assert_allclose(fleet.one(units[1]), fleet.many(units)[1], rtol=1e-12)


def test_unit_inputs_reach_every_column_that_is_drawn(fleet):
    units = np.full((2, fleet.inputs), [[0.0], [1.0]])
    low, high = fleet.rows(units)
    np.testing.assert_allclose(high - low, fleet.width, atol=1e-12 * np.abs(high).max())
    assert (fleet.width != 0.0).sum() >= fleet.inputs


def test_the_numpy_form_gives_what_the_compiled_kernel_gives(tmp_path):
    """Uncompiled, on vectors of 1,024 draws, in a process of its own."""
    file = tmp_path / "wide.npz"
    code = (
        "import sys, numpy as np; from benchmarks.measure import Engine, widen_lanes;"
        "widen_lanes(); engine = Engine('china', 70); engine.first_call();"
        "np.savez(sys.argv[1], status=engine.room.status, **engine.room.out)"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, str(file)], check=True, env=environment)
    engine = Engine("china", 70)
    engine.first_call()
    with np.load(file) as wide:
        np.testing.assert_array_equal(wide["status"], engine.room.status)
        for name, expected in engine.room.out.items():
            rows = expected.reshape(70, -1)
            scale = np.abs(np.nan_to_num(rows)).max(axis=1, keepdims=True)
            gap = np.abs(wide[name].reshape(70, -1) - rows)
            # The same sums, with other roundings of exp and log.
            assert (gap <= 1e-10 * scale)[np.isfinite(rows)].all(), name
