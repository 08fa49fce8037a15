"""Write docs/hindcast-china.md: the past of China, scored, and what it leaves of the draws.

    python benchmarks/hindcast_china.py [--draws 200000] [--most 10000000] [--write]

Everything on the page is computed here; nothing is typed in.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.hindcast_figure import Counted, Panel, svg  # noqa: E402, needs ROOT
from mc_engine.calibrate.likelihood import moments  # noqa: E402
from mc_engine.intervals import weighted_quantiles  # noqa: E402
from mc_engine.report import hindcast as words  # noqa: E402
from mc_engine.study import Study, hindcast, vintages  # noqa: E402

REGION = "china"
PAGE, FIGURE = ROOT / "docs" / "hindcast-china.md", ROOT / "docs" / "figures" / "hindcast-china.svg"
BAND = (0.05, 0.5, 0.95)

Array = NDArray[np.float64]


def panels(found: Any) -> list[Panel]:
    """Road fuel and road CO2, each beside every source, turned into the model's own scope."""
    modelled = hindcast.answers(found.run, found.series)
    weight = found.constraint.weight
    by_name = {one.name: one for one in found.series}

    def bands(name: str) -> tuple[Array, Array]:
        values = modelled[name]
        good = np.isfinite(values).all(axis=1)
        prior = weighted_quantiles(values[good][:200_000], None, BAND).T
        return prior, weighted_quantiles(values[good], weight[good], BAND).T

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


def correlation(found: Any) -> list[str]:
    """Rank correlation between distances and consumptions, before and after."""
    with found.run.draws as draws:
        names = [str(name) for name in draws["parameter"].values]
        good = draws["status"].values == 0
        weight = found.constraint.weight
        kept = np.flatnonzero(good & (weight > hindcast.NEGLIGIBLE * weight.max()))
        some = np.flatnonzero(good)[: hindcast.PRIOR_DRAWS]
        rows = []
        for one in names:
            other = one.replace("_distance", "_fuel")
            if other == one or other not in names:
                continue
            pair = [
                draws["parameters"].isel(parameter=names.index(name)).values
                for name in (one, other)
            ]
            prior = [np.argsort(np.argsort(values[some])) for values in pair]
            left = [np.argsort(np.argsort(values[kept])) for values in pair]
            both = np.cov(*left, aweights=weight[kept])
            after = both[0, 1] / np.sqrt(both[0, 0] * both[1, 1])
            rows.append((one, other, float(np.corrcoef(*prior)[0, 1]), float(after)))
    return [f"| {a} | {b} | {x:+.2f} | {y:+.2f} |" for a, b, x, y in rows]


def page(found: Any, earlier: list[Any], pairs: list[str]) -> str:
    """Put the page together."""
    text = words.text(found, earlier)
    constraint = found.constraint
    left = f"{constraint.effective:,.0f} effective draws of {found.run.manifest['draws']:,}"
    rows = [
        "| distance | consumption | among all draws | constrained |", "|---|---|---|---|", *pairs,
    ]  # fmt: skip
    refused = [
        "",
        "That is too few for constrained chances, so none are given. Constrained bands and scores",
        "stand below to show where the past pulls and where the model cannot follow it.",
    ]
    refused = [] if found.enough else refused
    alt = "Road fuel and CO2: prior and constrained bands, and every source"
    lines = [
        "# China: the past, scored",
        "",
        "Made by `python benchmarks/hindcast_china.py --write`; nothing here is typed in. The",
        "observations and their errors stand in `priors/china/observations.yaml`, hash",
        f"`{found.digest}`. That file says which errors were written down first, what they ruled",
        "out, and what was widened before any weight was computed. No prior was touched.",
        "",
        f"The observations leave {left}.",
        f"The series most to blame for how few is `{constraint.to_blame}`.",
        *refused,
        "",
        f"![{alt}](figures/hindcast-china.svg)",
        "",
        "Dots are what a source counts, turned into the model's scope by the middle of its bridges",
        "(the road's share of all uses, diesel that goes unreported, ethanol).",
        "",
        "```text",
        text,
        "```",
        "",
        *(["## Distance and consumption", "", *rows, ""] if pairs else []),
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the scores; write page and figure on request."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--draws", type=int, default=200_000)
    options.add_argument("--most", type=int, default=10_000_000)
    options.add_argument("--out", type=Path, default=None)
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    found = hindcast.hindcast(Study(REGION), asked.draws, most=asked.most, out=asked.out)
    earlier = [
        hindcast.foretell(Study(folder), found.series, asked.draws) for folder in vintages(REGION)
    ]
    print(words.text(found, earlier))
    if asked.write:
        FIGURE.write_text(svg(panels(found)), encoding="utf-8")
        PAGE.write_text(page(found, earlier, correlation(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
