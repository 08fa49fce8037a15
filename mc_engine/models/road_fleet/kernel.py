"""One draw, and all draws: the equations tied together."""

import math

from mc_engine.accelerate import kernel, prange, sweep
from mc_engine.curves import path_values
from mc_engine.models.road_fleet.balance import (
    G_PER_MT,
    MJ_PER_PJ,
    VEHICLES_PER_MILLION,
    finite,
    removals,
)
from mc_engine.models.road_fleet.demand import population
from mc_engine.models.road_fleet.energy import add_scaled, improvement, weighted_sums
from mc_engine.models.road_fleet.fleet import turn_over
from mc_engine.models.road_fleet.status import OK
from mc_engine.models.road_fleet.supply import carrier_factors, grid
from mc_engine.models.road_fleet.turnover import alive_before, apply_wave
from mc_engine.models.road_fleet.use import age_weights
from mc_engine.models.road_fleet.workspace import DRIVEN, FIRST_CARRIER, PLUG, workspace

# Draws handled by one thread with one workspace; rows do not depend on it.
BLOCK = 32


@kernel
def region_years(row, static, work):
    """Write what all classes share: people, economy, grid, factors of carriers (D-1, D-4, F)."""
    calendar, supply = static.calendar, static.supply
    population(static.demand.population, row[static.demand.position], work.people)
    path_values(static.paths, static.demand.economy, row, calendar.yo, work.points, work.economy)
    grid(row, supply, static.paths, calendar.y0, work.points, work.year_a, work.grid)
    return carrier_factors(row, supply, static.paths, calendar.yo, calendar.y0, work.grid,
                           work.points, work.year_a, work.year_b, work.ttw, work.wtt,
                           work.co2)  # fmt: skip


@kernel
def _open_channels(static, vehicle_class, work):
    """Empty the channels of a class and note which can be used, and from which vintage."""
    energy, adoption = static.energy, static.adoption
    work.channels[:] = 0.0
    work.used[:] = 0
    work.firsts[:] = work.number.shape[1]
    for powertrain in range(energy.active.shape[1]):
        if not energy.active[vehicle_class, powertrain]:
            continue
        group = static.turnover.group[powertrain]
        first = energy.first[vehicle_class, powertrain]
        for channel in range(work.used.shape[1]):
            if channel == PLUG:
                wanted = adoption.plug_in[powertrain] == 1
            elif channel == DRIVEN:
                wanted = True
            else:
                carrier = channel - FIRST_CARRIER
                wanted = energy.kappa[vehicle_class, powertrain, carrier] > 0.0
                if energy.two_carriers[powertrain] and carrier == energy.power:
                    wanted = True
            if wanted:
                work.used[group, channel] = 1
                work.firsts[group, channel] = min(work.firsts[group, channel], first)


@kernel
def _unit_energy(row, energy, vehicle_class, powertrain, yo, factor, unit):
    """Write energy per km on the first carrier by model year, MJ/km (E-1, E-2)."""
    ratio = row[energy.ratio[vehicle_class, powertrain]]
    if energy.has_approval[vehicle_class, powertrain]:
        gap = row[energy.gap[vehicle_class, powertrain]] * ratio
        for vintage in range(yo + 1):
            unit[vintage] = energy.approval[vehicle_class, powertrain, vintage] * gap
    else:
        level = row[energy.new[vehicle_class, powertrain]] * ratio
        if energy.at_battery[vehicle_class, powertrain]:
            level /= row[energy.efficiency[vehicle_class]]
        unit[: yo + 1] = level
    for vintage in range(yo + 1, unit.size):
        unit[vintage] = unit[yo] * factor[vintage]


@kernel
def _fill_channels(row, static, vehicle_class, work):
    """Put vehicles, use and energy by vintage into the channels of both groups (U-3, E-3)."""
    energy, yo = static.energy, static.calendar.yo
    factor, unit, electric = work.year_a, work.year_b, work.electric
    for powertrain in range(energy.active.shape[1]):
        if not energy.active[vehicle_class, powertrain]:
            continue
        first = energy.first[vehicle_class, powertrain]
        channels = work.channels[static.turnover.group[powertrain]]
        number = work.number[powertrain]
        use = row[static.use.use_ratio[vehicle_class, powertrain]]
        for vintage in range(first, number.size):
            channels[DRIVEN, vintage] += use * number[vintage]
        if static.adoption.plug_in[powertrain]:
            for vintage in range(first, number.size):
                channels[PLUG, vintage] += number[vintage]
        improvement(row[energy.decline[vehicle_class, powertrain]],
                    row[energy.floor[vehicle_class, powertrain]], yo, factor)  # fmt: skip
        _unit_energy(row, energy, vehicle_class, powertrain, yo, factor, unit)
        fuel_use = use
        if energy.two_carriers[powertrain]:
            path = static.use.electric_share[vehicle_class, powertrain]
            path_values(static.paths, path, row, first, work.points, electric)
            for vintage in range(first, number.size):
                unit[vintage] *= electric[vintage]
            add_scaled(use, number, unit, first, channels[FIRST_CARRIER + energy.power])
            fuel_use = use * row[energy.fuel_mode[vehicle_class, powertrain]]
            for vintage in range(first, number.size):
                unit[vintage] = factor[vintage] * (1.0 - electric[vintage])
        for carrier in range(energy.kappa.shape[2]):
            part = energy.kappa[vehicle_class, powertrain, carrier]
            if part > 0.0:
                add_scaled(fuel_use * part, number, unit, first, channels[FIRST_CARRIER + carrier])


@kernel
def _apply_waves(static, vehicle_class, year, work):
    """Scrap in a wave year in every channel (T-2)."""
    turnover = static.turnover
    max_age = turnover.max_age[vehicle_class]
    for place in range(turnover.wave_year.size):
        if turnover.wave_year[place] != year:
            continue
        for group in range(2):
            touched = 0
            for wave in range(work.multipliers.size):
                touched = max(touched, work.waves[wave, group])
            if touched:
                for channel in range(work.used.shape[1]):
                    if work.used[group, channel]:
                        apply_wave(work.factors[group, place, : max_age + 1], year, max_age,
                                   work.channels[group, channel])  # fmt: skip


@kernel
def burn(row, static, vehicle_class, i, work, out):
    """Turn one class's vehicles into energy and emissions of every output year (U, E, B-1)."""
    calendar, use, turnover = static.calendar, static.use, static.turnover
    max_age = turnover.max_age[vehicle_class]
    _open_channels(static, vehicle_class, work)
    _fill_channels(row, static, vehicle_class, work)
    decline = row[use.age_decline[vehicle_class]]
    for group in range(2):
        age_weights(decline, work.alive[group, : max_age + 1], work.driven[group, : max_age + 1])
    for year in range(calendar.horizon + 1):
        _apply_waves(static, vehicle_class, year, work)
        if year < calendar.y0:
            continue
        place = year - calendar.y0
        work.totals[:] = 0.0
        for group in range(2):
            weighted_sums(work.channels[group, DRIVEN:], work.driven[group, : max_age + 1],
                          work.used[group, DRIVEN:], work.firsts[group, DRIVEN:], year, max_age,
                          work.sums[DRIVEN:])  # fmt: skip
            for channel in range(DRIVEN, work.totals.size):
                work.totals[channel] += work.sums[channel]
            if work.used[group, PLUG]:
                plugged = alive_before(work.channels[group, PLUG], work.alive[group, : max_age + 1],
                                       year + 1, max_age + 1, work.firsts[group, PLUG])  # fmt: skip
                out.plug_in_stock[i, place] += plugged / VEHICLES_PER_MILLION
        scale = 0.0
        if work.totals[DRIVEN] > 0.0:
            driven = work.distance[year] * use.lever[vehicle_class, year]
            scale = driven * work.stock[vehicle_class, year] / work.totals[DRIVEN]
        for carrier in range(work.ttw.shape[0]):
            used = scale * work.totals[FIRST_CARRIER + carrier]
            tailpipe = used * work.ttw[carrier, year] / G_PER_MT
            upstream = used * work.wtt[carrier, year] / G_PER_MT
            out.energy[i, carrier, place] += used / MJ_PER_PJ
            out.emissions[i, 0, place] += tailpipe
            out.emissions[i, 1, place] += upstream
            out.ttw_co2[i, place] += used * work.co2[carrier, year] / G_PER_MT
            out.emissions_by_class[i, vehicle_class, place] += tailpipe + upstream


@kernel
def _record(row, static, vehicle_class, i, work, out):
    """Write stock, sales, scrapped and plug-in shares of a class."""
    calendar, adoption = static.calendar, static.adoption
    for year in range(calendar.y0, calendar.horizon + 1):
        place = year - calendar.y0
        out.stock[i, vehicle_class, place] = work.stock[vehicle_class, year] / VEHICLES_PER_MILLION
        out.sales[i, vehicle_class, place] = work.sales[vehicle_class, year] / VEHICLES_PER_MILLION
        out.scrapped[i, vehicle_class, place] = (
            work.scrapped[vehicle_class, year] / VEHICLES_PER_MILLION
        )
        if year <= calendar.yo:
            share = adoption.observed_plug_share[vehicle_class, year]
        else:
            share = 0.0
            for powertrain in range(adoption.plug_in.size):
                if adoption.plug_in[powertrain]:
                    share += work.share[powertrain, year]
        out.plug_in_sales_share[i, vehicle_class, place] = share


@kernel
def one_draw(row, static, i, work, out):
    """Evaluate one draw into row ``i`` of every output; returns its status."""
    calendar, turnover = static.calendar, static.turnover
    status = region_years(row, static, work)
    if status != OK:
        return status
    for variable in (out.emissions, out.emissions_by_class, out.energy):
        variable[i, :, :] = 0.0
    for variable in (out.ttw_co2, out.plug_in_stock, out.stock_gap):
        variable[i, :] = 0.0
    out.clipped_years[i] = 0.0
    for place in range(turnover.order.size):
        vehicle_class = turnover.order[place]
        scale, clipped, status = turn_over(row, static, vehicle_class, work)
        if status != OK:
            return status
        out.survival_scale[i, vehicle_class] = scale
        out.clipped_years[i] += clipped
        _record(row, static, vehicle_class, i, work, out)
        burn(row, static, vehicle_class, i, work, out)
    out_of_scope = row[turnover.out_of_scope]
    for year in range(calendar.horizon + 1 - calendar.y0):
        modelled = 0.0
        gross = 0.0
        for vehicle_class in range(turnover.order.size):
            modelled += out.stock[i, vehicle_class, year]
        for stage in range(out.emissions.shape[1]):
            gross += out.emissions[i, stage, year]
        official = turnover.official[year + calendar.y0] - out_of_scope
        out.stock_gap[i, year] = modelled - official / VEHICLES_PER_MILLION
        work.year_a[year] = gross
    removals(work.year_a[: out.removals.shape[1]], row[static.balance.removal_share],
             static.balance.base - calendar.y0, static.balance.start - calendar.y0,
             out.removals[i], out.net_emissions[i])  # fmt: skip
    return finite(out.emissions[i])


@kernel
def _blank(i, out):
    """Fill row ``i`` of every output with NaN."""
    for variable in (out.emissions, out.emissions_by_class, out.stock, out.sales, out.scrapped,
                     out.plug_in_sales_share, out.energy):  # fmt: skip
        variable[i, :, :] = math.nan
    for variable in (out.removals, out.net_emissions, out.ttw_co2, out.stock_gap,
                     out.plug_in_stock, out.survival_scale):  # fmt: skip
        variable[i, :] = math.nan
    out.clipped_years[i] = math.nan


@sweep
def all_draws(static, draws, out, status):
    """Evaluate every draw; row ``i`` of each output belongs to draw ``i`` alone.

    Parameters
    ----------
    static : Static
    draws : float64[draw, column]
    out : Outputs
    status : int32[draw]
    """
    blocks = (draws.shape[0] + BLOCK - 1) // BLOCK
    for block in prange(blocks):
        work = workspace(static)
        for i in range(block * BLOCK, min((block + 1) * BLOCK, draws.shape[0])):
            status[i] = one_draw(draws[i], static, i, work, out)
            if status[i] != OK:
                _blank(i, out)
