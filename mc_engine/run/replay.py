"""One stored draw once more, with every intermediate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine import provenance
from mc_engine.design.plan import recorded
from mc_engine.design.sampling import SamplingPlan, sample
from mc_engine.errors import RequestError
from mc_engine.model import Traced
from mc_engine.models.registry import load_model
from mc_engine.problem import loader
from mc_engine.problem.files import RegionFiles
from mc_engine.problem.problem import Problem
from mc_engine.problem.proposal import Proposal, aimed
from mc_engine.run.experiment import Experiment
from mc_engine.run.recipe import sampling_of
from mc_engine.run.results import Run
from mc_engine.vocabulary.axes import DRAW, REGION
from mc_engine.vocabulary.outputs import Intermediate
from mc_engine.vocabulary.plain import plain


@dataclass(frozen=True)
class Parameter:
    """One factor of a draw.

    Attributes
    ----------
    name, unit, meaning : str
    is_path : bool
    value : float
        In ``unit``; a path's quantile.
    percentile : float, %
        Where in its distribution the draw lies, correlations and a scenario's shift included.
    """

    name: str
    unit: str
    meaning: str
    is_path: bool
    value: float
    percentile: float


@dataclass(frozen=True)
class Replay:
    """What one draw was made of, and what came of it.

    Attributes
    ----------
    run : Run
    draw : int
    status : str
        Name of how the draw ended.
    parameters : sequence of Parameter
        In the problem's order.
    intermediates : sequence of Intermediate
    targets : sequence of (str, float, str, bool)
        Name, margin, its unit, whether it is missed; as stored.
    """

    run: Run
    draw: int
    status: str
    parameters: Sequence[Parameter]
    intermediates: Sequence[Intermediate]
    targets: Sequence[tuple[str, float, str, bool]]


def replay(run: Run, draw: int) -> Replay:
    """Evaluate one stored draw again from the run's own inputs.

    Parameters
    ----------
    run : Run
    draw : int
        Its number, from 0.

    Raises
    ------
    RequestError
        When the run has no such draw, the model cannot be traced, or code or machine no longer
        give the stored numbers to the last bit.
    """
    manifest = run.manifest
    if not 0 <= draw < manifest["draws"]:
        raise RequestError(
            f"--draw: found {draw}, expected 0 to {manifest['draws'] - 1}, the draws of "
            f"{run.folder}"
        )
    study = experiment_of(run)
    code = provenance.code_hash(study.model_source)
    if code != manifest["code_hash"]:
        raise RequestError(
            f"{run.folder}: computed by code {manifest['code_hash']}, this is {code}: a replay "
            "would show other numbers; run again, or install the version that made the run"
        )
    if not isinstance(study.model, Traced):
        raise RequestError(f"model {manifest['model']!r} has no trace; it cannot be replayed")
    factors, percentiles, row = _one_draw(study, manifest["design"], draw)
    with run.draws as stored:
        one = stored.isel({DRAW: draw, REGION: 0}).load()
    if not np.array_equal(one["parameters"].to_numpy(), factors, equal_nan=True):
        raise RequestError(
            f"{run.folder}: draw {draw} comes out different on this machine; replay it where it ran"
        )
    codes = study.model.status_codes
    return Replay(
        run=run,
        draw=draw,
        status=codes[int(one["status"])].partition(":")[0],
        parameters=_parameters(study, factors, percentiles),
        intermediates=study.model.trace(study.problem.inputs, study.static, row),
        targets=tuple(
            (str(name), float(margin), str(unit), int(miss) == 1)
            for name, margin, unit, miss in zip(
                one["target"].to_numpy(),
                one["margin"].to_numpy(),
                one["margin_unit"].to_numpy(),
                one["miss"].to_numpy(),
                strict=True,
            )
        ),
    )


def _parameters(
    study: Experiment, factors: NDArray[np.float64], percentiles: NDArray[np.float64]
) -> tuple[Parameter, ...]:
    """Describe the factors of a draw."""
    meanings = _meanings(study)
    return tuple(
        Parameter(factor.name, "1" if factor.is_path else factor.unit, meanings[factor.name],
                  factor.is_path, float(value), 100.0 * float(u))
        for factor, value, u in zip(study.problem.factors, factors, percentiles, strict=True)
    )  # fmt: skip


def _meanings(study: Experiment) -> dict[str, str]:
    """Say of every factor which quantity it is, and of whom."""
    quantities = {spec.name: spec.meaning for spec in study.model.quantities}
    of: dict[str, set[str]] = {}
    meaning: dict[str, str] = {}
    for slot in study.problem.inputs.slots.values():
        if slot.factor is not None:
            meaning[slot.factor] = quantities[slot.quantity]
            of.setdefault(slot.factor, set()).update(slot.labels)
    return {
        name: text + (f" ({', '.join(sorted(of[name]))})" if of[name] else "")
        for name, text in meaning.items()
    }


def experiment_of(run: Run, further: Sequence[str] = ()) -> Experiment:
    """Bind the problem of a run from the inputs that it stored.

    Parameters
    ----------
    run : Run
    further : sequence of str
        Levers of which one step is taken beyond those of the run.

    Raises
    ------
    RequestError
        When the inputs are not those of the run any more.
    PriorError
        When the levers cannot be combined.
    """
    manifest = run.manifest
    study = Experiment.from_files(
        run.files.read_inputs(),
        manifest["region"],
        manifest["model_reference"],
        scenario=manifest["scenario"],
        settings=manifest["settings"],
        steps=[*manifest["steps"], *further],
    )
    if manifest.get("proposal"):
        study = study.aimed(Proposal.from_json(manifest["proposal"]))
    if not further:
        _expect_stored(run, study.problem)
    return study


def problem_of(run: Run) -> Problem:
    """Read the problem of a run from the inputs that it stored; the model is not prepared.

    Parameters
    ----------
    run : Run

    Raises
    ------
    RequestError
        When the inputs are not those of the run any more.
    """
    manifest = run.manifest
    problem = loader.load(
        RegionFiles(manifest["region"], run.files.read_inputs()),
        load_model(manifest["model_reference"]),
        scenario=manifest["scenario"],
        settings=manifest["settings"],
        steps=manifest["steps"],
    )
    if manifest.get("proposal"):
        problem = aimed(problem, Proposal.from_json(manifest["proposal"]))
    _expect_stored(run, problem)
    return problem


def _expect_stored(run: Run, problem: Problem) -> None:
    """Refuse a problem that is not the one of the run."""
    expected = run.manifest["problem_digest"]
    if problem.digest != expected:
        raise RequestError(
            f"{run.folder}: its inputs give problem {problem.digest}, expected {expected}; the "
            "folder inputs/ was changed: run again"
        )


def _one_draw(
    study: Experiment, design: Mapping[str, Any], draw: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Sample one draw: factors as stored, their quantiles, and the model's row."""
    plan = sampling_of(study.problem, recorded(design), draw + 1)
    factors, row = _sampled(plan, draw)
    # A layout in which every factor is a path hands out quantiles.
    layout = plan.layout._replace(is_path=np.ones_like(plan.layout.is_path))
    percentiles, _ = _sampled(replace(plan, layout=layout), draw)
    return factors, percentiles, row


def _sampled(plan: SamplingPlan, draw: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    factors, values = np.empty((1, len(plan.names))), np.empty((1, plan.width))
    sample(plan, draw, draw + 1, factors, values)
    return factors[0], values[0]


def as_json(result: Replay) -> dict[str, Any]:
    """Turn a replay into plain data; a missing number is None."""
    converted: dict[str, Any] = plain(
        {
            "run": str(result.run.folder),
            "draw": result.draw,
            "status": result.status,
            "parameters": [vars(parameter) for parameter in result.parameters],
            "intermediates": [
                {
                    "equation": one.equation,
                    "meaning": one.meaning,
                    "unit": one.unit,
                    "vehicle_class": one.whom,
                    "labels": list(one.labels),
                    "axis": one.axis,
                    "at": list(one.at),
                    "values": one.values,
                }
                for one in result.intermediates
            ],
            "targets": [
                {"name": name, "margin": margin, "unit": unit, "missed": missed}
                for name, margin, unit, missed in result.targets
            ],
        }
    )
    return converted
