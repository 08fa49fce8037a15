"""Every quantity the road-fleet model asks for, with unit and equation.

Units here are those in which the model receives a draw; priors may be written in any unit of
the same dimension.
"""

from mc_engine.vocabulary.quantities import QuantitySpec

_CLASS = ("vehicle_class",)
_PAIR = ("vehicle_class", "powertrain")
_CARRIER = ("carrier",)


def _q(
    name: str,
    unit: str,
    equation: str,
    meaning: str,
    dims: tuple[str, ...] = (),
    *,
    path: bool = False,
    default: float | None = None,
    low: float = float("-inf"),
    high: float = float("inf"),
) -> QuantitySpec:
    return QuantitySpec(
        name, unit, meaning, equation, dims, "path" if path else "scalar", default, low, high
    )


# The table below reads better in two lines an entry than in eleven.
# fmt: off
DEMAND = (
    _q("population_position", "1", "D-1", "Position between the low (-1), medium (0) and high "
       "(+1) population variant, the same in all years", default=0.0),
    _q("ownership_saturation", "vehicles/person", "D-2", "Vehicles per person that ownership "
       "tends to, classes counted inside it included", _CLASS, low=0.0),
    _q("ownership_growth", "1/yr", "D-2", "Yearly growth of ownership at the last observed year",
       _CLASS),
    _q("ownership_form", "1", "D-2", "Form of the ownership curve: 0 logistic, 1 Gompertz", _CLASS,
       default=0.0, low=0.0, high=1.0),
    _q("per_head_drift", "1/yr", "D-3", "Yearly drift of vehicles per person", _CLASS,
       low=-0.5, high=0.5),
    _q("economic_growth", "1/yr", "D-4", "Growth of gross domestic product", path=True, low=-0.5,
       high=0.5),
    _q("activity_elasticity", "1", "D-4", "Elasticity of transport work to economic growth",
       _CLASS, path=True),
    _q("modal_shift", "1", "D-4", "Cumulative share of transport work moved to rail and water",
       _CLASS, path=True, default=0.0, low=0.0, high=0.95),
    _q("load_index", "1", "D-4", "Load per vehicle relative to the last observed year", _CLASS,
       path=True, default=1.0, low=0.05, high=20.0),
)

TURNOVER = (
    _q("survival_shape", "1", "T-1", "Weibull shape kappa of survival since sale", _CLASS,
       low=1.0, high=20.0),
    _q("survival_scale", "yr", "T-1", "Weibull scale lambda of survival since sale", _CLASS,
       low=1.0, high=60.0),
    _q("mean_life", "yr", "T-1", "Mean life of the Weibull distribution, turned into its scale",
       _CLASS, low=1.0, high=60.0),
    _q("survival_delay", "yr", "T-1", "Years after sale in which hardly any vehicle leaves: the "
       "third parameter of the Weibull distribution", _CLASS, default=0.0, low=0.0, high=10.0),
    _q("life_ratio", "1", "T-1", "Life of powertrains flagged electric_life over the others",
       _CLASS, default=1.0, low=0.2, high=5.0),
    _q("count_error", "1", "T-1", "Factor on the official count that closes a class",
       default=1.0, low=0.5, high=1.5),
    _q("count_out_of_scope", "vehicles", "T-1", "Vehicles inside the official count and outside "
       "the classes", default=0.0, low=0.0),
    _q("wave_multiplier", "1", "T-2", "Multiplier of the age hazard in a scrapping wave",
       ("wave", *_CLASS), default=1.0, low=0.0, high=10.0),
    _q("reporting", "1", "T-4", "Factor on reported registrations", _CLASS, default=1.0,
       low=0.5, high=1.5),
    _q("class_split", "1", "T-4", "Factor on a class inside an exact total, in the years whose "
       "split is judgement", _CLASS, default=1.0, low=0.1, high=3.0),
    _q("profile_growth", "1/yr", "T-0", "Growth of sales behind the age profile of the first "
       "stock", _CLASS, default=0.0, low=-0.2, high=0.5),
)

ADOPTION = (
    _q("branch_share", "1", "A-1", "Share of the child of a fork of the adoption tree in domestic "
       "registrations of a calendar year", ("node", *_CLASS), path=True, low=0.0, high=1.0),
    _q("compliance", "1", "A-2", "Share reached when a phase-out is in force", _CLASS,
       default=1.0, low=0.0, high=1.0),
)

USE = (
    _q("distance_level", "km/yr", "U-1", "Distance per registered vehicle in the base year, all "
       "ages", _CLASS, low=0.0),
    _q("distance_trend", "1/yr", "U-1", "Yearly trend of distance after the last observed year",
       _CLASS, default=0.0, low=-0.2, high=0.2),
    _q("distance_history_power", "1", "U-1", "Power on the observed distance index before the "
       "base year", _CLASS, default=0.0, low=0.0, high=1.0),
    _q("activity_factor", "1", "U-1", "Factor on distance in a disturbed year",
       (*_CLASS, "activity_year"), default=1.0, low=0.3, high=1.5),
    _q("distance_age_decline", "1/yr", "U-2", "Exponential decline of distance with age delta",
       _CLASS, default=0.0, low=-0.1, high=0.5),
    _q("use_ratio", "1", "U-2", "Distance over that of the others of equal age", _PAIR,
       default=1.0, low=0.1, high=5.0),
    _q("electric_share", "1", "U-3", "Electric share of distance of two-carrier vehicles, by "
       "model year", _PAIR, path=True, low=0.0, high=1.0),
)

ENERGY = (
    _q("energy_new", "MJ/km", "E-1", "Real-world energy use of new vehicles at the last observed "
       "year, on the first carrier", _PAIR, low=0.0),
    _q("energy_ratio", "1", "E-1", "Factor on energy_new, for powertrains stated relative to "
       "another", _PAIR, default=1.0, low=0.0, high=5.0),
    _q("energy_fuel_mode", "MJ/km", "E-1", "Real-world fuel use of new two-carrier vehicles with "
       "an empty battery", _PAIR, low=0.0),
    _q("type_approval_gap", "1", "E-1", "Real-world over type-approval energy use, where an "
       "observed history exists", _PAIR, default=1.0, low=0.5, high=3.0),
    _q("energy_decline", "1/yr", "E-2", "Yearly decline rho of energy use of new vehicles", _PAIR,
       default=0.0, low=-0.1, high=0.5),
    _q("energy_floor", "1", "E-2", "Share of today's energy use that no improvement removes",
       _PAIR, default=0.0, low=0.0, high=1.0),
    _q("charging_efficiency", "1", "E-2", "Battery energy over wall energy, applied only where a "
       "prior is stated at the battery", _CLASS, default=1.0, low=0.3, high=1.0),
)

SUPPLY = (
    _q("ttw_co2", "g/MJ", "F-1", "Fossil CO2 per energy burned", _CARRIER, low=0.0),
    _q("ttw_ch4", "g/MJ", "F-1", "CH4 per energy burned, slip left out", _CARRIER, default=0.0,
       low=0.0),
    _q("ttw_n2o", "g/MJ", "F-1", "N2O per energy burned", _CARRIER, default=0.0, low=0.0),
    _q("methane_slip", "1", "F-1", "Share of the fuel that leaves unburned as methane", _CARRIER,
       default=0.0, low=0.0, high=0.5),
    _q("wtt_factor", "g CO2e/MJ", "F-2", "Well-to-tank factor of the fossil fuel at the last "
       "observed year", _CARRIER, low=0.0),
    _q("wtt_decline", "1/yr", "F-2", "Yearly decline of the well-to-tank factor", _CARRIER,
       default=0.0, low=-0.1, high=0.5),
    _q("bio_share", "1", "F-3", "Share of biofuel in the energy of a carrier", _CARRIER, path=True,
       default=0.0, low=0.0, high=1.0),
    _q("bio_factor", "g CO2e/MJ", "F-3", "Life-cycle factor of biofuel", _CARRIER, default=0.0),
    _q("efuel_share", "1", "F-3", "Share of e-fuel in the energy of a carrier", _CARRIER,
       path=True, default=0.0, low=0.0, high=1.0),
    _q("efuel_electricity", "MJ/MJ", "F-3", "Electricity per energy of e-fuel", path=True,
       default=0.0, low=0.0),
    _q("grid_intensity", "g CO2e/kWh", "F-4", "Emissions of generation per electricity generated",
       path=True, low=0.0),
    _q("grid_level", "1", "F-4", "Factor on all observed years of the grid, fading to 1 at the "
       "first knot", default=1.0, low=0.2, high=5.0),
    _q("grid_upstream", "g CO2e/kWh", "F-4", "Fuel supply of generation, added where the grid "
       "path is direct", path=True, default=0.0, low=0.0),
    _q("line_loss", "1", "F-4", "Share of generation lost before the charger", low=0.0,
       high=0.5, default=0.0),
    _q("charging_mix", "1", "F-4", "Grid seen by charging over the average grid", default=1.0,
       low=0.0),
    _q("grid_accounting", "1", "F-4", "Factor on the grid by how green power sold apart is counted",
       path=True, default=1.0, low=0.0),
    _q("hydrogen_branch", "1", "F-5", "Share of the child of a fork of the tree of hydrogen routes",
       ("hydrogen_node",), path=True, low=0.0, high=1.0),
    _q("hydrogen_route", "g CO2e/MJ", "F-5", "Emissions of hydrogen from a made route, handling "
       "left out", ("route",), path=True, low=0.0),
    _q("electrolysis_use", "MJ/MJ", "F-5", "Electricity per energy of hydrogen made with it",
       path=True, low=0.0),
    _q("hydrogen_handling", "MJ/MJ", "F-5", "Electricity for compression, transport and "
       "dispensing per energy of hydrogen", default=0.0, low=0.0),
)

VEHICLE_CYCLE = (
    _q("vehicle_making", "kg CO2e/vehicle", "V-1", "Making a new vehicle without battery, fuel "
       "cell and tank, at the last observed year", _CLASS, default=0.0, low=0.0),
    _q("making_ratio", "1", "V-1", "Factor on vehicle_making", _PAIR, default=1.0, low=0.0),
    _q("making_power_share", "1", "V-1", "Share of vehicle_making that follows the grid",
       default=0.0, low=0.0, high=1.0),
    _q("making_decline", "1/yr", "V-1", "Yearly decline of the rest of vehicle_making",
       default=0.0, low=-0.1, high=0.5),
    _q("maintenance", "kg CO2e/vehicle", "V-1", "Maintenance and tyres over the life of a vehicle",
       _CLASS, default=0.0, low=0.0),
    _q("battery_size", "kWh", "V-2", "Battery of a new vehicle, by model year", _PAIR, path=True,
       default=0.0, low=0.0),
    _q("battery_making", "kg CO2e/kWh", "V-2", "Making a battery, at the last observed year",
       default=0.0, low=0.0),
    _q("battery_power_share", "1", "V-2", "Share of battery_making that follows the grids of its "
       "makers", default=0.0, low=0.0, high=1.0),
    _q("battery_decline", "1/yr", "V-2", "Yearly decline of the rest of battery_making",
       default=0.0, low=-0.1, high=0.5),
    _q("battery_import_share", "1", "V-2", "Share of batteries made outside the region",
       default=0.0, low=0.0, high=1.0),
    _q("import_grid", "g CO2e/kWh", "F-4", "Emissions per electricity delivered where imported "
       "batteries are made, fuel supply and losses included", path=True, default=0.0, low=0.0),
    _q("battery_replacements", "1", "V-2", "Batteries replaced over the life of a vehicle", _PAIR,
       default=0.0, low=0.0),
    _q("fuel_cell_power", "kW", "V-2", "Fuel cell of a new vehicle", _PAIR, default=0.0, low=0.0),
    _q("fuel_cell_making", "kg CO2e/kW", "V-2", "Making a fuel cell", path=True, default=0.0,
       low=0.0),
    _q("tank_capacity", "kg H2", "V-2", "Hydrogen tank of a new vehicle", _PAIR, default=0.0,
       low=0.0),
    _q("tank_making", "kg CO2e/kg", "V-2", "Making a hydrogen tank per mass of hydrogen it holds",
       path=True, default=0.0, low=0.0),
    _q("recycling_credit", "kg CO2e/kWh", "V-3", "Credit per retired battery capacity; 0 is "
       "cut-off", default=0.0, low=0.0),
    _q("scrap_credit", "kg CO2e/vehicle", "V-3", "Credit per scrapped vehicle; 0 is cut-off",
       _CLASS, default=0.0, low=0.0),
)

BALANCE = (
    _q("removal_share", "1", "B-2", "Removals granted to the sector at the horizon, as a share of "
       "its emissions in the base year", default=0.0, low=0.0, high=2.0),
)

# fmt: on
QUANTITIES = DEMAND + TURNOVER + ADOPTION + USE + ENERGY + SUPPLY + VEHICLE_CYCLE + BALANCE
BY_NAME = {quantity.name: quantity for quantity in QUANTITIES}
