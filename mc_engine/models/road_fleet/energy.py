"""Equations E: energy per kilometre of new vehicles."""

from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.lanes import load


@inner
def begin_energy(row, energy, vehicle_class, powertrain, years):
    """Give a powertrain's energy per km on its first carrier before its first vintage (E-1, E-2).

    Parameters
    ----------
    row : float64[column, lane]
    energy : Energy
    vehicle_class, powertrain : int
    years : int
        Years from the last observed one to the one before the first vintage.

    Returns
    -------
    level : Vector, MJ/km
        In the last observed year; relative to approval where that is known.
    floor : Vector, 1
        Share that no improvement removes.
    yearly : Vector, 1
        What a year leaves of the rest.
    rest : Vector, 1
        Left of the rest in the year before the first vintage.
    """
    own = energy.of_pair[vehicle_class, powertrain]
    has_approval = own.has_approval == 1
    source = own.approval_gap if has_approval else own.new
    level = load(row, source) * load(row, own.ratio)
    if own.at_battery == 1 and not has_approval:
        level = level / load(row, energy.charging_efficiency[vehicle_class])
    floor = load(row, own.floor)
    yearly, rest = 1.0 - load(row, own.decline), 1.0 - floor
    for _ in range(years):
        rest = rest * yearly
    return level, floor, yearly, rest


@inner
def approved(energy, vehicle_class, powertrain, vintage):
    """Energy of a vintage by type approval, MJ/km; 1 where none is known (E-1).

    ``vintage`` is the last observed year for all later ones.
    """
    if energy.of_pair[vehicle_class, powertrain].has_approval == 0:
        return 1.0
    return energy.approval[vehicle_class, powertrain, vintage]
