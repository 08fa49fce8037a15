"""The file observations.yaml: observed series, their counterparts in the model, their errors."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from mc_engine.errors import preview
from mc_engine.problem import schema
from mc_engine.problem.context import Context, check_sources
from mc_engine.problem.nodes import remedy_for
from mc_engine.problem.sections import File, validate
from mc_engine.units import UNITS
from mc_engine.vocabulary.axes import DRAW, YEAR
from mc_engine.vocabulary.inputs import Table
from mc_engine.vocabulary.observations import Bridge, Series
from mc_engine.vocabulary.outputs import VariableSpec


def read_observations(
    file: File,
    context: Context,
    tables: Mapping[str, Table],
    outputs: Sequence[VariableSpec],
    labels: Mapping[str, Sequence[Any]],
) -> tuple[Series, ...]:
    """Check observations.yaml against the tables and the model's outputs.

    Parameters
    ----------
    file : File
    context : Context
        Source keys, and the report.
    tables : mapping of str to Table
        Observed tables without a fault.
    outputs : sequence of VariableSpec
        Everything the model writes.
    labels : mapping of str to sequence
        Labels of the outputs' axes.

    Returns
    -------
    tuple of Series
        Those without a fault, in the order of the file.
    """
    found = validate(schema.Observations, file, (), context.report)
    if found is None:
        return ()
    specs = {spec.name: spec for spec in outputs if spec.yearly}
    reader = _Reader(file, context, tables, specs, labels)
    series = [reader.series(name, entry) for name, entry in found.series.items()]
    return tuple(one for one in series if one is not None)


def errors_digest(series: Sequence[Series]) -> str:
    """Hash the observations with their errors, so that nobody changes them unseen.

    Parameters
    ----------
    series : sequence of Series

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    plain = [asdict(one) for one in series]
    return hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=8).hexdigest()


class _Reader:
    """One file of observations and what it may refer to."""

    def __init__(
        self,
        file: File,
        context: Context,
        tables: Mapping[str, Table],
        specs: Mapping[str, VariableSpec],
        labels: Mapping[str, Sequence[Any]],
    ) -> None:
        self.file, self.context = file, context
        self.tables, self.specs, self.labels = tables, specs, labels

    def series(self, name: str, entry: schema.ObservedSeries) -> Series | None:
        """Check one series."""
        before = len(self.context.report.found)
        place = ("series", name)
        self._check_all_sources(place, entry)
        spec = self._spec(place, entry)
        table = self._table(place, entry)
        scale = None if spec is None or table is None else self._scale(place, entry, spec, table)
        if len(self.context.report.found) > before or spec is None or table is None:
            return None
        rows = {
            year: value
            for year, value in sorted(table.rows(**entry.rows).items())
            if entry.first <= year <= entry.last
        }
        self._check_years(place, entry, rows)
        if len(self.context.report.found) > before or scale is None:
            return None
        return Series(
            name=name,
            title=entry.title.model_dump(),
            unit=table.unit,
            years=tuple(rows),
            values=tuple(rows.values()),
            sources=tuple(_source(table, entry.rows, year) for year in rows),
            output=spec.name,
            rows=dict(entry.modelled.rows),
            scale=scale,
            bridges=tuple(
                Bridge(bridge.what, bridge.low, bridge.high, bridge.divides)
                for bridge in entry.modelled.bridges
            ),
            relative=entry.error.relative,
            correlation=entry.error.correlation,
            drift=0.0 if entry.error.drift is None else entry.error.drift.relative,
            level_year=entry.first if entry.error.drift is None else entry.error.drift.year,
            fits=entry.use == "constraint",
        )

    def _add(self, place: tuple[Any, ...], what: str, found: str, expected: str, do: str) -> None:
        line = self.file.root.line_at(place)
        self.context.report.add(self.file.shown, line, what, found, expected, do)

    def _check_all_sources(self, place: tuple[str, str], entry: schema.ObservedSeries) -> None:
        parts: list[tuple[tuple[Any, ...], Any]] = [((*place, "error"), entry.error)]
        modelled = (*place, "modelled")
        if entry.modelled.scale is not None:
            parts.append(((*modelled, "scale"), entry.modelled.scale))
        parts += [
            ((*modelled, "bridges", number), bridge)
            for number, bridge in enumerate(entry.modelled.bridges)
        ]
        for path, part in parts:
            check_sources(
                self.context.report, self.file.shown, self.file.root, path,
                part.model_dump(), self.context.sources,
            )  # fmt: skip
        for number, bridge in enumerate(entry.modelled.bridges):
            if bridge.low > bridge.high:
                self._add(
                    (*modelled, "bridges", number), "a bridge whose ends are the wrong way round",
                    f"{bridge.low:g} to {bridge.high:g}", "'low' at most 'high'", "swap them",
                )  # fmt: skip

    def _spec(self, place: tuple[str, str], entry: schema.ObservedSeries) -> VariableSpec | None:
        wanted = entry.modelled.output
        spec = self.specs.get(wanted)
        if spec is None:
            self._add(
                (*place, "modelled", "output"), "no yearly output of the model", f"'{wanted}'",
                preview(self.specs, 12),
                remedy_for(wanted, self.specs, "choose one of these"),
            )  # fmt: skip
            return None
        for axis, label in entry.modelled.rows.items():
            known = [str(one) for one in self.labels.get(axis, ())]
            if axis not in spec.dims or axis in (DRAW, YEAR):
                axes = [dim for dim in spec.dims if dim not in (DRAW, YEAR)]
                self._add(
                    (*place, "modelled", "rows"), f"no axis of {wanted}", f"'{axis}'",
                    preview(axes) or "no axis", remedy_for(axis, axes, "leave it out"),
                )  # fmt: skip
            elif label not in known:
                self._add(
                    (*place, "modelled", "rows", axis), f"no label of {axis}", f"'{label}'",
                    preview(known, 12), remedy_for(label, known, "choose one of these"),
                )  # fmt: skip
        return spec

    def _table(self, place: tuple[str, str], entry: schema.ObservedSeries) -> Table | None:
        table = self.tables.get(entry.table)
        if table is None:
            self._add(
                (*place, "table"), "no observed table", f"'{entry.table}'",
                preview(self.tables, 20),
                remedy_for(entry.table, self.tables, "add observed/<table>.csv"),
            )  # fmt: skip
            return None
        unknown = [column for column in entry.rows if column not in table.columns]
        if unknown:
            self._add(
                (*place, "rows"), f"no column of table {entry.table}", preview(unknown),
                preview(table.columns), "correct the name",
            )  # fmt: skip
            return None
        return table

    def _scale(
        self,
        place: tuple[str, str],
        entry: schema.ObservedSeries,
        spec: VariableSpec,
        table: Table,
    ) -> float | None:
        """Units of the table per unit of the output."""
        ours, theirs = UNITS.get(spec.unit), UNITS.get(table.unit)
        if entry.modelled.scale is not None:
            return entry.modelled.scale.value
        if ours is not None and theirs is not None and ours.dimension == theirs.dimension:
            return ours.factor / theirs.factor
        if spec.unit == table.unit:
            return 1.0
        self._add(
            (*place, "modelled"), "units that do not convert",
            f"{spec.unit} of {spec.name}, {table.unit} of table {table.name}",
            "units of one dimension, or a 'scale'", "add 'scale'",
        )  # fmt: skip
        return None

    def _check_years(
        self, place: tuple[str, str], entry: schema.ObservedSeries, rows: Mapping[int, float]
    ) -> None:
        years = [int(year) for year in self.labels.get(YEAR, ())]
        span = f"{years[0]} to {years[-1]}" if years else "no year"
        if not rows:
            self._add(
                place, "a series without a value", f"{entry.first} to {entry.last}",
                f"years of table {entry.table}", "correct 'first' and 'last'",
            )  # fmt: skip
        outside = [year for year in rows if year not in years]
        if outside:
            self._add(
                place, "years outside the model's", preview(outside), span,
                "correct 'first' and 'last'",
            )  # fmt: skip
        bad = [year for year, value in rows.items() if not value > 0.0]
        if bad:
            self._add(
                place, "observations that are not above 0", preview(bad),
                "numbers above 0: errors are relative", "leave these years out",
            )  # fmt: skip


def _source(table: Table, labels: Mapping[str, str], year: int) -> str:
    """Source key of one observed figure."""
    keep = table.columns["year"] == year
    for column, label in labels.items():
        keep &= table.columns[column] == label
    return str(table.columns["source"][keep][0])
