"""What a draw is evaluated against, by family of equations; built once per run by ``prepare``.

``cohort_fleet.layout`` says what a column, a path, a position and a record are. The names of a
record's fields stand above the family that holds it.
"""

from typing import NamedTuple

from mc_engine.models.cohort_fleet.layout import (
    Column,
    Columns,
    Floats,
    Ints,
    Path,
    Paths,
    Position,
    Records,
)
from mc_engine.models.cohort_fleet.vintages import WaveYears

# Values of ``Registrations.split_class``.
NOT_SPLIT, SPLIT_MEMBER, SPLIT_CLOSES = range(3)


class Years(NamedTuple):
    """Positions of the first output year and the last observed one."""

    first_output: Position
    last_observed: Position


# Of a class: ``driver`` is OWNERSHIP, PER_HEAD or ACTIVITY of ``demand``; columns, then paths.
DEMAND_OF_CLASS = (
    "driver", "saturation", "growth", "form", "drift", "elasticity", "modal_shift", "load_index",
)  # fmt: skip


class Demand(NamedTuple):
    """Equations D.

    Attributes
    ----------
    population : float64[variant, year], people
        Low, medium, high.
    population_position : column
    economy : path
    of_class : record[class]
        ``DEMAND_OF_CLASS``.
    includes : int64[class, class]
        1 where the second class is counted inside the ownership of the first.
    """

    population: Floats
    population_position: Column
    economy: Path
    of_class: Records
    includes: Ints


class Registrations(NamedTuple):
    """Equation T-4.

    Attributes
    ----------
    sold : float64[class, powertrain, year], vehicles
    total : float64[class, year], vehicles
    reporting, split : columns int64[class]
    split_year : int64[split, year]
        1 in years in which the split of a total over classes is judgement.
    split_class : int64[split, class]
        ``NOT_SPLIT``, ``SPLIT_MEMBER`` or ``SPLIT_CLOSES``.
    """

    sold: Floats
    total: Floats
    reporting: Columns
    split: Columns
    split_year: Ints
    split_class: Ints


# Of a class: columns, but for the oldest age and whether any draw has a delay.
SURVIVAL_OF_CLASS = (
    "max_age", "has_delay", "weibull_shape", "scale", "mean_life", "life_ratio", "delay",
)  # fmt: skip


class Survival(NamedTuple):
    """Equation T-1.

    Attributes
    ----------
    of_class : record[class]
        ``SURVIVAL_OF_CLASS``; ``scale`` or ``mean_life`` is drawn, neither where the official
        count decides.
    log_age : float64[age]
    """

    of_class: Records
    log_age: Floats


class Waves(NamedTuple):
    """Equation T-2.

    Attributes
    ----------
    years : WaveYears
    all_groups : int64[wave]
    multiplier : columns int64[wave, class]
    fixed : float64[wave, class]
        The multiplier where it has no column.
    """

    years: WaveYears
    all_groups: Ints
    multiplier: Columns
    fixed: Floats


class OfficialCount(NamedTuple):
    """The official count and the class that closes it (T-1).

    Attributes
    ----------
    closes : int
        The class, or ``NONE``.
    error, out_of_scope : column
    vehicles : float, vehicles
        In the last observed year.
    by_year : float64[year], vehicles
    first_guess : float64[shape, ratio]
        ``ln x`` for the first Newton step.
    """

    closes: int
    error: Column
    out_of_scope: Column
    vehicles: float
    by_year: Floats
    first_guess: Floats


class FirstStock(NamedTuple):
    """Equation T-0.

    Attributes
    ----------
    year : position
        ``NONE`` where no first stock is observed.
    growth : columns int64[class]
    stock : float64[class, powertrain], vehicles
    profile : float64[class, age]
        Negative where none is observed.
    """

    year: Position
    growth: Columns
    stock: Floats
    profile: Floats


# Of a class: position and years of the ramp of a phase-out, column of its compliance.
ADOPTION_OF_CLASS = ("ban_year", "ban_ramp", "compliance")


class Adoption(NamedTuple):
    """Equations A.

    Attributes
    ----------
    child, rest : int64[node]
        Position of a later node, or number of nodes plus position of a powertrain.
    phase_out : int64[node]
    branch : paths int64[node, class]
        Of each fork's child share.
    of_class : record[class]
        ``ADOPTION_OF_CLASS``.
    plug_in_share : float64[class, year]
        Observed share of registrations.
    """

    child: Ints
    rest: Ints
    phase_out: Ints
    branch: Paths
    of_class: Records
    plug_in_share: Floats


# Of a powertrain: survival group, whether it is plugged in, and takes two carriers.
POWERTRAIN = ("group", "plug_in", "two_carriers")
# Of a class and powertrain: whether the class ever has it, and its first vintage.
PAIR = ("active", "first")

# Of a class: columns.
USE_OF_CLASS = ("level", "trend", "history_power", "age_decline")


class Use(NamedTuple):
    """Equations U.

    Attributes
    ----------
    base_year : position
        Of the distance that is drawn.
    of_class : record[class]
        ``USE_OF_CLASS``.
    ratio : columns int64[class, powertrain]
    electric_share : paths int64[class, powertrain]
    log_index : float64[class, year]
        Logarithm of the observed index of distance.
    lever : float64[class, year]
        Factor of the demand lever.
    activity : columns int64[class, event]
    activity_year : positions int64[event]
    """

    base_year: Position
    of_class: Records
    ratio: Columns
    electric_share: Paths
    log_index: Floats
    lever: Floats
    activity: Columns
    activity_year: Ints


# Of a class and powertrain: two facts, then columns.
ENERGY_OF_PAIR = (
    "has_approval", "at_battery", "new", "ratio", "fuel_mode", "approval_gap", "decline", "floor",
)  # fmt: skip


class Energy(NamedTuple):
    """Equations E.

    Attributes
    ----------
    of_pair : record[class, powertrain]
        ``ENERGY_OF_PAIR``.
    charging_efficiency : columns int64[class]
    power_carrier : int
        Number of electricity among the carriers.
    approval : float64[class, powertrain, year], MJ/km
    kappa : float64[class, powertrain, carrier], 1
        Share of energy by carrier.
    """

    of_pair: Records
    charging_efficiency: Columns
    power_carrier: int
    approval: Floats
    kappa: Floats


# Of a carrier: ``role`` is FUEL, POWER or HYDROGEN of ``supply``; columns, then paths.
CARRIER = (
    "role", "co2", "ch4", "n2o", "slip", "wtt", "wtt_decline", "bio_factor", "bio_share",
    "efuel_share",
)  # fmt: skip


class Fuels(NamedTuple):
    """Equations F-1 to F-3.

    Attributes
    ----------
    of_carrier : record[carrier]
        ``CARRIER``.
    efuel_electricity : path
    gwp_ch4, gwp_n2o : float, g CO2e/g
    """

    of_carrier: Records
    efuel_electricity: Path
    gwp_ch4: float
    gwp_n2o: float


class Grid(NamedTuple):
    """Equation F-4.

    Attributes
    ----------
    observed : float64[year], g CO2e/kWh
    last_observed, first_knot : position
    direct : int
        1 where the intensity leaves out what lies upstream of the power station.
    level, line_loss, charging_mix : column
    intensity, upstream, accounting : path
    """

    observed: Floats
    last_observed: Position
    first_knot: Position
    direct: int
    level: Column
    line_loss: Column
    charging_mix: Column
    intensity: Path
    upstream: Path
    accounting: Path


class Hydrogen(NamedTuple):
    """Equation F-5.

    Attributes
    ----------
    on_grid : int64[route]
    made : paths int64[route]
        Emissions of a route that does not run on the grid.
    child, rest : int64[node]
    branch : paths int64[node]
    electrolysis : path
    handling : column
    """

    on_grid: Ints
    made: Paths
    child: Ints
    rest: Ints
    branch: Paths
    electrolysis: Path
    handling: Column


# Of a class: columns.
CYCLE_OF_CLASS = ("making", "maintenance", "scrap_credit")
# Of a class and powertrain: columns, but for the path of the battery's size.
CYCLE_OF_PAIR = ("making_ratio", "battery_size", "replacements", "fuel_cell_power", "tank")


class Cycle(NamedTuple):
    """Equations V.

    Attributes
    ----------
    of_class : record[class]
        ``CYCLE_OF_CLASS``.
    of_pair : record[class, powertrain]
        ``CYCLE_OF_PAIR``; ``NONE`` where a powertrain has no battery, fuel cell or tank.
    making_power_share, making_decline : column
    battery_making, battery_power_share, battery_decline, battery_import_share : column
    recycling_credit : column
    import_grid, fuel_cell_making, tank_making : path
    """

    of_class: Records
    of_pair: Records
    making_power_share: Column
    making_decline: Column
    battery_making: Column
    battery_power_share: Column
    battery_decline: Column
    battery_import_share: Column
    recycling_credit: Column
    import_grid: Path
    fuel_cell_making: Path
    tank_making: Path


class Removals(NamedTuple):
    """Equation B-2: column of the share, positions of the base year and of the first grant."""

    share: Column
    base_year: Position
    start: Position


class Static(NamedTuple):
    """Everything ``evaluate`` needs besides the draws and the path table.

    Attributes
    ----------
    order : int64[class]
        Order of evaluation: a class after those that it needs.
    powertrains : record[powertrain]
        ``POWERTRAIN``.
    pairs : record[class, powertrain]
        ``PAIR``.
    """

    years: Years
    order: Ints
    powertrains: Records
    pairs: Records
    demand: Demand
    registrations: Registrations
    survival: Survival
    waves: Waves
    official: OfficialCount
    first_stock: FirstStock
    adoption: Adoption
    use: Use
    energy: Energy
    fuels: Fuels
    grid: Grid
    hydrogen: Hydrogen
    cycle: Cycle
    removals: Removals
