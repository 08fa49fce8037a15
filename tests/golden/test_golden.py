"""Results are those that are stored, and the comparison sees what it should."""

import numpy as np
import pytest
import xarray as xr

from tests.golden.cases import CASES, DATA, DRAWS
from tests.golden.compare import MissingResultError, differences, read


@pytest.mark.parametrize("name", CASES)
def test_results_are_those_that_are_stored(name):
    outcome = differences(CASES[name](), read(DATA / f"{name}.nc"))
    assert not outcome, "\n".join(outcome)


@pytest.mark.parametrize("name", CASES)
def test_a_stored_result_says_how_it_was_made(name):
    stored = read(DATA / f"{name}.nc")
    assert stored.sizes["draw"] == DRAWS
    assert {"command", "commit", "machine", "version_numba", "version_numpy"} <= set(stored.attrs)
    assert "dirty" not in stored.attrs["commit"]


def test_a_missing_file_fails(tmp_path):
    with pytest.raises(MissingResultError, match="found no file, expected the stored result"):
        read(tmp_path / "nowhere.nc")


@pytest.fixture
def result():
    values = np.arange(1.0, 7.0).reshape(2, 3)
    return xr.Dataset(
        {"x": (("draw", "year"), values), "n": ("draw", np.array([1, 2]))}, {"year": [1, 2, 3]}
    )


def test_the_order_of_dimensions_and_labels_does_not_matter(result):
    assert (
        differences(result.isel(year=[2, 0, 1]).transpose("year", "draw"), result, bits=True) == []
    )


def test_one_bit_is_seen_where_bits_are_asked_for(result):
    other = result.copy(deep=True)
    other.x[1, 2] = np.nextafter(6.0, 7.0)
    assert differences(other, result) == []
    [outcome] = differences(other, result, bits=True)
    assert outcome.startswith("x: 1 of 6 numbers differ; worst at draw 1, year 3: found")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.assign(x=r.x * (1 + 1e-9)), "x: 6 of 6 numbers differ"),
        (lambda r: r.assign(x=r.x.where(r.x != 2)), "x: 1 of 6 numbers differ"),
        (lambda r: r.assign(n=r.n + 1), "n: 2 of 2 numbers differ"),
        (lambda r: r.drop_vars("n"), "n: stored, and not computed"),
        (lambda r: r.assign(m=r.n), "m: not stored"),
        (lambda r: r.assign_coords(year=[1, 2, 4]), "x: the labels of year"),
        (lambda r: r.isel(draw=[0]), "n: found shape (1,), expected (2,)"),
        (lambda r: r.rename(draw="row"), "n: found dimensions ('row',), expected ('draw',)"),
        (lambda r: r.assign(n=r.n.astype("i4")), "n: found int32, expected int64"),
    ],
)
def test_a_difference_is_named(result, change, message):
    assert any(text.startswith(message) for text in differences(change(result), result))
