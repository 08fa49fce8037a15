"""Turnover, adoption and demand of the NumPy reference (equations T, A, D of ``docs/model.md``)."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gamma

from benchmarks.numpy_paths import Array
from benchmarks.numpy_region import Block

TREND_LIMIT = 0.10  # D-5
WAVE_TAIL = {1: 0.75, 2: 0.5, 3: 0.25}  # T-2
NEWTON_STEPS = 100


class Survival:
    """Survival of one class since sale (T-1, T-2).

    ``x`` is float64[draw]; it is NaN for the class that closes the official count, until
    ``close_count`` has solved it.
    """

    def __init__(self, block: Block, name: str) -> None:
        region = block.region
        self.block, self.name = block, name
        self.max_age = region.structure.vehicle_classes[name].max_age
        self.kappa = block.number("survival_shape", name)
        count = region.structure.count
        if count is not None and count.closes == name:
            self.x = np.full(block.size, np.nan)
        elif block.has("survival_scale", name):
            self.x = block.number("survival_scale", name) ** -self.kappa
        else:
            mean = block.number("mean_life", name)
            self.x = (mean / gamma(1.0 + 1.0 / self.kappa)) ** -self.kappa
        self.rho = (np.ones(block.size), block.number("life_ratio", name) ** -self.kappa)
        self.ageing = np.arange(self.max_age + 1.0) ** self.kappa[:, None]
        self.waves = [self._waves(group) for group in (0, 1)]

    def _waves(self, group: int) -> dict[int, Array]:
        """Sum of ``w (m - 1)`` over the waves that reach a group: year to float64[draw]."""
        block, region = self.block, self.block.region
        listed = [
            (wave.full, block.number("wave_multiplier", label, self.name))
            for label, wave in region.structure.waves.items()
            if group == 0 or wave.groups == "all"
        ]
        listed += [
            (programme.full, np.full(block.size, programme.multiplier[self.name]))
            for programme in region.levers.programmes.values()
            if group == 0 and self.name in programme.multiplier
        ]
        total: dict[int, Array] = {}
        for full, multiplier in listed:
            weights = {max(full) + later: weight for later, weight in WAVE_TAIL.items()}
            weights.update(dict.fromkeys(full, 1.0))
            for year, weight in weights.items():
                total[year] = total.get(year, 0.0) + weight * (multiplier - 1.0)
        return total

    def disturbance(self, group: int, calendar: Array, vintages: Array) -> Array | None:
        """What waves add to the cumulative hazard: float64[draw, year, vintage].

        Only vintages that a wave can reach stand in the result, so its last axis is a first part
        of ``vintages``; None where there is none.
        """
        waves = {y: m for y, m in self.waves[group].items() if y <= calendar[-1] and m.any()}
        reached = int(np.sum(vintages < max(waves, default=-np.inf)))
        if not reached:
            return None
        extra = np.zeros((self.block.size, calendar.size, reached))
        for year, boost in sorted(waves.items()):
            ages = np.clip(year - vintages[:reached].astype(np.int64), 0, self.max_age)
            step = self.ageing[:, ages] - self.ageing[:, np.maximum(ages - 1, 0)]
            start = max(0, int(year - calendar[0]))
            extra[:, start:] += (boost[:, None] * step)[:, None, :]
        return extra

    def in_use(
        self, group: int, calendar: Array, vintages: Array, profile: Array | None = None
    ) -> list[Array]:
        """Share of each vintage in use at each year end: float64[draw, year, vintage] (T-3).

        With a profile over ages (float64[draw, age]) a second array, multiplied by it, follows.
        """
        hazard = self.x * self.rho[group]
        by_age = np.exp(-hazard[:, None] * self.ageing)
        ages = self.block.region.ages(calendar, vintages)
        index = np.where((ages >= 0) & (ages <= self.max_age), ages, self.max_age + 1)
        extra = self.disturbance(group, calendar, vintages)
        if extra is not None:
            reached = extra.shape[2]
            wave_factor = np.exp(-hazard[:, None, None] * extra)
        found = []
        for table in (by_age, by_age * profile) if profile is not None else (by_age,):
            padded = np.concatenate([table, np.zeros((self.block.size, 1))], axis=1)
            share = padded[:, index]
            if extra is not None:
                share[:, :, :reached] *= wave_factor
            found.append(share)
        return found


@dataclass
class Fleet:
    """One class: its survival, and what was sold.

    Attributes
    ----------
    survival : Survival
    cells : float64[draw, powertrain, vintage]
        Vehicles sold; shares of sales in the years that are still to be projected.
    sales : float64[draw, vintage]
        Sum of ``cells`` over powertrains; zero where still to be projected.
    shares : float64[draw, powertrain, vintage]
        Shares in registrations; 0 in years without any.
    stock : float64[draw, year]
        Vehicles at year end, filled by ``project``.
    """

    survival: Survival
    cells: Array
    sales: Array
    shares: Array
    stock: Array

    def by_group(self) -> list[tuple[int, int, Array]]:
        """Give (group, first vintage in use, float64[draw, vintage] sold) of the groups in use."""
        groups = np.array(self.survival.block.region.group)
        found = []
        for group in (0, 1):
            total = self.cells[:, groups == group].sum(axis=1)
            used = np.flatnonzero(total.any(axis=0))
            if used.size:
                found.append((group, int(used[0]), total[:, used[0] :]))
        return found

    def stock_at(self, year: int) -> Array:
        """Vehicles in use at the end of an observed year: float64[draw]."""
        region = self.survival.block.region
        calendar = np.array([float(year)])
        until = year - region.years.first_vintage + 1
        total = np.zeros(self.survival.block.size)
        for group, first, sold in self.by_group():
            share = self.survival.in_use(group, calendar, region.vintages[first:until])[0]
            total += np.einsum("dv,dv->d", share[:, 0], sold[:, : until - first])
        return total


def split_factors(block: Block) -> dict[tuple[str, int], Array]:
    """Factor on the registrations of a class in the years of a split: float64[draw] (T-4)."""
    region = block.region
    factors = {}
    for split in region.structure.splits:
        others = {*split.vehicle_classes} - {split.closes}
        for year in split.years:
            place = year - region.years.first_vintage
            totals = {
                name: region.registered[name][:, place].sum() for name in (*others, split.closes)
            }
            left = np.full(block.size, sum(totals.values()))
            for name in others:
                factors[name, year] = block.number("class_split", name)
                left = left - factors[name, year] * totals[name]
            if totals[split.closes] > 0.0:
                factors[split.closes, year] = left / totals[split.closes]
    return factors


def branch_shares(block: Block, name: str, at: Array) -> dict[str, Array]:
    """Share of the child of every fork: float64[draw, year], after the last observed year (A)."""
    region = block.region
    tree, last = region.structure.tree, region.years.last_observed

    def below(target: str) -> list[int]:
        if target in tree:
            return below(tree[target].child) + below(tree[target].rest)
        return [region.powertrains.index(target)]

    found = {}
    for label, fork in tree.items():
        anchors = {}
        for back in (2, 1):
            registered = region.registered[name][:, -back]
            reaching = registered[below(label)].sum()
            if reaching > 0.0:
                anchors[last - back + 1] = registered[below(fork.child)].sum() / reaching
        share = block.path("branch_share", label, name, at=at, anchors=anchors)
        lever = region.levers.phase_out.get(name)
        if lever is not None and fork.phase_out:
            start = max(lever.year - lever.ramp, last)
            begin = block.path(
                "branch_share", label, name, at=np.array([float(start)]), anchors=anchors
            )
            done = np.clip((at - start) / (lever.year - start), 0.0, 1.0)
            line = begin + done * (block.number("compliance", name)[:, None] - begin)
            share = np.where(at >= start, np.maximum(share, line), share)
        found[label] = share
    return found


def projected_shares(block: Block, name: str, at: Array) -> Array:
    """Shares of powertrains in registrations: float64[draw, powertrain, year] (A-1)."""
    region = block.region
    branches = branch_shares(block, name, at)
    reaching = {next(iter(region.structure.tree)): np.ones((block.size, at.size))}
    for label, fork in region.structure.tree.items():
        reaching[fork.child] = reaching[label] * branches[label]
        reaching[fork.rest] = reaching[label] * (1.0 - branches[label])
    return np.stack([reaching[p] for p in region.powertrains], axis=1)


def first_stock(block: Block, survival: Survival) -> Array:
    """Vehicles sold that the first stock stands for: float64[draw, powertrain, vintage] (T-0)."""
    region, name = block.region, survival.name
    start = region.structure.initial_stock
    assert start is not None
    vintages = region.vintages[: start - region.years.first_vintage + 1]
    sold = np.zeros((block.size, len(region.powertrains), vintages.size))
    ages = (start - vintages).astype(np.int64)
    kept = ages <= survival.max_age
    for place, powertrain in enumerate(region.powertrains):
        rows = region.rows("initial_stock", vehicle_class=name, powertrain=powertrain)
        stock = rows.get(start, 0.0)
        if stock == 0.0:
            continue
        group = region.group[place]
        if region.structure.age_profile == "observed":
            table = [
                region.rows("age_profile", vehicle_class=name, age=str(age)).get(start, 0.0)
                for age in ages
            ]
            weights = np.where(kept, np.array(table), 0.0)[None, :]
        else:
            hazard = survival.x * survival.rho[group]
            ageing = survival.ageing[:, np.minimum(ages, survival.max_age)]
            growth = block.number("profile_growth", name)[:, None]
            weights = np.where(kept, np.exp(-hazard[:, None] * ageing) * (1.0 + growth) ** -ages, 0)
        in_use = survival.in_use(group, np.array([float(start)]), vintages)[0][:, 0]
        with np.errstate(invalid="ignore"):
            cells = stock * weights / weights.sum(axis=1, keepdims=True) / in_use
        sold[:, place] = np.where(kept, cells, 0.0)
    return sold


def new_fleet(block: Block, name: str, splits: dict[tuple[str, int], Array]) -> Fleet:
    """Lay out the history of a class and the shares of its projection."""
    region = block.region
    survival = Survival(block, name)
    scale = np.repeat(block.number("reporting", name)[:, None], region.history, axis=1)
    for (label, year), factor in splits.items():
        if label == name:
            scale[:, year - region.years.first_vintage] *= factor
    registered = region.registered[name]
    shape = (block.size, len(region.powertrains), region.vintages.size)
    cells = np.empty(shape)
    cells[:, :, : region.history] = scale[:, None, :] * registered
    start = region.structure.initial_stock
    if start is not None:
        cells[:, :, : start - region.years.first_vintage + 1] = first_stock(block, survival)
    shares = np.empty(shape)
    total = registered.sum(axis=0)
    shares[:, :, : region.history] = registered / np.where(total > 0.0, total, 1.0)
    shares[:, :, region.history :] = projected_shares(
        block, name, region.vintages[region.history :]
    )
    cells[:, :, region.history :] = shares[:, :, region.history :]
    sales = np.zeros((block.size, region.vintages.size))
    sales[:, : region.history] = cells[:, :, : region.history].sum(axis=1)
    return Fleet(survival, cells, sales, shares, np.zeros((block.size, region.calendar.size)))


def close_count(block: Block, fleets: dict[str, Fleet]) -> None:
    """Solve the scale of the class that closes the official count, by Newton (T-1)."""
    region = block.region
    count = region.structure.count
    if count is None:
        return
    last = region.years.last_observed
    official = region.rows(count.table)[last]
    wanted = (official - block.number("count_out_of_scope")) * block.number("count_error")
    for name, fleet in fleets.items():
        if name != count.closes:
            wanted = wanted - fleet.stock_at(last)
    fleet = fleets[count.closes]
    survival = fleet.survival
    calendar, vintages = np.array([float(last)]), region.vintages[: region.history]
    ages = region.ages(calendar, vintages)[0]
    kept = ages <= survival.max_age
    sold, hazard = [], []
    for group, first, cells in fleet.by_group():
        reach = survival.ageing[:, np.minimum(ages[first:], survival.max_age)]
        extra = survival.disturbance(group, calendar, vintages[first:])
        if extra is not None:
            reach[:, : extra.shape[2]] += extra[:, 0]
        hazard.append(survival.rho[group][:, None] * reach)
        sold.append(np.where(kept[first:], cells[:, : region.history - first], 0.0))
    all_sold, all_hazard = np.concatenate(sold, axis=1), np.concatenate(hazard, axis=1)
    log_x = -survival.kappa * np.log(10.0)  # a short life: Newton then comes from one side
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(NEWTON_STEPS):
            exponent = np.exp(log_x)[:, None] * all_hazard
            alive = all_sold * np.exp(-exponent)
            number = alive.sum(axis=1)
            gap = np.log(number) - np.log(wanted)
            step = gap * number / np.einsum("dv,dv->d", alive, exponent)
            log_x = log_x + np.clip(step, -2.0, 2.0)
            if not np.any(np.abs(gap) > 1e-13):
                break
    survival.x = np.exp(log_x)


def people(block: Block) -> Array:
    """Population from the last observed year on: float64[draw, year] (D-1)."""
    low, medium, high = (block.region.population[v] for v in ("low", "medium", "high"))
    z = block.number("population_position")[:, None]
    return medium + np.maximum(z, 0.0) * (high - medium) - np.maximum(-z, 0.0) * (medium - low)


def distance_before_lever(block: Block, name: str) -> Array:
    """Kilometres per registered vehicle and year: float64[draw, year], whole calendar (U-1)."""
    region, years = block.region, block.region.years
    calendar = region.calendar
    rows = region.rows("distance_index", vehicle_class=name)
    index = np.array([rows.get(int(t), 1.0) if t < years.distance_base else 1.0 for t in calendar])
    distance = block.number("distance_level", name)[:, None] * np.ones(calendar.size)
    distance *= index ** block.number("distance_history_power", name)[:, None]
    later = np.maximum(calendar - years.last_observed, 0.0)
    distance *= (1.0 + block.number("distance_trend", name)[:, None]) ** later
    for year in region.structure.activity_years:
        if calendar[0] <= year <= calendar[-1]:
            factor = block.number("activity_factor", name, str(year))
            distance[:, int(year - calendar[0])] *= factor
    return distance


def _law(block: Block, name: str, population: Array) -> Array:
    """Yearly growth of the target after the last observed year: float64[draw, year] (D-3, D-4)."""
    region = block.region
    if region.structure.vehicle_classes[name].driver == "per_head":
        drift = block.number("per_head_drift", name)[:, None]
        return population[:, 1:] / population[:, :-1] * (1.0 + drift) - 1.0
    at = region.calendar[region.last :]
    elasticity = block.path("activity_elasticity", name, at=at)[:, 1:]
    economy = block.path("economic_growth", at=at)[:, 1:]
    kept_on_road = 1.0 - block.path("modal_shift", name, at=at)
    per_vehicle = block.path("load_index", name, at=at)
    per_vehicle = per_vehicle * distance_before_lever(block, name)[:, region.last :]
    ratio = kept_on_road[:, 1:] / kept_on_road[:, :-1] * per_vehicle[:, :-1] / per_vehicle[:, 1:]
    return (1.0 + elasticity * economy) * ratio - 1.0


def _ownership(block: Block, name: str, now: Array) -> Array:
    """Vehicles per person from the last observed year on: float64[draw, year] (D-2)."""
    region = block.region
    saturation = block.number("ownership_saturation", name)
    growth = block.number("ownership_growth", name)
    later = region.calendar[region.last :] - region.years.last_observed
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        logistic = saturation[:, None] / (
            1.0
            + (saturation / now - 1.0)[:, None]
            * np.exp(-(growth / (1.0 - now / saturation))[:, None] * later)
        )
        fading = np.exp(-(growth / np.log(saturation / now))[:, None] * later)
        gompertz = saturation[:, None] * (now / saturation)[:, None] ** fading
    return np.where(block.number("ownership_form", name)[:, None] == 1.0, gompertz, logistic)


def target_stock(block: Block, name: str, fleets: dict[str, Fleet], population: Array) -> Array:
    """Stock that is asked for, from the last observed year on: float64[draw, year] (D)."""
    region = block.region
    last = region.years.last_observed
    fleet, kind = fleets[name], region.structure.vehicle_classes[name]
    now = fleet.stock_at(last)
    if kind.driver == "ownership":
        inside = np.zeros((block.size, population.shape[1]))
        for label in kind.ownership_includes:
            inside += fleets[label].stock[:, region.last :]
        own = _ownership(block, name, (now + inside[:, 0]) / population[:, 0])
        return population * own - inside
    trend = (now / fleet.stock_at(last - 3)) ** (1.0 / 3.0) - 1.0
    trend = np.clip(trend, -TREND_LIMIT, TREND_LIMIT)[:, None]
    law = _law(block, name, population)
    of_law = np.minimum(np.arange(law.shape[1]) / 5.0, 1.0)
    growth = (1.0 - of_law) * trend + of_law * law
    return now[:, None] * np.cumprod(np.hstack([np.ones((block.size, 1)), 1.0 + growth]), axis=1)
