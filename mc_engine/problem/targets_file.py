"""The file targets.yaml."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from mc_engine import targets
from mc_engine.errors import preview
from mc_engine.problem import schema
from mc_engine.problem.drafts import Terms
from mc_engine.problem.messages import remedy_for
from mc_engine.problem.sources import check_sources
from mc_engine.problem.validation import explain
from mc_engine.problem.yaml_file import Entry


def read_targets(file: Entry, terms: Terms) -> tuple[Any, ...]:
    """Check targets.yaml and give its rules; classes and years must be those of the region."""
    if list(file.items) != ["targets"] or not file.items["targets"].is_mapping:
        file.report.say(
            file.file,
            1,
            f"the file does not hold targets; found {', '.join(file.items)}, expected the one key "
            "'targets' with a mapping of names to targets; write 'targets:' above",
        )
        return ()
    rules: list[Any] = []
    entries = file.items["targets"].items
    for name, entry in entries.items():
        try:
            rule = targets.parse(name, entry.plain())
        except ValidationError as error:
            explain(error, schema.TargetEntry, entry)
            continue
        rules.append(rule)
        check_sources(entry, entry.plain(), terms.sources)
        _check_class(entry, rule, terms.labels)
        _check_years(entry, rule, terms.horizon)
    if len(rules) == len(entries):
        for problem in targets.check_references(rules):
            name = problem.removeprefix("target ").split(":")[0]
            entries[name].say(problem)
    return tuple(rules)


def _check_class(entry: Entry, rule: Any, labels: Mapping[str, Sequence[str]] | None) -> None:
    result = getattr(rule, "vehicle_class", None)
    known = () if labels is None else labels.get("vehicle_class", ())
    if labels is not None and result is not None and result not in known:
        what = f"{entry.where}: unknown vehicle_class"
        remedy = remedy_for(result, known, "use a vehicle_class of the region's structure")
        entry.at("vehicle_class").refuse(what, f"'{result}'", preview(known, 12), remedy)


def _check_years(entry: Entry, rule: Any, horizon: int | None) -> None:
    for key in ("year", "first", "last"):
        year = getattr(rule, key, None)
        if year is not None and horizon is not None and year > horizon:
            what = f"{entry.where}: '{key}' lies after the horizon"
            remedy = "correct it, or move the horizon of the region"
            entry.at(key).refuse(what, f"{year}", f"a year up to {horizon}", remedy)
