"""Rank correlations, their blocks, and the repair of those that contradict each other."""

import numpy as np
import pytest

from mc_engine.problem.dependence import (
    IndefiniteError,
    blocks,
    join,
    nearest,
    pearson,
    spearman,
)
from mc_engine.problem.problem import Correlation

NAMES = ("a", "b", "c", "d", "e")


def pair(first, second, value):
    return Correlation(first, second, value)


CLASH = (pair("a", "b", 0.9), pair("b", "c", 0.9), pair("a", "c", -0.9))


def test_pearson_and_spearman_undo_each_other():
    values = np.linspace(-1.0, 1.0, 41)
    # Two library functions, each right to a few last bits.
    assert [spearman(pearson(v)) for v in values] == pytest.approx(values, abs=1e-14)


def test_rank_correlation_of_normal_scores_is_the_stated_one():
    rng = np.random.default_rng(7)
    dependence = join(NAMES, [pair("a", "b", -0.6)], repair=False)
    _, rows = dependence.cholesky[0]
    scores = rng.standard_normal((200_000, 2)) @ np.array(rows).T
    ranks = scores.argsort(axis=0).argsort(axis=0)
    result = np.corrcoef(ranks.T)[0, 1]
    # Standard error of a rank correlation of 200,000 draws: below 0.002.
    assert result == pytest.approx(-0.6, abs=0.008)


def test_blocks_are_connected_components():
    pairs = [pair("d", "b", 0.2), pair("a", "c", 0.3), pair("e", "d", 0.1)]
    assert blocks(NAMES, pairs) == [(0, 2), (1, 3, 4)]


def test_correlation_of_zero_links_nothing():
    assert blocks(NAMES, [pair("a", "b", 0.0)]) == []


def test_cholesky_gives_back_the_pearson_matrix():
    pairs = [pair("c", "a", 0.5), pair("a", "d", -0.4)]
    _, rows = join(NAMES, pairs, repair=False).cholesky[0]
    expected = np.eye(3)
    expected[0, 1] = expected[1, 0] = pearson(0.5)
    expected[0, 2] = expected[2, 0] = pearson(-0.4)
    np.testing.assert_allclose(np.array(rows) @ np.array(rows).T, expected, atol=1e-15)


def test_perfect_correlation_has_a_factor():
    _, rows = join(NAMES, [pair("a", "b", 1.0)], repair=False).cholesky[0]
    # sin(pi/6) is one half but for its last bit.
    np.testing.assert_allclose(rows, [[1.0, 0.0], [1.0, 0.0]], atol=1e-15)


def test_contradiction_names_its_pairs():
    with pytest.raises(IndefiniteError) as caught:
        join(NAMES, [*CLASH, pair("d", "e", 0.5)], repair=False)
    ((pairs, _),) = caught.value.blocks
    assert {p.first + p.second for p in pairs} == {"ab", "bc", "ac"}


def test_nearest_matrix_is_a_correlation_matrix():
    matrix = np.array([[1, 0.95, -0.9], [0.95, 1, 0.9], [-0.9, 0.9, 1]])
    result = nearest(matrix)
    assert np.linalg.eigvalsh(result)[0] > 0.0
    np.testing.assert_array_equal(np.diag(result), 1.0)


def test_nearest_matrix_agrees_with_the_published_example():
    # Higham (2002), section 3: the tridiagonal matrix of ones.
    matrix = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    expected = [[1.0, 0.7607, 0.1573], [0.7607, 1.0, 0.7607], [0.1573, 0.7607, 1.0]]
    # Four printed digits.
    np.testing.assert_allclose(nearest(matrix), expected, atol=6e-5)


def test_repair_says_what_it_changed():
    dependence = join(NAMES, CLASH, repair=True)
    assert "a - b 0.900 -> " in dependence.notes[0]


def test_repair_leaves_a_sound_block_alone():
    dependence = join(NAMES, [*CLASH, pair("d", "e", 0.5)], repair=True)
    assert dependence.correlations[3] == pair("d", "e", 0.5)


def test_repaired_correlations_match_the_factor():
    dependence = join(NAMES, CLASH, repair=True)
    _, rows = dependence.cholesky[0]
    matrix = np.array(rows) @ np.array(rows).T
    result = [pearson(p.spearman) for p in dependence.correlations]
    np.testing.assert_allclose(result, [matrix[0, 1], matrix[1, 2], matrix[0, 2]], atol=1e-12)


def test_nothing_correlated_needs_no_factor():
    assert join(NAMES, [], repair=False).cholesky == ()
