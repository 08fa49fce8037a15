"""An experiment made again from the files that it was read from, here or on another machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from mc_engine import __version__, provenance
from mc_engine.design import plan as designs
from mc_engine.design.plan import REPLICATES, Design
from mc_engine.design.sampling import SamplingPlan
from mc_engine.errors import RequestError
from mc_engine.models.registry import load_model, model_source
from mc_engine.problem.files import RegionFiles
from mc_engine.problem.problem import Problem
from mc_engine.problem.proposal import Proposal
from mc_engine.run.experiment import Experiment
from mc_engine.run.plan import RunPlan


@dataclass(frozen=True)
class Recipe:
    """What another machine needs to make a plan again, and the hashes that it must come to.

    Calling it makes the plan.

    Attributes
    ----------
    region, scenario : str
    model : str
        As ``package.module:object``.
    settings : mapping of str to str
    steps : tuple of str
    files : mapping of str to bytes
        The region's files, by path within its folder.
    design : Design
    draws, series : int
    outputs : tuple of str
        Yearly variables that are stored.
    past : bool
        Whether what answers to every observation is stored.
    proposal : Proposal or None
        Where some inputs are drawn from in place of their priors.
    code, digest, identity : str
        Of the computing code, of the problem, and of the run.
    """

    region: str
    scenario: str
    model: str
    settings: Mapping[str, str]
    steps: tuple[str, ...]
    files: Mapping[str, bytes] = field(repr=False)
    design: Design
    draws: int
    series: int
    outputs: tuple[str, ...]
    past: bool
    proposal: Proposal | None
    code: str
    digest: str
    identity: str

    @classmethod
    def of(cls, plan: RunPlan) -> Self:
        """Write down how a plan was made.

        Parameters
        ----------
        plan : RunPlan
        """
        problem = plan.problem
        return cls(
            region=problem.region,
            scenario=problem.scenario,
            model=plan.reference,
            settings={key: str(value) for key, value in problem.inputs.settings.items()},
            steps=tuple(problem.steps),
            files=dict(problem.files),
            design=plan.sampling.design,
            draws=plan.draws,
            series=plan.series,
            outputs=tuple(spec.name for spec in plan.variables),
            past=plan.past,
            proposal=problem.proposal,
            code=plan.code,
            digest=problem.digest,
            identity=plan.identity,
        )

    def __call__(self) -> RunPlan:
        """Make the plan; its folder means nothing here, and it uses one thread.

        Raises
        ------
        RequestError
            When code, problem or run are not those of the machine that wrote the recipe.
        McEngineError
            When the model or the files cannot be read here.
        """
        # First the code: another version may not even read the files.
        code = provenance.code_hash(model_source(load_model(self.model)))
        _expect("code", code, self.code)
        experiment = experiment_from(
            self.files, self.region, self.scenario, self.model, self.settings, self.steps
        )
        if self.proposal is not None:
            experiment = experiment.aimed(self.proposal)
        _expect("problem", experiment.problem.digest, self.digest)
        specs = experiment.model.outputs(experiment.problem.inputs)
        plan = experiment.planned(
            sampling_of(experiment.problem, self.design, self.draws),
            self.draws,
            self.series,
            [spec for spec in specs if spec.name in self.outputs],
            threads=1,
            past=self.past,
        )
        _expect("run", plan.identity, self.identity)
        return plan


def _expect(what: str, found: str, expected: str) -> None:
    if found != expected:
        raise RequestError(
            f"{what} {found} (mc_engine {__version__}), expected {what} {expected}; install there "
            "the same mc_engine, and the same model, as where the run was asked for"
        )


def experiment_from(
    files: Mapping[str, bytes],
    region: str,
    scenario: str,
    model: str,
    settings: Mapping[str, str],
    steps: Sequence[str],
) -> Experiment:
    """Prepare an experiment from the files of its region.

    Parameters
    ----------
    files : mapping of str to bytes
        By path within the region's folder.
    region, scenario : str
    model : str
        As ``package.module:object``.
    settings : mapping of str to str
    steps : sequence of str

    Raises
    ------
    McEngineError
        See ``Experiment``.
    """
    source = RegionFiles(region, files)
    return Experiment(source, model, scenario=scenario, settings=settings, steps=steps)


def sampling_of(problem: Problem, design: Design, draws: int) -> SamplingPlan:
    """Compile a recorded design again.

    Parameters
    ----------
    problem : Problem
        The one it was recorded with.
    design : Design
    draws : int
        Of the run; the design's own number comes first.

    Returns
    -------
    SamplingPlan
        Every draw is the one that was recorded.
    """
    return designs.plan(
        problem,
        design.seed,
        design.name,
        design.replicate,
        draws=design.draws or draws,
        # A Latin design that was extended has more, which follow from its points.
        replicates=REPLICATES[0] if design.points else design.replicates,
        dimensions=problem.declared,
        points=design.points,
    )
