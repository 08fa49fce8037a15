"""The file observations.yaml: broken in one place at a time, each with its message."""

import shutil
from pathlib import Path

import pytest

from mc_engine.errors import PriorError
from mc_engine.problem.observations import errors_digest
from mc_engine.study import Study

CHINA = Path(__file__).parents[2] / "priors" / "china"


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    base = tmp_path_factory.mktemp("priors")
    shutil.copytree(CHINA, base / "china", ignore=shutil.ignore_patterns("vintage_*"))
    shutil.copy(CHINA.parent / "sources.yaml", base / "sources.yaml")
    return base / "china"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("table: official_stock", "table: official_stok",
         "no observed table; found 'official_stok', expected "),
        ("output: plug_in_stock", "output: plug_in",
         "no yearly output of the model; found 'plug_in', expected "),
        ("rows: {carrier: gasoline}\n    first", "rows: {carier: gasoline}\n    first",
         "no column of table fuel_use; found carier, expected "),
        ("stock, rows: {vehicle_class: bus}}", "stock, rows: {vehicle_class: van}}",
         "no label of vehicle_class; found 'van', expected "),
        ("stock, rows: {vehicle_class: bus}}", "stock, rows: {carrier: bus}}",
         "no axis of stock; found 'carrier', expected vehicle_class"),
        ("relative: 0.25", "relative: 0", "series.deregistrations.error.relative"),
        ("correlation: 0.9", "correlation: 1", "error.correlation"),
        ("low: 0.6\n", "low: 0.9\n",
         "a bridge whose ends are the wrong way round; found 0.9 to 0.75"),
        ("sources: [S_NBS_CIV]", "sources: [S_NBS_CIVIL]", "unknown source; found 'S_NBS_CIVIL'"),
        ("first: 2017", "first: 2031", "a series without a value; found 2031 to 2025"),
        ("use: shown", "use: hidden", "found 'hidden'"),
        ("      scale:\n        value: 0.0232558\n        unit: Mt/PJ\n        sources: []\n"
         "        reason: The inverse of the 43.0 MJ/kg that the engine counts with.\n", "",
         "units that do not convert; found PJ/yr of energy, Mt/yr of table fuel_use"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(region, tmp_path, old, new, message):
    folder = tmp_path / "china"
    shutil.copytree(region.parent, tmp_path, dirs_exist_ok=True)
    path = folder / "observations.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PriorError) as caught:
        Study(folder)
    assert any(
        line.startswith("china/observations.yaml:") and message in line
        for line in caught.value.problems
    ), caught.value.problems


def test_the_hash_knows_every_number(region):
    series = Study(region).problem.observations
    digest = errors_digest(series)
    assert digest == errors_digest(Study("china").problem.observations)
    assert digest != errors_digest(series[1:])
