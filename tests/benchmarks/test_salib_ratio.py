"""The comparison with SALib, at its smallest."""

import numpy as np
import pytest

from benchmarks import salib_ratio
from mc_engine.sensitivity import cut, estimate
from tests.sensitivity import functions


@pytest.mark.parametrize("outputs", [1, 3])
def test_both_tools_analyse_the_same_rows(capsys, outputs):
    # The ratio of so small a case says nothing; that both agree does.
    salib_ratio.main(salib_ratio.SMALL, outputs)
    message = capsys.readouterr().out
    assert "5 inputs, 64 base rows, 3 outputs, 20 resamples" in message
    assert ("measured on 1, scaled" in message) == (outputs == 1)
    assert float(message.rsplit(None, 1)[1]) <= 1e-10


def test_the_rows_that_are_timed_are_saltelli_rows():
    blocks = salib_ratio.make(salib_ratio.SMALL)
    assert np.isfinite(estimate(*blocks).total).all()
    again = cut(functions.in_order(blocks), 64, 5)
    np.testing.assert_array_equal(again.ab, blocks.ab)
