"""The fleet equations as the callables that other tools are given: one draw, or many at once.

Every uncertain input is a number between 0 and 1 to the tools, drawn evenly and independently; it
becomes the model's input by a straight line over the middle half of its prior. The tools get four
yearly series back: emissions by stage, and what is left after removals.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
OneDraw = Callable[[Array], Array]
ManyDraws = Callable[[Array], Array]

SERIES = ("ttw", "wtt", "vehicle_cycle", "net")
LOW, HIGH = 0.25, 0.75
NUMBA, NUMPY = "numba", "numpy"
FORMS = {
    NUMBA: "Numba, one draw per call",
    NUMPY: "NumPy over many draws",
}


def narrow_lanes() -> None:
    """Let the kernel evaluate one draw at a time instead of many side by side.

    To be called before anything of the package is imported. Numba does not see that compiled code
    depends on the number of lanes, hence a folder of its own for that code.
    """
    base = os.environ.get("MC_ENGINE_CACHE_DIR") or Path(tempfile.gettempdir()) / "mc_engine"
    os.environ["MC_ENGINE_CACHE_DIR"] = str(Path(base) / "one-lane")
    from mc_engine.numerics import lanes  # after the folder is set

    lanes.LANES = 1


class Fleet:
    """The fleet of one region behind unit inputs.

    Parameters
    ----------
    region : str
    form : str
        One of ``FORMS``.

    Attributes
    ----------
    inputs : int
        Uncertain inputs.
    years : int
    """

    def __init__(self, region: str, form: str) -> None:
        if form == NUMBA:
            narrow_lanes()
        from mc_engine.design.sampling import transform  # after the lanes are set
        from mc_engine.study import Study

        self.study = Study(region)
        problem, plan = self.study.problem, self.study.plan(1, seed=0)
        self.inputs = len(problem.factors)
        ends = np.empty((2, problem.inputs.width))
        units = np.repeat([[LOW], [HIGH]], self.inputs, axis=1)
        transform(plan.sampling, units, np.empty_like(units), ends)
        self.low, self.width = ends[0].copy(), ends[1] - ends[0]
        self.owner = np.zeros(problem.inputs.width, dtype=np.int64)
        for index, factor in enumerate(problem.factors):
            self.owner[factor.column : factor.column + len(factor.marginals)] = index
        specs = self.study.model.outputs(problem.inputs)
        self.out = {s.name: np.empty(plan.shape(s, 1)) for s in specs}
        self.status = np.zeros(1, dtype=np.int32)
        self.years = self.out["net_emissions"].shape[-1]
        makers = {NUMBA: self._numba, NUMPY: self._numpy}
        self.one, self.many = makers[form]()

    def rows(self, units: Array) -> Array:
        """Turn unit inputs into the model's: float64[draw, column]."""
        return self.low + units[:, self.owner] * self.width

    def _both(self, evaluate: Callable[[Array], None]) -> tuple[OneDraw, ManyDraws]:
        """Give the form for one draw, and a loop over it."""
        answer = np.empty((len(SERIES), self.years))

        def one(units: Array) -> Array:
            evaluate(self.rows(units[None, :]))
            answer[:-1] = self.out["emissions"][0]
            answer[-1] = self.out["net_emissions"][0]
            return answer.ravel().copy()

        return one, lambda units: np.stack([one(row) for row in units])

    def _numba(self) -> tuple[OneDraw, ManyDraws]:
        from mc_engine.models.road_fleet.kernel import evaluate_blocks  # after the lanes are set
        from mc_engine.models.road_fleet.outputs import Outputs
        from mc_engine.models.road_fleet.scratch import scratch

        static, paths = self.study.static
        work = scratch(static, self.low.size, int(paths.size.max()))
        out, status = Outputs(**self.out), self.status
        return self._both(
            lambda rows: evaluate_blocks(0, 1, static, paths, rows, work, out, status)
        )

    def _numpy(self) -> tuple[OneDraw, ManyDraws]:
        model, static, labels = self.study.model, self.study.static, len(SERIES)

        def many(units: Array) -> Array:
            out = {name: np.empty((len(units), *a.shape[1:])) for name, a in self.out.items()}
            status = np.zeros(len(units), dtype=np.int32)
            model.evaluate(static, self.rows(units), out, status)
            net = out["net_emissions"][:, None]
            result = np.concatenate([out["emissions"], net], axis=1)
            return result.reshape(len(units), labels * self.years)

        return lambda units: many(units[None, :])[0], many
