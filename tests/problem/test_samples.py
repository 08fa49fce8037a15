"""Distributions that are observed values of a CSV file."""

import numpy as np
import pytest

from mc_engine.design.plan import plan
from mc_engine.distributions.marginal import Marginal
from mc_engine.errors import PriorError
from mc_engine.problem.files import LARGEST
from mc_engine.problem.loader import load
from tests.design.examples import rows
from tests.problem.region import FILES, MODEL, write_region

PRIOR = """\
{name}:
  quantity: life
  for: {{vehicle_class: [{vehicle}]}}
  unit: yr
  meaning: Life
  kind: observed
  centre: none
  distribution: {{name: empirical, {stated}}}
  sources: [S_ONE]
  reason: Counted.
"""
LIVES = """\
cart,year,value,unit,source,label,cars
a,2020,14,yr,S_ONE,observed,1
b,2020,23,yr,S_ONE,observed,2
c,2020,15,yr,S_ONE,observed,3
d,2020,19,yr,S_ONE,observed,1
e,2020,15,yr,S_ONE,observed,2
"""
VALUES = "file: observed/lives.csv, column: value"


def prior(stated=VALUES, name="cart_life", vehicle="cart"):
    return PRIOR.format(name=name, vehicle=vehicle, stated=stated)


def region(tmp_path, stated=VALUES, lives=LIVES, **more):
    files = {"land/extra.yaml": prior(stated), "land/observed/lives.csv": lives}
    return write_region(tmp_path, files | more)


def marginal_of(problem, name="cart_life"):
    return next(factor for factor in problem.factors if factor.name == name).marginals[0]


def message_of(folder):
    with pytest.raises(PriorError) as caught:
        load(folder, MODEL)
    return str(caught.value)


def test_observed_values_become_a_law(tmp_path):
    result = marginal_of(load(region(tmp_path), MODEL))
    assert result == Marginal("empirical", (14, 15, 15, 19, 23, 0.0, 0.25, 0.5, 0.75, 1.0))


def test_weights_are_a_column(tmp_path):
    result = marginal_of(load(region(tmp_path, VALUES + ", weights: cars"), MODEL))
    # Weights 1, 3, 2, 1, 2 in ascending order: gaps of 2, 2.5, 1.5 and 1.5.
    indices = np.cumsum([0, 2, 2.5, 1.5, 1.5]) / 7.5
    np.testing.assert_allclose(result.shape[5:], indices, rtol=1e-15)


def test_draws_are_the_quantiles_of_the_values(tmp_path):
    problem = load(region(tmp_path), MODEL)
    made = plan(problem, 5, draws=20_000)
    life = rows(made, 0, 20_000)[0][:, made.names.index("cart_life")]
    shares = np.linspace(0.05, 0.95, 19)
    expected = np.quantile([14, 15, 15, 19, 23], shares)
    # Standard error of a quantile: at most 16 per unit of share times 0.5 / sqrt(20,000); 4 times.
    np.testing.assert_allclose(np.quantile(life, shares), expected, rtol=0.0, atol=0.23)


def test_file_may_stand_outside_the_observed_tables(tmp_path):
    text = "life\n" + "\n".join("12345") + "\n"
    stated = "file: samples/lives.csv, column: life"
    problem = load(region(tmp_path, stated, **{"land/samples/lives.csv": text}), MODEL)
    assert marginal_of(problem).shape[:5] == (1.0, 2.0, 3.0, 4.0, 5.0)


def test_bytes_of_the_file_are_kept(tmp_path):
    text = "life\n" + "\n".join("12345") + "\n"
    stated = "file: samples/lives.csv, column: life"
    problem = load(region(tmp_path, stated, **{"land/samples/lives.csv": text}), MODEL)
    assert problem.files["samples/lives.csv"] == text.encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [("\n1\n", "\n1.0\n"), ("\n5\n", "\n5\n5\n"), ("\n5\n", "\n6\n"), ("life", "life")],
)
def test_digest_covers_the_bytes_of_the_file(tmp_path, old, new):
    text = "life\n" + "\n".join("12345") + "\n"
    stated = "file: lives.csv, column: life"
    first, second = (
        load(region(tmp_path / name, stated, **{"land/lives.csv": content}), MODEL).digest
        for name, content in (("a", text), ("b", text.replace(old, new)))
    )
    assert (first == second) == (old == new)


def test_digest_covers_the_column(tmp_path):
    text = "life,age\n1,1\n2,2\n3,3\n4,4\n5,5\n"
    first, second = (
        load(
            region(tmp_path / name, f"file: lives.csv, column: {name}", **{"land/lives.csv": text}),
            MODEL,
        ).digest
        for name in ("life", "age")
    )
    assert first != second


def test_observed_values_may_be_truncated(tmp_path):
    problem = load(region(tmp_path, VALUES + ", truncate: {high: 19}"), MODEL)
    assert marginal_of(problem).high == 19.0


def test_observed_values_may_be_a_knot(tmp_path):
    knot = f"2035: {{name: empirical, {VALUES}}}"
    text = FILES.use.replace("2035: {name: beta, a: 20, b: 2, low: 0, high: 100}", knot)
    shares = LIVES.replace(",yr,", ",%,")
    files = {"land/use.yaml": text, "land/observed/lives.csv": shares}
    problem = load(write_region(tmp_path, files), MODEL)
    path = next(factor for factor in problem.factors if factor.name == "cart_share")
    assert path.marginals[1].family == "empirical"


def test_file_above_eight_megabytes_is_refused_unread(tmp_path):
    folder = region(tmp_path, "file: lives.csv, column: life", **{"land/lives.csv": "life\n"})
    with (folder / "lives.csv").open("wb") as sparse:
        sparse.truncate(LARGEST + 1_000_000)
    assert message_of(folder) == (
        "land/lives.csv:1: the file is too large and was not read; found 9.0 MB, "
        "expected at most 8 MB; split it"
    )


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path):
    folder = region(tmp_path, "file: lives.csv, column: life")
    (tmp_path / "elsewhere.csv").write_text("life\n1\n2\n3\n4\n5\n")
    (folder / "lives.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert "found 'lives.csv', outside the region's folder" in message_of(folder)


def test_a_broken_file_is_reported_once_for_two_priors(tmp_path):
    both = prior() + prior(name="wagon_life", vehicle="wagon")
    lives = LIVES.replace("a,2020,14", "a,2020,many")
    folder = region(tmp_path, lives=lives, **{"land/extra.yaml": both})
    assert message_of(folder) == (
        "land/observed/lives.csv:2: 'value' is not a number; found 'many', expected a number; "
        "write digits with a decimal point and no separators; leave out rows without a value"
    )


def test_a_column_may_be_its_own_weight(tmp_path):
    result = marginal_of(load(region(tmp_path, VALUES + ", weights: value"), MODEL))
    gaps = np.convolve([14, 15, 15, 19, 23], [0.5, 0.5], "valid")
    np.testing.assert_allclose(np.diff(result.shape[5:]), gaps / gaps.sum(), rtol=1e-12)
