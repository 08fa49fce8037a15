"""The words a priors folder may use: pydantic classes, and the JSON Schema made from them.

These classes say which keys there are and what kind of value each holds. What a value means
together with others (units, labels, fits, years) is checked afterwards by the loader.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter

from mc_engine.distributions.families import Distribution, KnotDistribution
from mc_engine.targets.rules import Target
from mc_engine.vocabulary.strict import Number, Strict, Text
from mc_engine.vocabulary.titles import Title

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
SourceKey = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
YearText = Annotated[str, Field(pattern=r"^(19|20|21)[0-9]{2}$")]
OptionLabel = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]
FolderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")]
Kind = Literal["observed", "sourced", "judgement"]
Status = Literal["law", "official_plan", "roadmap", "analyst"]

SCHEMA_VERSION = 1


def _in_a_list(value: Any) -> Any:
    """Read one option as a list of one."""
    return value if isinstance(value, list) else [value]


Options = Annotated[
    list[OptionLabel],
    Field(min_length=1),
    BeforeValidator(_in_a_list, json_schema_input_type=OptionLabel | list[OptionLabel]),
]


# Files of a folder that are taken, by path within it; ``all`` for every one that can be.
Taken = Annotated[
    list[Text],
    Field(min_length=1),
    BeforeValidator(_in_a_list, json_schema_input_type=Text | list[Text]),
]


class Path(Strict):
    """A path over years: drawn knots, and constant anchors before them."""

    scale: Literal["linear", "log", "logit"]
    floor: Number | None = None
    anchors: dict[YearText, Number] | None = None
    monotone: Literal["increasing"] | None = None
    after_last: Literal["flat"] | None = None
    knots: dict[YearText, KnotDistribution] = Field(min_length=1)


class Prior(Strict):
    """One input of the model: what it feeds, in which unit, how uncertain, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["distribution"]}, {"required": ["path"]}],
        }
    )
    quantity: Text
    labels: dict[Text, list[Text | int]] = Field(default_factory=dict, alias="for")
    unit: Text
    meaning: Text
    kind: Kind
    centre: Literal["mode", "median", "mean", "none"]
    boundary: Literal["wall", "battery"] | None = None
    basis: Literal["direct", "life_cycle"] | None = None
    distribution: Distribution | None = None
    path: Path | None = None
    when: Annotated[dict[Name, Options], Field(min_length=1)] | None = None
    sources: list[SourceKey]
    reason: Text


class CorrelationEntry(Strict):
    """Spearman rank correlation between two uncertain priors."""

    between: list[Name] = Field(min_length=2, max_length=2)
    spearman: Number
    kind: Kind
    sources: list[SourceKey]
    reason: Text


class Correlations(Strict):
    """The file correlations.yaml."""

    correlations: list[CorrelationEntry]
    repair: Literal["nearest"] | None = None


class Setting(Strict):
    """One accounting setting: what may be chosen; the first option is the default."""

    title: Title
    options: Annotated[dict[OptionLabel, Title], Field(min_length=2)]
    sources: list[SourceKey]
    reason: Text


class Region(Strict):
    """The file region.yaml; the model says what ``structure`` holds."""

    schema_version: Literal[1]
    title: Title
    model: Text
    default_scenario: Name
    takes: dict[FolderName, Taken] = Field(default_factory=dict)
    settings: dict[Name, Setting] = Field(default_factory=dict)
    structure: dict[str, Any]


TargetEntry = Annotated[Target, Field(discriminator="rule")]


class Targets(Strict):
    """The file targets.yaml, for editors; the loader reads it entry by entry."""

    targets: dict[Name, TargetEntry]


class Scenario(Strict):
    """A file of the folder scenarios; the model says what ``levers`` holds."""

    title: Title
    status: Status
    sources: list[SourceKey]
    reason: Text
    levers: dict[str, Any]
    shifts: dict[Name, Annotated[Number, Field(ge=-5, le=5)]] = Field(default_factory=dict)
    settings: dict[Name, Text] = Field(default_factory=dict)


class Step(Strict):
    """One step of a lever: what it decides beside a scenario; accounting settings are no lever."""

    levers: dict[str, Any] = Field(default_factory=dict)
    shifts: dict[Name, Annotated[Number, Field(ge=-5, le=5)]] = Field(default_factory=dict)


class Lever(Strict):
    """One lever: something that a government could change, and what one step of it is."""

    title: Title
    status: Status
    sources: list[SourceKey]
    reason: Text
    step: Step


class LeversFile(Strict):
    """The file levers.yaml; the model says what ``levers`` of a step holds."""

    levers: dict[Name, Lever]


class Bridge(Strict):
    """A share of uncertain size between what the model gives and what was counted."""

    what: Text
    low: Annotated[Number, Field(gt=0)]
    high: Annotated[Number, Field(gt=0)]
    divides: bool = False
    sources: list[SourceKey]
    reason: Text


class Scale(Strict):
    """How many units of the observation one unit of the model's output is."""

    value: Annotated[Number, Field(gt=0)]
    unit: Text
    sources: list[SourceKey]
    reason: Text


class Modelled(Strict):
    """Which numbers of the model answer to an observation."""

    output: Name
    rows: dict[Name, Name] = Field(default_factory=dict)
    scale: Scale | None = None
    bridges: list[Bridge] = Field(default_factory=list)


class Drift(Strict):
    """How far a model whose levels are set in one year may wander from the truth in others."""

    relative: Annotated[Number, Field(gt=0, lt=1)]
    year: int = Field(ge=1900, le=2200)


class ErrorOf(Strict):
    """How far a count may be from the truth, and the model from both."""

    relative: Annotated[Number, Field(gt=0, lt=1)]
    correlation: Annotated[Number, Field(ge=0, lt=1)]
    drift: Drift | None = None
    sources: list[SourceKey]
    reason: Text


class ObservedSeries(Strict):
    """One observed series: its table, its counterpart in the model, and its errors."""

    title: Title
    table: Name
    rows: dict[Name, Name] = Field(default_factory=dict)
    first: int = Field(ge=1900, le=2200)
    last: int = Field(ge=1900, le=2200)
    modelled: Modelled
    error: ErrorOf
    use: Literal["constraint", "shown"]
    reason: Text


class Observations(Strict):
    """The file observations.yaml: what the past is held against."""

    series: dict[Name, ObservedSeries]


class Labels(Strict):
    """The file labels.yaml: names of inputs in the other language of reports."""

    labels: dict[Name, Text]


class Source(Strict):
    """Where a figure was published, where it was read, and under which licence."""

    title: Text
    publisher: Text
    year: int = Field(ge=1800, le=2200)
    original: Text
    read_in: Text
    licence: Text


PriorFile = dict[Name, Prior]
SourcesFile = dict[SourceKey, Source]


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of the YAML files, for editors.

    Returns
    -------
    dict
        The schema of a prior file; those of the other files stand under ``$defs`` as
        ``region_file``, ``correlations_file``, ``targets_file``, ``scenario_file``,
        ``levers_file``, ``observations_file``, ``labels_file`` and ``sources_file``.
    """
    files: dict[str, TypeAdapter[Any]] = {
        "prior_file": TypeAdapter(PriorFile),
        "region_file": TypeAdapter(Region),
        "correlations_file": TypeAdapter(Correlations),
        "targets_file": TypeAdapter(Targets),
        "scenario_file": TypeAdapter(Scenario),
        "levers_file": TypeAdapter(LeversFile),
        "observations_file": TypeAdapter(Observations),
        "labels_file": TypeAdapter(Labels),
        "sources_file": TypeAdapter(SourcesFile),
    }
    modes = [(name, "validation", adapter) for name, adapter in files.items()]
    schemas, shared = TypeAdapter.json_schemas(modes)  # type: ignore[arg-type]
    definitions = dict(shared.get("$defs", {}))
    for name, _, _ in modes:
        definitions[name] = schemas[name, "validation"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Files of a priors folder",
        "$ref": "#/$defs/prior_file",
        "$defs": definitions,
    }
