"""Shares that sum to one: forks with beta shares are a Dirichlet law, closed form by moments."""

from itertools import combinations_with_replacement

import numpy as np
import pytest
from scipy.special import poch

from mc_engine.design.plan import plan
from mc_engine.models.cohort_fleet.adoption import split_tree
from mc_engine.numerics.lanes import LANES
from mc_engine.problem.loader import load
from tests.design.examples import rows
from tests.problem.region import MODEL, write_region

SEED = 2060
CONCENTRATIONS = (0.8, 3.0, 1.5, 6.0)
FORKS = ("first", "second", "third")
# Beta numbers of each fork, and where its child and its rest go: a fork by name, a share by number.
# The child has the sum of what lies below it, the rest likewise.
CHAIN = {
    "first": ((0.8, 10.5), 0, "second"),
    "second": ((3.0, 7.5), 1, "third"),
    "third": ((1.5, 6.0), 2, 3),
}
TREE = {
    "first": ((3.8, 7.5), "second", "third"),
    "second": ((0.8, 3.0), 0, 1),
    "third": ((1.5, 6.0), 2, 3),
}
REGION = """\
schema_version: 1
title: {en: Testland, zh: 试验地}
model: tiny
default_scenario: plans
structure:
  years: {last_observed: 2024, horizon: 2060}
  vehicle_classes: [first, second, third]
"""
PRIOR = """\
{name}:
  quantity: share
  for: {{vehicle_class: [{name}]}}
  unit: "1"
  meaning: Share of the child of this fork
  kind: judgement
  centre: none
  distribution: {{name: beta, a: {a}, b: {b}}}
  sources: []
  reason: Judged.
"""
SCENARIO = """\
title: {en: Plans, zh: 计划}
status: analyst
sources: []
reason: As planned.
levers: {}
"""


def shares_of(forks, folder):
    """Shares through loader, sampler and tree: float64[draw, share]."""
    priors = "".join(
        PRIOR.format(name=name, a=numbers[0], b=numbers[1])
        for name, (numbers, _, _) in forks.items()
    )
    changes = {"region.yaml": REGION, "use.yaml": priors, "scenarios/plans.yaml": SCENARIO}
    left_out = {"land/observed/stock.csv": None, "land/correlations.yaml": None}
    files = {f"land/{name}": text for name, text in changes.items()}
    problem = load(write_region(folder, files | left_out), MODEL)
    made = plan(problem, SEED, "sobol", draws=16 * 4096)
    values = rows(made, 0, made.design.draws)[1]
    columns = [problem.inputs.slots["share", (name,)].column for name in FORKS]
    return divided(forks, values[:, columns])


def divided(forks, taken):
    """The model's own tree, on blocks of draws side by side; taken is float64[draw, fork]."""

    def place(end):
        return FORKS.index(end) if isinstance(end, str) else len(FORKS) + end

    child, rest = (np.array([place(forks[name][k]) for name in FORKS]) for k in (1, 2))
    pool, out = np.empty((3, LANES)), np.empty((4, 1, LANES))
    shares = np.empty((len(taken), 4))
    for start in range(0, len(taken), LANES):
        branch = np.ascontiguousarray(taken[start : start + LANES].T[:, None, :])
        split_tree(child, rest, branch, 0, pool, out)
        shares[start : start + LANES] = out[:, 0, :].T
    return shares


@pytest.fixture(scope="module", params=[CHAIN, TREE], ids=["chain", "tree"])
def drawn(request, tmp_path_factory):
    return shares_of(request.param, tmp_path_factory.mktemp("land"))


def moment(powers):
    """Mean of a product of powers of Dirichlet shares: rising factorials of the numbers."""
    whole = poch(sum(CONCENTRATIONS), sum(powers))
    return np.prod([poch(a, n) for a, n in zip(CONCENTRATIONS, powers, strict=True)]) / whole


def monomials(degree):
    return [
        tuple(chosen.count(share) for share in range(4))
        for chosen in combinations_with_replacement(range(4), degree)
    ]


@pytest.mark.parametrize("powers", [p for degree in (1, 2, 3) for p in monomials(degree)], ids=str)
def test_moments_are_those_of_the_dirichlet_law(drawn, powers):
    result = np.prod(drawn ** np.array(powers), axis=1).mean()
    # Five times the scatter of a mean by degree, seen over the 16 replicates. Numbers that are off
    # by one in a hundred would move the means by as much.
    scatter = {1: 4e-5, 2: 3e-4, 3: 1.2e-3}[sum(powers)]
    assert result == pytest.approx(moment(powers), rel=5.0 * scatter)


def test_shares_sum_to_one_in_every_draw(drawn):
    # Three forks: each difference rounds once.
    np.testing.assert_allclose(drawn.sum(axis=1), 1.0, rtol=0.0, atol=1e-15)


def test_shares_are_never_negative(drawn):
    assert drawn.min() >= 0.0


def test_the_readme_gives_the_numbers_of_its_own_example():
    # Dirichlet(6, 3, 1): means 60, 30 and 10 %; forks beta(6, 4) and beta(3, 1).
    first, second = 6.0 / (6.0 + 4.0), 3.0 / (3.0 + 1.0)
    shares = np.array([first, (1.0 - first) * second, (1.0 - first) * (1.0 - second)])
    np.testing.assert_allclose(shares, [0.6, 0.3, 0.1], rtol=1e-15)
