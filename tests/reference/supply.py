"""Emissions per energy of fuels, power and hydrogen (equations F). g/MJ times PJ is kt."""

from dataclasses import dataclass

from mc_engine.units import METHANE_MJ_PER_KG, MJ_PER_KWH
from tests.reference.draw import Curve, Draw, FailedDrawError

DEFAULT_GWP = "100"


@dataclass
class PerEnergy:
    """Emissions of one carrier in one year per energy used, g/MJ.

    Attributes
    ----------
    ttw_co2 : float
        Fossil CO2 at the tailpipe, g CO2/MJ.
    ttw, wtt : float
        g CO2e/MJ.
    """

    ttw_co2: float
    ttw: float
    wtt: float


def generation(draw: Draw) -> Curve:
    """Emissions of generation ``I(t)``, g CO2e per kWh generated (F-4)."""
    observed = draw.observed("grid_intensity")
    level = draw.number("grid_level")
    until = max(observed)
    last_two = sorted(observed)[-2:]
    path = draw.path("grid_intensity", anchors={year: observed[year] for year in last_two})
    first_knot = draw.inputs.slot("grid_intensity").path.years[0]

    def intensity(year: int) -> float:
        if year <= until:
            return observed[year] * level
        fading = max(0.0, (first_knot - year) / (first_knot - until))
        return path(year) * (1.0 + (level - 1.0) * fading)

    return intensity


def grid(draw: Draw) -> Curve:
    """Emissions of power at the charger ``G(t)``, g CO2e/kWh (F-4)."""
    generated = generation(draw)
    direct = draw.inputs.slot("grid_intensity").basis == "direct"
    upstream = draw.path("grid_upstream")
    counted = draw.path("grid_accounting")
    loss = draw.number("line_loss")

    def delivered(year: int) -> float:
        supply = upstream(year) if direct else 0.0
        return counted(year) * (generated(year) + supply) / (1.0 - loss)

    return delivered


def fuel(draw: Draw, carrier: str, year: int, grid_now: float) -> PerEnergy:
    """Emissions of a fuel (F-1 to F-3)."""
    gwp = draw.structure.gwp[draw.inputs.settings.get("gwp", DEFAULT_GWP)]
    bio = draw.path("bio_share", carrier)(year)
    synthetic = draw.path("efuel_share", carrier)(year)
    fossil = 1.0 - bio - synthetic
    if fossil < 0.0:
        raise FailedDrawError("FUEL_SHARES_ABOVE_ONE")
    slip = draw.number("methane_slip", carrier)
    co2 = fossil * (1.0 - slip) * draw.number("ttw_co2", carrier)
    burned = draw.number("ttw_ch4", carrier) * gwp.ch4 + draw.number("ttw_n2o", carrier) * gwp.n2o
    slipped_g_per_mj = slip * 1000.0 / METHANE_MJ_PER_KG
    decline = draw.number("wtt_decline", carrier)
    later = max(0, year - draw.years.last_observed)
    supply = fossil * draw.number("wtt_factor", carrier) * (1.0 - decline) ** later
    supply += bio * draw.number("bio_factor", carrier)
    supply += synthetic * draw.path("efuel_electricity")(year) * grid_now / MJ_PER_KWH
    return PerEnergy(co2, co2 + (1.0 - slip) * burned + slipped_g_per_mj * gwp.ch4, supply)


def hydrogen_shares(draw: Draw, year: int) -> dict[str, float]:
    """Share of every route in the hydrogen of a year (F-5)."""
    made = draw.structure.hydrogen
    if not made.tree:
        return dict.fromkeys(made.routes, 1.0)
    reaching = {next(iter(made.tree)): 1.0}
    for name, fork in made.tree.items():
        taken = draw.path("hydrogen_branch", name)(year)
        reaching[fork.child] = reaching[name] * taken
        reaching[fork.rest] = reaching[name] * (1.0 - taken)
    return {name: reaching[name] for name in made.routes}


def hydrogen(draw: Draw, year: int, grid_now: float) -> float:
    """Emissions of hydrogen as dispensed, g CO2e/MJ (F-5)."""
    electricity = draw.number("hydrogen_handling")
    total = 0.0
    for route, share in hydrogen_shares(draw, year).items():
        if draw.structure.hydrogen.routes[route].role == "grid":
            electricity += share * draw.path("electrolysis_use")(year)
        else:
            total += share * draw.path("hydrogen_route", route)(year)
    return total + electricity * grid_now / MJ_PER_KWH


def per_energy(draw: Draw, carrier: str, year: int, grid_now: float) -> PerEnergy:
    """Emissions of any carrier in one year, by its role (F)."""
    role = draw.structure.carriers[carrier].role
    if role == "power":
        return PerEnergy(0.0, 0.0, grid_now * draw.number("charging_mix") / MJ_PER_KWH)
    if role == "hydrogen":
        return PerEnergy(0.0, 0.0, hydrogen(draw, year, grid_now))
    return fuel(draw, carrier, year, grid_now)
