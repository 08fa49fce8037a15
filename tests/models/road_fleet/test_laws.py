"""What must hold whatever the numbers, on draws of shipped and of synthetic regions."""

import numpy as np
import pytest

from mc_engine.design.sampling import sample
from mc_engine.models.cohort_fleet.adoption import phase_out, split_tree
from mc_engine.models.road_fleet import MODEL
from mc_engine.models.road_fleet.outputs import STAGES
from mc_engine.numerics.accelerate import threads
from mc_engine.numerics.lanes import LANES
from mc_engine.problem.regions import regions
from mc_engine.run import executor
from mc_engine.study import Study
from mc_engine.units import HYDROGEN_MJ_PER_KG
from tests.models.conformance import allocate
from tests.models.road_fleet.carbon import times_carbon
from tests.models.road_fleet.cases import random_region, random_rows
from tests.reference.draw import Draw

DRAWS = 24
# Hydrogen by many routes, and from the grid alone.
MADE_UP = (2, 7)
TTW, WTT, CYCLE = (STAGES.index(stage) for stage in ("ttw", "wtt", "vehicle_cycle"))


class Fleet:
    """A region with some draws, and a way to evaluate changed ones."""

    def __init__(self, inputs, rows):
        self.inputs, self.rows = inputs, rows
        self.structure = inputs.structure
        self.coordinates = MODEL.coordinates(inputs)
        self.static = MODEL.prepare(inputs)
        self.base = self.evaluate(rows)

    def evaluate(self, rows, inputs=None):
        static = self.static if inputs is None else MODEL.prepare(inputs)
        out = allocate(MODEL, self.inputs, rows.shape[0], np.nan)
        status = np.zeros(rows.shape[0], dtype=np.int32)
        MODEL.evaluate(static, rows, out, status)
        assert not status.any()
        return out

    def times_carbon(self, factor):
        """Outputs with every carbon factor of the region multiplied."""
        inputs, rows = times_carbon(self.inputs, self.rows, factor)
        return self.evaluate(rows, inputs)

    def columns(self, quantity):
        """Every column that feeds a quantity."""
        slots = [slot for (name, _), slot in self.inputs.slots.items() if name == quantity]
        return sorted({k for s in slots for k in range(s.column, s.column + s.count)})

    def scaled(self, quantity, factor):
        """Rows with every number of a quantity multiplied."""
        rows = self.rows.copy()
        rows[:, self.columns(quantity)] *= factor
        return rows

    def with_values(self, **values):
        """Rows with every number of some quantities set."""
        rows = self.rows.copy()
        for quantity, value in values.items():
            rows[:, self.columns(quantity)] = value
        return rows


def shipped(region):
    """Draws of a shipped region."""
    study = Study(region)
    plan = study.plan(DRAWS, seed=11)
    buffer = executor.buffers(plan, DRAWS)
    sample(plan.sampling, 0, DRAWS, buffer.factors, buffer.values)
    return Fleet(study.problem.inputs, buffer.values)


def made_up(seed):
    """Draws of a synthetic region, in which every part of the vehicle cycle is fed."""
    inputs = random_region(seed)
    return Fleet(inputs, random_rows(inputs, np.random.default_rng([seed, 17]), DRAWS))


@pytest.fixture(scope="module", params=[*regions(), *MADE_UP])
def fleet(request):
    return shipped(request.param) if isinstance(request.param, str) else made_up(request.param)


def test_no_vehicle_is_lost_or_invented(fleet):
    out = fleet.base
    gap = out["stock"][..., 1:] - out["stock"][..., :-1] - out["sales"][..., 1:]
    gap += out["scrapped"][..., 1:]
    # T-6; a share of the stock, as sums of hundreds of millions round.
    assert np.abs(gap / out["stock"][..., 1:]).max() < 1e-9


def test_carbon_leaving_the_road_is_the_carbon_burned(fleet):
    """B-1: fossil energy times (1 - slip) times the factor, recomputed from ``energy``."""
    years = fleet.coordinates["year"]
    expected = np.zeros_like(fleet.base["ttw_co2"])
    for index, (carrier, spec) in enumerate(fleet.structure.carriers.items()):
        if spec.role != "fuel":
            continue
        column = {
            name: fleet.rows[:, fleet.inputs.slot(name, carrier).column]
            for name in ("ttw_co2", "methane_slip")
        }
        fossil = 1.0 - _path(fleet, "bio_share", carrier, years)
        fossil -= _path(fleet, "efuel_share", carrier, years)
        factor = (1.0 - column["methane_slip"]) * column["ttw_co2"]
        expected += fleet.base["energy"][:, index] * fossil * factor[:, None] / 1e3
    np.testing.assert_allclose(fleet.base["ttw_co2"], expected, rtol=1e-9)


def _path(fleet, quantity, carrier, years):
    """A path of every draw by SciPy, apart from the kernel."""
    curves = [Draw(fleet.inputs, row).path(quantity, carrier) for row in fleet.rows]
    return np.array([[curve(year) for year in years] for curve in curves])


def test_classes_and_stages_sum_to_the_same_total(fleet):
    by_stage = fleet.base["emissions"].sum(axis=1)
    by_class = fleet.base["emissions_by_class"].sum(axis=1)
    np.testing.assert_allclose(by_class, by_stage, rtol=1e-12)


def test_net_is_gross_less_removals(fleet):
    gross = fleet.base["emissions"].sum(axis=1)
    net = gross - fleet.base["removals"]
    np.testing.assert_allclose(fleet.base["net_emissions"], net, rtol=1e-12)


def test_twice_the_distance_is_twice_what_driving_emits(fleet):
    doubled = fleet.evaluate(fleet.scaled("distance_level", 2.0))["emissions"]
    driving = [TTW, WTT]
    np.testing.assert_allclose(
        doubled[:, driving], 2.0 * fleet.base["emissions"][:, driving], rtol=1e-12
    )
    # Sales are differences of stocks some ten times as large.
    np.testing.assert_allclose(doubled[:, CYCLE], fleet.base["emissions"][:, CYCLE], rtol=1e-11)


def test_twice_the_carbon_is_twice_the_emissions(fleet):
    doubled = fleet.times_carbon(2.0)
    for name in ("emissions", "emissions_by_class", "ttw_co2", "net_emissions"):
        # Paths on a log scale go there and back through a logarithm; credits are subtracted.
        scale = np.abs(fleet.base[name]).max()
        np.testing.assert_allclose(
            doubled[name], 2.0 * fleet.base[name], rtol=1e-10, atol=1e-12 * scale
        )


def test_a_cleaner_grid_never_adds_emissions(fleet):
    cleaner = fleet.evaluate(fleet.with_values(charging_mix=0.5))
    assert (cleaner["emissions"] <= fleet.base["emissions"]).all()


def test_without_carbon_exactly_nothing_is_emitted(fleet):
    """F, V: also where a share of making follows power that has no carbon in any year."""
    out = fleet.times_carbon(0.0)
    for name in ("emissions", "emissions_by_class", "ttw_co2", "net_emissions"):
        assert not out[name].any()


def test_hydrogen_is_weighed(fleet):
    energy = np.zeros_like(fleet.base["hydrogen_demand"])
    for index, spec in enumerate(fleet.structure.carriers.values()):
        if spec.role == "hydrogen":
            energy += fleet.base["energy"][:, index]
    demand = fleet.base["hydrogen_demand"]
    np.testing.assert_allclose(demand, energy / HYDROGEN_MJ_PER_KG, rtol=1e-12)


def test_credits_are_for_what_is_retired_and_scrapped(fleet):
    """V-3: a credit of 1000 kg moves the vehicle cycle by that much per kWh or vehicle."""
    none, some = (
        fleet.evaluate(fleet.with_values(recycling_credit=value)) for value in (0.0, 1000.0)
    )
    saved = none["emissions"][:, CYCLE] - some["emissions"][:, CYCLE]
    _assert_close(saved, fleet.base["battery_retirements"])
    none, some = (fleet.evaluate(fleet.with_values(scrap_credit=value)) for value in (0.0, 1000.0))
    saved = none["emissions_by_class"] - some["emissions_by_class"]
    _assert_close(saved, fleet.base["scrapped"])


def test_making_is_for_what_is_sold(fleet):
    """V-1: 1000 kg more for every new vehicle, with power of no importance."""
    settled = {"making_ratio": 1.0, "making_power_share": 0.0, "making_decline": 0.0}
    less, more = (
        fleet.evaluate(fleet.with_values(**settled, vehicle_making=making))["emissions_by_class"]
        for making in (0.0, 1000.0)
    )
    _assert_close(more - less, fleet.base["sales"])


def _assert_close(found, wanted):
    """Compare a difference of two runs with what it must be, in the unit of both."""
    assert np.abs(found - wanted).max() <= 1e-9 * max(np.abs(wanted).max(), 1.0)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_draws_do_not_depend_on_threads_or_chunks(fleet, count, chunk):
    with threads(count):
        parts = [fleet.evaluate(fleet.rows[k : k + chunk]) for k in range(0, DRAWS, chunk)]
    for name, whole in fleet.base.items():
        together = np.concatenate([part[name] for part in parts])
        np.testing.assert_array_equal(together, whole, err_msg=name)


@pytest.mark.parametrize("seed", range(5))
def test_shares_sum_to_one(seed):
    rng = np.random.default_rng([4, seed])
    child = np.array([1, 5, 3, 6])
    rest = np.array([2, 4, 7, 8])
    branch = rng.choice([0.0, 1.0, rng.random(), rng.random()], size=(4, 30, LANES))
    share = np.full((5, 30, LANES), np.nan)
    split_tree(child, rest, branch, 0, np.empty((4, LANES)), share)
    assert share.min() >= 0.0
    assert share.max() <= 1.0
    assert np.abs(share.sum(axis=0) - 1.0).max() <= 1e-12


def test_phase_out_lifts_a_path_and_never_lowers_it():
    path = np.repeat(np.linspace(0.2, 0.6, 21)[:, None], LANES, axis=1)
    lifted = path.copy()
    phase_out(lifted, 5, 15, np.full(LANES, 0.95))
    assert (lifted >= path).all()
    np.testing.assert_array_equal(lifted[:6], path[:6])
    assert (lifted[15:] == 0.95).all()
