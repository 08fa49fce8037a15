"""The parts of a report page in one language, as plain text and SVG for the template."""

from collections.abc import Mapping
from typing import Any

from mc_engine.design.groups import JOINED
from mc_engine.ranking.ranked import RARE, SURE
from mc_engine.report import charts, statements
from mc_engine.report.catalogue import Catalogue
from mc_engine.report.material import Material
from mc_engine.report.statements import Name, Statement, amount, signed

# Rows of a table of factors, of inputs with tenths, of factors of a decision.
TOP, SHOWN, VALUED = 10, 6, 5
SIGNS = {"+": "plus", "-": "minus", "~": "mixed"}


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
                "past": "" if after is None else words.say(statements.bounded(*after)),
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
    found = material.fans
    last = found.get("last_observed")
    observed = None if last is None else (last, words.word("word.past"))
    unit = words.name("unit", found["unit"]) if found else ""
    return [
        {
            "title": words.name("heading", scope),
            "svg": charts.fan(found["years"], bands, unit, words.name("scope", scope), observed),
        }
        for scope, bands in found.get("scopes", {}).items()
    ]


def ranked(material: Material, words: Catalogue) -> list[dict[str, Any]]:
    """Give what decides each target, those in doubt first.

    Parameters
    ----------
    material : Material
    words : Catalogue
    """
    rows = {row["name"]: row for row in material.summary["targets"]}
    found = []
    for target in material.ranking.get("targets", ()):
        if not target["table"]:
            continue
        leads = {line["factor"]: line["lead"] for line in target["table"]}
        own = words.naming(
            "factor", {name: factor_name(name, lead, words) for name, lead in leads.items()}
        )
        paths = [name for name, factor in material.factors.items() if factor.is_path]
        said = [
            *([Statement("sure")] if target["measure_note"] else []),
            *statements.box(target["box"], paths),
            *statements.certificate(target["certificate"]),
            *_pairs(target),
            *statements.left_out(target["left_out"]),
        ]
        found.append(
            {
                "title": own.name("target", target["name"]),
                "name": target["name"],
                "open": not target["measure_note"],
                "chance": own.say(statements.chance(rows[target["name"]])),
                "lines": _lines(target, own),
                "tenths": _tenths(target, material, own),
                "said": [own.say(one) for one in said],
            }
        )
    return sorted(found, key=lambda one: not one["open"])


def factor_name(name: str, lead: str | None, words: Catalogue) -> str:
    """Name a factor by the member that leads it.

    Parameters
    ----------
    name : str
    lead : str or None
        None for all other inputs.
    words : Catalogue
    """
    return words.word("word.rest") if lead is None else words.name("input", lead)


def _pairs(target: Mapping[str, Any]) -> list[Statement]:
    return [
        Statement(
            "pair",
            {
                "one": Name("factor", pair["factors"][0]),
                "other": Name("factor", pair["factors"][1]),
                "share": f"{100.0 * pair['second']:.1f}",
                "low": f"{100.0 * pair['low']:.1f}",
                "high": f"{100.0 * pair['high']:.1f}",
            },
        )
        for pair in target.get("pairs", ())
        if pair["low"] > 0.0
    ]


def _lines(target: Mapping[str, Any], words: Catalogue) -> list[dict[str, Any]]:
    """Rows of the table of one target."""
    table = target["table"][:TOP]
    furthest = charts.ticks(0.0, max(line["total_high"] for line in table))[-1]
    rank = {line["factor"]: line["rank"] for line in table}
    rows = []
    for line in table:
        name = words.name("factor", line["factor"])
        tied = sorted(rank[other] for other in line["tied_with"] if other in rank)
        rows.append(
            {
                "rank": line["rank"],
                "name": name,
                "key": line["lead"] or "",
                "kind": _kind(line, words),
                "bar": charts.bar(
                    line["total"], line["total_low"], line["total_high"], line["first"],
                    furthest, name,
                ),
                "total": f"{line['total']:.3f} "
                f"({line['total_low']:.3f}–{line['total_high']:.3f})",
                "sign": "" if line["lead"] is None else words.word(
                    f"word.{SIGNS[line['sign']]}"
                ),
                "fall": fall_words(line["fall"], words),
                "tied": ", ".join(map(str, tied)),
            }
        )  # fmt: skip
    return rows


def fall_words(fall: Mapping[str, Any] | None, words: Catalogue) -> str:
    """Write the change of the chance in percentage points, with its range.

    Parameters
    ----------
    fall : mapping or None
        As in a line of the ranking.
    words : Catalogue
    """
    if fall is None:
        return ""
    return _change(-fall["fall"], -fall["high"], -fall["low"], words)


def _change(value: float, low: float, high: float, words: Catalogue) -> str:
    """Write a change in percentage points with its range."""
    ends = words.word("word.from_to", low=signed(low), high=signed(high))
    return f"{signed(value)} ({ends})"


def _kind(line: Mapping[str, Any], words: Catalogue) -> str:
    """Say what a factor is made of."""
    if line["kind"] == "path":
        return words.word("word.path")
    if line["kind"] == "block":
        count = len(line["factor"].split(JOINED)) - 1
        if count == 1:
            return words.word("word.one_block")
        return words.word("word.block", count=f"{count}")
    return ""


def _tenths(
    target: Mapping[str, Any], material: Material, words: Catalogue
) -> list[dict[str, str]]:
    """Draw the chance of missing against the leading inputs."""
    rows = []
    for name, found in list(target["deciles"].items())[:SHOWN]:
        is_path = material.factors[name].is_path
        scale = 100.0 if is_path else 1.0
        edges = [None if edge is None else scale * edge for edge in found["edges"]]
        unit = words.word("word.percentile") if is_path else words.name("unit", found["unit"])
        title = words.name("input", name)
        svg = charts.tenths(
            edges, found["p"], found["low"], found["high"], target["p_miss"], unit, title
        )
        rows.append({"title": title, "svg": svg})
    return rows


def over_time(material: Material, words: Catalogue) -> dict[str, Any]:
    """Draw what drives the emissions of every year.

    Parameters
    ----------
    material : Material
    words : Catalogue
    """
    found = material.ranking.get("over_time") or {}
    if not found:
        return {}
    columns = range(len(found["factors"]))
    panels = [
        {
            "title": words.name("heading", scope),
            "svg": charts.lines(
                found["years"],
                [[row[column] for row in table] for column in columns],
                words.word("word.index"),
                words.name("scope", scope),
            ),
        }
        for scope, table in zip(found["scopes"], found["total"], strict=True)
    ]
    legend = [
        {"swatch": charts.swatch(place), "name": _first_named(name, material, words)}
        for place, name in enumerate(found["factors"])
    ]
    return {"panels": panels, "legend": legend}


def _first_named(factor: str, material: Material, words: Catalogue) -> str:
    """Name a factor by the member that leads it in most targets."""
    leads = [
        line["lead"]
        for target in material.ranking["targets"]
        for line in target["table"]
        if line["factor"] == factor and line["lead"] is not None
    ]
    lead = max(dict.fromkeys(leads), key=leads.count) if leads else factor.split(JOINED)[0]
    return words.name("input", lead)


def worth(material: Material, words: Catalogue) -> list[dict[str, Any]]:
    """Say what knowing a factor is worth for the removals decision.

    Parameters
    ----------
    material : Material
    words : Catalogue
    """
    rows = []
    for found in material.ranking.get("value_of_information", ()):
        head = Statement(
            "worth",
            {
                "scope": Name("scope", found["scope"]),
                "capacity": amount(found["capacity"]),
                "unit": Name("unit", found["unit"]),
                "quantile": statements.share(found["quantile"]),
                "under": f"{found['under']:g}",
                "over": f"{found['over']:g}",
                "loss": amount(found["loss"]["estimate"]),
            },
        )
        saved = [
            {
                "name": _first_named(row["factor"], material, words),
                "saved": words.say(
                    Statement(
                        "saved",
                        {
                            "value": f"{row['value']['estimate']:.1f}",
                            "low": f"{row['value']['low']:.1f}",
                            "high": f"{row['value']['high']:.1f}",
                            "share": f"{100.0 * row['share']:.1f}",
                        },
                    )
                ),
            }
            for row in found["worths"][:VALUED]
        ]
        rows.append({"said": words.say(head), "rows": saved})
    return rows


def priors(material: Material, words: Catalogue) -> list[dict[str, Any]]:
    """Give the bands of the chance with medians moved.

    Parameters
    ----------
    material : Material
    words : Catalogue
    """
    return [
        {
            "title": words.name("target", target["name"]),
            "rows": [
                {
                    "name": words.name("input", band["input"]),
                    **{side: _interval(band[side]["chance"], words) for side in ("lower", "upper")},
                }
                for band in target["bands"]
            ],
        }
        for target in material.priors.get("targets", ())
        if target["bands"] and RARE <= target["p_miss"] <= SURE
    ]


def _interval(found: Mapping[str, Any], words: Catalogue) -> str:
    return words.say(statements.bounded(found["estimate"], found["low"], found["high"]))


def levers(material: Material, words: Catalogue) -> list[dict[str, Any]]:
    """Give what one step of each lever changes, by target.

    Parameters
    ----------
    material : Material
    words : Catalogue
    """
    found = material.levers
    tables = []
    for place, name in enumerate(found.get("targets", ())):
        if not RARE <= found["base"][place] <= SURE:
            continue
        rows = [row for row in found["levers"] if row["alone"] is not None]
        rows.sort(key=lambda row: row["alone"][place]["difference"])
        tables.append(
            {
                "title": words.name("target", name),
                "open": 0.1 <= found["base"][place] <= 0.9,
                "rows": [
                    {
                        "name": words.name("lever", row["name"]),
                        "alone": _change(*_ends(row["alone"][place]), words),
                        "left_out": _change(*_ends(row["left_out"][place]), words),
                    }
                    for row in rows
                ],
            }
        )
    return tables


def _ends(row: Mapping[str, Any]) -> tuple[float, float, float]:
    return row["difference"], row["low"], row["high"]
