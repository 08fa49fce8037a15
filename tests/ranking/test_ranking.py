"""Ranking a run: screened, quantified, stored, answered again, resumed, told."""

import json
import shutil

import numpy as np
import pytest
from scipy import special

from mc_engine.cli import commands as cli
from mc_engine.design.groups import Group, groups_of
from mc_engine.design.ranking import saltelli
from mc_engine.errors import RequestError, RunInterruptedError, StatisticError
from mc_engine.ranking import doubts, levers, rank, ranking, rows, sharing
from mc_engine.ranking.rows import Evaluation
from mc_engine.report import beside_ranking as beside
from mc_engine.report import ranking as words
from mc_engine.run import store
from mc_engine.sensitivity import shapley
from mc_engine.study import Run, Study
from tests.run.stored import ANALYTIC

DRAWS, BASE, KEPT = 4_096, 64, 6
ASKED = ranking.Asked(base=BASE, trajectories=4, kept=KEPT)


@pytest.fixture(scope="module")
def china():
    return Study("china")


@pytest.fixture(scope="module")
def ranked(china, tmp_path_factory):
    run = china.run(DRAWS, series=0, out=tmp_path_factory.mktemp("ranked") / "run")
    return run, ranking.rank(china, run, ASKED)


def test_ishigami_comes_out_of_the_whole_chain(tmp_path):
    study = Study(ANALYTIC)
    groups = groups_of(study.problem)
    found = rank.quantify(Evaluation(study, tmp_path), groups, base=16_384, second=True)
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
    run, found = ranked
    assert [target["name"] for target in found["targets"]] == run.manifest["targets"]
    assert len(found["factors"]) == KEPT + 1
    assert found["factors"][-1]["kind"] == "rest"
    members = [name for factor in found["factors"] for name in factor["members"]]
    assert len(members) == len(set(members)) == run.manifest["uncertain_inputs"]
    for target in found["targets"]:
        assert [line["rank"] for line in target["table"]] == list(range(1, KEPT + 2))
        totals = [line["total"] for line in target["table"]]
        assert totals == sorted(totals, reverse=True)
        for line in target["table"]:
            assert line["total_by_salib"] == pytest.approx(line["total"], abs=1e-10)
            assert line["total_low"] <= line["total"] <= line["total_high"]
        assert target["left_out"]["factors"] == len(found["factors"][-1]["members"])


def test_it_is_stored_with_the_run_and_read_again(china, ranked, monkeypatch):
    run, found = ranked
    assert json.loads((run.folder / ranking.RANKING).read_text(encoding="utf-8")) == found
    monkeypatch.setattr(ranking, "screen", None)
    assert ranking.rank(china, run, ASKED) == found
    assert not (run.folder / ranking.ROWS).exists()
    with store.open_dataset(run.folder, ranking.INDICES) as cube:
        assert cube["total"].dims == ("scope", "year", "factor")
        assert cube["margin_total"].dims == ("factor", "target")
        first = found["targets"][0]["table"][0]
        total = cube["margin_total"].sel(factor=first["factor"], target=found["targets"][0]["name"])
        assert float(total) == first["total"]


def test_rows_go_on_where_they_were_interrupted(china, tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "CHUNK", 2_000)
    sampling = saltelli(china.problem, 0, 32, groups_of(china.problem))

    def evaluated(place, **how):
        there = Evaluation(china, tmp_path / place, **how)
        return list(there.rows(there.plan(sampling), "rows"))

    whole = evaluated("whole")
    asked = iter([False, True])
    with pytest.raises(RunInterruptedError, match=f"of {sampling.design.draws} rows; run the same"):
        evaluated("parts", asked_to_stop=lambda: next(asked))
    told = []
    again = evaluated("parts", told=lambda *row: told.append(row))
    assert 0 < len(told) < len(whole)
    assert told[-1] == ("rows", sampling.design.draws, sampling.design.draws)
    for one, other in zip(whole, again, strict=True):
        np.testing.assert_array_equal(one.margin, other.margin)
        np.testing.assert_array_equal(one.yearly["emissions"], other.yearly["emissions"])
    sampling = saltelli(china.problem, 1, 32, groups_of(china.problem))
    with pytest.raises(RequestError, match="found rows of"):
        evaluated("parts")


def test_a_larger_ranking_goes_on_from_the_stored_one(china, ranked, tmp_path, monkeypatch):
    run, found = ranked
    folder = shutil.copytree(run.folder, tmp_path / "run")
    monkeypatch.setattr(ranking, "screen", None)  # the factors are those of the stored ranking
    told = []
    further = ranking.rank(
        china, Run(folder), ranking.extended(Run(folder)), told=lambda *row: told.append(row)
    )
    assert further["base"] == 2 * BASE
    assert told[-1][2] == further["rows"] - found["rows"] == found["rows"]
    evaluation = Evaluation(china, tmp_path / "fresh")
    groups = [Group(row["name"], row["kind"], tuple(row["members"])) for row in found["factors"]]
    fresh = rank.quantify(evaluation, tuple(groups), base=2 * BASE)
    with store.open_dataset(folder, ranking.INDICES) as cube:
        np.testing.assert_allclose(cube["margin_total"], fresh.margins.total, atol=1e-12)
        np.testing.assert_allclose(cube["miss_first"], fresh.misses.first, atol=1e-12)
        shape = cube["total"].shape
        total = np.moveaxis(fresh.over_time.total.reshape(shape[2], *shape[:2]), 0, -1)
        np.testing.assert_allclose(cube["total"], total, atol=1e-9)
    empty = shutil.copytree(run.folder, tmp_path / "empty")
    (empty / ranking.RANKING).unlink()
    with pytest.raises(RequestError, match="no ranking of these draws to extend"):
        ranking.extended(Run(empty))


def test_a_screening_tells_a_factor_from_a_dummy(china, tmp_path):
    found = rank.screen(Evaluation(china, tmp_path), 4)
    moving = np.isfinite(found.noise)
    assert moving.any()
    assert (found.noise[moving] == 0.0).all()  # the model gives the same to the last bit
    largest = found.star[:, moving].max(axis=1)
    expected = {group.name for group, star in zip(found.groups, largest, strict=True) if star > 0.0}
    assert set(found.matter(len(found.groups))) == expected


def test_the_problem_is_exported_to_salib_with_its_factors(china):
    spec = china.problem_spec()
    groups = groups_of(china.problem)
    assert spec["num_vars"] == len(china.problem.factors)
    assert list(dict.fromkeys(spec["groups"])) == [group.name for group in groups]
    assert spec["names"] == [factor.name for factor in china.problem.factors]
    assert set(map(tuple, spec["bounds"])) == {(0.0, 1.0)}


def test_a_dummy_lies_below_the_noise_floor_and_a_leading_input_above(ranked):
    _, found = ranked
    target = next(one for one in found["targets"] if one["name"] == "minus20_lifecycle_2035")
    floor = target["noise"]
    lead = target["table"][0]
    assert lead["pawn"] > floor["pawn_median"]
    assert lead["regional"] > floor["regional"]


def test_a_planted_duplicate_is_named(ranked):
    run, found = ranked
    assert found["dependent"] == []
    with run.draws as draws:
        flat = draws.isel(region=0, drop=True).load()
    groups = groups_of(Study("china").problem)
    values = flat["parameters"].values.copy()
    names = [str(name) for name in flat["parameter"].values]
    one, other = names.index("charging_mix"), names.index("heavy_truck_life")
    values[:, other] = 3.0 * values[:, one] + 1.0
    planted = flat.assign(parameters=(("draw", "parameter"), values))
    (pair,) = ranking._dependent(planted, groups)
    assert sorted(pair["inputs"]) == ["charging_mix", "heavy_truck_life"]
    assert pair["rank_correlation"] == 1.0


def test_knowing_a_factor_is_worth_a_share_of_the_expected_loss(ranked):
    _, found = ranked
    scopes = [decision["scope"] for decision in found["value_of_information"]]
    assert scopes == ["ttw", "wtw", "life_cycle"]
    for decision in found["value_of_information"]:
        assert decision["quantile"] == 0.9
        assert len(decision["worths"]) == KEPT
        shares = [row["share"] for row in decision["worths"]]
        assert shares == sorted(shares, reverse=True)
        assert -0.05 < shares[-1] <= shares[0] < 1.0


def test_bands_of_the_priors_hold_the_chance_itself(china, ranked):
    run, found = ranked
    told = doubts.doubts(china, run, found)
    assert json.loads((run.folder / doubts.DOUBTS).read_text(encoding="utf-8")) == told
    for target, row in zip(told["targets"], found["targets"], strict=True):
        assert target["name"] == row["name"]
        for band in target["bands"]:
            assert band["low"] <= target["p_miss"] <= band["high"]
            assert band["input"] in [line["lead"] for line in row["table"]]
    plain = "\n".join(beside.priors(told, ["minus20_wtw_2035"]))
    assert "minus20_wtw_2035" in plain
    assert "peak" not in plain


def test_the_correlation_of_scores_is_that_of_the_problem(china):
    matrix = doubts.correlation_of(china.problem)
    names = [factor.name for factor in china.problem.factors]
    for pair in china.problem.correlations:
        pearson = 2.0 * np.sin(np.pi * pair.spearman / 6.0)
        found = matrix[names.index(pair.first), names.index(pair.second)]
        assert found == pytest.approx(pearson, abs=1e-9)


def test_shapley_effects_of_a_study_add_up_and_its_blocks_too(china, ranked):
    run, found = ranked
    evaluation = Evaluation(china, run.folder / "shapley")
    leading = sharing.players(found, 3)
    told = sharing.share(evaluation, run, leading, points=64)
    across, *within = told["games"]
    assert [player["name"] for player in across["players"]][:-1] == [
        group.name for group in groups_of(china.problem) if group.name in leading
    ]
    for target in across["targets"]:
        assert target["held"]["estimate"] == pytest.approx(1.0)
        assert sum(e["estimate"] for e in target["effects"]) == pytest.approx(1.0)
    assert {game["block"] for game in within} == {name for name in leading if " + " in name}
    with pytest.raises(StatisticError, match="multiple of 16"):
        sharing.share(evaluation, run, leading, points=50)


def test_rows_of_a_coalition_keep_its_scores_and_the_law_of_the_others(china):
    block = next(group for group in groups_of(china.problem) if group.kind == "block")
    members = tuple(Group(name, "input", (name,)) for name in block.members)
    game = sharing.Game(block.name, members, within=True)
    plan = sharing.plan_game(china.problem, 0, 4_096, game)
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
    told = sharing.share(Evaluation(study, tmp_path / "rows"), run, names, points=8_192)
    effects = told["games"][0]["targets"][0]["effects"]
    # Independent inputs: each takes its first order and half of what a pair adds.
    expected = [0.31390519 + 0.24368366 / 2.0, 0.44241114, 0.24368366 / 2.0]
    assert [effect["estimate"] for effect in effects] == pytest.approx(expected, abs=0.03)
    assert shapley.coalitions(3)[0] == ()


def test_levers_are_told_alone_and_left_out_on_common_draws(ranked):
    run, _ = ranked
    catalogue = ["end_of_sales_cars", "clean_power", "less_driving"]
    told = levers.levers(run, draws=512, names=catalogue)
    assert [row["name"] for row in told["levers"]] == catalogue
    assert not (run.folder / levers.RUNS).exists()
    place = told["targets"].index("minus20_lifecycle_2035")
    for row in told["levers"]:
        alone, left_out = row["alone"][place], row["left_out"][place]
        assert alone["against"] == told["base"][place]
        assert left_out["against"] == told["all"][place]["p_miss"]
        assert alone["low"] <= alone["difference"] <= alone["high"]
    power = told["levers"][1]["alone"][place]
    assert power["high"] < 0.0  # cleaner power makes a miss rarer
    said = "\n".join(beside.levers(told, ["minus20_lifecycle_2035"]))
    assert f"{100.0 * power['difference']:+.2f}" in said


def test_a_constrained_ranking_refuses_rows_and_needs_weights(ranked, capsys):
    run, _ = ranked
    assert cli.main(["rank", str(run.folder), "--constrained"]) == 2
    assert "weigh them by the past first" in capsys.readouterr().err
    assert cli.main(["rank", str(run.folder), "--constrained", "--shapley", "--levers"]) == 2
    assert "found --shapley and --levers, expected neither" in capsys.readouterr().err
    assert cli.main(["rank", "china", "--constrained"]) == 2
    assert "expected a run that was weighed" in capsys.readouterr().err


def test_the_command_tells_a_table_and_gives_json(ranked, capsys):
    run, found = ranked
    asked = ["--base", f"{BASE}", "--trajectories", "4", "--factors", f"{KEPT}"]
    command = ["rank", str(run.folder), *asked, "--target", "minus20_wtw_2035"]
    assert cli.main(command) == 0
    text = capsys.readouterr().out
    assert "minus20_wtw_2035: missed with" in text
    assert "peak_ttw_2030" not in text
    assert f"{found['targets'][3]['table'][0]['total']:.3f}" in text
    assert "leads in" in text
    assert cli.main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["targets"] == found["targets"]
    assert cli.main([*command, "--target", "nothing"]) == 2
    assert "--target: found nothing" in capsys.readouterr().err


def test_words_of_a_box_name_ends_and_shares():
    box = {
        "outcome": "miss", "coverage": 0.5, "density": 0.75, "base_rate": 0.1, "draws": 900,
        "limits": [
            {"factor": "a", "low": None, "high": 2.0, "unit": "km/yr"},
            {"factor": "b", "low": 0.25, "high": None, "unit": "1"},
            {"factor": "c", "low": 1.0, "high": 3.0, "unit": "%"},
            {"factor": "d", "low": None, "high": 0.463, "unit": "quantile"},
            {"factor": "e", "low": 0.1, "high": 0.6, "unit": "quantile"},
        ],
    }  # fmt: skip
    text = "\n".join(words._box(box))
    for part in ("a is below 2 km/yr", "b is above 0.25", "c is 1 to 3 %", "75 %", "10 %", "50 %"):
        assert part in text
    assert "d runs below percentile 46 of its range" in text
    assert "e runs between percentile 10 and 60 of its range" in text


def test_a_ranking_of_fewer_draws_is_not_that_of_a_longer_run(ranked, tmp_path):
    run, found = ranked
    folder = shutil.copytree(run.folder, tmp_path / "run")
    assert ranking.stored(Run(folder)) == found
    Study("china").run(DRAWS + 64, series=0, out=folder)
    assert ranking.stored(Run(folder)) == {}
