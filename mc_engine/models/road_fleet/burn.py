"""One class's vehicles turned into energy and emissions (equations U, E, B-1).

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.balance import G_PER_MT, MJ_PER_PJ
from mc_engine.models.road_fleet.cohorts import PAD, add_all_years
from mc_engine.models.road_fleet.energy import approved, begin_energy
from mc_engine.models.road_fleet.supply import FUEL
from mc_engine.models.road_fleet.use import age_weights
from mc_engine.numerics.accelerate import inner, kernel
from mc_engine.numerics.curves import path_values
from mc_engine.numerics.lanes import add, clear, load, spread, store, where

# g/MJ times PJ is 1e-3 Mt.
PJ_PER_MJ, MT_PER_G_AND_PJ = 1.0 / MJ_PER_PJ, MJ_PER_PJ / G_PER_MT


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
            clear(work.channels[channel, work.firsts[channel] :])


@inner
def _belongs(static, vehicle_class, powertrain, group):
    """Tell whether a class ever has a powertrain, and that in this survival group."""
    active = static.by_pair[at.ACTIVE, vehicle_class, powertrain] == 1
    return active and static.by_powertrain[at.GROUP, powertrain] == group


@kernel
def pair_energy(row, static, paths, vehicle_class, powertrain, work):
    """Write energy per km by model year to ``yearly[UNIT]``, MJ/km, for who wants to see it (E).

    The electric share of two-carrier vehicles stands in ``yearly[SPARE_A]`` (U-3), the battery in
    ``yearly[SPARE_B]``, kWh (V-2).
    """
    columns = static.by_pair[:, vehicle_class, powertrain]
    level, floor, kept, rest = begin_energy(row, static, vehicle_class, powertrain)
    for vintage in range(columns[at.FIRST], work.number.shape[1]):
        if vintage > static.number[at.YO]:
            rest = rest * kept
        unit = approved(static, vehicle_class, powertrain, vintage) * level * (floor + rest)
        store(unit, work.yearly, room.UNIT, vintage)
    if static.by_powertrain[at.TWO_CARRIERS, powertrain]:
        path_values(paths, columns[at.ELECTRIC_PATH], row, columns[at.FIRST], work.points,
                    work.yearly[room.SPARE_A])  # fmt: skip
    if columns[at.BATTERY_PATH] != at.NONE:
        path_values(paths, columns[at.BATTERY_PATH], row, columns[at.FIRST], work.points,
                    work.yearly[room.SPARE_B])  # fmt: skip


@inner
def _carriers_of(kappa):
    """First and one past the last carrier that a powertrain takes energy from."""
    low, high = 0, kappa.size
    while low < high and kappa[low] == 0.0:
        low += 1
    while high > low and kappa[high - 1] == 0.0:
        high -= 1
    return low, high


@inner
def _fill_pair(row, static, paths, vehicle_class, powertrain, work):
    """Put one powertrain's vehicles, use and energy by vintage into the channels (U-3, E-3)."""
    columns, kappa = static.by_pair[:, vehicle_class, powertrain], static.kappa[vehicle_class]
    first, number, channels = columns[at.FIRST], work.number[powertrain], work.channels
    power, electric = static.number[at.POWER_CARRIER], work.yearly[room.SPARE_A]
    plug_in = static.by_powertrain[at.PLUG_IN, powertrain] == 1
    two = static.by_powertrain[at.TWO_CARRIERS, powertrain] == 1
    fuel_mode = spread(0.0)
    if two:
        path_values(paths, columns[at.ELECTRIC_PATH], row, first, work.points, electric)
        fuel_mode = load(row, columns[at.FUEL_MODE])
    low, high = _carriers_of(kappa[powertrain])
    use_ratio = load(row, columns[at.USE_RATIO])
    level, floor, kept, rest = begin_energy(row, static, vehicle_class, powertrain)
    for vintage in range(first, number.shape[0]):
        sold = load(number, vintage)
        if plug_in:
            add(sold, channels, room.PLUG, vintage)
        own = use_ratio * sold
        add(own, channels, room.DRIVEN, vintage)
        if vintage > static.number[at.YO]:
            rest = rest * kept
        used = own * (floor + rest)
        taken = approved(static, vehicle_class, powertrain, vintage) * level * used
        if two:
            # The electric part of the distance first; the fuel of the others is what is left.
            share = load(electric, vintage)
            add(share * taken, channels, room.FIRST_CARRIER + power, vintage)
            taken = fuel_mode * used * (1.0 - share)
        for carrier in range(low, high):
            if kappa[powertrain, carrier] > 0.0:
                part = kappa[powertrain, carrier] * taken
                add(part, channels, room.FIRST_CARRIER + carrier, vintage)


@inner
def _sum_group(row, static, vehicle_class, group, work):
    """Sum every channel of a survival group over its vintages, for all years (T-3, E-3)."""
    ages = static.by_class[at.MAX_AGE, vehicle_class] + 1
    alive, driven = work.alive[group, : ages + 2 * PAD], work.driven[group, : ages + 2 * PAD]
    decline = load(row, static.by_class[at.AGE_DECLINE, vehicle_class])
    age_weights(decline, alive[PAD : PAD + ages], driven[PAD : PAD + ages])
    clear(driven[:PAD])
    clear(driven[PAD + ages :])
    for channel in range(work.used.size):
        if work.used[channel]:
            work.summed[channel] = 1
            add_all_years(work.channels[channel], driven if channel >= room.DRIVEN else alive,
                          work.firsts[channel], static.number[at.Y0], static.wave_year,
                          static.quarters, work.touched[group], work.steps[group], work.tile[0],
                          work.sums[channel])  # fmt: skip


@inner
def _distance_scale(static, vehicle_class, work):
    """Turn the sum of use weights into km per weight, in ``sums[DRIVEN]`` (U-1, U-2)."""
    y0, sums = static.number[at.Y0], work.sums[room.DRIVEN]
    for place in range(sums.shape[0]):
        weight, distance = load(sums, place), load(work.yearly, room.DISTANCE, y0 + place)
        stock = load(work.fleet, room.STOCK, vehicle_class, y0 + place)
        total = distance * static.class_year[at.LEVER, vehicle_class, y0 + place] * stock
        store(where(weight == 0.0, 0.0, total / weight), sums, place)


@inner
def _emit_year(static, place, work):
    """Turn the sums of a class into energy and emissions of one output year (E-3, B-1).

    ``supplied`` and ``by_class`` hold the class's emissions; totals over classes are added to.
    """
    km, total = load(work.sums, room.DRIVEN, place), work.total
    ttw, wtt, fossil = spread(0.0), spread(0.0), spread(0.0)
    for carrier in range(work.carriers.shape[0]):
        channel = room.FIRST_CARRIER + carrier
        if work.summed[channel]:
            used = PJ_PER_MJ * km * load(work.sums, channel, place)
            add(used, total, room.FIRST_ENERGY + carrier, place)
            factors = work.carriers[carrier, static.number[at.Y0] + place]
            wtt = wtt + used * load(factors, room.UPSTREAM)
            if static.by_carrier[at.ROLE, carrier] == FUEL:
                ttw = ttw + used * load(factors, room.TTW)
                fossil = fossil + used * load(factors, room.FOSSIL)
    ttw, wtt = MT_PER_G_AND_PJ * ttw, MT_PER_G_AND_PJ * wtt
    add(ttw, total, room.EMITTED_TTW, place)
    add(wtt, total, room.EMITTED_WTT, place)
    add(MT_PER_G_AND_PJ * fossil, total, room.CO2, place)
    add(load(work.sums, room.PLUG, place), total, room.PLUG_IN_STOCK, place)
    store(wtt, work.supplied, place)
    store(ttw + wtt, work.by_class, place)


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
    for channel in range(work.sums.shape[0]):
        clear(work.sums[channel])
    for group in range(2):
        _open_channels(static, vehicle_class, group, work)
        for powertrain in range(static.by_pair.shape[2]):
            if _belongs(static, vehicle_class, powertrain, group):
                _fill_pair(row, static, paths, vehicle_class, powertrain, work)
        _sum_group(row, static, vehicle_class, group, work)
    _distance_scale(static, vehicle_class, work)
    for place in range(work.by_class.shape[0]):
        _emit_year(static, place, work)
