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
def _open_channels(powertrains, pairs, energy, vehicle_class, group, fleet, driving):
    """Empty the channels of a group and note which can be used, and from which vintage."""
    driving.used[:] = 0
    driving.firsts[:] = fleet.number.shape[1]
    power = FIRST_CARRIER + energy.power_carrier
    for powertrain in range(powertrains.size):
        if not _belongs(powertrains, pairs, vehicle_class, powertrain, group):
            continue
        first = pairs[vehicle_class, powertrain].first
        two = powertrains[powertrain].two_carriers
        for channel in range(driving.used.size):
            used = channel == DRIVEN
            if channel == PLUG:
                used = powertrains[powertrain].plug_in == 1
            elif channel >= FIRST_CARRIER:
                carrier = channel - FIRST_CARRIER
                used = energy.kappa[vehicle_class, powertrain, carrier] > 0.0
                used = used or (two and channel == power)
            if used:
                driving.used[channel] = 1
                driving.firsts[channel] = min(driving.firsts[channel], first)
    for channel in range(driving.used.size):
        if driving.used[channel]:
            clear(driving.channels[channel, driving.firsts[channel] :])


@inner
def _belongs(powertrains, pairs, vehicle_class, powertrain, group):
    """Tell whether a class ever has a powertrain, and that in this survival group."""
    active = pairs[vehicle_class, powertrain].active == 1
    return active and powertrains[powertrain].group == group


@kernel
def pair_energy(row, static, paths, vehicle_class, powertrain, work):
    """Write energy per km by model year to ``driving.per_km``, MJ/km, for a replay (E).

    With it the electric share of two-carrier vehicles to ``driving.electric_share`` (U-3), and the
    battery to ``making.size``, kWh (V-2).
    """
    first = static.pairs[vehicle_class, powertrain].first
    level, floor, kept, rest = begin_energy(
        row, static.years, static.pairs, static.energy, vehicle_class, powertrain
    )
    for vintage in range(first, work.fleet.number.shape[1]):
        if vintage > static.years.last_observed:
            rest = rest * kept
        unit = (
            approved(static.years, static.energy, vehicle_class, powertrain, vintage)
            * level
            * (floor + rest)
        )
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
def _fill_pair(row, static, paths, vehicle_class, powertrain, points, fleet, driving):
    """Put one powertrain's vehicles, use and energy by vintage into the channels (U-3, E-3)."""
    kappa, first = static.energy.kappa[vehicle_class], static.pairs[vehicle_class, powertrain].first
    number, channels = fleet.number[powertrain], driving.channels
    power, electric = static.energy.power_carrier, driving.electric_share
    plug_in = static.powertrains[powertrain].plug_in == 1
    two = static.powertrains[powertrain].two_carriers == 1
    fuel_mode = spread(0.0)
    if two:
        share = static.use.electric_share[vehicle_class, powertrain]
        path_values(paths, share, row, first, points, electric)
        fuel_mode = load(row, static.energy.of_pair[vehicle_class, powertrain].fuel_mode)
    low, high = _carriers_of(kappa[powertrain])
    use_ratio = load(row, static.use.ratio[vehicle_class, powertrain])
    level, floor, kept, rest = begin_energy(
        row, static.years, static.pairs, static.energy, vehicle_class, powertrain
    )
    for vintage in range(first, number.shape[0]):
        sold = load(number, vintage)
        if plug_in:
            add(sold, channels, PLUG, vintage)
        own = use_ratio * sold
        add(own, channels, DRIVEN, vintage)
        if vintage > static.years.last_observed:
            rest = rest * kept
        used = own * (floor + rest)
        taken = (
            approved(static.years, static.energy, vehicle_class, powertrain, vintage) * level * used
        )
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
def _sum_group(row, years, survival, waves, use, vehicle_class, group, cohort, driving):
    """Sum every channel of a survival group over its vintages, for all years (T-3, E-3)."""
    ages = survival.of_class[vehicle_class].max_age + 1
    alive, driven = (
        cohort.alive[group, : ages + 2 * PAD],
        cohort.driven[group, : ages + 2 * PAD],
    )
    decline = load(row, use.of_class[vehicle_class].age_decline)
    age_weights(decline, alive[PAD : PAD + ages], driven[PAD : PAD + ages])
    clear(driven[:PAD])
    clear(driven[PAD + ages :])
    for channel in range(driving.used.size):
        if driving.used[channel]:
            driving.summed[channel] = 1
            add_all_years(
                driving.channels[channel],
                driven if channel >= DRIVEN else alive,
                driving.firsts[channel],
                years.first_output,
                waves.year,
                waves.quarters,
                cohort.touched[group],
                cohort.steps[group],
                cohort.tile[0],
                driving.sums[channel],
            )


@inner
def _distance_scale(years, use, vehicle_class, fleet, driving):
    """Turn the sum of use weights into km per weight, in ``sums[DRIVEN]`` (U-1, U-2)."""
    y0, sums = years.first_output, driving.sums[DRIVEN]
    for place in range(sums.shape[0]):
        weight, distance = load(sums, place), load(driving.distance, y0 + place)
        stock = load(fleet.stock, vehicle_class, y0 + place)
        total = distance * use.lever[vehicle_class, y0 + place] * stock
        store(where(weight == 0.0, 0.0, total / weight), sums, place)


@inner
def _emit_year(years, fuels, place, supply, driving, of_class, totals):
    """Turn the sums of a class into energy and emissions of one output year (E-3, B-1).

    ``of_class`` holds the class's emissions; totals over classes are added to.
    """
    km = load(driving.sums, DRIVEN, place)
    ttw, wtt, fossil = spread(0.0), spread(0.0), spread(0.0)
    for carrier in range(supply.ttw.shape[0]):
        channel = FIRST_CARRIER + carrier
        if driving.summed[channel]:
            used = PJ_PER_MJ * km * load(driving.sums, channel, place)
            add(used, totals.energy, carrier, place)
            year = years.first_output + place
            wtt = wtt + used * load(supply.wtt, carrier, year)
            if fuels.of_carrier[carrier].role == FUEL:
                ttw = ttw + used * load(supply.ttw, carrier, year)
                fossil = fossil + used * load(supply.fossil, carrier, year)
    ttw, wtt = MT_PER_G_AND_PJ * ttw, MT_PER_G_AND_PJ * wtt
    add(ttw, totals.emissions, TTW, place)
    add(wtt, totals.emissions, WTT, place)
    add(MT_PER_G_AND_PJ * fossil, totals.co2, place)
    add(load(driving.sums, PLUG, place), totals.plug_in_stock, place)
    store(wtt, of_class.supplied, place)
    store(ttw + wtt, of_class.emitted, place)


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
        _open_channels(
            static.powertrains,
            static.pairs,
            static.energy,
            vehicle_class,
            group,
            work.fleet,
            work.driving,
        )
        for powertrain in range(static.powertrains.size):
            if _belongs(static.powertrains, static.pairs, vehicle_class, powertrain, group):
                _fill_pair(
                    row,
                    static,
                    paths,
                    vehicle_class,
                    powertrain,
                    work.points,
                    work.fleet,
                    work.driving,
                )
        _sum_group(
            row,
            static.years,
            static.survival,
            static.waves,
            static.use,
            vehicle_class,
            group,
            work.cohort,
            work.driving,
        )
    _distance_scale(static.years, static.use, vehicle_class, work.fleet, work.driving)
    for place in range(work.of_class.emitted.shape[0]):
        _emit_year(
            static.years, static.fuels, place, work.supply, work.driving, work.of_class, work.totals
        )
