"""The report of a run: one page per language that needs nothing but itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mc_engine import __version__
from mc_engine.report import appendix, sections, statements
from mc_engine.report.catalogue import LANGUAGES, Catalogue
from mc_engine.report.material import Material, collect
from mc_engine.run import durable
from mc_engine.run.results import Run

# Within the run folder.
FOLDER = "report"


def write(
    run: Run, languages: Sequence[str] = LANGUAGES, out: str | Path | None = None
) -> list[Path]:
    """Write the report of a run.

    Parameters
    ----------
    run : Run
        Finished.
    languages : sequence of str
        Of ``catalogue.LANGUAGES``.
    out : str or Path, optional
        The folder of the pages; ``report`` in the run folder where left out.

    Returns
    -------
    list of Path
        One page per language.

    Raises
    ------
    NotFoundError
        When the run is unfinished.
    RequestError
        For a language without a catalogue.
    RunError
        When the disk refuses.
    """
    folder = run.folder / FOLDER if out is None else Path(out)
    words = {language: Catalogue(language, {}) for language in languages}
    material = collect(run)
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for language in words:
        path = folder / f"report.{language}.html"
        durable.write(path, page(material, language).encode())
        pages.append(path)
    return pages


def page(material: Material, language: str) -> str:
    """Make one page.

    Parameters
    ----------
    material : Material
    language : str
    """
    from jinja2 import Environment, PackageLoader  # slow to import

    templates = Environment(
        loader=PackageLoader("mc_engine.report"), autoescape=True, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return templates.get_template("page.html").render(**parts(material, language))


def parts(material: Material, language: str) -> dict[str, Any]:
    """Give everything that a page shows, in its order.

    Parameters
    ----------
    material : Material
    language : str
    """
    named = Catalogue(language, material.names(language))
    words = named.naming("factor", sections.usual_names(material, named))
    manifest = material.run.manifest
    findings = statements.findings(material.summary, material.ranking, material.past)
    trust = statements.trust(material.summary, manifest["counts"], material.ranking)
    draws = f"{material.fans.get('draws', 0):,}"
    return {
        "language": words.word("page.language"),
        "word": words.word,
        "title": words.word("page.title", region=material.title(language)),
        "under": words.word("page.under", scenario=material.scenario(language)),
        "findings": [words.say(one) for one in findings],
        "targets": sections.targets(material, words),
        "past": bool(material.past),
        "fans": sections.fans(material, words),
        "fans_note": words.word("page.fans_note", draws=draws),
        "ranked": sections.ranked(material, words),
        "command": f"mc-engine rank {material.run.folder.name}",
        "over_time": sections.over_time(material, words),
        "sections": sections.methods(material, words),
        "trust": [words.say(one) for one in trust],
        "assumptions": appendix.assumptions(material, words),
        "sources": appendix.sources(material),
        "identity": appendix.identity(material, words),
        "made": words.word("page.made", version=__version__, folder=material.run.folder.name),
    }
