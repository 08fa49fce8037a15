"""Observed tables of synthetic regions: registrations, people, counts, power."""

import math

import numpy as np

from mc_engine.models.road_fleet.structure import Structure
from mc_engine.vocabulary.inputs import Table
from tests.models.road_fleet.synthetic import table

# Vehicles registered in the last observed year; the first class is the largest by far, so that
# a count can close it whatever is drawn for the others.
SIZES = {"sedan": 2.0e6, "shuttle": 1.5e5, "lorry": 2.5e5, "van": 2.0e5}


def _weight(powertrain: str, before_last: int, class_place: int) -> float:
    """Part of a powertrain in the registrations of a year, counted back from the last."""
    if powertrain == "spark":
        return 1.0
    if powertrain == "cell":
        return 0.01 if before_last < 3 and class_place % 2 == 0 else 0.0
    start = {"twin": 9, "gas": 11, "plug": 6, "volt": 7}[powertrain]
    return 0.05 * max(0, start - before_last)


def registrations(structure: Structure, rng: np.random.Generator) -> dict[tuple, float]:
    """Draw registrations: (class, powertrain, year) to vehicles; zeros are left out.

    One class has a year without any (not the one that closes a split), and the last class
    registers only vehicles with a plug or a fuel cell in the last observed year, so that nothing
    reaches some forks.
    """
    years = structure.years
    classes = list(structure.vehicle_classes)
    closing = {split.closes for split in structure.splits}
    silent = next(name for name in classes[1:] if name not in closing)
    sold = {}
    for index, name in enumerate(classes):
        for year in range(years.first_vintage, years.last_observed + 1):
            if name == silent and year == years.first_output + 1:
                continue
            back = years.last_observed - year
            total = SIZES[name] * 1.04**-back * math.exp(rng.normal(0.0, 0.1))
            weights = {p: _weight(p, back, index) for p in structure.powertrains}
            if index == len(classes) - 1 and back == 0:
                weights = {p: w for p, w in weights.items() if p in ("plug", "volt", "cell")}
            for powertrain, weight in weights.items():
                if weight > 0.0:
                    number = total * weight / sum(weights.values())
                    sold[name, powertrain, year] = float(round(number))
    return sold


def _expected_stock(structure: Structure, sold: dict[tuple, float], name: str, year: int) -> float:
    """Rough number in use at a year end, with a scale of 13 years and a shape of 3."""
    return sum(
        number * math.exp(-(((year - vintage) / 13.0) ** 3))
        for (vehicle_class, _, vintage), number in sold.items()
        if vehicle_class == name and vintage <= year
    )


def _people(structure: Structure, medium: float) -> Table:
    """Three variants of population that part after the last observed year, people."""
    last = structure.years.last_observed
    rows = {}
    for variant, tilt in (("low", -0.004), ("medium", 0.001), ("high", 0.006)):
        for year in range(last - 5, structure.years.horizon + 10, 5):
            growth = 0.001 if year <= last else tilt
            bend = 1.0 - 2e-5 * max(0, year - last) ** 2
            rows[variant, year] = medium * (1.0 + growth * (year - last)) * bend
    return table("population", "people", ("variant",), rows)


def _first_stock(structure: Structure, sold: dict, rng: np.random.Generator) -> dict[str, Table]:
    """First stock by class and powertrain, and a bumpy age profile by class."""
    start = structure.initial_stock
    if start is None:
        return {}
    stock, profile = {}, {}
    for name, vehicle_class in structure.vehicle_classes.items():
        for powertrain in structure.powertrains:
            part = {k: n for k, n in sold.items() if k[1] == powertrain}
            number = _expected_stock(structure, part, name, start)
            if number > 0.0:
                stock[name, powertrain, start] = number
        for age in range(vehicle_class.max_age + 1):
            weight = math.exp(-0.01 * age**1.7) * rng.uniform(0.7, 1.3)
            profile[name, age, start] = 0.0 if age == 3 else weight
    tables = {
        "initial_stock": table("initial_stock", "vehicles", ("vehicle_class", "powertrain"), stock)
    }
    if structure.age_profile == "observed":
        tables["age_profile"] = table("age_profile", "1", ("vehicle_class", "age"), profile)
    return tables


def _use_and_power(structure: Structure, rng: np.random.Generator) -> dict[str, Table]:
    """Distance index, type approval and grid, each with rows for a part of the years."""
    years = structure.years
    classes = list(structure.vehicle_classes)
    index = {
        (classes[0], year): 1.0 + 0.03 * (years.distance_base - year)
        for year in range(years.first_output + 1, years.distance_base)
    }
    approval = {
        (name, "spark", year): 2.4 - 0.03 * (year - years.last_observed) + rng.uniform(0.0, 0.1)
        for name in classes[:2]
        for year in range(years.last_observed - 8, years.last_observed)
    }
    until = years.last_observed - int(rng.integers(0, 3))
    grid = {
        (year,): 560.0 - 12.0 * (year - years.first_output)
        for year in range(years.first_output - 2, until + 1)
    }
    tables = {
        "type_approval": table("type_approval", "MJ/km", ("vehicle_class", "powertrain"), approval),
        "grid_intensity": table("grid_intensity", "g CO2e/kWh", (), grid),
    }
    if index:
        tables["distance_index"] = table("distance_index", "1", ("vehicle_class",), index)
    return tables


def observed_tables(
    structure: Structure, sold: dict[tuple, float], rng: np.random.Generator
) -> tuple[dict[str, Table], dict[str, float]]:
    """Lay out every table of a region, and what its stock may be expected to be.

    Returns
    -------
    tables : dict of str to Table
    expected : dict of str to float
        ``total`` vehicles in the last observed year, and ``ownership:<class>`` per person.
    """
    years = structure.years
    stock = {
        year: {n: _expected_stock(structure, sold, n, year) for n in structure.vehicle_classes}
        for year in range(years.first_output, years.last_observed + 1)
    }
    now = stock[years.last_observed]
    people = now["sedan"] / 0.35 if "sedan" in now else sum(now.values()) / 0.1
    expected = {"total": sum(now.values())}
    for name, vehicle_class in structure.vehicle_classes.items():
        inside = sum(now[label] for label in vehicle_class.ownership_includes)
        expected[f"ownership:{name}"] = (now[name] + inside) / people
    # One year is missing, and the scope is a little wider than the classes.
    counted = {
        (year,): 1.02 * sum(numbers.values()) * rng.uniform(0.99, 1.01)
        for year, numbers in stock.items()
        if year != years.first_output + 1
    }
    tables = {
        "registrations": table("registrations", "vehicles", ("vehicle_class", "powertrain"), sold),
        "population": _people(structure, people),
        "headcount": table("headcount", "vehicles", (), counted),
        **_first_stock(structure, sold, rng),
        **_use_and_power(structure, rng),
    }
    return tables, expected
