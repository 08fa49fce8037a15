"""Distance, energy per kilometre and energy by carrier, cohort by cohort (equations U and E)."""

import math

from tests.reference.demand import distance_curve
from tests.reference.draw import Draw
from tests.reference.turnover import Fleet

MJ_PER_PJ = 1e9


def driven_at_age(draw: Draw, vehicle_class: str, age: int) -> float:
    """Relative distance at an age; a new vehicle is there for half of its first year (U-2)."""
    if age == 0:
        return 0.5
    return math.exp(-draw.number("distance_age_decline", vehicle_class) * age)


def distance_of_cohorts(
    draw: Draw, vehicle_class: str, fleet: Fleet
) -> dict[tuple[str, int, int], float]:
    """Kilometres per year of every cohort: (powertrain, vintage, year) to km/yr (U-2)."""
    distance = distance_curve(draw, vehicle_class)
    driven = {}
    for year in range(draw.years.first_output, draw.years.horizon + 1):
        cohorts = fleet.cohorts(year)
        weights = {}
        for (powertrain, vintage), number in cohorts.items():
            use = draw.number("use_ratio", vehicle_class, powertrain)
            weights[powertrain, vintage] = (
                driven_at_age(draw, vehicle_class, year - vintage) * use * number
            )
        total = sum(weights.values())
        for (powertrain, vintage), weight in weights.items():
            share = weight / total if total != 0.0 else 0.0
            driven[powertrain, vintage, year] = distance(year) * sum(cohorts.values()) * share
    return driven


def interpolated(rows: dict[int, float], year: int) -> float:
    """Read an observed series: straight lines between its rows, flat outside them."""
    years = sorted(rows)
    if year <= years[0]:
        return rows[years[0]]
    if year >= years[-1]:
        return rows[years[-1]]
    after = next(result for result in years if result >= year)
    before = max(result for result in years if result < after)
    part = (year - before) / (after - before)
    return rows[before] + part * (rows[after] - rows[before])


def improvement(draw: Draw, vehicle_class: str, powertrain: str, vintage: int) -> float:
    """Energy use of a new vehicle over that of the last observed year (E-2)."""
    years = vintage - draw.years.last_observed
    if years <= 0:
        return 1.0
    floor = draw.number("energy_floor", vehicle_class, powertrain)
    decline = draw.number("energy_decline", vehicle_class, powertrain)
    return floor + (1.0 - floor) * (1.0 - decline) ** years


def energy_of_new(draw: Draw, vehicle_class: str, powertrain: str, vintage: int) -> float:
    """Real-world energy use of a model year on its first carrier, MJ/km at the wall (E-1, E-2)."""
    ratio = draw.number("energy_ratio", vehicle_class, powertrain)
    observed = draw.observed("type_approval", vehicle_class=vehicle_class, powertrain=powertrain)
    if observed:
        gap = draw.number("type_approval_gap", vehicle_class, powertrain)
        until = min(vintage, draw.years.last_observed)
        today = interpolated(observed, until) * gap * ratio
    else:
        today = draw.number("energy_new", vehicle_class, powertrain) * ratio
        slot = draw.inputs.slot("energy_new", vehicle_class, powertrain)
        if slot.boundary == "battery":
            today /= draw.number("charging_efficiency", vehicle_class)
    return today * improvement(draw, vehicle_class, powertrain, vintage)


def energy_per_km(
    draw: Draw, vehicle_class: str, powertrain: str, vintage: int
) -> dict[str, float]:
    """Energy by carrier that a model year uses per kilometre, MJ/km (E-3)."""
    first = energy_of_new(draw, vehicle_class, powertrain, vintage)
    shares = draw.structure.carriers_of(vehicle_class, powertrain)
    used = dict.fromkeys(draw.structure.carriers, 0.0)
    if not draw.structure.powertrains[powertrain].two_carriers:
        for carrier, share in shares.items():
            used[carrier] += share * first
        return used
    power = next(n for n, carrier in draw.structure.carriers.items() if carrier.role == "power")
    electric = draw.path("electric_share", vehicle_class, powertrain)(vintage)
    fuel = draw.number("energy_fuel_mode", vehicle_class, powertrain)
    fuel *= improvement(draw, vehicle_class, powertrain, vintage)
    used[power] += electric * first
    for carrier, share in shares.items():
        used[carrier] += (1.0 - electric) * share * fuel
    return used


def energy_of_class(
    draw: Draw, vehicle_class: str, driven: dict[tuple[str, int, int], float]
) -> dict[tuple[str, int], float]:
    """Energy of all cohorts of a class: (carrier, year) to PJ/yr (E-3)."""
    per_km: dict[tuple[str, int], dict[str, float]] = {}
    used = {
        (carrier, year): 0.0
        for carrier in draw.structure.carriers
        for year in range(draw.years.first_output, draw.years.horizon + 1)
    }
    for (powertrain, vintage, year), kilometres in driven.items():
        if kilometres == 0.0:
            continue
        if (powertrain, vintage) not in per_km:
            per_km[powertrain, vintage] = energy_per_km(draw, vehicle_class, powertrain, vintage)
        for carrier, energy in per_km[powertrain, vintage].items():
            used[carrier, year] += kilometres * energy / MJ_PER_PJ
    return used
