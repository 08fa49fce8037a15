"""Drawing from a proposal: densities, blocks, weights that lead back to the prior."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mc_engine.design import plan as designs
from mc_engine.design.sampling import normal_scores
from mc_engine.errors import DesignError
from mc_engine.problem.dependence import pearson
from mc_engine.problem.proposal import Proposal, aimed, proposal, whole_blocks
from mc_engine.study import Study
from tests.run.stored import ANALYTIC

MEAN = np.array([1.0, -0.5])
COVARIANCE = np.array([[0.5, 0.2], [0.2, 0.8]])
NAMES = ("private_car_fuel", "private_car_distance")


@pytest.fixture(scope="module")
def china():
    return Study("china").problem


def test_the_ratio_is_that_of_two_normal_densities(china):
    names = whole_blocks(china, NAMES)
    assert sorted(names) == sorted(NAMES)
    result = proposal(china, names, MEAN, COVARIANCE)
    r = pearson(-0.6)
    scores = np.random.default_rng(0).standard_normal((50, 2)) * 2.0
    before = stats.multivariate_normal(result.prior_shift, [[1.0, r], [r, 1.0]])
    drawn = stats.multivariate_normal(MEAN, COVARIANCE)
    expected = before.logpdf(scores) - drawn.logpdf(scores)
    np.testing.assert_allclose(result.log_ratio(scores), expected, rtol=1e-9)
    assert Proposal.from_json(json.loads(json.dumps(result.as_json()))) == result


def test_partners_of_a_block_come_along_and_a_part_of_it_is_refused(china):
    assert set(whole_blocks(china, NAMES[:1])) == set(NAMES)
    with pytest.raises(DesignError, match="expected whole blocks"):
        proposal(china, NAMES[:1], MEAN[:1], COVARIANCE[:1, :1])


def test_scores_are_drawn_from_the_proposal_and_the_weights_lead_back(china):
    names = whole_blocks(china, NAMES)
    aim = proposal(china, names, MEAN, COVARIANCE)
    there = aimed(china, aim)
    assert there.digest != china.digest
    plan = designs.plan(there, 3)
    indices = [plan.names.index(name) for name in names]
    scores = normal_scores(plan, 0, 200_000)[:, indices]
    np.testing.assert_allclose(scores.mean(axis=0), MEAN, atol=0.01)
    np.testing.assert_allclose(np.cov(scores.T), COVARIANCE, atol=0.01)
    weight = np.exp(aim.log_ratio(scores))
    for value, expected in ((weight, 1.0), (weight * (scores[:, 0] > 1.0), stats.norm.sf(1.0))):
        error = value.std() / np.sqrt(value.size)
        assert abs(value.mean() - expected) < 4.0 * error


def test_scores_are_those_of_the_quantiles_that_are_drawn():
    problem = Study(ANALYTIC).problem
    even = replace(problem.factors[0].marginals[0], family="uniform", shape=(0.0, 1.0))
    factors = tuple(replace(f, marginals=(even,), conversion=1.0) for f in problem.factors)
    plan = designs.plan(replace(problem, factors=factors), 0)
    values = np.empty((64, plan.width))
    drawn = np.empty((64, len(plan.names)))
    from mc_engine.design.sampling import sample  # beside its twin

    sample(plan, 0, 64, drawn, values)
    np.testing.assert_allclose(stats.norm.cdf(normal_scores(plan, 0, 64)), drawn, rtol=1e-9)
    with pytest.raises(DesignError, match="found the sobol design"):
        normal_scores(designs.plan(problem, 0, "sobol", draws=64), 0, 4)


def test_an_aimed_run_still_speaks_of_the_priors(tmp_path):
    study = Study(ANALYTIC)
    names = whole_blocks(study.problem, [study.problem.factors[0].name])
    aim = proposal(study.problem, names, np.array([0.4]), np.array([[0.9]]))
    run = study.aimed(aim).run(4_000, repetition=1, out=tmp_path / "aimed")
    plain = study.run(4_000, out=tmp_path / "plain")
    assert run.manifest["proposal"] == json.loads(json.dumps(aim.as_json()))
    with run.draws as draws, plain.draws as others:
        weight = draws["weight"].values
        assert weight.std() > 0.1
        np.testing.assert_allclose(weight.mean(), 1.0, atol=0.05)
        assert (others["weight"].values == 1.0).all()
    for ours, theirs in zip(run.summary["targets"], plain.summary["targets"], strict=True):
        assert ours["low"] <= theirs["high"]
        assert theirs["low"] <= ours["high"]
