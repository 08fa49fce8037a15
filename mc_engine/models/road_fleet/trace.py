"""One draw of the road-fleet model with every intermediate, from the kernel's own steps."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.models.cohort_fleet.layout import NONE
from mc_engine.models.cohort_fleet.vintages import PAD
from mc_engine.models.road_fleet.balance import MJ_PER_PJ
from mc_engine.models.road_fleet.emissions import pair_energy
from mc_engine.models.road_fleet.kernel import begin_block, class_of_block, end_block
from mc_engine.models.road_fleet.outputs import OUTPUTS, Outputs
from mc_engine.models.road_fleet.scratch import FIRST_CARRIER, scratch
from mc_engine.models.road_fleet.static import Static
from mc_engine.models.road_fleet.vehicle_cycle import KWH_PER_GWH
from mc_engine.numerics.accelerate import kernel
from mc_engine.numerics.curves import PathTable
from mc_engine.vocabulary.axes import DRAW
from mc_engine.vocabulary.inputs import ModelInputs
from mc_engine.vocabulary.outputs import Intermediate

# The steps of a block with a bridge from Python, compiled when a draw is first replayed: in the
# kernel itself such bridges would take longer to compile than the equations.


@kernel
def _replay_begin(static: Any, paths: Any, draws: Any, work: Any) -> None:
    begin_block(0, static, paths, draws, work)


@kernel
def _replay_class(vehicle_class: Any, static: Any, paths: Any, work: Any, out: Any) -> None:
    class_of_block(0, 1, vehicle_class, static, paths, work, out)


@kernel
def _replay_end(static: Any, work: Any, out: Any, status: Any) -> None:
    end_block(0, 1, static, work, out, status)


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
    work = scratch(fixed, draws.shape[1], int(paths.size.max()))
    shape = {DRAW: 1} | {axis: len(labels) for axis, labels in axes.items()}
    out = Outputs(**{s.name: np.full([shape[d] for d in s.dims], np.nan) for s in OUTPUTS})
    status = np.zeros(1, dtype=np.int32)
    seen = _Seen(inputs, fixed, work)
    _replay_begin(fixed, paths, draws, work)
    yield from seen.region()
    for vehicle_class in fixed.order:
        _replay_class(vehicle_class, fixed, paths, work, out)
        yield from seen.fleet(int(vehicle_class))
        yield from seen.emissions(int(vehicle_class))
        yield from seen.pairs(int(vehicle_class), paths)
    _replay_end(fixed, work, out, status)
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
        self.y0, self.yo = int(static.years.first_output), int(static.years.last_observed)

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
        retained = values[first:, 0] / divide
        at_years = self.calendar[first : first + retained.size]
        return Intermediate(equation, meaning, unit, whom, labels, axis, at_years, retained)

    def region(self) -> Iterator[Intermediate]:
        """What all classes share (D-1, D-4, F, V)."""
        region, supply, y0, yo = self.work.region, self.work.supply, self.y0, self.yo
        line = self.line
        people = region.people
        yield line("D-1", "Population", "million people", people, first=yo, divide=1e6)
        yield line("D-4", "Economic growth", "1/yr", region.economy, first=yo)
        yield line(
            "F-4", "Carbon intensity of delivered electricity", "g CO2e/kWh", region.grid, first=y0
        )
        yield line(
            "F-3",
            "Carbon intensity of e-fuel electricity",
            "g CO2e/MJ",
            region.efuel_electricity,
            first=y0,
        )
        for index, carrier in enumerate(self.structure.carriers):
            for equation, meaning, factors in (
                ("F-1", "Fossil CO2 at the tailpipe", supply.fossil),
                ("F-1", "Tailpipe emissions", supply.ttw),
                ("F-2", "Well-to-tank emission factor", supply.wtt),
            ):
                values = factors[index]
                yield line(equation, meaning, "g CO2e/MJ", values, carrier, first=y0)
        routes = self.structure.hydrogen.routes if self.structure.hydrogen else ()
        for index, route in enumerate(routes):
            share = supply.routes[index]
            yield line("F-5", "Share of a route of hydrogen", "1", share, route, first=y0)
        for equation, meaning, unit, values in (
            (
                "V-1",
                "Production emissions relative to the base year",
                "1",
                region.vehicle_production,
            ),
            ("V-2", "Making a battery", "kg CO2e/kWh", region.battery_production),
            ("V-2", "Making a fuel cell", "kg CO2e/kW", region.fuel_cell_production),
            ("V-2", "Making a tank", "kg CO2e/kg", region.tank_production),
        ):
            yield line(equation, meaning, unit, values, first=y0)

    def _number(
        self, equation: str, meaning: str, unit: str, values: NDArray[np.float64], name: str
    ) -> Intermediate:
        value = np.array([values[0]])
        return Intermediate(equation, meaning, unit, name, (), "", (), value)

    def fleet(self, c: int) -> Iterator[Intermediate]:
        """Survival, stock, sales and adoption of one class (T, D, A, U-1)."""
        work, name, y0, yo = self.work, list(self.structure.vehicle_classes)[c], self.y0, self.yo
        line = self.line
        yield self._number("T-1", "Weibull shape", "1", work.weibull.shape, name)
        yield self._number("T-1", "Weibull scale", "yr", work.weibull.scale, name)
        yield self._number("T-1", "Hazard x", "yr^-kappa", work.weibull.hazard, name)
        groups = ("combustion", "electric life")
        for group, what in enumerate(groups):
            yield self._number("V", f"Mean life, {what}", "yr", work.weibull.life[group], name)
        for group, what in enumerate(groups):
            ages = int(self.static.survival.of_class[c].max_age) + 1
            alive = work.cohorts.alive[group, PAD : PAD + ages, 0][::-1].copy()
            meaning = f"Share alive without waves, {what}"
            yield Intermediate("T-1", meaning, "1", name, (), "age", tuple(range(ages)), alive)
        for equation, meaning, values, first in (
            ("D", "Target stock", work.target.stock, yo + 1),
            ("T-5", "Registrations", work.fleet.sales[c], y0),
            ("T-3", "Vehicles in use", work.fleet.stock[c], y0),
        ):
            yield line(equation, meaning, "thousand", values, whom=name, first=first, divide=1e3)
        for index, node in enumerate(self.structure.tree):
            share = work.forks.branch[index]
            yield line("A", "Branch share", "1", share, node, whom=name, first=yo)
        distance = work.driving.distance
        yield line("U-1", "Distance before levers", "km/yr", distance, whom=name, first=y0)

    def emissions(self, c: int) -> Iterator[Intermediate]:
        """Energy, batteries and emissions of one class (U-2, E-3, V, B-1)."""
        work, name, y0 = self.work, list(self.structure.vehicle_classes)[c], self.y0
        out_years = self.calendar[y0:]
        driven = work.driving.scale[:, 0].copy()

        def by_year(equation: str, meaning: str, unit: str, values: Any, *labels: str) -> Any:
            retained = np.array(values, dtype=np.float64)
            return Intermediate(equation, meaning, unit, name, labels, "year", out_years, retained)

        yield by_year("U-2", "Distance at full use and age 0", "km/yr", driven)
        for index, carrier in enumerate(self.structure.carriers):
            weight = work.driving.sums[FIRST_CARRIER + index, :, 0]
            yield by_year("E-3", "Energy", "PJ/yr", driven * weight / MJ_PER_PJ, carrier)
        for meaning, batteries in (
            ("Batteries sold", work.making.new),
            ("Batteries replaced", work.making.replaced),
            ("Batteries in use", work.making.in_use[1:]),
        ):
            values = batteries[:, 0] / KWH_PER_GWH
            yield by_year("V-2", meaning, "GWh", values)
        yield by_year("B-1", "Emissions, life cycle", "Mt CO2e/yr", work.of_class.emitted[:, 0])
        yield by_year("B-1", "Well-to-tank emissions", "Mt CO2e/yr", work.of_class.supplied[:, 0])

    def pairs(self, c: int, paths: PathTable) -> Iterator[Intermediate]:
        """Vehicles sold and energy per km of one class by powertrain (T-4, E-1, U-3)."""
        work, name = self.work, list(self.structure.vehicle_classes)[c]
        for p, powertrain in enumerate(self.structure.powertrains):
            if not self.static.pairs[c, p].active:
                continue
            first = int(self.static.pairs[c, p].first)
            line = partial(self.line, whom=name, first=first, axis="model_year")
            number = work.fleet.sold[p]
            yield line("T-4", "Vehicles sold", "thousand", number, powertrain, divide=1e3)
            pair_energy(work.row, self.static, paths, c, p, work)
            unit = work.driving.per_km
            yield line("E-1", "Energy on the first carrier", "MJ/km", unit, powertrain)
            if self.static.powertrains[p].two_carriers:
                share = work.driving.electric_share
                yield line("U-3", "Electric share of distance", "1", share, powertrain)
            if self.static.cycle.of_pair[c, p].battery_size != NONE:
                size = work.making.size
                yield line("V-2", "Battery of a new vehicle", "kWh", size, powertrain)
