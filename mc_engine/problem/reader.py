"""Reads each file of a region once, with those that it takes of other folders."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from posixpath import isabs, normpath
from typing import Any

from mc_engine.errors import PriorError, preview
from mc_engine.model import Model
from mc_engine.problem import schema
from mc_engine.problem.correlations import Correlated, read_pairs
from mc_engine.problem.drafts import Draft, Terms
from mc_engine.problem.files import SOURCES, RegionFiles
from mc_engine.problem.levers import Lever, read_levers
from mc_engine.problem.messages import Report, Spot, remedy_for
from mc_engine.problem.observations import read_observations
from mc_engine.problem.priors import check_prior
from mc_engine.problem.problem import Correlation, Origin
from mc_engine.problem.samples import Csv, UnreadError
from mc_engine.problem.scenarios import Decisions, read_scenario, unknown_scenario
from mc_engine.problem.sources import check_sources, read_sources
from mc_engine.problem.tables import Expected, read_table
from mc_engine.problem.takes import OWN, Claims, Folder, folders_of, unbeaten
from mc_engine.problem.targets_file import read_targets
from mc_engine.problem.validation import validate
from mc_engine.problem.yaml_file import Entry, decode, read_yaml
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
        self.header_file: Entry | None = None
        self.own = Folder(source)
        self.folders = [self.own]
        self._keys: set[str] | None = None

    def region(self, model: Model | None) -> tuple[schema.Region | None, Any]:
        """Check region.yaml; with a model, its structure too."""
        file = self._yaml(self.own, "region.yaml")
        if file is None:
            return None, None
        self.header_file = file
        structure = None
        entry = file.get("structure")
        if model is not None and entry is not None and entry.is_mapping:
            structure = validate(model.structure_schema, entry)
        return validate(schema.Region, file), structure

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
        self.folders = folders_of(self.source, (self.header_file, header), self._header_of)
        self.own = self.folders[-1]
        if self.report.faults > before:
            raise PriorError(self.report.lines())

    def _header_of(self, folder: Folder) -> tuple[Entry, schema.Region] | None:
        file = self._yaml(folder, "region.yaml", needed=False)
        header = None if file is None else validate(schema.Region, file)
        return None if file is None or header is None else (file, header)

    def offered(
        self, header: schema.Region | None, sources: set[str] | None
    ) -> dict[str, tuple[str, ...]] | None:
        """Check the settings of region.yaml; give the options of each, the default first."""
        if header is None or self.header_file is None:
            return None
        for name, setting in header.settings.items():
            entry = self.header_file.at("settings", name)
            check_sources(entry, setting.model_dump(), sources)
        return {name: tuple(setting.options) for name, setting in header.settings.items()}

    def sources(self) -> set[str] | None:
        """Check sources.yaml of every folder; the region's own may stand beside its folder."""
        if SOURCES not in self.source:
            result = "none here or beside the region's folder"
            expected = "the sources that the priors name"
            self._top(self.own, SOURCES).refuse("the file is missing", result, expected, "add it")
            return None
        claims: Claims[tuple[Entry, schema.Source | None]] = Claims()
        for folder in self.folders:
            same = folder.files.contents.get(SOURCES) == self.source.contents.get(SOURCES)
            if folder is not self.own and (same or SOURCES not in folder.files):
                continue
            file = self._yaml(folder, SOURCES)
            if file is None:
                return None
            for key, source in read_sources(file).items():
                claims.add(key, folder, (file.items[key], source))
        self._keys = set()
        for key, standing, beaten in claims.settled():
            self._keys.add(key)
            self._origin("source", key, [entry for _, (entry, _) in (standing[0], *beaten)])
            (_, (first, source)), *others = standing
            for _, (entry, other) in others:
                if other != source:
                    what = f"the source '{key}' stands in two folders"
                    entry.refuse(what, *_one_of_two(first.file))
            if source is not None:
                self.bibliography[key] = source
        return self._keys

    def priors(self, terms: Terms) -> list[Draft]:
        """Check every prior that no other overrides; give those without a fault."""
        claims: Claims[Entry] = Claims()
        for folder in self.folders:
            for path in folder.within("", ".yaml", ".yml"):
                if path.endswith(".yml"):
                    what, expected = "a file that would not be read", "the ending .yaml"
                    self._top(folder, path).refuse(what, "the ending .yml", expected, "rename it")
                if path.endswith(".yml") or path in _RESERVED:
                    continue
                file = self._yaml(folder, path)
                if file is None:
                    terms.complete = False
                for name, entry in (file.items if file else {}).items():
                    claims.add(name, folder, entry)
        retained = self._standing("prior", claims)
        drafts = [
            check_prior(replace(terms, opener=partial(self.csv, folder)), entry)
            for folder, entry in claims.in_order
            if (entry.file, entry.path) in retained
        ]
        return [draft for draft in drafts if draft is not None]

    def correlations(self, terms: Terms, drafts: Mapping[str, Draft]) -> Correlated:
        """Check correlations.yaml of every folder."""
        claims: Claims[Entry] = Claims()
        stated: dict[tuple[object, ...], schema.CorrelationEntry] = {}
        repair, last = False, None
        for folder in self.folders:
            file = self._yaml(folder, _CORRELATIONS) if folder.has(_CORRELATIONS) else None
            pairs = None if file is None else validate(schema.Correlations, file)
            if file is None or pairs is None:
                continue
            last, repair = file, repair or pairs.repair == "nearest"
            for position, pair in enumerate(pairs.correlations):
                entry = file.at("correlations", position)
                stated[entry.file, entry.path] = pair
                claims.add(" - ".join(sorted(pair.between)), folder, entry)
        retained = self._standing("correlation", claims)
        entries = []
        for folder, entry in claims.in_order:
            key = entry.file, entry.path
            pair = stated[key]
            missing = _not_uncertain(pair.between, terms, drafts)
            if key in retained and folder is not self.own and missing:
                self.notes.append(
                    f"{entry.position}: the correlation {' - '.join(pair.between)} has no effect: "
                    f"{preview(missing)} is no uncertain input of {self.name}"
                )
            elif key in retained:
                entries.append((entry, pair))
        good = [one for one in read_pairs(entries, terms, drafts) if _both_uncertain(one, drafts)]
        return Correlated(good, repair, last)

    def targets(self, terms: Terms) -> tuple[Any, ...]:
        """Check targets.yaml, where there is one."""
        file = self._yaml(self.own, "targets.yaml", needed=False)
        return () if file is None else read_targets(file, terms)

    def scenarios(
        self,
        name: str,
        names: tuple[str, ...],
        model: Model,
        terms: Terms,
        drafts: Mapping[str, Draft],
    ) -> dict[str, Decisions]:
        """Check the file of every scenario; ``name`` must be among them."""
        if name and name not in names:
            header = self.header_file or self._top(self.own, "region.yaml")
            if isinstance(header, Entry):
                header = header.at("default_scenario")
            header.say(unknown_scenario("", name, names))
        result: dict[str, Decisions] = {}
        for scenario in names:
            file = self._yaml(self.own, f"scenarios/{scenario}.yaml")
            if file is None:
                continue
            if scenario == ALL_SCENARIOS:
                what = "the name of a scenario that stands for all of them"
                file.refuse(what, f"'{scenario}'", "another name", "rename the file")
            chosen = read_scenario(file, model.levers_schema, terms, drafts)
            if chosen is not None:
                result[scenario] = chosen
        return result

    def levers(self, model: Model, terms: Terms, drafts: Mapping[str, Draft]) -> dict[str, Lever]:
        """Check levers.yaml, where there is one."""
        file = self._yaml(self.own, "levers.yaml", needed=False)
        return {} if file is None else read_levers(file, model.levers_schema, terms, drafts)

    def tables(self, expected: Expected) -> dict[str, tuple[Table, str]]:
        """Check every observed table that no other overrides."""
        claims: Claims[str] = Claims()
        for folder in self.folders:
            for path in folder.within("observed", ".csv"):
                claims.add(stem(path), folder, path)
        tables: dict[str, tuple[Table, str]] = {}
        for name, standing, beaten in claims.settled():
            folder, path = standing[0]
            top = self._top(folder, path)
            over = tuple(other.files.label(path) for other, path in beaten)
            self.origins.append(Origin("table", name, top.file, over))
            for other, again in standing[1:]:
                what = f"the table '{name}' stands in two folders"
                self._top(other, again).refuse(what, *_one_of_two(top.file))
            text = self._text(folder, path)
            table = None if text is None else read_table(name, text, top, expected)
            if table is not None:
                tables[name] = table
        return tables

    def observations(self, model: Model, inputs: ModelInputs) -> tuple[Series, ...]:
        """Check observations.yaml, where there is one, against the model's outputs."""
        file = self._yaml(self.own, "observations.yaml", needed=False)
        if file is None:
            return ()
        outputs, labels = model.outputs(inputs), model.coordinates(inputs)
        return read_observations(file, self._keys, inputs.tables, outputs, labels)

    def labels(self, declared: Sequence[str]) -> dict[str, str]:
        """Check labels.yaml of every folder: a name for some of the uncertain priors."""
        labels: dict[str, str] = {}
        for folder in self.folders:
            file = self._yaml(folder, _LABELS) if folder.has(_LABELS) else None
            listed = None if file is None else validate(schema.Labels, file)
            if file is None or listed is None:
                continue
            unknown = [name for name in listed.labels if name not in declared]
            for name in unknown if folder is self.own else ():
                what, expected = "a label for no uncertain prior", "names of uncertain priors"
                remedy = remedy_for(name, declared, "remove the line")
                file.at("labels", name).refuse(what, f"'{name}'", expected, remedy)
            labels |= {key: text for key, text in listed.labels.items() if key not in unknown}
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
        result = unbeaten(
            (other, path)
            for other in self.folders
            if path in other.files and (other is folder or folder.prefix in other.below)
        )
        if not path.endswith(".csv") or not result:
            raise UnreadError(
                what,
                f"no CSV file '{name}'",
                f"a file inside {folder.files.name}/ whose name ends in .csv",
                "correct the path, or add the file",
            )
        if len(result) > 1:
            shown = " and ".join(other.files.label(path) for other, _ in result)
            raise UnreadError(what, shown, "one of them", "add the file to the region's own folder")
        home = result[0][0]
        text = self._text(home, path)
        data = self.files.get(home.prefix + path, b"")
        return None if text is None else Csv(self._top(home, path), text, data)

    def _standing(self, kind: str, claims: Claims[Entry]) -> set[tuple[object, ...]]:
        """Give file and path of what no other folder overrides, and enter where it stands."""
        retained: set[tuple[object, ...]] = set()
        for name, standing, beaten in claims.settled():
            retained |= {(entry.file, entry.path) for _, entry in standing}
            self._origin(kind, name, [entry for _, entry in (standing[0], *beaten)])
        return retained

    def _origin(self, kind: str, name: str, entries: Sequence[Entry]) -> None:
        first, *overridden = [entry.position for entry in entries]
        self.origins.append(Origin(kind, name, first, tuple(overridden)))

    def _top(self, folder: Folder, path: str) -> Spot:
        return Spot(self.report, folder.files.label(path), 1)

    def _text(self, folder: Folder, path: str) -> str | None:
        """Read one file whole, unless it is too large or not UTF-8."""
        data = folder.files.read(path, self.report)
        if data is None:
            return None
        self.files[folder.prefix + path] = data
        return decode(data, folder.files.label(path), self.report)

    def _yaml(self, folder: Folder, path: str, *, needed: bool = True) -> Entry | None:
        if not needed and path not in folder.files:
            return None
        text = self._text(folder, path)
        return None if text is None else read_yaml(text, folder.files.label(path), self.report)


def stem(path: str) -> str:
    """Give the name of a file without its folders and its ending."""
    return path.rpartition("/")[2].rpartition(".")[0]


def _one_of_two(where: str) -> tuple[str, str, str]:
    return f"it in {where} too", "one of them", "put it into the region's own folder, over both"


def _not_uncertain(names: Sequence[str], terms: Terms, drafts: Mapping[str, Draft]) -> list[str]:
    """Give the names that are no prior of the region, or a constant one."""
    constant = {name for name, draft in drafts.items() if draft.is_constant}
    return [name for name in names if name in constant or name not in terms.declared]


def _both_uncertain(pair: Correlation, drafts: Mapping[str, Draft]) -> bool:
    return not any(drafts[name].is_constant for name in (pair.first, pair.second) if name in drafts)
