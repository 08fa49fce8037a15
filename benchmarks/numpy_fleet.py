"""Turnover and adoption of the NumPy reference (equations T and A of ``docs/model.md``)."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gamma

from benchmarks.numpy_paths import Array
from benchmarks.numpy_region import Block

WAVE_TAIL = {1: 0.75, 2: 0.5, 3: 0.25}  # T-2
NEWTON_STEPS = 100
LARGEST_EXPONENT = 700.0  # exp of more overflows; such a cohort is gone long before


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
        self.delay = block.number("survival_delay", name)
        count = region.structure.count
        if count is not None and count.closes == name:
            self.x = np.full(block.size, np.nan)
        elif block.has("survival_scale", name):
            self.x = block.number("survival_scale", name) ** -self.kappa
        else:
            mean = block.number("mean_life", name)
            self.x = ((mean - self.delay) / gamma(1.0 + 1.0 / self.kappa)) ** -self.kappa
        self.rho = (np.ones(block.size), block.number("life_ratio", name) ** -self.kappa)
        ages = np.arange(self.max_age + 1.0)[:, None]
        self.ageing = np.maximum(ages - self.delay, 0.0) ** self.kappa
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
        return {year: boost for year, boost in sorted(total.items()) if boost.any()}

    def by_age(self, group: int) -> Array:
        """Share in use at an age, waves left out: float64[age, draw]."""
        return np.exp(-self.x * self.rho[group] * self.ageing)

    def disturbance(self, group: int, years: Array) -> list[Array | None]:
        """What waves have added to the cumulative hazard by each year end.

        One float64[vintage, draw] a year, of the vintages sold before the latest wave year by
        then; None where no wave has come yet. Years without a wave repeat the array before.
        """
        first = self.block.region.years.first_vintage
        waves = {year: boost for year, boost in self.waves[group].items() if year > first}
        extra = np.zeros((max(waves, default=first) - first, self.block.size))
        current, found, coming = None, [], list(waves)
        for now in years:
            while coming and coming[0] <= now:
                year = coming.pop(0)
                ages = np.minimum(np.arange(year - first, 0, -1), self.max_age)
                step = self.ageing[ages] - self.ageing[ages - 1]
                extra[: ages.size] += waves[year] * step
                current = extra[: ages.size].copy()
            found.append(current)
        return found

    def in_use(self, year: float, by_age: Array, factor: Array | None) -> tuple[int, Array]:
        """Share of each vintage in use at a year end (T-3).

        Gives the place of the oldest vintage carried, and float64[vintage, draw] from it to the
        vintage of the year. ``factor`` is float64[vintage, draw], for waves.
        """
        newest = int(year) - self.block.region.years.first_vintage
        if newest < 0:
            return 0, np.zeros((0, self.block.size))
        oldest = max(0, newest - self.max_age)
        share = by_age[newest - oldest :: -1]
        if factor is not None and factor.shape[0] > oldest:
            share = share.copy()
            share[: factor.shape[0] - oldest] *= factor[oldest:]
        return oldest, share

    def wave_factors(self, group: int, years: Array) -> list[Array | None]:
        """Factor of the waves on the share in use by each year end, as ``disturbance``."""
        hazard = -self.x * self.rho[group]
        found: list[Array | None] = []
        before: Array | None = None
        factor: Array | None = None
        for extra in self.disturbance(group, years):
            if extra is not before and extra is not None:
                factor = np.exp(np.minimum(hazard * extra, LARGEST_EXPONENT))
            before = extra
            found.append(factor)
        return found


@dataclass
class Fleet:
    """One class: its survival, and what was sold.

    Attributes
    ----------
    survival : Survival
    cells : float64[powertrain, vintage, draw]
        Vehicles sold; in years that are still to be projected, shares of what will be sold.
    shares : float64[powertrain, vintage, draw]
        Shares in registrations; 0 in years without any.
    stock : float64[year, draw]
        Vehicles at year end, filled by the projection.
    """

    survival: Survival
    cells: Array
    shares: Array
    stock: Array

    def by_group(self) -> list[tuple[int, Array]]:
        """Give (group, float64[vintage, draw] sold) of the groups in use."""
        groups = np.array(self.survival.block.region.group)
        totals = [(group, self.cells[groups == group].sum(axis=0)) for group in (0, 1)]
        return [(group, total) for group, total in totals if total.any()]

    def stock_at(self, year: int) -> Array:
        """Vehicles in use at the end of an observed year: float64[draw]."""
        survival = self.survival
        total = np.zeros(survival.block.size)
        for group, sold in self.by_group():
            factor = survival.wave_factors(group, np.array([float(year)]))[0]
            oldest, share = survival.in_use(year, survival.by_age(group), factor)
            total += np.einsum("vd,vd->d", share, sold[oldest : oldest + share.shape[0]])
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
    """Share of the child of every fork: float64[year, draw], after the last observed year (A)."""
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
            done = np.clip((at - start) / (lever.year - start), 0.0, 1.0)[:, None]
            line = begin + done * (block.number("compliance", name) - begin)
            share = np.where(at[:, None] >= start, np.maximum(share, line), share)
        found[label] = share
    return found


def projected_shares(block: Block, name: str, at: Array) -> Array:
    """Shares of powertrains in registrations: float64[powertrain, year, draw] (A-1)."""
    region = block.region
    branches = branch_shares(block, name, at)
    reaching = {next(iter(region.structure.tree)): np.ones((at.size, block.size))}
    for label, fork in region.structure.tree.items():
        reaching[fork.child] = reaching[label] * branches[label]
        reaching[fork.rest] = reaching[label] * (1.0 - branches[label])
    return np.stack([reaching[p] for p in region.powertrains])


def first_stock(block: Block, survival: Survival) -> Array:
    """Vehicles sold that the first stock stands for: float64[powertrain, vintage, draw] (T-0)."""
    region, name = block.region, survival.name
    start = region.structure.initial_stock
    assert start is not None
    vintages = region.vintages[: start - region.years.first_vintage + 1]
    sold = np.zeros((len(region.powertrains), vintages.size, block.size))
    for place, powertrain in enumerate(region.powertrains):
        rows = region.rows("initial_stock", vehicle_class=name, powertrain=powertrain)
        stock = rows.get(start, 0.0)
        if stock == 0.0:
            continue
        group = region.group[place]
        factor = survival.wave_factors(group, np.array([float(start)]))[0]
        by_age = survival.by_age(group)
        oldest, in_use = survival.in_use(start, by_age, factor)
        ages = np.arange(in_use.shape[0])[::-1]
        if region.structure.age_profile == "observed":
            table = [region.rows("age_profile", vehicle_class=name, age=str(age)) for age in ages]
            weights = np.array([[row.get(start, 0.0)] for row in table])
        else:
            growth = 1.0 + block.number("profile_growth", name)
            weights = by_age[ages] * growth ** -ages[:, None].astype(np.float64)
        sold[place, oldest:] = stock * weights / weights.sum(axis=0) / in_use
    return sold


def new_fleet(block: Block, name: str, splits: dict[tuple[str, int], Array]) -> Fleet:
    """Lay out the history of a class and the shares of its projection."""
    region = block.region
    survival = Survival(block, name)
    registered = region.registered[name]
    cells = np.empty((len(region.powertrains), region.vintages.size, block.size))
    history = cells[:, : region.history]
    history[:] = registered[:, :, None] * block.number("reporting", name)
    for (label, year), factor in splits.items():
        if label == name:
            history[:, year - region.years.first_vintage] *= factor
    start = region.structure.initial_stock
    if start is not None:
        cells[:, : start - region.years.first_vintage + 1] = first_stock(block, survival)
    total = registered.sum(axis=0)
    shares = np.empty_like(cells)
    shares[:, : region.history] = (registered / np.where(total > 0.0, total, 1.0))[:, :, None]
    shares[:, region.history :] = projected_shares(block, name, region.vintages[region.history :])
    cells[:, region.history :] = shares[:, region.history :]
    return Fleet(survival, cells, shares, np.zeros((region.calendar.size, block.size)))


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
    newest = region.history - 1
    oldest = max(0, newest - survival.max_age)
    parts = []
    for group, total in fleet.by_group():
        reach = survival.ageing[newest - oldest :: -1].copy()
        extra = survival.disturbance(group, np.array([float(last)]))[0]
        if extra is not None and extra.shape[0] > oldest:
            reach[: extra.shape[0] - oldest] += extra[oldest:]
        parts.append((total[oldest : newest + 1], survival.rho[group] * reach))
    sold, hazard = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    log_x = -survival.kappa * np.log(10.0)  # a short life: Newton then comes from one side
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(NEWTON_STEPS):
            exponent = np.exp(log_x) * hazard
            alive = sold * np.exp(-exponent)
            number = alive.sum(axis=0)
            gap = np.log(number) - np.log(wanted)
            log_x += np.clip(gap * number / np.einsum("vd,vd->d", alive, exponent), -2.0, 2.0)
            if not np.any(np.abs(gap) > 1e-13):
                break
    survival.x = np.exp(log_x)
