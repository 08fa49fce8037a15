"""Functions whose indices are known on paper, and Saltelli rows to evaluate them at."""

import numpy as np
from scipy import special
from scipy.stats import multivariate_normal, qmc

from mc_engine.sensitivity.moments import Blocks

SEEDS = range(20)
ISHIGAMI = (
    np.array([0.31390519, 0.44241114, 0.0]),
    np.array([0.55758886, 0.44241114, 0.24368366]),
)
G_COEFFICIENTS = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0])
G = (
    np.array([0.716192, 0.179048, 0.023676, 0.007162] + [0.000072] * 4),
    np.array([0.787144, 0.242198, 0.034317, 0.010460] + [0.000105] * 4),
)
SHARES = np.array([0.5, 0.3, 0.15, 0.05])
THRESHOLD = 1.0


def ishigami(u):
    """Ishigami's function with a = 7, b = 0.1, of rows in the unit cube."""
    x = np.pi * (2.0 * u - 1.0)
    return (
        np.sin(x[..., 0]) + 7.0 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])
    )


def sobol_g(u):
    """Sobol's G function of eight inputs in the unit cube."""
    return np.prod((np.abs(4.0 * u - 2.0) + G_COEFFICIENTS) / (1.0 + G_COEFFICIENTS), axis=-1)


def linear_miss(u):
    """1 where a weighted sum of normal inputs lies above 1, else 0; the sum has variance 1."""
    return (special.ndtri(u) @ np.sqrt(SHARES) > THRESHOLD).astype(float)


def linear_miss_indices():
    """Indices of ``linear_miss`` from the bivariate normal distribution.

    Given input i, the miss has the squared conditional chance E[P(miss | x_i)^2], which is the
    chance that two sums that share only input i both miss: Phi2(-t, -t; s_i).
    """
    p = special.ndtr(-THRESHOLD)

    def both(correlation):
        joint = multivariate_normal([0.0, 0.0], [[1.0, correlation], [correlation, 1.0]])
        return joint.cdf([-THRESHOLD, -THRESHOLD])

    first = [(both(share) - p**2) / (p * (1.0 - p)) for share in SHARES]
    total = [1.0 - (both(1.0 - share) - p**2) / (p * (1.0 - p)) for share in SHARES]
    return np.array(first), np.array(total)


def saltelli(points, function, second=False):
    """Evaluate a function of one or many outputs at the Saltelli rows of [base, 2 x input]."""
    inputs = points.shape[1] // 2
    a, b = points[:, :inputs], points[:, inputs:]
    own = np.eye(inputs, dtype=bool)
    ab = np.where(own, b[:, None, :], a[:, None, :])
    ba = np.where(own, a[:, None, :], b[:, None, :])
    outputs = [function(rows) for rows in ((a, b, ab, ba) if second else (a, b, ab))]
    if outputs[0].ndim == 1:
        outputs = [values[..., None] for values in outputs]
    return Blocks(*outputs)


def scrambled(base, inputs, seed):
    """Scrambled Sobol points for A and B side by side."""
    return qmc.Sobol(2 * inputs, scramble=True, seed=seed).random(base)


def in_order(blocks):
    """Put blocks back into SALib's order of rows: [row, output]."""
    parts = [blocks.a[:, None], blocks.ab, blocks.ba, blocks.b[:, None]]
    rows = np.concatenate([part for part in parts if part is not None], axis=1)
    return rows.reshape(-1, rows.shape[-1])


def random_blocks(seed, base=256, groups=4, outputs=3, second=False, offset=0.0):
    """Outputs of a smooth function and two of its relatives, one of them a miss."""
    rng = np.random.default_rng(seed)
    effect = rng.normal(size=(groups, outputs))

    def function(u):
        x = u - 0.5
        pairs = x[..., :1] * x[..., 1:2]
        y = np.sin(3.0 * x) @ effect + 4.0 * pairs + offset
        y[..., -1] = y[..., -1] > offset + 0.3
        return y

    return saltelli(rng.random((base, 2 * groups)), function, second)
