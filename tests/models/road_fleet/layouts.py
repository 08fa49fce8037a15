"""Structures and levers of synthetic regions."""

import numpy as np

from mc_engine.models.road_fleet.structure import Levers, Structure

CARRIERS = {
    "petrol": {"title": "Petrol", "role": "fuel"},
    "gasoil": {"title": "Gas oil", "role": "fuel"},
    "methane": {"title": "Methane", "role": "fuel"},
    "current": {"title": "Power", "role": "power"},
    "h2gas": {"title": "Hydrogen", "role": "hydrogen"},
}

POWERTRAINS = {
    "spark": {"title": "Spark", "carriers": {"petrol": 1.0}},
    "twin": {"title": "Twin", "carriers": {"petrol": 1.0}},
    "gas": {"title": "Gas", "carriers": {"methane": 0.85, "petrol": 0.15}},
    "plug": {
        "title": "Plug",
        "plug_in": True,
        "two_carriers": True,
        "carriers": {"petrol": 0.7, "gasoil": 0.3},
    },
    "volt": {"title": "Volt", "plug_in": True, "electric_life": True, "carriers": {"current": 1.0}},
    "cell": {"title": "Cell", "electric_life": True, "carriers": {"h2gas": 1.0}},
}

# Oldest age of a class whose vehicles soon go; see the spans of its survival in cases.py.
SHORT_LIVED = 19

# Adoption trees by the powertrains they split: few, some, all. The phase-out acts at the top.
TREES = {
    ("spark", "plug", "volt"): {
        "clean": {"child": "cordless", "rest": "spark", "phase_out": True},
        "cordless": {"child": "volt", "rest": "plug"},
    },
    ("spark", "twin", "plug", "volt"): {
        "clean": {"child": "corded", "rest": "burning", "phase_out": True},
        "burning": {"child": "twin", "rest": "spark"},
        "corded": {"child": "plug", "rest": "volt", "phase_out": True},
    },
    ("spark", "twin", "gas", "plug", "volt", "cell"): {
        "clean": {"child": "corded", "rest": "burning", "phase_out": True},
        "corded": {"child": "plug", "rest": "pure"},
        "pure": {"child": "cell", "rest": "volt"},
        "burning": {"child": "gas", "rest": "liquid"},
        "liquid": {"child": "twin", "rest": "spark"},
    },
    ("spark", "plug", "cell", "volt", "twin"): {
        "oldest": {"child": "spark", "rest": "newer"},
        "newer": {"child": "twin", "rest": "cleaner", "phase_out": False},
        "cleaner": {"child": "volt", "rest": "odd", "phase_out": True},
        "odd": {"child": "cell", "rest": "plug"},
    },
}

# How hydrogen is made: many ways, two, one that is made, one from the grid.
HYDROGEN: list[dict] = [
    {
        "routes": {
            "steam": {"title": "Steam", "role": "made"},
            "tail": {"title": "Tail gas", "role": "made"},
            "split": {"title": "Split by day", "role": "grid"},
            "peak": {"title": "Split by night", "role": "grid"},
            "wind": {"title": "Split by wind", "role": "made"},
        },
        "tree": {
            "origin": {"child": "watered", "rest": "fossil"},
            "watered": {"child": "split", "rest": "other"},
            "fossil": {"child": "tail", "rest": "steam"},
            "other": {"child": "peak", "rest": "wind"},
        },
    },
    {
        "routes": {
            "steam": {"title": "Steam", "role": "made"},
            "split": {"title": "Split", "role": "grid"},
        },
        "tree": {"origin": {"child": "split", "rest": "steam"}},
    },
    {"routes": {"steam": {"title": "Steam", "role": "made"}}},
    {"routes": {"split": {"title": "Split", "role": "grid"}}, "tree": {}},
]


def random_years(rng: np.random.Generator) -> dict[str, int]:
    """Draw the years that matter; histories and horizons of different length."""
    last = int(rng.integers(2018, 2026))
    first_output = last - int(rng.integers(3, 9))
    return {
        "first_vintage": first_output - int(rng.integers(16, 46)),
        "first_output": first_output,
        "last_observed": last,
        "horizon": last + int(rng.integers(7, 26)),
        "distance_base": int(rng.integers(first_output, last + 1)),
    }


def _classes(seed: int, rng: np.random.Generator) -> dict[str, dict]:
    """Two to four classes; the first always owns cars, and may contain the second."""
    inside = ("shuttle",) if seed % 2 == 0 else ()
    known = {
        "sedan": {"driver": "ownership", "ownership_includes": inside, "passenger": True},
        "shuttle": {"driver": "per_head", "passenger": True},
        "lorry": {"driver": "activity"},
        "van": {"driver": ("per_head", "ownership", "activity")[seed % 3]},
    }
    count = 2 + (seed + 2) % 3
    names = list(known)[:count] if seed % 4 else ["sedan", "shuttle", "lorry", "van"]
    if seed % 2:
        names = [*names[1:], names[0]]
    return {
        name: {"title": name, "max_age": int(rng.integers(40, 46)), **known[name]} for name in names
    }


def _waves(seed: int, last: int) -> dict[str, dict]:
    """No wave, one, or three of which two overlap."""
    past = {"full": (last - 9, last - 7), "groups": "combustion"}
    now = {"full": (last - 1, last, last + 1), "groups": "all"}
    later = {"full": (last + 2, last + 3)}
    return [{}, {"cleaning": past}, {"cleaning": past, "trading": now, "renewing": later}][
        (seed + 1) % 3
    ]


def random_structure(seed: int, rng: np.random.Generator) -> Structure:
    """Draw the structure of a region; ``seed`` walks through its features."""
    years = random_years(rng)
    last = years["last_observed"]
    classes = _classes(seed, rng)
    names = list(TREES)[seed % len(TREES)]
    powertrains = {name: dict(POWERTRAINS[name]) for name in names}
    if seed % 3 == 0:
        powertrains["plug"]["electric_life"] = True
    if seed % 4 in (2, 3) and "lorry" in classes:
        classes["lorry"]["max_age"] = SHORT_LIVED
    needed = {carrier for p in powertrains.values() for carrier in p["carriers"]}
    carriers = {n: c for n, c in CARRIERS.items() if n in needed | {"current", "gasoil"}}
    heavy = tuple(name for name in classes if name in ("lorry", "van"))
    content: dict = {
        "years": years,
        "vehicle_classes": classes,
        "powertrains": powertrains,
        "carriers": carriers,
        "tree": TREES[names],
        "waves": _waves(seed, last),
        "activity_years": (last - 3, last - 1) if seed % 2 else (last,),
        "removals": {
            "base_year": int(rng.integers(years["first_output"], last + 1)),
            "start": int(rng.integers(last, years["horizon"])),
        },
        "gwp": {"100": {"ch4": 29.8, "n2o": 273.0}, "20": {"ch4": 82.5, "n2o": 273.0}},
    }
    if heavy:
        content["carrier_exceptions"] = (
            {"powertrain": "spark", "vehicle_classes": heavy, "carriers": {"gasoil": 1.0}},
            {"powertrain": "plug", "vehicle_classes": heavy[:1], "carriers": {"gasoil": 1.0}},
        )
    if "h2gas" in carriers:
        content["hydrogen"] = HYDROGEN[seed % 4 - 2 + 2 * (seed // 4 % 2)]
    _add_anchoring(content, seed, classes, last)
    return Structure(**content)


def _add_anchoring(content: dict, seed: int, classes: dict[str, dict], last: int) -> None:
    """Add what the stock is held to: a count, a first stock, or nothing; and a split."""
    if seed % 4 == 0:
        content["count"] = {"table": "headcount", "closes": "sedan"}
    if seed % 4 in (1, 3):
        content["initial_stock"] = content["years"]["first_output"] - 1 - seed % 3
        content["age_profile"] = "growth" if seed % 4 == 1 else "observed"
    if seed % 4 in (0, 1) and len(classes) > 2:
        # The base of the split is met in some years only.
        content["splits"] = (
            {
                "vehicle_classes": ("shuttle", "lorry"),
                "closes": "lorry",
                "years": tuple(range(last - 12, last - 1)),
            },
        )


def random_levers(seed: int, structure: Structure, rng: np.random.Generator) -> Levers:
    """Draw the levers of a scenario; every fourth region has none."""
    if seed % 4 == 3:
        return Levers()
    last, horizon = structure.years.last_observed, structure.years.horizon
    classes = list(structure.vehicle_classes)
    # A short ramp, and one that starts in the last observed year.
    phase_out = {
        classes[0]: {"year": int(rng.integers(last + 3, horizon + 1)), "ramp": 2},
        classes[-1]: {"year": last + 5, "ramp": 5},
    }
    passengers = [n for n in classes if structure.vehicle_classes[n].passenger]
    start = int(rng.integers(last, last + 3))
    demand = {passengers[0]: {"multiplier": 0.85, "start": start, "full": start + 4}}
    full = (last + 1, last + 2)
    programmes = {
        "bonus": {"full": full, "multiplier": {classes[0]: 1.8}},
        "clearance": {"full": (last + 3,), "multiplier": {classes[0]: 1.3, classes[1]: 2.2}},
    }
    return Levers(
        phase_out=phase_out,
        demand=demand,
        programmes=programmes,
        removals_start=int(rng.integers(last, horizon)) if seed % 2 else None,
    )
