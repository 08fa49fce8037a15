"""The files of one region by path, whether they came from a folder or from a kept run."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Self

from mc_engine.errors import NotFoundError
from mc_engine.problem.messages import Report, Spot

# Files above this many bytes are refused unread.
LARGEST = 8_000_000
SOURCES = "sources.yaml"


class Unread(NamedTuple):
    """Why a file that exists was not read."""

    what: str
    found: str
    expected: str
    remedy: str


def _nowhere(name: str) -> None:
    """Find no folder but those that stand among the files."""


def prefix_of(name: str) -> str:
    """Give what stands before the paths of a taken folder's files among those of a region."""
    return f"taken/{name}/"


@dataclass(frozen=True)
class RegionFiles:
    """The files of one region: all that the reading of a problem may look at.

    Attributes
    ----------
    name : str
        Name of the region, which messages show before the path of a file.
    contents : mapping of str to bytes
        By path within the region's folder, with ``/`` between the parts.
    unread : mapping of str to Unread
        Files that exist and were refused before they were read, by path.
    shown : mapping of str to str
        How messages name a file, where that is not ``<name>/<path>``.
    find : callable
        Gives the files of another folder by its name, why they must not be read, or None. It is
        asked for folders that do not stand under ``taken/`` among the files.

    Raises
    ------
    ValueError
        When a path is absolute or leads out of the folder.
    """

    name: str
    contents: Mapping[str, bytes] = field(repr=False)
    unread: Mapping[str, Unread] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)
    find: "Callable[[str], RegionFiles | Unread | None]" = field(default=_nowhere, repr=False)

    def __post_init__(self) -> None:
        for path in self.contents:
            if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
                raise ValueError(
                    f"{self.name}: a path that leads out of the folder; found {path!r}, expected a "
                    "path within it; leave the file out"
                )

    @classmethod
    def from_folder(
        cls, folder: str | Path, find: "Callable[[str], RegionFiles | Unread | None]" = _nowhere
    ) -> Self:
        """Read the files of a folder.

        These are its YAML files, those of ``scenarios``, every CSV file below it that belongs to
        no other region, and ``sources.yaml`` of the folder around it where it has none of its own.

        Parameters
        ----------
        folder : str or Path
            Its name is the name of the region.
        find : callable
            See the class.

        Raises
        ------
        NotFoundError
            When there is no such folder.
        """
        root = Path(folder).resolve()
        if not root.is_dir():
            raise NotFoundError(
                f"{folder}: no such folder; expected the folder of a region; check the path"
            )
        paths = {path.relative_to(root).as_posix(): path for path in _files_of(root)}
        shown = {}
        beside = root.parent / SOURCES
        if SOURCES not in paths and beside.is_file():
            paths[SOURCES], shown[SOURCES] = beside, SOURCES
        contents, unread = {}, {}
        for key, path in paths.items():
            refusal = _refusal(key, path, root)
            if refusal is None:
                contents[key] = path.read_bytes()
            else:
                unread[key] = refusal
        return cls(root.name, contents, unread, shown, find)

    def __contains__(self, path: str) -> bool:
        """Tell whether a file exists, read or not."""
        return path in self.contents or path in self.unread

    def within(self, folder: str, *endings: str) -> list[str]:
        """List the files that lie directly in a folder, by name; ``""`` is the region's own."""
        paths = {*self.contents, *self.unread}
        return sorted(
            path for path in paths if path.rpartition("/")[0] == folder and path.endswith(endings)
        )

    def taken(self, name: str) -> "RegionFiles | Unread | None":
        """Give the files of another folder: those kept among these, or those that are found.

        Parameters
        ----------
        name : str
            Of the folder, as ``takes`` of region.yaml has it.
        """
        prefix = prefix_of(name)
        retained = {
            path.removeprefix(prefix): data
            for path, data in self.contents.items()
            if path.startswith(prefix)
        }
        return RegionFiles(name, retained) if retained else self.find(name)

    def label(self, path: str) -> str:
        """Path of a file as messages show it."""
        return self.shown.get(path, f"{self.name}/{path}")

    def read(self, path: str, report: Report) -> bytes | None:
        """Give the bytes of a file; None, after reporting, where they were refused.

        Parameters
        ----------
        path : str
            Of a file that exists.
        report : Report
        """
        label = self.label(path)
        report.open(label)
        data = self.contents.get(path, b"")
        refusal = self.unread.get(path) or _too_large(len(data))
        if refusal is None:
            return data
        Spot(report, label, 1).refuse(*refusal)
        return None


def _files_of(root: Path) -> Iterator[Path]:
    """Find the files that a region's folder may hold; other regions inside it are left out."""
    result = [*root.glob("*.yaml"), *root.glob("*.yml"), *root.glob("scenarios/*.yaml")]
    # As in the folder of inputs that a run keeps.
    result += [path for path in root.glob("taken/**/*") if path.suffix in (".yaml", ".csv")]
    for path in root.rglob("*.csv"):
        between = path.relative_to(root).parents
        if not any(part.name and (root / part / "region.yaml").is_file() for part in between):
            result.append(path)
    return (path for path in dict.fromkeys(result) if path.is_file())


def _refusal(key: str, path: Path, root: Path) -> Unread | None:
    """Say why a file must not be read: what a link in a folder names is not the region's."""
    home = path.parent if key == SOURCES else root
    if not path.resolve().is_relative_to(home):
        return Unread(
            "a link that leads out of the folder",
            f"'{key}', outside the region's folder",
            f"a file inside {home.name}/",
            "copy it into the folder",
        )
    return _too_large(path.stat().st_size)


def _too_large(size: int) -> Unread | None:
    if size <= LARGEST:
        return None
    return Unread(
        "the file is too large and was not read",
        f"{size / 1e6:.1f} MB",
        f"at most {LARGEST / 1e6:.0f} MB",
        "split it",
    )
