"""Material of a report: the stored results of one run, and the names of its region."""

from dataclasses import dataclass
from typing import Any

from mc_engine.problem.problem import Factor, Problem
from mc_engine.ranking import ranking, storage
from mc_engine.ranking.methods import SUPPLEMENTS
from mc_engine.ranking.result import RankingResult
from mc_engine.run.replay import problem_of
from mc_engine.run.results import Run


@dataclass(frozen=True)
class Material:
    """Stored results of a run; what was not made is empty.

    Attributes
    ----------
    run : Run
    problem : Problem
    summary, fans : dict
        Plain data.
    ranking : RankingResult or None
    supplements : dict of str to object
        Results beside the ranking, by method.
    past : dict of str to (float, float, float)
        P(miss) with its range conditioned on observations, by target.
    """

    run: Run
    problem: Problem
    summary: dict[str, Any]
    ranking: RankingResult | None
    supplements: dict[str, Any]
    fans: dict[str, Any]
    past: dict[str, tuple[float, float, float]]

    @property
    def factors(self) -> dict[str, Factor]:
        """Uncertain inputs by name."""
        return {factor.name: factor for factor in self.problem.factors}

    def names(self, language: str) -> dict[str, dict[str, str]]:
        """Give what the region calls its targets, inputs and levers in one language.

        Parameters
        ----------
        language : str
            One of ``catalogue.LANGUAGES``.
        """
        inputs = {factor.name: factor.meaning or factor.name for factor in self.problem.factors}
        if language == "zh":
            inputs |= self.problem.labels
        targets = {rule.name: rule.title.model_dump() for rule in self.problem.targets}
        levers = {name: lever.title for name, lever in self.problem.catalogue.items()}
        return {
            "input": inputs,
            "target": {name: _in(title, language, name) for name, title in targets.items()},
            "lever": {name: _in(title, language, name) for name, title in levers.items()},
        }

    def title(self, language: str) -> str:
        """Name the region."""
        return _in(self.problem.title, language, self.problem.region)

    def scenario(self, language: str) -> str:
        """Name the scenario."""
        return _in(self.problem.scenario_title, language, self.problem.scenario)


def _in(title: Any, language: str, otherwise: str) -> str:
    """Choose a title's language, or English, or a key where there is neither."""
    return str(title.get(language) or title.get("en") or otherwise)


def collect(run: Run) -> Material:
    """Read everything that is stored of a run.

    Parameters
    ----------
    run : Run

    Raises
    ------
    NotFoundError
        When the run is unfinished.
    RequestError
        When another version of the schema wrote a ranking of the run.
    """
    summary = run.summary
    supplements = {
        method.name: storage.read(run, method.file, method.result) for method in SUPPLEMENTS
    }
    return Material(
        run=run,
        problem=problem_of(run),
        summary=summary,
        ranking=ranking.stored(run),
        supplements={name: one for name, one in supplements.items() if one is not None},
        fans=run.scope_bands(),
        past={
            row["name"]: (row["p_miss"], row["low"], row["high"])
            for row in run.constrained.get("risk", {}).get("targets", ())
        },
    )
