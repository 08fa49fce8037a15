"""Which points are drawn: designs, and the plan that fixes every draw before the first one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mc_engine.design import latin
from mc_engine.design.layout import Layout, build_layout
from mc_engine.design.sobol import directions, scrambled_directions
from mc_engine.distributions.compiled import Marginals
from mc_engine.errors import DesignError, preview
from mc_engine.numerics.seeds import checked_seed, key, name_hashes
from mc_engine.problem.problem import Problem

DESIGNS = ("random", "sobol", "latin")
REPLICATES = (16, 32)
# Points per replicate; reading the direction numbers takes as many points of SciPy's.
_MOST_BITS = 30


@dataclass(frozen=True)
class Design:
    """Which points were asked for; everything a run must record about them.

    Attributes
    ----------
    name : {"random", "sobol", "latin"}
    seed : int
    requested : int or None
        Draws asked for; None for an open-ended random design.
    draws : int or None
        Draws of the design, at least ``requested``.
    replicates : int
        Independent randomisations among the draws: 1 for ``random``, 16 or 32 for ``sobol``, a
        multiple of 16 for ``latin``.
    replicate : int
        Of ``random``: which repetition of the whole design; enters the key. 0 for the others.
    dimensions : tuple of str
        ``sobol``: the factor of each dimension, in the order of the dimensions. To keep the
        points of a recorded run hand this to ``plan`` again; new factors are appended. The
        random and the Latin design have no dimensions: they are keyed by name.
    points : int
        ``latin``: points of each replicate, which enter every draw; 0 for the others. To add
        draws to a recorded run hand this to ``plan`` again; further replicates are appended.
    groups : tuple of tuple of str
        Of rows for ranking: the inputs that each group moves, or each coalition keeps.
    note : str
        What differs from what was asked, one sentence; empty where nothing does.
    """

    name: str
    seed: int
    requested: int | None
    draws: int | None
    replicates: int = 1
    replicate: int = 0
    dimensions: tuple[str, ...] = ()
    points: int = 0
    groups: tuple[tuple[str, ...], ...] = ()
    note: str = ""

    @property
    def block(self) -> int:
        """Rows that belong together: a Saltelli block, a Morris trajectory; else 1."""
        of_groups = {"saltelli": (1, 2), "second": (2, 2), "morris": (1, 1), "picked": (1, 1)}
        times, more = of_groups.get(self.name, (0, 1))
        return times * len(self.groups) + more

    def replicate_of(self, draw: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the independent randomisation that each draw belongs to.

        Parameters
        ----------
        draw : int or int64[draw]
            Draws by number; 0 is the first.
        """
        numbers = np.asarray(draw, dtype=np.int64)
        if self.name == "latin":
            return latin.replicate_of(numbers, self.points)
        numbers = numbers // self.block
        return self.replicate + numbers % self.replicates

    def index_of(self, draw: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the place of each draw within its replicate; twin of ``replicate_of``."""
        numbers = np.asarray(draw, dtype=np.int64)
        if self.name == "latin":
            return latin.index_of(numbers, self.points)
        numbers = numbers // self.block
        return numbers // self.replicates


@dataclass(frozen=True)
class SamplingPlan:
    """All that the sampling kernel reads; draws are a pure function of it and their number.

    Attributes
    ----------
    design : Design
    names : tuple of str
        Columns of ``factors``, in the problem's order.
    width : int
        Columns of ``values``.
    key : tuple of two uint32
        Of the random design.
    name_hash : uint64[factor]
    numbers : uint64[replicate, factor, bit]
        Scrambled direction numbers of the Sobol design; empty otherwise.
    shift : uint64[replicate, factor]
    net : Network
        Of the Latin design.
    replicate_keys : uint64[replicate, 2]
        Of the Latin design; empty otherwise.
    group_of : int64[factor]
        Of rows for ranking: the group of each factor; empty otherwise.
    units : callable or None
        Of rows that are not made in the sampling kernel: gives the unit values of rows ``start``
        to ``stop - 1``, float64[row, factor], strictly between 0 and 1.
    """

    design: Design
    names: tuple[str, ...]
    width: int
    layout: Layout = field(repr=False)
    marginals: Marginals = field(repr=False)
    key: tuple[np.uint32, np.uint32] = field(repr=False)
    name_hash: NDArray[np.uint64] = field(repr=False)
    numbers: NDArray[np.uint64] = field(repr=False)
    shift: NDArray[np.uint64] = field(repr=False)
    net: latin.Network = field(repr=False)
    replicate_keys: NDArray[np.uint64] = field(repr=False)
    group_of: NDArray[np.int64] = field(
        repr=False, default_factory=lambda: np.zeros(0, dtype=np.int64)
    )
    units: Callable[[int, int], NDArray[np.float64]] | None = field(repr=False, default=None)


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
        Dimensions recorded by an earlier Sobol run. They keep their places; factors that are
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
    hashes = name_hashes(names)
    layout, marginals = build_layout(problem)
    numbers = np.zeros((0, len(names), 0), dtype=np.uint64)
    shift = np.zeros((0, len(names)), dtype=np.uint64)
    record = Design(design, checked_seed(seed), draws, draws, replicate=replicate)
    net, replicate_keys = latin.network(1), latin.replicate_keys(seed, 0)
    if design == "latin":
        record = _latin_design(seed, replicate, draws, replicates, points)
        net = latin.network(record.points)
        replicate_keys = latin.replicate_keys(seed, record.replicates)
    if design == "sobol":
        record = _sobol_design(names, seed, replicate, draws, replicates, dimensions)
        numbers, shift = _sobol_numbers(record, names)
    return SamplingPlan(
        design=record,
        names=names,
        width=problem.inputs.width,
        layout=layout,
        marginals=marginals,
        key=key("draws", seed, replicate),
        name_hash=hashes,
        numbers=numbers,
        shift=shift,
        net=net,
        replicate_keys=replicate_keys,
    )


def _checked_draws(draws: int) -> int:
    """Accept a whole number of at least one draw."""
    is_whole = isinstance(draws, int | np.integer) and not isinstance(draws, bool)
    if not is_whole or draws < 1:
        raise DesignError(
            f"draws: found {draws!r}, expected a whole number of at least 1; ask for one or more"
        )
    return int(draws)


def _check_replicated(design: str, replicate: int, draws: int | None, replicates: int) -> int:
    """Refuse what no replicated design can be made of; give its number of draws."""
    if draws is None:
        raise DesignError(f"{design}: found no number of draws, expected one; give 'draws'")
    if replicate != 0:
        raise DesignError(
            f"{design}: found replicate {replicate}, expected 0: the design holds its own "
            "replicates; choose another seed for an independent design"
        )
    if replicates not in REPLICATES:
        raise DesignError(
            f"{design}: found {replicates} replicates, expected one of {REPLICATES}; use 16, or 32 "
            "where a stopping rule needs it"
        )
    return draws


def _latin_design(
    seed: int, replicate: int, draws: int | None, replicates: int, points: int
) -> Design:
    """Divide the draws among replicates, or give them further replicates of so many points."""
    draws = _check_replicated("latin", replicate, draws, replicates)
    if points == 0:
        points = -(-draws // replicates)
    else:
        together = latin.TOGETHER * points
        replicates = latin.TOGETHER * -(-draws // together) if together > 0 else 0
    if not 1 <= points <= latin.MOST_POINTS:
        raise DesignError(
            f"latin: found {points} points per replicate, expected 1 to {latin.MOST_POINTS}; "
            "correct 'points', or ask for fewer draws"
        )
    rounded = replicates * points
    note = (
        f"{draws} draws rounded up to {rounded}: {replicates} Latin hypercubes of {points} points"
    )
    return Design(
        name="latin",
        seed=checked_seed(seed),
        requested=draws,
        draws=rounded,
        replicates=replicates,
        points=points,
        note=note if rounded != draws else "",
    )


def _sobol_design(
    names: tuple[str, ...],
    seed: int,
    replicate: int,
    draws: int | None,
    replicates: int,
    dimensions: Sequence[str],
) -> Design:
    """Round the draws up to whole nets, and give each factor its dimension."""
    draws = _check_replicated("sobol", replicate, draws, replicates)
    if len(set(dimensions)) != len(dimensions):
        again = [name for place, name in enumerate(dimensions) if name in dimensions[:place]]
        raise DesignError(
            f"sobol: found dimension {preview(again)} twice, expected each factor once; hand over "
            "the dimensions as they were recorded"
        )
    bits = max(0, (-(-draws // replicates) - 1).bit_length())
    if bits > _MOST_BITS:
        raise DesignError(
            f"draws: found {draws}, expected at most {replicates} * 2**{_MOST_BITS}; ask for fewer"
        )
    rounded = replicates * 2**bits
    note = (
        f"{draws} draws rounded up to {rounded}: {replicates} replicates of {2**bits} Sobol points"
    )
    known = set(dimensions)
    return Design(
        name="sobol",
        seed=checked_seed(seed),
        requested=draws,
        draws=rounded,
        replicates=replicates,
        dimensions=(*dimensions, *(name for name in names if name not in known)),
        note=note if rounded != draws else "",
    )


def _sobol_numbers(
    design: Design, names: tuple[str, ...]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Scrambled direction numbers and shifts of each factor's dimension."""
    points = (design.draws or 0) // design.replicates
    numbers = directions(len(design.dimensions), points.bit_length() - 1)
    place = {name: position for position, name in enumerate(design.dimensions)}
    of_factor = numbers[[place[name] for name in names]]
    return scrambled_directions(of_factor, names, design.seed, design.replicates)
