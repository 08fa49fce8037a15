"""Scrambled Sobol points: direction numbers, scrambles keyed by name, one point at a time.

The direction numbers are those of Joe and Kuo (2008) as SciPy ships them. The scramble is
Matousek's (1998): a random lower triangular matrix over the field of two elements, with ones
on its diagonal, and a random digital shift; 52 bits, so that points lie in cell centres.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.design import REPLICATES, Drawn, Request, check_replicated
from mc_engine.design.layout import Layout
from mc_engine.design.transform import Workspace, finish, put_lane
from mc_engine.distributions.compiled import Marginals
from mc_engine.errors import DesignError, preview
from mc_engine.numerics.accelerate import kernel
from mc_engine.numerics.lanes import LANES
from mc_engine.numerics.seeds import cell_centre, checked_seed, key, name_hash, philox

BITS = 52
# SciPy's table of direction numbers ends here.
MOST_DIMENSIONS = 21201
# Points that are made at a time while looking for the direction numbers.
_BLOCK = 4096

# Points per replicate; reading the direction numbers takes as many points of SciPy's.
_MOST_BITS = 30

_ONE = np.uint64(1)
_HALF = np.uint64(32)
_WORD = np.uint64(0xFFFFFFFF)
_SPARE_BITS = np.uint64(64 - BITS)


@dataclass(frozen=True)
class Sobol(Drawn):
    """Replicates of 2**m scrambled points each, in turn.

    Attributes
    ----------
    replicates : {16, 32}
    dimensions : tuple of str
        The factor of each dimension, in the order of the dimensions. To keep the points of a
        recorded run hand this to ``plan`` again; new factors are appended.
    """

    name: ClassVar[str] = "sobol"
    replicates: int = REPLICATES[0]
    dimensions: tuple[str, ...] = ()
    note: str = ""

    @classmethod
    def of(cls, request: Request) -> Self:
        """Round the draws up to whole nets, and give each factor its dimension."""
        draws, replicates = check_replicated(cls.name, request), request.replicates
        known = list(request.dimensions)
        if len(set(known)) != len(known):
            again = [name for index, name in enumerate(known) if name in known[:index]]
            raise DesignError(
                f"sobol: found dimension {preview(again)} twice, expected each factor once; hand "
                "over the dimensions as they were recorded"
            )
        bits = max(0, (-(-draws // replicates) - 1).bit_length())
        if bits > _MOST_BITS:
            raise DesignError(
                f"draws: found {draws}, expected at most {replicates} * 2**{_MOST_BITS}; ask for "
                "fewer"
            )
        rounded = replicates * 2**bits
        note = (
            f"{draws} draws rounded up to {rounded}: {replicates} replicates of {2**bits} Sobol "
            "points"
        )
        return cls(
            seed=checked_seed(request.seed),
            requested=draws,
            draws=rounded,
            replicates=replicates,
            dimensions=(*known, *(name for name in request.names if name not in set(known))),
            note=note if rounded != draws else "",
        )

    @property
    def options(self) -> dict[str, Any]:
        """Keywords of ``plan``; recorded dimensions are those of the problem."""
        return {"replicates": self.replicates}

    def compile(self, names: tuple[str, ...]) -> "SobolPoints":
        """Scramble the direction numbers of each factor's dimension."""
        points = (self.draws or 0) // self.replicates
        numbers = directions(len(self.dimensions), points.bit_length() - 1)
        position = {name: index for index, name in enumerate(self.dimensions)}
        of_factor = numbers[[position[name] for name in names]]
        return SobolPoints(*scrambled_directions(of_factor, names, self.seed, self.replicates))


class SobolPoints(NamedTuple):
    """What fixes Sobol points.

    Attributes
    ----------
    numbers : uint64[replicate, factor, bit]
        Scrambled direction numbers.
    shift : uint64[replicate, factor]
    """

    numbers: NDArray[np.uint64]
    shift: NDArray[np.uint64]

    def kernel(self, start: int, stop: int) -> tuple[Callable[..., None], tuple[Any, ...]]:
        """Give the kernel that fills rows ``start`` to ``stop - 1``, and what it reads."""
        return fill_sobol, (*self, start)


def directions(dimensions: int, bits: int) -> NDArray[np.uint64]:
    """Read the direction numbers of the first dimensions from SciPy.

    SciPy's public interface gives points, not direction numbers. Its points come in the order
    of Gray's code, so point ``2**b`` is the sum (exclusive or) of the direction numbers of bits
    ``b`` and ``b - 1``.

    Parameters
    ----------
    dimensions : int
        At most 21,201.
    bits : int
        How many direction numbers per dimension; enough for ``2**bits`` points.

    Returns
    -------
    uint64[dimension, bit], below 2**52
        The most significant of the 52 bits is the first binary digit of the point.

    Raises
    ------
    DesignError
        When SciPy's table has fewer dimensions.
    """
    if dimensions > MOST_DIMENSIONS:
        raise DesignError(
            f"sobol: found {dimensions} uncertain inputs, expected at most {MOST_DIMENSIONS}; "
            "use the random design"
        )
    numbers = np.zeros((dimensions, bits), dtype=np.uint64)
    if numbers.size == 0:
        return numbers
    from scipy.stats import qmc  # very slow to import (2 s), and only this design needs it

    engine = qmc.Sobol(dimensions, scramble=False, bits=BITS)
    engine.random(1)
    before = np.zeros(dimensions, dtype=np.uint64)
    for bit in range(bits):
        # The engine stands at point 2**bit. Its fast_forward fails above 32 bits (SciPy 1.17),
        # so the points up to the next power of 2 are made and dropped, a block at a time.
        point = engine.random(1)[0]
        before = (point * 2.0**BITS).astype(np.uint64) ^ before
        numbers[:, bit] = before
        left = 2**bit - 1 if bit + 1 < bits else 0
        while left > 0:
            left -= len(engine.random(min(left, _BLOCK)))
    return numbers


@kernel
def _is_odd(bits: np.uint64) -> np.uint64:
    """Sum of the bits over the field of two elements."""
    step = np.uint64(32)
    while step > np.uint64(0):
        bits ^= bits >> step
        step >>= _ONE
    return bits & _ONE


@kernel
def _scramble(
    key0: np.uint64,
    key1: np.uint64,
    name: np.uint64,
    numbers: NDArray[np.uint64],
    scrambled: NDArray[np.uint64],
) -> np.uint64:
    """Scramble one dimension's direction numbers, and return its digital shift."""
    scrambled[:] = np.uint64(0)
    low, high = name & _WORD, name >> _HALF
    for row in range(BITS):
        w0, w1, w2, w3 = philox(key0, key1, np.uint64(row // 2), np.uint64(0), low, high)
        random_bits = (w0 << _HALF | w1) if row % 2 == 0 else (w2 << _HALF | w3)
        # Row 0 makes the most significant digit. A row reads its own digit, always, and by
        # chance any more significant one.
        own = _ONE << np.uint64(BITS - 1 - row)
        above = (_ONE << np.uint64(BITS)) - (own << _ONE)
        mask = (random_bits & above) | own
        for bit in range(numbers.size):
            scrambled[bit] |= _is_odd(numbers[bit] & mask) * own
    w0, w1, _, _ = philox(key0, key1, np.uint64(BITS // 2), np.uint64(0), low, high)
    return (w0 << _HALF | w1) >> _SPARE_BITS


def scrambled_directions(
    numbers: NDArray[np.uint64], names: Sequence[str], seed: int, replicates: int
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Scramble every dimension of every replicate; a pure function of (seed, name, replicate).

    Parameters
    ----------
    numbers : uint64[dimension, bit]
        From ``directions``.
    names : sequence of str
        One per dimension.
    seed : int
    replicates : int

    Returns
    -------
    scrambled : uint64[replicate, dimension, bit], below 2**52
    shift : uint64[replicate, dimension], below 2**52
    """
    scrambled = np.zeros((replicates, *numbers.shape), dtype=np.uint64)
    shift = np.zeros(scrambled.shape[:2], dtype=np.uint64)
    for replicate in range(replicates):
        key0, key1 = map(np.uint64, key("sobol scramble", seed, replicate))
        for row, name in enumerate(names):
            shift[replicate, row] = _scramble(
                key0, key1, name_hash(name), numbers[row], scrambled[replicate, row]
            )
    return scrambled, shift


@kernel
def sobol_cell(numbers: NDArray[np.uint64], shift: np.uint64, index: int) -> np.uint64:
    """Give the cell of one coordinate of one point.

    Parameters
    ----------
    numbers : uint64[bit]
        Direction numbers of the dimension, scrambled or not.
    shift : uint64, below 2**52
        Digital shift; 0 for none.
    index : int
        Which point, below 2**bits; the order is SciPy's (Gray's code).

    Returns
    -------
    uint64, below 2**52
        The coordinate is the centre of this cell of width 2**-52.
    """
    code = np.uint64(index) ^ (np.uint64(index) >> _ONE)
    cell = shift
    for bit in range(numbers.size):
        chosen = (code >> np.uint64(bit)) & _ONE
        cell ^= numbers[bit] * chosen
    return cell


@kernel
def sobol_units(
    numbers: NDArray[np.uint64], shift: NDArray[np.uint64], index: int, units: NDArray[np.float64]
) -> None:
    """Write one point of one replicate.

    Parameters
    ----------
    numbers : uint64[dimension, bit]
    shift : uint64[dimension]
    index : int
    units : float64[dimension], 1
        Overwritten; strictly between 0 and 1.
    """
    for dimension in range(units.size):
        units[dimension] = cell_centre(sobol_cell(numbers[dimension], shift[dimension], index))


@kernel
def fill_sobol(
    piece: int,
    pieces: int,
    layout: Layout,
    marginals: Marginals,
    numbers: NDArray[np.uint64],
    shift: NDArray[np.uint64],
    start: int,
    work: Workspace,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill every ``pieces``-th block of the Sobol design; as ``fill_random``."""
    for first in range(piece * LANES, factors.shape[0], pieces * LANES):
        for lane in range(LANES):
            # A block that is not full is filled with its last draw.
            draw = start + min(first + lane, factors.shape[0] - 1)
            replicate, index = draw % shift.shape[0], draw // shift.shape[0]
            sobol_units(numbers[replicate], shift[replicate], index, work.one)
            put_lane(work.one, lane, work.factors)
        finish(layout, marginals, first, work, factors, values)
