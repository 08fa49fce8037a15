"""One class's vehicles turned into energy and emissions (equations U, E, B-1).

Every function works on ``LANES`` draws side by side; a lane is a draw.
"""

from mc_engine.models.cohort_fleet.layout import NONE
from mc_engine.models.cohort_fleet.vintages import PAD, add_all_years, group_waves
from mc_engine.models.road_fleet.balance import G_PER_MT, MJ_PER_PJ
from mc_engine.models.road_fleet.energy import approved, begin_energy
from mc_engine.models.road_fleet.scratch import DRIVEN, FIRST_CARRIER, GROUPS, PLUG_IN, TTW, WTT
from mc_engine.models.road_fleet.supply import FUEL
from mc_engine.models.road_fleet.use import age_weights
from mc_engine.numerics.accelerate import inner, kernel
from mc_engine.numerics.curves import path_values
from mc_engine.numerics.lanes import add, broadcast, clear, load, store, where

# g/MJ times PJ is 1e-3 Mt.
PJ_PER_MJ, MT_PER_G_AND_PJ = 1.0 / MJ_PER_PJ, MJ_PER_PJ / G_PER_MT


@inner
def _belongs(powertrain, pair, group):
    """Tell whether a class ever has a powertrain, and that in this survival group."""
    return pair.active == 1 and powertrain.group == group


@inner
def _open_channels(powertrains, pairs, kappa, power_carrier, group, driving):
    """Empty the channels of a group that can be used, and note their first vintages.

    ``pairs`` and ``kappa`` are those of one class.
    """
    years = driving.distance.shape[0]
    driving.first[:] = years
    power = FIRST_CARRIER + power_carrier
    for index in range(powertrains.size):
        powertrain, pair = powertrains[index], pairs[index]
        if not _belongs(powertrain, pair, group):
            continue
        for channel in range(driving.first.size):
            used = channel == DRIVEN
            if channel == PLUG_IN:
                used = powertrain.plug_in == 1
            elif channel >= FIRST_CARRIER:
                used = kappa[index, channel - FIRST_CARRIER] > 0.0
                used = used or (powertrain.two_carriers and channel == power)
            if used:
                driving.first[channel] = min(driving.first[channel], pair.first)
    for channel in range(driving.first.size):
        if driving.first[channel] < years:
            clear(driving.channels[channel, driving.first[channel] :])


@kernel
def pair_energy(row, static, paths, vehicle_class, powertrain, work):
    """Write energy per km by model year to ``driving.per_km``, MJ/km, for a replay (E).

    With it the electric share of two-carrier vehicles to ``driving.electric_share`` (U-3), and the
    battery to ``making.size``, kWh (V-2).
    """
    first, last = static.pairs[vehicle_class, powertrain].first, static.years.last_observed
    level, floor, yearly, rest = begin_energy(row, static.energy, vehicle_class, powertrain,
                                              first - last - 1)  # fmt: skip
    for vintage in range(first, work.driving.per_km.shape[0]):
        if vintage > last:
            rest = rest * yearly
        approval = approved(static.energy, vehicle_class, powertrain, min(vintage, last))
        store(approval * level * (floor + rest), work.driving.per_km, vintage)
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
def _fill_pair(row, static, paths, vehicle_class, powertrain, points, number, driving):
    """Put one powertrain's vehicles, use and energy by vintage into the channels (U-3, E-3).

    ``number`` is float64[year, lane]: vehicles sold.
    """
    energy, kappa = static.energy, static.energy.kappa[vehicle_class, powertrain]
    first, last = static.pairs[vehicle_class, powertrain].first, static.years.last_observed
    channels, electric_share = driving.channels, driving.electric_share
    power = FIRST_CARRIER + energy.power_carrier
    plug_in = static.powertrains[powertrain].plug_in == 1
    two_carriers = static.powertrains[powertrain].two_carriers == 1
    fuel_mode = broadcast(0.0)
    if two_carriers:
        path = static.use.electric_share[vehicle_class, powertrain]
        path_values(paths, path, row, first, points, electric_share)
        fuel_mode = load(row, energy.of_pair[vehicle_class, powertrain].fuel_mode)
    low, high = _carriers_of(kappa)
    use_ratio = load(row, static.use.ratio[vehicle_class, powertrain])
    level, floor, yearly, rest = begin_energy(row, energy, vehicle_class, powertrain,
                                              first - last - 1)  # fmt: skip
    for vintage in range(first, number.shape[0]):
        sold = load(number, vintage)
        if plug_in:
            add(sold, channels, PLUG_IN, vintage)
        driven = use_ratio * sold
        add(driven, channels, DRIVEN, vintage)
        if vintage > last:
            rest = rest * yearly
        used = driven * (floor + rest)
        taken = approved(energy, vehicle_class, powertrain, min(vintage, last)) * level * used
        if two_carriers:
            # The electric part of the distance first; the fuel of the others is what is left.
            share = load(electric_share, vintage)
            add(share * taken, channels, power, vintage)
            taken = fuel_mode * used * (1.0 - share)
        for carrier in range(low, high):
            if kappa[carrier] > 0.0:
                add(kappa[carrier] * taken, channels, FIRST_CARRIER + carrier, vintage)


@inner
def _sum_group(decline, first, alive, waves, tile, driving):
    """Sum every channel of a survival group over its vintages, for all years (T-3, E-3).

    Parameters
    ----------
    decline : Vector, 1/yr
        Of distance with age.
    first : int
        Position of the first output year.
    alive : float64[age + 2 * PAD, lane], 1
    waves : GroupWaves
    tile : float64[TILE, lane]
    driving : Driving
    """
    end, years = alive.shape[0] - PAD, driving.distance.shape[0]
    weights = driving.weights[: alive.shape[0]]
    age_weights(decline, alive[PAD:end], weights[PAD:end])
    clear(weights[:PAD])
    clear(weights[end:])
    for channel in range(driving.first.size):
        if driving.first[channel] < years:
            driving.summed[channel] = 1
            add_all_years(waves, driving.first[channel], first, driving.channels[channel],
                          alive if channel == PLUG_IN else weights, tile,
                          driving.sums[channel])  # fmt: skip


@inner
def _distance_scale(first, lever, stock, driving):
    """Write km per use weight, ``driving.scale`` (U-1, U-2).

    Parameters
    ----------
    first : int
        Position of the first output year.
    lever : float64[year], 1
    stock : float64[year, lane], vehicles
    driving : Driving
    """
    for index in range(driving.scale.shape[0]):
        year, weight = first + index, load(driving.sums, DRIVEN, index)
        total = load(driving.distance, year) * lever[year] * load(stock, year)
        store(where(weight == 0.0, 0.0, total / weight), driving.scale, index)


@inner
def _emit_year(index, year, fuels, supply, driving, of_class, totals):
    """Turn the sums of a class into energy and emissions of one output year (E-3, B-1).

    ``of_class`` holds the class's emissions; totals over classes are added to.
    """
    km = load(driving.scale, index)
    ttw, wtt, fossil = broadcast(0.0), broadcast(0.0), broadcast(0.0)
    for carrier in range(supply.ttw.shape[0]):
        channel = FIRST_CARRIER + carrier
        if driving.summed[channel]:
            used = PJ_PER_MJ * km * load(driving.sums, channel, index)
            add(used, totals.energy, carrier, index)
            wtt = wtt + used * load(supply.wtt, carrier, year)
            if fuels.of_carrier[carrier].role == FUEL:
                ttw = ttw + used * load(supply.ttw, carrier, year)
                fossil = fossil + used * load(supply.fossil, carrier, year)
    ttw, wtt = MT_PER_G_AND_PJ * ttw, MT_PER_G_AND_PJ * wtt
    add(ttw, totals.emissions, TTW, index)
    add(wtt, totals.emissions, WTT, index)
    add(MT_PER_G_AND_PJ * fossil, totals.co2, index)
    add(load(driving.sums, PLUG_IN, index), totals.plug_in_stock, index)
    store(wtt, of_class.supplied, index)
    store(ttw + wtt, of_class.emitted, index)


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
    driving, first, pairs = work.driving, static.years.first_output, static.pairs[vehicle_class]
    max_age = static.survival.of_class[vehicle_class].max_age
    decline = load(row, static.use.of_class[vehicle_class].age_decline)
    driving.summed[:] = 0
    for channel in range(driving.sums.shape[0]):
        clear(driving.sums[channel])
    for group in range(GROUPS):
        _open_channels(static.powertrains, pairs, static.energy.kappa[vehicle_class],
                       static.energy.power_carrier, group, driving)  # fmt: skip
        for powertrain in range(static.powertrains.size):
            if _belongs(static.powertrains[powertrain], pairs[powertrain], group):
                _fill_pair(row, static, paths, vehicle_class, powertrain, work.points,
                           work.fleet.sold[powertrain], driving)  # fmt: skip
        _sum_group(decline, first, work.cohorts.alive[group, : max_age + 1 + 2 * PAD],
                   group_waves(group, static.waves.years, work.cohorts), work.cohorts.tile[0],
                   driving)  # fmt: skip
    _distance_scale(first, static.use.lever[vehicle_class], work.fleet.stock[vehicle_class],
                    driving)  # fmt: skip
    for index in range(driving.scale.shape[0]):
        _emit_year(index, first + index, static.fuels, work.supply, driving, work.of_class,
                   work.totals)  # fmt: skip
