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
        # A mile is 1,760 yards of 0.9144 m, a gallon 231 cubic inches of 2.54 cm, a pound is
        # 0.45359237 kg, a short ton 2,000 of them.
        ("mi/yr", "km/yr", 1760 * 0.9144 / 1000),
        ("1000 mi/yr", "1000 km/yr", 1760 * 0.9144 / 1000),
        ("gal gasoline/100mi", "L gasoline/100km", 231 * 2.54**3 / 1000 / (1760 * 0.9144 / 1000)),
        ("gal diesel/100mi", "L diesel/100km", 231 * 2.54**3 / 1000 / (1760 * 0.9144 / 1000)),
        ("kWh/mi", "kWh/km", 1000 / (1760 * 0.9144)),
        ("kWh/100mi", "kWh/mi", 0.01),
        ("lb CO2e/MWh", "g CO2e/kWh", 0.45359237),
        ("kg CO2e/MWh", "g CO2e/kWh", 1.0),
        ("lb CO2e/MMBtu", "kg CO2e/MMBtu", 0.45359237),
        ("kg CO2e/MMBtu", "g CO2e/MJ", 1 / 1.05505585262),
        ("short ton CO2e/vehicle", "t CO2e/vehicle", 0.90718474),
        ("million short tons CO2e/yr", "Mt CO2e/yr", 0.90718474),
        ("MWh/yr", "GWh/yr", 0.001),
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
