"""The study of runs that stop at a precision, made short."""

import pytest

from validation import precision_coverage


@pytest.mark.parametrize("design", precision_coverage.DESIGNS)
def test_studies_of_a_known_chance_are_counted(tmp_path, design):
    result = precision_coverage.coverage(tmp_path, 0.15, design, studies=3, precision=0.02)
    assert sum(result["told"].values()) == len(result["draws"]) == 3
    assert 0 <= result["held"] <= 3
    assert set(result["draws"]) <= {4_096, 8_192}
