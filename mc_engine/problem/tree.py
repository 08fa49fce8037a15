"""From the bytes of a file to nodes: the only place where YAML is read."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from mc_engine.problem.nodes import Node, Report, resolve_plain, show

_DEEPEST = 40
_BOM = b"\xef\xbb\xbf"


def decode(data: bytes, file: str, report: Report) -> str | None:
    """Turn UTF-8 bytes, with or without a byte-order mark, into text."""
    try:
        return data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        start = error.start + (len(_BOM) if data.startswith(_BOM) else 0)
        report.add(
            file,
            data.count(b"\n", 0, start) + 1,
            "the file is not UTF-8",
            f"the byte 0x{data[start]:02x}",
            "text in UTF-8",
            "save it with the encoding UTF-8",
        )
    return None


def read_yaml(text: str, file: str, report: Report) -> Node | None:
    """Read YAML text into nodes; None, after reporting, when it is no mapping.

    Parameters
    ----------
    text : str
        Content of the file.
    file : str
        Path as shown to the reader.
    report : Report
        Where the messages go.
    """
    try:
        return build_tree(YAML(typ="safe", pure=True).parse(text), file, report)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        report.add(
            file,
            line,
            "a character that YAML does not allow",
            f"code {error.character}",
            "printable text",
            "remove it",
        )
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = (error.problem or "a word that cannot stand here").removeprefix("found ")
        remedy = "correct this line or the one before it"
        if "cannot start any token" in problem:
            tab = "\\t" in problem
            remedy = "indent with spaces, not tabs" if tab else "put this word in quotes"
        report.add(
            file,
            mark.line + 1 if mark else 1,
            "the file cannot be read as YAML",
            " ".join(problem.split()),
            "YAML 1.2",
            remedy,
        )
    except YAMLError as error:
        report.add(
            file,
            1,
            "the file cannot be read as YAML",
            " ".join(str(error).split()),
            "YAML 1.2",
            "correct the file",
        )
    return None


def build_tree(events: Iterable[Any], file: str, report: Report) -> Node | None:
    """Build the nodes of one document from the events of a YAML parser.

    Parameters
    ----------
    events : iterable of ruamel.yaml.events.Event
        Told apart by the names of their classes.
    file : str
        Path as shown to the reader.
    report : Report
        Where the messages go.

    Returns
    -------
    Node or None
        The root mapping; None, after reporting, when the file holds something else.
    """
    stream = iter(events)
    builder = _Builder(stream, file, report)
    root: Node | None = None
    documents = 0
    for event in stream:
        kind = _kind(event)
        if kind == "DocumentStart":
            documents += 1
            if not _check_document(event, documents, file, report):
                break
        elif kind in ("Scalar", "MappingStart", "SequenceStart", "Alias"):
            empty = kind == "Scalar" and event.style is None and event.value == ""
            root = None if empty else builder.node(event, 0)
    if root is None:
        report.add(
            file,
            1,
            "the file is empty",
            "nothing",
            "a mapping of keys to values",
            "fill or remove it",
        )
    elif not root.is_mapping:
        report.add(
            file,
            root.line,
            "the file does not hold a mapping",
            show(root),
            "a mapping of keys to values",
            "write 'key: value' lines",
        )
    return root if root is not None and root.is_mapping else None


def _check_document(event: Any, number: int, file: str, report: Report) -> bool:
    """Refuse directives and a second document; tell whether to read on."""
    if number > 1:
        report.add(
            file,
            _line(event),
            "a second document in the file",
            "'---'",
            "one document",
            "remove the line, or make it a file of its own",
        )
    elif event.version or event.tags:
        report.add(
            file,
            _line(event),
            "a directive before the document",
            "a line with '%'",
            "no directives; every file is read as YAML 1.2",
            "remove it",
        )
    return number == 1


def _kind(event: Any) -> str:
    return type(event).__name__.removesuffix("Event")


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


class _Builder:
    """Turns events into nodes and refuses anchors, tags, merges, repeated keys, empty values."""

    def __init__(self, stream: Iterator[Any], file: str, report: Report) -> None:
        self.stream = stream
        self.file = file
        self.report = report

    def node(self, event: Any, depth: int) -> Node:
        """Build the node that starts with an event."""
        kind, line = _kind(event), _line(event)
        if kind == "Alias":
            self._refuse(line, "an alias", f"'*{event.anchor}'", "the value itself, written out")
            return Node(line, None)
        if event.anchor is not None:
            self._refuse(line, "an anchor", f"'&{event.anchor}'", "no anchors", "remove it")
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self._refuse(line, "a tag", f"'{tag}'", "plain values without tags", "remove it")
        if kind == "Scalar":
            return self._scalar(event, line)
        if depth >= _DEEPEST:
            self._refuse(
                line,
                "values nested too deeply",
                f"more than {_DEEPEST} levels",
                f"at most {_DEEPEST}",
                "flatten them",
            )
            self._skip()
            return Node(line, None)
        if kind == "SequenceStart":
            items = []
            while _kind(step := next(self.stream)) != "SequenceEnd":
                items.append(self.node(step, depth + 1))
            return Node(line, items)
        return self._mapping(line, depth)

    def _mapping(self, line: int, depth: int) -> Node:
        found: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while _kind(start := next(self.stream)) != "MappingEnd":
            key_line = _line(start)
            if _kind(start) != "Scalar":
                self.node(start, depth + 1)
                self.node(next(self.stream), depth + 1)
                self._refuse(
                    key_line,
                    "a key that is not a word",
                    "a list, a mapping or an alias",
                    "a word",
                    "write a plain key",
                )
                continue
            key = str(start.value)
            self._check_key(start, key_line)
            value = self.node(next(self.stream), depth + 1)
            if key in found:
                self._refuse(
                    key_line,
                    "a key stands twice",
                    f"'{key}' again",
                    f"each key once, and it stands in line {lines[key]}",
                    "remove one of the two",
                )
            elif key != "<<" or start.style is not None:
                found[key], lines[key] = value, key_line
        return Node(line, found, lines)

    def _check_key(self, start: Any, line: int) -> None:
        if start.anchor is not None or start.tag is not None:
            self._refuse(
                line, "an anchor or a tag on a key", f"'{start.value}'", "a plain key", "remove it"
            )
        if start.style is None and start.value == "<<":
            self._refuse(line, "a merge key", "'<<'", "the keys themselves, written out")
        if start.value == "":
            self._refuse(line, "a key without a word", "nothing before ':'", "a word", "name it")

    def _scalar(self, event: Any, line: int) -> Node:
        if event.style is not None:
            return Node(line, str(event.value))
        value = resolve_plain(event.value)
        if value is None:
            self._refuse(
                line,
                "a key or list entry without a value",
                f"'{event.value}'" if event.value else "nothing",
                "a value",
                "write one, or remove the key",
            )
        elif isinstance(value, float) and not math.isfinite(value):
            self._refuse(
                line,
                "a number that is not finite",
                f"{event.value}",
                "a finite number",
                "write a number",
            )
        return Node(line, value)

    def _refuse(
        self, line: int, what: str, found: str, expected: str, remedy: str = "copy it here"
    ) -> None:
        self.report.add(self.file, line, what, found, expected, remedy)

    def _skip(self) -> None:
        """Pass over the rest of a mapping or list whose start was just read."""
        open_parts = 1
        while open_parts:
            kind = _kind(next(self.stream))
            open_parts += kind.endswith("Start")
            open_parts -= kind.endswith("End")
