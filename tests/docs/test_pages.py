"""The pages of the life cycle and of the hindcast are built; their figure holds what it should."""

import numpy as np

from docs.build import cycle, hindcast
from docs.build.hindcast_figure import Counted, Panel, svg
from mc_engine.run.options import RunRequest
from mc_engine.study import Study


def test_the_figure_holds_every_source_and_escapes_what_it_is_called():
    years = (2019, 2020, 2021)
    band = np.array([[1.0, 2.0, 3.0]] * 3)
    panel = Panel("A < B", "Mt/yr", years, band, band * 0.9, [Counted("x & y", years, [1, 2, 3])])
    drawn = svg([panel, panel])
    assert drawn.count("<circle") == 2 * (3 + 1)
    assert "A &lt; B" in drawn
    assert "x &amp; y" in drawn
    assert "A < B" not in drawn


def test_the_life_cycle_has_a_car_of_each_powertrain():
    text = cycle.page("china", draws=64)
    assert "python -m docs.build.cycle china --draws 64 --write" in text
    assert "| New electric car, 2021, g CO2e/km | " in text
    assert "single cars: the first 64 draws" in text


def test_the_hindcast_has_a_figure_and_every_source(tmp_path):
    request = RunRequest(draws=2_000, series=0, out=tmp_path)
    result = hindcast.hindcast(Study("china"), request, max_draws=2_000)
    ends = hindcast.Ends(result)
    text = hindcast.page("china", result, ends)
    assert text.startswith("# China: the past, scored\n")
    assert "## Which source the constrained draws follow" in text
    assert "Tank-to-wheel CO2 of the road" in svg(hindcast.panels(ends))
