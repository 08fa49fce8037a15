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
from mc_engine.problem.drafts import Draft, Feed, Terms
from mc_engine.problem.messages import remedy_for
from mc_engine.problem.paths import always, check_knots, check_ranges, fit_marginals
from mc_engine.problem.settings import Condition, check_condition, choices, exists, shared, words
from mc_engine.problem.sources import check_sources
from mc_engine.problem.validation import explain, unknown_key
from mc_engine.problem.yaml_file import Entry
from mc_engine.units import UNITS, conversion
from mc_engine.vocabulary.quantities import QuantitySpec

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def check_prior(terms: Terms, entry: Entry) -> Draft | None:
    """Check one prior of a file and report everything that is wrong with it.

    Parameters
    ----------
    terms : Terms
        Names and slots met are entered in it.
    entry : Entry
        The prior; its key is its name.

    Returns
    -------
    Draft or None
        None when anything was wrong.
    """
    before, name = terms.report.faults, entry.key
    _declare(terms, entry)
    given = _fields(entry)
    spec = _quantity(terms, entry, given)
    when = _when(terms, entry, given)
    slots = _slots(terms, entry, given, spec, when)
    factor = _unit(entry, given, spec)
    check_sources(entry, given, terms.sources)
    fitted = fit_marginals(terms, entry, given)
    knots = None
    if spec is not None:
        knots = check_knots(terms, entry, given, spec, factor)
        if factor is not None:
            check_ranges(entry, spec, factor, fitted, given.get("path"))
    if terms.report.faults > before or spec is None or factor is None or slots is None:
        return None
    if "*" not in given or when is None:  # refused while the file was read
        return None
    prior = given["*"]
    marginals = tuple(marginal for marginal, _ in fitted.values())
    stated = tuple(text for _, text in fitted.values())
    if knots is not None:
        knots = replace(knots, always=always(marginals, knots, factor))
    return Draft(name, prior, spec, factor, marginals, stated, slots, knots, entry.position, when)


def _declare(terms: Terms, entry: Entry) -> None:
    name = entry.key
    if not _NAME.fullmatch(name):
        what = "the name of a prior is not allowed"
        expected = "small letters, digits and underscores, a letter first"
        entry.refuse(what, f"'{name}'", expected, "rename it")
    first = terms.declared.setdefault(name, entry.position)
    if first != entry.position:
        entry.refuse(
            f"the prior '{name}' is declared twice",
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


def _fields(entry: Entry) -> dict[str, Any]:
    """Validate a prior's keys; under ``*`` stands the whole, where all is well."""
    try:
        prior = schema.Prior.model_validate_json(entry.json())
    except ValidationError as error:
        explain(error, schema.Prior, entry)
    else:
        values = {key: getattr(prior, _attribute(key)) for key in entry.items}
        return {"*": prior, **{key: value for key, value in values.items() if value is not None}}
    given = {}
    for key, adapter in _adapters().items():
        part = entry.get(key)
        if part is None or any(below.value is None for below in part.walk()):
            continue
        try:
            given[key] = adapter.validate_json(part.json())
        except ValidationError:  # reported above
            continue
    return given


def _attribute(key: str) -> str:
    return "labels" if key == "for" else key


def _quantity(terms: Terms, entry: Entry, given: Mapping[str, Any]) -> QuantitySpec | None:
    name = given.get("quantity")
    spec = None if name is None else terms.quantities.get(name)
    if name is not None and spec is None:
        remedy = remedy_for(name, terms.quantities, "see the model's list of quantities")
        what, expected = f"{entry.where}: unknown quantity", "a quantity of the model"
        entry.at("quantity").refuse(what, f"'{name}'", expected, remedy)
    return spec


def _when(terms: Terms, entry: Entry, given: Mapping[str, Any]) -> Condition | None:
    """Check ``when``; None where it is wrong, or what may be chosen is not known."""
    if entry.get("when") is None:
        return {}
    if "when" not in given or terms.offered is None:
        return None
    when = {name: tuple(options) for name, options in given["when"].items()}
    return when if check_condition(entry.at("when"), when, terms.offered) else None


def _slots(
    terms: Terms,
    entry: Entry,
    given: Mapping[str, Any],
    spec: QuantitySpec | None,
    when: Condition | None,
) -> tuple[tuple[str, ...], ...] | None:
    """Check ``for`` and enter the slots it names; None when it is wrong."""
    if spec is None or (entry.get("for") is not None and "for" not in given):
        return None
    wanted: dict[str, list[str]] = {
        dim: [str(label) for label in labels] for dim, labels in given.get("for", {}).items()
    }
    before = terms.report.faults
    for dim in wanted:
        if dim not in spec.dims:
            unknown_key(entry.at("for", dim), f"{entry.where}.for", dim, spec.dims)
    for dim in spec.dims:
        if dim in wanted:
            _check_labels(terms, entry, dim, wanted[dim])
        else:
            entry.at("for").refuse(
                f"{entry.where}: 'for' must name every axis of {spec.name}",
                ", ".join(wanted) or "no axis",
                ", ".join(spec.dims),
                f"add '{dim}: [...]'",
            )
    if terms.report.faults > before:
        return None
    slots = tuple(product(*(wanted[dim] for dim in spec.dims)))
    if when is not None:
        _feed(terms, entry, spec, slots, when)
    return slots


def _check_labels(terms: Terms, entry: Entry, dim: str, labels: list[str]) -> None:
    name = entry.where
    if not labels:
        what, remedy = f"{name}: no label of {dim}", "name the labels this prior is for"
        entry.at("for", dim).refuse(what, "an empty list", "one label or more", remedy)
    for position, label in enumerate(labels):
        at = entry.at("for", dim, position)
        if label in labels[:position]:
            what = f"{name}: a label of {dim} stands twice"
            at.refuse(what, f"'{label}' again", "each label once", "remove it")
        if terms.labels is not None and label not in (known := terms.labels.get(dim, ())):
            at.refuse(
                f"{name}: unknown {dim}",
                f"'{label}'",
                preview(known, 12) or f"no {dim} at all, the structure names none",
                remedy_for(label, known, f"use a {dim} of the region's structure"),
            )


def _feed(
    terms: Terms,
    entry: Entry,
    spec: QuantitySpec,
    slots: tuple[tuple[str, ...], ...],
    when: Condition,
) -> None:
    """Enter the slots, and refuse those that another prior feeds under the same settings."""
    taken: dict[tuple[str, str], list[str]] = {}
    for labels in slots:
        feeds = terms.fed.setdefault((spec.name, labels), [])
        for other in feeds:
            both = shared(other.when, when)
            if both is not None and other.prior is not entry:
                owner = f"'{other.prior.where}' at {other.prior.position}"
                taken.setdefault((owner, words(both)), []).append(" ".join(labels))
        feeds.append(Feed(entry, when))
    for (owner, under), clashes in taken.items():
        of = f" of {preview(clashes)}" if spec.dims else ""
        remedy = "take the labels out of one of them"
        entry.at("when" if under else "for").refuse(
            f"{entry.where}: {spec.name}{of} is fed twice" + (f" under {under}" if under else ""),
            f"{owner} and this one",
            "one prior per slot" + (" and setting" if under else ""),
            remedy + (", or let their 'when' exclude each other" if under else ""),
        )


def check_coverage(terms: Terms) -> None:
    """Report slots with a prior under some settings, and under others neither prior nor default.

    Parameters
    ----------
    terms : Terms
        After every prior of the region was checked without a fault.
    """
    lacking: dict[tuple[str, str], list[str]] = {}
    first: dict[str, Entry] = {}
    for (quantity, labels), feeds in terms.fed.items():
        conditions = [feed.when for feed in feeds]
        if not all(conditions) or terms.quantities[quantity].default is not None:
            continue
        prior = feeds[0].prior
        for choice in choices(conditions, terms.offered or {}):
            if not any(exists(when, choice) for when in conditions):
                first.setdefault(prior.where, prior)
                lacking.setdefault((prior.where, words(choice)), []).append(" ".join(labels))
    for (name, under), missing in lacking.items():
        quantity = first[name].items["quantity"].value
        of = f" of {preview(missing)}" if missing[0] else ""
        first[name].at("when").refuse(
            f"{name}: {quantity}{of} has a prior under some settings only",
            f"none under {under}",
            "one for every choice of settings, as the quantity has no default",
            "add a prior for these settings, or widen this 'when'",
        )


def _unit(entry: Entry, given: Mapping[str, Any], spec: QuantitySpec | None) -> float | None:
    """Check the unit with its boundary and basis; give the factor to the quantity's unit."""
    symbol, name = given.get("unit"), entry.where
    if symbol is None:
        return None
    unit = UNITS.get(symbol)
    like = _like(spec.unit) if spec else list(UNITS)
    convert = "use one of these units and convert the numbers"
    if unit is None:
        expected = f"one of {' or '.join(like)}" if spec else "a unit of the closed list"
        remedy = remedy_for(symbol, like, convert)
        entry.at("unit").refuse(f"{name}: unknown unit", f"'{symbol}'", expected, remedy)
        return None
    for key, needed in (("boundary", unit.boundary), ("basis", unit.basis)):
        present = entry.get(key) is not None
        if needed and not present:
            words_of = "wall or battery" if key == "boundary" else "direct or life_cycle"
            what = f"{name}: a prior in {symbol} needs '{key}'"
            entry.refuse(what, "none", words_of, f"add '{key}: ...'")
        if present and not needed:
            what = f"{name}: '{key}' has no meaning for a prior in {symbol}"
            entry.at(key).refuse(what, f"'{key}'", "no such key with this unit", "remove it")
    if spec is None:
        return None
    factor = conversion(symbol, spec.unit)
    if factor is None:
        what = f"{name}: the unit does not fit the quantity {spec.name}"
        result, expected = f"{symbol} ({unit.dimension})", f"one of {' or '.join(like)}"
        entry.at("unit").refuse(what, result, expected, convert)
    return factor


def _like(symbol: str) -> list[str]:
    wanted = UNITS[symbol].dimension if symbol in UNITS else None
    return [unit.symbol for unit in UNITS.values() if unit.dimension == wanted]
