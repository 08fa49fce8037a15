"""What a full disk does to a run: ``sudo python benchmarks/disk_full.py [--draws 60000]``.

Mounts a small file system in memory, fills it while the run draws and again while it collects,
and shows the command's exit code and message each time; then makes room, lets the run go on, and
compares its bits with those of an undisturbed run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks.kills import digests

ROOM = 1_500  # MB


def command(draws: int, folder: Path) -> list[str]:
    """The run as a user would start it."""
    words = ["run", "china", "--draws", str(draws), "--chunk", "2048", "--out", str(folder)]
    return [sys.executable, "-m", "mc_engine", *words, "--json"]


def fill(place: Path) -> Path:
    """Take all the room there is, and what is given back meanwhile."""
    ballast = place / "ballast"
    room = os.statvfs(place)
    with ballast.open("wb", buffering=0) as file:
        with suppress(OSError):  # the run takes some of it meanwhile
            os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - (40 << 20))
        file.seek(0, os.SEEK_END)
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            try:
                file.write(bytes(1 << 20))
            except OSError:
                time.sleep(0.01)
    return ballast


def disturbed(draws: int, place: Path, moment: Callable[[Path], bool]) -> None:
    """Run until a moment, take the room away, and say how the run ended."""
    folder = place / "run"
    process = subprocess.Popen(
        command(draws, folder), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    while process.poll() is None and not moment(folder):
        time.sleep(0.005)
    ballast = fill(place)
    _, said = process.communicate()
    ballast.unlink()
    print(f"exit code {process.returncode}: {said.strip().splitlines()[-1]}")


def main(draws: int) -> int:
    """Print what happened; 1 where a bit differs."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "disk"
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}m", "tmpfs", place], check=True)
        try:
            print("the disk fills while draws are evaluated:")
            disturbed(draws, place, lambda run: len(list((run / "chunks").glob("*.npz"))) >= 5)
            print("the disk fills while the datasets are written:")
            disturbed(draws, place, lambda run: (run / "draws.nc.part").exists())
            print("with room again:")
            done = subprocess.run(command(draws, place / "run"), stdout=subprocess.DEVNULL)
            print(f"exit code {done.returncode}")
            whole = Path(name) / "whole"
            subprocess.run(command(draws, whole), stdout=subprocess.DEVNULL, check=True)
            same = digests(place / "run") == digests(whole)
            print(f"bits are {'the same' if same else 'DIFFERENT'}")
        finally:
            subprocess.run(["umount", place], check=True)
    return int(not same)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--draws", type=int, default=60_000)
    raise SystemExit(main(options.parse_args().draws))
