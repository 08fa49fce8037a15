"""The README's two commands do what it says, in a fresh environment."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
PATIENCE = 1500  # seconds a command may take on a slow machine before the test gives up

# Everything else of the caller's environment is left behind.
KEPT = re.compile(
    r"^(HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|PATH|PIP_.*|SSL_CERT_.*|.*_proxy)$", re.IGNORECASE
)


def commands(readme: Path) -> dict[int, str]:
    """Find the code blocks below the comments ``<!-- command N -->``."""
    text = readme.read_text(encoding="utf-8")
    blocks = re.findall(r"<!-- command (\d+) -->\n+```[a-z]*\n(.*?)\n```", text, re.DOTALL)
    return {int(number): block.strip() for number, block in blocks}


def run_in(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run one command line as a reader would, far from the environment of this test."""
    env = {name: value for name, value in os.environ.items() if KEPT.match(name)}
    ours = Path(sys.prefix).resolve()
    env["PATH"] = os.pathsep.join(
        entry
        for entry in os.environ["PATH"].split(os.pathsep)
        if not Path(entry or ".").resolve().is_relative_to(ours)
    )
    return subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what a clone would hold: tracked files, and new ones that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    copy = tmp_path_factory.mktemp("checkout")
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, copy / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return copy


def test_readme_has_two_commands_of_one_line():
    result = commands(ROOT / "README.md")
    assert {number: text.count("\n") for number, text in result.items()} == {1: 0, 2: 0}


def test_second_command_says_what_it_leaves_out():
    assert '-m "not fresh and not peer"' in commands(ROOT / "README.md")[2]


@pytest.mark.fresh
def test_first_command_prints_the_table(checkout):
    region = ROOT / "priors" / commands(ROOT / "README.md")[1].split()[-1]
    targets = YAML(typ="safe").load((region / "targets.yaml").read_text(encoding="utf-8"))
    done = run_in(checkout, commands(checkout / "README.md")[1])
    missing = [
        text for text in ("chance of missing", *targets["targets"]) if text not in done.stdout
    ]
    assert (done.returncode, missing) == (0, []), done.stdout[-4000:]


@pytest.mark.fresh
def test_second_command_passes_every_test(checkout):
    done = run_in(checkout, commands(checkout / "README.md")[2])
    last = done.stdout.rstrip().rsplit("\n", 1)[-1]
    clean = re.search(r"\d+ passed", last) and not re.search(r"failed|error|skipped|xfailed", last)
    assert (done.returncode, bool(clean)) == (0, True), done.stdout[-4000:]
