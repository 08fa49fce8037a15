"""A toy model of one equation, outside the package, and a region for it."""

from tests.recipes.harness import Edit, Recipe
from tests.recipes.region import SCENARIO, TARGETS

MODEL = Recipe(
    "Add a model",
    (
        Edit(
            "toy_models/balance.py",
            '''"""Emissions of a stock that grows: one equation (E-1)."""

import numpy as np
from pydantic import BaseModel, ConfigDict

from mc_engine.model import OK
from mc_engine.vocabulary.axes import DRAW
from mc_engine.vocabulary.outputs import VariableSpec
from mc_engine.vocabulary.quantities import QuantitySpec


class Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Balance:
    name = "balance"
    quantities = (
        QuantitySpec("stock", "1", "Vehicles over those of today", "E-1", low=0.0),
        QuantitySpec("intensity", "1", "Emissions per vehicle over those of today", "E-1", low=0.0),
    )
    structure_schema = levers_schema = Nothing
    table_columns = {}
    status_codes = {OK: "OK: evaluated", 1: "NOT_FINITE: an input is not a finite number"}

    def labels(self, structure):
        return {}

    def coordinates(self, inputs):
        return {}

    def outputs(self, inputs):
        meaning = "Emissions over those of today"
        return (VariableSpec("change", (DRAW,), "1", meaning, "E-1", yearly=False),)

    def prepare(self, inputs):
        return np.array([inputs.slot(spec.name).column for spec in self.quantities])

    def evaluate(self, static, draws, out, status):
        values = draws[:, static[0]] * draws[:, static[1]]
        good = np.isfinite(values)
        out["change"][:] = np.where(good, values, np.nan)
        status[:] = np.where(good, OK, 1)


MODEL = Balance()
''',
            named="your own package",
        ),
        Edit(
            "toy_models/toyland/region.yaml",
            "schema_version: 1\ntitle: {en: Toyland}\nmodel: toy_models.balance:MODEL\n"
            "default_scenario: plain\nstructure: {}\n",
            named="region.yaml",
        ),
        Edit(
            "toy_models/toyland/inputs.yaml",
            "".join(
                f"{name}:\n  quantity: {name}\n  unit: '1'\n  meaning: Of the toy\n"
                "  kind: judgement\n  centre: none\n"
                "  distribution: {name: uniform, low: 0.5, high: 1.5}\n"
                "  sources: []\n  reason: A range about 1.\n"
                for name in ("stock", "intensity")
            ),
            named="priors",
        ),
        Edit("toy_models/toyland/sources.yaml", "{}\n", named="sources"),
        Edit("toy_models/toyland/scenarios/plain.yaml", SCENARIO, named="scenarios/"),
        Edit(
            "toy_models/toyland/targets.yaml",
            TARGETS.replace("y_at_most_9", "halved").replace("output: y", "output: change")
            .replace("at_most: 9", "at_most: 0.5"),
            named="targets.yaml",
        ),
        Edit(
            "toy_models/test_balance.py",
            '''"""The contract of models, and the product by hand."""

import numpy as np
import pytest

from mc_engine.vocabulary.inputs import ModelInputs, Slot
from tests.models.conformance import ModelConformance, run
from toy_models.balance import MODEL, Nothing


def case():
    slots = {(name, ()): Slot(name, (), k) for k, name in enumerate(("stock", "intensity"))}
    rows = np.random.default_rng(1).uniform(0.5, 1.5, (20, 2))
    return MODEL, ModelInputs("toyland", Nothing(), slots, {}, None, width=2), rows


class TestConformance(ModelConformance):
    @pytest.fixture(scope="class", name="case")
    @classmethod
    def fixture(cls):
        return case()


def test_emissions_are_the_product():
    model, inputs, rows = case()
    out, _ = run((model, inputs, rows), rows)
    np.testing.assert_array_equal(out["change"], rows[:, 0] * rows[:, 1])
''',
            named="conformance tests of models",
        ),
    ),
    (
        ("pytest", "toy_models/test_balance.py"),
        ("mc-engine", "check", "toy_models/toyland", "--model", "toy_models.balance:MODEL"),
        ("mc-engine", "run", "toy_models/toyland", "--model", "toy_models.balance:MODEL",
         "--draws", "500", "--out", "run"),
        ("mc-engine", "rank", "run", "--base", "64", "--trajectories", "4"),
        ("mc-engine", "report", "run"),
    ),
)  # fmt: skip
