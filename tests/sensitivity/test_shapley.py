"""Shapley effects against closed forms: dependent linear functions, and Ishigami's function."""

import numpy as np
import pytest
from scipy import special, stats

from mc_engine.errors import StatisticError
from mc_engine.sensitivity.shapley import (
    coalitions,
    effects,
    independent_units,
    remainder,
    score_rows,
)

SD = np.array([1.0, 1.0, 2.0])
KNOWN = {0.5: (0.125, 0.296875, 0.578125), 0.9: (0.104167, 0.418229, 0.477604)}
SIZE = 4_096
SEEDS = range(20)


def correlation(rho):
    found = np.eye(3)
    found[1, 2] = found[2, 1] = rho
    return found


def two_draws(matrix, seed, size=SIZE):
    lower, generator = np.linalg.cholesky(matrix), np.random.default_rng(seed)
    return tuple(generator.standard_normal((size, matrix.shape[0])) @ lower.T for _ in range(2))


def estimated(function, matrix, seed, players=None, size=SIZE):
    """Evaluate every coalition as a study would."""
    z, z2 = two_draws(matrix, seed, size)
    sides = [(place,) for place in range(z.shape[1])] if players is None else players
    base, found = function(z), {}
    for coalition in coalitions(len(sides)):
        kept = [place for player in coalition for place in sides[player]]
        found[coalition] = remainder(base, function(score_rows(matrix, kept, z, z2)))
    return found


def linear_gaussian(coefficients, covariance, players=None):
    """Give what every coalition leaves of the variance of a linear function of normal inputs."""
    sides = players or [(index,) for index in range(coefficients.size)]
    with_output = covariance @ coefficients
    found = {}
    for coalition in coalitions(len(sides)):
        inputs = [index for player in coalition for index in sides[player]]
        part = covariance[np.ix_(inputs, inputs)]
        explained = with_output[inputs] @ np.linalg.solve(part, with_output[inputs])
        found[coalition] = np.array([coefficients @ with_output - explained])
    return found


def total(scores):
    return scores @ SD


def told(found):
    return [one.estimate for one in found.effects]


@pytest.mark.parametrize("rho", KNOWN)
def test_the_closed_form_gives_the_effects_on_record(rho):
    covariance = correlation(rho) * np.outer(SD, SD)
    found = effects(linear_gaussian(np.ones(3), covariance))
    np.testing.assert_allclose(told(found), KNOWN[rho], atol=6e-7)
    assert sum(told(found)) == pytest.approx(1.0, abs=1e-14)
    assert found.variance == pytest.approx(covariance.sum())


def test_independent_inputs_have_their_shares_and_a_copy_takes_half():
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    found = effects(linear_gaussian(np.sqrt(shares), np.eye(4)))
    np.testing.assert_allclose(told(found), shares, atol=1e-14)
    nearly = np.array([[1.0, 1.0 - 1e-9], [1.0 - 1e-9, 1.0]])
    found = effects(linear_gaussian(np.array([1.0, 0.0]), nearly))
    np.testing.assert_allclose(told(found), [0.5, 0.5], atol=1e-6)


@pytest.mark.parametrize("rho", KNOWN)
def test_estimates_hold_the_closed_form_over_twenty_seeds(rho):
    """The standard error is some 0.005 at this size; four of them are allowed."""
    errors, held = [], np.zeros(3)
    for seed in SEEDS:
        found = effects(estimated(total, correlation(rho), seed))
        errors.append(np.subtract(told(found), KNOWN[rho]))
        held += [
            one.low <= right <= one.high
            for one, right in zip(found.effects, KNOWN[rho], strict=True)
        ]
        assert sum(told(found)) == pytest.approx(1.0, abs=1e-12)
        assert found.held.estimate == 1.0
    largest = np.abs(errors).max(axis=0)
    assert largest.max() < 0.02, f"seeds {list(SEEDS)}: largest errors {largest}"
    assert np.abs(np.mean(errors, axis=0)).max() < 0.004
    # Of 20 at 95 %: fewer than 16 happen once in four hundred.
    assert (held >= 16).all()


def test_an_interaction_is_shared_by_halves():
    """Ishigami's function: the first and the third interact and share what they hold together."""

    def ishigami(scores):
        x = np.pi * (2.0 * special.ndtr(scores) - 1.0)
        return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])

    right = [0.31390519 + 0.24368366 / 2.0, 0.44241114, 0.24368366 / 2.0]
    errors = [
        np.subtract(told(effects(estimated(ishigami, np.eye(3), seed))), right) for seed in SEEDS
    ]
    assert np.abs(errors).max() < 0.04
    assert np.abs(np.mean(errors, axis=0)).max() < 0.008


def test_players_may_hold_several_inputs():
    covariance = correlation(0.5) * np.outer(SD, SD)
    players = [(1, 2), (0,)]
    exact = effects(linear_gaussian(np.ones(3), covariance, players))
    np.testing.assert_allclose(told(exact), [7.0 / 8.0, 1.0 / 8.0], atol=1e-14)
    found = effects(estimated(total, correlation(0.5), 3, players))
    np.testing.assert_allclose(told(found), told(exact), atol=0.02)


def test_a_block_shares_what_it_holds():
    """Members of the block alone: their effects sum to its first order, not to 1."""
    z, z2 = two_draws(correlation(0.9), 4, 16_384)
    found = {}
    for coalition in [*coalitions(2), (0, 1)]:
        kept = [place + 1 for place in coalition]
        found[coalition] = remainder(total(z), total(score_rows(correlation(0.9), kept, z, z2)))
    block = effects(found, within=True)
    np.testing.assert_allclose(told(block), KNOWN[0.9][1:], atol=0.012)
    assert sum(told(block)) == pytest.approx(block.held.estimate, abs=1e-12)
    assert block.held.low <= 1.0 - KNOWN[0.9][0] <= block.held.high
    with pytest.raises(StatisticError, match=r"expected 4; missing is \(0, 1\)"):
        effects({one: found[one] for one in coalitions(2)}, within=True)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kept", [[], [1], [0, 2], [0, 1, 2]])
def test_rows_keep_some_scores_and_redraw_the_rest_from_the_exact_conditional(seed, kept):
    matrix = np.array([[1.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 1.0]])
    z, z2 = two_draws(matrix, seed, 100_000)
    rows = score_rows(matrix, kept, z, z2)
    np.testing.assert_array_equal(rows[:, kept], z[:, kept])
    np.testing.assert_allclose(np.corrcoef(rows.T), matrix, atol=0.012)
    # Regressed on what was kept, the old scores and the new ones share nothing else.
    others = [place for place in range(3) if place not in kept]
    if kept and others:
        slope = np.linalg.solve(matrix[np.ix_(kept, kept)], matrix[np.ix_(kept, others)])
        old, new = z[:, others] - z[:, kept] @ slope, rows[:, others] - z[:, kept] @ slope
        np.testing.assert_allclose(old.T @ new / len(z), 0.0, atol=0.015)
        expected = matrix[np.ix_(others, others)] - matrix[np.ix_(others, kept)] @ slope
        np.testing.assert_allclose(new.T @ new / len(z), expected, atol=0.015)


def test_units_are_those_from_which_the_engine_finds_the_scores_again():
    matrix = correlation(0.9)
    lower = np.linalg.cholesky(matrix)
    z, _ = two_draws(matrix, 5)
    units = independent_units(lower, z)
    np.testing.assert_allclose(special.ndtri(units) @ lower.T, z, atol=1e-9)
    assert stats.kstest(units[:, 2], "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(units.T)[1, 2]) < 0.05
    far = independent_units(np.eye(1), np.array([[60.0], [-60.0]]))
    assert ((far > 0.0) & (far < 1.0)).all()


def test_replicates_and_failed_draws():
    z, z2 = two_draws(np.eye(2), 6)
    base, picked = z.sum(axis=1), z2.sum(axis=1)
    failed = np.arange(SIZE) % 200 == 0
    broken = np.where(failed, np.nan, picked)
    found = remainder(base, broken, np.arange(SIZE) // 512, failed)
    assert found.shape == (8,)
    assert found.mean() == pytest.approx(2.0, abs=0.2)
    with pytest.raises(StatisticError, match="outputs: 21 of 4096 values are not finite"):
        remainder(base, broken)
    with pytest.raises(StatisticError, match="82 of 4096 draws failed, expected at most 1%"):
        remainder(base, picked, failed=np.arange(SIZE) % 50 == 0)
    with pytest.raises(StatisticError, match="expected one number per draw"):
        remainder(base, picked[:5])


def test_what_has_no_shapley_effects_is_refused():
    with pytest.raises(StatisticError, match="found 13 players, expected 1 to 12"):
        coalitions(13)
    values = linear_gaussian(np.ones(3), np.eye(3))
    del values[(0, 2)]
    with pytest.raises(StatisticError, match=r"found 6 coalitions of 3 players, expected 7; "):
        effects(values)
    with pytest.raises(StatisticError, match="the output is constant"):
        effects({(): np.zeros(4), (0,): np.zeros(4), (1,): np.zeros(4)})
    with pytest.raises(StatisticError, match="expected as many replicates"):
        effects({(): np.ones(4), (0,): np.ones(3), (1,): np.ones(4)})
    z, z2 = two_draws(np.eye(3), 7, 10)
    for kept in ([3], [-1], [0, 0]):
        with pytest.raises(StatisticError, match="different inputs below 3"):
            score_rows(np.eye(3), kept, z, z2)
    with pytest.raises(StatisticError, match="positive definite"):
        score_rows(np.ones((3, 3)), [0], z, z2)
    with pytest.raises(StatisticError, match="Cholesky factor: found shape"):
        independent_units(correlation(0.5), z)


def test_twelve_players_take_all_their_coalitions():
    found = effects(linear_gaussian(np.arange(1.0, 13.0), np.eye(12)))
    np.testing.assert_allclose(told(found), np.arange(1.0, 13.0) ** 2 / 650.0, atol=1e-12)
    assert found.as_json()["effects"][0]["method"] == "exact"
