"""Draws that are opened lazily: little memory, and the same figures."""

import tracemalloc

import numpy as np
import pytest
import xarray as xr

from mc_engine.risk import columns, compare_draws, summarise
from tests.risk.datasets import make_draws, normal_margins

SIZE, TARGETS, PARAMETERS = 400_000, 12, 60
ROWS_PER_BLOCK = 8192
COLUMN = SIZE * np.dtype(np.float64).itemsize


def stored(draws, path):
    """Write draws in blocks of some rows of one column, and give the path."""
    rows = min(ROWS_PER_BLOCK, draws.sizes["draw"])
    blocks = {name: {"chunksizes": (rows, 1)} for name in draws.data_vars if draws[name].ndim == 2}
    draws.to_netcdf(path, engine="netcdf4", encoding=blocks)
    return path


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A file of 400,000 draws: 12 columns of margins, 60 of inputs, 6 of amounts."""
    draws = make_draws(
        normal_margins(SIZE, TARGETS, shift=-1.0),
        replicates=16,
        failed=range(0, SIZE, 1000),
        design="sobol",
    )
    draws.attrs |= {"seed": "0", "replicates": 16}
    inputs = np.broadcast_to(np.linspace(0.0, 1.0, SIZE)[:, np.newaxis], (SIZE, PARAMETERS))
    draws = draws.assign(parameters=(("draw", "parameter"), inputs)).assign_coords(
        parameter=[f"p{index}" for index in range(PARAMETERS)]
    )
    return stored(draws, tmp_path_factory.mktemp("large") / "draws.nc")


def memory_of(work):
    """Bytes of arrays and objects that ``work`` leaves behind, and that it needs at the most."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def summarised(large):
    with xr.open_dataset(large) as draws:
        return memory_of(lambda: summarise(draws, last_observed=2025))


def test_a_summary_holds_a_few_columns_at_a_time(summarised):
    assert summarised[1] < 5 * COLUMN


def test_what_a_summary_reads_does_not_stay_in_the_dataset(summarised):
    assert summarised[0] < 0.5 * COLUMN


def test_a_comparison_holds_a_few_columns_at_a_time(large):
    with xr.open_dataset(large) as first, xr.open_dataset(large) as second:
        assert memory_of(lambda: compare_draws(first, second))[1] < 4 * COLUMN


@pytest.mark.parametrize("replicates", [1, 16])
@pytest.mark.parametrize("failed", [(), range(0, 4000, 300)])
@pytest.mark.parametrize("weight", [None, np.linspace(1.0, 2.0, 4000)])
def test_draws_opened_lazily_have_the_figures_of_those_in_memory(
    tmp_path, replicates, failed, weight
):
    draws = make_draws(normal_margins(), replicates=replicates, failed=failed, weight=weight)
    with xr.open_dataset(stored(draws, tmp_path / "draws.nc")) as lazy:
        result = summarise(lazy, last_observed=2025)
    assert result == summarise(draws, last_observed=2025)


@pytest.mark.parametrize("replicates", [1, 16])
def test_no_figure_depends_on_how_many_rows_are_counted_together(monkeypatch, replicates):
    draws = make_draws(normal_margins(), replicates=replicates, failed=range(40))
    together = summarise(draws, last_observed=2025)
    monkeypatch.setattr(columns, "_ROWS", 97)
    assert summarise(draws, last_observed=2025) == together


def test_a_summary_leaves_the_draws_as_they_are():
    draws = make_draws(normal_margins())
    before = draws.copy(deep=True)
    summarise(draws, last_observed=2025)
    xr.testing.assert_identical(draws, before)
