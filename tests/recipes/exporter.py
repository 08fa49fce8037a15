"""A toy exporter: margins as comma-separated values."""

from tests.recipes.harness import ANALYTIC, Edit, Recipe

EXPORTER = Recipe(
    "Add an exporter",
    (
        Edit(
            "mc_engine/export/margins_csv.py",
            '''"""Margins of every target as comma-separated values."""

from pathlib import Path

from mc_engine.export.contract import Exporter
from mc_engine.run.results import Run


def write(run: Run, path: Path) -> None:
    """Write one row per draw and one column per target."""
    with run.draws as draws:
        draws["margin"].to_pandas().to_csv(path)


EXPORTER = Exporter("margins", ".csv", "margins by draw and target, for a spreadsheet", write)
''',
            named="mc_engine/export/<name>.py",
        ),
        Edit(
            "tests/export/test_margins_csv.py",
            '''"""Margins as comma-separated values are those of the run."""

import numpy as np

from mc_engine.export.listing import export
from mc_engine.study import Study
from tests.run.stored import ANALYTIC


def test_margins_are_those_of_the_run(tmp_path):
    run = Study(ANALYTIC).run(20, out=tmp_path / "run")
    table = np.genfromtxt(export(run, "margins"), delimiter=",", skip_header=1)
    with run.draws as draws:
        np.testing.assert_allclose(table[:, 1:], draws["margin"].values, rtol=1e-15)
''',
            named="tests/export/",
        ),
    ),
    (
        ("pytest", "tests/export/test_margins_csv.py"),
        ("mc-engine", "run", ANALYTIC, "--draws", "40", "--out", "run"),
        ("mc-engine", "export", "run"),
        ("mc-engine", "export", "run", "--to", "margins"),
    ),
)
