"""Several runs side by side, larger residuals, joint misses: widths, ranges, what is left out."""

import pytest

from mc_engine.report.several import points
from mc_engine.report.terminal import blocks, bounded, chance_with_range, summary
from mc_engine.risk import summarise
from tests.risk.datasets import make_draws, normal_margins

MANIFEST = {
    "title": {"en": "Testland"},
    "region": "land",
    "scenario": "plans",
    "uncertain_inputs": 3,
    "counts": {"observed": 1, "sourced": 1, "judgement": 1},
    "identity": "0123456789abcdef",
    "design": {"seed": 0, "name": "random"},
    "mc_engine": "0",
}


def shown(margins=None):
    draws = make_draws(normal_margins() if margins is None else margins)
    return summary(summarise(draws, last_observed=2025), MANIFEST, "results/x").splitlines()


def test_no_line_is_longer_than_a_hundred():
    assert max(map(len, shown())) <= 100


def test_the_chance_of_a_larger_residual_stands_for_every_share():
    lines = shown()
    place = next(k for k, line in enumerate(lines) if "more left in" in line)
    shares = [line.split("%")[0].strip() for line in lines[place + 2 : place + 7]]
    assert [float(share) for share in shares] == [1.0, 2.0, 5.0, 10.0, 20.0]


def test_the_chance_that_all_is_met_stands_with_its_range():
    line = next(line for line in shown() if line.startswith("Chance that all 2 targets are met: "))
    assert line.count("%") == 3


def test_misses_that_go_together_stand_beside_the_chance_alone():
    lines = shown()
    place = next(k for k, line in enumerate(lines) if line.startswith("  if missed"))
    assert sorted(line.split()[0] for line in lines[place + 2 : place + 4]) == ["t0", "t1"]


def test_one_target_has_no_joint_table():
    assert not any("targets are met" in line for line in shown(normal_margins(targets=1)))


def test_a_miss_never_seen_is_bounded():
    row = {"p_miss": 0.0, "low": 0.0, "high": 0.003, "misses": 0}
    assert chance_with_range(row, 1000) == "below 0.3 %"


def test_a_chance_stands_with_its_range():
    assert bounded({"p": 0.5, "low": 0.45, "high": 0.55}) == "50 % (45 % to 55 %)"


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ((-0.123, -0.2, -0.05), "-12 (-20 to -5)"),
        ((0.012, -0.001, 0.025), "+1.2 (-0.1 to +2.5)"),
        ((-0.0001, -0.002, 0.002), "+0.0 (-0.2 to +0.2)"),
    ],
)
def test_a_difference_is_in_percentage_points(row, text):
    assert points(dict(zip(("difference", "low", "high"), row, strict=True))) == text


def test_wide_tables_are_cut_into_blocks():
    header = ["name", *(f"column_{k}" for k in range(9))]
    lines = blocks(header, [["first", *("x" * 18 for _ in range(9))]])
    assert max(map(len, lines)) <= 100
    assert [line.split()[0] for line in lines if line and line.strip()[0] != "-"] == [
        "name",
        "first",
    ] * 3


def test_a_column_wider_than_the_page_stands_alone():
    lines = blocks(["name", "a", "b"], [["x", "y" * 120, "z"]])
    assert sum(line.startswith("  name") for line in lines) == 2
