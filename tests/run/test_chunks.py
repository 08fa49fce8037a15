"""Chunks on disk, their journal, and the manifest."""

import json

import numpy as np
import pytest

from mc_engine.errors import NotFoundError, RequestError, RunError
from mc_engine.run import executor, journal
from mc_engine.run.chunks import (
    ChunkResult,
    DamagedChunkError,
    Row,
    arrays_of,
    gaps,
    packed,
    prefix,
    read_chunk,
    write_chunk,
)
from mc_engine.run.folder import RunFolder
from mc_engine.run.tally import Tally
from mc_engine.study import Study
from tests.run.stored import ANALYTIC


@pytest.fixture(scope="module")
def study():
    return Study(ANALYTIC)


@pytest.fixture
def chunk(study, tmp_path):
    """One stored chunk: its result and its row."""
    plan = study.plan(30, chunk=20, series=25)
    result = list(executor.results(plan, [(0, 20), (20, 30)]))[1]
    row = write_chunk(tmp_path, result)
    return result, row


def test_a_chunk_comes_back_as_it_was(chunk, tmp_path):
    result, row = chunk
    assert (result.start, result.stop, row.trajectories) == (20, 30, 5)
    outcome = read_chunk(tmp_path, row)
    expected = {f"draw.{key}": values for key, values in result.draw_variables.items()}
    assert set(outcome) == set(expected)
    for key, values in expected.items():
        np.testing.assert_array_equal(outcome[key], values)


def test_a_row_comes_back_as_it_was(chunk):
    row = chunk[1]
    again = Row.from_json(json.loads(json.dumps(row.as_json())))
    assert again.as_json() == row.as_json()
    assert (row.tally.draws.sum(), row.tally.codes) == (10, {0: 10})


def test_a_chunk_that_is_sent_has_the_bytes_of_its_file(chunk, tmp_path):
    result, row = chunk
    sent, data = packed(result)
    assert sent.as_json() == row.as_json()
    assert data == (tmp_path / row.name).read_bytes()


@pytest.mark.parametrize("trajectories", [0, 3])
def test_chunks_are_files_of_numpy(trajectories, tmp_path):
    """Every kind of array comes back from NumPy itself, and by the sum that the journal holds."""
    rng = np.random.default_rng(0)
    draws = {
        "flag": np.array([1, 0, -1], dtype=np.int8),
        "columns": np.asfortranarray(rng.random((3, 4))),
        "strided": rng.random((3, 8))[:, ::2],
        "empty": np.empty((3, 0)),
    }
    series = {"path": rng.random((3, 2, 5), dtype=np.float32)[:trajectories]}
    tally = Tally.none(0, 1)
    result = ChunkResult(0, 3, draws, series, trajectories, tally)
    row = write_chunk(tmp_path, result)
    assert journal.checksum((tmp_path / row.name).read_bytes()) == row.checksum
    with np.load(tmp_path / row.name) as file:
        assert set(file.files) == set(arrays_of(result))
        for key, values in arrays_of(result).items():
            assert (file[key].dtype, file[key].shape) == (values.dtype, values.shape)
            np.testing.assert_array_equal(file[key], values)


def test_nothing_but_the_chunk_is_left(chunk, tmp_path):
    assert [path.name for path in tmp_path.iterdir()] == [chunk[1].name]


@pytest.mark.parametrize("place", [0, 400, -1])
def test_a_damaged_chunk_is_refused(chunk, tmp_path, place):
    row = chunk[1]
    data = bytearray((tmp_path / row.name).read_bytes())
    data[place] ^= 1
    (tmp_path / row.name).write_bytes(data)
    message = f"{row.name}: checksum [0-9a-f]{{32}}, expected {row.checksum}; computed again"
    with pytest.raises(DamagedChunkError, match=message):
        read_chunk(tmp_path, row)


def test_a_missing_chunk_is_refused(chunk, tmp_path):
    (tmp_path / chunk[1].name).unlink()
    with pytest.raises(DamagedChunkError, match="checksum no file, expected"):
        read_chunk(tmp_path, chunk[1])


def test_a_chunk_that_cannot_be_written_is_said(chunk, tmp_path):
    result = chunk[0]
    with pytest.raises(RunError, match=r"cannot write: .*; free space or choose another --out"):
        write_chunk(tmp_path / "nowhere", result)


@pytest.mark.parametrize(
    ("held", "cuts", "expected"),
    [
        ([], (), [(0, 4), (4, 8), (8, 10)]),
        ([(0, 10)], (), []),
        ([(4, 8)], (), [(0, 4), (8, 10)]),
        ([(3, 5), (4, 9)], (), [(0, 3), (9, 10)]),
        ([(0, 3)], (5, 8), [(3, 5), (5, 8), (8, 10)]),
        ([(8, 40)], (), [(0, 4), (4, 8)]),
    ],
)
def test_what_is_left_is_what_is_not_held(held, cuts, expected):
    assert gaps(held, 10, 4, cuts) == expected


def test_the_prefix_ends_at_the_first_gap():
    assert prefix([]) == 0
    assert prefix([(5, 9), (0, 3), (2, 5)]) == 9
    assert prefix([(0, 3), (4, 9)]) == 3


def test_a_chunk_is_entered_in_the_journal_once_it_is_there(study, tmp_path):
    seen, folder = [], RunFolder(tmp_path)

    def look(status):
        if status.phase != "drawing":
            return
        rows = folder.rows()
        for row in rows:
            folder.read_chunk(row)
        assert folder.read_manifest()["state"] == "running"
        seen.append((status.done, status.total, [(row.start, row.stop) for row in rows]))

    run = study.run(draws=25, chunk=10, out=tmp_path, progress=look)
    assert seen == [
        (10, 25, [(0, 10)]),
        (20, 25, [(0, 10), (10, 20)]),
        (25, 25, [(0, 10), (10, 20), (20, 25)]),
    ]
    assert run.manifest["state"] == "done"
    assert [(row["start"], row["stop"]) for row in run.manifest["chunks"]] == seen[-1][2]
    assert not (tmp_path / "chunks").exists()


@pytest.mark.parametrize("cut", [1, 20])
def test_a_torn_or_damaged_line_of_the_journal_counts_for_nothing(tmp_path, cut):
    folder = RunFolder(tmp_path)
    first, second = (Row(start, start + 1, "file", "sum", 0, Tally.none(0, 1)) for start in (0, 1))
    folder.rewrite_rows([first, second])
    path = tmp_path / "chunks" / "journal.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    # The line end alone may be missing; less than the whole line is no line.
    expected = 2 if cut == 1 else 1
    assert len(folder.rows()) == expected
    path.write_bytes(whole.replace(b'"stop": 2', b'"stop": 3'))
    assert folder.lines() == [first.as_json()]
    path.write_bytes(b"\x00" * 40 + b"\n[]\n{}\n" + whole)
    assert len(folder.rows()) == 2


def test_json_is_the_old_or_the_whole_new(tmp_path):
    path = tmp_path / "some.json"
    journal.write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="Out of range float"):
        journal.write_json(path, {"a": float("nan")})
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": 1}


def test_json_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(RunError, match="cannot write: No such file or directory"):
        journal.write_json(tmp_path / "nowhere" / "some.json", {})


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"no run here \(no run.json\)"):
        RunFolder(tmp_path).read_manifest()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schema_version": 2}', "schema_version 2, expected at most 1; read it with a newer"),
        ("{", "not readable as JSON"),
        ("[]", r"no manifest of a run \(no schema_version\)"),
        ('{"schema_version": "new"}', "no manifest of a run"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_refused(study, tmp_path, text, message):
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(RequestError, match=message):
        study.run(draws=5, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_the_log_has_one_line_per_event(study, tmp_path):
    study.run(draws=5, out=tmp_path)
    lines = (tmp_path / "log.txt").read_text(encoding="utf-8").splitlines()
    assert [line.partition(" ")[2] for line in lines] == [
        "start 5 draws, random",
        "collecting 5 draws",
        "done: all draws done",
    ]


def test_the_priors_that_were_read_are_kept(study, tmp_path):
    study.run(draws=5, out=tmp_path)
    names = [path.relative_to(ANALYTIC) for path in ANALYTIC.rglob("*") if path.is_file()]
    retained = {name: (tmp_path / "inputs" / name).read_bytes() for name in names}
    assert retained == {name: (ANALYTIC / name).read_bytes() for name in names}
