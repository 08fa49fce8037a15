"""Contract of a subcommand, and what several of them share."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from mc_engine.errors import PriorError
from mc_engine.vocabulary.status import MAX_FAILED_SHARE

DONE, FAILED, BAD_INPUT, GATE, INTERRUPTED = 0, 1, 2, 3, 130
# Keys of `run --json`, and of each target; the rest stands in the run's summary.json.
JSON_KEYS = (
    "draws", "failed", "clipped", "targets", "peak_year", "residual", "removals_required", "joint",
    "residual_above", "exceedance",
)  # fmt: skip
JSON_TARGET_KEYS = (
    "name", "scope", "status", "p_miss", "low", "high", "shortfall_mean", "shortfall_p95",
)  # fmt: skip


class Command(NamedTuple):
    """One subcommand of ``mc-engine``; stated as ``COMMAND`` by a module of ``subcommands``.

    Attributes
    ----------
    name, help : str
    add_arguments : callable
        Adds its arguments to a parser.
    act : callable
        Executes it, and gives the exit code.
    order : int
        Position in the help.
    late : bool
        Whether ``add_arguments`` needs slow imports: it is called when the command is given.
    """

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    act: Callable[[argparse.Namespace], int]
    order: int
    late: bool = False


def chosen_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Collect the options of ``--set``.

    Raises
    ------
    PriorError
        For a setting that is given twice.
    """
    settings = dict(options.settings)
    if len(settings) < len(options.settings):
        raise PriorError("--set: found a setting twice, expected each once; remove one of the two")
    return settings


def study_of(options: argparse.Namespace) -> Any:
    """Load the study that ``region``, ``--scenario``, ``--model`` and ``--set`` name."""
    from mc_engine.study import Study  # slow: brings in Numba and xarray

    return Study(
        options.region, options.scenario, model=options.model, settings=chosen_settings(options)
    )


def print_json(data: Any) -> None:
    """Print JSON on one line of standard output."""
    print(json.dumps(data, ensure_ascii=False, allow_nan=False))


def print_warnings(studies: Sequence[Any]) -> None:
    """Print the warnings of some studies on standard error, each once."""
    for warning in dict.fromkeys(w for study in studies for w in study.problem.warnings):
        print(f"warning: {warning}", file=sys.stderr)


def run_as_json(run: Any) -> dict[str, Any]:
    """Give the part of a run's summary that ``--json`` promises."""
    risk = run.summary
    # A model without emissions has no years and no residual: nothing by scope.
    result = {"run": str(run.folder), **{key: risk.get(key, {}) for key in JSON_KEYS}}
    result["targets"] = [{key: row[key] for key in JSON_TARGET_KEYS} for row in risk["targets"]]
    return result


def exit_code(runs: Sequence[Any]) -> int:
    """Refuse, with the results in place, runs of which too many draws failed."""
    code = DONE
    for run in runs:
        failures = run.summary.get("failures", {})
        if failures.get("share", 0.0) > MAX_FAILED_SHARE:
            associated = failures.get("blame")
            remedy = "look at their status codes"
            if associated:
                name = associated[0]["parameter"]
                remedy = f"most associated with failure: {name}; look at its prior"
            print(
                f"mc-engine: {run.folder}: {100 * failures['share']:.2g} % of the draws failed, "
                f"expected at most {100 * MAX_FAILED_SHARE:g} %; {remedy}",
                file=sys.stderr,
            )
            code = FAILED
    return code
