"""How a draw may end."""

from mc_engine.vocabulary.status import OK

COUNT_UNREACHABLE = 1
OWNERSHIP_ABOVE_SATURATION = 2
FUEL_SHARES_ABOVE_ONE = 3
SPLIT_NEGATIVE = 4
NOT_FINITE = 5

CODES = {
    OK: "OK",
    COUNT_UNREACHABLE: "COUNT_UNREACHABLE: no survival scale meets the official count (T-1)",
    OWNERSHIP_ABOVE_SATURATION: "OWNERSHIP_ABOVE_SATURATION: ownership is already at its "
    "saturation in the last observed year (D-2)",
    FUEL_SHARES_ABOVE_ONE: "FUEL_SHARES_ABOVE_ONE: biofuel and e-fuel exceed the carrier (F-3)",
    SPLIT_NEGATIVE: "SPLIT_NEGATIVE: a class split leaves nothing for the closing class (T-4)",
    NOT_FINITE: "NOT_FINITE: an emission is not a finite number (B-1)",
}
