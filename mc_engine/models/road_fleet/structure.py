"""What a region's data must say about its fleet: names, roles, the trees of adoption and hydrogen,
waves.

Nothing here names a class, a powertrain or a region; those are data.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Label = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Year = Annotated[int, Field(ge=1900, le=2200)]


class Strict(BaseModel):
    """Refuse unknown keys and silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Years(Strict):
    """The years that matter (model.md, Symbols)."""

    first_vintage: Year
    first_output: Year
    last_observed: Year
    horizon: Year
    distance_base: Year

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        order = (self.first_vintage, self.first_output, self.distance_base, self.last_observed)
        if list(order) != sorted(order) or self.horizon < self.last_observed + 7:
            raise ValueError(
                "years must run first_vintage <= first_output <= distance_base <= last_observed, "
                "and the horizon lies at least 7 years after last_observed"
            )
        if self.last_observed - 3 < self.first_output:
            raise ValueError("first_output must lie at least 3 years before last_observed")
        return self


class VehicleClass(Strict):
    """One class of vehicles and what drives its stock (equations D)."""

    title: str
    driver: Literal["ownership", "per_head", "activity"]
    # Classes counted inside the ownership figure of this one, and subtracted from it (D-2).
    ownership_includes: tuple[Label, ...] = ()
    # Oldest age carried; what is left of a cohort is scrapped after it (T-1).
    max_age: int = Field(ge=5, le=80)
    # A passenger class follows the demand lever (D-6).
    passenger: bool = False

    @model_validator(mode="after")
    def _ownership_only(self) -> Self:
        if self.ownership_includes and self.driver != "ownership":
            raise ValueError("ownership_includes goes with 'driver: ownership' only")
        return self


class Powertrain(Strict):
    """One powertrain and its flags."""

    title: str
    plug_in: bool = False
    # Survival follows life_ratio, and scrapping waves of the combustion group pass it by.
    electric_life: bool = False
    # Drives on electricity first (U-3), on the carriers of ``carriers`` when that is empty.
    two_carriers: bool = False
    # Fuel, power or hydrogen burned or used, as shares of distance that sum to 1 (kappa).
    carriers: Mapping[Label, float]


class Carrier(Strict):
    """One energy carrier and how its emissions are computed (equations F)."""

    title: str
    # fuel: F-1 to F-3; power: F-4; hydrogen: F-5 (the section ``hydrogen`` of the structure).
    role: Literal["fuel", "power", "hydrogen"]


class CarrierException(Strict):
    """Carriers of one powertrain in some classes, where they differ."""

    powertrain: Label
    vehicle_classes: tuple[Label, ...]
    carriers: Mapping[Label, float]


class Fork(Strict):
    """One fork of a tree: ``child`` takes a share, ``rest`` the remainder.

    Both name leaves of the tree or later forks. The first fork is the root.
    """

    child: Label
    rest: Label


class Node(Fork):
    """One fork of the adoption tree, whose leaves are the powertrains (A)."""

    # The phase-out of A-2 acts on the child's share of this node.
    phase_out: bool = False


class HydrogenRoute(Strict):
    """One way to make hydrogen (F-5)."""

    title: str
    # made: an intensity of its own; grid: electricity of the region's grid.
    role: Literal["made", "grid"]


class Hydrogen(Strict):
    """How hydrogen is made (F-5): its routes, and the tree that shares it out over them."""

    routes: Mapping[Label, HydrogenRoute] = Field(min_length=1)
    # Empty where there is one route.
    tree: Mapping[Label, Fork] = {}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.tree or len(self.routes) > 1:
            check_tree(self.tree, self.routes, "hydrogen.tree", "route")
        return self


def check_tree(tree: Mapping[str, Fork], leaves: Collection[str], where: str, leaf: str) -> None:
    """Refuse forks that do not lead to every leaf exactly once.

    Parameters
    ----------
    tree : mapping of str to Fork
        The root first; a fork stands before those it leads to.
    leaves : collection of str
    where : str
        Name of the tree in messages.
    leaf : str
        What a leaf is called in messages.

    Raises
    ------
    ValueError
        When a name is unknown, stands twice, is left out, or comes too early.
    """
    names = list(tree)
    clash = set(names) & set(leaves)
    if clash:
        raise ValueError(f"{where}: node {sorted(clash)[0]!r} is also a {leaf}")
    seen: list[str] = []
    for index, (name, node) in enumerate(tree.items()):
        for target in (node.child, node.rest):
            if target in tree:
                if names.index(target) <= index:
                    raise ValueError(f"{where}.{name}: node {target!r} must come later")
            elif target not in leaves:
                raise ValueError(f"{where}.{name}: {target!r} is neither a {leaf} nor a node")
            seen.append(target)
    wanted = sorted([*leaves, *names[1:]])
    if sorted(seen) != wanted:
        raise ValueError(
            f"{where}: every {leaf} and every node but the first stands exactly once below a "
            f"node; found {sorted(seen)}, expected {wanted}"
        )


class Wave(Strict):
    """A wave of scrapping (T-2): full strength in these years, then 3/4, 1/2, 1/4."""

    full: tuple[Year, ...] = Field(min_length=1)
    groups: Literal["combustion", "all"] = "combustion"


class Count(Strict):
    """An official count at the last observed year that closes one class's survival (T-1)."""

    table: Label
    closes: Label


class Split(Strict):
    """Years in which a class split is judgement inside an exact total (T-4)."""

    vehicle_classes: tuple[Label, ...] = Field(min_length=2)
    closes: Label
    years: tuple[Year, ...] = Field(min_length=1)


class Removals(Strict):
    """Timing of the removals granted to the sector (B-2)."""

    base_year: Year
    start: Year


class Gwp(Strict):
    """Global warming potentials of one horizon, g CO2e per g."""

    ch4: float = Field(gt=0)
    n2o: float = Field(gt=0)


class Structure(Strict):
    """The ``structure`` section of a region's data for the road-fleet model."""

    years: Years
    vehicle_classes: Mapping[Label, VehicleClass] = Field(min_length=1)
    powertrains: Mapping[Label, Powertrain] = Field(min_length=1)
    carriers: Mapping[Label, Carrier] = Field(min_length=1)
    carrier_exceptions: tuple[CarrierException, ...] = ()
    tree: Mapping[Label, Node] = Field(min_length=1)
    # Needed where a carrier has the role hydrogen (F-5).
    hydrogen: Hydrogen | None = None
    waves: Mapping[Label, Wave] = {}
    count: Count | None = None
    splits: tuple[Split, ...] = ()
    activity_years: tuple[Year, ...] = ()
    removals: Removals
    gwp: Mapping[str, Gwp] = Field(min_length=1)
    # T-0: registrations do not reach back far enough; the stock at the end of this year, turned
    # into vintages from ``first_vintage`` on, stands for all registrations up to it.
    initial_stock: Year | None = None
    age_profile: Literal["growth", "observed"] = "growth"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self._check_carriers()
        check_tree(self.tree, self.powertrains, "tree", "powertrain")
        self._check_labels()
        return self

    def _check_carriers(self) -> None:
        power = [name for name, carrier in self.carriers.items() if carrier.role == "power"]
        if len(power) != 1:
            raise ValueError(f"exactly one carrier has the role 'power'; found {len(power)}")
        hydrogen = [name for name, carrier in self.carriers.items() if carrier.role == "hydrogen"]
        if len(hydrogen) > 1:
            raise ValueError("at most one carrier has the role 'hydrogen'")
        if hydrogen and self.hydrogen is None:
            raise ValueError(
                f"carrier {hydrogen[0]!r} has the role 'hydrogen', and the structure has no "
                "section 'hydrogen'; add one with the routes by which it is made"
            )
        if self.hydrogen is not None and not hydrogen:
            raise ValueError(
                "section 'hydrogen' found, and no carrier has the role 'hydrogen'; remove the "
                "section, or add the carrier"
            )
        splits = [(f"powertrains.{name}", p.carriers) for name, p in self.powertrains.items()]
        splits += [
            (f"carrier_exceptions[{k}]", e.carriers) for k, e in enumerate(self.carrier_exceptions)
        ]
        for where, shares in splits:
            unknown = [name for name in shares if name not in self.carriers]
            if unknown:
                raise ValueError(f"{where}: unknown carrier {unknown[0]!r}")
            if abs(sum(shares.values()) - 1.0) > 1e-9 or min(shares.values()) < 0.0:
                raise ValueError(f"{where}: carrier shares must be at least 0 and sum to 1")

    def _check_labels(self) -> None:
        classes = set(self.vehicle_classes)
        used = {label for c in self.vehicle_classes.values() for label in c.ownership_includes}
        used |= {label for e in self.carrier_exceptions for label in e.vehicle_classes}
        used |= {label for s in self.splits for label in (*s.vehicle_classes, s.closes)}
        if self.count:
            used.add(self.count.closes)
        if used - classes:
            raise ValueError(f"unknown vehicle class {sorted(used - classes)[0]!r}")
        for name, vehicle_class in self.vehicle_classes.items():
            for label in vehicle_class.ownership_includes:
                if self.vehicle_classes[label].driver == "ownership":
                    raise ValueError(
                        f"vehicle_classes.{name}: ownership_includes {label!r}, which has the "
                        "driver 'ownership' itself"
                    )
        for exception in self.carrier_exceptions:
            if exception.powertrain not in self.powertrains:
                raise ValueError(f"carrier_exceptions: unknown {exception.powertrain!r}")

    def carriers_of(self, vehicle_class: str, powertrain: str) -> Mapping[str, float]:
        """Give kappa(c, p, f): shares of distance by carrier, 1."""
        for exception in self.carrier_exceptions:
            if exception.powertrain == powertrain and vehicle_class in exception.vehicle_classes:
                return exception.carriers
        return self.powertrains[powertrain].carriers


class PhaseOut(Strict):
    """End of sales without a plug (A-2): full in ``year``, linear over ``ramp`` years before."""

    year: Year
    ramp: int = Field(ge=1, le=40)

    def joined(self, other: Self) -> Self:
        """Give the earlier of two phase-outs; in one year, the one that starts earlier."""
        return min(self, other, key=lambda out: (out.year, -out.ramp))


class DemandLever(Strict):
    """Multiplier on distance, phased in linearly from ``start`` to ``full`` (D-6)."""

    multiplier: float = Field(gt=0)
    start: Year
    full: Year

    def joined(self, other: Self) -> Self | None:
        """Multiply two multipliers over the same years; None over others."""
        if (self.start, self.full) != (other.start, other.full):
            return None
        return self.model_copy(update={"multiplier": self.multiplier * other.multiplier})


class Programme(Strict):
    """A scrappage programme of a scenario: a wave with a stated multiplier (T-2)."""

    full: tuple[Year, ...] = Field(min_length=1)
    multiplier: Mapping[Label, float]


class Levers(Strict):
    """The ``levers`` section of a scenario for the road-fleet model."""

    phase_out: Mapping[Label, PhaseOut] = {}
    demand: Mapping[Label, DemandLever] = {}
    programmes: Mapping[Label, Programme] = {}
    removals_start: Year | None = None
