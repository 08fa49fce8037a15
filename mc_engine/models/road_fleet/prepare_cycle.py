"""Static arrays of equations V: making, batteries, fuel cells, end of life."""

from mc_engine.models.cohort_fleet.layout import NONE
from mc_engine.models.road_fleet.assemble import FleetReader
from mc_engine.models.road_fleet.static import CYCLE_OF_CLASS, CYCLE_OF_PAIR, Cycle

_CLASS_COLUMNS = {
    "making": "vehicle_making",
    "maintenance": "maintenance",
    "scrap_credit": "scrap_credit",
}
# A pair without a prior for these has none of the thing.
_PARTS = {
    "replacements": "battery_replacements",
    "fuel_cell_power": "fuel_cell_power",
    "tank": "tank_capacity",
}


def cycle(reader: FleetReader) -> Cycle:
    """Give the arrays of equations V."""
    of_class = reader.class_columns(CYCLE_OF_CLASS, _CLASS_COLUMNS)
    of_pair = reader.pair_columns(CYCLE_OF_PAIR, {"making_ratio": "making_ratio"})
    for c, name in enumerate(reader.classes):
        for p, powertrain in enumerate(reader.powertrains):
            if _has(reader, "battery_size", name, powertrain):
                of_pair["battery_size"][c, p] = reader.path("battery_size", name, powertrain)
            for field, quantity in _PARTS.items():
                known = _has(reader, quantity, name, powertrain)
                of_pair[field][c, p] = reader.column(quantity, name, powertrain) if known else NONE
    return Cycle(
        of_class=of_class,
        of_pair=of_pair,
        making_power_share=reader.column("making_power_share"),
        making_decline=reader.column("making_decline"),
        battery_making=reader.column("battery_making"),
        battery_power_share=reader.column("battery_power_share"),
        battery_decline=reader.column("battery_decline"),
        battery_import_share=reader.column("battery_import_share"),
        recycling_credit=reader.column("recycling_credit"),
        import_grid=reader.path("import_grid"),
        fuel_cell_making=reader.path("fuel_cell_making"),
        tank_making=reader.path("tank_making"),
    )


def _has(reader: FleetReader, quantity: str, name: str, powertrain: str) -> bool:
    """Tell whether a prior feeds a quantity that is 0 by default."""
    slot = reader.inputs.slots.get((quantity, (name, powertrain)))
    if slot is None or slot.factor is None:
        return False
    return slot.path is None or slot.path.always != 0.0
