"""The static arrays a draw is evaluated against.

Few arrays with named rows, because every array handed to a compiled function costs time in
the call and in compiling it. Positions of years count from the first vintage; *column* is a
position in a draw's row, *path* a number in the path table; ``NONE`` stands where there is
none. Built once per run by ``prepare``.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NONE = -1

# Rows of ``Static.number``: positions of years, then paths and places.
(Y0, YO, BASE_YEAR, HORIZON, INITIAL_YEAR, GRID_LAST, GRID_KNOT, REMOVAL_BASE, REMOVAL_START,
 GRID_PATH, UPSTREAM_PATH, HYDROGEN_PATH, ECONOMY_PATH, DIRECT, POWER_CARRIER, CLOSES,
 EFUEL_ELECTRICITY_PATH,
 ) = range(17)  # fmt: skip

# Rows of ``Static.column``: columns of quantities without labels.
(POPULATION_POSITION, COUNT_ERROR, OUT_OF_SCOPE, GRID_LEVEL, LINE_LOSS, CHARGING_MIX,
 REMOVAL_SHARE) = range(7)  # fmt: skip

# Rows of ``Static.constant``: the official count, vehicles; warming potentials, g CO2e/g.
OFFICIAL_COUNT, GWP_CH4, GWP_N2O = range(3)

# Rows of ``Static.by_class``: settings, columns and paths.
(ORDER, DRIVER, MAX_AGE, BAN_YEAR, BAN_RAMP, SATURATION, GROWTH, FORM, DRIFT, ELASTICITY_PATH,
 SHIFT_PATH, LOAD_PATH, REPORTING, CLASS_SPLIT, SHAPE, SCALE, MEAN_LIFE, LIFE_RATIO,
 PROFILE_GROWTH, COMPLIANCE, LEVEL, TREND, HISTORY_POWER, AGE_DECLINE, EFFICIENCY,
 ) = range(25)  # fmt: skip

# Rows of ``Static.by_pair``: whether a class ever has a powertrain, its first vintage, columns.
(ACTIVE, FIRST, HAS_APPROVAL, AT_BATTERY, USE_RATIO, ELECTRIC_PATH, ENERGY_NEW, ENERGY_RATIO,
 FUEL_MODE, APPROVAL_GAP, DECLINE, FLOOR) = range(12)  # fmt: skip

# Rows of ``Static.by_carrier``.
(ROLE, CO2, CH4, N2O, SLIP, WTT, WTT_DECLINE, BIO_PATH, BIO_FACTOR, EFUEL_PATH,
 ) = range(10)  # fmt: skip

# Rows of ``Static.by_powertrain`` and of ``Static.by_node``. ``CHILD`` and ``REST`` give a
# node's position, or the number of nodes plus the position of a powertrain.
GROUP, PLUG_IN, TWO_CARRIERS = range(3)
CHILD, REST, PHASE_OUT = range(3)

# Rows of ``Static.by_year`` and of ``Static.class_year``.
LOW, MEDIUM, HIGH, GRID_OBSERVED, OFFICIAL = range(5)
REGISTERED, LOG_INDEX, LEVER, PLUG_SHARE = range(4)

# Values of ``Static.split_class``.
NOT_SPLIT, SPLIT_MEMBER, SPLIT_CLOSES = range(3)


class Static(NamedTuple):
    """Everything ``evaluate`` needs besides the draws and the path table.

    Attributes
    ----------
    number, column : int64[row]
    constant : float64[row]
    by_class : int64[row, class]
    by_pair : int64[row, class, powertrain]
    by_carrier : int64[row, carrier]
    by_powertrain : int64[row, powertrain]
    by_node : int64[row, node]
    branch : int64[node, class]
        Path of each fork's child share.
    includes : int64[class, class]
        1 where the second class is counted inside the ownership of the first.
    by_year : float64[row, year]
        Population variants, people; observed grid, g CO2e/kWh; official count, vehicles.
    class_year : float64[row, class, year]
        Registrations, vehicles; log of the distance index; demand lever; plug-in share.
    history : float64[class, powertrain, year], vehicles
    approval : float64[class, powertrain, year], MJ/km
    kappa : float64[class, powertrain, carrier], 1
    split_year : int64[split, year]; split_class : int64[split, class]
    wave_year : int64[wave_year]
    quarters : int64[wave, wave_year]
        Four times the weight of T-2.
    all_groups : int64[wave]
    wave_column : int64[wave, class]; wave_fixed : float64[wave, class]
        Column of the multiplier, or the multiplier where there is none.
    start : float64[shape, ratio]
        ``ln x`` for the first Newton step (T-1).
    log_age : float64[age]
    initial_stock : float64[class, powertrain], vehicles
    initial_profile : float64[class, age]
        Negative where none is observed.
    activity : int64[class, event]; activity_year : int64[event]
    """

    number: Ints
    column: Ints
    constant: Floats
    by_class: Ints
    by_pair: Ints
    by_carrier: Ints
    by_powertrain: Ints
    by_node: Ints
    branch: Ints
    includes: Ints
    by_year: Floats
    class_year: Floats
    history: Floats
    approval: Floats
    kappa: Floats
    split_year: Ints
    split_class: Ints
    wave_year: Ints
    quarters: Ints
    all_groups: Ints
    wave_column: Ints
    wave_fixed: Floats
    start: Floats
    log_age: Floats
    initial_stock: Floats
    initial_profile: Floats
    activity: Ints
    activity_year: Ints
