"""One draw, and all draws: the equations tied together."""

import math

from mc_engine.accelerate import allocator, kernel, prange, sweep
from mc_engine.curves import path_values
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.balance import (
    G_PER_MT,
    MJ_PER_PJ,
    VEHICLES_PER_MILLION,
    finite,
    removals,
)
from mc_engine.models.road_fleet.demand import population
from mc_engine.models.road_fleet.energy import add, add_scaled, improvement, weighted_sums
from mc_engine.models.road_fleet.fleet import turn_over
from mc_engine.models.road_fleet.status import NOT_FINITE, OK
from mc_engine.models.road_fleet.supply import carrier_factors, grid
from mc_engine.models.road_fleet.turnover import alive_before, apply_wave
from mc_engine.models.road_fleet.use import age_weights

# Draws handled by one thread with one workspace; rows do not depend on it.
BLOCK = 32


@kernel
def region_years(row, static, paths, work):
    """Write what all classes share: people, economy, grid, carriers (D-1, D-4, F).

    Returns
    -------
    int
        Status.
    """
    yo = static.number[at.YO]
    position = row[static.column[at.POPULATION_POSITION]]
    population(static.by_year[at.LOW : at.HIGH + 1], position, work.yearly[room.PEOPLE])
    economy = static.number[at.ECONOMY_PATH]
    path_values(paths, economy, row, yo, work.points, work.yearly[room.ECONOMY])
    grid(row, static, paths, work.points, work.yearly[room.SPARE_A], work.yearly[room.GRID])
    return carrier_factors(row, static, paths, work)


@kernel
def _open_channels(static, vehicle_class, work):
    """Empty the channels of a class and note which can be used, and from which vintage."""
    work.channels[:] = 0.0
    work.flags[room.USED] = 0
    work.flags[room.FIRSTS] = work.number.shape[1]
    power = room.FIRST_CARRIER + static.number[at.POWER_CARRIER]
    for powertrain in range(static.by_pair.shape[2]):
        if not static.by_pair[at.ACTIVE, vehicle_class, powertrain]:
            continue
        group = static.by_powertrain[at.GROUP, powertrain]
        first = static.by_pair[at.FIRST, vehicle_class, powertrain]
        two = static.by_powertrain[at.TWO_CARRIERS, powertrain]
        for channel in range(work.flags.shape[2]):
            used = channel == room.DRIVEN
            if channel == room.PLUG:
                used = static.by_powertrain[at.PLUG_IN, powertrain] == 1
            elif channel >= room.FIRST_CARRIER:
                carrier = channel - room.FIRST_CARRIER
                used = static.kappa[vehicle_class, powertrain, carrier] > 0.0
                used = used or (two and channel == power)
            if used:
                work.flags[room.USED, group, channel] = 1
                known = work.flags[room.FIRSTS, group, channel]
                work.flags[room.FIRSTS, group, channel] = min(known, first)


@kernel
def _unit_energy(row, static, vehicle_class, powertrain, factor, unit):
    """Write energy per km on the first carrier by model year, MJ/km (E-1, E-2)."""
    yo = static.number[at.YO]
    columns = static.by_pair[:, vehicle_class, powertrain]
    ratio = row[columns[at.ENERGY_RATIO]]
    if columns[at.HAS_APPROVAL]:
        gap = row[columns[at.APPROVAL_GAP]] * ratio
        for vintage in range(yo + 1):
            unit[vintage] = static.approval[vehicle_class, powertrain, vintage] * gap
    else:
        level = row[columns[at.ENERGY_NEW]] * ratio
        if columns[at.AT_BATTERY]:
            level /= row[static.by_class[at.EFFICIENCY, vehicle_class]]
        unit[: yo + 1] = level
    for vintage in range(yo + 1, unit.size):
        unit[vintage] = unit[yo] * factor[vintage]


@kernel
def _fill_pair(row, static, paths, vehicle_class, powertrain, work):
    """Put one powertrain's vehicles, use and energy by vintage into its group (U-3, E-3)."""
    factor, unit = work.yearly[room.SPARE_A], work.yearly[room.SPARE_B]
    columns = static.by_pair[:, vehicle_class, powertrain]
    first = columns[at.FIRST]
    channels = work.channels[static.by_powertrain[at.GROUP, powertrain]]
    number = work.number[powertrain]
    use = row[columns[at.USE_RATIO]]
    add(use, number, first, channels[room.DRIVEN])
    if static.by_powertrain[at.PLUG_IN, powertrain]:
        add(1.0, number, first, channels[room.PLUG])
    improvement(row[columns[at.DECLINE]], row[columns[at.FLOOR]], static.number[at.YO], factor)
    _unit_energy(row, static, vehicle_class, powertrain, factor, unit)
    if static.by_powertrain[at.TWO_CARRIERS, powertrain]:
        electric = work.yearly[room.ELECTRIC]
        path_values(paths, columns[at.ELECTRIC_PATH], row, first, work.points, electric)
        for vintage in range(first, number.size):
            unit[vintage] *= electric[vintage]
        power = channels[room.FIRST_CARRIER + static.number[at.POWER_CARRIER]]
        add_scaled(use, number, unit, first, power)
        use *= row[columns[at.FUEL_MODE]]
        for vintage in range(first, number.size):
            unit[vintage] = factor[vintage] * (1.0 - electric[vintage])
    for carrier in range(static.kappa.shape[2]):
        part = static.kappa[vehicle_class, powertrain, carrier]
        if part > 0.0:
            add_scaled(use * part, number, unit, first, channels[room.FIRST_CARRIER + carrier])


@kernel
def _apply_waves(static, ages, year, work):
    """Scrap in a wave year in every channel (T-2)."""
    for place in range(static.wave_year.size):
        if static.wave_year[place] == year:
            for group in range(2):
                if work.touched[0, group]:
                    for channel in range(work.flags.shape[2]):
                        if work.flags[room.USED, group, channel]:
                            factor = work.factors[group, place]
                            apply_wave(factor, year, ages - 1, work.channels[group, channel])


@kernel
def _sum_year(ages, year, work):
    """Sum every channel of both groups in one year; returns plug-in vehicles (E-3, T-3)."""
    work.sums[room.TOTAL] = 0.0
    plugged = 0.0
    for group in range(2):
        weights = work.ages[room.DRIVEN_AGE + group, :ages]
        flags = work.flags[:, group]
        weighted_sums(work.channels[group], weights, flags, year, room.DRIVEN,
                      work.sums[room.TOTAL])  # fmt: skip
        if work.flags[room.USED, group, room.PLUG]:
            plug = work.channels[group, room.PLUG]
            alive = work.ages[room.ALIVE + group, :ages]
            first = work.flags[room.FIRSTS, group, room.PLUG]
            plugged += alive_before(plug, alive, year, first) + plug[year]
    return plugged


@kernel
def burn(row, static, paths, vehicle_class, i, work, out):
    """Turn one class's vehicles into energy and emissions of every output year (U, E, B-1)."""
    ages = static.by_class[at.MAX_AGE, vehicle_class] + 1
    _open_channels(static, vehicle_class, work)
    for powertrain in range(static.by_pair.shape[2]):
        if static.by_pair[at.ACTIVE, vehicle_class, powertrain]:
            _fill_pair(row, static, paths, vehicle_class, powertrain, work)
    decline = row[static.by_class[at.AGE_DECLINE, vehicle_class]]
    for group in range(2):
        age_weights(decline, work.ages[room.ALIVE + group, :ages],
                    work.ages[room.DRIVEN_AGE + group, :ages])  # fmt: skip
    y0 = static.number[at.Y0]
    for year in range(static.number[at.HORIZON] + 1):
        _apply_waves(static, ages, year, work)
        if year < y0:
            continue
        place = year - y0
        out.plug_in_stock[i, place] += _sum_year(ages, year, work) / VEHICLES_PER_MILLION
        totals = work.sums[room.TOTAL]
        scale = 0.0
        if totals[room.DRIVEN] > 0.0:
            driven = work.yearly[room.DISTANCE, year]
            driven *= static.class_year[at.LEVER, vehicle_class, year]
            scale = driven * work.fleet[room.STOCK, vehicle_class, year] / totals[room.DRIVEN]
        for carrier in range(work.carriers.shape[1]):
            used = scale * totals[room.FIRST_CARRIER + carrier]
            tailpipe = used * work.carriers[room.TTW, carrier, year] / G_PER_MT
            upstream = used * work.carriers[room.UPSTREAM, carrier, year] / G_PER_MT
            out.energy[i, carrier, place] += used / MJ_PER_PJ
            out.emissions[i, 0, place] += tailpipe
            out.emissions[i, 1, place] += upstream
            out.ttw_co2[i, place] += used * work.carriers[room.FOSSIL, carrier, year] / G_PER_MT
            out.emissions_by_class[i, vehicle_class, place] += tailpipe + upstream


@kernel
def _record(static, vehicle_class, i, work, out):
    """Write stock, sales, scrapped and plug-in shares of a class."""
    y0, yo = static.number[at.Y0], static.number[at.YO]
    fleet = work.fleet[:, vehicle_class]
    for place in range(out.stock.shape[2]):
        year = y0 + place
        out.sales[i, vehicle_class, place] = fleet[room.SALES, year] / VEHICLES_PER_MILLION
        out.stock[i, vehicle_class, place] = fleet[room.STOCK, year] / VEHICLES_PER_MILLION
        out.scrapped[i, vehicle_class, place] = fleet[room.SCRAPPED, year] / VEHICLES_PER_MILLION
        share = 0.0
        if year <= yo:
            share = static.class_year[at.PLUG_SHARE, vehicle_class, year]
        else:
            for powertrain in range(work.share.shape[0]):
                if static.by_powertrain[at.PLUG_IN, powertrain]:
                    share += work.share[powertrain, year]
        out.plug_in_sales_share[i, vehicle_class, place] = share


@kernel
def _close_balance(row, static, i, work, out):
    """Write what is summed over classes: stock gap, removals, net (T-1, B-2)."""
    y0 = static.number[at.Y0]
    out_of_scope = row[static.column[at.OUT_OF_SCOPE]]
    gross = work.yearly[room.SPARE_A, : out.removals.shape[1]]
    for place in range(gross.size):
        modelled = 0.0
        for vehicle_class in range(out.stock.shape[1]):
            modelled += out.stock[i, vehicle_class, place]
        official = static.by_year[at.OFFICIAL, y0 + place] - out_of_scope
        out.stock_gap[i, place] = modelled - official / VEHICLES_PER_MILLION
        gross[place] = 0.0
        for stage in range(out.emissions.shape[1]):
            gross[place] += out.emissions[i, stage, place]
    removals(gross, row[static.column[at.REMOVAL_SHARE]], static.number[at.REMOVAL_BASE] - y0,
             static.number[at.REMOVAL_START] - y0, out.removals[i],
             out.net_emissions[i])  # fmt: skip
    for stage in range(out.emissions.shape[1]):
        if finite(out.emissions[i, stage]) != OK:
            return NOT_FINITE
    return finite(out.net_emissions[i])


@kernel
def one_draw(row, static, paths, i, work, out):
    """Evaluate one draw into row ``i`` of every output; returns its status."""
    status = region_years(row, static, paths, work)
    if status != OK:
        return status
    out.emissions[i] = 0.0
    out.emissions_by_class[i] = 0.0
    out.energy[i] = 0.0
    out.ttw_co2[i] = 0.0
    out.plug_in_stock[i] = 0.0
    out.clipped_years[i] = 0.0
    for place in range(static.history.shape[0]):
        vehicle_class = static.by_class[at.ORDER, place]
        scale, clipped, status = turn_over(row, static, paths, vehicle_class, work)
        if status != OK:
            return status
        out.survival_scale[i, vehicle_class] = scale
        out.clipped_years[i] += clipped
        _record(static, vehicle_class, i, work, out)
        burn(row, static, paths, vehicle_class, i, work, out)
    return _close_balance(row, static, i, work, out)


@kernel
def _blank(i, out):
    """Fill row ``i`` of every output with NaN."""
    out.emissions[i] = math.nan
    out.removals[i] = math.nan
    out.net_emissions[i] = math.nan
    out.emissions_by_class[i] = math.nan
    out.ttw_co2[i] = math.nan
    out.stock[i] = math.nan
    out.sales[i] = math.nan
    out.scrapped[i] = math.nan
    out.stock_gap[i] = math.nan
    out.plug_in_sales_share[i] = math.nan
    out.plug_in_stock[i] = math.nan
    out.energy[i] = math.nan
    out.survival_scale[i] = math.nan
    out.clipped_years[i] = math.nan


@allocator
def _block(first, last, static, paths, draws, out, status):
    """Evaluate draws ``first <= i < last`` with one workspace."""
    work = room.workspace(static.history, static.by_carrier.shape[1], static.by_node.shape[1],
                          static.quarters, static.log_age.size, paths.size.max())  # fmt: skip
    for i in range(first, last):
        status[i] = one_draw(draws[i], static, paths, i, work, out)
        if status[i] != OK:
            _blank(i, out)


@sweep
def all_draws(static, paths, draws, out, status):
    """Evaluate every draw; row ``i`` of each output belongs to draw ``i`` alone.

    Parameters
    ----------
    static : Static
    paths : PathTable
    draws : float64[draw, column]
    out : Outputs
    status : int32[draw]
    """
    blocks = (draws.shape[0] + BLOCK - 1) // BLOCK
    for block in prange(blocks):
        first = block * BLOCK
        _block(first, min(first + BLOCK, draws.shape[0]), static, paths, draws, out, status)
