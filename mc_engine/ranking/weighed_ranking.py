"""A ranking under the past: ``rank --constrained``, by weighted given-data methods alone.

Weights of draws make inputs dependent, and rows of Saltelli or Morris have no weights: a variance
share of an input "all else equal" is not defined there. What the weighted draws tell is: how
P(miss) runs along each input, how the input and the margin go together, and the first-order share.
"""

from typing import Any

from mc_engine.errors import RequestError
from mc_engine.ranking.ranked import (
    SHOWN,
    Evidence,
    box_of,
    deciles_of,
    head_of,
    line_of,
    message_of,
    noise_of,
)
from mc_engine.ranking.ranking import READ, told_by
from mc_engine.run import journal
from mc_engine.run.replay import experiment_of
from mc_engine.run.results import Run
from mc_engine.sensitivity.given_data import Effect
from mc_engine.vocabulary.axes import DRAW, REGION

# Within the run folder.
WEIGHED = "ranking-constrained.json"
WHY_ALONE = (
    "the past makes inputs depend on each other, which Saltelli and Morris rows cannot follow: "
    "ranked are first-order shares from the weighted draws"
)


def refuse_rows(asked: dict[str, bool]) -> None:
    """Refuse what needs rows of independent inputs.

    Parameters
    ----------
    asked : dict of str to bool
        By option of the command.

    Raises
    ------
    RequestError
    """
    wrong = [name for name, wanted in asked.items() if wanted]
    if wrong:
        raise RequestError(
            f"--constrained: found {' and '.join(wrong)}, expected neither: {WHY_ALONE}; leave it "
            "out, or rank the prior draws without --constrained"
        )


def rank_weighed(run: Run, *, seed: int = 0) -> dict[str, Any]:
    """Rank the inputs of a run whose draws are weighed by the past.

    Parameters
    ----------
    run : Run
        Weighed by ``hindcast.constrained.weigh``.
    seed : int
        Of the dummies.

    Returns
    -------
    dict
        ``draws``, ``effective``, ``why`` and ``targets``: as in ``ranking.json``, with ``table``
        by input: rank, ``input``, ``meaning``, ``first`` (first-order share of the margin's
        variance) with ``low`` and ``high``, ``pawn`` (median distance), ``sign`` and ``fall``.

    Raises
    ------
    NotFoundError
        When the run was not weighed by the past.
    StatisticError
    """
    weighed = run.weighed
    study = experiment_of(weighed)
    with weighed.draws as draws:
        flat = draws.isel({REGION: 0, DRAW: slice(0, READ)}, drop=True).load()
    weight = weighed.weight[: flat.sizes[DRAW]]
    told = told_by(flat, study.problem, seed, weight)
    chances = weighed.risk(weight=weighed.weight)["targets"]
    result = {
        "identity": run.manifest["identity"],
        "draws": int(flat.sizes[DRAW]),
        "effective": told.given.effective,
        "seed": seed,
        "why": WHY_ALONE,
        "targets": [_target(place, row, told) for place, row in enumerate(chances)],
    }
    journal.write_json(run.folder / WEIGHED, result)
    return result


def _target(place: int, row: dict[str, Any], told: Evidence) -> dict[str, Any]:
    effects = told.effects(place)

    def first(name: str) -> float:
        return effects[name].first_order.estimate

    names = sorted(effects, key=lambda name: -first(name))
    shown = names[:SHOWN]
    return head_of(row) | {
        "table": [
            _line(rank, name, effects[name], told) | line_of(name, effects, row["p_miss"], told)
            for rank, name in enumerate(names, 1)
        ],
        "noise": noise_of(place, told),
        "deciles": deciles_of(place, told, shown),
        "box": box_of(place, told, shown, row["p_miss"]),
        "said": message_of(told.given.unseen[place]),
    }


def _line(rank: int, name: str, effect: Effect, told: Evidence) -> dict[str, Any]:
    index = effect.first_order
    return {
        "rank": rank,
        "input": name,
        "meaning": told.meanings[name],
        "first": index.estimate,
        "low": index.low,
        "high": index.high,
    }
