"""Accounting settings (equation B-3): what may be chosen, and which priors exist under a choice.

A setting is chosen and never drawn. A prior may carry ``when``: it exists only under some options.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import TypeAlias

from mc_engine.errors import preview
from mc_engine.problem.messages import remedy_for
from mc_engine.problem.yaml_file import Entry

# Options of each setting, the default first.
Offered: TypeAlias = Mapping[str, tuple[str, ...]]
# Options under which something exists, by setting; empty for always.
Condition: TypeAlias = Mapping[str, tuple[str, ...]]
Choice: TypeAlias = Mapping[str, str]


def words(choice: Mapping[str, str | Sequence[str]]) -> str:
    """Write a choice or a condition as in ``power: average, gwp: 100 or 20``."""
    return ", ".join(
        f"{name}: {value if isinstance(value, str) else ' or '.join(value)}"
        for name, value in choice.items()
    )


def exists(when: Condition, choice: Choice) -> bool:
    """Tell whether something with a condition exists under a choice of every setting in it."""
    return all(choice[name] in options for name, options in when.items())


def shared(first: Condition, second: Condition) -> dict[str, tuple[str, ...]] | None:
    """Give the condition under which both hold; None where they exclude each other."""
    both = dict(first)
    for name, options in second.items():
        common = tuple(x for x in first.get(name, options) if x in options)
        if not common:
            return None
        both[name] = common
    return both


def choices(conditions: Iterable[Condition], offered: Offered) -> Iterator[dict[str, str]]:
    """Walk through every combination of options of the settings that some conditions name.

    Parameters
    ----------
    conditions : iterable of Condition
    offered : Offered

    Yields
    ------
    dict of str to str
        One empty choice where no condition names a setting.
    """
    named = {name for when in conditions for name in when}
    names = [name for name in offered if name in named]
    for options in product(*(offered[name] for name in names)):
        yield dict(zip(names, options, strict=True))


def problems_of(choice: Choice, offered: Offered) -> dict[str, tuple[str, str, str, str]]:
    """Find what is wrong with a choice of settings.

    Returns
    -------
    dict of str to (str, str, str, str)
        By setting: what is wrong, found, expected and remedy.
    """
    wrong = {}
    for name, option in choice.items():
        if name not in offered:
            known = f"one of {preview(offered, 12)}" if offered else "no setting at all"
            remedy = remedy_for(name, offered, "declare it under 'settings' of region.yaml")
            wrong[name] = ("unknown setting", f"'{name}'", known, remedy)
        elif option not in offered[name]:
            wrong[name] = (
                f"unknown option of the setting {name}",
                f"'{option}'",
                f"one of {preview(offered[name], 12)}",
                remedy_for(option, offered[name], "choose one of these"),
            )
    return wrong


def check_choice(entry: Entry, choice: Choice, offered: Offered) -> None:
    """Report unknown settings and options of a scenario.

    Parameters
    ----------
    entry : Entry
        The mapping of settings.
    choice : Choice
    offered : Offered
    """
    for name, answers in problems_of(choice, offered).items():
        entry.at(name).refuse(*answers)


def check_condition(entry: Entry, when: Condition, offered: Offered) -> bool:
    """Report unknown or repeated settings and options of a ``when``; tell whether it is good.

    Parameters
    ----------
    entry : Entry
        The ``when``; its path begins with the name of the prior.
    when : Condition
    offered : Offered
    """
    before, prior = entry.report.faults, entry.path[0]
    for name, options in when.items():
        for position, option in enumerate(options):
            at = entry.at(name, position)
            for what, *answers in problems_of({name: option}, offered).values():
                at.refuse(f"{prior}: {what} in 'when'", *answers)
            if option in options[:position]:
                what = f"{prior}: an option of {name} stands twice"
                at.refuse(what, f"'{option}' again", "each option once", "remove it")
    return entry.report.faults == before


def effective(offered: Offered, *layers: Choice) -> dict[str, str]:
    """Choose an option for every setting: the default, replaced layer by layer.

    Parameters
    ----------
    offered : Offered
    layers : Choice
        Later ones hold against earlier ones; unknown settings and options are passed over, they
        are reported elsewhere.
    """
    chosen = {name: options[0] for name, options in offered.items()}
    for layer in layers:
        chosen |= {
            name: option for name, option in layer.items() if option in offered.get(name, ())
        }
    return chosen
