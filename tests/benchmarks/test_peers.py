"""Rivals and peers run at their smallest size; what they say of speed is not tested."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import kernel_ratio, peers
from benchmarks.measure import NUMPY as NUMPY_TURNS
from benchmarks.peer_models import NUMPY, Fleet


def test_every_form_of_the_fleet_is_timed(tmp_path, capsys):
    file = tmp_path / "found.json"
    assert kernel_ratio.main(["--draws", "8", "--repeats", "1", "--json", str(file)]) == 0
    found = json.loads(file.read_text(encoding="utf-8"))
    assert {kernel_ratio.ONE, NUMPY_TURNS, kernel_ratio.LOOP} <= set(found["seconds"])
    assert "floor" in capsys.readouterr().out


def test_what_is_not_installed_is_reported():
    case = replace(peers.CASES[0], package="no-such-distribution")
    found = peers.measured(case, "china")
    row = peers.summary(case, [found], [found])
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
