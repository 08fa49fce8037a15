"""From all files of a region to its problem under one scenario and one choice of settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mc_engine.model import Model
from mc_engine.problem import schema
from mc_engine.problem.columns import conversions, count_kinds, lay_out
from mc_engine.problem.dependence import Dependence
from mc_engine.problem.drafts import Draft
from mc_engine.problem.levers import Lever
from mc_engine.problem.problem import Problem
from mc_engine.problem.scenarios import Decisions
from mc_engine.problem.settings import Choice, exists, words
from mc_engine.vocabulary.inputs import ModelInputs, Table


@dataclass(frozen=True)
class Parts:
    """All files of a region without a fault, before columns are given out.

    Attributes
    ----------
    drafts : list of Draft
        Every prior, those without a condition first: so none of them moves when another is
        switched on or off.
    settings : mapping of str to str
        The option chosen of every setting.
    chosen : Decisions
        The scenario, with the steps of levers that were asked for.
    steps : tuple of str
        Their names.
    """

    header: schema.Region
    structure: Any
    labels: Mapping[str, Sequence[str]]
    horizon: int | None
    drafts: list[Draft]
    settings: Choice
    dependence: Dependence
    rules: tuple[Any, ...]
    scenario: str
    chosen: Decisions
    tables: Mapping[str, tuple[Table, str]]
    catalogue: Mapping[str, Lever]
    steps: tuple[str, ...] = ()


def to_problem(region: str, model: Model, parts: Parts, files: Mapping[str, bytes]) -> Problem:
    """Give out columns to the priors that exist, and put the problem together, without a digest.

    Parameters
    ----------
    region : str
        Name of the region.
    model : Model
    parts : Parts
    files : mapping of str to bytes
        Every file that was read.
    """
    active = [draft for draft in parts.drafts if exists(draft.when, parts.settings)]
    row = lay_out(active, model.quantities, parts.labels, parts.horizon, parts.chosen.shifts)
    inputs = ModelInputs(
        region=region,
        structure=parts.structure,
        slots=row.slots,
        tables={name: table for name, (table, _) in parts.tables.items()},
        levers=parts.chosen.levers,
        settings=parts.settings,
        width=row.width,
    )
    return Problem(
        region=region,
        title=parts.header.title.model_dump(),
        model=model.name,
        scenario=parts.scenario,
        scenario_title=parts.chosen.title,
        inputs=inputs,
        factors=row.factors,
        constants=row.constants,
        correlations=parts.dependence.correlations,
        cholesky=parts.dependence.cholesky,
        targets=parts.rules,
        steps=parts.steps,
        catalogue=parts.catalogue,
        offered=parts.header.settings,
        declared=tuple(draft.name for draft in parts.drafts if not draft.is_constant),
        counts=count_kinds(active),
        notes=(*conversions(active, parts.tables), *parts.dependence.notes),
        files=files,
        warnings=_warnings(parts),
    )


def _warnings(parts: Parts) -> tuple[str, ...]:
    """Say which shifts of the scenario move nothing under the settings."""
    return tuple(
        f"scenario {parts.scenario}: the shift of {draft.name} has no effect, as this prior exists "
        f"under {words(draft.when)} only"
        for draft in parts.drafts
        if draft.name in parts.chosen.shifts and not exists(draft.when, parts.settings)
    )
