"""A problem whose draws are aimed at a part of its range, and what that does to their weight."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.errors import DesignError, preview
from mc_engine.problem.problem import Problem

Array = NDArray[np.float64]
Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Proposal:
    """Where the normal scores of some factors are drawn from, in place of the prior.

    Attributes
    ----------
    names : tuple of str
        The factors that are aimed, in the problem's order.
    shift, prior_shift : tuple of float
        Means of their scores, as drawn and under the prior (a scenario's shifts).
    rows, prior_rows : tuple of tuple of float
        Rows of the lower Cholesky factors of their covariances, as drawn and under the prior.
    """

    names: tuple[str, ...]
    shift: tuple[float, ...]
    prior_shift: tuple[float, ...]
    rows: Rows
    prior_rows: Rows

    def as_json(self) -> dict[str, Any]:
        """Turn into plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Proposal":
        """Read what ``as_json`` gave."""
        return cls(
            names=tuple(found["names"]),
            shift=tuple(found["shift"]),
            prior_shift=tuple(found["prior_shift"]),
            rows=tuple(map(tuple, found["rows"])),
            prior_rows=tuple(map(tuple, found["prior_rows"])),
        )

    def log_ratio(self, scores: Array) -> Array:
        """Give the logarithm of the prior's density over the proposal's (C-3).

        Parameters
        ----------
        scores : float64[draw, name]
            Normal scores, correlated and shifted.

        Returns
        -------
        float64[draw]
        """
        prior = _log_density(scores, self.prior_shift, self.prior_rows)
        return prior - _log_density(scores, self.shift, self.rows)


def _log_density(scores: Array, centre: Sequence[float], rows: Rows) -> Array:
    """Logarithm of a normal density, without the constant that two of one size share."""
    from scipy import linalg  # slow to import

    lower = np.array(rows)
    free = linalg.solve_triangular(lower, (scores - np.array(centre)).T, lower=True)
    return np.asarray(-0.5 * (free**2).sum(axis=0) - np.log(np.diag(lower)).sum())


def whole_blocks(problem: Problem, names: Sequence[str]) -> tuple[str, ...]:
    """Add to some factors those that depend on them; all in the problem's order."""
    order = [factor.name for factor in problem.factors]
    wanted = {order.index(name) for name in names}
    for positions, _ in problem.cholesky:
        if wanted & set(positions):
            wanted |= set(positions)
    return tuple(order[position] for position in sorted(wanted))


def proposal(problem: Problem, names: Sequence[str], mean: Array, covariance: Array) -> Proposal:
    """Describe a proposal for some factors of a problem.

    Parameters
    ----------
    problem : Problem
    names : sequence of str
        From ``whole_blocks``.
    mean : float64[name]
        Of the scores.
    covariance : float64[name, name]
        Positive definite.

    Raises
    ------
    DesignError
        When the names are not whole blocks in the problem's order.
    """
    if tuple(names) != whole_blocks(problem, names):
        raise DesignError(
            f"aim: found {preview(names)}, expected whole blocks of dependent factors in the "
            "problem's order; take them from whole_blocks"
        )
    order = [factor.name for factor in problem.factors]
    positions = [order.index(name) for name in names]
    prior = np.eye(len(names))
    for members, lower in problem.lower_factors():
        if members[0] in positions:
            indices = [positions.index(member) for member in members]
            prior[np.ix_(indices, indices)] = lower
    return Proposal(
        names=tuple(names),
        shift=tuple(float(value) for value in mean),
        prior_shift=tuple(problem.factors[position].shift for position in positions),
        rows=_rows(np.linalg.cholesky(covariance)),
        prior_rows=_rows(prior),
    )


def _rows(lower: NDArray[Any]) -> Rows:
    return tuple(tuple(map(float, row)) for row in lower)


def aimed(problem: Problem, aim: Proposal) -> Problem:
    """Draw some factors from a proposal; each draw then has the weight prior over proposal.

    Parameters
    ----------
    problem : Problem
    aim : Proposal
        Made for this problem.

    Returns
    -------
    Problem
        With a digest of its own.
    """
    order = [factor.name for factor in problem.factors]
    positions = tuple(order.index(name) for name in aim.names)
    factors = list(problem.factors)
    for position, shift in zip(positions, aim.shift, strict=True):
        factors[position] = replace(factors[position], shift=shift)
    others = [block for block in problem.cholesky if block[0][0] not in positions]
    text = problem.digest + json.dumps(aim.as_json())
    return replace(
        problem,
        factors=tuple(factors),
        cholesky=(*others, (positions, aim.rows)),
        proposal=aim,
        digest=blake2b(text.encode(), digest_size=16).hexdigest(),
    )
