"""A model of three lines and a region for it, as small as a region can be."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from mc_engine.vocabulary.quantities import QuantitySpec


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Years(_Strict):
    last_observed: int
    horizon: int


class Structure(_Strict):
    years: Years
    vehicle_classes: tuple[str, ...]
    weights: Mapping[str, Annotated[float, Field(ge=0)]] = {}
    odd_years: tuple[int, ...] = ()


class Lever(_Strict):
    multiplier: float
    start: int


class Levers(_Strict):
    demand: Mapping[str, Lever] = {}


_C = ("vehicle_class",)
QUANTITIES = (
    QuantitySpec("distance_level", "km/yr", "Distance", "U-1", _C, low=0.0),
    QuantitySpec("energy_new", "MJ/km", "Energy", "E-1", _C, low=0.0),
    QuantitySpec("ownership_form", "1", "Form", "D-2", _C, default=0.0, low=0.0, high=1.0),
    QuantitySpec("share", "1", "Share", "A-1", _C, "path", low=0.0, high=1.0),
    QuantitySpec("bio_share", "1", "Bio", "F-3", (), "path", default=0.0, low=0.0, high=1.0),
    QuantitySpec("intensity", "g CO2e/kWh", "Grid", "F-4", (), "path", low=0.0),
    QuantitySpec("growth", "1/yr", "Growth", "D-4", ("vehicle_class", "odd_year"), default=0.25),
    QuantitySpec("drift", "1/yr", "Drift", "D-3"),
    QuantitySpec("life", "yr", "Life", "T-1", _C, low=1.0, high=60.0),
)


class TinyModel:
    """Just enough of the contract for the loader."""

    name = "tiny"
    quantities = QUANTITIES
    structure_schema = Structure
    levers_schema = Levers
    table_columns: Mapping[str, tuple[str, ...]] = {"stock": ("vehicle_class",), "count": ()}
    status_codes: Mapping[int, str] = {0: "OK"}

    def labels(self, structure: Any) -> Mapping[str, Sequence[str]]:
        return {
            "vehicle_class": structure.vehicle_classes,
            "odd_year": [str(year) for year in structure.odd_years],
        }


TinyModel.coordinates = TinyModel.outputs = TinyModel.prepare = TinyModel.evaluate = lambda *_: None

MODEL = TinyModel()

FILES = SimpleNamespace(
    region="""\
schema_version: 1
title: {en: Testland, zh: 试验地}
model: tiny
default_scenario: plans
settings:
  gwp:
    title: {en: Horizon of warming, zh: 增温期限}
    options: {"100": {en: 100 years, zh: 100年}, "20": {en: 20 years, zh: 20年}}
    sources: []
    reason: Both horizons are in use.
structure:
  years: {last_observed: 2024, horizon: 2060}
  vehicle_classes: [cart, wagon]
""",
    use="""\
cart_distance:
  quantity: distance_level
  for: {vehicle_class: [cart]}
  unit: km/yr
  meaning: Distance per cart and year
  kind: sourced
  centre: median
  distribution: {name: lognormal, p5: 7500, p50: 8800, p95: 10500}
  sources: [S_ONE]
  reason: Two surveys.
wagon_distance:
  quantity: distance_level
  for: {vehicle_class: [wagon]}
  unit: 1000 km/yr
  meaning: Distance per wagon and year
  kind: judgement
  centre: none
  distribution: {name: uniform, low: 20, high: 30}
  sources: []
  reason: Between two readings.
wheel_energy:
  quantity: energy_new
  for: {vehicle_class: [cart, wagon]}
  unit: MJ/km
  meaning: Energy per distance
  kind: observed
  centre: mean
  distribution: {name: normal, mean: 2, sd: 0.1}
  sources: [S_ONE]
  reason: Measured.
cart_share:
  quantity: share
  for: {vehicle_class: [cart]}
  unit: "%"
  meaning: Share of carts
  kind: judgement
  centre: median
  path:
    scale: logit
    anchors: {2024: 51.0}
    after_last: flat
    monotone: increasing
    knots:
      2030: {name: beta, a: 21.49, b: 5.51, low: 0, high: 100}
      2035: {name: beta, a: 20, b: 2, low: 0, high: 100}
  sources: []
  reason: Plans.
drift:
  quantity: drift
  unit: 1/yr
  meaning: Drift
  kind: observed
  centre: none
  distribution: {name: constant, value: 0.01}
  sources: [S_ONE]
  reason: Counted.
""",
    correlations="""\
correlations:
  - {between: [cart_distance, wheel_energy], spearman: -0.6, kind: judgement, sources: [],
     reason: joint fuel balance}
""",
    targets="""\
targets:
  peak_ttw_2030:
    title: {en: Peak before 2030, zh: 2030年前达峰}
    rule: peak_before
    scope: ttw
    year: 2030
    status: official_plan
    covers: economy
    sources: [S_ONE]
    reason: The plan says so.
""",
    scenario="""\
title: {en: Plans, zh: 计划}
status: analyst
sources: []
reason: As planned.
levers: {demand: {cart: {multiplier: 0.9, start: 2026}}}
shifts: {cart_share: 0.5}
settings: {gwp: "100"}
""",
    stock="""\
vehicle_class,year,value,unit,source,label,note
cart,2023,1.5,million,S_ONE,observed,
cart,2024,1.6,million,S_ONE,observed,=counted
wagon,2024,20000,vehicles,S_ONE,derived,
""".replace("20000,vehicles", "0.02,million"),
    sources="""\
S_ONE:
  title: A survey
  publisher: An office
  year: 2022
  original: https://example.org/a
  read_in: https://example.org/a
  licence: CC BY 4.0
""",
)

PLACES = {
    "land/region.yaml": FILES.region,
    "land/use.yaml": FILES.use,
    "land/correlations.yaml": FILES.correlations,
    "land/targets.yaml": FILES.targets,
    "land/scenarios/plans.yaml": FILES.scenario,
    "land/observed/stock.csv": FILES.stock,
    "sources.yaml": FILES.sources,
}


def write_region(base: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Path:
    """Write the good region with some files replaced (None: left out), and give its folder."""
    for index, content in {**PLACES, **(changes or {})}.items():
        if content is None:
            continue
        path = base / index
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return base / "land"
