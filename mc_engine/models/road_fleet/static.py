"""The static arrays a draw is evaluated against, grouped by equation family.

Positions of years count from the first vintage; ``none`` is -1. Columns are positions in a
draw's row. Built once per run by ``prepare``.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.curves import PathTable

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Calendar(NamedTuple):
    """Year positions: first output ``y0``, last observed ``yo``, base of distance, horizon."""

    y0: int
    yo: int
    base: int
    horizon: int


class DemandStatic(NamedTuple):
    """Equations D. ``population`` is float64[variant (low, medium, high), year], people."""

    driver: Ints
    includes: Ints
    population: Floats
    position: int
    saturation: Ints
    growth: Ints
    form: Ints
    drift: Ints
    economy: int
    elasticity: Ints
    shift: Ints
    load: Ints


class TurnoverStatic(NamedTuple):
    """Equations T.

    ``history`` is float64[class, powertrain, year], vehicles; ``quarters`` is int64[wave,
    wave_year], four times the weight of T-2; ``fixed_multiplier`` is float64[wave, class] where
    ``multiplier`` (a column) is none; ``start`` is float64[shape, ratio], ln x for the first
    Newton step.
    """

    order: Ints
    max_age: Ints
    history: Floats
    registered: Floats
    reporting: Ints
    split_year: Ints
    split_member: Ints
    split_closes: Ints
    class_split: Ints
    shape: Ints
    scale: Ints
    mean_life: Ints
    life_ratio: Ints
    group: Ints
    wave_year: Ints
    quarters: Ints
    all_groups: Ints
    multiplier: Ints
    fixed_multiplier: Floats
    closes: int
    official_count: float
    count_error: int
    out_of_scope: int
    start: Floats
    start_shape: Floats
    start_ratio: Floats
    log_age: Floats
    initial_year: int
    initial_stock: Floats
    initial_profile: Floats
    profile_growth: Ints
    official: Floats


class AdoptionStatic(NamedTuple):
    """Equations A. ``child`` and ``rest``: a node's position, or powertrain + node count."""

    branch: Ints
    child: Ints
    rest: Ints
    phase_out: Ints
    ban_year: Ints
    ban_ramp: Ints
    compliance: Ints
    plug_in: Ints
    observed_plug_share: Floats


class UseStatic(NamedTuple):
    """Equations U. ``log_index`` is float64[class, year] (0 from the base year on)."""

    level: Ints
    trend: Ints
    power: Ints
    log_index: Floats
    activity: Ints
    activity_year: Ints
    lever: Floats
    age_decline: Ints
    use_ratio: Ints
    electric_share: Ints


class EnergyStatic(NamedTuple):
    """Equations E. ``kappa`` is float64[class, powertrain, carrier]; ``active`` says which pairs
    ever exist; ``first`` the first vintage position of a pair."""

    active: Ints
    first: Ints
    new: Ints
    ratio: Ints
    fuel_mode: Ints
    gap: Ints
    approval: Floats
    has_approval: Ints
    decline: Ints
    floor: Ints
    efficiency: Ints
    at_battery: Ints
    two_carriers: Ints
    kappa: Floats
    power: int


class SupplyStatic(NamedTuple):
    """Equations F. ``role``: 0 fuel, 1 power, 2 hydrogen."""

    role: Ints
    co2: Ints
    ch4: Ints
    n2o: Ints
    slip: Ints
    gwp_ch4: float
    gwp_n2o: float
    wtt: Ints
    wtt_decline: Ints
    bio_share: Ints
    bio_factor: Ints
    efuel_share: Ints
    efuel_electricity: int
    grid: int
    grid_observed: Floats
    grid_last: int
    grid_first_knot: int
    grid_level: int
    upstream: int
    direct: int
    line_loss: int
    charging_mix: int
    hydrogen: int


class BalanceStatic(NamedTuple):
    """Equations B."""

    removal_share: int
    base: int
    start: int


class Static(NamedTuple):
    """Everything ``evaluate`` needs besides the draws."""

    calendar: Calendar
    paths: PathTable
    demand: DemandStatic
    turnover: TurnoverStatic
    adoption: AdoptionStatic
    use: UseStatic
    energy: EnergyStatic
    supply: SupplyStatic
    balance: BalanceStatic
