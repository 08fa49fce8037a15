"""Hindcast of a small run: what is stored, scored, weighted and refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mc_engine.cli import commands as cli
from mc_engine.errors import RequestError
from mc_engine.hindcast.hindcast import hindcast
from mc_engine.hindcast.observables import read_observables
from mc_engine.hindcast.posterior import Posterior
from mc_engine.hindcast.skill import backtest
from mc_engine.report import hindcast as words
from mc_engine.run.observables import observables
from mc_engine.run.options import RunRequest
from mc_engine.study import Study, vintages
from mc_engine.vocabulary.outputs import VariableSpec
from tests.calibrate.test_likelihood import SERIES
from tests.run.stored import ANALYTIC

DRAWS = 300


@pytest.fixture(scope="module")
def china():
    return Study("china")


@pytest.fixture(scope="module")
def found(china, tmp_path_factory):
    out = tmp_path_factory.mktemp("hindcast") / "run"
    return hindcast(china, RunRequest(DRAWS, series=0, out=out), max_draws=DRAWS)


def test_observables_are_sums_of_what_is_taken():
    out = {"energy": np.arange(2 * 3 * 8, dtype=float).reshape(2, 3, 8)}
    spec = VariableSpec("energy", ("draw", "carrier", "year"), "PJ/yr", "", "E-3")
    labels = {"carrier": ("a", "b", "c"), "year": tuple(range(2014, 2022))}
    series = [
        SERIES.__class__(**{**vars(SERIES), "rows": {"carrier": "b"}, "scale": 2.0}),
        SERIES.__class__(**{**vars(SERIES), "years": (2020,), "values": (1.0,)}),
    ]
    got = observables(series, [spec], labels, out)
    places = [year - 2014 for year in SERIES.years]
    np.testing.assert_array_equal(got[:, :4], 2.0 * out["energy"][:, 1, places])
    np.testing.assert_array_equal(got[:, 4], out["energy"][:, :, 6].sum(axis=1))


def test_observables_are_stored_with_the_draws(china, found):
    series = china.problem.observations
    with found.posterior.run.draws as draws:
        assert draws["modelled"].shape == (DRAWS, sum(len(one.years) for one in series))
        labels = [f"{one.name} {year}" for one in series for year in one.years]
        assert draws["observation"].values.tolist() == labels
        np.testing.assert_array_equal(
            draws["observed"].values, [value for one in series for value in one.values]
        )
    modelled = read_observables(found.posterior.run, series)
    assert all(np.isfinite(values).all() for values in modelled.values())


def test_the_draws_are_those_of_a_plain_run(china, found, tmp_path):
    plain = china.run(DRAWS, series=0, out=tmp_path)
    with plain.draws as ours, found.posterior.run.draws as theirs:
        for name in ("parameters", "margin", "residual"):
            np.testing.assert_array_equal(ours[name].values, theirs[name].values)
    assert plain.manifest["identity"] != found.posterior.run.manifest["identity"]
    with pytest.raises(RequestError, match="found no stored observables"):
        read_observables(plain, china.problem.observations)


def test_every_series_is_scored_and_the_weights_are_used(china, found):
    names = [one.name for one in china.problem.observations]
    assert [one.name for one in found.before] == [one.name for one in found.after] == names
    assert found.posterior.constraint.weight.mean() == pytest.approx(1.0)
    assert not found.posterior.sufficient
    assert found.posterior.refusal.startswith("constraint: ")
    assert len(found.shifts) == len(china.problem.factors)


def test_the_text_says_how_much_is_left_and_refuses(found):
    text = words.text(found)
    assert f"(observations {found.posterior.digest})" in text
    assert "REFUSED: constraint: " in text
    assert "chance of missing" not in text


def test_the_text_gives_both_chances_where_enough_is_left(found):
    class Enough:
        sufficient = True
        risk = found.posterior.run.summary
        chances = Posterior.chances

        def __getattr__(self, name):
            return getattr(found.posterior, name)

    text = words.text(replace(found, posterior=Enough()))
    assert "chance of missing" in text
    assert "inputs that moved most" in text
    assert "REFUSED" not in text


def test_too_few_effective_draws_are_importance_sampled_and_enlarged_once(china, tmp_path):
    found = hindcast(china, RunRequest(60, series=0, out=tmp_path), max_draws=90)
    assert found.posterior.run.manifest["draws"] == 60
    assert found.posterior.sampled.manifest["draws"] == 90
    assert found.posterior.constraint.weight.size == 90
    assert found.posterior.prior_constraint.weight.size == 60
    assert found.posterior.run.constrained == {}


def test_a_backtest_is_scored_on_the_years_since(china, tmp_path):
    (folder,) = vintages("china")
    vintage = Study(folder)
    assert (vintage.last_observed, china.last_observed) == (2020, 2025)
    one = backtest(vintage, china.problem.observations, RunRequest(200, series=0, out=tmp_path))
    assert one.from_year == 2020
    assert all(min(score.years) > 2020 for score in one.scores)
    with pytest.raises(RequestError, match="found no observation after 2025"):
        backtest(china, china.problem.observations, RunRequest(10, out=tmp_path / "none"))


def test_a_region_without_observations_is_refused(tmp_path):
    with pytest.raises(RequestError, match="analytic: found no observations, expected at least"):
        hindcast(Study(ANALYTIC), RunRequest(10, out=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_command_gives_json_and_refuses_with_1(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["hindcast", "china", "--draws", "200", "--most", "200", "--json"]
    assert cli.main(words) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["refusal"]
    assert [one["vintage"] for one in found["forecasts"]] == ["vintage_2020"]
    assert "targets" not in found
