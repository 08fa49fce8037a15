"""The run folder: an earlier revision's is read, and every file has one name."""

import inspect

import numpy as np
import pytest
import xarray as xr

from mc_engine.run import replay
from mc_engine.run.folder import RunFolder
from mc_engine.study import Run, Study, status
from tests.run.stored import ANALYTIC

# Study(ANALYTIC).run(32, seed=3, out=...) at revision e18cd6e.
FINISHED = ANALYTIC.parent / "finished_run"


def test_a_run_of_an_earlier_revision_is_read():
    run = Run(FINISHED)
    state = status(FINISHED)
    assert (state["state"], state["done"], state["writer"]) == ("done", 32, None)
    stored = run.summary
    assert set(run.risk()) | {"failures", "stop_reason"} == set(stored)
    for row, before in zip(run.risk()["targets"], stored["targets"], strict=True):
        assert (row["name"], row["p_miss"]) == (before["name"], before["p_miss"])
    assert run.constrained == {}
    assert replay.experiment_of(run).problem.region == "analytic"


def test_its_draws_are_those_of_today(tmp_path):
    run = Study(ANALYTIC).run(32, seed=3, out=tmp_path)
    for name in ("draws", "series"):
        with getattr(run, name) as now, getattr(Run(FINISHED), name) as before:
            # Another processor may give other last bits.
            xr.testing.assert_allclose(now, before, rtol=1e-12)
            assert list(now.variables) == list(before.variables)
    names = {path.relative_to(FINISHED) for path in FINISHED.rglob("*")}
    assert {path.relative_to(tmp_path) for path in tmp_path.rglob("*")} == names
    before = RunFolder(FINISHED).read_manifest()
    assert set(run.manifest) == set(before)
    assert set(run.summary) == set(Run(FINISHED).summary)
    canary, expected = (RunFolder(path).read_canary("") for path in (tmp_path, FINISHED))
    for name, values in expected.items():
        np.testing.assert_allclose(canary[name], values, rtol=1e-12)


@pytest.mark.parametrize("method", ["plan", "run"])
@pytest.mark.parametrize(
    ("old", "new"), [("past", "store_observables"), ("asked_to_stop", "should_stop")]
)
def test_keywords_of_an_earlier_revision_name_those_of_today(method, old, new):
    call = getattr(Study(ANALYTIC), method)
    with pytest.raises(TypeError, match=f"{method}: found '{old}', expected '{new}'"):
        call(10, **{old: None})


def test_the_signature_of_run_is_written_out():
    kinds = {one.kind for one in inspect.signature(Study.run).parameters.values()}
    assert inspect.Parameter.VAR_KEYWORD not in kinds
