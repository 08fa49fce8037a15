"""Does the constrained ensemble cover a truth that is known?

``python -m validation.synthetic_truth RUN [--repeats 200] [--seed 0]`` takes a run of
``mc-engine hindcast`` and, again and again, one of its draws as the truth: observations are made
from it with the errors that the observations of the region have, the other draws are weighted by
them, and it is counted how often the constrained 90 % band holds the truth. Draws taken as truths
are left out of the ensemble. At the end one observed series (gasoline, or ``--plant``) is doubled,
and the diagnostic must name it.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from mc_engine.calibrate import Constraint, fit, likelihood_weights, predictive
from mc_engine.calibrate.weights import IMPLAUSIBLE
from mc_engine.hindcast.observables import read_observables
from mc_engine.intervals import weighted_quantiles, wilson
from mc_engine.run.replay import experiment_of
from mc_engine.study import Run
from mc_engine.vocabulary.observations import Series

BAND = (0.05, 0.95)


def quantities(run: Run) -> dict[str, np.ndarray]:
    """What a constraint is for: the residual of each scope, and the margins of the targets."""
    with run.draws as draws:
        flat = draws.isel(region=0)
        result = {
            f"residual {scope}": flat["residual"].sel(scope=scope).values
            for scope in flat["scope"].values
        }
        result |= {
            f"margin {name}": flat["margin"].sel(target=name).values
            for name in flat["target"].values
        }
    return result


def weighed(series: list[Series], modelled: dict[str, np.ndarray], keep: np.ndarray) -> Constraint:
    """Weigh the draws that are kept."""
    return likelihood_weights({one.name: fit(one, modelled[one.name][keep]) for one in series})


def main(folder: Path, repeats: int, seed: int, plant: str) -> int:
    """Print the coverage by quantity; 1 where the mean lies outside 85 to 95 %."""
    run = Run(folder)
    all_series = experiment_of(run).problem.observations
    modelled = read_observables(run, all_series)
    series = [one for one in all_series if one.fits]
    wanted = quantities(run)
    size = len(next(iter(wanted.values())))
    generator = np.random.default_rng(seed)
    truths = generator.choice(size, repeats, replace=False)
    keep = np.ones(size, dtype=bool)
    keep[truths] = False
    inside = dict.fromkeys(wanted, 0)
    effective = []
    for truth in truths:
        made = [
            replace(one, values=tuple(predictive(one, modelled[one.name][[truth]], generator)[0]))
            for one in series
        ]
        result = weighed(made, modelled, keep)
        effective.append(result.effective)
        for name, values in wanted.items():
            low, high = weighted_quantiles(values[keep], result.weight, BAND)
            inside[name] += low <= values[truth] <= high
    print(f"{repeats} truths, {size:,} draws; effective draws: median {np.median(effective):,.0f},")
    print(
        f"5 to 95 %: {np.quantile(effective, 0.05):,.0f} to {np.quantile(effective, 0.95):,.0f}\n"
    )
    for name, count in inside.items():
        share = wilson(count, repeats)
        ends = f"{100 * share.low:.0f} to {100 * share.high:.0f}"
        print(f"  {name:<40} {100 * share.estimate:5.1f} % ({ends})")
    mean = float(np.mean(list(inside.values()))) / repeats
    print(f"  {'mean':<40} {100 * mean:5.1f} %")
    doubled = [
        replace(one, values=tuple(2.0 * v for v in one.values)) if one.name == plant else one
        for one in series
    ]
    everything = np.ones(size, dtype=bool)
    try:
        blame = weighed(doubled, modelled, everything).most_constraining
    except ValueError:
        # Every draw is ruled out: the share of draws that each series finds implausible tells.
        shares = {
            one.name: float((fit(one, modelled[one.name]).implausibility > IMPLAUSIBLE).mean())
            for one in doubled
        }
        blame = max(shares, key=lambda name: shares[name])
    print(f"\n{plant} doubled: the diagnostic names {blame}")
    return int(not 0.85 <= mean <= 0.95 or blame != plant)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("run", type=Path)
    options.add_argument("--repeats", type=int, default=200)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--plant", default="gasoline")
    asked = options.parse_args()
    raise SystemExit(main(asked.run, asked.repeats, asked.seed, asked.plant))
