"""Observed values behind an empirical distribution: one column of a CSV file of the region."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from mc_engine.distributions.empirical import Empirical
from mc_engine.distributions.fit import Observed
from mc_engine.problem.messages import Spot, remedy_for
from mc_engine.problem.tables import (
    Row,
    check_number,
    check_plain,
    check_repeats,
    is_number,
    read_lines,
    rows_of,
)

_HASH_BYTES = 16
# Columns of observed tables that hold prose.
_PROSE = ("note",)


@dataclass(frozen=True)
class Csv:
    """One CSV file that was read: its first line, its text, and the bytes it came from."""

    top: Spot
    text: str
    data: bytes

    @property
    def hash(self) -> str:
        """BLAKE2b of the bytes, 32 hexadecimal digits."""
        return blake2b(self.data, digest_size=_HASH_BYTES).hexdigest()


class UnreadError(ValueError):
    """A CSV file that cannot be had; carries found, expected and remedy."""

    def __init__(self, what: str, found: str, expected: str, remedy: str) -> None:
        super().__init__(f"{what}; found {found}, expected {expected}; {remedy}")
        self.parts = (what, found, expected, remedy)


# Gives a file by its path within the region's folder; None, after reporting, where it is broken.
Opener = Callable[[str], Csv | None]


def no_files(name: str) -> None:
    """Open nothing: for files in which no prior stands."""


# Reports one fault of the prior: key (None: the whole), what, found, expected, remedy.
Complain = Callable[[str | None, str, str, str, str], None]


def read_observed(
    stated: Empirical, unit: str | None, opener: Opener, complain: Complain
) -> Observed | None:
    """Read the values that an empirical distribution names.

    Parameters
    ----------
    stated : Empirical
    unit : str or None
        Of the prior; a ``unit`` beside the column ``value`` must be the same.
    opener : callable
        Gives the file.
    complain : callable
        Reports what is wrong with the prior.

    Returns
    -------
    Observed or None
        None, after reporting, when anything was wrong.
    """
    try:
        csv = opener(stated.file)
    except UnreadError as error:
        complain("file", *error.parts)
        return None
    lines = None if csv is None else read_lines(csv.text, csv.top)
    if csv is None or lines is None:
        return None
    report, header = csv.top.report, lines[0][1]
    before = report.faults
    check_repeats(header, csv.top)
    named = {"column": stated.column, "weights": stated.weights}
    wanted = {key: column for key, column in named.items() if column is not None}
    for key, column in wanted.items():
        if column not in header:
            remedy = remedy_for(column, header, "name a column of the file")
            complain(key, "unknown column", f"'{column}'", f"one of {', '.join(header)}", remedy)
    if report.faults > before:
        return None
    body = rows_of(lines, csv.top)
    for row in body:
        _check_row(row, stated.column, stated.weights)
    if stated.column == "value" and "unit" in header and unit is not None:
        _check_unit(body, unit)
    if report.faults > before:
        return None
    origin = ", ".join(f"{key}={column}" for key, column in wanted.items())
    return Observed(
        tuple(float(row.cells[stated.column]) for row in body),
        tuple(float(row.cells[stated.weights]) for row in body) if stated.weights else (),
        f"file={stated.file}, {origin}, hash={csv.hash}",
    )


def _check_row(row: Row, column: str, weights: str | None) -> None:
    """Refuse what is no number where one is wanted, and formulas anywhere else."""
    check_number(row, column)
    if weights is not None and check_number(row, weights) and float(row.cells[weights]) <= 0.0:
        what, result = f"'{weights}' is not a weight", f"'{row.cells[weights]}'"
        row.refuse(what, result, "a number above 0", "correct it, or leave out the row")
    for other, cell in row.cells.items():
        if other not in (column, weights, *_PROSE) and cell and not is_number(cell):
            check_plain(row, other)


def _check_unit(body: list[Row], unit: str) -> None:
    """Hold the unit of the values against the prior's, and name the first row that differs."""
    wrong = [row for row in body if row.cells["unit"] != unit]
    if wrong:
        wrong[0].refuse(
            "the unit is not that of the prior which reads this table",
            f"'{wrong[0].cells['unit']}'",
            f"'{unit}'",
            "write the prior in the unit of the table, or convert the numbers",
        )
