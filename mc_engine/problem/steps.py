"""Steps of levers on top of a scenario: shifts add up, levers join where they can."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from mc_engine.errors import PriorError, preview
from mc_engine.problem.context import Draft
from mc_engine.problem.decisions import Chosen, Lever, shift_beyond
from mc_engine.problem.nodes import remedy_for

# Farthest that all shifts of one prior together may reach, in steps of its score; as in the files.
_FARTHEST = 5.0


def add_steps(
    region: str,
    chosen: Chosen,
    catalogue: Mapping[str, Lever],
    names: Sequence[str],
    drafts: Mapping[str, Draft],
) -> Chosen:
    """Apply one step of each named lever on top of a scenario.

    Parameters
    ----------
    region : str
        For messages.
    chosen : Chosen
        The scenario.
    catalogue : mapping of str to Lever
    names : sequence of str
        Levers, in the order in which their steps are applied.
    drafts : mapping of str to Draft
        Every prior of the region.

    Returns
    -------
    Chosen
        Shifts of one prior add up. Two entries for one lever are joined by the ``joined`` method
        of the model's own class, where it has one.

    Raises
    ------
    PriorError
        For an unknown lever, a lever named twice, or what cannot be combined.
    """
    for place, name in enumerate(names):
        if name not in catalogue:
            known = f"one of {preview(catalogue, 20)}" if catalogue else "none, there are no levers"
            remedy = remedy_for(name, catalogue, "add it to levers.yaml")
            raise PriorError(f"{region}: unknown lever; found '{name}', expected {known}; {remedy}")
        if name in names[:place]:
            raise PriorError(
                f"{region}: a lever is named twice; found '{name}' again, expected one step of "
                "each lever; remove it"
            )
        chosen = _one_step(region, chosen, catalogue[name])
    for name, shift in chosen.shifts.items():
        beyond = shift_beyond(name, shift, drafts[name])
        if abs(shift) > _FARTHEST:
            beyond = (
                f"the shifts of {name} add up too far",
                f"{shift:g}",
                f"-{_FARTHEST:g} to {_FARTHEST:g}",
                "leave a step out",
            )
        if beyond:
            what, found, expected, remedy = beyond
            raise PriorError(f"{region}: {what}; found {found}, expected {expected}; {remedy}")
    return chosen


def _one_step(region: str, chosen: Chosen, lever: Lever) -> Chosen:
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
    """Join two sections, or two values, of the same place."""
    if first == second:
        return first
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        both = dict(first)
        for key, value in second.items():
            place = f"{where}.{key}" if where else str(key)
            both[key] = _joined(first[key], value, place) if key in first else value
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
