"""Observed tables: strict reading of ``observed/<table>.csv``."""

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mc_engine.errors import preview
from mc_engine.problem.nodes import Report, remedy_for
from mc_engine.units import UNITS, Unit
from mc_engine.vocabulary.inputs import Table

_FIXED = ("year", "value", "unit", "source", "label", "note")
_NEEDED = _FIXED[:-1]
_LABELS = ("observed", "derived", "judgement")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_YEAR = re.compile(r"(19|20|21)[0-9]{2}")
# A spreadsheet would take text that starts like this for a formula.
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Expected:
    """What a region expects of its tables.

    Attributes
    ----------
    columns : mapping of str to tuple of str
        Label columns of the tables the model can read.
    labels : mapping of str to sequence of str, or None
        Labels of every axis; None where the region's structure could not be read.
    sources : set of str or None
        Keys of sources.yaml; None where it could not be read.
    """

    columns: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, Sequence[str]] | None
    sources: set[str] | None


def read_table(
    name: str, text: str, file: str, expected: Expected, report: Report
) -> tuple[Table, str] | None:
    """Read one table and hand it over in the base unit of its dimension.

    Parameters
    ----------
    name : str
        File name without ``.csv``.
    text : str
        Content of the file.
    file : str
        Path as shown to the reader.
    expected : Expected
    report : Report
        Where the messages go.

    Returns
    -------
    (Table, str) or None
        The table and the unit it was written in; None when anything was wrong.
    """
    before = report.faults
    rows = read_rows(text, file, report)
    if rows is None:
        return None
    header = rows[0][1]
    if not _check_header(name, header, file, expected, report):
        return None
    keys = [column for column in header if column not in _FIXED]
    body = [
        Row(file, line, dict(zip(header, cells, strict=False)))
        for line, cells in rows[1:]
        if right_width(file, line, header, cells, report)
    ]
    unit = _check_unit(body, report)
    seen: dict[tuple[str, ...], int] = {}
    for row in body:
        _check_row(row, keys, expected, report)
        _check_twice(row, keys, seen, report)
    if report.faults > before or unit is None:
        return None
    return _table(name, keys, body, unit), unit.symbol


def read_rows(text: str, file: str, report: Report) -> list[tuple[int, list[str]]] | None:
    """Split a table into lines and cells, empty lines left out.

    Parameters
    ----------
    text : str
        Content of the file.
    file : str
        Path as shown to the reader.
    report : Report
        Where the messages go.

    Returns
    -------
    list of (int, list of str) or None
        Line and cells, header first; None, after reporting, when there is no row below it.
    """
    reader = csv.reader(io.StringIO(text), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            rows.append((reader.line_num, [cell.strip() for cell in cells]))  # noqa: PERF401
    except csv.Error as error:
        report.add(
            file,
            reader.line_num,
            f"not a table: {error}",
            "a row that cannot be read",
            "comma-separated cells",
            "correct the quotes of this row",
        )
        return None
    rows = [(line, cells) for line, cells in rows if any(cells)]
    if len(rows) < 2:
        report.add(
            file,
            1,
            "the table has no rows",
            f"{len(rows)} lines",
            "a header and at least one row",
            "add rows, or remove the file",
        )
        return None
    return rows


@dataclass(frozen=True)
class Row:
    """One row of a table: file as shown, line, and cell by column."""

    file: str
    line: int
    cells: dict[str, str]


def right_width(file: str, line: int, header: list[str], cells: list[str], report: Report) -> bool:
    """Tell whether a row has a cell for every column; report it otherwise."""
    if len(cells) != len(header):
        report.add(
            file,
            line,
            "the row does not match the header",
            f"{len(cells)} cells",
            f"{len(header)} cells",
            "add or remove commas, or quote text that holds a comma",
        )
    return len(cells) == len(header)


def check_repeats(header: list[str], file: str, report: Report) -> None:
    """Report every column that stands twice."""
    for column in dict.fromkeys(header):
        if header.count(column) > 1:
            report.add(
                file,
                1,
                "a column stands twice",
                f"'{column}'",
                "each column once",
                "rename or remove one",
            )


def is_number(cell: str) -> bool:
    """Tell whether a cell holds a finite number in plain digits."""
    return _NUMBER.fullmatch(cell) is not None and math.isfinite(float(cell))


def check_number(row: Row, column: str, report: Report) -> bool:
    """Tell whether a cell holds a finite number in plain digits; report it otherwise."""
    cell = row.cells[column]
    if is_number(cell):
        return True
    report.add(
        row.file,
        row.line,
        f"'{column}' is not a number",
        f"'{cell}'",
        "a number",
        "write digits with a decimal point and no separators; leave out rows without a value",
    )
    return False


def check_plain(row: Row, column: str, report: Report) -> None:
    """Refuse an empty cell, and one that a spreadsheet would take for a formula."""
    cell = row.cells[column]
    if not cell or cell.startswith(_FORMULA):
        report.add(
            row.file,
            row.line,
            f"'{column}' is not a label",
            f"'{cell}'",
            "text that does not start with = + - @",
            "write a plain label",
        )


def _check_header(
    name: str, header: list[str], file: str, expected: Expected, report: Report
) -> bool:
    before = report.faults
    keys = expected.columns.get(name)
    check_repeats(header, file, report)
    for column in (*(keys or ()), *_NEEDED):
        if column not in header:
            report.add(
                file,
                1,
                f"the column '{column}' is missing",
                ", ".join(header),
                f"'{column}' as well",
                "add it to the header and to every row",
            )
    if keys is not None:
        known = (*keys, *_FIXED)
        for column in header:
            if column not in known:
                report.add(
                    file,
                    1,
                    "unknown column",
                    f"'{column}'",
                    f"one of {', '.join(known)}",
                    remedy_for(column, known, "remove it"),
                )
    return report.faults == before


def _check_unit(body: list[Row], report: Report) -> Unit | None:
    if not body:
        return None
    first = body[0]
    symbol = first.cells["unit"]
    unit = UNITS.get(symbol)
    if unit is None:
        report.add(
            first.file,
            first.line,
            "unknown unit",
            f"'{symbol}'",
            "a unit of the closed list",
            remedy_for(symbol, UNITS, "use a unit of the closed list and convert the numbers"),
        )
    for row in body[1:]:
        if row.cells["unit"] != symbol:
            report.add(
                row.file,
                row.line,
                "the unit changes inside the table",
                f"'{row.cells['unit']}'",
                f"'{symbol}' as in line {first.line}",
                "convert the numbers to one unit",
            )
    return unit


def _check_row(row: Row, keys: list[str], expected: Expected, report: Report) -> None:
    year = row.cells["year"]
    if not _YEAR.fullmatch(year):
        report.add(
            row.file,
            row.line,
            "'year' is not a year",
            f"'{year}'",
            "a year from 1900 to 2199",
            "write four digits",
        )
    check_number(row, "value", report)
    source, label = row.cells["source"], row.cells["label"]
    if expected.sources is not None and source not in expected.sources:
        report.add(
            row.file,
            row.line,
            "unknown source",
            f"'{source}'",
            "a key of sources.yaml",
            remedy_for(source, expected.sources, "add it to sources.yaml"),
        )
    if label not in _LABELS:
        report.add(
            row.file,
            row.line,
            "unknown 'label'",
            f"'{label}'",
            ", ".join(_LABELS),
            remedy_for(label, _LABELS, "use one of these words"),
        )
    for column in keys:
        _check_label(row, column, expected, report)


def _check_label(row: Row, column: str, expected: Expected, report: Report) -> None:
    found = row.cells[column]
    known = None if expected.labels is None else expected.labels.get(column)
    if known is not None and found not in known:
        report.add(
            row.file,
            row.line,
            f"unknown {column}",
            f"'{found}'",
            preview(known, 12),
            remedy_for(found, known, f"use a {column} of the region's structure"),
        )
    elif known is None:
        check_plain(row, column, report)


def _check_twice(
    row: Row, keys: list[str], seen: dict[tuple[str, ...], int], report: Report
) -> None:
    key = (*(row.cells[column] for column in keys), row.cells["year"])
    first = seen.setdefault(key, row.line)
    if first != row.line:
        report.add(
            row.file,
            row.line,
            "the row repeats labels and year",
            " ".join(key),
            f"these once, as in line {first}",
            "remove one of the two",
        )


def _table(name: str, keys: list[str], body: list[Row], unit: Unit) -> Table:
    base = next(u for u in UNITS.values() if u.dimension == unit.dimension and u.factor == 1.0)
    text = {
        column: np.array([row.cells.get(column, "") for row in body])
        for column in (*keys, "source", "label", "note")
    }
    years = np.array([int(row.cells["year"]) for row in body], dtype=np.int64)
    values = np.array([float(row.cells["value"]) for row in body]) * unit.factor
    return Table(name, base.symbol, {**text, "year": years, "value": values})
