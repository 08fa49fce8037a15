"""The long studies, made short: they run, and they would see what they are for."""

import sys

import numpy as np
import pytest

from benchmarks import kills, precision_coverage, synthetic_truth
from benchmarks.hindcast_figure import Counted, Panel, svg
from mc_engine.study import Study
from tests.run.stored import ANALYTIC


def test_a_run_that_is_killed_ends_with_the_same_bits(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ":".join(filter(None, sys.path)))
    assert kills.main(str(ANALYTIC), draws=300_000, kills=2, most=4.0, folder=tmp_path) == 0
    said = capsys.readouterr().out
    assert "with 2 kills" in said
    assert said.rstrip().endswith("differing: none")


def test_a_bit_that_differs_is_seen(tmp_path):
    study = Study(ANALYTIC)
    found = []
    for seed in (0, 0, 1):
        folder = tmp_path / str(len(found))
        study.run(50, seed=seed, out=folder)
        found.append(kills.digests(folder))
    assert found[0] == found[1]
    differ = {key for key in found[0] if found[0][key] != found[2][key]}
    assert "draws.nc/parameters" in differ
    assert "draws.nc/index" not in differ


@pytest.mark.parametrize("design", precision_coverage.DESIGNS)
def test_studies_of_a_known_chance_are_counted(tmp_path, design):
    found = precision_coverage.coverage(tmp_path, 0.15, design, studies=3, precision=0.02)
    assert sum(found["told"].values()) == len(found["draws"]) == 3
    assert 0 <= found["held"] <= 3
    assert set(found["draws"]) <= {4_096, 8_192}


def test_a_truth_is_covered_and_a_planted_error_named(tmp_path, capsys):
    Study("china").run(400, past=True, series=0, out=tmp_path)
    # So few draws tell no coverage: what counts is that every quantity has one.
    synthetic_truth.main(tmp_path, repeats=2, seed=0, plant="gasoline")
    said = capsys.readouterr().out
    assert "2 truths, 400 draws" in said
    assert "  residual ttw " in said
    assert said.rstrip().endswith("gasoline doubled: the diagnostic names gasoline")


def test_the_figure_holds_every_source_and_escapes_what_it_is_called():
    years = (2019, 2020, 2021)
    band = np.array([[1.0, 2.0, 3.0]] * 3)
    panel = Panel("A < B", "Mt/yr", years, band, band * 0.9, [Counted("x & y", years, [1, 2, 3])])
    drawn = svg([panel, panel])
    assert drawn.count("<circle") == 2 * (3 + 1)
    assert "A &lt; B" in drawn
    assert "x &amp; y" in drawn
    assert "A < B" not in drawn
