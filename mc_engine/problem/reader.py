"""Reads each file of a region once, with those that it takes of other folders."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from posixpath import isabs, normpath
from typing import Any

from mc_engine.errors import PriorError, preview
from mc_engine.model import Model
from mc_engine.problem import schema
from mc_engine.problem.choose import Correlated
from mc_engine.problem.context import Context, Draft, Place, check_sources
from mc_engine.problem.decisions import Chosen, Lever, read_levers, read_scenario
from mc_engine.problem.files import SOURCES, RegionFiles
from mc_engine.problem.nodes import Report, nearest, remedy_for
from mc_engine.problem.observations import read_observations
from mc_engine.problem.priors import check_prior
from mc_engine.problem.problem import Correlation, Origin
from mc_engine.problem.samples import Csv, UnreadError
from mc_engine.problem.sections import File, read_pairs, read_sources, read_targets, validate
from mc_engine.problem.tables import Expected, read_table
from mc_engine.problem.takes import OWN, Claims, Folder, folders_of, unbeaten
from mc_engine.problem.tree import decode, read_yaml
from mc_engine.vocabulary.inputs import ModelInputs, Table
from mc_engine.vocabulary.observations import Series

# In place of the name of a scenario.
ALL_SCENARIOS = "all"
_CORRELATIONS, _LABELS = "correlations.yaml", "labels.yaml"
# YAML files that hold something else than priors.
_RESERVED = (*OWN, _CORRELATIONS, _LABELS)


class RegionReader:
    """Reads each file of one region once, and keeps what was read.

    Attributes
    ----------
    source : RegionFiles
    report : Report
        Everything that is wrong.
    files : dict of str to bytes
        Every file that was read, by path.
    origins : list of Origin
        Where each prior, table, correlation and source stands.
    notes : list of str
        Correlations that were passed over.
    bibliography : dict of str to Source
    """

    def __init__(self, source: RegionFiles) -> None:
        self.source = source
        self.name = source.name
        self.report = Report()
        self.files: dict[str, bytes] = {}
        self.origins: list[Origin] = []
        self.notes: list[str] = []
        self.bibliography: dict[str, schema.Source] = {}
        self.default_line = 1
        self.header_file: File | None = None
        self.own = Folder(source)
        self.folders = [self.own]
        self._keys: set[str] | None = None

    def region(self, model: Model | None) -> tuple[schema.Region | None, Any]:
        """Check region.yaml; with a model, its structure too."""
        file = self._yaml(self.own, "region.yaml")
        if file is None:
            return None, None
        self.header_file = file
        self.default_line = file.root.line_at(("default_scenario",))
        structure = None
        node = file.root.get("structure")
        if model is not None and node is not None and node.is_mapping:
            structure = validate(model.structure_schema, file, ("structure",), self.report)
        return validate(schema.Region, file, (), self.report), structure

    def take(self, header: schema.Region | None) -> None:
        """Find the folders that the region takes files of.

        Raises
        ------
        PriorError
            When one of them is not there or wrong: nothing else can be judged without it.
        """
        if header is None or self.header_file is None or not header.takes:
            return
        before = self.report.faults
        self.folders = folders_of(
            self.source, (self.header_file, header), self._header_of, self.report
        )
        self.own = self.folders[-1]
        if self.report.faults > before:
            raise PriorError(self.report.lines())

    def _header_of(self, folder: Folder) -> tuple[File, schema.Region] | None:
        file = self._yaml(folder, "region.yaml", needed=False)
        header = None if file is None else validate(schema.Region, file, (), self.report)
        return None if file is None or header is None else (file, header)

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
        """Check sources.yaml of every folder; the region's own may stand beside its folder."""
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
        claims: Claims[tuple[File, Any]] = Claims()
        for folder in self.folders:
            same = folder.files.contents.get(SOURCES) == self.source.contents.get(SOURCES)
            if folder is not self.own and (same or SOURCES not in folder.files):
                continue
            file = self._yaml(folder, SOURCES)
            if file is None:
                return None
            keys, entries = read_sources(file, self.report)
            for key in keys:
                claims.add(key, folder, (file, entries.get(key)))
        for key, standing, beaten in claims.settled():
            (_, (file, entry)), *others = standing
            for _, (other, again) in others:
                if again != entry:
                    self._twice(other, key, f"the source '{key}'", file)
            if entry is not None:
                self.bibliography[key] = entry
            self._origin("source", key, [(file, key), *((one, key) for _, (one, _) in beaten)])
        self._keys = {name for name, _, _ in claims.settled()}
        return self._keys

    def priors(self, context: Context) -> list[Draft]:
        """Check every prior that no other overrides; give those without a fault."""
        claims: Claims[Place] = Claims()
        for folder in self.folders:
            for path in folder.within("", ".yaml", ".yml"):
                if path.endswith(".yml"):
                    self.report.add(
                        folder.files.label(path),
                        1,
                        "a file that would not be read",
                        "the ending .yml",
                        "the ending .yaml",
                        "rename it",
                    )
                if path.endswith(".yml") or path in _RESERVED:
                    continue
                file = self._yaml(folder, path)
                if file is None:
                    context.complete = False
                    continue
                for name in file.root.value:
                    claims.add(name, folder, Place(file.shown, file.root, name))
        kept = set()
        for name, standing, beaten in claims.settled():
            kept |= {(place.file, name) for _, place in standing}
            wheres = [place.where for _, place in (*standing, *beaten)]
            self.origins.append(Origin("prior", name, wheres[0], tuple(wheres[1:])))
        drafts = [
            check_prior(replace(context, opener=partial(self.csv, folder)), place)
            for folder, place in claims.in_order
            if (place.file, place.name) in kept
        ]
        return [draft for draft in drafts if draft is not None]

    def correlations(self, context: Context, drafts: Mapping[str, Draft]) -> Correlated:
        """Check correlations.yaml of every folder."""
        claims: Claims[tuple[File, int, schema.CorrelationEntry]] = Claims()
        repair, last = False, None
        for folder in self.folders:
            file = self._yaml(folder, _CORRELATIONS) if folder.has(_CORRELATIONS) else None
            found = None if file is None else validate(schema.Correlations, file, (), self.report)
            if file is None or found is None:
                continue
            last, repair = file, repair or found.repair == "nearest"
            for position, entry in enumerate(found.correlations):
                name = " - ".join(sorted(entry.between))
                claims.add(name, folder, (file, position, entry))
        kept = []
        for name, standing, beaten in claims.settled():
            for folder, (file, position, entry) in standing:
                missing = _not_uncertain(entry.between, context, drafts)
                if folder is self.own or not missing:
                    kept.append((file, position))
                else:
                    self.notes.append(
                        f"{file.shown}: the correlation {' - '.join(entry.between)} has no effect: "
                        f"{preview(missing)} is no uncertain input of {self.name}"
                    )
            both = [
                (file, "correlations", position) for _, (file, position, _) in (*standing, *beaten)
            ]
            self._origin("correlation", name, both)
        entries = [
            (file, position, entry)
            for _, (file, position, entry) in claims.in_order
            if (file, position) in kept
        ]
        pairs = read_pairs(entries, context, drafts)
        return Correlated([one for one in pairs if _both_uncertain(one, drafts)], repair, last)

    def targets(self, context: Context) -> tuple[Any, ...]:
        """Check targets.yaml, where there is one."""
        file = self._yaml(self.own, "targets.yaml", needed=False)
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
            self.report.say(place, self.default_line, unknown_scenario("", name, names))
        found: dict[str, Chosen] = {}
        for scenario in names:
            file = self._yaml(self.own, f"scenarios/{scenario}.yaml")
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
        file = self._yaml(self.own, "levers.yaml", needed=False)
        return {} if file is None else read_levers(file, model.levers_schema, context, drafts)

    def tables(self, expected: Expected) -> dict[str, tuple[Table, str]]:
        """Check every observed table that no other overrides."""
        claims: Claims[str] = Claims()
        for folder in self.folders:
            for path in folder.within("observed", ".csv"):
                claims.add(stem(path), folder, path)
        tables: dict[str, tuple[Table, str]] = {}
        for name, standing, beaten in claims.settled():
            labels = [folder.files.label(path) for folder, path in (*standing, *beaten)]
            self.origins.append(Origin("table", name, labels[0], tuple(labels[1:])))
            for folder, path in standing[1:]:
                what = f"the table '{name}' stands in two folders"
                self.report.add(folder.files.label(path), 1, what, *_one_of_two(labels[0]))
            folder, path = standing[0]
            text = self._text(folder, path)
            if text is None:
                continue
            table = read_table(name, text, labels[0], expected, self.report)
            if table is not None:
                tables[name] = table
        return tables

    def observations(self, model: Model, inputs: ModelInputs) -> tuple[Series, ...]:
        """Check observations.yaml, where there is one, against the model's outputs."""
        file = self._yaml(self.own, "observations.yaml", needed=False)
        if file is None:
            return ()
        context = Context(self.report, {}, None, None, self._keys)
        outputs, labels = model.outputs(inputs), model.coordinates(inputs)
        return read_observations(file, context, inputs.tables, outputs, labels)

    def labels(self, declared: Sequence[str]) -> dict[str, str]:
        """Check labels.yaml of every folder: a name for some of the uncertain priors."""
        labels: dict[str, str] = {}
        for folder in self.folders:
            file = self._yaml(folder, _LABELS) if folder.has(_LABELS) else None
            found = None if file is None else validate(schema.Labels, file, (), self.report)
            if file is None or found is None:
                continue
            unknown = [name for name in found.labels if name not in declared]
            for name in unknown if folder is self.own else ():
                self.report.add(
                    file.shown,
                    file.root.value["labels"].value[name].line,
                    "a label for no uncertain prior",
                    f"'{name}'",
                    "names of uncertain priors",
                    remedy_for(name, declared, "remove the line"),
                )
            labels |= {key: text for key, text in found.labels.items() if key not in unknown}
        return labels

    def csv(self, folder: Folder, name: str) -> Csv | None:
        """Read a CSV file that a prior of a folder names; ``problem.samples.Opener``."""
        path = normpath(name)
        what = "the file of observed values cannot be read"
        if isabs(path) or path.startswith(".."):
            raise UnreadError(
                what,
                f"'{name}', outside the region's folder",
                f"a file inside {folder.files.name}/",
                "copy it into the folder",
            )
        found = unbeaten(
            (other, path)
            for other in self.folders
            if path in other.files and (other is folder or folder.prefix in other.below)
        )
        if not path.endswith(".csv") or not found:
            raise UnreadError(
                what,
                f"no CSV file '{name}'",
                f"a file inside {folder.files.name}/ whose name ends in .csv",
                "correct the path, or add the file",
            )
        if len(found) > 1:
            shown = " and ".join(other.files.label(path) for other, _ in found)
            raise UnreadError(what, shown, "one of them", "add the file to the region's own folder")
        home = found[0][0]
        text = self._text(home, path)
        data = self.files.get(home.prefix + path, b"")
        return None if text is None else Csv(home.files.label(path), text, data)

    def _twice(self, file: File, key: str, what: str, other: File) -> None:
        line = file.root.line_at((key,))
        self.report.add(
            file.shown, line, f"{what} stands in two folders", *_one_of_two(other.shown)
        )

    def _origin(self, kind: str, name: str, claims: Sequence[tuple[Any, ...]]) -> None:
        wheres = [f"{file.shown}:{file.root.line_at(path)}" for file, *path in claims]
        self.origins.append(Origin(kind, name, wheres[0], tuple(wheres[1:])))

    def _text(self, folder: Folder, path: str) -> str | None:
        """Read one file whole, unless it is too large or not UTF-8."""
        data = folder.files.read(path, self.report)
        if data is None:
            return None
        self.files[folder.prefix + path] = data
        return decode(data, folder.files.label(path), self.report)

    def _yaml(self, folder: Folder, path: str, *, needed: bool = True) -> File | None:
        if not needed and path not in folder.files:
            return None
        shown = folder.files.label(path)
        text = self._text(folder, path)
        root = None if text is None else read_yaml(text, shown, self.report)
        return None if root is None else File(shown, root)


def stem(path: str) -> str:
    """Give the name of a file without its folders and its ending."""
    return path.rpartition("/")[2].rpartition(".")[0]


def unknown_scenario(region: str, found: str, names: Sequence[str]) -> str:
    """Say that a region has no such scenario; the region is left out where it is empty."""
    match = nearest(found, names)
    return (
        f"{region + ': ' if region else ''}unknown scenario; found '{found}', expected one of "
        f"{preview(names, 20) or 'none, the folder scenarios is empty'}; "
        + (f"did you mean '{match}'?" if match else "choose one of these")
    )


def _one_of_two(where: str) -> tuple[str, str, str]:
    return f"it in {where} too", "one of them", "put it into the region's own folder, over both"


def _not_uncertain(
    names: Sequence[str], context: Context, drafts: Mapping[str, Draft]
) -> list[str]:
    """Give the names that are no prior of the region, or a constant one."""
    constant = {name for name, draft in drafts.items() if draft.is_constant}
    return [name for name in names if name in constant or name not in context.declared]


def _both_uncertain(pair: Correlation, drafts: Mapping[str, Draft]) -> bool:
    return not any(drafts[name].is_constant for name in (pair.first, pair.second) if name in drafts)
