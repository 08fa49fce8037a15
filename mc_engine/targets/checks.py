"""Whether targets fit each other and the model they are asked of, before anything runs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mc_engine.errors import preview
from mc_engine.targets.margins import EMISSIONS, PLUG_IN_SHARE
from mc_engine.targets.rules import (
    AllOf,
    AnyOf,
    Budget,
    Cap,
    PeakBefore,
    SalesShare,
    Target,
    Threshold,
)
from mc_engine.vocabulary.axes import DRAW, STAGE, VEHICLE_CLASS, YEAR, scopes_of
from mc_engine.vocabulary.outputs import VariableSpec


def check_references(targets: Sequence[Target]) -> list[str]:
    """Find combinations (K-6) that name unknown targets, or themselves by some way round.

    Returns
    -------
    list of str
        One message per problem, empty when all is well.
    """
    by_name = {target.name: target for target in targets}
    problems = []
    for name in by_name:
        count = sum(target.name == name for target in targets)
        if count > 1:
            problems.append(f"target {name}: found {count} times; give each its own name")
    for target in targets:
        problems += [
            f"target {target.name}: unknown target '{part}'; expected one of {preview(by_name)}"
            for part in _parts(target)
            if part not in by_name
        ]
        way = _way_back(target.name, by_name)
        if way:
            problems.append(
                f"target {target.name}: names itself ({' > '.join(way)}); "
                "a combination may only name other targets"
            )
    return problems


def _parts(target: Target) -> tuple[str, ...]:
    return target.targets if isinstance(target, AllOf | AnyOf) else ()


def _way_back(start: str, by_name: Mapping[str, Target]) -> tuple[str, ...]:
    """Find a chain of combinations that leads from a target back to itself."""
    chains: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while chains:
        chain = chains.pop()
        target = by_name.get(chain[-1])
        for part in _parts(target) if target else ():
            if part == start:
                return (*chain, part)
            if part not in seen:
                seen.add(part)
                chains.append((*chain, part))
    return ()


def margin_units(
    targets: Sequence[Target], output_units: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Give the unit of each target's margin.

    Parameters
    ----------
    targets : sequence of Target
        References already checked.
    output_units : mapping of str to str
        Unit of each output of the model, for K-0.

    Returns
    -------
    tuple of str
        In the order of ``targets``. A combination has the unit of its parts; ``mixed`` where
        these differ, which ``check_fit`` refuses.
    """
    by_name = {target.name: target for target in targets}
    known = output_units or {}

    def unit(target: Target) -> str:
        match target:
            case Threshold():
                return known.get(target.output, f"unit of {target.output}")
            case Budget():
                return "Gt CO2e"
            case SalesShare():
                return "1"
            case AllOf() | AnyOf():
                units = {unit(by_name[part]) for part in target.targets}
                return units.pop() if len(units) == 1 else "mixed"
            case _:
                return "Mt CO2e/yr"

    return tuple(unit(target) for target in targets)


def check_fit(
    targets: Sequence[Target],
    outputs: Sequence[VariableSpec],
    coordinates: Mapping[str, Sequence[Any]],
) -> list[str]:
    """Find targets that the model's outputs cannot answer.

    Parameters
    ----------
    targets : sequence of Target
    outputs : sequence of VariableSpec
        What the model writes.
    coordinates : mapping of str to sequence
        Labels of the outputs' axes.

    Returns
    -------
    list of str
        One message per problem (references, outputs, years, scopes, classes, mixed units),
        empty when all is well.
    """
    problems = check_references(targets)
    if problems:
        return problems
    specs = {spec.name: spec for spec in outputs}
    years = [int(year) for year in coordinates.get(YEAR, ())]
    stages = tuple(coordinates.get(STAGE, ()))
    classes = tuple(coordinates.get(VEHICLE_CLASS, ()))
    units = margin_units(targets, {name: spec.unit for name, spec in specs.items()})
    for target, unit in zip(targets, units, strict=True):
        where = f"target {target.name}"
        if unit == "mixed":
            problems.append(
                f"{where}: {target.rule} joins margins of different units; name targets of one "
                "kind of rule"
            )
        for what, result, expected in _misfits(target, specs, stages, classes):
            problems.append(f"{where}: {what} '{result}'; expected one of {preview(expected, 12)}")
        for year, first in _years_of(target, years):
            if year not in years or year < first:
                span = f"{first} to {years[-1]}" if years else "a model with yearly outputs"
                problems.append(f"{where}: year {year}; expected {span}")
    return problems


def _misfits(
    target: Target,
    specs: Mapping[str, VariableSpec],
    stages: tuple[str, ...],
    classes: tuple[str, ...],
) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Yield (what, found, expected) for each label that the model does not have."""
    if isinstance(target, Threshold):
        scalars = [name for name, spec in specs.items() if spec.dims == (DRAW,)]
        if target.output not in scalars:
            yield "no scalar output", target.output, scalars
        return
    if target.scope_name:
        scopes = scopes_of(stages) if EMISSIONS in specs else ()
        if target.scope_name not in scopes:
            yield "the model does not give the scope", target.scope_name, scopes
    if isinstance(target, SalesShare):
        if PLUG_IN_SHARE not in specs:
            yield "the model does not give the output", PLUG_IN_SHARE, tuple(specs)
        elif target.vehicle_class not in classes:
            yield "unknown vehicle class", target.vehicle_class, classes


def _years_of(target: Target, years: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the years that a rule needs, each with the first year allowed for it."""
    first = years[0] if years else 0
    match target:
        case PeakBefore():
            # There must be a year before it.
            yield target.year, first + 1
        case Budget():
            yield target.first, first
            yield target.last, first
        case Threshold() | AllOf() | AnyOf():
            return
        case _:
            yield target.year, first
    if isinstance(target, Cap) and target.at_most.share_of_year:
        yield target.at_most.share_of_year.year, first
