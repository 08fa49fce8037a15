"""The folders that a region is read from: its own, and those whose files it takes.

A folder overrides, name by name, every folder that it takes files of, directly or not. Two folders
of which neither takes the other may not both say the same thing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mc_engine.errors import preview
from mc_engine.problem import schema
from mc_engine.problem.files import RegionFiles, Unread, prefix_of
from mc_engine.problem.messages import remedy_for
from mc_engine.problem.yaml_file import Entry

ALL = "all"
# What a region says for itself alone; files in folders are observed tables and scenarios.
OWN = ("region.yaml", "targets.yaml", "levers.yaml", "observations.yaml", "sources.yaml")
T = TypeVar("T")


@dataclass
class Folder:
    """One of the folders that a region is read from.

    Attributes
    ----------
    files : RegionFiles
    prefix : str
        What stands before the paths of its files among those of the region; empty for the
        region's own folder.
    wanted : set of str or None
        Paths of the files that are taken; None for all.
    below : set of str
        Prefixes of the folders that it overrides.
    """

    files: RegionFiles
    prefix: str = ""
    wanted: set[str] | None = None
    below: set[str] = field(default_factory=set)

    def within(self, folder: str, *endings: str) -> list[str]:
        """List the files that are taken and lie directly in a folder, by name."""
        paths = self.files.within(folder, *endings)
        return [path for path in paths if self.wanted is None or path in self.wanted]

    def has(self, path: str) -> bool:
        """Tell whether a file exists and is taken."""
        return path in self.files and (self.wanted is None or path in self.wanted)

    def offers(self) -> list[str]:
        """List what another folder may take."""
        priors = [path for path in self.files.within("", ".yaml") if path not in OWN]
        return priors + self.files.within("observed", ".csv")


def unbeaten(claims: Iterable[tuple[Folder, T]]) -> list[tuple[Folder, T]]:
    """Leave out what another folder overrides, of several folders that say the same thing.

    Parameters
    ----------
    claims : iterable of (Folder, object)
        Who says it, and what.
    """
    claims = list(claims)
    beaten = {prefix for folder, _ in claims for prefix in folder.below}
    return [(folder, claim) for folder, claim in claims if folder.prefix not in beaten]


class Claims(Generic[T]):
    """What all folders of a region say under each name.

    Attributes
    ----------
    in_order : list of (Folder, object)
        In the order in which it was read.
    """

    def __init__(self) -> None:
        self.in_order: list[tuple[Folder, T]] = []
        self._by_name: dict[str, list[tuple[Folder, T]]] = {}

    def add(self, name: str, folder: Folder, what: T) -> None:
        """Enter what a folder says under a name."""
        self.in_order.append((folder, what))
        self._by_name.setdefault(name, []).append((folder, what))

    def settled(
        self,
    ) -> Iterator[tuple[str, list[tuple[Folder, T]], list[tuple[Folder, T]]]]:
        """Give, for every name, what stands (one claim where all is well) and what it overrides."""
        for name, claims in self._by_name.items():
            standing = unbeaten(claims)
            folders = [folder.prefix for folder, _ in standing]
            yield name, standing, [claim for claim in claims if claim[0].prefix not in folders]


def folders_of(
    source: RegionFiles,
    header: tuple[Entry, schema.Region],
    header_of: Callable[[Folder], tuple[Entry, schema.Region] | None],
) -> list[Folder]:
    """Find all folders that a region is read from.

    Parameters
    ----------
    source : RegionFiles
        Of the region.
    header : (Entry, Region)
        Its region.yaml.
    header_of : callable
        Reads region.yaml of a folder; None where it is wrong, or there is none.

    Returns
    -------
    list of Folder
        Each after those that it takes files of; the region's own is the last one.
    """
    finder = _Finder(source, header_of)
    own = Folder(source)
    finder.visit(own, header, (source.name,))
    return [*finder.complete, own]


class _Finder:
    """Walks from a region to the folders that it takes, and those that these take."""

    def __init__(
        self,
        source: RegionFiles,
        header_of: Callable[[Folder], tuple[Entry, schema.Region] | None],
    ) -> None:
        self.source, self.header_of = source, header_of
        self.found: dict[str, Folder] = {}
        self.complete: list[Folder] = []

    def visit(
        self, folder: Folder, header: tuple[Entry, schema.Region], trail: tuple[str, ...]
    ) -> None:
        """Find what one folder takes; ``trail`` names the folders that lead to it."""
        file, region = header
        for name, wanted in region.takes.items():
            entry = file.at("takes", name)
            other = self._find(entry, name, trail)
            if other is not None:
                _want(entry, name, other, wanted)
                folder.below |= {other.prefix} | other.below

    def _find(self, entry: Entry, name: str, trail: tuple[str, ...]) -> Folder | None:
        if name in trail:
            entry.refuse(
                "folders take files of each other in a circle",
                " -> ".join((*trail[trail.index(name) :], name)),
                "a folder that takes nothing of those that take from it",
                "remove one of the steps",
            )
            return None
        if name in self.found:
            return self.found[name]
        files = self.source.taken(name)
        if not isinstance(files, RegionFiles):
            refusal = files or Unread(
                "no such folder to take files of",
                f"'{name}'",
                "the name of a folder beside the region's, or of one that comes with mc_engine",
                "correct the name, or add the folder",
            )
            entry.refuse(*refusal)
            return None
        folder = self.found[name] = Folder(files, prefix_of(name), set())
        header = self.header_of(folder)
        if header is not None:
            self.visit(folder, header, (*trail, name))
        self.complete.append(folder)
        return folder


def _want(entry: Entry, name: str, folder: Folder, wanted: Sequence[str]) -> None:
    """Enter the files that are taken of a folder; report those that it does not offer."""
    if ALL in wanted:
        folder.wanted = None
    offered = folder.offers()
    for position, path in enumerate(wanted):
        if path != ALL and path not in offered:
            entry.at(position).refuse(
                f"no file of {name} that can be taken",
                f"'{path}'",
                f"all, or some of {preview(offered, 12)}",
                remedy_for(path, offered, "correct the name"),
            )
        elif folder.wanted is not None:
            folder.wanted.add(path)
