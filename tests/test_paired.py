"""Paired differences: published values, closed forms, coverage, and what failed draws do."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from mc_engine.errors import StatisticError
from mc_engine.intervals import Pairs, paired_difference, replicates, tango, wilson

Z = stats.norm.ppf(0.975)
TRIALS = 2000


def ends(found):
    return found.low, found.high


def pairs(b, c, n, add=0, take=0, failed=0):
    return Pairs(*(np.atleast_1d(np.asarray(x, dtype=float)) for x in (b, c, add, take, failed, n)))


# Published and closed forms.


def test_the_published_example():
    # Fagerland, Lydersen and Laake, Statistics in Medicine 33 (2014): airway reactivity before and
    # after transplantation, 1 and 7 of 21 pairs differ; Tango's interval is given to three digits.
    assert ends(tango(1, 7, 21)) == pytest.approx((-0.517, -0.026), abs=5e-4)


@pytest.mark.parametrize("n", [10, 1000, 100_000])
def test_no_draw_that_differs(n):
    # b = c = 0: the most likely proportion is 0, the score -sqrt(n d / (1 - d)), equal to -z at
    # d = z^2 / (n + z^2).
    reach = Z**2 / (n + Z**2)
    assert ends(tango(0, 0, n)) == pytest.approx((-reach, reach), rel=1e-12)


@pytest.mark.parametrize("n", [10, 1000])
def test_every_draw_differs_one_way(n):
    # b = n: the most likely proportion is (1 - d)/2, the score sqrt(n (1 - d)/(1 + d)).
    result = tango(n, 0, n)
    assert ends(result) == pytest.approx(((n - Z**2) / (n + Z**2), 1.0), rel=1e-12)


@pytest.mark.parametrize(("b", "n"), [(1, 10), (7, 100), (40, 60), (3, 100_000)])
def test_draws_that_differ_one_way_only_have_wilsons_upper_end(b, n):
    # c = 0: above b / (2 n - b) the most likely proportion is 0, the score that of Wilson.
    assert tango(b, 0, n).high == pytest.approx(wilson(b, n).high, rel=1e-12)


def score_by_likelihood(difference, b, c, n):
    """The score with the nuisance proportion found by maximising the likelihood numerically."""

    def minus(q):
        cells = ((b, q + difference), (c, q), (n - b - c, 1.0 - 2.0 * q - difference))
        return -sum(count * math.log(max(p, 1e-300)) for count, p in cells if count)

    bounds = (max(0.0, -difference), (1.0 - difference) / 2.0)
    q = optimize.minimize_scalar(minus, bounds=bounds, method="bounded", options={"xatol": 1e-13}).x
    variance = (2.0 * q + difference - difference**2) / n
    return ((b - c) / n - difference) / math.sqrt(variance)


@pytest.mark.parametrize(
    ("b", "c", "n"), [(1, 7, 21), (12, 5, 60), (30, 30, 100), (80, 40, 1000), (3, 1, 500)]
)
def test_the_ends_solve_the_likelihood_form(b, c, n):
    result = tango(b, c, n)
    scores = [score_by_likelihood(end, b, c, n) for end in ends(result)]
    # The numerical maximum is good to about 1e-6.
    assert scores == pytest.approx([Z, -Z], abs=1e-4)


counts = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200)).filter(
    lambda t: sum(t) > 0
)


@settings(max_examples=200, deadline=None)
@given(counts)
def test_exchanging_the_runs_changes_the_sign(count):
    b, c, same = count
    low, high = ends(tango(b, c, b + c + same))
    assert ends(tango(c, b, b + c + same)) == (-high, -low)


@settings(max_examples=200, deadline=None)
@given(counts)
def test_the_estimate_lies_inside_and_the_ends_inside_one(count):
    b, c, same = count
    result = tango(b, c, b + c + same)
    assert -1.0 <= result.low <= result.estimate <= result.high <= 1.0


@settings(max_examples=200, deadline=None)
@given(counts)
def test_one_more_draw_for_the_first_moves_both_ends_up(count):
    b, c, same = count
    n = b + c + same + 1
    lesser, greater = tango(b, c, n), tango(b + 1, c, n)
    assert greater.low >= lesser.low - 1e-12
    assert greater.high >= lesser.high - 1e-12


# What an interval promises: 2,000 trials at 95 %, standard error 0.5 %.

# P(first), P(second), correlation of the two misses.
TRUTHS = [
    (0.5, 0.45, 0.9),
    (0.3, 0.3, 0.0),
    (0.1, 0.06, 0.6),
    (0.9, 0.8, 0.5),
    (0.05, 0.04, 0.8),
    (0.6, 0.2, 0.3),
]


def cells(first, second, correlation):
    """P(first only), P(second only)."""
    spread = math.sqrt(first * (1 - first) * second * (1 - second))
    both = first * second + correlation * spread
    return first - both, second - both


@pytest.mark.parametrize(("first", "second", "correlation"), TRUTHS)
def test_tango_covers_as_often_as_it_claims(first, second, correlation):
    b, c = cells(first, second, correlation)
    rng = np.random.default_rng(1998)
    drawn = rng.multinomial(600, [b, c, 1.0 - b - c], TRIALS)
    result = [tango(int(k), int(m), 600) for k, m, _ in drawn]
    covered = np.mean([f.low <= first - second <= f.high for f in result])
    assert 0.93 <= covered <= 0.97


@pytest.mark.parametrize(("first", "second", "correlation"), TRUTHS)
def test_replicates_cover_as_often_as_they_claim(first, second, correlation):
    b, c = cells(first, second, correlation)
    rng = np.random.default_rng(1999)
    drawn = rng.multinomial(1024, [b, c, 1.0 - b - c], (TRIALS, 16))
    size = np.full(16, 1024.0)
    result = [paired_difference(pairs(row[:, 0], row[:, 1], size)) for row in drawn]
    covered = np.mean([f.low <= first - second <= f.high for f in result])
    assert 0.93 <= covered <= 0.97


def test_weighted_pairs_cover_as_often_as_they_claim():
    rng = np.random.default_rng(2000)
    covered = []
    for _ in range(TRIALS):
        weight = rng.exponential(size=800)
        kind = rng.choice(3, 800, p=[0.12, 0.06, 0.82])
        b, c = weight[kind == 0].sum(), weight[kind == 1].sum()
        effective = weight.sum() ** 2 / (weight**2).sum()
        result = paired_difference(pairs(b, c, weight.sum()), n_effective=effective)
        covered.append(result.low <= 0.06 <= result.high)
    assert 0.93 <= np.mean(covered) <= 0.97


# Which interval is used, and what failed draws do.


def test_replicates_give_the_t_interval_of_their_differences():
    b, c, size = np.array([30, 25, 35, 28]), np.array([10, 12, 9, 11]), np.full(4, 256)
    result, wanted = paired_difference(pairs(b, c, size)), replicates((b - c) / size)
    assert (result.estimate, result.low, result.high) == pytest.approx(
        (wanted.estimate, wanted.low, wanted.high)
    )


def test_a_replicate_in_which_little_differs_takes_the_pooled_count():
    result = paired_difference(pairs([2, 30, 30], [2, 10, 10], [256, 256, 256]))
    assert (ends(result), result.method) == (
        ends(tango(62, 22, 768)),
        "tango on the pooled count, conservative",
    )


def test_runs_that_agree_throughout_are_not_certain_to_be_equal():
    result = paired_difference(pairs([0] * 16, [0] * 16, [64] * 16))
    assert result.low < 0.0 < result.high


def test_failed_draws_widen_both_ends():
    result = paired_difference(pairs(20, 10, 500, add=3, take=2, failed=4))
    assert ends(result) == (tango(20, 12, 500).low, tango(23, 10, 500).high)


def test_the_estimate_is_of_the_pairs_that_did_not_fail():
    assert paired_difference(pairs(20, 10, 500, add=3, take=2, failed=100)).estimate == 10 / 400


@pytest.mark.parametrize("failed", [[0, 3, 0, 0], [0, 0, 9, 0]])
def test_failed_draws_never_narrow_a_replicated_difference(failed):
    b, c, size = [30, 25, 35, 28], [10, 12, 9, 11], [256] * 4
    plain = paired_difference(pairs(b, c, size))
    result = paired_difference(pairs(b, c, size, add=failed, take=failed, failed=failed))
    assert result.low <= plain.low < plain.high <= result.high


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tango(6, 5, 10), "draws that differ: found 11 of 10"),
        (lambda: tango(-1, 5, 10), "draws that differ: found -1 of 10"),
        (lambda: tango(1, 1, 10, 1.0), "expected more than 0 and less than 1"),
        (lambda: paired_difference(pairs(0, 0, 10, 10, 10, 10)), "all 10 pairs of draws failed"),
    ],
)
def test_what_cannot_be_bounded_is_refused(call, message):
    with pytest.raises(StatisticError, match=message):
        call()
