"""What a government decides: scenarios and the catalogue of levers, as their files say it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from mc_engine.problem import schema
from mc_engine.problem.context import Context, Draft, check_sources
from mc_engine.problem.nodes import remedy_for
from mc_engine.problem.paths import within
from mc_engine.problem.sections import File, validate
from mc_engine.problem.settings import check_choice


@dataclass(frozen=True)
class Chosen:
    """What one scenario decides."""

    levers: Any
    shifts: Mapping[str, float]
    settings: Mapping[str, str]
    title: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lever:
    """One lever of the catalogue, and what one step of it decides.

    Attributes
    ----------
    name : str
    title : mapping of str to str
        By language.
    status : str
        law, official_plan, roadmap or analyst.
    sources : tuple of str
    reason : str
    levers : object or None
        As in a scenario; None where the step shifts priors only.
    shifts : mapping of str to float
        Steps of the standard normal score, by prior.
    """

    name: str
    title: Mapping[str, str]
    status: str
    sources: tuple[str, ...]
    reason: str
    levers: Any
    shifts: Mapping[str, float]


def read_scenario(
    file: File,
    levers_schema: type[BaseModel],
    context: Context,
    drafts: Mapping[str, Draft],
) -> Chosen | None:
    """Check one scenario file; None when it, or its levers, are wrong."""
    report = context.report
    levers = None
    node = file.root.get("levers")
    if node is not None and node.is_mapping:
        levers = validate(levers_schema, file, ("levers",), report)
    found = validate(schema.Scenario, file, (), report)
    if found is None:
        return None
    check_sources(report, file.shown, file.root, (), found.model_dump(), context.sources)
    if context.offered is not None:
        path = ("settings",)
        check_choice(report, file.shown, file.root, path, found.settings, context.offered)
    _check_shifts(file, (), found.shifts, context, drafts)
    return (
        None
        if levers is None
        else Chosen(levers, found.shifts, found.settings, found.title.model_dump())
    )


def read_levers(
    file: File,
    levers_schema: type[BaseModel],
    context: Context,
    drafts: Mapping[str, Draft],
) -> dict[str, Lever]:
    """Check levers.yaml, every step as if it were a scenario; give the levers without a fault."""
    report = context.report
    found = validate(schema.LeversFile, file, (), report)
    entries = file.root.get("levers")
    catalogue: dict[str, Lever] = {}
    for name, node in (entries.value if entries and entries.is_mapping else {}).items():
        step = node.get("step")
        part = None if step is None else step.get("levers")
        levers = None
        if part is not None and part.is_mapping and part.value:
            levers = validate(levers_schema, file, ("levers", name, "step", "levers"), report)
        if found is None:
            continue
        entry, path = found.levers[name], ("levers", name)
        check_sources(report, file.shown, file.root, path, entry.model_dump(), context.sources)
        _check_shifts(file, (*path, "step"), entry.step.shifts, context, drafts)
        if not entry.step.levers and not entry.step.shifts:
            report.add(
                file.shown,
                file.root.line_at((*path, "step")),
                f"levers.{name}: the step decides nothing",
                "neither levers nor shifts",
                "one lever or shift at least",
                "say what one step is",
            )
        catalogue[name] = Lever(
            name,
            entry.title.model_dump(),
            entry.status,
            tuple(entry.sources),
            entry.reason.strip(),
            levers,
            entry.step.shifts,
        )
    return catalogue


def shift_beyond(name: str, shift: float, draft: Draft) -> tuple[str, str, str, str] | None:
    """Say how a shift takes an uncertain prior out of its quantity's range; None where it does not.

    Returns
    -------
    (str, str, str, str) or None
        What is wrong, found, expected and remedy.
    """
    (low, high), spec = draft.reach(shift), draft.spec
    if within(spec.low, spec.high, (low, high)):
        return None
    return (
        f"shifted by {shift:g}, {name} can leave the valid range of {spec.name}",
        f"{low:.6g} to {high:.6g} in {spec.unit}",
        f"{spec.low:.6g} to {spec.high:.6g}",
        "make the shift smaller, or bound the prior with 'truncate'",
    )


def _check_shifts(
    file: File,
    path: tuple[str, ...],
    shifts: Mapping[str, float],
    context: Context,
    drafts: Mapping[str, Draft],
) -> None:
    """Report shifts of priors that do not exist, are constant, or can be shifted out of range."""
    report = context.report
    for name, shift in shifts.items():
        line = file.root.line_at((*path, "shifts", name))
        draft = drafts.get(name)
        if name not in context.declared and context.complete:
            report.add(
                file.shown,
                line,
                "a shift of an unknown prior",
                f"'{name}'",
                "the name of a prior of this region",
                remedy_for(name, context.declared, "correct the name, or add the prior"),
            )
        elif draft is not None and draft.is_constant:
            report.add(
                file.shown,
                line,
                "a shift of a constant",
                f"'{name}', the same in every draw",
                "an uncertain prior",
                "remove the shift, or give the prior a distribution",
            )
        elif draft is not None:
            beyond = shift_beyond(name, shift, draft)
            if beyond:
                report.add(file.shown, line, *beyond)
