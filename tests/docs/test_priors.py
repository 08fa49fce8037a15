"""The page of China's inputs follows from the priors, and says so when it does not."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from docs.build import priors
from docs.build.priors import Book, Input, number
from docs.build.sparklines import Drawn, same_picture, sparkline
from mc_engine.distributions.marginal import Marginal
from mc_engine.models.road_fleet import MODEL
from mc_engine.problem.loader import load

ROOT = Path(__file__).parents[2]
LARGEST_PICTURE, ALL_PICTURES = 100_000, 1_000_000  # bytes


@pytest.fixture(scope="module")
def book() -> Book:
    return Book("china")


def test_the_committed_page_is_up_to_date(book):
    assert book.stale() == []


def test_every_input_of_the_loader_stands_on_the_page_with_its_quantiles(book):
    page = {x.name: x for x in book.uncertain}
    for factor in load(ROOT / "priors" / "china", MODEL).factors:
        implied = [three for three in factor.implied if three[0] < three[2]]
        for p5, p50, p95 in implied:
            if factor.marginals[0].family != "discrete":
                text = f"{number(p5)} · {number(p50)} · {number(p95)}"
                assert text in page[factor.name].values()


def test_pictures_are_small_and_hold_nothing_from_elsewhere(book):
    pictures = book.pictures()
    sizes = [len(text.encode()) for text in pictures.values()]
    assert max(sizes) < LARGEST_PICTURE
    assert sum(sizes) < ALL_PICTURES
    for text in pictures.values():
        root = ET.fromstring(text)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "href" not in text
        assert "data:" not in text


def test_every_picture_on_the_page_exists_and_every_key_has_a_source(book):
    page = book.page()
    for x in book.uncertain:
        assert f"](figures/{book.figures.name}/{x.name}.svg)" in page
        assert (book.figures / f"{x.name}.svg").is_file()
        assert all(f"| {key} | " in page for key in x.prior["sources"])


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Book:
    """A written page in a folder of its own, over the shipped priors."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "priors").symlink_to(ROOT / "priors")
    monkeypatch.setattr(priors, "ROOT", tmp_path)
    book = Book("china")
    book.write()
    assert book.stale() == []
    return book


def test_a_changed_page_is_stale(copy):
    text = copy.page_path.read_text("utf-8")
    copy.page_path.write_text(text.replace("judgement", "sourced", 1), "utf-8")
    assert copy.stale() == ["docs/priors-china.md"]


def test_a_missing_a_changed_and_a_left_over_picture_are_stale(copy):
    first, second, *_ = sorted(copy.figures.glob("*.svg"))
    first.unlink()
    second.write_text(second.read_text("utf-8").replace("<polygon", "<polyline", 1), "utf-8")
    (copy.figures / "nobody.svg").write_text("<svg/>", "utf-8")
    folder = "docs/figures/priors-china"
    expected = {f"{folder}/{name}" for name in (first.name, second.name, "nobody.svg")}
    assert set(copy.stale()) == expected
    copy.write()
    assert copy.stale() == []


def test_a_changed_prior_makes_the_page_stale(copy):
    title = next(iter(copy.groups))
    x = copy.groups[title][0]
    x.prior["reason"] = "Another reason."
    assert copy.stale() == ["docs/priors-china.md"]


def test_the_command_fails_on_a_stale_page(copy, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["priors", "china", "--check"])
    assert priors.main() == 0
    copy.page_path.unlink()
    assert priors.main() == 1
    assert "run python -m docs.build.priors china --write" in capsys.readouterr().out


def test_pictures_may_differ_by_rounding_only():
    marginal = Marginal("normal", (10.0, 1.0))
    text = sparkline(Drawn("x", (marginal,)))
    assert same_picture(text, text.replace("74.9", "75.0"))
    other = sparkline(Drawn("x", (Marginal("lognormal", (10.0, 0.5)),)))
    assert not same_picture(text, other)


@pytest.mark.parametrize(
    ("prior", "shown"),
    [
        ({"unit": "1", "distribution": {"name": "constant", "value": 2}}, "2"),
        ({"unit": "1", "distribution": {"name": "normal", "p5": 8, "p95": 12}}, "8 · 10 · 12"),
        (
            {"unit": "1", "distribution": {"name": "discrete", "values": [0, 1],
                                           "weights": [1, 3]}},
            "0 (25 %), 1 (75 %)",
        ),
        (
            {"unit": "1", "path": {"scale": "linear", "anchors": {2020: 1}, "knots": {
                2030: {"name": "uniform", "low": 0, "high": 10}}}},
            "2020: 1<br>2030: 0.5 · 5 · 9.5",
        ),
    ],
)  # fmt: skip
def test_values_as_shown(prior, shown):
    assert Input("x", prior, 2060).values() == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(34000.0, "34000"), (0.89321, "0.8932"), (57.149, "57.15"), (-0.3, "-0.3")]
)
def test_numbers_have_four_digits(value, shown):
    assert number(value) == shown
