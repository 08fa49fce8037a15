"""Equations F: what a unit of energy emits, at the tailpipe and before it.

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.models.cohort_fleet.adoption import split_tree
from mc_engine.models.cohort_fleet.blocks import mark
from mc_engine.models.cohort_fleet.layout import NONE
from mc_engine.models.road_fleet.status import FUEL_SHARES_ABOVE_ONE
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.curves import path_values
from mc_engine.numerics.lanes import add, clear, load, store
from mc_engine.units import METHANE_MJ_PER_KG, MJ_PER_KWH

FUEL, POWER, HYDROGEN = 0, 1, 2
GRAMS_PER_KG = 1000.0


@inner
def _generated(row, first, grid, paths, points, supply):
    """Write emissions per electricity generated, g CO2e/kWh: ``supply.generated`` (F-4)."""
    generated, level = supply.generated, load(row, grid.level)
    path_values(paths, grid.intensity, row, first, points, generated)
    last, knot = grid.last_observed, grid.first_knot
    for year in range(first, generated.shape[0]):
        if year <= last:
            store(grid.observed[year] * level, generated, year)
        elif year < knot:
            part = (knot - year) / (knot - last)
            store(load(generated, year) * (1.0 + (level - 1.0) * part), generated, year)
    if grid.direct:
        path_values(paths, grid.upstream, row, first, points, supply.upstream)
        for year in range(first, generated.shape[0]):
            add(load(supply.upstream, year), generated, year)


@inner
def electricity_intensity(row, static, paths, work):
    """Emissions per electricity delivered, average of the grid (F-4), and in e-fuel (F-3).

    Written to ``region.grid``, g CO2e/kWh, and ``region.efuel_electricity``, g CO2e/MJ, from the
    first output year on.
    """
    first, grid, supply = static.years.first_output, static.grid, work.supply
    delivered, in_efuel = work.region.grid, work.region.efuel_electricity
    _generated(row, first, grid, paths, work.points, supply)
    path_values(paths, grid.accounting, row, first, work.points, supply.accounting)
    path_values(paths, static.fuels.efuel_electricity, row, first, work.points, supply.efuel_use)
    loss = load(row, grid.line_loss)
    for year in range(first, delivered.shape[0]):
        intensity = load(supply.generated, year) * load(supply.accounting, year) / (1.0 - loss)
        store(intensity, delivered, year)
        store(load(supply.efuel_use, year) * intensity / MJ_PER_KWH, in_efuel, year)


@inner
def _tailpipe(row, fuels, carrier):
    """Fossil CO2 and the other gases of one burned carrier, g/MJ: a vector each (F-1)."""
    fuel, slip = fuels.of_carrier[carrier], load(row, fuels.of_carrier[carrier].slip)
    gases = load(row, fuel.ch4) * fuels.gwp_ch4 + load(row, fuel.n2o) * fuels.gwp_n2o
    slipped = GRAMS_PER_KG / METHANE_MJ_PER_KG * fuels.gwp_ch4
    return (1.0 - slip) * load(row, fuel.co2), (1.0 - slip) * gases + slip * slipped


@inner
def _fuel(row, static, paths, carrier, work):
    """Factors of one burned carrier (F-1 to F-3)."""
    first, fuel, supply = static.years.first_output, static.fuels.of_carrier[carrier], work.supply
    path_values(paths, fuel.bio_share, row, first, work.points, supply.bio)
    path_values(paths, fuel.efuel_share, row, first, work.points, supply.efuel)
    fossil_co2, other = _tailpipe(row, static.fuels, carrier)
    chain, yearly = load(row, fuel.wtt), 1.0 - load(row, fuel.wtt_decline)
    bio_factor = load(row, fuel.bio_factor)
    for year in range(first, supply.bio.shape[0]):
        bio, efuel = load(supply.bio, year), load(supply.efuel, year)
        fossil = 1.0 - bio - efuel
        mark(fossil < 0.0, FUEL_SHARES_ABOVE_ONE, work.status)
        if year > static.years.last_observed:
            chain = chain * yearly
        co2 = fossil * fossil_co2
        store(co2, supply.fossil, carrier, year)
        store(co2 + other, supply.ttw, carrier, year)
        made = efuel * load(work.region.efuel_electricity, year)
        store(fossil * chain + bio * bio_factor + made, supply.wtt, carrier, year)


@inner
def _share_routes(row, first, hydrogen, paths, points, supply):
    """Share hydrogen out over its routes: ``supply.routes``, 1 (F-5)."""
    if hydrogen.child.size == 0:
        for year in range(first, supply.hydrogen.shape[0]):
            store(1.0, supply.routes, 0, year)
        return
    for node in range(hydrogen.child.size):
        path_values(paths, hydrogen.branch[node], row, first, points, supply.forks[node])
    split_tree(hydrogen.child, hydrogen.rest, supply.forks, first, supply.pool, supply.routes)


@inner
def _add_route(route, first, values, supply, total):
    """Add what hydrogen has of one route, its share times ``values``: float64[year, lane] each."""
    for year in range(first, total.shape[0]):
        add(load(supply.routes, route, year) * load(values, year), total, year)


@inner
def _hydrogen(row, first, hydrogen, paths, work):
    """Emissions of hydrogen at the nozzle, g/MJ: ``supply.hydrogen`` (F-5)."""
    supply, points, on_grid = work.supply, work.points, hydrogen.on_grid
    _share_routes(row, first, hydrogen, paths, points, supply)
    clear(supply.electricity)
    if hydrogen.electrolysis != NONE:
        path_values(paths, hydrogen.electrolysis, row, first, points, supply.electrolysis)
        for route in range(on_grid.size):
            if on_grid[route]:
                _add_route(route, first, supply.electrolysis, supply, supply.electricity)
    handling = load(row, hydrogen.handling)
    for year in range(first, supply.hydrogen.shape[0]):
        grid = load(work.region.grid, year) / MJ_PER_KWH
        store((load(supply.electricity, year) + handling) * grid, supply.hydrogen, year)
    for route in range(on_grid.size):
        if not on_grid[route]:
            path_values(paths, hydrogen.made[route], row, first, points, supply.route)
            _add_route(route, first, supply.route, supply, supply.hydrogen)


@inner
def carrier_factors(row, static, paths, work):
    """Emissions per energy of every carrier and year (F-1 to F-5).

    Parameters
    ----------
    row : float64[column, lane]
    static : Static
    paths : PathTable
    work : Scratch
        ``supply`` holds the result; the average grid stands in ``region.grid``.
    """
    first, supply, grid = static.years.first_output, work.supply, work.region.grid
    mix = load(row, static.grid.charging_mix)
    for carrier in range(static.fuels.of_carrier.size):
        role = static.fuels.of_carrier[carrier].role
        if role == FUEL:
            _fuel(row, static, paths, carrier, work)
            continue
        if role == HYDROGEN:
            _hydrogen(row, first, static.hydrogen, paths, work)
        for year in range(first, grid.shape[0]):
            store(0.0, supply.ttw, carrier, year)
            store(0.0, supply.fossil, carrier, year)
            if role == POWER:
                store(mix * load(grid, year) / MJ_PER_KWH, supply.wtt, carrier, year)
            else:
                store(load(supply.hydrogen, year), supply.wtt, carrier, year)
