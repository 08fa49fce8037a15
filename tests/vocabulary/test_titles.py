"""Titles need English, and take any other language."""

import re
import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from mc_engine.cli.commands import main
from mc_engine.report.catalogue import LANGUAGES
from mc_engine.vocabulary.titles import Title

ANALYTIC = Path(__file__).parents[1] / "data" / "analytic"


@pytest.mark.parametrize("language", ["zh", "pt-BR", "zh-Hant-TW", "fil"])
def test_a_title_may_have_any_language(language):
    assert Title(**{"en": "Peak", language: "…"}).text(language) == "…"


def test_a_language_without_a_title_gets_the_english_one():
    assert Title(en="Peak").text("zh") == "Peak"


@pytest.mark.parametrize(
    ("title", "message"),
    [
        ({"zh": "峰值"}, "Field required"),
        ({"en": "Peak", "english": "Peak"}, "found 'english', expected language codes"),
        ({"en": " "}, "should match pattern"),
        ({"en": "Peak", "zh": ""}, "should match pattern"),
    ],
)
def test_what_is_no_title_is_refused(title, message):
    with pytest.raises(ValidationError, match=message):
        Title(**title)


def test_reports_come_in_the_languages_that_have_a_catalogue():
    assert {"en", "zh"} <= set(LANGUAGES)


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    """The analytic region with English titles alone."""
    folder = tmp_path_factory.mktemp("english") / "analytic"
    shutil.copytree(ANALYTIC, folder)
    for path in folder.rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r", zh: [^}]*\}", "}", text), encoding="utf-8")
        assert "zh:" not in path.read_text(encoding="utf-8")
    return folder


def test_english_titles_alone_are_enough_for_every_command(english, tmp_path, capsys):
    run = tmp_path / "run"
    assert main(["check", str(english)]) == 0
    assert main(["run", str(english), "--draws", "200", "--out", str(run)]) == 0
    assert main(["report", str(run)]) == 0
    assert "Traceback" not in capsys.readouterr().err
