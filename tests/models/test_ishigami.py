"""The Ishigami function: its contract, and the moments and indices known on paper."""

import math
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML
from scipy.stats import qmc

from mc_engine.errors import ModelError
from mc_engine.models.ishigami import MODEL, NOT_FINITE, A, B
from mc_engine.targets import Context, check_fit, evaluate, misses, parse
from mc_engine.vocabulary.inputs import ModelInputs, Slot
from tests.models.conformance import ModelConformance, run

# Statistics known on paper for a = 7, b = 0.1.
FIRST = np.array([0.31390519, 0.44241114, 0.0])
TOTAL = np.array([0.55758886, 0.44241114, 0.24368366])


def make_inputs():
    """Three arguments, out of order, beside a column that belongs to nobody."""
    names = ("x3", "x1", "x2")
    slots = {(name, ()): Slot(name, (), column + 1) for column, name in enumerate(names)}
    return ModelInputs("analytic", MODEL.structure_schema(), slots, {}, None, width=4)


def rows_of(unit):
    """Turn points of the unit cube (x1, x2, x3) into rows of draws."""
    x = math.pi * (2.0 * unit - 1.0)
    return np.column_stack([np.zeros(len(x)), x[:, 2], x[:, 0], x[:, 1]])


def values_at(unit):
    rows = rows_of(unit)
    return run((MODEL, make_inputs(), rows), rows)[0]["y"]


class TestConformance(ModelConformance):
    @pytest.fixture(scope="class")
    @classmethod
    def case(cls):
        return MODEL, make_inputs(), rows_of(np.random.default_rng(2060).random((33, 3)))


def test_values_agree_with_the_formula():
    unit = np.random.default_rng(1).random((100, 3))
    x1, x2, x3 = (math.pi * (2.0 * unit - 1.0)).T
    wanted = np.sin(x1) + 7.0 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1)
    # A few roundings of numbers up to 20.
    np.testing.assert_allclose(values_at(unit), wanted, rtol=1e-13, atol=1e-13)


def variance_parts():
    """Variances of the terms x1, x2, and x1 with x3, by integration on paper.

    With S = sin x1: E[S] = 0, E[S^2] = 1/2; E[x^4] = pi^4/5, E[x^8] = pi^8/9;
    sin^2 x2 has mean 1/2 and variance 1/8. E[y | x1] = a/2 + (1 + b pi^4/5) S.
    """
    x1 = 0.5 * (1.0 + B * math.pi**4 / 5.0) ** 2
    x2 = A**2 / 8.0
    x1x3 = 0.5 * B**2 * math.pi**8 * (1.0 / 9.0 - 1.0 / 25.0)
    return np.array([x1, x2, x1x3])


def test_the_derivation_gives_the_first_order_indices_on_paper():
    parts = variance_parts()
    # Eight decimals are printed.
    assert np.array([*parts[:2], 0.0]) / parts.sum() == pytest.approx(FIRST, abs=5e-9)


def test_the_derivation_gives_the_total_indices_on_paper():
    x1, x2, x1x3 = variance_parts()
    result = np.array([x1 + x1x3, x2, x1x3]) / (x1 + x2 + x1x3)
    assert result == pytest.approx(TOTAL, abs=5e-9)


def test_mean_and_variance_are_those_on_paper():
    y = values_at(qmc.Sobol(3, rng=3).random(2**16))
    # Scrambled points of 2^16 rows: errors below 1e-3 of the standard deviation, about 4.
    assert (y.mean(), y.var()) == pytest.approx((A / 2.0, variance_parts().sum()), rel=1e-3)


def sobol_indices(seed, size=2**14):
    """Saltelli (2010) first order and Jansen (1999) total indices from scrambled rows."""
    points = qmc.Sobol(6, rng=seed).random(size)
    a, b = points[:, :3], points[:, 3:]
    y_a, y_b = values_at(a), values_at(b)
    both = np.concatenate([y_a, y_b])
    # Centred: the products of the first order are small only about the mean.
    mean, variance = both.mean(), both.var()
    first, total = np.empty(3), np.empty(3)
    for k in range(3):
        mixed = a.copy()
        mixed[:, k] = b[:, k]
        y_mixed = values_at(mixed)
        first[k] = np.mean((y_b - mean) * (y_mixed - y_a)) / variance
        total[k] = np.mean((y_a - y_mixed) ** 2) / (2.0 * variance)
    return first, total


def test_sobol_indices_are_those_on_paper():
    result = [sobol_indices(seed) for seed in range(20)]
    worst = [max(abs(s - FIRST).max(), abs(t - TOTAL).max()) for s, t in result]
    # 2^14 scrambled rows: the worst of 300 seeds was 0.007.
    assert max(worst) <= 0.01


COMMON = {
    "title": {"en": "y at most 8"},
    "status": "analyst",
    "covers": "sector",
    "sources": [],
    "reason": "for the test",
}
Y_HIGH = parse("y_high", COMMON | {"rule": "threshold", "output": "y", "at_most": 8})


def test_a_threshold_fits_its_output():
    assert check_fit([Y_HIGH], MODEL.outputs(make_inputs()), {}) == []


def test_a_threshold_is_missed_above_its_limit():
    y = values_at(np.random.default_rng(4).random((500, 3)))
    context = Context(np.array([], dtype=np.int64), (), (), {"y": y})
    np.testing.assert_array_equal(misses(evaluate([Y_HIGH], context))[:, 0], y > 8.0)


@pytest.mark.parametrize("column", [1, 2, 3])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_argument_that_is_not_finite_has_its_status(column, bad):
    rows = rows_of(np.full((1, 3), 0.7))
    rows[0, column] = bad
    assert run((MODEL, make_inputs(), rows), rows)[1].tolist() == [NOT_FINITE]


def test_a_value_too_large_to_hold_has_its_status():
    rows = np.array([[0.0, 1e100, 1.0, 1.0]])
    assert run((MODEL, make_inputs(), rows), rows)[1].tolist() == [NOT_FINITE]


def test_a_missing_argument_is_named():
    inputs = ModelInputs("analytic", None, {}, {}, None)
    with pytest.raises(ModelError, match="no prior for quantity 'x1'"):
        MODEL.prepare(inputs)


@pytest.mark.parametrize("section", ["structure_schema", "levers_schema"])
def test_sections_must_be_empty(section):
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        getattr(MODEL, section)(unknown=1)


@pytest.mark.parametrize(("target", "share"), [("y_at_most_8", 0.0875), ("y_in_range", 0.2498)])
def test_the_shipped_targets_are_missed_as_often_as_their_reasons_say(target, share):
    folder = Path(__file__).parents[1] / "data" / "analytic"
    data = YAML(typ="safe").load(folder / "targets.yaml")["targets"]
    targets = [parse(name, entry) for name, entry in data.items()]
    y = values_at(qmc.Sobol(3, rng=5).random(2**16))
    context = Context(np.array([], dtype=np.int64), (), (), {"y": y})
    missed = misses(evaluate(targets, context))[:, list(data).index(target)]
    # 2^20 scrambled points gave the shares; 2^16 are within 0.002.
    assert missed.mean() == pytest.approx(share, abs=0.002)
