"""YAML files read strictly: the only place where YAML is read.

A file becomes :class:`Entry` objects before anything is interpreted, so that every later complaint
can name its line. Plain words become numbers by the core schema of YAML 1.2: ``1e6`` is a number,
``no`` and ``12:30`` are text. Anchors, tags, merges, repeated keys and empty values are refused,
all of them at once.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from mc_engine.problem.messages import Report, Spot, show

_DEEPEST = 40
_BOM = b"\xef\xbb\xbf"
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
_LONGEST_INT = 300
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}


@dataclass(frozen=True, slots=True)
class Entry(Spot):
    """One value of a YAML file: where it stands, what it is, and what takes complaints about it.

    Attributes
    ----------
    path : tuple of (str or int)
        Keys and positions that lead to it from the root of the file.
    value : object
        None, bool, int, float, str, a list of entries, or a mapping of key to entry. The line of
        an entry of a mapping is that of its key.
    """

    path: tuple[str | int, ...]
    value: Any

    @property
    def where(self) -> str:
        """Its keys, joined by dots."""
        return ".".join(map(str, self.path)) or "the file"

    @property
    def key(self) -> str:
        """The last of its keys."""
        return str(self.path[-1])

    @property
    def is_mapping(self) -> bool:
        """Whether the value is a mapping."""
        return isinstance(self.value, dict)

    @property
    def items(self) -> "dict[str, Entry]":
        """The entries of a mapping; none for any other value."""
        return self.value if isinstance(self.value, dict) else {}

    def plain(self) -> Any:
        """Give the value as plain lists, dictionaries, text and numbers."""
        if isinstance(self.value, dict):
            return {key: entry.plain() for key, entry in self.value.items()}
        if isinstance(self.value, list):
            return [entry.plain() for entry in self.value]
        return self.value

    def json(self) -> str:
        """Give the value as JSON text, the form in which pydantic reads it strictly."""
        return json.dumps(self.plain())

    def get(self, key: str) -> "Entry | None":
        """Give the entry under a key of a mapping, or None."""
        return self.items.get(key)

    def at(self, *path: object) -> "Entry":
        """Give the deepest entry that a path of keys and positions reaches.

        Steps that lead nowhere (tags that a validator adds) are passed over.
        """
        here = self
        for step in path:
            if isinstance(here.value, dict):
                here = here.value.get(str(step), here)
            elif isinstance(step, int) and isinstance(here.value, list) and step < len(here.value):
                here = here.value[step]
        return here

    def walk(self) -> "Iterator[Entry]":
        """Visit this entry and everything below it."""
        yield self
        below = self.value if isinstance(self.value, list) else self.items.values()
        for entry in below:
            yield from entry.walk()


def resolve_plain(text: str) -> Any:
    """Turn an unquoted word into null, yes/no, a number or text (YAML 1.2 core schema)."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) and len(text) <= _LONGEST_INT:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    return text


def decode(data: bytes, file: str, report: Report) -> str | None:
    """Turn UTF-8 bytes, with or without a byte-order mark, into text; None after reporting."""
    try:
        return data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        start = error.start + (len(_BOM) if data.startswith(_BOM) else 0)
        Spot(report, file, data.count(b"\n", 0, start) + 1).refuse(
            "the file is not UTF-8", f"the byte 0x{data[start]:02x}", "text in UTF-8",
            "save it with the encoding UTF-8",
        )  # fmt: skip
    return None


def read_yaml(text: str, file: str, report: Report) -> Entry | None:
    """Read YAML text; None, after reporting, when it is no mapping.

    Parameters
    ----------
    text : str
        Content of the file.
    file : str
        Path as shown to the reader.
    report : Report
        Takes what is wrong.
    """
    try:
        return _Builder(YAML(typ="safe", pure=True).parse(text), file, report).root()
    except ReaderError as error:
        Spot(report, file, text.count("\n", 0, error.position) + 1).refuse(
            "a character that YAML does not allow", f"code {error.character}", "printable text",
            "remove it",
        )  # fmt: skip
    except YAMLError as error:
        line, result, remedy = 1, str(error), "correct the file"
        if isinstance(error, MarkedYAMLError):
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            result = (error.problem or "a word that cannot stand here").removeprefix("found ")
            remedy = "correct this line or the one before it"
            if "cannot start any token" in result:
                tab = "\\t" in result
                remedy = "indent with spaces, not tabs" if tab else "put this word in quotes"
        Spot(report, file, line).refuse(
            "the file cannot be read as YAML", " ".join(result.split()), "YAML 1.2", remedy
        )
    return None


def _kind(event: Any) -> str:
    return type(event).__name__.removesuffix("Event")


class _Builder:
    """Turns the events of a parser into entries, and refuses what only YAML offers."""

    def __init__(self, stream: Iterator[Any], file: str, report: Report) -> None:
        self.stream, self.file, self.report = stream, file, report

    def root(self) -> Entry | None:
        """Build the one mapping that a file holds; None, after reporting, for anything else."""
        root: Entry | None = None
        documents = 0
        for event in self.stream:
            kind = _kind(event)
            if kind == "DocumentStart":
                documents += 1
                if documents > 1:
                    self._spot(event).refuse(
                        "a second document in the file", "'---'", "one document",
                        "remove the line, or make it a file of its own",
                    )  # fmt: skip
                    break
                if event.version or event.tags:
                    self._spot(event).refuse(
                        "a directive before the document", "a line with '%'",
                        "no directives; every file is read as YAML 1.2", "remove it",
                    )  # fmt: skip
            elif kind in ("Scalar", "MappingStart", "SequenceStart", "Alias"):
                empty = kind == "Scalar" and event.style is None and event.value == ""
                root = None if empty else self.entry(event, ())
        if root is not None and root.is_mapping:
            return root
        expected = "a mapping of keys to values"
        if root is None:
            spot = Spot(self.report, self.file, 1)
            spot.refuse("the file is empty", "nothing", expected, "fill or remove it")
        else:
            result = show(root.plain())
            remedy = "write 'key: value' lines"
            root.refuse("the file does not hold a mapping", result, expected, remedy)
        return None

    def entry(self, event: Any, path: tuple[str | int, ...], key: Spot | None = None) -> Entry:
        """Build the entry that starts with an event; under a key, it stands where the key does."""
        kind, spot = _kind(event), self._spot(event)
        value: Any = None
        if kind == "Alias":
            expected = "the value itself, written out"
            spot.refuse("an alias", f"'*{event.anchor}'", expected, "copy it here")
        else:
            if event.anchor is not None:
                spot.refuse("an anchor", f"'&{event.anchor}'", "no anchors", "remove it")
            if event.tag is not None:
                tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
                spot.refuse("a tag", f"'{tag}'", "plain values without tags", "remove it")
            if kind == "Scalar":
                value = self._scalar(event, spot)
            elif len(path) >= _DEEPEST:
                result, expected = f"more than {_DEEPEST} levels", f"at most {_DEEPEST}"
                spot.refuse("values nested too deeply", result, expected, "flatten them")
                self._skip()
            elif kind == "SequenceStart":
                value = []
                while _kind(step := next(self.stream)) != "SequenceEnd":
                    value.append(self.entry(step, (*path, len(value))))
            else:
                value = self._mapping(path)
        return Entry(self.report, self.file, (key or spot).line, path, value)

    def _mapping(self, path: tuple[str | int, ...]) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        while _kind(start := next(self.stream)) != "MappingEnd":
            spot = self._spot(start)
            if _kind(start) != "Scalar":
                self.entry(start, (*path, ""))
                self.entry(next(self.stream), (*path, ""))
                result = "a list, a mapping or an alias"
                spot.refuse("a key that is not a word", result, "a word", "write a plain key")
                continue
            key, merge = str(start.value), start.style is None and start.value == "<<"
            if start.anchor is not None or start.tag is not None:
                spot.refuse("an anchor or a tag on a key", f"'{key}'", "a plain key", "remove it")
            if merge:
                expected = "the keys themselves, written out"
                spot.refuse("a merge key", "'<<'", expected, "copy it here")
            if not key:
                spot.refuse("a key without a word", "nothing before ':'", "a word", "name it")
            entry = self.entry(next(self.stream), (*path, key), spot)
            if key in entries:
                expected = f"each key once, and it stands in line {entries[key].line}"
                spot.refuse(
                    "a key stands twice", f"'{key}' again", expected, "remove one of the two"
                )
            elif not merge:
                entries[key] = entry
        return entries

    def _scalar(self, event: Any, spot: Spot) -> Any:
        if event.style is not None:
            return str(event.value)
        value = resolve_plain(event.value)
        if value is None:
            result = f"'{event.value}'" if event.value else "nothing"
            remedy = "write one, or remove the key"
            spot.refuse("a key or list entry without a value", result, "a value", remedy)
        elif isinstance(value, float) and not math.isfinite(value):
            result = f"{event.value}"
            spot.refuse("a number that is not finite", result, "a finite number", "write a number")
        return value

    def _spot(self, event: Any) -> Spot:
        return Spot(self.report, self.file, int(event.start_mark.line) + 1)

    def _skip(self) -> None:
        """Pass over the rest of a mapping or list whose start was just read."""
        open_parts = 1
        while open_parts:
            kind = _kind(next(self.stream))
            open_parts += kind.endswith("Start")
            open_parts -= kind.endswith("End")
