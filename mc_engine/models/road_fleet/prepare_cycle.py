"""Static arrays of equations V: making, batteries, fuel cells, end of life."""

from mc_engine.models.road_fleet.assemble import Assembler
from mc_engine.models.road_fleet.static import CYCLE_OF_CLASS, CYCLE_OF_PAIR, NONE, Cycle

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


def cycle(build: Assembler) -> Cycle:
    """Give the arrays of equations V."""
    of_class = build.class_columns(CYCLE_OF_CLASS, _CLASS_COLUMNS)
    of_pair = build.pair_columns(CYCLE_OF_PAIR, {"making_ratio": "making_ratio"})
    for c, name in enumerate(build.classes):
        for p, powertrain in enumerate(build.powertrains):
            if _has(build, "battery_size", name, powertrain):
                of_pair["battery_size"][c, p] = build.path("battery_size", name, powertrain)
            for field, quantity in _PARTS.items():
                known = _has(build, quantity, name, powertrain)
                of_pair[field][c, p] = build.column(quantity, name, powertrain) if known else NONE
    return Cycle(
        of_class=of_class,
        of_pair=of_pair,
        making_power_share=build.column("making_power_share"),
        making_decline=build.column("making_decline"),
        battery_making=build.column("battery_making"),
        battery_power_share=build.column("battery_power_share"),
        battery_decline=build.column("battery_decline"),
        battery_import_share=build.column("battery_import_share"),
        recycling_credit=build.column("recycling_credit"),
        import_grid=build.path("import_grid"),
        fuel_cell=build.path("fuel_cell_making"),
        tank=build.path("tank_making"),
    )


def _has(build: Assembler, quantity: str, name: str, powertrain: str) -> bool:
    """Tell whether a prior feeds a quantity that is 0 by default."""
    slot = build.inputs.slots.get((quantity, (name, powertrain)))
    if slot is None or slot.factor is None:
        return False
    return slot.path is None or slot.path.always != 0.0
