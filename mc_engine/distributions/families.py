"""The list of families. A new family is a file like the others and one entry here.

The ways in which a prior may state a distribution, and the numbers by which compiled code tells
families apart, follow from it.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from mc_engine.distributions import (
    beta,
    constant,
    discrete,
    empirical,
    log_uniform,
    lognormal,
    normal,
    pert,
    split_normal,
    triangular,
    uniform,
)
from mc_engine.distributions.base import Family, Stated

_MODULES = (
    constant,
    uniform,
    triangular,
    normal,
    lognormal,
    split_normal,
    beta,
    discrete,
    pert,
    log_uniform,
    empirical,
)
FAMILIES: dict[str, Family] = {module.FAMILY.name: module.FAMILY for module in _MODULES}
CODES = {name: code for code, name in enumerate(FAMILIES)}


def _any_of(families: list[Family]) -> Any:
    """Type of a distribution that is stated as one of some families."""
    union: Any = families[0].stated
    for family in families[1:]:
        union = union | family.stated
    return Annotated[union, Field(discriminator="name")]


if TYPE_CHECKING:
    Distribution = Stated
    KnotDistribution = Stated
else:
    Distribution = _any_of(list(FAMILIES.values()))
    # Of a knot of a path: a belief in a few values is a choice between forms, not a level.
    KnotDistribution = _any_of([family for family in FAMILIES.values() if not family.in_steps])
