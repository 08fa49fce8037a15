"""Our estimators against SALib's on the same rows, in portions, and with failed draws."""

import sys

import numpy as np
import pytest

from mc_engine.errors import StatisticError
from mc_engine.sensitivity import SaltelliSums, cut, estimate
from mc_engine.sensitivity.salib_bridge import sobol
from tests.sensitivity.functions import in_order, ishigami, random_blocks, saltelli, scrambled

REPLICATES = 16


def salib(rows, groups, second, seed=1, resamples=150):
    """Give SALib's own answer, by no door of ours."""
    from SALib.analyze import sobol

    problem = {"names": [f"x{k}" for k in range(groups)], "num_vars": groups}
    problem["bounds"] = [[0.0, 1.0]] * groups
    asked = {"calc_second_order": second, "num_resamples": resamples, "keep_resamples": True}
    return sobol.analyze(problem, rows.copy(), seed=seed, **asked)


def largest(found, expected):
    return np.nanmax(np.abs(found - expected))


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("offset", [0.0, 1_000.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_estimates_equal_those_of_salib_on_the_same_random_rows(seed, offset, second):
    blocks = random_blocks(seed, second=second, offset=offset)
    found = estimate(*blocks)
    rows = in_order(blocks)
    gaps = []
    for output in range(rows.shape[1]):
        theirs = salib(rows[:, output], 4, second)
        gaps.append(largest(found.first[:, output], theirs["S1"]))
        gaps.append(largest(found.total[:, output], theirs["ST"]))
        if second:
            gaps.append(largest(found.second[:, :, output], theirs["S2"]))
            np.testing.assert_array_equal(
                np.isnan(found.second[:, :, output]), np.isnan(theirs["S2"])
            )
    sys.stdout.write(f"largest difference {max(gaps):.1e}\n")
    assert max(gaps) <= 1e-10


def test_rows_are_cut_into_their_roles_in_salibs_order():
    blocks = random_blocks(5, second=True)
    again = cut(in_order(blocks), 256, 4, second=True)
    for ours, cut_out in zip(blocks, again, strict=True):
        np.testing.assert_array_equal(ours, cut_out)
    one = cut(in_order(blocks)[:, 0], 256, 4, second=True)
    np.testing.assert_array_equal(one.ab[:, :, 0], blocks.ab[:, :, 0])


# --- portions ------------------------------------------------------------------------------------


def summed(blocks, portion, second=False, failed=None):
    """Add blocks portion by portion; base row k belongs to replicate k mod 16."""
    base, groups, outputs = blocks.shape
    sums = SaltelliSums(REPLICATES, groups, outputs, second)
    for start in range(0, base, portion):
        rows = slice(start, start + portion)
        owner = np.arange(base)[rows] % REPLICATES
        flags = None if failed is None else failed[rows]
        sums.add(owner, *blocks.take(rows), failed=flags)
    return sums


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("offset", [0.0, 1e5])
@pytest.mark.parametrize("portion", [1, 37, 512])
def test_portions_give_what_all_rows_give(portion, offset, second):
    blocks = random_blocks(6, base=512, second=second, offset=offset)
    found = summed(blocks, portion, second).indices()
    whole = estimate(*blocks)
    assert largest(found.first, whole.first) <= 1e-9
    assert largest(found.total, whole.total) <= 1e-9
    if second:
        assert largest(found.second, whole.second) <= 1e-9
    for one in range(REPLICATES):
        alone = estimate(*blocks.take(slice(one, None, REPLICATES)))
        assert largest(found.total_by_repeat[one], alone.total) <= 1e-9
    assert (found.base, found.failed, found.left_out) == (512, 0, 0)


def test_the_interval_is_the_t_interval_of_the_replicates():
    found = summed(random_blocks(7, base=512), 100).indices(level=0.9)
    spread = found.total_by_repeat.std(axis=0, ddof=1) / np.sqrt(REPLICATES)
    half = 1.7530503556925547 * spread  # Student's quantile at 0.95 with 15 degrees of freedom
    np.testing.assert_allclose(found.total_high - found.total, half, rtol=1e-12)
    np.testing.assert_allclose(found.total - found.total_low, half, rtol=1e-12)
    assert (found.method, found.level) == ("replicates", 0.9)


def test_sums_can_be_kept_at_half_time():
    blocks = random_blocks(8, base=512)
    half = summed(blocks.take(slice(0, 256)), 64)
    kept = half.copy()
    half.add(np.arange(256) % REPLICATES, *blocks.take(slice(256, None)))
    first = estimate(*blocks.take(slice(0, 256)))
    assert largest(kept.indices().total, first.total) <= 1e-9
    assert largest(half.indices().total, estimate(*blocks).total) <= 1e-9


# --- failed draws --------------------------------------------------------------------------------


def broken(blocks, rows):
    """Fail single rows (base, place in the block), which then hold NaN."""
    base, groups, _ = blocks.shape
    failed = np.zeros((base, groups + 2), dtype=bool)
    spoiled = [values.copy() for values in blocks[:3]]
    for row, place in rows:
        failed[row, place] = True
        spoiled[2][row, max(place - 1, 0)] = np.nan
    return type(blocks)(*spoiled), failed


def test_whole_blocks_leave_with_a_failed_row_and_are_counted():
    blocks = random_blocks(9, base=512)
    spoiled, failed = broken(blocks, [(3, 1), (3, 2), (200, 4)])
    stay = np.setdiff1d(np.arange(512), [3, 200])
    whole = estimate(*blocks.take(np.isin(np.arange(512), stay)))
    found = summed(spoiled, 50, failed=failed).indices()
    assert largest(found.total, whole.total) <= 1e-9
    assert (found.failed, found.left_out, found.base) == (3, 2, 510)


def test_more_than_one_in_a_hundred_failed_draws_are_refused():
    blocks = random_blocks(10, base=512)
    spoiled, failed = broken(blocks, [(row, 1) for row in range(31)])
    message = r"31 of 3072 draws failed, 1 %, expected at most 1 %.*status codes"
    with pytest.raises(StatisticError, match=message):
        summed(spoiled, 512, failed=failed).indices()
    spoiled, failed = broken(blocks, [(row, 1) for row in range(30)])
    assert summed(spoiled, 512, failed=failed).indices().left_out == 30


def test_a_replicate_without_a_whole_block_is_refused():
    sums = SaltelliSums(2, 150, 1, sobol=False)
    blocks = random_blocks(11, base=8, groups=150, outputs=2)
    blocks = type(blocks)(*[values[..., :1] for values in blocks[:3]])
    failed = np.zeros((8, 152), dtype=bool)
    failed[0, 0] = True
    sums.add(np.array([0, 1, 1, 1, 1, 1, 1, 1]), *blocks, failed=failed)
    with pytest.raises(StatisticError, match="replicate 0: found no whole Saltelli block"):
        sums.indices()


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused_with_its_role_and_first_row(value):
    blocks = random_blocks(12)
    blocks.ab[7, 2, 1] = value
    blocks.ab[9, 0, 0] = value
    message = "outputs of rows AB: 2 of 256 rows hold NaN or infinity, the first is row 7"
    with pytest.raises(StatisticError, match=message):
        estimate(*blocks)
    with pytest.raises(StatisticError, match=message):
        SaltelliSums(16, 4, 3).add(0, *blocks)


def test_a_constant_output_is_refused():
    blocks = random_blocks(13)
    for values in blocks[:3]:
        values[..., 1] = 0.1
    message = r"1 of 3 are constant \(number 1\).*leave them out"
    with pytest.raises(StatisticError, match=message):
        estimate(*blocks)
    with pytest.raises(StatisticError, match=message):
        summed(blocks, 64).indices()


def test_a_constant_output_is_flagged_where_that_is_asked_for():
    blocks = random_blocks(13)
    plain = summed(blocks, 64).indices()
    for values in blocks[:3]:
        values[..., 1] = 0.1
    found = summed(blocks, 64).indices(constant="undefined")
    np.testing.assert_array_equal(found.undefined, [False, True, False])
    for name in ("first", "first_low", "total", "total_high", "total_by_repeat"):
        values = getattr(found, name)
        assert np.isnan(values[..., 1]).all()
        np.testing.assert_allclose(values[..., 0], getattr(plain, name)[..., 0], atol=1e-12)


def test_an_output_that_is_constant_in_a_replicate_is_refused():
    blocks = random_blocks(14)
    rare = [np.zeros_like(values) for values in blocks[:3]]
    for values, source in zip(rare, blocks[:3], strict=True):
        values[...] = source
        values[..., 2] = 0.0
    rare[0][5, 2] = 1.0
    message = r"output within one of 16 replicates: 1 of 3 are constant \(number 2\)"
    with pytest.raises(StatisticError, match=message):
        summed(type(blocks)(*rare), 64).indices()


def test_sobol_rows_that_are_no_power_of_two_are_refused():
    blocks = random_blocks(15, base=240)
    message = "Sobol rows of replicate 0: found 15 base rows, expected a power of two; take 8 or 16"
    with pytest.raises(StatisticError, match=message):
        summed(blocks, 240).indices()


def test_rows_of_another_design_are_refused():
    rows = in_order(random_blocks(16))
    with pytest.raises(StatisticError, match=r"found 1536, expected 2560 \(256 base rows of 4"):
        cut(rows, 256, 4, second=True)
    with pytest.raises(StatisticError, match="they fit a design without second order"):
        cut(rows, 256, 4, second=True)
    with pytest.raises(StatisticError, match=r"expected 1280 \(256 base rows of 3 groups"):
        cut(rows, 256, 3)
    with pytest.raises(StatisticError, match="found 0 base rows"):
        cut(rows, 0, 3)
    a, b, ab, _ = random_blocks(16)
    with pytest.raises(StatisticError, match="Saltelli blocks: found shapes"):
        estimate(a, b[1:], ab)
    sums = SaltelliSums(16, 4, 3, second=True)
    with pytest.raises(StatisticError, match=r"without second order, expected \(4, 3\) with it"):
        sums.add(0, a, b, ab)
    with pytest.raises(StatisticError, match="replicate: found 16 to 16, expected 0 to 15"):
        SaltelliSums(16, 4, 3).add(16, a, b, ab)
    with pytest.raises(StatisticError, match="replicates: found 1, expected at least two"):
        SaltelliSums(1, 4, 3)
    with pytest.raises(StatisticError, match="failed rows: found 3 flags, expected one for each"):
        SaltelliSums(16, 4, 3).add(0, a, b, ab, failed=[True, False, True])


# --- what intervals are worth --------------------------------------------------------------------


def test_on_scrambled_rows_the_bootstrap_is_too_wide_and_replicates_are_not():
    parts = [saltelli(scrambled(1_024, 3, seed), ishigami) for seed in range(REPLICATES)]
    sums = SaltelliSums(REPLICATES, 3, 1)
    for replicate, part in enumerate(parts):
        sums.add(replicate, *part)
    found = sums.indices()
    together = [np.concatenate(rows) for rows in zip(*[part[:3] for part in parts], strict=True)]
    rows = in_order(type(parts[0])(*together))
    wide = sobol(rows, 1_024 * REPLICATES, list("abc"), resamples=500, seed=2)
    np.testing.assert_allclose(wide.total, found.total, atol=1e-12)
    # The errors of scrambled points cancel, which a resample undoes.
    assert (found.total_high - found.total < 0.5 * (wide.total_high - wide.total)).all()
