"""A problem bound to its model: what plans are made of, and run."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mc_engine import provenance
from mc_engine.design import plan as designs
from mc_engine.design.groups import groups_of
from mc_engine.design.sampling import SamplingPlan
from mc_engine.errors import ModelError, RequestError
from mc_engine.models.registry import load_model, model_source, reference_of
from mc_engine.numerics.accelerate import threads as on_threads
from mc_engine.problem import loader
from mc_engine.problem.files import RegionFiles
from mc_engine.problem.observations import errors_digest
from mc_engine.problem.problem import Problem
from mc_engine.problem.proposal import Proposal, aimed
from mc_engine.run import executor, stopping
from mc_engine.run.existing import (
    answers,
    clear_chunks,
    draws_there,
    is_whole,
    manifest_in,
    widened,
)
from mc_engine.run.plan import (
    DEFAULT_CHUNK,
    DEFAULT_DRAWS,
    DEFAULT_SERIES,
    RunPlan,
    chosen_variables,
    design_name,
    identity_of,
    points_to_extend,
)
from mc_engine.run.results import LAST_OBSERVED, Run
from mc_engine.run.session import Options, Progress, execute
from mc_engine.targets import check_fit
from mc_engine.vocabulary.observations import Series
from mc_engine.vocabulary.outputs import VariableSpec


class Experiment:
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

    def against(self, observations: Sequence[Series]) -> "Experiment":
        """Give the same study, held against other observations.

        Parameters
        ----------
        observations : sequence of Series
            In place of those of the region.
        """
        other = copy.copy(self)
        other.problem = replace(self.problem, observations=tuple(observations))
        return other

    def aimed(self, aim: Proposal) -> "Experiment":
        """Give the same study, with some inputs drawn from a proposal (C-3).

        Parameters
        ----------
        aim : Proposal
            Made for this study's problem.
        """
        other = copy.copy(self)
        other.problem = aimed(self.problem, aim)
        return other

    @property
    def last_observed(self) -> int | None:
        """Last year whose figures are inputs of the model; None where it has none."""
        for spec in self.model.outputs(self.problem.inputs):
            found = dict(spec.attrs).get(LAST_OBSERVED)
            if found is not None:
                return int(found)
        return None

    def plan(
        self,
        draws: int = DEFAULT_DRAWS,
        *,
        design: str = "random",
        replicates: int = 16,
        repetition: int = 0,
        seed: int = 0,
        series: int = DEFAULT_SERIES,
        chunk: int = DEFAULT_CHUNK,
        threads: int | None = None,
        outputs: str = "default",
        out: str | Path | None = None,
        past: bool = False,
    ) -> RunPlan:
        """Say what a run would do; see ``run`` for the parameters.

        Raises
        ------
        RequestError, DesignError, ValueError
            When a number or a name is out of range.
        """
        for name, value, least in (("draws", draws, 1), ("chunk", chunk, 1), ("series", series, 0)):
            if value < least:
                raise RequestError(f"{name}: found {value}, expected at least {least}")
        with on_threads(threads):
            pass  # more threads than there are must be refused before anything is written
        folder = None if out is None else Path(out)
        points = points_to_extend(folder, design)
        sampling = designs.plan(
            self.problem,
            seed,
            design,
            repetition,
            draws=draws,
            replicates=replicates,
            points=points,
            dimensions=self.problem.declared,
        )
        variables = chosen_variables(tuple(self.model.outputs(self.problem.inputs)), outputs)
        return self.planned(
            sampling,
            sampling.design.draws or draws,
            series,
            variables,
            chunk=chunk,
            threads=threads,
            folder=folder,
            past=past,
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
        past: bool = False,
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
        past : bool
            Store what the model gives for every observation.

        Raises
        ------
        RequestError
            When the region has no observations and they are asked for.
        """
        if past and not self.problem.observations:
            raise RequestError(
                f"{self.problem.region}: found no observations, expected at least one series; add "
                "observations.yaml to the region's folder"
            )
        observed = errors_digest(self.problem.observations) if past else ""
        code = provenance.code_hash(self.model_source)
        design = sampling.design
        asked = design_name(design)
        identity = identity_of(self.problem, asked, design.seed, code, self._reference, observed)
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
            past=past,
        )

    def problem_spec(self) -> Any:
        """Export the problem to SALib: every input in unit values, grouped into its factors.

        Returns
        -------
        SALib.ProblemSpec
            Rows sampled by it are unit values before correlation, as ``transform`` takes them.
        """
        from mc_engine.sensitivity.salib_bridge import problem_spec  # SALib is slow to import

        owner = {
            member: group.name for group in groups_of(self.problem) for member in group.members
        }
        names = [factor.name for factor in self.problem.factors]
        return problem_spec(names, [owner[name] for name in names])

    @property
    def model_source(self) -> Path:
        """Source file of the model."""
        return model_source(self.model)

    def run(
        self,
        draws: int | None = None,
        *,
        until: str | None = None,
        duration: str | None = None,
        precision: float | None = None,
        cluster: str | None = None,
        shared_folder: bool = False,
        allow_mixed: bool = False,
        progress: Progress | None = None,
        asked_to_stop: Callable[[], bool] | None = None,
        **options: Any,
    ) -> Run:
        """Evaluate draws and store them in a run folder.

        Parameters
        ----------
        draws : int, optional
            Rows; the designs ``sobol`` and ``latin`` round up and say so in the manifest. 20,000
            where left out; 10,000,000 where one of the next three ends the run.
        until : str, optional
            Local time at which no further chunk is begun, as ``07:00``.
        duration : str, optional
            How long, from this call on, chunks are begun, as ``8h`` or ``90m``.
        precision : float, optional
            Half-width of the 95 % interval of P(miss) of every target, 1, that is enough.
        cluster : str, optional
            ``local:N`` for N worker processes of this machine, or the address of a Dask
            scheduler, as ``tcp://host:8786``.
        shared_folder : bool
            Workers of the cluster write the chunks themselves: they see the run folder under the
            same path. Only with ``cluster``.
        allow_mixed : bool
            Go on with a run whose first draws come out different here, by no more than 1e-12 of
            the largest number; the manifest says so.
        progress : callable, optional
            Told a ``Status`` after every chunk.
        asked_to_stop : callable, optional
            Asked after every chunk; True ends the run, which the same call continues.
        design : {"random", "sobol", "latin"}
            A ``latin`` design depends on the number of draws; where ``out`` holds a run of it,
            further replicates of as many points are added to that run.
        replicates : {16, 32}
            Of the Sobol and Latin designs; 32 with ``precision``.
        repetition : int
            Of the random design: which of its independent repetitions; 0 for the others.
        seed : int
            Any whole number from 0; 0 is a seed like any other.
        series : int
            Yearly trajectories are kept of the first so many draws.
        chunk : int
            Draws held in memory at once; results do not depend on it.
        threads : int, optional
            Processor threads; results do not depend on it.
        outputs : str
            ``all``, ``default``, or names of yearly variables separated by commas.
        out : str or Path, optional
            The run folder itself; ``results/<region>-<scenario>-<hash>`` where left out.
        past : bool
            Store what the model gives for every observation of the region, for its hindcast.

        Returns
        -------
        Run
            Answered from the folder where it already holds as much of this run. A folder that
            holds less is extended: nothing that it holds is lost.

        Raises
        ------
        RequestError
            When the folder holds something else, another process writes into it, disk or memory
            will not do, or a number or a name is out of range.
        RunInterruptedError
            When ``asked_to_stop`` said so; the same call goes on.
        RunError
            When the disk refuses, or every draw failed.
        """
        mixed: list[dict[str, Any]] = []
        source = _source(cluster, shared_folder, allow_mixed, mixed)
        rule = stopping.rule(until, duration, precision)
        ends_early = rule != stopping.Rule()
        if ends_early and options.get("design") == "latin":
            raise RequestError(
                "design: found latin with a time or a precision, expected random or sobol: a "
                "Latin design depends on its number of draws; choose one of these"
            )
        if precision is not None:
            options.setdefault("replicates", stopping.REPLICATES)
        if draws is None:
            draws = stopping.MOST_DRAWS if ends_early else DEFAULT_DRAWS
        plan = self.plan(draws, **options)
        held = manifest_in(plan)
        if held is not None:
            if is_whole(plan.folder, held) and answers(held, plan, precision):
                clear_chunks(plan.folder)
                return Run(plan.folder)
            there = draws_there(plan.folder, held)
            plan = widened(plan if plan.draws >= there else self.plan(there, **options), held)
        how = Options(
            rule=rule,
            source=source,
            allow_mixed=allow_mixed,
            here=cluster is None,
            mixed=mixed,
        )
        if progress is not None:
            how = replace(how, progress=progress)
        if asked_to_stop is not None:
            how = replace(how, asked_to_stop=asked_to_stop)
        return execute(plan, how)


def _source(
    cluster: str | None, shared_folder: bool, allow_mixed: bool, mixed: list[dict[str, Any]]
) -> executor.Source:
    """Find what evaluates the chunks: this process, or a cluster."""
    if cluster is None:
        if shared_folder:
            raise RequestError("shared_folder: found no cluster, expected one; name the cluster")
        return executor.stored
    try:
        # Dask is optional, and slow to import.
        from mc_engine.run.cluster import clustered
    except ModuleNotFoundError as error:
        raise RequestError(
            f"cluster: found no module {error.name}, expected Dask's scheduler; "
            'pip install "mc-engine[cluster]"'
        ) from error
    # A recipe makes studies: its module imports this one.
    from mc_engine.run.recipe import Recipe

    return clustered(cluster, Recipe.of, shared_folder, allow_mixed, mixed.append)
