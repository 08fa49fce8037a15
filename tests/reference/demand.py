"""How many vehicles a society keeps (equations D), and how far each is driven (U-1, D-6)."""

import math
from collections.abc import Callable

from tests.reference.draw import Curve, Draw, FailedDrawError, monotone_cubic
from tests.reference.turnover import Fleet


def population_curve(draw: Draw) -> Curve:
    """People by year (D-1)."""
    low, medium, high = (
        monotone_cubic(draw.observed("population", variant=variant))
        for variant in ("low", "medium", "high")
    )
    position = draw.number("population_position")

    def people(year: int) -> float:
        up = max(position, 0.0) * (high(year) - medium(year))
        down = max(-position, 0.0) * (medium(year) - low(year))
        return medium(year) + up - down

    return people


def distance_before_lever(draw: Draw, vehicle_class: str) -> Curve:
    """Kilometres per registered vehicle and year, the demand lever left out (U-1)."""
    level = draw.number("distance_level", vehicle_class)
    trend = draw.number("distance_trend", vehicle_class)
    power = draw.number("distance_history_power", vehicle_class)
    index = draw.observed("distance_index", vehicle_class=vehicle_class)
    last = draw.years.last_observed

    def kilometres(year: int) -> float:
        distance = level
        if year < draw.years.distance_base:
            distance *= index.get(year, 1.0) ** power
        if year > last:
            distance *= (1.0 + trend) ** (year - last)
        if year in draw.structure.activity_years:
            distance *= draw.number("activity_factor", vehicle_class, str(year))
        return distance

    return kilometres


def distance_curve(draw: Draw, vehicle_class: str) -> Curve:
    """Kilometres per registered vehicle and year (U-1, D-6)."""
    before = distance_before_lever(draw, vehicle_class)
    lever = draw.levers.demand.get(vehicle_class)
    if lever is None or not draw.structure.vehicle_classes[vehicle_class].passenger:
        return before

    def kilometres(year: int) -> float:
        phased_in = min(max((year - lever.start) / (lever.full - lever.start), 0.0), 1.0)
        return before(year) * (1.0 + (lever.multiplier - 1.0) * phased_in)

    return kilometres


def ownership_curve(draw: Draw, vehicle_class: str, now: float) -> Curve:
    """Vehicles per person through ``now`` at the last observed year (D-2)."""
    saturation = draw.number("ownership_saturation", vehicle_class)
    growth = draw.number("ownership_growth", vehicle_class)
    last = draw.years.last_observed
    if now >= saturation:
        raise FailedDrawError("OWNERSHIP_ABOVE_SATURATION")
    if draw.number("ownership_form", vehicle_class) == 1.0:
        speed = growth / math.log(saturation / now)
        return lambda year: saturation * (now / saturation) ** math.exp(-speed * (year - last))
    speed = growth / (1.0 - now / saturation)
    return lambda year: (
        saturation / (1.0 + (saturation / now - 1.0) * math.exp(-speed * (year - last)))
    )


def activity_growth(draw: Draw, vehicle_class: str) -> Callable[[int], float]:
    """Yearly growth of the stock that transport work asks for (D-4)."""
    elasticity = draw.path("activity_elasticity", vehicle_class)
    economy = draw.path("economic_growth")
    shift = draw.path("modal_shift", vehicle_class)
    load = draw.path("load_index", vehicle_class)
    distance = distance_before_lever(draw, vehicle_class)

    def growth(year: int) -> float:
        work = 1.0 + elasticity(year) * economy(year)
        work *= (1.0 - shift(year)) / (1.0 - shift(year - 1))
        load_change = load(year) / load(year - 1)
        distance_change = distance(year) / distance(year - 1)
        return work / (load_change * distance_change) - 1.0

    return growth


def per_head_growth(draw: Draw, vehicle_class: str, population: Curve) -> Callable[[int], float]:
    """Yearly growth of the stock at a drifting number of vehicles per person (D-3)."""
    drift = draw.number("per_head_drift", vehicle_class)
    return lambda year: population(year) / population(year - 1) * (1.0 + drift) - 1.0


def wanted_by_growth(draw: Draw, vehicle_class: str, fleet: Fleet, population: Curve) -> Curve:
    """Target stock of drivers ``activity`` and ``per_head``, from the trend to the law (D-5)."""
    last = draw.years.last_observed
    if draw.structure.vehicle_classes[vehicle_class].driver == "activity":
        distribution = activity_growth(draw, vehicle_class)
    else:
        distribution = per_head_growth(draw, vehicle_class, population)
    trend = (fleet.stock(last) / fleet.stock(last - 3)) ** (1.0 / 3.0) - 1.0
    trend = min(max(trend, -0.10), 0.10)
    targets = {last: fleet.stock(last)}
    for year in range(last + 1, draw.years.horizon + 1):
        of_law = min((year - last - 1) / 5.0, 1.0)
        growth = (1.0 - of_law) * trend + of_law * distribution(year)
        targets[year] = targets[year - 1] * (1.0 + growth)
    return lambda year: targets[year]


def wanted_by_ownership(
    draw: Draw, vehicle_class: str, fleets: dict[str, Fleet], population: Curve
) -> Curve:
    """Target stock of the driver ``ownership`` (D-2); classes inside it must be complete."""
    last = draw.years.last_observed
    inside = [
        fleets[name] for name in draw.structure.vehicle_classes[vehicle_class].ownership_includes
    ]

    def included(year: int) -> float:
        return sum(fleet.stock(year) for fleet in inside)

    now = (fleets[vehicle_class].stock(last) + included(last)) / population(last)
    ownership = ownership_curve(draw, vehicle_class, now)
    return lambda year: population(year) * ownership(year) - included(year)


def sell(
    draw: Draw,
    vehicle_class: str,
    fleets: dict[str, Fleet],
    population: Curve,
    shares: dict[tuple[str, int], float],
) -> int:
    """Sell vehicles of a class to the horizon so that its stock meets its target (T-5).

    Returns the number of years in which nothing was sold because the stock was above it.
    """
    fleet = fleets[vehicle_class]
    if draw.structure.vehicle_classes[vehicle_class].driver == "ownership":
        target = wanted_by_ownership(draw, vehicle_class, fleets, population)
    else:
        target = wanted_by_growth(draw, vehicle_class, fleet, population)
    clipped = 0
    for year in range(draw.years.last_observed + 1, draw.years.horizon + 1):
        missing = target(year) - fleet.stock(year)
        if missing < 0.0:
            clipped += 1
            missing = 0.0
        for powertrain in draw.structure.powertrains:
            share = shares[powertrain, year]
            # A path that is always 0 is exactly that, whatever is sold.
            fleet.sold[powertrain, year] = missing * share if share != 0.0 else 0.0
    return clipped
