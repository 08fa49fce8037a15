"""Equations E: energy per kilometre of new vehicles."""

from mc_engine.models.road_fleet import static as at
from mc_engine.numerics.accelerate import inner
from mc_engine.numerics.lanes import load


@inner
def begin_energy(row, static, vehicle_class, powertrain):
    """Give a powertrain's energy per km on its first carrier before its first vintage (E-1, E-2).

    Parameters
    ----------
    row : float64[column, lane]
    static : Static
    vehicle_class, powertrain : int

    Returns
    -------
    level : Vector, MJ/km
        In the last observed year; relative to approval where that is known.
    floor : Vector, 1
        Share that no improvement removes.
    kept : Vector, 1
        What a year leaves of the rest.
    rest : Vector, 1
        Left of the rest in the year before the first vintage.
    """
    columns = static.by_pair[:, vehicle_class, powertrain]
    has_approval = columns[at.HAS_APPROVAL] == 1
    source = columns[at.APPROVAL_GAP] if has_approval else columns[at.ENERGY_NEW]
    level = load(row, source) * load(row, columns[at.ENERGY_RATIO])
    if columns[at.AT_BATTERY] == 1 and not has_approval:
        level = level / load(row, static.by_class[at.EFFICIENCY, vehicle_class])
    floor = load(row, columns[at.FLOOR])
    kept, rest = 1.0 - load(row, columns[at.DECLINE]), 1.0 - floor
    for _ in range(static.number[at.YO] + 1, columns[at.FIRST]):
        rest = rest * kept
    return level, floor, kept, rest


@inner
def approved(static, vehicle_class, powertrain, vintage):
    """Energy of a vintage by type approval, MJ/km; 1 where none is known (E-1)."""
    if static.by_pair[at.HAS_APPROVAL, vehicle_class, powertrain] == 0:
        return 1.0
    return static.approval[vehicle_class, powertrain, min(vintage, static.number[at.YO])]
