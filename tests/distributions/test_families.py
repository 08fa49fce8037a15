"""What every family of the list must keep, whatever it is."""

from typing import get_args

import numpy as np
import pytest
from pydantic import TypeAdapter

from mc_engine.design.plan import plan
from mc_engine.distributions.families import CODES, FAMILIES, Distribution, KnotDistribution
from mc_engine.distributions.marginal import Marginal, cdf, quantile
from tests.design.examples import factor, problem_of, values_at

# One shape of each family; a family that is missing here fails.
SHAPES = {
    "constant": (2.0,),
    "uniform": (1.0, 3.0),
    "triangular": (1.0, 2.0, 4.0),
    "normal": (2.5, 0.7),
    "lognormal": (2.5, 0.3),
    "split_normal": (2.5, 0.5, 1.5),
    "beta": (2.0, 5.0, 0.0, 10.0),
    "discrete": (1.0, 4.0, 9.0, 0.25, 0.5, 0.25),
    "pert": (1.0, 2.0, 4.0, 4.0),
    "log_uniform": (1.0, 5.0),
    "empirical": (1.0, 2.0, 4.0, 4.5, 9.0, 0.0, 0.1, 0.6, 0.8, 1.0),
}
U = np.linspace(0.001, 0.999, 97)


def marginal(name):
    return Marginal(name, SHAPES[name])


@pytest.mark.parametrize("name", FAMILIES)
def test_compiled_quantile_is_the_quantile(name):
    values = values_at(problem_of([factor("x", marginal(name))]), U)[:, 0]
    # What the table of beta promises, five times; the others are nearer.
    np.testing.assert_allclose(values, quantile(marginal(name), U), rtol=1e-9)


@pytest.mark.parametrize("name", FAMILIES)
def test_cdf_reaches_the_probability_of_its_quantile(name):
    below = np.array([cdf(marginal(name), x)[0] for x in quantile(marginal(name), U)])
    assert (below > U - 1e-11).all()


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("x", [-np.inf, -1.0, 1.0, 2.0, 4.0, 4.2, 100.0, np.inf])
def test_probabilities_below_and_above_sum_to_one(name, x):
    below, above = cdf(marginal(name), x)
    assert 0.0 <= below <= 1.0
    assert below + above == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("name", FAMILIES)
def test_quantiles_do_not_decrease(name):
    assert (np.diff(quantile(marginal(name), U)) >= 0.0).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_draws_stay_within_a_truncation_that_may_be_stated(name):
    if "truncate" not in FAMILIES[name].stated.model_fields:
        assert name == "constant"
        return
    cut = Marginal(name, SHAPES[name], 1.5, 4.25)
    values = values_at(problem_of([factor("x", cut)]), U)
    assert 1.5 <= values.min() <= values.max() <= 4.25


def test_codes_are_those_of_the_list():
    made = plan(problem_of([factor(name, marginal(name)) for name in FAMILIES]), 0)
    assert made.marginals.family.tolist() == list(CODES.values()) == list(range(len(FAMILIES)))


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_stated_by_its_own_name(name):
    stated = FAMILIES[name].stated
    assert get_args(stated.model_fields["name"].annotation) == (name,)
    whole, knot = (TypeAdapter(kind).json_schema() for kind in (Distribution, KnotDistribution))
    assert stated.__name__ in whole["$defs"]
    assert (stated.__name__ in knot["$defs"]) != FAMILIES[name].in_steps
