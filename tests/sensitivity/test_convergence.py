"""Ties, leads and certificate, against what was planted."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mc_engine.errors import StatisticError
from mc_engine.sensitivity import SaltelliSums, certify, leading_shares, tied_pairs
from tests.sensitivity.functions import saltelli, scrambled

REPLICATES = 16
NAMES = ["first", "twin", "other twin", "fourth", "fifth", "sixth", "dummy"]
EFFECTS = np.array([4.0, 2.0, 2.0, 1.4, 1.0, 0.6, 0.0])


def planted(u):
    """Seven inputs of known effect, two of them twins; the last one is not read."""
    return (u - 0.5) @ EFFECTS + 3.0 * (u[..., 1] - 0.5) * (u[..., 2] - 0.5)


def indices(function, base, seed, inputs=7, replicates=REPLICATES):
    """Give indices of all base rows, and of the first half of each replicate."""
    sums = SaltelliSums(replicates, inputs, 1)
    halves = [slice(0, base // 2), slice(base // 2, base)]
    parts = [
        saltelli(scrambled(base, inputs, 1_000 * seed + k), function) for k in range(replicates)
    ]
    kept = []
    for half in halves:
        for replicate, part in enumerate(parts):
            sums.add(replicate, *part.take(half))
        kept.append(sums.copy().indices())
    return kept[1], kept[0]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_certificate_names_the_order_the_twins_and_who_leads(seed):
    whole, half = indices(planted, 64, seed)
    found = certify(NAMES, whole, half, rng=np.random.default_rng(seed))
    assert found.converged
    assert {*found.top[1:3]} == {"twin", "other twin"}
    assert (found.top[0], *found.top[3:]) == ("first", "fourth", "fifth")
    assert found.tied("other twin", "twin")
    assert not found.tied("first", "twin")
    assert not found.tied("sixth", "dummy")
    assert found.leads == {"first": 1.0}
    assert (found.base, found.repeats, found.method) == (1_024, 16, "replicates")


def test_a_certificate_is_plain_data():
    whole, half = indices(planted, 16, seed=3)
    found = certify(NAMES, whole, half, rng=np.random.default_rng(3))
    plain = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert plain["top"] == list(found.top)
    assert plain["ties"] == [list(pair) for pair in found.ties]
    assert plain["half_width"] == list(found.half_width)
    assert plain["leads"] == dict(found.leads)
    assert plain["converged"] is found.converged


def test_a_wide_interval_among_the_first_five_is_not_converged():
    whole, half = indices(planted, 64, seed=4)
    wide = replace(whole, total_high=whole.total_high + 0.12)
    found = certify(NAMES, wide, half, rng=np.random.default_rng(4))
    assert not found.converged
    assert found.too_wide == found.top
    assert min(found.half_width) > 0.06 > found.most_half_width
    # A wide interval of the last factor does not count.
    last = np.where(np.arange(7)[:, None] == 6, 0.5, 0.0)
    fine = certify(
        NAMES,
        replace(whole, total_high=whole.total_high + last),
        half,
        rng=np.random.default_rng(4),
    )
    assert fine.converged


def test_a_change_among_the_first_five_beyond_ties_is_not_converged():
    whole, half = indices(planted, 64, seed=5)
    swapped = half.total.copy()
    swapped[[3, 5]] = swapped[[5, 3]]  # the fourth falls out, the sixth comes in
    found = certify(NAMES, whole, replace(half, total=swapped), rng=np.random.default_rng(5))
    assert not found.converged
    assert ("fourth", "sixth") in found.changed
    assert "sixth" in found.top_before
    swapped = half.total.copy()
    swapped[1], swapped[2] = half.total[2] - 0.1, half.total[1] + 0.1  # the twins are tied
    swapped[1:3] = np.sort(swapped[1:3], axis=0)[:: -1 if whole.total[2] > whole.total[1] else 1]
    found = certify(NAMES, whole, replace(half, total=swapped), rng=np.random.default_rng(5))
    assert ("twin", "other twin") not in found.changed
    assert ("other twin", "twin") not in found.changed


def test_a_certificate_needs_a_name_and_an_index_of_each_replicate():
    whole, half = indices(planted, 16, seed=6)
    rng = np.random.default_rng(6)
    with pytest.raises(StatisticError, match="found no total index by replicate"):
        certify(NAMES, replace(whole, total_by_repeat=None), half, rng=rng)
    with pytest.raises(StatisticError, match="found 6 names for 7 groups"):
        certify(NAMES[1:], whole, half, rng=rng)


def test_ties_are_declared_as_often_as_the_level_says():
    """Two equal factors and independent replicates: 5 % of the pairs are told apart."""
    rng = np.random.default_rng(7)
    apart = 0
    for _ in range(2_000):
        each = rng.normal(0.3, 0.02, size=(REPLICATES, 2)) + rng.normal(size=(REPLICATES, 1))
        apart += not tied_pairs(each.mean(axis=0), each)[0, 1]
    assert abs(apart / 2_000 - 0.05) < 0.015  # three standard errors of 2,000 trials


def test_simultaneous_ties_hold_for_all_pairs_at_once():
    """Thirty equal factors, 435 pairs: any told apart in at most 5 % of the trials."""
    rng = np.random.default_rng(8)
    wrong = {False: 0, True: 0}
    for _ in range(400):
        each = rng.normal(0.1, 0.02, size=(REPLICATES, 30))
        for simultaneous in wrong:
            tied = tied_pairs(each.mean(axis=0), each, simultaneous=simultaneous)
            wrong[simultaneous] += not tied.all()
    assert wrong[True] / 400 <= 0.05 + 0.033  # three standard errors of 400 trials
    assert wrong[False] / 400 > 0.5


@pytest.mark.parametrize("pair", range(3))
def test_the_order_of_untied_factors_holds_from_another_seed(pair):
    one, _ = indices(planted, 32, 10 + 2 * pair)
    other, _ = indices(planted, 32, 11 + 2 * pair)
    each = one.total_by_repeat[:, :, 0]
    tied = tied_pairs(one.total[:, 0], each, simultaneous=True)
    order = one.total[:, 0][:, None] > one.total[:, 0]
    again = other.total[:, 0][:, None] > other.total[:, 0]
    assert (order == again)[~tied].all()
    assert (~tied).sum() >= 30  # of 42 ordered pairs


def test_leads_are_shares_of_resamples():
    rng = np.random.default_rng(9)
    even = np.array([[1.0, 0.0, 0.2], [0.0, 1.0, 0.2]] * 8)
    shares = leading_shares(even, rng)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[0] == pytest.approx(0.5, abs=0.05)
    assert shares[2] == 0.0
    same = leading_shares(np.ones((4, 2)), rng)
    np.testing.assert_allclose(same, 0.5)


def test_repeats_of_other_factors_are_refused():
    with pytest.raises(StatisticError, match=r"found shapes \(2,\) and \(5, 3\)"):
        tied_pairs(np.ones(2), np.ones((5, 3)))
    with pytest.raises(StatisticError, match="total index by repeat: 1 of 2 rows hold NaN"):
        tied_pairs(np.ones(2), [[1.0, np.nan], [1.0, 1.0]])


def test_a_dummy_of_a_saltelli_design_has_no_index_at_all():
    whole, _ = indices(planted, 16, 12)
    assert whole.total[6, 0] == 0.0
    assert whole.total[5, 0] > 0.0
