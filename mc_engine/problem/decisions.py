"""What a government decides: scenarios, each with levers, shifts of priors and settings."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    for name, shift in found.shifts.items():
        _check_shift(file, name, shift, context, drafts)
    return None if levers is None else Chosen(levers, found.shifts, found.settings)


def _check_shift(
    file: File, name: str, shift: float, context: Context, drafts: Mapping[str, Draft]
) -> None:
    report = context.report
    line = file.root.line_at(("shifts", name))
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
        low, high = draft.reach(shift)
        spec = draft.spec
        if not within(spec.low, spec.high, (low, high)):
            report.add(
                file.shown,
                line,
                f"shifted by {shift:g}, {name} can leave the valid range of {spec.name}",
                f"{low:.6g} to {high:.6g} in {spec.unit}",
                f"{spec.low:.6g} to {spec.high:.6g}",
                "make the shift smaller, or bound the prior with 'truncate'",
            )
