"""Turn what pydantic found into messages with file, line, found, expected and remedy."""

import math
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from mc_engine.problem.nodes import Node, Report, nearest, remedy_for, resolve_plain, show

_NUMBER = {"float_type", "float_parsing", "int_type", "int_parsing", "int_from_float"}
_TEXT = {"string_type", "string_sub_type"}
_LIST = {"list_type", "tuple_type", "set_type"}
_MAPPING = {"dict_type", "mapping_type", "model_type", "model_attributes_type"}
_LIMITS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}
_LENGTHS = {"too_short": ("at least", "min_length"), "too_long": ("at most", "max_length")}
_PATTERNS = {
    r"^[a-z][a-z0-9_]*$": "a name of small letters, digits and underscores",
    r"^[A-Za-z][A-Za-z0-9_]*$": "a key of letters, digits and underscores",
    r"^[a-z0-9][a-z0-9_]*$": "an option of small letters, digits and underscores",
    r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$": "the name of a folder of priors",
    r"^(19|20|21)[0-9]{2}$": "a year",
}


def explain(
    error: ValidationError,
    schema: type[BaseModel] | TypeAdapter[Any],
    root: Node,
    place: Sequence[str],
    file: str,
    report: Report,
) -> None:
    """Report every error of one validation.

    Parameters
    ----------
    error : ValidationError
        What pydantic raised.
    schema : type of BaseModel, or TypeAdapter
        The class against which it validated; its keys are the suggestions.
    root : Node
        The whole file.
    place : sequence of str
        Keys that lead from the root to the part that was validated.
    file : str
        Path as shown to the reader.
    report : Report
        Where the messages go.
    """
    seen: set[tuple[object, ...]] = set()
    for detail in error.errors(include_url=False):
        steps = [*place, *detail["loc"]]
        path = _real_path(root, steps)
        kind = detail["type"]
        last = steps[-1] if kind in ("missing", "extra_forbidden") and steps else None
        if _said_while_reading(detail) or (tuple(path), last) in seen:
            continue
        seen.add((tuple(path), last))
        tag = str(detail["ctx"]["discriminator"]).strip("'") if kind == "union_tag_invalid" else ""
        line = root.line_at([*path, tag])
        where = ".".join(map(str, path)) or "the file"
        if kind == "missing":
            here = _node_at(root, path)
            found = ", ".join(here.value) if here.is_mapping and here.value else "no keys"
            report.add(
                file,
                line,
                f"{where}: the key '{last}' is missing",
                found,
                f"'{last}' as well",
                "add it",
            )
        elif kind == "extra_forbidden":
            owner = ".".join(map(str, path[:-1])) or "the file"
            known = _known_keys(schema, detail["loc"][:-1])
            unknown_key(file, line, owner, str(last), known, report)
        elif kind in ("value_error", "assertion_error"):
            message = detail["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
            report.say(file, line, f"{where}: {message}")
        else:
            report.add(file, line, *_answers(where, detail))


def unknown_key(
    file: str, line: int, owner: str, found: str, known: Iterable[str], report: Report
) -> None:
    """Report a key that has no meaning where it stands, with the nearest key that has."""
    known = list(known)
    report.add(
        file,
        line,
        f"{owner}: unknown key",
        f"'{found}'",
        "one of " + ", ".join(known) if known else "no key here",
        remedy_for(found, known, "remove it"),
    )


def _answers(where: str, detail: ErrorDetails) -> tuple[str, str, str, str]:
    """Give what, found, expected and remedy for one error about a value."""
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    found = show(value)
    if kind in _NUMBER:
        whole = kind.startswith("int")
        expected = "a whole number" if whole else "a number"
        return f"{where} is not {expected}", found, expected, _as_number(value)
    if kind in _TEXT:
        remedy = "put it in quotes" if isinstance(value, int | float) else "write text"
        return f"{where} is not text", found, "text", remedy
    if kind in _LIST:
        return f"{where} is not a list", found, "a list", "write [...] around it"
    if kind in _MAPPING:
        remedy = "write keys and values under it"
        return f"{where} is not a mapping", found, "a mapping of keys to values", remedy
    if kind == "bool_type":
        return f"{where} is not a yes/no value", found, "true or false", "write true or false"
    if where == "schema_version":
        expected = str(context.get("expected", "a whole number"))
        return "the form of this folder is not known", found, expected, "update mc_engine"
    if kind in ("literal_error", "enum"):
        return _choice(f"{where} is not a known word", value, str(context["expected"]))
    if kind == "union_tag_invalid":
        word = str(context["tag"])
        key = str(context["discriminator"]).strip("'")
        return _choice(f"{where}: unknown '{key}'", word, str(context["expected_tags"]))
    if kind == "union_tag_not_found":
        key = str(context["discriminator"]).strip("'")
        return f"{where}: the key '{key}' is missing", found, f"'{key}' as well", "add it"
    if kind in _LIMITS:
        word, key = _LIMITS[kind]
        return f"{where} is out of range", found, f"{word} {context[key]}", "correct it"
    if kind in _LENGTHS:
        word, key = _LENGTHS[kind]
        expected = f"{word} {context[key]} entries"
        return f"{where} has the wrong length", found, expected, "add or remove entries"
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        if pattern == r"\S":
            return f"{where} is empty", found, "some text", "write it"
        expected = _PATTERNS.get(pattern, f"text like {pattern}")
        return f"{where} is not {expected}", found, expected, "correct it"
    return f"{where}: {detail['msg']}", found, "another value", "correct it"


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


def _said_while_reading(detail: ErrorDetails) -> bool:
    """Whether the reader of the file has refused this value already."""
    value = detail["input"]
    return detail["type"] != "missing" and (
        value is None or (isinstance(value, float) and not math.isfinite(value))
    )


def _real_path(root: Node, steps: Sequence[object]) -> list[str | int]:
    """Drop the steps that a validator adds (tags of unions, ``[key]``)."""
    path: list[str | int] = []
    here = root
    for step in steps:
        if isinstance(here.value, dict) and str(step) in here.value:
            here = here.value[str(step)]
            path.append(str(step))
        elif isinstance(here.value, list) and isinstance(step, int) and step < len(here.value):
            here = here.value[step]
            path.append(step)
    return path


def _node_at(root: Node, path: Sequence[str | int]) -> Node:
    here = root
    for step in path:
        here = here.value[step]
    return here


@cache
def _whole(schema: type[BaseModel] | TypeAdapter[Any]) -> dict[str, Any]:
    return schema.json_schema() if isinstance(schema, TypeAdapter) else schema.model_json_schema()


def _known_keys(schema: type[BaseModel] | TypeAdapter[Any], steps: Sequence[object]) -> list[str]:
    """List the keys that the schema knows at a place, by walking its JSON Schema."""
    whole = _whole(schema)
    definitions = whole.get("$defs", {})
    here = _alternatives(whole, definitions)
    for step in steps:
        below: list[dict[str, Any]] = []
        for part in here:
            below += _step(part, step, definitions)
        here = below or here
    keys: dict[str, None] = {}
    for part in here:
        keys.update(dict.fromkeys(part.get("properties", {})))
    return list(keys)


def _step(part: dict[str, Any], step: object, definitions: dict[str, Any]) -> list[dict[str, Any]]:
    mapping = part.get("discriminator", {}).get("mapping", {})
    if step in mapping:
        return _alternatives({"$ref": mapping[step]}, definitions)
    found: list[dict[str, Any]] = []
    properties = part.get("properties", {})
    if step in properties:
        found.append(properties[step])
    elif isinstance(step, int):
        found += [part[key] for key in ("items",) if isinstance(part.get(key), dict)]
    else:
        more = part.get("additionalProperties")
        found += [more] if isinstance(more, dict) else []
        found += list(part.get("patternProperties", {}).values())
    return [choice for item in found for choice in _alternatives(item, definitions)]


def _alternatives(part: dict[str, Any], definitions: dict[str, Any]) -> list[dict[str, Any]]:
    """Follow references and open unions; a union with tags stays as it is."""
    if "$ref" in part:
        return _alternatives(definitions[part["$ref"].rsplit("/", 1)[-1]], definitions)
    if "discriminator" in part:
        return [part]
    choices = [choice for key in ("anyOf", "allOf") for choice in part.get(key, ())]
    if "properties" not in part and choices:
        return [found for choice in choices for found in _alternatives(choice, definitions)]
    return [part]
