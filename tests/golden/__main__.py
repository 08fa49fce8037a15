"""Write the stored results, or compare with them; exit code 1 where something differs."""

import argparse
import subprocess
import sys

from mc_engine import provenance
from tests.golden.cases import CASES, DATA
from tests.golden.compare import differences, read


def commit() -> str:
    """Name the revision of this checkout, and whether it holds changes of its own."""
    result = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40"],
        cwd=DATA,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip()


def write() -> int:
    """Replace the stored results by what this code computes."""
    DATA.mkdir(exist_ok=True)
    for name, make in CASES.items():
        result = make().assign_attrs(
            command="python -m tests.golden write",
            commit=commit(),
            machine=str(provenance.machine()["processor"]),
            **{f"version_{key}": value for key, value in provenance.versions().items()},
        )
        packed = {"zlib": True, "complevel": 9, "shuffle": True}
        encoding = dict.fromkeys(result.data_vars, packed)
        part = DATA / f"{name}.nc.part"
        result.to_netcdf(part, encoding=encoding)
        path = part.replace(DATA / f"{name}.nc")
        print(f"{name}: {len(result.data_vars)} variables, {path.stat().st_size:,} bytes")
    return 0


def compare(bits: bool) -> int:
    """Print what differs from the stored results."""
    count = 0
    for name, make in CASES.items():
        stored = read(DATA / f"{name}.nc")
        result = differences(make(), stored, bits=bits)
        numbers = sum(int(variable.size) for variable in stored.data_vars.values())
        revision = stored.attrs["commit"][:12]
        print(f"{name}: {len(result)} differences in {numbers:,} numbers of {revision}")
        print("".join(f"  {text}\n" for text in result), end="")
        count += len(result)
    return min(count, 1)


parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
parser.add_argument("act", choices=("write", "compare"))
parser.add_argument("--bits", action="store_true", help="not one bit may differ")
arguments = parser.parse_args()
sys.exit(write() if arguments.act == "write" else compare(arguments.bits))
