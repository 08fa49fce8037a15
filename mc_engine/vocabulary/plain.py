"""Conversion of results to what JSON holds."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """Turn a result into what JSON knows.

    Parameters
    ----------
    value : object
        A dataclass, mapping, sequence, array, number or text, nested as one likes.

    Returns
    -------
    object
        Mappings, lists, numbers, texts and None. A number that is not finite becomes None, since
        JSON has no word for it; it never becomes another number.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
