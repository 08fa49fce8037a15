"""Latin hypercubes, keyed by name: a permutation that is computed and never stored.

A replicate has N points. Each factor's range is cut into N cells of equal probability, and every
cell holds exactly one point (McKay, Beckman and Conover, Technometrics 21, 1979). Which cell
point ``i`` of a factor has is a permutation of N numbers; where in the cell it lies is random.

The permutation is a Feistel network on a rectangle of a x b >= N numbers (Black and Rogaway,
"Ciphers with arbitrary finite domains", CT-RSA 2002): the two coordinates are turned in turn by
an amount that Philox gives for the other one. Numbers of N and above are sent through the network
again until one below N comes out; a x b exceeds N by less than a, so that is rare. Hence a point
is a pure function of (seed, name, replicate, its index, N), and can be made alone.

With few rounds some pairs of cells come more often than others. The excess falls by a factor of
about sqrt(N) with every two rounds, so a small N has more of them (``network``).

N is part of every point: a design grows by further replicates of the same N.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.design import REPLICATES, Drawn, Request, check_replicated
from mc_engine.design.layout import Layout
from mc_engine.design.transform import Workspace, finish, put_lane
from mc_engine.distributions.compiled import Marginals
from mc_engine.errors import DesignError
from mc_engine.numerics.accelerate import kernel
from mc_engine.numerics.lanes import LANES
from mc_engine.numerics.seeds import cell_centre, checked_seed, key, name_hashes, philox

# Replicates whose points alternate among the draws; a design has a multiple of them.
TOGETHER = 16
# The excess of a pair of cells over its share comes down to about 2**-20; rounds are never fewer
# than six, so that a large N too is more than a few turns away from its order.
_EXCESS_BITS = 20
_LEAST_ROUNDS = 6
# Most points of a replicate: their cells are exact on the lattice of 2**52 unit values.
MOST_POINTS = 2**30

_HALF = np.uint64(32)
_WORD = np.uint64(0xFFFFFFFF)
_ONE = np.uint64(1)
_TWO = np.uint64(2)
_LATTICE = np.uint64(2**52)
# Number of the round that no network reaches: the position within the cell.
_WITHIN = _WORD


@dataclass(frozen=True)
class Latin(Drawn):
    """Latin hypercubes of N points each; the points of 16 alternate until they are used up.

    Attributes
    ----------
    replicates : int
        A multiple of 16.
    points : int
        N, which enters every draw. To add draws to a recorded run hand this to ``plan`` again;
        further replicates are appended.
    """

    name: ClassVar[str] = "latin"
    replicates: int = REPLICATES[0]
    points: int = 1
    note: str = ""

    @classmethod
    def of(cls, request: Request) -> Self:
        """Divide the draws among replicates, or give them further replicates of so many points."""
        draws, replicates = check_replicated(cls.name, request), request.replicates
        points = request.points
        if points == 0:
            points = -(-draws // replicates)
        else:
            together = TOGETHER * points
            replicates = TOGETHER * -(-draws // together) if together > 0 else 0
        if not 1 <= points <= MOST_POINTS:
            raise DesignError(
                f"latin: found {points} points per replicate, expected 1 to {MOST_POINTS}; "
                "correct 'points', or ask for fewer draws"
            )
        rounded = replicates * points
        note = (
            f"{draws} draws rounded up to {rounded}: {replicates} Latin hypercubes of {points} "
            "points"
        )
        return cls(
            seed=checked_seed(request.seed),
            requested=draws,
            draws=rounded,
            replicates=replicates,
            points=points,
            note=note if rounded != draws else "",
        )

    @property
    def label(self) -> str:
        """Name with the points of a replicate."""
        return f"latin of {self.points} points"

    @property
    def options(self) -> dict[str, Any]:
        """Keywords of ``plan``: a design that was extended follows from its points."""
        return {"points": self.points}

    def replicate_of(self, draw: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the replicate of each draw: 16 alternate until their points are used up."""
        return draw // (TOGETHER * self.points) * TOGETHER + draw % TOGETHER

    def index_of(self, draw: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the position of each draw within its replicate; twin of ``replicate_of``."""
        return draw // TOGETHER % self.points

    def compile(self, names: tuple[str, ...]) -> "LatinPoints":
        """Lay out the network, and derive the key of every replicate."""
        keys = replicate_keys(self.seed, self.replicates)
        return LatinPoints(network(self.points), keys, name_hashes(names))


class LatinPoints(NamedTuple):
    """What fixes the points of Latin hypercubes.

    Attributes
    ----------
    net : Network
    keys : uint64[replicate, 2]
    name_hash : uint64[factor]
    """

    net: "Network"
    keys: NDArray[np.uint64]
    name_hash: NDArray[np.uint64]

    def kernel(self, start: int, stop: int) -> tuple[Callable[..., None], tuple[Any, ...]]:
        """Give the kernel that fills rows ``start`` to ``stop - 1``, and what it reads."""
        return fill_latin, (*self, start)


class Network(NamedTuple):
    """What fixes the permutations of all factors but their keys.

    Attributes
    ----------
    points : uint64
        N, the cells of a factor.
    rows, columns : uint64
        The rectangle: ``points <= rows columns < points + rows``.
    rounds : uint64
        Even.
    """

    points: np.uint64
    rows: np.uint64
    columns: np.uint64
    rounds: np.uint64


def network(points: int) -> Network:
    """Lay out the network for so many points.

    Parameters
    ----------
    points : int
        From 1 to 2**30.

    Returns
    -------
    Network
    """
    rows = math.isqrt(points - 1) + 1
    columns = -(-points // rows)
    # sqrt(points) ** (rounds / 2) is at least 2 ** bits.
    rounds = 2 * math.ceil(2.0 * _EXCESS_BITS / math.log2(points)) if points > 1 else 0
    rounds = max(rounds, _LEAST_ROUNDS)
    return Network(*map(np.uint64, (points, rows, columns, rounds)))


def replicate_keys(seed: int, replicates: int) -> NDArray[np.uint64]:
    """Derive the key of every replicate; a pure function of (seed, replicate).

    Parameters
    ----------
    seed : int
    replicates : int

    Returns
    -------
    uint64[replicate, 2], below 2**32
    """
    keys = [key("latin", seed, replicate) for replicate in range(replicates)]
    return np.array(keys, dtype=np.uint64).reshape(replicates, 2)


@kernel
def _turned(value: np.uint64, size: np.uint64, word: np.uint64) -> np.uint64:
    """Add a random amount below ``size``, and start again from 0 past the end."""
    value += (word * size) >> _HALF
    return value if value < size else value - size


@kernel
def latin_cell(
    net: Network, key0: np.uint64, key1: np.uint64, name: np.uint64, index: np.uint64
) -> np.uint64:
    """Give the cell of one coordinate of one point: a permutation of the indices.

    Parameters
    ----------
    net : Network
    key0, key1 : uint64, below 2**32
        Of the replicate.
    name : uint64
        The factor's name hash.
    index : uint64, below ``net.points``

    Returns
    -------
    uint64, below ``net.points``
    """
    low, high = name & _WORD, name >> _HALF
    cell = index
    while True:
        row, column = cell // net.columns, cell % net.columns
        turn = np.uint64(0)
        while turn < net.rounds:
            word, _, _, _ = philox(key0, key1, column, turn, low, high)
            row = _turned(row, net.rows, word)
            word, _, _, _ = philox(key0, key1, row, turn + _ONE, low, high)
            column = _turned(column, net.columns, word)
            turn += _TWO
        cell = row * net.columns + column
        if cell < net.points:
            return cell


@kernel
def _first(cell: np.uint64, points: np.uint64) -> np.uint64:
    """First number whose centre lies at or above ``cell / points`` on the lattice of 2**52."""
    whole, rest = _LATTICE // points, _LATTICE % points
    return cell * whole + (_TWO * cell * rest + points - _ONE) // (_TWO * points)


@kernel
def _share(w0: np.uint64, w1: np.uint64, size: np.uint64) -> np.uint64:
    """Whole part of ``size`` times the 64-bit fraction of both words."""
    size_low, size_high = size & _WORD, size >> _HALF
    carried = w0 * size_low + ((w1 * size_low) >> _HALF)
    middle = w1 * size_high + (carried & _WORD)
    return w0 * size_high + (carried >> _HALF) + (middle >> _HALF)


@kernel
def latin_units(
    net: Network,
    key0: np.uint64,
    key1: np.uint64,
    index: np.uint64,
    name_hash: NDArray[np.uint64],
    units: NDArray[np.float64],
) -> None:
    """Write one point of one replicate; made of integers, so the same on any machine.

    Parameters
    ----------
    net : Network
    key0, key1 : uint64, below 2**32
        Of the replicate.
    index : uint64, below ``net.points``
    name_hash : uint64[factor]
    units : float64[factor], 1
        Overwritten; strictly within the factor's cell, and so between 0 and 1.
    """
    for factor in range(units.size):
        name = name_hash[factor]
        cell = latin_cell(net, key0, key1, name, index)
        w0, w1, _, _ = philox(key0, key1, index, _WITHIN, name & _WORD, name >> _HALF)
        first = _first(cell, net.points)
        width = _first(cell + _ONE, net.points) - first
        units[factor] = cell_centre(first + _share(w0, w1, width))


@kernel
def fill_latin(
    piece: int,
    pieces: int,
    layout: Layout,
    marginals: Marginals,
    net: Network,
    keys: NDArray[np.uint64],
    name_hash: NDArray[np.uint64],
    start: int,
    work: Workspace,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill every ``pieces``-th block of the Latin design; as ``fill_random``."""
    points = np.int64(net.points)
    for first in range(piece * LANES, factors.shape[0], pieces * LANES):
        for lane in range(LANES):
            draw = start + min(first + lane, factors.shape[0] - 1)
            # As ``Latin.replicate_of`` and ``Latin.index_of`` say.
            replicate = draw // (TOGETHER * points) * TOGETHER + draw % TOGETHER
            index = np.uint64(draw // TOGETHER % points)
            latin_units(net, keys[replicate, 0], keys[replicate, 1], index, name_hash, work.one)
            put_lane(work.one, lane, work.factors)
        finish(layout, marginals, first, work, factors, values)
