"""The public Python interface: studies of a region, the runs they make, and comparisons of runs.

>>> from mc_engine import Study
>>> study = Study("region")                      # doctest: +SKIP
>>> run = study.run(draws=20_000, seed=0)        # doctest: +SKIP
>>> run.risk()["targets"][0]["p_miss"]           # doctest: +SKIP
"""

from mc_engine.models.registry import load_model
from mc_engine.problem.regions import find_region, regions, shipped_priors, vintages
from mc_engine.run.differences import compare
from mc_engine.run.results import Run
from mc_engine.run.status import status
from mc_engine.study.grid import run_all, scenario_studies, settings_studies
from mc_engine.study.study import Study

__all__ = [
    "Run",
    "Study",
    "compare",
    "find_region",
    "load_model",
    "regions",
    "run_all",
    "scenario_studies",
    "settings_studies",
    "shipped_priors",
    "status",
    "vintages",
]
