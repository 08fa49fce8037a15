"""Find the regions that come with the package, and folders of priors."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mc_engine.errors import NotFoundError
from mc_engine.problem.files import RegionFiles, Unread

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


def files_of(folder: str | Path) -> RegionFiles:
    """Read the files of a region's folder, and let it take those of folders beside it.

    Parameters
    ----------
    folder : str or Path

    Raises
    ------
    NotFoundError
        When there is no such folder, or no region.yaml in it.
    """
    files = RegionFiles.from_folder(folder, beside(Path(folder)))
    if "region.yaml" not in files:
        raise NotFoundError(
            f"{folder}: not the folder of a region; found no region.yaml in it, expected one; "
            "name a folder that has one"
        )
    return files


def beside(folder: Path) -> Callable[[str], RegionFiles | Unread | None]:
    """Give what finds folders by name: beside a region's folder, then among those of the package.

    Parameters
    ----------
    folder : Path
        Of the region. Around regions inside one another, names count from outside all of them.
    """
    root = folder.resolve().parent
    while (root / "region.yaml").is_file():
        root = root.parent

    def find(name: str) -> RegionFiles | Unread | None:
        for base in (root, shipped_priors().resolve()):
            path = base / name
            if path.is_dir() and not path.resolve().is_relative_to(base):
                return Unread(
                    "a link that leads out of the folder of priors",
                    f"'{name}', outside {base.name}/",
                    f"a folder inside {base.name}/",
                    "copy it there",
                )
            if path.is_dir():
                return replace(RegionFiles.from_folder(path), name=name)
        return None

    return find
