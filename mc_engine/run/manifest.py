"""Manifest of a run, and global attributes of its datasets."""

import json
from typing import Any

from mc_engine import __version__, provenance
from mc_engine.run import journal
from mc_engine.run.plan import RunPlan

# Attribute of a model's outputs, and of the datasets, that tells the past from the future.
LAST_OBSERVED = "last_observed"


def manifest_of(plan: RunPlan) -> dict[str, Any]:
    """Describe what is requested, and what makes the result.

    Parameters
    ----------
    plan : RunPlan
    """
    problem, design = plan.problem, plan.sampling.design
    return {
        "schema_version": journal.SCHEMA_VERSION,
        "mc_engine": __version__,
        "state": "running",
        "stop_reason": None,
        "identity": plan.identity,
        "region": problem.region,
        "title": dict(problem.title),
        "scenario": problem.scenario,
        "settings": {key: str(value) for key, value in problem.inputs.settings.items()},
        "steps": list(problem.steps),
        "model": problem.model,
        "model_reference": plan.reference,
        "problem_digest": problem.digest,
        "code_hash": plan.code,
        "design": design.as_json(),
        "draws": plan.draws,
        "series": min(plan.series, plan.draws),
        "chunk": plan.chunk,
        "outputs": [spec.name for spec in plan.variables],
        "uncertain_inputs": len(problem.factors),
        "targets": [target.name for target in problem.targets],
        "counts": dict(problem.counts),
        "proposal": None if problem.proposal is None else problem.proposal.as_json(),
        "notes": list(problem.notes),
        "versions": provenance.versions(),
        "machine": provenance.machine(),
        "started": journal.now(),
        "chunks": [],
    }


def facts_of(plan: RunPlan) -> dict[str, Any]:
    """Give the global attributes of the datasets.

    Parameters
    ----------
    plan : RunPlan
    """
    problem, design = plan.problem, plan.sampling.design
    facts: dict[str, Any] = {
        "mc_engine": __version__,
        "identity": plan.identity,
        "region": problem.region,
        "scenario": problem.scenario,
        "model": problem.model,
        "problem_digest": problem.digest,
        "code_hash": plan.code,
    }
    for spec in plan.specs:
        facts |= {key: value for key, value in spec.attrs if key == LAST_OBSERVED}
    return facts | {
        "design": design.name,
        # 64-bit seeds do not fit every reader's attribute types.
        "seed": str(design.seed),
        "replicates": design.replicates,
        "versions": json.dumps(provenance.versions()),
        "settings": json.dumps({key: str(v) for key, v in problem.inputs.settings.items()}),
        "source": f"mc_engine {__version__}, model {problem.model}",
    }
