"""The closed list of units, and the physical constants behind them.

A unit belongs to a *dimension* and has a factor to that dimension's base unit. Conversion
is linear (``value * factor``); nothing is converted silently: the loader records every
conversion it makes.

Heating values: gasoline 31.95 MJ/L and 42.6 MJ/kg, diesel 35.69 MJ/L and 43.0 MJ/kg
(energy statistics conversion factors used for China); hydrogen 119.96 MJ/kg and methane
50.0 MJ/kg (lower heating values, standard thermochemical tables).
"""

from dataclasses import dataclass

GASOLINE_MJ_PER_L = 31.95
GASOLINE_MJ_PER_KG = 42.6
DIESEL_MJ_PER_L = 35.69
DIESEL_MJ_PER_KG = 43.0
HYDROGEN_MJ_PER_KG = 119.96
METHANE_MJ_PER_KG = 50.0
MJ_PER_KWH = 3.6
# Definitions of 1959 (mile, pound) and of the United States (liquid gallon, short ton).
KM_PER_MILE = 1.609344
L_PER_GALLON = 3.785411784
KG_PER_POUND = 0.45359237
T_PER_SHORT_TON = 2000.0 * KG_PER_POUND / 1000.0
MJ_PER_MMBTU = 1055.05585262  # international table


@dataclass(frozen=True)
class Unit:
    """One unit of the closed list.

    Attributes
    ----------
    symbol : str
        How the unit is written in priors and in datasets.
    dimension : str
        Units of one dimension convert into each other.
    factor : float
        Base units per unit of this symbol.
    boundary : bool
        A prior in this unit must say where it was measured (``wall`` or ``battery``).
    basis : bool
        A prior in this unit must say what it covers (``direct`` or ``life_cycle``).
    """

    symbol: str
    dimension: str
    factor: float
    boundary: bool = False
    basis: bool = False


_LIST = (
    Unit("1", "number", 1.0),
    Unit("%", "number", 0.01),
    Unit("1/yr", "rate", 1.0),
    Unit("%/yr", "rate", 0.01),
    Unit("yr", "duration", 1.0),
    Unit("km/yr", "distance per year", 1.0),
    Unit("1000 km/yr", "distance per year", 1e3),
    Unit("mi/yr", "distance per year", KM_PER_MILE),
    Unit("1000 mi/yr", "distance per year", 1e3 * KM_PER_MILE),
    Unit("vehicles", "vehicles", 1.0),
    Unit("thousand", "vehicles", 1e3),
    Unit("10 thousand", "vehicles", 1e4),
    Unit("million", "vehicles", 1e6),
    Unit("vehicles/person", "ownership", 1.0),
    Unit("vehicles/1000 people", "ownership", 1e-3),
    Unit("people", "people", 1.0),
    Unit("million people", "people", 1e6),
    Unit("MJ/km", "energy per distance", 1.0),
    Unit("L gasoline/100km", "energy per distance", GASOLINE_MJ_PER_L / 100.0),
    Unit("L diesel/100km", "energy per distance", DIESEL_MJ_PER_L / 100.0),
    Unit("kg H2/100km", "energy per distance", HYDROGEN_MJ_PER_KG / 100.0),
    Unit("MJ/mi", "energy per distance", 1.0 / KM_PER_MILE),
    Unit(
        "gal gasoline/100mi",
        "energy per distance",
        GASOLINE_MJ_PER_L * L_PER_GALLON / (100.0 * KM_PER_MILE),
    ),
    Unit(
        "gal diesel/100mi",
        "energy per distance",
        DIESEL_MJ_PER_L * L_PER_GALLON / (100.0 * KM_PER_MILE),
    ),
    Unit("kg H2/100mi", "energy per distance", HYDROGEN_MJ_PER_KG / (100.0 * KM_PER_MILE)),
    Unit("kWh/km", "energy per distance", MJ_PER_KWH, boundary=True),
    Unit("kWh/100km", "energy per distance", MJ_PER_KWH / 100.0, boundary=True),
    Unit("kWh/mi", "energy per distance", MJ_PER_KWH / KM_PER_MILE, boundary=True),
    Unit("kWh/100mi", "energy per distance", MJ_PER_KWH / (100.0 * KM_PER_MILE), boundary=True),
    Unit("g/MJ", "mass per energy", 1.0),
    Unit("mg/MJ", "mass per energy", 1e-3),
    Unit("g CO2e/MJ", "carbon per energy", 1.0),
    Unit("kg CO2e/kg H2", "carbon per energy", 1e3 / HYDROGEN_MJ_PER_KG),
    Unit("kg CO2e/MMBtu", "carbon per energy", 1e3 / MJ_PER_MMBTU),
    Unit("lb CO2e/MMBtu", "carbon per energy", 1e3 * KG_PER_POUND / MJ_PER_MMBTU),
    Unit("g CO2e/kWh", "carbon per electricity", 1.0, basis=True),
    Unit("kg CO2e/MWh", "carbon per electricity", 1.0, basis=True),
    Unit("lb CO2e/MWh", "carbon per electricity", KG_PER_POUND, basis=True),
    Unit("MJ/MJ", "energy per energy", 1.0),
    Unit("kWh/kg H2", "energy per energy", MJ_PER_KWH / HYDROGEN_MJ_PER_KG),
    Unit("kg CO2e/vehicle", "carbon per vehicle", 1.0),
    Unit("t CO2e/vehicle", "carbon per vehicle", 1e3),
    Unit("short ton CO2e/vehicle", "carbon per vehicle", 1e3 * T_PER_SHORT_TON),
    Unit("kWh", "battery capacity", 1.0),
    Unit("kg CO2e/kWh", "carbon per battery capacity", 1.0),
    Unit("kW", "power", 1.0),
    Unit("kg CO2e/kW", "carbon per power", 1.0),
    Unit("kg H2", "hydrogen", 1.0),
    Unit("kg CO2e/kg", "carbon per mass", 1.0),
    Unit("Mt/yr", "mass per year", 1.0),
    Unit("Mt CO2e/yr", "carbon per year", 1.0),
    Unit("million short tons CO2e/yr", "carbon per year", T_PER_SHORT_TON),
    Unit("Mt CO2/yr", "carbon dioxide per year", 1.0),
    Unit("million short tons CO2/yr", "carbon dioxide per year", T_PER_SHORT_TON),
    Unit("Mt CO2e", "carbon", 1.0),
    Unit("Gt CO2e", "carbon", 1e3),
    Unit("PJ/yr", "energy per year", 1.0),
    Unit("MWh/yr", "electricity per year", 1e-3),
    Unit("GWh/yr", "electricity per year", 1.0),
    Unit("million/yr", "vehicles per year", 1.0),
    Unit("year", "calendar year", 1.0),
)

UNITS: dict[str, Unit] = {unit.symbol: unit for unit in _LIST}


def conversion(found: str, wanted: str) -> float | None:
    """Give the factor that turns a value in ``found`` into ``wanted``.

    Parameters
    ----------
    found, wanted : str
        Symbols of the closed list.

    Returns
    -------
    float or None
        ``None`` when either symbol is unknown or the dimensions differ.
    """
    source, target = UNITS.get(found), UNITS.get(wanted)
    if source is None or target is None or source.dimension != target.dimension:
        return None
    return source.factor / target.factor
