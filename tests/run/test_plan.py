"""What a run will do: chunks, identity, chosen outputs."""

import dataclasses

import pytest

from mc_engine.errors import RequestError
from mc_engine.models.road_fleet.outputs import OUTPUTS
from mc_engine.run.plan import chosen_variables, identity_of
from mc_engine.study import Study
from tests.run.stored import ALL_FAILING, ANALYTIC, FAILING

YEARLY = [spec.name for spec in OUTPUTS if spec.yearly]


@pytest.fixture(scope="module")
def study():
    return Study(ANALYTIC)


def test_identity_does_not_depend_on_how_the_draws_are_made(study):
    same = [
        study.plan(10),
        study.plan(20),
        study.plan(10, chunk=3, threads=1, series=2, out="elsewhere"),
    ]
    assert len({plan.identity for plan in same}) == 1


@pytest.mark.parametrize("change", [{"seed": 1}, {"design": "sobol"}])
def test_identity_depends_on_what_decides_the_numbers(study, change):
    assert study.plan(16, **change).identity != study.plan(16).identity


@pytest.mark.parametrize("field", ["digest", "region", "scenario"])
def test_identity_depends_on_the_problem(study, field):
    other = dataclasses.replace(study.problem, **{field: "another"})
    ours = identity_of(study.problem, "random", 0, "code", "a:b")
    assert identity_of(other, "random", 0, "code", "a:b") != ours


def test_identity_depends_on_the_code(study):
    result = {identity_of(study.problem, "random", 0, code, "a:b") for code in ("one", "two")}
    assert len(result) == 2


def test_two_models_of_one_file_are_two_runs():
    result = {Study(ANALYTIC, model=name).plan(5).identity for name in (FAILING, ALL_FAILING)}
    assert len(result) == 2


@pytest.mark.parametrize("wanted", ["all", "default"])
def test_all_yearly_outputs_are_stored(wanted):
    assert [spec.name for spec in chosen_variables(OUTPUTS, wanted)] == YEARLY


def test_outputs_are_chosen_by_name():
    result = chosen_variables(OUTPUTS, " stock,emissions,stock,")
    assert [spec.name for spec in result] == ["emissions", "stock"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("stocks", "stocks"), ("stock,a,b", "a, b"), (" , ", "nothing"), ("survival_scale",) * 2],
)
def test_an_unknown_output_is_refused(wanted, found):
    with pytest.raises(RequestError) as caught:
        chosen_variables(OUTPUTS, wanted)
    assert str(caught.value) == (
        f"outputs: found {found}; expected all, default, or some of {', '.join(YEARLY)}, "
        "separated by commas"
    )


def test_a_model_without_yearly_outputs_says_so(study):
    with pytest.raises(RequestError) as caught:
        study.plan(5, outputs="y")
    assert str(caught.value) == (
        "outputs: found y; expected all or default (the model has no yearly variables)"
    )
