"""Hold a region's life cycle beside published figures: ``docs/life-cycle-<region>.md``.

    python -m docs.build.cycle china [--draws 4096] [--write]

Emissions of the whole life cycle, batteries and hydrogen are outputs of the model. A new car of one
model year is followed over its life with the intermediates of single draws, as ``mc-engine replay``
shows them: making and battery in its year, fuel and power of each later year, weighed by survival
and distance by age. Published figures are read from the observed tables of the region.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mc_engine.design.sampling import sample
from mc_engine.run import executor
from mc_engine.study import Study
from mc_engine.vocabulary.inputs import ModelInputs
from mc_engine.vocabulary.outputs import Intermediate

DOCS = Path(__file__).resolve().parents[1]
CAR = "private_car"
GASOLINE, ELECTRIC = "gasoline", "battery_electric"
CARRIER = {GASOLINE: "gasoline", ELECTRIC: "electricity"}
# Cars that are followed one by one; the band of the ratio does not need more.
FOLLOWED = 400
Array = NDArray[np.float64]


class Draw:
    """One draw of the region: its row, and its intermediates by name."""

    def __init__(self, inputs: ModelInputs, row: Array, trace: Sequence[Intermediate]) -> None:
        self.inputs, self.row = inputs, row
        self.known = {(one.meaning, one.whom, one.labels): one for one in trace}

    def number(self, quantity: str, *labels: str) -> float:
        """A scalar of the draw."""
        return float(self.row[self.inputs.slot(quantity, *labels).column])

    def series(self, meaning: str, whom: str, *labels: str) -> dict[int, float]:
        """An intermediate by year or age."""
        one = self.known[meaning, whom, labels]
        return dict(zip(one.at, one.values.tolist(), strict=True))


def car_per_km(draw: Draw, powertrain: str, year: int) -> float:
    """Life-cycle emissions of a new car over its life, g CO2e/km (V, E, F)."""
    electric = powertrain == ELECTRIC
    alive = draw.series(
        f"Share alive without waves, {'electric life' if electric else 'combustion'}", CAR
    )
    distance = draw.series("Distance at full use and age 0", CAR)
    tailpipe = draw.series("Tailpipe emissions", "", CARRIER[powertrain])
    supply = draw.series("Well-to-tank emission factor", "", CARRIER[powertrain])
    energy = draw.series("Energy on the first carrier", CAR, powertrain)[year]
    decline = draw.number("distance_age_decline", CAR)
    use = draw.number("use_ratio", CAR, powertrain)
    last, driven, burned = max(distance), 0.0, 0.0
    for age, share in alive.items():
        now = min(year + age, last)
        profile = 0.5 if age == 0 else float(np.exp(-decline * age))
        km = distance[now] * use * profile * share
        driven += km
        burned += km * energy * (tailpipe[now] + supply[now])
    made = draw.number("vehicle_making", CAR) * draw.number("making_ratio", CAR, powertrain)
    made *= draw.series("Production emissions relative to the base year", "")[year]
    made += draw.number("maintenance", CAR)
    if electric:
        size = draw.series("Battery of a new vehicle", CAR, powertrain)[year]
        made += size * draw.series("Making a battery", "")[year]
    return (burned + 1e3 * made) / driven


def band(values: Array) -> str:
    """Median and 5-95 % band, three digits."""
    low, middle, high = (
        f"{value:,.0f}" if value >= 100.0 else f"{value:.3g}"
        for value in np.quantile(values, [0.05, 0.5, 0.95])
    )
    return f"{middle} ({low} to {high})"


def fleet_rows(study: Study, draws: int) -> list[tuple[str, str, str]]:
    """What the model gives for the whole fleet: what, median and band, published figures."""
    plan = study.plan(draws, seed=0, chunk=draws, series=draws)
    buffers = executor.buffers(plan, draws)
    sample(plan.sampling, 0, draws, buffers.factors, buffers.values)
    study.model.evaluate(study.static, buffers.values, buffers.out, buffers.status)
    good = buffers.status == 0
    years = list(plan.coordinates["year"])
    tables = study.problem.inputs.tables
    total = buffers.out["emissions"][good].sum(axis=1)
    cycle = buffers.out["emissions"][good, 2]
    counted = tables["life_cycle_emissions"].rows()[2021]
    no_count = "no published total was found"
    rows = [
        ("Life cycle of the fleet, 2021, Mt CO2e", band(total[:, years.index(2021)]),
         f"{counted:,.0f} (EN_S82, scope of its fleet not stated)"),
        ("of it the vehicle cycle, 2021, Mt CO2e", band(cycle[:, years.index(2021)]), no_count),
    ]  # fmt: skip
    for what, name, unit, year in (
        ("Battery demand", "battery_demand", "GWh", 2024),
        ("Battery demand", "battery_demand", "GWh", 2030),
        ("Batteries retired", "battery_retirements", "GWh", 2030),
        ("Hydrogen demand", "hydrogen_demand", "Mt", 2035),
    ):
        values = buffers.out[name][good, years.index(year)]
        rows.append((f"{what}, {year}, {unit}", band(values), no_count))
    return rows


def car_rows(study: Study, followed: int) -> list[tuple[str, str, str]]:
    """A new electric car beside a gasoline car over their lives, per km."""
    plan = study.plan(followed, seed=0)
    buffers = executor.buffers(plan, followed)
    sample(plan.sampling, 0, followed, buffers.factors, buffers.values)
    inputs = study.problem.inputs
    published = inputs.tables["electric_car_life_cycle"].rows(powertrain=ELECTRIC)
    result: dict[int, list[tuple[float, float]]] = {2021: [], 2030: []}
    for row in buffers.values:
        draw = Draw(inputs, row, study.model.trace(inputs, study.static, row))
        for year, pairs in result.items():
            pairs.append(tuple(car_per_km(draw, p, year) for p in (ELECTRIC, GASOLINE)))
    rows = []
    for year, pairs in result.items():
        electric, gasoline = np.array(pairs).T
        beside = (
            f"{100.0 * published[year]:.1f} (EN_S82)" if year in published else "none was found"
        )
        rows += [
            (f"New electric car, {year}, g CO2e/km", band(electric), ""),
            (f"New gasoline car, {year}, g CO2e/km", band(gasoline), ""),
            (f"Electric over gasoline, {year}, %", band(100.0 * electric / gasoline), beside),
        ]
    return rows


def page(region: str, draws: int) -> str:
    """The page in Markdown."""
    study, followed = Study(region), min(draws, FOLLOWED)
    rows = [*fleet_rows(study, draws), *car_rows(study, followed)]
    lines = [
        f"# {region.title()}: the life cycle beside published figures",
        "",
        f"Written by `python -m docs.build.cycle {region} "
        f"--draws {draws} --write`; do not edit. Scenario "
        f"`{study.problem.scenario}`, {draws} draws, seed 0, priors `{study.problem.digest[:12]}`; "
        f"single cars: the first {followed} draws. Medians with the 5-95 % band of the priors.",
        "",
        "The published total does not say how it counts trucks and the making of spare parts and "
        "of vehicles for export. An agency puts an electric car of 2023 at 60 % of a car with an "
        "engine (EN_S85). No prior was tuned to a row of this page.",
        "",
        "| | model, median (5-95 %) | published |",
        "|---|---|---|",
        *(f"| {what} | {value} | {beside} |" for what, value, beside in rows),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Print the page, and write it on request."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("region")
    parser.add_argument("--draws", type=int, default=4096)
    parser.add_argument("--write", action="store_true", help="write the page")
    options = parser.parse_args(arguments)
    text = page(options.region, options.draws)
    print(text)
    if options.write:
        (DOCS / f"life-cycle-{options.region}.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
