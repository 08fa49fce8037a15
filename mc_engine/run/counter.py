"""Draws of a session that are finished, their counts, and whether a precision is reached."""

import heapq
from collections.abc import Iterable, Sequence

from mc_engine.run.chunks import Row
from mc_engine.run.collect import DatasetPiece
from mc_engine.run.existing import ExistingDraws, chunk_tallies, dataset_tallies
from mc_engine.run.folder import RunFolder
from mc_engine.run.plan import RunPlan
from mc_engine.run.stopping import Reached, Rule, first_reached, looks
from mc_engine.run.tally import Tally, total


class DrawCounter:
    """Counts finished draws, whatever the order in which their chunks come.

    Parameters
    ----------
    plan : RunPlan
    folder : RunFolder
    existing : ExistingDraws
        Counted to begin with.
    rule : Rule

    Attributes
    ----------
    done : int
        Draws, from the first on, that are there without a gap.
    tally : Tally
        Of all finished draws.
    stored : Tally
        Of the draws of the datasets of an earlier session.
    reached : Reached or None
        Where the precision of the rule was reached.
    """

    def __init__(
        self, plan: RunPlan, folder: RunFolder, existing: ExistingDraws, rule: Rule
    ) -> None:
        self._plan, self._precision = plan, rule.precision
        self._targets = tuple(target.name for target in plan.problem.targets)
        self._cuts = cuts_of(plan, rule)
        self._ahead, self.done = sorted(existing.spans), 0
        self._advance()
        stored = list(dataset_tallies(plan, folder, existing.dataset, self._cuts))
        self._counted = [*stored, *chunk_tallies(plan, folder, existing.rows, self._cuts)]
        self.stored = self._total(item[2] for item in stored)
        self.tally = self._total(item[2] for item in self._counted)
        self.reached: Reached | None = None
        self._looked = 0
        self._look()

    def add(self, row: Row) -> None:
        """Count one finished chunk.

        Parameters
        ----------
        row : Row
        """
        self._counted.append((row.start, row.stop, row.tally))
        self.tally = self.tally + row.tally
        heapq.heappush(self._ahead, (row.start, row.stop))
        self._advance()
        self._look()

    def of_run(self, folder: RunFolder, final: RunPlan, dataset: DatasetPiece) -> Tally:
        """Count the draws of a finished run; read again where more were evaluated.

        Parameters
        ----------
        folder : RunFolder
        final : RunPlan
        dataset : DatasetPiece
            All draws of the run, collected.
        """
        # None twice, none missing, and none beyond the last one.
        last = max((stop for _, stop, _ in self._counted), default=0)
        if self.done == last == final.draws == self.tally.draws.sum():
            return self.tally
        return self._total(item[2] for item in dataset_tallies(final, folder, dataset))

    def _total(self, tallies: Iterable[Tally]) -> Tally:
        return total(tallies, len(self._targets), self._plan.sampling.design.replicates)

    def _advance(self) -> None:
        while self._ahead and self._ahead[0][0] <= self.done:
            self.done = max(self.done, heapq.heappop(self._ahead)[1])
        self.done = min(self.done, self._plan.draws)

    def _look(self) -> None:
        """See whether the requested precision is reached."""
        looked = sum(cut <= self.done for cut in self._cuts)
        if self._precision is not None and self.reached is None and looked > self._looked:
            replicates = self._plan.sampling.design.replicates
            self.reached = first_reached(self._counted, self._targets, replicates, self._precision)
        self._looked = looked


def cuts_of(plan: RunPlan, rule: Rule) -> Sequence[int]:
    """List the numbers of draws that no chunk may reach over: those at which a rule looks."""
    return looks(plan.draws) if rule.precision is not None else []
