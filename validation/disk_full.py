"""What a full disk does to a run: ``python -m validation.disk_full china`` as root.

Mounts a small file system in memory, fills it while the run draws and again while it collects,
and shows the command's exit code and message each time; then frees the disk, lets the run go on,
and compares its bits with those of an undisturbed run.
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

from validation.kills import digests

SIZE = 1_500  # MB


def command(region: str, draws: int, folder: Path) -> list[str]:
    """The run as a user would start it."""
    words = ["run", region, "--draws", str(draws), "--chunk", "2048", "--out", str(folder)]
    return [sys.executable, "-m", "mc_engine", *words, "--json"]


def fill(disk: Path) -> Path:
    """Take all the space there is, and what is given back meanwhile."""
    ballast = disk / "ballast"
    space = os.statvfs(disk)
    with ballast.open("wb", buffering=0) as file:
        with suppress(OSError):  # the run takes some of it meanwhile
            os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_frsize - (40 << 20))
        file.seek(0, os.SEEK_END)
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            try:
                file.write(bytes(1 << 20))
            except OSError:
                time.sleep(0.01)
    return ballast


def disturbed(region: str, draws: int, disk: Path, moment: Callable[[Path], bool]) -> None:
    """Run until a moment, take the space away, and say how the run ended."""
    folder = disk / "run"
    process = subprocess.Popen(
        command(region, draws, folder), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    while process.poll() is None and not moment(folder):
        time.sleep(0.005)
    ballast = fill(disk)
    _, message = process.communicate()
    ballast.unlink()
    print(f"exit code {process.returncode}: {message.strip().splitlines()[-1]}")


def main(region: str, draws: int, size: int = SIZE) -> int:
    """Print what happened; 1 where a bit differs."""
    with tempfile.TemporaryDirectory() as name:
        disk = Path(name) / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", disk], check=True)
        try:
            print("the disk fills while draws are evaluated:")
            disturbed(
                region, draws, disk, lambda run: len(list((run / "chunks").glob("*.npz"))) >= 5
            )
            print("the disk fills while the datasets are written:")
            disturbed(region, draws, disk, lambda run: (run / "draws.nc.part").exists())
            print("with space again:")
            done = subprocess.run(command(region, draws, disk / "run"), stdout=subprocess.DEVNULL)
            print(f"exit code {done.returncode}")
            whole = Path(name) / "whole"
            subprocess.run(command(region, draws, whole), stdout=subprocess.DEVNULL, check=True)
            same = digests(disk / "run") == digests(whole)
            print(f"bits are {'the same' if same else 'DIFFERENT'}")
        finally:
            subprocess.run(["umount", disk], check=True)
    return int(not same)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("region", nargs="?", default="china")
    parser.add_argument("--draws", type=int, default=60_000)
    options = parser.parse_args()
    raise SystemExit(main(options.region, options.draws))
