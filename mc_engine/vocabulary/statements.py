"""Statements: results in sentences and tables, in no language yet.

A statement is a key of the catalogues and the values that it speaks of, all from stored results.
Digits are written here, once: every language shows the same, on a terminal and on a page.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Name:
    """Something with a name of its own in each language.

    Attributes
    ----------
    kind : str
        ``target``, ``input``, ``factor``, ``lever``, ``scope``, ``unit``, ``word`` or ``sign``.
    key : str
    """

    kind: str
    key: str


@dataclass(frozen=True)
class Statement:
    """One sentence, or a part of one.

    Attributes
    ----------
    key : str
        Key of the template in the catalogues.
    values : mapping of str to Value
        Digits, names, and parts that are statements themselves.
    """

    key: str
    values: Mapping[str, "Value"] = field(default_factory=dict)


Value: TypeAlias = "str | Name | Statement | Sequence[Name | Statement]"


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes
    ----------
    cells : tuple of Value
        By column.
    key, meaning : str
        Input that the row is about, and its meaning; empty where it is about no single one.
    note : Statement or None
        What the row is about, beside its name.
    """

    cells: tuple[Value, ...]
    key: str = ""
    meaning: str = ""
    note: Statement | None = None


@dataclass(frozen=True)
class Table:
    """A table with its sentences.

    Attributes
    ----------
    columns : tuple of str
        Keys of the headings in the catalogues, without ``column.``.
    rows : tuple of Row
    head, statements : tuple of Statement
        Sentences above, and below.
    target : str or None
        Target that it is about.
    p_miss : float or None
        P(miss) of that target, 1, where the table has little meaning for a target that is nearly
        certain.
    names : int
        Leading columns that hold names.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    head: tuple[Statement, ...] = ()
    statements: tuple[Statement, ...] = ()
    target: str | None = None
    p_miss: float | None = None
    names: int = 1


@dataclass(frozen=True)
class Section:
    """What a method contributes to a text or a page.

    Attributes
    ----------
    key : str
        Key of its heading in the catalogues, without ``page.``.
    statements : tuple of Statement
        Sentences below the heading.
    tables : tuple of Table
    """

    key: str
    statements: tuple[Statement, ...] = ()
    tables: tuple[Table, ...] = ()


def percent(share: float | None, least: int = 0) -> str:
    """Write a share as a percentage with as many digits as it deserves, and no fewer decimals."""
    if share is None:
        return "unknown"
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    if 0.1 <= share <= 0.9:
        return f"{100 * share:.{least}f} %"
    # One digit of what is left to 0 or to 1.
    digits = max(1, least)
    while digits < 6 and min(share, 1.0 - share) < 0.01 * 10.0**-digits:
        digits += 1
    return f"{100 * share:.{digits}f} %"


def decimals(low: float | None, high: float | None) -> int:
    """Decimals that keep the two ends of a range in percent apart."""
    if low is None or high is None or not 0.0 < high - low < 0.01:
        return 0
    return min(6, math.ceil(-math.log10(100.0 * (high - low))))


def share(value: float, least: int = 0) -> str:
    """Write a share as the digits of a percentage.

    Parameters
    ----------
    value : float
        1.
    least : int
        Decimals at least.
    """
    return percent(value, least).removesuffix(" %")


def points(value: float) -> str:
    """Write a difference of shares as the digits of percentage points, without its sign.

    Parameters
    ----------
    value : float
        1.
    """
    return f"{abs(100.0 * value):.1f}"


def signed(value: float) -> str:
    """Write a difference of shares as the digits of percentage points, with its sign.

    Parameters
    ----------
    value : float
        1.
    """
    digits = f"{abs(100.0 * value):.1f}"
    if float(digits) == 0.0:
        return digits
    return f"{'+' if value > 0.0 else MINUS}{digits}"


def amount(value: float) -> str:
    """Write an amount with three figures that count.

    Parameters
    ----------
    value : float
    """
    if value == 0.0 or abs(value) >= 100.0:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def bounded(p: float, low: float, high: float) -> Statement:
    """State a share with its range; one that was never seen, or always, is bounded alone.

    Parameters
    ----------
    p, low, high : float
        1.
    """
    if p == 0.0:
        return Statement("chance_below", {"high": share(high)})
    if p == 1.0:
        return Statement("chance_above", {"low": share(low)})
    least = decimals(low, high)
    ends = {"low": share(low, least), "high": share(high, least)}
    return Statement("chance", {"p": share(p, least), **ends})


def ranged_share(value: float, low: float, high: float) -> Statement:
    """State a share of the variance with its range.

    Parameters
    ----------
    value, low, high : float
        1; a range may go a little below 0.
    """
    digits = {"share": value, "low": max(low, 0.0), "high": min(high, 1.0)}
    return Statement("share", {name: f"{100.0 * one:.0f}" for name, one in digits.items()})


def index(value: float, low: float, high: float) -> Statement:
    """State a sensitivity index with its range.

    Parameters
    ----------
    value, low, high : float
        1.
    """
    digits = {"value": value, "low": low, "high": high}
    return Statement("interval", {name: f"{one:.3f}" for name, one in digits.items()})


def change(value: float, low: float, high: float) -> Statement:
    """State a change of a share in percentage points with its range.

    Parameters
    ----------
    value, low, high : float
        1.
    """
    digits = {"value": value, "low": low, "high": high}
    return Statement("interval", {name: signed(one) for name, one in digits.items()})
