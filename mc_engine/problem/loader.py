"""The door to the files of a region.

Everything a folder says is read strictly: words that have no meaning, numbers in quotes,
repeated keys, unknown labels, units of another dimension, distributions that cannot be. All
problems of all files are reported together, each with its file and line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mc_engine.errors import NotFoundError, PriorError
from mc_engine.model import Model
from mc_engine.problem.assembly import Parts, to_problem
from mc_engine.problem.correlations import join_under_settings
from mc_engine.problem.digest import digest
from mc_engine.problem.drafts import Terms
from mc_engine.problem.files import RegionFiles
from mc_engine.problem.levers import add_steps
from mc_engine.problem.priors import check_coverage
from mc_engine.problem.problem import Problem
from mc_engine.problem.reader import RegionReader, stem
from mc_engine.problem.regions import files_of
from mc_engine.problem.scenarios import unknown_scenario
from mc_engine.problem.settings import effective, problems_of
from mc_engine.problem.tables import Expected


def load(
    region: RegionFiles | Path,
    model: Model,
    *,
    scenario: str | None = None,
    settings: Mapping[str, str] | None = None,
    steps: Sequence[str] = (),
) -> Problem:
    """Read the files of a region into a problem.

    Parameters
    ----------
    region : RegionFiles or Path
        The region's files, or its folder.
    model : Model
        Says which quantities, labels, tables and levers there are.
    scenario : str, optional
        Name of a file in ``scenarios``; the region's default where it is left out.
    settings : mapping of str to str, optional
        Accounting settings that replace those of the scenario, which replace the defaults.
    steps : sequence of str
        Levers of which one step is applied on top of the scenario.

    Returns
    -------
    Problem

    Raises
    ------
    NotFoundError
        When there is no such folder or scenario.
    PriorError
        With every problem of every file.
    """
    reader = RegionReader(_files(region))
    names = scenario_names(reader.source)
    if scenario is not None and scenario not in names:
        raise NotFoundError(unknown_scenario(reader.name, scenario, names))
    parts = _read(reader, model, scenario, names, settings or {})
    if steps:
        drafts = {draft.name: draft for draft in parts.drafts}
        chosen = add_steps(reader.name, parts.chosen, parts.catalogue, steps, drafts)
        parts = replace(parts, chosen=chosen, steps=tuple(steps))
    problem = to_problem(reader.name, model, parts, reader.files)
    observed = reader.observations(model, problem.inputs)
    labels = reader.labels(problem.declared)
    if reader.report.found:
        raise PriorError(reader.report.lines())
    return replace(
        problem,
        digest=digest(problem),
        observations=observed,
        labels=labels,
        bibliography=reader.bibliography,
        notes=(*problem.notes, *reader.notes),
        origins=tuple(reader.origins),
    )


def _read(
    reader: RegionReader,
    model: Model,
    scenario: str | None,
    names: tuple[str, ...],
    request: Mapping[str, str],
) -> Parts:
    """Check every file, and raise everything that is wrong at once."""
    header, structure = reader.region(model)
    reader.take(header)
    labels = _labels(model, structure)
    horizon = getattr(getattr(structure, "years", None), "horizon", None)
    sources = reader.sources()
    quantities = {spec.name: spec for spec in model.quantities}
    offered = reader.offered(header, sources)
    terms = Terms(reader.report, quantities, labels, horizon, sources, offered=offered)
    drafts = reader.priors(terms)
    by_name = {draft.name: draft for draft in drafts}
    correlated = reader.correlations(terms, by_name)
    rules = reader.targets(terms)
    name = scenario or (header.default_scenario if header else "")
    chosen = reader.scenarios(name, names, model, terms, by_name).get(name)
    catalogue = reader.levers(model, terms, by_name)
    tables = reader.tables(Expected(model.table_columns, labels, sources))
    settings = effective(offered or {}, chosen.settings if chosen else {}, request)
    # Priors without a condition first: none of them moves when another is switched on or off.
    drafts = sorted(drafts, key=lambda draft: bool(draft.when))
    dependence = join_under_settings(drafts, correlated, settings, offered or {})
    if not reader.report.found:
        check_coverage(terms)
    problems = reader.report.lines()
    if offered is not None:
        problems += [
            f"{reader.name}: {what}; found {result}, expected {expected}; {remedy}"
            for what, result, expected, remedy in problems_of(request, offered).values()
        ]
    if problems or header is None or labels is None or chosen is None:
        raise PriorError(problems)
    return Parts(
        header,
        structure,
        labels,
        horizon,
        drafts,
        settings,
        dependence,
        rules,
        name,
        chosen,
        tables,
        catalogue,
    )


def region_header(region: RegionFiles | Path) -> tuple[dict[str, str], str, str]:
    """Read what must be known of a region before its model is chosen.

    Parameters
    ----------
    region : RegionFiles or Path
        The region's files, or its folder.

    Returns
    -------
    (dict, str, str)
        Title by language, name of the model, name of the default scenario.

    Raises
    ------
    NotFoundError
        When the folder is not that of a region.
    PriorError
        When region.yaml is wrong; its ``structure`` is not looked into.
    """
    reader = RegionReader(_files(region))
    header, _ = reader.region(None)
    if header is None:
        raise PriorError(reader.report.lines())
    return header.title.model_dump(), header.model, header.default_scenario


def scenario_names(region: RegionFiles | Path) -> tuple[str, ...]:
    """List the scenarios of a region in alphabetical order, unread."""
    paths = _files(region).within("scenarios", ".yaml")
    return tuple(sorted(stem(path) for path in paths))


def _files(region: RegionFiles | Path) -> RegionFiles:
    files = region if isinstance(region, RegionFiles) else files_of(region)
    if "region.yaml" not in files:
        raise NotFoundError(
            f"{files.name}: not the files of a region; found no region.yaml among them, expected "
            "one; add it"
        )
    return files


def _labels(model: Model, structure: Any) -> dict[str, list[str]] | None:
    if structure is None:
        return None
    return {axis: [str(x) for x in labels] for axis, labels in model.labels(structure).items()}
