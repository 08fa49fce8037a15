"""One stored draw once more: the same inputs, the same outputs, and refusals where it cannot be."""

import json

import numpy as np
import pytest

from mc_engine.errors import RequestError
from mc_engine.report.replay import text
from mc_engine.run.replay import as_json, replay
from mc_engine.study import Run, Study
from tests.run.stored import ANALYTIC

DRAWS, ONE = 40, 7


@pytest.fixture(scope="module")
def analytic(tmp_path_factory):
    return Study(ANALYTIC).run(draws=DRAWS, out=tmp_path_factory.mktemp("analytic"))


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    study = Study("china", "roadmap", settings={"gwp": "20"})
    return study.run(draws=DRAWS, design="sobol", out=tmp_path_factory.mktemp("fleet"))


def stored(run, draw=ONE):
    with run.draws as dataset:
        return dataset.isel(draw=draw, region=0).load()


@pytest.mark.parametrize("name", ["analytic", "fleet"])
def test_parameters_are_the_stored_ones(request, name):
    run = request.getfixturevalue(name)
    result = [one.value for one in replay(run, ONE).parameters]
    np.testing.assert_array_equal(result, stored(run)["parameters"])


def test_a_latin_run_that_was_extended_is_replayed(tmp_path):
    study = Study(ANALYTIC)
    study.run(draws=32, design="latin", out=tmp_path)
    run = study.run(draws=96, design="latin", out=tmp_path)
    assert run.manifest["design"]["replicates"] == 48
    result = [one.value for one in replay(run, 90).parameters]
    np.testing.assert_array_equal(result, stored(run, 90)["parameters"])


def test_a_percentile_is_that_of_the_law(analytic):
    # Three arguments, uniform from -pi to pi.
    for one in replay(analytic, ONE).parameters:
        assert one.percentile == pytest.approx(100.0 * (one.value / (2.0 * np.pi) + 0.5), rel=1e-12)


def test_a_path_is_its_percentile(fleet):
    paths = [one for one in replay(fleet, ONE).parameters if one.is_path]
    assert len(paths) > 20
    assert [one.percentile for one in paths] == [100.0 * one.value for one in paths]


def test_the_trace_ends_in_the_outputs_of_the_draw(fleet):
    with fleet.series as series:
        emissions = series["emissions"].isel(draw=ONE, region=0).load()
    traced = {(one.meaning, one.labels): one.values for one in replay(fleet, ONE).intermediates}
    for stage in emissions["stage"].values:
        values = traced["Greenhouse gas emissions by stage, removals not subtracted", (str(stage),)]
        # Trajectories are stored as float32.
        np.testing.assert_array_equal(values.astype(np.float32), emissions.sel(stage=stage))


def test_classes_of_the_trace_sum_to_the_total(fleet):
    result = replay(fleet, ONE).intermediates
    classes = [one.values for one in result if one.meaning == "Emissions, life cycle"]
    stages = [one.values for one in result if one.meaning.startswith("Greenhouse gas emissions by")]
    np.testing.assert_allclose(sum(classes), sum(stages), rtol=1e-12)


def test_every_family_of_equations_is_shown(fleet):
    result = {one.equation[0] for one in replay(fleet, ONE).intermediates}
    assert result >= set("DTAUEFVB")


def test_targets_are_the_stored_ones(analytic):
    one = stored(analytic)
    result = {name: (margin, missed) for name, margin, _, missed in replay(analytic, ONE).targets}
    for index, name in enumerate(one["target"].values):
        assert result[name] == (float(one["margin"][index]), bool(one["miss"][index] == 1))


def test_the_page_holds_inputs_intermediates_and_targets(fleet):
    page = text(replay(fleet, ONE))
    for wanted in ("new_energy_private_car", "T-1  Weibull scale", "neutral_wtw_2060", "roadmap"):
        assert wanted in page
    assert "new_energy_private_car" not in text(replay(fleet, ONE), "T-3")


def test_json_holds_every_year(fleet):
    result = json.loads(json.dumps(as_json(replay(fleet, ONE)), allow_nan=False))
    years = [one["at"] for one in result["intermediates"] if one["equation"] == "F-4"]
    assert years == [list(range(2010, 2061))]


def test_a_draw_that_is_not_there_is_refused(analytic):
    with pytest.raises(RequestError, match="found 40, expected 0 to 39"):
        replay(analytic, DRAWS)


def test_other_code_is_refused(analytic, monkeypatch):
    monkeypatch.setattr("mc_engine.provenance.code_hash", lambda *_: "0" * 16)
    with pytest.raises(RequestError, match="a replay would show other numbers; run again"):
        replay(analytic, ONE)


def test_changed_inputs_are_refused(tmp_path):
    run = Study(ANALYTIC).run(draws=4, out=tmp_path)
    path = tmp_path / "inputs" / "arguments.yaml"
    path.write_text(path.read_text("utf-8").replace("3.14", "3.24"), encoding="utf-8")
    with pytest.raises(RequestError, match="inputs/ was changed: run again"):
        replay(Run(tmp_path), 0)
    assert run.folder == tmp_path
