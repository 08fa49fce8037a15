"""Units convert within a dimension only."""

import pytest

from mc_engine.units import conversion


@pytest.mark.parametrize(
    ("found", "wanted", "factor"),
    [
        # 3.6 MJ per kWh and 119.96 MJ per kg of hydrogen.
        ("kWh/kg H2", "MJ/MJ", 0.0300100033344448),
        ("kg CO2e/kg H2", "g CO2e/MJ", 8.33611203734578),
        ("t CO2e/vehicle", "kg CO2e/vehicle", 1000.0),
    ],
)
def test_units_of_one_dimension_convert(found, wanted, factor):
    assert conversion(found, wanted) == pytest.approx(factor, rel=1e-14)
    assert conversion(wanted, found) == pytest.approx(1.0 / factor, rel=1e-14)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ("kg CO2e/kWh", "g CO2e/kWh"),  # of a battery's capacity; of electricity
        ("kWh", "MJ/MJ"),
        ("kg CO2e/kg", "kg CO2e/kg H2"),  # of hydrogen a tank holds; of hydrogen burned
        ("kWh", "kilowatt hours"),
    ],
)
def test_units_of_two_dimensions_do_not(found, wanted):
    assert conversion(found, wanted) is None
