"""Rank correlations between factors, as blocks of a Gaussian copula.

The Spearman correlation of two jointly normal scores with Pearson correlation r is
``(6/pi) asin(r/2)``; priors state Spearman, the copula needs Pearson.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mc_engine.problem.problem import Correlation

# An eigenvalue above minus this counts as zero: rounding of a singular matrix.
_SINGULAR = 1e-10
# A repaired matrix is mixed with this much of the identity, so that it factors safely.
_RIDGE = 1e-9
# Changes of a rank correlation smaller than this are not worth a word.
_VISIBLE = 5e-4
_MOST_STEPS = 2000

Matrix = NDArray[np.float64]
Block = tuple[tuple[int, ...], tuple[tuple[float, ...], ...]]


class IndefiniteError(ValueError):
    """Stated correlations that no joint distribution has.

    Attributes
    ----------
    blocks : list of (tuple of Correlation, float)
        For every indefinite block its pairs, those that hurt most first, and the most negative
        eigenvalue of its matrix.
    """

    def __init__(self, blocks: list[tuple[tuple[Correlation, ...], float]]) -> None:
        super().__init__("correlations that contradict each other")
        self.blocks = blocks


@dataclass(frozen=True)
class Dependence:
    """Correlations after any repair, their Cholesky factors, and what was repaired."""

    correlations: tuple[Correlation, ...]
    cholesky: tuple[Block, ...]
    notes: tuple[str, ...] = ()


def pearson(spearman: float) -> float:
    """Turn a rank correlation into the Pearson correlation of normal scores."""
    return 2.0 * math.sin(math.pi * spearman / 6.0)


def spearman(pearson_value: float) -> float:
    """Turn the Pearson correlation of normal scores into a rank correlation."""
    return 6.0 / math.pi * math.asin(pearson_value / 2.0)


def blocks(names: Sequence[str], pairs: Sequence[Correlation]) -> list[tuple[int, ...]]:
    """Group factors that depend on each other, directly or through others.

    Parameters
    ----------
    names : sequence of str
        Factors in order of declaration.
    pairs : sequence of Correlation
        Between these factors; a correlation of 0 links nothing.

    Returns
    -------
    list of tuple of int
        Positions in ``names``, ascending; blocks in the order of their first member.
    """
    index = {name: position for position, name in enumerate(names)}
    group = list(range(len(names)))

    def head(member: int) -> int:
        while group[member] != member:
            member = group[member]
        return member

    for pair in pairs:
        if pair.spearman != 0.0:
            first, second = head(index[pair.first]), head(index[pair.second])
            group[max(first, second)] = min(first, second)
    members: dict[int, list[int]] = {}
    for position in range(len(names)):
        members.setdefault(head(position), []).append(position)
    return [tuple(block) for block in members.values() if len(block) > 1]


def join(names: Sequence[str], pairs: Sequence[Correlation], *, repair: bool) -> Dependence:
    """Build the Cholesky factor of every block of dependent factors.

    Parameters
    ----------
    names : sequence of str
        Factors in order of declaration.
    pairs : sequence of Correlation
        Stated rank correlations, each pair once.
    repair : bool
        Replace an indefinite matrix by the nearest correlation matrix, and say so.

    Returns
    -------
    Dependence

    Raises
    ------
    IndefiniteError
        Without ``repair``, when a block is indefinite.
    """
    index = {name: position for position, name in enumerate(names)}
    factors: list[Block] = []
    notes: list[str] = []
    wrong: list[tuple[tuple[Correlation, ...], float]] = []
    final = list(pairs)
    for block in blocks(names, pairs):
        inside = [pair for pair in pairs if index[pair.first] in block]
        matrix = _matrix(block, inside, index)
        values, vectors = np.linalg.eigh(matrix)
        if values[0] < -_SINGULAR:
            if not repair:
                ordered = _worst_first(block, inside, index, vectors[:, 0])
                wrong.append((ordered, float(values[0])))
                continue
            matrix = nearest(matrix)
            final = _repaired(names, block, matrix, final, notes)
        rows = _cholesky(matrix)
        factors.append((block, tuple(tuple(float(x) for x in row) for row in rows)))
    if wrong:
        raise IndefiniteError(wrong)
    return Dependence(tuple(final), tuple(factors), tuple(notes))


def _matrix(block: tuple[int, ...], pairs: Sequence[Correlation], index: dict[str, int]) -> Matrix:
    matrix = np.eye(len(block))
    for pair in pairs:
        row, column = block.index(index[pair.first]), block.index(index[pair.second])
        matrix[row, column] = matrix[column, row] = pearson(pair.spearman)
    return matrix


def _worst_first(
    block: tuple[int, ...],
    pairs: Sequence[Correlation],
    index: dict[str, int],
    vector: Matrix,
) -> tuple[Correlation, ...]:
    """Order pairs by what they add to the negative eigenvalue, most negative first."""

    def share(pair: Correlation) -> float:
        row, column = block.index(index[pair.first]), block.index(index[pair.second])
        return float(vector[row] * vector[column] * pearson(pair.spearman))

    return tuple(sorted((pair for pair in pairs if share(pair) < 0.0), key=share))


def nearest(matrix: Matrix) -> Matrix:
    """Find the nearest correlation matrix (alternating projections of Higham, 2002).

    Parameters
    ----------
    matrix : float64[factor, factor]
        Symmetric, with a unit diagonal; may be indefinite.

    Returns
    -------
    float64[factor, factor]
        Positive definite, with a unit diagonal; nearest in the Frobenius norm but for a ridge
        of 1e-9.
    """
    result = matrix.copy()
    correction = np.zeros_like(matrix)
    for _ in range(_MOST_STEPS):
        before = result
        shifted = result - correction
        values, vectors = np.linalg.eigh(shifted)
        positive = (vectors * np.maximum(values, 0.0)) @ vectors.T
        correction = positive - shifted
        result = positive.copy()
        np.fill_diagonal(result, 1.0)
        if np.max(np.abs(result - before)) < 1e-13:
            break
    result = 0.5 * (result + result.T)
    lowest = float(np.linalg.eigvalsh(result)[0])
    ridge = max(_RIDGE, _RIDGE - lowest)
    result = (result + ridge * np.eye(len(result))) / (1.0 + ridge)
    np.fill_diagonal(result, 1.0)
    return result


def _repaired(
    names: Sequence[str],
    block: tuple[int, ...],
    matrix: Matrix,
    pairs: Sequence[Correlation],
    notes: list[str],
) -> list[Correlation]:
    """Write the repaired values into the list of pairs, and every visible change as a note."""
    stated = {frozenset((pair.first, pair.second)): pair for pair in pairs}
    changes: list[str] = []
    for row, first in enumerate(block):
        for column in range(row + 1, len(block)):
            key = frozenset((names[first], names[block[column]]))
            new = spearman(float(matrix[row, column]))
            old = stated.get(key)
            if old is None and abs(new) < _VISIBLE:
                continue
            if old is None:
                old = Correlation(names[first], names[block[column]], 0.0, "repair: nearest", 0.0)
            if abs(new - old.spearman) >= _VISIBLE:
                changes.append(f"{old.first} - {old.second} {old.spearman:.3f} -> {new:.3f}")
            stated[key] = replace(old, spearman=new, stated=old.spearman)
    notes.append("correlations repaired (nearest correlation matrix): " + "; ".join(changes))
    return list(stated.values())


def _cholesky(matrix: Matrix) -> Matrix:
    """Factor a matrix that may be singular; a column without variance left is zero."""
    size = len(matrix)
    lower = np.zeros_like(matrix)
    for column in range(size):
        left = matrix[column, column] - lower[column, :column] @ lower[column, :column]
        if left <= _SINGULAR:
            continue
        lower[column, column] = math.sqrt(left)
        for row in range(column + 1, size):
            rest = matrix[row, column] - lower[row, :column] @ lower[column, :column]
            lower[row, column] = rest / lower[column, column]
    return lower
