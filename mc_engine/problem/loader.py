"""The door to the files of a region, and the only place where YAML is read.

Everything a folder says is read strictly: words that have no meaning, numbers in quotes,
repeated keys, unknown labels, units of another dimension, distributions that cannot be. All
problems of all files are reported together, each with its file and line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from posixpath import isabs, normpath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from mc_engine.errors import NotFoundError, PriorError, preview
from mc_engine.model import Model
from mc_engine.problem import schema
from mc_engine.problem.assemble import digest
from mc_engine.problem.choose import Correlated, Parts, join_under_settings, to_problem
from mc_engine.problem.context import Context, Draft, Place, check_sources
from mc_engine.problem.decisions import Chosen, Lever, read_levers, read_scenario
from mc_engine.problem.files import SOURCES, RegionFiles
from mc_engine.problem.nodes import Node, Report, nearest, remedy_for
from mc_engine.problem.observations import read_observations
from mc_engine.problem.priors import check_coverage, check_prior
from mc_engine.problem.problem import Problem
from mc_engine.problem.samples import Csv, UnreadError
from mc_engine.problem.sections import (
    File,
    read_correlations,
    read_sources,
    read_targets,
    validate,
)
from mc_engine.problem.settings import effective, problems_of
from mc_engine.problem.steps import add_steps
from mc_engine.problem.tables import Expected, read_table
from mc_engine.problem.tree import build_tree, decode
from mc_engine.vocabulary.inputs import ModelInputs, Table
from mc_engine.vocabulary.observations import Series

# In place of the name of a scenario.
ALL_SCENARIOS = "all"
_RESERVED = (
    "region.yaml",
    "correlations.yaml",
    "targets.yaml",
    "levers.yaml",
    "observations.yaml",
    "labels.yaml",
    "sources.yaml",
)


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
    reader = _Reader(_files(region))
    names = scenario_names(reader.source)
    if scenario is not None and scenario not in names:
        raise NotFoundError(_unknown_scenario(reader.name, scenario, names))
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
    )


def _read(
    reader: "_Reader",
    model: Model,
    scenario: str | None,
    names: tuple[str, ...],
    asked: Mapping[str, str],
) -> Parts:
    """Check every file, and raise everything that is wrong at once."""
    header, structure = reader.region(model)
    labels = _labels(model, structure)
    horizon = getattr(getattr(structure, "years", None), "horizon", None)
    sources = reader.sources()
    quantities = {spec.name: spec for spec in model.quantities}
    offered = reader.offered(header, sources)
    context = Context(
        reader.report, quantities, labels, horizon, sources, reader.csv, offered=offered
    )
    drafts = reader.priors(context)
    by_name = {draft.name: draft for draft in drafts}
    correlated = reader.correlations(context, by_name)
    rules = reader.targets(context)
    name = scenario or (header.default_scenario if header else "")
    chosen = reader.scenarios(name, names, model, context, by_name).get(name)
    catalogue = reader.levers(model, context, by_name)
    tables = reader.tables(Expected(model.table_columns, labels, sources))
    settings = effective(offered or {}, chosen.settings if chosen else {}, asked)
    # Priors without a condition first: none of them moves when another is switched on or off.
    drafts = sorted(drafts, key=lambda draft: bool(draft.when))
    dependence = join_under_settings(drafts, correlated, settings, offered or {}, reader.report)
    if not reader.report.found:
        check_coverage(context)
    problems = reader.report.lines()
    if offered is not None:
        problems += [
            f"{reader.name}: {what}; found {found}, expected {expected}; {remedy}"
            for what, found, expected, remedy in problems_of(asked, offered).values()
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
    reader = _Reader(_files(region))
    header, _ = reader.region(None)
    if header is None:
        raise PriorError(reader.report.lines())
    return header.title.model_dump(), header.model, header.default_scenario


def scenario_names(region: RegionFiles | Path) -> tuple[str, ...]:
    """List the scenarios of a region in alphabetical order, unread."""
    paths = _files(region).within("scenarios", ".yaml")
    return tuple(sorted(_stem(path) for path in paths))


def _files(region: RegionFiles | Path) -> RegionFiles:
    return region if isinstance(region, RegionFiles) else RegionFiles.from_folder(region)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


class _Reader:
    """Reads each file of one region once, and keeps what was read."""

    def __init__(self, source: RegionFiles) -> None:
        self.source = source
        self.name = source.name
        self.report = Report()
        self.files: dict[str, bytes] = {}
        self.bibliography: dict[str, schema.Source] = {}
        self.default_line = 1
        self.header_file: File | None = None

    def region(self, model: Model | None) -> tuple[schema.Region | None, Any]:
        """Check region.yaml; with a model, its structure too."""
        file = self._yaml("region.yaml")
        if file is None:
            return None, None
        self.header_file = file
        self.default_line = file.root.line_at(("default_scenario",))
        structure = None
        node = file.root.get("structure")
        if model is not None and node is not None and node.is_mapping:
            structure = validate(model.structure_schema, file, ("structure",), self.report)
        return validate(schema.Region, file, (), self.report), structure

    def offered(
        self, header: schema.Region | None, sources: set[str] | None
    ) -> dict[str, tuple[str, ...]] | None:
        """Check the settings of region.yaml; give the options of each, the default first."""
        if header is None or self.header_file is None:
            return None
        for name, setting in header.settings.items():
            file, path = self.header_file, ("settings", name)
            given = setting.model_dump()
            check_sources(self.report, file.shown, file.root, path, given, sources)
        return {name: tuple(setting.options) for name, setting in header.settings.items()}

    def sources(self) -> set[str] | None:
        """Check the region's own sources.yaml, or the one beside its folder."""
        if SOURCES not in self.source:
            self.report.add(
                self.source.label(SOURCES),
                1,
                "the file is missing",
                "none here or beside the region's folder",
                "the sources that the priors name",
                "add it",
            )
            return None
        file = self._yaml(SOURCES)
        if file is None:
            return None
        keys, self.bibliography = read_sources(file, self.report)
        return keys

    def priors(self, context: Context) -> list[Draft]:
        """Check every prior of every prior file; give those without a fault."""
        drafts: list[Draft] = []
        for path in self.source.within("", ".yaml", ".yml"):
            if path.endswith(".yml"):
                self.report.add(
                    self.source.label(path),
                    1,
                    "a file that would not be read",
                    "the ending .yml",
                    "the ending .yaml",
                    "rename it",
                )
            if path.endswith(".yml") or path in _RESERVED:
                continue
            file = self._yaml(path)
            if file is None:
                context.complete = False
            else:
                for name in file.root.value:
                    draft = check_prior(context, Place(file.shown, file.root, name))
                    drafts += [] if draft is None else [draft]
        return drafts

    def correlations(self, context: Context, drafts: Mapping[str, Draft]) -> Correlated:
        """Check correlations.yaml, where there is one."""
        file = self._yaml("correlations.yaml", needed=False)
        if file is None:
            return Correlated()
        pairs, repair = read_correlations(file, context, drafts)
        uncertain = [pair for pair in pairs if _both_uncertain(pair, drafts)]
        return Correlated(uncertain, repair, file)

    def targets(self, context: Context) -> tuple[Any, ...]:
        """Check targets.yaml, where there is one."""
        file = self._yaml("targets.yaml", needed=False)
        return () if file is None else read_targets(file, context)

    def scenarios(
        self,
        name: str,
        names: tuple[str, ...],
        model: Model,
        context: Context,
        drafts: Mapping[str, Draft],
    ) -> dict[str, Chosen]:
        """Check the file of every scenario; ``name`` must be among them."""
        if name and name not in names:
            place = f"{self.name}/region.yaml"
            self.report.say(place, self.default_line, _unknown_scenario("", name, names))
        found: dict[str, Chosen] = {}
        for scenario in names:
            file = self._yaml(f"scenarios/{scenario}.yaml")
            if file is None:
                continue
            if scenario == ALL_SCENARIOS:
                self.report.add(
                    file.shown,
                    1,
                    "the name of a scenario that stands for all of them",
                    f"'{scenario}'",
                    "another name",
                    "rename the file",
                )
            chosen = read_scenario(file, model.levers_schema, context, drafts)
            if chosen is not None:
                found[scenario] = chosen
        return found

    def levers(
        self, model: Model, context: Context, drafts: Mapping[str, Draft]
    ) -> dict[str, Lever]:
        """Check levers.yaml, where there is one."""
        file = self._yaml("levers.yaml", needed=False)
        return {} if file is None else read_levers(file, model.levers_schema, context, drafts)

    def tables(self, expected: Expected) -> dict[str, tuple[Table, str]]:
        """Check every observed table."""
        tables: dict[str, tuple[Table, str]] = {}
        for path in self.source.within("observed", ".csv"):
            text = self._text(path)
            if text is None:
                continue
            name = _stem(path)
            table = read_table(name, text, self.source.label(path), expected, self.report)
            if table is not None:
                tables[name] = table
        return tables

    def observations(self, model: Model, inputs: ModelInputs) -> tuple[Series, ...]:
        """Check observations.yaml, where there is one, against the model's outputs."""
        file = self._yaml("observations.yaml", needed=False)
        if file is None:
            return ()
        context = Context(self.report, {}, None, None, self.sources(), self.csv)
        outputs, labels = model.outputs(inputs), model.coordinates(inputs)
        return read_observations(file, context, inputs.tables, outputs, labels)

    def labels(self, declared: Sequence[str]) -> dict[str, str]:
        """Check labels.yaml, where there is one: a name for some of the uncertain priors."""
        file = self._yaml("labels.yaml", needed=False)
        found = None if file is None else validate(schema.Labels, file, (), self.report)
        if file is None or found is None:
            return {}
        for name in [name for name in found.labels if name not in declared]:
            self.report.add(
                file.shown,
                file.root.value["labels"].value[name].line,
                "a label for no uncertain prior",
                f"'{name}'",
                "names of uncertain priors",
                remedy_for(name, declared, "remove the line"),
            )
        return dict(found.labels)

    def csv(self, name: str) -> Csv | None:
        """Read a CSV file that a prior names; ``mc_engine.problem.samples.Opener``."""
        path = normpath(name)
        what = "the file of observed values cannot be read"
        if isabs(path) or path.startswith(".."):
            raise UnreadError(
                what,
                f"'{name}', outside the region's folder",
                f"a file inside {self.name}/",
                "copy it into the folder",
            )
        if not path.endswith(".csv") or path not in self.source:
            raise UnreadError(
                what,
                f"no CSV file '{name}'",
                f"a file inside {self.name}/ whose name ends in .csv",
                "correct the path, or add the file",
            )
        text = self._text(path)
        return None if text is None else Csv(self.source.label(path), text, self.files[path])

    def _text(self, path: str) -> str | None:
        """Read one file whole, unless it is too large or not UTF-8."""
        data = self.source.read(path, self.report)
        if data is None:
            return None
        self.files[path] = data
        return decode(data, self.source.label(path), self.report)

    def _yaml(self, path: str, *, needed: bool = True) -> File | None:
        if not needed and path not in self.source:
            return None
        shown = self.source.label(path)
        text = self._text(path)
        root = None if text is None else read_yaml(text, shown, self.report)
        return None if root is None else File(shown, root)


def read_yaml(text: str, file: str, report: Report) -> Node | None:
    """Read YAML text into nodes; None, after reporting, when it is no mapping.

    Parameters
    ----------
    text : str
        Content of the file.
    file : str
        Path as shown to the reader.
    report : Report
        Where the messages go.
    """
    try:
        return build_tree(YAML(typ="safe", pure=True).parse(text), file, report)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        report.add(
            file,
            line,
            "a character that YAML does not allow",
            f"code {error.character}",
            "printable text",
            "remove it",
        )
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = (error.problem or "a word that cannot stand here").removeprefix("found ")
        remedy = "correct this line or the one before it"
        if "cannot start any token" in problem:
            tab = "\\t" in problem
            remedy = "indent with spaces, not tabs" if tab else "put this word in quotes"
        report.add(
            file,
            mark.line + 1 if mark else 1,
            "the file cannot be read as YAML",
            " ".join(problem.split()),
            "YAML 1.2",
            remedy,
        )
    except YAMLError as error:
        report.add(
            file,
            1,
            "the file cannot be read as YAML",
            " ".join(str(error).split()),
            "YAML 1.2",
            "correct the file",
        )
    return None


def _labels(model: Model, structure: Any) -> dict[str, list[str]] | None:
    if structure is None:
        return None
    return {axis: [str(x) for x in labels] for axis, labels in model.labels(structure).items()}


def _both_uncertain(pair: Any, drafts: Mapping[str, Draft]) -> bool:
    return not any(drafts[name].is_constant for name in (pair.first, pair.second) if name in drafts)


def _unknown_scenario(region: str, found: str, names: tuple[str, ...]) -> str:
    match = nearest(found, names)
    return (
        f"{region + ': ' if region else ''}unknown scenario; found '{found}', expected one of "
        f"{preview(names, 20) or 'none, the folder scenarios is empty'}; "
        + (f"did you mean '{match}'?" if match else "choose one of these")
    )
