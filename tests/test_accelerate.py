"""The folder of compiled code: keyed by what is compiled, and its owner's alone."""

import re
import shutil
from pathlib import Path

import pytest

from mc_engine import accelerate

PACKAGE = Path(accelerate.__file__).parent
COMPILED = re.compile(r"^@(kernel|sweep|allocator)\b", re.MULTILINE)


def covered(path):
    """Whether the hash of the cache covers a file."""
    parts = path.relative_to(PACKAGE).parts
    if path.name in accelerate.NO_KERNELS:
        return False
    return len(parts) == 1 or parts[0] in accelerate.KERNEL_PACKAGES


def test_every_compiled_function_is_covered_by_the_hash():
    compiled = [p for p in PACKAGE.rglob("*.py") if COMPILED.search(p.read_text("utf-8"))]
    assert [str(p) for p in compiled if not covered(p)] == []
    assert len(compiled) > 5


def test_the_folder_is_its_owners_alone():
    assert accelerate.cache_folder is not None
    assert accelerate.cache_folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("name", "changes"), [("units.py", True), ("cli.py", False)])
def test_an_edit_of_a_kernel_source_gives_another_folder(tmp_path, monkeypatch, name, changes):
    copy = tmp_path / "mc_engine"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(accelerate, "__file__", str(copy / "accelerate.py"))
    before = accelerate.source_hash()
    with (copy / name).open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    assert (accelerate.source_hash() != before) is changes


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
