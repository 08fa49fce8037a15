"""From checked priors to the columns of a draw's row: factors, constants, defaults."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from mc_engine.distributions.marginal import middle
from mc_engine.problem.drafts import Draft, SlotKey
from mc_engine.problem.problem import Factor
from mc_engine.vocabulary.inputs import Knots, Slot, Table
from mc_engine.vocabulary.quantities import QuantitySpec


@dataclass(frozen=True)
class Row:
    """A draw's row: what stands in which column."""

    factors: tuple[Factor, ...]
    constants: tuple[tuple[int, float], ...]
    slots: Mapping[SlotKey, Slot]
    width: int


def lay_out(
    drafts: Sequence[Draft],
    quantities: Iterable[QuantitySpec],
    labels: Mapping[str, Sequence[str]],
    horizon: int | None,
    shifts: Mapping[str, float],
) -> Row:
    """Give every factor and every constant its columns.

    Parameters
    ----------
    drafts : sequence of Draft
        In order of declaration.
    quantities : iterable of QuantitySpec
        Their defaults fill the slots that no prior feeds, one shared column per quantity.
    labels : mapping of str to sequence of str
        Labels of every axis.
    horizon : int or None
        Last year; the one knot of a constant path.
    shifts : mapping of str to float
        Of the scenario, by prior.

    Returns
    -------
    Row
        Factors first, in order of declaration, then constant priors, then defaults.
    """
    factors: list[Factor] = []
    constants: list[tuple[int, float]] = []
    slots: dict[SlotKey, Slot] = {}
    column = 0
    for draft in (draft for draft in drafts if not draft.is_constant):
        factors.append(_factor(draft, column, shifts.get(draft.name, 0.0)))
        slots |= _slots_of(draft, column)
        column += len(draft.marginals)
    for draft in (draft for draft in drafts if draft.is_constant):
        slots |= _slots_of(draft, column)
        for marginal in draft.marginals:
            constants.append((column, marginal.shape[0] * draft.conversion))
            column += 1
    for spec in quantities:
        missing = _unfed(spec, labels, slots)
        if spec.default is None or not missing:
            continue
        default = float(spec.default)
        knots = None
        if spec.form == "path" and horizon is not None:
            knots = Knots((horizon,), always=default if default in (0.0, 1.0) else None)
        for key in missing:
            slots[key] = Slot(*key, column, 1, knots, None, (default, default))
        constants.append((column, default))
        column += 1
    return Row(tuple(factors), tuple(constants), slots, column)


def _factor(draft: Draft, column: int, shift: float) -> Factor:
    prior = draft.prior
    years = draft.knots.years if prior.path and draft.knots else ()
    return Factor(
        name=draft.name,
        unit=prior.unit,
        conversion=draft.conversion,
        marginals=draft.marginals,
        column=column,
        is_path=prior.path is not None,
        increasing=prior.path is not None and prior.path.monotone == "increasing",
        shift=shift,
        quantity=prior.quantity,
        meaning=prior.meaning,
        kind=prior.kind,
        centre=prior.centre,
        boundary=prior.boundary,
        basis=prior.basis,
        knot_years=years,
        sources=tuple(prior.sources),
        reason=prior.reason.strip(),
        stated=draft.stated,
        where=draft.where,
        implied=tuple(middle(marginal) for marginal in draft.marginals),
    )


def _slots_of(draft: Draft, column: int) -> dict[SlotKey, Slot]:
    low, _, high = middle(draft.marginals[0])
    span = (low * draft.conversion, high * draft.conversion)
    return {
        (draft.spec.name, labels): Slot(
            quantity=draft.spec.name,
            labels=labels,
            column=column,
            count=len(draft.marginals),
            path=draft.knots,
            factor=draft.name,
            span=span,
            boundary=draft.prior.boundary,
            basis=draft.prior.basis,
        )
        for labels in draft.slots
    }


def _unfed(
    spec: QuantitySpec, labels: Mapping[str, Sequence[str]], slots: Mapping[SlotKey, Slot]
) -> list[SlotKey]:
    every = product(*([str(label) for label in labels.get(dim, ())] for dim in spec.dims))
    return [key for key in ((spec.name, combination) for combination in every) if key not in slots]


def count_kinds(drafts: Iterable[Draft]) -> dict[str, int]:
    """Count uncertain inputs by kind, and constant priors apart under ``constant``."""
    counts = {"observed": 0, "sourced": 0, "judgement": 0, "constant": 0}
    for draft in drafts:
        counts["constant" if draft.is_constant else draft.prior.kind] += 1
    return counts


def conversions(
    drafts: Iterable[Draft], tables: Mapping[str, tuple[Table, str]]
) -> tuple[str, ...]:
    """Say which numbers were converted, one sentence each.

    Parameters
    ----------
    drafts : iterable of Draft
    tables : mapping of str to (Table, str)
        Observed tables, with the unit each was written in.

    Returns
    -------
    tuple of str
        As in ``car_distance: 1000 km/yr -> km/yr``.
    """
    made = [
        f"{draft.name}: {draft.prior.unit} -> {draft.spec.unit}"
        for draft in drafts
        if draft.prior.unit != draft.spec.unit
    ]
    made += [
        f"observed/{name}.csv: {unit} -> {table.unit}"
        for name, (table, unit) in tables.items()
        if unit != table.unit
    ]
    return tuple(made)
