"""The study of index coverage, made short: it runs, and it would see what it is for."""

import numpy as np

from tests.sensitivity import functions
from validation import index_coverage


def test_coverage_is_counted_for_every_index(capsys):
    index_coverage.main(repeats=3, base=256)
    message = capsys.readouterr().out
    for case, inputs in (("Ishigami", 3), ("Sobol G", 8)):
        lines = [line for line in message.splitlines() if line.startswith(f"{case:<9} ")]
        assert len(lines) == 2 * inputs + 1


def test_the_truths_of_the_study_are_those_of_the_tests():
    for case, known in zip(index_coverage.cases(), (functions.ISHIGAMI, functions.G), strict=True):
        np.testing.assert_allclose(case.first, known[0], atol=6e-7)
        np.testing.assert_allclose(case.total, known[1], atol=6e-7)
    u = np.random.default_rng(1).random((50, 8))
    np.testing.assert_allclose(index_coverage.sobol_g(u), functions.sobol_g(u), rtol=1e-14)
    np.testing.assert_allclose(index_coverage.ishigami(u), functions.ishigami(u), rtol=1e-12)


def test_an_interval_that_misses_the_truth_is_counted_as_such():
    case = index_coverage.cases()[0]
    wrong = index_coverage.Case(case.name, case.function, case.first + 1.0, case.total)
    result = index_coverage.coverage(
        wrong, lambda s: index_coverage.replicated_rows(wrong, 64, s), 4
    )
    assert (result.held[:3] == 0).all()
    assert result.held[3:].sum() > 0
