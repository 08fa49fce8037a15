"""The compiled kernel equals the slow oracle, draw by draw."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mc_engine.design.sampling import sample
from mc_engine.models.road_fleet import MODEL
from mc_engine.models.road_fleet.status import CODES
from mc_engine.problem.regions import regions
from mc_engine.run import executor
from mc_engine.study import Study
from tests.models.conformance import allocate
from tests.models.road_fleet.cases import random_region, random_rows
from tests.reference.road_fleet import evaluate

COMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")
# 40 regions of 5 draws are 200 random draws; uncompiled, one draw of each of 5 regions.
REGIONS, DRAWS = (40, 5) if COMPILED else (5, 1)
SHIPPED_DRAWS = 12 if COMPILED else 1
# Both sides add the same numbers in another order.
TOLERANCE = 1e-10


def differences(inputs, rows):
    """Largest difference of each output from the oracle's, relative to the output's maximum."""
    out = allocate(MODEL, inputs, rows.shape[0], np.nan)
    status = np.zeros(rows.shape[0], dtype=np.int32)
    MODEL.evaluate(MODEL.prepare(inputs), rows, out, status)
    worst = {}
    for draw, row in enumerate(rows):
        expected = evaluate(inputs, row)
        assert CODES[status[draw]].partition(":")[0] == expected.status
        for name, values in expected.outputs.items():
            wanted, result = np.asarray(values, dtype=float), out[name][draw]
            np.testing.assert_array_equal(np.isnan(result), np.isnan(wanted), err_msg=name)
            known = ~np.isnan(wanted)
            if known.any():
                gap = np.abs(result - wanted)[known].max()
                scale = np.abs(wanted[known]).max()
                relative = gap / scale if scale > 0.0 else gap
                worst[name] = max(worst.get(name, 0.0), float(relative))
    return worst


@pytest.mark.parametrize("seed", range(REGIONS))
def test_random_regions_equal_the_oracle(seed):
    inputs = random_region(seed)
    rows = random_rows(inputs, np.random.default_rng([20_600, seed]), DRAWS)
    result = differences(inputs, rows)
    assert {name: gap for name, gap in result.items() if gap > TOLERANCE} == {}


@pytest.mark.parametrize("region", regions())
def test_shipped_regions_equal_the_oracle(region):
    study = Study(region)
    plan = study.plan(SHIPPED_DRAWS, seed=7)
    buffer = executor.buffers(plan, SHIPPED_DRAWS)
    sample(plan.sampling, 0, SHIPPED_DRAWS, buffer.factors, buffer.values)
    result = differences(study.problem.inputs, buffer.values)
    assert {name: gap for name, gap in result.items() if gap > TOLERANCE} == {}


def test_uncompiled_kernel_equals_the_oracle():
    here = Path(__file__)
    names = [f"{here}::test_random_regions_equal_the_oracle[{seed}]" for seed in range(5)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *names],
        cwd=here.parents[3],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "5 passed" in done.stdout) == (0, True), done.stdout[-2000:]
