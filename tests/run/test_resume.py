"""Whatever happened in between, a run ends with the same bits."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mc_engine.errors import RequestError, RunError, RunInterruptedError
from mc_engine.run import canary, lock, store
from mc_engine.run.folder import RunFolder
from mc_engine.study import Run, Study, status
from tests.run.stored import ANALYTIC, checksums

DRAWS, CHUNK = 4_000, 250


@pytest.fixture(scope="module")
def study():
    return Study(ANALYTIC)


@pytest.fixture(scope="module")
def whole(study, tmp_path_factory):
    """Checksums of the run that nobody interrupted."""
    return checksums(study.run(DRAWS, out=tmp_path_factory.mktemp("whole")))


def interrupt(study, folder, chunks, draws=DRAWS, **options):
    """Run until so many chunks are there, then ask it to stop."""
    seen = []

    def watch(result):
        if result.phase == "drawing":
            seen.append(result.done)

    with pytest.raises(RunInterruptedError):
        study.run(
            draws, chunk=CHUNK, out=folder, progress=watch,
            should_stop=lambda: len(seen) >= chunks, **options,
        )  # fmt: skip
    return seen


def rows_of(folder):
    return RunFolder(folder).rows()


def test_a_run_that_was_asked_to_stop_goes_on(study, whole, tmp_path):
    seen = interrupt(study, tmp_path, 3)
    done = seen[-1]
    # The chunk in hand is finished, no other is begun.
    assert 3 * CHUNK <= done <= 5 * CHUNK
    manifest = RunFolder(tmp_path).read_manifest()
    assert manifest["state"] == "interrupted"
    assert manifest["stop_reason"] == f"interrupted after {done} of {DRAWS} draws"
    result = status(tmp_path)
    assert (result["state"], result["done"], result["writer"]) == ("interrupted", done, None)
    assert not (tmp_path / "lock").exists()
    run = study.run(DRAWS, chunk=CHUNK, out=tmp_path)
    assert checksums(run) == whole
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert f"go on from {done} to {DRAWS} draws" in log


def test_it_goes_on_with_other_chunks_and_threads(study, whole, tmp_path):
    interrupt(study, tmp_path, 2)
    assert checksums(study.run(DRAWS, chunk=333, threads=1, out=tmp_path)) == whole


def test_fewer_draws_than_are_there_lose_none(study, whole, tmp_path):
    done = interrupt(study, tmp_path, 3)[-1]
    run = study.run(100, out=tmp_path)
    assert run.manifest["draws"] == done
    assert checksums(study.run(DRAWS, out=tmp_path)) == whole


def test_an_interrupted_extension_leaves_the_finished_run_readable(study, whole, tmp_path):
    first = checksums(study.run(1_000, out=tmp_path))
    interrupt(study, tmp_path, 2)
    held = Run(tmp_path)
    assert checksums(held) == first
    assert held.summary["draws"] == 1_000
    result = status(tmp_path)
    assert (result["state"], result["draws"]) == ("interrupted", DRAWS)
    assert result["done"] >= 1_500
    assert checksums(study.run(DRAWS, out=tmp_path)) == whole


def test_an_extension_computes_only_what_is_new(study, whole, tmp_path):
    study.run(3_000, out=tmp_path)
    seen = []
    study.run(DRAWS, chunk=CHUNK, out=tmp_path, progress=seen.append)
    (needs,) = [result.forecast for result in seen if result.forecast is not None]
    assert (needs.draws, needs.todo) == (DRAWS, 1_000)
    assert seen[-1].tally.draws.sum() == DRAWS


@pytest.mark.parametrize("place", [100, -200])
def test_a_chunk_with_a_flipped_bit_is_computed_again(study, whole, tmp_path, place):
    interrupt(study, tmp_path, 4)
    row = rows_of(tmp_path)[1]
    path = tmp_path / "chunks" / row.name
    data = bytearray(path.read_bytes())
    data[place] ^= 4
    path.write_bytes(data)
    assert checksums(study.run(DRAWS, chunk=CHUNK, out=tmp_path)) == whole
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert f"damaged chunk found: {row.name}: checksum" in log


def test_a_power_cut_between_chunk_and_journal_doubles_no_draw(study, whole, tmp_path):
    interrupt(study, tmp_path, 4)
    path = tmp_path / "chunks" / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    # The last chunk is there and not entered; the line before was torn; a third was half written.
    path.write_bytes(b"".join(lines[:-2]) + lines[-2][:30])
    (tmp_path / "chunks" / "000000009000-000000009250.npz.part").write_bytes(b"half")
    run = study.run(DRAWS, chunk=CHUNK, out=tmp_path)
    assert checksums(run) == whole
    spans = [(row["start"], row["stop"]) for row in run.manifest["chunks"]]
    assert spans == [(k, k + CHUNK) for k in range(0, DRAWS, CHUNK)]


def test_a_cut_while_collecting_leaves_the_chunks(study, whole, tmp_path, monkeypatch):
    def cut(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(store, "put_in_place", cut)
        with pytest.raises(RunError, match=r"No space left on device, found .* run the same"):
            study.run(DRAWS, out=tmp_path)
    assert RunFolder(tmp_path).read_manifest()["state"] == "collecting"
    assert status(tmp_path)["state"] == "interrupted"
    assert rows_of(tmp_path)
    assert checksums(study.run(DRAWS, out=tmp_path)) == whole


@pytest.mark.parametrize("name", ["draws.nc", "series.nc"])
def test_a_cut_between_the_two_files_of_an_extension(study, whole, tmp_path, monkeypatch, name):
    study.run(1_000, out=tmp_path)
    rename = store.put_in_place

    def cut(part, path):
        if path.name == name:
            raise OSError(5, "power cut")
        rename(part, path)

    with monkeypatch.context() as patch:
        patch.setattr(store, "put_in_place", cut)
        with pytest.raises(RunError):
            study.run(DRAWS, out=tmp_path)
    assert checksums(study.run(DRAWS, out=tmp_path)) == whole


@pytest.mark.parametrize("name", ["draws.nc", "series.nc"])
def test_a_dataset_that_was_deleted_is_made_again(study, whole, tmp_path, name):
    study.run(DRAWS, out=tmp_path)
    (tmp_path / name).unlink()
    assert checksums(study.run(DRAWS, out=tmp_path)) == whole


def test_other_numbers_on_this_machine_are_refused(study, tmp_path, monkeypatch):
    interrupt(study, tmp_path, 2)
    evaluate = canary.evaluate_canary

    def other(plan):
        outputs = evaluate(plan)
        return outputs | {"y": outputs["y"] * (1.0 + 2e-14)}

    monkeypatch.setattr(canary, "evaluate_canary", other)
    with pytest.raises(RequestError, match=r"come out different .* --allow-mixed accepts this"):
        study.run(DRAWS, out=tmp_path)
    run = study.run(DRAWS, out=tmp_path, allow_mixed=True)
    (mixed,) = run.manifest["mixed"]
    assert 0.0 < mixed["difference"] <= 1e-12


@pytest.mark.parametrize("factor", [1.0 + 1e-9, np.nan])
def test_a_larger_difference_is_never_accepted(study, tmp_path, monkeypatch, factor):
    interrupt(study, tmp_path, 2)
    evaluate = canary.evaluate_canary

    def other(plan):
        outputs = evaluate(plan)
        return outputs | {"y": outputs["y"] * factor}

    monkeypatch.setattr(canary, "evaluate_canary", other)
    with pytest.raises(RequestError, match="come out different"):
        study.run(DRAWS, out=tmp_path, allow_mixed=True)


def test_a_run_without_its_canary_draws_is_not_added_to(study, tmp_path):
    interrupt(study, tmp_path, 2)
    (tmp_path / "canary.npz").write_bytes(b"PK\x03\x04 damaged")
    with pytest.raises(RequestError, match=r"canary\.npz: cannot be read .* choose another --out"):
        study.run(DRAWS, out=tmp_path)


def test_two_writers_are_one_too_many(study, tmp_path):
    study.run(100, out=tmp_path)
    with lock.held(tmp_path):
        who = lock.holder(tmp_path)
        assert who is not None
        assert who["process"] == os.getpid()
        with pytest.raises(RequestError, match=f"process {os.getpid()} on .* is writing into it"):
            study.run(DRAWS, out=tmp_path)
        assert status(tmp_path)["writer"] == who
    assert lock.holder(tmp_path) is None


def test_the_lock_of_a_process_that_is_gone_is_recovered(study, tmp_path):
    owner = {"process": 1, "host": socket.gethostname(), "since": "then"}
    tmp_path.joinpath("lock").write_text(json.dumps(owner))
    study.run(100, out=tmp_path)
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert "lock of process 1 recovered: it is gone" in log


def test_an_owner_elsewhere_is_believed_while_it_touches_its_lock(study, tmp_path):
    path = tmp_path / "lock"
    path.write_text('{"process": 7, "host": "elsewhere", "since": "now"}')
    with pytest.raises(RequestError, match="process 7 on elsewhere since now is writing into it"):
        study.run(100, out=tmp_path)
    long_ago = time.time() - 2.0 * lock.SILENT_SECONDS
    os.utime(path, (long_ago, long_ago))
    study.run(100, out=tmp_path)


def test_a_killed_process_leaves_a_run_that_goes_on(study, whole, tmp_path):
    """A few kills at different moments; ``validation.kills`` makes fifty of a longer run."""
    folder = tmp_path / "run"
    script = (
        "import sys; from mc_engine.study import Study; "
        f"Study({str(ANALYTIC)!r}).run({DRAWS}, chunk=1, out={str(folder)!r})"
    )

    def sessions():
        log = folder / "log.txt"
        text = log.read_text(encoding="utf-8") if log.exists() else ""
        return text.count(" start ") + text.count(" go on ")

    for number, wait in enumerate((0.0, 0.4, 0.8)):
        process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60.0
        while sessions() <= number and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert RunFolder(folder).read_manifest()["state"] == "running"
    assert 0 < len(rows_of(folder)) < DRAWS
    assert lock.holder(folder) is None
    assert checksums(study.run(DRAWS, chunk=CHUNK, out=folder)) == whole


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_after_the_chunk_in_hand(tmp_path, number):
    folder = tmp_path / "run"
    words = ["run", str(ANALYTIC), "--draws", "200000", "--chunk", "20", "--out", str(folder)]
    process = subprocess.Popen(
        [sys.executable, "-m", "mc_engine", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    until = time.monotonic() + 60.0
    while len(rows_of(folder)) < 5 and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    first, ending, last = filter(None, err.splitlines())
    assert first.startswith("200,000 draws; 10,000 chunks to do: ")
    assert ending == "ending after the chunk in hand; once more ends at once"
    assert last.startswith(f"mc-engine: {folder}: interrupted after ")
    assert last.endswith(" of 200000 draws; run the same command again to resume")
    assert len(rows_of(folder)) * 20 == int(last.split(" of 200000")[0].rsplit(" ", 1)[1])


def test_inputs_and_code_that_changed_are_never_mixed(study, tmp_path):
    interrupt(study, tmp_path / "run", 2)
    region = tmp_path / "analytic"
    shutil.copytree(ANALYTIC, region)
    text = (region / "arguments.yaml").read_text(encoding="utf-8")
    (region / "arguments.yaml").write_text(text.replace("high: 3.14", "high: 3.13", 1))
    with pytest.raises(RequestError, match=r"holds run .* choose another --out"):
        Study(region).run(DRAWS, out=tmp_path / "run")


def test_a_folder_that_was_only_begun_is_begun_again(study, tmp_path):
    """A kill between making the folder and writing its manifest."""
    study.run(10, out=tmp_path)
    for name in ("run.json", "draws.nc", "series.nc", "summary.json"):
        (tmp_path / name).unlink()
    assert study.run(10, out=tmp_path).manifest["state"] == "done"


def test_a_disk_without_room_is_refused_with_what_would_do(study, tmp_path, monkeypatch):
    from mc_engine.run import forecast

    monkeypatch.setattr(forecast, "free_disk", lambda folder: 60e6)
    with pytest.raises(RequestError) as caught:
        study.run(1_000_000, series=0, out=tmp_path)
    text = str(caught.value)
    assert "of disk, found 60 MB free; free space or --draws " in text
    assert text.endswith(" or --out on another disk would do")
    fits = int(text.split("--draws ")[1].split(" ")[0].replace(",", ""))
    study.run(fits, series=0, out=tmp_path)


def test_memory_that_will_not_do_is_refused(study, tmp_path, monkeypatch):
    from mc_engine.run import forecast

    monkeypatch.setattr(forecast, "free_memory", lambda: 230e6)
    with pytest.raises(RequestError, match=r"of memory, found 230 MB available; --chunk [\d,]+ or"):
        study.run(400_000, chunk=200_000, out=tmp_path)
    with pytest.raises(RequestError, match=r"--draws [\d,]+ or a machine with more memory"):
        study.run(4_000_000, out=tmp_path)


def test_the_status_of_a_finished_run_is_its_result(study, tmp_path):
    run = study.run(1_000, out=tmp_path)
    result = status(tmp_path)
    assert (result["state"], result["done"], result["draws"]) == ("done", 1_000, 1_000)
    for row, target in zip(result["targets"], run.summary["targets"], strict=True):
        assert row["name"] == target["name"]
        assert (row["p_miss"], row["low"], row["high"]) == (
            target["p_miss"], target["low"], target["high"],
        )  # fmt: skip
    json.dumps(result, allow_nan=False)
