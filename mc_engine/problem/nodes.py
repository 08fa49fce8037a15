"""What a YAML file says, with the line of every word, and the list of what is wrong with it.

A file is read into :class:`Node` objects before anything is interpreted, so that every later
complaint can name its line. Plain words become numbers by the core schema of YAML 1.2:
``1e6`` is a number, ``no`` and ``12:30`` are text.
"""

import difflib
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from mc_engine.errors import preview

_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
_LONGEST_INT = 300
# More messages about one file than this help nobody.
_MOST_PER_FILE = 200


@dataclass(slots=True)
class Node:
    """One value of a YAML file.

    Attributes
    ----------
    line : int
        Line of its first character, from 1.
    value : object
        None, bool, int, float, str, a list of nodes, or a mapping of key to node.
    key_lines : mapping of str to int
        Line of each key, for a mapping.
    """

    line: int
    value: Any
    key_lines: dict[str, int] = field(default_factory=dict)

    @property
    def is_mapping(self) -> bool:
        """Whether the value is a mapping."""
        return isinstance(self.value, dict)

    def plain(self) -> Any:
        """Give the value as plain lists, dictionaries, text and numbers."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def json(self) -> str:
        """Give the value as JSON text, the form in which pydantic reads it strictly."""
        return json.dumps(self.plain())

    def get(self, key: str) -> "Node | None":
        """Give the node under a key of a mapping, or None."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def line_at(self, path: Iterable[object]) -> int:
        """Give the line of the deepest node that a path of keys and positions reaches.

        Steps that lead nowhere (tags that a validator adds) are passed over.
        """
        line, here = self.line, self
        for step in path:
            if isinstance(here.value, dict) and str(step) in here.value:
                line = here.key_lines.get(str(step), line)
                here = here.value[str(step)]
            elif isinstance(step, int) and isinstance(here.value, list) and step < len(here.value):
                here = here.value[step]
                line = here.line
        return line

    def walk(self) -> "Iterator[Node]":
        """Visit this node and everything below it."""
        yield self
        children: Iterable[Node] = ()
        if isinstance(self.value, dict):
            children = self.value.values()
        elif isinstance(self.value, list):
            children = self.value
        for child in children:
            yield from child.walk()


def resolve_plain(text: str) -> Any:
    """Turn an unquoted word into null, yes/no, a number or text (YAML 1.2 core schema)."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if _INT.fullmatch(text) and len(text) <= _LONGEST_INT:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    if text in (".nan", ".NaN", ".NAN"):
        return math.nan
    return text


def show(value: Any, limit: int = 60) -> str:
    """Write a value the way a message quotes it: text in quotes, numbers bare, long ones cut."""
    if isinstance(value, Node):
        value = value.plain()
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the yes/no value {str(value).lower()}"
    if isinstance(value, float | int):
        return f"{value:.12g}" if isinstance(value, float) else str(value)
    if isinstance(value, str):
        text = value if len(value) <= limit else value[: limit - 1] + "…"
        return f"'{text}'"
    if isinstance(value, dict):
        return f"a mapping with the keys {preview(value)}" if value else "an empty mapping"
    return f"a list of {len(value)}" if value else "an empty list"


def nearest(found: str, known: Iterable[str]) -> str | None:
    """Name the known word that is most like the one found, if any is."""
    match = difflib.get_close_matches(found, list(known), n=1, cutoff=0.6)
    return match[0] if match else None


def remedy_for(found: str, known: Iterable[str], otherwise: str) -> str:
    """Suggest the nearest known word, or say what to do where none is near."""
    match = nearest(found, known)
    return f"did you mean '{match}'?" if match else otherwise


@dataclass
class Report:
    """Everything that is wrong with a folder, in the order of files and lines.

    Attributes
    ----------
    found : list of (str, int, str)
        File (as shown), line and message; each once.
    faults : int
        How often something was reported, what had been said before included.
    """

    found: list[tuple[str, int, str]] = field(default_factory=list)
    faults: int = 0
    _order: dict[str, int] = field(default_factory=dict)
    _said: set[tuple[str, int, str]] = field(default_factory=set)

    def open(self, file: str) -> None:
        """Note that a file is read, which fixes its place in the list of messages."""
        self._order.setdefault(file, len(self._order))

    def add(self, file: str, line: int, what: str, found: str, expected: str, remedy: str) -> None:
        """Record one problem.

        Parameters
        ----------
        file : str
            Path as shown to the reader.
        line : int
            Line in that file, from 1.
        what, found, expected, remedy : str
            The four answers that every message gives.
        """
        self.say(file, line, f"{what}; found {found}, expected {expected}; {remedy}")

    def say(self, file: str, line: int, sentence: str) -> None:
        """Record one problem whose sentence is complete already."""
        self.open(file)
        self.faults += 1
        entry = (file, line, f"{file}:{line}: {sentence}")
        if entry not in self._said:
            self._said.add(entry)
            self.found.append(entry)

    def lines(self) -> list[str]:
        """Give the messages in the order of files read, then lines.

        Of a file with more than 200 the first 200 are given, and the number of the others.
        """
        ordered = sorted(self.found, key=lambda entry: (self._order[entry[0]], entry[1]))
        messages: list[str] = []
        for file, group in groupby(ordered, key=lambda entry: entry[0]):
            entries = list(group)
            messages += [message for _, _, message in entries[:_MOST_PER_FILE]]
            if len(entries) > _MOST_PER_FILE:
                rest = len(entries) - _MOST_PER_FILE
                line = entries[_MOST_PER_FILE][1]
                messages.append(
                    f"{file}:{line}: {rest} more problems from here on; found {len(entries)} in "
                    "this file, expected none; correct those above first"
                )
        return messages
