"""Several runs on common draws: one per scenario, or one per choice of accounting settings."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Unpack

from mc_engine.errors import PriorError, RequestError
from mc_engine.problem import loader
from mc_engine.problem.regions import files_of, find_region
from mc_engine.problem.settings import problems_of
from mc_engine.run.options import Progress, RunOptions
from mc_engine.run.results import Run
from mc_engine.study.study import Study

# Name of the choice of settings that nobody changed.
DEFAULTS = "defaults"


def scenario_studies(
    region: str | Path,
    *,
    model: str | None = None,
    settings: Mapping[str, str] | None = None,
) -> dict[str, Study]:
    """Prepare a study of every scenario of a region, the default scenario first.

    Parameters
    ----------
    region : str or Path
        Name of a shipped region, or a folder of priors.
    model : str, optional
        ``package.module:object`` of a user's own model.
    settings : mapping of str to str, optional
        Accounting settings (equation B-3), over those of each scenario.

    Returns
    -------
    dict of str to Study
        By scenario.
    """
    files = files_of(find_region(region))
    default = loader.region_header(files)[2]
    names = sorted(loader.scenario_names(files), key=lambda name: (name != default, name))
    return {name: Study(files, name, model=model, settings=settings) for name in names}


def settings_studies(
    region: str | Path,
    scenario: str | None = None,
    *,
    options_of: Mapping[str, Sequence[str]] | None = None,
    model: str | None = None,
) -> dict[str, Study]:
    """Prepare a study of every choice of accounting settings (equation B-3).

    Parameters
    ----------
    region : str or Path
        Name of a shipped region, or a folder of priors.
    scenario : str, optional
        The region's default where left out.
    options_of : mapping of str to sequence of str, optional
        Options by setting: every combination of them is one study. Where left out: the defaults
        of the scenario first, then every other option alone.
    model : str, optional
        ``package.module:object`` of a user's own model.

    Returns
    -------
    dict of str to Study
        By what was chosen, as in ``gwp=20``.

    Raises
    ------
    PriorError
        For a setting or option that the region does not declare, or a region without any.
    """
    base = Study(region, scenario, model=model)
    problem = base.problem
    offered = {name: tuple(setting.options) for name, setting in problem.offered.items()}
    if not offered:
        raise PriorError(
            f"{problem.region}: found no settings, expected at least one; declare it under "
            "'settings' of region.yaml"
        )
    if not options_of:
        rows = [
            {name: option}
            for name, options in offered.items()
            for option in options
            if option != problem.inputs.settings[name]
        ]
        studies = {DEFAULTS: base}
    else:
        _check(problem.region, options_of, offered)
        listed = [tuple(dict.fromkeys(options)) for options in options_of.values()]
        rows = [dict(zip(options_of, row, strict=True)) for row in product(*listed)]
        studies = {}
    for row in rows:
        label = ", ".join(f"{name}={option}" for name, option in row.items())
        studies[label] = Study(region, scenario, model=model, settings=row)
    return studies


def _check(
    region: str, requested: Mapping[str, Sequence[str]], offered: Mapping[str, tuple[str, ...]]
) -> None:
    """Refuse settings and options that the region does not declare, all at once."""
    wrong = [
        f"{region}: {what}; found {result}, expected {expected}; {remedy}"
        for name, options in requested.items()
        for option in options
        for what, result, expected, remedy in problems_of({name: option}, offered).values()
    ]
    if wrong:
        raise PriorError(dict.fromkeys(wrong))


def run_all(
    studies: Mapping[str, Study],
    draws: int | None = None,
    *,
    out: str | Path | None = None,
    progress: Callable[[str], Progress] | None = None,
    **options: Unpack[RunOptions],
) -> dict[str, Run]:
    """Run several studies on common draws, each into its own folder.

    Parameters
    ----------
    studies : mapping of str to Study
    draws : int, optional
    out : str or Path, optional
        Folder that gets one run folder per study; the default folder of each run where left out.
    progress : callable, optional
        Given the name of a study, makes the function that its run reports to.
    **options
        As ``Study.run`` takes them: design, seed, series, chunk, threads, outputs, precision ...

    Raises
    ------
    RequestError
        For a time at which each of several runs would end.

    Returns
    -------
    dict of str to Run
    """
    for name, time in (("until", options.get("until")), ("duration", options.get("duration"))):
        if time is not None:
            raise RequestError(
                f"{name}: found {time} for {len(studies)} runs on common draws, expected a number "
                "of draws or a precision; give one of these"
            )
    runs = {}
    for name, study in studies.items():
        folder = None if out is None else Path(out) / name.replace("=", "-").replace(", ", "-")
        report = None if progress is None else progress(name)
        runs[name] = study.run(draws, out=folder, progress=report, **options)
    return runs
