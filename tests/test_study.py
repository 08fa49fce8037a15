"""The Python interface: studies, runs, and the folders they are kept in."""

import shutil
from pathlib import Path

import pytest
import xarray as xr

import mc_engine
from mc_engine.errors import ModelError, NotFoundError, RequestError, RunError
from mc_engine.problem.regions import regions
from mc_engine.study import Run, Study, compare, find_region, load_model, shipped_priors
from tests.run.stored import ANALYTIC, FAILING, checksums


@pytest.fixture(scope="module")
def study():
    return Study(ANALYTIC)


def test_the_package_offers_study_and_run():
    assert (mc_engine.Study, mc_engine.Run) == (Study, Run)
    with pytest.raises(AttributeError, match="no attribute 'Studie'"):
        mc_engine.Studie  # noqa: B018, the look-up is what is tested


def test_regions_are_the_folders_that_are_shipped():
    assert "china" in regions()
    assert all((shipped_priors() / name / "region.yaml").is_file() for name in regions())


def test_a_region_is_found_by_name_or_by_path():
    assert find_region("china") == shipped_priors() / "china"
    assert find_region(ANALYTIC) == ANALYTIC


def test_an_unknown_region_lists_those_there_are():
    with pytest.raises(NotFoundError) as caught:
        Study("atlantis")
    assert str(caught.value) == (
        "atlantis: no such region and no folder with a region.yaml; expected one of "
        f"{', '.join(regions())}, or the path of a priors folder"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ishigamy", "found 'ishigamy'; expected one of road_fleet, ishigami, or package.module"),
        ("nowhere.at_all:MODEL", "cannot import 'nowhere.at_all:MODEL': No module named"),
        ("mc_engine.units:MODEL", "cannot import 'mc_engine.units:MODEL': .*; check the name"),
        ("mc_engine.units:UNITS", "does not offer all that mc_engine.model.Model asks for"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused(name, message):
    with pytest.raises(ModelError, match=message):
        load_model(name)


def test_a_model_of_ones_own_must_be_named(tmp_path):
    folder = tmp_path / "land"
    shutil.copytree(ANALYTIC, folder)
    header = folder / "region.yaml"
    header.write_text(header.read_text("utf-8").replace("model: ishigami", f"model: {FAILING}"))
    with pytest.raises(ModelError, match="name any other model on the command line"):
        Study(folder)
    assert Study(folder, model=FAILING).model.name == "ishigami"


def test_a_target_that_does_not_fit_the_model_is_refused(tmp_path):
    folder = tmp_path / "land"
    shutil.copytree(ANALYTIC, folder)
    targets = folder / "targets.yaml"
    targets.write_text(targets.read_text("utf-8").replace("output: y\n", "output: z\n", 1))
    with pytest.raises(ModelError, match=r"land: .*y_at_most_8.*'z'"):
        Study(folder)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draws": 0}, "draws: found 0, expected at least 1"),
        ({"chunk": 0}, "chunk: found 0, expected at least 1"),
        ({"series": -1}, "series: found -1, expected at least 0"),
        ({"design": "grid"}, "design: found 'grid', expected one of random, sobol"),
        ({"threads": 10_000}, "threads: found 10000, expected 1 to "),
        ({"threads": 0}, "threads: found 0, expected 1 to "),
        ({"seed": -1}, "seed: found -1, expected"),
        ({"seed": 2**64}, "seed: found 18446744073709551616, expected"),
        ({"outputs": "z"}, "outputs: found z; expected"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(
    study, tmp_path, options, message
):
    with pytest.raises(ValueError) as caught:
        study.run(**{"draws": 5, "out": tmp_path / "run", **options})
    assert str(caught.value).startswith(message)
    assert list(tmp_path.iterdir()) == []


def test_the_default_folder_names_region_scenario_and_hash(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = study.plan(5)
    assert plan.folder == Path("results") / f"analytic-plain-{plan.identity[:8]}"
    study.run(draws=5)
    assert Run(plan.folder).manifest["identity"] == plan.identity


def files_of(folder):
    """Name, bytes and time of every file below a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(path, path.read_bytes(), path.stat().st_mtime_ns) for path in paths]


@pytest.mark.parametrize("draws", [50, 20])
def test_a_second_call_is_answered_from_the_folder(study, tmp_path, draws):
    study.run(draws=50, out=tmp_path)
    before = files_of(tmp_path)
    again = study.run(draws=draws, out=tmp_path, chunk=3)
    assert again.manifest["draws"] == 50
    assert files_of(tmp_path) == before


def test_more_draws_extend_a_run(study, tmp_path):
    first = checksums(study.run(draws=50, out=tmp_path))
    longer = study.run(draws=80, out=tmp_path)
    assert (longer.manifest["draws"], longer.summary["draws"]) == (80, 80)
    assert checksums(longer, 50) == first


def test_a_run_loses_nothing_when_more_is_asked_of_fewer_draws(tmp_path):
    study = Study("china")
    study.run(draws=8, series=2, outputs="stock", out=tmp_path)
    run = study.run(draws=4, outputs="energy", out=tmp_path)
    with run.draws as draws, run.series as series:
        assert (draws.sizes["draw"], series.sizes["draw"]) == (8, 8)
        assert set(series.data_vars) == {"stock", "energy"}


def test_a_net_is_extended_to_a_whole_net(study, tmp_path):
    study.run(draws=100, design="sobol", out=tmp_path)
    run = study.run(draws=129, design="sobol", out=tmp_path)
    assert (run.manifest["draws"], run.manifest["design"]["note"]) == (
        256,
        "129 draws rounded up to 256: 16 replicates of 16 Sobol points",
    )


@pytest.mark.parametrize("name", ["draws.nc", "series.nc", "summary.json"])
def test_a_run_that_lost_a_file_is_made_again(study, tmp_path, name):
    study.run(draws=5, out=tmp_path)
    (tmp_path / name).unlink()
    assert study.run(draws=5, out=tmp_path).summary["draws"] == 5
    assert (tmp_path / name).exists()


def test_a_folder_with_another_run_is_refused(study, tmp_path):
    study.run(draws=5, out=tmp_path)
    before = files_of(tmp_path)
    identities = [study.plan(5, seed=seed).identity for seed in (0, 1)]
    with pytest.raises(RequestError) as caught:
        study.run(draws=5, seed=1, out=tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: holds run {identities[0]}, this one is {identities[1]} "
        "(priors, scenario, design, seed or code differ); choose another --out"
    )
    assert files_of(tmp_path) == before


def test_a_folder_with_something_else_is_refused(study, tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(RequestError, match="not empty and no run of ours; choose another --out"):
        study.run(draws=5, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_place_of_the_folder_is_refused(study, tmp_path):
    (tmp_path / "run").write_text("precious")
    with pytest.raises(RequestError, match="found a file, expected a folder"):
        study.run(draws=5, out=tmp_path / "run")


def test_a_folder_that_cannot_be_made_is_said(study, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be made: Not a directory; choose another --out"):
        study.run(draws=5, out=tmp_path / "file" / "run")


def test_a_run_is_read_without_its_model(study, tmp_path):
    made = study.run(draws=50, out=tmp_path)
    read = Run(tmp_path)
    assert read.summary == made.summary
    assert read.risk().items() <= read.summary.items()
    assert repr(read) == f"Run({str(tmp_path)!r})"


def test_the_figures_of_a_run_are_found_without_loading_its_draws(study, tmp_path, monkeypatch):
    runs = [study.run(draws=50, out=tmp_path / name) for name in ("one", "other")]

    def refuse(dataset, **_):
        raise AssertionError(f"loaded: {', '.join(map(str, dataset.data_vars))}")

    monkeypatch.setattr(xr.Dataset, "load", refuse)
    assert runs[0].risk()["targets"] == runs[0].summary["targets"]
    assert compare(runs)["comparisons"][0]["draws"] == 50


def test_a_wider_interval_is_given_for_a_higher_level(study, tmp_path):
    run = study.run(draws=200, out=tmp_path)
    (at_95, *_), (at_99, *_) = run.risk()["targets"], run.risk(0.99)["targets"]
    assert at_99["low"] < at_95["low"] < at_95["p_miss"] < at_95["high"] < at_99["high"]


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(NotFoundError, match="no run here"):
        Run(tmp_path)


def test_an_unfinished_run_has_no_datasets_yet(tmp_path):
    (tmp_path / "run.json").write_text('{"schema_version": 1}')
    run = Run(tmp_path)
    for name in ("draws", "series", "summary"):
        with pytest.raises(NotFoundError, match="not there; the run is unfinished: start it again"):
            getattr(run, name)
