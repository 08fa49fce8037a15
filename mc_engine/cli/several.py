"""Runs of several studies on common draws, as ``run --scenario all`` and ``study`` make them."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from mc_engine.cli.arguments import sampling_keywords
from mc_engine.cli.command import print_json, print_warnings, run_as_json
from mc_engine.cli.progress import Progress, Stop


def run(options: argparse.Namespace, studies: dict[str, Any]) -> dict[str, Any]:
    """Run studies by name, one after the other.

    Parameters
    ----------
    options : argparse.Namespace
    studies : dict of str to Study
    """
    from mc_engine.study import run_all  # slow: brings in Numba and xarray

    print_warnings(list(studies.values()))
    shown: list[Progress] = []

    def progress(name: str) -> Progress:
        print(f"{name}:", file=sys.stderr)
        shown.append(Progress())
        return shown[-1]

    with Stop(lambda: shown[-1].leave() if shown else None) as stop:
        return run_all(studies, progress=progress, should_stop=stop, **sampling_keywords(options))


def show(runs: dict[str, Any], comparison: Any, text: Callable[[Any, Any], str] | None) -> None:
    """Print runs side by side, as JSON where there is no text.

    Parameters
    ----------
    runs : dict of str to Run
    comparison : object
        Of the runs, for JSON.
    text : callable or None
        Formats summaries and manifests by name.
    """
    if text is None:
        rows = [
            {"name": name, **{k: run.manifest[k] for k in ("scenario", "settings")}}
            | run_as_json(run)
            for name, run in runs.items()
        ]
        print_json({"runs": rows, "comparison": comparison})
        return
    summaries = {name: run.summary for name, run in runs.items()}
    print(text(summaries, {name: run.manifest for name, run in runs.items()}))
    for name, run in runs.items():
        print(f"{name}: stored in {run.folder}")
