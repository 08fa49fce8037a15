"""The file sources.yaml, and what refers to it."""

from collections.abc import Mapping
from typing import Any

from mc_engine.problem import schema
from mc_engine.problem.messages import remedy_for
from mc_engine.problem.validation import validate
from mc_engine.problem.yaml_file import Entry


def read_sources(file: Entry) -> dict[str, schema.Source | None]:
    """Check sources.yaml; give its entries by key, all of them None where one is wrong."""
    sources = validate(schema.SourcesFile, file)
    return dict.fromkeys(file.items) if sources is None else dict(sources)


def check_sources(entry: Entry, given: Mapping[str, Any], known: set[str] | None) -> None:
    """Report unknown source keys, and their absence where the kind asks for one.

    Parameters
    ----------
    entry : Entry
        What carries ``sources`` and ``kind``.
    given : mapping
        Its values; ``sources`` and ``kind`` may be missing.
    known : set of str or None
        Keys of sources.yaml; None where it could not be read.
    """
    sources = given.get("sources")
    if sources is None:
        return
    owner = f"{entry.where}: " if entry.path else ""
    if not sources and given.get("kind") in ("observed", "sourced"):
        entry.at("sources").refuse(
            f"{owner}the kind '{given['kind']}' needs a source",
            "an empty list",
            "at least one key of sources.yaml",
            "add a source, or write 'kind: judgement'",
        )
    for position, key in enumerate(sources):
        if known is not None and key not in known:
            remedy = remedy_for(key, known, "add it to sources.yaml")
            what, expected = f"{owner}unknown source", "a key of sources.yaml"
            entry.at("sources", position).refuse(what, f"'{key}'", expected, remedy)
