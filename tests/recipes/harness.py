"""Recipes of CONTRIBUTING.md as data, and their execution in a copy of the checkout."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What the commands of recipes read; results, environments and figures are left behind.
COPIED = ("mc_engine", "priors", "tests", "docs", "benchmarks", "pyproject.toml", "README.md")
IGNORED = shutil.ignore_patterns("__pycache__", ".*_cache", "priors-*", "broken")
ANALYTIC = "tests/data/analytic"
PATIENCE = 300  # seconds the commands may take on a slow machine
# All commands in one process, which imports once; kernels are not compiled, as some recipes change
# their sources.
SCRIPT = """
import json, sys
import pytest
from mc_engine.cli.commands import main
for words in json.loads(sys.argv[1]):
    program, *rest = words
    quiet = ["-q", "-p", "no:cacheprovider"]
    code = main(rest) if program == "mc-engine" else pytest.main([*quiet, *rest])
    if code:
        sys.exit(f"{' '.join(words)}: {code}")
"""


@dataclass(frozen=True)
class Edit:
    """One file that a recipe adds or changes.

    Attributes
    ----------
    path : str
        Within the checkout.
    text : str
        Of a new file; else what stands after ``after`` or in place of ``instead_of``.
    after, instead_of : str
        Text of an existing file, which must be there once; both empty for a new file.
    named : str
        How the recipe in CONTRIBUTING.md names the file.
    """

    path: str
    text: str
    after: str = ""
    instead_of: str = ""
    named: str = ""

    def apply(self, root: Path) -> None:
        """Write the file into a copy of the checkout."""
        path = root / self.path
        known = self.after or self.instead_of
        if not known:
            assert not path.exists(), f"{self.path} is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text, encoding="utf-8")
            return
        before = path.read_text(encoding="utf-8")
        assert before.count(known) == 1, f"{self.path}: {before.count(known)} times {known!r}"
        path.write_text(before.replace(known, self.after + self.text), encoding="utf-8")


@dataclass(frozen=True)
class Recipe:
    """A recipe, with a toy to add by it.

    Attributes
    ----------
    title : str
        Its heading in CONTRIBUTING.md.
    edits : tuple of Edit
    commands : tuple of tuple of str
        Of ``pytest`` and ``mc-engine``; each must end with 0.
    """

    title: str
    edits: tuple[Edit, ...]
    commands: tuple[tuple[str, ...], ...]

    @property
    def files(self) -> list[str]:
        """Files that are added or changed."""
        return sorted({edit.path for edit in self.edits})

    def section(self) -> str:
        """Text of the recipe in CONTRIBUTING.md."""
        text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
        _, found, rest = text.partition(f"\n## {self.title}\n")
        assert found, f"CONTRIBUTING.md has no section {self.title!r}"
        return rest.partition("\n## ")[0]

    def execute(self, folder: Path) -> str:
        """Apply the recipe to a copy of the checkout, and give what its commands print."""
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=IGNORED)
            else:
                shutil.copy2(source, folder / name)
        for edit in self.edits:
            edit.apply(folder)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, json.dumps(self.commands)],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(folder), "NUMBA_DISABLE_JIT": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-5000:]
        return done.stdout
