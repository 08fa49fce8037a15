"""The past, scored, in words: what a reviewer reads first."""

from collections.abc import Sequence
from typing import Any

from mc_engine.report.terminal import printable, ranged, table

# Inputs that moved which are told.
MOVED = 10


def text(found: Any, earlier: Sequence[Any] = ()) -> str:
    """Write a hindcast.

    Parameters
    ----------
    found : mc_engine.hindcast.hindcast.Hindcast
    earlier : sequence of mc_engine.hindcast.hindcast.Foretold

    Returns
    -------
    str
    """
    weighed = found.weighed
    lines = [
        f"{weighed.run.manifest['title']['en']}: the past, by {weighed.run.manifest['draws']:,} "
        f"prior draws (observations {weighed.digest})",
        "",
        "Reproduction with observed registrations. Bands hold the errors of counting.",
        "",
        *scores(found.before),
        "",
        *(line for one in earlier for line in _forecast(one)),
        *_left(weighed),
        "",
        *scores(found.after),
        "",
        *_blame(weighed.plain),
        "",
    ]
    if weighed.enough:
        lines += [*_risk(weighed), "", *_moved(found)]
    else:
        lines += [f"REFUSED: {weighed.refusal}"]
    return "\n".join(map(printable, lines))


def constrained(weighed: Any) -> str:
    """Write the chances under the priors beside those under the past.

    Parameters
    ----------
    weighed : mc_engine.hindcast.constrained.Constrained

    Returns
    -------
    str
    """
    lines = [*_left(weighed), ""]
    if weighed.enough:
        lines += [*_risk(weighed), "", f"weights stored in {weighed.run.folder}"]
    else:
        lines += [*_blame(weighed.plain), "", f"REFUSED: {weighed.refusal}"]
    return "\n".join(map(printable, lines))


def _left(weighed: Any) -> list[str]:
    """How much the past leaves of the draws."""
    constraint, plain = weighed.constraint, weighed.plain
    power = f", likelihood to the power {constraint.temper:g}" if constraint.temper < 1.0 else ""
    lines = [
        f"Constrained{power}, observations {weighed.digest}:",
        f"{plain.effective:,.0f} effective prior draws of {weighed.run.manifest['draws']:,}; "
        f"{100.0 * plain.plausible:.1f} % of them are plausible to every series.",
    ]
    if weighed.aim is not None:
        lines += [
            f"Aimed at the past in {len(weighed.aim.names)} inputs and weighed back to the priors: "
            f"{constraint.effective:,.0f} effective draws of",
            f"{weighed.sampled.manifest['draws']:,} fresh ones; the heaviest has "
            f"{100.0 * constraint.largest:.2g} % of all weight.",
        ]
    return lines


def scores(found: Sequence[Any]) -> list[str]:
    """Tabulate the scores of every series."""
    rows = [
        (
            one.name,
            f"{one.years[0]}-{one.years[-1]}" if len(one.years) > 1 else str(one.years[0]),
            f"{100.0 * one.bias:+z.1f} %",
            f"{100.0 * one.inside_50:.0f} %",
            f"{100.0 * one.inside_90:.0f} %",
            f"{100.0 * one.crps:.1f} %",
        )
        for one in found
    ]
    header = ("series", "years", "bias", "in 50 % band", "in 90 % band", "CRPS")
    return table(header, rows, left=2)


def _forecast(one: Any) -> list[str]:
    draws = one.run.manifest["draws"]
    return [
        f"Forecast from {one.from_year}, by {draws:,} draws of {one.vintage}: what would have been "
        "said, and what",
        "happened. The priors rest on what was known then; who wrote them knew better by then.",
        "",
        *scores(one.scores),
        "",
    ]


def _blame(constraint: Any) -> list[str]:
    rows = [
        (
            name,
            f"{constraint.alone[name]:,.0f}",
            f"{constraint.without[name]:,.0f}",
            f"{100.0 * constraint.implausible[name]:.1f} %",
        )
        for name in sorted(constraint.without, key=lambda name: -constraint.without[name])
    ]
    header = ("effective prior draws", "with it alone", "without it", "draws it finds implausible")
    return table(header, rows)


def _risk(weighed: Any) -> list[str]:
    rows = []
    pairs = zip(weighed.run.summary["targets"], weighed.risk["targets"], strict=True)
    for before, after in pairs:
        rows.append(
            (
                before["name"],
                f"{100.0 * before['p_miss']:.1f} % ({ranged(before['low'], before['high'])})",
                f"{100.0 * after['p_miss']:.1f} % ({ranged(after['low'], after['high'])})",
            )
        )
    return table(("chance of missing", "prior", "constrained"), rows)


def _moved(found: Any) -> list[str]:
    rows = []
    for one in found.moved[:MOVED]:
        before, after = (
            f"{band[1]:.3g} ({band[0]:.3g} to {band[2]:.3g})" for band in (one.before, one.after)
        )
        rows.append((one.name, one.unit, before, after, f"{one.shift:+.2f}"))
    header = ("inputs that moved most", "unit", "prior, 90 %", "constrained, 90 %", "sd")
    return table(header, rows, left=2)
