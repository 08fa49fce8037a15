"""Text of a hindcast for the terminal: skill scores, effective draws, chances, moved inputs."""

from collections.abc import Sequence

from mc_engine.calibrate import Constraint, Score
from mc_engine.hindcast.hindcast import Hindcast
from mc_engine.hindcast.posterior import Posterior
from mc_engine.hindcast.skill import Backtest
from mc_engine.report.terminal import printable, ranged, table

# Rows of the table of moved inputs.
SHOWN = 10


def text(result: Hindcast) -> str:
    """Format a hindcast.

    Parameters
    ----------
    result : Hindcast

    Returns
    -------
    str
    """
    posterior = result.posterior
    run = posterior.run
    lines = [
        f"{run.manifest['title']['en']}: hindcast by {run.manifest['draws']:,} prior draws "
        f"(observations {posterior.digest})",
        "",
        "Reproduction with observed registrations. Bands include the errors of observation.",
        "",
        *_scores(result.before),
        "",
        *(line for one in result.backtests for line in _backtest(one)),
        *_effective(posterior),
        "",
        *_scores(result.after),
        "",
        *_by_series(posterior.prior_constraint),
        "",
    ]
    if posterior.sufficient:
        lines += [*_chances(posterior), "", *_shifts(result)]
    else:
        lines += [f"REFUSED: {posterior.refusal}"]
    return "\n".join(map(printable, lines))


def constrained(posterior: Posterior) -> str:
    """Format the chances under the priors beside those of the posterior.

    Parameters
    ----------
    posterior : Posterior

    Returns
    -------
    str
    """
    lines = [*_effective(posterior), ""]
    if posterior.sufficient:
        lines += [*_chances(posterior), "", f"weights stored in {posterior.run.folder}"]
    else:
        lines += [*_by_series(posterior.prior_constraint), "", f"REFUSED: {posterior.refusal}"]
    return "\n".join(map(printable, lines))


def _effective(posterior: Posterior) -> list[str]:
    """How many effective draws the observations leave."""
    constraint, prior = posterior.constraint, posterior.prior_constraint
    proposal = posterior.proposal
    power = f", likelihood to the power {constraint.temper:g}" if constraint.temper < 1.0 else ""
    lines = [
        f"Constrained{power}, observations {posterior.digest}:",
        f"{prior.effective:,.0f} effective prior draws of {posterior.run.manifest['draws']:,}; "
        f"{100.0 * prior.plausible:.1f} % of them are plausible under every series.",
    ]
    if proposal is not None:
        lines += [
            f"Importance sampling in {len(proposal.names)} inputs: "
            f"{constraint.effective:,.0f} effective draws of",
            f"{posterior.sampled.manifest['draws']:,} fresh ones; the largest weight is "
            f"{100.0 * constraint.largest:.2g} % of all.",
        ]
    return lines


def _scores(scores: Sequence[Score]) -> list[str]:
    rows = [
        (
            one.name,
            f"{one.years[0]}-{one.years[-1]}" if len(one.years) > 1 else str(one.years[0]),
            f"{100.0 * one.bias:+z.1f} %",
            f"{100.0 * one.inside_50:.0f} %",
            f"{100.0 * one.inside_90:.0f} %",
            f"{100.0 * one.crps:.1f} %",
        )
        for one in scores
    ]
    header = ("series", "years", "bias", "in 50 % band", "in 90 % band", "CRPS")
    return table(header, rows, left=2)


def _backtest(one: Backtest) -> list[str]:
    draws = one.run.manifest["draws"]
    return [
        f"Backtest from {one.from_year}, by {draws:,} draws of {one.vintage}: the forecast of that "
        "year against what",
        "was observed since. Its priors rest on sources of that time, but were written later.",
        "",
        *_scores(one.scores),
        "",
    ]


def _by_series(constraint: Constraint) -> list[str]:
    rows = [
        (
            name,
            f"{constraint.alone[name]:,.0f}",
            f"{constraint.without[name]:,.0f}",
            f"{100.0 * constraint.implausible[name]:.1f} %",
        )
        for name in sorted(constraint.without, key=lambda name: -constraint.without[name])
    ]
    header = ("effective prior draws", "with it alone", "without it", "implausible draws")
    return table(header, rows)


def _chances(posterior: Posterior) -> list[str]:
    rows = []
    for pair in posterior.chances():
        before, after = pair["prior"], pair["constrained"]
        rows.append(
            (
                before["name"],
                f"{100.0 * before['p_miss']:.1f} % ({ranged(before['low'], before['high'])})",
                f"{100.0 * after['p_miss']:.1f} % ({ranged(after['low'], after['high'])})",
            )
        )
    return table(("chance of missing", "prior", "constrained"), rows)


def _shifts(result: Hindcast) -> list[str]:
    rows = []
    for one in result.shifts[:SHOWN]:
        before, after = (
            f"{band[1]:.3g} ({band[0]:.3g} to {band[2]:.3g})" for band in (one.before, one.after)
        )
        rows.append((one.name, one.unit, before, after, f"{one.shift:+.2f}"))
    header = ("inputs that moved most", "unit", "prior, 90 %", "constrained, 90 %", "sd")
    return table(header, rows, left=2)
