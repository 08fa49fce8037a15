"""The report pages: both languages say the same numbers, those that are stored, and nothing else.

The region is a small one of a toy model for the words, and China for the whole page.
"""

import json
import re
import string
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from mc_engine.cli import commands as cli
from mc_engine.errors import NotFoundError, RequestError, RunError
from mc_engine.models.registry import load_model
from mc_engine.ranking import ranking, storage
from mc_engine.ranking.contract import Evidence
from mc_engine.ranking.methods import PARTS, SUPPLEMENTS, levers, prior_sensitivity, shapley
from mc_engine.ranking.result import Request
from mc_engine.report import charts, page, statements
from mc_engine.report.catalogue import Catalogue, load
from mc_engine.report.material import collect
from mc_engine.study import Run, Study
from mc_engine.vocabulary.statements import Name, Statement, bounded
from mc_engine.vocabulary.titles import Title
from tests.run.stored import ANALYTIC

LANGUAGES = ("en", "zh")
# Of ASCII letters alone: Chinese is written without spaces.
DIGITS = re.compile(
    "(?<![A-Za-z0-9_.,])[+\N{MINUS SIGN}-]?[0-9][0-9,]*(?:[.][0-9]+)?(?:e[+-][0-9]+)?"
)


@pytest.fixture(scope="module")
def ranked(tmp_path_factory):
    study = Study("china")
    run = study.run(2_048, series=256, out=tmp_path_factory.mktemp("report") / "run")
    found = ranking.rank(Evidence(study, run, Request(base=64, trajectories=4, kept=8)))
    ranking.supplement(prior_sensitivity.METHOD, Evidence(study, run, ranking=found))
    evaluation = Evidence(study, run).rows("shapley")
    shared = shapley.share(evaluation, found.identity, shapley.players(found, 3), points=64)
    storage.write(run, shapley.METHOD.file, shared)
    names = ["clean_power", "less_driving"]
    few = replace(levers.METHOD, compute=lambda _: levers.levers(run, draws=256, names=names))
    ranking.supplement(few, Evidence(study, run))
    return collect(run)


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    study = Study(ANALYTIC)
    return study.run(256, out=tmp_path_factory.mktemp("toy") / "run")


def fields(template):
    return sorted(name for _, name, _, _ in string.Formatter().parse(template) if name)


def test_catalogues_hold_the_same_keys_and_parts():
    en, zh = map(load, LANGUAGES)
    assert list(en) == list(zh)
    assert {key: fields(text) for key, text in en.items()} == {
        key: fields(text) for key, text in zh.items()
    }
    with pytest.raises(RequestError, match="found 'fr', expected en or zh"):
        load("fr")


def all_statements(material):
    ranked = material.ranking
    found = list(statements.findings(material.summary, ranked, {}))
    past = {row["name"]: (0.41, 0.4, 0.42) for row in material.summary["targets"]}
    found += statements.findings(material.summary, ranked, past)
    found += statements.findings(material.summary, None, {})
    found += statements.trust(material.summary, material.run.manifest["counts"], ranked)
    found += statements.trust(material.summary, {}, None)
    for target in ranked.targets:
        found += statements.target_statements(target)
    sections = [one for part in PARTS for one in part.sections(ranked)]
    for method in SUPPLEMENTS:
        if method.name in material.supplements:
            sections += method.sections(material.supplements[method.name])
    for section in sections:
        found += section.statements
        for table in section.tables:
            found += [*table.head, *table.statements]
            cells = [cell for row in table.rows for cell in row.cells]
            found += [cell for cell in cells if isinstance(cell, Statement)]
    return found


def digits_of(value):
    """Every number that a statement was given, parts of parts too."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Name):
        return []
    if isinstance(value, Statement):
        return [text for part in value.values.values() for text in digits_of(part)]
    return [text for part in value for text in digits_of(part)]


def without_names(words):
    """The same catalogue with names that hold no digits."""
    return type("Bare", (Catalogue,), {"name": lambda self, kind, key: "…"})(words.language, {})


def test_numbers_of_both_texts_are_those_of_the_statements(ranked):
    found = all_statements(ranked)
    assert len(found) > 400
    for statement in found:
        expected = sorted(digits_of(statement))
        for language in LANGUAGES:
            words = without_names(Catalogue(language, ranked.names(language)))
            fixed = DIGITS.findall(re.sub(r"{\w*}", "", load(language)[f"say.{statement.key}"]))
            said = DIGITS.findall(words.say(statement))
            for text in fixed:
                said.remove(text)
            assert sorted(said) == expected, (statement, words.say(statement))


def test_numbers_of_statements_are_those_that_are_stored(ranked):
    stored = json.loads((ranked.run.folder / "summary.json").read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in stored["targets"]}
    said = list(statements.findings(ranked.summary, None, {}))
    spoken = [one for one in said if one.key == "finding_chance"]
    assert len(spoken) == 2
    for one in spoken:
        row, chance = rows[one.values["target"].key], one.values["chance"].values
        for name, value in (("p", row["p_miss"]), ("low", row["low"]), ("high", row["high"])):
            # As many digits as are shown.
            shown = chance[name]
            decimals = len(shown.partition(".")[2])
            assert float(shown) == pytest.approx(100.0 * value, abs=0.51 * 10.0**-decimals)
    listed = {
        name.key for one in said for part in one.values.values()
        if isinstance(part, list) for name in part
    }  # fmt: skip
    assert listed == {name for name, row in rows.items() if not 0.02 <= row["p_miss"] <= 0.98}


def test_tables_show_what_is_stored(ranked):
    table = json.loads((ranked.run.folder / ranking.RANKING).read_text(encoding="utf-8"))
    rows = {target["name"]: target for target in table["targets"]}
    for language in LANGUAGES:
        shown = page.parts(ranked, language)["ranked"]
        assert {one["name"] for one in shown} == {n for n, row in rows.items() if row["table"]}
        for one in shown:
            for line, row in zip(one["lines"], rows[one["name"]]["table"], strict=False):
                assert re.match(rf"{row['total']:.3f}\W", line["total"])
                if row["risk_reduction"] is not None:
                    first = re.match("[^ (（]+", line["risk_reduction"])[0]
                    change = -100.0 * row["risk_reduction"]["interval"]["estimate"]
                    shown_change = float(first.replace("\N{MINUS SIGN}", "-"))
                    assert shown_change == pytest.approx(change, abs=0.051)


class Checked(HTMLParser):
    """Counts open elements, and notes what would be fetched or run."""

    EMPTY = ("meta", "br", "img", "link", "input")

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        fetched = [name for name, _ in attrs if name in ("src", "href") or name.startswith("on")]
        self.wrong += [(tag, name) for name in fetched]
        if tag in ("script", "link", "iframe", "object"):
            self.wrong.append((tag, ""))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_needs_nothing_but_itself(ranked, language):
    text = page.page(ranked, language)
    checked = Checked()
    checked.feed(text)
    assert (checked.open, checked.wrong) == ([], [])
    assert "@import" not in text
    assert "url(" not in text
    assert "nan" not in re.findall(r'"[^"]*"', text)
    said = "".join(checked.text)
    for left_open in ("None", "{", "page.", "column."):
        assert left_open not in said
    for target in ranked.problem.targets:
        assert target.title.text(language) in said


def test_both_pages_show_the_same_numbers_in_their_tables(ranked):
    en, zh = (page.parts(ranked, language) for language in LANGUAGES)

    keys = ["chance", "shortfall", "total", "risk_reduction", "tied", "first"]

    def numbers(found, key=""):
        if isinstance(found, str):
            return DIGITS.findall(found) if key in keys else []
        if isinstance(found, dict):
            return [n for name, value in found.items() for n in numbers(value, name)]
        return [n for value in found for n in numbers(value)] if isinstance(found, list) else []

    for part in ("targets", "ranked"):
        assert numbers(en[part]) == numbers(zh[part]) != []
    assert len(en["sections"]) == len(zh["sections"]) == 4
    for one, other in zip(en["sections"], zh["sections"], strict=True):
        for table, same in zip(one["tables"], other["tables"], strict=True):
            cells, others = (
                [DIGITS.findall(cell) for row in part["rows"] for cell in row["cells"][1:]]
                for part in (table, same)
            )
            assert cells == others != []


def test_text_of_priors_is_escaped(ranked):
    evil = "<script>alert(1)</script>"
    rules = tuple(
        rule.model_copy(update={"title": Title(en=evil, zh=evil)})
        for rule in ranked.problem.targets
    )
    factors = tuple(replace(f, meaning=f"{evil}&", sources=(evil,)) for f in ranked.problem.factors)
    problem = replace(
        ranked.problem, targets=rules, factors=factors, labels={}, scenario_title={"en": evil},
        title={"en": evil, "zh": evil},
    )  # fmt: skip
    for language in LANGUAGES:
        text = page.page(replace(ranked, problem=problem), language)
        assert "<script" not in text
        assert "&lt;script&gt;" in text


def test_a_run_without_a_ranking_has_a_page_that_says_how_to_get_one(toy, tmp_path):
    en, zh = page.write(toy, out=tmp_path)
    assert (en.name, zh.name) == ("report.en.html", "report.zh.html")
    for path in (en, zh):
        assert f"mc-engine rank {toy.folder.name}" in path.read_text(encoding="utf-8")
    (only,) = page.write(toy, ["zh"])
    assert only == toy.folder / page.FOLDER / "report.zh.html"
    (toy.folder / "summary.json").rename(tmp_path / "summary.json")
    with pytest.raises(NotFoundError, match="the run is unfinished"):
        page.write(Run(toy.folder))
    (tmp_path / "summary.json").rename(toy.folder / "summary.json")


def test_the_names_of_a_run_are_read_without_its_static_arrays(toy, monkeypatch):
    def refuse(*_):
        raise AssertionError("prepared")

    monkeypatch.setattr(type(load_model("ishigami")), "prepare", refuse)
    assert collect(toy).title("en") == toy.manifest["title"]["en"]


def test_the_command_writes_pages_and_says_how_large(ranked, tmp_path, capsys):
    words = ["report", str(ranked.run.folder), "--out", str(tmp_path)]
    assert cli.main(words) == 0
    said = capsys.readouterr().out
    assert re.search(r"report\.en\.html: \d\.\d\d MB", said)
    assert cli.main([*words, "--language", "fr"]) == 2
    assert "language: found 'fr'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1490.0, [0.0, 500.0, 1000.0, 1500.0]),
        (0.0, 0.83, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-40.0, 95.0, [-50.0, 0.0, 50.0, 100.0]),
        (3.0, 3.0, [2.4, 2.6, 2.8, 3.0, 3.2, 3.4, 3.6]),
    ],
)
def test_ticks_are_round_and_span_the_range(low, high, expected):
    found = charts.ticks(low, high)
    assert found[0] <= low
    assert found[-1] >= high
    assert found == pytest.approx(expected)


def test_a_disk_that_refuses_leaves_the_old_page(toy, tmp_path, monkeypatch):
    (only,) = page.write(toy, ["en"], tmp_path)
    before = only.read_bytes()

    def refuse(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(RunError, match="No space left on device"):
        page.write(toy, ["en"], tmp_path)
    assert only.read_bytes() == before


def test_the_past_stands_beside_the_chance(ranked):
    past = {row["name"]: (0.4125, 0.41, 0.415) for row in ranked.summary["targets"]}
    for language, said in (
        ("en", "41.2\u00a0% (41.0 to 41.5\u00a0%)"),
        ("zh", "41.2%（41.0%至41.5%）"),
    ):
        text = page.page(replace(ranked, past=past), language)
        assert load(language)["column.past"] in text
        assert text.count(said) >= len(past)
        assert load(language)["column.past"] not in page.page(ranked, language)


def test_a_ranking_of_another_run_is_not_shown(toy, tmp_path):
    other = {"identity": "another", "targets": []}
    path = toy.folder / ranking.RANKING
    path.write_text(json.dumps(other), encoding="utf-8")
    assert collect(toy).ranking is None
    path.unlink()


def test_every_unit_of_the_region_has_a_word(ranked):
    for language in LANGUAGES:
        words = load(language)
        units = {factor.unit for factor in ranked.problem.factors}
        units |= {row["unit"] for row in ranked.summary["targets"]}
        assert sorted(unit for unit in units if f"unit.{unit}" not in words) == []


def test_every_file_of_assumptions_has_a_heading(ranked):
    groups = {factor.where.split(":")[0].split("/")[-1] for factor in ranked.problem.factors}
    for language in LANGUAGES:
        missing = [g for g in groups if f"group.{g.removesuffix('.yaml')}" not in load(language)]
        assert missing == []


def test_a_chance_never_seen_is_bounded_alone_under_the_past_too():
    assert bounded(0.0, 0.0, 0.00007).key == "chance_below"
    assert bounded(1.0, 0.99, 1.0).values == {"low": "99.0"}
    assert bounded(0.5, 0.4, 0.6).key == "chance"
