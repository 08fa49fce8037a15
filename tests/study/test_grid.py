"""Scenarios and accounting settings on common draws, from Python."""

import numpy as np
import pytest
from scipy.stats import norm

from mc_engine import Study, compare
from mc_engine.errors import PriorError, StatisticError
from mc_engine.intervals import tango
from mc_engine.study import run_all, scenario_studies, settings_studies
from tests.study.region import write_region

DRAWS = 2000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_region(tmp_path_factory.mktemp("region"))


@pytest.fixture(scope="module")
def scenarios(folder, tmp_path_factory):
    return run_all(scenario_studies(folder), DRAWS, out=tmp_path_factory.mktemp("scenarios"))


@pytest.fixture(scope="module")
def grid(folder, tmp_path_factory):
    return run_all(settings_studies(folder), DRAWS, out=tmp_path_factory.mktemp("settings"))


def column(run, name):
    with run.draws as draws:
        return draws["parameters"].sel(parameter=name).values


def misses(run, target="y_at_most_8"):
    with run.draws as draws:
        return draws["miss"].sel(target=target).values


def test_the_default_scenario_comes_first(scenarios):
    assert list(scenarios) == ["plain", "a_shifted", "z_shifted"]


def test_every_scenario_has_its_own_folder(scenarios):
    assert [run.folder.name for run in scenarios.values()] == list(scenarios)


def test_scenarios_share_the_draws_of_what_they_do_not_move(scenarios):
    first, *others = (column(run, "x1") for run in scenarios.values())
    assert all((first == other).all() for other in others)


def test_a_scenario_moves_its_input_by_its_shift(scenarios):
    plain, moved = (
        norm.ppf(column(scenarios[name], "x2") / (2.0 * np.pi) + 0.5)
        for name in ("plain", "a_shifted")
    )
    # Quantiles to the score and back, three times.
    np.testing.assert_allclose(moved - plain, 0.5, atol=1e-9)


def test_the_difference_is_that_of_the_stored_misses(scenarios):
    result = compare(list(scenarios.values()))["comparisons"][1]["targets"][0]
    plain, moved = misses(scenarios["plain"]), misses(scenarios["z_shifted"])
    b, c = int((moved & ~plain & 1).sum()), int((plain & ~moved & 1).sum())
    wanted = tango(b, c, DRAWS)
    assert (result["difference"], result["low"], result["high"]) == (
        wanted.estimate,
        wanted.low,
        wanted.high,
    )


def test_a_comparison_names_both_runs(scenarios):
    result = compare(list(scenarios.values()))
    named = [result["against"]["scenario"], *(row["scenario"] for row in result["comparisons"])]
    assert named == list(scenarios)


def test_one_run_is_no_comparison(scenarios):
    with pytest.raises(StatisticError, match="found 1 runs, expected at least two"):
        compare([scenarios["plain"]])


def test_runs_with_different_seeds_are_no_comparison(folder, scenarios, tmp_path):
    other = Study(folder).run(DRAWS, seed=1, out=tmp_path / "other")
    with pytest.raises(StatisticError, match="the seed differs; found 1 and 0"):
        compare([scenarios["plain"], other])


def test_every_option_stands_alone_against_the_defaults(grid):
    assert list(grid) == ["defaults", "third=zero", "third=half", "label=b"]


def test_folders_of_the_grid_are_named_by_the_choice(grid):
    names = [run.folder.name for run in grid.values()]
    assert names == ["defaults", "third-zero", "third-half", "label-b"]


def test_settings_share_the_draws_of_what_exists_under_both(grid):
    first, *others = (column(run, "x2") for run in grid.values())
    assert all((first == other).all() for other in others)


def test_a_setting_switches_its_prior_on(grid):
    # Without the third term y = sin x1 + 7 sin^2 x2 never exceeds 8, and with it often does.
    assert (misses(grid["third=zero"]).sum(), misses(grid["defaults"]).sum() > 100) == (0, True)


def test_a_setting_that_changes_nothing_has_its_own_identity_and_the_same_misses(grid):
    runs = [grid[name] for name in ("defaults", "label=b")]
    assert runs[0].manifest["identity"] != runs[1].manifest["identity"]
    np.testing.assert_array_equal(misses(runs[0]), misses(runs[1]))


def test_the_manifest_says_what_was_chosen(grid):
    assert grid["third=half"].manifest["settings"] == {"third": "half", "label": "a"}


def test_listed_options_are_combined(folder):
    request = {"third": ["zero", "half", "zero"], "label": ["b", "a"]}
    assert list(settings_studies(folder, options_of=request)) == [
        "third=zero, label=b",
        "third=zero, label=a",
        "third=half, label=b",
        "third=half, label=a",
    ]


def test_settings_compare_on_sobol_points_too(folder, tmp_path):
    runs = run_all(settings_studies(folder), 1024, design="sobol", out=tmp_path)
    result = compare(list(runs.values()))["comparisons"]
    assert [entry["draws"] for entry in result] == [1024] * 3


def test_what_the_region_does_not_declare_is_refused(folder):
    with pytest.raises(PriorError) as caught:
        settings_studies(folder, options_of={"third": ["none"], "fourth": ["a", "b"]})
    assert str(caught.value) == (
        "analytic: unknown option of the setting third; found 'none', expected one of drawn, zero, "
        "half; choose one of these\n"
        "analytic: unknown setting; found 'fourth', expected one of third, label; declare it under "
        "'settings' of region.yaml"
    )


def test_a_region_without_settings_has_no_grid():
    with pytest.raises(PriorError, match="found no settings, expected at least one"):
        settings_studies("tests/data/analytic")


def test_a_step_of_a_lever_is_a_shift_on_common_draws(folder, scenarios, tmp_path):
    run = Study(folder, "z_shifted", steps=["second"]).run(DRAWS, out=tmp_path / "step")
    # The shift of -1 and the step of +1 cancel.
    np.testing.assert_allclose(
        column(run, "x2"), column(scenarios["plain"], "x2"), rtol=0, atol=1e-9
    )
    assert run.manifest["steps"] == ["second"]


@pytest.mark.parametrize("name", ["index", "replicate", "weight"])
def test_rows_are_numbered_by_coordinates(scenarios, name):
    with scenarios["plain"].draws as draws:
        assert name in draws.coords
