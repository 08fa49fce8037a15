"""What a run records about its points: one class per design, each with its own fields."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from mc_engine.errors import DesignError

# Independent randomisations that a replicated design may have.
REPLICATES = (16, 32)
# Fields of all designs, as they are recorded; one that a design lacks has this value.
_RECORDED: dict[str, Any] = {
    "replicates": 1,
    "replicate": 0,
    "dimensions": (),
    "points": 0,
    "groups": (),
    "note": "",
}


class Request(NamedTuple):
    """Points as they are requested; ``plan`` says what each field means."""

    seed: int
    names: tuple[str, ...]
    replicate: int
    draws: int | None
    replicates: int
    dimensions: Sequence[str]
    points: int


class Points(Protocol):
    """Arrays that fix the points of a design."""

    def kernel(self, start: int, stop: int) -> tuple[Callable[..., None], tuple[Any, ...]]:
        """Give the kernel that fills rows ``start`` to ``stop - 1``, and what it reads."""


@dataclass(frozen=True)
class Design:
    """Which points were requested; everything a run must record about them.

    Attributes
    ----------
    name : str
    seed : int
    requested : int or None
        Draws requested; None for an open-ended random design.
    draws : int or None
        Draws of the design, at least ``requested``.
    replicates : int
        Independent randomisations among the draws.
    note : str
        What differs from the request, one sentence; empty where nothing does.
    """

    name: ClassVar[str]
    seed: int
    requested: int | None
    draws: int | None

    @property
    def replicates(self) -> int:
        """Number of independent randomisations."""
        return 1

    @property
    def note(self) -> str:
        """Difference from the request."""
        return ""

    @property
    def end(self) -> int | None:
        """Number of draws that exist; None for a design without an end."""
        return self.draws

    @property
    def block(self) -> int:
        """Number of rows that belong together, such as those of a Saltelli block."""
        return 1

    @property
    def label(self) -> str:
        """Name with all that decides the numbers of the draws, the seed left out."""
        usual = self.replicates in (1, REPLICATES[0])
        return self.name if usual else f"{self.name} of {self.replicates} replicates"

    @property
    def options(self) -> dict[str, Any]:
        """Keywords with which ``plan`` makes the design again; seed and draws left out."""
        return {}

    def replicate_of(self, draw: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the independent randomisation that each draw belongs to.

        Parameters
        ----------
        draw : int64[draw]
            Draws by number; 0 is the first.
        """
        return np.asarray(draw, dtype=np.int64) // self.block % self.replicates

    def index_of(self, draw: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the position of each draw within its replicate; twin of ``replicate_of``."""
        return np.asarray(draw, dtype=np.int64) // self.block // self.replicates

    def as_json(self) -> dict[str, Any]:
        """Turn into plain data, with the same keys for every design."""
        record = {key: getattr(self, key) for key in ("name", "seed", "requested", "draws")}
        return record | {key: getattr(self, key, usual) for key, usual in _RECORDED.items()}


class Drawn(Design):
    """A design whose rows are the draws of a run."""

    @classmethod
    def of(cls, request: Request) -> Self:
        """Make the design that a request asks for.

        Raises
        ------
        DesignError
            When there is none.
        """
        raise NotImplementedError

    def compile(self, names: tuple[str, ...]) -> Points:
        """Make the arrays that fix the points of some factors."""
        raise NotImplementedError


@dataclass(frozen=True)
class Grouped(Design):
    """A design whose rows vary inputs by groups, for sensitivity analysis.

    Attributes
    ----------
    groups : tuple of tuple of str
        Inputs varied by each group, or held by each coalition.
    """

    groups: tuple[tuple[str, ...], ...] = ()

    @property
    def label(self) -> str:
        """Name with a hash of the groups."""
        content = json.dumps(self.groups).encode()
        return f"{self.name} of {hashlib.blake2b(content, digest_size=8).hexdigest()}"

    @property
    def block(self) -> int:
        """One row for each group, and one more."""
        return len(self.groups) + 1


def check_replicated(name: str, request: Request) -> int:
    """Refuse a request that no replicated design can meet; give its number of draws."""
    if request.draws is None:
        raise DesignError(f"{name}: found no number of draws, expected one; give 'draws'")
    if request.replicate != 0:
        raise DesignError(
            f"{name}: found replicate {request.replicate}, expected 0: the design holds its own "
            "replicates; choose another seed for an independent design"
        )
    if request.replicates not in REPLICATES:
        raise DesignError(
            f"{name}: found {request.replicates} replicates, expected one of {REPLICATES}; use 16, "
            "or 32 where a stopping rule needs it"
        )
    return request.draws
