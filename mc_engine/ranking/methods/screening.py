"""Screening: Morris trajectories over every factor choose those that are ranked one by one.

Groups of inputs move together as Campolongo et al. 2007 move them; dummies among them say what a
factor of no effect reaches.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.groups import Group, dummies, groups_of, merged
from mc_engine.design.ranking import MorrisPoints, morris
from mc_engine.ranking.contract import Evidence, Option, Part
from mc_engine.ranking.evaluation import Evaluation
from mc_engine.ranking.result import FACTORS, TRAJECTORIES
from mc_engine.sensitivity import salib_bridge
from mc_engine.sensitivity.checks import refuse_failed

Array = NDArray[np.float64]

# Factors of no effect among those that are screened.
DUMMIES = 5


@dataclass(frozen=True)
class Screening:
    """Mean absolute elementary effects of every factor on every margin.

    Attributes
    ----------
    groups : tuple of Group
    star, half : float64[group, target]
        In the margin's unit per range of the factor; NaN for a target that does not move.
    noise : float64[target]
        Largest of the dummies.
    trajectories : int
    """

    groups: tuple[Group, ...]
    star: Array
    half: Array
    noise: Array
    trajectories: int

    @property
    def rows(self) -> int:
        """Rows that were evaluated."""
        return self.trajectories * (len(self.groups) + DUMMIES + 1)

    def leading(self, most: int) -> list[str]:
        """Name the factors of the largest share of any target's effects, at most so many.

        Those that do no more than a dummy are left out.
        """
        with np.errstate(invalid="ignore"):
            share = np.where(self.star > self.noise, self.star, 0.0) / np.nansum(self.star, axis=0)
        largest = np.nanmax(np.where(np.isnan(share), 0.0, share), axis=1)
        order = np.argsort(-largest, kind="stable")
        return [self.groups[index].name for index in order[:most] if largest[index] > 0.0]


@dataclass(frozen=True)
class RankedFactors:
    """The factors that are ranked, all others merged into one, and rows of their screening."""

    groups: tuple[Group, ...]
    rows: int


def screen(evaluation: Evaluation, trajectories: int = TRAJECTORIES) -> Screening:
    """Screen every factor of a study by Morris trajectories, five dummies among them.

    Parameters
    ----------
    evaluation : Evaluation
    trajectories : int

    Raises
    ------
    StatisticError
        When more than 1 % of the rows failed.
    """
    problem = evaluation.experiment.problem
    groups = groups_of(problem)
    every = (*groups, *dummies(DUMMIES))
    plan = morris(problem, evaluation.seed, trajectories, every)
    assert isinstance(plan.points, MorrisPoints)
    blocks = list(evaluation.rows(evaluation.plan(plan, yearly=False), "screening"))
    margin = np.concatenate([block.margin for block in blocks])
    failed = np.concatenate([block.status for block in blocks]) != 0
    refuse_failed(int(failed.sum()), failed.size)
    width = plan.design.block
    good = np.repeat(~failed.reshape(-1, width).any(axis=1), width)
    table = plan.points.levels(0, margin.shape[0])[good]
    owners = [every[index].name for index in plan.points.group_of]
    columns = [*plan.names, *owners[len(plan.names) :]]
    star, half = np.full((2, len(every), margin.shape[1]), np.nan)
    order = {group.name: index for index, group in enumerate(every)}
    rows = [order[label] for label in salib_bridge.group_names(columns, owners)]
    for target in range(margin.shape[1]):
        values = margin[good, target]
        if np.ptp(values) > 0.0:
            effects = salib_bridge.morris(table, values, columns, owners, seed=evaluation.seed)
            star[rows, target] = effects.mean_absolute[:, 0]
            half[rows, target] = effects.mean_absolute_half_width[:, 0]
    count = len(groups)
    return Screening(
        groups, star[:count], half[:count], star[count:].max(axis=0), int(good.sum()) // width
    )


def compute(evidence: Evidence) -> RankedFactors:
    """Choose the factors; those of the ranking that is extended, where there is one.

    Parameters
    ----------
    evidence : Evidence
    """
    known = evidence.extends
    if known is not None:
        return RankedFactors(known.factors, known.screened_rows)
    screening = screen(evidence.rows(), evidence.request.trajectories)
    chosen = merged(screening.groups, screening.leading(evidence.request.kept))
    return RankedFactors(chosen, screening.rows)


METHOD = Part(
    name="screening",
    order=10,
    needs="rows",
    compute=compute,
    options=(
        Option("--trajectories", "of the screening (256)", TRAJECTORIES, "trajectories"),
        Option("--factors", "ranked one by one; the others move together (60)", FACTORS, "kept"),
    ),
)
