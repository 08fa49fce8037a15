"""Every registered case under pytest-benchmark: ``pytest benchmarks --benchmark-json FILE``.

Not among the tests; ``-k "china-1024 and kernel"`` picks cases.
"""

import pytest

from benchmarks.cases import CASES, Case, act_of
from mc_engine import provenance


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(benchmark, case: Case) -> None:
    act = act_of(case)
    benchmark.group = case.phase
    benchmark.extra_info |= {"region": case.region, "draws": case.draws, "phase": case.phase}
    benchmark.extra_info |= {"machine": provenance.machine(), "versions": provenance.versions()}
    if case.once:
        benchmark.pedantic(act, rounds=1)
    else:
        benchmark.pedantic(act, rounds=9, warmup_rounds=1)
