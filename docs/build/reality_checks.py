"""The rows of ``docs/reality-<region>.md``: medians of the model beside what has been counted.

Published figures are read from the observed tables of the region; none is typed in here. The
ranges within which a median counts as met are fixed in ``Ranges`` and are not adjusted to results.
No prior is tuned to these rows or to any total of carbon dioxide.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.special import expit, logit

from mc_engine.design.sampling import sample
from mc_engine.model import OK
from mc_engine.numerics.curves import LOGIT_MARGIN
from mc_engine.run import executor
from mc_engine.study import Study
from mc_engine.units import DIESEL_MJ_PER_KG, GASOLINE_MJ_PER_KG, MJ_PER_KWH
from mc_engine.vocabulary.inputs import Knots

MILLION = 1e6
MJ_PER_KG = {"gasoline": GASOLINE_MJ_PER_KG, "diesel": DIESEL_MJ_PER_KG}
CHUNK = 4096

Array = NDArray[np.float64]


class Ranges:
    """How far a median may be from the published figure; relative, unless said otherwise."""

    TOTAL_STOCK = 0.03
    CLASS_STOCK = 0.06
    PLUG_IN_STOCK = 0.06
    REGISTRATIONS = 0.05
    PLUG_IN_SHARE = (0.39, 0.46)  # share of registrations, 1
    SALES_RATIO = (0.85, 1.25)  # sales of 2026 over the mean of 2023-2025, 1
    YEARLY_SALES = (8.0, 45.0)  # million vehicles a year, every year 2026-2060


@dataclass(frozen=True)
class Check:
    """One row of the table.

    Attributes
    ----------
    key : str
        Short name, unique.
    group, what, unit : str
    band : tuple of float
        5, 50 and 95 % of the draws, in ``unit``.
    published : float or None
        In ``unit``; None where there is no figure.
    source : str
        Key of the source, or empty.
    allowed : tuple of float or None
        Lowest and highest median that counts as met; None for a row without a bound.
    remark : str
    """

    key: str
    group: str
    what: str
    unit: str
    band: tuple[float, float, float]
    published: float | None = None
    source: str = ""
    allowed: tuple[float, float] | None = None
    remark: str = ""

    @property
    def median(self) -> float:
        """The 50 % value."""
        return self.band[1]

    @property
    def verdict(self) -> str:
        """``met``, ``not met``, or ``beside`` where no bound applies."""
        if self.allowed is None:
            return "beside"
        low, high = self.allowed
        return "met" if low <= self.median <= high else "not met"


class Reality:
    """Draws of the default scenario and the observed tables beside them.

    Parameters
    ----------
    region : str
    draws, seed : int
    """

    def __init__(self, region: str, draws: int, seed: int = 0) -> None:
        self.region, self.draws, self.seed = region, draws, seed
        self.study = Study(region)
        self.inputs = self.study.problem.inputs
        labels = self.study.model.coordinates(self.inputs)
        self.classes = list(labels["vehicle_class"])
        self.carriers = list(labels["carrier"])
        self.first_year = int(labels["year"][0])
        self.out, self.bio = self._evaluate()

    def _evaluate(self) -> tuple[dict[str, Array], dict[str, Array]]:
        """Evaluate all draws; keep the yearly outputs that are compared, and biofuel shares."""
        plan = self.study.plan(self.draws, seed=self.seed)
        buffers = executor.buffers(plan, min(CHUNK, self.draws))
        names = ("stock", "sales", "scrapped", "energy", "plug_in_stock", "plug_in_sales_share")
        retained: dict[str, list[Array]] = {name: [] for name in names}
        values = []
        for start in range(0, self.draws, CHUNK):
            stop = min(start + CHUNK, self.draws)
            part = buffers.rows(stop - start)
            sample(plan.sampling, start, stop, part.factors, part.values)
            self.study.model.evaluate(self.study.static, part.values, part.out, part.status)
            good = part.status == OK
            for name in names:
                retained[name].append(part.out[name][good])
            values.append(part.values[good])
        rows = np.concatenate(values)
        self.failed = self.draws - rows.shape[0]
        years = np.arange(self.first_year, self.study.problem.inputs.structure.years.horizon + 1.0)
        bio = {}
        for carrier in MJ_PER_KG:
            slot = self.inputs.slot("bio_share", carrier)
            drawn = rows[:, slot.column : slot.column + slot.count]
            bio[carrier] = path_values(slot.path, drawn, years)
        return {name: np.concatenate(parts) for name, parts in retained.items()}, bio

    def index(self, year: int) -> int:
        """Position of a year on the year axis."""
        return year - self.first_year

    def total(self, name: str, year: int) -> Array:
        """Sum of an output over the classes, float64[draw]."""
        return self.out[name][:, :, self.index(year)].sum(axis=1)

    def fuel(self, carrier: str, year: int, *, fossil: bool = False) -> Array:
        """Fuel burned, Mt/yr, float64[draw]; without its biofuel part where ``fossil``."""
        index = self.index(year)
        mass = self.out["energy"][:, self.carriers.index(carrier), index] / MJ_PER_KG[carrier]
        return mass * (1.0 - self.bio[carrier][:, index]) if fossil else mass

    def published(self, table: str, year: int, **labels: str) -> float:
        """One observed figure, in the base unit of its table."""
        return self.inputs.table(table).rows(**labels)[year]

    def source(self, table: str, year: int, **labels: str) -> str:
        """Source key of one observed figure."""
        columns = self.inputs.table(table).columns
        keep = columns["year"] == year
        for name, label in labels.items():
            keep &= columns[name] == label
        return str(columns["source"][keep][0])

    @cached_property
    def out_of_scope(self) -> float:
        """Median number of vehicles in the official count and outside the classes, million."""
        factor = next(f for f in self.study.problem.factors if f.quantity == "count_out_of_scope")
        return factor.implied[0][1] * factor.conversion / MILLION

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """All rows, in the order of the table."""
        groups: tuple[Callable[[Reality], Iterator[Check]], ...] = (
            total_stock,
            class_stock,
            deregistrations,
            plug_in_stock,
            registrations,
            fuel_use,
            sales_ratio,
            yearly_sales,
            plug_in_electricity,
        )
        return tuple(check for group in groups for check in group(self))


def path_values(knots: Knots, drawn: Array, years: Array) -> Array:
    """Interpolate a path by SciPy's monotone cubic (``docs/model.md``, Paths).

    Parameters
    ----------
    knots : Knots
        On a linear or a logit scale.
    drawn : float64[draw, knot]
    years : float64[year]

    Returns
    -------
    float64[draw, year]
    """
    fixed = [pair for pair in knots.anchors if pair[0] < knots.years[0]]
    at = [year for year, _ in fixed] + list(knots.years)
    anchors = np.tile([value for _, value in fixed], (drawn.shape[0], 1))
    values, inside = np.hstack([anchors, drawn]), np.clip(years, at[0], at[-1])
    if knots.scale == "logit":
        shares = np.clip(values, LOGIT_MARGIN, 1.0 - LOGIT_MARGIN)
        return np.asarray(expit(PchipInterpolator(at, logit(shares), axis=1)(inside)))
    return np.asarray(PchipInterpolator(at, values, axis=1)(inside))


def band(values: Array) -> tuple[float, float, float]:
    """5, 50 and 95 % of the draws."""
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return float(low), float(middle), float(high)


def around(value: float, share: float) -> tuple[float, float]:
    """Range of a relative distance either way."""
    return value * (1.0 - share), value * (1.0 + share)


def total_stock(real: Reality) -> Iterator[Check]:
    """Sum of the six classes and the police total less what is outside them."""
    for year in range(2019, 2026):
        counted = real.published("official_stock", year) / MILLION - real.out_of_scope
        bound = around(counted, Ranges.TOTAL_STOCK) if year in (2019, 2021, 2022, 2024) else None
        yield Check(
            key=f"stock_{year}",
            group="Vehicles in use at year end",
            what=f"Six classes, {year}",
            unit="million",
            band=band(real.total("stock", year)),
            published=counted,
            source=real.source("official_stock", year),
            allowed=bound,
            remark="the survival of private cars is solved for this count: proves nothing"
            if year == 2025
            else "",
        )


def class_stock(real: Reality) -> Iterator[Check]:
    """Each class and the yearbook of 2019, the last with classes."""
    remarks = {
        "service_car": "the figure is itself modelled, from registrations",
        "medium_truck": "registrations to 2014 were fitted to this and earlier stocks",
    }
    for position, name in enumerate(real.classes):
        counted = real.published("stock_by_class", 2019, vehicle_class=name) / MILLION
        yield Check(
            key=f"stock_2019_{name}",
            group="Vehicles in use at the end of 2019 by class",
            what=name.replace("_", " ").capitalize(),
            unit="million",
            band=band(real.out["stock"][:, position, real.index(2019)]),
            published=counted,
            source=real.source("stock_by_class", 2019, vehicle_class=name),
            allowed=around(counted, Ranges.CLASS_STOCK),
            remark=remarks.get(name, ""),
        )


def deregistrations(real: Reality) -> Iterator[Check]:
    """Vehicles that left, beside registrations less the growth of the register."""
    for year in range(2021, 2026):
        yield Check(
            key=f"scrapped_{year}",
            group="Vehicles that left the register",
            what=f"Six classes, {year}",
            unit="million/yr",
            band=band(real.total("scrapped", year)),
            published=real.published("deregistrations", year),
            source=real.source("deregistrations", year),
            remark="derived figure, whole register; error up to 1 million where stocks are rounded",
        )


def plug_in_stock(real: Reality) -> Iterator[Check]:
    """Plug-in vehicles in use and the police count of new-energy vehicles."""
    for year in range(2021, 2026):
        counted = real.published("new_energy_stock", year) / MILLION
        yield Check(
            key=f"plug_in_stock_{year}",
            group="Plug-in vehicles in use at year end",
            what=f"All classes, {year}",
            unit="million",
            band=band(real.out["plug_in_stock"][:, real.index(year)]),
            published=counted,
            source=real.source("new_energy_stock", year),
            allowed=around(counted, Ranges.PLUG_IN_STOCK) if year == 2024 else None,
            remark="the count holds fuel-cell vehicles too",
        )


def registrations(real: Reality) -> Iterator[Check]:
    """Registrations of 2024 and the plug-in part of them."""
    year, group = 2024, "New registrations of 2024 (an input: agreement shows that nothing is lost)"
    counted = real.published("registrations_total", year) / MILLION
    source = real.source("registrations_total", year)
    sold = real.out["sales"][:, :, real.index(year)]
    plugged = (sold * real.out["plug_in_sales_share"][:, :, real.index(year)]).sum(axis=1)
    yield Check(
        "registrations_2024", group, "Six classes", "million/yr", band(sold.sum(axis=1)),
        counted, source, around(counted, Ranges.REGISTRATIONS),
        "the count holds special vehicles and three-wheelers too",
    )  # fmt: skip
    share = real.published("new_energy_registrations", year) / MILLION / counted
    low, high = Ranges.PLUG_IN_SHARE
    yield Check(
        "plug_in_share_2024", group, "Plug-in part", "%",
        band(100.0 * plugged / sold.sum(axis=1)), 100.0 * share,
        real.source("new_energy_registrations", year), (100.0 * low, 100.0 * high),
    )  # fmt: skip


def fuel_use(real: Reality) -> Iterator[Check]:
    """Fuel burned by the six classes and fuel of all uses in the country."""
    for carrier in MJ_PER_KG:
        for year in (2019, 2021):
            counted = real.published("fuel_use", year, carrier=carrier)
            source = real.source("fuel_use", year, carrier=carrier)
            name = f"{carrier.capitalize()} {year}"
            group = "Fuel burned by the six classes, and fuel of all uses in the country"
            yield Check(
                f"{carrier}_{year}", group, f"{name}, biofuel included", "Mt/yr",
                band(real.fuel(carrier, year)), counted, source, (0.0, counted),
            )  # fmt: skip
            yield Check(
                f"{carrier}_{year}_fossil", group, f"{name}, without biofuel", "Mt/yr",
                band(real.fuel(carrier, year, fossil=True)), counted, source,
                remark="the scope of the published figure",
            )  # fmt: skip


def sales_ratio(real: Reality) -> Iterator[Check]:
    """Sales of the first projected year over the mean of the last three observed ones."""
    remarks = {
        "bus": "registrations of 2023-2025 are low for the stock and a mean life of nine years",
        "heavy_truck": "2023-2025 follow early purchases in 2020-2021 and are low for the stock",
        "medium_truck": "the class has been shrinking for many years",
        "private_car": "trade-in payments pulled purchases into 2024 and 2025",
    }
    sold = real.out["sales"]
    recent = sold[:, :, real.index(2023) : real.index(2025) + 1].mean(axis=2)
    for position, name in enumerate(real.classes):
        yield Check(
            key=f"sales_ratio_{name}",
            group="Sales of 2026 over the mean of 2023-2025",
            what=name.replace("_", " ").capitalize(),
            unit="1",
            band=band(sold[:, position, real.index(2026)] / recent[:, position]),
            allowed=Ranges.SALES_RATIO,
            remark=remarks.get(name, ""),
        )


def yearly_sales(real: Reality) -> Iterator[Check]:
    """The lowest and the highest year of projected sales."""
    sold = real.out["sales"][:, :, real.index(2026) :].sum(axis=1)
    middle = np.median(sold, axis=0)
    for key, index in (("lowest", int(middle.argmin())), ("highest", int(middle.argmax()))):
        yield Check(
            key=f"sales_{key}",
            group="Sales of 2026-2060, six classes",
            what=f"Year with the {key} median, {2026 + index}",
            unit="million/yr",
            band=band(sold[:, index]),
            allowed=Ranges.YEARLY_SALES,
        )


def plug_in_electricity(real: Reality) -> Iterator[Check]:
    """Electricity of plug-in vehicles; only another model's projection was found."""
    projected = real.inputs.table("plug_in_electricity").rows()
    for year in (2023, 2024, 2030):
        energy = real.out["energy"][:, real.carriers.index("electricity"), real.index(year)]
        known = year in projected
        yield Check(
            key=f"electricity_{year}",
            group="Electricity of road vehicles, at the plug",
            what=f"All classes, {year}",
            unit="TWh/yr",
            band=band(energy / MJ_PER_KWH),
            published=projected[year] / 1000.0 if known else None,
            source=real.source("plug_in_electricity", year) if known else "",
            remark="projection of another model, not a count" if known else "no count was found",
        )
