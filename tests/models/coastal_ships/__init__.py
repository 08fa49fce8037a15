"""Coastal ships: a second model, as somebody outside the package would write it.

Ships of each class live a Weibull life (T-1); new ships lift the survivors to a stock that grows
by a drawn rate (T-5), and a path gives the share that are electric (A-1). Burning fuel emits at the
funnel, electricity at the power station. Cohorts, survival, turnover and adoption are those of
``mc_engine.models.cohort_fleet``.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from mc_engine.models.cohort_fleet.adoption import split_tree
from mc_engine.models.cohort_fleet.blocks import mark_not_finite, read_block, write_years
from mc_engine.models.cohort_fleet.inputs import InputReader
from mc_engine.models.cohort_fleet.layout import Column, Columns, Floats, Ints, Path, Paths
from mc_engine.models.cohort_fleet.stock import (
    Vintages,
    allocate_vintages,
    historical_stock,
    project_stock,
)
from mc_engine.models.cohort_fleet.survival import age_powers, group_survival
from mc_engine.models.cohort_fleet.vintages import Cohorts, WaveYears, allocate_cohorts
from mc_engine.numerics.accelerate import get_num_threads, in_threads, kernel
from mc_engine.numerics.curves import PathTable, path_values
from mc_engine.numerics.elementary import exp, log
from mc_engine.numerics.lanes import LANES, add, broadcast, clear, load, rows, store
from mc_engine.vocabulary.axes import DRAW, STAGE, VEHICLE_CLASS, YEAR
from mc_engine.vocabulary.inputs import ModelInputs
from mc_engine.vocabulary.outputs import VariableSpec
from mc_engine.vocabulary.quantities import QuantitySpec
from mc_engine.vocabulary.status import OK

NOT_FINITE = 1
BURNING, ELECTRIC = 0, 1  # groups of ships
MT_PER_PJ_AND_G_PER_MJ = 1e-3


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Structure(_Strict):
    """What a region's ``structure`` holds: calendar years, the oldest age, classes of ships."""

    first_vintage: int
    first_output: int
    last_observed: int
    horizon: int
    max_age: int
    classes: list[str]


class Levers(_Strict):
    """No lever."""


class Static(NamedTuple):
    """Positions of years, observed deliveries (ships), and where drawn numbers stand."""

    first_output: int
    last: int
    max_age: int
    delivered: Floats  # [class, year]
    log_age: Floats  # [age]
    waves: WaveYears
    child: Ints
    rest: Ints
    life: Columns
    shape: Columns
    growth: Columns
    energy: Columns
    electric: Paths
    fuel_factor: Column
    power_factor: Path


class Scratch(NamedTuple):
    """Arrays of one thread; the draw is the last axis."""

    row: Floats
    points: Floats
    status: Floats
    cohorts: Cohorts
    vintages: Vintages
    sales: Floats
    stock: Floats
    target: Floats
    branch: Floats
    pool: Floats
    share: Floats
    power: Floats
    emitted: Floats  # [stage, output year]


class Outputs(NamedTuple):
    """One array per output."""

    emissions: Floats
    stock: Floats


_CLASS = (VEHICLE_CLASS,)
QUANTITIES = (
    QuantitySpec("ship_life", "yr", "Weibull scale of a ship's life", "T-1", _CLASS, low=1.0),
    QuantitySpec("ship_shape", "1", "Weibull shape of a ship's life", "T-1", _CLASS, low=1.0),
    QuantitySpec("fleet_growth", "1/yr", "Growth of the fleet", "T-5", _CLASS),
    QuantitySpec("ship_energy", "PJ/yr", "Energy that a ship uses in a year", "E-1", _CLASS),
    QuantitySpec("electric_part", "1", "Share of electric ships in deliveries", "A-1", _CLASS,
                 "path", low=0.0, high=1.0),
    QuantitySpec("fuel_factor", "g CO2e/MJ", "Emissions of marine fuel when burned", "F-1"),
    QuantitySpec("power_factor", "g CO2e/MJ", "Emissions of electricity", "F-4", (), "path"),
)  # fmt: skip
OUTPUTS = (
    VariableSpec("emissions", (DRAW, STAGE, YEAR), "Mt CO2e/yr", "Emissions by stage", "B-1"),
    VariableSpec("stock", (DRAW, VEHICLE_CLASS, YEAR), "vehicles", "Ships in use", "T-3"),
)


@kernel
def _class_of_ships(static, paths, ships, work):
    """Carry one class of ships through the years, and add what it emits."""
    last, max_age, vintages = static.last, static.max_age, work.vintages
    shape, life = load(work.row, static.shape[ships]), load(work.row, static.life[ships])
    age_powers(shape, broadcast(0.0), False, static.log_age, work.cohorts.power)
    hazard = exp(-shape * log(life))
    for group in range(2):
        group_survival(group, hazard, max_age, work.cohorts)
        clear(vintages.sold[group])
        vintages.first[group] = 0
    for year in range(last + 1):
        store(static.delivered[ships, year], vintages.sold, BURNING, year)
    historical_stock(0, last, max_age, static.waves, work.cohorts, vintages, work.sales, work.stock)
    growth, wanted = load(work.row, static.growth[ships]), load(work.stock, last)
    path_values(paths, static.electric[ships], work.row, last, work.points, work.branch[0])
    split_tree(static.child, static.rest, work.branch, last + 1, work.pool, work.share)
    for year in range(last + 1, work.target.shape[0]):
        wanted = wanted * (1.0 + growth)
        store(wanted, work.target, year)
        store(load(work.share, ELECTRIC, year), vintages.share, ELECTRIC, year)
    project_stock(last + 1, max_age, static.waves, work.cohorts, vintages, work.target, work.sales,
                  work.stock)  # fmt: skip
    energy = load(work.row, static.energy[ships]) * MT_PER_PJ_AND_G_PER_MJ
    fuel = load(work.row, static.fuel_factor)
    for index in range(work.emitted.shape[1]):
        year = static.first_output + index
        add(load(vintages.in_use, BURNING, year) * energy * fuel, work.emitted, 0, index)
        power = energy * load(work.power, year)
        add(load(vintages.in_use, ELECTRIC, year) * power, work.emitted, 1, index)


@kernel
def _evaluate(piece, pieces, static, paths, draws, work, out, status):
    """Evaluate every ``pieces``-th block of draws."""
    for first in range(piece * LANES, draws.shape[0], pieces * LANES):
        stop = min(first + LANES, draws.shape[0])
        read_block(draws, first, work.row)
        store(OK, work.status)
        for stage in range(2):
            clear(work.emitted[stage])
        path_values(paths, static.power_factor, work.row, 0, work.points, work.power)
        for ships in range(static.delivered.shape[0]):
            _class_of_ships(static, paths, ships, work)
            mark_not_finite(work.stock, NOT_FINITE, work.status)
            write_years(work.stock[static.first_output :], 1.0, out.stock[first:stop, ships])
        for stage in range(2):
            mark_not_finite(work.emitted[stage], NOT_FINITE, work.status)
            write_years(work.emitted[stage], 1.0, out.emissions[first:stop, stage])
        for draw in range(first, stop):
            status[draw] = np.int32(work.status[draw - first])
            if status[draw] != OK:
                out.emissions[draw] = math.nan
                out.stock[draw] = math.nan


class CoastalShips:
    """The model behind the contract of ``mc_engine.model.Model``."""

    name = "coastal_ships"
    quantities = QUANTITIES
    structure_schema = Structure
    levers_schema = Levers
    table_columns: Mapping[str, tuple[str, ...]] = {"deliveries": (VEHICLE_CLASS,)}
    status_codes: Mapping[int, str] = {
        OK: "OK: evaluated",
        NOT_FINITE: "NOT_FINITE: a stock or an emission is not a finite number",
    }

    def labels(self, structure: Structure) -> Mapping[str, Sequence[str]]:
        """Labels of the quantities' one axis."""
        return {VEHICLE_CLASS: tuple(structure.classes)}

    def coordinates(self, inputs: ModelInputs) -> Mapping[str, Sequence[Any]]:
        """Labels of the outputs' axes."""
        own: Structure = inputs.structure
        years = tuple(range(own.first_output, own.horizon + 1))
        return {STAGE: ("ttw", "wtt"), YEAR: years, VEHICLE_CLASS: tuple(own.classes)}

    def outputs(self, inputs: ModelInputs) -> Sequence[VariableSpec]:
        """Every variable that is written."""
        return OUTPUTS

    def prepare(self, inputs: ModelInputs) -> tuple[Static, PathTable]:
        """Find columns and paths, and lay the deliveries out."""
        own: Structure = inputs.structure
        reader = InputReader(inputs, own.first_vintage, own.horizon)
        delivered = np.zeros((len(own.classes), reader.years.size))
        for ships, label in enumerate(own.classes):
            for year, count in reader.series("deliveries", vehicle_class=label).items():
                if year <= own.last_observed:
                    delivered[ships, reader.position(year)] = count
        static = Static(
            first_output=reader.position(own.first_output),
            last=reader.position(own.last_observed),
            max_age=own.max_age,
            delivered=delivered,
            log_age=np.log(np.maximum(np.arange(own.max_age + 1), 1)),
            waves=WaveYears(np.zeros(0, dtype=np.int64), np.zeros((0, 0), dtype=np.int64)),
            child=np.array([1 + ELECTRIC]),
            rest=np.array([1 + BURNING]),
            life=reader.columns("ship_life", own.classes),
            shape=reader.columns("ship_shape", own.classes),
            growth=reader.columns("fleet_growth", own.classes),
            energy=reader.columns("ship_energy", own.classes),
            electric=np.array([reader.path("electric_part", label) for label in own.classes]),
            fuel_factor=reader.column("fuel_factor"),
            power_factor=reader.path("power_factor"),
        )
        return static, reader.path_table()

    def evaluate(
        self,
        static: tuple[Static, PathTable],
        draws: NDArray[np.float64],
        out: Mapping[str, NDArray[np.float64]],
        status: NDArray[np.int32],
    ) -> None:
        """Evaluate every row of ``draws``."""
        own, paths = static
        years = own.delivered.shape[1]

        def scratch() -> Scratch:
            return Scratch(
                row=rows(draws.shape[1]),
                points=rows(2, int(paths.size.max())),
                status=rows(1)[0],
                cohorts=allocate_cohorts(2, 0, own.max_age + 1, years),
                vintages=allocate_vintages(2, years),
                sales=rows(years),
                stock=rows(years),
                target=rows(years),
                branch=rows(1, years),
                pool=rows(1),
                share=rows(2, years),
                power=rows(years),
                emitted=rows(2, years - own.first_output),
            )

        def part(work: Scratch, piece: int, pieces: int) -> None:
            _evaluate(piece, pieces, own, paths, draws, work, Outputs(**out), status)

        in_threads(part, get_num_threads(), scratch)


MODEL = CoastalShips()
