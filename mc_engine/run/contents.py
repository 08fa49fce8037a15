"""Contents of the two datasets of a run: dimensions, coordinates and variables, with attributes.

Datasets are those of the ``netCDF4`` library; only ``store`` opens and closes them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.run.executor import MILESTONES
from mc_engine.run.journal import SCHEMA_VERSION
from mc_engine.run.plan import RunPlan
from mc_engine.targets import describe as rule_in_words
from mc_engine.targets import margin_units
from mc_engine.vocabulary.axes import (
    DRAW,
    NET,
    OBSERVATION,
    PARAMETER,
    REGION,
    SCOPE,
    TARGET,
    WEIGHT,
    scopes_of,
)
from mc_engine.vocabulary.outputs import VariableSpec

# A block is what is compressed, and read, at once: one column of many draws, or all years and
# labels of a few. The datasets are written in whole blocks.
ROWS_PER_COLUMN = 8192
ROWS_PER_SERIES = 1024
# Zstandard at level 1 with byte shuffling: five times faster to write than zlib at level 1.
COMPRESSED: dict[str, Any] = {"compression": "zstd", "complevel": 1, "shuffle": True}

# Coordinates along draws that every variable carries.
OF_DRAWS = ("index", "replicate", WEIGHT)


def describe(dataset: Any, plan: RunPlan, draws: int, facts: Mapping[str, Any], what: str) -> None:
    """Write dimensions, coordinates and global attributes that both datasets share."""
    problem = plan.problem
    title = problem.title.get("en", problem.region)
    dataset.setncatts(
        {
            "Conventions": "CF-1.11",
            "title": f"{title}, scenario {problem.scenario}: {what[0].lower()}{what[1:]}",
            "schema_version": SCHEMA_VERSION,
            **{key: value for key, value in facts.items() if value is not None},
        }
    )
    dataset.createDimension(DRAW, draws)
    _coordinate(dataset, REGION, [problem.region], "Region")
    for axis, labels in plan.coordinates.items():
        _coordinate(dataset, axis, labels, axis.replace("_", " ").capitalize())
    scopes = scopes_of(tuple(plan.coordinates.get("stage", ())))
    if scopes:
        _coordinate(
            dataset, SCOPE, [*scopes, NET], "Scope: sums of stages; net is the widest less removals"
        )
    numbers = np.arange(draws)
    design = plan.sampling.design
    columns: tuple[tuple[NDArray[Any], str], ...] = (
        (numbers, "Number of the draw"),
        (design.index_of(numbers), "Index of the draw's point within its replicate"),
        (design.replicate_of(numbers), "Independent randomisation the draw belongs to"),
    )
    for name, (values, meaning) in zip((DRAW, "index", "replicate"), columns, strict=True):
        _create_draw_coordinate(dataset, name, values.dtype, meaning)[:] = values
    _create_draw_coordinate(dataset, WEIGHT, "f8", "Weight of the draw; 1 unless it was aimed")


def _create_draw_coordinate(dataset: Any, name: str, kind: Any, meaning: str) -> Any:
    """Declare a coordinate along draws."""
    shape = blocks([len(dataset.dimensions[DRAW])], False)
    variable = dataset.createVariable(name, kind, (DRAW,), chunksizes=shape, **COMPRESSED)
    variable.setncatts({"long_name": meaning, "units": "1"})
    return variable


def _annotate(
    variable: Any,
    meaning: str,
    unit: str,
    equation: str,
    coordinates: Sequence[str] = (),
    **more: Any,
) -> None:
    """Set the attributes of every variable: meaning, unit, equation and its coordinates."""
    variable.setncatts(
        {
            "long_name": meaning,
            "units": unit,
            "equation": equation,
            "coordinates": " ".join((*coordinates, *OF_DRAWS)),
            **more,
        }
    )


def _coordinate(dataset: Any, name: str, labels: Sequence[Any], meaning: str) -> None:
    numeric = all(isinstance(label, int) for label in labels)
    dataset.createDimension(name, len(labels))
    variable = dataset.createVariable(name, "i4" if numeric else str, (name,))
    variable[:] = np.array(labels, dtype="i4" if numeric else object)
    variable.long_name = meaning
    if numeric:
        variable.units = "year" if name == "year" else "1"


def blocks(lengths: Sequence[int], yearly: bool) -> tuple[int, ...]:
    """Shape of a block: whole trajectories of some draws, else one column of many."""
    draws = max(1, min(ROWS_PER_SERIES if yearly else ROWS_PER_COLUMN, lengths[0]))
    return (draws, *(lengths[1:] if yearly else (1,) * (len(lengths) - 1)))


def create(dataset: Any, spec: VariableSpec, kind: str, plan: RunPlan) -> None:
    """Declare one output of the model; ``region`` stands after ``draw``."""
    dims = (spec.dims[0], REGION, *spec.dims[1:])
    lengths = [len(dataset.dimensions[dim]) for dim in dims]
    variable = dataset.createVariable(
        spec.name,
        kind,
        dims,
        chunksizes=blocks(lengths, spec.yearly),
        fill_value=np.nan,
        **COMPRESSED,
    )
    _annotate(variable, spec.meaning, spec.unit, spec.equation, **dict(spec.attrs))


def create_draws(dataset: Any, plan: RunPlan) -> None:
    """Declare the variables of ``draws.nc``."""
    _create_parameters(dataset, plan)
    _create_targets(dataset, plan)
    codes = plan.model.status_codes
    status = dataset.createVariable(
        "status", "i4", (DRAW,), chunksizes=blocks([plan.draws], False), **COMPRESSED
    )
    _annotate(
        status,
        "How the draw ended; 0 is good",
        "1",
        "B-1",
        flag_values=np.array(list(codes), dtype="i4"),
        flag_meanings=" ".join(text.partition(":")[0] for text in codes.values()),
    )
    if SCOPE in dataset.dimensions:
        for name, (unit, meaning, equation) in MILESTONES.items():
            spec = VariableSpec(name, (DRAW, SCOPE), unit, meaning, equation)
            if unit == "year":
                dims = (DRAW, REGION, SCOPE)
                shape = blocks([plan.draws, 1, len(dataset.dimensions[SCOPE])], False)
                variable = dataset.createVariable(name, "i2", dims, chunksizes=shape, **COMPRESSED)
                _annotate(variable, meaning, unit, equation)
            else:
                create(dataset, spec, "f8", plan)
    for spec in plan.specs:
        if not spec.yearly:
            create(dataset, spec, "f8", plan)
    if plan.store_observables:
        _create_modelled(dataset, plan)


def _create_modelled(dataset: Any, plan: RunPlan) -> None:
    """Declare what the model gives where something was observed."""
    pairs = [
        (series, year, value)
        for series in plan.problem.observations
        for year, value in zip(series.years, series.values, strict=True)
    ]
    labels = [f"{series.name} {year}" for series, year, _ in pairs]
    _coordinate(dataset, OBSERVATION, labels, "Series and year of an observation")
    units = [series.unit for series, _, _ in pairs]
    names = _text_columns(dataset, OBSERVATION, [("observation_unit", units, "Unit")])
    observed = dataset.createVariable("observed", "f8", (OBSERVATION,))
    observed[:] = np.array([value for _, _, value in pairs])
    observed.setncatts({"long_name": "What was counted", "units": "see observation_unit"})
    modelled = dataset.createVariable(
        "modelled",
        "f4",
        (DRAW, OBSERVATION),
        chunksizes=blocks([plan.draws, max(1, len(pairs))], False),
        fill_value=np.nan,
        **COMPRESSED,
    )
    meaning = "What the model gives for each observation, before its scope factors"
    _annotate(modelled, meaning, "see observation_unit", "C-1", [*names, "observed"])


def _create_parameters(dataset: Any, plan: RunPlan) -> None:
    factors = plan.problem.factors
    _coordinate(dataset, PARAMETER, [factor.name for factor in factors], "Uncertain input")
    forms = ["path" if factor.is_path else "scalar" for factor in factors]
    units = ["1" if factor.is_path else factor.unit for factor in factors]
    columns = (
        ("parameter_unit", units, "Unit of the parameter; 1 for the quantile of a path"),
        ("parameter_form", forms, "A scalar, or a path through its common quantile"),
        ("parameter_quantity", [f.quantity for f in factors], "Quantity of the model it feeds"),
        ("parameter_kind", [f.kind for f in factors], "observed, sourced or judgement"),
        ("parameter_meaning", [f.meaning for f in factors], "What it is"),
    )
    names = _text_columns(dataset, PARAMETER, columns)
    if not factors:
        return
    shape = blocks([plan.draws, len(factors)], False)
    # The digits of an input are random: compressing them took as long as drawing them, for a
    # fifteenth of their size.
    variable = dataset.createVariable("parameters", "f8", (DRAW, PARAMETER), chunksizes=shape)
    _annotate(
        variable,
        "Uncertain inputs, one column per factor; a path as its quantile",
        "see parameter_unit",
        "Paths",
        names,
    )


def _text_columns(
    dataset: Any, axis: str, columns: Sequence[tuple[str, Sequence[str], str]]
) -> list[str]:
    """Write text along one axis, and give the names of the new coordinates."""
    for name, labels, meaning in columns:
        variable = dataset.createVariable(name, str, (axis,))
        variable[:] = np.array(labels, dtype=object)
        variable.long_name = meaning
    return [name for name, _, _ in columns]


def _create_targets(dataset: Any, plan: RunPlan) -> None:
    targets = plan.problem.targets
    units = margin_units(targets, {spec.name: spec.unit for spec in plan.specs})
    _coordinate(dataset, TARGET, [target.name for target in targets], "Target")
    columns = (
        ("target_title", [target.title.en for target in targets], "Title"),
        ("target_rule", [rule_in_words(target) for target in targets], "Rule in words"),
        ("target_scope", [target.scope_name for target in targets], "Scope"),
        ("target_status", [target.status for target in targets], "Standing of the target"),
        ("target_covers", [target.covers for target in targets], "Whom the date was set for"),
        ("margin_unit", list(units), "Unit of the margin"),
    )
    names = _text_columns(dataset, TARGET, columns)
    shape = blocks([plan.draws, max(1, len(targets))], False)
    margin = dataset.createVariable(
        "margin", "f8", (DRAW, TARGET), chunksizes=shape, fill_value=np.nan, **COMPRESSED
    )
    meaning = "Margin to the target, positive when it is met"
    _annotate(margin, meaning, "see margin_unit", "K", names)
    miss = dataset.createVariable("miss", "i1", (DRAW, TARGET), chunksizes=shape, **COMPRESSED)
    _annotate(
        miss,
        "Whether the target is missed",
        "1",
        "K",
        names,
        flag_values=np.array([-1, 0, 1], dtype="i1"),
        flag_meanings="draw_failed met missed",
    )
