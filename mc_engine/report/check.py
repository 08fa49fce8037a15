"""What a region holds, in words."""

from collections.abc import Iterable
from typing import Any


def text(problem: Any) -> str:
    """Write what was found good.

    Parameters
    ----------
    problem : mc_engine.problem.problem.Problem
    """
    counts = dict(problem.counts)
    constants = counts.pop("constant", 0)
    kinds = ", ".join(f"{number} {kind}" for kind, number in counts.items())
    levers = len(problem.catalogue)
    lines = [
        f"{problem.region}: good. {len(problem.factors)} uncertain inputs ({kinds}),",
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
