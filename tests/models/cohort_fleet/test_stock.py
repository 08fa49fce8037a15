"""Stock, sales and survival of the shared cohorts equal slow loops, for any number of groups."""

import numpy as np
import pytest

from mc_engine.models.cohort_fleet.stock import (
    allocate_vintages,
    historical_stock,
    project_stock,
    scrapped,
)
from mc_engine.models.cohort_fleet.survival import (
    age_powers,
    exposure,
    group_survival,
    solve_hazard,
)
from mc_engine.models.cohort_fleet.vintages import WaveYears, allocate_cohorts
from mc_engine.numerics.accelerate import kernel
from mc_engine.numerics.elementary import exp, log
from mc_engine.numerics.lanes import LANES, broadcast, load, rows, store

MAX_AGE, LAST, YEARS, SHAPE, SCALE = 12, 17, 30, 2.5, 6.0
LOG_AGE = np.log(np.maximum(np.arange(MAX_AGE + 1), 1))
# One wave of full strength and its three years of fading, two of them observed.
WAVE = WaveYears(np.arange(16, 20), np.array([[4, 3, 2, 1]]))
# Both sides do the same sums in another order.
TOLERANCE = 1e-12


@kernel
def _survive(log_age, multiplier, cohorts):
    age_powers(broadcast(SHAPE), broadcast(0.0), False, log_age, cohorts.power)
    for wave in range(cohorts.touched.shape[1]):
        store(multiplier, cohorts.multipliers, wave)
    for group in range(cohorts.touched.shape[0]):
        group_survival(group, exp(-SHAPE * log(broadcast(SCALE))), MAX_AGE, cohorts)


@kernel
def _turn_over(waves, cohorts, vintages, target, sales, stock, left):
    historical_stock(0, LAST, MAX_AGE, waves, cohorts, vintages, sales, stock)
    project_stock(LAST + 1, MAX_AGE, waves, cohorts, vintages, target, sales, stock)
    scrapped(stock, sales, 0, left)


@kernel
def _solve(waves, cohorts, vintages, official, out):
    exposure(0, broadcast(1.0), LAST, MAX_AGE, waves, cohorts)
    guess = -SHAPE * log(broadcast(SCALE)) + 0.3
    hazard, _ = solve_hazard(
        vintages.sold, cohorts.exposed, LAST - MAX_AGE, LAST, load(official), guess
    )
    store(hazard, out)


class Case:
    """A fleet of some groups, each with its sales and its share; a wave touches the first."""

    def __init__(self, seed, groups, multiplier):
        rng = np.random.default_rng([20_600, seed])
        self.multiplier = multiplier
        self.cohorts = allocate_cohorts(groups, 1, MAX_AGE + 1, YEARS)
        self.cohorts.touched[0] = 1
        self.vintages = allocate_vintages(groups, YEARS)
        self.sold = rng.uniform(1.0, 9.0, (groups, LAST + 1))
        self.share = rng.dirichlet(np.ones(groups), YEARS).T
        self.vintages.sold[:, : LAST + 1] = self.sold[..., None]
        self.vintages.share[:] = self.share[..., None]
        self.target, self.sales, self.stock, self.left = (rows(YEARS) for _ in range(4))
        # Falls so low that nothing is sold in some years.
        self.target[:] = rng.uniform(10.0, 90.0, YEARS)[:, None]
        _survive(LOG_AGE, multiplier, self.cohorts)

    def turn_over(self):
        _turn_over(
            WAVE, self.cohorts, self.vintages, self.target, self.sales, self.stock, self.left
        )

    def reference(self):
        """Sales and stock by loops over single cohorts."""
        alive = {(group, v): n for group, own in enumerate(self.sold) for v, n in enumerate(own)}
        sales, stock, clipped = np.zeros(YEARS), np.zeros(YEARS), 0
        for year in range(YEARS):
            for group, vintage in alive:
                age = year - vintage
                if age > 0:
                    alive[group, vintage] *= self.left_of_year(group, age, year)
            before = sum(n for (_, vintage), n in alive.items() if vintage < year)
            sales[year] = self.sold[:, year].sum() if year <= LAST else 0.0
            if year > LAST:
                sales[year] = max(self.target[year, 0] - before, 0.0)
                clipped += self.target[year, 0] < before
                share = self.share[:, year].copy()
                share[0] = 1.0 - share[1:].sum()
                alive |= {(group, year): sales[year] * part for group, part in enumerate(share)}
            stock[year] = before + sales[year]
        return sales, stock, clipped

    def left_of_year(self, group, age, year):
        """What one year leaves of the vehicles that reach an age in it (T-1, T-2)."""
        if age > MAX_AGE:
            return 0.0
        hazard = (age / SCALE) ** SHAPE - ((age - 1) / SCALE) ** SHAPE
        weight = dict(zip(WAVE.position, WAVE.quarters[0] / 4.0, strict=True)).get(year, 0.0)
        extra = weight * (self.multiplier - 1.0) if group == 0 else 0.0
        return np.exp(-hazard * (1.0 + extra))


@pytest.mark.parametrize("groups", [1, 2, 3])
@pytest.mark.parametrize("multiplier", [1.0, 3.0, 0.5])
def test_turnover_equals_loops_over_cohorts(groups, multiplier):
    case = Case(groups, groups, multiplier)
    case.turn_over()
    sales, stock, clipped = case.reference()
    np.testing.assert_allclose(case.sales, sales[:, None] * np.ones(LANES), rtol=TOLERANCE)
    np.testing.assert_allclose(case.stock, stock[:, None] * np.ones(LANES), rtol=TOLERANCE)
    assert set(case.vintages.clipped) == {clipped}


def test_no_vehicle_is_lost_or_invented():
    case = Case(7, 3, 2.0)
    case.turn_over()
    np.testing.assert_allclose(case.vintages.in_use.sum(axis=0), case.stock, rtol=TOLERANCE)
    everything = case.sales.sum(axis=0) - case.left.sum(axis=0)
    np.testing.assert_allclose(case.stock[-1], everything, rtol=TOLERANCE)
    assert (case.left >= -TOLERANCE * case.stock.max()).all()


def test_hazard_of_a_count_is_the_one_that_made_it():
    case = Case(3, 1, 1.0)
    official, hazard = rows(1)[0], rows(1)[0]
    ages = np.arange(MAX_AGE + 1)
    official[:] = (case.sold[0, LAST - ages] * np.exp(-((ages / SCALE) ** SHAPE))).sum()
    _solve(WAVE, case.cohorts, case.vintages, official, hazard)
    # Newton stops when ln N is within 1e-13.
    np.testing.assert_allclose(hazard, SCALE**-SHAPE, rtol=1e-11)
