"""The analytic region with a setting, scenarios and levers of its own; answers known on paper."""

import shutil
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "data" / "analytic"
# x3 spans the whole range, or none of it: y = sin x1 + 7 sin^2 x2 without its third term.
SETTINGS = """\
settings:
  third:
    title: {en: Third argument, zh: 第三自变量}
    options: {drawn: {en: Drawn, zh: 抽样}, zero: {en: Zero, zh: 零}, half: {en: Half, zh: 一半}}
    sources: []
    reason: For the test.
  label:
    title: {en: A word, zh: 词}
    options: {a: {en: First, zh: 一}, b: {en: Second, zh: 二}}
    sources: []
    reason: It changes nothing.
structure: {}
"""
TWIN = """\
{name}:
  quantity: x3
  unit: "1"
  meaning: Third argument, in radians
  kind: judgement
  centre: none
  distribution: {law}
  when: {{third: {option}}}
  sources: []
  reason: For the test.
"""
SCENARIO = """\
title: {en: Shifted, zh: 偏移}
status: analyst
sources: []
reason: The second argument is moved.
levers: {}
"""
LEVERS = """\
levers:
  second:
    title: {en: Second argument, zh: 第二自变量}
    status: analyst
    sources: []
    reason: One step of its score.
    step: {shifts: {x2: 1}}
"""


def write_region(base: Path) -> Path:
    """Write the region, and give its folder."""
    folder = base / "analytic"
    shutil.copytree(SOURCE, folder)
    region = (folder / "region.yaml").read_text(encoding="utf-8")
    (folder / "region.yaml").write_text(region.replace("structure: {}\n", SETTINGS), "utf-8")
    arguments = (folder / "arguments.yaml").read_text(encoding="utf-8")
    third = arguments.index("x3:\n")
    drawn = "{name: uniform, low: -3.141592653589793, high: 3.141592653589793}"
    twins = TWIN.format(name="x3", law=drawn, option="drawn")
    twins += TWIN.format(name="x3_zero", law="{name: constant, value: 0}", option="zero")
    twins += TWIN.format(name="x3_half", law="{name: uniform, low: -1, high: 1}", option="half")
    (folder / "arguments.yaml").write_text(arguments[:third] + twins, "utf-8")
    for name, shift in (("a_shifted", 0.5), ("z_shifted", -1.0)):
        text = SCENARIO + f"shifts: {{x2: {shift}}}\n"
        (folder / "scenarios" / f"{name}.yaml").write_text(text, "utf-8")
    (folder / "levers.yaml").write_text(LEVERS, "utf-8")
    return folder
