"""One class's vehicles turned into energy and emissions (equations U, E, B-1).

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.accelerate import inner, kernel
from mc_engine.curves import path_values
from mc_engine.lanes import (
    LANES,
    add_plane,
    add_product,
    add_product_plane,
    clear,
    multiply_plane,
    multiply_row,
    scale,
)
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.balance import G_PER_MT, MJ_PER_PJ
from mc_engine.models.road_fleet.cohorts import PAD, sum_all_years
from mc_engine.models.road_fleet.energy import improvement
from mc_engine.models.road_fleet.use import age_weights


@inner
def _open_channels(static, vehicle_class, group, work):
    """Empty the channels of a group and note which can be used, and from which vintage."""
    work.used[:] = 0
    work.firsts[:] = work.number.shape[1]
    power = room.FIRST_CARRIER + static.number[at.POWER_CARRIER]
    for powertrain in range(static.by_pair.shape[2]):
        if not _belongs(static, vehicle_class, powertrain, group):
            continue
        first = static.by_pair[at.FIRST, vehicle_class, powertrain]
        two = static.by_powertrain[at.TWO_CARRIERS, powertrain]
        for channel in range(work.used.size):
            used = channel == room.DRIVEN
            if channel == room.PLUG:
                used = static.by_powertrain[at.PLUG_IN, powertrain] == 1
            elif channel >= room.FIRST_CARRIER:
                carrier = channel - room.FIRST_CARRIER
                used = static.kappa[vehicle_class, powertrain, carrier] > 0.0
                used = used or (two and channel == power)
            if used:
                work.used[channel] = 1
                work.firsts[channel] = min(work.firsts[channel], first)
    for channel in range(work.used.size):
        if work.used[channel]:
            clear(work.channels_rows[channel])


@inner
def _belongs(static, vehicle_class, powertrain, group):
    """Tell whether a class ever has a powertrain, and that in this survival group."""
    active = static.by_pair[at.ACTIVE, vehicle_class, powertrain] == 1
    return active and static.by_powertrain[at.GROUP, powertrain] == group


@inner
def _unit_energy(row, static, vehicle_class, powertrain, factor, level, unit):
    """Write energy per km on the first carrier by model year, MJ/km (E-1, E-2).

    Parameters
    ----------
    factor : float64[year, lane], 1
        From ``yo`` on.
    level : float64[lane]
        Scratch.
    unit : float64[year, lane], MJ/km
        Overwritten from the pair's first vintage on.
    """
    yo = static.number[at.YO]
    columns = static.by_pair[:, vehicle_class, powertrain]
    ratio, first = row[columns[at.ENERGY_RATIO]], columns[at.FIRST]
    has_approval = columns[at.HAS_APPROVAL] == 1
    source = row[columns[at.APPROVAL_GAP] if has_approval else columns[at.ENERGY_NEW]]
    for lane in range(LANES):
        level[lane] = source[lane] * ratio[lane]
    if columns[at.AT_BATTERY] == 1 and not has_approval:
        efficiency = row[static.by_class[at.EFFICIENCY, vehicle_class]]
        for lane in range(LANES):
            level[lane] /= efficiency[lane]
    for vintage in range(first, unit.shape[0]):
        approved = 1.0
        if has_approval:
            approved = static.approval[vehicle_class, powertrain, min(vintage, yo)]
        now = unit[vintage]
        if vintage <= yo:
            for lane in range(LANES):
                now[lane] = approved * level[lane]
        else:
            change = factor[vintage]
            for lane in range(LANES):
                now[lane] = approved * level[lane] * change[lane]


@inner
def _fill_two_carriers(row, static, paths, vehicle_class, powertrain, work):
    """Split the distance of two-carrier vehicles, which stands in ``SPARE_B`` (U-3, E-3).

    The electric part goes to the power channel; ``UNIT`` then holds the fuel of the rest, MJ/km.
    """
    columns = static.by_pair[:, vehicle_class, powertrain]
    first, yo = columns[at.FIRST], static.number[at.YO]
    unit, factor = work.yearly[room.UNIT], work.yearly[room.FACTOR]
    electric = work.yearly[room.SPARE_A]
    path_values(paths, columns[at.ELECTRIC_PATH], row, first, work.points, electric)
    power = work.channels_rows[room.FIRST_CARRIER + static.number[at.POWER_CARRIER]]
    own, fuel = work.yearly[room.SPARE_B], row[columns[at.FUEL_MODE]]
    for vintage in range(first, work.number.shape[1]):
        now, share = unit[vintage], electric[vintage]
        scale(share, now)
        add_product(1.0, own[vintage], now, power[vintage])
        for lane in range(LANES):
            now[lane] = fuel[lane] * (1.0 - share[lane])
        if vintage > yo:
            scale(factor[vintage], now)


@kernel
def pair_energy(row, static, paths, vehicle_class, powertrain, work):
    """Write energy per km by model year to ``yearly[UNIT]``, MJ/km, for who wants to see it (E).

    The electric share of two-carrier vehicles stands in ``yearly[SPARE_A]`` (U-3), the battery in
    ``yearly[SPARE_B]``, kWh (V-2).
    """
    columns = static.by_pair[:, vehicle_class, powertrain]
    factor = work.yearly[room.FACTOR]
    improvement(row[columns[at.DECLINE]], row[columns[at.FLOOR]], static.number[at.YO],
                work.lane[room.SPARE_0], factor)  # fmt: skip
    _unit_energy(row, static, vehicle_class, powertrain, factor, work.lane[room.SPARE_0],
                 work.yearly[room.UNIT])  # fmt: skip
    if static.by_powertrain[at.TWO_CARRIERS, powertrain]:
        path_values(paths, columns[at.ELECTRIC_PATH], row, columns[at.FIRST], work.points,
                    work.yearly[room.SPARE_A])  # fmt: skip
    if columns[at.BATTERY_PATH] != at.NONE:
        path_values(paths, columns[at.BATTERY_PATH], row, columns[at.FIRST], work.points,
                    work.yearly[room.SPARE_B])  # fmt: skip


@inner
def _fill_pair(row, static, paths, vehicle_class, powertrain, work):
    """Put one powertrain's vehicles, use and energy by vintage into the channels (E-3)."""
    columns = static.by_pair[:, vehicle_class, powertrain]
    first, years = columns[at.FIRST], work.number.shape[1]
    number, own = work.number[powertrain, first:], work.yearly[room.SPARE_B, first:]
    multiply_row(row[columns[at.USE_RATIO]], number, own)
    add_plane(own, work.channels_rows[room.DRIVEN, first:years])
    if static.by_powertrain[at.PLUG_IN, powertrain]:
        add_plane(number, work.channels_rows[room.PLUG, first:years])
    unit, factor = work.yearly[room.UNIT], work.yearly[room.FACTOR]
    improvement(row[columns[at.DECLINE]], row[columns[at.FLOOR]], static.number[at.YO],
                work.lane[room.SPARE_0], factor)  # fmt: skip
    _unit_energy(row, static, vehicle_class, powertrain, factor, work.lane[room.SPARE_0], unit)
    if static.by_powertrain[at.TWO_CARRIERS, powertrain]:
        _fill_two_carriers(row, static, paths, vehicle_class, powertrain, work)
    for carrier in range(static.kappa.shape[2]):
        part = static.kappa[vehicle_class, powertrain, carrier]
        if part > 0.0:
            channel = work.channels_rows[room.FIRST_CARRIER + carrier]
            add_product_plane(part, own, unit[first:], channel[first:years])


@inner
def _sum_group(row, static, vehicle_class, group, work):
    """Sum every channel of a survival group over its vintages, for all years (T-3, E-3)."""
    rows = static.by_class[at.MAX_AGE, vehicle_class] + 1 + 2 * PAD
    ages = rows - 2 * PAD
    age_weights(row[static.by_class[at.AGE_DECLINE, vehicle_class]],
                work.alive_rows[group, PAD : PAD + ages], work.lane[:2],
                work.driven_rows[group, PAD : PAD + ages])  # fmt: skip
    for place in range(PAD):
        work.driven_rows[group, place] = 0.0
        work.driven_rows[group, PAD + ages + place] = 0.0
    for channel in range(work.used.size):
        if work.used[channel]:
            weights = work.driven[group] if channel >= room.DRIVEN else work.alive[group]
            sum_all_years(work.channels[channel], weights[: rows * LANES], work.firsts[channel],
                          static.number[at.Y0], static.wave_year, static.quarters,
                          work.touched[group], work.steps[group], work.tile,
                          work.sums[channel])  # fmt: skip


@inner
def _distance_scale(static, vehicle_class, work):
    """Turn the sum of use weights into km per weight, in ``sums[DRIVEN]`` (U-1, U-2)."""
    y0 = static.number[at.Y0]
    for place in range(work.sums.shape[1]):
        year = y0 + place
        weight, distance = work.sums[room.DRIVEN, place], work.yearly[room.DISTANCE, year]
        stock = work.fleet[room.STOCK, vehicle_class, year]
        lever = static.class_year[at.LEVER, vehicle_class, year]
        for lane in range(LANES):
            total = distance[lane] * lever * stock[lane]
            weight[lane] = 0.0 if weight[lane] == 0.0 else total / weight[lane]


@inner
def _emit(static, work):
    """Turn the sums of a class into energy and emissions of every output year (E-3, B-1).

    ``by_class`` holds the class's emissions by stage; totals over classes are added to.
    """
    y0 = static.number[at.Y0]
    clear(work.by_class[0])
    clear(work.by_class[1])
    used = work.yearly[room.SPARE_A, : work.sums.shape[1]]
    # PJ/yr; g/MJ times PJ is 1e-3 Mt.
    part = MJ_PER_PJ / G_PER_MT
    for carrier in range(work.carriers.shape[1]):
        channel = work.sums[room.FIRST_CARRIER + carrier]
        multiply_plane(1.0 / MJ_PER_PJ, work.sums[room.DRIVEN], channel, used)
        add_plane(used, work.total[room.FIRST_ENERGY + carrier])
        emitted, upstream = work.carriers[room.TTW, carrier], work.carriers[room.UPSTREAM, carrier]
        add_product_plane(part, used, emitted[y0:], work.by_class[0])
        add_product_plane(part, used, upstream[y0:], work.by_class[1])
        add_product_plane(part, used, work.carriers[room.FOSSIL, carrier, y0:],
                          work.total[room.CO2])  # fmt: skip
    add_plane(work.sums[room.PLUG], work.total[room.PLUG_IN_STOCK])
    add_plane(work.by_class[0], work.total[room.EMITTED_TTW])
    add_plane(work.by_class[1], work.total[room.EMITTED_WTT])
    add_plane(work.by_class[1], work.by_class[0])


@inner
def burn(row, static, paths, vehicle_class, work):
    """Turn one class's vehicles into energy and emissions (U, E, B-1).

    Parameters
    ----------
    row : float64[column, lane]
    static : Static
    paths : PathTable
    vehicle_class : int
    work : Workspace
        ``by_class[0]`` holds the class's emissions in the widest scope afterwards, Mt CO2e/yr.
    """
    for channel in range(work.sums.shape[0]):
        clear(work.sums[channel])
    for group in range(2):
        _open_channels(static, vehicle_class, group, work)
        for powertrain in range(static.by_pair.shape[2]):
            if _belongs(static, vehicle_class, powertrain, group):
                _fill_pair(row, static, paths, vehicle_class, powertrain, work)
        _sum_group(row, static, vehicle_class, group, work)
    _distance_scale(static, vehicle_class, work)
    _emit(static, work)
