"""What a plan records, and what it refuses."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mc_engine.design.plan import DESIGNS, plan, recorded
from mc_engine.design.random import Random
from mc_engine.errors import DesignError
from tests.design.examples import ONE_OF_EACH, UNIT, block, factor, mixed_problem, problem_of

AB = problem_of([factor("a", UNIT), factor("b", UNIT)])


def test_random_design_is_recorded():
    expected = Random(5, 1000, 1000, replicate=2)
    assert plan(AB, 5, replicate=2, draws=1000).design == expected


def test_random_design_may_be_open_ended():
    assert plan(AB, 5).design.draws is None


@pytest.mark.parametrize(
    ("draws", "replicates", "rounded"),
    [(1, 16, 16), (16, 16, 16), (17, 16, 32), (20_000, 16, 32_768), (33, 32, 64)],
)
def test_sobol_rounds_up_to_whole_nets(draws, replicates, rounded):
    assert plan(AB, 5, "sobol", draws=draws, replicates=replicates).design.draws == rounded


def test_rounding_is_said():
    note = plan(AB, 5, "sobol", draws=20_000).design.note
    assert note == "20000 draws rounded up to 32768: 16 replicates of 2048 Sobol points"


def test_nothing_is_said_where_nothing_is_rounded():
    assert plan(AB, 5, "sobol", draws=256).design.note == ""


@pytest.mark.parametrize(
    "asked",
    [
        {"design": "random", "replicate": 2},
        {"design": "sobol", "draws": 20, "replicates": 32},
        {"design": "latin", "draws": 100, "points": 3},
    ],
)
def test_a_recorded_design_is_read_again_and_makes_itself(asked):
    made = plan(AB, 5, **asked).design
    again = recorded(json.loads(json.dumps(made.as_json())))
    assert again == made
    assert plan(AB, 5, again.name, draws=again.draws, **again.options).design.draws == made.draws


def test_every_design_records_the_same_keys():
    made = [plan(AB, 5, name, draws=16).design.as_json() for name in DESIGNS]
    assert {tuple(record) for record in made} == {tuple(made[0])}
    assert {record["name"] for record in made} == set(DESIGNS)


def test_sobol_records_one_dimension_per_factor():
    assert plan(mixed_problem(), 5, "sobol", draws=16).design.dimensions == (
        *(f"f{index}" for index in range(len(ONE_OF_EACH))),
        "path",
        "rising",
        "moved",
    )


def test_new_factors_are_appended_to_recorded_dimensions():
    made = plan(AB, 5, "sobol", draws=16, dimensions=["b", "gone"])
    assert made.design.dimensions == ("b", "gone", "a")


def test_draws_of_sobol_alternate_between_replicates():
    design = plan(AB, 5, "sobol", draws=64).design
    draws = np.arange(64)
    assert design.replicate_of(draws).tolist() == [k % 16 for k in range(64)]
    assert design.index_of(draws).tolist() == [k // 16 for k in range(64)]


@pytest.mark.parametrize(
    ("draws", "more", "made", "replicates", "points"),
    [
        (1, {}, 16, 16, 1),
        (20_000, {}, 20_000, 16, 1250),
        (100, {}, 112, 16, 7),
        (100, {"replicates": 32}, 128, 32, 4),
        (100, {"points": 3}, 144, 48, 3),
        (100, {"points": 50}, 800, 16, 50),
    ],
)
def test_latin_rounds_up_to_whole_replicates(draws, more, made, replicates, points):
    design = plan(AB, 5, "latin", draws=draws, **more).design
    assert (design.draws, design.replicates, design.points) == (made, replicates, points)


def test_rounding_of_latin_is_said():
    note = plan(AB, 5, "latin", draws=100).design.note
    assert note == "100 draws rounded up to 112: 16 Latin hypercubes of 7 points"


def test_draws_of_latin_alternate_between_sixteen_replicates_at_a_time():
    design = plan(AB, 5, "latin", draws=96, points=3).design
    draws = np.arange(96)
    index = [(16 * (k // 48) + k % 16, k % 48 // 16) for k in range(96)]
    result = zip(design.replicate_of(draws).tolist(), design.index_of(draws).tolist(), strict=True)
    assert list(result) == index


def test_draws_of_the_random_design_belong_to_its_one_replicate():
    design = plan(AB, 5, replicate=3).design
    assert design.replicate_of(np.arange(4)).tolist() == [3] * 4
    assert design.index_of(np.arange(4)).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"design": "halton"}, r"design: found 'halton', expected one of random, sobol, latin"),
        ({"draws": 0}, r"draws: found 0, expected a whole number of at least 1"),
        ({"draws": 1e4}, r"draws: found 10000.0, expected a whole number"),
        ({"draws": True}, r"draws: found True, expected"),
        ({"replicate": -1}, r"replicate: found -1, expected a whole number"),
        ({"design": "sobol"}, r"sobol: found no number of draws"),
        ({"design": "sobol", "draws": 16, "replicate": 1}, r"found replicate 1, expected 0"),
        ({"design": "sobol", "draws": 16, "replicates": 8}, r"found 8 replicates.*\(16, 32\)"),
        ({"design": "sobol", "draws": 2**35}, r"draws: found .*expected at most 16 \* 2\*\*30"),
        ({"design": "latin"}, r"latin: found no number of draws"),
        ({"design": "latin", "draws": 16, "replicate": 1}, r"found replicate 1, expected 0"),
        ({"design": "latin", "draws": 16, "replicates": 8}, r"found 8 replicates.*\(16, 32\)"),
        ({"design": "latin", "draws": 16, "points": -1}, r"latin: found -1 points per replicate"),
        ({"design": "latin", "draws": 2**35}, r"latin: found .* points per replicate, expected 1"),
        (
            {"design": "sobol", "draws": 16, "dimensions": ["a", "a"]},
            r"found dimension a twice, expected each factor once",
        ),
    ],
)
def test_a_design_that_cannot_be_built_is_refused(asked, message):
    with pytest.raises(DesignError, match=message):
        plan(AB, 5, **asked)


def test_two_factors_of_one_name_are_refused():
    with pytest.raises(DesignError, match=r"share their random numbers"):
        plan(problem_of([factor("a", UNIT), factor("a", UNIT)]), 5)


def test_a_column_that_nobody_writes_is_refused():
    wide = replace(AB, inputs=replace(AB.inputs, width=3))
    with pytest.raises(DesignError, match=r"one factor or constant that writes it.*column 2: 0"):
        plan(wide, 5)


def test_a_column_that_is_written_twice_is_refused():
    with pytest.raises(DesignError, match=r"one factor or constant that writes it.*column 1: 2"):
        plan(replace(AB, constants=((1, 0.0),)), 5)


def test_a_column_outside_the_row_is_refused():
    with pytest.raises(DesignError, match=r"found values for column 2, expected 0 to 1"):
        plan(replace(AB, constants=((2, 0.0),)), 5)


@pytest.mark.parametrize(
    "cholesky",
    [((0, 2), ((1.0,), (0.5, 0.8))), ((0, 1), ((1.0,),)), ((0, 1), ((1.0, 0.5), (0.5, 0.8)))],
    ids=["position", "rows", "upper part"],
)
def test_a_block_that_does_not_fit_is_refused(cholesky):
    with pytest.raises(DesignError, match=r"found a block of dependent factors.*load the problem"):
        plan(replace(AB, cholesky=(cholesky,)), 5)


def test_a_factor_in_two_blocks_is_refused():
    pair = block((0, 1), [[1.0, 0.5], [0.5, 1.0]])
    with pytest.raises(DesignError, match=r"found a factor in two blocks"):
        plan(replace(AB, cholesky=(pair, pair)), 5)


def test_a_scalar_with_two_distributions_is_refused():
    wrong = problem_of([factor("a", UNIT, UNIT, is_path=False)])
    with pytest.raises(DesignError, match=r"a: found 2 distributions, expected one for a scalar"):
        plan(wrong, 5)


def test_an_error_in_a_distribution_names_file_and_knot():
    bad = replace(UNIT, family="cauchy")
    path = factor("a", UNIT, bad, knot_years=(2030, 2040), where="sales.yaml:7")
    with pytest.raises(DesignError, match=r"^sales\.yaml:7: a, knot 2040: found distribution"):
        plan(problem_of([path]), 5)
