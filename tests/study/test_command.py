"""The command line: settings, all scenarios, and the grid of settings."""

import json

import pytest

from mc_engine.cli.command import BAD_INPUT, DONE
from mc_engine.cli.commands import main
from tests.study.region import write_region


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(write_region(tmp_path_factory.mktemp("region")))


def said(capsys, *words):
    code = main([str(word) for word in words])
    return code, *capsys.readouterr()


def test_check_tells_the_settings_and_counts_the_levers(capsys, folder):
    code, out, _ = said(capsys, "check", folder, "--set", "third=half")
    assert code == DONE
    assert out == (
        "analytic: OK. 3 uncertain inputs (0 observed, 2 sourced, 1 judgement),\n"
        "0 constants, 0 correlations, 3 targets, 1 lever, scenario plain\n"
        "setting third: half (or drawn, zero)\n"
        "setting label: a (or b)\n"
        "1 more uncertain inputs exist under other settings\n"
    )


def test_check_lists_them_for_machines(capsys, folder):
    result = json.loads(said(capsys, "check", folder, "--json")[1])
    assert (
        result["settings"],
        result["levers"],
        result["settings_offered"]["label"]["options"],
    ) == (
        {"third": "drawn", "label": "a"},
        ["second"],
        ["a", "b"],
    )


def test_run_takes_a_setting(capsys, folder, tmp_path):
    words = ("run", folder, "--draws", 300, "--out", tmp_path / "r", "--set", "third=zero")
    assert said(capsys, *words)[0] == DONE
    assert json.loads((tmp_path / "r" / "run.json").read_text("utf-8"))["settings"] == {
        "third": "zero",
        "label": "a",
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "third=none"], "analytic: unknown option of the setting third; found 'none'"),
        (["--set", "label=a", "--set", "label=b"], "--set: found a setting twice"),
    ],
)
def test_a_wrong_setting_is_bad_input(capsys, folder, words, message):
    code, out, err = said(capsys, "run", folder, *words)
    assert (code, out, err.startswith(message)) == (BAD_INPUT, "", True)


def test_run_all_scenarios_prints_chances_and_differences(capsys, folder, tmp_path):
    words = ("run", folder, "--scenario", "all", "--draws", 500, "--out", tmp_path)
    code, out, _ = said(capsys, *words)
    assert code == DONE
    lines = out.splitlines()
    assert lines[0] == "Analytic test function, 3 scenarios, 500 common draws"
    assert [line.split()[0] for line in lines if line.startswith("  y_at_most_8")] == [
        "y_at_most_8",
        "y_at_most_8",
    ]
    assert "Difference from plain, draw by draw, in percentage points (95 % interval):" in lines
    assert max(map(len, lines[:-3])) <= 100
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a_shifted", "plain", "z_shifted"]


def test_run_all_scenarios_for_machines(capsys, folder, tmp_path):
    words = ("run", folder, "--scenario", "all", "--draws", 500, "--out", tmp_path, "--json")
    result = json.loads(said(capsys, *words)[1])
    assert [row["scenario"] for row in result["runs"]] == ["plain", "a_shifted", "z_shifted"]
    assert result["runs"][0]["targets"][0]["name"] == "y_at_most_8"
    rows = result["comparison"]["comparisons"]
    assert [row["scenario"] for row in rows] == ["a_shifted", "z_shifted"]
    assert {"difference", "low", "high", "method"} <= set(rows[0]["targets"][0])


def test_study_prints_one_row_per_setting(capsys, folder, tmp_path):
    code, out, _ = said(capsys, "study", folder, "--draws", 500, "--out", tmp_path)
    assert code == DONE
    first = [line.split()[0] for line in out.split("settings  ", 1)[1].splitlines()[2:6]]
    assert first == ["defaults", "third=zero", "third=half", "label=b"]


def test_study_takes_the_product_of_the_options_listed(capsys, folder, tmp_path):
    words = ("--draws", 300, "--set", "third=zero,half", "--set", "label=a,b", "--json")
    result = json.loads(said(capsys, "study", folder, "--out", tmp_path, *words)[1])
    assert [row["name"] for row in result["runs"]] == [
        "third=zero, label=a",
        "third=zero, label=b",
        "third=half, label=a",
        "third=half, label=b",
    ]


def test_experiment_of_another_scenario(capsys, folder, tmp_path):
    words = ("--scenario", "z_shifted", "--draws", 300, "--set", "third=zero", "--json")
    result = json.loads(said(capsys, "study", folder, "--out", tmp_path, *words)[1])
    assert [row["scenario"] for row in result["runs"]] == ["z_shifted"]
