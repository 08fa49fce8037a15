"""Imports point downwards, and each outside tool is behind one door."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "mc_engine"

# From bottom to top. Neighbours in one row do not see each other.
ORDER: list[set[str]] = [
    {"errors"},
    {"units", "provenance"},
    {"numerics"},
    {"intervals"},
    {"vocabulary"},
    {"targets", "risk", "sensitivity", "calibrate"},
    {"model"},
    {"models", "problem"},
    {"design"},
    {"run"},
    {"ranking", "hindcast"},
    {"study"},
    {"report"},
    {"cli"},
]
LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}
TOP = {"__init__", "__main__"}  # of the package itself: these may see everything

# What may be imported in one file only; the compiler in two, its options and its types.
DOORS = {
    "numba": "numerics/accelerate.py or numerics/lanes.py",
    "llvmlite": "numerics/accelerate.py or numerics/lanes.py",
    "ruamel": "problem/loader.py",
    "yaml": "problem/loader.py",
    "netCDF4": "run/store.py",
    "h5netcdf": "run/store.py",
    "dask": "run/cluster.py",
    "distributed": "run/cluster.py",
    "SALib": "sensitivity/salib_bridge.py",
    "jinja2": "report/page.py",
    "markupsafe": "report/page.py",
}
# What finds a model by the name that a person or a region gives it.
REGISTRY = "mc_engine.models.registry"
# Methods and functions of xarray that read or write a file.
NETCDF_CALLS = {"to_netcdf", "open_dataset", "load_dataset", "open_mfdataset", "open_dataarray"}


def files(root: Path) -> list[Path]:
    found = sorted(root.rglob("*.py"))
    assert found, f"no Python files below {root}"
    return found


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def part_of(path: Path, root: Path) -> str:
    """Give the first part below the package: the row of ORDER is looked up by it."""
    return path.relative_to(root).parts[0].removesuffix(".py")


def imports(root_node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) for everything imported anywhere below a node."""
    for node in ast.walk(root_node):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            for alias in node.names:
                yield node.lineno, f"{prefix}.{alias.name}"


def upward_imports(root: Path) -> list[str]:
    wrong = []
    for path in files(root):
        here = part_of(path, root)
        if here in TOP:
            continue
        where = path.relative_to(root)
        if here not in LEVEL:
            wrong.append(f"{where}: '{here}' stands in no row of ORDER")
            continue
        for line, name in imports(tree(path)):
            if name.startswith("."):
                wrong.append(f"{where}:{line} relative import")
            if not name.startswith("mc_engine") or name == "mc_engine.__version__":
                continue
            target = name.split(".")[1] if "." in name else "__init__"
            if target != here and LEVEL.get(target, len(ORDER)) >= LEVEL[here]:
                wrong.append(f"{where}:{line} '{here}' imports '{target}'")
    return wrong


def doors_left_open(root: Path) -> list[str]:
    wrong = []
    for path in files(root):
        where = path.relative_to(root).as_posix()
        for line, name in imports(tree(path)):
            outside = name.split(".")[0]
            if where not in DOORS.get(outside, where).split(" or "):
                wrong.append(f"{where}:{line} imports {outside}, the door is {DOORS[outside]}")
    return wrong


def prints(root: Path) -> list[str]:
    """List the files that use ``print``."""
    return [
        path.relative_to(root).as_posix()
        for path in files(root)
        if any(isinstance(node, ast.Name) and node.id == "print" for node in ast.walk(tree(path)))
    ]


def netcdf_uses(root: Path) -> list[str]:
    """List the files in which xarray reads or writes a file."""
    found = []
    for path in files(root):
        module = tree(path)
        names = {name for _, name in imports(module)}
        used = {
            node.attr
            for node in ast.walk(module)
            if isinstance(node, ast.Attribute)
            and (node.attr == "to_netcdf" or ast.unparse(node.value) in ("xr", "xarray"))
        }
        if used & NETCDF_CALLS or any(f"xarray.{name}" in names for name in NETCDF_CALLS):
            found.append(path.relative_to(root).as_posix())
    return found


def run_at_import(module: ast.Module) -> Iterator[ast.stmt]:
    """Yield the statements of a module that run when it is imported, classes included."""
    waiting: list[ast.stmt] = list(module.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
        waiting.extend(inner)
        yield node


def statistics_at_import(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}:{line} {name}"
        for path in files(root)
        for node in run_at_import(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for line, name in imports(node)
        if name.startswith("scipy.stats")
    ]


def late_imports_without_reason(root: Path) -> list[str]:
    """List imports inside functions with no comment on their line or the line above."""
    wrong = []
    for path in files(root):
        lines = path.read_text(encoding="utf-8").splitlines()
        module = tree(path)
        at_import = {id(node) for node in run_at_import(module)}
        for node in ast.walk(module):
            if not isinstance(node, ast.Import | ast.ImportFrom) or id(node) in at_import:
                continue
            inside = any(
                isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)
                and f.lineno <= node.lineno <= (f.end_lineno or f.lineno)
                for f in ast.walk(module)
            )
            last = node.end_lineno or node.lineno
            near = lines[node.lineno - 2 : last]
            if inside and not any("#" in line for line in near):
                wrong.append(f"{path.relative_to(root)}:{node.lineno}")
    return wrong


def test_imports_point_downwards():
    wrong = upward_imports(PACKAGE)
    assert not wrong, "\n".join(wrong)


def test_each_outside_tool_has_one_door():
    wrong = doors_left_open(PACKAGE)
    assert not wrong, "\n".join(wrong)


def test_only_the_command_line_prints():
    assert set(prints(PACKAGE)) <= {"cli/commands.py", "cli/progress.py"}


def test_only_the_store_touches_netcdf_files():
    assert set(netcdf_uses(PACKAGE)) <= {"run/store.py"}


def test_scipy_stats_is_not_imported_at_module_level():
    wrong = statistics_at_import(PACKAGE)
    assert not wrong, wrong


def test_late_imports_say_why():
    wrong = late_imports_without_reason(PACKAGE)
    assert not wrong, wrong


def test_a_model_is_not_named_by_the_engine():
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} {name}"
        for path in files(PACKAGE)
        if part_of(path, PACKAGE) not in {"models", "study"}
        for line, name in imports(tree(path))
        if name.startswith("mc_engine.models") and not name.startswith(REGISTRY)
    ]
    assert not wrong, wrong


def test_importing_the_package_stays_light():
    code = (
        "import sys, mc_engine;"
        "print(sorted({'numba', 'xarray', 'scipy', 'pandas', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
    )
    assert done.stdout.strip() == "[]"


# --- the checkers themselves see what they should ------------------------------------------------


def one_file(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("errors.py", "import mc_engine.units\n"),
        ("units.py", "from mc_engine import provenance\n"),
        ("units.py", "from mc_engine import Study\n"),
        ("seeds.py", "def f():\n    from mc_engine.vocabulary import axes\n"),
        ("problem/loader.py", "from mc_engine.models.x import y\n"),
        ("risk/metrics.py", "from . import convergence\n"),
        ("helpers.py", "import math\n"),
    ],
)
def test_checker_sees_a_wrong_import(tmp_path, name, text):
    assert len(upward_imports(one_file(tmp_path, name, text))) == 1


def test_checker_accepts_a_downward_import(tmp_path):
    root = one_file(tmp_path, "run/store.py", "from mc_engine import errors, __version__\n")
    assert upward_imports(root) == []


def test_checker_sees_an_open_door(tmp_path):
    assert len(doors_left_open(one_file(tmp_path, "curves.py", "from numba import njit\n"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "import xarray as xr\nxr.open_dataset(1)\n",
        "x.to_netcdf()\n",
        "from xarray import open_dataset",
    ],
)
def test_checker_sees_a_netcdf_file(tmp_path, text):
    assert netcdf_uses(one_file(tmp_path, "study.py", text)) == ["study.py"]


def test_checker_lets_the_store_be_asked(tmp_path):
    text = "from mc_engine.run import store\nstore.open_dataset(1)\n"
    assert netcdf_uses(one_file(tmp_path, "study.py", text)) == []


def test_checker_sees_a_print(tmp_path):
    assert prints(one_file(tmp_path, "study.py", "def f():\n    print(1)\n")) == ["study.py"]


@pytest.mark.parametrize("text", ["import scipy.stats\n", "try:\n    from scipy import stats\n"])
def test_checker_sees_scipy_stats(tmp_path, text):
    text += "except ImportError:\n    pass\n" if text.startswith("try") else ""
    assert len(statistics_at_import(one_file(tmp_path, "curves.py", text))) == 1


def test_checker_lets_scipy_stats_be_imported_late(tmp_path):
    text = "def f():\n    from scipy import stats  # slow\n"
    assert statistics_at_import(one_file(tmp_path, "curves.py", text)) == []


def test_checker_sees_a_late_import_without_reason(tmp_path):
    text = "def f():\n\n    import math\n"
    assert late_imports_without_reason(one_file(tmp_path, "curves.py", text)) == ["curves.py:3"]
