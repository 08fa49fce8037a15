"""Equations F: what a unit of energy emits, at the tailpipe and before it."""

from mc_engine.accelerate import kernel
from mc_engine.curves import path_values
from mc_engine.models.road_fleet.status import FUEL_SHARES_ABOVE_ONE, OK
from mc_engine.units import METHANE_MJ_PER_KG, MJ_PER_KWH

FUEL, POWER, HYDROGEN = 0, 1, 2
GRAMS_PER_KG = 1000.0


@kernel
def grid(row, supply, paths, first_year, scratch, upstream, intensity):
    """Emissions per electricity delivered, average of the grid (F-4).

    Parameters
    ----------
    row : float64[column]
    supply : SupplyStatic
    paths : PathTable
    first_year : int
        First year position written.
    scratch : float64[2, point]
    upstream : float64[year]
        Scratch.
    intensity : float64[year], g CO2e/kWh
        Overwritten.
    """
    path_values(paths, supply.grid, row, first_year, scratch, intensity)
    level = row[supply.grid_level]
    last, knot = supply.grid_last, supply.grid_first_knot
    for year in range(first_year, intensity.size):
        if year <= last:
            intensity[year] = supply.grid_observed[year] * level
        elif year < knot:
            intensity[year] *= 1.0 + (level - 1.0) * (knot - year) / (knot - last)
    if supply.direct:
        path_values(paths, supply.upstream, row, first_year, scratch, upstream)
        for year in range(first_year, intensity.size):
            intensity[year] += upstream[year]
    delivered = 1.0 / (1.0 - row[supply.line_loss])
    for year in range(first_year, intensity.size):
        intensity[year] *= delivered


@kernel
def _fuel(carrier, row, supply, paths, yo, first_year, grid_intensity, scratch, bio, efuel, ttw,
          wtt, co2):
    """Factors of one burned carrier (F-1 to F-3); see ``carrier_factors``."""
    path_values(paths, supply.bio_share[carrier], row, first_year, scratch, bio)
    path_values(paths, supply.efuel_share[carrier], row, first_year, scratch, efuel)
    slip = row[supply.slip[carrier]]
    burned = 1.0 - slip
    other = burned * (
        row[supply.ch4[carrier]] * supply.gwp_ch4 + row[supply.n2o[carrier]] * supply.gwp_n2o
    )
    other += slip * GRAMS_PER_KG / METHANE_MJ_PER_KG * supply.gwp_ch4
    fossil_co2 = burned * row[supply.co2[carrier]]
    chain = row[supply.wtt[carrier]]
    keep = 1.0 - row[supply.wtt_decline[carrier]]
    bio_factor = row[supply.bio_factor[carrier]]
    electricity = row[supply.efuel_electricity] / MJ_PER_KWH
    for year in range(first_year, ttw.size):
        fossil = 1.0 - bio[year] - efuel[year]
        if fossil < 0.0:
            return FUEL_SHARES_ABOVE_ONE
        if year > yo:
            chain *= keep
        co2[year] = fossil * fossil_co2
        ttw[year] = co2[year] + other
        wtt[year] = (
            fossil * chain
            + bio[year] * bio_factor
            + efuel[year] * electricity * grid_intensity[year]
        )
    return OK


@kernel
def carrier_factors(row, supply, paths, yo, first_year, grid_intensity, scratch, bio, efuel, ttw,
                    wtt, co2):
    """Emissions per energy of every carrier and year (F-1 to F-5).

    Parameters
    ----------
    row : float64[column]
    supply : SupplyStatic
    paths : PathTable
    yo, first_year : int
    grid_intensity : float64[year], g CO2e/kWh
        From ``grid``.
    scratch : float64[2, point]
    bio, efuel : float64[year]
        Scratch.
    ttw, wtt, co2 : float64[carrier, year], g/MJ
        Overwritten: tailpipe CO2e, upstream CO2e, and the fossil CO2 inside the first.

    Returns
    -------
    int
        Status.
    """
    for carrier in range(supply.role.size):
        role = supply.role[carrier]
        if role == FUEL:
            status = _fuel(
                carrier, row, supply, paths, yo, first_year, grid_intensity, scratch, bio, efuel,
                ttw[carrier], wtt[carrier], co2[carrier],
            )  # fmt: skip
            if status != OK:
                return status
            continue
        ttw[carrier, :] = 0.0
        co2[carrier, :] = 0.0
        if role == POWER:
            mix = row[supply.charging_mix] / MJ_PER_KWH
            for year in range(first_year, wtt.shape[1]):
                wtt[carrier, year] = grid_intensity[year] * mix
        else:
            path_values(paths, supply.hydrogen, row, first_year, scratch, wtt[carrier])
    return OK
