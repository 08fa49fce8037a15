"""The command line: exit codes, what goes to which stream, and what is imported when."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mc_engine import __version__
from mc_engine.cli import commands as cli
from mc_engine.cli import progress as watch
from mc_engine.cli.subcommands import COMMANDS, bench
from mc_engine.run.options import Status
from mc_engine.run.tally import Tally
from mc_engine.study import Study
from tests.problem.region import FILES
from tests.run.stored import ALL_FAILING, ANALYTIC, FAILING, RARELY_FAILING

ROOT = Path(__file__).parents[2]
REGION = str(ANALYTIC)
# What a word too many would cost: each of these takes a tenth of a second or more.
HEAVY = ("numpy", "numba", "scipy", "xarray", "pandas", "netCDF4", "pydantic", "ruamel", "SALib")
# The keys that architecture and README promise to machines.
KEYS = [
    "run", "draws", "failed", "clipped", "targets", "peak_year", "residual", "removals_required",
    "joint", "residual_above", "exceedance",
]  # fmt: skip
TARGET_KEYS = [
    "name", "scope", "status", "p_miss", "low", "high", "shortfall_mean", "shortfall_p95",
]  # fmt: skip


def code_of(*words):
    """Exit code, also where the parser of arguments leaves by itself."""
    try:
        return cli.main([str(word) for word in words])
    except SystemExit as left:
        return left.code


def in_a_process(*words, folder):
    """Run the command as a shell does."""
    return subprocess.run(
        [sys.executable, "-m", "mc_engine", *map(str, words)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def fleet_run(tmp_path_factory):
    """A folder with a finished run of the fleet."""
    folder = tmp_path_factory.mktemp("fleet")
    Study("china").run(draws=12, out=folder)
    return folder


@pytest.mark.parametrize("words", [("--help",), ("run", "--help"), ("check", "--help")])
def test_help_imports_nothing_heavy(words):
    script = (
        "import sys\n"
        "from mc_engine.cli.commands import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "except SystemExit as left:\n"
        "    print(left.code, *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("usage: mc-engine")
    code, *modules = done.stdout.splitlines()[-1].split()
    assert (code, set(modules) & set(HEAVY)) == ("0", set())
    assert "mc_engine" in modules


def test_version(capsys):
    assert code_of("--version") == 0
    assert capsys.readouterr().out == f"mc-engine {__version__}\n"


def test_json_stands_alone_on_standard_output(tmp_path):
    done = in_a_process("run", ANALYTIC, "--draws", "40", "--json", folder=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert done.stderr.startswith("40 draws; 1 chunk to do: about ")
    found = json.loads(done.stdout)
    assert list(found) == KEYS
    folder = Path("results") / f"analytic-plain-{Study(ANALYTIC).plan(40).identity[:8]}"
    assert found["run"] == str(folder)
    assert (tmp_path / folder / "draws.nc").exists()


def test_json_has_exactly_its_keys_and_says_what_the_summary_says(fleet_run, capsys):
    assert code_of("run", "china", "--draws", 12, "--out", fleet_run, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == KEYS
    assert {tuple(row) for row in found["targets"]} == {tuple(TARGET_KEYS)}
    assert (found["run"], found["draws"], found["failed"]) == (str(fleet_run), 12, 0)
    assert list(found["peak_year"]) == ["ttw", "wtw", "life_cycle", "net"]
    assert all(len(band) == 3 for band in found["peak_year"].values())
    assert (
        list(found["residual"]) == list(found["removals_required"]) == ["ttw", "wtw", "life_cycle"]
    )
    summary = json.loads((fleet_run / "summary.json").read_text(encoding="utf-8"))
    for key in KEYS[1:3] + KEYS[5:]:
        assert found[key] == summary[key]
    for ours, theirs in zip(found["targets"], summary["targets"], strict=True):
        assert ours == {key: theirs[key] for key in TARGET_KEYS}


def test_a_model_without_emissions_has_no_years(tmp_path, capsys):
    assert code_of("run", REGION, "--draws", 20, "--out", tmp_path, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == KEYS
    assert (found["peak_year"], found["residual"], found["removals_required"]) == ({}, {}, {})


def test_the_summary_goes_to_standard_output(fleet_run, capsys):
    assert code_of("run", "china", "--draws", 12, "--out", fleet_run) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "12 draws of" in said.out
    assert said.out.endswith(f"stored in {fleet_run}\n")


def test_progress_goes_to_standard_error_alone(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(watch, "QUIET_SECONDS", 0.0)
    words = ("run", REGION, "--draws", "30", "--chunk", "10", "--out", tmp_path, "--json")
    assert code_of(*words) == 0
    said = capsys.readouterr()
    first, *others = said.err.splitlines()
    assert first.startswith("30 draws; 3 chunks to do: about ")
    found = [(line.split()[0], line.partition("] ")[2].partition(" draws")[0]) for line in others]
    drawn = [("drawing", f"{done} of 30") for done in (10, 20, 30)]
    assert [pair for pair in found if pair[0] == "drawing" and pair in drawn] == drawn
    assert found[-1] == ("collecting", "30 of 30")
    assert others[-1].endswith("y_in_range 100 %") or "y_in_range" in others[-1]
    json.loads(said.out)


def test_progress_is_drawn_in_place_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(watch, "LIVE_SECONDS", 0.0)
    progress = watch.Progress()
    counts = np.array([[3]])
    tally = Tally(np.array([10]), counts, np.zeros_like(counts))
    progress(Status("drawing", 10, 40, ("never",), tally))
    progress(Status("collecting", 40, 40, ("never",), tally))
    said = capsys.readouterr()
    bar, chance, last = said.err.split("\n")
    assert bar.startswith("\x1b[2Kdrawing    [#######.......................] 10 of 40 draws")
    assert chance == "\x1b[2K  never      30 % (6.7 % to 65 %)"
    # The block is taken away when the run is there.
    assert (last, said.out) == ("\x1b[J\x1b[2A\x1b[J", "")


def test_check_counts_inputs_by_kind(capsys):
    assert code_of("check", REGION) == 0
    assert capsys.readouterr().out == (
        "analytic: OK. 3 uncertain inputs (0 observed, 3 sourced, 0 judgement),\n"
        "0 constants, 0 correlations, 3 targets, 0 levers, scenario plain\n"
    )


def test_check_counts_the_inputs_of_a_shipped_region(capsys):
    assert code_of("check", "china", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == [
        "region", "scenario", "settings", "settings_offered", "uncertain_inputs", "kinds",
        "correlations", "targets", "levers", "notes", "warnings", "origins",
    ]  # fmt: skip
    assert found["uncertain_inputs"] >= 50
    uncertain = ("observed", "sourced", "judgement")
    assert found["uncertain_inputs"] == sum(found["kinds"][kind] for kind in uncertain)
    assert (found["region"], found["scenario"]) == ("china", "stated_policies")
    assert set(found["kinds"]) == {*uncertain, "constant"}


def broken_region(tmp_path):
    """Copy the analytic region, with two faults in one file."""
    folder = tmp_path / "land"
    folder.mkdir()
    for path in ANALYTIC.rglob("*"):
        if path.is_file():
            copy = folder / path.relative_to(ANALYTIC)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes())
    text = (folder / "arguments.yaml").read_text(encoding="utf-8")
    text = text.replace("quantity: x2", "quantity: x4").replace("kind: sourced", "kind: known", 1)
    (folder / "arguments.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("command", ["check", "run"])
def test_broken_priors_are_listed_and_nothing_is_written(command, tmp_path, capsys, monkeypatch):
    folder = broken_region(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert code_of(command, folder) == 2
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        "land/arguments.yaml:5", "land/arguments.yaml:11"
    ]  # fmt: skip
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("atlantis",), "mc-engine: atlantis: no such region and no folder with a region.yaml"),
        ((REGION, "--scenario", "x"), "unknown scenario; found 'x', expected one of plain"),
        ((REGION, "--model", "x"), "mc-engine: model: found 'x'; expected one of road_fleet"),
        ((REGION, "--draws", "0"), "mc-engine: draws: found 0, expected at least 1\n"),
        ((REGION, "--draws", "-5"), "argument --draws: found -5, expected 0 or more\n"),
        ((REGION, "--draws", "many"), "argument --draws: found 'many', expected a whole number\n"),
        ((REGION, "--chunk", "0"), "mc-engine: chunk: found 0, expected at least 1\n"),
        ((REGION, "--chunk", "1.5"), "argument --chunk: found '1.5', expected a whole number\n"),
        ((REGION, "--series", "-1"), "argument --series: found -1, expected 0 or more\n"),
        ((REGION, "--series", "all"), "argument --series: found 'all', expected a whole number\n"),
        ((REGION, "--outputs", "z"), "mc-engine: outputs: found z; expected all or default"),
        ((REGION, "--outputs", ""), "mc-engine: outputs: found nothing; expected"),
        ((REGION, "--design", "grid"), "mc-engine: design: found 'grid', expected one of random"),
        ((REGION, "--threads", "9999"), "mc-engine: threads: found 9999, expected 1 to "),
        ((REGION, "--seed", "x"), "argument --seed: found 'x', expected a whole number\n"),
        ((REGION, "--seed", str(2**64)), "mc-engine: seed: found 18446744073709551616, expected"),
        ((REGION, "--fast"), "unrecognized arguments: --fast\n"),
        ((), "the following arguments are required: region\n"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(tmp_path, capsys, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    assert code_of("run", *words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err
    assert sum("mc-engine" in line and ": " in line for line in said.err.splitlines()[-1:]) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [(), ("rum", "china")])
def test_a_command_is_needed(words, capsys):
    assert code_of(*words) == 2
    assert "usage: mc-engine" in capsys.readouterr().err


def test_numbers_may_have_commas(tmp_path, capsys):
    words = ("--draws", "1,000", "--chunk", "1_000", "--out", tmp_path, "--json")
    assert code_of("run", REGION, *words) == 0
    assert json.loads(capsys.readouterr().out)["draws"] == 1000


def test_a_foreign_run_is_bad_input(tmp_path, capsys):
    assert code_of("run", REGION, "--draws", 5, "--out", tmp_path) == 0
    capsys.readouterr()
    assert code_of("run", REGION, "--draws", 5, "--seed", 1, "--out", tmp_path) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "holds run" in said.err
    assert "choose another --out" in said.err


def test_a_folder_with_something_else_is_bad_input(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("precious")
    assert code_of("run", REGION, "--draws", 5, "--out", tmp_path) == 2
    assert "not empty and no run of ours" in capsys.readouterr().err


def test_a_disk_that_refuses_is_a_failure(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert code_of("run", REGION, "--draws", 5, "--out", tmp_path / "file" / "run") == 1
    assert "cannot be made: Not a directory" in capsys.readouterr().err


def test_a_run_without_a_good_draw_is_a_failure(tmp_path, capsys):
    words = ("--model", ALL_FAILING, "--draws", 5, "--out", tmp_path)
    assert code_of("run", REGION, *words) == 1
    said = capsys.readouterr()
    assert (said.out, "all 5 draws failed (5 TOO_HIGH)" in said.err) == ("", True)


def test_a_few_failed_draws_are_counted_and_no_failure(tmp_path, capsys):
    words = ("--model", RARELY_FAILING, "--draws", 2000, "--out", tmp_path, "--json")
    assert code_of("run", REGION, *words) == 0
    assert 0 < json.loads(capsys.readouterr().out)["failed"] <= 20


def test_many_failed_draws_are_a_failure_with_the_associated_input(tmp_path, capsys):
    words = ("run", REGION, "--model", FAILING, "--draws", 200, "--out", tmp_path)
    # Answered from the folder the second time, with the same verdict.
    for _ in range(2):
        assert code_of(*words) == 1
        said = capsys.readouterr()
        assert "most associated with failure: x1; look at its prior\n" in said.err
        assert "Failed draws: " in said.out


def test_an_interruption_has_its_own_code(capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Study, "carry_out", interrupted)
    assert code_of("run", REGION) == 130
    expected = "mc-engine: interrupted; run the same command again to resume\n"
    assert capsys.readouterr().err == expected


def test_the_second_call_is_answered_from_the_folder(tmp_path, capsys):
    words = ("run", REGION, "--draws", 30, "--out", tmp_path)
    said = []
    for _ in range(2):
        assert code_of(*words) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert (tmp_path / "log.txt").read_text(encoding="utf-8").count("start") == 1


def test_more_draws_are_told(tmp_path, capsys):
    for draws in (30, 50):
        code_of("run", REGION, "--draws", draws, "--out", tmp_path)
    assert "\ndraws 50, failed 0," in capsys.readouterr().out


def test_the_command_reads_a_region_in_another_folder(tmp_path, capsys):
    (tmp_path / "region.yaml").write_text(FILES.region)
    assert code_of("check", tmp_path) == 2
    assert "model: found 'tiny', expected one of road_fleet, ishigami" in capsys.readouterr().err


def test_the_benchmarks_of_a_checkout_are_found():
    assert bench.SCRIPT == ROOT / "benchmarks" / "bench.py"
    assert bench.SCRIPT.exists()


def test_every_subcommand_is_in_the_help_in_its_order(capsys):
    assert code_of("--help") == 0
    text = capsys.readouterr().out
    positions = [text.index(f"\n    {command.name} ") for command in COMMANDS]
    assert positions == sorted(positions)
    assert len(COMMANDS) >= 9
