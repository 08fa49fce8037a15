"""Find the regions that come with the package, and folders of priors."""

from pathlib import Path

from mc_engine.errors import NotFoundError

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
