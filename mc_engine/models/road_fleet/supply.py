"""Equations F: what a unit of energy emits, at the tailpipe and before it.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.accelerate import inner
from mc_engine.curves import path_values
from mc_engine.lanes import LANES, add, add_product, clear, copy, multiply
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.adoption import split_tree
from mc_engine.models.road_fleet.status import FUEL_SHARES_ABOVE_ONE, OK
from mc_engine.units import METHANE_MJ_PER_KG, MJ_PER_KWH

FUEL, POWER, HYDROGEN = 0, 1, 2
GRAMS_PER_KG = 1000.0


@inner
def grid(row, static, paths, work):
    """Emissions per electricity delivered, average of the grid (F-4).

    Written to ``yearly[GRID]`` from the first output year on, g CO2e/kWh; with it what the
    electricity of e-fuel emits, g CO2e/MJ, to ``yearly[EFUEL_CARBON]`` (F-3).
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
    accounting = upstream
    path_values(paths, static.number[at.ACCOUNTING_PATH], row, first, work.points, accounting)
    for year in range(first, intensity.shape[0]):
        now, counted = intensity[year], accounting[year]
        for lane in range(LANES):
            now[lane] *= counted[lane] / (1.0 - loss[lane])
    efuel = work.yearly[room.EFUEL_CARBON]
    path_values(paths, static.number[at.EFUEL_ELECTRICITY_PATH], row, first, work.points, efuel)
    for year in range(first, intensity.shape[0]):
        for lane in range(LANES):
            efuel[year, lane] *= intensity[year, lane] / MJ_PER_KWH


@inner
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


@inner
def _fossil_rows(bio, efuel, fossil, status):
    """Share of a carrier that is fossil, in one year: float64[lane] each (F-3)."""
    for lane in range(LANES):
        fossil[lane] = 1.0 - bio[lane] - efuel[lane]
        if fossil[lane] < 0.0 and status[lane] == OK:
            status[lane] = FUEL_SHARES_ABOVE_ONE


@inner
def _burned_row(fossil, fossil_co2, other, co2, ttw):
    """Tailpipe factors of one year: float64[lane] each (F-1)."""
    for lane in range(LANES):
        co2[lane] = fossil[lane] * fossil_co2[lane]
    for lane in range(LANES):
        ttw[lane] = co2[lane] + other[lane]


@inner
def _supply_row(fossil, chain, bio, bio_factor, upstream):
    """Upstream factor of one year, e-fuel left out: float64[lane] each (F-2, F-3)."""
    for lane in range(LANES):
        upstream[lane] = fossil[lane] * chain[lane] + bio[lane] * bio_factor[lane]


@inner
def _fuel(row, static, paths, carrier, work):
    """Factors of one burned carrier (F-1 to F-3)."""
    first, yo = static.number[at.Y0], static.number[at.YO]
    columns = static.by_carrier[:, carrier]
    bio, efuel = work.yearly[room.SPARE_A], work.yearly[room.SPARE_B]
    path_values(paths, columns[at.BIO_PATH], row, first, work.points, bio)
    path_values(paths, columns[at.EFUEL_PATH], row, first, work.points, efuel)
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
        stages = work.carriers_rows[carrier, year]
        _burned_row(fossil, fossil_co2, other, stages[room.FOSSIL], stages[room.TTW])
        upstream = stages[room.UPSTREAM]
        _supply_row(fossil, chain, bio[year], row[columns[at.BIO_FACTOR]], upstream)
        add_product(1.0, efuel[year], work.yearly[room.EFUEL_CARBON, year], upstream)


@inner
def _share_routes(row, static, paths, work):
    """Share hydrogen out over its routes: ``hydrogen[route]``, 1 (F-5)."""
    first = static.number[at.Y0]
    routes = static.by_route.shape[1]
    if static.by_hydrogen_node.shape[1] == 0:
        work.hydrogen[0] = 1.0
        return
    branches = work.hydrogen[routes:]
    for node in range(static.by_hydrogen_node.shape[1]):
        path = static.by_hydrogen_node[at.BRANCH_PATH, node]
        path_values(paths, path, row, first, work.points, branches[node])
    split_tree(static.by_hydrogen_node[at.CHILD], static.by_hydrogen_node[at.REST], branches, first,
               work.pool, work.hydrogen[:routes])  # fmt: skip


@inner
def hydrogen(row, static, paths, work, upstream):
    """Emissions of hydrogen at the nozzle, g/MJ: float64[year, lane] (F-5)."""
    first = static.number[at.Y0]
    _share_routes(row, static, paths, work)
    grid_now, made, electricity = work.yearly[room.GRID], work.yearly[room.SPARE_A], upstream
    clear(electricity)
    if static.number[at.ELECTROLYSIS_PATH] != at.NONE:
        path_values(paths, static.number[at.ELECTROLYSIS_PATH], row, first, work.points, made)
        for route in range(static.by_route.shape[1]):
            if static.by_route[at.GRID_ROUTE, route]:
                for year in range(first, upstream.shape[0]):
                    add_product(1.0, work.hydrogen[route, year], made[year], electricity[year])
    handling = row[static.column[at.HANDLING]]
    for year in range(first, upstream.shape[0]):
        add(handling, electricity[year])
        for lane in range(LANES):
            upstream[year, lane] *= grid_now[year, lane] / MJ_PER_KWH
    for route in range(static.by_route.shape[1]):
        if not static.by_route[at.GRID_ROUTE, route]:
            path = static.by_route[at.ROUTE_PATH, route]
            path_values(paths, path, row, first, work.points, made)
            for year in range(first, upstream.shape[0]):
                add_product(1.0, work.hydrogen[route, year], made[year], upstream[year])


@inner
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
        work.carriers[carrier] = 0.0
        upstream = work.yearly[room.SPARE_B]
        if role == POWER:
            mix = row[static.column[at.CHARGING_MIX]]
            for year in range(first, upstream.shape[0]):
                multiply(1.0 / MJ_PER_KWH, mix, work.yearly[room.GRID, year], upstream[year])
        else:
            hydrogen(row, static, paths, work, upstream)
        for year in range(first, upstream.shape[0]):
            copy(upstream[year], work.carriers_rows[carrier, year, room.UPSTREAM])
