"""The parts of a report page in one language, as plain text and SVG for the template."""

from typing import Any

from mc_engine.design.groups import JOINED, REST, THE_REST
from mc_engine.ranking.methods import PARTS, SUPPLEMENTS, variance
from mc_engine.ranking.result import FEW_MISSES, MOST_MISSES, RARE, SURE, RankedTarget
from mc_engine.report import charts, statements
from mc_engine.report.catalogue import Catalogue
from mc_engine.report.material import Material
from mc_engine.vocabulary.statements import Row, Section, Table, amount, bounded

# Rows of a table of factors, and inputs with deciles.
TOP, SHOWN = 10, 6


def targets(material: Material, words: Catalogue) -> list[dict[str, Any]]:
    """Give the rows of the table of targets.

    Parameters
    ----------
    material : Material
    words : Catalogue
    """
    rows = []
    for row in material.summary["targets"]:
        known = row["p_miss"] is not None
        missed = row["shortfall_mean"] is not None
        after = material.past.get(row["name"])
        rows.append(
            {
                "title": words.name("target", row["name"]),
                "name": row["name"],
                "status": words.word(f"word.{row['status']}"),
                "chance": words.say(statements.chance(row)) if known else "–",
                "bar": charts.chance_bar(row["p_miss"], row["low"], row["high"], row["name"])
                if known
                else "",
                "past": "" if after is None else words.say(bounded(*after)),
                "shortfall": f"{amount(row['shortfall_mean'])} ({amount(row['shortfall_p95'])}) "
                f"{words.name('unit', row['unit'])}"
                if missed
                else words.word("word.never"),
            }
        )
    return rows


def fans(material: Material, words: Catalogue) -> list[dict[str, str]]:
    """Draw emissions by scope.

    Parameters
    ----------
    material : Material
    words : Catalogue
    """
    stored = material.fans
    last = stored.get("last_observed")
    observed = None if last is None else (last, words.word("word.past"))
    unit = words.name("unit", stored["unit"]) if stored else ""
    return [
        {
            "title": words.name("heading", scope),
            "svg": charts.fan(stored["years"], bands, unit, words.name("scope", scope), observed),
        }
        for scope, bands in stored.get("scopes", {}).items()
    ]


def ranked(material: Material, words: Catalogue) -> list[dict[str, Any]]:
    """Give what decides each target, those in doubt first.

    Parameters
    ----------
    material : Material
    words : Catalogue
    """
    if material.ranking is None:
        return []
    (section,) = variance.METHOD.sections(material.ranking)
    parts = []
    for target, table in zip(material.ranking.targets, section.tables, strict=True):
        if not target.table:
            continue
        own = words.naming("factor", factor_names(target, words))
        parts.append(
            {
                "title": own.name("target", target.name),
                "name": target.name,
                "open": not target.measure_note,
                "chance": own.say(bounded(target.p_miss, target.low, target.high)),
                "lines": _lines(target, table, own),
                "deciles": _deciles(target, material, own),
                "statements": [own.say(one) for one in statements.target_statements(target)],
            }
        )
    return sorted(parts, key=lambda one: not one["open"])


def factor_names(target: RankedTarget, words: Catalogue) -> dict[str, str]:
    """Name the factors of a target by the members that lead them.

    Parameters
    ----------
    target : RankedTarget
    words : Catalogue
    """
    return {
        line.factor: words.word("word.rest")
        if line.lead is None
        else words.name("input", line.lead)
        for line in target.table
    }


def _lines(target: RankedTarget, table: Table, words: Catalogue) -> list[dict[str, Any]]:
    """Rows of the table of one target."""
    shown = target.table[:TOP]
    furthest = charts.ticks(0.0, max(line.total_high for line in shown))[-1]
    rows = []
    for line, row in zip(shown, table.rows, strict=False):
        cells = dict(zip(table.columns, map(words.value, row.cells), strict=True))
        bar = charts.bar(
            line.total, line.total_low, line.total_high, line.first, furthest, cells["factor"]
        )
        rows.append({**cells, "bar": bar, "key": row.key, "note": _note(row, words)})
    return rows


def _note(row: Row, words: Catalogue) -> str:
    return "" if row.note is None else words.say(row.note)


def _deciles(target: RankedTarget, material: Material, words: Catalogue) -> list[dict[str, str]]:
    """Draw the chance of missing against the leading inputs."""
    rows = []
    for name, one in list(target.deciles.items())[:SHOWN]:
        is_path = material.factors[name].is_path
        scale = 100.0 if is_path else 1.0
        edges = [None if edge is None else scale * edge for edge in one.edges]
        unit = words.word("word.percentile") if is_path else words.name("unit", one.unit)
        title = words.name("input", name)
        svg = charts.deciles(edges, one.p, one.low, one.high, target.p_miss, unit, title)
        rows.append({"title": title, "svg": svg})
    return rows


def over_time(material: Material, words: Catalogue) -> dict[str, Any]:
    """Draw what drives the emissions of every year.

    Parameters
    ----------
    material : Material
    words : Catalogue
    """
    indices = None if material.ranking is None else material.ranking.over_time
    if indices is None:
        return {}
    columns = range(len(indices.factors))
    panels = [
        {
            "title": words.name("heading", scope),
            "svg": charts.lines(
                indices.years,
                [[row[column] for row in table] for column in columns],
                words.word("word.index"),
                words.name("scope", scope),
            ),
        }
        for scope, table in zip(indices.scopes, indices.total, strict=True)
    ]
    legend = [
        {"swatch": charts.swatch(number), "name": words.name("factor", name)}
        for number, name in enumerate(indices.factors)
    ]
    return {"panels": panels, "legend": legend}


def usual_names(material: Material, words: Catalogue) -> dict[str, str]:
    """Name every factor by the member that leads it in most targets.

    Parameters
    ----------
    material : Material
    words : Catalogue
    """
    if material.ranking is None:
        return {}
    leads: dict[str, list[str]] = {
        group.name: [] for group in material.ranking.factors if group.kind != REST
    }
    for target in material.ranking.targets:
        for line in target.table:
            if line.lead is not None:
                leads[line.factor].append(line.lead)
    names = {THE_REST: words.word("word.rest")}
    for factor, named in leads.items():
        lead = max(dict.fromkeys(named), key=named.count) if named else factor.split(JOINED)[0]
        names[factor] = words.name("input", lead)
    return names


def methods(material: Material, words: Catalogue) -> list[dict[str, Any]]:
    """Give the sections of all methods but that of the target tables, which has charts.

    Parameters
    ----------
    material : Material
    words : Catalogue
    """
    parts: list[Section] = []
    if material.ranking is not None:
        for part in PARTS:
            if part is not variance.METHOD:
                parts += part.sections(material.ranking)
    for method in SUPPLEMENTS:
        if method.name in material.supplements:
            parts += method.sections(material.supplements[method.name])
    return [
        {
            "title": words.word(f"page.{section.key}"),
            "statements": [words.say(one) for one in section.statements],
            "tables": [_table(table, words) for table in section.tables if _is_open(table)],
        }
        for section in parts
    ]


def _is_open(table: Table) -> bool:
    """Whether the target of a table is neither missed nor met nearly always."""
    return table.p_miss is None or RARE <= table.p_miss <= SURE


def _table(table: Table, words: Catalogue) -> dict[str, Any]:
    rows = table.rows[:TOP] if table.columns[:1] == ("rank",) else table.rows
    return {
        "title": "" if table.target is None else words.name("target", table.target),
        "open": table.p_miss is None or FEW_MISSES <= table.p_miss <= MOST_MISSES,
        "head": [words.say(one) for one in table.head],
        "names": table.names,
        "columns": [words.word(f"column.{column}") for column in table.columns],
        "rows": [
            {"cells": [words.value(cell) for cell in row.cells], "note": _note(row, words)}
            for row in rows
        ],
        "statements": [words.say(one) for one in table.statements],
    }
