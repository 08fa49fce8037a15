"""Datasets that grow while draws are evaluated: whole blocks, one error, nothing lost."""

import errno
import os
from dataclasses import replace

import numpy as np
import pytest

from mc_engine.errors import RunError, RunInterruptedError
from mc_engine.run import durable, executor, session, store
from mc_engine.run.chunks import arrays_of
from mc_engine.run.collect import IncrementalWriter
from mc_engine.run.contents import ROWS_PER_COLUMN
from mc_engine.run.folder import RunFolder
from mc_engine.run.manifest import facts_of
from mc_engine.study import Study
from tests.run.stored import ANALYTIC, WITH_PATHS, checksums

# Not a whole number of blocks, and more than one.
DRAWS = 2 * ROWS_PER_COLUMN + 500
PARTS = {"draws.nc.part", "series.nc.part"}


@pytest.fixture(scope="module")
def study():
    return Study(ANALYTIC)


@pytest.fixture(scope="module")
def collected(study, tmp_path_factory):
    """Checksums of a run that was collected from its chunks: it went on once."""
    folder = tmp_path_factory.mktemp("collected")
    seen = []
    with pytest.raises(RunInterruptedError):
        study.run(
            DRAWS, chunk=900, out=folder, progress=seen.append, should_stop=lambda: len(seen) > 5
        )
    return checksums(study.run(DRAWS, chunk=900, out=folder))


def refuse(*_, **__):
    raise AssertionError("not to be called")


@pytest.mark.parametrize("chunk", [700, ROWS_PER_COLUMN, 9_000, 2 * DRAWS])
def test_grown_and_collected_datasets_have_the_same_bits(
    study, collected, tmp_path, monkeypatch, chunk
):
    monkeypatch.setattr(session, "collect", refuse)
    assert checksums(study.run(DRAWS, chunk=chunk, out=tmp_path)) == collected


@pytest.mark.parametrize("series", [0, 1_000, ROWS_PER_COLUMN, 10_000, DRAWS])
@pytest.mark.parametrize("chunk", [900, ROWS_PER_COLUMN])
def test_trajectories_may_end_within_a_chunk(tmp_path, series, chunk):
    """Of more chunks than there are arrays for them; every year is its draw's value times it."""
    study = Study(ANALYTIC, model=WITH_PATHS)
    run = study.run(DRAWS, chunk=chunk, series=series, out=tmp_path)
    with run.series as retained, run.draws as draws:
        value = draws["y"].to_numpy()[:series, 0]
        result = retained["path"].to_numpy()[:, 0]
    expected = value[:, np.newaxis] * np.arange(5)
    np.testing.assert_array_equal(result, expected.astype(np.float32))


def test_datasets_grow_before_the_last_chunk_and_are_removed_when_interrupted(study, tmp_path):
    seen = []

    def watch(told):
        if told.done > ROWS_PER_COLUMN + 2_700 and not seen:
            seen.extend(path.name for path in tmp_path.iterdir())

    with pytest.raises(RunInterruptedError):
        study.run(DRAWS, chunk=900, out=tmp_path, progress=watch, should_stop=lambda: bool(seen))
    assert set(seen) >= PARTS
    assert not PARTS & {path.name for path in tmp_path.iterdir()}
    assert RunFolder(tmp_path).lines()


def test_a_run_that_goes_on_is_collected_from_its_chunks(study, collected, tmp_path, monkeypatch):
    with pytest.raises(RunInterruptedError):
        study.run(DRAWS, chunk=900, out=tmp_path, should_stop=lambda: True)
    seen = []
    with pytest.raises(RunInterruptedError):
        study.run(
            DRAWS,
            chunk=900,
            out=tmp_path,
            progress=seen.append,
            should_stop=lambda: len(seen) > 4,
        )
    monkeypatch.setattr(session.IncrementalWriter, "put", refuse)
    assert checksums(study.run(DRAWS, chunk=900, out=tmp_path)) == collected


@pytest.mark.parametrize("asked", [{"precision": 0.4}, {"duration": "1h"}])
def test_a_run_that_may_end_early_is_collected_from_its_chunks(study, tmp_path, monkeypatch, asked):
    monkeypatch.setattr(session.IncrementalWriter, "put", refuse)
    run = study.run(DRAWS, chunk=900, out=tmp_path, **asked)
    assert run.draws.sizes["draw"] == run.manifest["draws"]


def test_a_disk_that_fills_while_datasets_grow_costs_no_chunk(
    study, collected, tmp_path, monkeypatch
):
    put = store.Datasets.put

    def full(self, first, arrays):
        if first >= ROWS_PER_COLUMN:
            # The library does not say what it was.
            with store._disk_errors(tmp_path):
                raise RuntimeError("NetCDF: HDF error")
        put(self, first, arrays)

    with monkeypatch.context() as patch:
        patch.setattr(store.Datasets, "put", full)
        with pytest.raises(RunError, match=r"HDF error, found .* free .* again to resume from its"):
            study.run(DRAWS, chunk=900, out=tmp_path)
    assert not PARTS & {path.name for path in tmp_path.iterdir()}
    done = sum(row["stop"] - row["start"] for row in RunFolder(tmp_path).lines())
    assert done >= ROWS_PER_COLUMN
    assert checksums(study.run(DRAWS, chunk=900, out=tmp_path)) == collected


def test_draws_are_taken_in_order_and_all(study, tmp_path):
    plan = study.plan(40, chunk=20, out=tmp_path)
    first, second = executor.results(plan, [(0, 20), (20, 40)])
    with IncrementalWriter(plan, facts_of(plan)) as writer:
        with pytest.raises(AssertionError, match="found draw 20, expected 0"):
            writer.put(20, arrays_of(second))
        writer.put(0, arrays_of(first))
        with pytest.raises(AssertionError, match="found 20 draws, expected 40"):
            writer.finish()
    assert not list(tmp_path.iterdir())


def test_what_was_put_may_change_afterwards(study, tmp_path):
    """The arrays of a chunk are used again for a later one."""
    plan = study.plan(40, chunk=20, out=tmp_path)
    chunks = [arrays_of(result) for result in executor.results(plan, [(0, 20), (20, 40)])]
    expected = np.concatenate([arrays["draw.margin"] for arrays in chunks])
    with IncrementalWriter(plan, facts_of(plan)) as writer:
        for first, arrays in zip((0, 20), chunks, strict=True):
            writer.put(first, arrays)
            for values in arrays.values():
                values[...] = 0
        writer.finish()
    result = store.stored_rows(tmp_path, 0, 40, 0, ("margin",))
    np.testing.assert_array_equal(result["draw.margin"], expected)


@pytest.mark.parametrize("chunks", [1, 2, 3, 7])
def test_arrays_are_wanted_again_only_when_they_are_free(study, chunks):
    plan = replace(study.plan(70), series=70)
    sets = executor._buffer_sets(plan, 10, chunks, grows=True)
    for number in range(chunks):
        buffers = sets[number % len(sets)]
        before = sets[(number - 1) % len(sets)] if number else None
        second = sets[(number - 2) % len(sets)] if number > 1 else None
        if before is not None:
            assert not np.shares_memory(buffers.values, before.values)
            assert not np.shares_memory(buffers.factors, before.factors)
        if second is not None:
            assert not np.shares_memory(buffers.factors, second.factors)


def test_what_the_disk_refused_is_told_though_nobody_waited(tmp_path, monkeypatch):
    """The system tells a failed flush to whoever asks first, and to no one after that."""
    (tmp_path / "file").write_bytes(b"content")
    flush = durable.Flush([tmp_path / "file"])

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    flush.written(durable.FLUSHED - 1)
    assert flush._running is None
    monkeypatch.setattr(os, "fsync", full)
    flush.written(1)
    with pytest.raises(OSError, match="No space"):
        flush.end()
    flush.end()
