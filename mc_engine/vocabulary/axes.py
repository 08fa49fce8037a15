"""One spelling for every axis, and the stages and scopes of an emission."""

DRAW = "draw"
YEAR = "year"
REGION = "region"
STAGE = "stage"
SCOPE = "scope"
VEHICLE_CLASS = "vehicle_class"
POWERTRAIN = "powertrain"
CARRIER = "carrier"
PARAMETER = "parameter"
TARGET = "target"
OBSERVATION = "observation"
# Coordinate along the draws.
WEIGHT = "weight"

# Stages in the order of the datasets, and the gross scopes as sums of stages (equation B-1).
STAGES = ("ttw", "wtt", "vehicle_cycle")
SCOPES: dict[str, tuple[str, ...]] = {
    "ttw": ("ttw",),
    "wtw": ("ttw", "wtt"),
    "life_cycle": ("ttw", "wtt", "vehicle_cycle"),
}
NET = "net"


def scopes_of(stages: tuple[str, ...]) -> tuple[str, ...]:
    """Name the gross scopes that can be formed from the stages that are built."""
    return tuple(scope for scope, parts in SCOPES.items() if set(parts) <= set(stages))
