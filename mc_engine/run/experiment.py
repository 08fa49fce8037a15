"""A problem bound to its model, ready to be run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from mc_engine.design.groups import groups_of
from mc_engine.errors import RequestError
from mc_engine.run import stopping
from mc_engine.run.binding import BoundProblem
from mc_engine.run.existing import (
    answers,
    contiguous_draws,
    covering_plan,
    matching_manifest,
)
from mc_engine.run.folder import RunFolder
from mc_engine.run.options import Progress, RunRequest, Stopping, Watch, Workers, renamed
from mc_engine.run.plan import DEFAULT_CHUNK, DEFAULT_DRAWS, DEFAULT_SERIES, RunPlan
from mc_engine.run.recipe import Recipe
from mc_engine.run.results import Run
from mc_engine.run.session import Evaluator, execute

_RENAMED = {"past": "store_observables", "asked_to_stop": "should_stop"}


class Experiment(BoundProblem):
    """The files of a region read for a model, under one scenario and one choice of settings.

    Parameters and attributes are those of ``BoundProblem``.
    """

    @renamed(_RENAMED)
    def plan(
        self,
        draws: int = DEFAULT_DRAWS,
        *,
        design: str = "random",
        replicates: int | None = None,
        repetition: int = 0,
        seed: int = 0,
        series: int = DEFAULT_SERIES,
        chunk: int = DEFAULT_CHUNK,
        threads: int | None = None,
        outputs: str = "default",
        out: str | Path | None = None,
        store_observables: bool = False,
    ) -> RunPlan:
        """Describe what a run would do; see ``run`` for the parameters.

        Raises
        ------
        RequestError, DesignError, ValueError
            When a number or a name is out of range.
        """
        return self.plan_for(
            RunRequest(
                draws=draws,
                design=design,
                replicates=replicates,
                repetition=repetition,
                seed=seed,
                series=series,
                chunk=chunk,
                threads=threads,
                outputs=outputs,
                out=out,
                store_observables=store_observables,
            )
        )

    @renamed(_RENAMED)
    def run(
        self,
        draws: int | None = None,
        *,
        design: str = "random",
        replicates: int | None = None,
        repetition: int = 0,
        seed: int = 0,
        series: int = DEFAULT_SERIES,
        chunk: int = DEFAULT_CHUNK,
        threads: int | None = None,
        outputs: str = "default",
        out: str | Path | None = None,
        store_observables: bool = False,
        until: str | None = None,
        duration: str | None = None,
        precision: float | None = None,
        cluster: str | None = None,
        shared_folder: bool = False,
        allow_mixed: bool = False,
        progress: Progress | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Run:
        """Evaluate draws and store them in a run folder.

        Parameters
        ----------
        draws : int, optional
            Rows; the designs ``sobol`` and ``latin`` round up and say so in the manifest. 20,000
            where left out; 10,000,000 where a time or a precision ends the run.
        design : {"random", "sobol", "latin"}
            A ``latin`` design depends on the number of draws; where ``out`` holds a run of it,
            further replicates of as many points are added to that run.
        replicates : {16, 32}, optional
            Of the Sobol and Latin designs; 16 where left out, 32 with ``precision``.
        repetition : int
            Of the random design: which of its independent repetitions; 0 for the others.
        seed : int
            Any whole number from 0; 0 is a seed like any other.
        series : int
            Yearly trajectories are stored of the first so many draws.
        chunk : int
            Draws in memory at once; results do not depend on it.
        threads : int, optional
            Processor threads; results do not depend on it.
        outputs : str
            ``all``, ``default``, or names of yearly variables separated by commas.
        out : str or Path, optional
            The run folder itself; ``results/<region>-<scenario>-<hash>`` where left out.
        store_observables : bool
            Store what the model gives for every observation of the region, for its hindcast.
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
            Resume a run whose first draws come out different here, by no more than 1e-12 of the
            largest number; the manifest says so.
        progress : callable, optional
            Called with a ``Status`` after every chunk.
        should_stop : callable, optional
            Called after every chunk; True ends the run, which the same call resumes.

        Returns
        -------
        Run
            Answered from the folder where it already holds as much of this run. A folder that
            holds less is extended: nothing that it holds is lost.

        Raises
        ------
        RequestError
            When the folder holds something else, another process writes into it, disk or memory
            do not suffice, or a number or a name is out of range.
        RunInterruptedError
            When ``should_stop`` ended it; the same call resumes it.
        RunError
            When the disk refuses, or every draw failed.
        TypeError
            For a name that an earlier version used; the message gives the new one.
        """
        request = RunRequest(
            draws=draws,
            design=design,
            replicates=replicates,
            repetition=repetition,
            seed=seed,
            series=series,
            chunk=chunk,
            threads=threads,
            outputs=outputs,
            out=out,
            store_observables=store_observables,
        )
        watch = Watch() if progress is None else Watch(on_progress=progress)
        return self.carry_out(
            request,
            Stopping(until, duration, precision),
            Workers(cluster, shared_folder, allow_mixed),
            watch if should_stop is None else replace(watch, should_stop=should_stop),
        )

    def carry_out(
        self,
        request: RunRequest,
        stopping_at: Stopping | None = None,
        workers: Workers | None = None,
        watch: Watch | None = None,
    ) -> Run:
        """Evaluate what a request lacks, and store it; see ``run``.

        Parameters
        ----------
        request : RunRequest
        stopping_at : Stopping, optional
            All draws where left out.
        workers : Workers, optional
            This process where left out.
        watch : Watch, optional
        """
        stopping_at = stopping_at or Stopping()
        evaluator = _evaluator(workers or Workers())
        rule = stopping_at.rule()
        request = _completed(request, rule)
        plan = self.plan_for(request)
        folder = RunFolder(plan.folder)
        manifest = matching_manifest(folder, plan.identity)
        if manifest is not None:
            if folder.is_whole(manifest) and answers(manifest, plan, rule.precision):
                return _as_stored(folder)
            existing = contiguous_draws(folder, manifest)
            if plan.draws < existing:
                plan = self.plan_for(replace(request, draws=existing))
            plan = covering_plan(plan, manifest)
        return execute(plan, rule=rule, watch=watch, evaluator=evaluator)

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


def _completed(request: RunRequest, rule: stopping.Rule) -> RunRequest:
    """Fill in the numbers that a rule decides, and refuse a design that it cannot end."""
    ends_early = rule != stopping.Rule()
    if ends_early and request.design == "latin":
        raise RequestError(
            "design: found latin with a time or a precision, expected random or sobol: a "
            "Latin design depends on its number of draws; choose one of these"
        )
    if rule.precision is not None and request.replicates is None:
        request = replace(request, replicates=stopping.REPLICATES)
    if request.draws is None:
        draws = stopping.MOST_DRAWS if ends_early else DEFAULT_DRAWS
        request = replace(request, draws=draws)
    return request


def _as_stored(folder: RunFolder) -> Run:
    """Open a finished run, without the chunks that a kill at its very end has left."""
    if folder.chunks.exists():
        with folder.locked():
            folder.remove_chunks()
    return Run(folder.path)


def _evaluator(workers: Workers) -> Evaluator:
    """Find what evaluates the chunks: this process, or a cluster."""
    if workers.cluster is None:
        if workers.shared_folder:
            raise RequestError("shared_folder: found no cluster, expected one; name the cluster")
        return Evaluator(allow_mixed=workers.allow_mixed)
    try:
        # Dask is optional, and slow to import.
        from mc_engine.run.cluster import clustered
    except ModuleNotFoundError as error:
        raise RequestError(
            f"cluster: found no module {error.name}, expected Dask's scheduler; "
            'pip install "mc-engine[cluster]"'
        ) from error
    mixed: list[dict[str, Any]] = []
    source = clustered(
        workers.cluster, Recipe.of, workers.shared_folder, workers.allow_mixed, mixed.append
    )
    return Evaluator(source, here=False, allow_mixed=workers.allow_mixed, mixed=mixed)
