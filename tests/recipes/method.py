"""A toy method of sensitivity analysis: mean margins."""

from tests.recipes.harness import ANALYTIC, Edit, Recipe

TAGS = {"en": "en", "zh": "zh-CN"}
_WORDS = {"en": ("Mean margins", "Mean margin"), "zh": ("平均裕度", "平均裕度")}


def _catalogue(language: str) -> Edit:
    title, column = _WORDS[language]
    return Edit(
        f"mc_engine/report/locales/{language}.json",
        f' "page.mean_margin": "{title}",\n "column.mean_margin": "{column}",\n',
        after=f' "page.language": "{TAGS[language]}",\n',
        named=f"{language}.json",
    )


METHOD = Recipe(
    "Add a sensitivity method",
    (
        Edit(
            "mc_engine/ranking/methods/mean_margin.py",
            '''"""Mean margin of every target: a method as short as one can be."""

from collections.abc import Iterator
from dataclasses import dataclass

from mc_engine.ranking.contract import Evidence, Option, Supplement
from mc_engine.ranking.storage import SCHEMA_VERSION
from mc_engine.vocabulary.axes import TARGET
from mc_engine.vocabulary.statements import Name, Row, Section, Table


@dataclass(frozen=True)
class MeanMargins:
    """Mean margins by target.

    Attributes
    ----------
    identity : str
    means : tuple of (str, float)
    """

    identity: str
    means: tuple[tuple[str, float], ...]
    schema_version: int = SCHEMA_VERSION


def compute(evidence: Evidence) -> MeanMargins:
    """Average the margins over the draws.

    Parameters
    ----------
    evidence : Evidence
    """
    draws = evidence.draws
    names = [str(name) for name in draws[TARGET].values]
    means = draws["margin"].mean("draw").values.tolist()
    return MeanMargins(evidence.run.manifest["identity"], tuple(zip(names, means, strict=True)))


def sections(result: MeanMargins) -> Iterator[Section]:
    """Tabulate the means.

    Parameters
    ----------
    result : MeanMargins

    Yields
    ------
    Section
    """
    rows = tuple(Row((Name("target", name), f"{mean:.3g}")) for name, mean in result.means)
    yield Section("mean_margin", tables=(Table(("target", "mean_margin"), rows),))


METHOD = Supplement(
    name="mean_margin",
    order=900,
    needs="draws",
    compute=compute,
    option=Option("--mean-margin", "mean margin of every target"),
    result=MeanMargins,
    sections=sections,
)
''',
            named="mc_engine/ranking/methods/<name>.py",
        ),
        _catalogue("en"),
        _catalogue("zh"),
        Edit(
            "tests/ranking/test_mean_margin.py",
            '''"""The mean margin of a function whose mean is known on paper."""

import pytest

from mc_engine.ranking.contract import Evidence
from mc_engine.ranking.methods.mean_margin import compute
from mc_engine.study import Study
from tests.run.stored import ANALYTIC


def test_the_mean_of_ishigami_is_half_of_a(tmp_path):
    study = Study(ANALYTIC)
    run = study.run(4_096, design="sobol", out=tmp_path / "run")
    means = dict(compute(Evidence(study, run)).means)
    assert means["y_at_most_8"] == pytest.approx(8.0 - 3.5, abs=0.05)
''',
            named="tests/ranking/",
        ),
    ),
    (
        ("pytest", "tests/ranking/test_mean_margin.py"),
        ("mc-engine", "run", ANALYTIC, "--draws", "2048", "--out", "run"),
        ("mc-engine", "rank", "run", "--base", "64", "--trajectories", "4", "--mean-margin"),
        ("mc-engine", "report", "run"),
    ),
)
