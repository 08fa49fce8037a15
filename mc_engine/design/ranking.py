"""Rows for ranking: Saltelli blocks and Morris trajectories, each a pure function of its number.

A Saltelli block is a point A, then A with one group at a time taken from a second point B, then,
for the second order, B with one group at a time taken from A, then B (the order of SALib). Block
``j`` is point ``j div R`` of replicate ``j mod R`` of scrambled Sobol points, so that the first
blocks stay when more are asked for. A Morris trajectory moves one group after another by two
thirds of its range, in a random order (Morris 1991; groups as Campolongo et al. 2007 move them).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mc_engine.design import latin
from mc_engine.design.groups import Group, check_groups
from mc_engine.design.layout import build_layout
from mc_engine.design.plan import Design, SamplingPlan
from mc_engine.design.sobol import directions, scrambled_directions
from mc_engine.errors import DesignError
from mc_engine.numerics.seeds import checked_seed, key, name_hashes
from mc_engine.problem.problem import Problem

REPLICATES = 16
# Levels of a Morris trajectory on SALib's scale are 0, 1/3, 2/3, 1; a step is 2/3. As unit values
# they stand at the centres of four cells, so that no input is ever at an end of its range.
LEVELS, STEP = 4, 2.0 / 3.0
FIRST_CELL, CELLS = 0.125, 0.75


def saltelli(
    problem: Problem, seed: int, base: int, groups: Sequence[Group], second: bool = False
) -> SamplingPlan:
    """Plan Saltelli blocks of scrambled Sobol points, in 16 replicates.

    Parameters
    ----------
    problem : Problem
    seed : int
        0 <= seed < 2**64.
    base : int
        Blocks, a power of two from 32.
    groups : sequence of Group
        Each input in one.
    second : bool
        With rows for the second order. All other rows are the same as without.

    Returns
    -------
    SamplingPlan
        Of ``base`` times (groups + 2) rows, or (2 groups + 2).

    Raises
    ------
    DesignError
        For groups that part dependent inputs, or a number of blocks that is no power of two.
    """
    if base < 2 * REPLICATES or base & (base - 1):
        lower = max(2 * REPLICATES, 1 << max(base.bit_length() - 1, 0))
        raise DesignError(
            f"base: found {base} Saltelli blocks, expected a power of two from {2 * REPLICATES}: "
            f"Sobol points lose their balance at others; take {lower} or {2 * lower}"
        )
    plan = planned_rows(problem, seed, "second" if second else "saltelli", base, groups)
    points = base // REPLICATES
    twice = [*plan.names, *(f"{name}/b" for name in plan.names)]
    numbers = directions(len(twice), points.bit_length() - 1)
    scrambled, shift = scrambled_directions(numbers, twice, seed, REPLICATES)
    return replace(plan, numbers=scrambled, shift=shift)


def morris(problem: Problem, seed: int, trajectories: int, groups: Sequence[Group]) -> SamplingPlan:
    """Plan Morris trajectories.

    Parameters
    ----------
    problem : Problem
    seed : int
    trajectories : int
        At least 2.
    groups : sequence of Group
        Each input in one; any number of dummies beside them.

    Returns
    -------
    SamplingPlan
        Of ``trajectories`` times (groups + 1) rows.

    Raises
    ------
    DesignError
    """
    if trajectories < 2:
        raise DesignError(f"trajectories: found {trajectories}, expected at least 2")
    plan = planned_rows(problem, seed, "morris", trajectories, groups)
    # A dummy group has no input: it gets a column of its own, which no row of the model reads.
    extra = [number for number, group in enumerate(groups) if not group.members]
    plan = replace(plan, group_of=np.concatenate([plan.group_of, np.array(extra, dtype=np.int64)]))
    return replace(plan, units=partial(_units, plan))


def planned_rows(
    problem: Problem, seed: int, name: str, base: int, groups: Sequence[Group]
) -> SamplingPlan:
    """Plan blocks of rows, all but what makes their unit values.

    Parameters
    ----------
    problem : Problem
    seed : int
    name : {"saltelli", "second", "morris", "picked"}
    base : int
        Blocks.
    groups : sequence of Group
        Each input in one.

    Returns
    -------
    SamplingPlan

    Raises
    ------
    DesignError
    """
    check_groups(problem, groups)
    names = tuple(factor.name for factor in problem.factors)
    layout, marginals = build_layout(problem)
    place = {member: number for number, group in enumerate(groups) for member in group.members}
    design = Design(
        name=name,
        seed=checked_seed(seed),
        requested=None,
        draws=None,
        replicates=1 if name == "morris" else REPLICATES,
        dimensions=names,
        groups=tuple(group.members for group in groups),
    )
    rows = base * design.block
    design = replace(design, requested=rows, draws=rows)
    return SamplingPlan(
        design=design,
        names=names,
        width=problem.inputs.width,
        layout=layout,
        marginals=marginals,
        key=key(name, seed, 0),
        name_hash=name_hashes(names),
        numbers=np.zeros((0, 2 * len(names), 0), dtype=np.uint64),
        shift=np.zeros((0, 2 * len(names)), dtype=np.uint64),
        net=latin.network(1),
        replicate_keys=latin.replicate_keys(seed, 0),
        group_of=np.array([place[name] for name in names], dtype=np.int64),
    )


def levels(plan: SamplingPlan, start: int, stop: int) -> NDArray[np.float64]:
    """Give rows of Morris trajectories on SALib's scale.

    Parameters
    ----------
    plan : SamplingPlan
        From ``morris``.
    start, stop : int
        Rows by number.

    Returns
    -------
    float64[row, factor]
        0, 1/3, 2/3 or 1; the columns of dummy groups come last.
    """
    groups = len(plan.design.groups)
    width = groups + 1
    columns = plan.group_of.size
    found = np.empty((stop - start, columns))
    for trajectory in range(start // width, -(-stop // width)):
        words = np.random.SeedSequence([*map(int, plan.key), trajectory])
        generator = np.random.Generator(np.random.Philox(words))
        order = generator.permutation(groups)
        lower = generator.integers(0, LEVELS // 2, columns) / (LEVELS - 1)
        down = generator.integers(0, 2, columns)
        turn = np.empty(groups, dtype=np.int64)
        turn[order] = np.arange(groups)
        moved = np.arange(width)[:, np.newaxis] > turn[plan.group_of]
        rows = lower + STEP * (moved ^ down.astype(bool))
        first = max(start, trajectory * width)
        last = min(stop, (trajectory + 1) * width)
        inside = slice(first - trajectory * width, last - trajectory * width)
        found[first - start : last - start] = rows[inside]
    return found


def _units(plan: SamplingPlan, start: int, stop: int) -> NDArray[np.float64]:
    """Give the same rows as unit values, strictly between 0 and 1."""
    return FIRST_CELL + CELLS * levels(plan, start, stop)[:, : len(plan.names)]
