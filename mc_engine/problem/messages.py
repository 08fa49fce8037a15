"""What is wrong with the files of a region: messages with file, line, and four answers."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from mc_engine.errors import preview

# More messages about one file than this help nobody.
_MOST_PER_FILE = 200


@dataclass
class Report:
    """Everything that is wrong with a folder, in the order of files and lines.

    Attributes
    ----------
    found : dict of (str, int, str) to None
        File (as shown), line and message; each once.
    faults : int
        How often something was reported, repetitions included.
    """

    found: dict[tuple[str, int, str], None] = field(default_factory=dict)
    faults: int = 0
    _order: dict[str, int] = field(default_factory=dict)

    def open(self, file: str) -> None:
        """Note that a file is read, which fixes its position in the list of messages."""
        self._order.setdefault(file, len(self._order))

    def say(self, file: str, line: int, sentence: str) -> None:
        """Record one problem of a file (as shown) and a line (from 1)."""
        self.open(file)
        self.faults += 1
        self.found[file, line, f"{file}:{line}: {sentence}"] = None

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


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of a file, and what takes complaints about it.

    Attributes
    ----------
    report : Report
    file : str
        Path as shown to the reader.
    line : int
        From 1.
    """

    report: Report = field(repr=False, compare=False)
    file: str
    line: int

    def refuse(self, what: str, found: str, expected: str, remedy: str) -> None:
        """Report one problem by the four answers that every message gives."""
        self.report.say(
            self.file, self.line, f"{what}; found {found}, expected {expected}; {remedy}"
        )

    def say(self, sentence: str) -> None:
        """Report one problem whose sentence is complete already."""
        self.report.say(self.file, self.line, sentence)

    @property
    def position(self) -> str:
        """File and line."""
        return f"{self.file}:{self.line}"


def show(value: Any, limit: int = 60) -> str:
    """Write a value the way a message quotes it: text in quotes, numbers bare, long ones cut."""
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
