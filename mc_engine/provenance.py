"""What made a result: code, versions, machine."""

import ast
import functools
import hashlib
import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
# What decides the numbers of a draw, beside the model, which is found by its own file.
_COMPUTING = ("model.py", "design", "targets", "problem")
_PACKAGES = ("numpy", "numba", "llvmlite", "scipy", "xarray", "netCDF4", "pydantic", "ruamel.yaml")


def code_hash(model: Path, root: Path = ROOT) -> str:
    """Hash every source file that decides the numbers of a draw.

    These are the modules that the model, the designs, the targets and the reading of priors
    import, directly or not, by what their sources say.

    Parameters
    ----------
    model : Path
        Source file of the model, of this package or of another.
    root : Path
        Folder of this package.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    digest = hashlib.blake2b(digest_size=8)
    for path in computing_modules(model, root):
        inside = path.is_relative_to(root)
        digest.update((path.relative_to(root) if inside else Path(path.name)).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def computing_modules(model: Path, root: Path = ROOT) -> list[Path]:
    """Source files of the model, the designs, the targets and the problem, and all they import.

    Modules of other projects are left out, for their versions are recorded; so is what is
    imported for type checkers alone, and this package's own ``__init__``, which only offers names.
    """
    model = model.resolve()
    waiting = [model]
    if model.is_relative_to(root):  # importing it imports the packages that it lies in
        waiting += _files(
            ".".join(model.relative_to(root.parent).parent.parts), root.parent, root.name
        )
    for name in _COMPUTING:
        entry = root / name
        waiting += sorted(entry.rglob("*.py")) if entry.is_dir() else [entry]
    result: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in result or path == root / "__init__.py":
            continue
        result.add(path)
        base, top = _home(path)
        for level, name in _imports(path.read_bytes()):
            dotted = name
            if level:
                parts = path.relative_to(base).with_suffix("").parts
                dotted = ".".join((*parts[: len(parts) - level], *filter(None, [name])))
            waiting += _files(dotted, root.parent, root.name)
            if base != root.parent:
                waiting += _files(dotted, base, top)
    return sorted(result)


def _home(path: Path) -> tuple[Path, str | None]:
    """Folder that a module's dotted name counts from, and its outermost package, if it has one."""
    folder, top = path.parent, None
    while (folder / "__init__.py").is_file():
        folder, top = folder.parent, folder.name
    return folder, top


def _files(name: str, base: Path, top: str | None) -> list[Path]:
    """Files that importing a dotted name reads: packages on the way, and the module itself.

    A name that ends in an attribute gives the files of its module. Of a module without a package,
    only files beside it count (``top`` None).
    """
    parts = name.split(".")
    if top is None:
        beside = base / f"{parts[0]}.py"
        return [beside] if beside.is_file() else []
    if parts[0] != top:
        return []
    result = []
    for length in range(1, len(parts) + 1):
        index = base.joinpath(*parts[:length])
        result += [p for p in (index / "__init__.py", index.with_suffix(".py")) if p.is_file()]
    return result


@functools.lru_cache(maxsize=1024)
def _imports(source: bytes) -> tuple[tuple[int, str], ...]:
    """Level and dotted name of every import of a source, late ones included."""
    result = []
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            result += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            prefix = [node.module] if node.module else []
            result += [(node.level, ".".join([*prefix, alias.name])) for alias in node.names]
        # Imports stand in blocks only; looking into expressions would take most of the time.
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, block, ())
            waiting += inner if isinstance(inner, list) else ()
    return tuple(result)


def versions() -> dict[str, str]:
    """Versions of Python and of every package that computes or stores."""
    result = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            result[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            result[name] = "unknown"
    return result


def machine() -> dict[str, Any]:
    """Facts of the machine that bear on speed and on the last bits of a result."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "libc": " ".join(platform.libc_ver()).strip(),
        "byteorder": sys.byteorder,
    }


def _processor() -> str:
    """Model name of the processor, as the system gives it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
