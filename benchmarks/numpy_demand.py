"""Demand of the NumPy reference: people, distance, target stock (``docs/model.md``, D and U-1)."""

import numpy as np

from benchmarks.numpy_fleet import Fleet
from benchmarks.numpy_paths import Array
from benchmarks.numpy_region import Block

TREND_LIMIT = 0.10  # D-5


def people(block: Block) -> Array:
    """Population from the last observed year on: float64[year, draw] (D-1)."""
    low, medium, high = (block.region.population[v] for v in ("low", "medium", "high"))
    z = block.number("population_position")
    return medium + np.maximum(z, 0.0) * (high - medium) - np.maximum(-z, 0.0) * (medium - low)


def distance_before_lever(block: Block, name: str) -> Array:
    """Kilometres per registered vehicle and year: float64[year, draw], whole calendar (U-1)."""
    region, years = block.region, block.region.years
    calendar = region.calendar
    distance = np.repeat(block.number("distance_level", name)[None, :], calendar.size, axis=0)
    for year, index in region.rows("distance_index", vehicle_class=name).items():
        if calendar[0] <= year < years.distance_base:
            power = block.number("distance_history_power", name)
            distance[int(year - calendar[0])] *= index**power
    later = calendar[region.last + 1 :, None] - years.last_observed
    distance[region.last + 1 :] *= (1.0 + block.number("distance_trend", name)) ** later
    for year in region.structure.activity_years:
        if calendar[0] <= year <= calendar[-1]:
            distance[int(year - calendar[0])] *= block.number("activity_factor", name, str(year))
    return distance


def demand_lever(block: Block, name: str) -> Array:
    """Factor of the demand lever on distance: float64[year, 1] of the output years (D-6)."""
    region = block.region
    at = region.calendar[region.output :, None]
    lever = region.levers.demand.get(name)
    if lever is None or not region.structure.vehicle_classes[name].passenger:
        return np.ones(at.shape)
    phased_in = np.clip((at - lever.start) / (lever.full - lever.start), 0.0, 1.0)
    return 1.0 + (lever.multiplier - 1.0) * phased_in


def _law(block: Block, name: str, population: Array) -> Array:
    """Yearly growth of the target after the last observed year: float64[year, draw] (D-3, D-4)."""
    region = block.region
    if region.structure.vehicle_classes[name].driver == "per_head":
        drift = block.number("per_head_drift", name)
        return population[1:] / population[:-1] * (1.0 + drift) - 1.0
    at = region.calendar[region.last :]
    elasticity = block.path("activity_elasticity", name, at=at)[1:]
    economy = block.path("economic_growth", at=at)[1:]
    kept_on_road = 1.0 - block.path("modal_shift", name, at=at)
    per_vehicle = block.path("load_index", name, at=at)
    per_vehicle = per_vehicle * distance_before_lever(block, name)[region.last :]
    ratio = kept_on_road[1:] / kept_on_road[:-1] * per_vehicle[:-1] / per_vehicle[1:]
    return (1.0 + elasticity * economy) * ratio - 1.0


def _ownership(block: Block, name: str, now: Array) -> Array:
    """Vehicles per person from the last observed year on: float64[year, draw] (D-2)."""
    region = block.region
    saturation = block.number("ownership_saturation", name)
    growth = block.number("ownership_growth", name)
    later = region.calendar[region.last :, None] - region.years.last_observed
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        speed = growth / (1.0 - now / saturation)
        own = saturation / (1.0 + (saturation / now - 1.0) * np.exp(-speed * later))
        gompertz = block.number("ownership_form", name) == 1.0
        if gompertz.any():
            slowing = growth / np.log(saturation / now)
            other = saturation * (now / saturation) ** np.exp(-slowing * later)
            own = np.where(gompertz, other, own)
    return own


def target_stock(block: Block, name: str, fleets: dict[str, Fleet], population: Array) -> Array:
    """Stock that is asked for, from the last observed year on: float64[year, draw] (D)."""
    region = block.region
    last = region.years.last_observed
    fleet, kind = fleets[name], region.structure.vehicle_classes[name]
    now = fleet.stock_at(last)
    if kind.driver == "ownership":
        inside = np.zeros(population.shape)
        for label in kind.ownership_includes:
            inside += fleets[label].stock[region.last :]
        return population * _ownership(block, name, (now + inside[0]) / population[0]) - inside
    trend = (now / fleet.stock_at(last - 3)) ** (1.0 / 3.0) - 1.0
    trend = np.clip(trend, -TREND_LIMIT, TREND_LIMIT)
    law = _law(block, name, population)
    of_law = np.minimum(np.arange(law.shape[0]) / 5.0, 1.0)[:, None]
    growth = (1.0 - of_law) * trend + of_law * law
    return now * np.cumprod(np.vstack([np.ones((1, block.size)), 1.0 + growth]), axis=0)
