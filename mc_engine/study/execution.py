"""Carry out a plan: from chunks to the finished run folder."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mc_engine import __version__, provenance
from mc_engine.errors import RequestError, RunError
from mc_engine.model import OK
from mc_engine.problem.problem import Problem
from mc_engine.run import executor, journal, store
from mc_engine.run.plan import RunPlan
from mc_engine.study.run import LAST_OBSERVED, Run

# Called with (draws done, draws in all).
Progress = Callable[[int, int], None]


def held_run(plan: RunPlan) -> dict[str, Any] | None:
    """Manifest of the finished run the folder holds; a folder with something else is refused."""
    folder = plan.folder
    if folder.exists() and not folder.is_dir():
        raise RequestError(f"{folder}: found a file, expected a folder; choose another --out")
    if not folder.exists() or not any(folder.iterdir()):
        return None
    if not (folder / journal.MANIFEST).exists():
        raise RequestError(
            f"{folder}: not empty and no run of ours; choose another --out or empty it"
        )
    manifest = journal.read_manifest(folder)
    if manifest["identity"] != plan.identity:
        raise RequestError(
            f"{folder}: holds run {manifest['identity']}, this one is {plan.identity} "
            "(priors, scenario, design, seed or code differ); choose another --out"
        )
    files = (store.DRAWS_FILE, store.SERIES_FILE, journal.SUMMARY)
    whole = manifest["state"] == "done" and all((folder / name).exists() for name in files)
    return manifest if whole else None


def answers(held: Mapping[str, Any], plan: RunPlan) -> bool:
    """Whether a finished run holds all that the plan asks for."""
    return (
        held["draws"] >= plan.draws
        and held["series"] >= min(plan.series, plan.draws)
        and {spec.name for spec in plan.variables} <= set(held["outputs"])
    )


def execute(plan: RunPlan, progress: Progress | None) -> Run:
    """Evaluate every chunk of a plan, and collect them in its folder."""
    folder = plan.folder
    chunks = folder / journal.CHUNKS
    if chunks.exists():
        shutil.rmtree(chunks)
    try:
        chunks.mkdir(parents=True)
    except OSError as error:
        raise RunError(
            f"{folder}: cannot be made: {error.strerror}; choose another --out"
        ) from error
    _copy_inputs(plan.problem, folder / journal.INPUTS)
    manifest = _manifest(plan)
    journal.write_json(folder / journal.MANIFEST, manifest)
    journal.append_log(folder, f"start {plan.draws} draws, {plan.sampling.design.name}")
    ended: Counter[int] = Counter()
    for result in executor.results(plan, plan.chunks):
        ended.update(result.draw_variables["status"].tolist())
        name, checksum = store.write_chunk(chunks, result)
        row = {"start": result.start, "stop": result.stop, "name": name, "checksum": checksum}
        journal.append_chunk(folder, row)
        manifest["chunks"].append(row)
        if progress is not None:
            progress(result.stop, plan.draws)
    store.collect(plan, folder, manifest["chunks"], _facts(plan))
    if not ended[OK]:
        _refuse_all_failed(plan, manifest, ended)
    manifest |= {"state": "done", "stop_reason": "all draws done", "finished": journal.now()}
    journal.write_json(folder / journal.SUMMARY, Run(folder).risk())
    journal.write_json(folder / journal.MANIFEST, manifest)
    shutil.rmtree(chunks)
    journal.append_log(folder, "done")
    return Run(folder)


def _refuse_all_failed(plan: RunPlan, manifest: dict[str, Any], ended: Mapping[int, int]) -> None:
    """End a run without a draw to speak of; the datasets stay for whoever looks for the reason."""
    codes = plan.model.status_codes
    names = {code: codes.get(code, str(code)).partition(":")[0] for code in ended}
    counts = ", ".join(
        f"{number} {names[code]}" for code, number in sorted(ended.items()) if number
    )
    manifest |= {"state": "failed", "stop_reason": counts, "finished": journal.now()}
    journal.write_json(plan.folder / journal.MANIFEST, manifest)
    journal.append_log(plan.folder, f"failed: {counts}")
    raise RunError(
        f"{plan.folder}: all {plan.draws} draws failed ({counts}); look at their inputs in "
        f"{store.DRAWS_FILE}"
    )


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
        "model_reference": plan.reference,
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
