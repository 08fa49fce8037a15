"""The folder of compiled code: keyed by what is compiled, and its owner's alone."""

import ast
import os
import re
import shutil
import subprocess
import sys

import pytest

from mc_engine.numerics import accelerate

PACKAGE = accelerate.ROOT
COMPILED = re.compile(r"^@(kernel|inner|exact|sweep|allocator)\b", re.MULTILINE)


def covered(path):
    """Whether the hash of the cache covers a file."""
    parts = path.relative_to(PACKAGE).parts
    if len(parts) == 1:
        return path.name not in accelerate.NO_KERNELS
    return parts[0] in accelerate.KERNEL_PACKAGES


def test_every_compiled_function_is_covered_by_the_hash():
    compiled = [p for p in PACKAGE.rglob("*.py") if COMPILED.search(p.read_text("utf-8"))]
    assert [str(p) for p in compiled if not covered(p)] == []
    assert len(compiled) > 5


def test_the_folder_is_its_owners_alone():
    assert accelerate.cache_folder is not None
    assert accelerate.cache_folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("name", "changes"), [("units.py", True), ("cli/commands.py", False)])
def test_an_edit_of_a_kernel_source_gives_another_folder(tmp_path, name, changes):
    copy = tmp_path / "mc_engine"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = accelerate.source_hash(copy)
    with (copy / name).open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    assert (accelerate.source_hash(copy) != before) is changes


def test_threads_are_put_back():
    before = accelerate.get_num_threads()
    with accelerate.threads(1) as count:
        assert count == 1
    assert accelerate.get_num_threads() == before


def test_more_threads_than_there_are_is_refused():
    with (
        pytest.raises(ValueError, match="set NUMBA_NUM_THREADS before starting"),
        accelerate.threads(10_000),
    ):
        pass


# Run in a process of its own, from a copy of the package in which a kernel calls a new file.
PROBE = """\
import numpy as np
from mc_engine.numerics.accelerate import cache_folder
from mc_engine.models.ishigami import _sweep

y, status = np.empty(1), np.empty(1, dtype=np.int32)
_sweep(np.arange(3), np.array([[0.5, 0.0, 0.0]]), y, status)
hits = sum(_sweep.stats.cache_hits.values())
print(cache_folder.name, hits, y[0])
"""
CALLEE = """\
from mc_engine.numerics.accelerate import kernel


@kernel
def wave(x):
    return FACTOR * x
"""


def probe(folder, cache=None):
    """Run the copied model: (cache folder, cache hits, value)."""
    cache = cache or folder / "cache"
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "MC_ENGINE_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    name, hits, value = done.stdout.split()
    return name, int(hits), float(value)


def test_an_edit_of_a_callee_in_another_file_is_seen(tmp_path):
    shutil.copytree(
        PACKAGE, tmp_path / "mc_engine", ignore=shutil.ignore_patterns("__pycache__", "_priors")
    )
    models = tmp_path / "mc_engine" / "models"
    caller = (models / "ishigami.py").read_text(encoding="utf-8")
    assert "np.sin(x1) *" in caller
    caller = caller.replace("np.sin(x1) *", "wave(x1) *").replace(
        "from mc_engine.model import OK",
        "from mc_engine.model import OK\nfrom mc_engine.models.waves import wave",
    )
    (models / "ishigami.py").write_text(caller, encoding="utf-8")
    callee = models / "waves.py"
    callee.write_text(CALLEE.replace("FACTOR", "2.0"), encoding="utf-8")
    first, again = probe(tmp_path), probe(tmp_path)
    callee.write_text(CALLEE.replace("FACTOR", "3.0"), encoding="utf-8")
    edited = probe(tmp_path)
    # The cache works, so that a stale answer would have been one; and none is given.
    assert (first[1:], again[1:], edited[1:]) == ((0, 1.0), (1, 1.0), (0, 1.5))
    assert first[0] == again[0] != edited[0]


def test_a_package_installed_elsewhere_compiles_nothing_again(tmp_path):
    result = []
    for name in ("first", "second"):
        shutil.copytree(
            PACKAGE,
            tmp_path / name / "mc_engine",
            ignore=shutil.ignore_patterns("__pycache__", "_priors"),
        )
        result.append(probe(tmp_path / name, tmp_path / "cache"))
    assert result[0][0] == result[1][0]
    assert [hits for _, hits, _ in result] == [0, 1]
    assert result[0][2] == result[1][2]


def decorations(node):
    """Names a function is decorated with."""
    return {name.id for name in node.decorator_list if isinstance(name, ast.Name)}


def inner_functions():
    result = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and "inner" in decorations(node):
                result.add(node.name)
    return result


def test_only_kernels_call_kernels_without_a_bridge():
    """Called from Python, such a function would crash the process."""
    inner = inner_functions()
    assert len(inner) > 20
    wrong = []
    for folder in ("mc_engine", "tests", "benchmarks", "validation", "docs"):
        for path in sorted((PACKAGE.parent / folder).rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            kernels = [
                node
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef) and decorations(node) & {"inner", "kernel"}
            ]
            inside = {id(part) for node in kernels for part in ast.walk(node)}
            wrong += [
                f"{path}:{node.lineno} {node.func.id}"
                for node in ast.walk(tree)
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in inner
                and id(node) not in inside
                and "road_fleet" in path.read_text("utf-8")
            ]
    assert wrong == []
