"""A process that measures one source tree on request; see ``measure.py``."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


class CannotMeasureError(Exception):
    """A source tree that cannot be imported or run; carries its last words."""


class Worker:
    """A process that measures one source tree, see ``measure.py``.

    Parameters
    ----------
    tree : Path
        Root of the source tree.
    region : str
    draws : int
    cache : Path or None
        Folder for compiled code; the user's where left out.
    compiled : bool
        False for equations on NumPy arrays, see ``measure.widen_lanes``.
    """

    def __init__(
        self, tree: Path, region: str, draws: int, cache: Path | None, *, compiled: bool = True
    ) -> None:
        env = {**os.environ, "PYTHONPATH": str(tree)}
        if not compiled:
            env["NUMBA_DISABLE_JIT"] = "1"
        if cache is not None:
            cache.mkdir(exist_ok=True)
            env["MC_ENGINE_CACHE_DIR"] = str(cache)
        # Compiled bytecode of the modules is part of every start but the very first.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        self.words = tempfile.TemporaryFile("w+")  # noqa: SIM115, closed with the process
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "benchmarks" / "measure.py"), region, str(draws)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.words,
            text=True,
            cwd=tree,
            env=env,
        )
        try:
            self.start = self._answer()
        except CannotMeasureError:
            self.close()
            raise

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.words.seek(0)
            message = self.words.read().strip().splitlines() or ["it said nothing"]
            raise CannotMeasureError(message[-1])
        return dict(json.loads(line))

    def ask(self, request: str) -> dict[str, Any]:
        """Send one request and wait for its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return self._answer()

    def seconds(self, phase: str, times: int = 1) -> float:
        """Run a phase so many times without a pause, s each."""
        return float(self.ask(f"{phase} x {times}")["seconds"])

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
        self.words.close()
