"""The search for a box: peeling, and pasting (patient rule induction, Friedman and Fisher 1999).

A box is peeled by a twentieth of its weight at a time, at the end of an input where the outcome
becomes more frequent at the least loss of weight. Of all boxes on the way the one is taken whose
objective, its coverage times its gain in density, is largest. Then it is pasted: every end is
moved, outwards or inwards, to where the objective is largest, and an end whose objective could be
chance is lifted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Whole: TypeAlias = NDArray[np.int64]
# Ends of a box: the edge by input and by whether it is the lower one.
Ends: TypeAlias = dict[tuple[int, bool], float]

PEELED = 0.05
# An end stays when lifting it costs more than so many standard errors: its place was searched for.
_CLEAR = 3.0
_ROUNDS = 20


@dataclass(frozen=True)
class Search:
    """Draws in which a box is looked for.

    Attributes
    ----------
    inputs : float64[input, draw]
    wanted : float64[draw]
        1 where the outcome happened that is looked for, else 0.
    weight : float64[draw]
    orders : int64[input, draw]
        Draws in increasing order of each input.
    rate : float
        Share of the outcome in all of them.
    fewest : float
        Effective draws that a box holds at least.
    most : int
        Inputs that a box restricts at most.
    """

    inputs: Array
    wanted: Array
    weight: Array
    orders: Whole
    rate: float
    fewest: float
    most: int

    @classmethod
    def of(cls, inputs: Array, wanted: Array, weight: Array, fewest: float, most: int) -> Self:
        """Put the draws in order of every input.

        Parameters
        ----------
        inputs : float64[input, draw]
        wanted, weight : float64[draw]
        fewest : float
        most : int
        """
        rate = float(wanted @ weight / weight.sum())
        return cls(inputs, wanted, weight, np.argsort(inputs, axis=1), rate, fewest, most)

    def objective(self) -> Array:
        """Contribution of every draw to the objective, but for scale."""
        return self.weight * (self.wanted - self.rate)


def inside(inputs: Array, ends: Ends, but: tuple[int, bool] | None = None) -> Flags:
    """Tell which draws lie in a box, its edges included.

    Parameters
    ----------
    inputs : float64[input, draw]
    ends : dict
    but : (int, bool), optional
        An end that is taken for lifted.
    """
    result = np.ones(inputs.shape[1], dtype=np.bool_)
    for (position, lower), edge in ends.items():
        if (position, lower) != but:
            column = inputs[position]
            result &= column >= edge if lower else column <= edge
    return result


def related(inputs: Array, wanted: Array, weight: Array, keep: int, slices: int = 20) -> Whole:
    """Choose the inputs along which the outcome's frequency varies most.

    Parameters
    ----------
    inputs : float64[input, draw]
    wanted, weight : float64[draw]
    keep : int
    slices : int
        Of every input, between which the frequency is compared.

    Returns
    -------
    int64[kept input]
        Ascending. An input that matters only together with another one may be missed.
    """
    moved = np.zeros(inputs.shape[0])
    pull = weight * (wanted - wanted @ weight / weight.sum())
    shares = np.arange(1, slices) / slices
    for position, column in enumerate(inputs):
        edges = np.unique(np.quantile(column, shares))
        code = np.searchsorted(edges, column, side="right")
        total = np.bincount(code, weight, minlength=edges.size + 1)
        gain = np.bincount(code, pull, minlength=edges.size + 1)
        moved[position] = (gain**2 / np.where(total > 0.0, total, 1.0)).sum()
    return np.sort(np.argsort(-moved, kind="stable")[:keep])


def find(search: Search) -> Ends:
    """Peel and paste.

    Parameters
    ----------
    search : Search

    Returns
    -------
    dict
        Edge by input and side; empty where no box stands out.
    """
    ends = _peel(search)
    for _ in range(_ROUNDS):
        ends = _paste(search, ends)
        clear = {end: _clearness(search, ends, end) for end in ends}
        if not clear or min(clear.values()) >= _CLEAR:
            break
        del ends[min(clear, key=lambda end: clear[end])]
    return ends


def _peel(search: Search) -> Ends:
    """Peel until a box would hold too few draws; give the one of the largest objective."""
    ends: Ends = {}
    result: Ends = {}
    objective, best = search.objective(), 0.0
    there = np.ones(search.weight.size, dtype=np.bool_)
    orders = list(search.orders)
    while True:
        restricted = {position for position, _ in ends}
        cuts = [
            cut
            for position, order in enumerate(orders)
            if position in restricted or len(restricted) < search.most
            for cut in _cuts(search, position, order)
        ]
        if not cuts:
            return result
        _, position, lower, edge = max(cuts)
        ends = {**ends, (position, lower): edge}
        column = search.inputs[position]
        there &= column >= edge if lower else column <= edge
        orders = [order[there[order]] for order in orders]
        value = float(objective[orders[0]].sum())
        if value > best:
            best, result = value, ends


def _cuts(search: Search, position: int, order: Whole) -> Iterator[tuple[float, int, bool, float]]:
    """Yield what may be cut off the two ends of an input: gain, input, lower end or not, edge."""
    values = search.inputs[position, order]
    for lower in (True, False):
        row = order if lower else order[::-1]
        ordered = values if lower else values[::-1]
        weight = search.weight[row]
        reached = np.cumsum(weight)
        first = int(np.searchsorted(reached, PEELED * reached[-1]))
        # Equal values leave or stay together; where they fill the end, all of them leave.
        if lower:
            start = int(np.searchsorted(ordered, ordered[first], side="left"))
            start = start or int(np.searchsorted(ordered, ordered[first], side="right"))
        else:
            start = int(np.searchsorted(-ordered, -ordered[first], side="left"))
            start = start or int(np.searchsorted(-ordered, -ordered[first], side="right"))
        if start >= row.size:
            continue
        retained = weight[start:]
        if retained.sum() ** 2 < search.fewest * (retained @ retained):
            continue
        lost = reached[start - 1]
        held = weight * search.wanted[row]
        gain = held[start:].sum() / retained.sum() - held.sum() / reached[-1]
        yield float(gain / lost), position, lower, float(ordered[start])


def _paste(search: Search, ends: Ends) -> Ends:
    """Move every end to where the objective is largest, until none moves."""
    objective, ends = search.objective(), dict(ends)
    for _ in range(_ROUNDS):
        before = dict(ends)
        for position, lower in before:
            there = inside(search.inputs, ends, but=(position, lower))
            order = search.orders[position]
            order = order[there[order]]
            row = order[::-1] if lower else order
            weight, values = search.weight[row], search.inputs[position, row]
            reached, square = np.cumsum(weight), np.cumsum(weight**2)
            total = np.cumsum(objective[row])
            # Boxes end where a value ends, and hold enough draws.
            allowed = np.append(values[1:] != values[:-1], True)
            allowed &= reached**2 >= search.fewest * square
            if allowed.any():
                last = int(np.argmax(np.where(allowed, total, -np.inf)))
                ends[position, lower] = float(values[last])
        if ends == before:
            break
    return ends


def _clearness(search: Search, ends: Ends, end: tuple[int, bool]) -> float:
    """What lifting an end costs, in standard errors."""
    left_out = inside(search.inputs, ends, but=end) & ~inside(search.inputs, ends)
    weight = search.weight[left_out]
    spread = np.sqrt((weight @ weight) * search.rate * (1.0 - search.rate))
    return float(-search.objective()[left_out].sum() / spread) if spread > 0.0 else 0.0
