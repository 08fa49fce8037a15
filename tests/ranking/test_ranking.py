"""Ranking a run: screened, quantified, stored, answered again, resumed, put into words."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from scipy import special

from mc_engine.cli import commands as cli
from mc_engine.design.groups import Group, groups_of
from mc_engine.design.ranking import saltelli
from mc_engine.errors import RequestError, RunInterruptedError, StatisticError
from mc_engine.intervals import Interval
from mc_engine.ranking import evaluation, index_files, ranking, storage
from mc_engine.ranking.contract import ROWS, Evidence
from mc_engine.ranking.evaluation import Evaluation
from mc_engine.ranking.methods import (
    METHODS,
    SUPPLEMENTS,
    dependence,
    levers,
    prior_sensitivity,
    shapley,
)
from mc_engine.ranking.methods.discovery import box_statement
from mc_engine.ranking.methods.screening import screen
from mc_engine.ranking.result import BoxLimit, DiscoveryBox, Request
from mc_engine.ranking.saltelli import quantify
from mc_engine.report import ranking as words
from mc_engine.report.catalogue import Catalogue
from mc_engine.run import store
from mc_engine.sensitivity.shapley import coalitions
from mc_engine.study import Run, Study
from mc_engine.vocabulary.plain import plain
from tests.run.stored import ANALYTIC

DRAWS, BASE, FACTORS = 4_096, 64, 6
REQUEST = Request(base=BASE, trajectories=4, kept=FACTORS)


@pytest.fixture(scope="module")
def china():
    return Study("china")


@pytest.fixture(scope="module")
def ranked(china, tmp_path_factory):
    run = china.run(DRAWS, series=0, out=tmp_path_factory.mktemp("ranked") / "run")
    return run, ranking.rank(Evidence(china, run, REQUEST))


def test_ishigami_comes_out_of_the_whole_chain(tmp_path):
    study = Study(ANALYTIC)
    groups = groups_of(study.problem)
    found = quantify(Evaluation(study, tmp_path), groups, base=16_384, second=True)
    assert found.rows == 16_384 * 8
    place = [target.rule for target in study.problem.targets].index(study.problem.targets[0].rule)
    total = found.margins.total[:, place]
    np.testing.assert_allclose(total, [0.55758886, 0.44241114, 0.24368366], atol=0.03)
    np.testing.assert_allclose(found.by_salib[1, :, place], total, atol=1e-10)
    np.testing.assert_allclose(
        found.by_salib[0, :, place], found.margins.first[:, place], atol=1e-10
    )
    # Only the first and the third act together: 0.24368366 (Sobol 2003).
    pairs = found.margins.second[:, :, place]
    np.testing.assert_allclose(
        [pairs[0, 1], pairs[0, 2], pairs[1, 2]], [0.0, 0.24368366, 0.0], atol=0.02
    )


def test_every_target_has_a_table_that_salib_agrees_with(ranked):
    run, result = ranked
    assert [target.name for target in result.targets] == run.manifest["targets"]
    assert len(result.factors) == FACTORS + 1
    assert result.factors[-1].kind == "rest"
    members = [name for factor in result.factors for name in factor.members]
    assert len(members) == len(set(members)) == run.manifest["uncertain_inputs"]
    for target in result.targets:
        assert [line.rank for line in target.table] == list(range(1, FACTORS + 2))
        totals = [line.total for line in target.table]
        assert totals == sorted(totals, reverse=True)
        for line in target.table:
            assert line.total_by_salib == pytest.approx(line.total, abs=1e-10)
            assert line.total_low <= line.total <= line.total_high
        assert target.left_out.factors == len(result.factors[-1].members)


def test_it_is_stored_with_the_run_and_read_again(china, ranked, monkeypatch):
    run, result = ranked
    content = json.loads((run.folder / ranking.RANKING).read_text(encoding="utf-8"))
    assert content == plain(result)
    assert content["schema_version"] == 1
    monkeypatch.setattr("mc_engine.ranking.methods.screening.screen", None)
    assert ranking.rank(Evidence(china, run, REQUEST)) == result
    assert not (run.folder / ROWS).exists()
    with store.open_dataset(run.folder, index_files.INDICES) as cube:
        assert cube["total"].dims == ("scope", "year", "factor")
        assert cube["margin_total"].dims == ("factor", "target")
        first = result.targets[0].table[0]
        total = cube["margin_total"].sel(factor=first.factor, target=result.targets[0].name)
        assert float(total) == first.total


def test_rows_go_on_where_they_were_interrupted(china, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "CHUNK", 2_000)
    sampling = saltelli(china.problem, 0, 32, groups_of(china.problem))

    def evaluated(name, **how):
        there = Evaluation(china, tmp_path / name, **how)
        return list(there.rows(there.plan(sampling), "rows"))

    whole = evaluated("whole")
    stops = iter([False, True])
    with pytest.raises(RunInterruptedError, match=f"of {sampling.design.draws} rows; run the same"):
        evaluated("parts", should_stop=lambda: next(stops))
    reports = []
    again = evaluated("parts", on_progress=lambda *row: reports.append(row))
    assert 0 < len(reports) < len(whole)
    assert reports[-1] == ("rows", sampling.design.draws, sampling.design.draws)
    for one, other in zip(whole, again, strict=True):
        np.testing.assert_array_equal(one.margin, other.margin)
        np.testing.assert_array_equal(one.yearly["emissions"], other.yearly["emissions"])
    sampling = saltelli(china.problem, 1, 32, groups_of(china.problem))
    with pytest.raises(RequestError, match="found rows of"):
        evaluated("parts")


def test_a_larger_ranking_continues_from_the_stored_one(china, ranked, tmp_path, monkeypatch):
    run, result = ranked
    folder = shutil.copytree(run.folder, tmp_path / "run")
    # The factors are those of the stored ranking.
    monkeypatch.setattr("mc_engine.ranking.methods.screening.screen", None)
    reports = []
    larger = Evidence(
        china,
        Run(folder),
        ranking.extended(Run(folder)),
        on_rows=lambda *row: reports.append(row),
    )
    further = ranking.rank(larger)
    assert further.base == 2 * BASE
    assert reports[-1][2] == further.rows - result.rows == result.rows
    fresh = quantify(Evaluation(china, tmp_path / "fresh"), result.factors, base=2 * BASE)
    with store.open_dataset(folder, index_files.INDICES) as cube:
        np.testing.assert_allclose(cube["margin_total"], fresh.margins.total, atol=1e-12)
        np.testing.assert_allclose(cube["miss_first"], fresh.misses.first, atol=1e-12)
        shape = cube["total"].shape
        total = np.moveaxis(fresh.over_time.total.reshape(shape[2], *shape[:2]), 0, -1)
        np.testing.assert_allclose(cube["total"], total, atol=1e-9)
    empty = shutil.copytree(run.folder, tmp_path / "empty")
    (empty / ranking.RANKING).unlink()
    with pytest.raises(RequestError, match="no ranking of these draws to extend"):
        ranking.extended(Run(empty))


def test_a_ranking_of_another_schema_is_refused_or_made_again(china, ranked, tmp_path):
    run, result = ranked
    folder = shutil.copytree(run.folder, tmp_path / "run")
    content = plain(result)
    older = {key: value for key, value in content.items() if key != "schema_version"}
    for stored, message in (
        (older, "found no schema_version, expected schema 1: an earlier mc_engine wrote it; rank"),
        (content | {"schema_version": 2}, "found schema 2, expected at most 1: a newer mc_engine"),
        (content | {"rows": "many"}, r"found rows \(.*\), expected a RankingResult; rank the run"),
    ):
        (folder / ranking.RANKING).write_text(json.dumps(stored), encoding="utf-8")
        with pytest.raises(RequestError, match=message):
            ranking.stored(Run(folder))
    (folder / ranking.RANKING).write_text(json.dumps(older), encoding="utf-8")
    again = ranking.rank(Evidence(china, Run(folder), REQUEST))
    assert replace(again, seconds=result.seconds) == result
    assert ranking.stored(Run(folder)) == again


def test_every_method_has_a_name_a_file_and_an_option_of_its_own():
    assert len({method.name for method in METHODS}) == len(METHODS)
    files = {method.file for method in SUPPLEMENTS}
    assert files >= {f"ranking-{n}.json" for n in ("priors", "shapley", "levers", "constrained")}
    flags = [option.flag for method in METHODS for option in method.options]
    flags += [method.option.flag for method in SUPPLEMENTS]
    assert len(set(flags)) == len(flags)


def test_a_screening_tells_a_factor_from_a_dummy(china, tmp_path):
    found = screen(Evaluation(china, tmp_path), 4)
    moving = np.isfinite(found.noise)
    assert moving.any()
    assert (found.noise[moving] == 0.0).all()  # the model gives the same to the last bit
    largest = found.star[:, moving].max(axis=1)
    expected = {group.name for group, star in zip(found.groups, largest, strict=True) if star > 0.0}
    assert set(found.leading(len(found.groups))) == expected


def test_the_problem_is_exported_to_salib_with_its_factors(china):
    spec = china.problem_spec()
    groups = groups_of(china.problem)
    assert spec["num_vars"] == len(china.problem.factors)
    assert list(dict.fromkeys(spec["groups"])) == [group.name for group in groups]
    assert spec["names"] == [factor.name for factor in china.problem.factors]
    assert set(map(tuple, spec["bounds"])) == {(0.0, 1.0)}


def test_a_dummy_lies_below_the_noise_floor_and_a_leading_input_above(ranked):
    _, result = ranked
    target = next(one for one in result.targets if one.name == "minus20_lifecycle_2035")
    lead = target.table[0]
    assert lead.pawn > target.noise.pawn_median
    assert lead.regional > target.noise.regional


def test_a_planted_duplicate_is_named(ranked):
    run, result = ranked
    assert result.dependent == ()
    with run.draws as draws:
        flat = draws.isel(region=0, drop=True).load()
    groups = groups_of(Study("china").problem)
    values = flat["parameters"].values.copy()
    names = [str(name) for name in flat["parameter"].values]
    one, other = names.index("charging_mix"), names.index("heavy_truck_life")
    values[:, other] = 3.0 * values[:, one] + 1.0
    planted = flat.assign(parameters=(("draw", "parameter"), values))
    (pair,) = dependence.dependent_pairs(planted, groups)
    assert sorted(pair.inputs) == ["charging_mix", "heavy_truck_life"]
    assert pair.rank_correlation == 1.0


def test_the_evppi_of_a_factor_is_a_share_of_the_expected_loss(ranked):
    _, result = ranked
    scopes = [decision.scope for decision in result.value_of_information]
    assert scopes == ["ttw", "wtw", "life_cycle"]
    for decision in result.value_of_information:
        assert decision.quantile == 0.9
        assert len(decision.evppi) == FACTORS
        shares = [one.share for one in decision.evppi]
        assert shares == sorted(shares, reverse=True)
        assert -0.05 < shares[-1] <= shares[0] < 1.0


def in_words(method, result, targets):
    return words.text(None, targets, supplements={method.name: result})


def test_bands_of_the_priors_hold_the_chance_itself(china, ranked):
    run, found = ranked
    method = prior_sensitivity.METHOD
    result = ranking.supplement(method, Evidence(china, run, ranking=found))
    assert storage.read(run, method.file, method.result) == result
    for target, row in zip(result.targets, found.targets, strict=True):
        assert target.name == row.name
        for band in target.bands:
            assert band.low <= target.p_miss <= band.high
            assert band.input in [line.lead for line in row.table]
    text = in_words(method, result, ["minus20_wtw_2035"])
    assert "minus20_wtw_2035" in text
    assert "peak" not in text


def test_the_correlation_of_scores_is_that_of_the_problem(china):
    matrix = prior_sensitivity.correlation_of(china.problem)
    names = [factor.name for factor in china.problem.factors]
    for pair in china.problem.correlations:
        pearson = 2.0 * np.sin(np.pi * pair.spearman / 6.0)
        found = matrix[names.index(pair.first), names.index(pair.second)]
        assert found == pytest.approx(pearson, abs=1e-9)


def test_shapley_effects_of_a_study_add_up_and_its_blocks_too(china, ranked):
    run, found = ranked
    evaluation = Evaluation(china, run.folder / "shapley")
    leading = shapley.players(found, 3)
    result = shapley.share(evaluation, found.identity, leading, points=64)
    across, *within = result.games
    assert [player.name for player in across.players][:-1] == [
        group.name for group in groups_of(china.problem) if group.name in leading
    ]
    for target in across.targets:
        assert target.held.estimate == pytest.approx(1.0)
        assert sum(effect.estimate for effect in target.effects) == pytest.approx(1.0)
    assert {game.block for game in within} == {name for name in leading if " + " in name}
    name = across.targets[0].name
    assert f"{name}, across factors: all together 1.000" in in_words(shapley.METHOD, result, [name])
    with pytest.raises(StatisticError, match="multiple of 16"):
        shapley.share(evaluation, found.identity, leading, points=50)


def test_rows_of_a_coalition_keep_its_scores_and_the_distribution_of_the_others(china):
    block = next(group for group in groups_of(china.problem) if group.kind == "block")
    members = tuple(Group(name, "input", (name,)) for name in block.members)
    game = shapley.Game(block.name, members, within=True)
    plan = shapley.plan_game(china.problem, 0, 4_096, game)
    width = plan.design.block
    assert width == 2 ** len(members) + 1
    units = plan.points.units(0, plan.design.draws).reshape(4_096, width, -1)
    np.testing.assert_array_equal(plan.points.units(width + 1, 2 * width + 3)[:2], units[1, 1:3])
    places = [plan.names.index(name) for name in block.members]
    lower = next(one for block, one in china.problem.lower_factors() if block == sorted(places))
    scores = special.ndtri(units[:, :, sorted(places)]) @ lower.T
    for number, coalition in enumerate(game.coalitions, start=1):
        kept = list(coalition)
        np.testing.assert_allclose(scores[:, number, kept], scores[:, 0, kept], atol=1e-7)
        found = np.corrcoef(scores[:, number].T)
        np.testing.assert_allclose(found, lower @ lower.T, atol=0.08)
    others = [place for place in range(len(plan.names)) if place not in places]
    full = units[:, -1][:, others]
    assert (full != units[:, 0][:, others]).all()


def test_shapley_effects_of_ishigami_are_those_of_its_closed_form(tmp_path):
    study = Study(ANALYTIC)
    run = study.run(64, series=0, out=tmp_path / "run")
    names = [group.name for group in groups_of(study.problem)]
    rows = Evaluation(study, tmp_path / "rows")
    result = shapley.share(rows, run.manifest["identity"], names, points=8_192)
    effects = result.games[0].targets[0].effects
    # Independent inputs: each takes its first order and half of what a pair adds.
    expected = [0.31390519 + 0.24368366 / 2.0, 0.44241114, 0.24368366 / 2.0]
    assert [effect.estimate for effect in effects] == pytest.approx(expected, abs=0.03)
    assert coalitions(3)[0] == ()


def test_levers_are_moved_alone_and_left_out_on_common_draws(china, ranked):
    run, _ = ranked
    catalogue = ["end_of_sales_cars", "clean_power", "less_driving"]
    method = replace(
        levers.METHOD, compute=lambda _: levers.levers(run, draws=512, names=catalogue)
    )
    result = ranking.supplement(method, Evidence(china, run))
    assert storage.read(run, method.file, method.result) == result
    assert [one.name for one in result.levers] == catalogue
    assert not (run.folder / levers.RUNS).exists()
    target = result.targets.index("minus20_lifecycle_2035")
    for one in result.levers:
        alone, left_out = one.alone[target], one.left_out[target]
        assert alone.against == result.base[target]
        assert left_out.against == result.all[target].p_miss
        assert alone.low <= alone.difference <= alone.high
    power = result.levers[1].alone[target]
    assert power.high < 0.0  # cleaner power makes a miss rarer
    text = in_words(levers.METHOD, result, ["minus20_lifecycle_2035"])
    assert f"{-100.0 * power.difference:.1f}" in text
    assert "all levers but this one" in text


def test_a_constrained_ranking_refuses_rows_and_needs_weights(ranked, capsys):
    run, _ = ranked
    assert cli.main(["rank", str(run.folder), "--constrained"]) == 2
    assert "condition them on the observations first" in capsys.readouterr().err
    assert cli.main(["rank", str(run.folder), "--constrained", "--shapley", "--levers"]) == 2
    assert "found --shapley and --levers, expected neither" in capsys.readouterr().err
    assert cli.main(["rank", "china", "--constrained"]) == 2
    assert "expected a run that was conditioned on" in capsys.readouterr().err


def test_the_command_prints_tables_and_json(ranked, capsys):
    run, result = ranked
    options = ["--base", f"{BASE}", "--trajectories", "4", "--factors", f"{FACTORS}"]
    command = ["rank", str(run.folder), *options, "--target", "minus20_wtw_2035"]
    assert cli.main(command) == 0
    text = capsys.readouterr().out
    assert "minus20_wtw_2035: chance of missing" in text
    assert "peak_ttw_2030" not in text
    assert f"{result.targets[3].table[0].total:.3f} (" in text
    assert "leads in" in text
    assert cli.main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["targets"] == plain(result)["targets"]
    assert cli.main([*command, "--target", "nothing"]) == 2
    assert "--target: found nothing" in capsys.readouterr().err


def test_words_of_a_box_name_ends_and_shares():
    ends = [
        ("a", None, 2.0, "km/yr"),
        ("b", 0.25, None, "1"),
        ("c", 1.0, 3.0, "%"),
        ("d", None, 0.463, "quantile"),
        ("e", 0.1, 0.6, "quantile"),
    ]
    limits = [
        BoxLimit(name, unit, number, low, high, 0.0)
        for number, (name, low, high, unit) in enumerate(ends)
    ]
    held = Interval(0.5, 0.4, 0.6, 0.95, "wilson")
    box = DiscoveryBox(
        "miss", tuple(limits), 0.5, 0.75, 0.1, 900, 900.0, 0.1, held, held, held, 0, ()
    )
    text = Catalogue("en", {}).say(box_statement(box))
    for part in ("“a” is below 2 km a year", "“b” is above 0.25", "“c” is between 1 and 3 %"):
        assert part in text
    for part in ("missed in 75 %", "10 % of all", "50 % of all misses"):
        assert part.replace(" %", "\u00a0%") in text or part in text
    assert "“d” runs below percentile 46 of its range" in text
    assert "“e” runs between percentiles 10 and 60 of its range" in text


def test_a_ranking_of_fewer_draws_is_not_that_of_a_longer_run(ranked, tmp_path):
    run, result = ranked
    folder = shutil.copytree(run.folder, tmp_path / "run")
    assert ranking.stored(Run(folder)) == result
    Study("china").run(DRAWS + 64, series=0, out=folder)
    assert ranking.stored(Run(folder)) is None
