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
def grid_intensity(row, static, paths, work):
    """Emissions per electricity delivered, average of the grid (F-4).

    Written to ``region.grid`` from the first output year on, g CO2e/kWh; with it what the
    electricity of e-fuel emits, g CO2e/MJ, to ``region.efuel`` (F-3).
    """
    first = static.years.first_output
    intensity, upstream = work.region.grid, work.supply.upstream
    path_values(paths, static.grid.intensity, row, first, work.points, intensity)
    level, loss = load(row, static.grid.level), load(row, static.grid.line_loss)
    last, knot = static.grid.last_observed, static.grid.first_knot
    for year in range(first, intensity.shape[0]):
        if year <= last:
            store(static.grid.observed[year] * level, intensity, year)
        elif year < knot:
            part = (knot - year) / (knot - last)
            store(load(intensity, year) * (1.0 + (level - 1.0) * part), intensity, year)
    if static.grid.direct:
        path_values(paths, static.grid.upstream, row, first, work.points, upstream)
        for year in range(first, intensity.shape[0]):
            add(load(upstream, year), intensity, year)
    accounting = work.supply.accounting
    path_values(paths, static.grid.accounting, row, first, work.points, accounting)
    efuel = work.region.efuel
    path_values(paths, static.fuels.efuel_electricity, row, first, work.points, efuel)
    for year in range(first, intensity.shape[0]):
        delivered = load(intensity, year) * load(accounting, year) / (1.0 - loss)
        store(delivered, intensity, year)
        store(load(efuel, year) * delivered / MJ_PER_KWH, efuel, year)


@inner
def _tailpipe(row, static, carrier):
    """Fossil CO2 and the other gases of one burned carrier, g/MJ: a vector each (F-1)."""
    fuel = static.fuels.of_carrier[carrier]
    gwp_ch4, gwp_n2o = static.fuels.gwp_ch4, static.fuels.gwp_n2o
    slip = load(row, fuel.slip)
    gases = load(row, fuel.ch4) * gwp_ch4 + load(row, fuel.n2o) * gwp_n2o
    slipped = GRAMS_PER_KG / METHANE_MJ_PER_KG * gwp_ch4
    return (1.0 - slip) * load(row, fuel.co2), (1.0 - slip) * gases + slip * slipped


@inner
def _fuel(row, static, paths, carrier, work):
    """Factors of one burned carrier (F-1 to F-3)."""
    first, yo = static.years.first_output, static.years.last_observed
    fuel = static.fuels.of_carrier[carrier]
    path_values(paths, fuel.bio_share, row, first, work.points, work.supply.bio)
    path_values(paths, fuel.efuel_share, row, first, work.points, work.supply.efuel)
    fossil_co2, other = _tailpipe(row, static, carrier)
    chain, kept = load(row, fuel.wtt), 1.0 - load(row, fuel.wtt_decline)
    bio_factor = load(row, fuel.bio_factor)
    for year in range(first, work.supply.bio.shape[0]):
        bio, efuel = load(work.supply.bio, year), load(work.supply.efuel, year)
        fossil = 1.0 - bio - efuel
        mark(fossil < 0.0, FUEL_SHARES_ABOVE_ONE, work.status)
        if year > yo:
            chain = chain * kept
        co2 = fossil * fossil_co2
        store(co2, work.supply.fossil, carrier, year)
        store(co2 + other, work.supply.ttw, carrier, year)
        made = efuel * load(work.region.efuel, year)
        store(fossil * chain + bio * bio_factor + made, work.supply.wtt, carrier, year)


@inner
def _share_routes(row, static, paths, work):
    """Share hydrogen out over its routes: ``work.supply.routes``, 1 (F-5)."""
    first = static.years.first_output
    if static.hydrogen.child.size == 0:
        for year in range(first, work.supply.hydrogen.shape[0]):
            store(1.0, work.supply.routes, 0, year)
        return
    branches = work.supply.forks
    for node in range(static.hydrogen.child.size):
        path = static.hydrogen.branch[node]
        path_values(paths, path, row, first, work.points, branches[node])
    split_tree(static.hydrogen.child, static.hydrogen.rest, branches, first,
               work.supply.pool, work.supply.routes)  # fmt: skip


@inner
def hydrogen_factors(row, static, paths, work, upstream):
    """Emissions of hydrogen at the nozzle, g/MJ: float64[year, lane] (F-5)."""
    first = static.years.first_output
    _share_routes(row, static, paths, work)
    made, by_grid = work.supply.made, static.hydrogen.on_grid
    clear(upstream)
    if static.hydrogen.electrolysis != NONE:
        path_values(paths, static.hydrogen.electrolysis, row, first, work.points, made)
        for route in range(by_grid.size):
            if by_grid[route]:
                for year in range(first, upstream.shape[0]):
                    add(load(work.supply.routes, route, year) * load(made, year), upstream, year)
    handling = load(row, static.hydrogen.handling)
    for year in range(first, upstream.shape[0]):
        power = load(work.region.grid, year) / MJ_PER_KWH
        store((load(upstream, year) + handling) * power, upstream, year)
    for route in range(by_grid.size):
        if not by_grid[route]:
            path = static.hydrogen.made[route]
            path_values(paths, path, row, first, work.points, made)
            for year in range(first, upstream.shape[0]):
                add(load(work.supply.routes, route, year) * load(made, year), upstream, year)


@inner
def carrier_factors(row, static, paths, work):
    """Emissions per energy of every carrier and year (F-1 to F-5), in ``supply``.

    Parameters
    ----------
    row : float64[column, lane]
    static : Static
    paths : PathTable
    work : Scratch
        The average grid stands in ``region.grid``.
    """
    first = static.years.first_output
    for carrier in range(static.fuels.of_carrier.size):
        role = static.fuels.of_carrier[carrier].role
        if role == FUEL:
            _fuel(row, static, paths, carrier, work)
            continue
        upstream = work.supply.hydrogen
        if role == HYDROGEN:
            hydrogen_factors(row, static, paths, work, upstream)
        mix = load(row, static.grid.charging_mix)
        for year in range(first, upstream.shape[0]):
            store(0.0, work.supply.ttw, carrier, year)
            store(0.0, work.supply.fossil, carrier, year)
            if role == POWER:
                store(
                    mix * load(work.region.grid, year) / MJ_PER_KWH, work.supply.wtt, carrier, year
                )
            else:
                store(load(upstream, year), work.supply.wtt, carrier, year)
