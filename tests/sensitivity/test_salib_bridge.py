"""The door to SALib: what comes through equals SALib's own, and its traps stay outside."""

import copy
import warnings

import numpy as np
import pytest

from mc_engine.errors import StatisticError
from mc_engine.sensitivity import estimate, salib_bridge
from mc_engine.sensitivity.salib_bridge import morris, problem_spec, sobol
from tests.sensitivity.functions import in_order, ishigami, random_blocks

NAMES = ["a", "b", "c", "d"]
SEED = 5


def problem(names=NAMES, groups=None):
    found = {"names": list(names), "num_vars": len(names), "bounds": [[0.0, 1.0]] * len(names)}
    return found if groups is None else {**found, "groups": list(groups)}


def trajectories(count, inputs, seed, levels=4, groups=None):
    """Morris trajectories: from a grid point, each group moves once, in a random order."""
    rng = np.random.default_rng(seed)
    step = levels / (2.0 * (levels - 1))
    member = np.eye(inputs, dtype=bool) if groups is None else groups
    rows = []
    for _ in range(count):
        x = rng.integers(levels // 2, size=inputs) / (levels - 1)
        sign = np.where(rng.random(inputs) < 0.5, 1.0, -1.0)
        x = np.where(sign < 0.0, x + step, x)
        rows.append(x)
        for group in rng.permutation(member.shape[0]):
            x = x + np.where(member[group], sign * step, 0.0)
            rows.append(x)
    return np.array(rows)


# --- Sobol ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", [False, True])
def test_sobol_is_what_salib_gives_and_what_we_give(second):
    blocks = random_blocks(1, second=second)
    rows = in_order(blocks)
    found = sobol(rows, 256, NAMES, second=second, seed=SEED)
    ours = estimate(*blocks)
    assert np.abs(found.first - ours.first).max() <= 1e-10
    assert np.abs(found.total - ours.total).max() <= 1e-10
    if second:
        assert np.nanmax(np.abs(found.second - ours.second)) <= 1e-10
    from SALib.analyze import sobol as analyzer

    seed = salib_bridge.salib_seed(SEED)
    for output in range(3):
        theirs = analyzer.analyze(
            problem(), rows[:, output].copy(), calc_second_order=second, seed=seed
        )
        np.testing.assert_array_equal(found.total[:, output], theirs["ST"])
        half = (found.total_high - found.total_low)[:, output] / 2.0
        np.testing.assert_allclose(half, theirs["ST_conf"], rtol=1e-10)
    assert found.method == "bootstrap, SALib"


def test_groups_are_rows_of_the_result():
    blocks = random_blocks(2, groups=2)
    found = sobol(in_order(blocks), 256, NAMES, ["x", "y", "x", "x"])
    assert np.abs(found.total - estimate(*blocks).total).max() <= 1e-10
    assert salib_bridge.group_names(NAMES, ["x", "y", "x", "x"]) == ["x", "y"]


def test_seed_nought_is_a_seed():
    """SALib reads 0 as no seed, and draws from the global state."""
    rows = in_order(random_blocks(3))
    found = [sobol(rows, 256, NAMES, seed=seed).total_high for seed in (0, 0, 1)]
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()
    assert salib_bridge.salib_seed(0) > 0


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_single_nan_is_refused(value):
    """SALib gives zeros for every first-order index."""
    rows = in_order(random_blocks(4))
    rows[17, 1] = value
    with pytest.raises(StatisticError, match=r"1 of 1536 rows hold NaN.*first is row 17"):
        sobol(rows, 256, NAMES)


def test_a_constant_output_is_refused():
    rows = in_order(random_blocks(5))
    rows[:, 2] = 4.2
    with pytest.raises(StatisticError, match=r"1 of 3 are constant \(number 2\)"):
        sobol(rows, 256, NAMES)


def test_the_wrong_order_is_refused():
    """SALib takes 384 base rows with second order for 640 without: 3,840 rows are both."""
    rows = in_order(random_blocks(6, base=384, second=True))
    assert rows.shape[0] == 384 * 10 == 640 * 6
    with pytest.raises(StatisticError, match="they fit a design with second order"):
        sobol(rows, 384, NAMES, second=False, sobol_rows=False)


def test_rows_that_are_no_power_of_two_are_refused_unless_random():
    rows = in_order(random_blocks(7, base=250))
    with pytest.raises(StatisticError, match="found 250 base rows, expected a power of two"):
        sobol(rows, 250, NAMES)
    assert sobol(rows, 250, NAMES, sobol_rows=False).base == 250


def test_weighted_draws_are_refused():
    rows = in_order(random_blocks(8))
    message = r"variance-based indices: found draws of different weight.*use a weighted given-data"
    with pytest.raises(StatisticError, match=message):
        sobol(rows, 256, NAMES, weight=np.arange(1_536.0))
    x = trajectories(5, 4, seed=1)
    with pytest.raises(StatisticError, match="Morris screening: found draws of different weight"):
        morris(x, x.sum(axis=1), NAMES, weight=np.arange(25.0))


def test_nothing_of_the_callers_is_changed():
    """SALib writes groups into the problem, and reseeds NumPy and the filters of warnings."""
    names, groups = list(NAMES), ["x", "y", "x", "y"]
    rows = in_order(random_blocks(9, groups=2))
    x = trajectories(5, 4, seed=1)
    y = ishigami(x)
    kept = copy.deepcopy((names, groups, rows, x, y))
    np.random.seed(1)  # noqa: NPY002 - the state that a caller may rely on
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    layout, filters = warnings.formatwarning, list(warnings.filters)
    sobol(rows, 256, names, groups)
    morris(x, y, names)
    for before, after in zip(kept, (names, groups, rows, x, y), strict=True):
        np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002
    assert warnings.formatwarning is layout
    assert warnings.filters == filters


def test_no_sampler_of_salibs_is_used():
    source = salib_bridge.__loader__.get_source(salib_bridge.__name__)
    assert "SALib.sample" not in source


# --- Morris --------------------------------------------------------------------------------------


@pytest.mark.parametrize("levels", [4, 8])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_morris_is_exact_on_a_linear_function(seed, levels):
    x = trajectories(20, 5, seed, levels)
    y = x @ np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    found = morris(x, y, list("abcde"), levels=levels)
    np.testing.assert_allclose(found.mean[:, 0], [5, 4, 3, 2, 1], rtol=1e-12)
    np.testing.assert_allclose(found.mean_absolute[:, 0], [5, 4, 3, 2, 1], rtol=1e-12)
    np.testing.assert_allclose(found.spread, 0.0, atol=1e-12)
    np.testing.assert_allclose(found.mean_absolute_half_width, 0.0, atol=1e-12)
    assert found.trajectories == 20


def test_morris_is_what_salib_gives():
    from SALib.analyze import morris as analyzer

    x = trajectories(30, 3, seed=4)
    y = np.column_stack([ishigami(x), x[:, 0] * x[:, 1]])
    found = morris(x, y, ["a", "b", "c"], seed=SEED)
    seed = salib_bridge.salib_seed(SEED)
    for output in range(2):
        theirs = analyzer.analyze(
            problem("abc"), x, y[:, output].copy(), num_resamples=1_000, seed=seed
        )
        for ours, key in [
            (found.mean, "mu"),
            (found.mean_absolute, "mu_star"),
            (found.spread, "sigma"),
            (found.mean_absolute_half_width, "mu_star_conf"),
        ]:
            assert np.abs(ours[:, output] - np.asarray(theirs[key])).max() <= 1e-10


def test_morris_screens_groups():
    member = np.array([[True, False, True], [False, True, False]])
    x = trajectories(10, 3, seed=5, groups=member)
    found = morris(x, 2.0 * x[:, 1] + x[:, 0], ["a", "b", "c"], ["x", "y", "x"])
    np.testing.assert_allclose(found.mean_absolute[:, 0], [1.0, 2.0], rtol=1e-12)
    assert np.isnan(found.spread[0, 0])
    assert found.spread[1, 0] == pytest.approx(0.0, abs=1e-12)


def test_rows_that_are_no_trajectories_are_refused():
    x = trajectories(10, 4, seed=6)
    y = x.sum(axis=1)
    with pytest.raises(StatisticError, match=r"expected 4 inputs and a multiple of 5 rows"):
        morris(x[:-1], y[:-1], NAMES)
    with pytest.raises(StatisticError, match=r"do not move each group once by 0\.5714"):
        morris(x, y, NAMES, levels=8)
    with pytest.raises(StatisticError, match=r"50 outputs, expected 4 inputs and a multiple of 3"):
        morris(x, y, NAMES, ["x", "y", "x", "y"])
    mixed = x.copy()
    mixed[[11, 12]] = mixed[[12, 10]]
    with pytest.raises(StatisticError, match=r"1 of 10 trajectories.*first: number 2"):
        morris(mixed, y, NAMES)
    with pytest.raises(StatisticError, match="Morris levels: found 3"):
        morris(x, y, NAMES, levels=3)
    with pytest.raises(StatisticError, match=r"1 of 1 are constant"):
        morris(x, np.ones(50), NAMES)


# --- our problem as SALib's ----------------------------------------------------------------------


def test_a_problem_is_exported_with_unit_bounds():
    names, groups = list(NAMES), ["x", "y", "x", "y"]
    found = problem_spec(names, groups)
    assert type(found).__name__ == "ProblemSpec"
    assert (found["names"], found["groups"], found["num_vars"]) == (names, groups, 4)
    assert found["bounds"] == [[0.0, 1.0]] * 4
    found["names"].append("more")
    assert names == NAMES
    assert problem_spec(NAMES)["names"] == NAMES


def test_an_exported_problem_runs_in_salib():
    spec = problem_spec(["a", "b", "c"])
    spec.sample_sobol(64, calc_second_order=False, seed=1).evaluate(ishigami)
    spec.analyze_sobol(calc_second_order=False, seed=1)
    found = sobol(spec.results, 64, ["a", "b", "c"])
    np.testing.assert_allclose(found.total[:, 0], spec.analysis["ST"], atol=1e-12)


def test_names_and_groups_that_do_not_fit_are_refused():
    with pytest.raises(StatisticError, match="names: found a more than once"):
        problem_spec(["a", "a"])
    with pytest.raises(StatisticError, match="names: found none"):
        problem_spec([])
    with pytest.raises(StatisticError, match="groups: found 1 for 2 inputs"):
        problem_spec(["a", "b"], ["x"])
