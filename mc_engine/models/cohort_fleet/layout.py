"""Columns, paths and positions: what whole numbers in the static arrays of a model mean.

A *column* is where a number stands in a draw's row: ``load(row, column)`` reads it. A *path* is a
number in the path table: ``path_values(paths, path, ...)`` evaluates it. A *position* counts years
from the first vintage. ``NONE`` stands where there is none.

What a model asks for by class, or by class and powertrain, stands in an array of records with named
fields: ``survival.of_class[c].delay`` is the column of the delay of class ``c``. Records make few
arrays, and each array that a compiled function takes costs time in compiling it and in the call.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Records: TypeAlias = "np.recarray[Any, Any]"

Position: TypeAlias = int
Column: TypeAlias = int
Path: TypeAlias = int
Columns: TypeAlias = Ints
Paths: TypeAlias = Ints

NONE = -1


def records(fields: tuple[str, ...], *shape: int) -> Records:
    """Allocate records of whole numbers, every field ``NONE``."""
    made = np.full((*shape, len(fields)), NONE, dtype=np.int64)
    return made.view([(name, np.int64) for name in fields])[..., 0].view(np.recarray)
