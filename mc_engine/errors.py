"""Everything that can go wrong, as one small tree.

::

    McEngineError
    ├── PriorError        (ValueError)      priors, observed data, scenarios: what a user wrote
    ├── ModelError        (ValueError)      a model and its priors do not fit together
    ├── DesignError       (ValueError)      a design that cannot be built
    ├── StatisticError    (ValueError)      a figure that cannot honestly be computed
    ├── RequestError      (ValueError)      a run that cannot be made or read as asked
    ├── RunError          (RuntimeError)    a run folder or its files
    │   └── RunInterruptedError             a person ended a run that can go on
    └── NotFoundError     (FileNotFoundError)

Each class also derives from the built-in it resembles, so callers may catch either.
Every message says what is wrong, where, what was found against what was expected,
and what to do.
"""

from collections.abc import Iterable


class McEngineError(Exception):
    """Any error raised on purpose by this package."""


class PriorError(McEngineError, ValueError):
    """Something in a priors folder is wrong.

    Parameters
    ----------
    problems : str or list of str
        One message per problem, each of the form ``file:line: what; found, expected; remedy``.

    Attributes
    ----------
    problems : list of str
        The same messages, in file and line order.
    """

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class ModelError(McEngineError, ValueError):
    """A model was asked for something its inputs cannot give."""


class DesignError(McEngineError, ValueError):
    """A design of the draws that cannot be built as asked."""


class StatisticError(McEngineError, ValueError):
    """A statistic that cannot be computed from these draws."""


class RequestError(McEngineError, ValueError):
    """What was asked of a run cannot be met: a number, a name, or the folder that was given."""


class RunError(McEngineError, RuntimeError):
    """A run that went wrong: the disk refuses, or what was written is damaged."""


class RunInterruptedError(RunError):
    """A run that a person ended; what it has done is kept, and it can go on."""


class NotFoundError(McEngineError, FileNotFoundError):
    """A region, scenario or run that does not exist."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


def preview(items: Iterable[object], limit: int = 5) -> str:
    """List the first few offenders, and how many more there are."""
    listed = list(items)
    shown = ", ".join(map(str, listed[:limit]))
    rest = len(listed) - limit
    return f"{shown} and {rest} more" if rest > 0 else shown
