"""The sampling kernel: one draw per row, whatever else is drawn."""

import numpy as np
import pytest
from scipy import stats

from mc_engine.design.plan import DESIGNS, plan
from mc_engine.design.sampling import sample, transform
from mc_engine.distributions.marginal import Marginal
from mc_engine.errors import DesignError
from mc_engine.numerics.accelerate import threads
from tests.design.examples import (
    ONE_OF_EACH,
    UNIT,
    block,
    factor,
    mixed_problem,
    problem_of,
    rows,
    values_at,
)

GOLDEN_DRAWS = [
    [0.2884883719198762, 0.9248528461582229],
    [0.17400031417485418, 0.18295164099814942],
]


def quantiles(*names):
    """Factors whose rows hold the quantile itself: paths of one knot."""
    return [factor(name, UNIT, is_path=True) for name in names]


def many(problem, seed, draws, **more):
    return rows(plan(problem, seed, draws=draws, **more), 0, draws)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_draws_do_not_depend_on_threads_or_chunks(design, count, chunk):
    made = plan(mixed_problem(), 11, design, draws=64)
    whole = np.hstack(rows(made, 0, 64))
    with threads(count):
        parts = [np.hstack(rows(made, k, min(k + chunk, 64))) for k in range(0, 64, chunk)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("design", DESIGNS)
def test_more_draws_keep_the_first_ones(design):
    short = np.hstack(many(mixed_problem(), 11, 64, design=design))
    # A Latin design grows by replicates of as many points.
    more = {"points": 4} if design == "latin" else {}
    long = np.hstack(rows(plan(mixed_problem(), 11, design, draws=1000, **more), 0, 64))
    np.testing.assert_array_equal(short, long)


@pytest.mark.parametrize("design", DESIGNS)
def test_one_draw_can_be_made_alone(design):
    made = plan(mixed_problem(), 11, design, draws=512)
    alone, among = rows(made, 333, 334), rows(made, 300, 400)
    np.testing.assert_array_equal(np.hstack(alone)[0], np.hstack(among)[33])


@pytest.mark.parametrize("design", DESIGNS)
def test_no_draws_are_made_when_none_are_asked_for(design):
    assert rows(plan(mixed_problem(), 11, design, draws=16), 5, 5)[1].shape[0] == 0


@pytest.mark.parametrize("design", DESIGNS)
def test_every_number_is_written_and_finite(design):
    assert np.isfinite(np.hstack(many(mixed_problem(), 11, 4096, design=design))).all()


@pytest.mark.parametrize("design", ["random", "latin"])
@pytest.mark.parametrize("place", [0, 1, 3])
def test_another_factor_changes_no_other_column(design, place):
    factors = [factor(name, ONE_OF_EACH[2]) for name in "abc"]
    more = [*factors[:place], factor("new", ONE_OF_EACH[3]), *factors[place:]]
    before = many(problem_of(factors), 3, 96, design=design)[0]
    after = np.delete(many(problem_of(more), 3, 96, design=design)[0], place, axis=1)
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("other", [1, 2**32, 2**64 - 1])
def test_seed_zero_is_a_seed_like_any_other(design, other):
    problem = problem_of(quantiles("a", "b"))
    first = many(problem, 0, 64, design=design)[0]
    second = many(problem, other, 64, design=design)[0]
    assert not np.intersect1d(first, second).size


def test_same_seed_gives_the_same_draws():
    first, second = (np.hstack(many(mixed_problem(), 0, 64)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_replicates_of_the_random_design_differ():
    problem = problem_of(quantiles("a", "b"))
    first, second = (many(problem, 0, 64, replicate=replicate)[0] for replicate in (0, 1))
    assert not np.intersect1d(first, second).size


def test_random_draws_are_the_same_for_ever():
    # The first numbers of seed 0; other values mean that every stored study moves. Exact on any
    # machine: made of integers, one conversion and one power of two.
    result = many(problem_of(quantiles("a", "b")), 0, 2)[0]
    assert result.tolist() == GOLDEN_DRAWS


def test_draw_numbers_past_32_bits_are_told_apart():
    made = plan(problem_of(quantiles("a")), 0)
    near, far = rows(made, 5, 6)[0], rows(made, 2**32 + 5, 2**32 + 6)[0]
    assert near[0, 0] != far[0, 0]


def test_random_draws_are_uniform_and_independent():
    draws = 100_000
    result = many(problem_of(quantiles(*"abcdefgh")), 5, draws)[0]
    lagged = np.hstack([result[:-1], result[1:]])
    off_diagonal = np.corrcoef(lagged, rowvar=False) - np.eye(16)
    # 120 correlations with a standard error of 1 / sqrt(draws); 5 of these.
    assert abs(off_diagonal).max() < 5.0 / np.sqrt(draws)
    # Kolmogorov's limit is 1.95 / sqrt(draws) at one in a thousand; 8 columns.
    steps = (np.arange(draws) + 0.5) / draws
    assert abs(np.sort(result, axis=0) - steps[:, None]).max() < 2.2 / np.sqrt(draws)


def correlated_pair(spearman):
    pearson = 2.0 * np.sin(np.pi * spearman / 6.0)
    return problem_of(quantiles("a", "b"), [block((0, 1), [[1.0, pearson], [pearson, 1.0]])])


@pytest.mark.parametrize("design", ["random", "latin"])
@pytest.mark.parametrize("spearman", [-0.6, 0.3, 0.95])
def test_rank_correlation_is_the_one_asked_for(design, spearman):
    result = many(correlated_pair(spearman), 7, 200_000, design=design)[0]
    # Standard error at most 1 / sqrt(200,000) = 0.0022.
    assert stats.spearmanr(result).statistic == pytest.approx(spearman, abs=0.01)


@pytest.mark.parametrize("column", [0, 1])
def test_correlation_leaves_the_marginals_uniform(column):
    result = np.sort(many(correlated_pair(-0.6), 7, 200_000)[0][:, column])
    steps = (np.arange(result.size) + 0.5) / result.size
    assert abs(result - steps).max() < 1.95 / np.sqrt(result.size)  # one in a thousand


def test_block_follows_its_cholesky_factor():
    correlation = [[1.0, 0.5, -0.3], [0.5, 1.0, 0.2], [-0.3, 0.2, 1.0]]
    problem = problem_of(quantiles(*"abcd"), [block((0, 2, 3), correlation)])
    units = np.random.default_rng(1).uniform(0.001, 0.999, (50, 4))
    scores = stats.norm.ppf(units[:, [0, 2, 3]]) @ np.linalg.cholesky(np.array(correlation)).T
    # A path of one uniform knot on [0, 1]: the value is the quantile.
    result = values_at(problem, units)
    np.testing.assert_allclose(result[:, [0, 2, 3]], stats.norm.cdf(scores), rtol=1e-12)


def test_a_factor_outside_the_blocks_keeps_its_unit_value():
    problem = problem_of(quantiles(*"abc"), [block((0, 2), [[1.0, 0.5], [0.5, 1.0]])])
    units = np.random.default_rng(1).random((50, 3))
    np.testing.assert_array_equal(values_at(problem, units)[:, 1], units[:, 1])


@pytest.mark.parametrize("shift", [-1.5, 0.5])
def test_shift_moves_the_score(shift):
    problem = problem_of([factor("a", Marginal("normal", (10.0, 2.0)), shift=shift)])
    units = np.linspace(0.01, 0.99, 99)
    # Score in units of 2 around 10, five roundings.
    expected = 10.0 + 2.0 * (stats.norm.ppf(units) + shift)
    np.testing.assert_allclose(values_at(problem, units)[:, 0], expected, rtol=1e-14)


def test_shift_comes_after_the_correlation():
    dependent = block((0, 1), [[1.0, 0.8], [0.8, 1.0]])
    factors = [factor(name, Marginal("normal", (0.0, 1.0))) for name in "ab"]
    shifted = [factor("a", Marginal("normal", (0.0, 1.0)), shift=2.0), factors[1]]
    units = np.random.default_rng(1).uniform(0.01, 0.99, (50, 2))
    moved = values_at(problem_of(shifted, [dependent]), units)
    still = values_at(problem_of(factors, [dependent]), units)
    # The scores are at most 6, one rounding of the sum.
    np.testing.assert_allclose(moved - still, [[2.0, 0.0]] * 50, rtol=0.0, atol=2e-15)


def test_shift_beyond_all_bounds_keeps_the_quantile_inside():
    problem = problem_of([factor("a", UNIT, is_path=True, shift=50.0)])
    result = many(problem, 0, 100)[0]
    assert result.max() < 1.0


def test_scenarios_share_their_draws():
    plain = problem_of([factor(name, ONE_OF_EACH[2]) for name in "ab"])
    shifted = problem_of([factor("a", ONE_OF_EACH[2], shift=1.0), factor("b", ONE_OF_EACH[2])])
    np.testing.assert_array_equal(many(plain, 0, 64)[0][:, 1], many(shifted, 0, 64)[0][:, 1])


def test_scalar_stands_in_its_own_unit_and_its_value_in_the_models():
    result, values = many(problem_of([factor("a", ONE_OF_EACH[3], conversion=0.01)]), 0, 50)
    np.testing.assert_array_equal(values, 0.01 * result)


def test_path_stands_as_its_quantile_and_moves_all_knots_by_it():
    distribution = stats.norm(5.0, 2.0), stats.uniform(1.0, 2.0)
    path = factor("a", ONE_OF_EACH[2], ONE_OF_EACH[0], conversion=3.0)
    result, values = many(problem_of([path]), 0, 50)
    expected = np.column_stack([3.0 * knot.ppf(result[:, 0]) for knot in distribution])
    np.testing.assert_allclose(values, expected, rtol=1e-13)  # a few roundings on each side


def test_increasing_knots_never_fall():
    knots = Marginal("normal", (5.0, 1.0)), Marginal("normal", (5.0, 3.0))
    values = many(problem_of([factor("a", *knots, increasing=True)]), 0, 1000)[1]
    assert (values[:, 1] >= values[:, 0]).all()


def test_increasing_lifts_only_the_knots_that_would_fall():
    knots = Marginal("normal", (5.0, 1.0)), Marginal("normal", (5.0, 3.0))
    free = many(problem_of([factor("a", *knots)]), 0, 1000)[1]
    held = many(problem_of([factor("a", *knots, increasing=True)]), 0, 1000)[1]
    np.testing.assert_array_equal(held, np.maximum.accumulate(free, axis=1))


def test_constants_fill_their_columns():
    values = many(problem_of(quantiles("a"), constants=[7.0, -1.0]), 0, 20)[1]
    np.testing.assert_array_equal(values[:, 1:], [[7.0, -1.0]] * 20)


def test_a_problem_of_constants_alone_can_be_drawn():
    assert many(problem_of([], constants=[7.0]), 0, 3)[1].tolist() == [[7.0]] * 3


def test_discrete_values_come_as_often_as_their_weights():
    distribution = Marginal("discrete", (1.0, 2.0, 3.0, 0.5, 0.2, 0.3))
    result = many(problem_of([factor("a", distribution)]), 0, 100_000)[0]
    shares = [(result == value).mean() for value in (1.0, 2.0, 3.0)]
    # Standard error at most 0.5 / sqrt(100,000) = 0.0016; 4 of these.
    assert shares == pytest.approx([0.5, 0.2, 0.3], abs=0.0064)


def test_given_units_and_own_units_give_the_same_draws():
    problem = mixed_problem()
    names = [item.name for item in problem.factors]
    units = many(problem_of(quantiles(*names)), 11, 64)[0]
    factors, values = np.empty_like(units), np.empty((64, problem.inputs.width))
    transform(plan(problem, 11), units, factors, values)
    np.testing.assert_array_equal(np.hstack([factors, values]), np.hstack(many(problem, 11, 64)))


@pytest.mark.parametrize("wrong", [0.0, 1.0, np.nan, -0.5])
def test_given_unit_on_the_edge_is_refused(wrong):
    made = plan(problem_of(quantiles("a")), 0)
    units = np.array([[0.5], [wrong]])
    with pytest.raises(DesignError, match=r"units: found .* for 'a' in row 1 .*cell centres"):
        transform(made, units, np.empty((2, 1)), np.empty((2, 1)))


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (5, 4)])
def test_draws_out_of_order_are_refused(start, stop):
    made = plan(problem_of(quantiles("a")), 0)
    with pytest.raises(DesignError, match=r"draws: found .*expected ascending numbers from 0"):
        sample(made, start, stop, np.empty((4, 1)), np.empty((4, 1)))


@pytest.mark.parametrize("design", ["sobol", "latin"])
def test_draws_past_the_end_of_a_replicated_design_are_refused(design):
    made = plan(problem_of(quantiles("a")), 0, design, draws=16)
    with pytest.raises(DesignError, match=r"found 10 to 17, expected .* from 0 to 16"):
        sample(made, 10, 17, np.empty((7, 1)), np.empty((7, 1)))


@pytest.mark.parametrize(
    "factors",
    [np.empty((3, 1)), np.empty((4, 2)), np.empty((4, 1), np.float32), np.empty((4, 2))[:, ::2]],
    ids=["rows", "columns", "type", "order"],
)
def test_array_of_another_form_is_refused(factors):
    made = plan(problem_of(quantiles("a")), 0)
    with pytest.raises(DesignError, match=r"factors: found .*expected a contiguous float64\[4, 1"):
        sample(made, 0, 4, factors, np.empty((4, 1)))
