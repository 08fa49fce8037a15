"""The NumPy reference of the benchmarks says what the slow oracle says."""

import numpy as np
import pytest

from benchmarks.numpy_paths import path_values
from benchmarks.numpy_reference import evaluate
from mc_engine.vocabulary.inputs import Knots
from tests.models.road_fleet.cases import random_region, random_rows
from tests.reference import road_fleet as oracle


@pytest.mark.parametrize("seed", range(16))
def test_reference_agrees_with_oracle(seed):
    inputs = random_region(seed)
    rows = random_rows(inputs, np.random.default_rng([seed, 5]), 3)
    got = evaluate(inputs, rows, block=2)
    results = [oracle.evaluate(inputs, row) for row in rows]
    good = np.array([result.status == "OK" for result in results])
    assert good.any()
    for name in oracle.shapes(inputs):
        wanted = np.stack([result.outputs[name] for result in results])
        # Both sides do the same sums in another order. A number scrapped is a difference of
        # stocks, hence an absolute part, in the unit of the output (million vehicles, Mt, PJ).
        np.testing.assert_allclose(
            got[name][good], wanted[good], rtol=1e-10, atol=1e-12, err_msg=name
        )


def test_reference_gives_the_outputs_of_the_oracle():
    inputs = random_region(0)
    got = evaluate(inputs, random_rows(inputs, np.random.default_rng(1), 2))
    assert {name: a.shape[1:] for name, a in got.items()} == oracle.shapes(inputs)


def test_result_does_not_depend_on_the_block():
    inputs = random_region(2)
    rows = random_rows(inputs, np.random.default_rng(2), 7)
    whole, parts = evaluate(inputs, rows, block=7), evaluate(inputs, rows, block=3)
    # Matrix products of another shape may add in another order.
    np.testing.assert_allclose(parts["emissions"], whole["emissions"], rtol=1e-12)


def test_a_knot_replaces_the_anchor_of_its_year():
    drawn, at = np.array([[0.4, 0.5], [0.8, 0.9]]), np.arange(2024.0, 2041.0)
    anchors = ((2024, 0.3), (2025, 0.6))
    found = path_values(Knots((2025, 2040), (), "logit"), drawn, at, anchors)
    wanted = path_values(Knots((2025, 2040), anchors[:1], "logit"), drawn, at)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("scale", ["linear", "log", "logit"])
def test_path_goes_through_its_points(scale):
    knots = Knots((2030, 2035, 2060), ((2024, 0.4), (2025, 0.3)), scale, 0.01)
    drawn = np.array([[0.5, 0.2], [0.4, 0.2], [0.6, 0.9]])
    at = np.array([2024.0, 2025.0, 2030.0, 2035.0, 2060.0])
    wanted = np.vstack([[[0.4, 0.4], [0.3, 0.3]], drawn])
    # There and back through a logarithm.
    np.testing.assert_allclose(path_values(knots, drawn, at), wanted, rtol=1e-14)
