"""The code hash covers every module that decides a number, and no other."""

import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mc_engine import provenance
from mc_engine.models import ishigami, road_fleet

MODELS = {"ishigami": ishigami, "road_fleet": road_fleet}
MODEL = Path(inspect.getfile(type(road_fleet.MODEL)))


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package, to be edited."""
    copy = tmp_path_factory.mktemp("copy") / "mc_engine"
    shutil.copytree(provenance.ROOT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def within(paths, root=provenance.ROOT):
    return {path.relative_to(root).as_posix() for path in paths}


# Import what decides a number, and say which modules of the package that brought.
PROBE = """\
import importlib, pkgutil, sys
import mc_engine
names = ["mc_engine.model", "mc_engine.{model}"]
for package in ("mc_engine.design", "mc_engine.targets", "mc_engine.problem"):
    home = importlib.import_module(package)
    names += [package, *(m.name for m in pkgutil.walk_packages(home.__path__, package + "."))]
for name in names:
    importlib.import_module(name)
for name, module in sorted(sys.modules.items()):
    if name.startswith("mc_engine.") and getattr(module, "__file__", None):
        print(module.__file__)
"""


@pytest.mark.parametrize("name", MODELS)
def test_every_module_that_python_reaches_is_covered(name):
    source = inspect.getfile(type(MODELS[name].MODEL))
    result = subprocess.run(
        [sys.executable, "-c", PROBE.replace("{model}", f"models.{name}")],
        capture_output=True,
        text=True,
        check=True,
        cwd=provenance.ROOT.parent,
    )
    reached = within(map(Path, result.stdout.split()))
    covered = within(provenance.computing_modules(Path(source)))
    assert reached - covered == set()
    assert len(reached) > 30


def test_what_only_stores_or_reports_is_not_covered():
    covered = within(provenance.computing_modules(MODEL))
    assert not {
        name for name in covered if name.split("/")[0] in ("study", "report", "cli", "risk")
    }
    assert "models/ishigami.py" not in covered


@pytest.mark.parametrize("name", sorted(within(provenance.computing_modules(MODEL))))
def test_an_edit_of_any_module_changes_the_hash(package, name):
    model = package / MODEL.relative_to(provenance.ROOT)
    before = provenance.code_hash(model, package)
    path = package / name
    text = path.read_bytes()
    path.write_bytes(text + b"# edited\n")
    try:
        assert provenance.code_hash(model, package) != before
    finally:
        path.write_bytes(text)
    assert provenance.code_hash(model, package) == before


def test_the_hash_does_not_depend_on_where_the_package_lies(package):
    model = package / MODEL.relative_to(provenance.ROOT)
    assert provenance.code_hash(model, package) == provenance.code_hash(MODEL)


FILES = {
    "plain/model.py": "import helper\nimport numpy\nfrom mc_engine.units import UNITS\n",
    "plain/helper.py": "",
    "plain/other.py": "",
    "fleet/__init__.py": "",
    "fleet/model.py": "from . import near\nfrom .deep.part import f\nimport fleet.absolute\n",
    "fleet/near.py": "def f():\n    from .late import g  # slow\n",
    "fleet/late.py": "",
    "fleet/absolute.py": "import typing\nif typing.TYPE_CHECKING:\n    import fleet.types\n",
    "fleet/types.py": "",
    "fleet/deep/__init__.py": "from ..above import *\n",
    "fleet/deep/part.py": "",
    "fleet/above.py": "",
    "fleet/unused.py": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("plain/model.py", {"plain/model.py", "plain/helper.py"}),
        (
            "fleet/model.py",
            {
                f"fleet/{name}.py"
                for name in ("__init__", "model", "near", "late", "absolute", "above")
            }
            | {"fleet/deep/__init__.py", "fleet/deep/part.py"},
        ),
    ],
)
def test_a_model_of_another_project_is_followed_through_its_own_modules(tmp_path, model, expected):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    result = provenance.computing_modules(tmp_path / model)
    ours = [path for path in result if path.is_relative_to(tmp_path)]
    assert within(ours, tmp_path) == expected


SOURCE = b"""\
try:
    import a.b as c
except E:
    from ..d import (
        e,
        f,
    )
match x:
    case 1:
        with y:
            import g
"""


def test_imports_are_found_wherever_they_stand():
    assert set(provenance._imports(SOURCE)) == {(0, "a.b"), (2, "d.e"), (2, "d.f"), (0, "g")}
