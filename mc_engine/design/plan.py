"""Which points are drawn: the plan that fixes every draw before the first one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from mc_engine.design.design import Design, Drawn, Points, Request
from mc_engine.design.latin import Latin
from mc_engine.design.layout import Layout, build_layout
from mc_engine.design.random import Random
from mc_engine.design.sobol import Sobol
from mc_engine.distributions.compiled import Marginals
from mc_engine.errors import DesignError
from mc_engine.numerics.seeds import name_hashes
from mc_engine.problem.problem import Problem

DESIGNS: dict[str, type[Drawn]] = {kind.name: kind for kind in (Random, Sobol, Latin)}


@dataclass(frozen=True)
class SamplingPlan:
    """All that sampling reads; draws are a pure function of it and their number.

    Attributes
    ----------
    design : Design
    names : tuple of str
        Columns of ``factors``, in the problem's order.
    width : int
        Columns of ``values``.
    points : Points
        What fixes the unit values of every row.
    """

    design: Design
    names: tuple[str, ...]
    width: int
    layout: Layout = field(repr=False)
    marginals: Marginals = field(repr=False)
    points: Points = field(repr=False)


def recorded(content: Mapping[str, Any]) -> Drawn:
    """Read a design from what ``Design.as_json`` gave, or from an older run's record of it."""
    kind = DESIGNS[content["name"]]
    given = {key.name: content[key.name] for key in fields(kind) if key.name in content}
    if "dimensions" in given:
        given["dimensions"] = tuple(given["dimensions"])
    return kind(**given)


def plan(
    problem: Problem,
    seed: int,
    design: str = "random",
    replicate: int = 0,
    draws: int | None = None,
    replicates: int = 16,
    dimensions: Sequence[str] = (),
    points: int = 0,
) -> SamplingPlan:
    """Fix every draw of a problem before the first one is made.

    Parameters
    ----------
    problem : Problem
    seed : int
        The study's seed, 0 <= seed < 2**64.
    design : {"random", "sobol", "latin"}
        ``random``: keyed by (seed, name, draw, replicate). ``sobol``: replicates of 2**m
        scrambled points each; draw ``k`` is point ``k div R`` of replicate ``k mod R``, so that
        the first draws stay the first when more are asked for. ``latin``: replicates of a Latin
        hypercube of N points each; the points of 16 replicates alternate, and further ones
        follow.
    replicate : int
        Repetition of the random design; the others have replicates of their own and take 0 only.
    draws : int, optional
        How many draws; needed by ``sobol``, which rounds up to R * 2**m, and by ``latin``, which
        rounds up to whole replicates; both say so in ``design.note``.
    replicates : {16, 32}
        R of the Sobol design, and of the Latin one where ``points`` is 0; not read by ``random``.
    dimensions : sequence of str
        Dimensions recorded by an earlier Sobol run. They keep their positions; factors that are
        not among them are appended in the problem's order.
    points : int
        N of an earlier Latin run that is to grow: the design then has as many replicates as the
        draws need. 0 to divide the draws among ``replicates``.

    Returns
    -------
    SamplingPlan

    Raises
    ------
    DesignError
        For a design that does not exist, a seed, number of draws or replicates out of range,
        names that share a hash, or a problem whose parts do not fit together.
    """
    if design not in DESIGNS:
        raise DesignError(
            f"design: found '{design}', expected one of {', '.join(DESIGNS)}; choose one of these"
        )
    if draws is not None:
        draws = _checked_draws(draws)
    names = tuple(factor.name for factor in problem.factors)
    request = Request(seed, names, replicate, draws, replicates, dimensions, points)
    made = DESIGNS[design].of(request)
    return compiled(problem, made, made.compile(names))


def compiled(problem: Problem, design: Design, points: Points) -> SamplingPlan:
    """Lay out a problem beside its points.

    Raises
    ------
    DesignError
        When the parts of the problem do not fit together, or names share a hash.
    """
    names = tuple(factor.name for factor in problem.factors)
    name_hashes(names)
    layout, marginals = build_layout(problem)
    return SamplingPlan(design, names, problem.inputs.width, layout, marginals, points)


def _checked_draws(draws: int) -> int:
    """Accept a whole number of at least one draw."""
    is_whole = isinstance(draws, int | np.integer) and not isinstance(draws, bool)
    if not is_whole or draws < 1:
        raise DesignError(
            f"draws: found {draws!r}, expected a whole number of at least 1; ask for one or more"
        )
    return int(draws)
