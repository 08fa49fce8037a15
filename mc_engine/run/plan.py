"""What a run will do: which draws, in which chunks, into which folder."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mc_engine.design.sampling import SamplingPlan
from mc_engine.errors import RequestError, preview
from mc_engine.model import Model
from mc_engine.problem.problem import Problem
from mc_engine.vocabulary.axes import DRAW
from mc_engine.vocabulary.outputs import VariableSpec

DEFAULT_DRAWS = 20_000
DEFAULT_CHUNK = 8_192
DEFAULT_SERIES = 131_072
DEFAULT_REPLICATES = 16


@dataclass(frozen=True)
class RunPlan:
    """Everything a run needs to know before its first draw.

    Attributes
    ----------
    problem, model, static
        What is uncertain, the model, and its static arrays.
    sampling : SamplingPlan
        The compiled design.
    draws : int
        Rows to evaluate, after rounding by the design.
    chunk : int
        Rows per chunk; results do not depend on it.
    series : int
        Yearly trajectories are stored of the first so many draws.
    variables : tuple of VariableSpec
        Yearly variables that are stored.
    identity : str
        Hash of problem, scenario, design, seed and computing code; not of the number of draws.
    code : str
        Hash of the computing code alone.
    reference : str
        The model as ``package.module:object``.
    store_observables : bool
        Whether what the model gives for every observation is stored.
    """

    problem: Problem
    model: Model
    static: Any
    sampling: SamplingPlan
    draws: int
    chunk: int
    series: int
    variables: tuple[VariableSpec, ...]
    threads: int | None
    folder: Path
    identity: str
    code: str
    reference: str
    store_observables: bool = False

    @property
    def specs(self) -> tuple[VariableSpec, ...]:
        """Everything the model writes, stored or not."""
        return tuple(self.model.outputs(self.problem.inputs))

    @property
    def coordinates(self) -> Mapping[str, Any]:
        """Labels of the outputs' axes, ``draw`` left out."""
        return self.model.coordinates(self.problem.inputs)

    def shape(self, spec: VariableSpec, draws: int) -> tuple[int, ...]:
        """Shape of a variable for so many draws."""
        labels = self.coordinates
        return tuple(draws if dim == DRAW else len(labels[dim]) for dim in spec.dims)


def identity_of(
    problem: Problem, design: str, seed: int, code: str, model: str, observed: str = ""
) -> str:
    """Hash what decides the numbers of a run, whatever its length.

    Parameters
    ----------
    problem : Problem
    design : str
        Its ``label``.
    seed : int
    code : str
        From ``provenance.code_hash``.
    model : str
        ``package.module:object``; one file may hold several models.
    observed : str
        Hash of the observations where what the model gives for them is stored.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    parts = [problem.digest, problem.region, problem.scenario, model, design, seed, code]
    parts += [observed] if observed else []
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=8).hexdigest()


def chosen_variables(specs: tuple[VariableSpec, ...], wanted: str) -> tuple[VariableSpec, ...]:
    """Pick the yearly variables to store.

    Parameters
    ----------
    specs : tuple of VariableSpec
        Everything the model writes.
    wanted : str
        ``all``, ``default`` (the same, for models that say no more), or names with commas.

    Raises
    ------
    RequestError
        On an unknown name.
    """
    yearly = tuple(spec for spec in specs if spec.yearly)
    if wanted in ("all", "default"):
        return yearly
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    known = [spec.name for spec in yearly]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        expected = "all or default (the model has no yearly variables)"
        if known:
            expected = f"all, default, or some of {', '.join(known)}, separated by commas"
        raise RequestError(f"outputs: found {preview(unknown) or 'nothing'}; expected {expected}")
    return tuple(spec for spec in yearly if spec.name in names)
