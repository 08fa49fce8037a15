"""A run on a Dask cluster: the same bits, lost workers, and workers that are not to be trusted."""

import json
import logging
import pickle
import socket
import subprocess
import sys
import threading
from collections import deque
from dataclasses import replace
from types import SimpleNamespace

import dask
import pytest
from distributed import LocalCluster

from mc_engine.errors import RequestError, RunError, RunInterruptedError
from mc_engine.run import canary, cluster
from mc_engine.run.cluster import AHEAD, clustered
from mc_engine.run.folder import LOG, RunFolder
from mc_engine.run.recipe import Recipe
from mc_engine.run.session import Evaluator, execute
from mc_engine.run.worker import WorkerState
from mc_engine.study import Study
from tests.run.elsewhere import FOLDER, MODEL
from tests.run.stored import ANALYTIC, checksums

DRAWS, CHUNK = 3000, 100


@pytest.fixture(scope="module")
def troubles(tmp_path_factory):
    """Where the workers look for what they are to suffer."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("troubles")
        patch.setenv(FOLDER, str(folder))
        yield folder


@pytest.fixture(autouse=True)
def no_trouble(request, troubles):
    yield
    for path in troubles.iterdir():
        path.unlink()


@pytest.fixture(scope="module")
def address(troubles):
    """Two workers of one thread; a chunk that ends two of them is given up."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as workers,
    ):
        yield workers.scheduler_address


@pytest.fixture(scope="module")
def study():
    return Study(ANALYTIC, model=MODEL)


@pytest.fixture(scope="module")
def here(study, tmp_path_factory):
    """The same run in this process."""
    return study.run(DRAWS, chunk=CHUNK, out=tmp_path_factory.mktemp("here"))


@pytest.fixture(scope="module")
def first(here):
    """First argument of a draw, as the model sees it."""
    with here.draws as draws:
        values = draws["parameters"].sel(parameter="x1").to_numpy().ravel()
    return lambda draw: f"{values[draw]:.17g}"


def test_the_same_bits_as_in_this_process(study, here, address, tmp_path):
    run = study.run(DRAWS, chunk=CHUNK, out=tmp_path, cluster=address)
    assert checksums(run) == checksums(here)
    assert run.manifest["chunks"] == here.manifest["chunks"]
    assert "mixed" not in run.manifest
    log = (tmp_path / LOG).read_text(encoding="utf-8")
    assert f"cluster {address}: 2 workers, 2 threads" in log


@pytest.mark.parametrize("design", ["sobol", "latin"])
def test_the_same_bits_for_other_designs(study, address, tmp_path, design):
    request = {"draws": 1000, "design": design, "chunk": 300}
    run = study.run(**request, out=tmp_path / "there", cluster=address)
    assert checksums(run) == checksums(study.run(**request, out=tmp_path / "here"))


def test_chunks_may_come_back_in_another_order(study, here, first, address, troubles, tmp_path):
    (troubles / "wait").write_text(first(CHUNK // 2))
    came = []

    def watched(*args):
        for row in clustered(address, Recipe.of)(*args):
            came.append(row.start)
            yield row

    run = execute(study.plan(DRAWS, chunk=CHUNK, out=tmp_path), evaluator=Evaluator(watched))
    assert came != sorted(came)
    assert sorted(came) == list(range(0, DRAWS, CHUNK))
    assert checksums(run) == checksums(here)


def test_workers_write_into_a_shared_folder(study, here, address, tmp_path, monkeypatch):
    def refuse(path, data):
        raise AssertionError("the client writes no chunk")

    monkeypatch.setattr(cluster, "write", refuse)
    run = study.run(DRAWS, chunk=CHUNK, out=tmp_path, cluster=address, shared_folder=True)
    assert checksums(run) == checksums(here)


def test_a_lost_worker_costs_its_chunk(study, here, first, address, troubles, tmp_path):
    (troubles / "kill once").write_text(first(1234))
    run = study.run(DRAWS, chunk=CHUNK, out=tmp_path, cluster=address)
    assert not (troubles / "kill once").exists()
    assert checksums(run) == checksums(here)


def test_a_chunk_that_ends_its_workers_is_named(study, here, first, address, troubles, tmp_path):
    (troubles / "kill").write_text(first(1234))
    with pytest.raises(
        RunError, match=r"draws 1200 to 1299 end every worker .* --chunk"
    ) as message:
        study.run(DRAWS, chunk=CHUNK, out=tmp_path, cluster=address)
    assert "2 times, and again with no other draws about; the last one was tcp://" in str(
        message.value
    )
    retained = [row["start"] for row in RunFolder(tmp_path).lines()]
    assert 1200 not in retained
    assert set(range(0, 1200, CHUNK)) <= set(retained)
    (troubles / "kill").unlink()
    run = study.run(DRAWS, chunk=CHUNK, out=tmp_path, cluster=address)
    assert checksums(run) == checksums(here)


def test_what_a_model_raises_is_told_with_its_chunk(study, first, address, troubles, tmp_path):
    (troubles / "raise").write_text(first(250))
    with pytest.raises(
        RunError, match=r"draws 200 to 299 failed on a worker \(ArithmeticError: a model may"
    ):
        study.run(DRAWS, chunk=CHUNK, out=tmp_path, cluster=address)


def test_what_is_in_flight_comes_home_when_a_person_ends_the_run(study, here, address, tmp_path):
    done = []
    request = {"draws": DRAWS, "chunk": CHUNK, "out": tmp_path, "cluster": address}
    with pytest.raises(RunInterruptedError):
        study.run(**request, progress=done.append, should_stop=lambda: len(done) > 1)
    # One that came back and whatever was in flight then: a few for each thread, not all.
    assert 1 <= len(RunFolder(tmp_path).lines()) <= 1 + 2 * AHEAD
    assert checksums(study.run(**request)) == checksums(here)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": "0" * 16}, "code [0-9a-f]{16} .*, expected code 0000000000000000; install"),
        ({"digest": "0" * 32}, "problem [0-9a-f]+ .*, expected problem 0{32}; install"),
        ({"identity": "0" * 16}, "run [0-9a-f]{16} .*, expected run 0000000000000000; install"),
        ({"model": "no_such.module:MODEL"}, "cannot import 'no_such.module:MODEL'"),
    ],
)
def test_a_worker_that_makes_another_plan_is_refused(study, address, tmp_path, change, message):
    def recipe(plan):
        return replace(Recipe.of(plan), **change)

    with pytest.raises(RequestError, match=r"^worker tcp://127.0.0.1:\d+ on \S+: .*" + message):
        execute(study.plan(200, out=tmp_path), evaluator=Evaluator(clustered(address, recipe)))
    assert RunFolder(tmp_path).lines() == []


def test_a_worker_with_other_first_draws_is_refused(study, address, troubles, tmp_path):
    (troubles / "shift").write_text("1e-9")
    with pytest.raises(
        RequestError, match=r"worker tcp.*its first draws come out different .*1e-09.*leave this"
    ):
        study.run(200, out=tmp_path, cluster=address, allow_mixed=True)


def test_other_last_bits_are_refused_or_recorded(study, address, troubles, tmp_path):
    (troubles / "shift").write_text("1e-14")
    with pytest.raises(RequestError, match=r"worker tcp.*--allow-mixed accepts this"):
        study.run(200, out=tmp_path, cluster=address)
    run = study.run(200, out=tmp_path, cluster=address, allow_mixed=True)
    (mixed,) = run.manifest["mixed"]
    assert 0.0 < mixed["difference"] <= canary.TOLERANCE
    assert mixed["machine"] == run.manifest["machine"]


def test_processes_of_this_machine(study, here, tmp_path):
    request = {"chunk": CHUNK, "out": tmp_path, "cluster": "local:1"}
    threads = threading.active_count()
    run = study.run(DRAWS, **request)
    assert checksums(run) == checksums(here)
    assert threading.active_count() <= threads + 1
    # Answered from the folder: nothing is started.
    assert study.run(DRAWS, **request).manifest == run.manifest


@pytest.mark.parametrize(
    "form", ["", "local", "local:0", "local:x", "host:8786", "tcp://host", "http://host:1"]
)
def test_an_address_of_no_known_form_is_refused(study, tmp_path, form):
    with pytest.raises(RequestError, match=r"cluster: found '.*', expected local:N .* tcp://HOST"):
        study.run(10, out=tmp_path / "run", cluster=form)
    assert not (tmp_path / "run").exists()


def test_a_shared_folder_needs_a_cluster(study, tmp_path):
    with pytest.raises(RequestError, match="shared_folder: found no cluster, expected one"):
        study.run(10, out=tmp_path, shared_folder=True)


@pytest.mark.parametrize(
    ("form", "said"), [("tcp://{}", "no answer of one within 0.5 s"), ("tls://{}", "ssl_context")]
)
def test_what_is_no_scheduler_is_told(study, tmp_path, monkeypatch, form, said):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = form.format(f"127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(RequestError, match=f"cluster {where}: found no Dask .*{said}.*start"):
            study.run(10, out=tmp_path, cluster=where)


def test_encryption_that_dask_is_told_to_require_is_required(study, address, tmp_path):
    with (
        dask.config.set({"distributed.comm.require-encryption": True}),
        pytest.raises(RequestError, match=r"found no Dask scheduler \(encryption required by Dask"),
    ):
        study.run(10, out=tmp_path, cluster=address)


def test_without_dask_the_extra_is_named(study, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "mc_engine.run.cluster")
    with pytest.raises(RequestError, match=r'no module distributed.*"mc-engine\[cluster\]"'):
        study.run(10, out=tmp_path / "run", cluster="local:1")
    assert not (tmp_path / "run").exists()


def test_dask_is_not_imported_without_a_cluster():
    code = (
        "import json, sys, mc_engine.cli.commands, mc_engine.study; "
        "print(json.dumps([name for name in ('dask', 'distributed') if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert json.loads(done.stdout) == []


@pytest.fixture
def worker(study, tmp_path):
    """What a worker holds, in this process."""
    plan = study.plan(CHUNK, out=tmp_path)
    made = pickle.dumps(Recipe.of(plan))
    outputs = canary.evaluate_canary(plan)
    state = WorkerState("of a test", made, outputs, False, CHUNK, ours=False)
    state.setup(SimpleNamespace(address="tcp://worker:1"))
    return state


def test_a_worker_without_the_shared_folder_is_told(worker, tmp_path):
    with pytest.raises(RequestError, match=r"worker tcp://worker:1 on \S+: found no folder .*gone"):
        worker.chunk(0, CHUNK, str(tmp_path / "gone"))


def test_a_worker_computes_each_chunk_on_one_thread(worker):
    worker.chunk(0, CHUNK, None)
    assert worker.plan.threads == 1


@pytest.fixture
def pool(tmp_path):
    """The client's side of a session, with no cluster."""
    return cluster.TaskPool(None, "tcp://a:1", "n", tmp_path, deque(), bool, True, print)


def test_a_folder_that_is_not_shared_is_told(pool, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "FILE_SECONDS", 0.2)
    with pytest.raises(RequestError, match=r"worker w: wrote .*, found no such file here"):
        pool._await_file(tmp_path / "chunk.npz", "w")


def test_a_scheduler_without_the_package_is_told(pool):
    error = RuntimeError("Error during deserialization of the task graph.")
    with pytest.raises(RequestError, match=r"scheduler cannot read our tasks, .* install it there"):
        pool._failed((0, 10), error)


def test_a_worker_without_the_package_is_told():
    def refuse(plugin):
        raise Exception(ModuleNotFoundError("No module named 'mc_engine'"))

    with pytest.raises(RequestError, match=r"cannot take the run .*'mc_engine'.* install it there"):
        cluster._give(SimpleNamespace(register_plugin=refuse), "tcp://a:1", None)
