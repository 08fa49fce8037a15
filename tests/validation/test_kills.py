"""The study of killed runs, made short: it runs, and it would see what it is for."""

import sys

from mc_engine.study import Study
from tests.run.stored import ANALYTIC
from validation import kills


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
