"""What became of every row of China's prior tables: the priors that hold it, or why it is left out.

Keys: S, V, F, D, N are the rows of the fleet table; E the rows for China and for all regions of the
table of energy and vehicle making, in its order; R the correlations proposed; B the switches
(discrete beliefs and accounting choices); C the corrections that stand above the tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes
    ----------
    what : str
        The row in a few words.
    priors : tuple of str
        Priors that hold it; empty where it is left out.
    elsewhere : tuple of str
        Other places that hold it, as ``settings/name``, ``levers/name`` or ``observed/name``.
    reason : str
        Why it is left out or not held as printed; needed where neither holds it.
    """

    what: str
    priors: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    reason: str = ""


def _row(what: str, priors: str = "", *, at: str = "", reason: str = "") -> Row:
    return Row(what, tuple(priors.split()), tuple(at.split()), reason)


SURVIVAL: Mapping[str, Row] = {
    "S1": _row(
        "Weibull scale of cars",
        "official_count_error vehicles_out_of_scope",
        reason="Not drawn: solved so that the official count of 2025 closes (T-1); the error of "
        "the count and what lies outside the classes are drawn in its place.",
    ),
    "S2": _row("Weibull shape of cars", "private_car_survival_shape"),
    "S3": _row("trade-in wave", "trade_in_wave_cars trade_in_wave_trucks_buses"),
    "S4": _row("extra scrappage 2024-2026", reason="The alternative to S3; a check, not an input."),
    "S5": _row("taxi and ride-hailing life", "service_car_life service_car_survival_shape"),
    "S6": _row(
        "city bus life",
        "bus_life bus_survival_shape",
        reason="Statistics do not separate city buses from coaches: one class.",
    ),
    "S7": _row("coach life", "bus_life", reason="One class with city buses."),
    "S8": _row("light truck scale", "light_truck_survival_scale light_truck_survival_shape"),
    "S9": _row("medium truck life", "medium_truck_life medium_truck_survival_shape"),
    "S10": _row("heavy truck life", "heavy_truck_life"),
    "S11": _row("heavy truck shape", "heavy_truck_survival_shape"),
    "S12": _row("life of electric vehicles", "electric_life_ratio"),
}

DISTANCE: Mapping[str, Row] = {
    "V1": _row("private car", "private_car_distance"),
    "V2": _row(
        "taxi",
        "service_car_distance",
        reason="One class with ride-hailing and rental cars (correction 9).",
    ),
    "V3": _row("ride-hailing car", "service_car_distance"),
    "V4": _row("city bus", "bus_distance"),
    "V5": _row("coach", "bus_distance"),
    "V6": _row("light truck", "light_truck_distance"),
    "V7": _row("medium truck", "medium_truck_distance"),
    "V8": _row("heavy truck", "heavy_truck_distance"),
    "V9": _row(
        "tractor unit over heavy mean",
        "gas_use_heavy_truck",
        reason="Heavy trucks are one class; gas trucks, mostly tractors, carry the ratio.",
    ),
    "V10": _row("age decline of cars", "private_car_age_decline service_car_age_decline"),
    "V11": _row(
        "age decline of heavy trucks",
        "heavy_truck_age_decline lighter_truck_age_decline bus_age_decline",
    ),
    "V12": _row(
        "electric over combustion distance",
        "battery_use_private_car "
        "battery_use_service_car battery_use_bus battery_use_light_truck "
        "battery_use_heavier_trucks",
    ),
    "V13": _row(
        "trend of car distance",
        "private_car_distance_trend service_car_distance_trend "
        "bus_distance_trend light_truck_distance_trend heavier_truck_distance_trend",
    ),
}

FUEL_USE: Mapping[str, Row] = {
    "F1": _row("new petrol car", "private_car_fuel service_car_fuel"),
    "F2": _row("real world over WLTC", reason="A check: F1 is real-world already."),
    "F3": _row("hybrid over petrol", "hybrid_ratio"),
    "F4": _row("petrol car improvement", "car_fuel_decline car_fuel_floor"),
    "F5": _row("petrol car stock", reason="A check: follows from F1 and survival."),
    "F6": _row(
        "plug-in hybrid, battery empty",
        "car_phev_fuel light_truck_phev_fuel "
        "medium_truck_phev_fuel heavy_truck_phev_fuel bus_phev_fuel",
    ),
    "F7": _row("battery-electric car", "car_electricity phev_electric_mode_ratio"),
    "F8": _row(
        "battery-electric car improvement",
        "car_electricity_decline truck_bus_electricity_decline electricity_floor",
    ),
    "F9": _row("heavy truck, diesel", "heavy_truck_fuel"),
    "F10": _row("heavy diesel improvement", "truck_bus_fuel_decline truck_bus_fuel_floor"),
    "F11": _row("medium truck, diesel", "medium_truck_fuel"),
    "F12": _row("light truck", "light_truck_fuel gasoline_ratio_light_truck"),
    "F13": _row("bus and coach, diesel", "bus_fuel gasoline_ratio_bus"),
    "F14": _row("gas over diesel", "gas_ratio_trucks_buses gas_ratio_cars"),
    "F15": _row("battery-electric heavy truck", "heavy_truck_electricity medium_truck_electricity"),
    "F16": _row("battery-electric light truck", "light_truck_electricity"),
    "F17": _row("battery-electric bus", "bus_electricity"),
    "F18": _row(
        "fuel-cell heavy truck", "heavy_truck_hydrogen medium_truck_hydrogen light_truck_hydrogen"
    ),
    "F19": _row("fuel-cell bus", "bus_hydrogen"),
    "F20": _row(
        "utility factor, plug-in hybrid",
        "phev_electric_share_private_car "
        "phev_electric_share_service_car phev_electric_share_bus "
        "phev_electric_share_trucks",
    ),
    "F21": _row(
        "utility factor, range extender",
        "phev_electric_share_private_car",
        reason="Mixed with F20 by the shares of N8: one powertrain.",
    ),
    "F22": _row(
        "utility factor before 2020",
        "phev_electric_share_private_car",
        reason="The knot of 2019 of the same path.",
    ),
}

DEMAND: Mapping[str, Row] = {
    "D1": _row(
        "saturation, all automobiles",
        reason="Would count cars twice beside D2; trucks and buses follow other drivers.",
    ),
    "D2": _row("saturation, passenger cars", "car_saturation"),
    "D3": _row("population 2040", "population_position", at="observed/population"),
    "D4": _row("population 2060", "population_position", at="observed/population"),
    "D5": _row("economic growth 2025-2030", "economic_growth"),
    "D6": _row("economic growth 2030-2040", "economic_growth"),
    "D7": _row("economic growth 2040-2050", "economic_growth"),
    "D8": _row("economic growth 2050-2060", "economic_growth"),
    "D9": _row(
        "freight elasticity to 2035",
        "heavy_freight_elasticity light_freight_elasticity medium_freight_elasticity",
    ),
    "D10": _row(
        "freight elasticity after 2035",
        "heavy_freight_elasticity light_freight_elasticity medium_freight_elasticity",
    ),
    "D11": _row("shift to rail and water", "freight_modal_shift"),
}

SALES: Mapping[str, Row] = {
    "N1": _row("cars 2030", "new_energy_private_car new_energy_service_car"),
    "N2": _row("cars 2035", "new_energy_private_car"),
    "N3": _row("cars 2040", "new_energy_private_car"),
    "N4": _row("logistic of N1-N3", reason="Repeats N1 to N3 (correction 5)."),
    "N5": _row(
        "battery part of cars 2030",
        "phev_part_private_car phev_part_service_car",
        reason="Entered as its complement, the child of the fork.",
    ),
    "N6": _row("battery part of cars 2035", "phev_part_private_car"),
    "N7": _row("battery part of cars 2040", "phev_part_private_car"),
    "N8": _row(
        "range extenders in plug-in hybrids",
        "phev_electric_share_private_car",
        reason="One powertrain; the mix is inside the electric share of distance.",
    ),
    "N9": _row("hybrids in other cars", "hybrid_part_cars"),
    "N10": _row("heavy truck 2030", "new_energy_heavy_truck"),
    "N11": _row("heavy truck 2035", "new_energy_heavy_truck"),
    "N12": _row("heavy truck 2040", "new_energy_heavy_truck"),
    "N13": _row("fuel cells 2030", "fuel_cell_part_heavier_trucks"),
    "N14": _row("fuel cells 2040", "fuel_cell_part_heavier_trucks"),
    "N15": _row("gas part of heavy trucks", "gas_part_heavy_truck"),
    "N16": _row("light truck 2030", "new_energy_light_truck"),
    "N17": _row("light truck 2035", "new_energy_light_truck"),
    "N18": _row("medium truck 2030", "new_energy_medium_truck"),
    "N19": _row("city bus 2030", "new_energy_bus", reason="One class with coaches, half and half."),
    "N20": _row("coach 2030", "new_energy_bus"),
    "N21": _row("fuel-cell stock 2030", reason="A check of N13 and its like, not an input."),
    "N22": _row("fuel-cell stock 2035", reason="A check of N13 and N14, not an input."),
}

GRID: Mapping[str, Row] = {
    "E1": _row("grid 2024", "grid_level", at="observed/grid_intensity"),
    "E2": _row(
        "basis factor",
        reason="The series is of life-cycle type: a factor would count "
        "supply twice (correction 4).",
    ),
    "E3": _row("grid 2030", "grid_path"),
    "E4": _row("grid 2035", "grid_path"),
    "E5": _row("grid 2040", "grid_path"),
    "E6": _row("grid 2050", "grid_path"),
    "E7": _row("grid 2060", "grid_path"),
    "E8": _row(
        "marginal over average",
        "charging_mix charging_mix_marginal charging_mix_combined",
        at="settings/power",
    ),
    "E9": _row("line loss", "line_loss"),
    "E10": _row(
        "charging efficiency, car",
        reason="Electricity use is stated at the wall: nothing is to be added (correction 4).",
    ),
    "E11": _row("charging efficiency, truck and bus", reason="As E10: stated at the wall."),
    "E12": _row(
        "three storylines of the grid",
        reason="The alternative to the path of E3 to E7. "
        "One quantile already holds slow and fast lines; scenarios shift it.",
    ),
}

FUELS: Mapping[str, Row] = {
    "E13": _row("gasoline at the tailpipe", "gasoline_co2"),
    "E14": _row("diesel at the tailpipe", "diesel_co2"),
    "E15": _row("gas at the tailpipe", "gas_co2"),
    "E16": _row("methane slip", "gas_methane_slip"),
    "E17": _row("supply of gasoline", "gasoline_supply liquid_supply_decline"),
    "E18": _row("supply of diesel", "diesel_supply liquid_supply_decline"),
    "E19": _row("supply of gas", "gas_supply gas_supply_decline"),
    "E20": _row(
        "crop ethanol and biodiesel",
        "ethanol_supply ethanol_supply_land_use",
        reason="Chinese biodiesel is from waste: E21.",
    ),
    "E21": _row("waste biodiesel", "biodiesel_supply"),
    "E22": _row("electricity of e-fuel", "efuel_electricity"),
    "E23": _row("ethanol share", "gasoline_bio_share"),
    "E24": _row("biodiesel share", "diesel_bio_share"),
}

HYDROGEN: Mapping[str, Row] = {
    "E25": _row("coal", "hydrogen_from_coal"),
    "E26": _row("gas", "hydrogen_from_gas"),
    "E27": _row("gas with capture", "hydrogen_from_gas_captured gas_capture_part"),
    "E28": _row("coal with capture", "hydrogen_from_coal_captured coal_capture_part"),
    "E29": _row(
        "by-product",
        "by_product_zero by_product_economic by_product_energy",
        at="settings/by_product",
    ),
    "E30": _row("renewable electrolysis", "hydrogen_from_renewables"),
    "E31": _row("electricity of electrolysis", "electrolysis_use"),
    "E32": _row("compression and delivery", "hydrogen_handling"),
    "E33": _row(
        "fossil and by-product share",
        "hydrogen_fossil_share hydrogen_by_product_part hydrogen_coal_part hydrogen_renewable_part",
    ),
}

MAKING: Mapping[str, Row] = {
    "E34": _row(
        "battery, iron phosphate",
        "battery_making",
        reason="One intensity for the mix of chemistries, three quarters of it this one.",
    ),
    "E35": _row("battery, nickel", "battery_making"),
    "E36": _row("decline of batteries", "battery_decline battery_power_share"),
    "E37": _row("pack of electric cars", "car_battery"),
    "E38": _row(
        "other packs",
        "car_hybrid_battery bus_battery light_truck_battery "
        "medium_truck_battery heavy_truck_battery light_truck_hybrid_battery "
        "heavier_hybrid_battery fuel_cell_battery hybrid_battery",
    ),
    "E39": _row(
        "specific energy of packs",
        reason="Mass is no state of the model; its effect on "
        "energy use is inside the figures measured per kilometre.",
    ),
    "E40": _row(
        "recycling credit",
        "battery_recycling_credit car_scrap_credit light_truck_scrap_credit truck_bus_scrap_credit",
        at="settings/end_of_life",
    ),
    "E41": _row(
        "battery replacements",
        "private_car_battery_replacement "
        "service_car_battery_replacement truck_battery_replacement "
        "bus_battery_replacement",
    ),
    "E42": _row(
        "making of cars",
        "car_making electric_car_making_ratio plug_in_hybrid_making_ratio hybrid_making_ratio",
    ),
    "E43": _row(
        "making of trucks",
        "light_truck_making medium_truck_making heavy_truck_making electric_truck_bus_making_ratio",
    ),
    "E44": _row("making of buses", "bus_making"),
    "E45": _row(
        "fuel-cell system",
        "fuel_cell_making heavier_fuel_cell_power "
        "lighter_fuel_cell_power tank_making heavier_tank lighter_tank",
    ),
    "E46": _row("decline of vehicle making", "making_decline making_power_share"),
    "E47": _row(
        "maintenance and tyres",
        "car_upkeep bus_upkeep light_truck_upkeep medium_truck_upkeep heavy_truck_upkeep",
    ),
    "E48": _row("removals granted", "removal_share"),
    "E49": _row(
        "national removals",
        reason="Bounds E48; a total of the nation is not a share of this sector.",
    ),
}

CORRELATIONS: Mapping[str, Row] = {
    "R1": _row(
        "distance and fuel use of a class",
        "private_car_distance private_car_fuel "
        "light_truck_distance light_truck_fuel heavy_truck_distance heavy_truck_fuel",
    ),
    "R2": _row("knots of one path", reason="One quantile moves all knots (correction 6)."),
    "R3": _row("cars and light trucks", "new_energy_private_car new_energy_light_truck"),
    "R4": _row("cars and heavy trucks", "new_energy_private_car new_energy_heavy_truck"),
    "R5": _row("saturation and growth", "car_saturation economic_growth"),
    "R6": _row("trade-in and electric cars", "trade_in_wave_cars new_energy_private_car"),
    "R7": _row(
        "utility factors",
        "phev_electric_share_private_car phev_electric_share_trucks",
        reason="Range extenders are inside one path; the figure holds between classes.",
    ),
    "R8": _row("growth of successive periods", reason="One quantile moves all knots."),
    "R9": _row("heavy distance and elasticity", reason="Stated as 0: nothing to enter."),
    "R10": _row(
        "intensities and the grid",
        "making_power_share battery_power_share hydrogen_fossil_share grid_path",
        reason="The electric part is computed from the grid draw and not correlated.",
    ),
}

SWITCHES: Mapping[str, Row] = {
    "B1": _row("accounting boundary", reason="The scope of each target; no draw and no setting."),
    "B2": _row(
        "average or marginal power",
        "charging_mix_marginal charging_mix_combined",
        at="settings/power",
    ),
    "B3": _row("GWP over 100 or 20 years", at="settings/gwp"),
    "B4": _row(
        "by-product hydrogen",
        "by_product_zero by_product_economic by_product_energy",
        at="settings/by_product",
    ),
    "B5": _row("imported batteries", reason="Packs for China are made in China: import share 0."),
    "B6": _row("green power", "green_power_removed", at="settings/green_power"),
    "B7": _row("recycling", "battery_recycling_credit car_scrap_credit", at="settings/end_of_life"),
    "B8": _row(
        "change of land use", "ethanol_supply ethanol_supply_land_use", at="settings/land_use"
    ),
    "B9": _row("form of the ownership curve", "car_ownership_form"),
    "B10": _row("form of survival", "car_survival_form"),
    "B11": _row(
        "fuel limits of new cars",
        at="levers/fuel_standards",
        reason="Fleet limits count vehicles without an engine; a step of the decline stands in.",
    ),
}

CORRECTIONS: Mapping[str, Row] = {
    "C1": _row(
        "distance times consumption",
        "private_car_distance light_truck_distance "
        "medium_truck_distance heavy_truck_distance bus_distance light_truck_fuel",
        at="observed/fuel_use",
    ),
    "C2": _row(
        "survival against counts",
        "private_car_survival_shape trade_in_wave_cars "
        "light_truck_survival_scale medium_truck_life heavy_truck_life bus_life",
        at="observed/official_stock observed/deregistrations",
    ),
    "C3": _row(
        "sales jumped in 2026",
        "car_ownership_growth service_car_drift bus_drift medium_freight_elasticity",
    ),
    "C4": _row(
        "electricity counted twice",
        "grid_path grid_level",
        reason="No charging loss, no basis factor; floor of 2 g on the path.",
    ),
    "C5": _row(
        "shares in 2060",
        "new_energy_private_car new_energy_heavy_truck "
        "new_energy_light_truck new_energy_medium_truck new_energy_bus",
    ),
    "C6": _row("correlations between factors", "car_saturation economic_growth"),
    "C7": _row(
        "basis of new-energy shares",
        "new_energy_private_car new_energy_light_truck new_energy_heavy_truck",
        reason="The end of 2025 was distorted: anchor factors.",
    ),
    "C8": _row("scope of the official total", "vehicles_out_of_scope"),
    "C9": _row(
        "classes",
        "service_car_distance distance_history_power activity_cars_2020 "
        "activity_cars_2022 activity_trucks_2020 activity_trucks_2022 activity_buses_2020 "
        "activity_buses_2022",
        at="observed/distance_index",
    ),
    "C10": _row(
        "registrations by class",
        "reporting_private_car reporting_service_car "
        "reporting_bus reporting_light_truck reporting_medium_truck reporting_heavy_truck "
        "split_service_car split_bus split_light_truck split_medium_truck "
        "split_heavy_truck",
        at="observed/registrations observed/stock_by_class",
    ),
    "C11": _row(
        "means, modes, medians", "car_battery making_decline battery_decline removal_share"
    ),
    "C12": _row(
        "years near the peak",
        "activity_cars_2022 activity_trucks_2022",
        reason="Targets on peaks read a 3-year mean (K-1).",
    ),
}

ROWS: Mapping[str, Row] = {
    **SURVIVAL, **DISTANCE, **FUEL_USE, **DEMAND, **SALES, **GRID, **FUELS, **HYDROGEN, **MAKING,
    **CORRELATIONS, **SWITCHES, **CORRECTIONS,
}  # fmt: skip
