"""How often the comparison of two revisions tells the truth: equal trees, and a planted slowdown.

``python -m benchmarks.trust [--tries 10] [--pairs 40]``. The slow tree is a copy of this checkout
whose kernel evaluates one draw in five twice; its true ratio is 1.2 by construction. Every try is
what ``bench --against`` does, with compiled code of before.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.bench import ROOT, against
from benchmarks.statistics_of_times import Ratio

KERNEL = "mc_engine/models/road_fleet/kernel.py"
ONE_IN = 5
LAST = "    in_threads(part, get_num_threads(), lambda: scratch(static, draws.shape[1], points))\n"
AGAIN = f"""    draws = draws[: draws.shape[0] // {ONE_IN}]
{LAST}"""
NEAR = 0.03  # a ratio of equal trees within this of 1 is no false alarm
PHASE = "kernel"


def slowed(folder: Path) -> Path:
    """Copy this checkout and let its kernel evaluate one draw in five again.

    Raises
    ------
    ValueError
        When the kernel no longer ends as this function expects.
    """
    tree = folder / "slow"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "results")
    shutil.copytree(ROOT, tree, ignore=ignored)
    text = (tree / KERNEL).read_text(encoding="utf-8")
    if not text.endswith(LAST):
        raise ValueError(f"{KERNEL}: found another end, expected {LAST.strip()!r}; correct LAST")
    (tree / KERNEL).write_text(text + AGAIN, encoding="utf-8")
    return tree


def is_calm(ratio: Ratio) -> bool:
    """Whether equal trees are told as such: no verdict, or a ratio near 1."""
    return ratio.verdict == "cannot tell" or abs(ratio.median - 1.0) <= NEAR


def tell(name: str, ratio: Ratio, right: bool) -> None:
    """Print one try."""
    interval = f"{ratio.median:.3f} ({ratio.low:.3f} - {ratio.high:.3f})"
    print(f"{name:<22}{interval:<26}{ratio.verdict:<13}{'right' if right else 'WRONG'}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Try both, print every try and the counts."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--region", default="china")
    options.add_argument("--draws", type=int, default=4096)
    options.add_argument("--pairs", type=int, default=40)
    options.add_argument("--tries", type=int, default=10)
    request = options.parse_args(arguments)
    calm = caught = 0
    with tempfile.TemporaryDirectory() as name:
        slow = slowed(Path(name))
        sizes = (request.region, request.draws, request.pairs)
        for number in range(1, request.tries + 1):
            equal = against((ROOT, ROOT), (None, None), *sizes)[1]
            right = all(map(is_calm, equal.values()))
            calm += right
            for phase, ratio in equal.items():
                tell(f"{number} equal, {phase}", ratio, is_calm(ratio))
            planted = against((slow, ROOT), (None, None), *sizes)[1][PHASE]
            caught += planted.too_slow
            tell(f"{number} planted, {PHASE}", planted, planted.too_slow)
    print(f"equal trees told as such: {calm} of {request.tries}")
    print(f"slowdown of {1 / ONE_IN:.0%} caught: {caught} of {request.tries}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
