"""One class's vehicles turned into energy and emissions (equations U, E, B-1).

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.accelerate import inner, kernel
from mc_engine.curves import path_values
from mc_engine.lanes import LANES, add, add_plane, add_product, clear, clear_flat, scale
from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.balance import G_PER_MT, MJ_PER_PJ
from mc_engine.models.road_fleet.cohorts import PAD, add_all_years
from mc_engine.models.road_fleet.energy import begin_improvement, improved
from mc_engine.models.road_fleet.supply import FUEL
from mc_engine.models.road_fleet.use import age_weights

# g/MJ times PJ is 1e-3 Mt.
PJ_PER_MJ, MT_PER_G_AND_PJ = 1.0 / MJ_PER_PJ, MJ_PER_PJ / G_PER_MT
# Where a stage stands in ``Workspace.by_stage``.
UPSTREAM_PLACE = room.UPSTREAM * LANES


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
def begin_energy(row, static, vehicle_class, powertrain, work):
    """Prepare a powertrain's energy per km on its first carrier (E-1, E-2).

    Energy of the last observed year stands in ``lane[LEVEL]``, MJ/km (relative to approval where
    that is known); ``next_energy`` goes on from the year before the pair's first vintage.
    """
    columns = static.by_pair[:, vehicle_class, powertrain]
    ratio, level = row[columns[at.ENERGY_RATIO]], work.lane[room.LEVEL]
    has_approval = columns[at.HAS_APPROVAL] == 1
    source = row[columns[at.APPROVAL_GAP] if has_approval else columns[at.ENERGY_NEW]]
    for lane in range(LANES):
        level[lane] = source[lane] * ratio[lane]
    if columns[at.AT_BATTERY] == 1 and not has_approval:
        efficiency = row[static.by_class[at.EFFICIENCY, vehicle_class]]
        for lane in range(LANES):
            level[lane] /= efficiency[lane]
    begin_improvement(row[columns[at.DECLINE]], row[columns[at.FLOOR]], work.lane[room.KEPT],
                      work.lane[room.SPREAD])  # fmt: skip
    for _ in range(static.number[at.YO] + 1, columns[at.FIRST]):
        scale(work.lane[room.KEPT], work.lane[room.SPREAD])


@inner
def next_energy(row, static, vehicle_class, powertrain, vintage, work, unit):
    """Write energy per km on the first carrier of one more vintage (E-1, E-2).

    ``unit`` is float64[lane] in MJ/km; called for one vintage after another.
    """
    yo = static.number[at.YO]
    columns = static.by_pair[:, vehicle_class, powertrain]
    approved = 1.0
    if columns[at.HAS_APPROVAL] == 1:
        approved = static.approval[vehicle_class, powertrain, min(vintage, yo)]
    if vintage > yo:
        scale(work.lane[room.KEPT], work.lane[room.SPREAD])
    improved(approved, work.lane[room.LEVEL], row[columns[at.FLOOR]], work.lane[room.SPREAD],
             unit)  # fmt: skip


@kernel
def pair_energy(row, static, paths, vehicle_class, powertrain, work):
    """Write energy per km by model year to ``yearly[UNIT]``, MJ/km, for who wants to see it (E).

    The electric share of two-carrier vehicles stands in ``yearly[SPARE_A]`` (U-3), the battery in
    ``yearly[SPARE_B]``, kWh (V-2).
    """
    columns = static.by_pair[:, vehicle_class, powertrain]
    begin_energy(row, static, vehicle_class, powertrain, work)
    for vintage in range(columns[at.FIRST], work.number.shape[1]):
        next_energy(row, static, vehicle_class, powertrain, vintage, work,
                    work.yearly[room.UNIT, vintage])  # fmt: skip
    if static.by_powertrain[at.TWO_CARRIERS, powertrain]:
        path_values(paths, columns[at.ELECTRIC_PATH], row, columns[at.FIRST], work.points,
                    work.yearly[room.SPARE_A])  # fmt: skip
    if columns[at.BATTERY_PATH] != at.NONE:
        path_values(paths, columns[at.BATTERY_PATH], row, columns[at.FIRST], work.points,
                    work.yearly[room.SPARE_B])  # fmt: skip


@kernel
def _drive(use_ratio, number, own, driven):
    """Weight one vintage of a powertrain by its use, and add it to the class's: float64[lane]."""
    for lane in range(LANES):
        weighted = use_ratio[lane] * number[lane]
        own[lane] = weighted
        driven[lane] += weighted


@kernel
def _second_energy(fuel, floor, spread, share, unit):
    """Write what the distance not driven on electricity takes, MJ/km: float64[lane] each (E-3)."""
    for lane in range(LANES):
        unit[lane] = fuel[lane] * (floor[lane] + spread[lane]) * (1.0 - share[lane])


@inner
def _split_two(row, columns, share, own, unit, work, power):
    """Give one vintage's electric distance to the power channel (U-3, E-3).

    ``unit`` then holds the fuel of the rest of the distance, MJ/km.
    """
    scale(share, unit)
    add_product(1.0, own, unit, power)
    _second_energy(row[columns[at.FUEL_MODE]], row[columns[at.FLOOR]], work.lane[room.SPREAD],
                   share, unit)  # fmt: skip


@inner
def _fill_pair(row, static, paths, vehicle_class, powertrain, work):
    """Put one powertrain's vehicles, use and energy by vintage into the channels (E-3)."""
    columns, kappa = static.by_pair[:, vehicle_class, powertrain], static.kappa[vehicle_class]
    first, years, carriers = columns[at.FIRST], work.number.shape[1], kappa.shape[1]
    use_ratio, number = row[columns[at.USE_RATIO]], work.number[powertrain]
    own, unit = work.lane[room.OWN], work.lane[room.UNIT_NOW]
    channels, power = work.channels_rows, room.FIRST_CARRIER + static.number[at.POWER_CARRIER]
    two, electric = (
        static.by_powertrain[at.TWO_CARRIERS, powertrain] == 1,
        work.yearly[room.SPARE_A],
    )
    if static.by_powertrain[at.PLUG_IN, powertrain]:
        add_plane(number[first:], channels[room.PLUG, first:years])
    if two:
        path_values(paths, columns[at.ELECTRIC_PATH], row, first, work.points, electric)
    low = 0
    while low < carriers and kappa[powertrain, low] == 0.0:
        low += 1
    while carriers > low and kappa[powertrain, carriers - 1] == 0.0:
        carriers -= 1
    begin_energy(row, static, vehicle_class, powertrain, work)
    for vintage in range(first, years):
        _drive(use_ratio, number[vintage], own, channels[room.DRIVEN, vintage])
        next_energy(row, static, vehicle_class, powertrain, vintage, work, unit)
        if two:
            _split_two(row, columns, electric[vintage], own, unit, work, channels[power, vintage])
        for carrier in range(low, carriers):
            if kappa[powertrain, carrier] > 0.0:
                add_product(kappa[powertrain, carrier], own, unit,
                            channels[room.FIRST_CARRIER + carrier, vintage])  # fmt: skip


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
            work.summed[channel] = 1
            weights = work.driven[group] if channel >= room.DRIVEN else work.alive[group]
            add_all_years(work.channels[channel], weights[: rows * LANES], work.firsts[channel],
                          static.number[at.Y0], static.wave_year, static.quarters,
                          work.touched[group], work.steps[group], work.tile[0],
                          work.sums[channel])  # fmt: skip


@inner
def _distance_scale(static, vehicle_class, work):
    """Turn the sum of use weights into km per weight, in ``sums[DRIVEN]`` (U-1, U-2)."""
    y0, sums = static.number[at.Y0], work.sums_rows[room.DRIVEN]
    for place in range(sums.shape[0]):
        year = y0 + place
        weight, distance = sums[place], work.yearly[room.DISTANCE, year]
        stock = work.fleet[room.STOCK, vehicle_class, year]
        lever = static.class_year[at.LEVER, vehicle_class, year]
        for lane in range(LANES):
            total = distance[lane] * lever * stock[lane]
            weight[lane] = 0.0 if weight[lane] == 0.0 else total / weight[lane]


@kernel
def _emit_row(km, unit, factors, energy, emitted):
    """Add one carrier's energy in one year, PJ/yr, and what it emits by stage (E-3, B-1).

    Parameters
    ----------
    km : float64[lane], km per weight
    unit : float64[lane], MJ/km times weight
    factors : float64[stage * lane], g/MJ
    energy : float64[lane], PJ/yr
        Added to.
    emitted : float64[stage * lane], Mt/yr
        Added to.
    """
    for lane in range(LANES):
        used = PJ_PER_MJ * km[lane] * unit[lane]
        energy[lane] += used
        emitted[lane] += MT_PER_G_AND_PJ * used * factors[lane]
        emitted[lane + LANES] += MT_PER_G_AND_PJ * used * factors[lane + LANES]
        emitted[lane + 2 * LANES] += MT_PER_G_AND_PJ * used * factors[lane + 2 * LANES]


@kernel
def _supply_row(km, unit, factors, energy, emitted):
    """Add one carrier that emits nothing at the tailpipe; as ``_emit_row``."""
    for lane in range(LANES):
        used = PJ_PER_MJ * km[lane] * unit[lane]
        energy[lane] += used
        emitted[lane + UPSTREAM_PLACE] += MT_PER_G_AND_PJ * used * factors[lane + UPSTREAM_PLACE]


@kernel
def _total_row(by_stage, ttw, wtt, widest):
    """Add one year's emissions of a class to those of all, and write its own: float64[lane]."""
    for lane in range(LANES):
        own_ttw, own_wtt = by_stage[lane], by_stage[lane + UPSTREAM_PLACE]
        ttw[lane] += own_ttw
        wtt[lane] += own_wtt
        widest[lane] = own_ttw + own_wtt


@inner
def _emit(static, work):
    """Turn the sums of a class into energy and emissions of every output year (E-3, B-1).

    ``by_stage`` and ``by_class`` hold the class's emissions; totals over classes are added to.
    """
    y0 = static.number[at.Y0]
    clear_flat(work.by_stage)
    for place in range(work.by_stage.shape[0]):
        km, emitted = work.sums_rows[room.DRIVEN, place], work.by_stage[place]
        for carrier in range(work.carriers.shape[0]):
            channel = room.FIRST_CARRIER + carrier
            if not work.summed[channel]:
                continue
            unit, factors = work.sums_rows[channel, place], work.carriers[carrier, y0 + place]
            energy = work.total[room.FIRST_ENERGY + carrier, place]
            if static.by_carrier[at.ROLE, carrier] == FUEL:
                _emit_row(km, unit, factors, energy, emitted)
            else:
                _supply_row(km, unit, factors, energy, emitted)
        _total_row(emitted, work.total[room.EMITTED_TTW, place],
                   work.total[room.EMITTED_WTT, place], work.by_class[place])  # fmt: skip
        add(work.by_stage_rows[place, room.FOSSIL], work.total[room.CO2, place])
    add_plane(work.sums_rows[room.PLUG], work.total[room.PLUG_IN_STOCK])


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
        ``by_class`` holds the class's emissions in the widest scope afterwards, Mt CO2e/yr.
    """
    work.summed[:] = 0
    clear_flat(work.sums)
    for group in range(2):
        _open_channels(static, vehicle_class, group, work)
        for powertrain in range(static.by_pair.shape[2]):
            if _belongs(static, vehicle_class, powertrain, group):
                _fill_pair(row, static, paths, vehicle_class, powertrain, work)
        _sum_group(row, static, vehicle_class, group, work)
    _distance_scale(static, vehicle_class, work)
    _emit(static, work)
