"""Words that several methods share: the chance of a target, and cells of the effect of an input."""

from mc_engine.ranking.result import Effects, TargetHead
from mc_engine.vocabulary.statements import Name, Statement, Value, bounded, change


def target_chance(target: TargetHead) -> Statement:
    """State the chance of missing a target.

    Parameters
    ----------
    target : TargetHead
    """
    values: dict[str, Value] = {"target": Name("target", target.name)}
    values["chance"] = bounded(target.p_miss, target.low, target.high)
    return Statement("target_chance", values)


def effect_cells(effects: Effects) -> tuple[Value, Value]:
    """Give the direction of an effect, and the change of P(miss) if the input is favourable.

    Parameters
    ----------
    effects : Effects
    """
    sign: Value = "" if effects.lead is None else Name("sign", effects.sign)
    if effects.risk_reduction is None:
        return sign, ""
    one = effects.risk_reduction.interval
    return sign, change(-one.estimate, -one.high, -one.low)
