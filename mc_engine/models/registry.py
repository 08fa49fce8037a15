"""Find models by name."""

import importlib
import inspect
from pathlib import Path

from mc_engine.errors import ModelError
from mc_engine.model import Model

# Models that region data may name; any other is named in Python or on the command line.
BUILT_IN = {
    "road_fleet": "mc_engine.models.road_fleet:MODEL",
    "ishigami": "mc_engine.models.ishigami:MODEL",
}


def load_model(name: str) -> Model:
    """Import a model by its short name or as ``package.module:object``.

    Naming a module imports its code: do so only with code you trust.

    Raises
    ------
    ModelError
        When it cannot be imported or does not satisfy the contract.
    """
    module, _, attribute = BUILT_IN.get(name, name).partition(":")
    if not attribute:
        raise ModelError(
            f"model: found {name!r}; expected one of {', '.join(BUILT_IN)}, or "
            "package.module:object"
        )
    try:
        result = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ModelError(f"model: cannot import {name!r}: {error}; check the name") from error
    if not isinstance(result, Model):
        raise ModelError(f"model: {name!r} does not offer all that mc_engine.model.Model asks for")
    return result


def reference_of(name: str) -> str:
    """Give a model's name as ``package.module:object``.

    Parameters
    ----------
    name : str
        A short name, or that already.
    """
    return BUILT_IN.get(name, name)


def model_source(model: Model) -> Path:
    """Source file of a model, of this package or of another.

    Parameters
    ----------
    model : Model

    Raises
    ------
    ModelError
        When it has none, so that nothing could tell whether it was changed.
    """
    try:
        return Path(inspect.getfile(type(model)))
    except (OSError, TypeError) as error:
        raise ModelError(
            f"model: {model.name!r} has no source file, which identifies its results; define its "
            "class in a file"
        ) from error
