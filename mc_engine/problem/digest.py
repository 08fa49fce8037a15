"""The hash of everything that decides what a draw of a problem means."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from pydantic import BaseModel

from mc_engine.problem.problem import Problem

# Enters every digest: a change of what the digest covers changes this number.
_DIGEST_VERSION = 1
_DIGEST_BYTES = 16
# Words that explain and change no number; the digest passes over them.
_EXPLANATIONS = frozenset({"meaning", "reason", "where", "sources", "source", "note", "title"})
# Follows from what was stated by fits whose last bits may differ between machines.
_FITTED = frozenset({"marginals", "implied", "span"})


def digest(problem: Problem) -> str:
    """Hash everything that decides what a draw of a problem means.

    Covered: the model's name, structure, factors in order of declaration (name, unit,
    conversion, distributions as stated, order of knots, shift, kind, centre, boundary, basis),
    the names of all uncertain priors, slots, constants, correlations as stated, targets, levers,
    settings and observed numbers with their labels. Left out: titles, meanings, reasons, sources,
    notes, lines, comments, the order of keys inside a prior, the names of region and scenario, and
    what follows from the numbers covered (fits, Cholesky factors).

    Parameters
    ----------
    problem : Problem
        Its own ``digest`` is left out.

    Returns
    -------
    str
        32 hexadecimal digits of BLAKE2b.
    """
    inputs = problem.inputs
    content = {
        "version": _DIGEST_VERSION,
        "model": problem.model,
        "structure": inputs.structure,
        "factors": problem.factors,
        "constants": problem.constants,
        "slots": [inputs.slots[key] for key in sorted(inputs.slots)],
        "correlations": [
            (pair.first, pair.second, pair.spearman if pair.stated is None else pair.stated)
            for pair in problem.correlations
            if pair.stated != 0.0
        ],
        "repaired": any(pair.stated is not None for pair in problem.correlations),
        "targets": problem.targets,
        "levers": inputs.levers,
        "settings": inputs.settings,
        "declared": problem.declared,
        "tables": inputs.tables,
    }
    text = json.dumps(_canonical(content), sort_keys=True, ensure_ascii=True, allow_nan=False)
    return blake2b(text.encode("ascii"), digest_size=_DIGEST_BYTES).hexdigest()


def _canonical(value: Any) -> Any:
    """Write any part of a problem as lists, text and exact numbers.

    A number becomes the text of its float, so that 900 and 900.0 are the same.
    """
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="python")
    elif is_dataclass(value) and not isinstance(value, type):
        value = {item.name: getattr(value, item.name) for item in fields(value)}
    if isinstance(value, Mapping):
        return {
            str(key): _canonical(part)
            for key, part in value.items()
            if str(key) not in _EXPLANATIONS and str(key) not in _FITTED
        }
    if isinstance(value, np.ndarray):
        return [_canonical(part) for part in value.tolist()]
    if isinstance(value, list | tuple):
        return [_canonical(part) for part in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return _number(float(value))
    raise TypeError(f"a problem cannot hold a {type(value).__name__}")


def _number(value: float) -> str:
    return value.hex() if math.isfinite(value) else str(value)
