"""The Gaussian copula: which matrices correlate normal scores."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mc_engine.errors import StatisticError

Array: TypeAlias = NDArray[np.float64]

_SYMMETRIC = 1e-9


def check_correlation(correlation: Array, size: int) -> Array:
    """Refuse what is not the correlation of a joint normal distribution with a density.

    Parameters
    ----------
    correlation : float64[input, input]
    size : int
        Number of inputs.

    Returns
    -------
    float64[input, input]
        Its lower Cholesky factor.

    Raises
    ------
    StatisticError
    """
    result = np.asarray(correlation, dtype=np.float64)
    if result.shape != (size, size):
        raise StatisticError(
            f"correlation: found shape {result.shape}, expected {(size, size)}, a row per input"
        )
    unit = np.abs(np.diag(result) - 1.0).max() <= _SYMMETRIC
    if not (np.isfinite(result).all() and unit and np.abs(result - result.T).max() <= _SYMMETRIC):
        raise StatisticError(
            "correlation: expected a symmetric matrix of finite numbers with ones on its diagonal"
        )
    try:
        return np.asarray(np.linalg.cholesky(result))
    except np.linalg.LinAlgError as error:
        raise StatisticError(
            "correlation: expected a positive definite matrix; two inputs that are the same, or "
            "correlations that contradict each other, leave none; merge or repair them"
        ) from error
