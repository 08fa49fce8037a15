"""Equations F: what a unit of energy emits, at the tailpipe and before it.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.accelerate import kernel
from mc_engine.curves import path_values
from mc_engine.lanes import LANES, add, add_product_of_three, copy, multiply
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.status import FUEL_SHARES_ABOVE_ONE, OK
from mc_engine.units import METHANE_MJ_PER_KG, MJ_PER_KWH

FUEL, POWER, HYDROGEN = 0, 1, 2
GRAMS_PER_KG = 1000.0


@kernel
def grid(row, static, paths, work):
    """Emissions per electricity delivered, average of the grid (F-4).

    Written to ``yearly[GRID]`` from the first output year on, g CO2e/kWh.
    """
    first = static.number[at.Y0]
    intensity, upstream = work.yearly[room.GRID], work.yearly[room.SPARE_A]
    path_values(paths, static.number[at.GRID_PATH], row, first, work.points, intensity)
    level, loss = row[static.column[at.GRID_LEVEL]], row[static.column[at.LINE_LOSS]]
    last, knot = static.number[at.GRID_LAST], static.number[at.GRID_KNOT]
    for year in range(first, intensity.shape[0]):
        now = intensity[year]
        observed = static.by_year[at.GRID_OBSERVED, year]
        if year <= last:
            for lane in range(LANES):
                now[lane] = observed * level[lane]
        elif year < knot:
            part = (knot - year) / (knot - last)
            for lane in range(LANES):
                now[lane] *= 1.0 + (level[lane] - 1.0) * part
    if static.number[at.DIRECT]:
        path_values(paths, static.number[at.UPSTREAM_PATH], row, first, work.points, upstream)
        for year in range(first, intensity.shape[0]):
            add(upstream[year], intensity[year])
    for year in range(first, intensity.shape[0]):
        now = intensity[year]
        for lane in range(LANES):
            now[lane] /= 1.0 - loss[lane]


@kernel
def _tailpipe(row, static, carrier, fossil_co2, other):
    """Fossil CO2 and the other gases of one burned carrier, g/MJ: float64[lane] each (F-1)."""
    columns = static.by_carrier[:, carrier]
    gwp_ch4, gwp_n2o = static.constant[at.GWP_CH4], static.constant[at.GWP_N2O]
    slipped = GRAMS_PER_KG / METHANE_MJ_PER_KG * gwp_ch4
    slip, co2 = row[columns[at.SLIP]], row[columns[at.CO2]]
    ch4, n2o = row[columns[at.CH4]], row[columns[at.N2O]]
    for lane in range(LANES):
        gases = ch4[lane] * gwp_ch4 + n2o[lane] * gwp_n2o
        other[lane] = (1.0 - slip[lane]) * gases + slip[lane] * slipped
        fossil_co2[lane] = (1.0 - slip[lane]) * co2[lane]


@kernel
def _fossil_rows(bio, efuel, fossil, status):
    """Share of a carrier that is fossil, in one year: float64[lane] each (F-3)."""
    for lane in range(LANES):
        fossil[lane] = 1.0 - bio[lane] - efuel[lane]
        if fossil[lane] < 0.0 and status[lane] == OK:
            status[lane] = FUEL_SHARES_ABOVE_ONE


@kernel
def _burned_row(fossil, fossil_co2, other, co2, ttw):
    """Tailpipe factors of one year: float64[lane] each (F-1)."""
    for lane in range(LANES):
        co2[lane] = fossil[lane] * fossil_co2[lane]
    for lane in range(LANES):
        ttw[lane] = co2[lane] + other[lane]


@kernel
def _supply_row(fossil, chain, bio, bio_factor, upstream):
    """Upstream factor of one year, e-fuel left out: float64[lane] each (F-2, F-3)."""
    for lane in range(LANES):
        upstream[lane] = fossil[lane] * chain[lane] + bio[lane] * bio_factor[lane]


@kernel
def _fuel(row, static, paths, carrier, work):
    """Factors of one burned carrier (F-1 to F-3)."""
    first, yo = static.number[at.Y0], static.number[at.YO]
    columns = static.by_carrier[:, carrier]
    bio, efuel = work.yearly[room.SPARE_A], work.yearly[room.SPARE_B]
    electricity = work.yearly[room.SPARE_C]
    path_values(paths, columns[at.BIO_PATH], row, first, work.points, bio)
    path_values(paths, columns[at.EFUEL_PATH], row, first, work.points, efuel)
    path = static.number[at.EFUEL_ELECTRICITY_PATH]
    path_values(paths, path, row, first, work.points, electricity)
    fossil, fossil_co2 = work.lane[room.SPARE_0], work.lane[room.SPARE_1]
    other, chain = work.lane[room.SPARE_2], work.lane[room.SPARE_3]
    _tailpipe(row, static, carrier, fossil_co2, other)
    copy(row[columns[at.WTT]], chain)
    decline = row[columns[at.WTT_DECLINE]]
    for year in range(first, bio.shape[0]):
        _fossil_rows(bio[year], efuel[year], fossil, work.status)
        if year > yo:
            for lane in range(LANES):
                chain[lane] *= 1.0 - decline[lane]
        _burned_row(fossil, fossil_co2, other, work.carriers[room.FOSSIL, carrier, year],
                    work.carriers[room.TTW, carrier, year])  # fmt: skip
        upstream = work.carriers[room.UPSTREAM, carrier, year]
        _supply_row(fossil, chain, bio[year], row[columns[at.BIO_FACTOR]], upstream)
        add_product_of_three(1.0 / MJ_PER_KWH, efuel[year], electricity[year],
                             work.yearly[room.GRID, year], upstream)  # fmt: skip


@kernel
def carrier_factors(row, static, paths, work):
    """Emissions per energy of every carrier and year (F-1 to F-5), in ``work.carriers``.

    Parameters
    ----------
    row : float64[column, lane]
    static : Static
    paths : PathTable
    work : Workspace
        The average grid stands in ``yearly[GRID]``.
    """
    first = static.number[at.Y0]
    for carrier in range(static.by_carrier.shape[1]):
        role = static.by_carrier[at.ROLE, carrier]
        if role == FUEL:
            _fuel(row, static, paths, carrier, work)
            continue
        work.carriers[room.TTW, carrier] = 0.0
        work.carriers[room.FOSSIL, carrier] = 0.0
        upstream = work.carriers[room.UPSTREAM, carrier]
        if role == POWER:
            mix = row[static.column[at.CHARGING_MIX]]
            for year in range(first, upstream.shape[0]):
                multiply(1.0 / MJ_PER_KWH, mix, work.yearly[room.GRID, year], upstream[year])
        else:
            path_values(paths, static.number[at.HYDROGEN_PATH], row, first, work.points, upstream)
