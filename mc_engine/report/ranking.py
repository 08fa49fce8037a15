"""A ranking in words, for a terminal: the statements and tables of every method."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from textwrap import wrap
from types import MappingProxyType
from typing import Any

from mc_engine.design.groups import JOINED
from mc_engine.errors import RequestError, preview
from mc_engine.ranking.methods import PARTS, SUPPLEMENTS, variance
from mc_engine.ranking.result import RankingResult
from mc_engine.report.catalogue import Catalogue
from mc_engine.report.statements import ranking_statements, target_statements
from mc_engine.report.terminal import WIDTH, printable, table
from mc_engine.vocabulary.statements import Section, Statement, Table

# Characters of a name, at least, in a table; members of a block that are named.
NAMED, MEMBERS = 24, 2
# Columns are narrow: directions by their signs.
_SIGNS = {"+": "+", "-": "-", "~": "~"}


def chosen(known: Sequence[str], names: Sequence[str]) -> list[str]:
    """Pick targets by name; all where none is named.

    Parameters
    ----------
    known, names : sequence of str
        Targets of the ranking, and those that are wanted.

    Raises
    ------
    RequestError
        For a target that is not there.
    """
    unknown = [name for name in names if name not in known]
    if unknown:
        raise RequestError(
            f"--target: found {preview(unknown)}, expected some of {', '.join(known)}"
        )
    return list(names or known)


def text(
    ranking: RankingResult | None,
    targets: Sequence[str],
    top: int = 10,
    supplements: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Write a ranking and what supplements it.

    Parameters
    ----------
    ranking : RankingResult or None
        None where a supplement takes its place.
    targets : sequence of str
        Targets that are shown.
    top : int
        Rows of each table.
    supplements : mapping of str to object
        Results by name of the method.
    """
    lines: list[str] = []
    factors = () if ranking is None else ranking.factors
    names = {group.name: _short(group.name) for group in factors}
    words = Catalogue("en", {"sign": _SIGNS, "factor": names})
    if ranking is not None:
        lines += _sentences(ranking_statements(ranking), words)
        for part in PARTS:
            for section in part.sections(ranking):
                if part is variance.METHOD:
                    section = _with_statements(section, ranking)
                lines += ["", *_section(section, targets, top, words, ranking)]
    for method in SUPPLEMENTS:
        if method.name in supplements:
            for section in method.sections(supplements[method.name]):
                lines += ["", *_section(section, targets, top, words)]
    if ranking is not None:
        seconds = ", ".join(f"{name} {value:.0f} s" for name, value in ranking.seconds.items())
        lines += ["", *wrap(f"Time: {seconds}", WIDTH)]
    # Spaces that must not break have done their duty.
    return "\n".join(printable(line.replace("\N{NO-BREAK SPACE}", " ")) for line in lines)


def _short(factor: str) -> str:
    """Name a factor by its first members."""
    members = factor.split(JOINED)
    more = f" and {len(members) - MEMBERS} more" if len(members) > MEMBERS else ""
    return ", ".join(members[:MEMBERS]) + more


def _with_statements(section: Section, ranking: RankingResult) -> Section:
    """Put below every target's table what the methods say of the target."""
    tables = [
        replace(one, statements=tuple(target_statements(target)))
        for one, target in zip(section.tables, ranking.targets, strict=True)
    ]
    return replace(section, tables=tuple(tables))


def _sentences(statements: Iterable[Statement], words: Catalogue, indent: str = "") -> list[str]:
    return [
        line
        for one in statements
        for line in wrap(words.say(one), WIDTH, initial_indent=indent, subsequent_indent=indent)
    ]


def _section(
    section: Section,
    targets: Sequence[str],
    top: int,
    words: Catalogue,
    ranking: RankingResult | None = None,
) -> list[str]:
    """Write a section: heading, sentences, and the tables of the targets that are shown."""
    lines = [words.word(f"page.{section.key}"), *_sentences(section.statements, words)]
    by_name = {} if ranking is None else {target.name: target for target in ranking.targets}
    for one in section.tables:
        if one.target is not None and one.target not in targets:
            continue
        own = words
        if one.target in by_name:
            leads = {line.factor: line.lead or line.factor for line in by_name[one.target].table}
            own = words.naming("factor", leads)
        lines += ["", *_table(one, top, own)]
    return lines


def _table(one: Table, top: int, words: Catalogue) -> list[str]:
    """Write a table with its sentences; what a row is about stands below it."""
    lines = _sentences(one.head, words)
    header = [words.word(f"column.{column}") for column in one.columns]
    rows = [[words.value(cell) for cell in row.cells] for row in one.rows[:top]]
    if rows:
        name = one.names - 1
        others = [k for k in range(len(header)) if k != name]
        spare = WIDTH - sum(max(len(row[k]) for row in (header, *rows)) + 2 for k in others) - 2
        longest = max(NAMED, spare)
        short = [[_cut(cell, longest) if k == name else cell for k, cell in enumerate(row)]
                 for row in rows]  # fmt: skip
        head, rule, *body = table(header, short, left=one.names)
        lines += [head, rule]
        for line, row, cells in zip(body, one.rows, rows, strict=False):
            full = cells[name] if len(cells[name]) > longest else ""
            note = "" if row.note is None else words.say(row.note)
            about = "; ".join(part for part in (full, row.meaning, note) if part)
            lines += [line, *(f"      {part}" for part in wrap(about, WIDTH - 6))]
    return [*lines, *_sentences(one.statements, words, "  ")]


def _cut(name: str, longest: int) -> str:
    return name if len(name) <= longest else f"{name[: longest - 3]}..."
