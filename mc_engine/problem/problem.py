"""The problem: every uncertain input of one region and one scenario, frozen and hashed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.distributions.marginal import Marginal
from mc_engine.vocabulary.inputs import ModelInputs
from mc_engine.vocabulary.observations import Series


@dataclass(frozen=True)
class Factor:
    """One uncertain input: a scalar, a discrete belief, or a whole path.

    Attributes
    ----------
    name : str
        Key of the prior, and the label on the ``parameter`` axis.
    unit : str
        The prior's own unit. In datasets a scalar stands in this unit, a path as its quantile.
    conversion : float
        Model value = ``conversion`` times prior value.
    marginals : tuple of Marginal
        One for a scalar; one per drawn knot for a path, all moved by one common quantile.
    column : int
        First column of the factor's values in a draw's row.
    is_path : bool
    increasing : bool
        Each knot is at least the one before it.
    shift : float
        Steps of the standard normal score by which a scenario moves the quantile; 0 for none.
    """

    name: str
    unit: str
    conversion: float
    marginals: tuple[Marginal, ...]
    column: int
    is_path: bool = False
    increasing: bool = False
    shift: float = 0.0
    quantity: str = ""
    meaning: str = ""
    kind: str = "judgement"
    centre: str = ""
    boundary: str | None = None
    basis: str | None = None
    knot_years: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()
    reason: str = ""
    where: str = ""
    # Each marginal as the prior states it, before any fit; for display and for the digest.
    stated: tuple[str, ...] = ()
    # 5th, 50th and 95th percentile of each marginal, in the prior's unit, for display.
    implied: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True)
class Correlation:
    """Spearman rank correlation between two factors; for a path, between its quantile.

    Attributes
    ----------
    stated : float or None
        The value before ``repair: nearest`` changed it (0 where it stated none); None where
        nothing was changed.
    """

    first: str
    second: str
    spearman: float
    reason: str = ""
    stated: float | None = None


@dataclass(frozen=True)
class Origin:
    """Where something of a problem is said.

    Attributes
    ----------
    kind : {"source", "prior", "correlation", "table"}
    name : str
    where : str
        File, and line but for a table.
    overrides : tuple of str
        Where taken folders say it otherwise.
    """

    kind: str
    name: str
    where: str
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Everything that fixes what one draw means.

    Attributes
    ----------
    factors : tuple of Factor
        Uncertain inputs in order of declaration.
    constants : tuple of (int, float)
        Columns of a draw's row that hold the same number in every draw, with that number in
        the model's unit (constant priors and the defaults of quantities).
    correlations : tuple of Correlation
        In order of declaration, after any repair.
    cholesky : tuple of (tuple of int, tuple of tuple of float)
        One entry per block of dependent factors: their positions in ``factors``, ascending, and
        the rows of the lower Cholesky factor of the block's Pearson matrix.
    targets : tuple
        Rules of equations K (``mc_engine.targets.Target``).
    counts : mapping of str to int
        Number of uncertain inputs by kind (observed, sourced, judgement), and of constant
        priors apart (constant).
    notes : tuple of str
        Conversions and repairs made while loading, one sentence each.
    steps : tuple of str
        Levers of which one step was applied on top of the scenario.
    catalogue : mapping of str to Lever
        Every lever of the region.
    offered : mapping of str to Setting
        Every accounting setting of the region; ``inputs.settings`` holds the option chosen.
    declared : tuple of str
        Every uncertain prior of the region, those that exist under other settings only included,
        in the order in which a Sobol design gives them dimensions.
    digest : str
        BLAKE2b of everything above but words (``mc_engine.problem.digest.digest``); equal
        digests mean equal draws.
    files : mapping of str to bytes
        The exact files that were read, by path within the region's folder.
    observations : tuple of Series
        What the past is held against; it moves no draw.
    scenario_title : mapping of str to str
        By language.
    labels : mapping of str to str
        Chinese names of inputs, for reports.
    bibliography : mapping of str to Source
        Every source that priors may name: title, publisher, year; for reports.
    origins : tuple of Origin
        Where each prior, correlation, table and source of the region stands.
    proposal : Proposal or None
        Where some factors are drawn from in place of their priors; each draw then has a weight.
    """

    region: str
    title: Mapping[str, str]
    model: str
    scenario: str
    inputs: ModelInputs
    factors: tuple[Factor, ...]
    constants: tuple[tuple[int, float], ...]
    correlations: tuple[Correlation, ...] = ()
    cholesky: tuple[tuple[tuple[int, ...], tuple[tuple[float, ...], ...]], ...] = ()
    targets: tuple[Any, ...] = ()
    steps: tuple[str, ...] = ()
    catalogue: Mapping[str, Any] = field(default_factory=dict)
    offered: Mapping[str, Any] = field(default_factory=dict)
    declared: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    digest: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    observations: tuple[Series, ...] = ()
    proposal: Any = None
    scenario_title: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    bibliography: Mapping[str, Any] = field(default_factory=dict)
    origins: tuple[Origin, ...] = ()

    def lower_factors(self) -> Iterator[tuple[list[int], NDArray[np.float64]]]:
        """Give the blocks of dependent factors with their Cholesky factors as matrices.

        Yields
        ------
        (list of int, float64[member, member])
            Positions in ``factors``, and the lower factor of the block's Pearson matrix.
        """
        for members, rows in self.cholesky:
            lower = np.zeros((len(members), len(members)))
            for index, row in enumerate(rows):
                lower[index, : len(row)] = row
            yield list(members), lower
