"""Write docs/hindcast-<region>.md: the past, scored, and what it leaves of the draws.

    python -m docs.build.hindcast china [--draws 200000] [--most 10000000] [--write]

Everything on the page is computed here; nothing is typed in.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docs.build.hindcast_figure import Counted, Panel, svg
from mc_engine.calibrate import fit
from mc_engine.calibrate.likelihood import moments
from mc_engine.hindcast.hindcast import hindcast, representative_draws
from mc_engine.hindcast.observables import read_observables
from mc_engine.hindcast.skill import backtest
from mc_engine.intervals import weighted_quantiles
from mc_engine.report import hindcast as words
from mc_engine.run.options import RunRequest
from mc_engine.study import Study, vintages

DOCS = Path(__file__).resolve().parents[1]
BAND = (0.05, 0.5, 0.95)
# Words for a distance of at most so many errors; series of which several sources speak.
VERDICTS = ((1.0, "followed"), (2.0, "at its edge"), (float("inf"), "not followed"))
SOURCES = ("gasoline", "diesel", "co2_")

Array = NDArray[np.float64]


class Ends:
    """What the model gave in the draws that tell the prior, and in those that are left."""

    def __init__(self, found: Any) -> None:
        posterior = found.posterior
        self.series = {one.name: one for one in posterior.series}
        self.prior, self.left = representative_draws(posterior)
        self.weight = posterior.constraint.weight[self.left]
        self.before = read_observables(posterior.run, posterior.series, self.prior)
        self.after = read_observables(posterior.sampled, posterior.series, self.left)

    def bands(self, name: str) -> tuple[Array, Array]:
        """5, 50 and 95 % by year, before and after; float64[year, 3]."""
        before = weighted_quantiles(self.before[name], None, BAND).T
        return before, weighted_quantiles(self.after[name], self.weight, BAND).T

    def rank_correlation(self, before: list[Array], after: list[Array]) -> tuple[float, float]:
        """Spearman's between two inputs, before and after."""
        prior = [np.argsort(np.argsort(values[self.prior])) for values in before]
        left = [np.argsort(np.argsort(values[self.left])) for values in after]
        both = np.cov(*left, aweights=self.weight)
        result = both[0, 1] / np.sqrt(both[0, 0] * both[1, 1])
        return float(np.corrcoef(*prior)[0, 1]), float(result)


def panels(ends: Ends) -> list[Panel]:
    """Road fuel and road CO2, each beside every source, turned into the model's own scope."""
    by_name, bands = ends.series, ends.bands

    def counted(name: str, label: str) -> Counted:
        one = by_name[name]
        shift, _ = moments(one)
        return Counted(label, one.years, [value / np.exp(shift) for value in one.values])

    drawn = []
    for name, title in (("gasoline", "Gasoline on the road"), ("diesel", "Diesel on the road")):
        prior, left = bands(name)
        drawn.append(
            Panel(title, "Mt/yr", by_name[name].years, prior, left,
                  [counted(name, "statistics, road part")])
        )  # fmt: skip
    prior, left = bands("co2_edgar")
    sources = {
        "co2_official": "national report",
        "co2_edgar": "EDGAR v9",
        "co2_climate_watch": "Climate Watch",
        "co2_climate_trace": "Climate TRACE",
        "co2_jiaotong": "Beijing Jiaotong",
    }
    drawn.append(
        Panel("Tank-to-wheel CO2 of the road", "Mt CO2/yr", by_name["co2_edgar"].years, prior, left,
              [counted(name, label) for name, label in sources.items()])
    )  # fmt: skip
    return drawn


def correlation(found: Any, ends: Ends) -> list[str]:
    """Rank correlation between distances and consumptions, before and after."""
    rows = []
    posterior = found.posterior
    with posterior.run.draws as draws, posterior.sampled.draws as aimed:
        names = [str(name) for name in draws["parameter"].values]
        for one in names:
            other = one.replace("_distance", "_fuel")
            if other == one or other not in names:
                continue
            columns = [names.index(one), names.index(other)]
            before, after = ends.rank_correlation(
                *(
                    [stored["parameters"].isel(parameter=column).values for column in columns]
                    for stored in (draws, aimed)
                )
            )
            rows.append(f"| {one} | {other} | {before:+.2f} | {after:+.2f} |")
    return rows


def followed(found: Any, ends: Ends) -> list[str]:
    """Which of the sources the constrained draws follow: distances in errors of each source."""
    scores = {one.name: one for one in found.after}
    rows = []
    for name, one in ends.series.items():
        if not name.startswith(SOURCES):
            continue
        before = float(fit(one, ends.before[name]).implausibility.mean())
        after = float(np.average(fit(one, ends.after[name]).implausibility, weights=ends.weight))
        says = next(text for most, text in VERDICTS if after <= most)
        years = f"{one.years[0]}-{one.years[-1]}" if len(one.years) > 1 else f"{one.years[0]}"
        part = "constrains" if one.fits else "shown only"
        bias = 100.0 * scores[name].bias
        rows.append(
            f"| {one.title['en']} | {years} | {part} | {before:.2f} | {after:.2f} | "
            f"{bias:+.0f} % | {says} |"
        )
    return rows


def page_of_sources(found: Any, ends: Ends) -> list[str]:
    """The section on the sources that disagree."""
    return [
        "## Which source the constrained draws follow",
        "",
        "How far the draws are from a source: the root mean square of the standardised residuals",
        "of its years, in errors of that source, as observations.yaml states them. The truth would",
        "have about 1. A source that is only shown has no say. Those that constrain pull by the",
        "sharpness of their errors: fuel statistics know a year to 3 and 4 %, the inventories,",
        "built from the same statistics or from counts of traffic, to 5 to 10 %.",
        "",
        "| source | years | part | prior | constrained | bias | |",
        "|---|---|---|---|---|---|---|",
        *followed(found, ends),
        "",
    ]


def page(region: str, found: Any, ends: Ends) -> str:
    """Put the page together."""
    text = words.text(found)
    posterior, pairs = found.posterior, correlation(found, ends)
    constraint = posterior.constraint
    plain, prior = posterior.prior_constraint, posterior.run.manifest["draws"]
    left = f"{plain.effective:,.0f} effective draws of {prior:,}"
    rows = [
        "| distance | consumption | among all draws | constrained |", "|---|---|---|---|", *pairs,
    ]  # fmt: skip
    refused = [
        "",
        "That is too few for constrained chances, so none are given. Constrained bands and scores",
        "stand below to show where the past pulls and where the model cannot follow it.",
    ]
    aimed = [
        "",
        "Adaptive importance sampling (equation C-3, decision",
        f"[0022](decisions/0022-draws-aimed-at-the-past.md)) leave {constraint.effective:,.0f} of",
        f"{posterior.sampled.manifest['draws']:,}; the largest weight is",
        f"{100 * constraint.largest:.2g} % of all. The constrained figures rest on these.",
    ]
    refused = aimed if posterior.sufficient else refused
    alt = "Road fuel and CO2: prior and constrained bands, and every source"
    lines = [
        f"# {region.title()}: the past, scored",
        "",
        f"Made by `python -m docs.build.hindcast {region} --write`; nothing here is typed in. The",
        f"observations and their errors stand in `priors/{region}/observations.yaml`, hash",
        f"`{posterior.digest}`. That file says which errors were written down first, what they",
        "ruled out, and what was widened before any weight was computed. No prior was touched.",
        "",
        f"The observations leave {left} of the priors.",
        f"The series that removes most draws is `{plain.most_constraining}`.",
        *refused,
        "",
        f"![{alt}](figures/hindcast-{region}.svg)",
        "",
        "Dots are what a source counts, turned into the model's scope by the middle of its scope",
        "factors (the road's share of all uses, diesel that goes unreported, ethanol).",
        "",
        "```text",
        text,
        "```",
        "",
        *page_of_sources(found, ends),
        *(["## Distance and consumption", "", *rows, ""] if pairs else []),
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the scores; write page and figure on request."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("region")
    parser.add_argument("--draws", type=int, default=200_000)
    parser.add_argument("--most", type=int, default=10_000_000)
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--write", action="store_true", help="write page and figure")
    options = parser.parse_args()
    region = options.region
    request = RunRequest(draws=options.draws, series=0)
    result = hindcast(Study(region), replace(request, out=options.out), max_draws=options.most)
    backtests = [
        backtest(Study(folder), result.posterior.series, request) for folder in vintages(region)
    ]
    result = replace(result, backtests=tuple(backtests))
    print(words.text(result))
    if options.write:
        ends = Ends(result)
        figure = DOCS / "figures" / f"hindcast-{region}.svg"
        figure.write_text(svg(panels(ends)), encoding="utf-8")
        (DOCS / f"hindcast-{region}.md").write_text(page(region, result, ends), encoding="utf-8")


if __name__ == "__main__":
    main()
