"""Equations F: what a unit of energy emits, at the tailpipe and before it."""

from mc_engine.accelerate import kernel
from mc_engine.curves import path_values
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.status import FUEL_SHARES_ABOVE_ONE, OK
from mc_engine.units import METHANE_MJ_PER_KG, MJ_PER_KWH

FUEL, POWER, HYDROGEN = 0, 1, 2
GRAMS_PER_KG = 1000.0


@kernel
def grid(row, static, paths, points, upstream, intensity):
    """Emissions per electricity delivered, average of the grid (F-4).

    Parameters
    ----------
    row : float64[column]
    static : Static
    paths : PathTable
    points : float64[2, point]
    upstream : float64[year]
        Scratch.
    intensity : float64[year], g CO2e/kWh
        Overwritten from the first output year on.
    """
    first = static.number[at.Y0]
    path_values(paths, static.number[at.GRID_PATH], row, first, points, intensity)
    level = row[static.column[at.GRID_LEVEL]]
    last, knot = static.number[at.GRID_LAST], static.number[at.GRID_KNOT]
    for year in range(first, intensity.size):
        if year <= last:
            intensity[year] = static.by_year[at.GRID_OBSERVED, year] * level
        elif year < knot:
            intensity[year] *= 1.0 + (level - 1.0) * (knot - year) / (knot - last)
    if static.number[at.DIRECT]:
        path_values(paths, static.number[at.UPSTREAM_PATH], row, first, points, upstream)
        for year in range(first, intensity.size):
            intensity[year] += upstream[year]
    delivered = 1.0 / (1.0 - row[static.column[at.LINE_LOSS]])
    for year in range(first, intensity.size):
        intensity[year] *= delivered


@kernel
def _fuel(row, static, paths, carrier, work):
    """Factors of one burned carrier (F-1 to F-3); returns a status."""
    first, yo = static.number[at.Y0], static.number[at.YO]
    columns = static.by_carrier[:, carrier]
    bio, efuel = work.yearly[room.SPARE_A], work.yearly[room.SPARE_B]
    electricity = work.yearly[room.SPARE_C]
    path_values(paths, columns[at.BIO_PATH], row, first, work.points, bio)
    path_values(paths, columns[at.EFUEL_PATH], row, first, work.points, efuel)
    path = static.number[at.EFUEL_ELECTRICITY_PATH]
    path_values(paths, path, row, first, work.points, electricity)
    gwp_ch4 = static.constant[at.GWP_CH4]
    slip = row[columns[at.SLIP]]
    other = row[columns[at.CH4]] * gwp_ch4 + row[columns[at.N2O]] * static.constant[at.GWP_N2O]
    other = (1.0 - slip) * other + slip * GRAMS_PER_KG / METHANE_MJ_PER_KG * gwp_ch4
    fossil_co2 = (1.0 - slip) * row[columns[at.CO2]]
    chain = row[columns[at.WTT]]
    keep = 1.0 - row[columns[at.WTT_DECLINE]]
    bio_factor = row[columns[at.BIO_FACTOR]]
    for year in range(first, bio.size):
        fossil = 1.0 - bio[year] - efuel[year]
        if fossil < 0.0:
            return FUEL_SHARES_ABOVE_ONE
        if year > yo:
            chain *= keep
        work.carriers[room.FOSSIL, carrier, year] = fossil * fossil_co2
        work.carriers[room.TTW, carrier, year] = fossil * fossil_co2 + other
        work.carriers[room.UPSTREAM, carrier, year] = (
            fossil * chain
            + bio[year] * bio_factor
            + efuel[year] * electricity[year] * work.yearly[room.GRID, year] / MJ_PER_KWH
        )
    return OK


@kernel
def carrier_factors(row, static, paths, work):
    """Emissions per energy of every carrier and year (F-1 to F-5), in ``work.carriers``.

    Parameters
    ----------
    row : float64[column]
    static : Static
    paths : PathTable
    work : Workspace
        The average grid stands in ``yearly[GRID]``.

    Returns
    -------
    int
        Status.
    """
    first = static.number[at.Y0]
    for carrier in range(static.by_carrier.shape[1]):
        role = static.by_carrier[at.ROLE, carrier]
        if role == FUEL:
            status = _fuel(row, static, paths, carrier, work)
            if status != OK:
                return status
            continue
        work.carriers[room.TTW, carrier] = 0.0
        work.carriers[room.FOSSIL, carrier] = 0.0
        upstream = work.carriers[room.UPSTREAM, carrier]
        if role == POWER:
            mix = row[static.column[at.CHARGING_MIX]] / MJ_PER_KWH
            for year in range(first, upstream.size):
                upstream[year] = work.yearly[room.GRID, year] * mix
        else:
            path_values(paths, static.number[at.HYDROGEN_PATH], row, first, work.points, upstream)
    return OK
