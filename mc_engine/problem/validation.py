"""Entries validated by pydantic classes, and what pydantic refuses in the words of the messages."""

import math
from collections.abc import Iterable, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import ErrorDetails

from mc_engine.problem.messages import Spot, nearest, remedy_for, show
from mc_engine.problem.yaml_file import Entry, resolve_plain

_NUMBER = {"float_type", "float_parsing", "int_type", "int_parsing", "int_from_float"}
_TEXT = {"string_type", "string_sub_type"}
# By kind of error: what is wrong, expected, remedy.
_SIMPLE = {
    "bool_type": ("is not a yes/no value", "true or false", "write true or false"),
    **dict.fromkeys(
        ("list_type", "tuple_type", "set_type"),
        ("is not a list", "a list", "write [...] around it"),
    ),
    **dict.fromkeys(
        ("dict_type", "mapping_type", "model_type", "model_attributes_type"),
        ("is not a mapping", "a mapping of keys to values", "write keys and values under it"),
    ),
}
_LIMITS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
    "too_short": ("at least", "min_length"),
    "too_long": ("at most", "max_length"),
}
_PATTERNS = {
    r"^[a-z][a-z0-9_]*$": "a name of small letters, digits and underscores",
    r"^[A-Za-z][A-Za-z0-9_]*$": "a key of letters, digits and underscores",
    r"^[a-z0-9][a-z0-9_]*$": "an option of small letters, digits and underscores",
    r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$": "the name of a folder of priors",
    r"^(19|20|21)[0-9]{2}$": "a year",
}


def validate(kind: Any, entry: Entry) -> Any:
    """Validate an entry of a file; None, after reporting, when anything is wrong.

    Parameters
    ----------
    kind : type
        What the entry must be: a class of pydantic, or another type that it knows.
    entry : Entry
    """
    try:
        return _adapter(kind).validate_json(entry.json())
    except ValidationError as error:
        explain(error, kind, entry)
    return None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def explain(error: ValidationError, kind: Any, entry: Entry) -> None:
    """Report every error of one validation.

    Parameters
    ----------
    error : ValidationError
    kind : type
        Against which the entry was validated; its keys are the suggestions.
    entry : Entry
    """
    seen: set[tuple[object, ...]] = set()
    for detail in error.errors(include_url=False):
        at, location = entry.at(*detail["loc"]), detail["loc"]
        problem = detail["type"]
        last = location[-1] if problem in ("missing", "extra_forbidden") and location else None
        if _refused_while_reading(detail) or (at.path, last) in seen:
            continue
        seen.add((at.path, last))
        if problem == "missing":
            result = ", ".join(at.items) or "no keys"
            what = f"{at.where}: the key '{last}' is missing"
            at.refuse(what, result, f"'{last}' as well", "add it")
        elif problem == "extra_forbidden":
            owner = ".".join(map(str, at.path[:-1])) or "the file"
            unknown_key(at, owner, str(last), _known_keys(kind, location[:-1]))
        elif problem in ("value_error", "assertion_error"):
            message = detail["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
            at.say(f"{at.where}: {message}")
        else:
            tag = detail["ctx"]["discriminator"] if problem == "union_tag_invalid" else ""
            at.at(str(tag).strip("'")).refuse(*_answers(at.where, detail))


def unknown_key(spot: Spot, owner: str, found: str, known: Iterable[str]) -> None:
    """Report a key that has no meaning where it stands, with the nearest key that has."""
    known = list(known)
    expected = "one of " + ", ".join(known) if known else "no key here"
    remedy = remedy_for(found, known, "remove it")
    spot.refuse(f"{owner}: unknown key", f"'{found}'", expected, remedy)


def _answers(where: str, detail: ErrorDetails) -> tuple[str, str, str, str]:
    """Give what, found, expected and remedy for one error about a value."""
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    result, key = show(value), str(context.get("discriminator", "")).strip("'")
    if kind in _NUMBER:
        expected = "a whole number" if kind.startswith("int") else "a number"
        return f"{where} is not {expected}", result, expected, _as_number(value)
    if kind in _TEXT:
        remedy = "put it in quotes" if isinstance(value, int | float) else "write text"
        return f"{where} is not text", result, "text", remedy
    if kind in _SIMPLE:
        what, expected, remedy = _SIMPLE[kind]
        return f"{where} {what}", result, expected, remedy
    if where == "schema_version":
        expected = str(context.get("expected", "a whole number"))
        return "the form of this folder is not known", result, expected, "update mc_engine"
    if kind in ("literal_error", "enum"):
        return _choice(f"{where} is not a known word", value, str(context["expected"]))
    if kind == "union_tag_invalid":
        word, expected = str(context["tag"]), str(context["expected_tags"])
        return _choice(f"{where}: unknown '{key}'", word, expected)
    if kind == "union_tag_not_found":
        return f"{where}: the key '{key}' is missing", result, f"'{key}' as well", "add it"
    if kind in _LIMITS:
        word, limit = _LIMITS[kind]
        expected = f"{word} {context[limit]}"
        if kind.startswith("too_"):
            remedy = "add or remove entries"
            return f"{where} has the wrong length", result, f"{expected} entries", remedy
        return f"{where} is out of range", result, expected, "correct it"
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        if pattern == r"\S":
            return f"{where} is empty", result, "some text", "write it"
        expected = _PATTERNS.get(pattern, f"text like {pattern}")
        return f"{where} is not {expected}", result, expected, "correct it"
    return f"{where}: {detail['msg']}", result, "another value", "correct it"


def _choice(what: str, value: Any, expected: str) -> tuple[str, str, str, str]:
    words = [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(",")]
    match = nearest(value, words) if isinstance(value, str) else None
    remedy = f"did you mean '{match}'?" if match else "use one of these words"
    return what, show(value), expected.replace(" or ", ", "), remedy


def _as_number(value: Any) -> str:
    if isinstance(value, str):
        bare = resolve_plain(value.strip().replace(",", "").replace("_", ""))
        if isinstance(bare, int | float) and not isinstance(bare, bool):
            return f"write {bare:.12g} without quotes or separators"
    return "write a number"


def _refused_while_reading(detail: ErrorDetails) -> bool:
    """Tell whether the reader of the file has refused this value already."""
    value = detail["input"]
    return detail["type"] != "missing" and (
        value is None or (isinstance(value, float) and not math.isfinite(value))
    )


def _known_keys(kind: Any, location: Sequence[object]) -> list[str]:
    """List the keys that the classes know at the location of an error."""
    here = _choices(kind)
    for step in location:
        below = [choice for part in here for choice in _below(part, step)]
        here = below or here
    models = [part for part in here if _is_model(part)]
    return list(dict.fromkeys(key for model in models for key in _fields(model)))


def _below(kind: Any, step: object) -> list[Any]:
    """Give the types to which one step of an error's location leads."""
    args = get_args(kind)
    if not _is_model(kind):
        return _choices(args[-1] if isinstance(step, str) else args[0]) if args else []
    fields = _fields(kind)
    if step in fields:
        return _choices(fields[str(step)])
    # The tag of a union is a step of its own.
    return [kind] if any(get_args(part) == (step,) for part in fields.values()) else []


def _choices(kind: Any) -> list[Any]:
    """Open what is annotated, and unions."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _choices(args[0])
    if origin in (Union, UnionType):
        return [choice for part in args for choice in _choices(part)]
    return [kind]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and get_origin(kind) is None and issubclass(kind, BaseModel)


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    """Give the keys that a file may use, each with its type."""
    return {
        info.alias or name: info.annotation
        for name, info in model.model_fields.items()
        if not any(type(part) is SkipJsonSchema for part in info.metadata)
    }
