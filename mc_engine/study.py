"""The public Python interface: a study of one region, and the runs it makes.

>>> from mc_engine import Study
>>> study = Study("region")                      # doctest: +SKIP
>>> run = study.run(draws=20_000, seed=0)        # doctest: +SKIP
>>> run.risk()["targets"][0]["p_miss"]           # doctest: +SKIP
"""

import importlib
import inspect
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from mc_engine import __version__, provenance
from mc_engine.design import plan as designs
from mc_engine.errors import ModelError, NotFoundError, RunError
from mc_engine.model import Model
from mc_engine.problem import loader
from mc_engine.problem.problem import Problem
from mc_engine.risk import Sample, summarise, year_bands
from mc_engine.run import executor, journal, store
from mc_engine.run.plan import (
    DEFAULT_CHUNK,
    DEFAULT_DRAWS,
    DEFAULT_SERIES,
    RunPlan,
    chosen_variables,
    identity_of,
)
from mc_engine.schema.axes import DRAW, REGION
from mc_engine.targets import check_fit

# Models that region data may name; any other is named in Python or on the command line.
BUILT_IN = {
    "road_fleet": "mc_engine.models.road_fleet:MODEL",
    "ishigami": "mc_engine.models.ishigami:MODEL",
}
# Attribute of a model's outputs, and of the datasets, that tells the past from the future.
LAST_OBSERVED = "last_observed"
# Yearly variables whose quantile bands stand in the summary.
BANDED = ("emissions", "net_emissions")
PROJECT = Path(__file__).resolve().parent
Progress = Callable[[int, int], None]


def shipped_priors() -> Path:
    """Folder of the priors that come with the package, installed or in a checkout."""
    packed = PROJECT / "_priors"
    return packed if packed.is_dir() else PROJECT.parent / "priors"


def regions() -> list[str]:
    """Names of the regions that come with the package."""
    return sorted(path.parent.name for path in shipped_priors().glob("*/region.yaml"))


def find_region(name: str | Path) -> Path:
    """Find a region by name, or a folder of priors by path.

    Raises
    ------
    NotFoundError
        When there is neither.
    """
    for folder in (shipped_priors() / name, Path(name)):
        if (folder / "region.yaml").is_file():
            return folder
    raise NotFoundError(
        f"{name}: no such region and no folder with a region.yaml; expected one of "
        f"{', '.join(regions())}, or the path of a priors folder"
    )


def load_model(name: str) -> Model:
    """Import a model by its short name or as ``package.module:object``.

    Naming a module imports its code: do so only with code you trust.

    Raises
    ------
    ModelError
        When it cannot be imported or does not satisfy the contract.
    """
    module, _, attribute = BUILT_IN.get(name, name).partition(":")
    if not attribute:
        raise ModelError(
            f"model: found {name!r}; expected one of {', '.join(BUILT_IN)}, or "
            "package.module:object"
        )
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ModelError(f"model: cannot import {name!r}: {error}; check the name") from error
    if not isinstance(found, Model):
        raise ModelError(f"model: {name!r} does not offer all that mc_engine.model.Model asks for")
    return found


class Study:
    """One region under one scenario, ready to be run.

    Parameters
    ----------
    region : str or Path
        Name of a shipped region, or a folder of priors.
    scenario : str, optional
        The region's default where left out.
    model : str, optional
        ``package.module:object`` of a user's own model; the region's where left out.
    settings : mapping of str to str, optional
        Accounting settings (equation B-3), over those of the scenario.
    steps : sequence of str
        Levers of levers.yaml of which one step is applied on top of the scenario. Shifts of one
        prior add up; of two phase-outs the earlier holds; what cannot be combined is refused.

    Attributes
    ----------
    problem : Problem
    model : Model
    static : object
        The model's static arrays.

    Raises
    ------
    NotFoundError, PriorError, ModelError
    """

    def __init__(
        self,
        region: str | Path,
        scenario: str | None = None,
        *,
        model: str | None = None,
        settings: Mapping[str, str] | None = None,
        steps: Sequence[str] = (),
    ) -> None:
        folder = find_region(region)
        if model is None:
            named = loader.region_header(folder)[1]
            if named not in BUILT_IN:
                raise ModelError(
                    f"{folder / 'region.yaml'}: model: found {named!r}, expected one of "
                    f"{', '.join(BUILT_IN)}; name any other model on the command line"
                )
            model = named
        self.model = load_model(model)
        self.problem: Problem = loader.load(
            folder, self.model, scenario=scenario, settings=settings, steps=steps
        )
        inputs = self.problem.inputs
        problems = check_fit(
            self.problem.targets, self.model.outputs(inputs), self.model.coordinates(inputs)
        )
        if problems:
            raise ModelError("\n".join(f"{inputs.region}: {text}" for text in problems))
        self.static = self.model.prepare(inputs)

    def plan(
        self,
        draws: int = DEFAULT_DRAWS,
        *,
        design: str = "random",
        seed: int = 0,
        series: int = DEFAULT_SERIES,
        chunk: int = DEFAULT_CHUNK,
        threads: int | None = None,
        outputs: str = "default",
        out: str | Path | None = None,
    ) -> RunPlan:
        """Say what a run would do; see ``run`` for the parameters."""
        for name, value, least in (("draws", draws, 1), ("chunk", chunk, 1), ("series", series, 0)):
            if value < least:
                raise RunError(f"{name}: found {value}, expected at least {least}")
        sampling = designs.plan(
            self.problem, seed, design, draws=draws, dimensions=self.problem.declared
        )
        code = provenance.code_hash(self._model_source())
        identity = identity_of(self.problem, design, seed, code)
        name = f"{self.problem.region}-{self.problem.scenario}-{identity[:8]}"
        return RunPlan(
            problem=self.problem,
            model=self.model,
            static=self.static,
            sampling=sampling,
            draws=sampling.design.draws or draws,
            chunk=chunk,
            series=series,
            variables=chosen_variables(tuple(self.model.outputs(self.problem.inputs)), outputs),
            threads=threads,
            folder=Path(out) if out is not None else Path("results") / name,
            identity=identity,
            code=code,
        )

    def _model_source(self) -> Path | None:
        """Source file of a model that is not part of the package."""
        module = type(self.model).__module__
        if module.partition(".")[0] == "mc_engine":
            return None
        source = inspect.getsourcefile(type(self.model))
        return None if source is None else Path(source)

    def run(
        self, draws: int = DEFAULT_DRAWS, *, progress: Progress | None = None, **options: Any
    ) -> "Run":
        """Evaluate draws and store them in a run folder.

        Parameters
        ----------
        draws : int
            Rows; a ``sobol`` design rounds up and says so in the manifest.
        design : {"random", "sobol"}
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
        progress : callable, optional
            Called with (draws done, draws in all) after every chunk.

        Returns
        -------
        Run
            Answered from the folder where it already holds this run.

        Raises
        ------
        RunError
            When the folder holds another run, or the disk refuses.
        """
        plan = self.plan(draws, **options)
        known = _known_run(plan)
        if known is not None:
            return known
        return _execute(plan, progress)


def _known_run(plan: RunPlan) -> "Run | None":
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


def _execute(plan: RunPlan, progress: Progress | None) -> "Run":
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


class Run:
    """A finished run, read from its folder; the model's code is not needed.

    Parameters
    ----------
    folder : str or Path

    Attributes
    ----------
    folder : Path
    manifest : dict
        What was asked, and what made the result.

    Raises
    ------
    NotFoundError, RunError
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.manifest = journal.read_manifest(self.folder)

    @property
    def draws(self) -> xr.Dataset:
        """One value per draw: parameters, margins, misses, peaks, status (lazy)."""
        return store.open_dataset(self.folder, store.DRAWS_FILE)

    @property
    def series(self) -> xr.Dataset:
        """Yearly trajectories of the first draws (lazy)."""
        return store.open_dataset(self.folder, store.SERIES_FILE)

    @property
    def summary(self) -> dict[str, Any]:
        """What ``risk`` gave when the run ended."""
        path = self.folder / journal.SUMMARY
        if not path.exists():
            raise NotFoundError(f"{path}: not there; the run is unfinished: start it again")
        return dict(json.loads(path.read_text(encoding="utf-8")))

    def risk(self, level: float = 0.95) -> dict[str, Any]:
        """Chances of missing each target, with intervals; see ``mc_engine.risk.summarise``.

        Parameters
        ----------
        level : float
            Confidence of every range, 1.

        Returns
        -------
        dict
            As ``mc_engine.risk.summarise`` gives it, and ``bands``: quantiles by year.
        """
        with self.draws as draws, self.series as series:
            flat = draws.isel({REGION: 0}, drop=True).load()
            last = draws.attrs.get(LAST_OBSERVED)
            found = summarise(flat, level=level, last_observed=None if last is None else int(last))
            found["bands"] = _bands(flat, series.isel({REGION: 0}, drop=True), level)
            return found

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"


def _bands(draws: xr.Dataset, series: xr.Dataset, level: float) -> dict[str, Any]:
    """Quantiles by year of the main yearly variables, over the draws that kept theirs."""
    names = [name for name in BANDED if name in series]
    if not names or series.sizes[DRAW] == 0:
        return {}
    sample = Sample.of(draws.isel({DRAW: slice(0, series.sizes[DRAW])}), level)
    bands: dict[str, Any] = {"year": series["year"].values.tolist(), "draws": sample.size}
    for name in names:
        found = year_bands(series[name], sample)["band"]
        bands["quantile"] = found["quantile"].values.tolist()
        # A year in which every draw failed has no quantile: null, never a number.
        values = found.values.astype(object)
        values[~np.isfinite(found.values)] = None
        if "stage" in found.dims:
            place = found.get_axis_num("stage")
            stages = found["stage"].values
            bands[name] = {
                str(stage): np.take(values, k, axis=place).tolist()
                for k, stage in enumerate(stages)
            }
        else:
            bands[name] = values.tolist()
    return bands
