"""The file correlations.yaml, and the blocks of dependent priors that it makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mc_engine.errors import preview
from mc_engine.problem import schema
from mc_engine.problem.dependence import Dependence, IndefiniteError, join
from mc_engine.problem.drafts import Draft, Terms
from mc_engine.problem.messages import remedy_for
from mc_engine.problem.problem import Correlation
from mc_engine.problem.settings import Choice, Offered, choices, exists, shared, words
from mc_engine.problem.sources import check_sources
from mc_engine.problem.yaml_file import Entry


@dataclass(frozen=True)
class Correlated:
    """What correlations.yaml says; ``file`` is None where there is no such file."""

    pairs: Sequence[Correlation] = ()
    repair: bool = False
    file: Entry | None = None


def read_pairs(
    entries: Sequence[tuple[Entry, schema.CorrelationEntry]],
    terms: Terms,
    drafts: Mapping[str, Draft],
) -> list[Correlation]:
    """Check the entries of correlations.yaml; give those without a fault.

    Parameters
    ----------
    entries : sequence of (Entry, CorrelationEntry)
    terms : Terms
        Names of all priors met.
    drafts : mapping of str to Draft
        Priors without a fault.
    """
    pairs: list[Correlation] = []
    seen: dict[frozenset[str], Entry] = {}
    for entry, stated in entries:
        before = entry.report.faults
        check_sources(entry, stated.model_dump(), terms.sources)
        _check_pair(entry, stated, terms, drafts)
        first = seen.setdefault(frozenset(stated.between), entry)
        if first is not entry and len(set(stated.between)) == 2:
            same = first.file == entry.file
            entry.refuse(
                "a pair is correlated twice",
                " and ".join(stated.between),
                f"this pair once, as {f'in line {first.line}' if same else f'at {first.position}'}",
                "remove one of the two",
            )
        if entry.report.faults == before:
            first_name, second_name = stated.between
            pairs.append(Correlation(first_name, second_name, stated.spearman, stated.reason))
    return pairs


def _check_pair(
    entry: Entry,
    stated: schema.CorrelationEntry,
    terms: Terms,
    drafts: Mapping[str, Draft],
) -> None:
    first, second = stated.between
    for name in dict.fromkeys(stated.between):
        if name not in terms.declared and terms.complete:
            entry.refuse(
                "a correlation with an unknown prior",
                f"'{name}'",
                "the name of a prior of this region",
                remedy_for(name, terms.declared, "correct the name, or add the prior"),
            )
        elif name in drafts and drafts[name].is_constant:
            entry.refuse(
                "a correlation with a constant",
                f"'{name}', the same in every draw",
                "an uncertain prior",
                "remove the correlation, or give the prior a distribution",
            )
    if {first, second} <= set(drafts) and shared(drafts[first].when, drafts[second].when) is None:
        entry.refuse(
            "a correlation of priors that never exist together",
            " and ".join(f"'{name}' ({words(drafts[name].when)})" for name in (first, second)),
            "two priors that share a choice of settings",
            "remove the correlation",
        )
    if first == second:
        what, expected = "a correlation of a prior with itself", "two different priors"
        entry.refuse(what, f"'{first}' twice", expected, "correct one of the names")
    if abs(stated.spearman) > 1.0:
        what, result = "a rank correlation out of range", f"{stated.spearman:g}"
        entry.refuse(what, result, "a number from -1 to 1", "correct 'spearman'")


def join_under_settings(
    drafts: Sequence[Draft],
    correlated: Correlated,
    settings: Choice,
    offered: Offered,
) -> Dependence:
    """Build the blocks of dependent factors; contradictions are reported under any settings.

    Parameters
    ----------
    drafts : sequence of Draft
        Every prior of the region.
    correlated : Correlated
    settings : Choice
        Of every setting.
    offered : Offered

    Returns
    -------
    Dependence
        Of the uncertain priors that exist under ``settings``, in their order.
    """
    uncertain = [draft for draft in drafts if not draft.is_constant]
    named = {name for pair in correlated.pairs for name in (pair.first, pair.second)}
    paired = [draft for draft in uncertain if draft.name in named]
    for choice in choices([draft.when for draft in paired], offered):
        _join(paired, correlated, choice)
    return _join(uncertain, correlated, settings)


def _join(drafts: Sequence[Draft], correlated: Correlated, choice: Choice) -> Dependence:
    """Join what exists under a choice of settings; report correlations that contradict."""
    there = [draft.name for draft in drafts if exists(draft.when, choice)]
    pairs = [pair for pair in correlated.pairs if {pair.first, pair.second} <= set(there)]
    try:
        return join(there, pairs, repair=correlated.repair)
    except IndefiniteError as error:
        if correlated.file is None:
            raise
        for block, lowest in error.blocks:
            shown = preview(f"{p.first} - {p.second} ({p.spearman:g})" for p in block)
            correlated.file.at("correlations").refuse(
                "these correlations contradict each other",
                f"a smallest eigenvalue of {lowest:.3g}, most of it from {shown}",
                "a matrix without negative eigenvalues",
                "weaken one of these pairs, or add 'repair: nearest'",
            )
    return Dependence((), ())
