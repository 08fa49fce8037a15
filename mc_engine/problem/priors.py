"""One prior: what it feeds, in which unit, and the distribution it stands for."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mc_engine.errors import preview
from mc_engine.problem import schema
from mc_engine.problem.context import Context, Draft, Feed, Place, check_sources
from mc_engine.problem.explain import explain, unknown_key
from mc_engine.problem.nodes import Report, remedy_for
from mc_engine.problem.paths import always, check_knots, check_ranges, fit_marginals
from mc_engine.problem.settings import Condition, check_condition, choices, exists, shared, words
from mc_engine.units import UNITS, conversion
from mc_engine.vocabulary.quantities import QuantitySpec

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def check_prior(context: Context, place: Place) -> Draft | None:
    """Check one prior of a file and report everything that is wrong with it.

    Parameters
    ----------
    context : Context
        Names and slots met are entered in it.
    place : Place
        The prior's file and name.

    Returns
    -------
    Draft or None
        None when anything was wrong.
    """
    before = context.report.faults
    _declare(context, place)
    given = _fields(context.report, place)
    spec = _quantity(context, place, given)
    when = _when(context, place, given)
    slots = _slots(context, place, given, spec, when)
    factor = _unit(context, place, given, spec)
    check_sources(context.report, place.file, place.root, (place.name,), given, context.sources)
    fitted = fit_marginals(context, place, given)
    knots = None
    if spec is not None:
        knots = check_knots(context, place, given, spec, factor)
        if factor is not None:
            check_ranges(context, place, spec, factor, fitted, given.get("path"))
    if context.report.faults > before or spec is None or factor is None or slots is None:
        return None
    if "*" not in given or when is None:  # refused while the file was read
        return None
    prior = given["*"]
    marginals = tuple(marginal for marginal, _ in fitted.values())
    stated = tuple(text for _, text in fitted.values())
    if knots is not None:
        knots = replace(knots, always=always(marginals, knots, factor))
    return Draft(
        place.name, prior, spec, factor, marginals, stated, slots, knots, place.where, when
    )


def _declare(context: Context, place: Place) -> None:
    if not _NAME.fullmatch(place.name):
        context.report.add(
            place.file,
            place.line(),
            "the name of a prior is not allowed",
            f"'{place.name}'",
            "small letters, digits and underscores, a letter first",
            "rename it",
        )
    first = context.declared.setdefault(place.name, place.where)
    if first != place.where:
        context.report.add(
            place.file,
            place.line(),
            f"the prior '{place.name}' is declared twice",
            f"it at {first} too",
            "each name once over all files",
            "rename or remove one of them",
        )


@cache
def _adapters() -> dict[str, TypeAdapter[Any]]:
    """Give one validator per key of a prior, to save what is right in a prior that is wrong."""
    return {
        info.alias or name: TypeAdapter(info.rebuild_annotation())
        for name, info in schema.Prior.model_fields.items()
    }


def _fields(report: Report, place: Place) -> dict[str, Any]:
    """Validate a prior's keys; under ``*`` stands the whole, where all is well."""
    node = place.root.value[place.name]
    try:
        prior = schema.Prior.model_validate_json(node.json())
    except ValidationError as error:
        explain(error, schema.Prior, place.root, (place.name,), place.file, report)
    else:
        found = {key: getattr(prior, _attribute(key)) for key in node.value}
        return {"*": prior, **{key: value for key, value in found.items() if value is not None}}
    given = {}
    for key, adapter in _adapters().items():
        part = node.get(key)
        if part is None or any(below.value is None for below in part.walk()):
            continue
        try:
            given[key] = adapter.validate_json(part.json())
        except ValidationError:  # reported above
            continue
    return given


def _attribute(key: str) -> str:
    return "labels" if key == "for" else key


def _quantity(context: Context, place: Place, given: Mapping[str, Any]) -> QuantitySpec | None:
    name = given.get("quantity")
    if name is None:
        return None
    spec = context.quantities.get(name)
    if spec is None:
        context.report.add(
            place.file,
            place.line("quantity"),
            f"{place.name}: unknown quantity",
            f"'{name}'",
            "a quantity of the model",
            remedy_for(name, context.quantities, "see the model's list of quantities"),
        )
    return spec


def _when(context: Context, place: Place, given: Mapping[str, Any]) -> Condition | None:
    """Check ``when``; None where it is wrong, or what may be chosen is not known."""
    if place.root.value[place.name].get("when") is None:
        return {}
    if "when" not in given or context.offered is None:
        return None
    when = {name: tuple(options) for name, options in given["when"].items()}
    path = (place.name, "when")
    good = check_condition(context.report, place.file, place.root, path, when, context.offered)
    return when if good else None


def _slots(
    context: Context,
    place: Place,
    given: Mapping[str, Any],
    spec: QuantitySpec | None,
    when: Condition | None,
) -> tuple[tuple[str, ...], ...] | None:
    """Check ``for`` and enter the slots it names; None when it is wrong."""
    node = place.root.value[place.name].get("for")
    if spec is None or (node is not None and "for" not in given):
        return None
    wanted: dict[str, list[str]] = {
        dim: [str(label) for label in labels] for dim, labels in given.get("for", {}).items()
    }
    before = context.report.faults
    for dim in wanted:
        if dim not in spec.dims:
            unknown_key(
                place.file,
                place.line("for", dim),
                f"{place.name}.for",
                dim,
                spec.dims,
                context.report,
            )
    for dim in spec.dims:
        if dim not in wanted:
            context.report.add(
                place.file,
                place.line("for"),
                f"{place.name}: 'for' must name every axis of {spec.name}",
                ", ".join(wanted) or "no axis",
                ", ".join(spec.dims),
                f"add '{dim}: [...]'",
            )
            continue
        _check_labels(context, place, dim, wanted[dim])
    if context.report.faults > before:
        return None
    slots = tuple(product(*(wanted[dim] for dim in spec.dims)))
    if when is not None:
        _feed(context, place, spec, slots, when)
    return slots


def _check_labels(context: Context, place: Place, dim: str, labels: list[str]) -> None:
    line = place.line("for", dim)
    if not labels:
        context.report.add(
            place.file,
            line,
            f"{place.name}: no label of {dim}",
            "an empty list",
            "one label or more",
            "name the labels this prior is for",
        )
    for position, label in enumerate(labels):
        if label in labels[:position]:
            context.report.add(
                place.file,
                place.line("for", dim, position),
                f"{place.name}: a label of {dim} stands twice",
                f"'{label}' again",
                "each label once",
                "remove it",
            )
        if context.labels is not None and label not in (known := context.labels.get(dim, ())):
            context.report.add(
                place.file,
                place.line("for", dim, position),
                f"{place.name}: unknown {dim}",
                f"'{label}'",
                preview(known, 12) or f"no {dim} at all, the structure names none",
                remedy_for(label, known, f"use a {dim} of the region's structure"),
            )


def _feed(
    context: Context,
    place: Place,
    spec: QuantitySpec,
    slots: tuple[tuple[str, ...], ...],
    when: Condition,
) -> None:
    """Enter the slots, and refuse those that another prior feeds under the same settings."""
    taken: dict[tuple[str, str], list[str]] = {}
    for labels in slots:
        feeds = context.fed.setdefault((spec.name, labels), [])
        for other in feeds:
            both = shared(other.when, when)
            if both is not None and other.place.where != place.where:
                owner = f"'{other.place.name}' at {other.place.where}"
                taken.setdefault((owner, words(both)), []).append(" ".join(labels))
        feeds.append(Feed(place, when))
    for (owner, under), clashes in taken.items():
        of = f" of {preview(clashes)}" if spec.dims else ""
        remedy = "take the labels out of one of them"
        context.report.add(
            place.file,
            place.line("when" if under else "for"),
            f"{place.name}: {spec.name}{of} is fed twice" + (f" under {under}" if under else ""),
            f"{owner} and this one",
            "one prior per slot" + (" and setting" if under else ""),
            remedy + (", or let their 'when' exclude each other" if under else ""),
        )


def check_coverage(context: Context) -> None:
    """Report slots with a prior under some settings, and under others neither prior nor default.

    Parameters
    ----------
    context : Context
        After every prior of the region was checked without a fault.
    """
    lacking: dict[tuple[str, str], list[str]] = {}
    first: dict[str, Place] = {}
    for (quantity, labels), feeds in context.fed.items():
        conditions = [feed.when for feed in feeds]
        if not all(conditions) or context.quantities[quantity].default is not None:
            continue
        for choice in choices(conditions, context.offered or {}):
            if not any(exists(when, choice) for when in conditions):
                first.setdefault(feeds[0].place.name, feeds[0].place)
                key = (feeds[0].place.name, words(choice))
                lacking.setdefault(key, []).append(" ".join(labels))
    for (name, under), missing in lacking.items():
        place = first[name]
        quantity = place.root.value[name].plain()["quantity"]
        of = f" of {preview(missing)}" if missing[0] else ""
        context.report.add(
            place.file,
            place.line("when"),
            f"{name}: {quantity}{of} has a prior under some settings only",
            f"none under {under}",
            "one for every choice of settings, as the quantity has no default",
            "add a prior for these settings, or widen this 'when'",
        )


def _unit(
    context: Context, place: Place, given: Mapping[str, Any], spec: QuantitySpec | None
) -> float | None:
    """Check the unit with its boundary and basis; give the factor to the quantity's unit."""
    symbol = given.get("unit")
    if symbol is None:
        return None
    unit = UNITS.get(symbol)
    like = _like(spec.unit) if spec else list(UNITS)
    if unit is None:
        context.report.add(
            place.file,
            place.line("unit"),
            f"{place.name}: unknown unit",
            f"'{symbol}'",
            f"one of {' or '.join(like)}" if spec else "a unit of the closed list",
            remedy_for(symbol, like, "use one of these units and convert the numbers"),
        )
        return None
    for key, needed in (("boundary", unit.boundary), ("basis", unit.basis)):
        present = place.root.value[place.name].get(key) is not None
        choices = "wall or battery" if key == "boundary" else "direct or life_cycle"
        if needed and not present:
            context.report.add(
                place.file,
                place.line(),
                f"{place.name}: a prior in {symbol} needs '{key}'",
                "none",
                choices,
                f"add '{key}: ...'",
            )
        if present and not needed:
            context.report.add(
                place.file,
                place.line(key),
                f"{place.name}: '{key}' has no meaning for a prior in {symbol}",
                f"'{key}'",
                "no such key with this unit",
                "remove it",
            )
    if spec is None:
        return None
    factor = conversion(symbol, spec.unit)
    if factor is None:
        context.report.add(
            place.file,
            place.line("unit"),
            f"{place.name}: the unit does not fit the quantity {spec.name}",
            f"{symbol} ({unit.dimension})",
            f"one of {' or '.join(like)}",
            "use one of these units and convert the numbers",
        )
    return factor


def _like(symbol: str) -> list[str]:
    wanted = UNITS[symbol].dimension if symbol in UNITS else None
    return [unit.symbol for unit in UNITS.values() if unit.dimension == wanted]
