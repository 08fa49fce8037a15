"""Methods of sensitivity analysis, one file each; ``METHODS`` lists what these files state."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from mc_engine.ranking.contract import Method, Part, Supplement

METHODS: tuple[Method[Any], ...] = tuple(
    sorted(
        (import_module(f"{__name__}.{module.name}").METHOD for module in iter_modules(__path__)),
        key=lambda method: (method.order, method.name),
    )
)
PARTS = tuple(method for method in METHODS if isinstance(method, Part))
SUPPLEMENTS = tuple(method for method in METHODS if isinstance(method, Supplement))
