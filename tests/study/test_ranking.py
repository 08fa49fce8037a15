"""Ranking a run: screened, quantified, stored, answered again, resumed, told."""

import json

import numpy as np
import pytest

from mc_engine import cli
from mc_engine.design.groups import groups_of
from mc_engine.design.ranking import saltelli
from mc_engine.errors import RequestError, RunInterruptedError
from mc_engine.report import ranking as words
from mc_engine.run import store
from mc_engine.study import Study, rank, ranking, rows
from tests.run.stored import ANALYTIC

DRAWS, BASE, KEPT = 4_096, 64, 6


@pytest.fixture(scope="module")
def china():
    return Study("china")


@pytest.fixture(scope="module")
def ranked(china, tmp_path_factory):
    run = china.run(DRAWS, series=0, out=tmp_path_factory.mktemp("ranked") / "run")
    found = ranking.rank(china, run, base=BASE, trajectories=4, kept=KEPT)
    return run, found


def test_ishigami_comes_out_of_the_whole_chain(tmp_path):
    study = Study(ANALYTIC)
    plan = saltelli(study.problem, 0, 16_384, groups_of(study.problem))
    blocks = list(rows.evaluated(rows.plan_rows(study, plan, tmp_path)))
    margin = np.concatenate([block.margin for block in blocks])
    assert margin.shape[0] == plan.design.draws
    found = rank.quantify(study, groups_of(study.problem), tmp_path / "again", base=16_384)
    place = [target.rule for target in study.problem.targets].index(study.problem.targets[0].rule)
    total = found.margins.total[:, place]
    np.testing.assert_allclose(total, [0.55758886, 0.44241114, 0.24368366], atol=0.03)
    np.testing.assert_allclose(found.by_salib[1, :, place], total, atol=1e-10)
    np.testing.assert_allclose(
        found.by_salib[0, :, place], found.margins.first[:, place], atol=1e-10
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
    assert ranking.rank(china, run, base=BASE, trajectories=4, kept=KEPT) == found
    assert not (run.folder / rank.ROWS).exists()
    with store.open_dataset(run.folder, ranking.INDICES) as cube:
        assert cube["total"].dims == ("scope", "year", "factor")
        assert cube["margin_total"].dims == ("factor", "target")
        first = found["targets"][0]["table"][0]
        total = cube["margin_total"].sel(factor=first["factor"], target=found["targets"][0]["name"])
        assert float(total) == first["total"]


def test_rows_go_on_where_they_were_interrupted(china, tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "CHUNK", 2_000)
    plan = saltelli(china.problem, 0, 32, groups_of(china.problem))
    whole = list(rows.evaluated(rows.plan_rows(china, plan, tmp_path / "whole")))
    asked = iter([False, True])
    parts = rows.plan_rows(china, plan, tmp_path / "parts")
    with pytest.raises(RunInterruptedError, match=f"of {plan.design.draws} rows; the same"):
        list(rows.evaluated(parts, None, lambda: next(asked)))
    told = []
    again = list(rows.evaluated(parts, lambda done, total: told.append((done, total))))
    assert 0 < len(told) < len(whole)
    assert told[-1] == (plan.design.draws, plan.design.draws)
    for one, other in zip(whole, again, strict=True):
        np.testing.assert_array_equal(one.margin, other.margin)
        np.testing.assert_array_equal(one.yearly["emissions"], other.yearly["emissions"])
    other_rows = saltelli(china.problem, 1, 32, groups_of(china.problem))
    with pytest.raises(RequestError, match="found rows of"):
        list(rows.evaluated(rows.plan_rows(china, other_rows, tmp_path / "parts")))


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
        ],
    }  # fmt: skip
    text = "\n".join(words._box(box))
    for part in ("a is below 2 km/yr", "b is above 0.25", "c is 1 to 3 %", "75 %", "10 %", "50 %"):
        assert part in text
