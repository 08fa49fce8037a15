"""Observed tables: strict reading of ``observed/<table>.csv``."""

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mc_engine.errors import preview
from mc_engine.problem.messages import Spot, remedy_for
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


@dataclass(frozen=True, slots=True)
class Row(Spot):
    """One row of a table: where it stands, and cell by column."""

    cells: dict[str, str]


def read_table(name: str, text: str, top: Spot, expected: Expected) -> tuple[Table, str] | None:
    """Read one table and hand it over in the base unit of its dimension.

    Parameters
    ----------
    name : str
        File name without ``.csv``.
    text : str
        Content of the file.
    top : Spot
        Its first line.
    expected : Expected

    Returns
    -------
    (Table, str) or None
        The table and the unit it was written in; None when anything was wrong.
    """
    before = top.report.faults
    lines = read_lines(text, top)
    if lines is None:
        return None
    header = lines[0][1]
    if not _check_header(name, header, top, expected):
        return None
    keys = [column for column in header if column not in _FIXED]
    body = rows_of(lines, top)
    unit = _check_unit(body)
    seen: dict[tuple[str, ...], int] = {}
    for row in body:
        _check_row(row, keys, expected)
        _check_twice(row, keys, seen)
    if top.report.faults > before or unit is None:
        return None
    return _table(name, keys, body, unit), unit.symbol


def read_lines(text: str, top: Spot) -> list[tuple[int, list[str]]] | None:
    """Split a table into lines and cells, empty lines left out.

    Parameters
    ----------
    text : str
        Content of the file.
    top : Spot
        Its first line.

    Returns
    -------
    list of (int, list of str) or None
        Line and cells, header first; None, after reporting, when there is no row below it.
    """
    reader = csv.reader(io.StringIO(text), strict=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            lines.append((reader.line_num, [cell.strip() for cell in cells]))  # noqa: PERF401
    except csv.Error as error:
        Spot(top.report, top.file, reader.line_num).refuse(
            f"not a table: {error}",
            "a row that cannot be read",
            "comma-separated cells",
            "correct the quotes of this row",
        )
        return None
    lines = [(line, cells) for line, cells in lines if any(cells)]
    if len(lines) < 2:
        result, expected = f"{len(lines)} lines", "a header and at least one row"
        top.refuse("the table has no rows", result, expected, "add rows, or remove the file")
        return None
    return lines


def rows_of(lines: list[tuple[int, list[str]]], top: Spot) -> list[Row]:
    """Give the rows below the header that have a cell for every column; report the others."""
    (_, header), *body = lines
    rows = []
    for line, cells in body:
        row = Row(top.report, top.file, line, dict(zip(header, cells, strict=False)))
        if len(cells) == len(header):
            rows.append(row)
        else:
            row.refuse(
                "the row does not match the header",
                f"{len(cells)} cells",
                f"{len(header)} cells",
                "add or remove commas, or quote text that holds a comma",
            )
    return rows


def check_repeats(header: list[str], top: Spot) -> None:
    """Report every column that stands twice."""
    for column in dict.fromkeys(header):
        if header.count(column) > 1:
            what, remedy = "a column stands twice", "rename or remove one"
            top.refuse(what, f"'{column}'", "each column once", remedy)


def is_number(cell: str) -> bool:
    """Tell whether a cell holds a finite number in plain digits."""
    return _NUMBER.fullmatch(cell) is not None and math.isfinite(float(cell))


def check_number(row: Row, column: str) -> bool:
    """Tell whether a cell holds a finite number in plain digits; report it otherwise."""
    cell = row.cells[column]
    if is_number(cell):
        return True
    row.refuse(
        f"'{column}' is not a number",
        f"'{cell}'",
        "a number",
        "write digits with a decimal point and no separators; leave out rows without a value",
    )
    return False


def check_plain(row: Row, column: str) -> None:
    """Refuse an empty cell, and one that a spreadsheet would take for a formula."""
    cell = row.cells[column]
    if not cell or cell.startswith(_FORMULA):
        what, expected = f"'{column}' is not a label", "text that does not start with = + - @"
        row.refuse(what, f"'{cell}'", expected, "write a plain label")


def _check_header(name: str, header: list[str], top: Spot, expected: Expected) -> bool:
    before = top.report.faults
    keys = expected.columns.get(name)
    check_repeats(header, top)
    for column in (*(keys or ()), *_NEEDED):
        if column not in header:
            top.refuse(
                f"the column '{column}' is missing",
                ", ".join(header),
                f"'{column}' as well",
                "add it to the header and to every row",
            )
    known = header if keys is None else (*keys, *_FIXED)
    for column in header:
        if column not in known:
            remedy = remedy_for(column, known, "remove it")
            top.refuse("unknown column", f"'{column}'", f"one of {', '.join(known)}", remedy)
    return top.report.faults == before


def _check_unit(body: list[Row]) -> Unit | None:
    if not body:
        return None
    first = body[0]
    symbol = first.cells["unit"]
    unit = UNITS.get(symbol)
    if unit is None:
        remedy = remedy_for(symbol, UNITS, "use a unit of the closed list and convert the numbers")
        first.refuse("unknown unit", f"'{symbol}'", "a unit of the closed list", remedy)
    for row in body[1:]:
        if row.cells["unit"] != symbol:
            row.refuse(
                "the unit changes inside the table",
                f"'{row.cells['unit']}'",
                f"'{symbol}' as in line {first.line}",
                "convert the numbers to one unit",
            )
    return unit


def _check_row(row: Row, keys: list[str], expected: Expected) -> None:
    year, source, label = (row.cells[column] for column in ("year", "source", "label"))
    if not _YEAR.fullmatch(year):
        what, allowed = "'year' is not a year", "a year from 1900 to 2199"
        row.refuse(what, f"'{year}'", allowed, "write four digits")
    check_number(row, "value")
    if expected.sources is not None and source not in expected.sources:
        remedy = remedy_for(source, expected.sources, "add it to sources.yaml")
        row.refuse("unknown source", f"'{source}'", "a key of sources.yaml", remedy)
    if label not in _LABELS:
        remedy = remedy_for(label, _LABELS, "use one of these words")
        row.refuse("unknown 'label'", f"'{label}'", ", ".join(_LABELS), remedy)
    for column in keys:
        _check_label(row, column, expected)


def _check_label(row: Row, column: str, expected: Expected) -> None:
    result = row.cells[column]
    known = None if expected.labels is None else expected.labels.get(column)
    if known is None:
        check_plain(row, column)
    elif result not in known:
        remedy = remedy_for(result, known, f"use a {column} of the region's structure")
        row.refuse(f"unknown {column}", f"'{result}'", preview(known, 12), remedy)


def _check_twice(row: Row, keys: list[str], seen: dict[tuple[str, ...], int]) -> None:
    key = (*(row.cells[column] for column in keys), row.cells["year"])
    first = seen.setdefault(key, row.line)
    if first != row.line:
        row.refuse(
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
