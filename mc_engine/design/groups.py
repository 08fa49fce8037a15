"""Which inputs move together when they are ranked: paths, dependent inputs, merged ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from mc_engine.errors import DesignError, preview
from mc_engine.problem.problem import Problem

INPUT, PATH, BLOCK, REST, DUMMY = "input", "path", "block", "rest", "dummy"
JOINED = " + "
THE_REST = "all other inputs"


@dataclass(frozen=True)
class Group:
    """A factor of a ranking.

    Attributes
    ----------
    name : str
    kind : {"input", "path", "block", "rest", "dummy"}
        ``block``: inputs that depend on each other. ``rest``: merged to save rows. ``dummy``: no
        member, so that it moves nothing.
    members : tuple of str
        Names of inputs.
    """

    name: str
    kind: str
    members: tuple[str, ...]


def groups_of(problem: Problem) -> tuple[Group, ...]:
    """Give the factors of a problem: every block of dependent inputs, path and other input.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    tuple of Group
        In the order of their first members.
    """
    names = [factor.name for factor in problem.factors]
    block_of = {index: block for block, _ in problem.cholesky for index in block}
    result = []
    for index, factor in enumerate(problem.factors):
        block = block_of.get(index, (index,))
        if index != min(block):
            continue
        members = tuple(names[member] for member in block)
        kind = BLOCK if len(block) > 1 else PATH if factor.is_path else INPUT
        result.append(Group(JOINED.join(members), kind, members))
    return tuple(result)


def merged(groups: Sequence[Group], retained: Sequence[str]) -> tuple[Group, ...]:
    """Keep some groups, and put all others into one.

    Parameters
    ----------
    groups : sequence of Group
    retained : sequence of str
        Names of groups.

    Returns
    -------
    tuple of Group
        Those kept, in their order, then the rest where there is any.
    """
    chosen = [group for group in groups if group.name in retained]
    others = [member for group in groups if group.name not in retained for member in group.members]
    rest = [Group(THE_REST, REST, tuple(others))] if others else []
    return (*chosen, *rest)


def dummies(count: int) -> tuple[Group, ...]:
    """Give groups that move nothing: what a method says of them is its noise."""
    return tuple(Group(f"dummy {number}", DUMMY, ()) for number in range(1, count + 1))


def check_groups(problem: Problem, groups: Sequence[Group]) -> None:
    """Refuse groups that leave an input out, move one twice, or part dependent inputs.

    Parameters
    ----------
    problem : Problem
    groups : sequence of Group

    Raises
    ------
    DesignError
    """
    names = [factor.name for factor in problem.factors]
    members = [member for group in groups for member in group.members]
    wrong = sorted({name for name in members if members.count(name) > 1 or name not in names})
    wrong += [name for name in names if name not in set(members)]
    if wrong:
        raise DesignError(
            f"groups: found {preview(wrong)} missing, unknown or in two groups, expected each "
            "input in one; take the groups from groups_of"
        )
    owner = {member: number for number, group in enumerate(groups) for member in group.members}
    for pair in problem.correlations:
        if pair.spearman != 0.0 and owner[pair.first] != owner[pair.second]:
            raise DesignError(
                f"groups: found {pair.first} and {pair.second} apart, which have a rank "
                f"correlation of {pair.spearman:g}; indices of dependent inputs taken one by one "
                "mean nothing: rank their block as one factor (groups_of), or ask for Shapley "
                "effects"
            )
