"""Carry out a plan: from chunks to the finished run folder."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mc_engine import __version__, provenance
from mc_engine.errors import RunError
from mc_engine.problem.problem import Problem
from mc_engine.run import executor, journal, store
from mc_engine.run.plan import RunPlan
from mc_engine.study.run import LAST_OBSERVED, Run

# Called with (draws done, draws in all).
Progress = Callable[[int, int], None]


def known_run(plan: RunPlan) -> Run | None:
    """Find a finished run that answers the plan; refuse a folder that holds something else."""
    if not plan.folder.exists() or not any(plan.folder.iterdir()):
        return None
    if not (plan.folder / journal.MANIFEST).exists():
        raise RunError(
            f"{plan.folder}: not empty and no run of ours; choose another --out or empty it"
        )
    manifest = journal.read_manifest(plan.folder)
    if manifest["identity"] != plan.identity:
        raise RunError(
            f"{plan.folder}: holds run {manifest['identity']}, this one is {plan.identity} "
            "(priors, scenario, design, seed or code differ); choose another --out"
        )
    wanted = {spec.name for spec in plan.variables}
    enough = (
        manifest["state"] == "done"
        and manifest["draws"] >= plan.draws
        and manifest["series"] >= min(plan.series, plan.draws)
        and wanted <= set(manifest["outputs"])
    )
    return Run(plan.folder) if enough else None


def execute(plan: RunPlan, progress: Progress | None) -> Run:
    """Evaluate every chunk of a plan, and collect them in its folder."""
    folder = plan.folder
    chunks = folder / "chunks"
    if chunks.exists():
        shutil.rmtree(chunks)
    try:
        chunks.mkdir(parents=True)
    except OSError as error:
        raise RunError(
            f"{folder}: cannot be made: {error.strerror}; choose another --out"
        ) from error
    _copy_inputs(plan.problem, folder / "inputs")
    manifest = _manifest(plan)
    journal.write_json(folder / journal.MANIFEST, manifest)
    journal.append_log(folder, f"start {plan.draws} draws, {plan.sampling.design.name}")
    for result in executor.results(plan, plan.chunks):
        name, checksum = store.write_chunk(chunks, result)
        row = {"start": result.start, "stop": result.stop, "name": name, "checksum": checksum}
        manifest["chunks"].append(row)
        journal.write_json(folder / journal.MANIFEST, manifest)
        if progress is not None:
            progress(result.stop, plan.draws)
    store.collect(plan, folder, manifest["chunks"], _facts(plan))
    manifest |= {"state": "done", "stop_reason": "all draws done", "finished": journal.now()}
    run = Run(folder)
    journal.write_json(folder / journal.SUMMARY, run.risk())
    journal.write_json(folder / journal.MANIFEST, manifest)
    shutil.rmtree(chunks)
    journal.append_log(folder, "done")
    return run


def _copy_inputs(problem: Problem, folder: Path) -> None:
    """Keep the exact files that were read."""
    for name, content in problem.files.items():
        path = folder / name.lstrip("./")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _manifest(plan: RunPlan) -> dict[str, Any]:
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
        "problem_digest": problem.digest,
        "code_hash": plan.code,
        "design": asdict(design),
        "draws": plan.draws,
        "series": min(plan.series, plan.draws),
        "chunk": plan.chunk,
        "outputs": [spec.name for spec in plan.variables],
        "uncertain_inputs": len(problem.factors),
        "counts": dict(problem.counts),
        "notes": list(problem.notes),
        "versions": provenance.versions(),
        "machine": provenance.machine(),
        "started": journal.now(),
        "chunks": [],
    }


def _facts(plan: RunPlan) -> dict[str, Any]:
    """Global attributes of the datasets."""
    manifest = _manifest(plan)
    names = ("mc_engine", "identity", "region", "scenario", "model", "problem_digest", "code_hash")
    facts = {name: manifest[name] for name in names}
    design = plan.sampling.design
    for spec in plan.specs:
        facts |= {key: value for key, value in spec.attrs if key == LAST_OBSERVED}
    return facts | {
        "design": design.name,
        # 64-bit seeds do not fit every reader's attribute types.
        "seed": str(design.seed),
        "replicates": design.replicates,
        "versions": json.dumps(manifest["versions"]),
        "settings": json.dumps(manifest["settings"]),
        "source": f"mc_engine {__version__}, model {plan.problem.model}",
    }
