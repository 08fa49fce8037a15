"""The other files of a region: sources, correlations, targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from mc_engine import targets
from mc_engine.errors import preview
from mc_engine.problem import schema
from mc_engine.problem.context import Context, Draft, check_sources
from mc_engine.problem.dependence import Dependence, IndefiniteError, join
from mc_engine.problem.explain import explain
from mc_engine.problem.nodes import Node, Report, remedy_for
from mc_engine.problem.problem import Correlation
from mc_engine.problem.settings import shared, words
from mc_engine.targets.rules import ADAPTER


@dataclass(frozen=True)
class File:
    """One file that was read: its path as shown, and its content."""

    shown: str
    root: Node


def validate(
    kind: type[BaseModel] | TypeAdapter[Any], file: File, place: Sequence[str], report: Report
) -> Any:
    """Validate a part of a file; None, after reporting, when anything is wrong.

    Parameters
    ----------
    kind : type of BaseModel, or TypeAdapter
        Class of the part.
    file : File
    place : sequence of str
        Keys that lead to the part.
    report : Report
        Where the messages go.
    """
    node = file.root
    for key in place:
        node = node.value[key]
    try:
        if isinstance(kind, TypeAdapter):
            return kind.validate_json(node.json())
        return kind.model_validate_json(node.json())
    except ValidationError as error:
        explain(error, kind, file.root, place, file.shown, report)
    return None


def read_sources(file: File, report: Report) -> tuple[set[str], dict[str, schema.Source]]:
    """Check sources.yaml; give its keys, those of wrong entries too, and the entries."""
    found = validate(schema.SOURCES_FILE, file, (), report)
    return set(file.root.value), {} if found is None else dict(found)


def read_pairs(
    entries: Sequence[tuple[File, int, schema.CorrelationEntry]],
    context: Context,
    drafts: Mapping[str, Draft],
) -> list[Correlation]:
    """Check the entries of correlations.yaml; give those without a fault.

    Parameters
    ----------
    entries : sequence of (File, int, CorrelationEntry)
        Each with its file and its position in it.
    context : Context
        Names of all priors met, and the report.
    drafts : mapping of str to Draft
        Priors without a fault.
    """
    report = context.report
    pairs: list[Correlation] = []
    seen: dict[frozenset[str], tuple[str, int]] = {}
    for file, position, entry in entries:
        path = ("correlations", position)
        line = file.root.line_at(path)
        before = len(report.found)
        check_sources(report, file.shown, file.root, path, entry.model_dump(), context.sources)
        _check_pair(file, line, entry, context, drafts)
        first = seen.setdefault(frozenset(entry.between), (file.shown, line))
        if first != (file.shown, line) and len(set(entry.between)) == 2:
            where = f"in line {first[1]}" if first[0] == file.shown else f"at {first[0]}:{first[1]}"
            report.add(
                file.shown,
                line,
                "a pair is correlated twice",
                " and ".join(entry.between),
                f"this pair once, as {where}",
                "remove one of the two",
            )
        if len(report.found) == before:
            first_name, second_name = entry.between
            pairs.append(Correlation(first_name, second_name, entry.spearman, entry.reason))
    return pairs


def _check_pair(
    file: File,
    line: int,
    entry: schema.CorrelationEntry,
    context: Context,
    drafts: Mapping[str, Draft],
) -> None:
    report = context.report
    for name in dict.fromkeys(entry.between):
        if name not in context.declared and context.complete:
            report.add(
                file.shown,
                line,
                "a correlation with an unknown prior",
                f"'{name}'",
                "the name of a prior of this region",
                remedy_for(name, context.declared, "correct the name, or add the prior"),
            )
        elif name in drafts and drafts[name].is_constant:
            report.add(
                file.shown,
                line,
                "a correlation with a constant",
                f"'{name}', the same in every draw",
                "an uncertain prior",
                "remove the correlation, or give the prior a distribution",
            )
    first, second = entry.between
    if {first, second} <= set(drafts) and shared(drafts[first].when, drafts[second].when) is None:
        report.add(
            file.shown,
            line,
            "a correlation of priors that never exist together",
            f"'{first}' ({words(drafts[first].when)}) and '{second}' "
            f"({words(drafts[second].when)})",
            "two priors that share a choice of settings",
            "remove the correlation",
        )
    if entry.between[0] == entry.between[1]:
        report.add(
            file.shown,
            line,
            "a correlation of a prior with itself",
            f"'{entry.between[0]}' twice",
            "two different priors",
            "correct one of the names",
        )
    if abs(entry.spearman) > 1.0:
        report.add(
            file.shown,
            line,
            "a rank correlation out of range",
            f"{entry.spearman:g}",
            "a number from -1 to 1",
            "correct 'spearman'",
        )


def join_factors(
    names: Sequence[str],
    pairs: Sequence[Correlation],
    file: File | None,
    report: Report,
    *,
    repair: bool,
) -> Dependence:
    """Build the blocks of dependent factors, and report correlations that contradict each other."""
    try:
        return join(names, pairs, repair=repair)
    except IndefiniteError as error:
        if file is None:
            raise
        for block, lowest in error.blocks:
            shown = preview(f"{p.first} - {p.second} ({p.spearman:g})" for p in block)
            report.add(
                file.shown,
                file.root.line_at(("correlations",)),
                "these correlations contradict each other",
                f"a smallest eigenvalue of {lowest:.3g}, most of it from {shown}",
                "a matrix without negative eigenvalues",
                "weaken one of these pairs, or add 'repair: nearest'",
            )
    return Dependence((), ())


def read_targets(file: File, context: Context) -> tuple[Any, ...]:
    """Check targets.yaml and give its rules; classes and years must be those of the region."""
    report = context.report
    if list(file.root.value) != ["targets"] or not file.root.value["targets"].is_mapping:
        report.add(
            file.shown,
            1,
            "the file does not hold targets",
            ", ".join(file.root.value),
            "the one key 'targets' with a mapping of names to targets",
            "write 'targets:' above",
        )
        return ()
    rules: list[Any] = []
    entries = file.root.value["targets"]
    for name, node in entries.value.items():
        rule = _one_target(file, name, node, report)
        if rule is not None:
            rules.append(rule)
            check_sources(
                report, file.shown, file.root, ("targets", name), node.plain(), context.sources
            )
            _check_class(file, name, rule, context.labels, report)
            _check_years(file, name, rule, context)
    if len(rules) == len(entries.value):
        for problem in targets.check_references(rules):
            name = problem.removeprefix("target ").split(":")[0]
            report.say(file.shown, file.root.line_at(("targets", name)), problem)
    return tuple(rules)


def _one_target(file: File, name: str, node: Node, report: Report) -> Any:
    try:
        return targets.parse(name, node.plain())
    except ValidationError as error:
        explain(error, ADAPTER, file.root, ("targets", name), file.shown, report)
    return None


def _check_class(
    file: File,
    name: str,
    rule: Any,
    labels: Mapping[str, Sequence[str]] | None,
    report: Report,
) -> None:
    found = getattr(rule, "vehicle_class", None)
    if labels is None or found is None:
        return
    known = labels.get("vehicle_class", ())
    if found not in known:
        report.add(
            file.shown,
            file.root.line_at(("targets", name, "vehicle_class")),
            f"targets.{name}: unknown vehicle_class",
            f"'{found}'",
            preview(known, 12),
            remedy_for(found, known, "use a vehicle_class of the region's structure"),
        )


def _check_years(file: File, name: str, rule: Any, context: Context) -> None:
    for key in ("year", "first", "last"):
        year = getattr(rule, key, None)
        if year is not None and context.horizon is not None and year > context.horizon:
            context.report.add(
                file.shown,
                file.root.line_at(("targets", name, key)),
                f"targets.{name}: '{key}' lies after the horizon",
                f"{year}",
                f"a year up to {context.horizon}",
                "correct it, or move the horizon of the region",
            )
