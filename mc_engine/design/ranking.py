"""Rows for ranking: Saltelli blocks and Morris trajectories, each a pure function of its number.

A Saltelli block is a point A, then A with one group at a time taken from a second point B, then,
for the second order, B with one group at a time taken from A, then B (the order of SALib). Block
``j`` is point ``j div R`` of replicate ``j mod R`` of scrambled Sobol points, so that the first
blocks stay when more are asked for. A Morris trajectory moves one group after another by two
thirds of its range, in a random order (Morris 1991; groups as Campolongo et al. 2007 move them).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.design import Grouped
from mc_engine.design.groups import Group, check_groups
from mc_engine.design.layout import Layout
from mc_engine.design.plan import SamplingPlan, compiled
from mc_engine.design.sobol import directions, scrambled_directions, sobol_cell
from mc_engine.design.transform import GivenPoints, Workspace, finish
from mc_engine.distributions.compiled import Marginals
from mc_engine.errors import DesignError
from mc_engine.numerics.accelerate import kernel
from mc_engine.numerics.lanes import LANES
from mc_engine.numerics.seeds import cell_centre, checked_seed, generator, key
from mc_engine.problem.problem import Problem

REPLICATES = 16
# Levels of a Morris trajectory on SALib's scale are 0, 1/3, 2/3, 1; a step is 2/3. As unit values
# they stand at the centres of four cells, so that no input is ever at an end of its range.
LEVELS, STEP = 4, 2.0 / 3.0
FIRST_CELL, CELLS = 0.125, 0.75


@dataclass(frozen=True)
class Saltelli(Grouped):
    """Saltelli blocks of scrambled Sobol points, in replicates."""

    name: ClassVar[str] = "saltelli"
    is_second: ClassVar[bool] = False
    replicates: int = REPLICATES

    @property
    def block(self) -> int:
        """A, AB of every group, BA of every group for the second order, and B."""
        return (2 if self.is_second else 1) * len(self.groups) + 2


class SecondOrder(Saltelli):
    """Saltelli blocks with rows for the second order."""

    name: ClassVar[str] = "second"
    is_second: ClassVar[bool] = True


class SaltelliPoints(NamedTuple):
    """What fixes the rows of Saltelli blocks.

    Attributes
    ----------
    numbers : uint64[replicate, 2 factors, bit]
        Scrambled direction numbers of A, then of B.
    shift : uint64[replicate, 2 factors]
    group_of : int64[factor]
    width : int
        Rows of a block.
    is_second : bool
    """

    numbers: NDArray[np.uint64]
    shift: NDArray[np.uint64]
    group_of: NDArray[np.int64]
    width: int
    is_second: bool

    def kernel(self, start: int, stop: int) -> tuple[Callable[..., None], tuple[Any, ...]]:
        """Give the kernel that fills rows ``start`` to ``stop - 1``, and what it reads."""
        return fill_saltelli, (*self, start)


class Morris(Grouped):
    """Trajectories that move one group after another."""

    name: ClassVar[str] = "morris"


@dataclass(frozen=True)
class MorrisPoints(GivenPoints):
    """What fixes the rows of Morris trajectories.

    Attributes
    ----------
    names : tuple of str
    group_of : int64[factor]
        Those of dummy groups come last.
    groups : int
    key : tuple of two uint32
    """

    names: tuple[str, ...]
    group_of: NDArray[np.int64]
    groups: int
    key: tuple[np.uint32, np.uint32]

    def levels(self, start: int, stop: int) -> NDArray[np.float64]:
        """Give rows on SALib's scale.

        Parameters
        ----------
        start, stop : int
            Rows by number.

        Returns
        -------
        float64[row, factor]
            0, 1/3, 2/3 or 1; the columns of dummy groups come last.
        """
        width, columns = self.groups + 1, self.group_of.size
        table = np.empty((stop - start, columns))
        for trajectory in range(start // width, -(-stop // width)):
            rng = generator(self.key, trajectory)
            order = rng.permutation(self.groups)
            lower = rng.integers(0, LEVELS // 2, columns) / (LEVELS - 1)
            down = rng.integers(0, 2, columns)
            turn = np.empty(self.groups, dtype=np.int64)
            turn[order] = np.arange(self.groups)
            moved = np.arange(width)[:, np.newaxis] > turn[self.group_of]
            rows = lower + STEP * (moved ^ down.astype(bool))
            first = max(start, trajectory * width)
            last = min(stop, (trajectory + 1) * width)
            inside = slice(first - trajectory * width, last - trajectory * width)
            table[first - start : last - start] = rows[inside]
        return table

    def units(self, start: int, stop: int) -> NDArray[np.float64]:
        """Give the same rows as unit values, strictly between 0 and 1."""
        return FIRST_CELL + CELLS * self.levels(start, stop)[:, : len(self.names)]


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
    names, group_of = _group_of(problem, groups)
    kind = SecondOrder if second else Saltelli
    design = _of_blocks(kind, seed, base, groups)
    twice = [*names, *(f"{name}/b" for name in names)]
    numbers = directions(len(twice), (base // REPLICATES).bit_length() - 1)
    scrambled, shift = scrambled_directions(numbers, twice, seed, REPLICATES)
    points = SaltelliPoints(scrambled, shift, group_of, design.block, second)
    return compiled(problem, design, points)


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
    names, group_of = _group_of(problem, groups)
    # A dummy group has no input: it gets a column of its own, which no row of the model reads.
    extra = [number for number, group in enumerate(groups) if not group.members]
    columns = np.concatenate([group_of, np.array(extra, dtype=np.int64)])
    points = MorrisPoints(names, columns, len(groups), key(Morris.name, seed, 0))
    return compiled(problem, _of_blocks(Morris, seed, trajectories, groups), points)


def _of_blocks(kind: type[Grouped], seed: int, base: int, groups: Sequence[Group]) -> Grouped:
    """Record a design of so many blocks."""
    members = tuple(group.members for group in groups)
    rows = base * kind(seed, None, None, groups=members).block
    return kind(checked_seed(seed), rows, rows, groups=members)


def _group_of(
    problem: Problem, groups: Sequence[Group]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of the factors, and the group of each.

    Raises
    ------
    DesignError
        For groups that separate dependent inputs.
    """
    check_groups(problem, groups)
    names = tuple(factor.name for factor in problem.factors)
    owner = {member: number for number, group in enumerate(groups) for member in group.members}
    return names, np.array([owner[name] for name in names], dtype=np.int64)


@kernel
def fill_saltelli(
    piece: int,
    pieces: int,
    layout: Layout,
    marginals: Marginals,
    numbers: NDArray[np.uint64],
    shift: NDArray[np.uint64],
    group_of: NDArray[np.int64],
    width: int,
    is_second: bool,
    start: int,
    work: Workspace,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill every ``pieces``-th block of ``LANES`` rows of Saltelli's design; as ``fill_random``.

    ``width`` rows of the design belong together: A, AB of every group, BA of every group where
    ``is_second``, and B.
    """
    groups, count = (width - 2) // 2 if is_second else width - 2, factors.shape[1]
    for first in range(piece * LANES, factors.shape[0], pieces * LANES):
        for lane in range(LANES):
            row = start + min(first + lane, factors.shape[0] - 1)
            block, column = row // width, row % width
            replicate, index = block % shift.shape[0], block // shift.shape[0]
            for factor in range(count):
                dimension, own = factor, group_of[factor] + 1
                if column == own or (
                    column > groups and not (is_second and column == groups + own)
                ):
                    dimension += count
                cell = sobol_cell(numbers[replicate, dimension], shift[replicate, dimension], index)
                work.factors[factor, lane] = cell_centre(cell)
        finish(layout, marginals, first, work, factors, values)
