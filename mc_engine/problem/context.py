"""What a prior is checked against, where it stands, and what comes out of the check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mc_engine.problem import schema
from mc_engine.problem.marginals import Marginal
from mc_engine.problem.nodes import Node, Report, remedy_for
from mc_engine.problem.quantiles import span
from mc_engine.problem.samples import Opener, no_files
from mc_engine.problem.settings import Condition, Offered
from mc_engine.vocabulary.inputs import Knots
from mc_engine.vocabulary.quantities import QuantitySpec

SlotKey = tuple[str, tuple[str, ...]]


@dataclass
class Context:
    """What a prior is checked against, and where the findings go.

    Attributes
    ----------
    quantities : mapping of str to QuantitySpec
        Of the model.
    labels : mapping of str to sequence of str, or None
        Labels of every axis; None where the region's structure could not be read.
    horizon : int or None
        Last year, where the structure names one.
    sources : set of str or None
        Keys of sources.yaml; None where it could not be read.
    opener : callable
        Gives a CSV file by its path within the region's folder.
    declared : mapping of str to str
        Name of every prior met so far, with its file and line.
    complete : bool
        Every prior file could be read, so that a name not met does not exist.
    offered : Offered or None
        Options of every accounting setting; None where region.yaml could not be read.
    fed : mapping of slot to list of Feed
        Priors that feed a slot, each under its own settings.
    """

    report: Report
    quantities: Mapping[str, QuantitySpec]
    labels: Mapping[str, Sequence[str]] | None
    horizon: int | None
    sources: set[str] | None
    opener: Opener = no_files
    declared: dict[str, str] = field(default_factory=dict)
    complete: bool = True
    offered: Offered | None = field(default_factory=dict)
    fed: dict[SlotKey, list["Feed"]] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where a prior stands.

    Attributes
    ----------
    file : str
        Path as shown to the reader.
    root : Node
        The whole file.
    name : str
        Key of the prior.
    """

    file: str
    root: Node
    name: str

    def line(self, *path: object) -> int:
        """Give the line of a key inside the prior."""
        return self.root.line_at((self.name, *path))

    @property
    def where(self) -> str:
        """File and line of the prior's name."""
        return f"{self.file}:{self.line()}"


@dataclass(frozen=True)
class Feed:
    """A prior that feeds a slot: where it stands, and under which settings it exists."""

    place: Place
    when: Condition


@dataclass(frozen=True)
class Draft:
    """A prior that passed every check, before columns are given out.

    Attributes
    ----------
    slots : tuple of tuple of str
        Labels of every slot it feeds.
    knots : Knots or None
        The fixed part, in the quantity's unit, for a quantity of form ``path``.
    when : Condition
        Settings under which it exists; empty for always.
    """

    name: str
    prior: schema.Prior
    spec: QuantitySpec
    conversion: float
    marginals: tuple[Marginal, ...]
    stated: tuple[str, ...]
    slots: tuple[tuple[str, ...], ...]
    knots: Knots | None
    where: str
    when: Condition = field(default_factory=dict)

    @property
    def is_constant(self) -> bool:
        """Whether every number of it is the same in every draw."""
        return all(marginal.family == "constant" for marginal in self.marginals)

    def reach(self, shift: float) -> tuple[float, float]:
        """Give the lowest and highest possible value in the quantity's unit, over all knots."""
        ends = [span(marginal, shift) for marginal in self.marginals]
        low, high = min(low for low, _ in ends), max(high for _, high in ends)
        return low * self.conversion, high * self.conversion


def check_sources(
    report: Report,
    file: str,
    root: Node,
    path: tuple[object, ...],
    given: Mapping[str, Any],
    known: set[str] | None,
) -> None:
    """Report unknown source keys, and their absence where the kind asks for one.

    Parameters
    ----------
    report : Report
    file : str
        Path as shown to the reader.
    root : Node
        The whole file.
    path : tuple
        Keys from the root to the entry that carries ``sources`` and ``kind``.
    given : mapping
        Its values; ``sources`` and ``kind`` may be missing.
    known : set of str or None
        Keys of sources.yaml; None where it could not be read.
    """
    sources = given.get("sources")
    if sources is None:
        return
    owner = ".".join(map(str, path)) + ": " if path else ""
    if not sources and given.get("kind") in ("observed", "sourced"):
        report.add(
            file,
            root.line_at((*path, "sources")),
            f"{owner}the kind '{given['kind']}' needs a source",
            "an empty list",
            "at least one key of sources.yaml",
            "add a source, or write 'kind: judgement'",
        )
    for position, key in enumerate(sources):
        if known is not None and key not in known:
            report.add(
                file,
                root.line_at((*path, "sources", position)),
                f"{owner}unknown source",
                f"'{key}'",
                "a key of sources.yaml",
                remedy_for(key, known, "add it to sources.yaml"),
            )
