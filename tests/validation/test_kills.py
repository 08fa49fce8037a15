"""The study of killed runs, made short: it runs, and it would see what it is for."""

import sys

from mc_engine.study import Study
from tests.run.stored import ANALYTIC
from validation import kills


def test_a_run_that_is_killed_ends_with_the_same_bits(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ":".join(filter(None, sys.path)))
    assert kills.main(str(ANALYTIC), draws=300_000, kills=2, most=4.0, folder=tmp_path) == 0
    message = capsys.readouterr().out
    assert "with 2 kills" in message
    assert message.rstrip().endswith("differing: none")


def test_a_bit_that_differs_is_seen(tmp_path):
    study = Study(ANALYTIC)
    result = []
    for seed in (0, 0, 1):
        folder = tmp_path / str(len(result))
        study.run(50, seed=seed, out=folder)
        result.append(kills.digests(folder))
    assert result[0] == result[1]
    differ = {key for key in result[0] if result[0][key] != result[2][key]}
    assert "draws.nc/parameters" in differ
    assert "draws.nc/index" not in differ
