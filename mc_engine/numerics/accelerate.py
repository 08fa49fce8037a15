"""The one place where Numba's options are chosen; ``lanes`` adds a type to it.

Compiled code is kept in the user's cache folder, in a folder named by a hash of every file
that kernels are made from (decision 0010): Numba keys its own cache by one function's file, and a
changed callee in another file would otherwise go unnoticed.
"""

import hashlib
import inspect
import itertools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba import get_num_threads, prange
from numba.core import caching, config

# Numba's own annotations leave out the settings and the option used below.
_numba_config: Any = config
_njit: Any = numba.njit

# False where a debugging setting turns compiling off.
COMPILED = not _numba_config.DISABLE_JIT

__all__ = [
    "COMPILED",
    "cache_folder",
    "concurrent",
    "exact",
    "get_num_threads",
    "in_threads",
    "inlined",
    "inner",
    "is_compiled",
    "kernel",
    "prange",
    "sweep",
    "switch",
    "threads",
]

# Name of Numba's setting for where compiled code is kept.
_LOCATORS = "CACHE_LOCATOR_CLASSES"

# Folder of the package, the packages in it that hold compiled code, and the files beside them that
# hold none and no constant of any.
ROOT = Path(__file__).resolve().parents[1]
KERNEL_PACKAGES = ("numerics", "distributions", "design", "models")
NO_KERNELS = ("__init__.py", "__main__.py", "errors.py", "provenance.py")

# Sums may be reordered and fused, which is what lets loops vectorise. The flags that assume
# away NaN and infinity stay off: a bad draw must reach its status code.
_FAST = {"reassoc", "contract", "arcp", "nsz"}
_OPTIONS: dict[str, Any] = {
    "fastmath": _FAST,
    # NumPy's rule: a division by zero gives inf or nan, which the status code then names.
    "error_model": "numpy",
    # Other Python threads (progress, writing) go on while a kernel runs.
    "nogil": True,
}


def _user_cache() -> Path:
    """Folder for files that may be deleted at any time, by the platform's custom."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def source_hash(root: Path = ROOT) -> str:
    """Hash every source file that compiled code is made from, names included.

    These are the packages in ``KERNEL_PACKAGES`` and the files beside them; a test keeps
    kernels out of all others.
    """
    paths = [path for path in root.glob("*.py") if path.name not in NO_KERNELS]
    for name in KERNEL_PACKAGES:
        paths += (root / name).rglob("*.py")
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(paths):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _prepare_cache() -> Path | None:
    """Make the cache folder, readable by its owner alone; None where that is impossible."""
    base = os.environ.get("MC_ENGINE_CACHE_DIR")
    folder = (Path(base) if base else _user_cache() / "mc_engine") / f"kernels-{source_hash()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


cache_folder = _prepare_cache()


def is_compiled() -> bool:
    """Whether kernels of these sources have been compiled before, by this machine's user."""
    return cache_folder is not None and any(cache_folder.rglob("*.nbi"))


# The class had a private name before Numba 0.62.
_NAMES = ("UserProvidedCacheLocator", "_UserProvidedCacheLocator")
_UserFolder: Any = next(getattr(caching, name) for name in _NAMES if hasattr(caching, name))


class PackageCacheLocator(_UserFolder):
    """Keep compiled code by a file's path in this package, wherever the package is installed.

    Numba keeps it by the file's absolute path: a new environment would compile everything again.
    Versions of Numba without the setting ``CACHE_LOCATOR_CLASSES`` do that still.
    """

    @classmethod
    def get_suitable_cache_subpath(cls, py_file: str) -> str:
        """Name the folder below the cache for the code of one file."""
        path = Path(py_file).resolve()
        if not path.is_relative_to(ROOT):
            return str(super().get_suitable_cache_subpath(py_file))
        return "-".join(("package", *path.relative_to(ROOT).with_suffix("").parts))


@contextmanager
def _our_cache() -> Iterator[bool]:
    """Point Numba at our folder while one function is decorated, then back."""
    if cache_folder is None:
        yield False
        return
    before = _numba_config.CACHE_DIR, getattr(_numba_config, _LOCATORS, "")
    _numba_config.CACHE_DIR = str(cache_folder)
    setattr(_numba_config, _LOCATORS, f"{__name__}.PackageCacheLocator")
    try:
        yield True
    finally:
        _numba_config.CACHE_DIR = before[0]
        setattr(_numba_config, _LOCATORS, before[1])


def kernel(func: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a per-draw function. Pure, and it allocates no array: views only.

    Without allocation no references need counting. Counting is atomic and stood in every call
    that takes arrays: it took more time than the equations, and threads waited for each other.
    """
    if not COMPILED:
        # Compiled code does not warn of a division by zero in a lane that is then not chosen.
        return np.errstate(all="ignore")(func)
    with _our_cache() as cache:
        return _njit(cache=cache, _nrt=False, **_OPTIONS)(func)


def inner(func: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a kernel that only compiled code calls, with no bridge from Python.

    For functions that take the large tuples of a model, the bridge took longer to compile than
    the function. Called from Python, such a function would crash: keep it private to kernels.
    """
    with _our_cache() as cache:
        return _njit(
            cache=cache, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True, **_OPTIONS
        )(func)


def inlined(func: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a short kernel into every kernel that calls it, which takes less time than a call."""
    return _njit(inline="always", **_OPTIONS)(func) if COMPILED else func


def switch(functions: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """Compile a choice among kernels: ``switch(functions)(k, *given)`` is ``functions[k](*given)``.

    All take the same parameters and give the same type. Numba cannot index kernels by a number that
    is known at run time only, so that the choice is written out.
    """
    if not COMPILED:
        return lambda code, *given: functions[code](*given)
    given = ", ".join(inspect.signature(functions[0]).parameters)
    lines = [f"def choose(code, {given}):"]
    lines += [f"    if code == {k}: return f{k}({given})" for k in range(1, len(functions))]
    lines += [f"    return f0({given})"]
    names: dict[str, Any] = {f"f{k}": function for k, function in enumerate(functions)}
    exec("\n".join(lines), names)
    return _njit(_nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True, **_OPTIONS)(
        names["choose"]
    )


def exact(func: Callable[..., Any]) -> Callable[..., Any]:
    """Compile an elementary function in which the order of the operations is the method.

    Sums are not reordered: adding and taking away a large number, for one, must round.
    """
    with _our_cache() as cache:
        return _njit(cache=cache, _nrt=False, **{**_OPTIONS, "fastmath": {"contract"}})(func)


def sweep(func: Callable[..., Any]) -> Callable[..., Any]:
    """Compile the loop over draws. One draw writes one row of each output."""
    with _our_cache() as cache:
        return _njit(parallel=True, cache=cache, **_OPTIONS)(func)


@contextmanager
def threads(count: int | None) -> Iterator[int]:
    """Run a block on ``count`` threads (None: as many as Numba was started with).

    Raises
    ------
    ValueError
        When more threads are asked for than Numba was started with.
    """
    before = get_num_threads()
    if count is not None:
        limit = _numba_config.NUMBA_NUM_THREADS
        if not 1 <= count <= limit:
            raise ValueError(
                f"threads: found {count}, expected 1 to {limit}; "
                "set NUMBA_NUM_THREADS before starting to allow more"
            )
        numba.set_num_threads(count)
    try:
        yield get_num_threads()
    finally:
        numba.set_num_threads(before)


def concurrent() -> bool:
    """Whether Python threads may be in parallel kernels at the same time.

    Numba's own thread pool, which it falls back on where it finds neither OpenMP nor TBB, ends
    the process when they are. To be asked after ``threads`` was used.
    """
    # Uncompiled kernels start no threads.
    return not COMPILED or numba.threading_layer() != "workqueue"


# Pieces of work for each thread: so many that none waits long for another that was held up, as by a
# thread that writes, and so few that Python is rarely asked for the next one.
PIECES = 4


def in_threads(
    part: Callable[[Any, int, int], None], workers: int, scratch: Callable[[], Any]
) -> None:
    """Run ``part(scratch, piece, pieces)`` for every piece, in threads that take one after another.

    Kernels give up Python's lock while they run, so that plain threads share the cores. Which
    thread takes which piece is left to chance; nothing may depend on it.

    Parameters
    ----------
    part : callable
    workers : int
        Threads.
    scratch : callable
        Makes what each thread works in, once.

    Raises
    ------
    Exception
        The first one that a part raised, when all have ended.
    """
    if workers == 1:
        part(scratch(), 0, 1)
        return
    pieces, following = workers * PIECES, itertools.count()

    def work() -> None:
        own = scratch()
        while (piece := next(following)) < pieces:
            part(own, piece, pieces)

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(work) for _ in range(workers)]:
            done.result()
