"""A problem bound to its model: what plans of runs are made from."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from mc_engine import provenance
from mc_engine.design import plan as designs
from mc_engine.design.sampling import SamplingPlan
from mc_engine.errors import ModelError, RequestError
from mc_engine.models.registry import load_model, model_source, reference_of
from mc_engine.numerics.accelerate import threads as on_threads
from mc_engine.problem import loader
from mc_engine.problem.files import RegionFiles
from mc_engine.problem.observations import errors_digest
from mc_engine.problem.problem import Problem
from mc_engine.problem.proposal import Proposal, aimed
from mc_engine.run.existing import points_to_extend
from mc_engine.run.folder import RunFolder
from mc_engine.run.manifest import LAST_OBSERVED
from mc_engine.run.options import RunRequest
from mc_engine.run.plan import (
    DEFAULT_CHUNK,
    DEFAULT_DRAWS,
    DEFAULT_REPLICATES,
    RunPlan,
    chosen_variables,
    identity_of,
)
from mc_engine.targets import check_fit
from mc_engine.vocabulary.observations import Series
from mc_engine.vocabulary.outputs import VariableSpec


class BoundProblem:
    """The files of a region read for a model, under one scenario and one choice of settings.

    Parameters
    ----------
    files : RegionFiles or Path
        The files of a region, or its folder.
    model : str
        Short name of a shipped model, or ``package.module:object``.
    scenario : str, optional
        The region's default where left out.
    settings : mapping of str to str, optional
        Accounting settings (equation B-3), over those of the scenario.
    steps : sequence of str
        Levers of which one step is applied on top of the scenario.

    Attributes
    ----------
    problem : Problem
    model : Model
    static : object
        The model's static arrays.

    Raises
    ------
    PriorError, ModelError
    """

    def __init__(
        self,
        files: RegionFiles | Path,
        model: str,
        *,
        scenario: str | None = None,
        settings: Mapping[str, str] | None = None,
        steps: Sequence[str] = (),
    ) -> None:
        self.model = load_model(model)
        self._reference = reference_of(model)
        self.problem: Problem = loader.load(
            files, self.model, scenario=scenario, settings=settings, steps=steps
        )
        inputs = self.problem.inputs
        problems = check_fit(
            self.problem.targets, self.model.outputs(inputs), self.model.coordinates(inputs)
        )
        if problems:
            raise ModelError("\n".join(f"{inputs.region}: {text}" for text in problems))
        self.static = self.model.prepare(inputs)

    @classmethod
    def from_files(
        cls,
        files: Mapping[str, bytes],
        region: str,
        model: str,
        *,
        scenario: str,
        settings: Mapping[str, str],
        steps: Sequence[str],
    ) -> Self:
        """Bind a problem that is read from the content of its files.

        Parameters
        ----------
        files : mapping of str to bytes
            By path within the region's folder.
        region, model, scenario : str
        settings : mapping of str to str
        steps : sequence of str

        Raises
        ------
        PriorError, ModelError
        """
        source = RegionFiles(region, files)
        return cls(source, model, scenario=scenario, settings=settings, steps=steps)

    def against(self, observations: Sequence[Series]) -> Self:
        """Copy, with other observations to compare with.

        Parameters
        ----------
        observations : sequence of Series
            Instead of those of the region.
        """
        other = copy.copy(self)
        other.problem = replace(self.problem, observations=tuple(observations))
        return other

    def aimed(self, aim: Proposal) -> Self:
        """Copy, with some inputs drawn from a proposal (C-3).

        Parameters
        ----------
        aim : Proposal
            Made for this problem.
        """
        other = copy.copy(self)
        other.problem = aimed(self.problem, aim)
        return other

    @property
    def last_observed(self) -> int | None:
        """Last year whose figures are inputs of the model; None where it has none."""
        for spec in self.model.outputs(self.problem.inputs):
            year = dict(spec.attrs).get(LAST_OBSERVED)
            if year is not None:
                return int(year)
        return None

    def plan_for(self, request: RunRequest) -> RunPlan:
        """Make the plan of a request.

        Parameters
        ----------
        request : RunRequest

        Raises
        ------
        RequestError, DesignError, ValueError
            When a number or a name is out of range.
        """
        draws = DEFAULT_DRAWS if request.draws is None else request.draws
        for name, value, least in (
            ("draws", draws, 1), ("chunk", request.chunk, 1), ("series", request.series, 0),
        ):  # fmt: skip
            if value < least:
                raise RequestError(f"{name}: found {value}, expected at least {least}")
        with on_threads(request.threads):
            pass  # more threads than there are must be refused before anything is written
        folder = None if request.out is None else Path(request.out)
        extended = None if folder is None else RunFolder(folder)
        sampling = designs.plan(
            self.problem,
            request.seed,
            request.design,
            request.repetition,
            draws=draws,
            replicates=DEFAULT_REPLICATES if request.replicates is None else request.replicates,
            points=points_to_extend(extended, request.design),
            dimensions=self.problem.declared,
        )
        outputs = tuple(self.model.outputs(self.problem.inputs))
        return self.planned(
            sampling,
            sampling.design.draws or draws,
            request.series,
            chosen_variables(outputs, request.outputs),
            chunk=request.chunk,
            threads=request.threads,
            folder=folder,
            store_observables=request.store_observables,
        )

    def planned(
        self,
        sampling: SamplingPlan,
        draws: int,
        series: int,
        variables: Sequence[VariableSpec],
        *,
        chunk: int = DEFAULT_CHUNK,
        threads: int | None = None,
        folder: Path | None = None,
        store_observables: bool = False,
    ) -> RunPlan:
        """Put a plan together from its parts; see ``RunPlan`` for them.

        Parameters
        ----------
        sampling : SamplingPlan
        draws, series : int
        variables : sequence of VariableSpec
        chunk : int
        threads : int, optional
        folder : Path, optional
            ``results/<region>-<scenario>-<hash>`` where left out.
        store_observables : bool
            Store what the model gives for every observation.

        Raises
        ------
        RequestError
            When the region has no observations and they are requested.
        """
        if store_observables and not self.problem.observations:
            raise RequestError(
                f"{self.problem.region}: found no observations, expected at least one series; add "
                "observations.yaml to the region's folder"
            )
        observed = errors_digest(self.problem.observations) if store_observables else ""
        code = provenance.code_hash(self.model_source)
        design = sampling.design
        identity = identity_of(
            self.problem, design.label, design.seed, code, self._reference, observed
        )
        name = f"{self.problem.region}-{self.problem.scenario}-{identity[:8]}"
        return RunPlan(
            problem=self.problem,
            model=self.model,
            static=self.static,
            sampling=sampling,
            draws=draws,
            chunk=chunk,
            series=series,
            variables=tuple(variables),
            threads=threads,
            folder=Path("results") / name if folder is None else folder,
            identity=identity,
            code=code,
            reference=self._reference,
            store_observables=store_observables,
        )

    @property
    def model_source(self) -> Path:
        """Source file of the model."""
        return model_source(self.model)
