"""The result of a ranking: what ``ranking.json`` holds, as frozen and typed records.

Records of sensitivity analysis (intervals, certificates, bounds) stand in it as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from mc_engine.design.groups import Group
from mc_engine.intervals import Interval
from mc_engine.ranking.storage import SCHEMA_VERSION
from mc_engine.sensitivity.chances import RiskReduction, Unseen
from mc_engine.sensitivity.convergence import Certificate
from mc_engine.sensitivity.robustness import KindShare

# Saltelli blocks, trajectories of the screening, and factors that are quantified one by one.
BASE, TRAJECTORIES, FACTORS = 16_384, 256, 60
# Outside this range of P(miss) the miss itself says little.
RARE, SURE = 0.02, 0.98
# Outside this one its variance-based indices are distorted.
FEW_MISSES, MOST_MISSES = 0.1, 0.9
# Inputs of which P(miss) is given by deciles, and among which a box is looked for.
LEADS = 6
# Unit of a path, which stands in the draws as its quantile.
QUANTILE = "quantile"


@dataclass(frozen=True)
class Request:
    """How a ranking is to be made.

    Attributes
    ----------
    seed : int
        Seed of the rows for ranking.
    base : int
        Saltelli blocks, a power of two.
    trajectories : int
        Trajectories of the screening.
    kept : int
        Factors that are quantified one by one.
    second : bool
        Indices of pairs of factors too.
    """

    seed: int = 0
    base: int = BASE
    trajectories: int = TRAJECTORIES
    kept: int = FACTORS
    second: bool = False


@dataclass(frozen=True)
class FactorIndices:
    """Indices of one factor for one output, with their intervals.

    Attributes
    ----------
    total, total_low, total_high : float
        Share of the variance that is left once all but the factor are known, 1.
    first, first_low, first_high : float
        Share that is gone once the factor is known, 1.
    """

    total: float
    total_low: float
    total_high: float
    first: float
    first_low: float
    first_high: float


@dataclass(frozen=True)
class Effects:
    """Given-data measures of the input that leads a factor.

    Attributes
    ----------
    lead : str or None
        The member that goes with the margin most; None for all other inputs together.
    sign : {"+", "-", "~"}
        Direction of the effect: whether more of the input is good for the target, bad, or neither.
    risk_reduction : RiskReduction or None
        Reduction of P(miss) given its most favourable decile; None where no draw misses, or all.
    pawn, regional : float or None
        Median PAWN distance, and the distance of regional sensitivity, 1.
    """

    lead: str | None
    sign: str
    risk_reduction: RiskReduction | None
    pawn: float | None
    regional: float | None


@dataclass(frozen=True)
class FactorLine(Effects, FactorIndices):
    """One factor in the ranking of a target.

    Attributes
    ----------
    rank : int
        From 1, by total index.
    factor, kind : str
        As in ``Group``.
    meaning : str
        Meaning of the lead.
    total_by_salib : float
        The total index as SALib computes it from the same rows, 1.
    miss : FactorIndices or None
        Indices of the miss itself, 1 or 0; None where no row misses, or all do.
    tied_with : tuple of str
        Factors that cannot be distinguished from it.
    """

    rank: int
    factor: str
    kind: str
    meaning: str
    total_by_salib: float
    miss: FactorIndices | None
    tied_with: tuple[str, ...]


@dataclass(frozen=True)
class FactorPair:
    """Second-order index of two factors with its interval, 1."""

    factors: tuple[str, str]
    second: float
    low: float
    high: float


@dataclass(frozen=True)
class OtherInputs:
    """Total index of all inputs that are not ranked one by one, and the upper end of it, 1."""

    factors: int
    total: float
    total_high: float


@dataclass(frozen=True)
class Deciles:
    """P(miss) by deciles of one input.

    Attributes
    ----------
    edges : tuple of float or None
        Ends of the deciles, in the input's unit.
    unit : str
    p, low, high : tuple of float or None
        By decile, 1; None where it holds no draw.
    """

    edges: tuple[float | None, ...]
    unit: str
    p: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


@dataclass(frozen=True)
class NoiseFloor:
    """Measures of inputs without effect, at the 95 % quantile of the dummies.

    Attributes are those of ``sensitivity.given_data.NoiseFloor``; None where one is unknown.
    """

    risk_reduction: float | None
    pawn_median: float | None
    pawn_mean: float | None
    pawn_maximum: float | None
    regional: float | None
    regional_statistic: float | None
    first_order: float | None
    first_order_of_miss: float | None


@dataclass(frozen=True)
class BoxLimit:
    """A restriction of one input; an end without restriction is None.

    Attributes
    ----------
    factor, unit : str
        The input and its unit.
    input : int
        Position among the inputs that may bound the box.
    low, high : float or None
        In the unit.
    quasi_p : float
        Chance of as many outcomes in the box, if this restriction did nothing.
    """

    factor: str
    unit: str
    input: int
    low: float | None
    high: float | None
    quasi_p: float


@dataclass(frozen=True)
class DiscoveryBox:
    """A box in a few inputs where the rarer outcome gathers; see ``sensitivity.discovery.Box``."""

    outcome: str
    limits: tuple[BoxLimit, ...]
    coverage: float
    density: float
    base_rate: float
    draws: int
    effective: float
    share: float
    inside: Interval
    outside: Interval
    held: Interval
    failed: int
    considered: tuple[int, ...]


@dataclass(frozen=True)
class TargetHead:
    """A target and its chance of being missed.

    Attributes
    ----------
    name, unit : str
    measure : str
        What is ranked: the margin.
    measure_note, miss_note : str
        Where the chance makes the miss itself a poor measure; empty elsewhere.
    p_miss, low, high : float
        P(miss) with its range, 1.
    """

    name: str
    measure: str
    measure_note: str
    miss_note: str
    p_miss: float
    low: float
    high: float
    unit: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "TargetHead":
        """Take a target from a row of a run's summary.

        Parameters
        ----------
        row : mapping
        """
        p_miss, note, miss_note = row["p_miss"], "", ""
        if not RARE <= p_miss <= SURE:
            note = (
                "the chance lies outside 2 to 98 %, where misses say little of what drives them; "
                "what is ranked is the margin"
            )
        if not FEW_MISSES <= p_miss <= MOST_MISSES:
            miss_note = (
                "the chance lies outside 10 to 90 %: first orders of the miss itself shrink, and "
                "totals grow, by construction"
            )
        return TargetHead(
            row["name"], "margin", note, miss_note, p_miss, row["low"], row["high"], row["unit"]
        )


@dataclass(frozen=True)
class RankedTarget(TargetHead):
    """The ranking for one target.

    Attributes
    ----------
    table : tuple of FactorLine
        By rank; empty, with the reason in ``why``, where the margin does not move.
    pairs : tuple of FactorPair
        Largest second-order indices, where requested.
    by_kind : tuple of KindShare
        Share of the variance by kind of prior.
    deciles : mapping of str to Deciles
        By leading input.
    noise : NoiseFloor or None
    box : DiscoveryBox or None
    left_out : OtherInputs or None
    certificate : Certificate or None
        State of convergence.
    unseen : Unseen or None
        Bound on an outcome that no draw showed.
    """

    table: tuple[FactorLine, ...] = ()
    why: str = ""
    pairs: tuple[FactorPair, ...] = ()
    by_kind: tuple[KindShare, ...] = ()
    deciles: Mapping[str, Deciles] = field(default_factory=dict)
    noise: NoiseFloor | None = None
    box: DiscoveryBox | None = None
    left_out: OtherInputs | None = None
    certificate: Certificate | None = None
    unseen: Unseen | None = None


@dataclass(frozen=True)
class IndicesOverTime:
    """Total indices of yearly emissions.

    Attributes
    ----------
    years : tuple of int
    scopes, factors : tuple of str
    total : tuple of tuple of tuple of float or None
        ``total[scope][year][factor]``, 1.
    """

    years: tuple[int, ...]
    scopes: tuple[str, ...]
    factors: tuple[str, ...]
    total: tuple[tuple[tuple[float | None, ...], ...], ...]


@dataclass(frozen=True)
class FactorEvppi:
    """EVPPI of one factor, in the loss's unit, and as a share of the expected loss, 1."""

    factor: str
    value: Interval
    share: float


@dataclass(frozen=True)
class Decision:
    """Value of information for one decision; see ``sensitivity.value_of_information``.

    Attributes
    ----------
    scope, unit : str
        Residual emissions that the decision is about.
    evppi : tuple of FactorEvppi
        The largest first.
    """

    scope: str
    unit: str
    decision: str
    under: float
    over: float
    quantile: float
    capacity: float
    loss: Interval
    draws: int
    failed: int
    effective: float
    evppi: tuple[FactorEvppi, ...]


@dataclass(frozen=True)
class DependentPair:
    """Two inputs that move together though no correlation says so; rank correlation, 1."""

    inputs: tuple[str, str]
    rank_correlation: float
    low: float
    high: float


@dataclass(frozen=True)
class RankingResult:
    """A ranking of one run.

    Attributes
    ----------
    identity, code : str
        Of the run: what it is of, and the hash of the code that made it.
    draws : int
        Draws that given-data methods read.
    seed, base, trajectories, kept, second
        As in ``Request``.
    replicates, rows, screened_rows : int
        Replicates and rows of the Saltelli design, and rows of the screening.
    seconds : mapping of str to float, s
        Time by method.
    factors : tuple of Group
    targets : tuple of RankedTarget
    over_time : IndicesOverTime or None
    value_of_information : tuple of Decision
        By scope.
    dependent : tuple of DependentPair
    """

    identity: str
    code: str
    draws: int
    seed: int
    base: int
    trajectories: int
    kept: int
    second: bool
    replicates: int
    rows: int
    screened_rows: int
    seconds: Mapping[str, float]
    factors: tuple[Group, ...]
    targets: tuple[RankedTarget, ...]
    over_time: IndicesOverTime | None
    value_of_information: tuple[Decision, ...]
    dependent: tuple[DependentPair, ...]
    schema_version: int = SCHEMA_VERSION

    @property
    def request(self) -> Request:
        """How the ranking was made."""
        return Request(**{one.name: getattr(self, one.name) for one in fields(Request)})
