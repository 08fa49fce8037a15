"""What a margin is, and the milestones of a draw (equations K)."""

import gc
import time
import weakref

import numpy as np
import pytest

from mc_engine.errors import ModelError
from mc_engine.targets import Context, evaluate, milestones, misses, parse
from tests.targets.examples import COMMON, RULES, all_targets, target

YEARS = np.arange(2010, 2061)


def random_context(size=40, seed=2060, years=YEARS):
    """Rising, then falling emissions with noise, so that every rule is met and missed."""
    rng = np.random.default_rng(seed)
    shape = np.clip(1.3 - np.abs(years - rng.uniform(2020, 2040, (size, 1))) / 22.0, 0.0, None)
    ttw = 700.0 * shape * rng.uniform(0.9, 1.1, (size, years.size))
    wtt = 200.0 * shape * rng.uniform(0.9, 1.1, (size, years.size))
    removals = np.clip((years - 2035) / 25.0, 0.0, 1.0) * rng.uniform(0, 400, (size, 1))
    return Context(
        years,
        ("ttw", "wtt"),
        ("bus", "car"),
        {
            "emissions": np.stack([ttw, wtt], axis=1),
            "removals": removals,
            "plug_in_sales_share": rng.random((size, 2, years.size)),
            "y": rng.normal(5.0, 3.0, size),
        },
        base_year=2020,
    )


# The oracle: one draw at a time, dictionaries by year, written from docs/model.md section K.


def series_of(context, draw, scope):
    parts = {"ttw": ["ttw"], "wtw": ["ttw", "wtt"]}[scope]
    emissions = context.outputs["emissions"][draw]
    return {
        int(year): sum(float(emissions[context.stages.index(part), k]) for part in parts)
        for k, year in enumerate(context.years)
    }


def net_of(context, draw, scope):
    own, widest = series_of(context, draw, scope), series_of(context, draw, "wtw")
    base = context.base_year
    ratio = own[base] / widest[base] if widest[base] else 0.0
    removals = context.outputs["removals"][draw]
    return {year: own[year] - float(removals[k]) * ratio for k, year in enumerate(own)}


def smooth(series):
    return {
        year: float(np.mean([series[y] for y in (year - 1, year, year + 1) if y in series]))
        for year in series
    }


def oracle(name, context, draw):
    rule = RULES[name]
    if rule["rule"] == "threshold":
        y = float(context.outputs["y"][draw])
        return rule["at_most"] - y if "at_most" in rule else y - rule["at_least"]
    if rule["rule"] == "sales_share":
        table = dict(
            zip(context.years, context.outputs["plug_in_sales_share"][draw, 1], strict=True)
        )
        return table[rule["year"]] - rule["at_least"]
    if rule["rule"] in ("all_of", "any_of"):
        parts = [oracle(part, context, draw) for part in rule["targets"]]
        return min(parts) if rule["rule"] == "all_of" else max(parts)
    series = series_of(context, draw, rule["scope"])
    mean = smooth(series)
    if rule["rule"] == "budget":
        total = sum(e for year, e in series.items() if rule["first"] <= year <= rule["last"])
        return rule["at_most_gt"] - total / 1000.0
    target_year = rule["year"]
    if rule["rule"] == "peak_before":
        before = max(e for year, e in mean.items() if year < target_year)
        return before - max(e for year, e in mean.items() if year >= target_year)
    if rule["rule"] == "net_zero_by":
        tolerance = rule["tolerance"].get("mt")
        if tolerance is None:
            tolerance = rule["tolerance"]["share_of_peak"] * max(mean.values())
        net = net_of(context, draw, rule["scope"])
        return tolerance - max(e for year, e in net.items() if year >= target_year)
    level = rule["at_most"]
    if "share_of_peak" in level:
        limit = level["share_of_peak"] * max(e for y, e in mean.items() if y <= target_year)
    elif "share_of_year" in level:
        limit = level["share_of_year"]["share"] * series[level["share_of_year"]["year"]]
    else:
        limit = level["mt"]
    return limit - series[target_year]


@pytest.mark.parametrize("name", RULES)
def test_margins_agree_with_the_oracle(name):
    context = random_context()
    result = evaluate(all_targets(), context)[:, list(RULES).index(name)]
    wanted = [oracle(name, context, draw) for draw in range(40)]
    # 1e-9 Mt: the same sums of numbers near 1000 in another order.
    np.testing.assert_allclose(result, wanted, rtol=0.0, atol=1e-9)


@pytest.mark.parametrize("name", RULES)
def test_the_random_context_meets_and_misses_every_rule(name):
    missed = misses(evaluate(all_targets(), random_context(400)))[:, list(RULES).index(name)]
    assert 0 < missed.sum() < 400


@pytest.mark.parametrize("chunk", [1, 7])
def test_margins_do_not_depend_on_the_size_of_the_chunk(chunk):
    whole = random_context()
    parts = []
    for start in range(0, 40, chunk):
        outputs = {name: values[start : start + chunk] for name, values in whole.outputs.items()}
        part = Context(whole.years, whole.stages, whole.classes, outputs, whole.base_year)
        parts.append(evaluate(all_targets(), part))
    np.testing.assert_array_equal(np.concatenate(parts), evaluate(all_targets(), whole))


def test_no_draws_give_no_margins():
    assert evaluate(all_targets(), random_context(0)).shape == (0, len(RULES))


def test_a_margin_of_zero_is_met():
    assert misses(np.array([[0.0, -0.0, -1e-300, 1.0]])).tolist() == [[0, 0, 1, 0]]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_draw_that_is_not_finite_has_no_margin(bad):
    context = random_context()
    for values in context.outputs.values():
        values[3] = bad
    assert (misses(evaluate(all_targets(), context))[3] == -1).all()


def test_a_failed_draw_leaves_the_others_alone():
    context, spoiled = random_context(), random_context()
    spoiled.outputs["emissions"][3, 0, 5] = np.nan
    rest = np.arange(40) != 3
    np.testing.assert_array_equal(
        evaluate(all_targets(), spoiled)[rest], evaluate(all_targets(), context)[rest]
    )


def constant_context(ttw, removals=None, years=YEARS):
    """One draw with one stage."""
    outputs = {"emissions": np.asarray(ttw, dtype=float).reshape(1, 1, -1)}
    if removals is not None:
        outputs["removals"] = np.asarray(removals, dtype=float).reshape(1, -1)
    return Context(years, ("ttw",), (), outputs, base_year=2020)


def test_removals_are_nothing_where_the_base_year_is_silent():
    series = np.where(YEARS == 2020, 0.0, 50.0)
    context = constant_context(series, removals=np.full(YEARS.size, 20.0))
    # Tolerance 10 Mt less 50 Mt.
    assert evaluate([target("zero_mt")], context)[0, 0] == -40.0


def test_a_narrower_scope_gets_its_own_share_of_the_removals():
    emissions = np.full((1, 2, YEARS.size), 30.0)
    emissions[:, 1] = 10.0
    outputs = {"emissions": emissions, "removals": np.full((1, YEARS.size), 8.0)}
    context = Context(YEARS, ("ttw", "wtt"), (), outputs, base_year=2020)
    # 3/4 of the emissions of 2020 are in the scope, and so are 6 of 8 Mt.
    assert evaluate([target("zero_mt")], context)[0, 0] == 10.0 - (30.0 - 6.0)


def test_a_stricter_target_is_never_missed_less_often():
    context = random_context(400)
    levels = [parse(f"c{x}", COMMON | RULES["cap_mt"] | {"at_most": {"mt": x}}) for x in range(9)]
    shares = misses(evaluate(levels, context)).mean(axis=0)
    assert (np.diff(shares) <= 0.0).all()


# Milestones


def test_peak_year_is_the_earliest_maximum_of_the_mean():
    series = np.zeros(YEARS.size)
    # Two equal bumps; the single spike of 2015 is smoothed below them.
    series[[20, 21, 22, 30, 31, 32]] = 9.0
    series[5] = 20.0
    assert milestones(constant_context(series)).peak_year[0, 0] == 2031


def test_a_peak_in_the_first_year_is_seen():
    assert milestones(constant_context(np.arange(51)[::-1])).peak_year[0, 0] == 2010


def test_the_plateau_reaches_over_all_years_within_one_per_cent():
    series = np.where((YEARS >= 2025) & (YEARS <= 2035), 99.5, 10.0)
    series[20] = 100.0
    result = milestones(constant_context(series))
    assert (result.plateau_first[0, 0], result.plateau_last[0, 0]) == (2026, 2034)


def test_neutral_year_is_the_first_of_the_last_quiet_stretch():
    series = np.where(YEARS < 2040, 100.0, 5.0)
    series[YEARS == 2050] = 6.0
    assert milestones(constant_context(series)).neutral_year[0, 0] == 2051


def test_neutral_year_is_zero_for_never():
    series = np.where(YEARS < 2040, 100.0, 5.0)
    series[-1] = 5.1
    assert milestones(constant_context(series)).neutral_year[0, 0] == 0


def test_a_sector_that_never_emits_is_neutral_from_the_start():
    assert milestones(constant_context(np.zeros(51))).neutral_year[0, 0] == 2010


def test_the_net_scope_is_the_widest_gross_scope_less_removals():
    context = random_context()
    result = milestones(context)
    net = context.outputs["emissions"].sum(axis=1) - context.outputs["removals"]
    assert result.scopes == ("ttw", "wtw", "net")
    # Same numbers of size 1000 added in another order.
    np.testing.assert_allclose(result.residual[:, 2], net[:, -1], atol=1e-9)


def test_milestones_of_a_failed_draw_say_so():
    context = random_context()
    context.outputs["emissions"][3] = np.nan
    result = milestones(context)
    assert (result.peak_year[3] == -1).all()
    assert (result.neutral_year[3] == -1).all()
    assert np.isnan(result.peak[3]).all()


def test_a_model_without_years_has_no_milestones():
    context = Context(np.array([], dtype=np.int64), (), (), {"y": np.zeros(5)})
    assert milestones(context).peak_year.shape == (5, 0)


def test_a_chunk_leaves_nothing_behind():
    context = random_context()
    gone = weakref.ref(context)
    gc.disable()  # what only the search for cycles would free counts as left behind
    try:
        evaluate(all_targets(), context)
        milestones(context)
        del context
        assert gone() is None
    finally:
        gc.enable()


def test_a_missing_output_is_named_at_evaluation():
    context = Context(YEARS, (), (), {"z": np.zeros(2)})
    with pytest.raises(ModelError, match="no output 'y'; the model gives z"):
        evaluate([target("low")], context)


def test_a_chunk_of_targets_takes_little_time():
    targets = [target(name) for name in list(RULES)[:6]]
    seconds = []
    for _ in range(3):
        context = random_context(8192)
        started = time.perf_counter()
        evaluate(targets, context)
        seconds.append(time.perf_counter() - started)
    # 0.02 s alone on a machine of 2026; ten times that for a busy one.
    assert min(seconds) < 0.2
