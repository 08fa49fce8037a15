"""A quantile of an output as a smooth function of some inputs, fitted to weighted draws.

The inputs enter as normal scores of their ranks, so that the scale of an input does not matter:
each linearly, and those that go with the output most also by Hermite polynomials and by products
of two. The fit minimises the check loss, smoothed by a normal kernel (Fernandes, Guerre and Horta
2021; He et al. 2023), by Newton's method; at last the constant is set so that the share wanted lies
below.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mc_engine.intervals import weighted_quantiles
from mc_engine.sensitivity.ranks import Order, rank_correlation

Array: TypeAlias = NDArray[np.float64]

# Inputs of a group that enter by more than a straight line.
_CURVED = 6
_DEGREE = 4
# Width of the kernel in standard deviations of the residual.
_SMOOTH = 0.2
_STEPS, _HALVINGS = 25, 12
# Directions of the basis with less than this share of the largest variance are left out.
_FLAT = 1e-8
_CONVERGED = 1e-8


def basis(inputs: Array, output: Array, weight: Array | None) -> Array:
    """Build functions of the inputs that are uncorrelated, of mean 0 and variance 1.

    Parameters
    ----------
    inputs : float64[input, draw]
    output : float64[draw]
        Chooses the inputs that enter by more than a straight line.
    weight : float64[draw] or None

    Returns
    -------
    float64[draw, function]
    """
    orders = [Order.of(row, weight) for row in inputs]
    ranks = np.stack([order.ranks() for order in orders])
    score = np.stack([order.scores() for order in orders])
    related = np.abs(rank_correlation(ranks, Order.of(output, weight).ranks()[None], weight)[:, 0])
    curved = np.argsort(-np.nan_to_num(related), kind="stable")[:_CURVED]
    rows = [*score]
    for position, first in enumerate(curved):
        z = score[first]
        rows += [special.eval_hermitenorm(degree, z) for degree in range(2, _DEGREE + 1)]
        rows += [z * score[second] for second in curved[:position]]
    table = np.stack(rows)
    share = np.full(output.size, 1.0 / output.size) if weight is None else weight / weight.sum()
    table -= (table @ share)[:, None]
    values, vectors = np.linalg.eigh((table * share) @ table.T)
    retained = values > _FLAT * max(values[-1], _FLAT)
    return np.asarray((vectors[:, retained] / np.sqrt(values[retained])).T @ table).T


def fit(functions: Array, output: Array, weight: Array, share: float) -> Array:
    """Fit a quantile.

    Parameters
    ----------
    functions : float64[draw, function]
    output, weight : float64[draw]
    share : float
        In (0, 1): what lies below the quantile.

    Returns
    -------
    float64[1 + function]
        Constant and coefficients.
    """
    table = np.column_stack([np.ones(output.size), functions])
    weight = weight / weight.sum()
    gram = (table * weight[:, None]).T @ table
    result = np.asarray(
        np.linalg.lstsq(gram, (table * weight[:, None]).T @ output, rcond=None)[0], dtype=np.float64
    )
    residual = output - table @ result
    width = _SMOOTH * float(np.sqrt(weight @ residual**2))
    if width > 0.0:
        result[0] += float(weighted_quantiles(residual, weight, share)[0])
        result = _newton(table, output, weight, share, width, result)
        result[0] += float(weighted_quantiles(output - table @ result, weight, share)[0])
    return result


def _newton(
    table: Array, output: Array, weight: Array, share: float, width: float, result: Array
) -> Array:
    """Minimise the smoothed check loss, halving steps that do not lower it."""

    def loss(some: Array) -> float:
        u = (output - table @ some) / width
        smooth = u * (share - special.ndtr(-u)) + np.exp(-0.5 * u * u) / np.sqrt(2.0 * np.pi)
        return float(weight @ smooth)

    best = loss(result)
    for _ in range(_STEPS):
        u = (output - table @ result) / width
        slope = table.T @ (weight * (special.ndtr(-u) - share)) * width
        bend = np.exp(-0.5 * u * u) / np.sqrt(2.0 * np.pi)
        # A trace of the identity: far from all draws the loss is flat.
        curve = (table * (weight * bend)[:, None]).T @ table
        curve += 1e-6 * np.eye(result.size)
        step, before = -np.linalg.solve(curve, slope), best
        for _ in range(_HALVINGS):
            value = loss(result + step)
            if value < best:
                result, best = result + step, value
                break
            step = 0.5 * step
        if before - best <= _CONVERGED * before:
            break
    return result
