"""How vehicles enter the fleet, grow old and leave it (equations T).

Every cohort (class, powertrain, model year) is followed by itself.
"""

import math
from dataclasses import dataclass, field

from scipy.optimize import brentq

from tests.reference.draw import Draw, FailedDrawError

# A scale outside these years (yr) counts as out of reach of the official count.
SHORTEST_SCALE, LONGEST_SCALE = 0.05, 1e5


def group_of(draw: Draw, powertrain: str) -> int:
    """Give the survival group: 1 for powertrains flagged ``electric_life``, else 0 (T-1)."""
    return 1 if draw.structure.powertrains[powertrain].electric_life else 0


def wave_weight(full: tuple[int, ...], year: int) -> float:
    """Strength of a wave of scrapping in a year: 1, then 3/4, 1/2, 1/4 (T-2)."""
    if year in full:
        return 1.0
    return {1: 0.75, 2: 0.5, 3: 0.25}.get(year - max(full), 0.0)


def waves_on(draw: Draw, vehicle_class: str, group: int) -> list[tuple[tuple[int, ...], float]]:
    """List the waves that reach a survival group of a class: (full years, multiplier)."""
    waves = []
    for name, wave in draw.structure.waves.items():
        if group == 0 or wave.groups == "all":
            waves.append((wave.full, draw.number("wave_multiplier", name, vehicle_class)))
    programmes = [
        (programme.full, programme.multiplier[vehicle_class])
        for programme in draw.levers.programmes.values()
        if group == 0 and vehicle_class in programme.multiplier
    ]
    return [*waves, *programmes]


@dataclass
class Survival:
    """The survival law of one class (T-1, T-2).

    Attributes
    ----------
    kappa : float
        Weibull shape.
    delay : float, yr
        Age up to which nothing leaves.
    x : float
        Scale to the power of minus kappa.
    rho : dict of int to float
        Factor on the hazard by survival group.
    waves : dict of int to list
        Waves by survival group.
    max_age : int
        Oldest age carried.
    """

    kappa: float
    delay: float
    x: float
    rho: dict[int, float]
    waves: dict[int, list[tuple[tuple[int, ...], float]]]
    max_age: int
    _ageing: dict[tuple[int, int, int], float] = field(default_factory=dict)

    def base(self, age: int) -> float:
        """Cumulative hazard at an age before it is multiplied by ``x rho``, ``b(a)`` (T-1)."""
        return max(0.0, age - self.delay) ** self.kappa

    def ageing(self, group: int, vintage: int, year: int) -> float:
        """Cumulative hazard ``B_g(v, t)`` before it is multiplied by ``x rho`` (T-2)."""
        key = (group, vintage, year)
        if key not in self._ageing:
            total = self.base(year - vintage)
            for full, multiplier in self.waves[group]:
                for wave_year in range(vintage + 1, year + 1):
                    age = wave_year - vintage
                    step = self.base(age) - self.base(age - 1)
                    total += wave_weight(full, wave_year) * (multiplier - 1.0) * step
            self._ageing[key] = total
        return self._ageing[key]

    def survives(self, group: int, vintage: int, year: int) -> float:
        """Share of a cohort in use at the end of a year (T-3)."""
        if not 0 <= year - vintage <= self.max_age:
            return 0.0
        return math.exp(-self.x * self.rho[group] * self.ageing(group, vintage, year))

    def undisturbed(self, group: int, age: int) -> float:
        """Share in use at an age had there been no waves, ``S_g(a)`` (T-1)."""
        return math.exp(-self.x * self.rho[group] * self.base(age))

    @property
    def scale(self) -> float:
        """Weibull scale lambda, yr."""
        return self.x ** (-1.0 / self.kappa)


def drawn_survival(draw: Draw, vehicle_class: str) -> Survival:
    """Read the survival law of a class; its ``x`` is NaN where the count must give it."""
    kappa = draw.number("survival_shape", vehicle_class)
    delay = draw.number("survival_delay", vehicle_class)
    if draw.structure.count and draw.structure.count.closes == vehicle_class:
        x = math.nan
    elif draw.has("survival_scale", vehicle_class):
        x = draw.number("survival_scale", vehicle_class) ** -kappa
    else:
        mean_life = draw.number("mean_life", vehicle_class)
        scale = (mean_life - delay) / math.gamma(1.0 + 1.0 / kappa)
        # No law has a mean life within its delay: not a number, which ends as NOT_FINITE.
        x = scale**-kappa if scale > 0.0 else math.nan
    return Survival(
        kappa=kappa,
        delay=delay,
        x=x,
        rho={0: 1.0, 1: draw.number("life_ratio", vehicle_class) ** -kappa},
        waves={group: waves_on(draw, vehicle_class, group) for group in (0, 1)},
        max_age=draw.structure.vehicle_classes[vehicle_class].max_age,
    )


def reported(draw: Draw, vehicle_class: str) -> dict[tuple[str, int], float]:
    """Registrations of a class as the table has them: (powertrain, year) to vehicles."""
    result = {}
    for powertrain in draw.structure.powertrains:
        rows = draw.observed("registrations", vehicle_class=vehicle_class, powertrain=powertrain)
        for year in range(draw.years.first_vintage, draw.years.last_observed + 1):
            result[powertrain, year] = rows.get(year, 0.0)
    return result


def split_factors(draw: Draw) -> dict[tuple[str, int], float]:
    """Factor on a class inside an exact total, by (class, year), where it is not 1 (T-4)."""
    powertrains = list(draw.structure.powertrains)
    factors = {}
    for split in draw.structure.splits:
        group = {*split.vehicle_classes, split.closes}
        tables = {name: reported(draw, name) for name in group}
        for year in split.years:
            totals = {
                name: sum(tables[name].get((powertrain, year), 0.0) for powertrain in powertrains)
                for name in group
            }
            left = sum(totals.values())
            for name in group - {split.closes}:
                factors[name, year] = draw.number("class_split", name)
                left -= factors[name, year] * totals[name]
            if left < 0.0:
                raise FailedDrawError("SPLIT_NEGATIVE")
            if totals[split.closes] > 0.0:
                factors[split.closes, year] = left / totals[split.closes]
    return factors


def history(
    draw: Draw, vehicle_class: str, split: dict[tuple[str, int], float]
) -> dict[tuple[str, int], float]:
    """Vehicles sold up to the last observed year: (powertrain, vintage) to vehicles (T-4)."""
    reporting = draw.number("reporting", vehicle_class)
    return {
        (powertrain, year): reporting * split.get((vehicle_class, year), 1.0) * number
        for (powertrain, year), number in reported(draw, vehicle_class).items()
    }


def age_weight(draw: Draw, vehicle_class: str, survival: Survival, group: int, age: int) -> float:
    """Age profile ``y(a)`` of the first stock, any unit (T-0)."""
    start = draw.structure.initial_stock
    if draw.structure.age_profile == "observed":
        rows = draw.observed("age_profile", vehicle_class=vehicle_class, age=str(age))
        return rows.get(start, 0.0)
    growth = draw.number("profile_growth", vehicle_class)
    return survival.undisturbed(group, age) * (1.0 + growth) ** -age


def replace_by_first_stock(
    draw: Draw, vehicle_class: str, survival: Survival, sold: dict[tuple[str, int], float]
) -> None:
    """Put the first stock, turned into vintages, in place of registrations up to it (T-0)."""
    start = draw.structure.initial_stock
    if start is None:
        return
    for key in [key for key in sold if key[1] <= start]:
        sold[key] = 0.0
    oldest = min(survival.max_age, start - draw.years.first_vintage)
    for powertrain in draw.structure.powertrains:
        group = group_of(draw, powertrain)
        stock = draw.observed(
            "initial_stock", vehicle_class=vehicle_class, powertrain=powertrain
        ).get(start, 0.0)
        weights = {
            age: age_weight(draw, vehicle_class, survival, group, age) for age in range(oldest + 1)
        }
        for age, weight in weights.items():
            in_use = stock * weight / sum(weights.values())
            sold[powertrain, start - age] = sold_for(
                in_use, survival.survives(group, start - age, start)
            )


def sold_for(in_use: float, alive: float) -> float:
    """Vehicles sold where ``in_use`` of them are left (T-0).

    Vehicles of which float64 says that none is left were more than it can hold: infinity, which
    ends as the status NOT_FINITE.
    """
    if in_use == 0.0:
        return 0.0
    return in_use / alive if alive > 0.0 else math.inf


@dataclass
class Fleet:
    """All vehicles of one class: what was sold, and what is left of it.

    Attributes
    ----------
    sold : dict
        (powertrain, vintage) to vehicles sold.
    group : dict
        Powertrain to survival group.
    """

    survival: Survival
    group: dict[str, int]
    sold: dict[tuple[str, int], float]

    def in_use(self, powertrain: str, vintage: int, year: int) -> float:
        """Vehicles of one cohort in use at the end of a year (T-3)."""
        alive = self.survival.survives(self.group[powertrain], vintage, year)
        return self.sold.get((powertrain, vintage), 0.0) * alive

    def cohorts(self, year: int) -> dict[tuple[str, int], float]:
        """Give every cohort with a vehicle sold by the end of a year: vehicles in use."""
        return {
            (powertrain, vintage): self.in_use(powertrain, vintage, year)
            for (powertrain, vintage), sold in self.sold.items()
            if vintage <= year and sold != 0.0
        }

    def stock(self, year: int) -> float:
        """Vehicles in use at the end of a year."""
        return sum(self.cohorts(year).values())

    def scrapped(self, year: int) -> dict[tuple[str, int], float]:
        """Vehicles of every earlier cohort that leave during a year."""
        before, after = self.cohorts(year - 1), self.cohorts(year)
        return {cohort: before[cohort] - after[cohort] for cohort in before}


def close_count(draw: Draw, fleets: dict[str, Fleet]) -> None:
    """Solve the scale of the class that closes the official count (T-1)."""
    count = draw.structure.count
    if count is None:
        return
    last = draw.years.last_observed
    official = draw.observed(count.table)[last]
    wanted = (official - draw.number("count_out_of_scope")) * draw.number("count_error")
    wanted -= sum(fleet.stock(last) for name, fleet in fleets.items() if name != count.closes)
    # Neither is a right side that is not a number.
    if not wanted > 0.0:
        raise FailedDrawError("COUNT_UNREACHABLE")
    fleet = fleets[count.closes]
    survival = fleet.survival

    def excess(log_x: float) -> float:
        survival.x = math.exp(log_x)
        stock = fleet.stock(last)
        return math.log(stock) - math.log(wanted) if stock > 0.0 else -math.inf

    low = -survival.kappa * math.log(LONGEST_SCALE)
    high = -survival.kappa * math.log(SHORTEST_SCALE)
    if excess(low) <= 0.0 or excess(high) >= 0.0:
        raise FailedDrawError("COUNT_UNREACHABLE")
    survival.x = math.exp(brentq(excess, low, high, xtol=1e-15, rtol=1e-15, maxiter=500))


def fleets_until_now(draw: Draw) -> dict[str, Fleet]:
    """Build the fleet of every class up to the last observed year."""
    split = split_factors(draw)
    groups = {name: group_of(draw, name) for name in draw.structure.powertrains}
    fleets = {}
    for vehicle_class in draw.structure.vehicle_classes:
        survival = drawn_survival(draw, vehicle_class)
        sold = history(draw, vehicle_class, split)
        replace_by_first_stock(draw, vehicle_class, survival, sold)
        fleets[vehicle_class] = Fleet(survival, groups, sold)
    close_count(draw, fleets)
    return fleets
