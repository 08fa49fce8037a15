"""Rows for ranking: SALib's order, whole groups, the same bits, SALib's trajectories."""

from dataclasses import replace

import numpy as np
import pytest

from mc_engine.design.groups import Group, check_groups, dummies, groups_of, merged
from mc_engine.design.ranking import morris, saltelli
from mc_engine.design.sampling import sample
from mc_engine.distributions.marginal import Marginal
from mc_engine.errors import DesignError
from mc_engine.study import Study
from tests.run.stored import ANALYTIC


@pytest.fixture(scope="module")
def china():
    return Study("china").problem


@pytest.fixture(scope="module")
def even():
    """Three inputs that are their own unit values."""
    problem = Study(ANALYTIC).problem
    distribution = Marginal("uniform", (0.0, 1.0))
    factors = tuple(replace(f, marginals=(distribution,), conversion=1.0) for f in problem.factors)
    return replace(problem, factors=factors)


def drawn(plan, start=0, stop=None):
    stop = plan.design.draws if stop is None else stop
    factors = np.empty((stop - start, len(plan.names)))
    sample(plan, start, stop, factors, np.empty((stop - start, plan.width)))
    return factors


def test_blocks_are_a_then_one_group_from_b_then_b(even):
    groups = (*groups_of(even), *dummies(1))
    plan = saltelli(even, 5, 64, groups)
    rows = drawn(plan).reshape(64, len(groups) + 2, -1)
    a, b = rows[:, 0], rows[:, -1]
    for index in range(3):
        expected = a.copy()
        expected[:, index] = b[:, index]
        np.testing.assert_array_equal(rows[:, 1 + index], expected)
    np.testing.assert_array_equal(rows[:, 4], a)  # a dummy moves nothing
    assert not (a == b).any()


def test_rows_for_pairs_are_b_with_one_group_from_a_and_change_no_other_row(even):
    groups = groups_of(even)
    plain = drawn(saltelli(even, 5, 64, groups)).reshape(64, 5, -1)
    rows = drawn(saltelli(even, 5, 64, groups, second=True)).reshape(64, 8, -1)
    np.testing.assert_array_equal(rows[:, [0, 1, 2, 3, 7]], plain)
    a, b = rows[:, 0], rows[:, -1]
    for index in range(3):
        expected = b.copy()
        expected[:, index] = a[:, index]
        np.testing.assert_array_equal(rows[:, 4 + index], expected)


def test_dummies_of_a_trajectory_have_columns_that_move_no_input(even):
    groups = groups_of(even)
    plan = morris(even, 3, 8, (*groups, *dummies(2)))
    rows = plan.points.levels(0, plan.design.draws).reshape(8, 6, 5)
    steps = np.abs(np.diff(rows, axis=1)) > 0.1
    assert (steps.sum(axis=1) == 1).all()  # every column moves once in a trajectory
    assert (steps.sum(axis=2) == 1).all()  # by one at a time
    still = drawn(plan).reshape(8, 6, 3)
    assert (np.abs(np.diff(still, axis=1)) > 0.1).any(axis=2).sum(axis=1).tolist() == [3] * 8


def test_each_replicate_is_a_net_of_twice_the_dimensions(even):
    plan = saltelli(even, 0, 512, groups_of(even))
    rows = drawn(plan).reshape(512, 5, -1)
    points = np.concatenate([rows[:, 0], rows[:, -1]], axis=1)
    numbers = np.arange(plan.design.draws)
    replicate = plan.design.replicate_of(numbers).reshape(512, 5)
    assert (replicate == np.arange(512)[:, None] % 16).all()
    assert plan.design.index_of(numbers).max() == 31
    for one in range(16):
        cells = np.sort((points[replicate[:, 0] == one] * 32).astype(int), axis=0)
        np.testing.assert_array_equal(cells, np.tile(np.arange(32)[:, None], (1, 6)))
    assert np.abs(np.corrcoef(points.T) - np.eye(6)).max() < 0.1


def test_first_blocks_stay_when_more_are_asked_for(china):
    groups = groups_of(china)
    rows = 3 * (len(groups) + 2)
    short, long = (drawn(saltelli(china, 1, base, groups), 0, rows) for base in (32, 64))
    np.testing.assert_array_equal(short, long)


@pytest.mark.parametrize("make", [saltelli, morris])
def test_rows_do_not_depend_on_how_they_are_cut(china, make):
    plan = make(china, 2, 32, merged(groups_of(china), ["private_car_distance + private_car_fuel"]))
    whole = drawn(plan)
    parts = [drawn(plan, a, b) for a, b in ((0, 7), (7, 50), (50, plan.design.draws))]
    np.testing.assert_array_equal(whole, np.concatenate(parts))
    assert np.isfinite(whole).all()


def test_dependent_inputs_are_one_factor_and_keep_their_correlation(china):
    result = {group.name: group for group in groups_of(china)}
    name = next(name for name in result if "private_car_distance" in name)
    assert result[name].kind == "block"
    plan = saltelli(china, 0, 1024, [result[name], *(g for g in result.values() if g.name != name)])
    rows = drawn(plan).reshape(1024, plan.design.block, -1)
    indices = [plan.names.index(member) for member in result[name].members]
    for column in (0, 1, plan.design.block - 1):
        ranks = np.argsort(np.argsort(rows[:, column][:, indices[:2]], axis=0), axis=0)
        assert np.corrcoef(ranks.T)[0, 1] == pytest.approx(-0.6, abs=0.03)


def test_a_trajectory_moves_one_group_at_a_time_by_two_thirds(china):
    groups = groups_of(china)
    plan = morris(china, 3, 4, groups)
    rows = plan.points.levels(0, plan.design.draws).reshape(4, len(groups) + 1, -1)
    assert np.isin(np.round(3.0 * rows, 12), (0, 1, 2, 3)).all()
    for one in rows:
        steps = np.diff(one, axis=0)
        assert (np.round(np.abs(steps[steps != 0.0]) * 3.0, 12) == 2.0).all()
        moved = [set(plan.points.group_of[step != 0.0].tolist()) for step in steps]
        assert all(len(once) == 1 for once in moved)
        assert {group for once in moved for group in once} == set(range(len(groups)))


def test_groups_that_mean_nothing_are_refused(china, even):
    apart = [Group(f.name, "input", (f.name,)) for f in china.factors]
    with pytest.raises(DesignError, match=r"rank correlation of -0.6; .* Shapley"):
        check_groups(china, apart)
    with pytest.raises(DesignError, match="in two groups, expected each input in one"):
        check_groups(even, [*groups_of(even), groups_of(even)[0]])
    with pytest.raises(DesignError, match="take 64 or 128"):
        saltelli(even, 0, 100, groups_of(even))
    with pytest.raises(DesignError, match="expected at least 2"):
        morris(even, 0, 1, groups_of(even))
