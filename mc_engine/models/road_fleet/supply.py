"""Equations F: what a unit of energy emits, at the tailpipe and before it.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.models.road_fleet.adoption import split_tree
from mc_engine.models.road_fleet.static import NONE
from mc_engine.models.road_fleet.status import FUEL_SHARES_ABOVE_ONE, mark
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.curves import path_values
from mc_engine.numerics.lanes import add, clear, load, store
from mc_engine.units import METHANE_MJ_PER_KG, MJ_PER_KWH

FUEL, POWER, HYDROGEN = 0, 1, 2
GRAMS_PER_KG = 1000.0


@inner
def grid_intensity(row, years, fuels, grid, paths, points, region, supply):
    """Emissions per electricity delivered, average of the grid (F-4).

    Written to ``region.grid`` from the first output year on, g CO2e/kWh; with it what the
    electricity of e-fuel emits, g CO2e/MJ, to ``region.efuel`` (F-3).
    """
    first = years.first_output
    intensity, upstream = region.grid, supply.upstream
    path_values(paths, grid.intensity, row, first, points, intensity)
    level, loss = load(row, grid.level), load(row, grid.line_loss)
    last, knot = grid.last_observed, grid.first_knot
    for year in range(first, intensity.shape[0]):
        if year <= last:
            store(grid.observed[year] * level, intensity, year)
        elif year < knot:
            part = (knot - year) / (knot - last)
            store(load(intensity, year) * (1.0 + (level - 1.0) * part), intensity, year)
    if grid.direct:
        path_values(paths, grid.upstream, row, first, points, upstream)
        for year in range(first, intensity.shape[0]):
            add(load(upstream, year), intensity, year)
    accounting = supply.accounting
    path_values(paths, grid.accounting, row, first, points, accounting)
    efuel = region.efuel
    path_values(paths, fuels.efuel_electricity, row, first, points, efuel)
    for year in range(first, intensity.shape[0]):
        delivered = load(intensity, year) * load(accounting, year) / (1.0 - loss)
        store(delivered, intensity, year)
        store(load(efuel, year) * delivered / MJ_PER_KWH, efuel, year)


@inner
def _tailpipe(row, fuels, carrier):
    """Fossil CO2 and the other gases of one burned carrier, g/MJ: a vector each (F-1)."""
    fuel = fuels.of_carrier[carrier]
    gwp_ch4, gwp_n2o = fuels.gwp_ch4, fuels.gwp_n2o
    slip = load(row, fuel.slip)
    gases = load(row, fuel.ch4) * gwp_ch4 + load(row, fuel.n2o) * gwp_n2o
    slipped = GRAMS_PER_KG / METHANE_MJ_PER_KG * gwp_ch4
    return (1.0 - slip) * load(row, fuel.co2), (1.0 - slip) * gases + slip * slipped


@inner
def _fuel(row, years, fuels, paths, carrier, points, status, region, supply):
    """Factors of one burned carrier (F-1 to F-3)."""
    first, yo = years.first_output, years.last_observed
    fuel = fuels.of_carrier[carrier]
    path_values(paths, fuel.bio_share, row, first, points, supply.bio)
    path_values(paths, fuel.efuel_share, row, first, points, supply.efuel)
    fossil_co2, other = _tailpipe(row, fuels, carrier)
    chain, kept = load(row, fuel.wtt), 1.0 - load(row, fuel.wtt_decline)
    bio_factor = load(row, fuel.bio_factor)
    for year in range(first, supply.bio.shape[0]):
        bio, efuel = load(supply.bio, year), load(supply.efuel, year)
        fossil = 1.0 - bio - efuel
        mark(fossil < 0.0, FUEL_SHARES_ABOVE_ONE, status)
        if year > yo:
            chain = chain * kept
        co2 = fossil * fossil_co2
        store(co2, supply.fossil, carrier, year)
        store(co2 + other, supply.ttw, carrier, year)
        made = efuel * load(region.efuel, year)
        store(fossil * chain + bio * bio_factor + made, supply.wtt, carrier, year)


@inner
def _share_routes(row, years, hydrogen, paths, points, supply):
    """Share hydrogen out over its routes: ``work.supply.routes``, 1 (F-5)."""
    first = years.first_output
    if hydrogen.child.size == 0:
        for year in range(first, supply.hydrogen.shape[0]):
            store(1.0, supply.routes, 0, year)
        return
    branches = supply.forks
    for node in range(hydrogen.child.size):
        path = hydrogen.branch[node]
        path_values(paths, path, row, first, points, branches[node])
    split_tree(hydrogen.child, hydrogen.rest, branches, first,
               supply.pool, supply.routes)  # fmt: skip


@inner
def hydrogen_factors(row, years, hydrogen, paths, points, region, supply, upstream):
    """Emissions of hydrogen at the nozzle, g/MJ: float64[year, lane] (F-5)."""
    first = years.first_output
    _share_routes(row, years, hydrogen, paths, points, supply)
    made, by_grid = supply.made, hydrogen.on_grid
    clear(upstream)
    if hydrogen.electrolysis != NONE:
        path_values(paths, hydrogen.electrolysis, row, first, points, made)
        for route in range(by_grid.size):
            if by_grid[route]:
                for year in range(first, upstream.shape[0]):
                    add(load(supply.routes, route, year) * load(made, year), upstream, year)
    handling = load(row, hydrogen.handling)
    for year in range(first, upstream.shape[0]):
        power = load(region.grid, year) / MJ_PER_KWH
        store((load(upstream, year) + handling) * power, upstream, year)
    for route in range(by_grid.size):
        if not by_grid[route]:
            path = hydrogen.made[route]
            path_values(paths, path, row, first, points, made)
            for year in range(first, upstream.shape[0]):
                add(load(supply.routes, route, year) * load(made, year), upstream, year)


@inner
def carrier_factors(row, years, fuels, grid, hydrogen, paths, points, status, region, supply):
    """Emissions per energy of every carrier and year (F-1 to F-5), in ``supply``.

    Parameters
    ----------
    row : float64[column, lane]
    static : Static
    paths : PathTable
    work : Scratch
        The average grid stands in ``region.grid``.
    """
    first = years.first_output
    for carrier in range(fuels.of_carrier.size):
        role = fuels.of_carrier[carrier].role
        if role == FUEL:
            _fuel(row, years, fuels, paths, carrier, points, status, region, supply)
            continue
        upstream = supply.hydrogen
        if role == HYDROGEN:
            hydrogen_factors(row, years, hydrogen, paths, points, region, supply, upstream)
        mix = load(row, grid.charging_mix)
        for year in range(first, upstream.shape[0]):
            store(0.0, supply.ttw, carrier, year)
            store(0.0, supply.fossil, carrier, year)
            if role == POWER:
                store(mix * load(region.grid, year) / MJ_PER_KWH, supply.wtt, carrier, year)
            else:
                store(load(upstream, year), supply.wtt, carrier, year)
