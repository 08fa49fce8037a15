"""The same bits for any threads, chunks and lengths; other bits for another seed."""

import shutil

import numpy as np
import pytest

from mc_engine.study import Study
from tests.run.stored import ANALYTIC, SPARE, checksums

DRAWS = 16_000
FLEET_DRAWS = 40
# Trajectories are kept of fewer draws than there are: the cut lies inside a chunk.
FLEET_SERIES = 25


@pytest.fixture(scope="module")
def analytic():
    return Study(ANALYTIC)


@pytest.fixture(scope="module")
def whole(analytic, tmp_path_factory):
    return analytic.run(draws=DRAWS, out=tmp_path_factory.mktemp("analytic"))


@pytest.fixture(scope="module")
def fleet():
    return Study("china")


@pytest.fixture(scope="module")
def fleet_whole(fleet, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fleet")
    return fleet.run(
        draws=FLEET_DRAWS, series=FLEET_SERIES, chunk=FLEET_DRAWS, threads=1, out=folder
    )


# A chunk of one draw takes a few files each: a part of the draws has to do.
@pytest.mark.parametrize(
    ("chunk", "draws"), [(1, 60), (7, 600), (1000, DRAWS), (7777, DRAWS), (DRAWS, DRAWS)]
)
@pytest.mark.parametrize("threads", [1, 2])
def test_chunks_and_threads_change_no_bit(analytic, whole, tmp_path, chunk, draws, threads):
    run = analytic.run(draws=draws, chunk=chunk, threads=threads, out=tmp_path)
    assert len(run.manifest["chunks"]) == -(-draws // chunk)
    assert checksums(run) == checksums(whole, draws)


@pytest.mark.parametrize(("chunk", "threads"), [(1, 1), (7, 1), (1, 2), (7, 2), (FLEET_DRAWS, 2)])
def test_chunks_and_threads_change_no_bit_of_the_fleet(
    fleet, fleet_whole, tmp_path, chunk, threads
):
    run = fleet.run(
        draws=FLEET_DRAWS, series=FLEET_SERIES, chunk=chunk, threads=threads, out=tmp_path
    )
    assert checksums(run) == checksums(fleet_whole)


def test_the_fleet_stores_what_is_compared(fleet_whole):
    names = {key.partition("/")[2] for key in checksums(fleet_whole)}
    assert {"parameters", "margin", "miss", "status", "emissions", "stock", "energy"} <= names


def test_the_first_draws_of_the_fleet_stay_the_first(fleet, fleet_whole, tmp_path):
    half = FLEET_DRAWS // 2
    run = fleet.run(draws=half, out=tmp_path)
    assert checksums(run) == checksums(fleet_whole, half)


def test_the_first_draws_stay_the_first(analytic, whole, tmp_path):
    run = analytic.run(draws=DRAWS // 2, out=tmp_path)
    assert checksums(run) == checksums(whole, DRAWS // 2)


def test_the_first_draws_of_a_net_stay_the_first(analytic, tmp_path):
    short = analytic.run(draws=512, design="sobol", out=tmp_path / "short")
    long = analytic.run(draws=1024, design="sobol", chunk=100, out=tmp_path / "long")
    assert checksums(short) == checksums(long, 512)


def test_seed_nought_twice_gives_the_same_bits(analytic, whole, tmp_path):
    assert checksums(analytic.run(draws=DRAWS, seed=0, out=tmp_path)) == checksums(whole)


def test_another_seed_gives_other_numbers_in_every_column(analytic, whole, tmp_path):
    run = analytic.run(draws=DRAWS, seed=1, out=tmp_path)
    with run.draws as ours, whole.draws as theirs:
        same = ours["parameters"].to_numpy() == theirs["parameters"].to_numpy()
        assert not same.any()
        assert (ours["y"].to_numpy() != theirs["y"].to_numpy()).all()


def test_an_unused_parameter_changes_no_other_column(whole, tmp_path):
    folder = tmp_path / "analytic"
    shutil.copytree(ANALYTIC, folder)
    # First in its folder, by file and by name: it takes the place of another column.
    (folder / "aaa.yaml").write_text(
        'a_spare: {quantity: spare, unit: "1", meaning: Unused, kind: judgement, centre: none,\n'
        "  distribution: {name: normal, mean: 0, sd: 1}, sources: [], reason: For the test.}\n"
    )
    run = Study(folder, model=SPARE).run(draws=2000, out=tmp_path / "run")
    with run.draws as more, whole.draws as fewer:
        fewer = fewer.isel(draw=slice(2000))
        assert more["parameter"].values.tolist() == ["a_spare", "x1", "x2", "x3"]
        retained = more["parameters"].sel(parameter=["x1", "x2", "x3"])
        np.testing.assert_array_equal(retained, fewer["parameters"])
        for name in set(fewer.data_vars) - {"parameters"}:
            np.testing.assert_array_equal(more[name], fewer[name], err_msg=name)
