"""Failed draws: counted, listed, and traced to the input that sets them apart."""

import numpy as np
import pytest
import xarray as xr

from mc_engine.risk import failures
from mc_engine.risk.failures import LISTED
from mc_engine.study import Study
from tests.run.stored import ANALYTIC, FAILING


def dataset(status, parameters):
    count = parameters.shape[1]
    return xr.Dataset(
        {
            "status": (
                "draw", status,
                {"flag_values": np.array([0, 1, 7]), "flag_meanings": "OK NOT_FINITE TOO_HIGH"},
            ),
            "parameters": (("draw", "parameter"), parameters),
        },
        coords={"parameter": [f"p{k}" for k in range(count)]},
    )  # fmt: skip


def test_the_input_that_sets_failed_draws_apart_is_named():
    values = np.random.default_rng(3).uniform(size=(30_000, 4))
    status = np.where(values[:, 2] > 0.98, 7, 0)
    status[11] = 1
    result = failures(dataset(status, values))
    assert result["failed"] == (status != 0).sum()
    assert result["share"] == pytest.approx(result["failed"] / 30_000)
    assert result["codes"] == {"NOT_FINITE": 1, "TOO_HIGH": int((status == 7).sum())}
    worst = result["blame"][0]
    assert worst["parameter"] == "p2"
    assert worst["gap"] > 0.97
    assert 0.97 < worst["low"] < worst["high"] <= 1.0
    assert all(row["gap"] < 0.2 for row in result["blame"][1:])
    assert len(result["listed"]) == LISTED
    first = result["listed"][0]
    assert (first["draw"], first["status"], first["parameter"]) == (11, "NOT_FINITE", "p2")
    assert first["value"] == values[11, 2]
    assert first["percentile"] == pytest.approx(100.0 * values[11, 2] / 0.98, abs=3.0)


def test_a_run_without_failures_has_nothing_to_blame():
    result = failures(dataset(np.zeros(10, int), np.zeros((10, 2))))
    assert result == {"failed": 0, "share": 0.0, "codes": {}}


def test_a_run_of_failures_alone_blames_no_input():
    result = failures(dataset(np.full(10, 7), np.zeros((10, 2))))
    assert (result["failed"], result["blame"]) == (10, [])
    assert result["listed"][3] == {"draw": 3, "status": "TOO_HIGH"}


def test_the_summary_of_a_run_holds_them(tmp_path):
    run = Study(ANALYTIC, model=FAILING).run(500, out=tmp_path)
    result = run.summary["failures"]
    assert result == run.failures()
    assert result["failed"] == run.summary["failed"]
    assert result["blame"][0]["parameter"] == "x1"
