"""Equations F: what a unit of energy emits, at the tailpipe and before it.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.adoption import split_tree
from mc_engine.models.road_fleet.status import FUEL_SHARES_ABOVE_ONE, mark
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.curves import path_values
from mc_engine.numerics.lanes import add, clear, load, store
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
    level, loss = load(row, static.column[at.GRID_LEVEL]), load(row, static.column[at.LINE_LOSS])
    last, knot = static.number[at.GRID_LAST], static.number[at.GRID_KNOT]
    for year in range(first, intensity.shape[0]):
        if year <= last:
            store(static.by_year[at.GRID_OBSERVED, year] * level, intensity, year)
        elif year < knot:
            part = (knot - year) / (knot - last)
            store(load(intensity, year) * (1.0 + (level - 1.0) * part), intensity, year)
    if static.number[at.DIRECT]:
        path_values(paths, static.number[at.UPSTREAM_PATH], row, first, work.points, upstream)
        for year in range(first, intensity.shape[0]):
            add(load(upstream, year), intensity, year)
    accounting = upstream
    path_values(paths, static.number[at.ACCOUNTING_PATH], row, first, work.points, accounting)
    efuel = work.yearly[room.EFUEL_CARBON]
    path_values(paths, static.number[at.EFUEL_ELECTRICITY_PATH], row, first, work.points, efuel)
    for year in range(first, intensity.shape[0]):
        delivered = load(intensity, year) * load(accounting, year) / (1.0 - loss)
        store(delivered, intensity, year)
        store(load(efuel, year) * delivered / MJ_PER_KWH, efuel, year)


@inner
def _tailpipe(row, static, carrier):
    """Fossil CO2 and the other gases of one burned carrier, g/MJ: a vector each (F-1)."""
    columns = static.by_carrier[:, carrier]
    gwp_ch4, gwp_n2o = static.constant[at.GWP_CH4], static.constant[at.GWP_N2O]
    slip = load(row, columns[at.SLIP])
    gases = load(row, columns[at.CH4]) * gwp_ch4 + load(row, columns[at.N2O]) * gwp_n2o
    slipped = GRAMS_PER_KG / METHANE_MJ_PER_KG * gwp_ch4
    return (1.0 - slip) * load(row, columns[at.CO2]), (1.0 - slip) * gases + slip * slipped


@inner
def _fuel(row, static, paths, carrier, work):
    """Factors of one burned carrier (F-1 to F-3)."""
    first, yo = static.number[at.Y0], static.number[at.YO]
    columns = static.by_carrier[:, carrier]
    bio_path, efuel_path = work.yearly[room.SPARE_A], work.yearly[room.SPARE_B]
    path_values(paths, columns[at.BIO_PATH], row, first, work.points, bio_path)
    path_values(paths, columns[at.EFUEL_PATH], row, first, work.points, efuel_path)
    fossil_co2, other = _tailpipe(row, static, carrier)
    chain, kept = load(row, columns[at.WTT]), 1.0 - load(row, columns[at.WTT_DECLINE])
    bio_factor = load(row, columns[at.BIO_FACTOR])
    for year in range(first, bio_path.shape[0]):
        bio, efuel = load(bio_path, year), load(efuel_path, year)
        fossil = 1.0 - bio - efuel
        mark(fossil < 0.0, FUEL_SHARES_ABOVE_ONE, work.status)
        if year > yo:
            chain = chain * kept
        stages = work.carriers[carrier, year]
        co2 = fossil * fossil_co2
        store(co2, stages, room.FOSSIL)
        store(co2 + other, stages, room.TTW)
        made = efuel * load(work.yearly, room.EFUEL_CARBON, year)
        store(fossil * chain + bio * bio_factor + made, stages, room.UPSTREAM)


@inner
def _share_routes(row, static, paths, work):
    """Share hydrogen out over its routes: ``hydrogen[route]``, 1 (F-5)."""
    first = static.number[at.Y0]
    routes = static.by_route.shape[1]
    if static.by_hydrogen_node.shape[1] == 0:
        for year in range(first, work.hydrogen.shape[1]):
            store(1.0, work.hydrogen, 0, year)
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
    made, electricity, by_grid = work.yearly[room.SPARE_A], upstream, static.by_route[at.GRID_ROUTE]
    clear(electricity)
    if static.number[at.ELECTROLYSIS_PATH] != at.NONE:
        path_values(paths, static.number[at.ELECTROLYSIS_PATH], row, first, work.points, made)
        for route in range(by_grid.size):
            if by_grid[route]:
                for year in range(first, upstream.shape[0]):
                    add(load(work.hydrogen, route, year) * load(made, year), electricity, year)
    handling = load(row, static.column[at.HANDLING])
    for year in range(first, upstream.shape[0]):
        power = load(work.yearly, room.GRID, year) / MJ_PER_KWH
        store((load(electricity, year) + handling) * power, upstream, year)
    for route in range(by_grid.size):
        if not by_grid[route]:
            path = static.by_route[at.ROUTE_PATH, route]
            path_values(paths, path, row, first, work.points, made)
            for year in range(first, upstream.shape[0]):
                add(load(work.hydrogen, route, year) * load(made, year), upstream, year)


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
        upstream = work.yearly[room.SPARE_B]
        if role == HYDROGEN:
            hydrogen(row, static, paths, work, upstream)
        mix = load(row, static.column[at.CHARGING_MIX])
        for year in range(first, upstream.shape[0]):
            stages = work.carriers[carrier, year]
            clear(stages)
            if role == POWER:
                store(mix * load(work.yearly, room.GRID, year) / MJ_PER_KWH, stages, room.UPSTREAM)
            else:
                store(load(upstream, year), stages, room.UPSTREAM)
