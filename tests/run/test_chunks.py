"""Chunks on disk, their journal, and the manifest."""

import json

import numpy as np
import pytest

from mc_engine.errors import NotFoundError, RequestError, RunError
from mc_engine.run import executor, journal, store
from mc_engine.study import Study
from tests.run.stored import ANALYTIC


@pytest.fixture(scope="module")
def study():
    return Study(ANALYTIC)


@pytest.fixture
def chunk(study, tmp_path):
    """One stored chunk: (result, name, checksum)."""
    plan = study.plan(30, chunk=20)
    result = list(executor.results(plan, plan.chunks))[1]
    return result, *store.write_chunk(tmp_path, result)


def test_a_chunk_comes_back_as_it_was(chunk, tmp_path):
    result, name, checksum = chunk
    assert (result.start, result.stop) == (20, 30)
    found = store.read_chunk(tmp_path, name, checksum)
    assert set(found) == {f"draw.{key}" for key in result.draw_variables}
    for key, values in result.draw_variables.items():
        np.testing.assert_array_equal(found[f"draw.{key}"], values)


def test_nothing_but_the_chunk_is_left(chunk, tmp_path):
    assert [path.name for path in tmp_path.iterdir()] == [chunk[1]]


@pytest.mark.parametrize("place", [0, 400, -1])
def test_a_damaged_chunk_is_refused(chunk, tmp_path, place):
    _, name, checksum = chunk
    data = bytearray((tmp_path / name).read_bytes())
    data[place] ^= 1
    (tmp_path / name).write_bytes(data)
    with pytest.raises(RunError, match=f"{name}: checksum [0-9a-f]{{32}}, expected {checksum}; "):
        store.read_chunk(tmp_path, name, checksum)


def test_a_missing_chunk_is_refused(chunk, tmp_path):
    (tmp_path / chunk[1]).unlink()
    with pytest.raises(RunError, match="checksum no file, expected"):
        store.read_chunk(tmp_path, *chunk[1:])


def test_a_chunk_that_cannot_be_written_is_said(chunk, tmp_path):
    with pytest.raises(RunError, match=r"cannot write: .*; free space or choose another --out"):
        store.write_chunk(tmp_path / "nowhere", chunk[0])


def test_a_chunk_is_entered_in_the_journal_once_it_is_there(study, tmp_path):
    seen = []

    def look(done, total):
        lines = (tmp_path / "chunks" / "journal.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        for row in rows:
            store.read_chunk(tmp_path / "chunks", row["name"], row["checksum"])
        assert journal.read_manifest(tmp_path)["state"] == "running"
        seen.append((done, total, [(row["start"], row["stop"]) for row in rows]))

    run = study.run(draws=25, chunk=10, out=tmp_path, progress=look)
    assert seen == [
        (10, 25, [(0, 10)]),
        (20, 25, [(0, 10), (10, 20)]),
        (25, 25, [(0, 10), (10, 20), (20, 25)]),
    ]
    assert run.manifest["state"] == "done"
    assert [(row["start"], row["stop"]) for row in run.manifest["chunks"]] == seen[-1][2]
    assert not (tmp_path / "chunks").exists()


def test_a_run_that_stopped_is_started_again(study, tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study.run(draws=25, chunk=10, out=tmp_path, progress=stop)
    assert journal.read_manifest(tmp_path)["state"] == "running"
    assert study.run(draws=25, chunk=10, out=tmp_path).manifest["state"] == "done"


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
        journal.read_manifest(tmp_path)


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
    assert [line.partition(" ")[2] for line in lines] == ["start 5 draws, random", "done"]


def test_the_priors_that_were_read_are_kept(study, tmp_path):
    study.run(draws=5, out=tmp_path)
    names = [path.relative_to(ANALYTIC) for path in ANALYTIC.rglob("*") if path.is_file()]
    kept = {name: (tmp_path / "inputs" / name).read_bytes() for name in names}
    assert kept == {name: (ANALYTIC / name).read_bytes() for name in names}
