"""Problems built by hand, and rows drawn from them."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.plan import SamplingPlan, plan
from mc_engine.design.sampling import sample, transform
from mc_engine.distributions.marginal import Marginal
from mc_engine.problem.problem import Factor, Problem
from mc_engine.vocabulary.inputs import ModelInputs

UNIT = Marginal("uniform", (0.0, 1.0))
ONE_OF_EACH = (
    Marginal("uniform", (1.0, 3.0)),
    Marginal("triangular", (1.0, 2.0, 4.0)),
    Marginal("normal", (5.0, 2.0)),
    Marginal("lognormal", (5.0, 0.3)),
    Marginal("split_normal", (5.0, 1.0, 2.0)),
    Marginal("beta", (2.0, 5.0, 0.0, 100.0)),
    Marginal("discrete", (3.0, 1.0, 2.0, 0.5, 0.2, 0.3)),
    Marginal("normal", (5.0, 2.0), 4.0, math.inf),
    Marginal("pert", (1.0, 2.0, 4.0, 4.0)),
    Marginal("log_uniform", (1.0, 3.0)),
    Marginal("empirical", (1.0, 2.0, 2.0, 4.0, 7.0, 0.0, 0.2, 0.5, 0.9, 1.0)),
)


def factor(name: str, *marginals: Marginal, **more: Any) -> Factor:
    """A scalar for one marginal, a path for several; columns come from ``problem_of``."""
    given = {"unit": "1", "conversion": 1.0, "column": 0, "is_path": len(marginals) > 1}
    return Factor(name=name, marginals=marginals, **(given | more))


def problem_of(
    factors: Sequence[Factor],
    cholesky: Sequence[tuple[tuple[int, ...], Any]] = (),
    constants: Sequence[float] = (),
) -> Problem:
    """A problem whose columns follow the factors, constants last."""
    placed, column = [], 0
    for item in factors:
        placed.append(replace(item, column=column))
        column += len(item.marginals)
    fixed = tuple((column + index, value) for index, value in enumerate(constants))
    return Problem(
        region="example",
        title={"en": "Example"},
        model="example",
        scenario="none",
        inputs=ModelInputs("example", None, {}, {}, None, width=column + len(fixed)),
        factors=tuple(placed),
        constants=fixed,
        cholesky=tuple(cholesky),
    )


def block(positions: Sequence[int], correlation: Any) -> tuple[tuple[int, ...], Any]:
    """A block of dependent factors with the given Pearson matrix of scores."""
    rows = np.linalg.cholesky(np.array(correlation, dtype=float))
    return tuple(positions), tuple(tuple(map(float, row)) for row in rows)


def mixed_problem() -> Problem:
    """Every family, a path, an increasing path, a block, a shift and a constant."""
    factors = [factor(f"f{index}", marginal) for index, marginal in enumerate(ONE_OF_EACH)]
    factors.append(factor("path", ONE_OF_EACH[5], ONE_OF_EACH[2], conversion=0.01))
    factors.append(factor("rising", ONE_OF_EACH[2], ONE_OF_EACH[1], increasing=True))
    factors.append(factor("moved", ONE_OF_EACH[3], shift=0.5))
    dependent = block(
        (2, 5, len(ONE_OF_EACH)), [[1.0, 0.5, -0.3], [0.5, 1.0, 0.2], [-0.3, 0.2, 1.0]]
    )
    return problem_of(factors, [dependent], constants=[7.0])


def rows(
    made: SamplingPlan, start: int, stop: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draws ``start`` to ``stop - 1``: factors and values."""
    factors = np.full((stop - start, len(made.names)), np.nan)
    values = np.full((stop - start, made.width), np.nan)
    sample(made, start, stop, factors, values)
    return factors, values


def values_at(problem: Problem, units: Any) -> NDArray[np.float64]:
    """Values of a problem at given unit values; one column of units for each factor."""
    given = np.ascontiguousarray(np.array(units, dtype=float).reshape(-1, len(problem.factors)))
    values = np.full((given.shape[0], problem.inputs.width), np.nan)
    transform(plan(problem, 0), given, np.empty_like(given), values)
    return values
