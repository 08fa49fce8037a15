"""Given-data measures of every input from the draws of the run, without further rows.

Direction of the effect, P(miss) by deciles, its reduction given the most favourable decile, PAWN
and regional distances, each above the noise floor of dummies.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mc_engine.design.groups import Group
from mc_engine.problem.problem import Problem
from mc_engine.ranking.contract import Evidence, Part
from mc_engine.ranking.result import (
    QUANTILE,
    Deciles,
    Effects,
    NoiseFloor,
    RankedTarget,
    RankingResult,
)
from mc_engine.sensitivity.chances import BEST_INSIDE, MISS, WORST_INSIDE, Unseen
from mc_engine.sensitivity.given_data import Effect, GivenData, given_data
from mc_engine.vocabulary.axes import PARAMETER, TARGET
from mc_engine.vocabulary.statements import Statement


@dataclass(frozen=True)
class InputEffects:
    """Effects of all inputs, and what these are.

    Attributes
    ----------
    draws : xr.Dataset
        Draws of one region.
    data : GivenData
    weight : float64[draw] or None
    meanings, units : mapping of str to str
        By input.
    seed : int
    """

    draws: xr.Dataset
    data: GivenData
    weight: NDArray[np.float64] | None
    meanings: Mapping[str, str]
    units: Mapping[str, str]
    seed: int

    @property
    def names(self) -> list[str]:
        """Inputs, in the order of the draws."""
        return [str(name) for name in self.draws[PARAMETER].values]

    def of(self, target: int) -> dict[str, Effect]:
        """Effects of every input on one target."""
        return dict(zip(self.names, self.data.effects[target], strict=True))


def input_effects(
    draws: xr.Dataset, problem: Problem, seed: int, weight: NDArray[np.float64] | None = None
) -> InputEffects:
    """Measure the effects of all inputs in draws.

    Parameters
    ----------
    draws : xr.Dataset
        Of one region, in memory.
    problem : Problem
    seed : int
        Seed of the dummies.
    weight : float64[draw], optional
    """
    names = [str(name) for name in draws[PARAMETER].values]
    data = given_data(
        draws["parameters"].values,
        draws["margin"].values,
        draws["miss"].values,
        np.random.default_rng([seed, 1]),
        weight=weight,
        replicate=replicates_of(draws),
        targets=[str(name) for name in draws[TARGET].values],
    )
    units = dict(zip(names, map(str, draws["parameter_unit"].values), strict=True))
    units |= {factor.name: QUANTILE for factor in problem.factors if factor.is_path}
    meanings = {factor.name: factor.meaning for factor in problem.factors}
    return InputEffects(draws, data, weight, meanings, units, seed)


def replicates_of(draws: xr.Dataset) -> Any:
    """Replicate of every draw, int[draw]; None for the random design, whose draws are independent.

    Parameters
    ----------
    draws : xr.Dataset
    """
    return draws["replicate"].values if draws.attrs.get("design") != "random" else None


def compute(evidence: Evidence) -> InputEffects:
    """Measure the effects of all inputs in the draws of the run.

    Parameters
    ----------
    evidence : Evidence
    """
    return input_effects(evidence.draws, evidence.experiment.problem, evidence.request.seed)


def lead_of(group: Group, effects: Mapping[str, Effect]) -> str:
    """Name the member of a factor that goes with the margin most.

    Parameters
    ----------
    group : Group
    effects : mapping of str to Effect
        Of one target.
    """
    return max(group.members, key=lambda name: abs(effects[name].rank_correlation))


def effects_of(lead: str | None, target: int, inputs: InputEffects) -> Effects:
    """Take what the draws say of an input: direction of its effect, and risk reduction.

    Parameters
    ----------
    lead : str or None
        The input; None where none stands for a factor.
    target : int
    inputs : InputEffects
    """
    if lead is None:
        return Effects(None, "~", None, None, None)
    effect = inputs.of(target)[lead]
    # Four standard errors of a rank correlation of nothing.
    noise = 4.0 / float(np.sqrt(inputs.data.effective))
    return Effects(
        lead,
        _sign(effect, noise),
        effect.risk_reduction,
        _known(effect.pawn_median),
        _known(effect.regional),
    )


def _sign(effect: Effect, noise: float) -> str:
    """+ where more of the input is good for the target, - where it is bad, ~ where neither."""
    bent = effect.shape in (BEST_INSIDE, WORST_INSIDE)
    if bent or abs(effect.rank_correlation) < noise:
        return "~"
    return "+" if effect.rank_correlation > 0.0 else "-"


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def deciles_of(target: int, inputs: InputEffects, names: Sequence[str]) -> dict[str, Deciles]:
    """Give P(miss) by deciles of inputs.

    Parameters
    ----------
    target : int
    inputs : InputEffects
    names : sequence of str
        Inputs.
    """
    effects = inputs.of(target)
    return {name: _deciles(effects[name], inputs.units[name]) for name in names}


def _deciles(effect: Effect, unit: str) -> Deciles:
    def side(name: str) -> tuple[float | None, ...]:
        return tuple(None if one is None else float(getattr(one, name)) for one in effect.chances)

    edges = tuple(_known(edge) for edge in effect.edges)
    return Deciles(edges, unit, side("estimate"), side("low"), side("high"))


def noise_of(target: int, inputs: InputEffects) -> NoiseFloor:
    """Give the measures of inputs without effect.

    Parameters
    ----------
    target : int
    inputs : InputEffects
    """
    floor = asdict(inputs.data.floors[target])
    return NoiseFloor(**{name: _known(value) for name, value in floor.items()})


def statements(_: RankingResult) -> Iterator[Statement]:
    """State where risk reductions come from.

    Yields
    ------
    Statement
    """
    yield Statement("trust_risk_reduction")


def target_statements(target: RankedTarget) -> Iterator[Statement]:
    """State the bound on an outcome that no draw showed.

    Parameters
    ----------
    target : RankedTarget

    Yields
    ------
    Statement
    """
    if target.unseen is not None:
        yield unseen_bound(target.unseen)


def unseen_bound(unseen: Unseen) -> Statement:
    """State the bound on an outcome that no draw showed.

    Parameters
    ----------
    unseen : Unseen
    """
    values = {
        "draws": f"{unseen.effective:,.0f}",
        "bound": f"{100.0 * unseen.bound:.2g}",
        "level": f"{100.0 * unseen.level:g}",
    }
    return Statement("unseen_miss" if unseen.outcome == MISS else "unseen_meeting", values)


METHOD = Part(
    name="given_data",
    order=30,
    needs="draws",
    compute=compute,
    statements=statements,
    target_statements=target_statements,
)
