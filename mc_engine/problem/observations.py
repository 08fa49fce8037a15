"""The file observations.yaml: observed series, their counterparts in the model, their errors."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from mc_engine.errors import preview
from mc_engine.problem import schema
from mc_engine.problem.messages import remedy_for
from mc_engine.problem.sources import check_sources
from mc_engine.problem.validation import validate
from mc_engine.problem.yaml_file import Entry
from mc_engine.units import UNITS
from mc_engine.vocabulary.axes import DRAW, YEAR
from mc_engine.vocabulary.inputs import Table
from mc_engine.vocabulary.observations import ScopeFactor, Series
from mc_engine.vocabulary.outputs import VariableSpec


def read_observations(
    file: Entry,
    sources: set[str] | None,
    tables: Mapping[str, Table],
    outputs: Sequence[VariableSpec],
    labels: Mapping[str, Sequence[Any]],
) -> tuple[Series, ...]:
    """Check observations.yaml against the tables and the model's outputs.

    Parameters
    ----------
    file : Entry
    sources : set of str or None
        Keys of sources.yaml; None where it could not be read.
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
    result = validate(schema.Observations, file)
    if result is None:
        return ()
    specs = {spec.name: spec for spec in outputs if spec.yearly}
    reader = _Reader(sources, tables, specs, labels)
    series = [
        reader.series(file.at("series", name), entry) for name, entry in result.series.items()
    ]
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
    # Under its first name: digests of stored runs and published pages stay.
    plain = [asdict(one) for one in series]
    for row in plain:
        row["bridges"] = row.pop("scope_factors")
    return hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=8).hexdigest()


class _Reader:
    """One file of observations and what it may refer to."""

    def __init__(
        self,
        sources: set[str] | None,
        tables: Mapping[str, Table],
        specs: Mapping[str, VariableSpec],
        labels: Mapping[str, Sequence[Any]],
    ) -> None:
        self.sources = sources
        self.tables, self.specs, self.labels = tables, specs, labels

    def series(self, entry: Entry, stated: schema.ObservedSeries) -> Series | None:
        """Check one series."""
        before = entry.report.faults
        self._check_all_sources(entry, stated)
        spec = self._spec(entry, stated)
        table = self._table(entry, stated)
        scale = None if spec is None or table is None else self._scale(entry, stated, spec, table)
        if entry.report.faults > before or spec is None or table is None:
            return None
        rows = {
            year: value
            for year, value in sorted(table.rows(**stated.rows).items())
            if stated.first <= year <= stated.last
        }
        self._check_years(entry, stated, rows)
        if entry.report.faults > before or scale is None:
            return None
        return Series(
            name=entry.key,
            title=stated.title.model_dump(),
            unit=table.unit,
            years=tuple(rows),
            values=tuple(rows.values()),
            sources=tuple(_source(table, stated.rows, year) for year in rows),
            output=spec.name,
            rows=dict(stated.modelled.rows),
            scale=scale,
            scope_factors=tuple(
                ScopeFactor(bridge.what, bridge.low, bridge.high, bridge.divides)
                for bridge in stated.modelled.bridges
            ),
            relative=stated.error.relative,
            correlation=stated.error.correlation,
            drift=0.0 if stated.error.drift is None else stated.error.drift.relative,
            level_year=stated.first if stated.error.drift is None else stated.error.drift.year,
            fits=stated.use == "constraint",
        )

    def _check_all_sources(self, entry: Entry, stated: schema.ObservedSeries) -> None:
        modelled = entry.at("modelled")
        check_sources(entry.at("error"), stated.error.model_dump(), self.sources)
        if stated.modelled.scale is not None:
            scale = stated.modelled.scale.model_dump()
            check_sources(modelled.at("scale"), scale, self.sources)
        for number, bridge in enumerate(stated.modelled.bridges):
            at = modelled.at("bridges", number)
            check_sources(at, bridge.model_dump(), self.sources)
            if bridge.low > bridge.high:
                at.refuse(
                    "a bridge whose ends are the wrong way round",
                    f"{bridge.low:g} to {bridge.high:g}", "'low' at most 'high'", "swap them",
                )  # fmt: skip

    def _spec(self, entry: Entry, stated: schema.ObservedSeries) -> VariableSpec | None:
        wanted = stated.modelled.output
        spec = self.specs.get(wanted)
        if spec is None:
            entry.at("modelled", "output").refuse(
                "no yearly output of the model", f"'{wanted}'",
                preview(self.specs, 12),
                remedy_for(wanted, self.specs, "choose one of these"),
            )  # fmt: skip
            return None
        for axis, label in stated.modelled.rows.items():
            known = [str(one) for one in self.labels.get(axis, ())]
            if axis not in spec.dims or axis in (DRAW, YEAR):
                axes = [dim for dim in spec.dims if dim not in (DRAW, YEAR)]
                entry.at("modelled", "rows").refuse(
                f"no axis of {wanted}", f"'{axis}'",
                    preview(axes) or "no axis", remedy_for(axis, axes, "leave it out"),
                )  # fmt: skip
            elif label not in known:
                entry.at("modelled", "rows", axis).refuse(
                f"no label of {axis}", f"'{label}'",
                    preview(known, 12), remedy_for(label, known, "choose one of these"),
                )  # fmt: skip
        return spec

    def _table(self, entry: Entry, stated: schema.ObservedSeries) -> Table | None:
        table = self.tables.get(stated.table)
        if table is None:
            entry.at("table").refuse(
                "no observed table", f"'{stated.table}'",
                preview(self.tables, 20),
                remedy_for(stated.table, self.tables, "add observed/<table>.csv"),
            )  # fmt: skip
            return None
        unknown = [column for column in stated.rows if column not in table.columns]
        if unknown:
            entry.at("rows").refuse(
                f"no column of table {stated.table}", preview(unknown),
                preview(table.columns), "correct the name",
            )  # fmt: skip
            return None
        return table

    def _scale(
        self,
        entry: Entry,
        stated: schema.ObservedSeries,
        spec: VariableSpec,
        table: Table,
    ) -> float | None:
        """Units of the table per unit of the output."""
        ours, theirs = UNITS.get(spec.unit), UNITS.get(table.unit)
        if stated.modelled.scale is not None:
            return stated.modelled.scale.value
        if ours is not None and theirs is not None and ours.dimension == theirs.dimension:
            return ours.factor / theirs.factor
        if spec.unit == table.unit:
            return 1.0
        entry.at("modelled").refuse(
                "units that do not convert",
            f"{spec.unit} of {spec.name}, {table.unit} of table {table.name}",
            "units of one dimension, or a 'scale'", "add 'scale'",
        )  # fmt: skip
        return None

    def _check_years(
        self, entry: Entry, stated: schema.ObservedSeries, rows: Mapping[int, float]
    ) -> None:
        years = [int(year) for year in self.labels.get(YEAR, ())]
        span = f"{years[0]} to {years[-1]}" if years else "no year"
        if not rows:
            entry.refuse(
                "a series without a value", f"{stated.first} to {stated.last}",
                f"years of table {stated.table}", "correct 'first' and 'last'",
            )  # fmt: skip
        outside = [year for year in rows if year not in years]
        if outside:
            entry.refuse(
                "years outside the model's", preview(outside), span,
                "correct 'first' and 'last'",
            )  # fmt: skip
        bad = [year for year, value in rows.items() if not value > 0.0]
        if bad:
            entry.refuse(
                "observations that are not above 0", preview(bad),
                "numbers above 0: errors are relative", "leave these years out",
            )  # fmt: skip


def _source(table: Table, labels: Mapping[str, str], year: int) -> str:
    """Source key of one observed figure."""
    keep = table.columns["year"] == year
    for column, label in labels.items():
        keep &= table.columns[column] == label
    return str(table.columns["source"][keep][0])
