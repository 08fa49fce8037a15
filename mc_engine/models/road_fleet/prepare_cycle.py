"""Static rows of equations V: making, batteries, fuel cells, end of life."""

from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet.assemble import Assembler
from mc_engine.models.road_fleet.static import NONE

_CYCLE_COLUMNS = (
    (at.MAKING_POWER_SHARE, "making_power_share"),
    (at.MAKING_DECLINE, "making_decline"),
    (at.BATTERY_MAKING, "battery_making"),
    (at.BATTERY_POWER_SHARE, "battery_power_share"),
    (at.BATTERY_DECLINE, "battery_decline"),
    (at.BATTERY_IMPORT_SHARE, "battery_import_share"),
    (at.RECYCLING_CREDIT, "recycling_credit"),
)
_CLASS_COLUMNS = (
    (at.MAKING, "vehicle_making"),
    (at.MAINTENANCE, "maintenance"),
    (at.SCRAP_CREDIT, "scrap_credit"),
)
_CYCLE_PATHS = (
    (at.IMPORT_GRID_PATH, "import_grid"),
    (at.CELL_PATH, "fuel_cell_making"),
    (at.TANK_PATH, "tank_making"),
)
# A pair without a prior for these has none of the thing.
_PARTS = (
    (at.REPLACEMENTS, "battery_replacements"),
    (at.CELL_POWER, "fuel_cell_power"),
    (at.TANK, "tank_capacity"),
)


def cycle_parts(build: Assembler) -> None:
    """Fill the rows of equations V."""
    for place, quantity in _CYCLE_COLUMNS:
        build.column_of[place] = build.column(quantity)
    for place, quantity in _CLASS_COLUMNS:
        build.by_class[place] = build.columns(quantity, build.classes)
    for place, quantity in _CYCLE_PATHS:
        build.number[place] = build.path(quantity)
    build.by_pair[at.MAKING_RATIO] = build.pairs("making_ratio")
    for c, name in enumerate(build.classes):
        for p, powertrain in enumerate(build.powertrains):
            if _has(build, "battery_size", name, powertrain):
                build.by_pair[at.BATTERY_PATH, c, p] = build.path("battery_size", name, powertrain)
            for place, quantity in _PARTS:
                known = _has(build, quantity, name, powertrain)
                build.by_pair[place, c, p] = (
                    build.column(quantity, name, powertrain) if known else NONE
                )


def _has(build: Assembler, quantity: str, name: str, powertrain: str) -> bool:
    """Tell whether a prior feeds a quantity that is 0 by default."""
    slot = build.inputs.slots.get((quantity, (name, powertrain)))
    if slot is None or slot.factor is None:
        return False
    return slot.path is None or slot.path.always != 0.0
