"""Independent draws, keyed by (seed, name, draw, repetition)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.design import Drawn, Request
from mc_engine.design.layout import Layout
from mc_engine.design.transform import Workspace, finish, score_block, write_block
from mc_engine.distributions.compiled import Marginals
from mc_engine.numerics.accelerate import inner, kernel
from mc_engine.numerics.lanes import LANES, broadcast_uint64, lane_numbers, store
from mc_engine.numerics.seeds import checked_seed, key, name_hashes, philox_lanes, unit_lanes

_WORD = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@dataclass(frozen=True)
class Random(Drawn):
    """Independent draws.

    Attributes
    ----------
    replicate : int
        Repetition of the whole design; enters the key.
    """

    name: ClassVar[str] = "random"
    replicate: int = 0

    @classmethod
    def of(cls, request: Request) -> Self:
        """Make the design that a request asks for; any number of draws, or no end."""
        return cls(checked_seed(request.seed), request.draws, request.draws, request.replicate)

    @property
    def end(self) -> None:
        """No end: further draws follow the recorded ones."""

    @property
    def label(self) -> str:
        """Name with the repetition."""
        return f"random, repetition {self.replicate}" if self.replicate else self.name

    @property
    def options(self) -> dict[str, Any]:
        """Keywords of ``plan``."""
        return {"replicate": self.replicate}

    def replicate_of(self, draw: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the repetition for every draw."""
        return np.full_like(np.asarray(draw, dtype=np.int64), self.replicate)

    def compile(self, names: tuple[str, ...]) -> "RandomPoints":
        """Derive the key of the draws, and hash the names."""
        key0, key1 = map(np.uint64, key("draws", self.seed, self.replicate))
        return RandomPoints(name_hashes(names), key0, key1)


class RandomPoints(NamedTuple):
    """What fixes independent draws.

    Attributes
    ----------
    name_hash : uint64[factor]
    key0, key1 : uint64, below 2**32
    """

    name_hash: NDArray[np.uint64]
    key0: np.uint64
    key1: np.uint64

    def kernel(self, start: int, stop: int) -> tuple[Callable[..., None], tuple[Any, ...]]:
        """Give the kernel that fills rows ``start`` to ``stop - 1``, and what it reads."""
        return fill_random, (*self, np.uint64(start))


@inner
def _random_units(
    key0: np.uint64,
    key1: np.uint64,
    start: np.uint64,
    name_hash: NDArray[np.uint64],
    units: NDArray[np.float64],
) -> None:
    """Write the unit values of a block of draws of the random design, from ``start`` on.

    The draw is the lower half of the counter; the factor's name hash is the upper half.
    """
    draw = broadcast_uint64(start) + lane_numbers()
    low, high = draw & _WORD, draw >> _HALF
    for factor in range(units.shape[0]):
        name = name_hash[factor]
        w0, w1, _, _ = philox_lanes(
            key0, key1, low, high, broadcast_uint64(name & _WORD), broadcast_uint64(name >> _HALF)
        )
        store(unit_lanes(w0, w1), units, factor)


@kernel
def fill_random(
    piece: int,
    pieces: int,
    layout: Layout,
    marginals: Marginals,
    name_hash: NDArray[np.uint64],
    key0: np.uint64,
    key1: np.uint64,
    start: np.uint64,
    work: Workspace,
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """Fill every ``pieces``-th block of the random design.

    Row ``i`` belongs to draw ``start + i`` alone.
    """
    for first in range(piece * LANES, factors.shape[0], pieces * LANES):
        _random_units(key0, key1, start + np.uint64(first), name_hash, work.factors)
        finish(layout, marginals, first, work, factors, values)


@kernel
def fill_scores(
    piece: int,
    pieces: int,
    layout: Layout,
    name_hash: NDArray[np.uint64],
    key0: np.uint64,
    key1: np.uint64,
    start: np.uint64,
    work: Workspace,
    scores: NDArray[np.float64],
) -> None:
    """Fill every ``pieces``-th block with scores of the random design; as ``fill_random``."""
    for first in range(piece * LANES, scores.shape[0], pieces * LANES):
        _random_units(key0, key1, start + np.uint64(first), name_hash, work.factors)
        score_block(layout, work.factors, work.scores)
        write_block(work.scores, first, scores)
