"""Observables: outputs of a model reduced to what was observed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.vocabulary.axes import DRAW, YEAR
from mc_engine.vocabulary.observations import Series
from mc_engine.vocabulary.outputs import VariableSpec

Array = NDArray[np.float64]


def observables(
    series: Sequence[Series],
    specs: Sequence[VariableSpec],
    labels: Mapping[str, Sequence[Any]],
    out: Mapping[str, Array],
) -> Array:
    """Reduce a chunk of outputs to one value for every observation.

    Parameters
    ----------
    series : sequence of Series
    specs : sequence of VariableSpec
        Of the outputs.
    labels : mapping of str to sequence
        Labels of the outputs' axes.
    out : mapping of str to float64[draw, ...]

    Returns
    -------
    float64[draw, observation]
        In the unit of each observation, before its scope factors; series by series, year by year.
    """
    dims = {spec.name: spec.dims for spec in specs}
    columns = [_series(one, dims[one.output], labels, out[one.output]) for one in series]
    if not columns:
        return np.empty((next(iter(out.values())).shape[0], 0))
    return np.concatenate(columns, axis=1)


def _series(
    one: Series, dims: Sequence[str], labels: Mapping[str, Sequence[Any]], values: Array
) -> Array:
    """Sum the labels that are taken, year by year; float64[draw, year]."""
    first = int(labels[YEAR][0])
    positions = [year - first for year in one.years]
    taken = np.take(values, positions, axis=dims.index(YEAR))
    left = list(dims)
    for axis in [dim for dim in dims if dim not in (DRAW, YEAR)]:
        position = left.index(axis)
        if axis in one.rows:
            label = [str(name) for name in labels[axis]].index(one.rows[axis])
            taken = np.take(taken, label, axis=position)
        else:
            taken = taken.sum(axis=position)
        left.pop(position)
    return np.ascontiguousarray(taken) * one.scale
