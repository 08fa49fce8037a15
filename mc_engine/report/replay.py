"""The replay of one draw, for a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from mc_engine.report.terminal import printable, table
from mc_engine.run.replay import Parameter, Replay
from mc_engine.vocabulary.outputs import Intermediate

# Years and ages that have a column of their own; the others are in the JSON.
YEARS = (2010, 2015, 2020, 2024, 2025, 2026, 2030, 2035, 2040, 2050, 2060)
AGES = (0, 1, 2, 3, 5, 8, 10, 12, 15, 20, 25, 30)
# A factor this far out on either side is marked.
FAR_OUT = 5.0


def text(found: Replay, equation: str = "") -> str:
    """Lay a replay out: parameters, intermediates by equation, targets.

    Parameters
    ----------
    found : Replay
    equation : str
        Show only intermediates whose equation begins with this.
    """
    manifest = found.run.manifest
    lines = [
        f"Draw {found.draw} of run {manifest['identity']}: {manifest['region']}, scenario "
        f"{manifest['scenario']}, seed {manifest['design']['seed']}, {manifest['design']['name']} "
        f"design; ended as {found.status}",
        "Evaluated again from the run's own inputs; parameters agree with the stored ones to the "
        "last bit.",
        "",
    ]
    if not equation:
        lines += [*_parameters(found.parameters), ""]
    kept = [one for one in found.intermediates if one.equation.startswith(equation)]
    for heading, group in groupby(kept, _heading):
        lines += [*_block(heading, list(group)), ""]
    if not equation:
        lines += _targets(found.targets)
    return "\n".join(printable(line) for line in lines)


def _heading(one: Intermediate) -> tuple[str, str]:
    return one.whom, one.axis


def number(value: float) -> str:
    """Three significant digits; thousands grouped."""
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"


def _parameters(parameters: Sequence[Parameter]) -> list[str]:
    rows = []
    for one in parameters:
        far = "<<" if one.percentile < FAR_OUT else ">>" if one.percentile > 100 - FAR_OUT else ""
        value = "path" if one.is_path else number(one.value)
        unit = "" if one.is_path else one.unit
        rows.append((one.name, value, unit, f"{one.percentile:.1f} {far:2}"))
    lines = table(("input", "value", "unit", "percentile"), rows, left=1)
    width = max(map(len, lines))
    said = ["what it is", "-" * 10, *(one.meaning for one in parameters)]
    return [f"{line.ljust(width)}  {text}" for line, text in zip(lines, said, strict=True)]


def _block(heading: tuple[str, str], group: Sequence[Intermediate]) -> list[str]:
    whom, axis = heading
    columns = [*_columns(group, AGES if axis == "age" else YEARS)] if axis else []
    title = {"": "draw", "year": "year", "model_year": "model year", "age": "age"}[axis]
    header = (
        f"{whom or 'all classes'}, by {title}",
        "unit",
        *(map(str, columns) if axis else ("value",)),
    )
    rows = [
        (f"{one.equation:4} {one.meaning}{_of_whom(one)}", one.unit, *_cells(one, columns))
        for one in group
    ]
    return table(header, rows, left=2)


def _of_whom(one: Intermediate) -> str:
    return f", {', '.join(one.labels)}" if one.labels else ""


def _columns(group: Iterable[Intermediate], wanted: Sequence[int]) -> Iterator[int]:
    known = {place for one in group for place in one.at}
    return (place for place in wanted if place in known)


def _cells(one: Intermediate, columns: Sequence[int]) -> Iterator[str]:
    if not one.axis:
        yield number(float(one.values[0]))
        return
    values = dict(zip(one.at, one.values.tolist(), strict=True))
    for place in columns:
        yield number(values[place]) if place in values else ""


def _targets(targets: Sequence[tuple[str, float, str, bool]]) -> list[str]:
    rows = [
        (name, "missed" if missed else "met", number(margin), unit)
        for name, margin, unit, missed in targets
    ]
    return table(("target", "", "margin", "unit"), rows, left=2)
