"""The file levers.yaml, and steps of its levers on top of a scenario."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from mc_engine.errors import PriorError, preview
from mc_engine.problem import schema
from mc_engine.problem.drafts import Draft, Terms
from mc_engine.problem.messages import remedy_for
from mc_engine.problem.scenarios import Decisions, check_shifts, shift_beyond
from mc_engine.problem.sources import check_sources
from mc_engine.problem.validation import validate
from mc_engine.problem.yaml_file import Entry

# Farthest that all shifts of one prior together may reach, in steps of its score; as in the files.
_MAX_SHIFT = 5.0


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


def read_levers(
    file: Entry,
    levers_schema: type[BaseModel],
    terms: Terms,
    drafts: Mapping[str, Draft],
) -> dict[str, Lever]:
    """Check levers.yaml, every step as if it were a scenario; give the levers without a fault."""
    listed = validate(schema.LeversFile, file)
    catalogue: dict[str, Lever] = {}
    entries = file.get("levers")
    for name, entry in (entries.items if entries else {}).items():
        step = entry.get("step")
        part = None if step is None else step.get("levers")
        levers = validate(levers_schema, part) if part is not None and part.items else None
        if listed is None:
            continue
        lever = listed.levers[name]
        check_sources(entry, lever.model_dump(), terms.sources)
        check_shifts(entry.at("step"), lever.step.shifts, terms, drafts)
        if not lever.step.levers and not lever.step.shifts:
            entry.at("step").refuse(
                f"{entry.where}: the step decides nothing",
                "neither levers nor shifts",
                "one lever or shift at least",
                "say what one step is",
            )
        catalogue[name] = Lever(
            name,
            lever.title.model_dump(),
            lever.status,
            tuple(lever.sources),
            lever.reason.strip(),
            levers,
            lever.step.shifts,
        )
    return catalogue


def add_steps(
    region: str,
    chosen: Decisions,
    catalogue: Mapping[str, Lever],
    names: Sequence[str],
    drafts: Mapping[str, Draft],
) -> Decisions:
    """Apply one step of each named lever on top of a scenario.

    Parameters
    ----------
    region : str
        For messages.
    chosen : Decisions
        The scenario.
    catalogue : mapping of str to Lever
    names : sequence of str
        Levers, in the order in which their steps are applied.
    drafts : mapping of str to Draft
        Every prior of the region.

    Returns
    -------
    Decisions
        Shifts of one prior add up. Two entries for one lever are joined by the ``joined`` method
        of the model's own class, where it has one.

    Raises
    ------
    PriorError
        For an unknown lever, a lever named twice, or what cannot be combined.
    """
    for position, name in enumerate(names):
        if name not in catalogue:
            known = f"one of {preview(catalogue, 20)}" if catalogue else "none, there are no levers"
            remedy = remedy_for(name, catalogue, "add it to levers.yaml")
            raise PriorError(f"{region}: unknown lever; found '{name}', expected {known}; {remedy}")
        if name in names[:position]:
            raise PriorError(
                f"{region}: a lever is named twice; found '{name}' again, expected one step of "
                "each lever; remove it"
            )
        chosen = _one_step(region, chosen, catalogue[name])
    for name, shift in chosen.shifts.items():
        beyond = shift_beyond(name, shift, drafts[name])
        if abs(shift) > _MAX_SHIFT:
            beyond = (
                f"the shifts of {name} add up too far",
                f"{shift:g}",
                f"-{_MAX_SHIFT:g} to {_MAX_SHIFT:g}",
                "leave a step out",
            )
        if beyond:
            what, result, expected, remedy = beyond
            raise PriorError(f"{region}: {what}; found {result}, expected {expected}; {remedy}")
    return chosen


def _one_step(region: str, chosen: Decisions, lever: Lever) -> Decisions:
    shifts = dict(chosen.shifts)
    for name, shift in lever.shifts.items():
        shifts[name] = shifts.get(name, 0.0) + shift
    levers = chosen.levers
    if lever.levers is not None:
        try:
            levers = _joined(levers, lever.levers, "")
        except _ClashError as clash:
            raise PriorError(
                f"{region}: the step '{lever.name}' cannot be combined with what holds already; "
                f"found {clash}, expected one of the two; leave the step out, or write a scenario "
                "that says what holds"
            ) from clash
        except ValidationError as error:
            raise PriorError(
                f"{region}: the step '{lever.name}' cannot be combined with what holds already; "
                f"found {error.errors()[0]['msg']}, expected levers that fit; leave the step out"
            ) from error
    return replace(chosen, levers=levers, shifts=shifts)


class _ClashError(ValueError):
    """Two values for one lever that nothing can join."""


def _joined(first: Any, second: Any, where: str) -> Any:
    """Join two sections, or two values, that decide the same thing."""
    if first == second:
        return first
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        both = dict(first)
        for key, value in second.items():
            dotted = f"{where}.{key}" if where else str(key)
            both[key] = _joined(first[key], value, dotted) if key in first else value
        return both
    join = getattr(first, "joined", None)
    if join is not None:
        result = join(second)
        if result is not None:
            return result
    elif isinstance(first, BaseModel) and type(first) is type(second) and not where:
        return _joined_sections(first, second)
    raise _ClashError(f"{where} {_short(first)} and {_short(second)}")


def _joined_sections(first: BaseModel, second: BaseModel) -> BaseModel:
    """Join two ``levers`` sections: a part that one leaves at its default is the other's."""
    values = {}
    for name, info in type(first).model_fields.items():
        ours, theirs = getattr(first, name), getattr(second, name)
        default = info.get_default(call_default_factory=True)
        if theirs == default:
            values[name] = ours
        else:
            values[name] = theirs if ours == default else _joined(ours, theirs, name)
    return type(first)(**values)


def _short(value: Any) -> str:
    if isinstance(value, BaseModel):
        return ", ".join(f"{key} {part}" for key, part in value.model_dump().items())
    return str(value)
