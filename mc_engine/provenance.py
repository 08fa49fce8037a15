"""What made a result: code, versions, machine."""

import hashlib
import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import Any

# Files and folders of the package that decide the numbers of a draw.
_COMPUTING = (
    "accelerate.py",
    "curves.py",
    "design",
    "models",
    "problem",
    "schema",
    "seeds.py",
    "targets",
    "units.py",
)
_PACKAGES = ("numpy", "numba", "llvmlite", "scipy", "xarray", "netCDF4", "pydantic", "ruamel.yaml")


def code_hash(extra: Path | None = None) -> str:
    """Hash every source file that decides the numbers of a draw.

    Parameters
    ----------
    extra : Path, optional
        Source file of a user's own model.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    root = Path(__file__).parent
    digest = hashlib.blake2b(digest_size=8)
    for name in _COMPUTING:
        entry = root / name
        for path in sorted(entry.rglob("*.py")) if entry.is_dir() else [entry]:
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    if extra is not None:
        digest.update(extra.read_bytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and of every package that computes or stores."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found


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
