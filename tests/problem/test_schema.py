"""The JSON Schema for editors, and what the words of YAML mean."""

import json
from pathlib import Path

import pytest

from mc_engine.problem.messages import Report
from mc_engine.problem.schema import json_schema
from mc_engine.problem.yaml_file import read_yaml, resolve_plain

SHIPPED = Path(__file__).parents[2] / "priors" / "schema.json"


def test_shipped_schema_is_the_one_the_classes_give():
    # Remake it: python -c "import json; from mc_engine.problem.schema import json_schema;
    # print(json.dumps(json_schema(), indent=2, sort_keys=True))" > priors/schema.json
    assert json.loads(SHIPPED.read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("1e6", 1e6),
        ("7_500", "7_500"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("+5", 5),
        (".5", 0.5),
        ("5.", 5.0),
        ("2020-01-01", "2020-01-01"),
        ("true", True),
        ("~", None),
        ("0x10", "0x10"),
        ("1e", "1e"),
        ("-.5e-3", -0.0005),
    ],
)
def test_plain_words_follow_yaml_1_2(word, value):
    result = resolve_plain(word)
    assert (result, type(result)) == (value, type(value))


def test_quoted_number_is_text():
    root = read_yaml('a: "5"\n', "x.yaml", Report())
    assert root.plain() == {"a": "5"}


def test_folded_text_keeps_the_line_of_its_key():
    root = read_yaml("a: 1\nb: >\n  long\n  text\nc: 2\n", "x.yaml", Report())
    assert [root.at(key).line for key in "abc"] == [1, 2, 5]


def test_windows_line_ends_count_as_one():
    root = read_yaml("a: 1\r\nb: 2\r\n", "x.yaml", Report())
    assert root.at("b").line == 2
