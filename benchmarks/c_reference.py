"""Build and drive ``reference.c``, the same model in plain C, for one region.

``python -m benchmarks.c_reference`` prints the largest difference of every output from the kernel
on 256 draws of China, and what the equations count to.
"""

import argparse
import ctypes
import shutil
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine import units
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet.outputs import OUTPUTS
from mc_engine.models.road_fleet.static import Static
from mc_engine.models.road_fleet.turnover import RATIO_NODES, SHAPE_NODES
from mc_engine.numerics.curves import PathTable

Array = NDArray[np.float64]

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "reference.c"
PEAK = HERE / "peak.c"
PEAK_PASSES = 25_000_000
PEAK_CHAINS, PEAK_WIDTHS = 12, (4, 8)  # numbers side by side in one vector
PEAK_FLOPS = 2.0 * PEAK_CHAINS * 8 * PEAK_PASSES
FLAGS = ("-O3", "-march=native", "-ffast-math", "-fPIC")
# A compiler that counts must not fold operations away.
COUNTING = ("-x", "c++", "-DCOUNT_OPERATIONS", "-O1", "-fPIC")
COMPILERS = ("gcc", "cc", "clang")
NO_COMPILER = "no C compiler found: the C version is left out"
OPERATIONS = ("added", "multiplied", "divided", "exp", "log", "pow", "other functions")
PARTS = ("region", "history", "survival", "projection", "demand and adoption", "energy per km",
         "sums over vintages", "emissions", "vehicle cycle", "balance and writing")  # fmt: skip
TOLERANCE = 1e-9


class NoCompilerError(Exception):
    """No C compiler was found, or it could not build the file; carries its last words."""


def compiler() -> str | None:
    """Path of a C compiler, if there is one."""
    return next((found for name in COMPILERS if (found := shutil.which(name))), None)


def header(static: Static, paths: PathTable, columns: int) -> str:
    """Write the sizes of a region's axes and the names of its tables' rows as C.

    Parameters
    ----------
    static : Static
    paths : PathTable
    columns : int
        Width of a draw's row.
    """
    classes, powertrains, years = static.history.shape
    first, last = int(static.number[at.Y0]), int(static.number[at.YO])
    sizes = {
        "CLASSES": classes,
        "POWERTRAINS": powertrains,
        "YEARS": years,
        "Y0": first,
        "YO": last,
        "OUT_YEARS": years - first,
        "AGES": static.log_age.size,
        "CARRIERS": static.by_carrier.shape[1],
        "NODES": static.by_node.shape[1],
        "ROUTES": static.by_route.shape[1],
        "FORKS": static.by_hydrogen_node.shape[1],
        "WAVES": static.quarters.shape[0],
        "WAVE_YEARS": static.wave_year.size,
        "SPLITS": static.split_class.shape[0],
        "EVENTS": static.activity_year.size,
        "POINTS": int(paths.size.max()),
        "COLUMNS": columns,
        "SHAPE_NODES": SHAPE_NODES[2],
        "RATIO_NODES": RATIO_NODES[2],
    }
    rows = {f"AT_{k}": v for k, v in vars(at).items() if k.isupper() and isinstance(v, int)}
    numbers = {
        "SHAPE_FIRST": SHAPE_NODES[0],
        "SHAPE_LAST": SHAPE_NODES[1],
        "RATIO_FIRST": RATIO_NODES[0],
        "RATIO_LAST": RATIO_NODES[1],
        "MJ_PER_KWH": units.MJ_PER_KWH,
        "METHANE_MJ_PER_KG": units.METHANE_MJ_PER_KG,
        "HYDROGEN_MJ_PER_KG": units.HYDROGEN_MJ_PER_KG,
    }
    lines = [f"enum {{ {name} = {value} }};" for name, value in (sizes | rows).items()]
    lines += [f"#define {name} {value!r}" for name, value in numbers.items()]
    return "\n".join(lines) + "\n"


class Fleet:
    """The C version, compiled for one region.

    Parameters
    ----------
    static : Static
    paths : PathTable
    columns : int
        Width of a draw's row.
    counting : bool
        Build the form that counts its operations instead of the fast one.
    timing : bool
        Build the form that notes the processor's ticks in each part.

    Raises
    ------
    NoCompilerError
    """

    def __init__(
        self,
        static: Static,
        paths: PathTable,
        columns: int,
        *,
        counting: bool = False,
        timing: bool = False,
    ) -> None:
        fixed = np.array(~np.isnan(paths.always), dtype=np.int64)
        self.tables = [np.ascontiguousarray(table) for table in (*static, *paths, fixed)]
        self.region = (ctypes.c_void_p * len(self.tables))(*(t.ctypes.data for t in self.tables))
        flags = COUNTING if counting else (*FLAGS, *(("-DTIME_PARTS",) if timing else ()))
        self.library = built(SOURCE, flags, header(static, paths, columns))

    def evaluate(self, draws: Array, out: Mapping[str, Array], status: NDArray[np.int32]) -> None:
        """Evaluate every row of ``draws``, as ``mc_engine.model.Model.evaluate``."""
        self.prepared(out, status)(draws)

    def prepared(
        self, out: Mapping[str, Array], status: NDArray[np.int32]
    ) -> Callable[[Array], None]:
        """Give the function that evaluates as many rows as the outputs have, again and again."""
        arrays = [out[spec.name] for spec in OUTPUTS]
        places = (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
        region, outputs = ctypes.byref(self.region), ctypes.byref(places)
        count, ended = ctypes.c_int64(status.size), ctypes.c_void_p(status.ctypes.data)

        def evaluate(draws: Array) -> None:
            start = ctypes.c_void_p(draws.ctypes.data)
            self.library.evaluate(region, start, count, outputs, ended)

        return evaluate

    def ticks(self) -> dict[str, int]:
        """Ticks spent in each part so far, where timing was asked for."""
        found = (ctypes.c_uint64 * len(PARTS)).in_dll(self.library, "part_ticks")
        return dict(zip(PARTS, found, strict=True))

    def operations(self) -> dict[str, int]:
        """Operations done so far, by kind, where counting was asked for."""
        found = (ctypes.c_uint64 * len(OPERATIONS)).in_dll(self.library, "operations")
        return dict(zip(OPERATIONS, found, strict=True))


def built(source: Path, flags: tuple[str, ...], region: str = "") -> ctypes.CDLL:
    """Compile a file, with a region's header if it has one, and load it.

    Raises
    ------
    NoCompilerError
    """
    command = compiler()
    if command is None:
        raise NoCompilerError(NO_COMPILER)
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        (room / "region.h").write_text(region, encoding="utf-8")
        code, library = room / "built.o", room / "built.so"
        # Linking apart, without -ffast-math: with it, GCC before 13 makes the whole process that
        # loads the library flush small numbers to 0, the kernel's own included.
        for step in (
            [*flags, f"-I{room}", f"-I{HERE}", "-c", str(source), "-o", str(code)],
            ["-shared", str(code), "-o", str(library), "-lm"],
        ):
            done = subprocess.run([command, *step], capture_output=True, text=True, check=False)
            if done.returncode:
                raise NoCompilerError(f"{command} failed: {done.stderr.strip()[-2000:]}")
        return ctypes.CDLL(str(library))


def compiler_version() -> str:
    """First line of what the compiler says of itself."""
    command = compiler()
    if command is None:
        return NO_COMPILER
    said = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0]


def differences(
    found: Mapping[str, Array], wanted: Mapping[str, Array], good: NDArray[np.bool_]
) -> dict[str, float]:
    """Largest difference of each output in the good draws, relative to its largest in the draw."""
    gaps = {}
    for name, values in wanted.items():
        right = values.reshape(len(values), -1)[good]
        left = found[name].reshape(len(values), -1)[good]
        if not np.array_equal(np.isnan(left), np.isnan(right)):
            gaps[name] = float("inf")
            continue
        scale = np.nan_to_num(np.abs(right)).max(axis=1, keepdims=True, initial=0.0)
        gap = np.abs(left - right) / np.where(scale > 0.0, scale, 1.0)
        gaps[name] = float(np.nan_to_num(gap).max(initial=0.0))
    return gaps


class Peak:
    """Multiply-adds in registers, in vectors of the width that is fastest here (``peak.c``).

    Raises
    ------
    NoCompilerError
    """

    def __init__(self) -> None:
        forms = [_multiply_adds(width) for width in PEAK_WIDTHS]
        self.run = min(forms, key=lambda run: min(timeit.repeat(run, number=1, repeat=3)))


def _multiply_adds(width: int) -> Callable[[], None]:
    """Give the function that does ``PEAK_FLOPS`` multiplications and additions on one thread."""
    run_passes = built(PEAK, (*FLAGS, f"-DWIDTH={8 * width}")).multiply_and_add
    run_passes.restype = ctypes.c_double
    run_passes.argtypes = [ctypes.c_int64, ctypes.c_double, ctypes.c_double]
    passes = PEAK_PASSES * 8 // width
    return lambda: run_passes(passes, 0.75, 0.25)


def of_engine(engine: Any, **form: bool) -> Fleet:
    """Build the C version of the region that an ``Engine`` of ``measure.py`` holds."""
    static, paths = engine.study.static
    return Fleet(static, paths, engine.room.values.shape[1], **form)


def agreement(engine: Any, fleet: Fleet) -> dict[str, float]:
    """Difference of C version and kernel by output, on an engine's rows; statuses must agree."""
    room = engine.room
    out = {name: np.full_like(array, 1e300) for name, array in room.out.items()}
    status = np.full_like(room.status, -1)
    engine.draw()
    engine.kernel()
    fleet.evaluate(room.values, out, status)
    if not np.array_equal(status, room.status):
        return {"status": float("inf")}
    return differences(out, room.out, room.status == 0)


def counted(engine: Any) -> dict[str, float]:
    """Operations of one draw on average, by kind, on an engine's rows."""
    room, fleet = engine.room, of_engine(engine, counting=True)
    engine.draw()
    out = {name: np.empty_like(array) for name, array in room.out.items()}
    fleet.evaluate(room.values, out, np.empty_like(room.status))
    return {name: count / engine.draws for name, count in fleet.operations().items()}


def main(draws: int) -> int:
    """Print differences and counts; 1 where the two do not agree, 0 without a compiler."""
    from benchmarks.measure import Engine  # imports everything that is measured

    if compiler() is None:
        print(NO_COMPILER)
        return 0
    engine = Engine("china", draws)
    gaps = agreement(engine, of_engine(engine))
    print(f"C and kernel on {draws} draws of china, largest relative difference:")
    for name, gap in gaps.items():
        print(f"  {name:<22}{gap:>10.1e}")
    print("operations of a draw of the C version:")
    for name, count in counted(engine).items():
        print(f"  {name:<22}{count:>10.0f}")
    return int(max(gaps.values()) > TOLERANCE)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--draws", type=int, default=256)
    sys.exit(main(options.parse_args().draws))
