"""A model that misbehaves in worker processes, as the files of a folder say."""

import contextlib
import multiprocessing
import os
import signal
import time
from pathlib import Path

import numpy as np

from mc_engine.models.ishigami import Ishigami
from mc_engine.run.canary import DRAWS as CANARIES

MODEL = "tests.run.elsewhere:troubled"
FOLDER = "MC_ENGINE_TEST_TROUBLES"


class Troubled(Ishigami):
    """The analytic model; a file with a value of the first argument names a draw.

    ``kill`` ends the process that evaluates this draw, ``kill once`` the first one only; ``wait``
    takes a second over it, ``raise`` raises. ``shift`` holds what is added to every output, as a
    share of it.
    """

    def evaluate(self, static, draws, out, status):
        super().evaluate(static, draws, out, status)
        folder = os.environ.get(FOLDER)
        if folder is None or multiprocessing.parent_process() is None:
            return  # the process of the tests itself
        for trouble in sorted(Path(folder).iterdir()):
            with contextlib.suppress(FileNotFoundError):
                value = float(trouble.read_text())
                if trouble.name == "shift":
                    out["y"] *= 1.0 + value
                elif len(status) > CANARIES and np.any(draws[:, static[0]] == value):
                    self.meet(trouble)

    @staticmethod
    def meet(trouble):
        if trouble.name == "wait":
            time.sleep(1.0)
        if trouble.name == "raise":
            raise ArithmeticError("a model may do anything")
        if trouble.name == "kill once":
            trouble.unlink()
        if trouble.name.startswith("kill"):
            os.kill(os.getpid(), signal.SIGKILL)


troubled = Troubled()
