"""Docstrings agree with the signatures; files and functions stay short.

That docstrings are there is a rule of ruff (``D``).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FUNCTION_LINES = 60
FILE_LINES = 500
STUDIES = ("benchmarks", "validation", "docs")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def files(*folders: str) -> list[Path]:
    result = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert result, f"no Python files in {folders}"
    return result


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def public(node: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, Documented]]:
    """Yield (name, node) of the public classes and functions, methods included."""
    for child in node.body:
        if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if child.name.startswith("_"):
            continue
        yield prefix + child.name, child
        if isinstance(child, ast.ClassDef):
            yield from public(child, f"{prefix}{child.name}.")


def arguments(node: Function) -> set[str]:
    """Names in the signature, without ``self`` and ``cls`` and without stars."""
    spec = node.args
    listed = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
    listed += [extra for extra in (spec.vararg, spec.kwarg) if extra]
    return {arg.arg for arg in listed} - {"self", "cls"}


def signature(node: Documented) -> set[str]:
    """Names a caller can give: a function's arguments, a constructor's, a dataclass's fields."""
    if isinstance(node, ast.Module):
        return set()
    if not isinstance(node, ast.ClassDef):
        return arguments(node)
    for child in node.body:
        if isinstance(child, ast.FunctionDef) and child.name == "__init__":
            return arguments(child)
    return {
        child.target.id
        for child in node.body
        if isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name)
    }


def documented_parameters(docstring: str) -> set[str] | None:
    """Names of the NumPy section ``Parameters``, or None where there is no such section."""
    lines = docstring.splitlines()
    for index, line in enumerate(lines[:-1]):
        if line.strip() == "Parameters" and re.fullmatch(r"\s*-{3,}", lines[index + 1]):
            start, indent = index + 2, len(line) - len(line.lstrip())
            break
    else:
        return None
    names: set[str] = set()
    for index in range(start, len(lines)):
        line = lines[index]
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if re.fullmatch(r"\s*-{3,}", following):
            break
        if line.strip() and len(line) - len(line.lstrip()) == indent:
            head = line.split(" : ")[0]
            names.update(name.strip().lstrip("*") for name in head.split(","))
    return names


def code_lines(node: Function) -> int:
    """Length of a function; its docstring counts only in a kernel."""
    last = node.end_lineno or node.lineno
    length = last - node.lineno + 1
    marks = {ast.unparse(mark).split("(")[0].split(".")[-1] for mark in node.decorator_list}
    first = node.body[0]
    if ast.get_docstring(node) is not None and not marks & {"kernel", "sweep"}:
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length


def wrong_parameters(module: ast.Module) -> list[str]:
    wrong = []
    for name, node in public(module):
        stated = documented_parameters(ast.get_docstring(node) or "")
        taken = signature(node)
        if stated is not None and isinstance(node, Function) and node.args.kwarg:
            # Keywords that are handed on may be documented one by one, in place of ``**options``.
            taken -= {node.args.kwarg.arg} - stated
            stated &= taken
        if stated is not None and stated != taken:
            wrong.append(f"{name}: documents {sorted(stated)}, takes {sorted(taken)}")
    return wrong


def long_functions(module: ast.Module) -> list[str]:
    return [
        f"{node.name}: {code_lines(node)} lines"
        for node in ast.walk(module)
        if isinstance(node, Function) and code_lines(node) > FUNCTION_LINES
    ]


def test_documented_parameters_are_those_of_the_signature():
    result = {str(p.relative_to(ROOT)): wrong_parameters(parse(p)) for p in files("mc_engine")}
    assert not {path: wrong for path, wrong in result.items() if wrong}


def test_no_function_is_too_long():
    result = {
        str(p.relative_to(ROOT)): long_functions(parse(p)) for p in files("mc_engine", *STUDIES)
    }
    assert not {path: names for path, names in result.items() if names}


def test_no_file_is_too_long():
    result = {
        str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines())
        for p in files("mc_engine", *STUDIES, "tests")
    }
    assert not {path: lines for path, lines in result.items() if lines > FILE_LINES}


# --- the checkers themselves see what they should ------------------------------------------------


NUMPY = '''
def f({signature}):
    """Do it.

    Parameters
    ----------
    first, second : float64[draw], Mt/yr
        Text with a: colon.
    rest : int
        More.

    Returns
    -------
    float
        A number.
    """
'''


@pytest.mark.parametrize(
    ("arguments_text", "wrong"),
    [
        ("first, second, *, rest=1", 0),
        ("first, /, second, *rest", 0),
        ("first, second", 1),
        ("first, second, rest, more", 1),
        ("first, third, rest", 1),
        ("first, second, **options", 0),
        ("first, third, **options", 1),
    ],
)
def test_checker_compares_parameters(arguments_text, wrong):
    assert len(wrong_parameters(ast.parse(NUMPY.format(signature=arguments_text)))) == wrong


def test_checker_counts_the_docstring_of_a_kernel():
    text = '{mark}\ndef f():\n    """\n' + "\n" * 58 + '    """\n    return 1\n'
    lengths = [code_lines(ast.parse(text.format(mark=m)).body[0]) for m in ("@kernel", "@other")]
    assert lengths == [62, 2]
