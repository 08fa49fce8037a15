"""What a ranking says of one target: its table, P(miss) by tenths, a box, a certificate."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from mc_engine.design.groups import REST, Group
from mc_engine.errors import StatisticError
from mc_engine.ranking.rank import Quantified
from mc_engine.sensitivity.chances import BEST_INSIDE, WORST_INSIDE, Unseen
from mc_engine.sensitivity.convergence import Certificate, certify
from mc_engine.sensitivity.discovery import discover
from mc_engine.sensitivity.given_data import Effect, GivenData
from mc_engine.sensitivity.indices import Indices
from mc_engine.sensitivity.robustness import variance_by_kind
from mc_engine.vocabulary.axes import PARAMETER

# Inputs of which P(miss) is given by tenths.
SHOWN = 6
# Outside this range of P(miss) the miss itself says little.
RARE, SURE = 0.02, 0.98
# Outside this one its variance-based indices are distorted.
FEW_MISSES, MOST_MISSES = 0.1, 0.9
# Unit of a path, which stands in the draws as its place in its range.
QUANTILE = "quantile"
# Kind of a factor whose members are of several kinds.
MIXED = "mixed"
# Pairs of factors that are named, where the second order was asked for.
PAIRS = 10


@dataclass(frozen=True)
class Evidence:
    """What the draws of a run tell, and how its inputs are called.

    Attributes
    ----------
    draws : xr.Dataset
        Of one region.
    given : GivenData
    weight : float64[draw] or None
    meanings, units, kinds : mapping of str to str
        By input; the kind is that of its prior.
    seed : int
    """

    draws: xr.Dataset
    given: GivenData
    weight: Any
    meanings: Mapping[str, str]
    units: Mapping[str, str]
    kinds: Mapping[str, str]
    seed: int

    @property
    def names(self) -> list[str]:
        """Inputs, in the order of the draws."""
        return [str(name) for name in self.draws[PARAMETER].values]

    def effects(self, place: int) -> dict[str, Effect]:
        """What every input does to one target."""
        return dict(zip(self.names, self.given.effects[place], strict=True))


def target_of(
    place: int, row: Mapping[str, Any], found: Quantified, told: Evidence
) -> dict[str, Any]:
    """Put everything about one target into plain data.

    Parameters
    ----------
    place : int
        Of the target.
    row : mapping
        Of the run's summary.
    found : Quantified
    told : Evidence
    """
    head = head_of(row)
    if found.margins.undefined[place]:
        return head | {"table": [], "why": "the margin does not move; nothing decides it"}
    labels = [group.name for group in found.groups]
    certificate = None
    if found.half_margins is not None:
        certificate = certify(
            labels, found.margins, found.half_margins, place,
            rng=np.random.default_rng([told.seed, 2, place]),
        )  # fmt: skip
    table = _table(place, found, told, certificate, row["p_miss"])
    leads = [line["lead"] for line in table if line["lead"] is not None][:SHOWN]
    rest = next((line for line in table if line["kind"] == REST), None)
    return head | {
        "table": table,
        "pairs": _pairs(place, found),
        "by_kind": _by_kind(place, found, told.kinds),
        "deciles": deciles_of(place, told, leads),
        "noise": noise_of(place, told),
        "box": box_of(place, told, leads, row["p_miss"]),
        "left_out": None if rest is None else {
            "factors": len(found.groups[-1].members),
            "total": rest["total"],
            "total_high": rest["total_high"],
        },
        "certificate": None if certificate is None else certificate.as_json(),
        "said": message_of(told.given.unseen[place]),
    }  # fmt: skip


def head_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Name a target, its chance of being missed, and what the ranking is of.

    Parameters
    ----------
    row : mapping
        Of a run's summary.
    """
    return {
        "name": row["name"],
        "measure": "margin",
        "measure_note": _note(row["p_miss"]),
        "miss_note": _miss_note(row["p_miss"]),
        "p_miss": row["p_miss"],
        "low": row["low"],
        "high": row["high"],
        "unit": row["unit"],
    }


def message_of(unseen: Unseen | None) -> str:
    """Say what still holds where no draw misses a target, or all do; empty elsewhere."""
    return "" if unseen is None else unseen.message


def _table(
    place: int, found: Quantified, told: Evidence, certificate: Certificate | None, p_miss: float
) -> list[dict[str, Any]]:
    """Factors of one target in the order of their total indices."""
    names, effects = [group.name for group in found.groups], told.effects(place)
    table = []
    for rank, number in enumerate(np.argsort(-found.margins.total[:, place], kind="stable"), 1):
        group = found.groups[number]
        lead = None if group.kind == REST else _lead(group, effects)
        tied = [] if certificate is None else [
            other for other in names
            if other != group.name and certificate.tied(group.name, other)
        ]  # fmt: skip
        table.append(
            {
                "rank": rank,
                "factor": group.name,
                "kind": group.kind,
                "meaning": "" if lead is None else told.meanings.get(lead, ""),
                **_indices(found.margins, number, place),
                "total_by_salib": float(found.by_salib[1, number, place]),
                "miss": None
                if found.misses.undefined[place]
                else _indices(found.misses, number, place),
                **line_of(lead, effects, p_miss, told),
                "tied_with": tied,
            }
        )
    return table


def _indices(indices: Indices, number: int, place: int) -> dict[str, float]:
    """Total and first-order index of one factor and target, with their intervals."""
    parts = ("total", "total_low", "total_high", "first", "first_low", "first_high")
    return {name: float(getattr(indices, name)[number, place]) for name in parts}


def line_of(
    lead: str | None, effects: Mapping[str, Effect], p_miss: float, told: Evidence
) -> dict[str, Any]:
    """Say which way an input works, and what it would change to know it is good.

    Parameters
    ----------
    lead : str or None
        The input; None where a factor has none that stands for it.
    effects : mapping of str to Effect
    p_miss : float
    told : Evidence
    """
    if lead is None:
        return {"lead": None, "sign": "~", "fall": None, "pawn": None, "regional": None}
    # Four standard errors of a rank correlation of nothing.
    noise = 4.0 / float(np.sqrt(told.given.effective))
    return {
        "lead": lead,
        "sign": _sign(effects[lead], noise),
        "fall": _fall(effects[lead], p_miss),
        "pawn": _known(effects[lead].pawn_median),
        "regional": _known(effects[lead].regional),
    }


def _by_kind(place: int, found: Quantified, kinds: Mapping[str, str]) -> list[dict[str, Any]]:
    """Share of the margin's variance that rests on each kind of prior."""
    first, total = found.margins.first_by_repeat, found.margins.total_by_repeat
    if first is None or total is None:
        return []
    of_groups = []
    for group in found.groups:
        of_members = {kinds[member] for member in group.members}
        of_groups.append(of_members.pop() if len(of_members) == 1 else MIXED)
    shares = variance_by_kind(first[:, :, place], total[:, :, place], of_groups)
    return [one.as_json() for one in shares]


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _pairs(place: int, found: Quantified) -> list[dict[str, Any]]:
    """Pairs of factors that add most together beyond what each adds alone; empty if not asked."""
    indices = found.margins
    if indices.second is None or indices.second_low is None or indices.second_high is None:
        return []
    one, other = np.triu_indices(len(found.groups), k=1)
    size = indices.second[one, other, place]
    order = np.argsort(-size, kind="stable")[:PAIRS]
    return [
        {
            "factors": [found.groups[one[k]].name, found.groups[other[k]].name],
            "second": float(size[k]),
            "low": float(indices.second_low[one[k], other[k], place]),
            "high": float(indices.second_high[one[k], other[k], place]),
        }
        for k in order
    ]


def _note(p_miss: float) -> str:
    if RARE <= p_miss <= SURE:
        return ""
    return (
        "the chance lies outside 2 to 98 %, where misses tell little of what drives them; what is "
        "ranked is the margin"
    )


def _miss_note(p_miss: float) -> str:
    if FEW_MISSES <= p_miss <= MOST_MISSES:
        return ""
    return (
        "the chance lies outside 10 to 90 %: first orders of the miss itself shrink, and totals "
        "grow, by construction"
    )


def _lead(group: Group, effects: Mapping[str, Effect]) -> str:
    """The member of a factor that goes with the margin most."""
    return max(group.members, key=lambda name: abs(effects[name].rank_correlation))


def _sign(effect: Effect, noise: float) -> str:
    """+ where more of the input is good for the target, - where it is bad, ~ where neither."""
    bent = effect.shape in (BEST_INSIDE, WORST_INSIDE)
    if bent or abs(effect.rank_correlation) < noise:
        return "~"
    return "+" if effect.rank_correlation > 0.0 else "-"


def _fall(effect: Effect, p_miss: float) -> dict[str, Any] | None:
    """Fall of P(miss) if the input is known to lie in the good tenth of its range."""
    if effect.risk_reduction is None:
        return None
    interval = effect.risk_reduction.interval
    return {
        "from": p_miss,
        "to": p_miss - interval.estimate,
        "fall": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "tenth": effect.risk_reduction.favourable,
    }


def deciles_of(place: int, told: Evidence, names: Sequence[str]) -> dict[str, Any]:
    """Give P(miss) by tenths of inputs.

    Parameters
    ----------
    place : int
        Of the target.
    told : Evidence
    names : sequence of str
        Inputs.
    """
    effects = told.effects(place)
    return {name: _deciles(effects[name], told.units[name]) for name in names}


def _deciles(effect: Effect, unit: str) -> dict[str, Any]:
    def side(name: str) -> list[float | None]:
        return [None if one is None else float(getattr(one, name)) for one in effect.chances]

    edges = [float(edge) if np.isfinite(edge) else None for edge in effect.edges]
    return {
        "edges": edges,
        "unit": unit,
        "p": side("estimate"),
        "low": side("low"),
        "high": side("high"),
    }


def noise_of(place: int, told: Evidence) -> dict[str, float | None]:
    """Give what inputs of no effect seem to do: the upper 95 % of the dummies.

    Parameters
    ----------
    place : int
        Of the target.
    told : Evidence
    """
    floor = asdict(told.given.floors[place])
    return {name: _known(value) for name, value in floor.items()}


def box_of(
    place: int, told: Evidence, names: Sequence[str], p_miss: float
) -> dict[str, Any] | None:
    """Find where the rarer outcome gathers; None where nowhere.

    Parameters
    ----------
    place : int
        Of the target.
    told : Evidence
    names : sequence of str
        Inputs that may bound it.
    p_miss : float
    """
    if not RARE <= p_miss <= SURE:
        return None
    columns = [told.names.index(name) for name in names]
    good = told.draws["status"].values == 0
    inputs = told.draws["parameters"].values[:, columns][good]
    missed = told.draws["miss"].values[:, place][good] == 1
    weight = None if told.weight is None else told.weight[good]
    try:
        found = discover(
            inputs, missed, np.random.default_rng([told.seed, 3, place]), weight=weight
        )
    except StatisticError:
        return None
    return found.as_json(names, [told.units[name] for name in names])
