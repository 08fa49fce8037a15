"""Shapley effects of a study (``rank --shapley``).

Across factors: the leading factors and all others together, at most 12 players, whole blocks of
dependent inputs among them. Within a block: its members. Rows come in blocks of one point and, for
every coalition, a point that retains the scores of the coalition's inputs and draws all others anew
given these (``sensitivity.shapley``).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mc_engine.design.design import Grouped
from mc_engine.design.groups import BLOCK, REST, Group, groups_of, merged
from mc_engine.design.plan import SamplingPlan, compiled
from mc_engine.design.ranking import REPLICATES
from mc_engine.design.transform import GivenPoints
from mc_engine.errors import StatisticError
from mc_engine.intervals import Interval
from mc_engine.numerics.seeds import checked_seed, generator, key
from mc_engine.problem.problem import Problem
from mc_engine.ranking.contract import Evidence, Option, Supplement
from mc_engine.ranking.evaluation import Evaluation, clear
from mc_engine.ranking.result import RankingResult
from mc_engine.ranking.storage import SCHEMA_VERSION
from mc_engine.sensitivity import shapley
from mc_engine.vocabulary.statements import Name, Row, Section, Statement, Table, index

Array = NDArray[np.float64]

# Points, and factors that are players one by one; all others are one more.
POINTS, PLAYERS = 512, 9
# A block has few coalitions, and holds little of the variance: up to so many times the points.
MORE_WITHIN = 8
# Rows while they are evaluated, within the run folder.
ROWS = "shapley"


@dataclass(frozen=True)
class TargetEffects:
    """Shapley effects of one target.

    Attributes
    ----------
    name : str
    effects : tuple of Interval
        By player, as shares of the margin's variance, 1.
    held : Interval
        Share that all players hold together, 1.
    """

    name: str
    effects: tuple[Interval, ...]
    held: Interval


@dataclass(frozen=True)
class GameEffects:
    """Shapley effects among the players of one game.

    Attributes
    ----------
    block : str or None
        Block of dependent inputs; None across factors.
    players : tuple of Group
    targets : tuple of TargetEffects
        Those whose margin moves.
    """

    block: str | None
    players: tuple[Group, ...]
    targets: tuple[TargetEffects, ...]


@dataclass(frozen=True)
class ShapleyEffects:
    """Variance of every margin shared out among factors, and within each leading block.

    Attributes
    ----------
    identity : str
    seed, points, rows : int
    games : tuple of GameEffects
    """

    identity: str
    seed: int
    points: int
    rows: int
    games: tuple[GameEffects, ...]
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True)
class Game:
    """Players among whom variance is shared out.

    Attributes
    ----------
    name : str
        Of the block; empty across factors.
    players : tuple of Group
    within : bool
        Whether the players leave other inputs out.
    """

    name: str
    players: tuple[Group, ...]
    within: bool

    @property
    def coalitions(self) -> list[shapley.Coalition]:
        """All that are evaluated, the empty one first."""
        every = shapley.coalitions(len(self.players))
        return [*every, tuple(range(len(self.players)))] if self.within else every

    def points(self, points: int) -> int:
        """Points of this game, where the game across factors has so many."""
        if not self.within:
            return points
        return points * max(1, min(MORE_WITHIN, 2**PLAYERS // 2 ** len(self.players)))

    def inputs_of(self, coalition: shapley.Coalition) -> tuple[str, ...]:
        """Inputs that the coalition retains."""
        return tuple(member for player in coalition for member in self.players[player].members)


def share(
    evaluation: Evaluation, identity: str, factors: Sequence[str], *, points: int = POINTS
) -> ShapleyEffects:
    """Share the variance of every margin out among factors, and within each leading block.

    Parameters
    ----------
    evaluation : Evaluation
        Of the run's experiment.
    identity : str
        Of the run.
    factors : sequence of str
        Names of the factors that are players one by one, at most 11.
    points : int
        A multiple of 16.

    Returns
    -------
    ShapleyEffects

    Raises
    ------
    StatisticError
        For too many players, a number of points that is no multiple of 16, more than 1 % failed.
    RunInterruptedError
        When ``should_stop`` ended it.
    """
    if points < REPLICATES or points % REPLICATES:
        raise StatisticError(
            f"points: found {points}, expected a multiple of {REPLICATES}, so that every replicate "
            "has as many"
        )
    problem = evaluation.experiment.problem
    rows, games = 0, []
    for game in games_of(problem, factors):
        plan = plan_game(problem, evaluation.seed, game.points(points), game)
        games.append(_game(evaluation, plan, game))
        rows += int(plan.design.draws or 0)
        clear(evaluation.folder / plan.design.name)
    return ShapleyEffects(identity, evaluation.seed, points, rows, tuple(games))


def games_of(problem: Problem, factors: Sequence[str]) -> Iterable[Game]:
    """Give the game across factors, and one within each block among them.

    Parameters
    ----------
    problem : Problem
    factors : sequence of str
        Names of factors that are players one by one.
    """
    groups = groups_of(problem)
    yield Game("", merged(groups, factors), within=False)
    for group in groups:
        fits = len(group.members) <= shapley.MAX_PLAYERS
        if group.name in factors and group.kind == BLOCK and fits:
            members = tuple(Group(name, "input", (name,)) for name in group.members)
            yield Game(group.name, members, within=True)


def players(ranking: RankingResult, most: int = PLAYERS) -> list[str]:
    """Choose the factors that hold most of any target's variance.

    Parameters
    ----------
    ranking : RankingResult
    most : int
    """
    largest: dict[str, float] = {}
    for target in ranking.targets:
        for line in target.table:
            if line.kind != REST:
                largest[line.factor] = max(largest.get(line.factor, 0.0), line.total)
    return sorted(largest, key=lambda name: -largest[name])[:most]


@dataclass(frozen=True)
class Coalitions(Grouped):
    """Blocks of a point, and for every coalition a point that retains its inputs."""

    name: ClassVar[str] = "picked"
    replicates: int = REPLICATES


@dataclass(frozen=True)
class CoalitionPoints(GivenPoints):
    """What fixes the rows of a game.

    Attributes
    ----------
    problem : Problem
    names : tuple of str
        Of the factors.
    groups : tuple of tuple of str
        Inputs held by each coalition.
    key : tuple of two uint32
    """

    problem: Problem = field(repr=False)
    names: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    key: tuple[np.uint32, np.uint32]

    def units(self, start: int, stop: int) -> Array:
        """Unit values of rows ``start`` to ``stop - 1``, before the engine correlates them."""
        width, count = len(self.groups) + 1, len(self.names)
        held = np.zeros((width, count), dtype=np.bool_)
        held[0] = True
        column = {name: index for index, name in enumerate(self.names)}
        for number, names in enumerate(self.groups, start=1):
            held[number, [column[name] for name in names]] = True
        first, last = start // width, -(-stop // width)
        pair = np.stack([self._points(number) for number in range(first, last)])
        rows = np.where(held, pair[:, :1], pair[:, 1:])
        for block, lower in self.problem.lower_factors():
            scores = special.ndtri(pair[:, :, block]) @ lower.T
            cut = held[:, block].any(axis=1) & ~held[:, block].all(axis=1)
            for row in np.flatnonzero(cut):
                retained = np.flatnonzero(held[row, block]).tolist()
                picked = shapley.score_rows(lower @ lower.T, retained, scores[:, 0], scores[:, 1])
                rows[:, row, block] = shapley.independent_units(lower, picked)
        return rows.reshape(-1, count)[start - first * width : stop - first * width]

    def _points(self, number: int) -> Array:
        """Two independent points of one block, float64[2, factor], strictly between 0 and 1."""
        size = 2, len(self.names)
        cells = generator(self.key, number).integers(0, 2**52, size, dtype=np.uint64)
        return np.asarray((cells + 0.5) / 2.0**52)


def plan_game(problem: Problem, seed: int, points: int, game: Game) -> SamplingPlan:
    """Plan the rows of a game: blocks of a point and of all coalitions.

    Parameters
    ----------
    problem : Problem
    seed : int
    points : int
    game : Game
    """
    held = tuple(game.inputs_of(coalition) for coalition in game.coalitions)
    rows = points * (len(held) + 1)
    names = tuple(factor.name for factor in problem.factors)
    made = CoalitionPoints(problem, names, held, key(Coalitions.name, seed, 0))
    return compiled(problem, Coalitions(checked_seed(seed), rows, rows, groups=held), made)


def _game(evaluation: Evaluation, plan: SamplingPlan, game: Game) -> GameEffects:
    """Evaluate the rows of a game and share the variance of every margin out."""
    phase = f"sharing within {game.name}" if game.within else "sharing"
    blocks = list(evaluation.rows(evaluation.plan(plan, yearly=False), phase))
    width = plan.design.block
    margin = np.concatenate([block.margin for block in blocks])
    margin = margin.reshape(-1, width, margin.shape[1])
    status = np.concatenate([block.status for block in blocks]).reshape(-1, width)
    failed = (status != 0).any(axis=1)
    replicate = np.arange(margin.shape[0]) % REPLICATES
    targets = []
    for number, target in enumerate(evaluation.experiment.problem.targets):
        values = margin[:, :, number]
        if np.ptp(values[~failed]) == 0.0:
            continue
        remainders = {
            coalition: shapley.remainder(values[:, 0], values[:, row], replicate, failed)
            for row, coalition in enumerate(game.coalitions, start=1)
        }
        result = shapley.effects(remainders, within=game.within)
        targets.append(TargetEffects(target.name, result.effects, result.held))
    return GameEffects(game.name or None, game.players, tuple(targets))


def compute(evidence: Evidence) -> ShapleyEffects:
    """Share the variance out among the factors that hold most of it.

    Parameters
    ----------
    evidence : Evidence
        With the ranking.
    """
    ranking = evidence.ranking
    assert ranking is not None, "a supplement is computed beside a ranking"
    return share(evidence.rows(ROWS, evidence.seed), ranking.identity, players(ranking))


def sections(result: ShapleyEffects) -> Iterator[Section]:
    """Give the effects across factors and within blocks, by target.

    Parameters
    ----------
    result : ShapleyEffects

    Yields
    ------
    Section
    """
    note = Statement("shapley_note", {"rows": f"{result.rows:,}", "points": f"{result.points:,}"})
    tables = [_table(game, target) for game in result.games for target in game.targets]
    yield Section("shapley", (note,), tuple(tables))


def _table(game: GameEffects, target: TargetEffects) -> Table:
    """Give the effects of one game and target, the largest first."""
    held = index(target.held.estimate, target.held.low, target.held.high)
    head = Statement("shapley_across", {"target": Name("target", target.name), "held": held})
    if game.block is not None:
        block = Name("factor", game.block)
        head = Statement("shapley_within", {**head.values, "block": block})
    both = sorted(zip(game.players, target.effects, strict=True), key=lambda one: -one[1].estimate)
    rows = [
        Row((Name("factor", player.name), index(effect.estimate, effect.low, effect.high)))
        for player, effect in both
    ]
    return Table(("factor", "effect"), tuple(rows), (head,), target=target.name)


METHOD = Supplement(
    name="shapley",
    order=80,
    needs="rows",
    compute=compute,
    option=Option("--shapley", "Shapley effects of the leading factors and within their blocks"),
    result=ShapleyEffects,
    sections=sections,
    scratch=ROWS,
)
