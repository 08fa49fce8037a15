"""Runs of the Latin design: what is recorded, how they grow, and what their intervals cover."""

from pathlib import Path

import numpy as np
import pytest

from mc_engine.design.plan import plan
from mc_engine.errors import RequestError
from mc_engine.risk import Sample
from mc_engine.study import Study
from tests.design.examples import UNIT, factor, problem_of, rows

ANALYTIC = Path(__file__).parent / "data" / "analytic"


@pytest.fixture(scope="module")
def study():
    return Study(ANALYTIC)


@pytest.fixture(scope="module")
def grown(study, tmp_path_factory):
    """The parameters of a run of 1,008 draws, and the same run after 2,000 were asked for."""
    folder = tmp_path_factory.mktemp("latin") / "run"
    first = study.run(draws=1000, design="latin", out=folder)
    with first.draws as draws:
        before = draws["parameters"].values
    return before, study.run(draws=2000, design="latin", out=folder)


def test_the_design_is_recorded(grown):
    design = grown[1].manifest["design"]
    result = {key: design[key] for key in ("name", "requested", "draws", "replicates", "points")}
    expected = {"name": "latin", "requested": 2000, "draws": 2016, "replicates": 32, "points": 63}
    assert result == expected


def test_rounding_is_said(grown):
    note = "2000 draws rounded up to 2016: 32 Latin hypercubes of 63 points"
    assert grown[1].manifest["design"]["note"] == note


def test_a_run_grows_by_further_replicates(grown):
    before, run = grown
    with run.draws as draws:
        np.testing.assert_array_equal(draws["parameters"].values[:1008], before)


def test_every_stored_replicate_is_a_latin_hypercube(grown):
    with grown[1].draws as draws:
        parameters = draws["parameters"].values
        replicate, index = draws["replicate"].values, draws["index"].values
    for one in range(32):
        assert sorted(index[replicate == one]) == list(range(63))
        # Uniform on [-pi, pi]; no point is so near to the end of its cell that rounding matters.
        units = parameters[replicate == one] / (2.0 * np.pi) + 0.5
        cells = np.sort(np.floor(units * 63.0), axis=0)
        np.testing.assert_array_equal(cells, np.arange(63.0)[:, None] + np.zeros((63, 3)))


def test_fewer_draws_are_answered_from_the_folder(grown, study):
    again = study.run(draws=500, design="latin", out=grown[1].folder)
    assert again.manifest == grown[1].manifest


def test_intervals_are_taken_over_replicates(grown):
    with grown[1].draws as draws:
        assert Sample.of(draws).replicates == 32


def test_another_seed_in_the_same_folder_is_refused(grown, study):
    with pytest.raises(RequestError, match=r"holds run .*seed or code differ"):
        study.run(draws=2000, design="latin", seed=1, out=grown[1].folder)


def test_the_number_of_points_is_part_of_a_runs_identity(study):
    few, many = (study.plan(draws, design="latin").identity for draws in (1000, 2000))
    assert few != many


def test_the_number_of_draws_is_not_part_of_a_random_runs_identity(study):
    few, many = (study.plan(draws).identity for draws in (1000, 2000))
    assert few == many


def test_a_mean_over_latin_replicates_covers_as_often_as_it_claims():
    problem = problem_of([factor(name, UNIT, is_path=True) for name in "ab"])
    covered = []
    for seed in range(1000):
        made = plan(problem, seed, "latin", draws=512)
        a, b = rows(made, 0, 512)[0].T
        sample = Sample(512, made.design.replicate_of(np.arange(512)), 16, level=0.9)
        result = sample.mean(a * b + a)
        covered.append(result.low <= 0.75 <= result.high)
    # Standard error over 1,000 seeds 0.0095; 3 of these.
    assert np.mean(covered) == pytest.approx(0.9, abs=0.03)


def test_latin_draws_are_more_exact_than_random_ones():
    problem = problem_of([factor(name, UNIT, is_path=True) for name in "abcd"])
    made = plan(problem, 3, "latin", draws=16_000)
    means = rows(made, 0, 16_000)[0].sum(axis=1).reshape(-1, 16).mean(axis=0)
    # The mean of 1,000 random draws would scatter by sqrt(4 / 12 / 1,000) = 0.018.
    assert means.std() < 0.018 / 100.0
