"""Counts of misses and failures, by target and replicate: what is known before a run ends."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.design import Design
from mc_engine.intervals import LEVEL, Interval, proportion, replicated_proportion
from mc_engine.targets.margins import FAILED

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """How many draws missed each target, and how the draws ended.

    Attributes
    ----------
    draws : int64[replicate]
        Draws counted.
    missed, unknown : int64[target, replicate]
        Of these, draws that miss, and draws whose margin is not known.
    codes : mapping of int to int
        Draws by status code.
    """

    draws: Counts
    missed: Counts
    unknown: Counts
    codes: Mapping[int, int] = field(default_factory=Counter)

    @classmethod
    def none(cls, targets: int, replicates: int) -> Self:
        """Count no draw yet."""
        empty = np.zeros((targets, replicates), dtype=np.int64)
        return cls(np.zeros(replicates, dtype=np.int64), empty, empty.copy())

    @classmethod
    def of(
        cls, design: Design, start: int, miss: NDArray[np.int8], status: NDArray[np.int32]
    ) -> Self:
        """Count one chunk.

        Parameters
        ----------
        design : Design
        start : int
            Number of the first draw.
        miss : int8[draw, target]
            1 missed, 0 met, -1 not known.
        status : int32[draw]
        """
        several = design.replicates
        replicate = np.zeros(status.size, dtype=np.int64)
        if several > 1:
            replicate = design.replicate_of(np.arange(start, start + status.size))

        def count(chosen: NDArray[np.bool_]) -> Counts:
            return np.bincount(replicate[chosen], minlength=several)

        columns = range(miss.shape[1])
        shape = (len(columns), several)
        codes, numbers = np.unique(status, return_counts=True)
        return cls(
            np.bincount(replicate, minlength=several),
            np.array([count(miss[:, k] == 1) for k in columns], dtype=np.int64).reshape(shape),
            np.array([count(miss[:, k] == FAILED) for k in columns], np.int64).reshape(shape),
            Counter(dict(zip(codes.tolist(), numbers.tolist(), strict=True))),
        )

    def __add__(self, other: "Tally") -> "Tally":
        """Count both; of a design that has grown, the later chunks know more replicates."""
        several = max(self.draws.size, other.draws.size)

        def both(ours: Counts, theirs: Counts) -> Counts:
            return _widened(ours, several) + _widened(theirs, several)

        return Tally(
            both(self.draws, other.draws),
            both(self.missed, other.missed),
            both(self.unknown, other.unknown),
            Counter(self.codes) + Counter(other.codes),
        )

    def as_row(self) -> dict[str, Any]:
        """Write the counts as plain data."""
        row: dict[str, Any] = {
            "draws": self.draws.tolist(),
            "missed": self.missed.tolist(),
            "codes": {str(code): number for code, number in self.codes.items()},
        }
        if self.unknown.any():
            row["unknown"] = self.unknown.tolist()
        return row

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read what ``as_row`` wrote."""
        draws = np.array(row["draws"], dtype=np.int64)
        missed = np.array(row["missed"], dtype=np.int64).reshape(-1, draws.size)
        unknown = np.array(row.get("unknown", np.zeros_like(missed)), dtype=np.int64)
        codes = {int(code): int(number) for code, number in row["codes"].items()}
        return cls(draws, missed, unknown.reshape(missed.shape), Counter(codes))

    def chances(self, level: float = LEVEL) -> list[Interval | None]:
        """Bound P(miss) of every target; None where no draw tells yet.

        Replicated designs get the t-interval over replicates, independent draws Wilson's.
        """
        pairs = zip(self.missed, self.unknown, strict=True)
        return [self._chance(missed, unknown, level) for missed, unknown in pairs]

    def _chance(self, missed: Counts, unknown: Counts, level: float) -> Interval | None:
        known = self.draws - unknown
        if not known.any() or (self.draws.size > 1 and not self.draws.all()):
            return None
        if self.draws.size > 1:
            return replicated_proportion(missed, self.draws, unknown, level)
        return proportion(float(missed[0]), float(unknown[0]), float(self.draws[0]), level)


def _widened(counts: Counts, replicates: int) -> Counts:
    """Add replicates without a draw."""
    more = replicates - counts.shape[-1]
    return np.pad(counts, [(0, 0)] * (counts.ndim - 1) + [(0, more)]) if more else counts


def total(tallies: Iterable[Tally], targets: int, replicates: int) -> Tally:
    """Add up the counts of several chunks."""
    result = Tally.none(targets, replicates)
    for tally in tallies:
        result = result + tally
    return result


def whole_rounds(design: Design, draws: int) -> int:
    """Give the most draws, at most ``draws``, that leave all replicates equally long."""
    return draws - draws % design.replicates if design.replicates > 1 else draws
