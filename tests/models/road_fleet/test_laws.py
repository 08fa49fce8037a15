"""What must hold whatever the numbers, on draws of every shipped region."""

import numpy as np
import pytest

from mc_engine.accelerate import threads
from mc_engine.design.sampling import sample
from mc_engine.lanes import LANES
from mc_engine.models.road_fleet.adoption import phase_out, split_tree
from mc_engine.run import executor
from mc_engine.study import Study, regions
from tests.reference.draw import Draw

DRAWS = 24


class Fleet:
    """A shipped region with some draws, and a way to evaluate changed ones."""

    def __init__(self, region):
        self.study = Study(region)
        self.inputs = self.study.problem.inputs
        self.structure = self.inputs.structure
        self.plan = self.study.plan(DRAWS, seed=11)
        room = executor.buffers(self.plan, DRAWS)
        sample(self.plan.sampling, 0, DRAWS, room.factors, room.values)
        self.rows = room.values
        self.base = self.evaluate(self.rows)

    def evaluate(self, rows, static=None):
        room = executor.buffers(self.plan, rows.shape[0])
        model = self.study.model
        model.evaluate(static or self.study.static, rows, room.out, room.status)
        assert not room.status.any()
        return room.out

    def changed(self, quantity, factor=1.0, value=None):
        """Rows with every number of a quantity scaled, or set."""
        rows = self.rows.copy()
        for (name, _), slot in self.inputs.slots.items():
            if name == quantity:
                columns = slice(slot.column, slot.column + slot.count)
                rows[:, columns] = self.rows[:, columns] * factor if value is None else value
        return rows


@pytest.fixture(scope="module", params=regions())
def fleet(request):
    return Fleet(request.param)


def test_no_vehicle_is_lost_or_invented(fleet):
    out = fleet.base
    gap = out["stock"][..., 1:] - out["stock"][..., :-1] - out["sales"][..., 1:]
    gap += out["scrapped"][..., 1:]
    # T-6; a share of the stock, as sums of hundreds of millions round.
    assert np.abs(gap / out["stock"][..., 1:]).max() < 1e-9


def test_carbon_leaving_the_road_is_the_carbon_burned(fleet):
    """B-1: fossil energy times (1 - slip) times the factor, recomputed from ``energy``."""
    years = fleet.study.model.coordinates(fleet.inputs)["year"]
    expected = np.zeros_like(fleet.base["ttw_co2"])
    for place, (carrier, spec) in enumerate(fleet.structure.carriers.items()):
        if spec.role != "fuel":
            continue
        column = {
            name: fleet.rows[:, fleet.inputs.slot(name, carrier).column]
            for name in ("ttw_co2", "methane_slip")
        }
        fossil = 1.0 - _path(fleet, "bio_share", carrier, years)
        fossil -= _path(fleet, "efuel_share", carrier, years)
        factor = (1.0 - column["methane_slip"]) * column["ttw_co2"]
        expected += fleet.base["energy"][:, place] * fossil * factor[:, None] / 1e3
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


def test_twice_the_distance_is_twice_the_emissions(fleet):
    doubled = fleet.evaluate(fleet.changed("distance_level", factor=2.0))
    np.testing.assert_allclose(doubled["emissions"], 2.0 * fleet.base["emissions"], rtol=1e-12)


def test_twice_every_factor_is_twice_the_emissions(fleet):
    rows = fleet.rows.copy()
    for quantity in ("ttw_co2", "ttw_ch4", "ttw_n2o", "wtt_factor", "bio_factor"):
        rows = np.where(fleet.changed(quantity, 2.0) != fleet.rows, 2.0 * fleet.rows, rows)
    rows = np.where(fleet.changed("hydrogen_intensity", 2.0) != fleet.rows, 2.0 * fleet.rows, rows)
    rows = np.where(fleet.changed("methane_slip", value=0.0) != fleet.rows, 0.0, rows)
    once = np.where(fleet.changed("methane_slip", value=0.0) != fleet.rows, 0.0, fleet.rows)
    first, second = fleet.evaluate(once), fleet.evaluate(rows)
    np.testing.assert_allclose(
        second["emissions"][:, 0], 2.0 * first["emissions"][:, 0], rtol=1e-12
    )


def test_a_cleaner_grid_never_adds_emissions(fleet):
    cleaner = fleet.evaluate(fleet.changed("charging_mix", value=0.5))
    assert (cleaner["emissions"] <= fleet.base["emissions"]).all()


def test_zero_carbon_supply_leaves_exactly_nothing(fleet):
    rows = fleet.rows.copy()
    for quantity in ("ttw_co2", "ttw_ch4", "ttw_n2o", "methane_slip", "wtt_factor", "bio_factor",
                     "hydrogen_intensity", "charging_mix", "efuel_electricity"):  # fmt: skip
        rows = np.where(fleet.changed(quantity, value=-1.0) == -1.0, 0.0, rows)
    out = fleet.evaluate(rows)
    # A path on a log scale reads 0 as its floor: all that can be left is hydrogen at its floor.
    left = np.zeros_like(out["ttw_co2"])
    for place, spec in enumerate(fleet.structure.carriers.values()):
        if spec.role == "hydrogen":
            floor = fleet.inputs.slot("hydrogen_intensity").path.floor
            left += out["energy"][:, place] * floor / 1e3
    assert not out["ttw_co2"].any()
    assert not out["emissions"][:, 0].any()
    np.testing.assert_allclose(out["emissions"][:, 1], left, rtol=1e-12)


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
