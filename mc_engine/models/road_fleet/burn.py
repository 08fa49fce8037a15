"""One class's vehicles turned into energy and emissions (equations U, E, B-1).

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.models.road_fleet.balance import G_PER_MT, MJ_PER_PJ
from mc_engine.models.road_fleet.cohorts import PAD, add_all_years
from mc_engine.models.road_fleet.energy import approved, begin_energy
from mc_engine.models.road_fleet.scratch import DRIVEN, FIRST_CARRIER, PLUG, TTW, WTT
from mc_engine.models.road_fleet.static import NONE
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
    work.driving.used[:] = 0
    work.driving.firsts[:] = work.fleet.number.shape[1]
    power = FIRST_CARRIER + static.energy.power_carrier
    for powertrain in range(static.powertrains.size):
        if not _belongs(static, vehicle_class, powertrain, group):
            continue
        first = static.pairs[vehicle_class, powertrain].first
        two = static.powertrains[powertrain].two_carriers
        for channel in range(work.driving.used.size):
            used = channel == DRIVEN
            if channel == PLUG:
                used = static.powertrains[powertrain].plug_in == 1
            elif channel >= FIRST_CARRIER:
                carrier = channel - FIRST_CARRIER
                used = static.energy.kappa[vehicle_class, powertrain, carrier] > 0.0
                used = used or (two and channel == power)
            if used:
                work.driving.used[channel] = 1
                work.driving.firsts[channel] = min(work.driving.firsts[channel], first)
    for channel in range(work.driving.used.size):
        if work.driving.used[channel]:
            clear(work.driving.channels[channel, work.driving.firsts[channel] :])


@inner
def _belongs(static, vehicle_class, powertrain, group):
    """Tell whether a class ever has a powertrain, and that in this survival group."""
    active = static.pairs[vehicle_class, powertrain].active == 1
    return active and static.powertrains[powertrain].group == group


@kernel
def pair_energy(row, static, paths, vehicle_class, powertrain, work):
    """Write energy per km by model year to ``driving.per_km``, MJ/km, for a replay (E).

    With it the electric share of two-carrier vehicles to ``driving.electric_share`` (U-3), and the
    battery to ``making.size``, kWh (V-2).
    """
    first = static.pairs[vehicle_class, powertrain].first
    level, floor, kept, rest = begin_energy(row, static, vehicle_class, powertrain)
    for vintage in range(first, work.fleet.number.shape[1]):
        if vintage > static.years.last_observed:
            rest = rest * kept
        unit = approved(static, vehicle_class, powertrain, vintage) * level * (floor + rest)
        store(unit, work.driving.per_km, vintage)
    if static.powertrains[powertrain].two_carriers:
        share = static.use.electric_share[vehicle_class, powertrain]
        path_values(paths, share, row, first, work.points, work.driving.electric_share)
    size = static.cycle.of_pair[vehicle_class, powertrain].battery_size
    if size != NONE:
        path_values(paths, size, row, first, work.points, work.making.size)


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
    kappa, first = static.energy.kappa[vehicle_class], static.pairs[vehicle_class, powertrain].first
    number, channels = work.fleet.number[powertrain], work.driving.channels
    power, electric = static.energy.power_carrier, work.driving.electric_share
    plug_in = static.powertrains[powertrain].plug_in == 1
    two = static.powertrains[powertrain].two_carriers == 1
    fuel_mode = spread(0.0)
    if two:
        share = static.use.electric_share[vehicle_class, powertrain]
        path_values(paths, share, row, first, work.points, electric)
        fuel_mode = load(row, static.energy.of_pair[vehicle_class, powertrain].fuel_mode)
    low, high = _carriers_of(kappa[powertrain])
    use_ratio = load(row, static.use.ratio[vehicle_class, powertrain])
    level, floor, kept, rest = begin_energy(row, static, vehicle_class, powertrain)
    for vintage in range(first, number.shape[0]):
        sold = load(number, vintage)
        if plug_in:
            add(sold, channels, PLUG, vintage)
        own = use_ratio * sold
        add(own, channels, DRIVEN, vintage)
        if vintage > static.years.last_observed:
            rest = rest * kept
        used = own * (floor + rest)
        taken = approved(static, vehicle_class, powertrain, vintage) * level * used
        if two:
            # The electric part of the distance first; the fuel of the others is what is left.
            electric_share = load(electric, vintage)
            add(electric_share * taken, channels, FIRST_CARRIER + power, vintage)
            taken = fuel_mode * used * (1.0 - electric_share)
        for carrier in range(low, high):
            if kappa[powertrain, carrier] > 0.0:
                part = kappa[powertrain, carrier] * taken
                add(part, channels, FIRST_CARRIER + carrier, vintage)


@inner
def _sum_group(row, static, vehicle_class, group, work):
    """Sum every channel of a survival group over its vintages, for all years (T-3, E-3)."""
    ages = static.survival.of_class[vehicle_class].max_age + 1
    alive, driven = (
        work.cohort.alive[group, : ages + 2 * PAD],
        work.cohort.driven[group, : ages + 2 * PAD],
    )
    decline = load(row, static.use.of_class[vehicle_class].age_decline)
    age_weights(decline, alive[PAD : PAD + ages], driven[PAD : PAD + ages])
    clear(driven[:PAD])
    clear(driven[PAD + ages :])
    for channel in range(work.driving.used.size):
        if work.driving.used[channel]:
            work.driving.summed[channel] = 1
            add_all_years(work.driving.channels[channel], driven if channel >= DRIVEN else alive,
                          work.driving.firsts[channel], static.years.first_output, static.waves.year,
                          static.waves.quarters, work.cohort.touched[group], work.cohort.steps[group], work.cohort.tile[0],
                          work.driving.sums[channel])  # fmt: skip


@inner
def _distance_scale(static, vehicle_class, work):
    """Turn the sum of use weights into km per weight, in ``sums[DRIVEN]`` (U-1, U-2)."""
    y0, sums = static.years.first_output, work.driving.sums[DRIVEN]
    for place in range(sums.shape[0]):
        weight, distance = load(sums, place), load(work.driving.distance, y0 + place)
        stock = load(work.fleet.stock, vehicle_class, y0 + place)
        total = distance * static.use.lever[vehicle_class, y0 + place] * stock
        store(where(weight == 0.0, 0.0, total / weight), sums, place)


@inner
def _emit_year(static, place, work):
    """Turn the sums of a class into energy and emissions of one output year (E-3, B-1).

    ``of_class`` holds the class's emissions; totals over classes are added to.
    """
    km = load(work.driving.sums, DRIVEN, place)
    ttw, wtt, fossil = spread(0.0), spread(0.0), spread(0.0)
    for carrier in range(work.supply.ttw.shape[0]):
        channel = FIRST_CARRIER + carrier
        if work.driving.summed[channel]:
            used = PJ_PER_MJ * km * load(work.driving.sums, channel, place)
            add(used, work.totals.energy, carrier, place)
            year = static.years.first_output + place
            wtt = wtt + used * load(work.supply.wtt, carrier, year)
            if static.fuels.of_carrier[carrier].role == FUEL:
                ttw = ttw + used * load(work.supply.ttw, carrier, year)
                fossil = fossil + used * load(work.supply.fossil, carrier, year)
    ttw, wtt = MT_PER_G_AND_PJ * ttw, MT_PER_G_AND_PJ * wtt
    add(ttw, work.totals.emissions, TTW, place)
    add(wtt, work.totals.emissions, WTT, place)
    add(MT_PER_G_AND_PJ * fossil, work.totals.co2, place)
    add(load(work.driving.sums, PLUG, place), work.totals.plug_in_stock, place)
    store(wtt, work.of_class.supplied, place)
    store(ttw + wtt, work.of_class.emitted, place)


@inner
def energy_and_emissions(row, static, paths, vehicle_class, work):
    """Turn one class's vehicles into energy and emissions (U, E, B-1).

    Parameters
    ----------
    row : float64[column, lane]
    static : Static
    paths : PathTable
    vehicle_class : int
    work : Scratch
        ``of_class.emitted`` holds the class's emissions in the widest scope afterwards, Mt CO2e/yr.
    """
    work.driving.summed[:] = 0
    for channel in range(work.driving.sums.shape[0]):
        clear(work.driving.sums[channel])
    for group in range(2):
        _open_channels(static, vehicle_class, group, work)
        for powertrain in range(static.powertrains.size):
            if _belongs(static, vehicle_class, powertrain, group):
                _fill_pair(row, static, paths, vehicle_class, powertrain, work)
        _sum_group(row, static, vehicle_class, group, work)
    _distance_scale(static, vehicle_class, work)
    for place in range(work.of_class.emitted.shape[0]):
        _emit_year(static, place, work)
