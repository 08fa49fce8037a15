"""Base of every family: what a prior may state of it, and the functions that make it up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from mc_engine.vocabulary.strict import Number, Strict

Array = NDArray[np.float64]
Shape = tuple[float, ...]
# Stated numbers by key; of an empirical distribution the observed ones.
Given = Mapping[str, Any]
# Of compiled code: a vector of draws.
Vector = Any


class Truncate(Strict):
    """Bounds to which a distribution is cut, by remapping its quantiles; in the prior's unit."""

    low: Number | None = Field(default=None)
    high: Number | None = Field(default=None)


def _one_form(schema: dict[str, Any], stated: type["Stated"]) -> None:
    """Say in the JSON Schema which sets of numbers fix a family."""
    known = {key for form in stated.forms for key in form}
    if known:
        schema["oneOf"] = [
            {
                "required": list(form),
                "not": {"anyOf": [{"required": [key]} for key in sorted(known - set(form))]},
            }
            for form in stated.forms
        ]


class Stated(Strict):
    """A distribution as a prior states it; each family has its own subclass.

    Attributes
    ----------
    forms : tuple of tuple of str
        Alternative sets of numbers that fix the distribution; empty where every key is needed.
    name : str
        Name of the family.
    """

    model_config = ConfigDict(json_schema_extra=_one_form)
    forms: ClassVar[tuple[tuple[str, ...], ...]] = ()
    name: str

    @property
    def given(self) -> dict[str, Any]:
        """Numbers that were stated, in the order of the fields; truncation left out."""
        return self.model_dump(exclude={"name", "truncate"}, exclude_none=True)

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """Lower and upper end of the truncation; None where it is open."""
        cut = getattr(self, "truncate", None)
        return (None, None) if cut is None else (cut.low, cut.high)

    def text(self, origin: str = "") -> str:
        """Write the distribution in one canonical way, for the problem's digest.

        Parameters
        ----------
        origin : str
            Source of observed values, with a hash of that file; empty for other families.
        """
        given = sorted(self.given.items())
        parts = [origin] if origin else [f"{key}={_exact(value)}" for key, value in given]
        ends = zip(("from", "to"), self.ends, strict=True)
        parts += [f"{key}={_exact(end)}" for key, end in ends if end is not None]
        return f"{self.name}({', '.join(parts)})"


def _exact(value: Any) -> str:
    """Write a number, or a list of numbers, with all digits."""
    if isinstance(value, list):
        return f"[{', '.join(map(_exact, value))}]"
    return repr(float(value))


class Row(NamedTuple):
    """A distribution on its way into ``compiled.Marginals``, before truncation.

    Attributes
    ----------
    shape : tuple of float
        At most ``compiled.WIDTH`` numbers that the family's compiled quantile reads.
    low, high : float
        Ends of the distribution.
    table : float64[entry]
        Numbers of any count that the compiled quantile reads.
    """

    shape: Shape
    low: float
    high: float
    table: Array = np.empty(0)


def _no_defaults(whole: float) -> dict[str, float]:
    return {}


@dataclass(frozen=True)
class Family:
    """A family of distributions.

    Its canonical parameters, ``shape``, are in the prior's unit where they are lengths.

    Attributes
    ----------
    name : str
    stated : type of Stated
        The ways in which a prior may state it.
    fit : callable
        Shape from stated numbers. Raises ``UnfitError``.
    cdf : callable
        Probability at or below, and above, a value; each with its own digits.
    quantile : callable
        Inverse of ``cdf``, to full precision, for arrays of probabilities in (0, 1).
    row : callable
        What the compiled quantile reads, from the shape.
    compiled : callable
        Compiled twin of ``quantile``: (row's shape, table, offset in it, quantiles, their normal
        scores, workspace) to values.
    from_score : bool
        The compiled quantile reads the normal scores and not the quantiles.
    defaults : callable
        Numbers that need not be stated. Takes the whole of a share: 100 with the unit %, else 1.
    cdf_open : callable, optional
        As ``cdf``, below and at or above a value; where single values have a probability.
    truncate : callable, optional
        Shape without what lies outside two ends, empty where nothing is left; for families of
        single values. The others are truncated by a remap of quantiles.
    in_steps : bool
        The quantile is a step function: no knot of a path, and every value counts as possible.
    """

    name: str
    stated: type[Stated]
    fit: Callable[[Given], Shape]
    cdf: Callable[[Shape, float], tuple[float, float]]
    quantile: Callable[[Shape, Array], Array]
    row: Callable[[Shape], Row]
    compiled: Callable[..., Any] = field(repr=False)
    from_score: bool = False
    defaults: Callable[[float], dict[str, float]] = _no_defaults
    cdf_open: Callable[[Shape, float], tuple[float, float]] | None = None
    truncate: Callable[[Shape, float, float], Shape] | None = None
    in_steps: bool = False
