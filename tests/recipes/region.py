"""A toy region, with English titles alone, and one more target."""

from tests.recipes.harness import ANALYTIC, Edit, Recipe

TARGETS = """targets:
  y_at_most_9:
    title: {en: The value stays at or below 9}
    rule: threshold
    output: y
    at_most: 9
    status: analyst
    covers: sector
    sources: []
    reason: A limit in the upper tail.
"""
_PRIOR = """x{0}:
  quantity: x{0}
  unit: "1"
  meaning: Argument {0}
  kind: judgement
  centre: none
  distribution: {{name: uniform, low: -3, high: 3}}
  sources: []
  reason: A range about the origin.
"""
SCENARIO = """title: {en: As it is}
status: analyst
sources: []
reason: Nothing is changed.
levers: {}
"""

REGION = Recipe(
    "Add a region",
    (
        Edit(
            "priors/toyland/region.yaml",
            "schema_version: 1\ntitle: {en: Toyland}\nmodel: ishigami\ndefault_scenario: plain\n"
            "structure: {}\n",
            named="region.yaml",
        ),
        Edit(
            "priors/toyland/arguments.yaml",
            "".join(map(_PRIOR.format, (1, 2, 3))),
            named="one file per group",
        ),
        Edit("priors/toyland/targets.yaml", TARGETS, named="targets.yaml"),
        Edit("priors/toyland/scenarios/plain.yaml", SCENARIO, named="scenarios/"),
    ),
    (
        ("mc-engine", "check", "toyland"),
        ("mc-engine", "run", "toyland", "--draws", "1000", "--out", "run"),
        ("mc-engine", "report", "run"),
        ("pytest", "tests/test_names.py"),
    ),
)

TARGET = Recipe(
    "Add a target",
    (
        Edit(
            f"{ANALYTIC}/targets.yaml",
            TARGETS.removeprefix("targets:\n"),
            after="targets:\n",
            named="targets.yaml",
        ),
    ),
    (
        ("mc-engine", "check", ANALYTIC),
        ("mc-engine", "run", ANALYTIC, "--draws", "200", "--out", "run"),
    ),
)
