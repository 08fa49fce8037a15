"""The slow oracle of the road-fleet model: one draw, vehicle by vehicle.

Written from ``docs/model.md`` alone, in loops and dictionaries keyed by labels. It shares no
code with the fast model, so agreement of the two means that both say what the page says.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mc_engine.units import HYDROGEN_MJ_PER_KG
from mc_engine.vocabulary.inputs import ModelInputs
from tests.reference.adoption import shares_of
from tests.reference.demand import population_curve, sell
from tests.reference.draw import Draw, FailedDrawError
from tests.reference.energy import distance_of_cohorts, energy_of_class
from tests.reference.supply import grid, per_energy
from tests.reference.turnover import Fleet, fleets_until_now
from tests.reference.vehicle_cycle import ClassYear, cycle_of_class

STAGES = ("ttw", "wtt", "vehicle_cycle")
MILLION = 1e6
KT_PER_MT = 1e3
KG_PER_MT = 1e9
KWH_PER_GWH = 1e6


@dataclass
class Result:
    """What one draw gives.

    Attributes
    ----------
    status : str
        "OK", or why the draw could not be evaluated.
    outputs : dict of str to float64 array
        By name of the output; NaN throughout where the status is not "OK".
    detail : dict
        Intermediates, keyed by labels: ``shares`` (class, powertrain, year), ``cohorts`` (class,
        powertrain, vintage, year) vehicles at year end, ``sold`` (class, powertrain, vintage),
        ``driven`` (class, powertrain, vintage, year) km/yr, ``energy`` (class, carrier, year)
        PJ/yr, ``scrapped`` (class, powertrain, year) vehicles, ``grid`` (year) g CO2e/kWh at the
        charger, ``population`` (year) people.
    cycle : dict of (str, int) to ClassYear
        The vehicle cycle by (class, year).
    """

    status: str
    outputs: dict[str, Any]
    detail: dict[str, dict[Any, float]] = field(default_factory=dict)
    cycle: dict[tuple[str, int], ClassYear] = field(default_factory=dict)


def shapes(inputs: ModelInputs) -> dict[str, tuple[int, ...]]:
    """Give the shape of every output."""
    structure = inputs.structure
    years = structure.years.horizon - structure.years.first_output + 1
    classes, carriers = len(structure.vehicle_classes), len(structure.carriers)
    return {
        "emissions": (len(STAGES), years),
        "removals": (years,),
        "net_emissions": (years,),
        "emissions_by_class": (classes, years),
        "ttw_co2": (years,),
        "stock": (classes, years),
        "sales": (classes, years),
        "scrapped": (classes, years),
        "stock_gap": (years,),
        "plug_in_sales_share": (classes, years),
        "plug_in_stock": (years,),
        "energy": (carriers, years),
        "battery_demand": (years,),
        "battery_retirements": (years,),
        "hydrogen_demand": (years,),
        "survival_scale": (classes,),
        "clipped_years": (),
    }


def evaluate(inputs: ModelInputs, row: Sequence[float]) -> Result:
    """Evaluate one draw.

    Parameters
    ----------
    inputs : ModelInputs
        With ``structure`` and ``levers`` of the road-fleet model. ``settings["gwp"]`` names the
        horizon of the global warming potentials ("100" where it is left out).
    row : sequence of float, length ``inputs.width``
        Values in the units of the quantities.

    Returns
    -------
    Result
    """
    try:
        result = _evaluate(Draw(inputs, row))
    except FailedDrawError as failure:
        result = Result(failure.status, {})
    if result.status == "OK" and not np.isfinite(result.outputs["emissions"]).all():
        result.status = "NOT_FINITE"
    if result.status != "OK":
        result.outputs = {name: np.full(shape, np.nan) for name, shape in shapes(inputs).items()}
    return result


def _evaluate(draw: Draw) -> Result:
    """Follow the fleet from the first model year to the horizon, then count what it emits."""
    outputs = {name: np.zeros(shape) for name, shape in shapes(draw.inputs).items()}
    detail: dict[str, dict[Any, float]] = {
        name: {}
        for name in ("shares", "cohorts", "sold", "driven", "energy", "scrapped", "population")
    }
    fleets = fleets_until_now(draw)
    outputs["clipped_years"][...] = _project(draw, fleets, detail)
    _count_vehicles(draw, fleets, outputs, detail)
    _use_energy(draw, fleets, outputs, detail)
    _emit(draw, outputs, detail)
    cycle = _make_and_retire(draw, fleets, outputs)
    _remove(draw, outputs)
    return Result("OK", outputs, detail, cycle)


def _output_years(draw: Draw) -> list[tuple[int, int]]:
    """List (place, year) of the output years."""
    years = range(draw.years.first_output, draw.years.horizon + 1)
    return list(enumerate(years))


def _project(draw: Draw, fleets: dict[str, Fleet], detail: dict[str, dict]) -> int:
    """Sell vehicles to the horizon, classes inside the ownership of others first (D-2)."""
    population = population_curve(draw)
    for year in range(draw.years.last_observed, draw.years.horizon + 1):
        detail["population"][year] = population(year)
    classes = draw.structure.vehicle_classes
    order = sorted(classes, key=lambda name: classes[name].driver == "ownership")
    clipped = 0
    for name in order:
        shares = shares_of(draw, name)
        clipped += sell(draw, name, fleets, population, shares)
        for (powertrain, year), share in shares.items():
            detail["shares"][name, powertrain, year] = share
    return clipped


def _count_vehicles(
    draw: Draw, fleets: dict[str, Fleet], outputs: dict[str, Any], detail: dict[str, dict]
) -> None:
    """Stock, sales and scrapped vehicles of every class and year (T-3 to T-6)."""
    plug_ins = [name for name, p in draw.structure.powertrains.items() if p.plug_in]
    for index, name in enumerate(draw.structure.vehicle_classes):
        fleet = fleets[name]
        outputs["survival_scale"][index] = fleet.survival.scale
        for (powertrain, vintage), number in fleet.sold.items():
            detail["sold"][name, powertrain, vintage] = number
        for when, year in _output_years(draw):
            for (powertrain, vintage), number in fleet.cohorts(year).items():
                detail["cohorts"][name, powertrain, vintage, year] = number
                outputs["stock"][index, when] += number / MILLION
                if powertrain in plug_ins:
                    outputs["plug_in_stock"][when] += number / MILLION
            for (powertrain, _), number in fleet.scrapped(year).items():
                key = (name, powertrain, year)
                detail["scrapped"][key] = detail["scrapped"].get(key, 0.0) + number
                outputs["scrapped"][index, when] += number / MILLION
            for powertrain in draw.structure.powertrains:
                outputs["sales"][index, when] += fleet.sold[powertrain, year] / MILLION
                if powertrain in plug_ins:
                    share = detail["shares"][name, powertrain, year]
                    outputs["plug_in_sales_share"][index, when] += share
    _compare_stock(draw, outputs)


def _compare_stock(draw: Draw, outputs: dict[str, Any]) -> None:
    """Modelled minus official stock; NaN where there is no official figure."""
    count = draw.structure.count
    official = draw.observed(count.table) if count else {}
    for when, year in _output_years(draw):
        gap = math.nan
        if year in official:
            counted = (official[year] - draw.number("count_out_of_scope")) / MILLION
            gap = outputs["stock"][:, when].sum() - counted
        outputs["stock_gap"][when] = gap


def _use_energy(
    draw: Draw, fleets: dict[str, Fleet], outputs: dict[str, Any], detail: dict[str, dict]
) -> None:
    """Distance of every cohort and the energy it takes (U, E)."""
    for name in draw.structure.vehicle_classes:
        driven = distance_of_cohorts(draw, name, fleets[name])
        for key, kilometres in driven.items():
            detail["driven"][(name, *key)] = kilometres
        used = energy_of_class(draw, name, driven)
        for index, carrier in enumerate(draw.structure.carriers):
            for when, year in _output_years(draw):
                detail["energy"][name, carrier, year] = used[carrier, year]
                outputs["energy"][index, when] += used[carrier, year]
                if draw.structure.carriers[carrier].role == "hydrogen":
                    outputs["hydrogen_demand"][when] += used[carrier, year] / HYDROGEN_MJ_PER_KG


def _emit(draw: Draw, outputs: dict[str, Any], detail: dict[str, dict]) -> None:
    """Emissions by stage and by class (F, B-1)."""
    power = grid(draw)
    detail["grid"] = {}
    for when, year in _output_years(draw):
        detail["grid"][year] = power(year)
        for carrier in draw.structure.carriers:
            factor = per_energy(draw, carrier, year, power(year))
            for index, name in enumerate(draw.structure.vehicle_classes):
                used = detail["energy"][name, carrier, year]
                ttw, wtt = used * factor.ttw / KT_PER_MT, used * factor.wtt / KT_PER_MT
                outputs["emissions"][0, when] += ttw
                outputs["emissions"][1, when] += wtt
                outputs["emissions_by_class"][index, when] += ttw + wtt
                outputs["ttw_co2"][when] += used * factor.ttw_co2 / KT_PER_MT


def _make_and_retire(
    draw: Draw, fleets: dict[str, Fleet], outputs: dict[str, Any]
) -> dict[tuple[str, int], ClassYear]:
    """Emissions and batteries of the vehicle cycle (V, B-1)."""
    cycle = {}
    power = grid(draw)
    for index, name in enumerate(draw.structure.vehicle_classes):
        of_class = cycle_of_class(draw, name, fleets[name], power)
        for when, year in _output_years(draw):
            now = cycle[name, year] = of_class[year]
            outputs["emissions"][2, when] += now.emissions / KG_PER_MT
            outputs["emissions_by_class"][index, when] += now.emissions / KG_PER_MT
            outputs["battery_demand"][when] += (now.new + now.replaced) / KWH_PER_GWH
            outputs["battery_retirements"][when] += now.retired / KWH_PER_GWH
    return cycle


def _remove(draw: Draw, outputs: dict[str, Any]) -> None:
    """Removals granted to the sector, in the widest gross scope (B-2)."""
    timing = draw.structure.removals
    start = timing.start if draw.levers.removals_start is None else draw.levers.removals_start
    gross = outputs["emissions"].sum(axis=0)
    base = gross[timing.base_year - draw.years.first_output]
    share = draw.number("removal_share")
    for when, year in _output_years(draw):
        phased_in = (year - start) / (draw.years.horizon - start)
        outputs["removals"][when] = share * base * min(max(phased_in, 0.0), 1.0)
    outputs["net_emissions"][:] = gross - outputs["removals"]
