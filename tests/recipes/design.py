"""A toy design: independent draws from a coarse lattice."""

from tests.recipes.harness import ANALYTIC, Edit, Recipe

DESIGN = Recipe(
    "Add a design",
    (
        Edit(
            "mc_engine/design/coarse.py",
            '''"""Independent draws from a lattice of 2**32 unit values."""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from mc_engine.design.design import Drawn, Request
from mc_engine.design.transform import finish
from mc_engine.numerics.accelerate import kernel
from mc_engine.numerics.lanes import LANES
from mc_engine.numerics.seeds import checked_seed, key, name_hashes, philox


class Coarse(Drawn):
    """Independent draws on a lattice."""

    name: ClassVar[str] = "coarse"

    @classmethod
    def of(cls, request: Request) -> Self:
        """Make the design that a request asks for."""
        return cls(checked_seed(request.seed), request.draws, request.draws)

    @property
    def end(self) -> None:
        """No end: further draws follow."""

    def compile(self, names: tuple[str, ...]) -> "CoarsePoints":
        """Derive the key of the draws."""
        return CoarsePoints(name_hashes(names), *map(np.uint64, key("coarse", self.seed, 0)))


class CoarsePoints(NamedTuple):
    """What fixes the draws."""

    name_hash: Any
    key0: np.uint64
    key1: np.uint64

    def kernel(self, start: int, stop: int) -> tuple[Callable[..., None], tuple[Any, ...]]:
        """Give the kernel that fills rows ``start`` to ``stop - 1``."""
        return fill_coarse, (*self, np.uint64(start))


@kernel
def fill_coarse(
    piece, pieces, layout, marginals, name_hash, key0, key1, start, work, factors, values
):
    """Fill every ``pieces``-th block."""
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    for first in range(piece * LANES, factors.shape[0], pieces * LANES):
        for factor in range(work.factors.shape[0]):
            name = name_hash[factor]
            for lane in range(LANES):
                draw = start + np.uint64(first + lane)
                counter = (draw & low, draw >> half, name & low, name >> half)
                word, _, _, _ = philox(key0, key1, *counter)
                work.factors[factor, lane] = (np.float64(word) + 0.5) / 4294967296.0
        finish(layout, marginals, first, work, factors, values)
''',
            named="mc_engine/design/<name>.py",
        ),
        Edit(
            "mc_engine/design/plan.py",
            "(Random, Sobol, Latin, Coarse)",
            instead_of="(Random, Sobol, Latin)",
            named="design/plan.py",
        ),
        Edit(
            "mc_engine/design/plan.py",
            "from mc_engine.design.coarse import Coarse\n",
            after="from typing import Any\n\nimport numpy as np\n\n",
            named="design/plan.py",
        ),
        Edit(
            "mc_engine/risk/sample.py",
            'INDEPENDENT, REPLICATED = ("random", "coarse"),',
            instead_of='INDEPENDENT, REPLICATED = ("random",),',
            named="risk/sample.py",
        ),
        Edit(
            "tests/design/test_coarse.py",
            '''"""Coarse draws lie in the middle of the cells of their lattice."""

import numpy as np

from mc_engine.design.plan import plan
from tests.design.examples import UNIT, factor, problem_of, rows


def test_draws_lie_on_the_lattice():
    made = plan(problem_of([factor("a", UNIT), factor("b", UNIT)]), 7, "coarse")
    factors, _ = rows(made, 0, 32)
    np.testing.assert_array_equal((factors * 2.0**32) % 1.0, 0.5)
''',
            named="tests/design/",
        ),
    ),
    (
        ("pytest", "tests/design/test_coarse.py", "tests/design/test_sampling.py", "-k", "coarse"),
        ("mc-engine", "run", ANALYTIC, "--design", "coarse", "--draws", "64", "--out", "run"),
    ),
)
