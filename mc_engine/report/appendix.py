"""The end of a report page: every assumption with its sources, and what made the run."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from mc_engine.problem.problem import Factor
from mc_engine.report.catalogue import Catalogue
from mc_engine.report.material import Material


def assumptions(material: Material, words: Catalogue) -> list[dict[str, Any]]:
    """Give every uncertain input, by the file that states it.

    Parameters
    ----------
    material : Material
    words : Catalogue
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for factor in material.problem.factors:
        group = PurePosixPath(factor.where.split(":")[0]).stem
        groups.setdefault(group, []).append(
            {
                "name": words.name("input", factor.name),
                "key": factor.name,
                "values": _values(factor),
                "unit": words.name("unit", factor.unit),
                "kind": words.word(f"word.{factor.kind}"),
                "sources": ", ".join(factor.sources),
            }
        )
    return [{"title": words.name("group", group), "rows": rows} for group, rows in groups.items()]


def _values(factor: Factor) -> list[str]:
    """Median and 5 to 95 %, by knot of a path."""
    values = [f"{p50:.4g} ({p5:.4g}–{p95:.4g})" for p5, p50, p95 in factor.implied]
    if not factor.knot_years or len(factor.knot_years) != len(values):
        return values
    return [f"{year}: {text}" for year, text in zip(factor.knot_years, values, strict=True)]


def sources(material: Material) -> list[dict[str, str]]:
    """Give the sources that the uncertain inputs and the targets name.

    Parameters
    ----------
    material : Material
    """
    named = [key for factor in material.problem.factors for key in factor.sources]
    named += [key for rule in material.problem.targets for key in rule.sources]
    entries = []
    for key in sorted(set(named)):
        entry = material.problem.bibliography.get(key)
        if entry is not None:
            text = f"{entry.publisher}, {entry.title}, {entry.year}"
            entries.append({"key": key, "text": text})
    return entries


def identity(material: Material, words: Catalogue) -> list[tuple[str, str]]:
    """Say what made the run.

    Parameters
    ----------
    material : Material
    words : Catalogue
    """
    manifest = material.run.manifest
    design = manifest["design"]
    rows = {
        "identity": manifest["identity"],
        "problem_digest": manifest["problem_digest"],
        "code_hash": manifest["code_hash"],
        "mc_engine": manifest["mc_engine"],
        "draws": f"{manifest['draws']:,}",
        "design": f"{design['name']}, {design['seed']}",
        "settings": _pairs(manifest["settings"]),
        "steps": ", ".join(manifest["steps"]) or "–",
        "finished": manifest.get("finished", "–"),
        "versions": _pairs(manifest["versions"]),
    }
    ranking = material.ranking
    if ranking is not None:
        rows["ranking"] = f"base {ranking.base:,}, seed {ranking.seed}"
    return [(words.word(f"identity.{name}"), str(value)) for name, value in rows.items()]


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
