"""Variance-based indices of many outputs at once: whole, or in portions with intervals.

Rows of several independent scrambles get a t-interval over the replicates (``SaltelliSums``). A
bootstrap would be too wide on scrambled rows.
"""

import copy
from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mc_engine.errors import StatisticError
from mc_engine.intervals import LEVEL, check_level
from mc_engine.sensitivity.checks import (
    is_constant,
    refuse_constant,
    refuse_failed,
    refuse_not_finite,
    refuse_not_power_of_two,
    rows_per_block,
    whole_blocks,
)
from mc_engine.sensitivity.indices import REPLICATES, Estimates, Indices, bounded
from mc_engine.sensitivity.moments import Blocks, Moments, blocks, estimates

Array = NDArray[np.float64]


def estimate(a: ArrayLike, b: ArrayLike, ab: ArrayLike, ba: ArrayLike | None = None) -> Estimates:
    """Estimate indices without intervals.

    Equations and twin: ``moments``; SALib's ``sobol.analyze`` gives the same on the same rows.

    Parameters
    ----------
    a, b : float64[base, output]
        The two independent rows.
    ab : float64[base, group, output]
        Row A with one group taken from B.
    ba : float64[base, group, output], optional
        Row B with one group taken from A; gives second-order indices.

    Returns
    -------
    Estimates

    Raises
    ------
    StatisticError
        For shapes of different designs, NaN or infinity, and a constant output.
    """
    result = blocks(a, b, ab, ba)
    refuse_bad(result)
    refuse_constant(is_constant(*result.extremes()))
    sums = Moments.zeros((), result.shape[1], result.shape[2], result.ba is not None)
    sums.add((), result, result.mean())
    return estimates(sums.centred())


def refuse_bad(result: Blocks) -> None:
    """Refuse NaN and infinity, with the role of the row.

    Parameters
    ----------
    result : Blocks
    """
    for name, rows in zip(("A", "B", "AB", "BA"), result, strict=True):
        if rows is not None:
            refuse_not_finite(rows, f"outputs of rows {name}")


class SaltelliSums:
    """Sums by replicate of rows that come in portions, and the indices that follow from them.

    A million rows of a hundred outputs need not be held: a portion is added and forgotten.

    Parameters
    ----------
    replicates : int
        Independent scrambles of the design; at least two.
    groups, outputs : int
        Factors or groups of them, and outputs.
    second : bool
        Whether rows for the second order come along.
    sobol : bool
        Whether the rows are Sobol points: their number is then a power of two in each replicate.
    """

    def __init__(
        self, replicates: int, groups: int, outputs: int, second: bool = False, sobol: bool = True
    ) -> None:
        if replicates < 2:
            raise StatisticError(
                f"replicates: found {replicates}, expected at least two; "
                "one replicate tells nothing about its error"
            )
        self._shape = (groups, outputs)
        self._second = second
        self._sobol = sobol
        self._moments = Moments.zeros((replicates,), groups, outputs, second)
        self._low = np.full((replicates, outputs), np.inf)
        self._high = np.full((replicates, outputs), -np.inf)
        self._centre: Array | None = None
        self._requested = np.zeros(replicates, dtype=np.int64)
        self._failed = 0

    def add(
        self,
        replicate: int | ArrayLike,
        a: ArrayLike,
        b: ArrayLike,
        ab: ArrayLike,
        ba: ArrayLike | None = None,
        failed: ArrayLike | None = None,
    ) -> None:
        """Add a portion of Saltelli blocks.

        Parameters
        ----------
        replicate : int or int[base]
            Replicate of all, or of each, of the base rows.
        a, b : float64[base, output]
        ab : float64[base, group, output]
        ba : float64[base, group, output], optional
            As in ``estimate``.
        failed : bool[base, row in the block], optional
            In the order A, AB, BA, B. A block with a failed row leaves whole and is counted.

        Raises
        ------
        StatisticError
            For another shape than announced, an unknown replicate, and NaN or infinity in a
            block of which no row failed.
        """
        result = blocks(a, b, ab, ba)
        if result.shape[1:] != self._shape or (result.ba is not None) != self._second:
            raise StatisticError(
                f"Saltelli blocks: found {result.shape[1:]} groups and outputs "
                f"{'with' if result.ba is not None else 'without'} second order, expected "
                f"{self._shape} {'with' if self._second else 'without'} it"
            )
        base = result.shape[0]
        owner = np.broadcast_to(np.asarray(replicate, dtype=np.int64), (base,))
        if owner.min() < 0 or owner.max() >= self._requested.size:
            raise StatisticError(
                f"replicate: found {owner.min()} to {owner.max()}, "
                f"expected 0 to {self._requested.size - 1}"
            )
        keep = np.ones(base, dtype=np.bool_)
        if failed is not None:
            flags = np.asarray(failed, dtype=np.bool_)
            keep = whole_blocks(flags, base, rows_per_block(self._shape[0], self._second))
            self._failed += int(flags.sum())
        if not keep.all():
            result = result.take(keep)
        np.add.at(self._requested, owner, 1)
        if keep.any():
            refuse_bad(result)
            self._add(owner[keep], result)

    def _add(self, owner: NDArray[np.int64], result: Blocks) -> None:
        if self._centre is None:
            self._centre = result.mean()
        for one in np.unique(owner):
            mine = owner == one
            part = result if mine.all() else result.take(mine)
            low, high = part.extremes()
            self._low[one] = np.minimum(self._low[one], low)
            self._high[one] = np.maximum(self._high[one], high)
            self._moments.add((one,), part, self._centre)

    def copy(self) -> "SaltelliSums":
        """Keep the sums as they are now, say when half of the rows have come.

        Returns
        -------
        SaltelliSums
        """
        return copy.deepcopy(self)

    def state(self) -> dict[str, Array]:
        """Give all that has been added up, as arrays by name; see ``restore``."""
        held = {one.name: getattr(self._moments, one.name) for one in fields(self._moments)}
        centre = np.zeros(self._shape[1]) if self._centre is None else self._centre
        return {
            **{name: values for name, values in held.items() if values is not None},
            "low": self._low,
            "high": self._high,
            "centre": centre,
            "asked": self._requested.astype(np.float64),
            "failed": np.array(float(self._failed)),
        }

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go on from what had been added up.

        Parameters
        ----------
        state : mapping of str to float64[...]
            From ``state`` of sums of the same replicates, groups, outputs and order.

        Raises
        ------
        StatisticError
            When the arrays are those of other sums.
        """
        own = self.state()
        if {name: np.shape(values) for name, values in state.items()} != {
            name: values.shape for name, values in own.items()
        }:
            raise StatisticError(
                f"sums: found those of another ranking, expected {self._requested.size} replicates "
                f"of {self._shape[0]} groups and {self._shape[1]} outputs; rank again from the "
                "start"
            )
        held = {name: np.array(values, dtype=np.float64) for name, values in state.items()}
        self._low, self._high = held.pop("low"), held.pop("high")
        self._requested = held.pop("asked").astype(np.int64)
        self._failed = int(held.pop("failed"))
        centre = held.pop("centre")
        self._centre = centre if self._requested.any() else None
        self._moments = replace(self._moments, **held)

    def indices(self, level: float = LEVEL, constant: str = "refuse") -> Indices:
        """Estimate indices, with t-intervals over the replicates.

        The estimate is of all replicates' rows together, which is what any tool gives on these
        rows and has less bias than the mean of the replicates' ratios. The width is from the
        spread of the replicates' own estimates.

        Parameters
        ----------
        level : float
        constant : str
            What becomes of an output that is constant in any replicate: ``refuse``, or
            ``undefined`` for NaN and a flag.

        Returns
        -------
        Indices

        Raises
        ------
        StatisticError
            When more than 1 % of the rows failed, a replicate has no whole block, Sobol rows are
            not a power of two in each replicate, or an output is constant.
        """
        check_level(level)
        base = int(self._requested.sum())
        self._refuse_unready(base)
        by_replicate = is_constant(self._low, self._high)
        undefined = np.asarray(by_replicate.any(axis=0))
        if constant != "undefined":
            refuse_constant(is_constant(self._low.min(axis=0), self._high.max(axis=0)))
            refuse_constant(undefined, f"output within one of {self._requested.size} replicates")
        pooled = estimates(self._moments.map(lambda sums: sums.sum(axis=0)).centred())
        each = estimates(self._moments.centred())
        spread = each.map(lambda values: _t_half_width(values, level))
        count = int(self._moments.count.sum())
        return bounded(
            pooled.map(lambda values: np.where(undefined, np.nan, values)),
            spread.map(lambda values: np.where(undefined, np.nan, values)),
            level=level,
            method=REPLICATES,
            base=count,
            failed=self._failed,
            left_out=base - count,
            undefined=undefined,
            first_by_repeat=np.where(undefined, np.nan, each.first),
            total_by_repeat=np.where(undefined, np.nan, each.total),
        )

    def _refuse_unready(self, base: int) -> None:
        """Refuse sums from which no index can be had."""
        if self._sobol:
            for one, requested in enumerate(self._requested):
                refuse_not_power_of_two(int(requested), f"Sobol rows of replicate {one}")
        refuse_failed(self._failed, base * rows_per_block(self._shape[0], self._second))
        if not (self._moments.count > 0.0).all():
            empty = int((self._moments.count == 0.0).argmax())
            raise StatisticError(
                f"replicate {empty}: found no whole Saltelli block, expected at least one; "
                "take more rows, or look at the status codes of the failed draws"
            )


def _t_half_width(values: Array, level: float) -> Array:
    """Half-widths of t-intervals over the first axis."""
    repeats = values.shape[0]
    quantile = float(special.stdtrit(repeats - 1, 0.5 + level / 2.0))
    return np.asarray(quantile * values.std(axis=0, ddof=1) / np.sqrt(repeats))
