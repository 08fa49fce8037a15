"""How far a ranking rests on the priors themselves: ``rank --priors``.

The median of each leading input is moved by half its standard deviation, by weights on the stored
draws: the band of P(miss) that follows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.problem.problem import Problem
from mc_engine.ranking.ranked import SHOWN, message_of
from mc_engine.run import journal
from mc_engine.run.experiment import Experiment
from mc_engine.run.results import Run
from mc_engine.sensitivity.ranks import Order
from mc_engine.sensitivity.robustness import SHIFT, Robustness, robustness
from mc_engine.vocabulary.axes import DRAW, PARAMETER, REGION, TARGET

# Within the run folder.
DOUBTS = "ranking-priors.json"


def doubts(study: Experiment, run: Run, ranking: Mapping[str, Any]) -> dict[str, Any]:
    """Bound P(miss) of every target with the median of each leading input moved.

    Parameters
    ----------
    study : Experiment
        Of the run.
    run : Run
    ranking : mapping
        From ``ranking.rank``.

    Returns
    -------
    dict
        ``shift`` (standard deviations), ``draws``, and ``targets``: name, ``p_miss``, and
        ``bands`` by input: ``input``, ``low`` and ``high`` (ends of the band of P(miss)),
        ``lower`` and ``upper``: P(miss) and its change with the median moved down and up, each
        with interval and effective draws. All but draws in 1.

    Raises
    ------
    StatisticError
        When more than 1 % of the draws failed.
    """
    tables = {target["name"]: target["table"] for target in ranking["targets"]}
    leads = {name: _leads(table) for name, table in tables.items()}
    wanted = list(dict.fromkeys(lead for names in leads.values() for lead in names))
    with run.draws as draws:
        flat = draws.isel({REGION: 0, DRAW: slice(0, ranking["draws"])}, drop=True).load()
    names = [str(name) for name in flat[PARAMETER].values]
    columns = np.ascontiguousarray(flat["parameters"].values.T)
    scores = np.stack([Order.of(one, None, name).scores()
                       for one, name in zip(columns, names, strict=True)], axis=1)  # fmt: skip
    found = robustness(
        scores,
        flat["margin"].values,
        flat["miss"].values,
        inputs=[names.index(name) for name in wanted],
        correlation=correlation_of(study.problem),
        replicate=flat["replicate"].values if flat.attrs.get("design") != "random" else None,
        targets=[str(name) for name in flat[TARGET].values],
    )
    result = {
        "identity": ranking["identity"],
        "draws": found.draws,
        "shift": SHIFT,
        "targets": [
            _target(place, name, found, wanted, leads[name]) for place, name in enumerate(tables)
        ],
    }
    journal.write_json(run.folder / DOUBTS, result)
    return result


def _leads(table: Sequence[Mapping[str, Any]]) -> list[str]:
    return [line["lead"] for line in table if line["lead"] is not None][:SHOWN]


def _target(
    place: int, name: str, found: Robustness, wanted: Sequence[str], leads: Sequence[str]
) -> dict[str, Any]:
    """Bands of one target by its own leading inputs, the widest first."""
    bands = found.as_json()["bands"][place]
    rows = [
        {"input": lead, **{key: value for key, value in band.items() if key != "input"}}
        for lead, band in zip(wanted, bands, strict=False)
        if lead in leads
    ]
    rows.sort(key=lambda row: row["low"] - row["high"])
    return {
        "name": name,
        "p_miss": found.chances[place],
        "said": message_of(found.unseen[place]),
        "bands": rows,
    }


def correlation_of(problem: Problem) -> NDArray[np.float64]:
    """Give the Pearson correlation of the normal scores of all inputs.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    float64[factor, factor]
    """
    found = np.eye(len(problem.factors))
    for places, lower in problem.lower_factors():
        found[np.ix_(places, places)] = lower @ lower.T
    return found
