"""What a region contains, for terminal and machines."""

from collections.abc import Iterable
from typing import Any

from mc_engine.problem.problem import Problem


def as_json(problem: Problem) -> dict[str, Any]:
    """Describe a valid region as JSON data.

    Parameters
    ----------
    problem : Problem
    """
    return {
        "region": problem.region,
        "scenario": problem.scenario,
        "settings": dict(problem.inputs.settings),
        "settings_offered": {
            name: {"title": setting.title.model_dump(), "options": list(setting.options)}
            for name, setting in problem.offered.items()
        },
        "uncertain_inputs": len(problem.factors),
        "kinds": dict(problem.counts),
        "correlations": len(problem.correlations),
        "targets": [target.name for target in problem.targets],
        "levers": list(problem.catalogue),
        "notes": list(problem.notes),
        "warnings": list(problem.warnings),
        "origins": [
            {"kind": one.kind, "name": one.name, "at": one.where, "overrides": list(one.overrides)}
            for one in problem.origins
        ],
    }


def text(problem: Problem) -> str:
    """Summarise a valid region.

    Parameters
    ----------
    problem : Problem
    """
    counts = dict(problem.counts)
    constants = counts.pop("constant", 0)
    kinds = ", ".join(f"{number} {kind}" for kind, number in counts.items())
    levers = len(problem.catalogue)
    lines = [
        f"{problem.region}: OK. {len(problem.factors)} uncertain inputs ({kinds}),",
        f"{constants} constants, {len(problem.correlations)} correlations, "
        f"{len(problem.targets)} targets, {levers} lever{'' if levers == 1 else 's'}, "
        f"scenario {problem.scenario}",
    ]
    for name, option in problem.inputs.settings.items():
        others = [other for other in problem.offered[name].options if other != option]
        lines.append(f"setting {name}: {option} (or {', '.join(others)})")
    more = len(problem.declared) - len(problem.factors)
    if more:
        lines.append(f"{more} more uncertain inputs exist under other settings")
    if problem.notes:
        lines.append(f"converted while reading: {len(problem.notes)} (all with --json)")
    lines += _taken(problem.region, problem.origins)
    return "\n".join([*lines, *(f"warning: {warning}" for warning in problem.warnings)])


def _taken(region: str, origins: Iterable[Any]) -> list[str]:
    """Say which values were taken of other folders, file by file, and which were overridden."""
    files: dict[str, list[str]] = {}
    overridden = []
    for one in origins:
        file = one.where.partition(":")[0]
        if one.kind != "source" and not file.startswith(f"{region}/"):
            files.setdefault(file, []).append(one.name)
        overridden += [f"{one.where} overrides {one.name} of {other}" for other in one.overrides]
    return [*(f"taken from {file}: {', '.join(names)}" for file, names in files.items()),
            *overridden]  # fmt: skip
