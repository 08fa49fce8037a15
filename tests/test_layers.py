"""What the import contracts and the linter cannot say; see ``tool.importlinter`` and ``tool.ruff``.

Order, circles and doors are contracts of import-linter. Printing, relative imports, slow imports
and functions of xarray that open files are rules of ruff.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "mc_engine"


def files(root: Path) -> list[Path]:
    result = sorted(root.rglob("*.py"))
    assert result, f"no Python files below {root}"
    return result


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


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


def test_only_the_store_writes_netcdf_files():
    used = [path.relative_to(PACKAGE).as_posix() for path in files(PACKAGE)
            if ".to_netcdf(" in path.read_text(encoding="utf-8")]  # fmt: skip
    assert used == ["run/store.py"]


def test_late_imports_say_why():
    wrong = late_imports_without_reason(PACKAGE)
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


# --- the checker itself sees what it should ------------------------------------------------------


def one_file(root: Path, text: str) -> Path:
    (root / "curves.py").write_text(text, encoding="utf-8")
    return root


def test_checker_sees_a_late_import_without_reason(tmp_path):
    text = "def f():\n\n    import math\n"
    assert late_imports_without_reason(one_file(tmp_path, text)) == ["curves.py:3"]


def test_checker_lets_a_late_import_give_its_reason(tmp_path):
    text = "import sys\n\n\ndef f():\n    from scipy import stats  # slow\n"
    assert late_imports_without_reason(one_file(tmp_path, text)) == []
