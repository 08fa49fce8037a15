"""Priors that passed every check, and the terms of a region that they are checked against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mc_engine.distributions.marginal import Marginal, span
from mc_engine.problem import schema
from mc_engine.problem.messages import Report
from mc_engine.problem.samples import Opener, no_files
from mc_engine.problem.settings import Condition, Offered
from mc_engine.problem.yaml_file import Entry
from mc_engine.vocabulary.inputs import Knots
from mc_engine.vocabulary.quantities import QuantitySpec

SlotKey = tuple[str, tuple[str, ...]]


@dataclass
class Terms:
    """What the files of a region may refer to.

    Attributes
    ----------
    report : Report
    quantities : mapping of str to QuantitySpec
        Of the model.
    labels : mapping of str to sequence of str, or None
        Labels of every axis; None where the region's structure could not be read.
    horizon : int or None
        Last year, where the structure names one.
    sources : set of str or None
        Keys of sources.yaml; None where it could not be read.
    opener : callable
        Gives a CSV file by its path within the folder of the prior.
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
class Feed:
    """A prior that feeds a slot, and the settings under which it exists."""

    prior: Entry
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
    where : str
        File and line.
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
