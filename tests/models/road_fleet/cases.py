"""Random but valid synthetic regions, for comparing the model with its slow oracle.

Seeds 0 to 7 together cover every feature of ``docs/model.md``; larger seeds mix them again.
No label is one of a shipped region.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mc_engine.models.road_fleet.structure import Levers, Structure
from mc_engine.vocabulary.inputs import ModelInputs
from tests.models.road_fleet.fleet_tables import observed_tables, registrations
from tests.models.road_fleet.layouts import SHORT_LIVED, random_levers, random_structure
from tests.models.road_fleet.synthetic import (
    GRID_FLOOR,
    Columns,
    Knots,
    path_numbers,
    random_knots,
)

BASES = ("direct", "life_cycle")


def random_region(seed: int) -> ModelInputs:
    """Build a synthetic region and scenario.

    Parameters
    ----------
    seed : int
        Equal seeds give equal regions. ``seed % 4`` chooses what anchors the stock: 0 an
        official count that closes a class, 1 a first stock with a grown age profile, 2 neither,
        3 a first stock with an observed age profile.
    """
    rng = np.random.default_rng([seed, 20250501])
    structure = random_structure(seed, rng)
    levers = random_levers(seed, structure, rng)
    sold = registrations(structure, rng)
    tables, expected = observed_tables(structure, sold, rng)
    columns = Columns()
    columns.skip(int(rng.integers(0, 4)))
    _feed_demand(columns, structure, expected, rng)
    _feed_turnover(columns, structure, expected, rng)
    _feed_adoption(columns, structure, sold, rng)
    _feed_use(columns, structure, levers, sold, rng)
    grid_until = max(tables["grid_intensity"].rows())
    _feed_supply(columns, structure, grid_until, seed, rng)
    if structure.hydrogen:
        _feed_hydrogen(columns, structure, rng)
    _feed_making(columns, structure, _may_lack_carbon(seed, structure, grid_until), rng)
    _feed_batteries(columns, structure, rng)
    columns.skip(int(rng.integers(0, 4)))
    columns.fill_defaults(structure)
    settings = {} if seed % 3 == 0 else {"gwp": ("100", "20")[seed % 3 - 1]}
    return ModelInputs(
        f"made_up_{seed}", structure, columns.slots, tables, levers, settings, columns.width
    )


def random_rows(inputs: ModelInputs, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Draw rows inside the spans of the slots; columns that nothing reads hold NaN.

    Returns
    -------
    float64[count, inputs.width]
    """
    rows = np.full((count, inputs.width), np.nan)
    for slot in inputs.slots.values():
        index = slice(slot.column, slot.column + slot.count)
        if slot.path is not None:
            rows[:, index] = path_numbers(rng, slot, count)
        elif slot.quantity == "ownership_form":
            low, high = (int(end) for end in slot.span)
            rows[:, index] = rng.integers(low, high + 1, size=(count, 1))
        else:
            rows[:, index] = rng.uniform(*slot.span, size=(count, 1))
    return rows


def with_value(
    inputs: ModelInputs, row: Sequence[float], value: float, quantity: str, *labels: str
) -> NDArray[np.float64]:
    """Copy a row with one quantity set to a value (every knot of a path)."""
    changed = np.array(row, dtype=np.float64)
    slot = inputs.slot(quantity, *labels)
    changed[slot.column : slot.column + slot.count] = value
    return changed


def _sometimes(columns: Columns, rng: np.random.Generator, quantity: str, *labels: str) -> None:
    """Feed a scalar three times out of four; its default stands otherwise."""
    if rng.random() < 0.75:
        columns.number(quantity, *labels)


def _feed_demand(
    columns: Columns,
    structure: Structure,
    expected: dict[str, float],
    rng: np.random.Generator,
) -> None:
    first, last = structure.years.last_observed - 2, structure.years.horizon
    columns.number("population_position")
    columns.path("economic_growth", knots=random_knots(rng, first, last))
    for name, vehicle_class in structure.vehicle_classes.items():
        if vehicle_class.driver == "ownership":
            now = expected[f"ownership:{name}"]
            columns.number("ownership_saturation", name, span=(1.6 * now, 3.0 * now))
            columns.number("ownership_growth", name)
            columns.number("ownership_form", name)
        elif vehicle_class.driver == "per_head":
            columns.number("per_head_drift", name)
        else:
            columns.path("activity_elasticity", name, knots=random_knots(rng, first, last))
            columns.path("modal_shift", name, knots=random_knots(rng, first, last))
            columns.path("load_index", name, knots=_log_knots(structure, rng))


def _log_knots(structure: Structure, rng: np.random.Generator) -> Knots:
    """Knots of a load index that is 1 in the last observed year, on a log scale."""
    last = structure.years.last_observed
    return random_knots(
        rng, last + 1, structure.years.horizon, anchors=((last, 1.0),), scale="log", floor=0.05
    )


def _feed_turnover(
    columns: Columns,
    structure: Structure,
    expected: dict[str, float],
    rng: np.random.Generator,
) -> None:
    closes = structure.count.closes if structure.count else None
    for name in structure.vehicle_classes:
        columns.number("survival_shape", name)
        if name != closes:
            distribution = str(rng.choice(["survival_scale", "mean_life"]))
            # At the far corner of these spans 0.5 % of a cohort or less is left at the oldest age.
            short = structure.vehicle_classes[name].max_age == SHORT_LIVED
            columns.number(distribution, name, span=(5.0, 7.0) if short else (9.0, 15.0))
        for quantity in (
            "life_ratio", "survival_delay", "reporting", "class_split", "profile_growth",
        ):  # fmt: skip
            _sometimes(columns, rng, quantity, name)
        for wave in structure.waves:
            _sometimes(columns, rng, "wave_multiplier", wave, name)
    if closes:
        total = expected["total"]
        columns.number("count_error")
        columns.number("count_out_of_scope", span=(0.01 * total, 0.03 * total))


def _feed_adoption(
    columns: Columns, structure: Structure, sold: dict, rng: np.random.Generator
) -> None:
    years = structure.years
    for node in structure.tree:
        for index, name in enumerate(structure.vehicle_classes):
            if structure.tree[node].child == "cell" and index % 2:
                # No fuel cells in every other class, in any year.
                knots = Knots((years.last_observed + 5, years.horizon), always=0.0)
            elif index == 1 and rng.random() < 0.3:
                knots = Knots((years.horizon,), always=float(rng.integers(0, 2)))
            else:
                scale = "linear" if rng.random() < 0.2 else "logit"
                anchors: tuple[tuple[int, float], ...] = ()
                if rng.random() < 0.25:
                    anchors = ((years.last_observed - 2, 0.0), (years.last_observed, 0.3))
                knots = random_knots(
                    rng, years.last_observed + 1, years.horizon, scale=scale, anchors=anchors
                )
            columns.path("branch_share", node, name, knots=knots)
    for name in structure.vehicle_classes:
        _sometimes(columns, rng, "compliance", name)


def _never_sold(
    structure: Structure, levers: Levers, columns: Columns, sold: dict, name: str, powertrain: str
) -> bool:
    """Tell whether a class never has a vehicle of a powertrain, whatever is drawn."""
    if any(sold.get((name, powertrain, year), 0.0) for year in range(1900, 2200)):
        return False
    for node, fork in structure.tree.items():
        raised = fork.phase_out and name in levers.phase_out
        if fork.child == powertrain and not raised:
            path = columns.slots["branch_share", (node, name)].path
            return path is not None and path.always == 0.0
    return False


def _feed_use(
    columns: Columns,
    structure: Structure,
    levers: Levers,
    sold: dict,
    rng: np.random.Generator,
) -> None:
    classes = list(structure.vehicle_classes)
    for name in classes:
        if name == classes[-1]:
            # One prior for the distance of two classes.
            columns.share("distance_level", (name,), (classes[0],))
        else:
            columns.number("distance_level", name)
        for quantity in ("distance_trend", "distance_history_power", "distance_age_decline"):
            _sometimes(columns, rng, quantity, name)
        for year in structure.activity_years:
            _sometimes(columns, rng, "activity_factor", name, str(year))
        _sometimes(columns, rng, "charging_efficiency", name)
        for powertrain, kind in structure.powertrains.items():
            if _never_sold(structure, levers, columns, sold, name, powertrain):
                continue
            power = "current" in kind.carriers or kind.two_carriers
            boundary = str(rng.choice(["wall", "battery"])) if power else None
            columns.number("energy_new", name, powertrain, boundary=boundary)
            for quantity in ("use_ratio", "energy_ratio", "energy_decline", "energy_floor"):
                _sometimes(columns, rng, quantity, name, powertrain)
            _sometimes(columns, rng, "type_approval_gap", name, powertrain)
            if kind.two_carriers:
                columns.number("energy_fuel_mode", name, powertrain)
                columns.path("electric_share", name, powertrain, knots=_model_years(structure, rng))


def _model_years(structure: Structure, rng: np.random.Generator) -> Knots:
    """Knots of a path over model years, with or without constants before them."""
    last = structure.years.last_observed
    if rng.random() < 0.5:
        return random_knots(rng, last - 6, structure.years.horizon)
    anchors = ((last - 8, 0.35), (last - 3, 0.5))
    return random_knots(rng, last - 1, structure.years.horizon, anchors=anchors)


def _feed_supply(
    columns: Columns, structure: Structure, grid_until: int, seed: int, rng: np.random.Generator
) -> None:
    first, last = structure.years.last_observed - 3, structure.years.horizon
    for name, carrier in structure.carriers.items():
        if carrier.role != "fuel":
            continue
        columns.number("ttw_co2", name)
        columns.number("wtt_factor", name)
        for quantity in ("ttw_ch4", "ttw_n2o", "methane_slip", "wtt_decline", "bio_factor"):
            _sometimes(columns, rng, quantity, name)
        for quantity in ("bio_share", "efuel_share"):
            if rng.random() < 0.75:
                columns.path(quantity, name, knots=random_knots(rng, first, last))
    if rng.random() < 0.75:
        columns.path("efuel_electricity", knots=random_knots(rng, first, last))
    for quantity in ("grid_level", "line_loss", "charging_mix"):
        _sometimes(columns, rng, quantity)
    _sometimes(columns, rng, "removal_share")
    basis = BASES[seed // 2 % 2]
    knots = random_knots(rng, grid_until + 1, last, scale="log", floor=GRID_FLOOR)
    if seed % 5 == 4:
        knots = Knots((grid_until + 3, last), always=0.0)
    columns.path("grid_intensity", knots=knots, basis=basis)
    columns.path("grid_upstream", knots=random_knots(rng, first, last))


def _may_lack_carbon(seed: int, structure: Structure, grid_until: int) -> bool:
    """Tell whether the grid of the last observed year is of no carbon, in every draw."""
    direct = BASES[seed // 2 % 2] == "direct"
    return seed % 5 == 4 and not direct and grid_until < structure.years.last_observed


def _feed_hydrogen(columns: Columns, structure: Structure, rng: np.random.Generator) -> None:
    """Feed the routes of hydrogen and how it is shared out over them."""
    first, last = structure.years.last_observed - 3, structure.years.horizon
    hydrogen = structure.hydrogen
    assert hydrogen is not None
    for node in hydrogen.tree:
        knots = random_knots(rng, first, last, scale=str(rng.choice(["linear", "logit"])))
        if len(hydrogen.tree) > 1 and rng.random() < 0.25:
            knots = Knots((last,), always=float(rng.integers(0, 2)))
        columns.path("hydrogen_branch", node, knots=knots)
    for route, kind in hydrogen.routes.items():
        if kind.role == "made":
            scale, floor = (("linear", 0.0), ("log", 5.0))[int(rng.integers(0, 2))]
            knots = random_knots(rng, first, last, scale=scale, floor=floor)
            columns.path("hydrogen_route", route, knots=knots)
    if any(kind.role == "grid" for kind in hydrogen.routes.values()):
        columns.path("electrolysis_use", knots=random_knots(rng, first, last))
    _sometimes(columns, rng, "hydrogen_handling")


def _power_share(columns: Columns, rng: np.random.Generator, quantity: str, nothing: bool) -> None:
    """Feed the share of making that follows the grid: none, some or all of it."""
    spans = [None, None, (0.0, 0.0), (1.0, 1.0)]
    span = spans[int(rng.integers(0, len(spans)))]
    columns.number(quantity, span=(0.0, 0.0) if nothing else span)


def _feed_making(
    columns: Columns, structure: Structure, no_carbon: bool, rng: np.random.Generator
) -> None:
    """Feed what is the same for all vehicles, and vehicles without their batteries."""
    first, last = structure.years.last_observed - 3, structure.years.horizon
    # A share of power without carbon cannot be reckoned; one such region in two keeps it.
    nothing = no_carbon and last % 2 == 0
    for quantity in ("making_power_share", "battery_power_share"):
        _power_share(columns, rng, quantity, nothing)
    for quantity in ("making_decline", "battery_decline", "battery_import_share",
                     "recycling_credit"):  # fmt: skip
        _sometimes(columns, rng, quantity)
    columns.number("battery_making")
    for quantity in ("import_grid", "fuel_cell_making", "tank_making", "grid_accounting"):
        if rng.random() < 0.75:
            columns.path(quantity, knots=random_knots(rng, first, last))
    for name in structure.vehicle_classes:
        for quantity in ("vehicle_making", "maintenance", "scrap_credit"):
            _sometimes(columns, rng, quantity, name)
        for powertrain in structure.powertrains:
            _sometimes(columns, rng, "making_ratio", name, powertrain)


def _feed_batteries(columns: Columns, structure: Structure, rng: np.random.Generator) -> None:
    """Feed batteries, fuel cells and tanks; powertrains without a plug have some batteries too."""
    last = structure.years.last_observed
    for name in structure.vehicle_classes:
        for powertrain, kind in structure.powertrains.items():
            if rng.random() < (0.9 if kind.plug_in or kind.electric_life else 0.3):
                knots = _model_years(structure, rng)
                if knots.anchors:
                    anchors = ((last - 8, 20.0), (last - 3, 35.0))
                    knots = replace(knots, anchors=anchors, scale="log", floor=10.0)
                columns.path("battery_size", name, powertrain, knots=knots)
                _sometimes(columns, rng, "battery_replacements", name, powertrain)
            if "h2gas" in kind.carriers:
                _sometimes(columns, rng, "fuel_cell_power", name, powertrain)
                _sometimes(columns, rng, "tank_capacity", name, powertrain)
