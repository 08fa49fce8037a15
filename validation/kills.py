"""Kill a run at random moments, again and again, and compare its bits with an undisturbed run.

``python -m validation.kills china [--draws 2000000] [--kills 50] [--seed 0] [--folder F]`` runs
the region once undisturbed. Then it starts the same run, kills it with SIGKILL after a random time,
starts it again, and so on; at last it lets the run finish, and compares every data variable.
"""

import argparse
import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import netCDF4
import numpy as np

ROWS = 65_536


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of type, shape and bytes of every variable of both datasets, in bounded memory."""
    result = {}
    for name in ("draws.nc", "series.nc"):
        with netCDF4.Dataset(folder / name) as dataset:
            dataset.set_auto_mask(False)
            for key, variable in dataset.variables.items():
                digest = hashlib.sha256(f"{variable.dtype} {variable.shape}".encode())
                for start in range(0, max(1, variable.shape[0]), ROWS):
                    values = variable[start : start + ROWS]
                    text = variable.dtype is str
                    digest.update(
                        repr(values.tolist()).encode()
                        if text
                        else np.ascontiguousarray(values).tobytes()
                    )
                result[f"{name}/{key}"] = digest.hexdigest()
    return result


def start(region: str, draws: int, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start the run as a user would."""
    words = ["run", region, "--draws", str(draws), "--out", str(folder), "--json"]
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "mc_engine", *words], stdout=file, stderr=file
        )


def lives(
    region: str, draws: int, folder: Path, kills: int, most: float, seed: int
) -> Iterator[str]:
    """Kill the run so often; yield what it was at each time."""
    log = folder.with_suffix(".log")
    chance = random.Random(seed)
    for _ in range(kills):
        process = start(region, draws, folder, log)
        try:
            process.wait(chance.uniform(0.0, most))
            ended = f"ended by itself with {process.returncode}"
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            ended = ""
        manifest = folder / "run.json"
        state = json.loads(manifest.read_text())["state"] if manifest.exists() else "not begun"
        yield ended or f"killed while {state}"
    if start(region, draws, folder, log).wait() != 0:
        raise SystemExit(f"the last session failed; see {log}")


def main(region: str, draws: int, kills: int, most: float, folder: Path, seed: int = 0) -> int:
    """Print what happened; 1 where a bit differs."""
    log = folder / "whole.log"
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    if start(region, draws, folder / "whole", log).wait() != 0:
        raise SystemExit(f"the undisturbed run failed; see {log}")
    print(f"undisturbed: {time.monotonic() - began:.0f} s", flush=True)
    expected = digests(folder / "whole")
    began = time.monotonic()
    ends = Counter(lives(region, draws, folder / "killed", kills, most, seed))
    print(f"with {kills} kills: {time.monotonic() - began:.0f} s")
    for end, count in ends.items():
        print(f"  {count:3d} {end}")
    result = digests(folder / "killed")
    differ = sorted(key for key in expected if result.get(key) != expected[key])
    print(f"{len(expected)} variables; differing: {', '.join(differ) or 'none'}")
    return int(bool(differ) or set(result) != set(expected))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("region", nargs="?", default="china")
    parser.add_argument("--draws", type=int, default=2_000_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--most", type=float, default=12.0, help="longest life in seconds")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        raise SystemExit(
            main(options.region, options.draws, options.kills, options.most, folder, options.seed)
        )
