"""Find regions and models by name."""

import importlib
import inspect
from pathlib import Path

from mc_engine.errors import ModelError, NotFoundError
from mc_engine.model import Model

# Models that region data may name; any other is named in Python or on the command line.
BUILT_IN = {
    "road_fleet": "mc_engine.models.road_fleet:MODEL",
    "ishigami": "mc_engine.models.ishigami:MODEL",
}
PACKAGE = Path(__file__).resolve().parents[1]


def shipped_priors() -> Path:
    """Folder of the priors that come with the package, installed or in a checkout."""
    packed = PACKAGE / "_priors"
    return packed if packed.is_dir() else PACKAGE.parent / "priors"


def regions() -> list[str]:
    """Names of the regions that come with the package."""
    return sorted(path.parent.name for path in shipped_priors().glob("*/region.yaml"))


def find_region(name: str | Path) -> Path:
    """Find a region by name, or a folder of priors by path.

    Raises
    ------
    NotFoundError
        When there is neither.
    """
    for folder in (shipped_priors() / name, Path(name)):
        if (folder / "region.yaml").is_file():
            return folder
    raise NotFoundError(
        f"{name}: no such region and no folder with a region.yaml; expected one of "
        f"{', '.join(regions())}, or the path of a priors folder"
    )


def vintages(name: str | Path) -> list[Path]:
    """Folders inside a region's that hold the same region as it was known in an earlier year.

    Parameters
    ----------
    name : str or Path
        Of the region.
    """
    return sorted(path.parent for path in find_region(name).glob("vintage_*/region.yaml"))


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
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ModelError(f"model: cannot import {name!r}: {error}; check the name") from error
    if not isinstance(found, Model):
        raise ModelError(f"model: {name!r} does not offer all that mc_engine.model.Model asks for")
    return found


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
