"""The benchmark runs at its smallest size; what it says of speed is not tested."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.bench import measure_cases, take_turns
from benchmarks.cases import CASES, REPEATED, Case, chosen
from benchmarks.trust import AGAIN, KERNEL, slowed

ROOT = Path(__file__).parents[2]
BENCH = str(ROOT / "benchmarks" / "bench.py")
SMALL = ("--draws", "8", "--repeats", "2", "--pairs", "2")


def bench(*arguments: str, script: str = BENCH) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, script, *SMALL, *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def measured() -> dict:
    # Compiling the kernels once more would take most of the test's time.
    done = bench("--json", "--warm")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_phase_takes_time(measured):
    assert all(times["best"] > 0.0 for times in measured["phases"].values())


def test_compiling_is_no_part_of_another_phase(measured):
    phases = {"import", "load compiled", "draw", "kernel", "store"}
    assert phases <= set(measured["phases"])


def test_machine_and_versions_are_recorded(measured):
    assert {"machine", "versions", "threads", "draws"} <= set(measured["facts"])


def test_rivals_stand_beside_the_kernel(measured):
    rivals = measured["rivals"]["over one thread of the kernel"]
    assert {"kernel, one draw per call", "NumPy", "kernel, 2 threads"} <= set(rivals)
    assert {"kernel", "arithmetic"} == set(measured["rivals"]["second thread"])


def test_a_case_can_be_picked_by_its_name():
    assert [case.phase for case in chosen("china-1024-k*, 1 thread")] == ["kernel, 1 thread"]


def test_a_pattern_that_fits_no_case_is_bad_input():
    done = bench("--only", "mars*")
    assert (done.returncode, "found none that fits 'mars*'" in done.stderr) == (2, True)


def test_cases_and_a_revision_together_are_bad_input():
    done = bench("--only", "china*", "--against", "main")
    assert (done.returncode, "found --against too" in done.stderr) == (2, True)


def test_every_case_of_the_list_has_a_name_of_its_own():
    names = bench("--list").stdout.split("\n")[:-1]
    assert names == [case.name for case in CASES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("phase", REPEATED)
def test_every_repeated_case_runs(phase):
    result = measure_cases((Case("china", 128, phase),), repeats=2)
    assert result["cases"][f"china-128-{phase}"]["best"] > 0.0


def test_a_case_that_takes_a_process_runs_once():
    result = measure_cases((Case("china", 128, "import"),), repeats=2)
    assert len(result["cases"]["china-128-import"]["seconds"]) == 1
    assert {"machine", "versions"} == set(result["facts"])


def test_the_planted_slowdown_is_one_draw_in_five_again(tmp_path):
    kernel = slowed(tmp_path) / KERNEL
    before = (ROOT / KERNEL).read_text(encoding="utf-8")
    assert kernel.read_text(encoding="utf-8") == before + AGAIN


@pytest.fixture
def repository(tmp_path):
    """Make a git repository of the benchmarks, with a revision that holds nothing to run."""

    def git(*arguments: str) -> None:
        author = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org")
        subprocess.run(["git", *author, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "--quiet")
    (tmp_path / "README.md").write_text("Nothing yet\n", encoding="utf-8")
    git("add", "README.md")
    git("commit", "--quiet", "-m", "Hold nothing that can be run")
    git("tag", "empty")
    shutil.copytree(
        ROOT / "benchmarks", tmp_path / "benchmarks", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


def test_a_base_that_cannot_be_run_is_nothing_to_compare(repository):
    done = bench("--against", "empty", script=str(repository / "benchmarks" / "bench.py"))
    assert (done.returncode, done.stdout[:19]) == (0, "nothing to compare:"), done.stderr


def test_an_unknown_revision_is_bad_input(repository):
    done = bench("--against", "nonsense", script=str(repository / "benchmarks" / "bench.py"))
    assert (done.returncode, "no revision 'nonsense'" in done.stderr) == (2, True)


class FakeWorker:
    """Takes a given time for every phase, and notes when it was asked to run one."""

    def __init__(self, name: str, seconds: float, request: list[str]) -> None:
        self.name, self.time, self.asked = name, seconds, request

    def seconds(self, phase: str, times: int = 0) -> float:
        if times:  # not only to see how long it takes
            self.asked.append(self.name)
        return self.time


def test_ratio_is_new_over_base():
    ratios = take_turns(FakeWorker("new", 3.0, []), FakeWorker("base", 2.0, []), 8)
    assert {phase: ratio.median for phase, ratio in ratios.items()} == {"draw": 1.5, "kernel": 1.5}


def test_times_of_an_earlier_start_count_too():
    times: dict = {}
    take_turns(FakeWorker("new", 1.0, []), FakeWorker("base", 1.0, []), 5, times)
    ratios = take_turns(FakeWorker("new", 3.0, []), FakeWorker("base", 1.0, []), 6, times)
    assert {ratio.pairs for ratio in ratios.values()} == {11}
    assert {ratio.median for ratio in ratios.values()} == {3.0}


def test_sides_take_turns_at_going_first():
    request: list[str] = []
    take_turns(FakeWorker("new", 1.0, request), FakeWorker("base", 1.0, request), 3)
    first_of_pair = request[::4]  # two phases of two sides a turn
    assert first_of_pair == ["base", "new", "base"]
