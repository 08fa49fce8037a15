"""The study of a full disk, made short; where a file system can be mounted."""

import subprocess
import sys

import pytest

from tests.run.stored import ANALYTIC
from validation import disk_full


@pytest.fixture
def mounted(tmp_path):
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount on this system; the study is of Linux")
    if done.returncode:
        pytest.skip("mounting needs root, which this test does not ask for")
    subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.usefixtures("mounted")
def test_a_run_goes_on_after_a_full_disk_with_the_same_bits(capsys, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ":".join(filter(None, sys.path)))
    assert disk_full.main(str(ANALYTIC), draws=200_000, size=200) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "bits are the same"
    assert "exit code 0" in lines
