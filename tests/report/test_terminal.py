"""The summary on the terminal: every figure it owes, and nothing a terminal would obey."""

import pytest

from mc_engine.report.terminal import amount, chance, percent, summary, table
from mc_engine.risk import summarise
from tests.risk.datasets import make_draws, normal_margins

MANIFEST = {
    "title": {"en": "Testland"},
    "region": "testland",
    "scenario": "stated_plans",
    "identity": "0123456789abcdef",
    "uncertain_inputs": 12,
    "counts": {"observed": 1, "sourced": 4, "judgement": 7},
    "design": {"seed": 0, "name": "random", "note": ""},
    "mc_engine": "0.1.0",
}


def risk_of(draws, years=(2010, 2060)):
    return {**summarise(draws, last_observed=2025), "bands": {"year": list(years)}}


@pytest.fixture(scope="module")
def risk():
    return risk_of(make_draws(normal_margins(400, shift=0.5), failed=(3, 7)))


@pytest.fixture(scope="module")
def lines(risk):
    return summary(risk, MANIFEST, "results/testland").splitlines()


def row(lines, start):
    """Cells of the first line that starts with some words."""
    found = next(line for line in lines if line.strip().startswith(start))
    return [cell for cell in found.strip().split("  ") if cell]


def test_it_begins_with_what_was_run(lines):
    assert lines[0] == ("Testland, scenario 'stated plans', 400 draws of 12 uncertain inputs")


def test_a_target_has_its_chance_interval_and_shortfall(risk, lines):
    target = risk["targets"][0]
    assert [cell.strip() for cell in row(lines, "t0")] == [
        "t0",
        "analyst",
        percent(target["p_miss"]),
        f"{percent(target['low'])} to {percent(target['high'])}",
        f"{amount(target['shortfall_mean'])} Mt CO2e/yr",
    ]


def test_the_residual_of_the_last_year_has_its_band_and_the_removals(risk, lines):
    assert "left in 2060, Mt CO2e/yr" in row(lines, "left in")[0]
    assert row(lines, "left in")[-1].strip() == "removals for 95 % confidence of net zero"
    band = risk["residual"]["wtw"]
    needed = risk["removals_required"]["wtw"][-1]
    assert needed["confidence"] == 0.95
    found = [line for line in lines if line.strip().startswith("tailpipe and fuel supply")]
    assert found[-1].split("(wtw)")[1].split() == [
        amount(band["p50"]), amount(band["p5"]), "to", amount(band["p95"]),
        amount(needed["removals"]),
    ]  # fmt: skip


def test_the_peak_has_its_median_year_and_band(risk, lines):
    low, middle, high = risk["peak_year"]["ttw"]
    past = percent(risk["peak_past"]["ttw"]["p"])
    (found, _) = [line for line in lines if line.strip().startswith("tailpipe (ttw)")]
    assert found.split("(ttw)")[1].split() == [
        str(middle), str(low), "to", str(high), *past.split()
    ]  # fmt: skip


def test_draws_failed_and_clipped_are_counted(risk, lines):
    assert risk["failed"] == 2
    assert lines[-3:] == [
        f"draws 400, failed 2, with sales clipped at zero {risk['clipped']}; inputs: "
        "1 observed, 4 sourced, 7 judgement",
        "run 0123456789abcdef, seed 0, random design, mc_engine 0.1.0",
        "stored in results/testland",
    ]


def test_no_line_is_wider_than_a_hundred_columns(lines):
    assert [line for line in lines if len(line) > 100] == []


def test_a_note_of_the_design_is_told(risk):
    design = {"seed": 0, "name": "sobol", "note": "100 draws rounded up to 128"}
    text = summary(risk, MANIFEST | {"design": design}, "x")
    assert text.splitlines()[-2] == "100 draws rounded up to 128"


def test_dates_of_the_whole_economy_are_marked(risk):
    economy = {**risk, "targets": [{**risk["targets"][0], "covers": "economy"}]}
    assert "Dates set for the whole economy are applied" in summary(economy, MANIFEST, "x")
    assert "Dates set" not in summary(risk, MANIFEST, "x")


def test_few_misses_are_marked():
    margins = normal_margins(400, shift=9.0)
    margins[:3, 1] = -1.0
    text = summary(risk_of(make_draws(margins)), MANIFEST, "x")
    assert "Fewer than 5 misses seen: t1; more draws would tell more." in text


def test_a_model_without_emissions_has_no_peak_and_no_residual(risk):
    kept = ("draws", "failed", "clipped", "level", "targets")
    text = summary({key: risk[key] for key in kept}, MANIFEST, "x")
    assert "peak of emissions" not in text
    assert "left in" not in text


def test_a_scope_without_a_residual_is_left_out(risk):
    nothing = dict.fromkeys(risk["residual"])
    text = summary({**risk, "residual": nothing, "residual_above": {}}, MANIFEST, "x")
    assert "left in" not in text


def test_without_trajectories_the_last_year_has_no_number(risk):
    assert "left in the last year, Mt CO2e/yr" in summary({**risk, "bands": {}}, MANIFEST, "x")


def test_nothing_is_shown_that_a_terminal_would_obey(risk):
    title = {"en": "Test\x1b[2Jland\r\x07"}
    text = summary(risk, MANIFEST | {"title": title}, "a\nb")
    assert [letter for letter in text if not letter.isprintable() and letter != "\n"] == []
    assert text.startswith("Test\ufffd[2Jland\ufffd\ufffd, scenario")
    assert text.endswith("stored in a\ufffdb")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "unknown"), (0.0, "0 %"), (1.0, "100 %"), (0.5, "50 %"), (0.123, "12 %"),
        (0.0123, "1.2 %"), (0.987, "98.7 %"), (0.00012, "0.01 %"), (0.99988, "99.99 %"),
    ],
)  # fmt: skip
def test_a_share_has_the_digits_it_deserves(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"), (0.0, "0.00"), (1.234, "1.23"), (9.949, "9.95"),
        (12.34, "12.3"), (99.6, "100"), (1234.5, "1,234"), (-45.6, "-45.6"),
    ],
)  # fmt: skip
def test_an_amount_has_three_figures(value, text):
    assert amount(value) == text


@pytest.mark.parametrize(
    ("p_miss", "misses", "text"),
    [(0.0, 0, "below 3.0 %"), (1.0, 100, "above 1.0 %"), (0.5, 50, "50 %"), (None, 0, "unknown")],
)
def test_a_chance_never_seen_is_bounded(p_miss, misses, text):
    found = {"p_miss": p_miss, "misses": misses, "low": 0.01, "high": 0.03}
    assert chance(found, 100) == text


def test_a_table_is_aligned():
    assert table(("a", "b"), [("long", "1"), ("x", "200")]) == [
        "  a       b", "  ----  ---", "  long    1", "  x     200"
    ]  # fmt: skip
