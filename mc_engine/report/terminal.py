"""The summary a run ends with, as plain text of at most 100 columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from mc_engine.vocabulary.statements import decimals, percent

# Below this many misses or hits a rounded percentage would pretend to know more than it does.
_FEW = 5
# Most characters of a line.
WIDTH = 100
_SCOPE_WORDS = {
    "ttw": "tailpipe (ttw)",
    "wtw": "tailpipe and fuel supply (wtw)",
    "life_cycle": "life cycle",
    "net": "net of removals",
}


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Align columns: the first ``left`` to the left, the others to the right."""
    widths = [max(len(row[k]) for row in (header, *rows)) for k in range(len(header))]

    def line(row: Sequence[str]) -> str:
        cells = [
            text.ljust(width) if k < left else text.rjust(width)
            for k, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        return ("  " + "  ".join(cells)).rstrip()

    return [line(header), "  " + "  ".join("-" * width for width in widths), *map(line, rows)]


def blocks(header: Sequence[str], rows: Sequence[Sequence[str]], width: int = WIDTH) -> list[str]:
    """Align columns in as many blocks, one below the other, as keep lines short.

    Parameters
    ----------
    header : sequence of str
        The first column is repeated in every block.
    rows : sequence of sequence of str
    width : int
        Most characters of a line, where two columns fit into it.
    """
    sizes = [max(len(row[k]) for row in (header, *rows)) + 2 for k in range(len(header))]
    lines: list[str] = []
    start = 1
    while start < len(header):
        stop = start + 1
        while stop < len(header) and sizes[0] + sum(sizes[start : stop + 1]) <= width:
            stop += 1
        columns = [0, *range(start, stop)]
        lines += [""] if lines else []
        lines += table([header[k] for k in columns], [[row[k] for k in columns] for row in rows])
        start = stop
    return lines


# Reason of a run that ended with all its draws.
ALL_DONE = "all draws done"


def ranged(low: float | None, high: float | None) -> str:
    """Write a range of a share."""
    least = decimals(low, high)
    return f"{percent(low, least)} to {percent(high, least)}"


def chance(row: Mapping[str, Any], draws: int) -> str:
    """Write a chance of missing; one that was never seen is bounded, not stated."""
    if row["p_miss"] is None:
        return "unknown"
    if row["misses"] == 0:
        return f"below {percent(row['high'])}"
    if row["misses"] == draws:
        return f"above {percent(row['low'])}"
    return percent(row["p_miss"], decimals(row["low"], row["high"]))


def bounded(row: Mapping[str, Any]) -> str:
    """Write a chance ``p`` with its range."""
    if row["p"] is None:
        return "unknown"
    share = percent(row["p"], decimals(row["low"], row["high"]))
    return f"{share} ({ranged(row['low'], row['high'])})"


def chance_with_range(row: Mapping[str, Any], draws: int) -> str:
    """Write a chance of missing with its range; one that was never seen is bounded alone."""
    said = chance(row, draws)
    if row["p_miss"] is None or row["misses"] in (0, draws):
        return said
    return f"{said} ({ranged(row['low'], row['high'])})"


def amount(value: float | None) -> str:
    """Write an amount with three figures that count."""
    if value is None:
        return "-"
    size = abs(value)
    return f"{value:,.0f}" if size >= 99.5 else f"{value:.1f}" if size >= 9.95 else f"{value:.2f}"


def summary(risk: Mapping[str, Any], manifest: Mapping[str, Any], folder: str) -> str:
    """Write the summary of a run.

    Parameters
    ----------
    risk : mapping
        What ``Run.risk`` gives.
    manifest : mapping
        The run's manifest.
    folder : str
        Where the run lies.

    Returns
    -------
    str
        Lines separated by newlines, without one at the end.
    """
    title = manifest["title"].get("en", manifest["region"])
    level = f"{100 * risk['level']:.0f} %"
    scenario = manifest["scenario"].replace("_", " ")
    lines = [
        f"{title}, scenario '{scenario}', {risk['draws']:,} draws of "
        f"{manifest['uncertain_inputs']} uncertain inputs",
        "",
        f"Chance of missing each target, under these assumptions ({level} interval of the draws):",
        "",
        *_targets(risk),
        "",
    ]
    if risk.get("peak_year"):
        lines += [*_peaks(risk), ""]
    residuals = _residuals(risk)
    if residuals:
        lines += [*residuals, ""]
    if risk.get("residual_above"):
        lines += [*_residual_above(risk, _horizon(risk)), ""]
    if risk.get("joint"):
        lines += [*_joint(risk), ""]
    lines += _failures(risk.get("failures", {}))
    lines += _footing(risk, manifest, folder)
    return "\n".join(map(printable, lines))


def printable(line: str) -> str:
    """Replace what a terminal would obey instead of show, such as an escape in a title."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line
    )


def _targets(risk: Mapping[str, Any]) -> list[str]:
    good = risk["draws"] - risk["failed"]
    rows = []
    for row in risk["targets"]:
        interval = "-"
        if row["low"] is not None:
            interval = ranged(row["low"], row["high"])
        size = "-"
        if row["shortfall_mean"] is not None:
            size = f"{amount(row['shortfall_mean'])} {row['unit']}"
        status = row["status"].replace("_", " ")
        rows.append((row["name"], status, chance(row, good), interval, size))
    header = ("target", "status", "chance of missing", "interval", "short by, if missed")
    lines = table(header, rows, left=2)
    if any(row["covers"] == "economy" for row in risk["targets"]):
        lines += ["", "  Dates set for the whole economy are applied to road vehicles here."]
    told = risk.get("precision", {}).get("told", {})
    rare = [name for name, kind in told.items() if kind == "bound"]
    if rare:
        lines += [f"  Too rare, or too sure, for an estimate; read the bound: {', '.join(rare)}."]
    few = [row["name"] for row in risk["targets"] if 0 < row["misses"] < _FEW]
    if few:
        lines += [f"  Fewer than {_FEW} misses seen: {', '.join(few)}; more draws would tell more."]
    return lines


def _peaks(risk: Mapping[str, Any]) -> list[str]:
    rows = []
    for scope, band in risk["peak_year"].items():
        low, middle, high = (f"{year:.0f}" if year is not None else "-" for year in _numbers(band))
        past = risk.get("peak_past", {}).get(scope)
        seen = percent(past["p"]) if past else "-"
        rows.append((_SCOPE_WORDS.get(scope, scope), middle, f"{low} to {high}", seen))
    header = ("peak of emissions", "median year", "90 % of draws", "chance it is already past")
    return table(header, rows)


def _numbers(band: Any) -> list[float | None]:
    """The 5, 50 and 95 % values of a band, however it carries its bounds."""
    if isinstance(band, Mapping):
        return [band["p5"], band["p50"], band["p95"]]
    return list(band)


def _horizon(risk: Mapping[str, Any]) -> object:
    return risk["bands"]["year"][-1] if risk.get("bands") else "the last year"


def _residuals(risk: Mapping[str, Any]) -> list[str]:
    horizon = _horizon(risk)
    rows, sure = [], 0.0
    for scope, band in risk.get("residual", {}).items():
        if band is None:  # every draw failed
            continue
        low, middle, high = (amount(value) for value in _numbers(band))
        needed = {row["confidence"]: row["removals"] for row in risk["removals_required"][scope]}
        sure = max(needed)
        rows.append(
            (
                _SCOPE_WORDS.get(scope, scope),
                middle,
                f"{low} to {high}",
                amount(needed[sure]),
            )
        )
    if not rows:
        return []
    header = (
        f"left in {horizon}, Mt CO2e/yr",
        "median",
        "90 % of draws",
        f"removals for {100 * sure:.0f} % confidence of net zero",
    )
    return table(header, rows)


def _residual_above(risk: Mapping[str, Any], horizon: object) -> list[str]:
    """Chances that more than a share of the peak is left, one row per share."""
    by_scope = risk["residual_above"]
    rows = [
        [
            f"{100 * row['share_of_peak']:.0f} % of the peak",
            *(bounded(rows[place]) for rows in by_scope.values()),
        ]
        for place, row in enumerate(next(iter(by_scope.values()), ()))
    ]
    words = [_SCOPE_WORDS.get(scope, scope) for scope in by_scope]
    return blocks([f"more left in {horizon} than", *words], rows) if rows else []


def _joint(risk: Mapping[str, Any]) -> list[str]:
    """The chance that all targets are met, and which misses go together."""
    if len(risk["targets"]) < 2:
        return []
    met = bounded(risk["joint"]["all_met"])
    lines = [f"Chance that all {len(risk['targets'])} targets are met: {met}"]
    alone = {row["name"]: row for row in risk["targets"]}
    undecided = {
        name
        for name, row in alone.items()
        if 0 < row["misses"] < risk["draws"] - risk["failed"] and row["p_miss"] is not None
    }
    pairs = [
        row
        for row in risk["joint"]["missed_given_missed"]
        if {row["missed"], row["given_missed"]} <= undecided and row["p"] is not None
    ]
    pairs.sort(key=lambda row: alone[row["missed"]]["p_miss"] - row["p"])
    rows = [
        (row["given_missed"], row["missed"], bounded(row), percent(alone[row["missed"]]["p_miss"]))
        for row in pairs[:_FEW]
    ]
    if rows:
        lines += ["", *table(("if missed", "then also missed", "chance", "alone"), rows, left=2)]
    return lines


def _failures(found: Mapping[str, Any]) -> list[str]:
    """How failed draws ended, and the inputs that set them apart."""
    if not found.get("failed"):
        return []
    codes = ", ".join(f"{count:,} {name}" for name, count in found["codes"].items())
    lines = [f"Failed draws: {found['failed']:,} ({percent(found['share'])}): {codes}"]
    if found.get("blame"):
        rows = [
            (row["parameter"], f"{row['gap']:.2f}", f"{row['low']:.4g} to {row['high']:.4g}")
            for row in found["blame"]
        ]
        header = ("input", "gap to the other draws (0 to 1)", "90 % of the failed draws")
        lines += ["", *table(header, rows)]
    first = found.get("listed", [])[:_FEW]
    if first:
        numbers = ", ".join(str(row["draw"]) for row in first)
        lines += ["", f"  The first: draw {numbers}; 'mc-engine replay RUN --draw K' shows one."]
    return [*lines, ""]


def _footing(risk: Mapping[str, Any], manifest: Mapping[str, Any], folder: str) -> list[str]:
    counts = manifest["counts"]
    kinds = ", ".join(
        f"{counts[kind]} {word}"
        for kind, word in (
            ("observed", "observed"),
            ("sourced", "sourced"),
            ("judgement", "judgement"),
        )
        if kind in counts
    )
    lines = [
        f"draws {risk['draws']:,}, failed {risk['failed']:,}, with sales clipped at zero "
        f"{risk['clipped']:,}; inputs: {kinds}",
        f"run {manifest['identity']}, seed {manifest['design']['seed']}, "
        f"{manifest['design']['name']} design, mc_engine {manifest['mc_engine']}",
    ]
    if manifest["design"].get("note"):
        lines.append(manifest["design"]["note"])
    if risk.get("stop_reason", ALL_DONE) != ALL_DONE:
        lines.append(f"ended by {risk['stop_reason']}")
    return [*lines, f"stored in {folder}"]
