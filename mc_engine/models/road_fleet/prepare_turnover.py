"""Static arrays of equations T: registrations, survival, waves, the official count."""

import math

import numpy as np

from mc_engine.errors import ModelError, preview
from mc_engine.models.cohort_fleet.inputs import span
from mc_engine.models.cohort_fleet.layout import NONE, Floats, Ints
from mc_engine.models.cohort_fleet.survival import RATIO_NODES, SHAPE_NODES, guess_table
from mc_engine.models.cohort_fleet.vintages import WaveYears
from mc_engine.models.road_fleet.assemble import FleetReader
from mc_engine.models.road_fleet.static import (
    NOT_SPLIT,
    SPLIT_CLOSES,
    SPLIT_MEMBER,
    SURVIVAL_OF_CLASS,
    FirstStock,
    OfficialCount,
    Registrations,
    Survival,
    Waves,
)

# What may be left of a cohort at its oldest age (T-1).
LEFT_AT_MAX_AGE = 0.005


def closing_class(reader: FleetReader) -> int:
    """Position of the class that closes the official count, or ``NONE`` (T-1)."""
    official = reader.structure.count
    return NONE if official is None else reader.classes.index(official.closes)


def registrations(reader: FleetReader) -> Registrations:
    """Give the arrays of equation T-4."""
    sold = _history(reader)
    split_year, split_class = _splits(reader, sold)
    return Registrations(
        sold=sold,
        total=sold.sum(axis=1),
        reporting=reader.columns("reporting", reader.classes),
        split=reader.columns("class_split", reader.classes),
        split_year=split_year,
        split_class=split_class,
    )


def survival(reader: FleetReader, closes: int) -> Survival:
    """Give the arrays of equation T-1, of all classes but the one that closes the count."""
    of_class = reader.class_columns(
        SURVIVAL_OF_CLASS,
        {
            "weibull_shape": "survival_shape",
            "life_ratio": "life_ratio",
            "delay": "survival_delay",
        },
    )
    of_class["max_age"] = [spec.max_age for spec in reader.structure.vehicle_classes.values()]
    of_class["scale"], of_class["mean_life"] = _lives(reader, closes)
    delays = [reader.inputs.slot("survival_delay", name) for name in reader.classes]
    of_class["has_delay"] = [delay.factor is not None for delay in delays]
    ages = np.arange(int(of_class["max_age"].max()) + 1)
    return Survival(of_class, np.log(np.maximum(ages, 1)))


def official_count(reader: FleetReader, closes: int, sold: Floats) -> OfficialCount:
    """Give the official count and what solving for it needs (T-1)."""
    by_year, count = _official(reader)
    return OfficialCount(
        closes=closes,
        error=reader.column("count_error"),
        out_of_scope=reader.column("count_out_of_scope"),
        vehicles=count,
        by_year=by_year,
        first_guess=_guess_table(reader, closes, sold),
    )


def _splits(reader: FleetReader, history: Floats) -> tuple[Ints, Ints]:
    """Years and members of class splits that are judgement (T-4)."""
    splits = reader.structure.splits
    years = np.zeros((len(splits), reader.years.size), dtype=np.int64)
    members = np.full((len(splits), len(reader.classes)), NOT_SPLIT, dtype=np.int64)
    for index, split in enumerate(splits):
        # Cells that an observed first stock replaces are not registrations (T-0).
        begin = reader.structure.initial_stock or 0
        years[index, [reader.position(year) for year in split.years if year > begin]] = 1
        for label in split.vehicle_classes:
            members[index, reader.classes.index(label)] = SPLIT_MEMBER
        closes = reader.classes.index(split.closes)
        members[index, closes] = SPLIT_CLOSES
        empty = (history[closes].sum(axis=0) <= 0.0) & (years[index] == 1)
        if empty.any():
            raise ModelError(
                f"{reader.inputs.region}: splits: {split.closes} closes a total in "
                f"{preview(reader.years[empty])} without registrations of its own; let another "
                "class close it"
            )
    return years, members


def _history(reader: FleetReader) -> Floats:
    """Registrations by class, powertrain and vintage up to ``yo``, vehicles (T-4)."""
    structure = reader.structure
    history = np.zeros((len(reader.classes), len(reader.powertrains), reader.years.size))
    table = reader.inputs.table("registrations").columns
    last = structure.years.last_observed
    first = reader.first if structure.initial_stock is None else structure.initial_stock + 1
    for name, powertrain, year, value in zip(
        table["vehicle_class"], table["powertrain"], table["year"], table["value"], strict=True
    ):
        if name not in structure.vehicle_classes or powertrain not in structure.powertrains:
            raise ModelError(
                f"{reader.inputs.region}: observed table 'registrations' has '{name}', "
                f"'{powertrain}', which the structure does not know"
            )
        if first <= year <= last:
            cell = (
                reader.classes.index(name),
                reader.powertrains.index(powertrain),
                reader.position(year),
            )
            history[cell] = value
    empty = [
        name
        for c, name in enumerate(reader.classes)
        if history[c, :, reader.position(last)].sum() <= 0
    ]
    if empty:
        raise ModelError(
            f"{reader.inputs.region}: observed table 'registrations' has nothing for "
            f"{preview(empty)} in {last}, the last observed year"
        )
    return history


def _lives(reader: FleetReader, closes: int) -> tuple[Ints, Ints]:
    """Columns of scale and of mean life: one of the two, neither for the closing class (T-1)."""
    scale = np.full(len(reader.classes), NONE, dtype=np.int64)
    mean_life = scale.copy()
    for index, name in enumerate(reader.classes):
        given = [
            reader.inputs.slots.get((quantity, (name,)))
            for quantity in ("survival_scale", "mean_life")
        ]
        expected = 0 if index == closes else 1
        if sum(slot is not None for slot in given) != expected:
            raise ModelError(
                f"{reader.inputs.region}: {name} has {sum(s is not None for s in given)} of "
                f"survival_scale and mean_life, expected {expected}; a class that closes the "
                "official count has neither, any other class exactly one"
            )
        scale[index], mean_life[index] = (NONE if s is None else s.column for s in given)
    return scale, mean_life


def waves(reader: FleetReader) -> Waves:
    """Wave years, weights in quarters, groups touched and multipliers (T-2)."""
    structure, classes = reader.structure, reader.classes
    spans = [(wave.full, wave.groups == "all") for wave in structure.waves.values()]
    spans += [(programme.full, False) for programme in reader.levers.programmes.values()]
    weights: list[dict[int, int]] = []
    for full, _ in spans:
        weight = {max(full) + k: 4 - k for k in (1, 2, 3)}
        weight.update(dict.fromkeys(full, 4))
        horizon = structure.years.horizon
        weights.append({y: q for y, q in weight.items() if reader.first <= y <= horizon})
    years = sorted({year for weight in weights for year in weight})
    quarters = np.array(
        [[weight.get(year, 0) for year in years] for weight in weights], dtype=np.int64
    ).reshape(len(spans), len(years))
    multiplier = np.full((len(spans), len(classes)), NONE, dtype=np.int64)
    fixed = np.ones((len(spans), len(classes)))
    for index, wave in enumerate(structure.waves):
        for c, name in enumerate(classes):
            multiplier[index, c] = reader.column("wave_multiplier", wave, name)
    for index, programme in enumerate(reader.levers.programmes.values(), len(structure.waves)):
        for name, value in programme.multiplier.items():
            fixed[index, reader.class_position(name, "levers.programmes")] = value
    return Waves(
        years=WaveYears(
            np.array([reader.position(year) for year in years], dtype=np.int64), quarters
        ),
        all_groups=np.array([every for _, every in spans], dtype=np.int64),
        multiplier=multiplier,
        fixed=fixed,
    )


def _official(reader: FleetReader) -> tuple[Floats, float]:
    """Official count by year, and in ``yo``; NaN where there is none (T-1)."""
    official = np.full(reader.years.size, math.nan)
    if reader.structure.count is None:
        return official, math.nan
    known = reader.series(reader.structure.count.table)
    last = reader.structure.years.last_observed
    if last not in known:
        raise ModelError(
            f"{reader.inputs.region}: observed table '{reader.structure.count.table}' covers "
            f"{span(known)}; expected a count in {last}, the last observed year"
        )
    for year, value in known.items():
        if reader.first <= year <= reader.structure.years.horizon:
            official[reader.position(year)] = value
    return official, known[last]


def _guess_table(reader: FleetReader, closes: int, sold: Floats) -> Floats:
    """Table of first guesses of ``ln x`` of the closing class (T-1)."""
    if closes == NONE:
        return np.zeros((SHAPE_NODES[2], RATIO_NODES[2]))
    last = reader.position(reader.structure.years.last_observed)
    max_age = reader.structure.vehicle_classes[reader.classes[closes]].max_age
    ages = np.arange(min(max_age, last) + 1)
    return guess_table(sold[closes].sum(axis=0)[last - ages])


def first_stock(reader: FleetReader, ages: int) -> FirstStock:
    """First stock by class and powertrain and its age profile, where given (T-0)."""
    structure = reader.structure
    stock = np.zeros((len(reader.classes), len(reader.powertrains)))
    profile = np.full((len(reader.classes), ages), -1.0)
    growth = reader.columns("profile_growth", reader.classes)
    if structure.initial_stock is None:
        return FirstStock(NONE, growth, stock, profile)
    year = structure.initial_stock
    if not reader.first < year < structure.years.first_output or structure.count is not None:
        raise ModelError(
            f"{reader.inputs.region}: initial_stock is of {year}; expected a year after "
            f"first_vintage ({reader.first}) and before first_output "
            f"({structure.years.first_output}), and no count (its class has no own survival)"
        )
    for c, name in enumerate(reader.classes):
        for p, powertrain in enumerate(reader.powertrains):
            rows = reader.series("initial_stock", vehicle_class=name, powertrain=powertrain)
            stock[c, p] = rows.get(year, 0.0)
        if structure.age_profile == "observed":
            profile[c] = 0.0
            for age in range(ages):
                rows = reader.series("age_profile", vehicle_class=name, age=str(age))
                profile[c, age] = rows.get(year, 0.0)
    return FirstStock(reader.position(year), growth, stock, profile)


def order(reader: FleetReader, closes: int) -> Ints:
    """Order in which classes are carried: what others need comes first (D-2, T-1)."""
    specs = list(reader.structure.vehicle_classes.values())
    indices = list(range(len(specs)))
    indices.sort(key=lambda c: (c == closes, bool(specs[c].ownership_includes)))
    done: set[str] = set()
    for c in indices:
        waiting = set(specs[c].ownership_includes) - done
        if waiting:
            raise ModelError(
                f"{reader.inputs.region}: {reader.classes[c]} includes {sorted(waiting)[0]} in its "
                "ownership, which must be carried first; a class that closes the count cannot "
                "be included in another's ownership"
            )
        done.add(reader.classes[c])
    return np.array(indices, dtype=np.int64)


def check_ages(reader: FleetReader) -> None:
    """Refuse a ``max_age`` that cuts off more than a trace of a cohort (T-1)."""
    for name, spec in reader.structure.vehicle_classes.items():
        delays = sorted(set(reader.inputs.slot("survival_delay", name).span))
        left, needed = max(_left_at_max_age(reader, name, spec.max_age, delay) for delay in delays)
        if left > LEFT_AT_MAX_AGE:
            raise ModelError(
                f"{reader.inputs.region}: {name}: max_age {spec.max_age} leaves {left:.1%} of a "
                f"cohort at the far corner of its survival; expected at most "
                f"{LEFT_AT_MAX_AGE:.1%}: raise max_age to {needed}"
            )


def _left_at_max_age(
    reader: FleetReader, name: str, max_age: int, delay: float
) -> tuple[float, int]:
    """Share of a cohort left at ``max_age`` in the far corner, and the age that would do."""
    shape = reader.inputs.slot("survival_shape", name).span[0]
    ratio = max(1.0, reader.inputs.slot("life_ratio", name).span[1])
    given = reader.inputs.slots.get(("survival_scale", (name,)))
    life = reader.inputs.slots.get(("mean_life", (name,)))
    if given is not None:
        scale = given.span[1]
    elif life is not None and life.span[1] > delay:
        scale = (life.span[1] - delay) / math.gamma(1.0 + 1.0 / shape)
    else:
        scale = math.nan
    if not math.isfinite(scale):
        # Solved from a count, not known yet, or no life beyond the delay: such draws fail by name.
        return 0.0, 0
    left = math.exp(-(((max_age - delay) / (scale * ratio)) ** shape))
    needed = delay + scale * ratio * (-math.log(LEFT_AT_MAX_AGE)) ** (1.0 / shape)
    return left, math.ceil(needed)
