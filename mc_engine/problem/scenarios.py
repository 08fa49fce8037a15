"""Files of the folder scenarios: levers, shifts of priors, settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from mc_engine.errors import preview
from mc_engine.problem import schema
from mc_engine.problem.drafts import Draft, Terms
from mc_engine.problem.messages import nearest, remedy_for
from mc_engine.problem.paths import within
from mc_engine.problem.settings import check_choice
from mc_engine.problem.sources import check_sources
from mc_engine.problem.validation import validate
from mc_engine.problem.yaml_file import Entry


@dataclass(frozen=True)
class Decisions:
    """What one scenario decides."""

    levers: Any
    shifts: Mapping[str, float]
    settings: Mapping[str, str]
    title: Mapping[str, str] = field(default_factory=dict)


def read_scenario(
    file: Entry,
    levers_schema: type[BaseModel],
    terms: Terms,
    drafts: Mapping[str, Draft],
) -> Decisions | None:
    """Check one scenario file; None when it, or its levers, are wrong."""
    levers = None
    entry = file.get("levers")
    if entry is not None and entry.is_mapping:
        levers = validate(levers_schema, entry)
    scenario = validate(schema.Scenario, file)
    if scenario is None:
        return None
    check_sources(file, scenario.model_dump(), terms.sources)
    if terms.offered is not None:
        check_choice(file.at("settings"), scenario.settings, terms.offered)
    check_shifts(file, scenario.shifts, terms, drafts)
    if levers is None:
        return None
    return Decisions(levers, scenario.shifts, scenario.settings, scenario.title.model_dump())


def unknown_scenario(region: str, found: str, names: Sequence[str]) -> str:
    """Say that a region has no such scenario; the region is left out where it is empty."""
    match = nearest(found, names)
    return (
        f"{region + ': ' if region else ''}unknown scenario; found '{found}', expected one of "
        f"{preview(names, 20) or 'none, the folder scenarios is empty'}; "
        + (f"did you mean '{match}'?" if match else "choose one of these")
    )


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


def check_shifts(
    entry: Entry, shifts: Mapping[str, float], terms: Terms, drafts: Mapping[str, Draft]
) -> None:
    """Report shifts of priors that do not exist, are constant, or can be shifted out of range.

    Parameters
    ----------
    entry : Entry
        What carries ``shifts``.
    shifts : mapping of str to float
    terms : Terms
        Names of all priors met.
    drafts : mapping of str to Draft
        Priors without a fault.
    """
    for name, shift in shifts.items():
        at, draft = entry.at("shifts", name), drafts.get(name)
        if name not in terms.declared and terms.complete:
            remedy = remedy_for(name, terms.declared, "correct the name, or add the prior")
            expected = "the name of a prior of this region"
            at.refuse("a shift of an unknown prior", f"'{name}'", expected, remedy)
        elif draft is not None and draft.is_constant:
            at.refuse(
                "a shift of a constant",
                f"'{name}', the same in every draw",
                "an uncertain prior",
                "remove the shift, or give the prior a distribution",
            )
        elif draft is not None and (beyond := shift_beyond(name, shift, draft)):
            at.refuse(*beyond)
