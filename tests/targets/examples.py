"""One target of every rule, for the tests of this folder."""

from mc_engine.targets import parse

COMMON = {
    "title": {"en": "A target", "zh": "目标"},
    "status": "analyst",
    "covers": "sector",
    "sources": [],
    "reason": "for the test",
}
RULES = {
    "peak": {"rule": "peak_before", "scope": "ttw", "year": 2030},
    "zero_share": {
        "rule": "net_zero_by",
        "scope": "wtw",
        "year": 2050,
        "tolerance": {"share_of_peak": 0.05},
    },
    "zero_mt": {"rule": "net_zero_by", "scope": "ttw", "year": 2060, "tolerance": {"mt": 10.0}},
    "cap_mt": {"rule": "cap", "scope": "wtw", "year": 2035, "at_most": {"mt": 900}},
    "cap_peak": {"rule": "cap", "scope": "wtw", "year": 2035, "at_most": {"share_of_peak": 0.8}},
    "cap_year": {
        "rule": "cap",
        "scope": "ttw",
        "year": 2060,
        "at_most": {"share_of_year": {"year": 2020, "share": 0.1}},
    },
    "budget": {"rule": "budget", "scope": "wtw", "first": 2026, "last": 2060, "at_most_gt": 18},
    "share": {"rule": "sales_share", "vehicle_class": "car", "year": 2035, "at_least": 0.9},
    "low": {"rule": "threshold", "output": "y", "at_most": 8},
    "high": {"rule": "threshold", "output": "y", "at_least": 2.5},
    "both": {"rule": "all_of", "targets": ["peak", "cap_mt"]},
    "either": {"rule": "any_of", "targets": ["both", "zero_mt"]},
}


def target(name, **changes):
    """Parse one of RULES, with changes."""
    return parse(name, COMMON | RULES[name] | changes)


def all_targets():
    """Parse all of RULES, in order."""
    return [target(name) for name in RULES]
