"""One draw of the road-fleet model with every intermediate, from the kernel's own steps."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.models.road_fleet import static as at
from mc_engine.models.road_fleet import workspace as room
from mc_engine.models.road_fleet.balance import MJ_PER_PJ
from mc_engine.models.road_fleet.burn import pair_energy
from mc_engine.models.road_fleet.cohorts import PAD
from mc_engine.models.road_fleet.kernel import begin_block, class_of_block, end_block
from mc_engine.models.road_fleet.outputs import OUTPUTS, Outputs
from mc_engine.models.road_fleet.static import Static
from mc_engine.models.road_fleet.vehicle_cycle import KWH_PER_GWH
from mc_engine.numerics.curves import PathTable
from mc_engine.vocabulary.axes import DRAW
from mc_engine.vocabulary.inputs import ModelInputs
from mc_engine.vocabulary.outputs import Intermediate


def trace(
    inputs: ModelInputs,
    static: tuple[Static, PathTable],
    row: NDArray[np.float64],
    axes: dict[str, Sequence[Any]],
) -> Iterator[Intermediate]:
    """Evaluate one draw and give every intermediate.

    Parameters
    ----------
    inputs : ModelInputs
    static : (Static, PathTable)
    row : float64[column]
    axes : dict of str to sequence
        Labels of the outputs' axes, ``draw`` left out.

    Yields
    ------
    Intermediate
        What the region has in common, then class by class, then the outputs.
    """
    fixed, paths = static
    draws = np.ascontiguousarray(row[None, :])
    work = room.workspace(fixed, draws.shape[1], int(paths.size.max()))
    shape = {DRAW: 1} | {axis: len(labels) for axis, labels in axes.items()}
    out = Outputs(**{s.name: np.full([shape[d] for d in s.dims], np.nan) for s in OUTPUTS})
    status = np.zeros(1, dtype=np.int32)
    seen = _Seen(inputs, fixed, work)
    begin_block(0, fixed, paths, draws, work)
    yield from seen.region()
    for vehicle_class in fixed.by_class[at.ORDER]:
        class_of_block(0, 1, vehicle_class, fixed, paths, work, out)
        yield from seen.fleet(int(vehicle_class))
        yield from seen.emissions(int(vehicle_class))
        yield from seen.pairs(int(vehicle_class), paths)
    end_block(0, 1, fixed, work, out, status)
    yield from _outputs(out, axes)


def _outputs(out: Outputs, axes: dict[str, Sequence[Any]]) -> Iterator[Intermediate]:
    """Give the yearly outputs over the region, as they are stored."""
    years = tuple(axes["year"])
    for spec in OUTPUTS:
        if not spec.yearly:
            continue
        inner = [tuple(axes[axis]) for axis in spec.dims[1:-1]]
        values = getattr(out, spec.name)[0].reshape(-1, len(years))
        names = [()] if not inner else [(label,) for label in inner[0]]
        for labels, line in zip(names, values, strict=True):
            yield Intermediate(
                spec.equation, spec.meaning, spec.unit, "", labels, "year", years, line
            )


class _Seen:
    """Reads lane 0 of a workspace between the steps of a block."""

    def __init__(self, inputs: ModelInputs, static: Static, work: Any) -> None:
        self.inputs, self.structure = inputs, inputs.structure
        self.static, self.work = static, work
        years = self.structure.years
        self.calendar = tuple(range(years.first_vintage, years.horizon + 1))
        self.y0, self.yo = int(static.number[at.Y0]), int(static.number[at.YO])

    def line(
        self,
        equation: str,
        meaning: str,
        unit: str,
        values: NDArray[np.float64],
        *labels: str,
        whom: str = "",
        first: int = 0,
        axis: str = "year",
        divide: float = 1.0,
    ) -> Intermediate:
        """Copy one series of lane 0 from year position ``first`` on."""
        kept = values[first:, 0] / divide
        at_years = self.calendar[first : first + kept.size]
        return Intermediate(equation, meaning, unit, whom, labels, axis, at_years, kept)

    def region(self) -> Iterator[Intermediate]:
        """What all classes share (D-1, D-4, F, V)."""
        yearly, y0, yo = self.work.yearly, self.y0, self.yo
        line = self.line
        people = yearly[room.PEOPLE]
        yield line("D-1", "Population", "million people", people, first=yo, divide=1e6)
        yield line("D-4", "Economic growth", "1/yr", yearly[room.ECONOMY], first=yo)
        yield line("F-4", "Power delivered", "g CO2e/kWh", yearly[room.GRID], first=y0)
        yield line("F-3", "Power for e-fuel", "g CO2e/MJ", yearly[room.EFUEL_CARBON], first=y0)
        for place, carrier in enumerate(self.structure.carriers):
            for equation, meaning, stage in (
                ("F-1", "Fossil CO2 at the tailpipe", room.FOSSIL),
                ("F-1", "Tailpipe emissions", room.TTW),
                ("F-2", "Emissions of supply", room.UPSTREAM),
            ):
                values = self.work.carriers[place, :, stage]
                yield line(equation, meaning, "g CO2e/MJ", values, carrier, first=y0)
        routes = self.structure.hydrogen.routes if self.structure.hydrogen else ()
        for place, route in enumerate(routes):
            share = self.work.hydrogen[place]
            yield line("F-5", "Share of a route of hydrogen", "1", share, route, first=y0)
        for equation, meaning, unit, row in (
            ("V-1", "Left of making a vehicle", "1", room.MAKING_LEFT),
            ("V-2", "Making a battery", "kg CO2e/kWh", room.PACK_CARBON),
            ("V-2", "Making a fuel cell", "kg CO2e/kW", room.CELL_CARBON),
            ("V-2", "Making a tank", "kg CO2e/kg", room.TANK_CARBON),
        ):
            yield line(equation, meaning, unit, yearly[row], first=y0)

    def _number(self, equation: str, meaning: str, unit: str, row: int, name: str) -> Intermediate:
        value = np.array([self.work.lane[row, 0]])
        return Intermediate(equation, meaning, unit, name, (), "", (), value)

    def fleet(self, c: int) -> Iterator[Intermediate]:
        """Survival, stock, sales and adoption of one class (T, D, A, U-1)."""
        work, name, y0, yo = self.work, list(self.structure.vehicle_classes)[c], self.y0, self.yo
        line = self.line
        yield self._number("T-1", "Weibull shape", "1", room.SHAPE, name)
        yield self._number("T-1", "Weibull scale", "yr", room.SCALE, name)
        yield self._number("T-1", "Hazard x", "yr^-kappa", room.HAZARD, name)
        groups = ("combustion", "electric life")
        for group, what in enumerate(groups):
            yield self._number("V", f"Mean life, {what}", "yr", room.LIFE_0 + group, name)
        for group, what in enumerate(groups):
            ages = int(self.static.by_class[at.MAX_AGE, c]) + 1
            alive = work.alive[group, PAD : PAD + ages, 0][::-1].copy()
            meaning = f"Share alive without waves, {what}"
            yield Intermediate("T-1", meaning, "1", name, (), "age", tuple(range(ages)), alive)
        for equation, meaning, values, first in (
            ("D", "Vehicles wanted", work.yearly[room.TARGET], yo + 1),
            ("T-5", "Registrations", work.fleet[room.SALES, c], y0),
            ("T-3", "Vehicles in use", work.fleet[room.STOCK, c], y0),
        ):
            yield line(equation, meaning, "thousand", values, whom=name, first=first, divide=1e3)
        for place, node in enumerate(self.structure.tree):
            share = work.branch[place]
            yield line("A", "Share of a fork's child", "1", share, node, whom=name, first=yo)
        distance = work.yearly[room.DISTANCE]
        yield line("U-1", "Distance before levers", "km/yr", distance, whom=name, first=y0)

    def emissions(self, c: int) -> Iterator[Intermediate]:
        """Energy, batteries and emissions of one class (U-2, E-3, V, B-1)."""
        work, name, y0 = self.work, list(self.structure.vehicle_classes)[c], self.y0
        out_years = self.calendar[y0:]
        driven = work.sums[room.DRIVEN, :, 0].copy()

        def by_year(equation: str, meaning: str, unit: str, values: Any, *labels: str) -> Any:
            kept = np.array(values, dtype=np.float64)
            return Intermediate(equation, meaning, unit, name, labels, "year", out_years, kept)

        yield by_year("U-2", "Distance at full use and age 0", "km/yr", driven)
        for place, carrier in enumerate(self.structure.carriers):
            weight = work.sums[room.FIRST_CARRIER + place, :, 0]
            yield by_year("E-3", "Energy", "PJ/yr", driven * weight / MJ_PER_PJ, carrier)
        for meaning, kind in (
            ("Batteries sold", room.NEW_PACKS),
            ("Batteries replaced", room.REPLACED),
            ("Batteries in use", room.CAPACITY),
        ):
            values = work.cycle[kind, 1:, 0] / KWH_PER_GWH
            yield by_year("V-2", meaning, "GWh", values)
        yield by_year("B-1", "Emissions, life cycle", "Mt CO2e/yr", work.by_class[:, 0])
        yield by_year("B-1", "Emissions of supply", "Mt CO2e/yr", work.supplied[:, 0])

    def pairs(self, c: int, paths: PathTable) -> Iterator[Intermediate]:
        """Vehicles sold and energy per km of one class by powertrain (T-4, E-1, U-3)."""
        work, name = self.work, list(self.structure.vehicle_classes)[c]
        for p, powertrain in enumerate(self.structure.powertrains):
            if not self.static.by_pair[at.ACTIVE, c, p]:
                continue
            first = int(self.static.by_pair[at.FIRST, c, p])
            line = partial(self.line, whom=name, first=first, axis="model_year")
            number = work.number[p]
            yield line("T-4", "Vehicles sold", "thousand", number, powertrain, divide=1e3)
            pair_energy(work.row, self.static, paths, c, p, work)
            unit = work.yearly[room.UNIT]
            yield line("E-1", "Energy on the first carrier", "MJ/km", unit, powertrain)
            if self.static.by_powertrain[at.TWO_CARRIERS, p]:
                share = work.yearly[room.SPARE_A]
                yield line("U-3", "Electric share of distance", "1", share, powertrain)
            if self.static.by_pair[at.BATTERY_PATH, c, p] != at.NONE:
                size = work.yearly[room.SPARE_B]
                yield line("V-2", "Battery of a new vehicle", "kWh", size, powertrain)
