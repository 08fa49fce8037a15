"""What a target may say: one strict class per rule of equations K."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.json_schema import SkipJsonSchema

from mc_engine.vocabulary.titles import Title

Label = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Year = Annotated[int, Field(ge=1900, le=2200)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
# The keys of ``schema.axes.SCOPES``.
Scope = Literal["ttw", "wtw", "life_cycle"]
# A YAML list is a Python list; it is kept as a tuple, so that a target cannot change.
Labels = Annotated[tuple[Label, ...], Field(strict=False, min_length=1)]


class _Strict(BaseModel):
    """Refuse unknown keys, silent conversions and numbers that are not finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _exactly_one(found: BaseModel, names: Sequence[str]) -> None:
    given = [name for name in names if getattr(found, name) is not None]
    if len(given) != 1:
        raise ValueError(
            f"found {', '.join(given) or 'nothing'}; expected exactly one of {', '.join(names)}"
        )


class ShareOfYear(_Strict):
    """A share of the annual emissions of one year, in the target's own scope."""

    year: Year
    share: float = Field(ge=0.0)


class Tolerance(_Strict):
    """What is left at net zero: Mt CO2e/yr, or a share of the draw's peak (K-2)."""

    mt: float | None = Field(default=None, ge=0.0)
    share_of_peak: Share | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        _exactly_one(self, ("mt", "share_of_peak"))
        return self


class Level(_Strict):
    """An upper limit: Mt CO2e/yr, a share of the peak so far, or of one year (K-3)."""

    mt: float | None = Field(default=None, ge=0.0)
    share_of_peak: float | None = Field(default=None, ge=0.0)
    share_of_year: ShareOfYear | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        _exactly_one(self, ("mt", "share_of_peak", "share_of_year"))
        return self


class Rule(_Strict):
    """What every target says about itself.

    Attributes
    ----------
    name : str
        Key in ``targets.yaml``; set by ``parse``, never written in the file's entry.
    title : Title
    status : {"law", "official_plan", "roadmap", "analyst"}
    covers : {"economy", "sector"}
        Whether the date was set for the whole economy or for this sector.
    """

    name: SkipJsonSchema[Label] = ""
    title: Title
    status: Literal["law", "official_plan", "roadmap", "analyst"]
    covers: Literal["economy", "sector"]
    sources: Annotated[tuple[str, ...], Field(strict=False)]
    reason: str

    @property
    def scope_name(self) -> str:
        """Gross scope of the target; empty where the rule has none."""
        return str(getattr(self, "scope", ""))


class Threshold(Rule):
    """K-0: a scalar output at most, or at least, a value in the output's unit."""

    rule: Literal["threshold"]
    output: Label
    at_most: float | None = None
    at_least: float | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        _exactly_one(self, ("at_most", "at_least"))
        return self


class PeakBefore(Rule):
    """K-1: emissions (3-year centred mean) are highest before a year."""

    rule: Literal["peak_before"]
    scope: Scope
    year: Year


class NetZeroBy(Rule):
    """K-2: from a year on, emissions after removals stay at or below a tolerance."""

    rule: Literal["net_zero_by"]
    scope: Scope
    year: Year
    tolerance: Tolerance


class Cap(Rule):
    """K-3: annual emissions of one year are at most a level."""

    rule: Literal["cap"]
    scope: Scope
    year: Year
    at_most: Level


class Budget(Rule):
    """K-4: emissions summed over years, both ends included, are at most Gt CO2e."""

    rule: Literal["budget"]
    scope: Scope
    first: Year
    last: Year
    at_most_gt: float = Field(ge=0.0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"first must not be after last; found {self.first} and {self.last}")
        return self


class SalesShare(Rule):
    """K-5: vehicles with a plug are at least a share of a class's sales in a year."""

    rule: Literal["sales_share"]
    vehicle_class: Label
    year: Year
    at_least: Share


class AllOf(Rule):
    """K-6: met when all the named targets are met; the margin is the smallest of theirs."""

    rule: Literal["all_of"]
    targets: Labels


class AnyOf(Rule):
    """K-6: met when any of the named targets is met; the margin is the largest of theirs."""

    rule: Literal["any_of"]
    targets: Labels


Target: TypeAlias = Threshold | PeakBefore | NetZeroBy | Cap | Budget | SalesShare | AllOf | AnyOf
ADAPTER: TypeAdapter[Target] = TypeAdapter(Annotated[Target, Field(discriminator="rule")])


def parse(name: str, data: Mapping[str, Any]) -> Target:
    """Read one entry of ``targets.yaml``.

    Parameters
    ----------
    name : str
        Key of the entry; stored on the target.
    data : mapping
        The entry, as plain Python values.

    Returns
    -------
    Target
        One of the classes of this module, frozen.

    Raises
    ------
    pydantic.ValidationError
        Unknown or missing keys, wrong types, values out of range. Where the rule is known, the
        first part of each location is the rule's name.
    """
    if not isinstance(data, Mapping):
        return ADAPTER.validate_python(data)
    if "name" in data:
        raise ValidationError.from_exception_data(
            "Target", [{"type": "extra_forbidden", "loc": ("name",), "input": data["name"]}]
        )
    return ADAPTER.validate_python({**data, "name": name})


def describe(target: Target) -> str:
    """Say a target's rule in one English sentence, without its title."""
    match target:
        case Threshold(at_most=None):
            return f"{target.output} is at least {target.at_least:g}"
        case Threshold():
            return f"{target.output} is at most {target.at_most:g}"
        case PeakBefore():
            return (
                f"emissions ({target.scope}, 3-year mean) are higher in some year before "
                f"{target.year} than in any later one"
            )
        case NetZeroBy(tolerance=tolerance):
            limit = _amount(tolerance.mt, tolerance.share_of_peak, "of the peak")
            return (
                f"emissions ({target.scope}) after removals are at most {limit} "
                f"in every year from {target.year} on"
            )
        case Cap(at_most=level):
            if level.share_of_year:
                past = level.share_of_year
                limit = _amount(None, past.share, f"of those of {past.year}")
            else:
                limit = _amount(level.mt, level.share_of_peak, "of the peak up to that year")
            return f"emissions ({target.scope}) of {target.year} are at most {limit}"
        case Budget():
            return (
                f"emissions ({target.scope}) of {target.first} to {target.last} add up to at most "
                f"{target.at_most_gt:g} Gt CO2e"
            )
        case SalesShare():
            return (
                f"vehicles with a plug are at least {100.0 * target.at_least:g} % of "
                f"{target.vehicle_class} sales in {target.year}"
            )
        case AllOf():
            return f"all of these are met: {', '.join(target.targets)}"
        case AnyOf():
            return f"at least one of these is met: {', '.join(target.targets)}"


def _amount(mt: float | None, share: float | None, of_what: str) -> str:
    """Say a limit in Mt, or as a share of something."""
    if share is None:
        return f"{mt:g} Mt CO2e"
    return f"{100.0 * share:g} % {of_what}"
