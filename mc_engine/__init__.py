"""How likely a road-transport carbon target is to be missed, and what decides it.

The public Python interface is ``Study``, ``Run`` and ``compare``; everything heavy is imported
only when one of them is first used.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Run", "Study", "__version__", "compare"]

if TYPE_CHECKING:
    from mc_engine.study import Run, Study, compare


def __getattr__(name: str) -> Any:
    """Load the public names on first use, so that ``import mc_engine`` stays light."""
    if name in ("Run", "Study", "compare"):
        from mc_engine import study  # slow: brings in Numba and xarray

        return getattr(study, name)
    raise AttributeError(f"module 'mc_engine' has no attribute {name!r}")
