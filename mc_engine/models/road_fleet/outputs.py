"""What the road-fleet model writes, and the arrays it is handed for it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mc_engine.vocabulary.axes import CARRIER, DRAW, STAGE, VEHICLE_CLASS, YEAR
from mc_engine.vocabulary.outputs import VariableSpec

STAGES = ("ttw", "wtt", "vehicle_cycle")
_WIDEST = (("scope", "life_cycle"),)
_BY_YEAR = (DRAW, YEAR)
_BY_CLASS = (DRAW, VEHICLE_CLASS, YEAR)

OUTPUTS = (
    VariableSpec("emissions", (DRAW, STAGE, YEAR), "Mt CO2e/yr",
                 "Greenhouse gas emissions by stage, removals not subtracted", "B-1"),
    VariableSpec("removals", _BY_YEAR, "Mt CO2e/yr", "Removals granted to the sector", "B-2",
                 attrs=_WIDEST),
    VariableSpec("net_emissions", _BY_YEAR, "Mt CO2e/yr", "Emissions minus removals granted",
                 "B-2", attrs=_WIDEST),
    VariableSpec("emissions_by_class", _BY_CLASS, "Mt CO2e/yr", "Emissions by vehicle class",
                 "B-1", attrs=_WIDEST),
    VariableSpec("ttw_co2", _BY_YEAR, "Mt CO2/yr", "Fossil CO2 leaving vehicles on the road",
                 "F-1"),
    VariableSpec("stock", _BY_CLASS, "million", "Vehicles in use at year end", "T-3"),
    VariableSpec("sales", _BY_CLASS, "million/yr", "New registrations", "T-5"),
    VariableSpec("scrapped", _BY_CLASS, "million/yr", "Vehicles that left the stock", "T-6"),
    VariableSpec("stock_gap", _BY_YEAR, "million", "Modelled minus official stock in scope; "
                 "missing where there is no official figure", "T-1"),
    VariableSpec("plug_in_sales_share", _BY_CLASS, "1", "Share of plug-in vehicles in "
                 "registrations", "A-1"),
    VariableSpec("plug_in_stock", _BY_YEAR, "million", "Plug-in vehicles in use at year end",
                 "T-3"),
    VariableSpec("energy", (DRAW, CARRIER, YEAR), "PJ/yr", "Energy used by vehicles; electricity "
                 "at the plug", "E-3"),
    VariableSpec("battery_demand", _BY_YEAR, "GWh/yr", "Batteries of new vehicles and batteries "
                 "replaced", "V-2"),
    VariableSpec("battery_retirements", _BY_YEAR, "GWh/yr", "Batteries that left vehicles in use",
                 "V-2"),
    VariableSpec("hydrogen_demand", _BY_YEAR, "Mt/yr", "Hydrogen used by vehicles", "F-5"),
    VariableSpec("survival_scale", (DRAW, VEHICLE_CLASS), "yr", "Weibull scale of survival since "
                 "sale", "T-1", yearly=False),
    VariableSpec("clipped_years", (DRAW,), "1", "Class-years in which sales were clipped at 0",
                 "T-5", yearly=False),
)  # fmt: skip


class Outputs(NamedTuple):
    """One array per variable of ``OUTPUTS``, shaped as declared there."""

    emissions: NDArray[np.float64]
    removals: NDArray[np.float64]
    net_emissions: NDArray[np.float64]
    emissions_by_class: NDArray[np.float64]
    ttw_co2: NDArray[np.float64]
    stock: NDArray[np.float64]
    sales: NDArray[np.float64]
    scrapped: NDArray[np.float64]
    stock_gap: NDArray[np.float64]
    plug_in_sales_share: NDArray[np.float64]
    plug_in_stock: NDArray[np.float64]
    energy: NDArray[np.float64]
    battery_demand: NDArray[np.float64]
    battery_retirements: NDArray[np.float64]
    hydrogen_demand: NDArray[np.float64]
    survival_scale: NDArray[np.float64]
    clipped_years: NDArray[np.float64]
