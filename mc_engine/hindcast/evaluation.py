"""How the draws of a hindcast are evaluated: one request, shared by all its runs."""

from dataclasses import dataclass, field, replace
from typing import Any

from mc_engine.run.experiment import Experiment
from mc_engine.run.options import RunRequest, Watch, Workers
from mc_engine.run.results import Run


@dataclass(frozen=True)
class Evaluation:
    """Request, workers and watcher of the runs of a hindcast.

    Attributes
    ----------
    request : RunRequest
        Of the first run; the others differ in draws, folder and repetition.
    workers : Workers
    watch : Watch
    """

    request: RunRequest = field(default_factory=RunRequest)
    workers: Workers = field(default_factory=Workers)
    watch: Watch = field(default_factory=Watch)

    def run(self, study: Experiment, **changes: Any) -> Run:
        """Run a study, storing its observables.

        Parameters
        ----------
        study : Experiment
        **changes
            Fields of the request that differ.
        """
        request = replace(self.request, store_observables=True, **changes)
        return study.carry_out(request, workers=self.workers, watch=self.watch)
