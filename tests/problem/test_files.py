"""The files of a region are what was given, from a folder and from a mapping alike."""

import shutil

import pytest

from mc_engine.errors import NotFoundError, PriorError
from mc_engine.problem.files import LARGEST, RegionFiles
from mc_engine.problem.loader import load, region_header, scenario_names
from tests.problem.region import FILES, MODEL, PLACES, write_region

CONTENTS = {path.removeprefix("land/"): text.encode() for path, text in PLACES.items()}


def test_files_of_a_folder_are_read_once(tmp_path):
    folder = write_region(tmp_path)
    files = RegionFiles.from_folder(folder)
    shutil.rmtree(folder)
    assert load(files, MODEL).files == CONTENTS


def test_a_mapping_gives_the_problem_of_the_folder(tmp_path):
    folder = load(write_region(tmp_path), MODEL)
    mapping = load(RegionFiles("land", CONTENTS), MODEL)
    assert (mapping.digest, mapping.files, mapping.factors) == (
        folder.digest,
        folder.files,
        folder.factors,
    )


def test_what_was_read_reads_as_itself(tmp_path):
    read = load(write_region(tmp_path), MODEL).files
    assert load(RegionFiles("land", read), MODEL).files == read


def test_header_and_scenarios_of_a_mapping():
    files = RegionFiles("land", CONTENTS)
    assert (region_header(files)[1:], scenario_names(files)) == (("tiny", "plans"), ("plans",))


def test_a_file_that_nothing_names_is_not_part_of_the_problem():
    files = RegionFiles("land", {**CONTENTS, "notes/other.csv": b"a\n1\n"})
    assert load(files, MODEL).files == CONTENTS


def test_messages_of_a_mapping_name_file_and_line():
    files = RegionFiles("land", {**CONTENTS, "extra.yaml": b"cart_life: 5\n"})
    with pytest.raises(PriorError, match=r"^land/extra\.yaml:1: cart_life is not a mapping"):
        load(files, MODEL)


@pytest.mark.parametrize("path", ["../use.yaml", "/use.yaml", "observed/../../use.csv"])
def test_a_path_that_leads_out_is_refused(path):
    with pytest.raises(ValueError, match=r"land: a path that leads out of the folder; found '"):
        RegionFiles("land", {**CONTENTS, path: b""})


def test_files_without_a_region_file_are_refused():
    with pytest.raises(NotFoundError, match=r"^land: not the files of a region; found no region"):
        load(RegionFiles("land", {"use.yaml": b""}), MODEL)


def test_a_large_file_of_a_mapping_is_refused():
    files = RegionFiles("land", {**CONTENTS, "extra.yaml": b" " * (LARGEST + 1)})
    with pytest.raises(PriorError, match=r"^land/extra\.yaml:1: the file is too large"):
        load(files, MODEL)


@pytest.mark.parametrize("path", ["land/use.yaml", "land/observed/stock.csv", "sources.yaml"])
def test_a_link_that_leads_out_of_the_folder_is_refused(path, tmp_path):
    write_region(tmp_path / "priors")
    link, target = tmp_path / "priors" / path, tmp_path / "elsewhere"
    target.write_bytes(link.read_bytes())
    link.unlink()
    link.symlink_to(target)
    with pytest.raises(PriorError, match=r"a link that leads out of the folder; found '"):
        load(tmp_path / "priors" / "land", MODEL)


def test_a_region_inside_the_folder_keeps_its_tables(tmp_path):
    inner = {f"land/old/{path}": text for path, text in CONTENTS.items()}
    files = RegionFiles.from_folder(write_region(tmp_path, inner))
    assert not [path for path in files.contents if path.startswith("old/")]


def test_sources_of_the_folder_itself_come_first(tmp_path):
    own = FILES.sources.replace("A survey", "Another survey")
    files = RegionFiles.from_folder(write_region(tmp_path, {"land/sources.yaml": own}))
    assert files.contents["sources.yaml"] == own.encode()
