"""A run of a region that takes files of others keeps all that it read, and reads nothing else."""

import json
import shutil

import pytest

from mc_engine.cli.commands import main
from mc_engine.run.replay import experiment_of, replay
from mc_engine.study import Run, Study
from tests.run.stored import ANALYTIC

HEADER = """\
schema_version: 1
title: {en: Subregion, zh: 子区域}
model: ishigami
default_scenario: plain
takes: {analytic: all}
structure: {}
"""
OWN = """\
x2:
  quantity: x2
  unit: "1"
  meaning: Second argument, in radians
  kind: judgement
  centre: none
  distribution: {name: uniform, low: 0, high: 1}
  sources: []
  reason: Narrower here.
"""


def write_part(base):
    """Write the analytic region and a region that takes its priors, but for one."""
    folder = base / "part"
    shutil.copytree(ANALYTIC, base / "analytic")
    for name in ("scenarios/plain.yaml", "targets.yaml", "sources.yaml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ANALYTIC / name, folder / name)
    (folder / "region.yaml").write_text(HEADER, encoding="utf-8")
    (folder / "own.yaml").write_text(OWN, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Make a run whose priors are gone afterwards."""
    base = tmp_path_factory.mktemp("priors")
    run = Study(write_part(base)).run(draws=40, out=tmp_path_factory.mktemp("run"))
    shutil.rmtree(base)
    return Run(run.folder)


def test_the_kept_inputs_give_the_problem(run):
    problem = experiment_of(run).problem
    assert problem.digest == run.manifest["problem_digest"]
    assert [one.where for one in problem.factors] == [
        "analytic/arguments.yaml:1",
        "analytic/arguments.yaml:19",
        "part/own.yaml:1",
    ]


def test_a_draw_is_replayed(run):
    with run.draws as dataset:
        stored = dataset["parameters"].isel(draw=7).values.tolist()
    assert [one.value for one in replay(run, 7).parameters] == stored


def test_a_report_is_written(run, tmp_path):
    assert main(["report", str(run.folder), "--out", str(tmp_path)]) == 0
    pages = [path.read_text(encoding="utf-8") for path in sorted(tmp_path.glob("*.html"))]
    assert [("Subregion" in page, "子区域" in page) for page in pages] == [
        (True, False),
        (False, True),
    ]


def test_check_says_where_every_value_stands(tmp_path, capsys):
    folder = write_part(tmp_path)
    assert main(["check", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "taken from analytic/arguments.yaml: x1, x3" in out
    assert "part/own.yaml:1 overrides x2 of analytic/arguments.yaml:10" in out
    assert main(["check", str(folder), "--json"]) == 0
    origins = json.loads(capsys.readouterr().out)["origins"]
    assert {"kind": "prior", "name": "x3", "at": "analytic/arguments.yaml:19", "overrides": []} in (
        origins
    )
