"""A region is data: no name of a region, class or powertrain stands in the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mc_engine"
AROUND = " \t\n./:_-,;'\"()[]{}<>="  # stripped from the constant parts of f-strings


def shipped_names(priors: Path) -> set[str]:
    """Names of every shipped region, of its vehicle classes and of its powertrains."""
    names: set[str] = set()
    for path in sorted(priors.rglob("region.yaml")):
        region = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        names.add(path.parent.name)
        for labels in ("vehicle_classes", "powertrains"):  # not every model has them
            names.update(region["structure"].get(labels, ()))
    assert names, f"no region.yaml below {priors}"
    return {name.casefold() for name in names}


def words(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, text) for every identifier and every text constant, each of them whole."""
    for node in ast.walk(module):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            yield line, text
        elif isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.Constant):
                    yield line, str(part.value).strip(AROUND)
        elif isinstance(node, ast.Name):
            yield line, node.id
        elif isinstance(node, ast.Attribute):
            yield line, node.attr
        elif isinstance(node, ast.arg | ast.keyword):
            yield line, node.arg or ""
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield line, node.name
        elif isinstance(node, ast.alias):
            yield from ((line, part) for part in (*node.name.split("."), node.asname or ""))
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            yield line, node.name or ""
        elif isinstance(node, ast.MatchMapping):
            yield line, node.rest or ""
        elif isinstance(node, ast.MatchClass):
            yield from ((line, name) for name in node.kwd_attrs)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from ((line, name) for name in node.names)


def offenders(root: Path, names: set[str]) -> list[str]:
    result = []
    for path in sorted(root.rglob("*.py")):
        where = path.relative_to(root)
        result += [
            f"{where}: the file is called '{part}'"
            for part in where.parts
            if part.removesuffix(".py").casefold() in names
        ]
        module = ast.parse(path.read_text(encoding="utf-8"))
        for line, text in words(module):
            if text.strip().casefold() in names:
                result.append(f"{where}:{line} '{text.strip()}'")
    return result


def test_no_shipped_name_stands_in_the_code():
    wrong = offenders(PACKAGE, shipped_names(ROOT / "priors"))
    assert not wrong, "\n".join(wrong)


def test_names_are_read_from_the_data(tmp_path):
    (tmp_path / "land").mkdir()
    (tmp_path / "land" / "region.yaml").write_text(
        "structure:\n  vehicle_classes: {cart: {}}\n  powertrains: {Horse: {}}\n", encoding="utf-8"
    )
    assert shipped_names(tmp_path) == {"land", "cart", "horse"}


@pytest.mark.parametrize(
    "text",
    [
        'x = "horse"',
        'x = b"horse"',
        'x = f"{y}/horse/{z}"',
        "HORSE = 1",
        "def horse(): ...",
        "class Horse: ...",
        "def f(horse): ...",
        "f(horse=1)",
        "x.horse",
        "import horse",
        "import x as horse",
        "from stable import horse",
        "try: ...\nexcept ValueError as horse: ...",
        'def f():\n    "horse"',
        "match x:\n    case {**horse}: ...",
    ],
)
def test_checker_sees_the_name(tmp_path, text):
    (tmp_path / "code.py").write_text(text, encoding="utf-8")
    assert len(offenders(tmp_path, {"horse"})) == 1


def test_checker_sees_the_name_of_a_file(tmp_path):
    (tmp_path / "horse.py").write_text("", encoding="utf-8")
    assert len(offenders(tmp_path, {"horse"})) == 1


@pytest.mark.parametrize(
    "text",
    ['def f():\n    """Feed a horse."""', "horsepower = 1", 'x = "kg horse/km"', "# horse"],
)
def test_checker_lets_a_longer_text_pass(tmp_path, text):
    (tmp_path / "code.py").write_text(text, encoding="utf-8")
    assert offenders(tmp_path, {"horse"}) == []
