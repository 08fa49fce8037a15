"""Broken folders, each with the exact message it earns.

Every folder of ``broken`` holds the files that replace or join those of the good region
(``region.py``), and ``message.txt`` with the whole message.
"""

from pathlib import Path

import pytest

from mc_engine.errors import NotFoundError, PriorError
from mc_engine.problem.files import LARGEST
from mc_engine.problem.loader import load, region_header
from tests.problem.region import FILES, MODEL, write_region

BROKEN = Path(__file__).parent / "broken"
CASES = sorted(path.name for path in BROKEN.iterdir())


def message_of(folder):
    with pytest.raises(PriorError) as caught:
        load(folder, MODEL)
    return str(caught.value)


def test_there_are_many_broken_folders():
    assert len(CASES) >= 30


@pytest.mark.parametrize("case", CASES)
def test_broken_folder_earns_exactly_its_message(case, tmp_path):
    files = {
        path.relative_to(BROKEN / case).as_posix(): path.read_bytes()
        for path in (BROKEN / case).rglob("*")
        if path.is_file() and path.name != "message.txt"
    }
    expected = (BROKEN / case / "message.txt").read_text(encoding="utf-8").rstrip("\n")
    assert message_of(write_region(tmp_path, files)) == expected


@pytest.mark.parametrize("case", CASES)
def test_every_message_says_found_and_expected(case):
    lines = (BROKEN / case / "message.txt").read_text(encoding="utf-8").splitlines()
    assert all("found " in line or "expected " in line for line in lines)


def test_file_above_eight_megabytes_is_refused_unread(tmp_path):
    folder = write_region(tmp_path)
    with (folder / "extra.yaml").open("wb") as sparse:
        sparse.truncate(LARGEST + 1_000_000)  # zeros, which would be refused if they were read
    assert message_of(folder) == (
        "land/extra.yaml:1: the file is too large and was not read; found 9.0 MB, "
        "expected at most 8 MB; split it"
    )


def test_file_in_another_encoding_is_named_with_its_line(tmp_path):
    text = FILES.use.replace("Measured.", "Gemessen für alle.")
    assert message_of(write_region(tmp_path, {"land/use.yaml": text.encode("latin-1")})) == (
        "land/use.yaml:30: the file is not UTF-8; found the byte 0xfc, expected text in UTF-8; "
        "save it with the encoding UTF-8"
    )


def test_table_in_another_encoding_is_named(tmp_path):
    data = FILES.stock.encode("utf-16")
    assert message_of(write_region(tmp_path, {"land/observed/stock.csv": data})) == (
        "land/observed/stock.csv:1: the file is not UTF-8; found the byte 0xff, expected text in "
        "UTF-8; save it with the encoding UTF-8"
    )


def test_character_that_yaml_forbids_is_named(tmp_path):
    text = FILES.use.replace("Two surveys.", "Two\x07surveys.")
    assert message_of(write_region(tmp_path, {"land/use.yaml": text})) == (
        "land/use.yaml:10: a character that YAML does not allow; found code 7, expected printable "
        "text; remove it"
    )


def test_values_nested_too_deeply_are_refused(tmp_path):
    deep = "deep: " + "[" * 60 + "]" * 60 + "\n"
    message = message_of(write_region(tmp_path, {"land/extra.yaml": deep}))
    assert message.splitlines()[0] == (
        "land/extra.yaml:1: values nested too deeply; found more than 40 levels, expected at most "
        "40; flatten them"
    )


def test_missing_sources_file_is_named(tmp_path):
    assert message_of(write_region(tmp_path, {"sources.yaml": None})) == (
        "land/sources.yaml:1: the file is missing; found none here or beside the region's folder, "
        "expected the sources that the priors name; add it"
    )


def test_broken_prior_does_not_hide_another_file(tmp_path):
    files = {
        "land/extra.yaml": "cart_life: {quantity: live}\n",
        "land/observed/stock.csv": FILES.stock.replace("1.5", "many"),
    }
    shown = {line.split(":")[0] for line in message_of(write_region(tmp_path, files)).splitlines()}
    assert shown == {"land/extra.yaml", "land/observed/stock.csv"}


def test_nothing_is_written_beside_the_files(tmp_path):
    folder = write_region(tmp_path, {"land/extra.yaml": "cart_life: 5\n"})
    before = sorted(tmp_path.rglob("*"))
    message_of(folder)
    assert sorted(tmp_path.rglob("*")) == before


def test_unknown_scenario_lists_those_there_are(tmp_path):
    folder = write_region(tmp_path, {"land/scenarios/other.yaml": FILES.scenario})
    with pytest.raises(NotFoundError) as caught:
        load(folder, MODEL, scenario="planz")
    assert str(caught.value) == (
        "land: unknown scenario; found 'planz', expected one of other, plans; did you mean 'plans'?"
    )


def test_folder_that_does_not_exist(tmp_path):
    with pytest.raises(NotFoundError, match="no such folder; expected the folder of a region"):
        load(tmp_path / "nowhere", MODEL)


def test_folder_without_a_region_file(tmp_path):
    with pytest.raises(NotFoundError, match=r"found no region\.yaml in it, expected one"):
        region_header(tmp_path)


def test_header_of_a_broken_region_file(tmp_path):
    folder = write_region(tmp_path, {"land/region.yaml": "model: 5\n"})
    with pytest.raises(PriorError, match=r"land/region\.yaml:1: model is not text; found 5"):
        region_header(folder)


def test_flood_of_problems_is_cut_with_their_number(tmp_path):
    table = "year,value,unit,source,label\n" + "".join(
        f"{year},many,vehicles,S_ONE,observed\n" for year in range(1900, 2150)
    )
    message = message_of(write_region(tmp_path, {"land/observed/count.csv": table}))
    assert message.splitlines()[200:] == [
        "land/observed/count.csv:202: 50 more problems from here on; found 250 in this file, "
        "expected none; correct those above first"
    ]
