"""The list of exporters: empty, then with one that is added by a file; and the files written."""

import sys

import pytest

import mc_engine.export as package
from mc_engine.cli.commands import main
from mc_engine.errors import RequestError, RunError
from mc_engine.export.listing import export, exporters
from mc_engine.study import Study
from tests.run.stored import ANALYTIC

TOY = '''"""Margins as text."""

from pathlib import Path

from mc_engine.export.contract import Exporter
from mc_engine.run.results import Run


def write(run: Run, path: Path) -> None:
    with run.draws as draws:
        margins = draws["margin"].isel(target=0).values
    path.write_text("\\n".join(map(repr, margins.tolist())), encoding="utf-8")


EXPORTER = Exporter("toy", ".txt", "margins of the first target", write)
'''


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return Study(ANALYTIC).run(20, out=tmp_path_factory.mktemp("export") / "run")


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """An exporter that somebody adds by one file."""
    (tmp_path / "toy_text.py").write_text(TOY, encoding="utf-8")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    yield
    sys.modules.pop("mc_engine.export.toy_text", None)
    if hasattr(package, "toy_text"):
        del package.toy_text


def test_an_empty_list_says_how_to_fill_it(run, capsys):
    assert exporters() == {}
    assert main(["export", str(run.folder)]) == 0
    assert capsys.readouterr().out.startswith("no exporters: an exporter is a module of mc_engine/")
    assert main(["export", str(run.folder), "--to", "toy"]) == 2
    assert "--to: found 'toy', expected none: no exporter is there" in capsys.readouterr().err


@pytest.mark.usefixtures("toy")
def test_an_exporter_is_one_file(run, tmp_path, capsys):
    assert main(["export", str(run.folder)]) == 0
    assert capsys.readouterr().out == "toy (.txt): margins of the first target\n"
    assert main(["export", str(run.folder), "--to", "toy"]) == 0
    path = run.folder / "export" / "toy.txt"
    assert capsys.readouterr().out == f"{path}: 0.00 MB\n"
    with run.draws as draws:
        stored = draws["margin"].isel(target=0).values.tolist()
    assert [float(line) for line in path.read_text(encoding="utf-8").splitlines()] == stored
    out = tmp_path / "deep" / "margins"
    assert main(["export", str(run.folder), "--to", "toy", "--out", str(out)]) == 0
    assert out.read_bytes() == path.read_bytes()


@pytest.mark.usefixtures("toy")
def test_an_unknown_name_is_refused_with_the_list(run):
    with pytest.raises(RequestError, match="--to: found 'excel', expected toy; an exporter is"):
        export(run, "excel")


@pytest.mark.usefixtures("toy")
def test_a_failed_export_leaves_the_old_file_and_no_part(run, tmp_path, monkeypatch):
    path = export(run, "toy", tmp_path / "margins.txt")
    before = path.read_bytes()

    def refuse(self, other):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(RunError, match="No space left on device"):
        export(run, "toy", path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".part"] == []
